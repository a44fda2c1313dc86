//! The derivative of a closure that is passed on: a function of what it captures and of its
//! parameters.

use crate::maps::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, ToTokens};
use syn::{Pat, Stmt, Type};

use super::{Bound, Lifted};
use crate::differentiable::lowered;
use crate::emit::{Body, Function, Home, Notes, Signature};
use crate::graph::{Argument, Graph};
use crate::kind::{Container, Float, Kind};
use crate::lower;
use crate::parameters::can_carry;
use crate::pass::optimizations::Optimizations;
use crate::pass::reverse::{self, ParameterRole};

/// What holds for a whole function.
pub(crate) struct Context {
    /// The path to the runtime.
    pub(crate) runtime: TokenStream,
    /// The type parameters that stand for numbers.
    pub(crate) numbers: Vec<Ident>,
    pub(crate) optimizations: Optimizations,
    /// What the attribute of a function inside the function says.
    pub(crate) attribute: TokenStream,
    /// Whether the pullback is not given the receiver again, as through a trait.
    pub(crate) erased: bool,
}

/// The body of a closure as a block.
pub(super) fn block_of(body: &syn::Expr) -> syn::Block {
    match body {
        syn::Expr::Block(block) if block.label.is_none() && block.attrs.is_empty() => {
            block.block.clone()
        }
        other => syn::Block {
            brace_token: syn::token::Brace::default(),
            stmts: vec![Stmt::Expr(other.clone(), None)],
        },
    }
}

/// The derivative of a closure that holds references to what it captures, none of which carries
/// derivatives.
pub(super) fn standalone(
    lifted: &Lifted,
    captured: usize,
    context: &Context,
    inline: &HashSet<String>,
) -> syn::Result<TokenStream> {
    let inputs = lifted
        .captures
        .iter()
        .map(|capture| (capture.name.clone(), TokenStream::new(), syn::parse_quote!(&_)))
        .collect();
    let body = lifted.body(|_| false);
    derived(lifted, (inputs, vec![false; captured], body), context, inline, |function| {
        function.standalone_closure(captured)
    })
}

/// The derivative of a closure, as a closure without captures: see `closures.rs` of the runtime.
/// `captured` are the values that it captures where it is passed.
pub(crate) fn derivative(
    lifted: &Lifted,
    captured: &[Argument],
    graph: &Graph,
    context: &Context,
    inline: &HashSet<String>,
) -> syn::Result<TokenStream> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut varied = Vec::new();
    for (capture, argument) in lifted.captures.iter().zip(captured) {
        let ty = match &capture.closure {
            Some(bound) => called(bound),
            None => {
                let target = type_of(argument.value.kind(graph).peeled());
                let mutable = capture.exclusive.then(|| quote!(mut));
                syn::parse_quote!(&#mutable #target)
            }
        };
        // What the caller has no adjoint of is none of the closure's results.
        let inert = capture.exclusive && !argument.active;
        let marked = if inert { super::inert_mark() } else { TokenStream::new() };
        inputs.push((capture.name.clone(), marked, ty));
        varied.push(argument.active);
    }
    let block = lifted.body(|index| matches!(captured[index].value, crate::graph::Expr::Place(_)));
    derived(lifted, (inputs, varied, block), context, inline, |function| {
        function.closure(lifted.captures.len())
    })
}

/// A parameter: its name, what stands before it, and its type.
type Input = (Ident, TokenStream, Type);

/// The derivative of a closure as a function of what it captures and of its parameters. The
/// former are given, with whether derivatives come of them, and the body that is written for them.
fn derived(
    lifted: &Lifted,
    (mut inputs, mut varied, mut block): (Vec<Input>, Vec<bool>, syn::Block),
    context: &Context,
    inline: &HashSet<String>,
    emit: impl FnOnce(&Function<'_>) -> TokenStream,
) -> syn::Result<TokenStream> {
    let mut names = crate::names::Namer::default();
    names.reserve(lifted.body.to_token_stream());
    let mut lets: Vec<Stmt> = Vec::new();
    for (pattern, ty) in lifted.inputs.iter().zip(&lifted.types) {
        let ty = ty.clone().unwrap_or_else(|| syn::parse_quote!(_));
        varied.push(!Kind::of(&ty).is_discrete() && can_carry(&ty, &syn::Generics::default()));
        let (name, mutable) = match pattern {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                (name.ident.clone(), name.mutability.to_token_stream())
            }
            other => {
                let name = names.fresh("argument");
                lets.push(syn::parse_quote!(let #other = #name;));
                (name, TokenStream::new())
            }
        };
        inputs.push((name, mutable, ty));
    }
    block.stmts.splice(0..0, lets);
    let parameters = inputs.iter().map(|(name, mutable, ty)| quote!(#mutable #name: #ty));
    let output = match &lifted.output {
        Some(ty) if !is_unit(ty) => quote!(-> #ty),
        Some(_) => quote!(),
        None => quote!(-> _),
    };
    let function: syn::ImplItemFn =
        syn::parse2(quote!(fn closure(#(#parameters),*) #output #block))?;
    let (function, mut graph, mut body) = lowered(&function, &varied, inline, context)?;
    let signature = &function.sig;
    if matches!(signature.output, syn::ReturnType::Default) {
        body.body.result = Some(lower::unit());
    }
    if body.body.result.is_none() {
        return Err(crate::diagnostics::closure_without_value(lifted.span));
    }
    let mut companion = Signature::new(
        &syn::Visibility::Inherited,
        signature,
        &[],
        &varied,
        context.runtime.clone(),
    );
    let roles: Vec<ParameterRole> = body
        .parameters
        .iter()
        .zip(&varied)
        .zip(&companion.parameters)
        .map(|((var, varied), parameter)| match (&graph[*var].kind, varied) {
            _ if parameter.is_exclusive_closure() => ParameterRole::InOut,
            (Kind::RefMut(_), _) if graph[*var].active => ParameterRole::InOut,
            (_, true) => ParameterRole::Wrt,
            (_, false) => ParameterRole::Inert,
        })
        .collect();
    companion.numbers.clone_from(&context.numbers);
    companion.assign(&roles);
    let mut written = vec![false; body.parameters.len()];
    crate::graph::writes(&body.body, &mut |var, _| {
        if let Some(index) = body.parameters.iter().position(|parameter| *parameter == var) {
            written[index] = true;
        }
    });
    let shadowed = body.parameters.iter().map(|var| graph[*var].shadowed).collect();
    graph.optimizations = context.optimizations;
    reverse::infer(&mut graph, &mut body.body, &Kind::of(&companion.output));
    reverse::prepare(&mut graph, &mut body.body);
    let joint = reverse::reverse(&mut graph, body.body, &body.parameters, &roles, &[], false);
    if std::env::var("BACKPROP_DEBUG").is_ok_and(|name| name == "closure") {
        eprintln!("{}", graph.display(&joint));
    }
    let function = Function {
        signature: companion,
        graph: &graph,
        joint: &joint,
        seeded: None,
        forward: None,
        order: Vec::new(),
        associated: false,
        written,
        shadowed,
        recursive: false,
        home: Home::Unknown,
        body: Body::Derivative,
        documentation: Notes { name: String::new(), wrt: Vec::new(), explain: false },
    };
    Ok(emit(&function))
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// The type of a parameter that is called.
fn called(bound: &Bound) -> Type {
    let Bound { inputs, output, exclusive, .. } = bound;
    if *exclusive {
        syn::parse_quote!(impl FnMut(#(#inputs),*) -> #output)
    } else {
        syn::parse_quote!(impl Fn(#(#inputs),*) -> #output)
    }
}

/// A type of this kind, with `_` for what is not known of it.
fn type_of(kind: &Kind) -> Type {
    match kind {
        Kind::Scalar(Float::F64) => syn::parse_quote!(f64),
        Kind::Scalar(Float::F32) => syn::parse_quote!(f32),
        Kind::Indexed(element, container) => {
            let element = type_of(element);
            match container {
                Container::Slice => syn::parse_quote!([#element]),
                Container::Vec => syn::parse_quote!(Vec<#element>),
                Container::Array(length) => match syn::parse_str::<syn::Expr>(length) {
                    Ok(length) => syn::parse_quote!([#element; #length]),
                    Err(_) => syn::parse_quote!(_),
                },
            }
        }
        Kind::Tuple(parts) => {
            let parts = parts.iter().map(type_of);
            syn::parse_quote!((#(#parts,)*))
        }
        Kind::Record(record) => {
            syn::parse_str(&record.name).unwrap_or_else(|_| syn::parse_quote!(_))
        }
        Kind::Option(held) => {
            let held = type_of(held);
            syn::parse_quote!(Option<#held>)
        }
        Kind::Ref(target) => {
            let target = type_of(target);
            syn::parse_quote!(&#target)
        }
        _ => syn::parse_quote!(_),
    }
}
