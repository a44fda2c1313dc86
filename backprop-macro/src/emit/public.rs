//! The companions that a user calls: `f_grad`, `f_grad_add` and `f_vjp`, which wrap the hidden ones.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::companions::{Function, Home};
use super::signature::{name_lifetimes, turbofish_of, Fallible, Parameter, Passing, Signature};
use crate::pass::reverse::ParameterRole;

impl Function<'_> {
    pub(super) fn grad(&self) -> TokenStream {
        let Signature { visibility, attributes, output, .. } = &self.signature;
        let name = format_ident!("{}_grad", self.signature.name);
        let add = format_ident!("{}_grad_add", self.signature.name);
        let owner = self.associated.then(|| quote!(Self::));
        let inputs = self.public_inputs();
        let arguments = self.signature.arguments();
        let gradients = self.signature.gradients(&self.order);
        let turbofish = turbofish_of(&self.public_generics());
        let listed = || self.order.iter().map(|index| &self.signature.parameters[*index]);
        let zeros = listed().map(|parameter| self.zero(parameter, &parameter.gradient));
        let buffers = listed().map(|parameter| {
            let d = &parameter.gradient;
            quote!(&mut #d)
        });
        let result = self.result();
        let generics = self.public_generics();
        let (generics, _, clause) = generics.split_for_impl();
        let documentation = self.documentation.grad(self);
        let value = Ident::new("value", Span::mixed_site());
        let (allowances, mention) = (Self::allowances(), self.mention());
        let (outcome, done) = match Fallible::read(output) {
            None => (quote!((#output, #gradients)), quote!((#value, #result))),
            Some(fallible) => {
                let (held, success) = (&fallible.held, &fallible.success);
                let done = quote!(#success((#value, #result)));
                let outcome = fallible.with(&quote!((#held, #gradients)));
                (outcome, fallible.matched(&value, &quote!(#value), &done))
            }
        };
        quote! {
            #(#attributes)*
            #documentation
            #[must_use]
            #allowances
            #visibility fn #name #generics(#(#inputs),*) -> #outcome #clause {
                #mention
                #(#zeros)*
                let #value = #owner #add #turbofish(#(#arguments,)* #(#buffers),*);
                #done
            }
        }
    }

    pub(super) fn grad_add(&self) -> TokenStream {
        let Signature { visibility, attributes, output, runtime, .. } = &self.signature;
        let name = format_ident!("{}_grad_add", self.signature.name);
        let inputs = self.public_inputs();
        let arguments = self.handed_on();
        let (seeded, turbofish, one) = (self.path("seeded"), self.hidden_turbofish(), self.one());
        let buffers = self.order.iter().map(|index| {
            let parameter = &self.signature.parameters[*index];
            let (d, ty) = (&parameter.gradient, self.signature.buffer(&parameter.ty));
            quote!(#d: &mut #ty)
        });
        // The adjoint of what the function changes is more than a sum.
        let own = |parameter: &Parameter| {
            format_ident!("{}_in_out", parameter.gradient, span = Span::mixed_site())
        };
        let changed = || {
            let parameters = self.signature.parameters.iter();
            parameters.filter(|p| p.role == ParameterRole::InOut && p.closure.is_none())
        };
        let zeros: TokenStream =
            changed().map(|parameter| self.zero(parameter, &own(parameter))).collect();
        let adds: TokenStream = self
            .order
            .iter()
            .map(|index| &self.signature.parameters[*index])
            .filter(|parameter| parameter.role == ParameterRole::InOut)
            .map(|parameter| {
                let (d, own) = (&parameter.gradient, own(parameter));
                quote!(#runtime::adjoint::accumulate(#d, &#own);)
            })
            .collect();
        let slots = self.signature.parameters.iter().map(|parameter| {
            let d = &parameter.gradient;
            if parameter.closure.is_some() {
                return self.no_adjoints(parameter);
            }
            match parameter.role {
                ParameterRole::Wrt if !parameter.listed => quote!(::core::option::Option::None),
                ParameterRole::Wrt => quote!(::core::option::Option::Some(#d)),
                ParameterRole::Inert => quote!(#runtime::ThisParameterIsNotInWrt),
                ParameterRole::InOut => {
                    let own = own(parameter);
                    quote!(&mut #own)
                }
            }
        });
        let fallible = Fallible::read(output);
        let slots: Vec<TokenStream> = slots.collect();
        let call = quote!(#seeded #turbofish(#(#arguments,)* #one, #(#slots),*));
        let body = if let Some(fallible) = &fallible {
            let pulled = self.pulled_once(fallible, &slots, &adds);
            quote!(#zeros #pulled)
        } else if adds.is_empty() {
            quote!(#zeros #call)
        } else {
            let value = Ident::new("value", Span::mixed_site());
            quote!(#zeros let #value = #call; #adds #value)
        };
        let generics = self.public_generics();
        let (generics, _, clause) = generics.split_for_impl();
        let cells = self.cells();
        let documentation = self.documentation.grad_add(self);
        let (allowances, mention) = (Self::allowances(), self.mention());
        quote! {
            #(#attributes)*
            #documentation
            #allowances
            #visibility fn #name #generics(#(#inputs,)* #(#buffers),*) -> #output #clause {
                #mention
                #cells
                #body
            }
        }
    }

    pub(super) fn vjp(&self) -> TokenStream {
        let Signature { visibility, attributes, output, runtime, .. } = &self.signature;
        let name = format_ident!("{}_vjp", self.signature.name);
        let lifetime = syn::Lifetime::new("'backprop", Span::mixed_site());
        let mut generics = self.public_generics();
        let mut elided = false;
        // The pullback holds what it was lent, but not what the function has changed.
        let inputs: Vec<TokenStream> = self
            .signature
            .parameters
            .iter()
            .map(|parameter| {
                let shared = parameter.passing() == Passing::Shared && !parameter.erased;
                if let Some(receiver) = &parameter.receiver {
                    let mut receiver = receiver.clone();
                    receiver.mutability = None;
                    if let syn::ReceiverKind::Reference(_, own @ None, _) = &mut receiver.kind {
                        if shared {
                            *own = Some(lifetime.clone());
                            elided = true;
                        }
                    }
                    return quote!(#receiver);
                }
                let mut ty = self.public_type(parameter);
                if parameter.passing() != Passing::Exclusive || parameter.closure.is_some() {
                    elided |= name_lifetimes(&mut ty, &lifetime);
                }
                let name = &parameter.name;
                quote!(#name: #ty)
            })
            .collect();
        let mut captures: Vec<TokenStream> = generics
            .lifetimes()
            .map(|parameter| {
                let lifetime = &parameter.lifetime;
                quote!(+ #runtime::Captures<&#lifetime ()>)
            })
            .collect();
        if elided {
            generics.params.insert(0, syn::parse_quote!(#lifetime));
            captures.push(quote!(+ #runtime::Captures<&#lifetime ()>));
        }
        if self.home == Home::Trait {
            // A method of a trait would capture the lifetimes of all its arguments.
            let named = self.signature.generics.lifetimes().map(|own| own.lifetime.clone());
            let lifetimes = elided.then(|| lifetime.clone()).into_iter().chain(named);
            let captured = self.signature.captured(lifetimes, true);
            captures = vec![quote!(+ #captured)];
        } else if self.associated {
            captures.push(quote!(+ #runtime::Captures<#runtime::Phantom<Self>>));
        }
        let arguments = self.handed_on();
        let (derivative, turbofish) = (self.path("derivative"), self.hidden_turbofish());
        let gradients = self.signature.gradients(&self.order);
        let adjoint = Ident::new("cotangent", Span::mixed_site());
        let mut seeds: Vec<(TokenStream, TokenStream)> = Vec::new();
        let unit = matches!(output, syn::Type::Tuple(tuple) if tuple.elems.is_empty());
        let fallible = Fallible::read(output);
        if !unit {
            let held = fallible.as_ref().map_or(output, |fallible| &fallible.held);
            seeds.push((quote!(#adjoint), self.signature.gradient(held)));
        }
        let seed = if unit { quote!(()) } else { quote!(#adjoint) };
        let (mut before, mut inside) = (TokenStream::new(), TokenStream::new());
        let mut pairs = Vec::new();
        for parameter in &self.signature.parameters {
            let (d, name) = (&parameter.gradient, &parameter.name);
            if parameter.closure.is_some() {
                let (environment, slots) =
                    (self.environment(parameter), self.no_adjoints(parameter));
                pairs.push(quote!(#environment, #slots));
                continue;
            }
            let zero = || self.zero(parameter, d);
            match (parameter.role, parameter.passing()) {
                (ParameterRole::Inert, _) => {}
                (ParameterRole::Wrt, _) if !parameter.listed => {}
                (ParameterRole::InOut, _) => {
                    seeds.push((quote!(mut #d), self.signature.gradient(&parameter.ty)));
                }
                // The value is gone when the pullback runs.
                (ParameterRole::Wrt, Passing::Owned) => before.extend(zero()),
                (ParameterRole::Wrt, _) if parameter.erased => before.extend(zero()),
                (ParameterRole::Wrt, _) => inside.extend(zero()),
            }
            let again = match parameter.passing() {
                Passing::Copied => quote!(&#name),
                Passing::Shared if parameter.erased => quote!(#runtime::callee_keeps()),
                Passing::Shared => quote!(&*#name),
                Passing::Owned | Passing::Exclusive => quote!(#runtime::callee_keeps()),
            };
            let slot = self.lent(parameter);
            pairs.push(quote!(#again, #slot));
        }
        let (seed_names, seed_types): (Vec<TokenStream>, Vec<TokenStream>) =
            seeds.into_iter().unzip();
        let result = self.result();
        if self.home == Home::Trait {
            let clause = generics.make_where_clause();
            clause.predicates.push(syn::parse_quote!(Self: ::core::marker::Sized));
        }
        let mut output = output.clone();
        name_lifetimes(&mut output, &lifetime);
        let (parameters, _, clause) = generics.split_for_impl();
        let cells = self.cells();
        let documentation = self.documentation.vjp(self);
        let keyword = quote_spanned!(Span::mixed_site()=> impl);
        let pullback = Ident::new("pullback", Span::mixed_site());
        let value = Ident::new("value", Span::mixed_site());
        let (allowances, mention) = (Self::allowances(), self.mention());
        let function = quote! {
            #keyword ::core::ops::FnOnce(#(#seed_types),*) -> #gradients #(#captures)*
        };
        let seed = match &fallible {
            // Only a success has a pullback.
            Some(Fallible { success, .. }) => quote!(#success(#seed)),
            None => seed,
        };
        let closure = quote! {
            move |#(#seed_names: #seed_types),*| {
                #inside
                #pullback(#seed, #(#pairs),*);
                #result
            }
        };
        let (outcome, done) = match Fallible::read(&output) {
            None => (quote!((#output, #function)), quote!((#value, #closure))),
            Some(fallible) => {
                let (held, success) = (&fallible.held, &fallible.success);
                let done = quote!(#success((#value, #closure)));
                let outcome = fallible.with(&quote!((#held, #function)));
                (outcome, fallible.matched(&value, &quote!(#value), &done))
            }
        };
        quote! {
            #(#attributes)*
            #documentation
            #allowances
            #visibility fn #name #parameters(#(#inputs),*) -> #outcome #clause {
                #mention
                #cells
                #before
                let (#value, #pullback) = #derivative #turbofish(#(#arguments),*);
                #done
            }
        }
    }

    /// Computes a value that may be a failure, and runs the reverse if it is none; then come the
    /// statements that use what it yields.
    fn pulled_once(
        &self,
        fallible: &Fallible,
        slots: &[TokenStream],
        then: &TokenStream,
    ) -> TokenStream {
        let runtime = &self.signature.runtime;
        let (derivative, turbofish, one) =
            (self.path("derivative"), self.hidden_turbofish(), self.one());
        let arguments = self.handed_on();
        let value = Ident::new("value", Span::mixed_site());
        let pullback = Ident::new("pullback", Span::mixed_site());
        let success = &fallible.success;
        let pairs = self.signature.parameters.iter().zip(slots).map(|(parameter, slot)| {
            let name = &parameter.name;
            if parameter.closure.is_some() {
                let environment = self.environment(parameter);
                return quote!(#environment, #slot);
            }
            let again = match parameter.passing() {
                Passing::Copied => quote!(&#name),
                Passing::Shared => quote!(&*#name),
                Passing::Owned | Passing::Exclusive => quote!(#runtime::callee_keeps()),
            };
            quote!(#again, #slot)
        });
        let body = quote! {
            #pullback(#success(#one), #(#pairs),*);
            #then
            #success(#value)
        };
        let matched = fallible.matched(&value, &quote!(#value), &body);
        quote! {
            let (#value, #pullback) = #derivative #turbofish(#(#arguments),*);
            #matched
        }
    }

    /// Declares a gradient of zeros for a parameter.
    fn zero(&self, parameter: &Parameter, d: &Ident) -> TokenStream {
        let runtime = &self.signature.runtime;
        let ty = self.signature.gradient(&parameter.ty);
        let name = &parameter.name;
        let star = matches!(parameter.ty, syn::Type::Reference(_)).then(|| quote!(*));
        let span = syn::spanned::Spanned::span(&parameter.ty);
        let zero = quote_spanned!(span=> #runtime::zero_like(&#star #name));
        quote!(let mut #d: #ty = #zero;)
    }

    /// The slot of a parameter whose gradient is a local variable.
    fn lent(&self, parameter: &Parameter) -> TokenStream {
        let (runtime, d) = (&self.signature.runtime, &parameter.gradient);
        match parameter.role {
            ParameterRole::Wrt if !parameter.listed => quote!(::core::option::Option::None),
            ParameterRole::Wrt => quote!(::core::option::Option::Some(&mut #d)),
            ParameterRole::InOut => quote!(&mut #d),
            ParameterRole::Inert => quote!(#runtime::ThisParameterIsNotInWrt),
        }
    }

    /// The gradients in the user's order: bare for one.
    fn result(&self) -> TokenStream {
        let parameters = &self.signature.parameters;
        let names: Vec<&Ident> = self.order.iter().map(|i| &parameters[*i].gradient).collect();
        match names.as_slice() {
            [only] => quote!(#only),
            names => quote!((#(#names),*)),
        }
    }
}
