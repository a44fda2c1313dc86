//! The compiler behind backprop's `#[differentiable]`.
//!
//! Use it through the crate `backprop`, whose documentation describes the attribute and the
//! derive.

mod block;
mod checkpoint;
mod closures;
mod conditions;
mod control;
mod custom;
mod derive;
mod desugar;
mod diagnostics;
mod differentiable;
mod emit;
#[cfg(test)]
mod fuzz;
mod graph;
mod hygiene;
mod inner_functions;
mod kind;
mod lower;
mod macros;
mod maps;
mod names;
mod numbers;
mod operators;
mod options;
mod own_methods;
mod parameters;
mod pass;
mod patterns;
mod placement;
mod rules;
mod scopes;
mod sets;
mod source;
mod surroundings;
mod tokens;
mod unique;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Differentiates a function: emits companions beside it that compute its value and gradients.
#[proc_macro_attribute]
pub fn differentiable(options: TokenStream, item: TokenStream) -> TokenStream {
    differentiable::expand(options.into(), item.into()).into()
}

/// A closure with its derivative, for the companions of a function that is given a closure and
/// calls it with values that carry derivatives.
///
/// Its parameters need types; without a type of its own, its value is an `f64`. What it captures
/// counts as constant.
#[proc_macro]
pub fn closure(input: TokenStream) -> TokenStream {
    closures::expand(input.into()).into()
}

/// Implements `Differentiable` for a struct or enum whose fields are differentiable.
#[proc_macro_derive(Differentiable, attributes(differentiable))]
pub fn derive_differentiable(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as syn::DeriveInput);
    let runtime = quote::quote!(::backprop::__rt);
    surroundings::look_around();
    derive::derive_differentiable(input, &runtime).into()
}

/// The list of elementary functions, for the documentation of `backprop`.
#[doc(hidden)]
#[proc_macro]
pub fn __function_table(_: TokenStream) -> TokenStream {
    let text = proc_macro2::Literal::string(&rules::listing::markdown());
    proc_macro2::TokenStream::from(proc_macro2::TokenTree::from(text)).into()
}

/// The accuracy of the derivatives of elementary functions, for the tests of `backprop`.
#[doc(hidden)]
#[proc_macro]
pub fn __function_accuracy(_: TokenStream) -> TokenStream {
    rules::listing::accuracy().into()
}

/// A numerical test of every elementary function, for the tests of `backprop`.
#[doc(hidden)]
#[proc_macro]
pub fn __function_tests(_: TokenStream) -> TokenStream {
    rules::listing::tests().into()
}
