//! Closures that are passed from function to function.
//!
//! A parameter whose type shows that it is called (`impl Fn(f64) -> f64`, `&F` where `F: Fn(..)`)
//! comes to the hidden companions as the derivative of a closure and its environment: see
//! `closures.rs` of the runtime. A closure in an argument is derived where it is passed
//! ([`derive`]), as a function of what it captures and of its parameters ([`lift`]).

mod derive;
mod lift;
mod standalone;

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::{GenericParam, Type, TypeParamBound, WherePredicate};

pub(crate) use derive::{derivative, Context};
pub(crate) use lift::{lift, Lifted};
pub(crate) use standalone::expand;

/// What a signature says of a parameter that is called.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) inputs: Vec<Type>,
    pub(crate) output: Type,
    /// Whether it may change what it captures: it is not bounded by `Fn`.
    pub(crate) exclusive: bool,
}

/// The closure that a parameter of this type is.
pub(crate) fn bound_of(ty: &Type, generics: &syn::Generics) -> Option<Bound> {
    match ty {
        Type::Paren(inner) => bound_of(&inner.elem, generics),
        Type::Group(inner) => bound_of(&inner.elem, generics),
        Type::Reference(reference) => match &*reference.elem {
            Type::Reference(_) => None,
            inner => bound_of(inner, generics),
        },
        Type::ImplTrait(bounds) => among(&bounds.bounds),
        Type::Path(path) if path.qself.is_none() => {
            let name = path.path.get_ident()?;
            let declared = generics.params.iter().find_map(|parameter| match parameter {
                GenericParam::Type(parameter) if parameter.ident == *name => Some(parameter),
                _ => None,
            })?;
            let clauses = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
            let clauses = clauses.filter_map(|predicate| match predicate {
                WherePredicate::Type(predicate) if names(&predicate.bounded_ty, name) => {
                    Some(&predicate.bounds)
                }
                _ => None,
            });
            std::iter::once(&declared.bounds).chain(clauses).find_map(among)
        }
        _ => None,
    }
}

/// Whether a type is just this name.
pub(crate) fn names(ty: &Type, name: &Ident) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

fn among<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<Bound> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last()?;
        let exclusive = match last.ident.to_string().as_str() {
            "Fn" => false,
            "FnMut" | "FnOnce" => true,
            _ => return None,
        };
        let syn::PathArguments::Parenthesized(arguments) = &last.arguments else { return None };
        let inputs: Vec<Type> = arguments.inputs.iter().map(|input| input.ty.clone()).collect();
        let output = match &arguments.output {
            syn::ReturnType::Type(_, ty) => (**ty).clone(),
            syn::ReturnType::Default => syn::parse_quote!(()),
        };
        Some(Bound { inputs, output, exclusive })
    })
}

/// What a closure that is a parameter comes as: the names of its derivative and its environment.
pub(crate) fn parts(name: &Ident) -> (Ident, Ident) {
    let plain = name.to_string().replace("r#", "");
    let span = Span::mixed_site();
    (
        format_ident!("{plain}_derivative", span = span),
        format_ident!("{plain}_environment", span = span),
    )
}
