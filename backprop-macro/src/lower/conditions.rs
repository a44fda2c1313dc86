//! Conditions that change something on the way: `if { s += x; s } > limit`.
//!
//! What stands in them is lowered like any other code. Only the decision is inert: it is a
//! variable, computed where the condition stands.

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::Expr as Syntax;

use super::{span_of, Lowering};
use crate::graph::{Code, Expr, Region, Role, VarId};
use crate::kind::Kind;
use crate::source::unwrapped;

impl<'a> Lowering<'a> {
    /// The decision of a condition that changes active variables; `None` if it is of a form that
    /// cannot be taken apart.
    pub(super) fn changing_condition(&mut self, expr: &'a Syntax) -> Option<Expr> {
        match unwrapped(expr) {
            inert if !self.writes_active(inert) => Some(self.condition(inert)),
            Syntax::Block(e) if e.label.is_none() => {
                let (last, before) = e.block.stmts.split_last()?;
                let syn::Stmt::Expr(value, None) = last else { return None };
                if before.iter().any(super::exits::statement_leaves) {
                    return None;
                }
                before.iter().for_each(|stmt| self.statement(stmt));
                self.changing_condition(value)
            }
            Syntax::Unary(e) if matches!(e.op, syn::UnOp::Not(_)) => {
                let inner = self.changing_condition(&e.expr)?;
                let (tokens, reads) = self.written_out(&inner)?;
                Some(self.decision(quote!(!(#tokens)), reads, expr))
            }
            Syntax::Binary(e) if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                // The right side runs only where the left one has not decided.
                let left = self.changing_condition(&e.left)?;
                let and = matches!(e.op, syn::BinOp::And(_));
                let right = self.region(|this| this.changing_condition(&e.right));
                right.result.as_ref()?;
                let known = Region { result: Some(constant(!and)), ..Region::default() };
                let (then, otherwise) = if and { (right, known) } else { (known, right) };
                self.finish_if(Some(left), then, otherwise, span_of(expr))
            }
            Syntax::Binary(e) if is_comparison(&e.op) => {
                let operands = self.in_order([&*e.left, &*e.right]);
                let mut sides = Vec::new();
                let mut reads = Vec::new();
                for operand in operands {
                    let numbers = operand.kind(self.graph).is_scalar();
                    let operand = match operand {
                        code @ Expr::Code(_) => code,
                        number if numbers => {
                            let var = self.temporary(number, span_of(expr));
                            self.graph[var].active = false;
                            self.graph[var].role = Role::User;
                            Expr::var(var)
                        }
                        _ => return None,
                    };
                    let (tokens, read) = self.written_out(&operand)?;
                    sides.push(tokens);
                    reads.extend(read);
                }
                let (op, left, right) = (&e.op, &sides[0], &sides[1]);
                Some(self.decision(quote!(#left #op #right), reads, expr))
            }
            Syntax::Call(e) => {
                // A closure that decides, and may change what it captures.
                let closure = self.called_parameter(&e.func)?;
                if !Kind::of(&self.called[&closure].output).is_discrete() {
                    return None;
                }
                let value = self.call_parameter(closure, e, span_of(expr));
                let (tokens, reads) = self.written_out(&value)?;
                Some(self.decision(tokens, reads, expr))
            }
            _ => None,
        }
    }

    /// Something inert as the code that it is.
    fn written_out(&self, value: &Expr) -> Option<(TokenStream, Vec<VarId>)> {
        match value {
            Expr::Code(code) => Some((code.tokens.clone(), code.reads.clone())),
            Expr::Place(place) if place.is_whole() => {
                Some((self.graph[place.root].ident.to_token_stream(), vec![place.root]))
            }
            _ => None,
        }
    }

    fn decision(&mut self, tokens: TokenStream, reads: Vec<VarId>, expr: &'a Syntax) -> Expr {
        let code = Code { tokens, reads, kind: Kind::Discrete, repeatable: false };
        self.named_condition(Expr::Code(code), span_of(expr))
    }
}

fn constant(value: bool) -> Expr {
    let tokens = value.to_token_stream();
    Expr::Code(Code { tokens, reads: Vec::new(), kind: Kind::Discrete, repeatable: true })
}

/// Whether an operator yields a `bool` whatever its operands are, so that its value has no derivative.
pub(super) fn decides(op: &syn::BinOp) -> bool {
    is_comparison(op) || matches!(op, syn::BinOp::And(_) | syn::BinOp::Or(_))
}

fn is_comparison(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) | BinOp::Eq(_) | BinOp::Ne(_)
    )
}
