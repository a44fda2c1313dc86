//! Parameters that are closures, in the signatures of companions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, ToTokens};
use syn::Type;

use super::companions::Function;
use super::signature::{Parameter, Signature};
use crate::closures::{parts, Bound};
use crate::graph::{NodeOp, Passing, Region};
use crate::pass::reverse::ParameterRole;

/// A parameter that is a closure.
#[derive(Clone)]
pub(crate) struct ClosureParameter {
    bound: Bound,
    /// The type parameter that stands for it.
    ty: Ident,
    /// The type parameters for its derivative, its pullback and what it captures.
    derivative: Ident,
    pullback: Ident,
    captures: Ident,
}

impl ClosureParameter {
    pub(super) fn new(bound: Bound, ty: &Type, index: usize) -> Option<ClosureParameter> {
        let ty = match ty {
            Type::Reference(reference) => &*reference.elem,
            ty => ty,
        };
        let Type::Path(path) = ty else { return None };
        Some(ClosureParameter {
            bound,
            ty: path.path.get_ident()?.clone(),
            derivative: format_ident!("Derivative{index}"),
            pullback: format_ident!("Pullback{index}"),
            captures: format_ident!("Captured{index}"),
        })
    }

    /// Whether nothing comes back from the closure but what it does to what it captures.
    fn only_observes(&self) -> bool {
        let Bound { inputs, output, .. } = &self.bound;
        let exclusive = |ty: &Type| matches!(ty, Type::Reference(ty) if ty.mutability.is_some());
        matches!(output, Type::Tuple(unit) if unit.elems.is_empty())
            && !inputs.iter().any(exclusive)
    }

    /// Whether calls may change what the closure captures.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.bound.exclusive
    }

    pub(super) fn environment(&self, runtime: &TokenStream) -> TokenStream {
        let captures = &self.captures;
        quote!(#runtime::Environment<'_, #captures>)
    }

    pub(super) fn adjoints(&self, runtime: &TokenStream) -> TokenStream {
        let captures = &self.captures;
        quote!(#runtime::Adjoints<'_, #captures>)
    }
}

/// How the public companions get a closure.
enum Given {
    /// As it is: no derivative flows through it.
    Plain,
    /// With its derivative.
    Derived,
}

impl Signature {
    pub(super) fn has_closures(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.closure.is_some())
    }

    fn closures(&self) -> impl Iterator<Item = (&Parameter, &ClosureParameter)> {
        self.parameters.iter().filter_map(|p| Some((p, p.closure.as_ref()?)))
    }

    /// The bounds on a closure's derivative and its pullback, for what it captures.
    fn closure_bounds(
        &self,
        closure: &ClosureParameter,
        captures: &TokenStream,
        held: bool,
    ) -> [syn::WherePredicate; 2] {
        let runtime = &self.runtime;
        let Bound { inputs, output, .. } = &closure.bound;
        let (derivative, pullback) = (&closure.derivative, &closure.pullback);
        let environment = quote!(#runtime::Environment<'_, #captures>);
        let seed = self.gradient(output);
        let pairs = inputs.iter().map(|input| {
            let input = Parameter::of_closure(input, &self.generics);
            let number = match &input.ty {
                Type::Path(path) => path.path.get_ident().is_some_and(|n| self.numbers.contains(n)),
                _ => false,
            };
            let (again, slot) = (self.again(&input), self.slot(&input));
            let again = match (&input.ty, number) {
                (ty, true) => quote!(&#ty),
                _ => again,
            };
            quote!(#again, #slot)
        });
        // What is put into a box may refer to nothing outside it.
        let held = held.then(|| quote!(+ 'static));
        [
            syn::parse_quote! {
                #derivative: ::core::ops::Fn(#environment, #(#inputs),*) -> (#output, #pullback)
                    + ::core::marker::Copy #held
            },
            syn::parse_quote! {
                #pullback: ::core::ops::FnOnce(
                    #seed, #environment, #runtime::Adjoints<'_, #captures>, #(#pairs),*
                ) #held
            },
        ]
    }

    /// The generic parameters without those that stand for closures.
    fn without(&self, dropped: &[&Ident]) -> syn::Generics {
        let mut generics = self.generics.clone();
        generics.params = std::mem::take(&mut generics.params)
            .into_iter()
            .filter(|parameter| match parameter {
                syn::GenericParam::Type(ty) => !dropped.contains(&&ty.ident),
                _ => true,
            })
            .collect();
        if let Some(clause) = &mut generics.where_clause {
            clause.predicates = std::mem::take(&mut clause.predicates)
                .into_iter()
                .filter(|predicate| match predicate {
                    syn::WherePredicate::Type(predicate) => !dropped
                        .iter()
                        .any(|name| crate::closures::names(&predicate.bounded_ty, name)),
                    _ => true,
                })
                .collect();
        }
        generics
    }

    /// The generic parameters of the hidden companions; `held` if pullbacks are put into boxes.
    pub(super) fn hidden_generics(&self, held: bool) -> syn::Generics {
        if !self.has_closures() {
            return self.generics.clone();
        }
        let dropped: Vec<&Ident> = self.closures().map(|(_, closure)| &closure.ty).collect();
        let mut generics = self.without(&dropped);
        let runtime = &self.runtime;
        for (_, closure) in self.closures() {
            let ClosureParameter { derivative, pullback, captures, .. } = closure;
            for name in [derivative, pullback, captures] {
                generics.params.push(syn::parse_quote!(#name));
            }
            let clause = generics.make_where_clause();
            let list = held.then(|| quote!(+ 'static));
            clause.predicates.push(syn::parse_quote!(#captures: #runtime::CaptureList #list));
            let bounds = self.closure_bounds(closure, &captures.to_token_stream(), held);
            clause.predicates.extend(bounds);
        }
        generics
    }

    /// What a hidden companion gets for a parameter that is a closure.
    pub(super) fn hidden_closure(
        &self,
        parameter: &Parameter,
        closure: &ClosureParameter,
    ) -> TokenStream {
        let (derivative, environment) = parts(&parameter.name);
        let (ty, environment_type) = (&closure.derivative, closure.environment(&self.runtime));
        quote!(#derivative: #ty, #environment: #environment_type)
    }

    /// The closures as the user's code calls them, where it does.
    pub(super) fn plain_closures(&self, body: &TokenStream) -> TokenStream {
        let declare = |(parameter, closure): (&Parameter, &ClosureParameter)| {
            let name = &parameter.name;
            if !crate::tokens::mentions(body, &name.to_string()) {
                return None;
            }
            let (derivative, environment) = parts(name);
            let Bound { inputs, output, .. } = &closure.bound;
            let arguments: Vec<Ident> = (0..inputs.len())
                .map(|index| format_ident!("argument_{index}", span = Span::mixed_site()))
                .collect();
            let lent = match &parameter.ty {
                Type::Reference(reference) => {
                    let mutable = &reference.mutability;
                    Some(quote!(& #mutable))
                }
                _ => None,
            };
            let mutable = parameter.mutable.then(|| quote!(mut));
            Some(quote! {
                let #mutable #name = #lent |#(#arguments: #inputs),*| -> #output {
                    #derivative(#environment.shorten(), #(#arguments),*).0
                };
            })
        };
        self.closures().filter_map(declare).collect()
    }
}

impl Function<'_> {
    /// The derivative of a closure whose first parameters are what it captures.
    pub(crate) fn closure(&self, captured: usize) -> TokenStream {
        let runtime = &self.signature.runtime;
        let needed = self.needed();
        let (forward, reverse) = (self.forward(&needed), self.reverse(&needed, true, None));
        let slots = self.slots();
        let (mut inputs, mut again, mut adjoints) = (Vec::new(), Vec::new(), Vec::new());
        let mut guards = TokenStream::new();
        for (index, (parameter, (slot, _))) in
            self.signature.parameters.iter().zip(slots).enumerate()
        {
            if parameter.closure.is_some() {
                let (_, environment) = parts(&parameter.name);
                inputs.push(quote!(#environment));
                again.push(quote!(#environment));
            } else {
                let (name, mutable) = (&parameter.name, parameter.mutable.then(|| quote!(mut)));
                inputs.push(quote!(#mutable #name));
                if index < captured && parameter.passing() == super::signature::Passing::Exclusive {
                    let guard = format_ident!("{name}_lent", span = Span::mixed_site());
                    guards.extend(quote! {
                        let mut #guard = #runtime::lent(#name);
                        let #name = &mut *#guard;
                    });
                }
                again.push(self.again_pattern(index, &parameter.name));
            }
            adjoints.push(if slot == "_" { quote!(_) } else { quote!(mut #slot) });
        }
        let nested = |parts: &[TokenStream]| {
            parts.iter().fold(quote!(()), |inner, part| quote!((#inner, #part)))
        };
        let (environment, own) = inputs.split_at(captured);
        let environment = nested(environment);
        let (held, own_again) = again.split_at(captured);
        let held = nested(held);
        let (slots, own_slots) = adjoints.split_at(captured);
        let slots = nested(slots);
        let value = &self.graph[self.joint.value];
        let name = &value.ident;
        let result = match needed.contains(&self.joint.value) && !value.kind.is_scalar() {
            true => quote!(::core::clone::Clone::clone(&#name)),
            false => quote!(#name),
        };
        let seed = self.seed();
        let copies = self.copies(|passing| passing == super::signature::Passing::Owned);
        let closures = self.signature.plain_closures(&forward);
        quote! {
            move |#runtime::Environment(#environment), #(#own),*| {
                #guards #closures #copies #forward
                (#result, move |
                    #seed,
                    #runtime::Environment(#held),
                    #runtime::Adjoints(#slots),
                    #(#own_again, #own_slots),*
                | { #reverse })
            }
        }
    }

    /// The derivative of a closure that captures its first parameters by itself.
    pub(crate) fn standalone_closure(&self, captured: usize) -> TokenStream {
        let runtime = &self.signature.runtime;
        let needed = self.needed();
        let (forward, reverse) = (self.forward(&needed), self.reverse(&needed, true, None));
        let (lent, own) = self.signature.parameters.split_at(captured);
        let slots = self.slots().split_off(captured);
        let lent = lent.iter().map(|parameter| {
            let name = &parameter.name;
            quote!(let #name = &#name;)
        });
        let inputs = own.iter().map(|parameter| {
            let (name, ty) = (&parameter.name, &parameter.ty);
            let mutable = parameter.mutable.then(|| quote!(mut));
            quote!(#mutable #name: #ty)
        });
        let pairs = own.iter().zip(slots).enumerate().map(|(index, (parameter, (slot, ty)))| {
            let pattern = self.again_pattern(captured + index, &parameter.name);
            let again = self.signature.again(parameter);
            let slot = if slot == "_" { quote!(_) } else { quote!(mut #slot) };
            quote!(#pattern: #again, #slot: #ty)
        });
        let value = &self.graph[self.joint.value];
        let name = &value.ident;
        let result = match needed.contains(&self.joint.value) && !value.kind.is_scalar() {
            true => quote!(::core::clone::Clone::clone(&#name)),
            false => quote!(#name),
        };
        let (seed, seed_type) = (self.seed(), self.signature.gradient(&self.signature.output));
        let copies = self.copies(|passing| passing == super::signature::Passing::Owned);
        let allowances = Self::allowances();
        quote! {
            {
                #allowances
                let derivative = |
                    #runtime::Environment(()): #runtime::Environment<'_, ()>,
                    #(#inputs),*
                | {
                    #(#lent)* #copies #forward
                    (#result, move |
                        #seed: #seed_type,
                        #runtime::Environment(()): #runtime::Environment<'_, ()>,
                        #runtime::Adjoints(()): #runtime::Adjoints<'_, ()>,
                        #(#pairs),*
                    | { #reverse })
                };
                derivative
            }
        }
    }

    fn given(&self, parameter: &Parameter) -> Given {
        // What it leaves where derivatives do not come back from is its owner's business.
        let observes = parameter.closure.as_ref().is_some_and(ClosureParameter::only_observes);
        if observes {
            Given::Plain
        } else if passes_derivatives(&self.joint.forward, self.graph, &parameter.name) {
            Given::Derived
        } else {
            Given::Plain
        }
    }

    /// The generic parameters of the public companions.
    pub(super) fn public_generics(&self) -> syn::Generics {
        let derived: Vec<&ClosureParameter> = self
            .signature
            .closures()
            .filter(|(parameter, _)| matches!(self.given(parameter), Given::Derived))
            .map(|(_, closure)| closure)
            .collect();
        if derived.is_empty() {
            return self.signature.generics.clone();
        }
        let dropped: Vec<&Ident> = derived.iter().map(|closure| &closure.ty).collect();
        let mut generics = self.signature.without(&dropped);
        for closure in derived {
            let (derivative, pullback) = (&closure.derivative, &closure.pullback);
            generics.params.push(syn::parse_quote!(#derivative));
            generics.params.push(syn::parse_quote!(#pullback));
            let clause = generics.make_where_clause();
            clause.predicates.extend(self.signature.closure_bounds(
                closure,
                &quote!(()),
                self.recursive,
            ));
        }
        generics
    }

    /// The type of a parameter of the public companions.
    pub(super) fn public_type(&self, parameter: &Parameter) -> Type {
        let runtime = &self.signature.runtime;
        match &parameter.closure {
            Some(closure) if matches!(self.given(parameter), Given::Derived) => {
                let derivative = &closure.derivative;
                syn::parse_quote!(#runtime::MadeByTheMacroClosure<#derivative>)
            }
            _ => parameter.ty.clone(),
        }
    }

    /// What a public companion hands to a hidden one for a parameter.
    pub(super) fn handed(&self, parameter: &Parameter) -> TokenStream {
        let (runtime, name) = (&self.signature.runtime, &parameter.name);
        let Some(closure) = &parameter.closure else { return name.to_token_stream() };
        let environment = self.environment(parameter);
        if matches!(self.given(parameter), Given::Derived) {
            return quote!(#name.derivative, #environment);
        }
        let arguments: Vec<Ident> = (0..closure.bound.inputs.len())
            .map(|index| format_ident!("argument_{index}", span = Span::mixed_site()))
            .collect();
        let held = Ident::new("closure", Span::mixed_site());
        let called = match closure.bound.exclusive {
            true => quote!((#held.borrow_mut())),
            false => quote!(#held),
        };
        let ignored = arguments.iter().map(|_| quote!(_, _));
        quote! {
            |#runtime::Environment(((), #held)), #(#arguments),*| {
                (#called(#(#arguments),*), |_, _, _, #(#ignored),*| {})
            },
            #environment
        }
    }

    /// What a public companion hands to a hidden one.
    pub(super) fn handed_on(&self) -> Vec<TokenStream> {
        self.signature.parameters.iter().map(|parameter| self.handed(parameter)).collect()
    }

    /// The parameters of the public companions.
    pub(super) fn public_inputs(&self) -> Vec<TokenStream> {
        let mut declared = self.signature.declared();
        for (input, parameter) in declared.iter_mut().zip(&self.signature.parameters) {
            if parameter.closure.is_some() {
                let (attrs, name) = (&parameter.attrs, &parameter.name);
                let ty = self.public_type(parameter);
                *input = quote!(#(#attrs)* #name: #ty);
            }
        }
        declared
    }

    /// The generic arguments for a call of a hidden companion.
    pub(super) fn hidden_turbofish(&self) -> TokenStream {
        if !self.signature.has_closures() {
            return self.turbofish();
        }
        let own: Vec<String> = self.public_generics().params.iter().map(parameter_name).collect();
        let hidden = self.signature.hidden_generics(false);
        let arguments: Vec<TokenStream> = hidden
            .params
            .iter()
            .filter_map(|parameter| match parameter {
                syn::GenericParam::Lifetime(_) => None,
                syn::GenericParam::Type(ty) => Some(&ty.ident),
                syn::GenericParam::Const(constant) => Some(&constant.ident),
            })
            .map(|name| match own.contains(&name.to_string()) {
                true => name.to_token_stream(),
                false => quote!(_),
            })
            .collect();
        quote!(::<#(#arguments),*>)
    }

    /// [`mention`](Function::mention) of a function that is given closures.
    pub(super) fn mention_with_closures(&self) -> TokenStream {
        // What is given references and returns one would have to say which.
        if matches!(self.signature.output, Type::Reference(_)) {
            return TokenStream::new();
        }
        let closures: Vec<&Ident> = self.signature.closures().map(|(_, own)| &own.ty).collect();
        let told = |name: &String| {
            let mut types = self.signature.parameters.iter().map(|parameter| &parameter.ty);
            types.any(|ty| crate::tokens::mentions(ty, name))
        };
        let generics = self.signature.without(&closures).params;
        let lifetime =
            |parameter: &&syn::GenericParam| !matches!(parameter, syn::GenericParam::Lifetime(_));
        if !generics.iter().filter(lifetime).map(parameter_name).all(|name| told(&name)) {
            return TokenStream::new();
        }
        let (mut declared, mut arguments) = (Vec::new(), Vec::new());
        for (index, parameter) in self.signature.parameters.iter().enumerate() {
            let Some(closure) = &parameter.closure else {
                let name = format_ident!("argument_{index}", span = Span::mixed_site());
                let ty = &parameter.ty;
                declared.push(quote!(#name: #ty));
                arguments.push(name.to_token_stream());
                continue;
            };
            let Bound { inputs, output, .. } = &closure.bound;
            let lent = match &parameter.ty {
                Type::Reference(reference) => {
                    let mutable = &reference.mutability;
                    Some(quote!(& #mutable))
                }
                _ => None,
            };
            // The function is mentioned, not called: its argument need only have the right type.
            arguments.push(quote! {
                #lent |#(_: #inputs),*| -> #output {
                    ::core::unreachable!("the function is only mentioned, never called")
                }
            });
        }
        let name = &self.signature.name;
        let owner = self.associated.then(|| quote!(Self::));
        quote!(let _ = |#(#declared),*| #owner #name(#(#arguments),*);)
    }

    /// What a public companion declares before it calls a hidden one.
    pub(super) fn cells(&self) -> TokenStream {
        let exclusive = |(parameter, closure): (&Parameter, &ClosureParameter)| {
            let name = &parameter.name;
            let cell = closure.bound.exclusive && matches!(self.given(parameter), Given::Plain);
            cell.then(|| quote!(let #name = ::core::cell::RefCell::new(#name);))
        };
        self.signature.closures().filter_map(exclusive).collect()
    }

    /// The environment of a closure that a public companion was given.
    pub(super) fn environment(&self, parameter: &Parameter) -> TokenStream {
        let (runtime, name) = (&self.signature.runtime, &parameter.name);
        match self.given(parameter) {
            Given::Derived => quote!(#runtime::environment()),
            Given::Plain => quote!(#runtime::environment().inert(&#name)),
        }
    }

    /// The slots for what a closure captures that a public companion was given.
    pub(super) fn no_adjoints(&self, parameter: &Parameter) -> TokenStream {
        let runtime = &self.signature.runtime;
        match self.given(parameter) {
            Given::Derived => quote!(#runtime::Adjoints(())),
            Given::Plain => quote!(#runtime::Adjoints(((), #runtime::ThisParameterIsNotInWrt))),
        }
    }
}

fn parameter_name(parameter: &syn::GenericParam) -> String {
    match parameter {
        syn::GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_string(),
        syn::GenericParam::Type(ty) => ty.ident.to_string(),
        syn::GenericParam::Const(constant) => constant.ident.to_string(),
    }
}

impl Parameter {
    /// A parameter of a closure.
    fn of_closure(ty: &Type, generics: &syn::Generics) -> Parameter {
        let role = match ty {
            Type::Reference(reference) if reference.mutability.is_some() => ParameterRole::InOut,
            ty if crate::parameters::can_carry(ty, generics) => ParameterRole::Wrt,
            _ => ParameterRole::Inert,
        };
        Parameter {
            name: Ident::new("argument", Span::mixed_site()),
            ty: ty.clone(),
            mutable: false,
            receiver: None,
            role,
            listed: false,
            erased: false,
            gradient: Ident::new("gradient", Span::mixed_site()),
            attrs: Vec::new(),
            closure: None,
        }
    }
}

/// Whether a derivative flows through a call of the closure `name`, besides that of what it
/// captures; or whether it is handed on to where one may.
fn passes_derivatives(region: &Region, graph: &crate::graph::Graph, name: &Ident) -> bool {
    region.nodes.iter().any(|node| match &node.op {
        NodeOp::Call(call) => {
            let own = |argument: &crate::graph::Argument| {
                matches!(argument.passing, Passing::Environment { .. })
                    && argument.value.place().is_some_and(|place| graph[place.root].ident == *name)
            };
            let calls = matches!(call.callee, crate::graph::Callee::Parameter(_));
            call.arguments.iter().any(own)
                && (!calls
                    || call.arguments.iter().any(|argument| argument.active && !own(argument)))
        }
        NodeOp::If(inner) => {
            passes_derivatives(&inner.then, graph, name)
                || passes_derivatives(&inner.otherwise, graph, name)
        }
        NodeOp::Match(inner) => {
            inner.arms.iter().any(|arm| passes_derivatives(&arm.body, graph, name))
        }
        NodeOp::Loop(inner) => passes_derivatives(&inner.body, graph, name),
        _ => false,
    })
}
