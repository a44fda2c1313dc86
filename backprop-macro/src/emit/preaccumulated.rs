//! Pullbacks of numbers from numbers.
//!
//! A function of few numbers that yields one has a gradient of few numbers. Where that is less
//! than what its reverse would have to keep, `derivative` runs the reverse at once, for the adjoint
//! 1, and the pullback only scales what came out (*preaccumulation*: Griewank and Walther,
//! *Evaluating Derivatives*, 2nd ed., section 10.2). A loop over such calls then keeps a number for
//! each argument, and a function that calls itself needs no box.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::companions::Function;
use super::signature::Signature;
use crate::graph::{Callee, Vars};
use crate::kind::{Float, Kind};
use crate::pass::reverse::ParameterRole;

impl Function<'_> {
    /// Whether the gradient is smaller than what the reverse part takes from the forward part.
    pub(super) fn is_preaccumulated(&self) -> bool {
        let float = |ty: &syn::Type| match Kind::of(ty) {
            Kind::Scalar(float @ (Float::F64 | Float::F32)) => Some(float),
            _ => None,
        };
        let Signature { parameters, output, .. } = &self.signature;
        let wanted = parameters.iter().filter(|parameter| parameter.role == ParameterRole::Wrt);
        let of_one_type = wanted.clone().all(|parameter| float(&parameter.ty) == float(output));
        let in_out = parameters.iter().any(|parameter| parameter.role == ParameterRole::InOut);
        // The type of a method that a trait declares is the trait's to say.
        if float(output).is_none() || !of_one_type || in_out || self.home.is_trait() {
            return false;
        }
        if !self.recursive && self.calls_on_unknown_receivers() {
            return false;
        }
        let mut kept = Vars::new();
        self.joint.forward.declares(&mut kept);
        let needed = self.needed();
        kept.retain(|var| needed.contains(var));
        !self.joint.tapes.is_empty() || kept.len() > wanted.count()
    }

    /// Whether it calls a method on something whose type is not known here. Only the pullback is
    /// given the receiver again, which proves that the companion belongs to the receiver's own
    /// method, not to one of that name on what the receiver derefs to.
    fn calls_on_unknown_receivers(&self) -> bool {
        self.joint.forward.has_call(&|call| {
            let receiver = call.arguments.first().map(|receiver| &receiver.value);
            matches!(call.callee, Callee::Method { .. })
                && receiver.is_some_and(|e| e.kind(self.graph).peeled() == &Kind::Unknown)
        })
    }

    /// `derivative` of a function whose gradient is computed with its value.
    pub(super) fn preaccumulated(&self, name: &Ident) -> TokenStream {
        let Signature { visibility, attributes, output, runtime, .. } = &self.signature;
        let local = |base: &str| Ident::new(base, Span::mixed_site());
        let (value, d_value) = (local("value"), local("d_value"));
        let seeded = self.path("seeded");
        let mut partials = Vec::new();
        let mut slots = Vec::new();
        let mut patterns = Vec::new();
        let mut types = Vec::new();
        for (index, parameter) in self.signature.parameters.iter().enumerate() {
            let (again, slot_type) =
                (self.signature.again(parameter), self.signature.slot(parameter));
            if parameter.role == ParameterRole::Wrt {
                let partial = format_ident!("partial_{index}", span = Span::mixed_site());
                let slot = format_ident!("slot_{index}", span = Span::mixed_site());
                patterns.push(quote!(_: #again, #slot: #slot_type));
                slots.push(quote!(::core::option::Option::Some(&mut #partial)));
                partials.push((partial, slot));
            } else {
                patterns.push(quote!(_: #again, _: #slot_type));
                slots.push(quote!(#runtime::NoAdjoint::no_adjoint()));
            }
            types.push(quote!(#again, #slot_type));
        }
        let zeros = partials.iter().map(|(partial, _)| quote!(let mut #partial = 0.0;));
        let scaled = partials.iter().map(|(partial, slot)| {
            quote! {
                if let ::core::option::Option::Some(#slot) = #slot {
                    *#slot += #runtime::partial::chain(#d_value, #partial);
                }
            }
        });
        let keyword = quote_spanned!(Span::mixed_site()=> impl);
        let (inputs, arguments) = (self.signature.inputs(false), self.signature.arguments());
        let (generics, _, clause) = self.signature.generics.split_for_impl();
        let (allowances, mention) = (Self::allowances(), self.mention());
        let turbofish = self.turbofish();
        quote! {
            #(#attributes)*
            #[doc(hidden)]
            #[inline]
            #allowances
            #visibility fn #name #generics(
                #(#inputs),*
            ) -> (#output, #keyword ::core::ops::FnOnce(#output, #(#types),*)) #clause {
                #mention
                #(#zeros)*
                let #value = #seeded #turbofish(#(#arguments,)* 1.0, #(#slots),*);
                (#value, move |#d_value: #output, #(#patterns),*| { #(#scaled)* })
            }
        }
    }
}
