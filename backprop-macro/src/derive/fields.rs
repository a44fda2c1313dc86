//! The fields of the input, read and checked: later steps cannot fail.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericArgument, Ident, Index, Member,
    PathArguments, Result, Type, TypeReference,
};

use super::plain;
use crate::surroundings;

/// A variant of an enum, or a struct.
pub(super) struct Variant {
    /// `Self` or `Self::Name`, to which braces are added.
    pub(super) constructor: TokenStream,
    /// The variant's name; `None` for a struct.
    pub(super) name: Option<String>,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Field {
    pub(super) member: Member,
    /// The field's name in paths.
    pub(super) name: String,
    pub(super) ty: Type,
    /// Whether the field holds no scalars and is cloned into gradients.
    pub(super) skip: bool,
    /// Whether the field holds scalars that are not to be trained: derivatives flow through them,
    /// and visitors leave them out.
    pub(super) constant: bool,
    number: usize,
}

impl Variant {
    /// A pattern that binds the wanted fields to names that begin with `prefix`.
    pub(super) fn pattern(&self, prefix: &str, wanted: impl Fn(&Field) -> bool) -> TokenStream {
        let constructor = &self.constructor;
        let bindings = self.fields.iter().filter(|field| wanted(field)).map(|field| {
            let (member, binding) = (&field.member, field.binding(prefix));
            quote!(#member: #binding,)
        });
        let rest = (!self.fields.iter().all(&wanted)).then(|| quote!(..));
        quote!(#constructor { #(#bindings)* #rest })
    }
}

impl Field {
    pub(super) fn binding(&self, prefix: &str) -> Ident {
        format_ident!("{prefix}_{}", self.number, span = Span::mixed_site())
    }

    /// The runtime's operation for the field's type, blamed on that type if it has none.
    pub(super) fn operation(&self, operation: &TokenStream, runtime: &TokenStream) -> TokenStream {
        let ty = &self.ty;
        quote_spanned!(ty.span()=> <#ty as #runtime::VectorSpace>::#operation)
    }

    pub(super) fn zero_like(&self, value: &Ident, runtime: &TokenStream) -> TokenStream {
        if self.skip {
            let ty = &self.ty;
            return quote_spanned!(ty.span()=> <#ty as ::core::clone::Clone>::clone(#value));
        }
        let zero = self.operation(&quote!(zero_field), runtime);
        quote!(#zero(#value))
    }
}

/// The variants of `input`, or all errors in it at once.
pub(super) fn read_variants(input: &DeriveInput) -> Result<Vec<Variant>> {
    let mut errors = Errors::default();
    let variants = match &input.data {
        Data::Struct(data) => vec![Variant {
            constructor: quote!(Self),
            name: None,
            fields: read_fields(&data.fields, &mut errors),
        }],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                refuse_options(&variant.attrs, "a variant", &mut errors);
                let name = &variant.ident;
                Variant {
                    constructor: quote!(Self::#name),
                    name: Some(plain(name)),
                    fields: read_fields(&variant.fields, &mut errors),
                }
            })
            .collect(),
        Data::Union(data) => {
            errors.push(Error::new(
                data.union_token.span,
                "a union cannot be differentiated: which of its fields holds a number is not \
                 known; use a struct or an enum",
            ));
            Vec::new()
        }
    };
    refuse_options(&input.attrs, "the type", &mut errors);
    errors.into_result().map(|()| variants)
}

fn read_fields(fields: &Fields, errors: &mut Errors) -> Vec<Field> {
    let read = |(number, field): (usize, &syn::Field)| {
        let marked = read_skip(&field.attrs, errors);
        let constant = marked && sequences_of_numbers(&field.ty);
        let skip = marked && !constant;
        if skip {
            Numbers { field: &field.ty, errors, found: false }.visit_type(&field.ty);
        } else {
            Borrows { errors }.visit_type(&field.ty);
        }
        let (member, name) = match &field.ident {
            Some(ident) => (Member::Named(ident.clone()), plain(ident)),
            None => (Member::Unnamed(Index::from(number)), number.to_string()),
        };
        Field { member, name, ty: field.ty.clone(), skip, constant, number }
    };
    fields.iter().enumerate().map(read).collect()
}

/// Whether there is a `#[differentiable(skip)]`.
fn read_skip(attributes: &[Attribute], errors: &mut Errors) -> bool {
    let mut skip = false;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("differentiable")) {
        let read = attribute.parse_nested_meta(|option| {
            if !option.path.is_ident("skip") {
                return Err(option.error("the only option of a field is `skip`"));
            }
            if skip {
                return Err(option.error("`skip` is said twice"));
            }
            skip = true;
            Ok(())
        });
        if let Err(error) = read {
            errors.push(error);
        }
    }
    skip
}

/// Outside fields there are no options; silence would let a misplaced `skip` pass for obeyed.
fn refuse_options(attributes: &[Attribute], place: &str, errors: &mut Errors) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident("differentiable")) {
        let message = format!(
            "{place} takes no options here; `#[differentiable(skip)]` goes on a field, and \
             `#[differentiable]` on a function"
        );
        errors.push(Error::new_spanned(attribute, message));
    }
}

/// Refuses the references in a type: a gradient owns what it holds.
struct Borrows<'a> {
    errors: &'a mut Errors,
}

impl<'ast> Visit<'ast> for Borrows<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let owned = match &*reference.elem {
            Type::Slice(slice) => {
                let element = &slice.elem;
                format!("`Vec<{}>`", spell(element))
            }
            Type::Path(path) if path.path.is_ident("str") => "`String`".to_owned(),
            other => format!("`{}`", spell(other)),
        };
        let message = format!(
            "a gradient has the type of the struct itself and must own its numbers, which a \
             reference cannot; own the value ({owned}), or, if nothing is to be differentiated \
             with respect to this field, mark it `#[differentiable(skip)]`"
        );
        self.errors.push(Error::new_spanned(reference, message));
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        if segment.ident != "PhantomData" {
            visit::visit_path_segment(self, segment);
        }
    }
}

/// Whether a type is a number or made of nothing but numbers: a skipped field of it keeps the
/// adjoint of what is stored in it, as any other.
fn sequences_of_numbers(ty: &Type) -> bool {
    match ty {
        Type::Paren(inner) => sequences_of_numbers(&inner.elem),
        Type::Group(inner) => sequences_of_numbers(&inner.elem),
        Type::Array(array) => sequences_of_numbers(&array.elem),
        Type::Tuple(tuple) => {
            !tuple.elems.is_empty() && tuple.elems.iter().all(sequences_of_numbers)
        }
        Type::Path(path) if path.qself.is_none() => {
            let Some(last) = path.path.segments.last() else { return false };
            let name = last.ident.to_string();
            let alone = path.path.segments.len() == 1;
            let own = alone && surroundings::declares_type(&name);
            if let Some(target) = own.then(|| surroundings::alias(&last.ident)).flatten() {
                return sequences_of_numbers(&target);
            }
            match (&last.arguments, name.as_str()) {
                _ if own => surroundings::derives_gradient(&name),
                (PathArguments::None, "f64" | "f32" | "Vector" | "Matrix") => true,
                (_, "Vector" | "Matrix") => true,
                (PathArguments::AngleBracketed(held), "Vec" | "VecDeque" | "Option" | "Box") => {
                    held.args.iter().all(|argument| match argument {
                        GenericArgument::Type(ty) => sequences_of_numbers(ty),
                        _ => false,
                    })
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Refuses numbers in any other skipped field: derivatives that flow into it would be lost.
struct Numbers<'a> {
    field: &'a Type,
    errors: &'a mut Errors,
    found: bool,
}

impl<'ast> Visit<'ast> for Numbers<'_> {
    // What is behind a reference is not changed, and functions hold no numbers.
    fn visit_type_reference(&mut self, _: &'ast TypeReference) {}
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(
        &mut self,
        _: &'ast syn::ParenthesizedGenericArguments,
    ) {
    }

    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        let number = ["f64", "f32", "Vector", "Matrix"].iter().any(|name| segment.ident == name);
        if number && !self.found {
            self.found = true;
            self.errors.push(Error::new_spanned(
                self.field,
                format!(
                    "a skipped field holds no numbers, or is made of nothing else (`Vec<f64>`): the \
                     derivative of what is stored in this one would be lost without a word; keep \
                     the `{}` outside the struct and pass it as a parameter that is not in \
                     `wrt(..)`",
                    spell(self.field)
                ),
            ));
        }
        if segment.ident != "PhantomData" {
            visit::visit_path_segment(self, segment);
        }
    }
}

/// A type as a person would write it, for the simple types that messages name.
fn spell(ty: &Type) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for token in quote!(#ty).to_string().split_whitespace() {
        let word = token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if (after_word && word) || text.ends_with(',') || text.ends_with(';') {
            text.push(' ');
        }
        text.push_str(token);
        after_word = token.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    }
    text
}

#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
