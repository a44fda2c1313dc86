//! Parts of collections that loops run over, where computing which part may not be done twice.

use syn::{parse_quote, Expr, Stmt};

use super::Control;
use crate::source::unwrapped;

impl Control<'_> {
    /// `for x in data[rows.next(i)].iter() { … }` as `{ let part = &data[rows.next(i)]; for x in
    /// part.iter() { … } }`: the loop's header is read by the reverse as well.
    pub(super) fn named_parts(&mut self, e: &mut syn::ExprForLoop) -> Option<Expr> {
        let mut parts = Vec::new();
        self.name_parts(&mut e.expr, false, &mut parts);
        (!parts.is_empty()).then(|| parse_quote!({ #(#parts)* #e }))
    }

    fn name_parts(&mut self, expr: &mut Expr, exclusive: bool, parts: &mut Vec<Stmt>) {
        match expr {
            Expr::Paren(e) => self.name_parts(&mut e.expr, exclusive, parts),
            Expr::Group(e) => self.name_parts(&mut e.expr, exclusive, parts),
            Expr::Field(e) => self.name_parts(&mut e.base, exclusive, parts),
            Expr::Reference(e) => {
                let before = parts.len();
                self.name_parts(&mut e.expr, e.mutability.is_some(), parts);
                // The name is a reference itself.
                if parts.len() > before && matches!(&*e.expr, Expr::Path(_)) {
                    let named = (*e.expr).clone();
                    *expr = named;
                }
            }
            Expr::MethodCall(e) => {
                let exclusive = exclusive || e.method.to_string().ends_with("_mut");
                self.name_parts(&mut e.receiver, exclusive, parts);
                if e.method == "zip" {
                    self.name_parts(&mut e.args[0], false, parts);
                }
            }
            Expr::Index(e) if computes(&e.index) => {
                let name = self.names.fresh("part");
                let part = expr.clone();
                parts.push(match exclusive {
                    true => parse_quote!(let #name = &mut #part;),
                    false => parse_quote!(let #name = &#part;),
                });
                *expr = parse_quote!(#name);
            }
            Expr::Index(e) => self.name_parts(&mut e.expr, exclusive, parts),
            _ => {}
        }
    }
}

/// Whether an index calls something that may do more than compute.
fn computes(index: &Expr) -> bool {
    match unwrapped(index) {
        Expr::Range(e) => {
            e.start.as_deref().is_some_and(computes) || e.end.as_deref().is_some_and(computes)
        }
        Expr::Binary(e) => computes(&e.left) || computes(&e.right),
        Expr::Unary(e) => computes(&e.expr),
        Expr::Cast(e) => computes(&e.expr),
        Expr::Field(e) => computes(&e.base),
        Expr::Index(e) => computes(&e.expr) || computes(&e.index),
        Expr::MethodCall(e) => {
            !matches!(e.method.to_string().as_str(), "len" | "is_empty" | "abs" | "min" | "max")
                || computes(&e.receiver)
                || e.args.iter().any(computes)
        }
        Expr::Path(_) | Expr::Lit(_) => false,
        _ => true,
    }
}
