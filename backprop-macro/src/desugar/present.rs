//! Items and functions that yield an `Option`, as branches.

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::{parse_quote, Block, Expr, Stmt};

use super::applied::flattened_scope;
use super::chain::{is_none, some_argument};
use super::Desugar;
use crate::source::unwrapped;

impl Desugar {
    /// What happens with the value of an `Option`, and what without one.
    pub(super) fn present_or(
        &mut self,
        option: Expr,
        otherwise: &[Stmt],
        then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>,
    ) -> Vec<Stmt> {
        let mut out = Vec::new();
        self.unwrapped_option(option, otherwise, then, &mut out);
        out
    }

    pub(super) fn present(
        &mut self,
        option: Expr,
        otherwise: Expr,
        then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>,
    ) -> Vec<Stmt> {
        let otherwise = vec![Stmt::Expr(otherwise, Some(parse_quote!(;)))];
        self.present_or(option, &otherwise, then)
    }

    fn unwrapped_option(
        &mut self,
        option: Expr,
        otherwise: &[Stmt],
        then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>,
        out: &mut Vec<Stmt>,
    ) {
        if let Some(value) = some_argument(&option) {
            let value = value.clone();
            out.extend(then(self, value));
            return;
        }
        if is_none(&option) {
            out.extend(otherwise.iter().cloned());
            return;
        }
        let branch = |this: &mut Self,
                      stmts: &[Stmt],
                      then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>| {
            let mut inner = stmts.to_vec();
            let tail = match inner.pop() {
                Some(Stmt::Expr(tail, None)) => tail,
                other => {
                    inner.extend(other);
                    return inner;
                }
            };
            this.unwrapped_option(tail, otherwise, then, &mut inner);
            inner
        };
        match unwrapped(&option) {
            Expr::Block(block) if block.label.is_none() => {
                // Its names end with it.
                let inner = branch(self, &block.block.stmts, then);
                if block.block.stmts.len() == 1 {
                    out.extend(inner);
                } else {
                    out.push(parse_quote!({ #(#inner)* }));
                }
                return;
            }
            Expr::If(e) if options_known(&option) == 1 => {
                let (_, other) = e.else_branch.as_ref().expect("a known option has both branches");
                let first = branch(self, &e.then_branch.stmts, then);
                let second = branch(self, &[Stmt::Expr((**other).clone(), None)], then);
                let cond = &e.cond;
                out.push(if second.is_empty() {
                    parse_quote!(if #cond { #(#first)* })
                } else {
                    parse_quote!(if #cond { #(#first)* } else { #(#second)* })
                });
                return;
            }
            Expr::Match(e) if options_known(&option) == 1 => {
                let mut e = e.clone();
                e.attrs.clear();
                for arm in &mut e.arms {
                    let body = (*arm.body).clone();
                    let stmts = branch(self, &[Stmt::Expr(body, None)], then);
                    *arm.body = parse_quote!({ #(#stmts)* });
                }
                out.push(Stmt::Expr(Expr::Match(e), Some(parse_quote!(;))));
                return;
            }
            Expr::MethodCall(call) if call.args.len() == 1 => {
                let name = call.method.to_string();
                let (cond, arg) = (&call.receiver, &call.args[0]);
                let value = match (name.as_str(), unwrapped(arg)) {
                    ("then", Expr::Closure(closure)) if closure.inputs.is_empty() => {
                        Some((*closure.body).clone())
                    }
                    ("then_some", arg) => Some(arg.clone()),
                    _ => None,
                };
                if let Some(value) = value {
                    let mut inner = Vec::new();
                    let value = flattened_scope(value, &mut inner);
                    inner.extend(then(self, value));
                    out.push(if otherwise.is_empty() {
                        parse_quote!(if #cond { #(#inner)* })
                    } else {
                        parse_quote!(if #cond { #(#inner)* } else { #(#otherwise)* })
                    });
                    return;
                }
            }
            _ => {}
        }
        let value = self.fresh("value");
        let inner = then(self, parse_quote!(#value));
        let some = quote!(::core::option::Option::Some);
        // The marks say that a derivative flows through it.
        let mark = Ident::new(super::MARK, Span::mixed_site());
        let statement: Expr = if otherwise.is_empty() {
            parse_quote!(#[#mark] if let #some(#value) = #option { #(#inner)* })
        } else {
            parse_quote!(
                #[#mark] if let #some(#value) = #option { #(#inner)* } else { #(#otherwise)* }
            )
        };
        out.push(Stmt::Expr(statement, None));
    }
}

/// How many `Some(…)` an expression of branches ends in; a large number if there is anything else.
pub(super) fn options_known(expr: &Expr) -> usize {
    const UNKNOWN: usize = 1000;
    if some_argument(expr).is_some() {
        return 1;
    }
    if is_none(expr) {
        return 0;
    }
    let block = |block: &Block| match block.stmts.last() {
        Some(Stmt::Expr(tail, None)) => options_known(tail),
        _ => UNKNOWN,
    };
    match unwrapped(expr) {
        Expr::Block(e) if e.label.is_none() => block(&e.block),
        Expr::If(e) => {
            let other = e.else_branch.as_ref().map_or(UNKNOWN, |(_, other)| options_known(other));
            block(&e.then_branch) + other
        }
        Expr::Match(e) => e.arms.iter().map(|arm| options_known(&arm.body)).sum(),
        Expr::MethodCall(call) if call.method == "then" || call.method == "then_some" => 1,
        _ => UNKNOWN,
    }
}
