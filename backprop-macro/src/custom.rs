//! Functions whose derivative the user gives: the body is not read.
//!
//! * `#[differentiable(partials(x = …, y = …))]`: one expression per parameter, for a number
//!   computed from numbers. It may use the parameters and `value`, what the function returned.
//! * `#[differentiable(pullback = path)]`: a function `path(parameters…, value, cotangent)` that
//!   returns the gradients in `wrt` order. It is called in the reverse, with the parameters as the
//!   function got them; `value` is a reference unless it is a number.
//!
//! Either becomes a graph of two steps, a call and what the user gave, so that companions and call
//! protocol are those of every other function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned, ToTokens};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::Token;

use crate::diagnostics::{self, Errors};
use crate::emit::{Passing, Signature};
use crate::graph::{Code, Expr, Graph, Node, NodeOp, Op, Place, Region, Role, Var, VarId};
use crate::kind::Kind;
use crate::pass::forward::Forward;
use crate::pass::reverse::Joint;

/// A derivative that the user gives.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    Partials(Vec<Partial>),
    Pullback(syn::ExprPath),
}

/// `x = derivative with respect to x`.
#[derive(Debug, Clone)]
pub(crate) struct Partial {
    pub(crate) parameter: Ident,
    derivative: syn::Expr,
}

impl Parse for Partial {
    fn parse(input: ParseStream<'_>) -> syn::Result<Partial> {
        let parameter = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Partial { parameter, derivative: input.parse()? })
    }
}

/// The arguments of `partials(..)`.
pub(crate) fn parse_partials(input: ParseStream<'_>, name: &Ident) -> syn::Result<Rule> {
    let list;
    syn::parenthesized!(list in input);
    let partials: Vec<Partial> =
        Punctuated::<Partial, Token![,]>::parse_terminated(&list)?.into_iter().collect();
    if partials.is_empty() {
        return Err(syn::Error::new(
            name.span(),
            "`partials()` names no parameter; write `partials(x = ..)`, with the derivative with \
             respect to `x` in terms of the parameters and of `value`",
        ));
    }
    Ok(Rule::Partials(partials))
}

/// Refuses what a rule cannot be given for.
pub(crate) fn validate(rule: &Rule, signature: &Signature) -> syn::Result<()> {
    let mut errors = Errors::default();
    for parameter in &signature.parameters {
        if parameter.passing() == Passing::Exclusive {
            errors.push(diagnostics::rule_of_in_out(&parameter.name));
        }
    }
    if let Rule::Partials(partials) = rule {
        let is_number = |ty: &syn::Type| {
            Kind::of(ty).is_scalar() && !matches!(ty, syn::Type::Reference(_))
                || signature.numbers.iter().any(|name| is_parameter(ty, name))
        };
        if !is_number(&signature.output) {
            errors.push(diagnostics::partials_of_aggregate(&signature.output, "returns"));
        }
        for partial in partials {
            let parameter =
                signature.parameters.iter().find(|other| other.name == partial.parameter);
            if let Some(parameter) = parameter.filter(|parameter| !is_number(&parameter.ty)) {
                errors.push(diagnostics::partials_of_aggregate(&parameter.ty, "takes"));
            }
        }
        for parameter in signature.parameters.iter().filter(|parameter| parameter.name == "value") {
            errors.push(diagnostics::parameter_named_value(&parameter.name));
        }
    }
    errors.into_result()
}

fn is_parameter(ty: &syn::Type, name: &Ident) -> bool {
    matches!(ty, syn::Type::Path(path) if path.path.is_ident(name))
}

/// The derivative of a function by its rule.
pub(crate) fn joint(
    graph: &mut Graph,
    rule: &Rule,
    signature: &Signature,
    order: &[usize],
    associated: bool,
) -> Joint {
    let parameters: Vec<VarId> = signature
        .parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| {
            let kind = Kind::of(&parameter.ty);
            named(graph, parameter.name.clone(), kind, Role::Parameter(index))
        })
        .collect();
    let mut forward = Region::default();
    // What the call takes away is copied for the rule.
    let mut copies = Vec::new();
    for (parameter, var) in signature.parameters.iter().zip(&parameters) {
        copies.push(if parameter.passing() == Passing::Owned {
            let kept = graph.fresh(&format!("kept_{}", parameter.name), Kind::Unknown, Role::Kept);
            let value = Expr::apply(Op::Clone, vec![Expr::var(*var)], Span::mixed_site());
            forward.nodes.push(node(NodeOp::Let { var: kept, value }));
            kept
        } else {
            *var
        });
    }
    let kind = Kind::of(&signature.output);
    let ident = match rule {
        // The user's expressions name it.
        Rule::Partials(_) => Ident::new("value", Span::call_site()),
        Rule::Pullback(_) => graph.names.fresh("value"),
    };
    let value = named(graph, ident, kind.peeled().clone(), Role::User);
    let arguments = signature.parameters.iter().map(|parameter| &parameter.name);
    let original = signature.original(associated);
    let result = code(quote!(#original(#(#arguments),*)), parameters.clone());
    forward.nodes.push(node(NodeOp::Let { var: value, value: result }));

    let seed = graph.fresh("d_value", kind.peeled().clone(), Role::Adjoint);
    let slots: Vec<Option<VarId>> = signature
        .parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| {
            order.contains(&index).then(|| {
                let name = parameter.name.to_string();
                let slot = graph.fresh(&format!("d_{name}"), Kind::Unknown, Role::Slot);
                graph[slot].mutable = true;
                slot
            })
        })
        .collect();
    let mut reverse = Region::default();
    match rule {
        Rule::Partials(partials) => {
            for (index, partial) in order.iter().zip(partials) {
                let slot = slots[*index].expect("a parameter of `wrt` has a slot");
                let derivative = &partial.derivative;
                let reads = parameters.iter().copied().chain([value]).collect();
                let span = syn::spanned::Spanned::span(derivative);
                let derivative = code(quote_spanned!(span=> (#derivative)), reads);
                let share = Expr::runtime("partial::chain", vec![Expr::var(seed), derivative]);
                reverse.nodes.push(node(NodeOp::Give { slot, value: share, scalar: true }));
            }
        }
        Rule::Pullback(path) => {
            let number = kind.is_scalar()
                || signature.numbers.iter().any(|name| is_parameter(&signature.output, name));
            let arguments: Vec<TokenStream> =
                copies.iter().map(|var| graph[*var].ident.to_token_stream()).collect();
            let (seed_name, value_name) = (graph[seed].ident.clone(), graph[value].ident.clone());
            let by_reference = (!number).then(|| quote!(&));
            let call = quote!(#path(#(#arguments,)* #by_reference #value_name, #seed_name));
            let reads = copies.iter().copied().chain([value, seed]).collect();
            let gradients = graph.fresh("gradients", Kind::Unknown, Role::Adjoint);
            let given = code(call, reads);
            // The gradients have the types that the companions have.
            let ty: syn::Type = syn::parse2(signature.gradients(order)).expect("a type");
            let given = Expr::apply(Op::Typed(Box::new(ty)), vec![given], Span::mixed_site());
            reverse.nodes.push(node(NodeOp::Let { var: gradients, value: given }));
            for (position, index) in order.iter().enumerate() {
                let slot = slots[*index].expect("a parameter of `wrt` has a slot");
                let place = match order.len() {
                    1 => Place::var(gradients),
                    _ => Place::var(gradients)
                        .with([crate::graph::Step::Field(syn::Member::Unnamed(position.into()))]),
                };
                let give = NodeOp::Give { slot, value: Expr::Place(place), scalar: false };
                reverse.nodes.push(node(give));
            }
        }
    }
    Joint {
        forward,
        reverse,
        again: 0,
        renamed: vec![None; parameters.len()],
        tapes: Vec::new(),
        value,
        seed,
        slots,
        early: false,
    }
}

/// A function with partial derivatives, with its tangent. A pullback does not tell it.
pub(crate) fn forward(
    graph: &mut Graph,
    (rule, option): (&Rule, &Ident),
    signature: &Signature,
    order: &[usize],
    associated: bool,
) -> syn::Result<Forward> {
    let Rule::Partials(partials) = rule else {
        return Err(diagnostics::pullback_with_jvp(option));
    };
    let mut parameters = Vec::new();
    let mut tangents = Vec::new();
    for (index, parameter) in signature.parameters.iter().enumerate() {
        let kind = Kind::of(&parameter.ty);
        let role = Role::Parameter(index);
        parameters.push(named(graph, parameter.name.clone(), kind.clone(), role));
        tangents.push(order.contains(&index).then(|| {
            let name = format!("t_{}", parameter.name.to_string().trim_start_matches("r#"));
            graph.fresh(&name, kind, Role::User)
        }));
    }
    let kind = Kind::of(&signature.output).peeled().clone();
    // The user's expressions name it.
    let ident = Ident::new("value", Span::call_site());
    let value = named(graph, ident, kind.clone(), Role::User);
    let arguments = signature.parameters.iter().map(|parameter| &parameter.name);
    let original = signature.original(associated);
    let result = code(quote!(#original(#(#arguments),*)), parameters.clone());
    let mut body = Region::default();
    body.nodes.push(node(NodeOp::Let { var: value, value: result }));
    let terms = order.iter().zip(partials).map(|(index, partial)| {
        let tangent = tangents[*index].expect("a parameter of `wrt` has a tangent");
        let derivative = &partial.derivative;
        let reads = parameters.iter().copied().chain([value]).collect();
        let span = syn::spanned::Spanned::span(derivative);
        let derivative = code(quote_spanned!(span=> (#derivative)), reads);
        Expr::runtime("partial::chain", vec![Expr::var(tangent), derivative])
    });
    let sum = terms.reduce(Expr::add).expect("a rule names a parameter");
    let tangent = graph.fresh("tangent", kind, Role::Adjoint);
    body.nodes.push(node(NodeOp::Let { var: tangent, value: sum }));
    Ok(Forward { body, value, tangent, parameters: tangents })
}

fn named(graph: &mut Graph, ident: Ident, kind: Kind, role: Role) -> VarId {
    graph.add(Var {
        ident,
        kind,
        role,
        mutable: false,
        active: true,
        alias: None,
        shadowed: false,
        moved: false,
    })
}

fn node(op: NodeOp) -> Node {
    Node::new(op, Span::mixed_site())
}

/// Tokens that are written as they are; never computed twice.
fn code(tokens: TokenStream, reads: Vec<VarId>) -> Expr {
    Expr::Code(Code { tokens, reads, kind: Kind::Unknown, repeatable: false })
}
