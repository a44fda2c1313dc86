//! Integers and truths by sight: what the language gives no other type, whoever declares what.

use syn::{Expr, Pat};

use super::{unwrapped, MacroArguments, Source};
use crate::kind::{Container, Kind};

impl Source {
    /// Whether a value is an integer, a `bool` or a character by its expression.
    pub(super) fn is_discrete_by_sight(&self, expr: &Expr) -> bool {
        match unwrapped(expr) {
            Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Int(int) => !matches!(int.suffix(), "f64" | "f32"),
                lit => matches!(lit, syn::Lit::Bool(_) | syn::Lit::Char(_) | syn::Lit::Byte(_)),
            },
            Expr::Cast(e) => Kind::of(&e.ty) == Kind::Discrete,
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.usage(ident));
                used.is_some_and(|var| {
                    let binding = self.binding(var);
                    binding.kind == Kind::Discrete && !binding.bits
                })
            }
            Expr::Unary(e) => match e.op {
                syn::UnOp::Neg(_) | syn::UnOp::Not(_) => self.is_discrete_by_sight(&e.expr),
                _ => false,
            },
            // Of discrete operands, so that the operator is std's.
            Expr::Binary(e) if !super::is_compound(&e.op) => {
                self.is_discrete_by_sight(&e.left) && self.is_discrete_by_sight(&e.right)
            }
            Expr::If(e) => match e.then_branch.stmts.last() {
                Some(syn::Stmt::Expr(tail, None)) => self.is_discrete_by_sight(tail),
                _ => false,
            },
            _ => false,
        }
    }

    /// The kind of a new value with discrete parts; of other parts what [`numbers_in`] tells.
    ///
    /// [`numbers_in`]: Self::numbers_in
    pub(super) fn discrete_parts_in(&self, expr: &Expr) -> Kind {
        if self.is_discrete_by_sight(expr) {
            return Kind::Discrete;
        }
        match unwrapped(expr) {
            Expr::Tuple(e) if !e.elems.is_empty() => {
                let kind = |part| match self.discrete_parts_in(part) {
                    Kind::Unknown => self.numbers_in(part),
                    kind => kind,
                };
                let parts: Vec<Kind> = e.elems.iter().map(kind).collect();
                if parts.iter().any(has_discrete) {
                    Kind::Tuple(parts)
                } else {
                    Kind::Unknown
                }
            }
            Expr::Array(e) => match e.elems.first().map(|first| self.discrete_parts_in(first)) {
                None | Some(Kind::Unknown) => Kind::Unknown,
                Some(kind) => {
                    Kind::Indexed(Box::new(kind), Container::Array(e.elems.len().to_string()))
                }
            },
            Expr::Macro(e) => {
                let element = match self.macro_arguments(&e.mac) {
                    Some(MacroArguments::List(list)) => list.first(),
                    Some(MacroArguments::Repeat(pair)) => Some(&pair[0]),
                    _ => None,
                };
                match element.map(|element| self.discrete_parts_in(element)) {
                    None | Some(Kind::Unknown) => Kind::Unknown,
                    Some(kind) => Kind::Indexed(Box::new(kind), Container::Vec),
                }
            }
            _ => Kind::Unknown,
        }
    }

    /// The kind of the items of what a `for` loop runs over; unknown where none is discrete.
    pub(super) fn discrete_items_of(&self, iterable: &Expr) -> Kind {
        match unwrapped(iterable) {
            Expr::Range(_) => Kind::Discrete,
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.usage(ident));
                let kind = used.map_or(Kind::Unknown, |var| self.binding(var).kind.clone());
                match &kind {
                    Kind::Indexed(..) => only_discrete(&kind.element()),
                    Kind::Ref(_) | Kind::RefMut(_) => behind(only_discrete(&kind.element())),
                    _ => Kind::Unknown,
                }
            }
            Expr::Reference(e) => behind(self.discrete_items_of(&e.expr)),
            Expr::MethodCall(e) => match (e.method.to_string().as_str(), e.args.len()) {
                ("iter", 0) => match unwrapped(&e.receiver) {
                    Expr::Path(_) => match self.discrete_items_of(&e.receiver) {
                        reference @ Kind::Ref(_) => reference,
                        kind => behind(kind),
                    },
                    _ => Kind::Unknown,
                },
                ("into_iter", 0) => self.discrete_items_of(&e.receiver),
                ("rev", 0) | ("skip" | "take" | "step_by", 1) => {
                    self.discrete_items_of(&e.receiver)
                }
                ("copied" | "cloned", 0) => match self.discrete_items_of(&e.receiver) {
                    Kind::Ref(kind) => *kind,
                    _ => Kind::Unknown,
                },
                _ => Kind::Unknown,
            },
            _ => Kind::Unknown,
        }
    }
}

/// The names that a pattern binds to discrete parts of a value of a kind, and their kinds.
pub(super) fn discrete_names<'a>(pattern: &'a Pat, kind: &Kind) -> Vec<(&'a syn::PatIdent, Kind)> {
    match (pattern, kind) {
        (Pat::Ident(name), kind)
            if name.by_ref.is_none() && name.subpat.is_none() && kind.is_discrete() =>
        {
            vec![(name, kind.clone())]
        }
        (Pat::Paren(pattern), kind) => discrete_names(&pattern.pat, kind),
        (Pat::Reference(pattern), Kind::Ref(kind)) => discrete_names(&pattern.pat, kind),
        (Pat::Tuple(pattern), Kind::Tuple(kinds)) if pattern.elems.len() == kinds.len() => {
            let parts = pattern.elems.iter().zip(kinds);
            parts.flat_map(|(part, kind)| discrete_names(part, kind)).collect()
        }
        (Pat::Tuple(tuple), Kind::Ref(inner)) => match &**inner {
            Kind::Tuple(kinds) if tuple.elems.len() == kinds.len() => {
                let parts = tuple.elems.iter().zip(kinds);
                parts.flat_map(|(part, kind)| discrete_names(part, &behind(kind.clone()))).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn has_discrete(kind: &Kind) -> bool {
    match kind {
        Kind::Tuple(parts) => parts.iter().any(has_discrete),
        kind => kind.is_discrete(),
    }
}

/// A kind that is not discrete anywhere is of no interest here.
fn only_discrete(kind: &Kind) -> Kind {
    match kind.peeled() {
        Kind::Tuple(parts) if parts.iter().any(has_discrete) => kind.clone(),
        _ if kind.is_discrete() => kind.clone(),
        _ => Kind::Unknown,
    }
}

fn behind(kind: Kind) -> Kind {
    match kind {
        Kind::Unknown => Kind::Unknown,
        kind => Kind::Ref(Box::new(kind)),
    }
}
