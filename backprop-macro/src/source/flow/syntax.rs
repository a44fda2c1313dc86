//! What expressions and patterns say by their syntax alone.

use syn::{Expr, Pat};

use crate::source::known::{is_bits, is_discrete_method, is_own_method};
use crate::source::{Source, SourceVar};
use crate::surroundings;

/// Whether a call's function is `Err`.
pub(super) fn is_error(function: &Expr) -> bool {
    match unwrapped(function) {
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Err"),
        _ => false,
    }
}

/// Whether a value is made of a number's bits, which still hold the number.
pub(super) fn makes_bits(expr: &Expr) -> bool {
    struct Find(bool);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0 |= is_bits(&call.method.to_string());
            syn::visit::visit_expr_method_call(self, call);
        }
        fn visit_expr_unsafe(&mut self, _: &'ast syn::ExprUnsafe) {
            self.0 = true;
        }
        // A comparison of bits is a truth like any other.
        fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
            use syn::BinOp;
            if !matches!(
                e.op,
                BinOp::Eq(_)
                    | BinOp::Ne(_)
                    | BinOp::Lt(_)
                    | BinOp::Le(_)
                    | BinOp::Gt(_)
                    | BinOp::Ge(_)
            ) {
                syn::visit::visit_expr_binary(self, e);
            }
        }
    }
    let mut find = Find(false);
    syn::visit::Visit::visit_expr(&mut find, expr);
    find.0
}

/// Whether an expression may make an exclusive reference: `&mut a` inside it, or a method whose
/// name says so.
pub(super) fn takes_exclusively(expr: &Expr) -> bool {
    struct Find(bool);
    impl<'ast> syn::visit::Visit<'ast> for Find {
        fn visit_expr_reference(&mut self, expr: &'ast syn::ExprReference) {
            self.0 |= expr.mutability.is_some();
            syn::visit::visit_expr_reference(self, expr);
        }
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0 |= call.method.to_string().contains("mut");
            syn::visit::visit_expr_method_call(self, call);
        }
    }
    let mut find = Find(false);
    syn::visit::Visit::visit_expr(&mut find, expr);
    find.0
}

/// Whether a call asks the runtime for something that carries no derivative.
pub(super) fn is_inert(call: &syn::ExprCall) -> bool {
    crate::source::generated(&call.func)
        .is_some_and(|(name, _)| name.starts_with("select::") || name.starts_with("Length::"))
}

/// Whether a call makes the sum or the product of nothing, which a written-out fold begins with.
pub(super) fn is_empty_fold(call: &syn::ExprCall) -> bool {
    crate::source::generated(&call.func).is_some_and(|(name, _)| name.starts_with("empty_"))
}

/// `From::from(value)`, as `?` calls it on an error.
pub(super) fn converts(call: &syn::ExprCall) -> bool {
    let Expr::Path(path) = unwrapped(&call.func) else { return false };
    let names: Vec<&syn::Ident> = path.path.segments.iter().map(|segment| &segment.ident).collect();
    matches!(names.as_slice(), [.., owner, name] if *owner == "From" && *name == "from")
}

/// `Some(value)`, `Ok(value)`, `Err(value)`.
pub(super) fn wraps(call: &syn::ExprCall) -> bool {
    let name = match unwrapped(&call.func) {
        Expr::Path(path) => path.path.segments.last(),
        _ => None,
    };
    let known = |name: &syn::PathSegment| ["Some", "Ok", "Err"].iter().any(|it| name.ident == it);
    call.args.len() == 1 && name.is_some_and(known)
}

/// The variable at the root of a place expression, and whether the place is the whole variable.
pub(crate) fn root(source: &Source, place: &Expr) -> Option<(SourceVar, bool)> {
    match place {
        Expr::Path(path) => {
            let var = path.path.get_ident().and_then(|ident| source.usage(ident))?;
            Some((var, true))
        }
        Expr::Paren(e) => root(source, &e.expr),
        Expr::Group(e) => root(source, &e.expr),
        Expr::Field(e) => root(source, &e.base).map(|(var, _)| (var, false)),
        Expr::Index(e) => root(source, &e.expr).map(|(var, _)| (var, false)),
        Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => {
            root(source, &e.expr).map(|(var, _)| (var, false))
        }
        Expr::Reference(e) => root(source, &e.expr).map(|(var, _)| (var, false)),
        // What is known not to hold anything of its receiver is no part of it.
        Expr::MethodCall(e)
            if is_discrete_method(&e.method.to_string())
                && !is_own_method(e, |receiver| source.names_record(receiver)) =>
        {
            None
        }
        Expr::MethodCall(e) => root(source, &e.receiver).map(|(var, _)| (var, false)),
        _ => None,
    }
}

/// Whether an expression is a range, or some of its numbers.
pub(super) fn counts(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            let selects = matches!(
                name.as_str(),
                "max_by" | "min_by" | "max_by_key" | "min_by_key" | "find" | "filter"
            );
            (selects || is_count_adapter(&name)) && counts(&call.receiver)
        }
        _ => false,
    }
}

/// Methods of ranges, and of what they yield, whose values are numbers of the range.
pub(super) fn is_count_adapter(name: &str) -> bool {
    matches!(
        name,
        "rev"
            | "step_by"
            | "skip"
            | "take"
            | "last"
            | "nth"
            | "next"
            | "max"
            | "min"
            | "unwrap"
            | "expect"
    )
}

/// A pattern without its type.
pub(super) fn unannotated(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// An expression without the parentheses and invisible groups around it.
pub(crate) fn unwrapped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(e) => unwrapped(&e.expr),
        Expr::Group(e) => unwrapped(&e.expr),
        other => other,
    }
}

/// The variables that a pattern binds, each once.
pub(crate) fn bound(source: &Source, pattern: &Pat, names: &mut Vec<SourceVar>) {
    match pattern {
        Pat::Ident(ident) => {
            if let Some(var) = source.bound_by(&ident.ident) {
                if !names.contains(&var) {
                    names.push(var);
                }
            }
            if let Some((_, inner)) = &ident.subpat {
                bound(source, inner, names);
            }
        }
        Pat::Guard(guard) => bound(source, &guard.pat, names),
        Pat::Or(or) => or.cases.iter().for_each(|case| bound(source, case, names)),
        Pat::Paren(paren) => bound(source, &paren.pat, names),
        Pat::Reference(reference) => bound(source, &reference.pat, names),
        Pat::Slice(slice) => slice.elems.iter().for_each(|p| bound(source, p, names)),
        Pat::Struct(record) => record.fields.iter().for_each(|f| bound(source, &f.pat, names)),
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(|p| bound(source, p, names)),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(|p| bound(source, p, names)),
        Pat::Type(typed) => bound(source, &typed.pat, names),
        _ => {}
    }
}

/// Whether something may happen when a value of the type that is built is dropped.
pub(super) fn may_drop(path: &syn::Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| surroundings::own_methods(|own| own.may_drop(&last.ident.to_string())))
}

pub(super) fn is_comparison(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    )
}
