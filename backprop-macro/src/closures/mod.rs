//! Closures that are passed from function to function.
//!
//! A parameter whose type shows that it is called (`impl Fn(f64) -> f64`, `&F` where `F: Fn(..)`,
//! `&dyn Fn(f64) -> f64`, `fn(f64) -> f64`) comes to the hidden companions as the derivative of a closure and its environment: see
//! `closures.rs` of the runtime. A closure in an argument is derived where it is passed
//! ([`derive`]), as a function of what it captures and of its parameters ([`lift`]).

mod derive;
mod lift;
mod standalone;
mod values;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{GenericParam, Type, TypeParamBound, WherePredicate};

pub(crate) use derive::{derivative, Context};
pub(crate) use lift::{lift, Lifted};
pub(crate) use standalone::expand;
pub(crate) use values::{named, Extent};

type Bounds = Punctuated<TypeParamBound, syn::Token![+]>;

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
            inner => match object(inner) {
                Some(bounds) => among(bounds),
                None => bound_of(inner, generics),
            },
        },
        Type::FnPtr(pointer) => of_pointer(pointer),
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

/// The bounds of `dyn Fn(f64) -> f64`, behind a reference.
fn object(ty: &Type) -> Option<&Bounds> {
    match ty {
        Type::Paren(inner) => object(&inner.elem),
        Type::Group(inner) => object(&inner.elem),
        Type::TraitObject(object) => Some(&object.bounds),
        _ => None,
    }
}

/// What `fn(f64) -> f64` says.
fn of_pointer(pointer: &syn::TypeFnPtr) -> Option<Bound> {
    let plain = pointer.unsafety.is_none() && pointer.abi.is_none() && pointer.variadic.is_none();
    plain.then(|| Bound {
        inputs: pointer.inputs.iter().map(|input| input.ty.clone()).collect(),
        output: returned(&pointer.output),
        exclusive: false,
    })
}

fn returned(output: &syn::ReturnType) -> Type {
    match output {
        syn::ReturnType::Type(_, ty) => (**ty).clone(),
        syn::ReturnType::Default => syn::parse_quote!(()),
    }
}

/// The type of a parameter that is a `&dyn Fn(..)` or a `fn(..)` and the bounds of the type
/// parameter that stands for it in companions: these are written for each closure.
pub(crate) fn generalised(ty: &Type, name: &Ident) -> Option<(Type, TokenStream)> {
    match ty {
        Type::Paren(inner) => generalised(&inner.elem, name),
        Type::Group(inner) => generalised(&inner.elem, name),
        Type::Reference(reference) => {
            let bounds = object(&reference.elem).filter(|bounds| among(*bounds).is_some())?;
            let (and, lifetime, mutable) =
                (&reference.and_token, &reference.lifetime, &reference.mutability);
            Some((
                syn::parse_quote!(#and #lifetime #mutable #name),
                quote!(#bounds + ?::core::marker::Sized),
            ))
        }
        Type::FnPtr(pointer) => {
            of_pointer(pointer)?;
            let inputs = pointer.inputs.iter().map(|input| &input.ty);
            let (lifetimes, output) = (&pointer.lifetimes, &pointer.output);
            Some((
                syn::parse_quote!(#name),
                quote!(#lifetimes ::core::ops::Fn(#(#inputs),*) #output + ::core::marker::Copy),
            ))
        }
        _ => None,
    }
}

/// Marks a parameter that is changed and yet no result.
fn inert_mark() -> TokenStream {
    quote!(#[backprop_inert])
}

/// Whether a parameter is changed and yet no result.
pub(crate) fn is_marked_inert(input: &syn::FnArg) -> bool {
    matches!(input, syn::FnArg::Typed(typed)
        if typed.attrs.iter().any(|attribute| attribute.path().is_ident("backprop_inert")))
}

/// Whether a parameter is a closure whose calls may change what it captures.
pub(crate) fn is_exclusive(input: &syn::FnArg, generics: &syn::Generics) -> bool {
    match input {
        syn::FnArg::Typed(typed) => {
            bound_of(&typed.ty, generics).is_some_and(|bound| bound.exclusive)
        }
        syn::FnArg::Receiver(_) => false,
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
        Some(Bound { inputs, output: returned(&arguments.output), exclusive })
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
