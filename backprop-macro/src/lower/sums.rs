//! `Option`, `Result` and enums: their variants are built and matched like structs.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Expr as Syntax;

use super::sum_methods::{is_place, Failure};
use super::{exits, span_of, Lowering};
use crate::graph::{Code, Expr, MatchArm, NodeOp, Op, Payload, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::{unwrapped, yields_option};

/// Which of the types with successes and failures a value is of, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    Option,
    Result,
    /// One of them: code goes through the runtime's trait.
    Either,
}

impl Sum {
    pub(super) fn of(kind: &Kind) -> Option<Sum> {
        match kind.peeled() {
            Kind::Option(_) => Some(Sum::Option),
            Kind::Result(_) => Some(Sum::Result),
            _ => None,
        }
    }

    /// The path of the variant that holds the success, in a pattern.
    pub(super) fn success(self) -> TokenStream {
        match self {
            Sum::Option => quote!(::core::option::Option::Some),
            Sum::Result | Sum::Either => quote!(::core::result::Result::Ok),
        }
    }
}

impl<'a> Lowering<'a> {
    /// The operand of a `match`: `x.as_ref()` is followed like `&x`.
    pub(super) fn matched(&mut self, expr: &'a Syntax) -> Expr {
        if let Syntax::MethodCall(e) = unwrapped(expr) {
            let mutable = e.method == "as_mut";
            let lends = (mutable || e.method == "as_ref") && e.args.is_empty();
            if lends && is_place(&e.receiver) {
                let place = self.place(&e.receiver);
                let method = e.method.clone();
                return Expr::apply(
                    Op::Lent { method, mutable },
                    vec![Expr::Place(place)],
                    span_of(expr),
                );
            }
        }
        self.operand(expr)
    }

    // ---- construction
    /// `Some(value)`.
    pub(super) fn some(&mut self, value: Expr, span: Span) -> Expr {
        let value = self.atom(value, span);
        let path = syn::parse_quote!(::core::option::Option::Some);
        Expr::apply(Op::TupleStruct(path), vec![value], span)
    }

    /// `Ok(value)`.
    pub(super) fn ok(&mut self, value: Expr, span: Span) -> Expr {
        let value = self.atom(value, span);
        let path = syn::parse_quote!(::core::result::Result::Ok);
        Expr::apply(Op::TupleStruct(path), vec![value], span)
    }

    /// `None`.
    pub(super) fn none(&self) -> Expr {
        inert(
            quote!(::core::option::Option::None),
            Vec::new(),
            Kind::Option(Box::new(Kind::Unknown)),
        )
    }

    /// A call of a variant's or a tuple struct's name.
    pub(super) fn variant_call(&mut self, expr: &'a Syntax, e: &'a syn::ExprCall) -> Option<Expr> {
        let Syntax::Path(path) = unwrapped(&e.func) else { return None };
        let last = path.path.segments.last()?.ident.to_string();
        if last == "Err" {
            // What an error holds is a message: it carries no derivative.
            if self.writes_active(expr) || exits::leaves(expr) {
                return Some(self.refuse(
                    expr,
                    "an error whose computation changes values",
                    "compute the error before",
                ));
            }
            return Some(self.code_of(expr));
        }
        let upper = last.starts_with(|c: char| c.is_uppercase());
        if !upper {
            return None;
        }
        if super::audit::may_drop(&path.path) {
            return Some(self.refuse_dropped(expr));
        }
        let parts = self.in_order(&e.args);
        Some(Expr::apply(Op::TupleStruct(path.clone()), parts, span_of(expr)))
    }

    // ---- what a value is, by sight
    /// Whether an expression is an `Option` or a `Result`, as far as it shows.
    pub(super) fn sum_by_sight(&self, expr: &'a Syntax) -> Option<Sum> {
        match unwrapped(expr) {
            Syntax::MethodCall(e) => {
                let name = e.method.to_string();
                match name.as_str() {
                    "ok_or" | "ok_or_else" | "map_err" => Some(Sum::Result),
                    "ok" | "err" => Some(Sum::Option),
                    "and_then" | "or" | "or_else" | "xor" => {
                        Some(self.sum_by_sight(&e.receiver).unwrap_or(Sum::Either))
                    }
                    "map" | "filter" | "zip" | "as_ref" | "as_mut" | "as_deref" | "copied"
                    | "cloned" | "take" | "replace" => self.sum_by_sight(&e.receiver),
                    name if yields_option(name) => Some(Sum::Option),
                    _ => Sum::of(&self.kind_by_sight(expr)),
                }
            }
            Syntax::Call(e) => match unwrapped(&e.func) {
                Syntax::Path(path) => {
                    let last = path.path.segments.last().map(|last| last.ident.to_string());
                    match last.as_deref() {
                        Some("Some") => Some(Sum::Option),
                        Some("Ok" | "Err") => Some(Sum::Result),
                        _ => None,
                    }
                }
                _ => None,
            },
            Syntax::Reference(e) => self.sum_by_sight(&e.expr),
            Syntax::Block(e) => self.sum_of_block(&e.block),
            Syntax::If(e) => self
                .sum_of_block(&e.then_branch)
                .or_else(|| e.else_branch.as_ref().and_then(|(_, other)| self.sum_by_sight(other))),
            Syntax::Match(e) => e.arms.iter().find_map(|arm| self.sum_by_sight(&arm.body)),
            other => Sum::of(&self.kind_by_sight(other)),
        }
    }

    fn sum_of_block(&self, block: &'a syn::Block) -> Option<Sum> {
        match block.stmts.last() {
            Some(syn::Stmt::Expr(value, None)) => self.sum_by_sight(value),
            _ => None,
        }
    }

    /// Whether an expression is a variable whose annotation names some other type.
    pub(super) fn is_other(&self, expr: &'a Syntax) -> bool {
        let Syntax::Path(path) = unwrapped(expr) else { return false };
        let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
        used.is_some_and(|var| {
            let binding = self.source.binding(var);
            binding.annotated && Sum::of(&binding.kind).is_none()
        })
    }

    /// `match receiver { Some(held) => …, None => … }`, or the same for a `Result`.
    pub(super) fn cases(
        &mut self,
        receiver: Expr,
        sum: Sum,
        span: Span,
        success: impl FnOnce(&mut Self, Expr) -> Expr,
        failure: impl FnOnce(&mut Self, Failure) -> Option<Expr>,
    ) -> Expr {
        let active = self.is_active(&receiver);
        let whole = receiver.kind(self.graph);
        let path = vec![Step::Payload(Payload::Success)];
        let kind = super::locals::kind_along(&whole, &path, false);
        let held = self.graph.fresh("held", kind, Role::User);
        self.graph[held].active = active;
        let place = receiver.place().filter(|_| active).cloned();
        let lent = whole.is_reference() && !place.as_ref().is_some_and(|place| self.walks(place));
        if let (Some(place), true) = (&place, lent) {
            self.graph[held].alias = Some(place.clone().with(path.iter().cloned()));
        }
        let body = self.region(|this| {
            if let (Some(place), false) = (place, lent) {
                let (pattern, value) = (TokenStream::new(), Expr::Place(place));
                this.emit(NodeOp::Bind { pattern, parts: vec![(held, path)], value }, span);
            }
            Some(success(this, Expr::var(held)))
        });
        let name = &self.graph[held].ident;
        let variant = sum.success();
        let pattern = quote!(#variant(#name));
        let first = MatchArm {
            pattern,
            again: None,
            guard_reads: Vec::new(),
            binds: vec![held],
            body,
            tape: None,
        };
        let error =
            (sum != Sum::Option).then(|| self.graph.fresh("error", Kind::Discrete, Role::User));
        let pattern = match error {
            Some(error) => {
                let name = &self.graph[error].ident;
                quote!(::core::result::Result::Err(#name))
            }
            None => quote!(::core::option::Option::None),
        };
        let body = self.region(|this| failure(this, Failure { sum, error }));
        let second = MatchArm {
            pattern,
            again: None,
            guard_reads: Vec::new(),
            binds: error.into_iter().collect(),
            body,
            tape: None,
        };
        let head = super::branches::Head {
            tokens: TokenStream::new(),
            effects: crate::graph::Effects::default(),
            parts: Some((vec![receiver], true)),
            repeatable: false,
            kind: Kind::Unknown,
            outcome: sum == Sum::Either,
            made: false,
        };
        self.finish_match(head, vec![first, second], span).unwrap_or_else(super::unit)
    }
}

/// Inert code that has been written here.
pub(super) fn inert(tokens: TokenStream, reads: Vec<VarId>, kind: Kind) -> Expr {
    Expr::Code(Code { tokens, reads, kind, repeatable: false })
}
