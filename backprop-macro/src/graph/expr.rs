//! Expressions over places, and the constructors that keep them simple.
//!
//! The constructors are the simplifier: `1·x`, `x + 0` and `−(−x)` are never built. Each identity
//! used here is exact in IEEE arithmetic for every input of the kind it is applied to.

use proc_macro2::{Ident, Span, TokenStream};

use super::{Graph, Place, VarId};
use crate::kind::{Float, Kind};
use crate::rules::Elementary;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Place(Place),
    /// A constant of a rule, of whichever float type the context has.
    Number(f64),
    /// Inert code of the user's: nothing in it carries a derivative.
    Code(Code),
    /// A name that is bound outside the graph: a parameter of a generated closure.
    Name(Ident),
    Apply {
        op: Op,
        args: Vec<Expr>,
        span: Spanned,
    },
}

/// A span that does not take part in comparisons.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spanned(pub(crate) Span);

impl PartialEq for Spanned {
    fn eq(&self, _: &Spanned) -> bool {
        true
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) tokens: TokenStream,
    pub(crate) reads: Vec<VarId>,
    pub(crate) kind: Kind,
    /// Cheap and without effects: may be evaluated again.
    pub(crate) repeatable: bool,
}

impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.reads == other.reads && self.tokens.to_string() == other.tokens.to_string()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Neg,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    /// A function of the rule table, called as `x.name(…)`, or by the user's own path.
    Elementary(&'static Elementary, Option<syn::ExprPath>),
    /// A method of the runtime's vectors and matrices: `a.name(…)`.
    Method(&'static crate::rules::Method, Ident),
    /// A function of the runtime: `path(args…)`.
    Runtime(&'static str),
    /// An argument that was passed by value and is still there, for a pullback.
    PassedAgain,
    /// An argument that is about to be passed by value, kept for a pullback.
    PassedKept,
    /// What a value refers to, if it is a reference, for a reverse that cannot reach that.
    Held,
    /// The value of which that was kept.
    HeldAgain,
    Cast(Box<syn::Type>),
    /// `value: Type`, from a `let` with an annotation.
    Typed(Box<syn::Type>),
    Reference,
    ReferenceMut,
    /// An explicit copy: `Clone::clone(&x)`.
    Clone,
    /// The user's `x.clone()`, `x.to_vec()`: the same numbers in a value of its own.
    Copied(Ident),
    /// `f64::from(x)`, `Vector::from(x)`: the same numbers in another type.
    Converted(syn::ExprPath),
    Tuple,
    Array,
    /// `[value; length]` or `vec![value; length]`: the length is the second operand.
    Repeat {
        vec: bool,
    },
    Vec,
    /// `Path { field: value, … , ..rest }`
    Struct {
        path: Box<syn::Path>,
        fields: Vec<syn::Member>,
        rest: bool,
    },
    /// `Path(values…)`: a tuple struct or an enum variant.
    TupleStruct(syn::ExprPath),
    /// `Box::new(value)`
    Boxed(syn::ExprPath),
    /// `value.as_ref()`, `value.as_mut()`: the value, lent.
    Lent {
        method: Ident,
        mutable: bool,
    },
    /// `value.unwrap()`, `value.expect("…")`: what a success holds. The operands after the first
    /// are inert.
    Unwrapped(Ident),
    /// What keeps a success as it is: `value.ok()`, `value.ok_or(error)`. The operands after the
    /// first are inert.
    Kept(Ident),
    /// The `Option` or `Result` of an outcome.
    Rebuilt,
}

impl PartialEq for Op {
    fn eq(&self, other: &Op) -> bool {
        match (self, other) {
            (Op::Elementary(a, _), Op::Elementary(b, _)) => a.name == b.name,
            (Op::Method(a, _), Op::Method(b, _)) => a.name == b.name,
            (Op::Runtime(a), Op::Runtime(b)) => a == b,
            (Op::Neg, Op::Neg)
            | (Op::Add, Op::Add)
            | (Op::Sub, Op::Sub)
            | (Op::Mul, Op::Mul)
            | (Op::Div, Op::Div)
            | (Op::Rem, Op::Rem)
            | (Op::Reference, Op::Reference)
            | (Op::Tuple, Op::Tuple) => true,
            _ => false,
        }
    }
}

impl Expr {
    pub(crate) fn var(id: VarId) -> Expr {
        Expr::Place(Place::var(id))
    }

    pub(crate) fn apply(op: Op, args: Vec<Expr>, span: Span) -> Expr {
        Expr::Apply { op, args, span: Spanned(span) }
    }

    /// A call of a function of the runtime.
    pub(crate) fn runtime(function: &'static str, args: Vec<Expr>) -> Expr {
        Expr::apply(Op::Runtime(function), args, Span::mixed_site())
    }

    pub(crate) fn reference(value: Expr) -> Expr {
        Expr::apply(Op::Reference, vec![value], Span::mixed_site())
    }

    fn is_number(&self, number: f64) -> bool {
        matches!(self, Expr::Number(n) if *n == number)
    }

    /// Whether it is a range, as an index that selects a slice.
    pub(crate) fn is_range(&self) -> bool {
        matches!(self, Expr::Code(code) if code.kind == Kind::Range)
    }

    /// Whether this is a number other than zero, as it is written.
    pub(crate) fn is_nonzero(&self) -> bool {
        match self {
            Expr::Number(number) => *number != 0.0,
            Expr::Code(code) => {
                let written = code.tokens.to_string();
                let digits = written.split(['e', 'E', 'f']).next().unwrap_or_default();
                digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | ' '))
                    && digits.contains(|c| matches!(c, '1'..='9'))
            }
            _ => false,
        }
    }

    /// Whether this is the number 1, also as the user's literal.
    pub(crate) fn is_one(&self) -> bool {
        match self {
            Expr::Code(code) => syn::parse2::<syn::LitFloat>(code.tokens.clone())
                .is_ok_and(|literal| literal.base10_parse::<f64>().is_ok_and(|one| one == 1.0)),
            other => other.is_number(1.0),
        }
    }

    /// Whether evaluating it has no effect, however often.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Expr::Place(_) | Expr::Number(_) | Expr::Name(_) => true,
            Expr::Code(code) => code.repeatable,
            Expr::Apply { op: Op::ReferenceMut, .. } => false,
            Expr::Apply { args, .. } => args.iter().all(Expr::is_repeatable),
        }
    }

    /// Whether evaluating it costs nothing and has no effect: it needs no name.
    pub(crate) fn is_atom(&self) -> bool {
        match self {
            Expr::Place(_) | Expr::Number(_) | Expr::Name(_) => true,
            Expr::Code(code) => code.repeatable,
            Expr::Apply { op: Op::Neg | Op::Reference | Op::Lent { .. }, args, .. } => {
                args[0].is_atom()
            }
            Expr::Apply { .. } => false,
        }
    }

    /// The place that it names, through `&`.
    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Expr::Place(place) => Some(place),
            Expr::Apply {
                op: Op::Reference | Op::ReferenceMut | Op::Lent { .. }, args, ..
            } => args[0].place(),
            _ => None,
        }
    }

    /// The expression behind `&`.
    pub(crate) fn peeled(&self) -> &Expr {
        match self {
            Expr::Apply {
                op: Op::Reference | Op::ReferenceMut | Op::Lent { .. }, args, ..
            } => args[0].peeled(),
            other => other,
        }
    }

    pub(crate) fn kind(&self, graph: &Graph) -> Kind {
        match self {
            Expr::Place(place) => place.kind(graph),
            Expr::Number(_) => Kind::Scalar(Float::Literal),
            Expr::Code(code) => code.kind.clone(),
            Expr::Name(_) => Kind::Unknown,
            Expr::Apply { op, args, .. } => {
                let kind = |index: usize| args[index].kind(graph);
                let scalar = |kind: Kind| match kind.peeled() {
                    Kind::Scalar(float) => Kind::Scalar(*float),
                    _ => Kind::Unknown,
                };
                match op {
                    Op::Neg => scalar(kind(0)),
                    Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => {
                        scalar(kind(0)).join(&scalar(kind(1)))
                    }
                    Op::Elementary(_, Some(path)) => match Float::of_path(path) {
                        Some(float) => Kind::Scalar(float),
                        None => Kind::Unknown,
                    },
                    // The receiver's type is the result's.
                    Op::Elementary(_, None) => scalar(kind(0)),
                    Op::Cast(ty) | Op::Typed(ty) => Kind::of(ty),
                    Op::Reference => Kind::Ref(Box::new(kind(0))),
                    Op::ReferenceMut => Kind::RefMut(Box::new(kind(0))),
                    Op::Lent { mutable: false, .. } => Kind::Ref(Box::new(kind(0))),
                    Op::Lent { mutable: true, .. } => Kind::RefMut(Box::new(kind(0))),
                    Op::Unwrapped(_) => kind(0).success(),
                    Op::Kept(method) => {
                        let held = kind(0).success();
                        match method.to_string().as_str() {
                            "map_err" | "ok_or" | "ok_or_else" => Kind::Result(Box::new(held)),
                            "ok" => Kind::Option(Box::new(held)),
                            _ => match (kind(0).peeled(), held.peeled()) {
                                (Kind::Result(_), held) => Kind::Result(Box::new(held.clone())),
                                (_, held) => Kind::Option(Box::new(held.clone())),
                            },
                        }
                    }
                    Op::TupleStruct(path) => {
                        let name = path.path.segments.last().map(|last| last.ident.to_string());
                        match name.as_deref() {
                            Some("Some") => Kind::Option(Box::new(kind(0))),
                            Some("Ok") => Kind::Result(Box::new(kind(0))),
                            _ => Kind::of_path(&path.path),
                        }
                    }
                    Op::Clone => kind(0).peeled().clone(),
                    Op::Copied(method) => match kind(0).peeled() {
                        Kind::Indexed(element, _) if method == "to_vec" || method == "to_owned" => {
                            Kind::Indexed(element.clone(), crate::kind::Container::Vec)
                        }
                        other => other.clone(),
                    },
                    Op::Converted(path) => match (Float::of_path(path), kind(0)) {
                        (Some(float), _) => Kind::Scalar(float),
                        (None, Kind::Indexed(element, _))
                            if path
                                .path
                                .segments
                                .last()
                                .is_some_and(|s| s.ident == "array" || s.ident == "array_of") =>
                        {
                            Kind::Indexed(element, crate::kind::Container::Array(String::new()))
                        }
                        (None, kind) => match (kind.peeled(), path.path.segments.first()) {
                            (Kind::Indexed(element, _), Some(first)) if first.ident == "Vec" => {
                                Kind::Indexed(element.clone(), crate::kind::Container::Vec)
                            }
                            _ => Kind::Unknown,
                        },
                    },
                    Op::Tuple => Kind::Tuple(args.iter().map(|arg| arg.kind(graph)).collect()),
                    Op::Array => {
                        let element = args
                            .iter()
                            .map(|arg| arg.kind(graph))
                            .reduce(|all, next| all.join(&next))
                            .unwrap_or(Kind::Unknown);
                        let length = args.len().to_string();
                        Kind::Indexed(Box::new(element), crate::kind::Container::Array(length))
                    }
                    Op::Vec => {
                        let element = args
                            .iter()
                            .map(|arg| arg.kind(graph))
                            .reduce(|all, next| all.join(&next))
                            .unwrap_or(Kind::Unknown);
                        Kind::Indexed(Box::new(element), crate::kind::Container::Vec)
                    }
                    Op::Repeat { vec } => {
                        let container = if *vec {
                            crate::kind::Container::Vec
                        } else {
                            crate::kind::Container::Array(String::new())
                        };
                        Kind::Indexed(Box::new(kind(0)), container)
                    }
                    Op::Method(rule, _) if rule.is_scalar => Kind::Scalar(Float::Literal),
                    Op::Struct { path, .. } => Kind::of_path(path),
                    Op::Method(..)
                    | Op::Runtime(_)
                    | Op::PassedAgain
                    | Op::PassedKept
                    | Op::Held
                    | Op::HeldAgain
                    | Op::Boxed(_)
                    | Op::Rebuilt => Kind::Unknown,
                }
            }
        }
    }

    // The textbook formulas of the rules are written with these.

    pub(crate) fn neg(self) -> Expr {
        match self {
            Expr::Number(n) => Expr::Number(-n),
            Expr::Apply { op: Op::Neg, mut args, .. } => args.remove(0),
            other => Expr::apply(Op::Neg, vec![other], Span::mixed_site()),
        }
    }

    pub(crate) fn mul(self, other: Expr) -> Expr {
        match (self, other) {
            (one, x) | (x, one) if one.is_number(1.0) => x,
            (minus, x) | (x, minus) if minus.is_number(-1.0) => x.neg(),
            (Expr::Apply { op: Op::Neg, mut args, .. }, x)
            | (x, Expr::Apply { op: Op::Neg, mut args, .. }) => args.remove(0).mul(x).neg(),
            (a, b) => Expr::apply(Op::Mul, vec![a, b], Span::mixed_site()),
        }
    }

    pub(crate) fn div(self, other: Expr) -> Expr {
        match (self, other) {
            (x, one) if one.is_number(1.0) => x,
            (a, b) => Expr::apply(Op::Div, vec![a, b], Span::mixed_site()),
        }
    }

    pub(crate) fn add(self, other: Expr) -> Expr {
        match (self, other) {
            (a, Expr::Apply { op: Op::Neg, mut args, .. }) => a.sub(args.remove(0)),
            (a, b) => Expr::apply(Op::Add, vec![a, b], Span::mixed_site()),
        }
    }

    pub(crate) fn sub(self, other: Expr) -> Expr {
        match (self, other) {
            (a, Expr::Apply { op: Op::Neg, mut args, .. }) => a.add(args.remove(0)),
            (a, b) => Expr::apply(Op::Sub, vec![a, b], Span::mixed_site()),
        }
    }
}
