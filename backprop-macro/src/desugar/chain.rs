//! Chains: what is iterated, and the adapters over it.

use syn::{parse_quote, Expr, ExprClosure, ExprMethodCall, Stmt};

use super::read::source_function;
use super::rename::without_returns;
use super::tried::without_tries;
use crate::source::unwrapped;

/// A chain taken apart.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) base: Base,
    pub(super) stages: Vec<Stage>,
}

#[derive(Clone)]
pub(super) enum Base {
    /// What a loop can iterate over and the graph can follow: adapters that rearrange a place.
    Header(Expr),
    /// Statements before the loop, for a header that reads what they name.
    Named(Vec<Stmt>, Box<Base>),
    Chained(Box<Chain>, Box<Chain>),
    /// `successors(first, next)`, with the value in `first`.
    Successors(Expr, Function),
    /// `from_fn(next)`.
    Repeated(Function),
    /// `repeat(value)`.
    Same(Expr),
}

#[derive(Clone)]
pub(super) enum Stage {
    Map(Function),
    Filter(Function),
    FilterMap(Function),
    FlatMap(Function),
    Flatten,
    Scan(Expr, Function),
    TakeWhile(Function),
    SkipWhile(Function),
    MapWhile(Function),
    Inspect(Function),
    Copied,
    Cloned,
    Enumerate,
    Skip(Expr),
    Take(Expr),
    StepBy(Expr),
    /// Stages for each part of a pair.
    Pair(Vec<Stage>, Vec<Stage>),
    /// Beside the elements of a place that has a name, by their number.
    Beside(Box<Beside>),
}

/// The second operand of a `zip` whose first one leaves items out.
#[derive(Clone)]
pub(super) struct Beside {
    pub(super) items: Expr,
    pub(super) by_value: bool,
    pub(super) cyclic: bool,
    /// The number of the first item.
    pub(super) start: Expr,
    pub(super) stages: Vec<Stage>,
}

/// What an adapter calls.
#[derive(Clone)]
pub(super) enum Function {
    Closure(ExprClosure),
    Path(Expr),
}

impl Function {
    pub(super) fn of(expr: &Expr) -> Option<Function> {
        match unwrapped(expr) {
            Expr::Closure(closure) if closure.asyncness.is_none() => {
                let mut closure = closure.clone();
                *closure.body = without_returns(&without_tries(&closure)?)?;
                Some(Function::Closure(closure))
            }
            Expr::Path(_) => Some(Function::Path(unwrapped(expr).clone())),
            Expr::Reference(reference) => match unwrapped(&reference.expr) {
                path @ Expr::Path(_) => Some(Function::Path(path.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn closure(&self) -> Option<&ExprClosure> {
        match self {
            Function::Closure(closure) => Some(closure),
            Function::Path(_) => None,
        }
    }

    /// The type that a closure writes for its first parameter.
    pub(super) fn first_type(&self) -> Option<&syn::Type> {
        match self.closure()?.inputs.first()? {
            syn::Pat::Type(typed) => Some(&typed.ty),
            _ => None,
        }
    }

    /// Whether calling it less or more often cannot matter, as far as its text tells.
    fn is_pure(&self) -> bool {
        self.closure().is_none_or(|closure| is_pure(&closure.body))
    }
}

impl Chain {
    /// Puts an adapter at the end of the header, if there is one.
    pub(super) fn extend_header(&mut self, call: &ExprMethodCall) -> bool {
        let header = match &mut self.base {
            Base::Header(header) => header,
            Base::Named(_, base) => match &mut **base {
                Base::Header(header) => header,
                _ => return false,
            },
            _ => return false,
        };
        let mut call = call.clone();
        call.attrs.clear();
        let receiver = header.clone();
        *call.receiver = match receiver {
            // What is iterated without a method becomes an iterator.
            Expr::MethodCall(_) | Expr::Paren(_) => receiver,
            Expr::Reference(reference) => {
                let inner = match *reference.expr {
                    place @ (Expr::Path(_) | Expr::Field(_) | Expr::Index(_)) => place,
                    other => parse_quote!((#other)),
                };
                if reference.mutability.is_some() {
                    parse_quote!(#inner.iter_mut())
                } else {
                    parse_quote!(#inner.iter())
                }
            }
            other => parse_quote!(#other.into_iter()),
        };
        *header = Expr::MethodCall(call);
        true
    }

    pub(super) fn is_header(&self) -> bool {
        match &self.base {
            Base::Header(_) => true,
            Base::Named(_, base) => matches!(&**base, Base::Header(_)),
            _ => false,
        }
    }

    /// Whether each item of the base makes one item of the chain.
    pub(super) fn is_one_to_one(&self) -> bool {
        fn all(stages: &[Stage]) -> bool {
            stages.iter().all(|stage| match stage {
                Stage::Map(_) | Stage::Inspect(_) | Stage::Copied | Stage::Cloned => true,
                Stage::Pair(left, right) => all(left) && all(right),
                _ => false,
            })
        }
        all(&self.stages)
    }

    pub(super) fn is_pure(&self) -> bool {
        fn all(stages: &[Stage]) -> bool {
            stages.iter().all(|stage| match stage {
                Stage::Map(f)
                | Stage::Filter(f)
                | Stage::FilterMap(f)
                | Stage::FlatMap(f)
                | Stage::TakeWhile(f)
                | Stage::SkipWhile(f)
                | Stage::MapWhile(f) => f.is_pure(),
                // What changes is the state that the stage holds.
                Stage::Scan(..) => true,
                Stage::Inspect(_) => false,
                Stage::Pair(left, right) => all(left) && all(right),
                Stage::Beside(beside) => all(&beside.stages),
                Stage::Flatten
                | Stage::Copied
                | Stage::Cloned
                | Stage::Enumerate
                | Stage::Skip(_)
                | Stage::Take(_)
                | Stage::StepBy(_) => true,
            })
        }
        let base = match &self.base {
            Base::Header(_) | Base::Named(..) | Base::Same(_) => true,
            Base::Chained(first, second) => first.is_pure() && second.is_pure(),
            Base::Successors(_, f) => f.is_pure(),
            Base::Repeated(_) => false,
        };
        base && all(&self.stages)
    }

    pub(super) fn take_names(&mut self) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        while let Base::Named(named, base) = &mut self.base {
            stmts.append(named);
            self.base = (**base).clone();
        }
        stmts
    }

    /// Puts statements before the loop.
    pub(super) fn name(&mut self, stmts: Vec<Stmt>) {
        if stmts.is_empty() {
            return;
        }
        let mut all = self.take_names();
        all.extend(stmts);
        let base = std::mem::replace(&mut self.base, Base::Same(parse_quote!(())));
        self.base = Base::Named(all, Box::new(base));
    }

    /// Whether the items are references by sight: a header of `iter()` and nothing that copies.
    pub(super) fn yields_references(&self) -> bool {
        let header = match &self.base {
            Base::Header(header) => header,
            Base::Named(_, base) => match &**base {
                Base::Header(header) => header,
                _ => return false,
            },
            _ => return false,
        };
        let stages = self
            .stages
            .iter()
            .all(|stage| !matches!(stage, Stage::Map(_) | Stage::Copied | Stage::Cloned))
            && !self.stages.iter().any(|stage| {
                matches!(
                    stage,
                    Stage::FilterMap(_)
                        | Stage::FlatMap(_)
                        | Stage::Flatten
                        | Stage::Scan(..)
                        | Stage::MapWhile(_)
                        | Stage::Enumerate
                        | Stage::Pair(..)
                        | Stage::Beside(_)
                )
            });
        stages && header_yields_references(header)
    }
}

/// Whether an expression changes nothing, as far as its text tells.
pub(super) fn is_pure(expr: &Expr) -> bool {
    use syn::visit::{self, Visit};
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_expr_assign(&mut self, _: &'ast syn::ExprAssign) {
            self.0 = true;
        }
        fn visit_bin_op(&mut self, op: &'ast syn::BinOp) {
            self.0 |= crate::source::is_compound(op);
        }
        fn visit_expr_reference(&mut self, expr: &'ast syn::ExprReference) {
            self.0 |= expr.mutability.is_some();
            visit::visit_expr_reference(self, expr);
        }
        fn visit_stmt(&mut self, stmt: &'ast Stmt) {
            // A call whose value is dropped is there for its effect.
            self.0 |= matches!(
                stmt,
                Stmt::Expr(Expr::MethodCall(_) | Expr::Call(_), Some(_)) | Stmt::Macro(_)
            );
            visit::visit_stmt(self, stmt);
        }
    }
    let mut find = Find(false);
    find.visit_expr(expr);
    !find.0
}

/// Whether an expression names a place.
pub(super) fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.get_ident().is_some(),
        Expr::Paren(e) => is_place(&e.expr),
        Expr::Group(e) => is_place(&e.expr),
        Expr::Field(e) => is_place(&e.base),
        Expr::Index(e) => is_place(&e.expr),
        Expr::Reference(e) => is_place(&e.expr),
        Expr::Unary(e) => matches!(e.op, syn::UnOp::Deref(_)) && is_place(&e.expr),
        _ => false,
    }
}

/// Whether an expression is an iterator by sight.
pub(crate) fn is_iterator(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            matches!(
                name.as_str(),
                "iter"
                    | "into_iter"
                    | "iter_mut"
                    | "windows"
                    | "chunks"
                    | "chunks_exact"
                    | "chunks_mut"
                    | "chunks_exact_mut"
                    | "drain"
                    | "rchunks"
                    | "chunk_by"
            ) || is_adapter(&name) && is_iterator(&call.receiver)
        }
        Expr::Call(call) => source_function(call).is_some(),
        _ => false,
    }
}

pub(super) fn is_adapter(name: &str) -> bool {
    matches!(
        name,
        "zip"
            | "enumerate"
            | "skip"
            | "take"
            | "rev"
            | "copied"
            | "cloned"
            | "step_by"
            | "map"
            | "filter"
            | "filter_map"
            | "flat_map"
            | "flatten"
            | "scan"
            | "take_while"
            | "skip_while"
            | "map_while"
            | "inspect"
            | "chain"
            | "cycle"
            | "fuse"
            | "peekable"
            | "by_ref"
    )
}

/// Whether a method is one of std's whose value is an iterator that is not followed.
pub(crate) fn yields_iterator(call: &ExprMethodCall) -> bool {
    let name = call.method.to_string();
    call.args.iter().any(|argument| matches!(argument, Expr::Closure(_)))
        || matches!(
            name.as_str(),
            "split"
                | "splitn"
                | "split_whitespace"
                | "keys"
                | "values"
                | "values_mut"
                | "into_values"
                | "into_keys"
                | "range"
                | "lines"
                | "chars"
                | "bytes"
                | "char_indices"
                | "array_chunks"
                | "array_windows"
                | "cycle"
        )
}

fn header_yields_references(header: &Expr) -> bool {
    match unwrapped(header) {
        Expr::Reference(_) => true,
        Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "iter" | "iter_mut" => true,
            "skip" | "take" | "rev" | "step_by" => header_yields_references(&call.receiver),
            _ => false,
        },
        _ => false,
    }
}

/// `place.iter()`, `place.iter().copied()`, `place`: the place, and whether items are values.
pub(super) fn plain(header: &Expr) -> Option<(Expr, bool)> {
    match unwrapped(header) {
        Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "iter" if is_place(&call.receiver) => Some(((*call.receiver).clone(), false)),
            "into_iter" if is_place(&call.receiver) => Some(((*call.receiver).clone(), true)),
            "copied" | "cloned" => plain(&call.receiver).map(|(items, _)| (items, true)),
            _ => None,
        },
        Expr::Reference(e) if e.mutability.is_none() => Some(((*e.expr).clone(), false)),
        _ => None,
    }
}

/// The `x` of `Some(x)`.
pub(super) fn some_argument(expr: &Expr) -> Option<&Expr> {
    match unwrapped(expr) {
        Expr::Call(call) if call.args.len() == 1 => match unwrapped(&call.func) {
            Expr::Path(path) => (path.path.segments.last()?.ident == "Some").then(|| &call.args[0]),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is `None`.
pub(super) fn is_none(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "None")
                && path.qself.is_none()
        }
        _ => false,
    }
}
