//! The companions of forward mode.
//!
//! The hidden one computes the tangent of the value beside the value:
//! `needs_jvp(arguments…, tangents…) -> (value, tangent)`. A tangent is `Option<&gradient>`, `None`
//! for zero, or `&mut gradient` for what the function changes. Its name is what rustc says of a
//! called function that lacks it: "no function named `needs_jvp` found for `helper`".

use crate::maps::HashMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::companions::{Body, Function, Home};
use super::expr::Spelling;
use super::region::Emitter;
use super::signature::{Fallible, Parameter, Passing, Signature};
use super::uses::count_uses;
use crate::graph::Vars;
use crate::pass::reverse::ParameterRole;

/// The name of the hidden companion.
pub(super) const HIDDEN: &str = "needs_jvp";

impl Function<'_> {
    /// `needs_jvp`, if the function has it.
    pub(super) fn tangents(&self) -> Option<TokenStream> {
        let (graph, forward) = self.forward.as_ref()?;
        // Tangents are lent, too: whose lifetime the value has must be said.
        let signature = self.signature.with_lifetimes();
        let Signature { visibility, attributes, output, runtime, .. } = &signature;
        let name = self.hidden(HIDDEN);
        let mut uses = HashMap::default();
        count_uses(&forward.body, &mut uses);
        let mut spelling = Spelling::forward(graph);
        spelling.runtime.clone_from(runtime);
        let needed = Vars::new();
        let mut emitter = Emitter { spelling, needed: &needed, uses };
        let nodes = emitter.region(&forward.body);
        let (value, tangent) = (&graph[forward.value].ident, &graph[forward.tangent].ident);
        let mut begins = TokenStream::new();
        let mut parameters = Vec::new();
        for (parameter, var) in self.signature.parameters.iter().zip(&forward.parameters) {
            let ty = self.tangent_slot(parameter);
            let Some(var) = var else {
                parameters.push(quote!(_: #ty));
                continue;
            };
            let name = &graph[*var].ident;
            parameters.push(quote!(#name: #ty));
            if self.body == Body::Derivative {
                begins.extend(self.begin(parameter, name));
            }
        }
        let inputs = signature.inputs(true);
        let gradient = signature.gradient(output);
        let (generics, _, clause) = signature.generics.split_for_impl();
        let allowances = Self::allowances();
        let mention = self.mention();
        let body = self.block(quote! {
            #mention
            #[allow(unused_imports)]
            use #runtime::{PassedByValue as _, ScalarFunctions as _};
            #begins
            #nodes
            (#value, #tangent)
        });
        let inline = self.inline();
        Some(quote! {
            #(#attributes)*
            #[doc(hidden)]
            #inline
            #allowances
            #visibility fn #name #generics(#(#inputs,)* #(#parameters),*) -> (#output, #gradient)
            #clause
            #body
        })
    }

    /// The type of a parameter's tangent in the hidden companion.
    fn tangent_slot(&self, parameter: &Parameter) -> TokenStream {
        let runtime = &self.signature.runtime;
        let buffer = || match parameter.passing() {
            Passing::Copied | Passing::Owned => self.signature.gradient(&parameter.ty),
            Passing::Shared | Passing::Exclusive => self.signature.buffer(&parameter.ty),
        };
        match parameter.role {
            ParameterRole::Inert => quote!(#runtime::ThisParameterIsNotInWrt),
            ParameterRole::Wrt => {
                let buffer = buffer();
                quote!(::core::option::Option<&#buffer>)
            }
            ParameterRole::InOut => {
                let buffer = buffer();
                quote!(&mut #buffer)
            }
        }
    }

    /// The tangent of a parameter, zero if the caller gives none.
    fn begin(&self, parameter: &Parameter, tangent: &Ident) -> TokenStream {
        let (runtime, name) = (&self.signature.runtime, &parameter.name);
        match (parameter.role, parameter.passing()) {
            (ParameterRole::Wrt, Passing::Shared | Passing::Exclusive) => {
                let buffer = self.signature.buffer(&parameter.ty);
                let zero = format_ident!("{}_zero", tangent, span = Span::mixed_site());
                quote! {
                    let mut #zero = ::core::option::Option::None;
                    let #tangent: &#buffer = match #tangent {
                        ::core::option::Option::Some(#tangent) => #tangent,
                        ::core::option::Option::None => {
                            #zero.insert(#runtime::zero_like(&*#name))
                        }
                    };
                }
            }
            (ParameterRole::Wrt, _) => {
                quote!(let mut #tangent = #runtime::tangent::or_own_zero(#tangent, &#name);)
            }
            _ => TokenStream::new(),
        }
    }

    /// `f_jvp`, if the function has it.
    pub(super) fn jvp(&self) -> Option<TokenStream> {
        self.forward.as_ref()?;
        let signature = self.signature.with_lifetimes();
        let Signature { visibility, attributes, output, runtime, .. } = &signature;
        let name = format_ident!("{}_jvp", signature.name);
        let inputs = signature.inputs(false);
        let arguments = self.signature.arguments();
        let tangents = self.order.iter().map(|index| {
            let parameter = &self.signature.parameters[*index];
            let t = local(parameter);
            let ty = public_tangent(&self.signature, parameter);
            quote!(#t: #ty)
        });
        // What the function changes outside `wrt` begins with the tangent zero.
        let mut zeros = TokenStream::new();
        let mut given = Vec::new();
        for (index, parameter) in self.signature.parameters.iter().enumerate() {
            let (t, of) = (local(parameter), &parameter.name);
            let listed = self.order.contains(&index);
            given.push(match (parameter.role, parameter.passing()) {
                (ParameterRole::Inert, _) => quote!(#runtime::ThisParameterIsNotInWrt),
                (ParameterRole::InOut, _) if listed => quote!(#t),
                (ParameterRole::InOut, _) => {
                    zeros.extend(quote!(let mut #t = #runtime::zero_like(&*#of);));
                    quote!(&mut #t)
                }
                // A receiver that only other differentiable functions pass a tangent for.
                _ if !listed => quote!(::core::option::Option::None),
                (_, Passing::Copied | Passing::Owned) => {
                    quote!(::core::option::Option::Some(&#t))
                }
                (_, Passing::Exclusive) => quote!(::core::option::Option::Some(&*#t)),
                (_, Passing::Shared) => quote!(::core::option::Option::Some(#t)),
            });
        }
        let (hidden, turbofish) = (self.path(HIDDEN), self.turbofish());
        let call = quote!(#hidden #turbofish(#(#arguments,)* #(#given),*));
        let (value, tangent) =
            (Ident::new("value", Span::mixed_site()), Ident::new("tangent", Span::mixed_site()));
        let outcome = outcome(&signature);
        let done = match Fallible::read(output) {
            None => call,
            Some(fallible) => {
                let success = &fallible.success;
                let done = quote! {
                    #success((#value, match #tangent {
                        #success(#tangent) => #tangent,
                        _ => #runtime::sums::other_variant(),
                    }))
                };
                let matched = fallible.matched(&value, &quote!(#value), &done);
                quote!(let (#value, #tangent) = #call; #matched)
            }
        };
        let mut generics = signature.generics.clone();
        if self.home == Home::Trait {
            let clause = generics.make_where_clause();
            clause.predicates.push(syn::parse_quote!(Self: ::core::marker::Sized));
        }
        let (generics, _, clause) = generics.split_for_impl();
        let documentation = self.documentation.jvp(self);
        let (allowances, mention) = (Self::allowances(), self.mention());
        Some(quote! {
            #(#attributes)*
            #documentation
            #allowances
            #visibility fn #name #generics(#(#inputs,)* #(#tangents),*) -> #outcome #clause {
                #mention
                #zeros
                #done
            }
        })
    }
}

/// The name of a parameter's tangent.
fn local(parameter: &Parameter) -> Ident {
    let base = parameter.gradient.to_string();
    let base = base.strip_prefix("d_").unwrap_or(&base);
    format_ident!("t_{}", base, span = parameter.gradient.span())
}

/// The type of a parameter's tangent, which is passed as the parameter is.
fn public_tangent(signature: &Signature, parameter: &Parameter) -> TokenStream {
    let buffer = signature.buffer(&parameter.ty);
    match parameter.passing() {
        Passing::Copied | Passing::Owned => signature.gradient(&parameter.ty),
        Passing::Shared => quote!(&#buffer),
        Passing::Exclusive => quote!(&mut #buffer),
    }
}

/// The value of `f_jvp` for a value, and the type of its tangent.
fn outcome(signature: &Signature) -> TokenStream {
    let output = &signature.output;
    match Fallible::read(output) {
        None => {
            let gradient = signature.gradient(output);
            quote!((#output, #gradient))
        }
        Some(fallible) => {
            let (held, gradient) = (&fallible.held, signature.gradient(&fallible.held));
            fallible.with(&quote!((#held, #gradient)))
        }
    }
}

/// `f_jvp` that does nothing, beside an error.
pub(super) fn stub(signature: &Signature, order: &[usize]) -> TokenStream {
    let Signature { visibility, attributes, .. } = signature;
    let name = format_ident!("{}_jvp", signature.name);
    let inputs = signature.inputs(false);
    let tangents = order.iter().map(|index| {
        let parameter = &signature.parameters[*index];
        let (t, ty) = (local(parameter), public_tangent(signature, parameter));
        quote!(#t: #ty)
    });
    let outcome = outcome(signature);
    let (generics, _, clause) = signature.generics.split_for_impl();
    let allowances = Function::allowances();
    quote! {
        #(#attributes)*
        #allowances
        #visibility fn #name #generics(#(#inputs,)* #(#tangents),*) -> #outcome #clause {
            ::core::panic!("the function has errors")
        }
    }
}
