//! The test that the option `check(..)` writes beside a function.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use super::companions::Function;
use super::signature::{Parameter, Passing};
use crate::diagnostics::{self, Errors};
use crate::options::Point;
use crate::pass::reverse::ParameterRole;

impl Function<'_> {
    /// A test of the derivative at `point`.
    pub(crate) fn check(&self, point: &Point) -> syn::Result<TokenStream> {
        self.validate(point)?;
        let signature = &self.signature;
        let runtime = &signature.runtime;
        let name = &signature.name;
        let test = format_ident!("{name}_derivative");
        let vjp = format_ident!("{name}_vjp");
        let generic = signature.generics.type_params().next().is_some();
        let values = signature.parameters.iter().map(|parameter| {
            let name = &parameter.name;
            let value = point.value(name);
            let ty = &parameter.ty;
            // A type parameter has no meaning outside the function.
            let ty = (!generic).then(|| quote!(: #ty));
            quote!(let #name #ty = #value;)
        });
        let listed: Vec<&Parameter> =
            self.order.iter().map(|index| &signature.parameters[*index]).collect();
        let names: Vec<&Ident> = listed.iter().map(|parameter| &parameter.name).collect();
        let owned = listed.iter().map(|parameter| {
            let name = &parameter.name;
            match parameter.passing() {
                Passing::Shared => quote!(#runtime::check::owned(#name)),
                _ => quote!(#runtime::check::owned(&#name)),
            }
        });
        let arguments: Vec<TokenStream> = signature
            .parameters
            .iter()
            .map(|parameter| {
                let name = &parameter.name;
                match (parameter.role, parameter.passing()) {
                    (_, Passing::Shared | Passing::Exclusive) => quote!(#name),
                    _ => quote!(::core::clone::Clone::clone(&*#name)),
                }
            })
            .collect();
        // What is not in `wrt` is lent to both closures.
        let inert = signature
            .parameters
            .iter()
            .filter(|parameter| {
                let given = parameter.listed || parameter.role == ParameterRole::InOut;
                !given && parameter.passing() != Passing::Shared
            })
            .map(|parameter| {
                let name = &parameter.name;
                quote!(let #name = &#name;)
            });
        let attributes = &signature.attributes;
        let text = name.to_string();
        let one = names.len() == 1;
        let pattern = if one { quote!((#(#names,)*)) } else { quote!((#(#names),*)) };
        let gradients =
            if one { quote!((pullback(cotangent),)) } else { quote!(pullback(cotangent)) };
        let allowances = Self::allowances();
        Ok(quote! {
            #(#attributes)*
            #[cfg(test)]
            #allowances
            #[test]
            fn #test() {
                #(#values)*
                let at = (#(#owned,)*);
                #(#inert)*
                #runtime::check::assert_derivative(
                    #text,
                    &at,
                    |#pattern| #name(#(#arguments),*),
                    |#pattern, cotangent| {
                        let (value, pullback) = #vjp(#(#arguments),*);
                        (value, #gradients)
                    },
                );
            }
        })
    }

    fn validate(&self, point: &Point) -> syn::Result<()> {
        let mut errors = Errors::default();
        if self.associated {
            errors.push(diagnostics::check_of_method(&point.option));
        }
        for parameter in &self.signature.parameters {
            if parameter.role == ParameterRole::InOut || parameter.passing() == Passing::Exclusive {
                errors.push(diagnostics::check_of_in_out(&parameter.name));
            } else if point.values.iter().all(|(name, _)| *name != parameter.name)
                && !self.associated
            {
                errors.push(diagnostics::check_without(&point.option, &parameter.name));
            }
        }
        for (name, _) in &point.values {
            if self.signature.parameters.iter().all(|parameter| parameter.name != *name) {
                errors.push(diagnostics::check_of_unknown(name));
            }
        }
        if matches!(self.signature.output, Type::Reference(_)) {
            errors.push(diagnostics::check_of_reference(&self.signature.output));
        }
        errors.into_result()
    }
}
