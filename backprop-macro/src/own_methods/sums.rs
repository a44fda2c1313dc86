//! What `sum` and `product` do for the types of a file.
//!
//! `iter.sum()` is written out as a loop that starts with the sum of nothing and adds each item. For
//! a type that has an `impl Sum` of its own this is what it means only if that does the same, with
//! the same operator. Where its body shows that it does, the derive gives the type a marker
//! (`SumByAdding` of the runtime) without which the loop does not compile.

use syn::{Expr, ImplItem, Pat, Stmt};

use crate::maps::HashMap;
use crate::source::unwrapped;

/// How a sum or product takes in the next item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `total = total + item`
    Operator,
    /// `total += item`
    Assignment,
    /// Otherwise.
    Other,
}

/// The sums and products of a file's types.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// By the type's name and the method's.
    ways: HashMap<(String, String), Way>,
}

impl Sums {
    /// Notes what an `impl Sum` or `impl Product` says.
    pub(super) fn note(&mut self, ty: &str, item: &syn::ItemImpl) {
        for part in &item.items {
            let ImplItem::Fn(function) = part else { continue };
            let method = function.sig.ident.to_string();
            let way = way(function, method == "product");
            let known = self.ways.entry((ty.to_owned(), method)).or_insert(way);
            if *known != way {
                *known = Way::Other;
            }
        }
    }

    /// How all sums or all products of the file are computed, if it writes any.
    pub(super) fn all(&self, method: &str) -> Option<Way> {
        let mut ways =
            self.ways.iter().filter(|((_, name), _)| name == method).map(|(_, way)| *way);
        let first = ways.next()?;
        Some(if ways.all(|way| way == first) { first } else { Way::Other })
    }

    /// Whether the file writes this method for this type, as the loop that stands for it does.
    pub(super) fn is_loop(&self, ty: &str, method: &str) -> bool {
        self.ways.contains_key(&(ty.to_owned(), method.to_owned()))
            && self.all(method).is_some_and(|way| way != Way::Other)
    }
}

/// How the body of `fn sum(items: I) -> Self` does it.
fn way(function: &syn::ImplItemFn, product: bool) -> Way {
    let Some(items) = parameter(&function.sig) else { return Way::Other };
    match function.block.stmts.as_slice() {
        [Stmt::Expr(Expr::MethodCall(call), None)]
            if call.method == "fold" && call.args.len() == 2 && is(&call.receiver, &items) =>
        {
            folds(&call.args[1], product)
        }
        [Stmt::Local(local), Stmt::Expr(Expr::ForLoop(each), _), Stmt::Expr(value, None)] => {
            let (Some(total), Some(item)) = (name(&local.pat), name(&each.pat)) else {
                return Way::Other;
            };
            let starts = local.init.as_ref().is_some_and(|init| init.diverge.is_none());
            let [Stmt::Expr(step, _)] = each.body.stmts.as_slice() else { return Way::Other };
            if starts && is(&each.expr, &items) && is(value, &total) {
                steps(step, &total, &item, product)
            } else {
                Way::Other
            }
        }
        _ => Way::Other,
    }
}

fn folds(function: &Expr, product: bool) -> Way {
    let Expr::Closure(closure) = unwrapped(function) else { return Way::Other };
    let names: Option<Vec<syn::Ident>> = closure.inputs.iter().map(name).collect();
    let Some([total, item]) = names.as_deref() else { return Way::Other };
    match unwrapped(&closure.body) {
        Expr::Binary(e) if combines(&e.op, product) && is(&e.left, total) && is(&e.right, item) => {
            Way::Operator
        }
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [Stmt::Expr(step, Some(_)), Stmt::Expr(value, None)] if is(value, total) => {
                steps(step, total, item, product)
            }
            _ => Way::Other,
        },
        _ => Way::Other,
    }
}

/// `total += item` or `total = total + item`.
fn steps(step: &Expr, total: &syn::Ident, item: &syn::Ident, product: bool) -> Way {
    match step {
        Expr::Binary(e) if is(&e.left, total) && is(&e.right, item) => match (&e.op, product) {
            (syn::BinOp::AddAssign(_), false) | (syn::BinOp::MulAssign(_), true) => Way::Assignment,
            _ => Way::Other,
        },
        Expr::Assign(assign) if is(&assign.left, total) => match unwrapped(&assign.right) {
            Expr::Binary(e)
                if combines(&e.op, product) && is(&e.left, total) && is(&e.right, item) =>
            {
                Way::Operator
            }
            _ => Way::Other,
        },
        _ => Way::Other,
    }
}

fn combines(op: &syn::BinOp, product: bool) -> bool {
    match op {
        syn::BinOp::Add(_) => !product,
        syn::BinOp::Mul(_) => product,
        _ => false,
    }
}

fn is(expr: &Expr, variable: &syn::Ident) -> bool {
    matches!(unwrapped(expr), Expr::Path(path) if path.path.is_ident(variable))
}

fn name(pattern: &Pat) -> Option<syn::Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            Some(pattern.ident.clone())
        }
        Pat::Type(pattern) => name(&pattern.pat),
        Pat::Paren(pattern) => name(&pattern.pat),
        _ => None,
    }
}

fn parameter(signature: &syn::Signature) -> Option<syn::Ident> {
    match signature.inputs.first() {
        Some(syn::FnArg::Typed(parameter)) => name(&parameter.pat),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Sums, Way};

    fn sums(bodies: &[(&str, &str)]) -> Sums {
        let mut sums = Sums::default();
        for (ty, body) in bodies {
            let text = format!("impl Sum for {ty} {{ fn sum<I: Iterator<Item = Self>>(items: I) -> Self {{ {body} }} }}");
            sums.note(ty, &syn::parse_str(&text).expect("an impl"));
        }
        sums
    }

    #[test]
    fn a_sum_may_be_a_loop_that_adds() {
        for body in [
            "items.fold(P(0.0), |a, b| a + b)",
            "let mut t = P(0.0); for i in items { t = t + i; } t",
        ] {
            assert_eq!(sums(&[("P", body)]).all("sum"), Some(Way::Operator), "{body}");
        }
        for body in [
            "items.fold(Self::ZERO, |mut a, b| { a += b; a })",
            "let mut t = P(0.0); for i in items { t += i } t",
        ] {
            assert_eq!(sums(&[("P", body)]).all("sum"), Some(Way::Assignment), "{body}");
        }
    }

    #[test]
    fn what_is_no_such_loop_is_not_taken_for_one() {
        for body in [
            "items.fold(P(0.0), |a, b| b + a)",
            "items.fold(P(0.0), |a, b| a * b)",
            "items.skip(1).fold(P(0.0), |a, b| a + b)",
            "let mut t = P(0.0); for i in items { t += i; } t * t",
            "let mut t = P(0.0); for i in items { t += i; t += i; } t",
            "let mut t = P(0.0); for i in items { t *= i; } t",
        ] {
            assert!(!sums(&[("P", body)]).is_loop("P", "sum"), "{body}");
        }
        let mixed = sums(&[
            ("P", "items.fold(P(0.0), |a, b| a + b)"),
            ("Q", "let mut t = Q(0.0); for i in items { t += i; } t"),
        ]);
        assert!(!mixed.is_loop("P", "sum") && !mixed.is_loop("P", "product"));
    }
}
