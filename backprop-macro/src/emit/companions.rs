//! The companions of a differentiable function.
//!
//! Two bodies hold the derivative; everything else is a thin wrapper around them.
//!
//! * `seeded(arguments…, adjoint, slots…) -> value` knows the adjoint of the result before it
//!   runs: forward and reverse in one go.
//! * `derivative(arguments…) -> (value, pullback)` hands out a closure that runs the reverse later:
//!   `pullback(adjoint, argument₁, slot₁, argument₂, slot₂, …)`. The closure owns residuals only
//!   and is given the arguments again, so that it can be stored while the caller goes on working
//!   with them.
//!
//! A slot is `Option<&mut gradient>`, `None` if the caller does not want it. A parameter outside
//! `wrt` has a slot that only accepts "no derivative": passing an active value there is a type
//! error at the argument, never a silent zero.

use crate::maps::HashMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned, ToTokens};

use super::docs;
use super::expr::Spelling;
use super::region::Emitter;
use super::signature::{Fallible, Parameter, Passing, Signature};
use super::uses::count_uses;
use crate::closures;
use crate::graph::{Graph, NodeOp, Region, Role, VarId, Vars};
use crate::kind::{Container, Kind};
use crate::pass::forward::Forward;
use crate::pass::reverse::{Joint, ParameterRole};

/// What a function belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// A module, a function or a type: the function's own text tells.
    Unknown,
    /// An `impl` of a type.
    Type,
    /// The definition of a trait.
    Trait,
    /// An `impl` of a trait.
    TraitImpl,
}

impl Home {
    /// Whether callers may know no more of the function than a trait says.
    pub(crate) fn is_trait(self) -> bool {
        matches!(self, Home::Trait | Home::TraitImpl)
    }
}

/// What the hidden companions consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Derivative,
    /// Nothing: the trait requires them.
    Required,
    /// Nothing, because of an error.
    Stub,
}

#[derive(Clone)]
pub(crate) struct Function<'a> {
    pub(crate) signature: Signature,
    pub(crate) graph: &'a Graph,
    pub(crate) joint: &'a Joint,
    /// The derivative where the adjoint of the value is known beforehand, if that is another one.
    pub(crate) seeded: Option<(&'a Graph, &'a Joint)>,
    /// The function with its tangents, if forward mode is asked for.
    pub(crate) forward: Option<(&'a Graph, &'a Forward)>,
    /// The `wrt` parameters by position, in the order in which the user named them.
    pub(crate) order: Vec<usize>,
    /// The function belongs to a type: its hidden companions are named by suffix.
    pub(crate) associated: bool,
    /// Parameters that the function overwrites.
    pub(crate) written: Vec<bool>,
    /// Parameters whose names the function gives to something else.
    pub(crate) shadowed: Vec<bool>,
    /// The function calls itself, or callers may not see which function they call: its pullback is
    /// boxed.
    pub(crate) recursive: bool,
    pub(crate) home: Home,
    pub(crate) body: Body,
    pub(crate) documentation: docs::Notes,
}

/// Where the hidden companion `what` of a function is found: `path::derivative` for a function,
/// `Type::name_derivative` for one that belongs to a type.
pub(super) fn companion_path(path: &syn::ExprPath, what: &str, span: Span) -> TokenStream {
    let mut path = path.clone();
    let count = path.path.segments.len();
    let of_type =
        path.qself.is_some()
            || path.path.segments.iter().rev().nth(1).is_some_and(|owner| {
                owner.ident.to_string().starts_with(|c: char| c.is_uppercase())
            });
    let last = &mut path.path.segments[count - 1];
    if of_type {
        last.ident = format_ident!("{}_{}", last.ident, what, span = last.ident.span());
        return quote!(#path);
    }
    // The function's own type parameters belong to its companion.
    let arguments = std::mem::take(&mut last.arguments);
    let companion = Ident::new(what, span);
    let arguments = match arguments {
        syn::PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    };
    quote!(#path::#companion #arguments)
}

impl Function<'_> {
    pub(crate) fn tokens(&self) -> TokenStream {
        let seeded_name = self.hidden("seeded");
        let derivative_name = self.hidden("derivative");
        let known = match self.seeded {
            Some((graph, joint)) => Function { graph, joint, seeded: None, ..self.clone() },
            None => self.clone(),
        };
        // What may fail knows the adjoint of its value only when it has one.
        let fallible = Fallible::read(&self.signature.output).is_some();
        let seeded = (!fallible).then(|| known.seeded(&seeded_name));
        let derivative = if self.is_preaccumulated() {
            self.preaccumulated(&derivative_name)
        } else {
            self.derivative(&derivative_name)
        };
        let tangents = self.tangents();
        if self.home == Home::TraitImpl {
            // What a user calls is a provided method of the trait.
            return quote!(#seeded #derivative #tangents);
        }
        let hidden = if self.associated {
            quote!(#seeded #derivative #tangents)
        } else {
            let name = &self.signature.name;
            let visibility = &self.signature.visibility;
            let attributes = &self.signature.attributes;
            quote! {
                #(#attributes)*
                #[doc(hidden)]
                #[allow(non_camel_case_types, missing_docs, clippy::all, clippy::pedantic)]
                #visibility enum #name {}
                #(#attributes)*
                #[allow(clippy::all, clippy::pedantic)]
                impl #name { #seeded #derivative #tangents }
            }
        };
        if self.order.is_empty() {
            // There is nothing that a user could differentiate with respect to.
            return hidden;
        }
        let public = if self.has_scalar_value() {
            let (grad, grad_add) = (known.grad(), known.grad_add());
            quote!(#grad #grad_add)
        } else {
            TokenStream::new()
        };
        let (vjp, jvp) = (self.vjp(), self.jvp());
        quote!(#hidden #public #vjp #jvp)
    }

    pub(super) fn hidden(&self, what: &str) -> Ident {
        if self.associated {
            format_ident!("{}_{what}", self.signature.name)
        } else {
            Ident::new(what, Span::call_site())
        }
    }

    /// The path to a hidden companion from a public one.
    pub(super) fn path(&self, what: &str) -> TokenStream {
        let hidden = self.hidden(what);
        if self.associated {
            quote!(Self::#hidden)
        } else {
            let name = &self.signature.name;
            quote!(#name::#hidden)
        }
    }

    /// The generic arguments of the function, for a call of its companions.
    pub(super) fn turbofish(&self) -> TokenStream {
        self.signature.turbofish()
    }

    /// Mentions the original function: who calls a companion uses it too, so that it does not
    /// count as dead code.
    pub(super) fn mention(&self) -> TokenStream {
        if self.signature.has_closures() {
            return self.mention_with_closures();
        }
        if self.signature.anonymous {
            // `impl Trait` parameters cannot be named.
            return TokenStream::new();
        }
        let (name, turbofish) = (&self.signature.name, self.turbofish());
        let owner = self.associated.then(|| quote!(Self::));
        quote!(let _ = #owner #name #turbofish;)
    }

    fn has_scalar_value(&self) -> bool {
        let fallible = Fallible::read(&self.signature.output);
        let output = fallible.as_ref().map_or(&self.signature.output, |fallible| &fallible.held);
        if Kind::of(output).float().is_some() {
            return !matches!(output, syn::Type::Reference(_));
        }
        let syn::Type::Path(path) = output else { return false };
        let Some(name) = path.path.get_ident() else { return false };
        self.signature.numbers.contains(name)
            || matches!(name.to_string().as_str(), "Real" | "Float" | "Scalar" | "Num")
    }

    pub(super) fn one(&self) -> TokenStream {
        let runtime = &self.signature.runtime;
        let fallible = Fallible::read(&self.signature.output);
        let output = fallible.as_ref().map_or(&self.signature.output, |fallible| &fallible.held);
        match Kind::of(output).float() {
            Some(_) => quote!(1.0),
            None => {
                quote!(<#output as #runtime::Float>::ONE)
            }
        }
    }

    // ---- the bodies

    pub(super) fn forward(&self, needed: &Vars) -> TokenStream {
        let mut uses = HashMap::default();
        count_uses(&self.joint.forward, &mut uses);
        let mut spelling = Spelling::forward(self.graph);
        spelling.runtime.clone_from(&self.signature.runtime);
        let mut emitter = Emitter { spelling, needed, uses };
        let tapes = self.joint.tapes.iter().map(|tape| {
            let tape = &self.graph[*tape].ident;
            quote!(let mut #tape = ::std::vec::Vec::new();)
        });
        let runtime = &self.signature.runtime;
        let nodes = emitter.region(&self.joint.forward);
        // A trait of the file may have one of these methods, which are then its own.
        let own = ["sigmoid", "softplus", "log_sigmoid", "relu"]
            .iter()
            .any(|name| crate::surroundings::own_methods(|own| own.is_given(name)));
        let functions = (!own).then(|| quote!(, ScalarFunctions as _));
        quote! {
            #[allow(unused_imports)]
            use #runtime::{PassedByValue as _ #functions};
            #(#tapes)*
            #nodes
        }
    }

    /// The reverse part; in a pullback, where `self` has another name, it computes again what it
    /// cannot share with the forward part.
    pub(super) fn reverse(
        &self,
        needed: &Vars,
        pullback: bool,
        receiver: Option<Ident>,
    ) -> TokenStream {
        let shared = if pullback { 0 } else { self.joint.again };
        let mut spelling = Spelling::forward(self.graph);
        spelling.runtime.clone_from(&self.signature.runtime);
        spelling.reverse = true;
        spelling.receiver = receiver;
        let mut emitter = Emitter { spelling, needed, uses: HashMap::default() };
        emitter.nodes(&self.joint.reverse.nodes[shared..])
    }

    /// Everything that the reverse part takes from the forward part.
    pub(super) fn needed(&self) -> Vars {
        let mut needed = Vars::new();
        self.joint.reverse.reads(&mut needed);
        collect_residuals(&self.joint.forward, &mut needed);
        collect_replayed(&self.joint.reverse, &mut needed);
        needed
    }

    pub(super) fn allowances() -> TokenStream {
        quote! {
            #[allow(
                unused,
                unreachable_code,
                irrefutable_let_patterns,
                non_snake_case,
                clippy::all,
                clippy::pedantic,
                clippy::nursery,
                missing_docs,
            )]
        }
    }

    pub(super) fn slots(&self) -> Vec<(Ident, TokenStream)> {
        self.signature
            .parameters
            .iter()
            .zip(&self.joint.slots)
            .map(|(parameter, slot)| {
                let name = match slot {
                    Some(slot) => self.graph[*slot].ident.clone(),
                    None => Ident::new("_", Span::mixed_site()),
                };
                (name, self.signature.slot(parameter))
            })
            .collect()
    }

    fn seeded(&self, name: &Ident) -> TokenStream {
        let Signature { visibility, attributes, output, .. } = &self.signature;
        let needed = self.needed();
        let (forward, reverse) = (self.forward(&needed), self.reverse(&needed, false, None));
        let inputs = self.signature.inputs(true);
        let seed = self.seed();
        let seed_type = self.signature.gradient(output);
        let slots = self.slots();
        let slots = slots.iter().map(|(name, ty)| match self.body {
            // Without a body there is nothing to change.
            Body::Required => quote!(#name: #ty),
            _ => slot_pattern(name, ty),
        });
        let value = &self.graph[self.joint.value].ident;
        let generics = self.signature.hidden_generics(self.recursive);
        let (generics, _, clause) = generics.split_for_impl();
        let closures = self.signature.plain_closures(&forward);
        let allowances = Self::allowances();
        let copies = self.copies(|_| true);
        let lengths = self.lengths();
        let (inline, body) = (
            self.inline(),
            self.block(quote!(#closures #copies #lengths #forward #reverse #value)),
        );
        quote! {
            #(#attributes)*
            #[doc(hidden)]
            #inline
            #allowances
            #visibility fn #name #generics(#(#inputs,)* #seed: #seed_type, #(#slots),*) -> #output
            #clause
            #body
        }
    }

    /// The body of a hidden companion.
    pub(super) fn block(&self, derivative: TokenStream) -> TokenStream {
        match self.body {
            Body::Derivative => quote!({ #derivative }),
            Body::Required => quote!(;),
            Body::Stub => quote!({ ::core::panic!("the function has errors") }),
        }
    }

    /// A hint that a method without a body cannot have.
    pub(super) fn inline(&self) -> Option<TokenStream> {
        (self.body != Body::Required).then(|| quote!(#[inline]))
    }

    /// Checks that buffers have the lengths of their parameters, once: where an element of the
    /// parameter is, there is one of the buffer.
    fn lengths(&self) -> TokenStream {
        let runtime = &self.signature.runtime;
        let parameters = self.signature.parameters.iter().zip(&self.joint.slots);
        let checks = parameters.filter_map(|(parameter, slot)| {
            let slot = &self.graph[(*slot)?];
            let listed = matches!(
                Kind::of(&parameter.ty).peeled(),
                Kind::Indexed(_, Container::Slice | Container::Vec)
            );
            let (name, buffer) = (&parameter.name, &slot.ident);
            let optional = slot.role == Role::Slot && listed && parameter.receiver.is_none();
            optional.then(|| {
                quote! {
                    if let ::core::option::Option::Some(#buffer) = &#buffer {
                        #runtime::same_length(#buffer.len(), #name.len());
                    }
                }
            })
        });
        checks.collect()
    }

    /// Gives the parameters whose names are taken over a second one.
    pub(super) fn copies(&self, of: impl Fn(Passing) -> bool) -> TokenStream {
        let pairs = self.signature.parameters.iter().zip(&self.joint.renamed);
        let copy = |(parameter, renamed): (&Parameter, &Option<VarId>)| {
            let (copy, name) = (&self.graph[(*renamed)?].ident, &parameter.name);
            if parameter.closure.is_some() {
                return None;
            }
            Some(match parameter.passing() {
                passing if !of(passing) => return None,
                Passing::Shared => quote!(let #copy = &*#name;),
                _ => quote!(let #copy = ::core::clone::Clone::clone(&#name);),
            })
        };
        pairs.filter_map(copy).collect()
    }

    pub(super) fn seed(&self) -> TokenStream {
        let seed = &self.graph[self.joint.seed];
        let (mutable, name) = (seed.mutable.then(|| quote!(mut)), &seed.ident);
        quote!(#mutable #name)
    }

    fn derivative(&self, name: &Ident) -> TokenStream {
        let Signature { visibility, attributes, output, .. } = &self.signature;
        let this = Ident::new("this", Span::mixed_site());
        let lent = self.signature.parameters.iter().any(|parameter| {
            parameter.receiver.is_some()
                && parameter.passing() == Passing::Shared
                && !parameter.erased
        });
        let receiver = lent.then(|| this.clone());
        let needed = self.needed();
        let (forward, reverse) = (self.forward(&needed), self.reverse(&needed, true, receiver));
        let inputs = self.signature.inputs(true);
        let seed = self.seed();
        let seed_type = self.signature.gradient(output);
        let slots = self.slots();
        let mut types = Vec::new();
        let mut patterns = Vec::new();
        for (index, (parameter, (slot, slot_type))) in
            self.signature.parameters.iter().zip(&slots).enumerate()
        {
            let again = self.signature.again(parameter);
            let own = if parameter.receiver.is_some() { &this } else { &parameter.name };
            let pattern = self.again_pattern(index, own);
            patterns.push(quote!(#pattern: #again));
            patterns.push(slot_pattern(slot, slot_type));
            types.push(again);
            types.push(slot_type.clone());
        }
        let closure = quote!(move |#seed: #seed_type, #(#patterns),*| { #reverse });
        let site = Span::mixed_site();
        let (pullback_type, closure) = if self.recursive {
            (
                quote!(::std::boxed::Box<dyn ::core::ops::FnOnce(#seed_type, #(#types),*)>),
                quote!(::std::boxed::Box::new(#closure)),
            )
        } else {
            let keyword = quote_spanned!(site=> impl);
            let captured = self.home.is_trait().then(|| {
                let captured =
                    self.signature.captured(std::iter::empty(), self.home == Home::Trait);
                quote!(+ #captured)
            });
            (quote!(#keyword ::core::ops::FnOnce(#seed_type, #(#types),*) #captured), closure)
        };
        let value = &self.graph[self.joint.value];
        let name_of_value = &value.ident;
        let shared = needed.contains(&self.joint.value) && !value.kind.is_scalar();
        let result = if shared {
            quote!(::core::clone::Clone::clone(&#name_of_value))
        } else {
            quote!(#name_of_value)
        };
        let generics = self.signature.hidden_generics(self.recursive);
        let (generics, _, clause) = generics.split_for_impl();
        let closures = self.signature.plain_closures(&forward);
        let (allowances, mention) = (Self::allowances(), self.mention());
        // What belongs to the function is the pullback's own, under whatever name.
        let copies = self.copies(|passing| passing == Passing::Owned);
        let body = quote!(#mention #closures #copies #forward (#result, #closure));
        let (inline, body) = (self.inline(), self.block(body));
        quote! {
            #(#attributes)*
            #[doc(hidden)]
            #inline
            #allowances
            #visibility fn #name #generics(#(#inputs),*) -> (#output, #pullback_type)
            #clause
            #body
        }
    }

    /// The pattern by which a pullback gets a parameter again.
    pub(super) fn again_pattern(&self, index: usize, name: &Ident) -> TokenStream {
        let parameter = &self.signature.parameters[index];
        let renamed = self.joint.renamed[index].map(|var| &self.graph[var].ident);
        let name = renamed.unwrap_or(name);
        let taken_over = renamed.is_none() && self.shadowed[index];
        match parameter.passing() {
            _ if parameter.closure.is_some() => {
                closures::parts(&parameter.name).1.to_token_stream()
            }
            // The pullback has what the function made of it, or nothing reads it.
            _ if self.written[index] || taken_over => quote!(_),
            Passing::Copied => quote!(&#name),
            Passing::Shared if parameter.erased => quote!(_),
            Passing::Shared => quote!(#name),
            Passing::Owned | Passing::Exclusive => quote!(_),
        }
    }

    /// The generated source of the derivative, for the documentation.
    pub(super) fn source(&self) -> TokenStream {
        let needed = self.needed();
        let (forward, reverse) = (self.forward(&needed), self.reverse(&needed, false, None));
        let value = &self.graph[self.joint.value].ident;
        quote!(#forward #reverse #value)
    }
}

fn slot_pattern(name: &Ident, ty: &TokenStream) -> TokenStream {
    if name == "_" {
        quote!(_: #ty)
    } else {
        quote!(mut #name: #ty)
    }
}

/// What the reverse of blocks that run again takes from them.
fn collect_replayed(region: &Region, needed: &mut Vars) {
    for node in &region.nodes {
        match &node.op {
            NodeOp::Replay(inner) => {
                inner.reverse.reads(needed);
                collect_residuals(&inner.forward, needed);
                collect_replayed(&inner.reverse, needed);
            }
            NodeOp::If(inner) => {
                collect_replayed(&inner.then, needed);
                collect_replayed(&inner.otherwise, needed);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter().for_each(|arm| collect_replayed(&arm.body, needed));
            }
            NodeOp::Loop(inner) => collect_replayed(&inner.body, needed),
            _ => {}
        }
    }
}

fn collect_residuals(region: &Region, needed: &mut Vars) {
    needed.extend(&region.residuals);
    for node in &region.nodes {
        if node.early {
            node.reads(needed);
        }
        match &node.op {
            NodeOp::If(inner) => {
                collect_residuals(&inner.then, needed);
                collect_residuals(&inner.otherwise, needed);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter().for_each(|arm| collect_residuals(&arm.body, needed));
            }
            NodeOp::Loop(inner) => collect_residuals(&inner.body, needed),
            _ => {}
        }
    }
}

/// Companions that do nothing, beside an error: callers are checked against the right signatures
/// and do not add errors of their own.
pub(crate) fn stubs(signature: &Signature, order: &[usize], jvp: bool) -> TokenStream {
    let Signature { visibility, attributes, output, name, .. } = signature;
    let inputs = signature.declared();
    let gradients = signature.gradients(order);
    let (generics, _, clause) = signature.generics.split_for_impl();
    let grad = format_ident!("{name}_grad");
    let grad_add = format_ident!("{name}_grad_add");
    let buffers = order.iter().map(|index| {
        let parameter = &signature.parameters[*index];
        let (d, ty) = (&parameter.gradient, signature.buffer(&parameter.ty));
        quote!(#d: &mut #ty)
    });
    let allowances = Function::allowances();
    let result = match Fallible::read(output) {
        Some(fallible) => {
            let held = &fallible.held;
            fallible.with(&quote!((#held, #gradients)))
        }
        None => quote!((#output, #gradients)),
    };
    let jvp = jvp.then(|| super::forward::stub(signature, order));
    quote! {
        #jvp
        #(#attributes)*
        #allowances
        #visibility fn #grad #generics(#(#inputs),*) -> #result #clause {
            ::core::panic!("the function has errors")
        }
        #(#attributes)*
        #allowances
        #visibility fn #grad_add #generics(#(#inputs,)* #(#buffers),*) -> #output #clause {
            ::core::panic!("the function has errors")
        }
    }
}

/// The companions of a trait's method that has no body, or of a function that has errors: their
/// signatures are those that callers and implementations need.
pub(crate) fn bare(
    mut signature: Signature,
    order: &[usize],
    wrt: Vec<String>,
    home: Home,
    body: Body,
    jvp: bool,
) -> TokenStream {
    let mut graph = Graph::default();
    for parameter in &signature.parameters {
        graph.names.reserve(parameter.name.to_token_stream());
    }
    let restricted = signature.is_restricted();
    if home == Home::Trait {
        signature.restrict();
    }
    let slot = |graph: &mut Graph, parameter: &Parameter| {
        let name = format!("d_{}", parameter.name.to_string().trim_start_matches("r#"));
        graph.fresh(&name, Kind::Unknown, Role::Adjoint)
    };
    let slots: Vec<Option<VarId>> = signature
        .parameters
        .iter()
        .map(|p| (p.role != ParameterRole::Inert).then(|| slot(&mut graph, p)))
        .collect();
    let forward = Forward {
        body: Region::default(),
        value: graph.fresh("value", Kind::Unknown, Role::Temporary),
        tangent: graph.fresh("tangent", Kind::Unknown, Role::Adjoint),
        parameters: slots.clone(),
    };
    let joint = Joint {
        forward: Region::default(),
        reverse: Region::default(),
        again: 0,
        renamed: vec![None; signature.parameters.len()],
        tapes: Vec::new(),
        value: graph.fresh("value", Kind::Unknown, Role::Temporary),
        seed: graph.fresh("d_value", Kind::Unknown, Role::Adjoint),
        slots,
        early: false,
    };
    let count = signature.parameters.len();
    let function = Function {
        documentation: docs::Notes { name: signature.name.to_string(), wrt, explain: false },
        signature,
        graph: &graph,
        joint: &joint,
        seeded: None,
        forward: jvp.then_some((&graph, &forward)),
        order: order.to_vec(),
        associated: true,
        written: vec![true; count],
        shadowed: vec![false; count],
        recursive: !restricted,
        home,
        body,
    };
    function.tokens()
}

/// Whether a region calls the function `name`.
pub(crate) fn calls(region: &Region, name: &Ident) -> bool {
    region.nodes.iter().any(|node| match &node.op {
        NodeOp::Call(call) => match &call.callee {
            crate::graph::Callee::Function(path) => {
                path.path.segments.last().is_some_and(|last| last.ident == *name)
            }
            crate::graph::Callee::Method { name: method, .. } => method == name,
            crate::graph::Callee::Parameter(_) => false,
        },
        NodeOp::If(inner) => calls(&inner.then, name) || calls(&inner.otherwise, name),
        NodeOp::Match(inner) => inner.arms.iter().any(|arm| calls(&arm.body, name)),
        NodeOp::Loop(inner) => calls(&inner.body, name),
        _ => false,
    })
}
