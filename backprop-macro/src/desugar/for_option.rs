//! Loops over what is there once or not at all: `for x in xs.first() { … }`, `for x in Some(y)`.

use syn::visit::{self, Visit};
use syn::{parse_quote, Expr, Stmt};

use super::chain::is_iterator;
use super::{optional, Desugar};
use crate::source::unwrapped;

impl Desugar {
    /// A loop over an `Option` is a branch, around a loop that runs once if its body leaves it.
    pub(super) fn for_option(&mut self, e: &syn::ExprForLoop) -> Option<Expr> {
        let iterable = unwrapped(&e.expr);
        let (pattern, body) = (&*e.pat, &e.body);
        let body: Stmt = if e.label.is_some() || leaves(body) {
            let label = &e.label;
            parse_quote!(#label for _ in 0..1usize #body)
        } else {
            Stmt::Expr(
                Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: body.clone() }),
                Some(parse_quote!(;)),
            )
        };
        if let Some(held) = some(iterable) {
            return Some(parse_quote!({ let #pattern = #held; #body }));
        }
        let marked = e.attrs.iter().any(optional::is_mark);
        let option: Expr = match iterable {
            Expr::MethodCall(call) if marked => {
                let receiver = &call.receiver;
                match call.method.to_string().as_str() {
                    "iter" => parse_quote!(&#receiver),
                    "iter_mut" => parse_quote!(&mut #receiver),
                    _ => (**receiver).clone(),
                }
            }
            _ if marked => iterable.clone(),
            Expr::MethodCall(call) if !is_iterator(iterable) => {
                // Only what selects one element by its number.
                let mut call = call.clone();
                call.attrs.retain(|attr| !optional::is_mark(attr));
                self.selects(&Expr::MethodCall(call.clone())).then(|| Expr::MethodCall(call))?
            }
            _ => return None,
        };
        let mut branch: syn::ExprIf =
            parse_quote!(if let ::core::option::Option::Some(#pattern) = #option { #body });
        branch.attrs.push(super::active_mark());
        Some(Expr::If(branch))
    }
}

/// The `x` of `Some(x)`.
fn some(expr: &Expr) -> Option<&Expr> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Path(path) = unwrapped(&call.func) else { return None };
    let named = path.path.segments.last().is_some_and(|last| last.ident == "Some");
    call.args.first().filter(|_| named && call.args.len() == 1)
}

/// Whether a loop's body leaves the loop or its iteration.
fn leaves(body: &syn::Block) -> bool {
    struct Find {
        found: bool,
        depth: usize,
    }
    impl<'ast> Visit<'ast> for Find {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Break(e) => self.found |= e.label.is_none() && self.depth == 0,
                Expr::Continue(e) => self.found |= e.label.is_none() && self.depth == 0,
                _ => {}
            }
            let inner = matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
            self.depth += usize::from(inner);
            visit::visit_expr(self, expr);
            self.depth -= usize::from(inner);
        }
    }
    let mut find = Find { found: false, depth: 0 };
    find.visit_block(body);
    find.found
}
