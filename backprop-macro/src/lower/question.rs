//! The operator `?`, and results that a fallible function returns.

use proc_macro2::Span;
use quote::quote;
use syn::Pat;

use super::sums::{inert, Sum};
use super::through::Tail;
use super::{span_of, Lowering};
use crate::graph::{Expr, MatchArm, Role, VarId};
use crate::kind::Kind;

impl<'a> Lowering<'a> {
    // ---- `?`
    /// `let pattern = value?;` or `value?;`, with the statements after it.
    pub(super) fn question(
        &mut self,
        local: Option<&'a syn::Local>,
        e: &'a syn::ExprTry,
        rest: &'a [syn::Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let span = span_of(e);
        let sum = match self.output.as_ref().map(Kind::of) {
            Some(Kind::Option(_)) => Sum::Option,
            Some(Kind::Result(_)) => Sum::Result,
            _ => self.sum_by_sight(&e.expr).unwrap_or(Sum::Either),
        };
        let mut head = if local.is_none() && !self.writes_active(&*e.expr) {
            // Nothing uses the value: only whether there is one matters.
            let effects = self.effects_of(&*e.expr);
            let tokens = self.gated(&*e.expr);
            super::branches::Head {
                tokens,
                effects,
                parts: None,
                repeatable: false,
                kind: Kind::Unknown,
                outcome: false,
                made: false,
            }
        } else {
            self.scrutinee(&e.expr)
        };
        head.outcome = sum == Sum::Either;
        head.repeatable = false;
        let variant = sum.success();
        let stays = match local {
            Some(local) => {
                let pattern = match &local.pat {
                    Pat::Type(typed) => &*typed.pat,
                    other => other,
                };
                self.arm_with(&head, pattern, Some(&variant), |this| this.statements(rest, tail))
            }
            None => MatchArm {
                pattern: quote!(#variant(_)),
                again: None,
                guard_reads: Vec::new(),
                binds: Vec::new(),
                body: self.region(|this| this.statements(rest, tail)),
                tape: None,
            },
        };
        let error =
            (sum != Sum::Option).then(|| self.graph.fresh("error", Kind::Discrete, Role::User));
        let runtime = &self.runtime;
        let (pattern, value) = match error {
            None => (quote!(::core::option::Option::None), quote!(::core::option::Option::None)),
            Some(error) => {
                let name = &self.graph[error].ident;
                let pattern = quote!(::core::result::Result::Err(#name));
                let from = quote!(::core::convert::From::from(#name));
                match sum {
                    Sum::Result => (pattern, quote!(::core::result::Result::Err(#from))),
                    _ => (pattern, quote!(#runtime::sums::from_failure(#name))),
                }
            }
        };
        let value = inert(value, error.into_iter().collect(), Kind::Unknown);
        let body = self.region(|this| {
            if this.at_function(tail) {
                return Some(value);
            }
            this.return_value(Some(value), span);
            None
        });
        let leaves = MatchArm {
            pattern,
            again: None,
            guard_reads: Vec::new(),
            binds: error.into_iter().collect(),
            body,
            tape: None,
        };
        self.finish_match(head, vec![stays, leaves], span)
    }
}

/// The value that a function returns early, taken out of where it was put.
pub(super) fn unwrap_returned(lowering: &mut Lowering<'_>, returned: VarId) -> Option<Expr> {
    let span = Span::mixed_site();
    let receiver = Expr::var(returned);
    let value = lowering.cases(
        receiver,
        Sum::Option,
        span,
        |_, held| held,
        |_, _| Some(inert(quote!(::core::unreachable!()), Vec::new(), Kind::Unknown)),
    );
    Some(value)
}
