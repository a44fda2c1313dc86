//! `#[derive(Differentiable)]`: a struct or enum that is its own gradient, field by field.
//!
//! For `struct Line { slope: f64, #[differentiable(skip)] label: Label }` the heart of it is
//!
//! ```text
//! impl Differentiable for Line {
//!     type Gradient = Self;
//!     fn zero_like(&self) -> Self {
//!         match self {
//!             Self { slope: field_0, label: field_1 } => Self {
//!                 slope: <f64 as VectorSpace>::zero_field(field_0),
//!                 label: <Label as Clone>::clone(field_1),
//!             },
//!         }
//!     }
//!     …
//! }
//! ```
//!
//! and `VectorSpace` and `Accumulate` likewise. A struct is treated as an enum of one variant:
//! patterns with braces fit named, numbered and no fields alike.

mod fields;
mod generics;

use crate::tokens::mentions;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident};

use fields::{read_variants, Variant};

/// The implementations for `input`, or everything that is wrong with it. `runtime` is the path
/// of the runtime as seen from the user's crate.
pub(crate) fn derive_differentiable(input: DeriveInput, runtime: &TokenStream) -> TokenStream {
    let name = input.ident.to_string();
    let (computes_clone, chooses_deref) = crate::surroundings::own_methods(|own| {
        (own.computes_clone(&name), own.chooses_deref(&name))
    });
    let mut errors = Vec::new();
    if computes_clone {
        errors.push(crate::diagnostics::clone_computes(&input.ident));
    }
    if chooses_deref {
        errors.push(crate::diagnostics::deref_chooses(&input.ident));
    }
    match read_variants(&input) {
        // Beside an error about the type as a whole it has a gradient, so that its users add none.
        Ok(variants) => {
            let errors = errors.iter().map(syn::Error::to_compile_error);
            let found = Derive { input: &input, variants: &variants, runtime }.implementations();
            quote!(#(#errors)* #found)
        }
        Err(error) => {
            errors.push(error);
            errors.iter().map(syn::Error::to_compile_error).collect()
        }
    }
}

struct Derive<'a> {
    input: &'a DeriveInput,
    variants: &'a [Variant],
    runtime: &'a TokenStream,
}

impl Derive<'_> {
    fn implementations(&self) -> TokenStream {
        let rt = self.runtime;
        let name = &self.input.ident;
        let (impl_generics, type_generics, plain_where) = self.input.generics.split_for_impl();
        let bounded = generics::with_bounds(&self.input.generics, self.variants, rt);
        let bounded_where = &bounded.where_clause;
        let zero_like = self.zero_like();
        let visit = self.visit(&quote!(visit_field));
        let visit_mut = self.visit(&quote!(visit_field_mut));
        let accumulate = self.accumulate();
        let skipped = self.check_skipped();
        let sums = self.sums();
        quote! {
            #[automatically_derived]
            impl #impl_generics #rt::Differentiable for #name #type_generics #bounded_where {
                type Gradient = Self;

                fn zero_like(&self) -> Self {
                    #zero_like
                }

                fn visit<'__run>(
                    &'__run self,
                    __path: &mut #rt::Path,
                    __visitor: &mut dyn ::core::ops::FnMut(&#rt::Path, #rt::Scalars<'__run>),
                ) {
                    #visit
                }
            }

            #[automatically_derived]
            impl #impl_generics #rt::VectorSpace for #name #type_generics #bounded_where {
                fn visit_mut<'__run>(
                    &'__run mut self,
                    __path: &mut #rt::Path,
                    __visitor: &mut dyn ::core::ops::FnMut(&#rt::Path, #rt::ScalarsMut<'__run>),
                ) {
                    #visit_mut
                }
            }

            #[automatically_derived]
            impl #impl_generics #rt::Accumulate for #name #type_generics #bounded_where {
                #[track_caller]
                fn accumulate(&mut self, __other: &Self) {
                    #accumulate
                }
            }

            #[automatically_derived]
            impl #impl_generics #rt::HoldsNumbers for #name #type_generics #plain_where {}

            #skipped

            #sums

            #[automatically_derived]
            impl #impl_generics #rt::adjoint::Peel for #name #type_generics #plain_where {
                type Target = Self;

                fn peel(&self) -> &Self {
                    self
                }
            }
        }
    }

    /// Says of a type of which the file writes the sum that it is a loop that adds, and so of products.
    fn sums(&self) -> TokenStream {
        let (rt, name) = (self.runtime, &self.input.ident);
        let (impl_generics, type_generics, plain_where) = self.input.generics.split_for_impl();
        let text = name.to_string();
        let markers = [("sum", quote!(SumByAdding)), ("product", quote!(ProductByMultiplying))];
        markers
            .into_iter()
            .filter(|(method, _)| {
                crate::surroundings::own_methods(|own| own.sums_in_a_loop(&text, method))
            })
            .map(|(_, marker)| {
                quote! {
                    #[automatically_derived]
                    impl #impl_generics #rt::#marker for #name #type_generics #plain_where {}
                }
            })
            .collect()
    }

    /// Code that does not compile if a skipped field holds numbers, which an alias may hide: its
    /// type would then have the marker in two ways.
    fn check_skipped(&self) -> TokenStream {
        let (rt, generics) = (self.runtime, &self.input.generics);
        let fields = self.variants.iter().flat_map(|variant| &variant.fields);
        let checks: Vec<TokenStream> = fields
            .filter(|field| field.skip && !mentions(&field.ty, "Self"))
            .map(|field| {
                let ty = &field.ty;
                quote_spanned!(ty.span()=> <#ty as SkippedFieldHoldsNoNumbers<_>>::check();)
            })
            .collect();
        if checks.is_empty() {
            return TokenStream::new();
        }
        let (impl_generics, _, clause) = generics.split_for_impl();
        quote! {
            const _: () = {
                trait SkippedFieldHoldsNoNumbers<Way> {
                    fn check() {}
                }
                struct ItDoes;
                impl<T: ?::core::marker::Sized> SkippedFieldHoldsNoNumbers<()> for T {}
                impl<T: ?::core::marker::Sized + #rt::HoldsNumbers>
                    SkippedFieldHoldsNoNumbers<ItDoes> for T {}
                #[allow(dead_code, clippy::all, clippy::pedantic, clippy::multiple_bound_locations)]
                fn check #impl_generics () #clause {
                    #(#checks)*
                }
            };
        }
    }

    fn zero_like(&self) -> TokenStream {
        let arms = self.variants.iter().map(|variant| {
            let constructor = &variant.constructor;
            let pattern = variant.pattern("__field", |_| true);
            let zeros = variant.fields.iter().map(|field| {
                let (member, binding) = (&field.member, field.binding("__field"));
                let zero = field.zero_like(&binding, self.runtime);
                quote!(#member: #zero)
            });
            quote!(#pattern => #constructor { #(#zeros),* },)
        });
        self.match_self(arms)
    }

    /// `operation` is `visit_field` or `visit_field_mut`; the bodies differ in nothing else.
    fn visit(&self, operation: &TokenStream) -> TokenStream {
        let arms = self.variants.iter().map(|variant| {
            let pattern = variant.pattern("__field", |field| !field.skip);
            let visits = variant.fields.iter().filter(|field| !field.skip).map(|field| {
                let (binding, name) = (field.binding("__field"), &field.name);
                let visit = field.operation(operation, self.runtime);
                let visit = quote!(#visit(#binding, __path, #name, __visitor););
                if field.constant {
                    let rt = self.runtime;
                    return quote!(if #rt::Path::visits_constants(__path) { #visit });
                }
                visit
            });
            let visits = quote!(#(#visits)*);
            let rt = self.runtime;
            match &variant.name {
                Some(name) if variant.fields.iter().any(|field| !field.skip) => quote! {
                    #pattern => #rt::Path::with_field(__path, #name, |__path| { #visits }),
                },
                _ => quote!(#pattern => { #visits }),
            }
        });
        self.match_self(arms)
    }

    fn accumulate(&self) -> TokenStream {
        if self.variants.is_empty() {
            return quote!(match *self {});
        }
        let arms = self.variants.iter().map(|variant| {
            let to = variant.pattern("__field", |field| !field.skip);
            let from = variant.pattern("__other", |field| !field.skip);
            let sums = variant.fields.iter().filter(|field| !field.skip).map(|field| {
                let (to, from) = (field.binding("__field"), field.binding("__other"));
                let add = field.operation(&quote!(accumulate_field), self.runtime);
                quote!(#add(#to, #from);)
            });
            quote!((#to, #from) => { #(#sums)* })
        });
        let mismatch = (self.variants.len() > 1).then(|| self.variant_mismatch());
        quote! {
            match (self, __other) {
                #(#arms)*
                #mismatch
            }
        }
    }

    fn variant_mismatch(&self) -> TokenStream {
        let rt = self.runtime;
        let name = plain(&self.input.ident);
        let names = self.variants.iter().map(|variant| {
            let (constructor, name) = (&variant.constructor, &variant.name);
            quote!(#constructor { .. } => #name,)
        });
        quote! {
            (__left, __right) => {
                let __name = |__value: &Self| match __value { #(#names)* };
                #rt::derived::variant_mismatch(#name, __name(__left), __name(__right))
            }
        }
    }

    fn match_self(&self, arms: impl Iterator<Item = TokenStream>) -> TokenStream {
        if self.variants.is_empty() {
            return quote!(match *self {});
        }
        quote!(match self { #(#arms)* })
    }
}

/// The name as text, without `r#`.
fn plain(name: &Ident) -> String {
    syn::ext::IdentExt::unraw(name).to_string()
}
