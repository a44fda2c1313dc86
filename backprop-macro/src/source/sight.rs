//! Numbers and sequences of numbers, as far as an expression shows them.

use quote::ToTokens;
use syn::{Expr, Stmt};

use super::{unwrapped, MacroArguments, Source};
use crate::kind::{Container, Float, Kind};
use crate::surroundings;

impl Source {
    /// The kind of a value that is a number, or made of numbers, by its expression; anything else
    /// is [`Kind::Unknown`]. What it reads has been resolved.
    pub(super) fn numbers_in(&self, expr: &Expr) -> Kind {
        match unwrapped(expr) {
            Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Float(float) => Kind::Scalar(match float.suffix() {
                    "f32" => Float::F32,
                    "f64" => Float::F64,
                    _ => Float::Literal,
                }),
                _ => Kind::Unknown,
            },
            Expr::Cast(e) => numbers(Kind::of(&e.ty)),
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.usage(ident));
                used.map_or(Kind::Unknown, |var| numbers(self.binding(var).kind.clone()))
            }
            Expr::Unary(e) => match e.op {
                syn::UnOp::Neg(_) => scalar(self.numbers_in(&e.expr)),
                syn::UnOp::Deref(_) => match self.numbers_in(&e.expr) {
                    Kind::Ref(inner) => *inner,
                    _ => Kind::Unknown,
                },
                _ => Kind::Unknown,
            },
            Expr::Binary(e) if is_arithmetic(&e.op) => {
                let (left, right) = (self.numbers_in(&e.left), self.numbers_in(&e.right));
                match (left.peeled(), right.peeled()) {
                    (left @ Kind::Scalar(_), right @ Kind::Scalar(_)) => left.join(right),
                    _ => Kind::Unknown,
                }
            }
            Expr::Reference(e) if e.mutability.is_none() => match self.numbers_in(&e.expr) {
                Kind::Unknown => Kind::Unknown,
                kind => Kind::Ref(Box::new(kind)),
            },
            // A part of a slice has no size of its own: it is an element.
            Expr::Index(e) => scalar(self.numbers_in(&e.expr).element()),
            Expr::Tuple(e) => {
                let parts: Vec<Kind> = e.elems.iter().map(|e| self.numbers_in(e)).collect();
                numbers(Kind::Tuple(parts))
            }
            Expr::Field(e) => match (self.numbers_in(&e.base).peeled(), &e.member) {
                (Kind::Tuple(parts), syn::Member::Unnamed(index)) => {
                    parts.get(index.index as usize).cloned().unwrap_or(Kind::Unknown)
                }
                _ => Kind::Unknown,
            },
            Expr::Array(e) => {
                let element = e.elems.first().map_or(Kind::Unknown, |e| self.numbers_in(e));
                sequence(element, Container::Array(e.elems.len().to_string()))
            }
            Expr::Repeat(e) => {
                let length = Container::Array(e.len.to_token_stream().to_string());
                sequence(self.numbers_in(&e.expr), length)
            }
            Expr::Macro(e) => match self.macro_arguments(&e.mac) {
                Some(MacroArguments::List(list)) => {
                    let element = list.first().map_or(Kind::Unknown, |e| self.numbers_in(e));
                    sequence(element, Container::Vec)
                }
                Some(MacroArguments::Repeat(pair)) => {
                    sequence(self.numbers_in(&pair[0]), Container::Vec)
                }
                _ => Kind::Unknown,
            },
            Expr::If(e) => match self.numbers_in_block(&e.then_branch) {
                Kind::Unknown => {
                    let otherwise = e.else_branch.as_ref();
                    otherwise.map_or(Kind::Unknown, |(_, other)| self.numbers_in(other))
                }
                kind => kind,
            },
            Expr::Match(e) => {
                let kinds = e.arms.iter().map(|arm| self.numbers_in(&arm.body));
                kinds.into_iter().find(|kind| *kind != Kind::Unknown).unwrap_or(Kind::Unknown)
            }
            Expr::Block(e) if e.label.is_none() => self.numbers_in_block(&e.block),
            Expr::Call(e) => self.numbers_of_call(e),
            Expr::MethodCall(e) => self.numbers_of_method(e),
            _ => Kind::Unknown,
        }
    }

    /// Whether the value of an expression is built by it, as a struct or a variant, so that it is
    /// no reference. All its branches yield the same type.
    pub(crate) fn is_made(&self, expr: &Expr) -> bool {
        let in_block = |block: &syn::Block| match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.is_made(tail),
            _ => false,
        };
        match unwrapped(expr) {
            Expr::Struct(_) => true,
            Expr::Call(e) => match unwrapped(&e.func) {
                Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
                    last.ident.to_string().starts_with(|c: char| c.is_uppercase())
                        || makes_collection(&path.path)
                }),
                _ => false,
            },
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.usage(ident));
                used.is_some_and(|var| self.binding(var).made)
            }
            Expr::If(e) => {
                in_block(&e.then_branch)
                    || e.else_branch.as_ref().is_some_and(|(_, other)| self.is_made(other))
            }
            Expr::Match(e) => e.arms.iter().any(|arm| self.is_made(&arm.body)),
            Expr::Block(e) if e.label.is_none() => in_block(&e.block),
            _ => false,
        }
    }

    /// The kind of a value that is a struct of the file's by its expression; anything else is
    /// [`Kind::Unknown`].
    pub(super) fn struct_in(&self, expr: &Expr) -> Kind {
        let kind = self.kind_in(expr);
        match kind.peeled() {
            Kind::Record(_) => kind,
            _ => Kind::Unknown,
        }
    }

    /// What leads to a struct of the file's: the structs themselves, their fields, elements.
    fn kind_in(&self, expr: &Expr) -> Kind {
        match unwrapped(expr) {
            Expr::Reference(_) | Expr::Unary(_) | Expr::Field(_) | Expr::Index(_) => {
                part(expr, &|base| self.kind_in(base))
            }
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.usage(ident));
                used.map_or(Kind::Unknown, |var| self.binding(var).kind.clone())
            }
            Expr::Struct(e) => Kind::of_path(&e.path),
            Expr::If(e) => match self.kind_in_block(&e.then_branch) {
                Kind::Unknown => {
                    let otherwise = e.else_branch.as_ref();
                    otherwise.map_or(Kind::Unknown, |(_, otherwise)| self.kind_in(otherwise))
                }
                kind => kind,
            },
            Expr::Match(e) => {
                let mut kinds = e.arms.iter().map(|arm| self.kind_in(&arm.body));
                kinds.find(|kind| *kind != Kind::Unknown).unwrap_or(Kind::Unknown)
            }
            Expr::Block(e) if e.label.is_none() => self.kind_in_block(&e.block),
            Expr::Call(e) => match unwrapped(&e.func) {
                Expr::Path(path) => match path.path.get_ident() {
                    Some(name) if self.usage(name).is_some() => Kind::Unknown,
                    Some(name) => match surroundings::result_of_function(&name.to_string()) {
                        Kind::Unknown => Kind::of_path(&path.path),
                        kind => kind,
                    },
                    None => surroundings::result_of_associated(&path.path),
                },
                _ => Kind::Unknown,
            },
            Expr::MethodCall(e) => {
                let (receiver, name) = (self.struct_in(&e.receiver), e.method.to_string());
                match surroundings::result_of_method(&receiver, &name) {
                    Kind::Unknown if name == "clone" => receiver.peeled().clone(),
                    kind => kind,
                }
            }
            Expr::Binary(e) => {
                let operands = [self.struct_in(&e.left), self.struct_in(&e.right)];
                let operator = crate::operators::name_of(&e.op);
                let method = operator.and_then(|name| crate::operators::method(name, &operands));
                method.map_or(Kind::Unknown, |(name, _)| {
                    surroundings::result_of_operator(&name.to_string())
                })
            }
            _ => Kind::Unknown,
        }
    }

    fn kind_in_block(&self, block: &syn::Block) -> Kind {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.kind_in(tail),
            _ => Kind::Unknown,
        }
    }

    fn numbers_in_block(&self, block: &syn::Block) -> Kind {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.numbers_in(tail),
            _ => Kind::Unknown,
        }
    }

    fn numbers_of_call(&self, e: &syn::ExprCall) -> Kind {
        let Expr::Path(path) = unwrapped(&e.func) else { return Kind::Unknown };
        let last = path.path.segments.last().map(|last| last.ident.to_string());
        match (Float::of_path(path), last) {
            (Some(float), Some(name)) if path.path.segments.len() == 2 => {
                let known = name == "from"
                    || super::is_inherent(&name)
                    || crate::rules::elementary(&name, e.args.len()).is_some();
                if known && !super::is_discrete_method(&name) {
                    Kind::Scalar(float)
                } else {
                    Kind::Unknown
                }
            }
            _ => match path.path.get_ident() {
                Some(name) if self.usage(name).is_none() => {
                    numbers(surroundings::result_of_function(&name.to_string()))
                }
                _ => Kind::Unknown,
            },
        }
    }

    fn numbers_of_method(&self, e: &syn::ExprMethodCall) -> Kind {
        let name = e.method.to_string();
        let receiver = self.numbers_in(&e.receiver);
        match receiver.peeled() {
            Kind::Scalar(float) if crate::rules::elementary(&name, e.args.len() + 1).is_some() => {
                Kind::Scalar(*float)
            }
            copied @ (Kind::Scalar(_) | Kind::Indexed(..)) if name == "clone" => copied.clone(),
            Kind::Indexed(element, _) if name == "to_vec" => {
                Kind::Indexed(element.clone(), Container::Vec)
            }
            _ if matches!(name.as_str(), "sum" | "product") => match &e.turbofish {
                Some(turbofish) => match turbofish.args.first() {
                    Some(syn::GenericArgument::Type(ty)) => scalar(Kind::of(ty)),
                    _ => Kind::Unknown,
                },
                None => Kind::Unknown,
            },
            _ => Kind::Unknown,
        }
    }
}

/// The kind of a part of what `of` tells the kind of: behind references, a field, an element.
pub(super) fn part(expr: &Expr, of: &dyn Fn(&Expr) -> Kind) -> Kind {
    match unwrapped(expr) {
        Expr::Reference(e) => part(&e.expr, of),
        Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => part(&e.expr, of),
        Expr::Field(e) => match part(&e.base, of).peeled() {
            Kind::Record(record) => {
                let name = e.member.to_token_stream().to_string();
                let field = record.fields.iter().find(|(field, _)| *field == name);
                field.map_or(Kind::Unknown, |(_, kind)| kind.clone())
            }
            _ => Kind::Unknown,
        },
        Expr::Index(e) if !matches!(unwrapped(&e.index), Expr::Range(_)) => {
            match part(&e.expr, of).peeled() {
                Kind::Indexed(element, _) => (**element).clone(),
                _ => Kind::Unknown,
            }
        }
        Expr::Unary(_) | Expr::Index(_) => Kind::Unknown,
        base => of(base),
    }
}

/// Whether a value is a new `Vec` without elements, whose type the code after it tells.
pub(super) fn is_empty_vec(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Call(e) => match unwrapped(&e.func) {
            Expr::Path(path) => {
                let untyped = path.path.segments.iter().all(|segment| segment.arguments.is_none());
                let mut last = path.path.segments.iter().rev().map(|s| s.ident.to_string());
                let (name, owner) = (last.next(), last.next());
                untyped
                    && owner.as_deref() == Some("Vec")
                    && matches!(name.as_deref(), Some("new" | "with_capacity"))
                    && (path.path.segments.len() > 2 || !surroundings::declares_type("Vec"))
            }
            _ => false,
        },
        Expr::Macro(e) => e.mac.path.is_ident("vec") && e.mac.tokens.is_empty(),
        _ => false,
    }
}

/// Whether a path is that of a function that makes an empty collection: `Vec::new`.
fn makes_collection(path: &syn::Path) -> bool {
    let mut last = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let (Some(name), Some(owner)) = (last.next(), last.next()) else { return false };
    matches!(name.as_str(), "new" | "with_capacity" | "from")
        && matches!(owner.as_str(), "Vec" | "VecDeque")
        && (path.segments.len() > 2 || !surroundings::declares_type(&owner))
}

fn is_arithmetic(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(op, BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_))
}

/// A number, or unknown.
fn scalar(kind: Kind) -> Kind {
    match kind.peeled() {
        Kind::Scalar(float) => Kind::Scalar(*float),
        _ => Kind::Unknown,
    }
}

fn sequence(element: Kind, container: Container) -> Kind {
    match numbers(element) {
        Kind::Unknown => Kind::Unknown,
        element => Kind::Indexed(Box::new(element), container),
    }
}

/// The kind of what holds nothing but numbers; anything else is unknown.
fn numbers(kind: Kind) -> Kind {
    fn holds_numbers(kind: &Kind) -> bool {
        match kind {
            Kind::Scalar(_) => true,
            Kind::Indexed(element, _) | Kind::Ref(element) => holds_numbers(element),
            Kind::Tuple(parts) => parts.iter().all(holds_numbers),
            _ => false,
        }
    }
    if holds_numbers(&kind) {
        kind
    } else {
        Kind::Unknown
    }
}
