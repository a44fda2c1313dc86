//! What the macro can tell about a value's type by sight.
//!
//! A kind is a hint: it makes generated code direct and readable where the type is written in the
//! source. [`Kind::Unknown`] is always a valid answer; code for unknown kinds goes through the
//! runtime's traits, which rustc resolves.

use std::rc::Rc;

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

use crate::surroundings;

/// A floating-point type, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Float {
    F64,
    F32,
    /// A float literal's type before inference: `let mut sum = 0.0;`.
    Literal,
}

impl Float {
    /// The float type that a call through `f64::` or `f32::` names.
    pub(crate) fn of_path(path: &syn::ExprPath) -> Option<Float> {
        if let Some(syn::Type::Path(owner)) = path.qself.as_ref().map(|owner| &*owner.ty) {
            return Kind::of_path(&owner.path).float();
        }
        path.path.segments.iter().rev().find_map(|segment| {
            match segment.ident.to_string().as_str() {
                "f64" => Some(Float::F64),
                "f32" => Some(Float::F32),
                _ => None,
            }
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar(Float),
    /// A range that selects a part of a slice.
    Range,
    /// Integers, `bool` and other types that carry no derivative.
    Discrete,
    /// Maps and sets of std's, which have elements but no positions.
    Map,
    /// Strings: discrete, but a number can be written to one and read from it.
    Text,
    /// Slices, arrays and `Vec`s of one element kind; `Some(text)` for an array's length.
    Indexed(Box<Kind>, Container),
    Tuple(Vec<Kind>),
    /// A struct whose fields the file declares.
    Record(Rc<Record>),
    /// `Option` of one kind.
    Option(Box<Kind>),
    /// `Result` whose success is of one kind; what an error holds carries no derivative.
    Result(Box<Kind>),
    /// A shared or exclusive reference.
    Ref(Box<Kind>),
    RefMut(Box<Kind>),
    Unknown,
}

/// A struct that is declared near the function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// By name, or by position in a tuple struct.
    pub(crate) fields: Vec<(String, Kind)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Container {
    Slice,
    Vec,
    /// The length expression's text.
    Array(String),
}

impl Kind {
    /// The kind of a type as it is written.
    pub(crate) fn of(ty: &Type) -> Kind {
        match ty {
            Type::Paren(inner) => Kind::of(&inner.elem),
            Type::Group(inner) => Kind::of(&inner.elem),
            Type::Reference(reference) => {
                let target = Box::new(Kind::of(&reference.elem));
                if reference.mutability.is_some() {
                    Kind::RefMut(target)
                } else {
                    Kind::Ref(target)
                }
            }
            Type::Slice(slice) => Kind::Indexed(Box::new(Kind::of(&slice.elem)), Container::Slice),
            Type::Array(array) => Kind::Indexed(
                Box::new(Kind::of(&array.elem)),
                Container::Array(array.len.to_token_stream().to_string()),
            ),
            Type::Tuple(tuple) => Kind::Tuple(tuple.elems.iter().map(Kind::of).collect()),
            Type::Path(path) if path.qself.is_none() => Kind::of_path(&path.path),
            _ => Kind::Unknown,
        }
    }

    pub(crate) fn of_path(path: &syn::Path) -> Kind {
        let Some(last) = path.segments.last() else { return Kind::Unknown };
        let argument = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|a| match a {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
            }
            _ => None,
        };
        let std_path = path.segments.len() == 1
            && !surroundings::declares_type(&last.ident.to_string())
            || matches!(path.segments[0].ident.to_string().as_str(), "std" | "core" | "alloc");
        match last.ident.to_string().as_str() {
            "f64" if std_path => Kind::Scalar(Float::F64),
            "f32" if std_path => Kind::Scalar(Float::F32),
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64"
            | "i128" | "isize" | "bool" | "char"
                if std_path =>
            {
                Kind::Discrete
            }
            "str" | "String" if std_path => Kind::Text,
            "Range" | "RangeInclusive" if std_path => Kind::Range,
            "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet" => Kind::Map,
            "Vec" if std_path => {
                Kind::Indexed(Box::new(argument.map_or(Kind::Unknown, Kind::of)), Container::Vec)
            }
            "Option" if std_path => {
                Kind::Option(Box::new(argument.map_or(Kind::Unknown, Kind::of)))
            }
            // Aliases like `io::Result<T>` are `Result`s too.
            "Result" => Kind::Result(Box::new(argument.map_or(Kind::Unknown, Kind::of))),
            "Self" => surroundings::kind_of_self(),
            name if path.segments.len() == 1 => {
                surroundings::kind_of_type(name).unwrap_or(Kind::Unknown)
            }
            _ => Kind::Unknown,
        }
    }

    /// Whether nothing can be changed through a copy of a value of this kind.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Kind::Scalar(_) | Kind::Discrete | Kind::Text | Kind::Range | Kind::Ref(_) => true,
            Kind::Indexed(inner, _) | Kind::Option(inner) => inner.is_closed(),
            Kind::Tuple(parts) => parts.iter().all(Kind::is_closed),
            Kind::Map | Kind::Record(_) | Kind::Result(_) | Kind::RefMut(_) | Kind::Unknown => {
                false
            }
        }
    }

    /// Whether a value of this kind refers to nothing.
    pub(crate) fn is_owned(&self) -> bool {
        match self {
            Kind::Ref(_) => false,
            Kind::Indexed(inner, _) | Kind::Option(inner) => inner.is_owned(),
            Kind::Tuple(parts) => parts.iter().all(Kind::is_owned),
            other => other.is_closed(),
        }
    }

    /// Whether a value of this kind is a shared reference or holds some, as far as it shows.
    pub(crate) fn refers(&self) -> bool {
        match self {
            Kind::Ref(_) => true,
            Kind::Indexed(inner, _) | Kind::Option(inner) => inner.refers(),
            Kind::Tuple(parts) => parts.iter().any(Kind::refers),
            _ => false,
        }
    }

    /// Whether a value of this kind may be a shared reference or hold some.
    pub(crate) fn may_refer(&self) -> bool {
        match self {
            Kind::Ref(_) | Kind::Unknown => true,
            Kind::Indexed(inner, _) | Kind::Option(inner) => inner.may_refer(),
            Kind::Tuple(parts) => parts.iter().any(Kind::may_refer),
            _ => false,
        }
    }

    /// What a success holds, if the kind is an `Option` or a `Result`; behind a reference, a
    /// reference.
    pub(crate) fn success(&self) -> Kind {
        match self {
            Kind::Option(held) | Kind::Result(held) => (**held).clone(),
            Kind::Ref(inner) => match inner.success() {
                Kind::Unknown => Kind::Unknown,
                held => Kind::Ref(Box::new(held)),
            },
            Kind::RefMut(inner) => match inner.success() {
                Kind::Unknown => Kind::Unknown,
                held => Kind::RefMut(Box::new(held)),
            },
            _ => Kind::Unknown,
        }
    }

    /// The kind with everything unknown that it takes for discrete.
    pub(crate) fn without_discrete(self) -> Kind {
        let inside = |kind: Box<Kind>| Box::new(kind.without_discrete());
        match self {
            Kind::Discrete | Kind::Text => Kind::Unknown,
            Kind::Indexed(element, container) => Kind::Indexed(inside(element), container),
            Kind::Ref(target) => Kind::Ref(inside(target)),
            Kind::RefMut(target) => Kind::RefMut(inside(target)),
            Kind::Tuple(parts) => {
                Kind::Tuple(parts.into_iter().map(Kind::without_discrete).collect())
            }
            Kind::Option(held) => Kind::Option(inside(held)),
            Kind::Result(held) => Kind::Result(inside(held)),
            Kind::Scalar(_) | Kind::Range | Kind::Map | Kind::Record(_) | Kind::Unknown => self,
        }
    }

    /// The kind with every reference replaced by what it refers to.
    pub(crate) fn owned(&self) -> Kind {
        let inside = |kind: &Kind| Box::new(kind.owned());
        match self {
            Kind::Ref(inner) | Kind::RefMut(inner) => inner.owned(),
            Kind::Indexed(element, container) => Kind::Indexed(inside(element), container.clone()),
            Kind::Tuple(parts) => Kind::Tuple(parts.iter().map(Kind::owned).collect()),
            Kind::Option(held) => Kind::Option(inside(held)),
            Kind::Result(held) => Kind::Result(inside(held)),
            Kind::Scalar(_)
            | Kind::Range
            | Kind::Discrete
            | Kind::Text
            | Kind::Map
            | Kind::Record(_)
            | Kind::Unknown => self.clone(),
        }
    }

    /// The kind behind references.
    pub(crate) fn peeled(&self) -> &Kind {
        match self {
            Kind::Ref(inner) | Kind::RefMut(inner) => inner.peeled(),
            other => other,
        }
    }

    /// The kind of the adjoint of a value of this kind: it holds numbers, not references.
    pub(crate) fn adjoint(&self) -> Kind {
        match self.peeled() {
            Kind::Tuple(parts) => Kind::Tuple(parts.iter().map(Kind::adjoint).collect()),
            Kind::Indexed(element, container) => {
                Kind::Indexed(Box::new(element.adjoint()), container.clone())
            }
            Kind::Option(held) => Kind::Option(Box::new(held.adjoint())),
            Kind::Result(held) => Kind::Result(Box::new(held.adjoint())),
            other => other.clone(),
        }
    }

    /// How many references must be followed to reach [`peeled`](Self::peeled).
    pub(crate) fn references(&self) -> usize {
        match self {
            Kind::Ref(inner) | Kind::RefMut(inner) => 1 + inner.references(),
            _ => 0,
        }
    }

    pub(crate) fn is_reference(&self) -> bool {
        self.references() > 0
    }

    /// The float type, if the value is a scalar of a type known to be a std float.
    pub(crate) fn float(&self) -> Option<Float> {
        match self.peeled() {
            Kind::Scalar(float) => Some(*float),
            _ => None,
        }
    }

    pub(crate) fn is_scalar(&self) -> bool {
        self.float().is_some()
    }

    /// Whether no value of this kind can carry a derivative.
    pub(crate) fn is_discrete(&self) -> bool {
        match self.peeled() {
            Kind::Discrete | Kind::Text => true,
            Kind::Indexed(element, _) => element.is_discrete(),
            Kind::Tuple(parts) => parts.iter().all(Kind::is_discrete),
            Kind::Option(held) => held.is_discrete(),
            _ => false,
        }
    }

    /// Whether there is text in a value of this kind.
    pub(crate) fn is_text(&self) -> bool {
        match self.peeled() {
            Kind::Text => true,
            Kind::Indexed(element, _) => element.is_text(),
            Kind::Tuple(parts) => parts.iter().any(Kind::is_text),
            _ => false,
        }
    }

    /// Whether every scalar of this kind is reached by copying: no clone, no move.
    pub(crate) fn is_copy(&self) -> bool {
        match self {
            Kind::Scalar(_) | Kind::Ref(_) => true,
            Kind::Tuple(parts) => parts.iter().all(Kind::is_copy),
            Kind::Option(held) => held.is_copy(),
            Kind::Indexed(element, Container::Array(_)) => element.is_copy(),
            _ => false,
        }
    }

    /// The kind of `self[i]`.
    pub(crate) fn element(&self) -> Kind {
        match self.peeled() {
            Kind::Indexed(element, _) => (**element).clone(),
            _ => Kind::Unknown,
        }
    }

    /// The kind of an element, or of a part that is a slice.
    pub(crate) fn at(&self, range: bool) -> Kind {
        match self.peeled() {
            Kind::Indexed(element, _) if range => Kind::Indexed(element.clone(), Container::Slice),
            _ if range => Kind::Unknown,
            _ => self.element(),
        }
    }

    /// The kind of field `index` of a tuple.
    pub(crate) fn part(&self, index: usize) -> Kind {
        match self.peeled() {
            Kind::Tuple(parts) => parts.get(index).cloned().unwrap_or(Kind::Unknown),
            Kind::Record(_) => self.field(&index.to_string()),
            _ => Kind::Unknown,
        }
    }

    /// The kind of `self.name`.
    pub(crate) fn field(&self, name: &str) -> Kind {
        match self.peeled() {
            Kind::Record(record) => record
                .fields
                .iter()
                .find(|(field, _)| field == name)
                .map_or(Kind::Unknown, |(_, kind)| kind.clone()),
            _ => Kind::Unknown,
        }
    }

    /// The kind of `self.member`.
    pub(crate) fn member(&self, member: &syn::Member) -> Kind {
        match member {
            syn::Member::Named(name) => self.field(&name.to_string()),
            syn::Member::Unnamed(index) => self.part(index.index as usize),
        }
    }

    /// An annotation's kind, completed by the value's where it says `_`.
    pub(crate) fn or(&self, value: Kind) -> Kind {
        match (self, &value) {
            (Kind::Unknown, _) => value,
            (Kind::Indexed(element, container), Kind::Indexed(known, other))
                if container == other =>
            {
                Kind::Indexed(Box::new(element.or((**known).clone())), container.clone())
            }
            (Kind::Option(held), Kind::Option(known)) => {
                Kind::Option(Box::new(held.or((**known).clone())))
            }
            (Kind::Result(held), Kind::Result(known)) => {
                Kind::Result(Box::new(held.or((**known).clone())))
            }
            _ => self.clone(),
        }
    }

    /// [`join`](Self::join), where one of the places may have no value.
    fn join_known(&self, other: &Kind) -> Kind {
        match (self, other) {
            (Kind::Unknown, known) | (known, Kind::Unknown) => known.clone(),
            _ => self.join(other),
        }
    }

    /// The kind of a value that may come from either of two places.
    pub(crate) fn join(&self, other: &Kind) -> Kind {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Kind::Scalar(Float::Literal), Kind::Scalar(known))
            | (Kind::Scalar(known), Kind::Scalar(Float::Literal)) => Kind::Scalar(*known),
            // `None` does not show what it could hold.
            (Kind::Option(a), Kind::Option(b)) => Kind::Option(Box::new(a.join_known(b))),
            (Kind::Result(a), Kind::Result(b)) => Kind::Result(Box::new(a.join_known(b))),
            (Kind::Ref(a), Kind::Ref(b)) if a.is_scalar() && b.is_scalar() => match a.join(b) {
                Kind::Unknown => Kind::Unknown,
                target => Kind::Ref(Box::new(target)),
            },
            _ => Kind::Unknown,
        }
    }
}
