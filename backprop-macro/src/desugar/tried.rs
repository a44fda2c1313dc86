//! Closures of chains with a `?`: `map(|x| { let y = root(x)?; Ok(2.0 * y) })`.
//!
//! What follows the `?` becomes an arm of a `match`, so that the closure's value shows branch by
//! branch which of the two it is.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Expr, ExprClosure, Stmt};

use super::chain::is_pure;
use crate::source::unwrapped;
use crate::tokens::mentions;

/// A closure's body without `?`; `None` where it would have to be turned around further.
pub(super) fn without_tries(closure: &ExprClosure) -> Option<Expr> {
    let body = &*closure.body;
    if !tries(body) {
        return Some(body.clone());
    }
    let stmts = match body {
        Expr::Block(block) if block.label.is_none() => block.block.stmts.clone(),
        body => vec![Stmt::Expr(body.clone(), None)],
    };
    let failure = Failure::of(closure)?;
    let mut rewriting = Rewriting { closure, failure, count: 0 };
    let stmts = rewriting.stmts(&stmts)?;
    Some(parse_quote!({ #(#stmts)* }))
}

/// What a failure that leaves the closure is for its caller.
enum Failure {
    None,
    /// With the type of the error, if the closure says it.
    Err(Option<Box<syn::Type>>),
}

impl Failure {
    fn of(closure: &ExprClosure) -> Option<Failure> {
        let says = |names: [&str; 2]| names.iter().any(|name| mentions(&closure.body, name));
        let error = match &closure.output {
            syn::ReturnType::Type(_, ty) => match &**ty {
                syn::Type::Path(path) => path.path.segments.last().and_then(second_argument),
                _ => None,
            },
            syn::ReturnType::Default => None,
        };
        match (says(["Some", "None"]), says(["Ok", "Err"])) {
            (true, false) => Some(Failure::None),
            (false, true) => Some(Failure::Err(error.map(Box::new))),
            _ => None,
        }
    }
}

/// The `E` of `Result<T, E>`.
fn second_argument(segment: &syn::PathSegment) -> Option<syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.iter().nth(1)? {
        syn::GenericArgument::Type(syn::Type::Infer(_)) => None,
        syn::GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    }
}

struct Rewriting<'a> {
    closure: &'a ExprClosure,
    failure: Failure,
    count: usize,
}

impl Rewriting<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) -> Option<Vec<Stmt>> {
        let mut out = Vec::new();
        for (index, stmt) in stmts.iter().enumerate() {
            let mut find = Tries(false);
            find.visit_stmt(stmt);
            if !find.0 {
                out.push(stmt.clone());
                continue;
            }
            let mut stmt = stmt.clone();
            let expr = match &mut stmt {
                Stmt::Local(local) => match &mut local.init {
                    Some(init) if init.diverge.is_none() => &mut *init.expr,
                    _ => return None,
                },
                Stmt::Expr(expr, _) => expr,
                _ => return None,
            };
            let mut hoist = Hoist { rewriting: self, found: Vec::new(), feasible: true };
            hoist.visit_expr_mut(expr);
            let Hoist { found, feasible, .. } = hoist;
            if !feasible || !nothing_comes_before(expr) {
                return None;
            }
            let mut inner = vec![stmt];
            inner.extend(self.stmts(&stmts[index + 1..])?);
            if !matches!(inner.last(), Some(Stmt::Expr(_, None))) {
                return None;
            }
            for (name, tried) in found.into_iter().rev() {
                let error = Ident::new("error", Span::mixed_site());
                let matched: Expr = match &self.failure {
                    Failure::None => parse_quote!(match #tried {
                        ::core::option::Option::Some(#name) => { #(#inner)* }
                        ::core::option::Option::None => ::core::option::Option::None,
                    }),
                    Failure::Err(ty) => {
                        let converted: Expr = match ty {
                            Some(ty) => {
                                parse_quote!(<#ty as ::core::convert::From<_>>::from(#error))
                            }
                            None => parse_quote!(::core::convert::From::from(#error)),
                        };
                        parse_quote!(match #tried {
                            ::core::result::Result::Ok(#name) => { #(#inner)* }
                            ::core::result::Result::Err(#error) => {
                                ::core::result::Result::Err(#converted)
                            }
                        })
                    }
                };
                inner = vec![Stmt::Expr(matched, None)];
            }
            out.extend(inner);
            return Some(out);
        }
        Some(out)
    }

    fn fresh(&mut self) -> Ident {
        loop {
            self.count += 1;
            let name = format_ident!("tried_{}", self.count, span = Span::mixed_site());
            if !mentions(self.closure, &name.to_string()) {
                return name;
            }
        }
    }
}

/// Names what has a `?` behind it, in the order in which it is computed.
struct Hoist<'r, 'a> {
    rewriting: &'r mut Rewriting<'a>,
    found: Vec<(Ident, Expr)>,
    feasible: bool,
}

impl VisitMut for Hoist<'_, '_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(_) => {}
            // What runs only now and then cannot be computed before.
            Expr::If(_)
            | Expr::Match(_)
            | Expr::ForLoop(_)
            | Expr::While(_)
            | Expr::Loop(_)
            | Expr::Block(_)
            | Expr::Unsafe(_)
            | Expr::Async(_) => self.feasible &= !tries(expr),
            Expr::Binary(e) if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                self.feasible &= !tries(expr);
            }
            _ => {
                visit_mut::visit_expr_mut(self, expr);
                if let Expr::Try(tried) = expr {
                    let name = self.rewriting.fresh();
                    self.feasible &= self.found.is_empty() || is_pure(&tried.expr);
                    self.found.push((name.clone(), (*tried.expr).clone()));
                    *expr = parse_quote!(#name);
                }
            }
        }
    }
}

/// Whether nothing with an effect comes before the values that now have a name.
fn nothing_comes_before(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Call(e) => e.args.iter().all(is_pure),
        Expr::MethodCall(e) => is_pure(&e.receiver) && e.args.iter().all(is_pure),
        Expr::Assign(e) => is_pure(&e.right),
        Expr::Binary(e) if crate::source::is_compound(&e.op) => is_pure(&e.right),
        expr => is_pure(expr),
    }
}

struct Tries(bool);

impl<'ast> Visit<'ast> for Tries {
    fn visit_item(&mut self, _: &'ast syn::Item) {}
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.0 = true;
    }
}

/// Whether a `?` in an expression leaves the closure that it stands in.
fn tries(expr: &Expr) -> bool {
    let mut find = Tries(false);
    find.visit_expr(expr);
    find.0
}
