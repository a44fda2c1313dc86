//! Places: variables and their parts.

use proc_macro2::Span;
use quote::quote;

use super::{span_of, Lowering};
use crate::graph::{Code, Expr, Place, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::unwrapped;

impl<'a> Lowering<'a> {
    /// The place that an expression denotes; a value without a place gets a name first.
    pub(super) fn place(&mut self, expr: &'a syn::Expr) -> Place {
        match expr {
            syn::Expr::Paren(e) => self.place(&e.expr),
            syn::Expr::Group(e) => self.place(&e.expr),
            syn::Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                match used.and_then(|var| self.vars.get(&var)) {
                    Some(var) => Place::var(*var),
                    None => {
                        // A constant, a function: nothing that has an adjoint.
                        let code = self.code_of(expr);
                        Place::var(self.temporary(code, span_of(expr)))
                    }
                }
            }
            syn::Expr::Field(e) => {
                let base = self.place(&e.base);
                base.with([Step::Field(e.member.clone())])
            }
            syn::Expr::Index(e) => {
                let base = self.place(&e.expr);
                self.check_indexed(&base, span_of(&e.expr));
                let index = self.index(&e.index);
                base.with([Step::Index(index)])
            }
            syn::Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => {
                if let syn::Expr::Reference(borrowed) = unwrapped(&e.expr) {
                    return self.place(&borrowed.expr);
                }
                let base = self.place(&e.expr);
                base.with([Step::Deref])
            }
            syn::Expr::Reference(e) => self.place(&e.expr),
            _ => self.named_value(expr),
        }
    }

    fn named_value(&mut self, expr: &'a syn::Expr) -> Place {
        match self.value(expr) {
            Expr::Place(place) => place,
            value => Place::var(self.temporary(value, span_of(expr))),
        }
    }

    /// An index, fixed at this point: what it reads cannot change before the reverse uses it.
    pub(super) fn index(&mut self, expr: &'a syn::Expr) -> Expr {
        if let syn::Expr::Range(range) = unwrapped(expr) {
            let start = range.start.as_ref().map(|e| self.fixed(e));
            let end = range.end.as_ref().map(|e| self.fixed(e));
            let mut reads: Vec<VarId> = Vec::new();
            let mut part = |code: Option<Code>| {
                code.map(|code| {
                    reads.extend(code.reads);
                    code.tokens
                })
            };
            let (start, end, limits) = (part(start), part(end), &range.limits);
            return Expr::Code(Code {
                tokens: quote!(#start #limits #end),
                reads,
                kind: Kind::Range,
                repeatable: true,
            });
        }
        let mut code = self.fixed(expr);
        if code.kind == Kind::Range {
            // A range is no `Copy`, and the part is named by it more than once.
            let range = &code.tokens;
            code.tokens = quote!(::core::clone::Clone::clone(&#range));
        }
        Expr::Code(code)
    }

    /// Inert code whose value stays the same until the reverse: named here unless it reads only
    /// what does not change.
    pub(super) fn fixed(&mut self, expr: &'a syn::Expr) -> Code {
        let Expr::Code(code) = self.code_of(expr) else { unreachable!("inert code") };
        let constant = code.reads.iter().all(|var| !self.changes(*var) && !self.may_go(*var));
        if code.repeatable && constant {
            return code;
        }
        let span = span_of(expr);
        self.fixed_value(code, span)
    }

    /// Whether a variable's value can change after its declaration, or is out of the reverse's
    /// reach.
    pub(super) fn changes(&self, var: VarId) -> bool {
        let root = self.graph.resolve(&Place::var(var)).root;
        [var, root].iter().any(|var| {
            let var = &self.graph[*var];
            let erased = self.context.erased && var.ident == "self";
            var.mutable || erased || matches!(var.kind, Kind::RefMut(_))
        })
    }

    /// Whether nothing may be left of a variable when the reverse runs.
    pub(super) fn may_go(&self, var: VarId) -> bool {
        let root = self.graph.resolve(&Place::var(var)).root;
        [var, root].iter().any(|var| {
            let var = &self.graph[*var];
            let copied = var.kind.is_copy() || var.kind.is_reference();
            var.moved && !copied && var.kind != Kind::Discrete
        })
    }

    pub(super) fn fixed_value(&mut self, code: Code, span: Span) -> Code {
        let kind = if code.kind == Kind::Range { Kind::Range } else { Kind::Discrete };
        let var = self.graph.fresh("i", kind.clone(), Role::Temporary);
        self.emit(crate::graph::NodeOp::Let { var, value: Expr::Code(code) }, span);
        let ident = &self.graph[var].ident;
        Code { tokens: quote!(#ident), reads: vec![var], kind, repeatable: true }
    }
}
