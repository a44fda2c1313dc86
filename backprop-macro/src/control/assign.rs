//! Assignments that take a value apart: `[a, b] = [b, a]`, `(x, (y, _)) = f()`.

use syn::{parse_quote, Expr, ExprAssign, Pat, Stmt};

use super::Control;
use crate::source::unwrapped;

impl Control<'_> {
    /// A `let` of the parts, and an assignment of each. A tuple of places that gets
    /// a tuple of values stays.
    pub(super) fn taken_apart_by_assignment(&mut self, e: &ExprAssign) -> Option<Expr> {
        let plain = match unwrapped(&e.left) {
            Expr::Tuple(parts) => {
                let values = matches!(unwrapped(&e.right), Expr::Tuple(_) | Expr::Path(_));
                values && parts.elems.iter().all(|part| !is_pattern(part))
            }
            Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) => false,
            _ => true,
        };
        if plain {
            return None;
        }
        let mut stores = Vec::new();
        let pattern = self.assigned(&e.left, &mut stores)?;
        let value = &e.right;
        let mut stmts: Vec<Stmt> = vec![parse_quote!(let #pattern = #value;)];
        stmts.extend(stores);
        Some(parse_quote!({ #(#stmts)* }))
    }

    /// The pattern on the left of an assignment, with names for what its places get.
    fn assigned(&mut self, expr: &Expr, stores: &mut Vec<Stmt>) -> Option<Pat> {
        let mut all = |this: &mut Self, parts: &mut dyn Iterator<Item = &Expr>| {
            parts.map(|part| this.assigned(part, stores)).collect::<Option<Vec<Pat>>>()
        };
        Some(match unwrapped(expr) {
            Expr::Infer(_) => parse_quote!(_),
            Expr::Range(range) if range.start.is_none() && range.end.is_none() => {
                parse_quote!(..)
            }
            Expr::Tuple(parts) => {
                let parts = all(self, &mut parts.elems.iter())?;
                parse_quote!((#(#parts,)*))
            }
            Expr::Array(parts) => {
                let parts = all(self, &mut parts.elems.iter())?;
                parse_quote!([#(#parts),*])
            }
            Expr::Call(call) => {
                // Only a tuple struct or variant is a pattern.
                let Expr::Path(path) = unwrapped(&call.func) else { return None };
                let parts = all(self, &mut call.args.iter())?;
                parse_quote!(#path(#(#parts),*))
            }
            Expr::Struct(value) => {
                let (path, members) = (&value.path, value.fields.iter().map(|field| &field.member));
                let parts = all(self, &mut value.fields.iter().map(|field| &field.expr))?;
                let rest = value.dot2_token;
                parse_quote!(#path { #(#members: #parts,)* #rest })
            }
            place => {
                let name = self.names.fresh("part");
                stores.push(parse_quote!(#place = #name;));
                parse_quote!(#name)
            }
        })
    }
}

fn is_pattern(expr: &Expr) -> bool {
    matches!(
        unwrapped(expr),
        Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) | Expr::Range(_)
    )
}
