//! Whether a type of the file dereferences to one of its fields.
//!
//! `*w` and `w.a` of a type with `impl Deref` go through its `deref`, and the adjoint's through that
//! of the gradient, which holds other numbers. Both lead to the same part only if `deref` always
//! yields the same field, and `deref_mut` that one too.

use syn::{Expr, ImplItem, Stmt};

use crate::maps::HashMap;
use crate::source::unwrapped;

/// What the file's types dereference to: the field, if it is always the same.
#[derive(Debug, Default)]
pub(super) struct Dereferences {
    targets: HashMap<String, Option<String>>,
}

impl Dereferences {
    /// Notes an `impl Deref` or an `impl DerefMut`.
    pub(super) fn note(&mut self, ty: &str, item: &syn::ItemImpl) {
        for part in &item.items {
            let ImplItem::Fn(function) = part else { continue };
            let target = match function.block.stmts.as_slice() {
                [Stmt::Expr(value, None)] => part_of_self(value),
                _ => None,
            };
            let known = self.targets.entry(ty.to_owned()).or_insert_with(|| target.clone());
            if *known != target {
                *known = None;
            }
        }
    }

    /// Whether what a value of this type dereferences to may depend on the value.
    pub(super) fn choose(&self, ty: &str) -> bool {
        self.targets.get(ty) == Some(&None)
    }
}

/// `&self.data`, `&mut self.0.data[..]`, `self.0.as_slice()` as the fields that they name.
fn part_of_self(value: &Expr) -> Option<String> {
    match unwrapped(value) {
        Expr::Reference(e) => part_of_self(&e.expr),
        Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => part_of_self(&e.expr),
        Expr::Field(e) => {
            let member = match &e.member {
                syn::Member::Named(name) => name.to_string(),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            Some(format!("{}.{member}", part_of_self(&e.base)?))
        }
        Expr::Index(e) => {
            let whole = matches!(unwrapped(&e.index), Expr::Range(range) if range.start.is_none() && range.end.is_none());
            whole.then(|| part_of_self(&e.expr)).flatten()
        }
        Expr::MethodCall(e) if e.args.is_empty() => {
            let lends = matches!(
                e.method.to_string().as_str(),
                "as_slice"
                    | "as_mut_slice"
                    | "as_ref"
                    | "as_mut"
                    | "deref"
                    | "deref_mut"
                    | "borrow"
                    | "borrow_mut"
            );
            lends.then(|| part_of_self(&e.receiver)).flatten()
        }
        Expr::Path(path) => path.path.is_ident("self").then(|| "self".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Dereferences;

    fn chooses(deref: &str, deref_mut: &str) -> bool {
        let mut found = Dereferences::default();
        for (name, body) in [("deref", deref), ("deref_mut", deref_mut)] {
            let text = format!("impl D for W {{ fn {name}(&self) -> &T {{ {body} }} }}");
            found.note("W", &syn::parse_str(&text).expect("an impl"));
        }
        found.choose("W")
    }

    #[test]
    fn a_field_is_no_choice() {
        assert!(!chooses("&self.0", "&mut self.0"));
        assert!(!chooses("&self.inner.data[..]", "self.inner.data.as_mut_slice()"));
        assert!(!chooses("&*self.data", "&mut *self.data"));
    }

    #[test]
    fn what_computes_is_one() {
        assert!(chooses("if self.a > 0.5 { &self.b } else { &self.a }", "&mut self.a"));
        assert!(chooses("&self.a", "&mut self.b"));
        assert!(chooses("&self.rows[self.n]", "&mut self.rows[self.n]"));
        assert!(chooses("self.largest()", "self.largest()"));
    }
}
