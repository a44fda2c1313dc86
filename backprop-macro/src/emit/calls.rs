//! Calls of differentiable functions, of their pullbacks and of their tangents.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::expr::Level;
use super::region::Emitter;
use crate::graph::{Call, Callee, Expr, Node, Passing, Place, Pulled, Role};
use crate::kind::{Container, Kind};
use crate::parameters::is_closure;
use crate::surroundings;

impl Emitter<'_> {
    /// Emits what adds to a slot, given an expression for `&mut slot`.
    pub(super) fn with_slot(
        &self,
        slot: &Place,
        add: impl FnOnce(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let place = self.spelling.place_mut(slot);
        if self.spelling.graph[slot.root].role != Role::Slot {
            return add(quote!(&mut #place));
        }
        let name = self.name(slot.root);
        let statement = add(if slot.is_whole() { quote!(#name) } else { quote!(&mut #place) });
        quote! {
            if let ::core::option::Option::Some(#name) = #name.as_deref_mut() {
                #statement
            }
        }
    }

    fn pulled(&self, argument: &Pulled) -> TokenStream {
        let again = match argument.passing {
            Passing::Environment { .. } => self.environment(argument),
            _ => self.expr(&argument.again),
        };
        let slot = self.slot(argument);
        quote!(#again, #slot)
    }

    /// What a companion gets for the adjoint of an argument.
    pub(super) fn slot(&self, argument: &Pulled) -> TokenStream {
        let runtime = &self.spelling.runtime;
        let Some(slot) = &argument.slot else {
            return quote!(#runtime::NoAdjoint::no_adjoint());
        };
        let place = self.spelling.place_mut(slot);
        let span = argument.span.resolved_at(proc_macro2::Span::mixed_site());
        match argument.passing {
            Passing::Exclusive => return quote_spanned!(span=> &mut #place),
            Passing::Environment { .. } => {
                let name = self.name(slot.root);
                return quote!(#name.reborrow());
            }
            Passing::Receiver { mutable: true, .. } => {
                return quote_spanned!(span=> #runtime::slot(&mut #place));
            }
            _ => {}
        }
        if self.spelling.graph[slot.root].role != Role::Slot {
            // A parameter outside the callee's `wrt` is a type error at the user's argument.
            return quote_spanned!(span=> ::core::option::Option::Some(&mut #place));
        }
        let name = self.name(slot.root);
        // `&mut *` lets a `Vec` be passed for a slice.
        let place = if slot.is_whole() { quote!(*#name) } else { place };
        quote! {
            match #name.as_deref_mut() {
                ::core::option::Option::Some(#name) => ::core::option::Option::Some(&mut #place),
                ::core::option::Option::None => ::core::option::Option::None,
            }
        }
    }

    /// The slot of a captured value: of a slice's, a slice, whatever its adjoint is held in.
    fn captured_slot(&self, argument: &Pulled) -> TokenStream {
        let graph = self.spelling.graph;
        let is_slice = |kind: Kind| matches!(kind.peeled(), Kind::Indexed(_, Container::Slice));
        match &argument.slot {
            Some(slot)
                if graph[slot.root].role != Role::Slot
                    && (is_slice(slot.kind(graph)) || is_slice(argument.again.kind(graph))) =>
            {
                let place = self.spelling.place_mut(slot);
                match argument.passing {
                    Passing::Exclusive => quote!(&mut (#place)[..]),
                    _ => quote!(::core::option::Option::Some(&mut #place[..])),
                }
            }
            _ => self.slot(argument),
        }
    }

    /// The arguments of a pullback, in pairs.
    pub(super) fn all_pulled(&self, arguments: &[Pulled]) -> Vec<TokenStream> {
        let runtime = &self.spelling.runtime;
        let mut pairs = Vec::new();
        let mut rest = arguments;
        while let [argument, others @ ..] = rest {
            rest = others;
            let Passing::Closure(count) = argument.passing else {
                pairs.push(self.pulled(argument));
                continue;
            };
            let (captured, others) = rest.split_at(count);
            rest = others;
            let (mut values, mut slots) = (quote!(()), quote!(()));
            for argument in captured {
                let value = match argument.passing {
                    Passing::Environment { .. } => self.environment(argument),
                    Passing::Exclusive => quote!(::core::option::Option::None),
                    _ => self.expr(&argument.again),
                };
                let slot = self.captured_slot(argument);
                values = quote!((#values, #value));
                slots = quote!((#slots, #slot));
            }
            pairs.push(quote!(#runtime::Environment(#values), #runtime::Adjoints(#slots)));
        }
        pairs
    }

    /// The environment of a closure that is a parameter.
    fn environment(&self, argument: &Pulled) -> TokenStream {
        let (_, environment) = self.closure(&argument.again);
        quote!(#environment.shorten())
    }

    /// A parameter that is a closure, by the value that stands for it.
    fn closure(&self, value: &Expr) -> (proc_macro2::Ident, proc_macro2::Ident) {
        let place = value.peeled().place().expect("a closure has a name");
        crate::closures::parts(&self.spelling.graph[place.root].ident)
    }

    pub(super) fn arguments(&self, call: &Call) -> Vec<TokenStream> {
        let runtime = &self.spelling.runtime;
        let mut arguments = Vec::new();
        let method = matches!(call.callee, Callee::Method { .. });
        let mut rest = call.arguments.as_slice();
        while let [argument, others @ ..] = rest {
            rest = others;
            let level = match method && arguments.is_empty() {
                true => Level::Postfix,
                false => Level::Lowest,
            };
            match argument.passing {
                Passing::Environment { .. } => {
                    let (derivative, environment) = self.closure(&argument.value);
                    arguments.push(quote!(#derivative));
                    arguments.push(quote!(#environment.shorten()));
                }
                Passing::Closure(count) => {
                    let (captured, others) = rest.split_at(count);
                    rest = others;
                    let mut environment = quote!(#runtime::environment());
                    for argument in captured {
                        let handed = matches!(argument.passing, Passing::Environment { .. });
                        environment = if handed {
                            let (_, own) = self.closure(&argument.value);
                            quote!(#environment.hand(#own))
                        } else {
                            let value = self.spelling.expr(&argument.value, Level::Lowest);
                            let exclusive = argument.passing == Passing::Exclusive;
                            let add = match (argument.active, exclusive) {
                                (true, true) => "lend_exclusively",
                                (true, false) => "lend",
                                (false, true) => "inert_exclusively",
                                (false, false) => "inert",
                            };
                            let add = proc_macro2::Ident::new(add, argument.span);
                            match exclusive {
                                true => quote!(#environment.#add(&#runtime::Lent::new(#value))),
                                false => quote!(#environment.#add(#value)),
                            }
                        };
                    }
                    arguments.push(self.spelling.expr(&argument.value, level));
                    arguments.push(environment);
                }
                _ => arguments.push(self.spelling.expr(&argument.value, level)),
            }
        }
        arguments
    }

    pub(super) fn call(&mut self, node: &Node, call: &Call) -> TokenStream {
        let result = self.name(call.result);
        let pullback = self.name(call.pullback);
        let mut args = self.arguments(call);
        if let Callee::Parameter(_) = call.callee {
            return self.call_parameter(call, &args);
        }
        let (what, seed) = match (&call.seeded, &call.tangents) {
            (None, None) => ("derivative", TokenStream::new()),
            (_, Some((_, tangents))) => (super::forward::HIDDEN, self.tangents(call, tangents)),
            (Some((adjoint, slots)), None) => {
                let outer = std::mem::replace(&mut self.spelling.reverse, true);
                let adjoint = self.expr(adjoint);
                let slots = self.all_slots(slots);
                self.spelling.reverse = outer;
                ("seeded", quote!(, #adjoint, #(#slots),*))
            }
        };
        let derivative = match &call.callee {
            Callee::Function(path) => {
                let closures = |argument: &crate::graph::Argument| {
                    matches!(argument.passing, Passing::Closure(_) | Passing::Environment { .. })
                };
                let path = match call.arguments.iter().any(closures) {
                    true => &without_closures(path),
                    false => path,
                };
                let path = super::companions::companion_path(path, what, node.span);
                quote!(#path(#(#args),* #seed))
            }
            Callee::Method { name, turbofish } => {
                let method = quote::format_ident!("{}_{}", name, what, span = name.span());
                let receiver = args.remove(0);
                let mut rest = quote!(#(#args),* #seed);
                if args.is_empty() {
                    rest = rest.into_iter().skip(1).collect();
                }
                quote!(#receiver.#method #turbofish(#rest))
            }
            Callee::Parameter(_) => unreachable!("called above"),
        };
        if let Some((tangent, _)) = &call.tangents {
            let mutable = self.spelling.graph[*tangent].mutable.then(|| quote!(mut));
            let tangent = self.name(*tangent);
            return quote!(let (#result, #mutable #tangent) = #derivative;);
        }
        if call.seeded.is_some() {
            return quote!(let #result = #derivative;);
        }
        if self.needed.contains(&call.pullback) {
            quote!(let (#result, #pullback) = #derivative;)
        } else {
            quote!(let (#result, _) = #derivative;)
        }
    }

    /// What a companion gets for the adjoints of all arguments.
    fn all_slots(&self, slots: &[Pulled]) -> Vec<TokenStream> {
        let runtime = &self.spelling.runtime;
        let mut all = Vec::new();
        let mut rest = slots;
        while let [argument, others @ ..] = rest {
            rest = others;
            let Passing::Closure(count) = argument.passing else {
                all.push(self.slot(argument));
                continue;
            };
            let (captured, others) = rest.split_at(count);
            rest = others;
            let mut slots = quote!(());
            for argument in captured {
                let slot = self.captured_slot(argument);
                slots = quote!((#slots, #slot));
            }
            all.push(quote!(#runtime::Adjoints(#slots)));
        }
        all
    }

    /// A call of a closure that is a parameter, reversed at once if it can be.
    fn call_parameter(&mut self, call: &Call, args: &[TokenStream]) -> TokenStream {
        let result = self.name(call.result);
        let pullback = self.name(call.pullback);
        let (derivative, rest) = args.split_first().expect("a closure has an environment");
        let called = quote!(#derivative(#(#rest),*));
        let Some((adjoint, slots)) = &call.seeded else {
            if self.needed.contains(&call.pullback) {
                return quote!(let (#result, #pullback) = #called;);
            }
            return quote!(let (#result, _) = #called;);
        };
        let outer = std::mem::replace(&mut self.spelling.reverse, true);
        let adjoint = self.expr(adjoint);
        let pairs = self.all_pulled(slots);
        self.spelling.reverse = outer;
        quote! {
            let (#result, #pullback) = #called;
            #pullback(#adjoint, #(#pairs),*);
        }
    }

    /// The tangents of a call's arguments.
    fn tangents(&mut self, call: &Call, tangents: &[Option<Place>]) -> TokenStream {
        let outer = std::mem::replace(&mut self.spelling.reverse, true);
        let runtime = &self.spelling.runtime;
        let tangents = call.arguments.iter().zip(tangents).map(|(argument, tangent)| {
            let Some(tangent) = tangent else {
                return quote!(#runtime::NoAdjoint::no_adjoint());
            };
            let span = argument.span.resolved_at(proc_macro2::Span::mixed_site());
            match argument.passing {
                Passing::Exclusive => {
                    let tangent = self.spelling.place_mut(tangent);
                    quote_spanned!(span=> &mut #tangent)
                }
                Passing::Receiver { mutable: true, .. } => {
                    let tangent = self.spelling.place_mut(tangent);
                    quote_spanned!(span=> #runtime::tangent::lend(&mut #tangent))
                }
                _ => {
                    let tangent = self.spelling.place(tangent);
                    quote_spanned!(span=> ::core::option::Option::Some(&#tangent))
                }
            }
        });
        let tangents = quote!(#(, #tangents)*);
        self.spelling.reverse = outer;
        tangents
    }
}

/// A function's path with the generic arguments for its hidden companions, which have other
/// parameters for its closures. Those of a function of another file are left to rustc.
fn without_closures(path: &syn::ExprPath) -> syn::ExprPath {
    let mut path = path.clone();
    let Some(last) = path.path.segments.last_mut() else { return path };
    let syn::PathArguments::AngleBracketed(given) = &last.arguments else { return path };
    let written =
        surroundings::generics(&last.ident.to_string()).and_then(|(generics, closures)| {
            let parameters: Vec<&syn::GenericParam> = generics
                .params
                .iter()
                .filter(|parameter| !matches!(parameter, syn::GenericParam::Lifetime(_)))
                .collect();
            let of_types: Vec<&syn::GenericArgument> = given
                .args
                .iter()
                .filter(|argument| !matches!(argument, syn::GenericArgument::Lifetime(_)))
                .collect();
            if parameters.len() != of_types.len() {
                return None;
            }
            let stays = |parameter: &syn::GenericParam| match parameter {
                syn::GenericParam::Type(ty) => !is_closure(&ty.ident, &generics),
                _ => true,
            };
            let kept = parameters.iter().zip(of_types).filter(|(parameter, _)| stays(parameter));
            let kept: Vec<TokenStream> = kept.map(|(_, argument)| quote!(#argument)).collect();
            // For each, its derivative, the pullback and what it captures.
            let rest = (0..3 * closures).map(|_| quote!(_));
            let all: Vec<TokenStream> = kept.into_iter().chain(rest).collect();
            syn::parse2(quote!(::<#(#all),*>)).ok()
        });
    last.arguments = match written {
        Some(arguments) => syn::PathArguments::AngleBracketed(arguments),
        None => syn::PathArguments::None,
    };
    path
}
