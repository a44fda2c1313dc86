//! The bounds that a generic type needs to be its own gradient.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{parse_quote, Generics, Ident, PathSegment, Type, TypePath};

use super::fields::Variant;

/// `generics` with the bounds that the bodies rely on.
///
/// The bounds are on the type parameters that occur in fields (`T: VectorSpace`), not on the
/// fields' types: `Option<Box<Self>>: VectorSpace` in the impl of `Self` would be a cycle.
pub(super) fn with_bounds(
    generics: &Generics,
    variants: &[Variant],
    runtime: &TokenStream,
) -> Generics {
    let mut bounded = generics.clone();
    if generics.type_params().next().is_none() {
        return bounded;
    }
    let mut used = Used {
        parameters: generics.type_params().map(|parameter| parameter.ident.clone()).collect(),
        seen: BTreeSet::new(),
        bounded: Vec::new(),
    };
    let fields = || variants.iter().flat_map(|variant| &variant.fields);
    for field in fields().filter(|field| !field.skip) {
        used.visit_type(&field.ty);
    }
    let bounded_types = used.bounded;
    let clause = bounded.make_where_clause();
    for ty in &bounded_types {
        clause.predicates.push(parse_quote!(#ty: #runtime::VectorSpace));
    }
    for field in fields().filter(|field| field.skip) {
        let ty = &field.ty;
        clause.predicates.push(parse_quote!(#ty: ::core::clone::Clone));
    }
    clause.predicates.push(parse_quote!(Self: ::core::clone::Clone));
    bounded
}

/// Finds type parameters and their associated types (`T`, `T::Weights`) in fields' types.
struct Used {
    parameters: Vec<Ident>,
    seen: BTreeSet<String>,
    bounded: Vec<Type>,
}

impl<'ast> Visit<'ast> for Used {
    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        let first = ty.path.segments.first();
        let of_parameter = ty.path.leading_colon.is_none()
            && first.is_some_and(|segment| self.parameters.contains(&segment.ident));
        if (of_parameter && ty.qself.is_none()) || ty.qself.is_some() {
            if self.seen.insert(quote::quote!(#ty).to_string()) {
                self.bounded.push(Type::Path(ty.clone()));
            }
            return;
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
        if segment.ident != "PhantomData" {
            visit::visit_path_segment(self, segment);
        }
    }
}
