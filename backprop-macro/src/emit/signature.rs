//! Signatures of companions, derived from the user's.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned, ToTokens};
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Pat, Type};

use super::closures::ClosureParameter;
use crate::pass::reverse::ParameterRole;
use crate::surroundings;
use crate::tokens::mentions;

/// A parameter of the differentiated function.
#[derive(Clone)]
pub(crate) struct Parameter {
    /// `self` for a receiver.
    pub(crate) name: Ident,
    /// With `impl Trait` replaced by a type parameter.
    pub(crate) ty: Type,
    pub(crate) mutable: bool,
    pub(crate) receiver: Option<syn::Receiver>,
    pub(crate) role: ParameterRole,
    /// Whether the public companions give its gradient: it is in `wrt`.
    pub(super) listed: bool,
    /// The receiver of a trait's method, whose type callers may not know: what the reverse needs
    /// of it is kept.
    pub(crate) erased: bool,
    /// The name of its gradient in companions.
    pub(super) gradient: Ident,
    pub(super) attrs: Vec<syn::Attribute>,
    /// What is known of it if it is called.
    pub(crate) closure: Option<ClosureParameter>,
}

/// How a parameter is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// A number, copied.
    Copied,
    /// By value: it belongs to the function.
    Owned,
    Shared,
    Exclusive,
}

impl Parameter {
    pub(super) fn is_wanted(&self) -> bool {
        self.role != ParameterRole::Inert
    }

    /// Whether it is a closure whose calls may change what it captures.
    pub(crate) fn is_exclusive_closure(&self) -> bool {
        self.closure.as_ref().is_some_and(ClosureParameter::is_exclusive)
    }

    pub(crate) fn passing(&self) -> Passing {
        match &self.ty {
            Type::Reference(reference) if reference.mutability.is_some() => Passing::Exclusive,
            Type::Reference(_) => Passing::Shared,
            ty if is_copied(ty) => Passing::Copied,
            _ => Passing::Owned,
        }
    }
}

/// Types of std that are copied, by sight.
fn is_copied(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.get_ident().is_some_and(|name| {
        matches!(
            name.to_string().as_str(),
            "f64"
                | "f32"
                | "bool"
                | "char"
                | "u8"
                | "u16"
                | "u32"
                | "u64"
                | "u128"
                | "usize"
                | "i8"
                | "i16"
                | "i32"
                | "i64"
                | "i128"
                | "isize"
        )
    })
}

#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) name: Ident,
    pub(crate) generics: syn::Generics,
    /// The type parameters that stand for numbers.
    pub(crate) numbers: Vec<Ident>,
    /// The parameters of the trait or the implementation around a trait's method.
    block: Vec<syn::GenericParam>,
    /// Whether some of the type parameters stand for `impl Trait` in the user's signature.
    pub(super) anonymous: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) output: Type,
    /// The path to the runtime.
    pub(crate) runtime: TokenStream,
    pub(crate) visibility: syn::Visibility,
    /// Attributes that hold for companions too: `cfg` and lint levels.
    pub(crate) attributes: Vec<syn::Attribute>,
}

impl Signature {
    pub(crate) fn new(
        visibility: &syn::Visibility,
        signature: &syn::Signature,
        attributes: &[syn::Attribute],
        wrt: &[bool],
        runtime: TokenStream,
    ) -> Signature {
        let mut generics = signature.generics.clone();
        let mut parameters = Vec::new();
        let mut names = crate::names::Namer::default();
        names.reserve(signature.inputs.to_token_stream());
        let role = |wrt| if wrt { ParameterRole::Wrt } else { ParameterRole::Inert };
        for (index, (input, wrt)) in signature.inputs.iter().zip(wrt).enumerate() {
            parameters.push(match input {
                FnArg::Receiver(receiver) => Parameter {
                    name: Ident::new("self", receiver.self_token.span),
                    ty: receiver_type(receiver),
                    mutable: receiver.mutability.is_some(),
                    receiver: Some(receiver.clone()),
                    role: role(*wrt),
                    listed: *wrt,
                    erased: false,
                    gradient: names.fresh("d_self"),
                    attrs: receiver.attrs.clone(),
                    closure: None,
                },
                FnArg::Typed(typed) => {
                    let (name, mutable) = match &*typed.pat {
                        Pat::Ident(ident) => (ident.ident.clone(), ident.mutability.is_some()),
                        _ => (Ident::new("_unnamed", Span::mixed_site()), false),
                    };
                    let ty = named_type(&typed.ty, &mut generics);
                    let closure = crate::closures::bound_of(&typed.ty, &signature.generics)
                        .and_then(|bound| ClosureParameter::new(bound, &ty, index));
                    let attrs = typed.attrs.clone();
                    let gradient = names.fresh(&format!("d_{name}"));
                    let role = role(*wrt);
                    Parameter {
                        name,
                        ty,
                        mutable,
                        receiver: None,
                        role,
                        listed: *wrt,
                        erased: false,
                        gradient,
                        attrs,
                        closure,
                    }
                }
            });
        }
        let output = match &signature.output {
            syn::ReturnType::Default => syn::parse_quote!(()),
            syn::ReturnType::Type(_, ty) => (**ty).clone(),
        };
        let attributes = attributes
            .iter()
            .filter(|attribute| {
                ["cfg", "allow", "warn", "deny", "forbid", "deprecated"]
                    .iter()
                    .any(|name| attribute.path().is_ident(name))
            })
            .cloned()
            .collect();
        Signature {
            name: signature.ident.clone(),
            anonymous: generics.params.len() > signature.generics.params.len(),
            generics,
            numbers: Vec::new(),
            block: Vec::new(),
            parameters,
            output,
            runtime,
            visibility: visibility.clone(),
            attributes,
        }
    }

    /// The function's generic arguments, for a call of it or of its companions.
    pub(crate) fn turbofish(&self) -> TokenStream {
        turbofish_of(&self.generics)
    }

    /// The function itself, as its companions name it.
    pub(crate) fn original(&self, associated: bool) -> TokenStream {
        let owner = associated.then(|| quote!(Self::));
        let name = &self.name;
        // `impl Trait` parameters cannot be named.
        let turbofish = (!self.anonymous).then(|| self.turbofish());
        quote!(#owner #name #turbofish)
    }

    /// Adds the bounds that derivatives need: on type parameters that stand for numbers, and on
    /// those whose values are only moved about.
    pub(crate) fn with_bounds(mut self, numbers: &[Ident], moved: &[Ident]) -> Signature {
        let runtime = &self.runtime;
        let numbers_trait = quote!(#runtime::Number);
        let moved_trait = quote!(#runtime::VectorSpace);
        let bounds = numbers.iter().map(|name| (name, &numbers_trait));
        for (name, bound) in bounds.chain(moved.iter().map(|name| (name, &moved_trait))) {
            let clause = self.generics.make_where_clause();
            clause.predicates.push(syn::parse_quote!(#name: #bound));
        }
        self.numbers = numbers.to_vec();
        for name in self.wanted_types() {
            let runtime = &self.runtime;
            let bound = quote!(#runtime::Differentiable);
            let clause = self.generics.make_where_clause();
            clause.predicates.push(syn::parse_quote!(#name: #bound));
        }
        self
    }

    /// The type parameters of which the public companions give gradients, without those that have
    /// a bound for it.
    fn wanted_types(&self) -> Vec<Ident> {
        let wanted = |name: &&Ident| {
            let bounded = |predicate: &syn::WherePredicate| match predicate {
                syn::WherePredicate::Type(predicate) => {
                    crate::closures::names(&predicate.bounded_ty, name)
                        && has_gradient(&predicate.bounds)
                }
                _ => false,
            };
            let clauses = self.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
            let text = name.to_string();
            let listed = self.parameters.iter().filter(|parameter| parameter.listed);
            let mentioned = listed.filter(|p| mentions(&p.ty, &text)).count() > 0;
            mentioned && !clauses.into_iter().any(bounded)
        };
        let parameters =
            self.generics.type_params().filter(|parameter| !has_gradient(&parameter.bounds));
        parameters.map(|parameter| &parameter.ident).filter(wanted).cloned().collect()
    }

    /// The parameters of a hidden companion; `mut` only where the body needs it.
    pub(super) fn inputs(&self, keep_mut: bool) -> Vec<TokenStream> {
        self.parameters
            .iter()
            .map(|parameter| {
                let attrs = &parameter.attrs;
                if let Some(closure) = &parameter.closure {
                    return self.hidden_closure(parameter, closure);
                }
                if let Some(receiver) = &parameter.receiver {
                    let mut receiver = receiver.clone();
                    if !keep_mut {
                        receiver.mutability = None;
                    }
                    return receiver.to_token_stream();
                }
                let (name, ty) = (&parameter.name, &parameter.ty);
                let mutable = (keep_mut && parameter.mutable).then(|| quote!(mut));
                quote!(#(#attrs)* #mutable #name: #ty)
            })
            .collect()
    }

    /// The parameters as the user declares them, without `mut`.
    pub(super) fn declared(&self) -> Vec<TokenStream> {
        let mut inputs = self.inputs(false);
        for (input, parameter) in inputs.iter_mut().zip(&self.parameters) {
            if parameter.closure.is_some() {
                let (name, ty) = (&parameter.name, &parameter.ty);
                *input = quote!(#name: #ty);
            }
        }
        inputs
    }

    /// The arguments, passed on.
    pub(super) fn arguments(&self) -> Vec<TokenStream> {
        self.parameters.iter().map(|parameter| parameter.name.to_token_stream()).collect()
    }

    /// The type of a gradient with respect to a value of type `ty`.
    pub(super) fn gradient(&self, ty: &Type) -> TokenStream {
        let runtime = &self.runtime;
        match ty {
            Type::Paren(inner) => self.gradient(&inner.elem),
            Type::Group(inner) => self.gradient(&inner.elem),
            Type::Reference(reference) => self.gradient(&reference.elem),
            Type::Slice(slice) => {
                let element = self.gradient(&slice.elem);
                quote!(::std::vec::Vec<#element>)
            }
            Type::Array(array) => {
                let (element, length) = (self.gradient(&array.elem), &array.len);
                quote!([#element; #length])
            }
            Type::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.gradient(part));
                quote!((#(#parts,)*))
            }
            Type::Path(path) if path.qself.is_none() => {
                if let Some(name) = path.path.get_ident() {
                    if name == "f64" || name == "f32" || name == "Vector" || name == "Matrix" {
                        return quote!(#ty);
                    }
                }
                match vec_element(path) {
                    Some(element) => {
                        let element = self.gradient(element);
                        quote!(::std::vec::Vec<#element>)
                    }
                    None => {
                        quote_spanned!(span_of(ty)=> <#ty as #runtime::Differentiable>::Gradient)
                    }
                }
            }
            _ => quote_spanned!(span_of(ty)=> <#ty as #runtime::Differentiable>::Gradient),
        }
    }

    /// What an adjoint of a parameter of type `ty` is added to: its gradient type, or a slice.
    pub(super) fn buffer(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Paren(inner) => self.buffer(&inner.elem),
            Type::Group(inner) => self.buffer(&inner.elem),
            Type::Reference(reference) => self.buffer(&reference.elem),
            Type::Slice(slice) => {
                let element = self.gradient(&slice.elem);
                quote!([#element])
            }
            _ => self.gradient(ty),
        }
    }

    /// The type of a parameter's slot.
    pub(super) fn slot(&self, parameter: &Parameter) -> TokenStream {
        let runtime = &self.runtime;
        let buffer = || self.buffer(&parameter.ty);
        if let Some(closure) = &parameter.closure {
            return closure.adjoints(runtime);
        }
        match parameter.role {
            ParameterRole::Inert => quote!(#runtime::ThisParameterIsNotInWrt),
            ParameterRole::Wrt => {
                let buffer = buffer();
                quote!(::core::option::Option<&mut #buffer>)
            }
            ParameterRole::InOut => {
                let buffer = buffer();
                quote!(&mut #buffer)
            }
        }
    }

    /// The type under which a pullback gets a parameter's value again.
    pub(super) fn again(&self, parameter: &Parameter) -> TokenStream {
        let runtime = &self.runtime;
        if let Some(closure) = &parameter.closure {
            return closure.environment(runtime);
        }
        match (parameter.passing(), &parameter.ty) {
            (Passing::Shared, Type::Reference(reference)) if !parameter.erased => {
                let target = &reference.elem;
                quote!(&#target)
            }
            (Passing::Copied, ty) => quote!(&#ty),
            _ => quote!(&#runtime::CalleeKeeps),
        }
    }

    /// Makes the hidden companions ones that can be called through a trait.
    ///
    /// `block` are the parameters of the trait, or of its implementation.
    pub(crate) fn erase(&mut self, block: &syn::Generics) {
        self.block = block.params.iter().cloned().collect();
        for parameter in &mut self.parameters {
            parameter.erased = parameter.receiver.is_some();
        }
    }

    /// Whether a trait object could not have a method of the hidden companions' signatures.
    pub(crate) fn is_restricted(&self) -> bool {
        self.block.iter().any(|parameter| matches!(parameter, syn::GenericParam::Type(_)))
            || self.generics.type_params().next().is_some()
            || mentions(&self.output, "Self")
            || !self.parameters.iter().any(|parameter| parameter.receiver.is_some())
            || self.parameters.iter().any(|parameter| match &parameter.receiver {
                Some(_) => parameter.is_wanted(),
                None => mentions(&parameter.ty, "Self"),
            })
    }

    /// Keeps companions out of a trait object whose signatures it cannot have: the original is in
    /// it all the same.
    pub(crate) fn restrict(&mut self) {
        if !self.is_restricted() {
            return;
        }
        let runtime = &self.runtime;
        let wanted = self.parameters.iter().any(|p| p.receiver.is_some() && p.is_wanted());
        let gradient = wanted.then(|| quote!(+ #runtime::Differentiable));
        let clause = syn::parse_quote!(Self: ::core::marker::Sized #gradient);
        self.generics.make_where_clause().predicates.push(clause);
    }

    /// What a pullback of a trait's method may hold: all types that are in scope, and these
    /// lifetimes.
    pub(crate) fn captured(
        &self,
        lifetimes: impl Iterator<Item = syn::Lifetime>,
        owner: bool,
    ) -> TokenStream {
        let own = owner.then(|| quote!(Self,));
        let generics = self.hidden_generics(false);
        let parameters = self.block.iter().chain(&generics.params);
        let names = parameters.filter_map(|parameter| match parameter {
            syn::GenericParam::Type(ty) => Some(&ty.ident),
            syn::GenericParam::Const(constant) => Some(&constant.ident),
            syn::GenericParam::Lifetime(_) => None,
        });
        quote!(use<#(#lifetimes,)* #own #(#names),*>)
    }

    /// The signature with the elided lifetime of the value, if there is one, under a name.
    pub(super) fn with_lifetimes(&self) -> Signature {
        let lifetime = syn::Lifetime::new("'backprop", Span::mixed_site());
        let mut named = self.clone();
        let by_receiver = self.parameters.iter().any(|parameter| {
            parameter.receiver.is_some() && matches!(parameter.ty, Type::Reference(_))
        });
        if !by_receiver && name_lifetimes(&mut named.output, &lifetime) {
            for parameter in &mut named.parameters {
                name_lifetimes(&mut parameter.ty, &lifetime);
            }
            named.generics.params.insert(0, syn::parse_quote!(#lifetime));
        }
        named
    }

    /// Says what the parameters are to the derivative.
    pub(crate) fn assign(&mut self, roles: &[ParameterRole]) {
        for (parameter, role) in self.parameters.iter_mut().zip(roles) {
            parameter.role = *role;
        }
    }

    /// The gradients with respect to the `wrt` parameters, in order of `order`: bare for one.
    pub(crate) fn gradients(&self, order: &[usize]) -> TokenStream {
        let parts: Vec<TokenStream> =
            order.iter().map(|index| self.gradient(&self.parameters[*index].ty)).collect();
        match parts.as_slice() {
            [only] => only.clone(),
            parts => quote!((#(#parts),*)),
        }
    }
}

/// A function's value that may be a failure.
pub(super) struct Fallible {
    /// The success's type.
    pub(super) held: Type,
    /// The variants of success and failure, as functions.
    pub(super) success: TokenStream,
    /// The type of the value, with another success.
    outer: syn::TypePath,
}

impl Fallible {
    /// Reads `Option<T>`, `Result<T, E>` and aliases that are called so or that the file declares.
    pub(super) fn read(ty: &Type) -> Option<Fallible> {
        let path = match ty {
            Type::Paren(inner) => return Fallible::read(&inner.elem),
            Type::Group(inner) => return Fallible::read(&inner.elem),
            Type::Path(path) if path.qself.is_none() => path,
            _ => return None,
        };
        let last = path.path.segments.last()?;
        let name = last.ident.to_string();
        let success = match surroundings::fallible_alias(&name).unwrap_or(name).as_str() {
            "Option" => quote!(::core::option::Option::Some),
            "Result" => quote!(::core::result::Result::Ok),
            _ => return None,
        };
        let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        let held = match arguments.args.first()? {
            syn::GenericArgument::Type(held) => held.clone(),
            _ => return None,
        };
        Some(Fallible { held, success, outer: path.clone() })
    }

    /// The same type with `held` for its success.
    pub(super) fn with(&self, held: &TokenStream) -> TokenStream {
        let mut outer = self.outer.clone();
        if let Some(last) = outer.path.segments.last_mut() {
            if let syn::PathArguments::AngleBracketed(arguments) = &mut last.arguments {
                if let Some(first) = arguments.args.first_mut() {
                    *first = syn::GenericArgument::Type(Type::Verbatim(held.clone()));
                }
            }
        }
        outer.to_token_stream()
    }

    /// `match value { success => …, failure => failure }`
    pub(super) fn matched(
        &self,
        value: &Ident,
        pattern: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let success = &self.success;
        let rest = if self.outer.path.segments.last().is_some_and(|last| last.ident == "Option") {
            quote!(::core::option::Option::None => ::core::option::Option::None)
        } else {
            let error = Ident::new("error", Span::mixed_site());
            quote!(::core::result::Result::Err(#error) => ::core::result::Result::Err(#error))
        };
        quote! {
            match #value {
                #success(#pattern) => { #body }
                #rest,
            }
        }
    }
}

/// Whether there is a trait among bounds whose types have gradients.
fn has_gradient<'a>(bounds: impl IntoIterator<Item = &'a syn::TypeParamBound>) -> bool {
    bounds.into_iter().any(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
            ["Differentiable", "VectorSpace", "Number"].iter().any(|name| last.ident == name)
        }),
        _ => false,
    })
}

/// The generic arguments of a call inside a function with these parameters.
pub(super) fn turbofish_of(generics: &syn::Generics) -> TokenStream {
    let arguments: Vec<&Ident> = generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            syn::GenericParam::Type(ty) => Some(&ty.ident),
            syn::GenericParam::Const(constant) => Some(&constant.ident),
            syn::GenericParam::Lifetime(_) => None,
        })
        .collect();
    if arguments.is_empty() {
        TokenStream::new()
    } else {
        quote!(::<#(#arguments),*>)
    }
}

fn span_of(ty: &Type) -> Span {
    // The user's tokens, so that a missing bound is reported there.
    syn::spanned::Spanned::span(ty)
}

fn receiver_type(receiver: &syn::Receiver) -> Type {
    match &receiver.kind {
        syn::ReceiverKind::Reference(and, lifetime, mutability) => {
            let mutability = mutability.as_ref();
            syn::parse_quote!(#and #lifetime #mutability Self)
        }
        syn::ReceiverKind::Typed(_, ty) => (**ty).clone(),
        _ => syn::parse_quote!(Self),
    }
}

/// Replaces `impl Trait`, and what a parameter is that is called, by a type parameter, which
/// companions can name twice.
fn named_type(ty: &Type, generics: &mut syn::Generics) -> Type {
    let name = format_ident!("Impl{}", generics.params.len());
    if let Some((ty, bounds)) = crate::closures::generalised(ty, &name) {
        generics.params.push(syn::parse_quote!(#name: #bounds));
        return ty;
    }
    struct Namer<'a> {
        generics: &'a mut syn::Generics,
    }
    impl VisitMut for Namer<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if let Type::ImplTrait(bounds) = ty {
                let name = format_ident!("Impl{}", self.generics.params.len());
                let bounds = &bounds.bounds;
                self.generics.params.push(syn::parse_quote!(#name: #bounds));
                *ty = syn::parse_quote!(#name);
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }
    // A fragment of `macro_rules!` comes in an invisible group.
    let mut ty = match ty {
        Type::Paren(inner) => return named_type(&inner.elem, generics),
        Type::Group(inner) => return named_type(&inner.elem, generics),
        ty => ty.clone(),
    };
    Namer { generics }.visit_type_mut(&mut ty);
    ty
}

fn vec_element(path: &syn::TypePath) -> Option<&Type> {
    let last = path.path.segments.last()?;
    if last.ident != "Vec" {
        return None;
    }
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Gives every elided lifetime of `ty` the name `lifetime`; tells whether there were any.
pub(super) fn name_lifetimes(ty: &mut Type, lifetime: &syn::Lifetime) -> bool {
    struct Elided<'a> {
        lifetime: &'a syn::Lifetime,
        found: bool,
    }
    impl VisitMut for Elided<'_> {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            if reference.lifetime.is_none() {
                reference.lifetime = Some(self.lifetime.clone());
                self.found = true;
            }
            visit_mut::visit_type_reference_mut(self, reference);
        }
        fn visit_lifetime_mut(&mut self, lifetime: &mut syn::Lifetime) {
            if lifetime.ident == "_" {
                *lifetime = self.lifetime.clone();
                self.found = true;
            }
        }
        fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments_mut(
            &mut self,
            _: &mut syn::ParenthesizedGenericArguments,
        ) {
        }
    }
    let mut elided = Elided { lifetime, found: false };
    elided.visit_type_mut(ty);
    elided.found
}
