//! Gates: rustc checks what inert code is taken for by the names of its calls.

use proc_macro2::TokenStream;
use quote::{quote_spanned, ToTokens};
use syn::visit_mut::VisitMut;

use super::Lowering;
use crate::kind::Kind;
use crate::source::Scannable;
use crate::source::{
    is_discrete_method, is_inherent, is_own_method, is_step, reads_receiver, SourceVar,
};
use crate::surroundings;
use crate::tokens;

impl<'a> Lowering<'a> {
    /// The user's tokens, with a gate around every call that is taken by its name to yield
    /// something discrete: rustc checks that its type is, so that a user's own `position(t)` which
    /// returns a number is an error there, never a silent zero.
    pub(super) fn gated(&mut self, code: &(impl Gateable + Scannable)) -> TokenStream {
        self.audit(code);
        let mut gate = Gate { lowering: self, needed: false, wrap: false };
        let mut copy = code.clone();
        copy.gate(&mut gate);
        if !gate.needed {
            return code.to_token_stream();
        }
        gate.wrap = true;
        copy.gate(&mut gate);
        copy.to_token_stream()
    }

    /// Whether a name is that of a variable that depends on a `wrt` parameter, in any scope.
    fn names_varied(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => self
                .source
                .bindings
                .iter()
                .enumerate()
                .any(|(i, b)| b.ident == ident && self.source.depends(SourceVar(i))),
            proc_macro2::TokenTree::Group(group) => self.names_varied(group.stream()),
            _ => false,
        })
    }

    /// Whether code mentions a name that a mutable variable has, in any scope.
    fn names_mutable(&self, receiver: &syn::Expr) -> bool {
        let names = tokens::names(receiver);
        self.source.bindings.iter().any(|binding| {
            let mutable = binding.mutable || matches!(binding.kind, Kind::RefMut(_));
            mutable && names.contains(&binding.ident.to_string())
        })
    }

    /// Whether every variable of this name has a std type, so that its methods are std's.
    fn names_std(&self, receiver: &'a syn::Expr) -> bool {
        match receiver {
            syn::Expr::Path(path) => path.path.get_ident().is_some_and(|ident| {
                let mut bindings = self.source.bindings.iter().filter(|b| b.ident == *ident);
                bindings.all(|binding| {
                    matches!(
                        binding.kind.peeled(),
                        Kind::Scalar(_) | Kind::Discrete | Kind::Indexed(..)
                    )
                })
            }),
            syn::Expr::Index(e) => self.names_std(&e.expr),
            syn::Expr::Paren(e) => self.names_std(&e.expr),
            _ => false,
        }
    }
}

struct Gate<'a, 'l> {
    lowering: &'a Lowering<'l>,
    needed: bool,
    wrap: bool,
}

impl VisitMut for Gate<'_, '_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_assign_mut(&mut self, expr: &mut syn::ExprAssign) {
        self.visit_place(&mut expr.left);
        self.visit_expr_mut(&mut expr.right);
    }

    fn visit_expr_binary_mut(&mut self, expr: &mut syn::ExprBinary) {
        if super::expr::is_compound(&expr.op) {
            self.visit_place(&mut expr.left);
        } else {
            self.visit_expr_mut(&mut expr.left);
        }
        self.visit_expr_mut(&mut expr.right);
    }

    fn visit_expr_reference_mut(&mut self, expr: &mut syn::ExprReference) {
        self.visit_place(&mut expr.expr);
    }

    fn visit_expr_mut(&mut self, expr: &mut syn::Expr) {
        syn::visit_mut::visit_expr_mut(self, expr);
        if let syn::Expr::Field(field) = &*expr {
            let whole = surroundings::is_whole(&field.member);
            if whole && self.lowering.names_varied(field.base.to_token_stream()) {
                if self.wrap {
                    let runtime = &self.lowering.runtime;
                    let span = super::span_of(&field.member);
                    let gate = match surroundings::is_compound(&field.member) {
                        true => quote_spanned!(span=> (*#runtime::discrete(&#field))),
                        false => quote_spanned!(span=> #runtime::discrete(#field)),
                    };
                    *expr = syn::Expr::Verbatim(gate);
                }
                self.needed = true;
            }
            return;
        }
        let syn::Expr::MethodCall(call) = &mut *expr else { return };
        let name = call.method.to_string();
        let place = matches!(
            &*call.receiver,
            syn::Expr::Path(_) | syn::Expr::Field(_) | syn::Expr::Index(_)
        );
        if place && reads_receiver(&name) && self.lowering.names_mutable(&call.receiver) {
            self.needed = true;
            if self.wrap {
                // The method is taken to leave its receiver as it is: rustc checks that it does.
                let receiver = &call.receiver;
                let span = super::span_of(receiver);
                *call.receiver = syn::Expr::Verbatim(quote_spanned!(span=> (&#receiver)));
            }
        }
        let own = is_own_method(call, |receiver| self.lowering.source.names_record(receiver));
        let gated = (is_discrete_method(&name) && !own || surroundings::looks_up(call))
            && !(is_inherent(&name) && self.lowering.names_std(&call.receiver))
            && self.lowering.names_varied(call.to_token_stream());
        if gated && !self.wrap {
            self.needed = true;
        } else if gated {
            let runtime = &self.lowering.runtime;
            let span = call.method.span();
            let gate = if is_step(&call.method.to_string()) { "step" } else { "discrete" };
            let gate = proc_macro2::Ident::new(gate, span);
            *expr = syn::Expr::Verbatim(quote_spanned!(span=> #runtime::#gate(#call)));
        }
    }
}

impl Gate<'_, '_> {
    /// A place that is written or borrowed, not read.
    fn visit_place(&mut self, place: &mut syn::Expr) {
        match place {
            syn::Expr::Field(field) => self.visit_place(&mut field.base),
            syn::Expr::Index(index) => {
                self.visit_place(&mut index.expr);
                self.visit_expr_mut(&mut index.index);
            }
            syn::Expr::Paren(inner) => self.visit_place(&mut inner.expr),
            other => self.visit_expr_mut(other),
        }
    }
}

/// Syntax that can be searched for calls to gate.
pub(super) trait Gateable: ToTokens + Clone {
    fn gate(&mut self, gate: &mut impl VisitMut);
}

impl Gateable for syn::Expr {
    fn gate(&mut self, gate: &mut impl VisitMut) {
        gate.visit_expr_mut(self);
    }
}

impl Gateable for syn::Stmt {
    fn gate(&mut self, gate: &mut impl VisitMut) {
        gate.visit_stmt_mut(self);
    }
}
