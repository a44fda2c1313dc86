//! Regions as statements.

use std::collections::HashMap;

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::at;
use super::expr::{runtime_path, Level, Spelling};
use crate::graph::{
    Call, Callee, Expr, Header, If, Loop, Match, Node, NodeOp, Op, Passing, Place, Pulled, Region,
    Replay, Role, VarId, Vars,
};
use crate::kind::{Container, Float, Kind};
use crate::rules::{Edit, Forward};

/// Emits one part, forward or reverse, of a derivative.
pub(super) struct Emitter<'g> {
    pub(super) spelling: Spelling<'g>,
    /// Variables that the reverse part reads or that are handed over to it.
    pub(super) needed: &'g Vars,
    /// How often the forward part reads each variable.
    pub(super) uses: HashMap<VarId, usize>,
}

impl Emitter<'_> {
    pub(super) fn region(&mut self, region: &Region) -> TokenStream {
        self.nodes(&region.nodes)
    }

    pub(super) fn nodes(&mut self, nodes: &[Node]) -> TokenStream {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn name(&self, var: VarId) -> TokenStream {
        self.spelling.name(var)
    }

    fn expr(&self, expr: &Expr) -> TokenStream {
        self.spelling.expr(expr, Level::Lowest)
    }

    fn names<'v>(&self, vars: impl IntoIterator<Item = &'v VarId>) -> TokenStream {
        let names = vars.into_iter().map(|var| self.name(*var));
        quote!((#(#names,)*))
    }

    /// A pattern that takes residuals apart.
    fn residuals(&self, vars: &[VarId]) -> TokenStream {
        let names = vars.iter().map(|var| {
            let mutable = self.spelling.graph[*var].mutable.then(|| quote!(mut));
            let name = self.name(*var);
            quote!(#mutable #name)
        });
        quote!((#(#names,)*))
    }

    fn node(&mut self, node: &Node) -> TokenStream {
        if node.early && !self.spelling.reverse {
            self.spelling.reverse = true;
            let tokens = self.node(node);
            self.spelling.reverse = false;
            return tokens;
        }
        let runtime = self.spelling.runtime.clone();
        match &node.op {
            NodeOp::Let { var, value } => self.binding(*var, value),
            NodeOp::Declare { var, ty } => {
                let name = self.name(*var);
                let mutable = self.spelling.graph[*var].mutable.then(|| quote!(mut));
                let ty = ty.as_ref().map(|ty| quote!(: #ty));
                quote!(let #mutable #name #ty;)
            }
            // The arm's pattern binds the names.
            NodeOp::Bind { pattern, .. } if pattern.is_empty() => TokenStream::new(),
            NodeOp::Bind { pattern, value, .. } => {
                let value = self.expr(value);
                quote!(let #pattern = #value;)
            }
            NodeOp::Store { place, op, value } => self.store(node, place, op.as_ref(), value),
            NodeOp::Code { tokens, .. } => self.spelling.code(tokens),
            NodeOp::Edit { edit, place, operands, result, note } => {
                self.edit(edit, place, operands, *result, *note)
            }
            NodeOp::Swap { first, second } => self.swap(first, second),
            NodeOp::Unedit { function, var, place, operands } => {
                let (name, place) = (self.name(*var), self.spelling.place_mut(place));
                let path = runtime_path(function);
                let operands = operands.iter().map(|operand| self.expr(operand));
                let span = node.span;
                let call = quote_spanned!(span=> #runtime::adjoint::#path);
                quote!(let #name = #call(&mut #place, #(#operands),*);)
            }
            NodeOp::Call(call) => self.call(node, call),
            NodeOp::If(inner) if inner.reverse => self.reverse_if(inner),
            NodeOp::If(inner) => self.forward_if(inner),
            NodeOp::Match(inner) if inner.reverse => self.reverse_match(inner),
            NodeOp::Match(inner) => self.forward_match(inner, node.span),
            NodeOp::Loop(inner) => self.repeat(inner),
            NodeOp::Replay(inner) => self.replay(inner),
            NodeOp::Zero { var, like } => {
                let name = self.name(*var);
                match self.spelling.graph[*var].kind {
                    Kind::Scalar(Float::F64) => quote!(let mut #name = 0.0_f64;),
                    Kind::Scalar(Float::F32) => quote!(let mut #name = 0.0_f32;),
                    _ => {
                        let like =
                            self.spelling.expr(&Expr::reference(like.clone()), Level::Lowest);
                        let zero = at(quote!(#runtime::zero_like(#like)), node.span);
                        quote!(let mut #name = #zero;)
                    }
                }
            }
            NodeOp::Take { var, place, old } => {
                let name = self.name(*var);
                let mutable = self.spelling.graph[*var].mutable.then(|| quote!(mut));
                let place = self.spelling.place_mut(place);
                match old {
                    Some(old) => {
                        let old = self.name(*old);
                        quote!(let #mutable #name = ::core::mem::replace(&mut #place, #old);)
                    }
                    None if self.spelling.graph[*var].kind.is_scalar() => {
                        quote!(let #mutable #name = ::core::mem::replace(&mut #place, 0.0);)
                    }
                    None => quote!(let #mutable #name = #runtime::take(&mut #place);),
                }
            }
            NodeOp::Rule { function, slot, operands, map } => {
                let path = runtime_path(function);
                let operands: Vec<TokenStream> = operands.iter().map(|e| self.expr(e)).collect();
                let map = map.as_ref().map(|map| {
                    let parameters = &map.parameters;
                    let body = self.expr(&map.body);
                    quote!(, |#(#parameters),*| #body)
                });
                let span = node.span;
                self.with_slot(slot, |slot| {
                    // A missing rule is blamed on the user's operator or method.
                    let module = (!function.contains("::")).then(|| quote!(adjoint::));
                    at(quote!(#runtime::#module #path(#slot, #(#operands),* #map);), span)
                })
            }
            NodeOp::Pull { pullback, adjoint, arguments } => {
                let pullback = self.name(*pullback);
                let adjoint = self.expr(adjoint);
                let arguments = self.all_pulled(arguments);
                quote!(#pullback(#adjoint, #(#arguments),*);)
            }
            NodeOp::Lend { row, of, start, length, written, .. } => {
                let (row, length) = (self.name(*row), self.name(*length));
                let (place, start) = (self.spelling.place(of), self.spelling.code(&start.tokens));
                let place = in_front_of_dot(place);
                let slice = if start.to_string() == "0" {
                    quote!(#place[..#length])
                } else {
                    quote!(#place[#start..][..#length])
                };
                if self.spelling.graph[of.root].role != Role::Slot {
                    let exclusive = written.then(|| quote!(mut));
                    return quote!(let #row = &#exclusive #slice;);
                }
                let slot = self.name(of.root);
                quote! {
                    let #row = match #slot.as_deref_mut() {
                        ::core::option::Option::Some(#slot) => &mut #slice,
                        ::core::option::Option::None => &mut [],
                    };
                }
            }
            NodeOp::Give { slot, value, scalar } => {
                let slot = self.name(*slot);
                let value = self.expr(value);
                if *scalar {
                    quote! {
                        if let ::core::option::Option::Some(#slot) = #slot { *#slot += #value; }
                    }
                } else {
                    quote! {
                        if let ::core::option::Option::Some(#slot) = #slot {
                            #runtime::adjoint::accumulate(#slot, &#value);
                        }
                    }
                }
            }
        }
    }

    fn edit(
        &self,
        edit: &Edit,
        place: &Place,
        parts: &[Expr],
        result: Option<VarId>,
        note: Option<VarId>,
    ) -> TokenStream {
        let runtime = &self.spelling.runtime;
        let graph = self.spelling.graph;
        let target = in_front_of_dot(self.spelling.place_mut(place));
        let operands: Vec<TokenStream> = parts.iter().map(|operand| self.expr(operand)).collect();
        let method = proc_macro2::Ident::new(edit.method, proc_macro2::Span::mixed_site());
        let call = match edit.forward {
            Forward::Method => quote!(#target.#method(#(#operands),*)),
            Forward::Cloned => {
                let from = parts[0].place().expect("elements that are copied have a place");
                let from = in_front_of_dot(self.spelling.place(from));
                quote!(#target.extend(#from.iter().cloned()))
            }
            Forward::Collect => {
                quote!(#target.drain(#(#operands),*).collect::<::std::vec::Vec<_>>())
            }
            Forward::Runtime(function) => {
                let path = runtime_path(function);
                let var = &graph[place.root];
                // What is a reference already is lent on.
                let lent = place.is_whole() && (var.kind.is_reference() || var.alias.is_some());
                let star = lent.then(|| quote!(*));
                quote!(#runtime::#path(&mut #star #target, #(#operands),*))
            }
        };
        match result.or(note) {
            Some(var) => {
                let name = self.name(var);
                quote!(let #name = #call;)
            }
            None => quote!(#call;),
        }
    }

    fn binding(&mut self, var: VarId, value: &Expr) -> TokenStream {
        let info = &self.spelling.graph[var];
        if !self.spelling.reverse
            && info.role == Role::Temporary
            && !info.mutable
            && !self.needed.contains(&var)
            && self.uses.get(&var) == Some(&1)
            && matches!(value, Expr::Apply { op, .. } if is_pure(op))
        {
            self.spelling.inline.insert(var, value.clone());
            return TokenStream::new();
        }
        let name = self.name(var);
        let mutable = info.mutable.then(|| quote!(mut));
        match value {
            Expr::Apply { op: Op::Typed(ty), args, .. } => {
                let value = self.expr(&args[0]);
                quote!(let #mutable #name: #ty = #value;)
            }
            // A reference under another name is not the number that it refers to.
            Expr::Place(place)
                if self.spelling.graph[var].kind.is_reference()
                    && place.kind(self.spelling.graph).is_reference()
                    && !self.spelling.inline.contains_key(&place.root) =>
            {
                let value = self.spelling.place(place);
                quote!(let #mutable #name = #value;)
            }
            value => {
                let value = self.expr(value);
                quote!(let #mutable #name = #value;)
            }
        }
    }

    fn store(&mut self, node: &Node, place: &Place, op: Option<&Op>, value: &Expr) -> TokenStream {
        let value = self.expr(value);
        let span = node.span;
        let symbol = match op {
            None => quote!(=),
            Some(Op::Add) => quote_spanned!(span=> +=),
            Some(Op::Sub) => quote_spanned!(span=> -=),
            Some(Op::Mul) => quote_spanned!(span=> *=),
            Some(Op::Div) => quote_spanned!(span=> /=),
            Some(_) => quote_spanned!(span=> %=),
        };
        if !matches!(self.spelling.graph[place.root].role, Role::Slot | Role::SlotRow) {
            let place = self.spelling.place_mut(place);
            return quote!(#place #symbol #value;);
        }
        let name = self.name(place.root);
        if self.spelling.graph[place.root].role == Role::SlotRow {
            if let [crate::graph::Step::Index(index)] = place.path.as_slice() {
                let index = self.expr(index);
                return quote! {
                    if let ::core::option::Option::Some(d) = #name.get_mut(#index) {
                        *d #symbol #value;
                    }
                };
            }
        }
        let target = self.spelling.place_mut(place);
        let star = place.is_whole().then(|| quote!(*));
        quote! {
            if let ::core::option::Option::Some(#name) = #name.as_deref_mut() {
                #star #target #symbol #value;
            }
        }
    }

    /// Emits what adds to a slot, given an expression for `&mut slot`.
    fn with_slot(&self, slot: &Place, add: impl FnOnce(TokenStream) -> TokenStream) -> TokenStream {
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
            Passing::Environment => self.environment(argument),
            _ => self.expr(&argument.again),
        };
        let slot = self.slot(argument);
        quote!(#again, #slot)
    }

    /// What a companion gets for the adjoint of an argument.
    fn slot(&self, argument: &Pulled) -> TokenStream {
        let runtime = &self.spelling.runtime;
        let Some(slot) = &argument.slot else {
            return quote!(#runtime::NoAdjoint::no_adjoint());
        };
        let place = self.spelling.place_mut(slot);
        let span = argument.span.resolved_at(proc_macro2::Span::mixed_site());
        match argument.passing {
            Passing::Exclusive => return quote_spanned!(span=> &mut #place),
            Passing::Environment => {
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
                quote!(::core::option::Option::Some(&mut #place[..]))
            }
            _ => self.slot(argument),
        }
    }

    /// The arguments of a pullback, in pairs.
    fn all_pulled(&self, arguments: &[Pulled]) -> Vec<TokenStream> {
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
                    Passing::Environment => self.environment(argument),
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

    fn arguments(&self, call: &Call) -> Vec<TokenStream> {
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
                Passing::Environment => {
                    let (derivative, environment) = self.closure(&argument.value);
                    arguments.push(quote!(#derivative));
                    arguments.push(quote!(#environment.shorten()));
                }
                Passing::Closure(count) => {
                    let (captured, others) = rest.split_at(count);
                    rest = others;
                    let mut environment = quote!(#runtime::environment());
                    for argument in captured {
                        environment = if argument.passing == Passing::Environment {
                            let (_, own) = self.closure(&argument.value);
                            quote!(#environment.hand(#own))
                        } else {
                            let value = self.spelling.expr(&argument.value, Level::Lowest);
                            let add = if argument.active { "lend" } else { "inert" };
                            let add = proc_macro2::Ident::new(add, argument.span);
                            quote!(#environment.#add(#value))
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

    fn call(&mut self, node: &Node, call: &Call) -> TokenStream {
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

    // ---- branches

    /// An arm's statements, its residuals handed over, and its value.
    fn arm(&mut self, region: &Region, tape: Option<VarId>) -> TokenStream {
        let nodes = self.region(region);
        let Some(tape) = tape else {
            let result = region.result.as_ref().map(|result| self.expr(result));
            return quote!(#nodes #result);
        };
        let tape = self.name(tape);
        let residuals = self.names(&region.residuals);
        let keep = quote!(#tape = ::core::option::Option::Some(#residuals););
        match &region.result {
            None => quote!(#nodes #keep),
            Some(result) => {
                let result = self.expr(result);
                let name = proc_macro2::Ident::new("result", proc_macro2::Span::mixed_site());
                quote!(#nodes let #name = #result; #keep #name)
            }
        }
    }

    fn tape(&self, tape: Option<VarId>) -> Option<TokenStream> {
        tape.map(|tape| {
            let tape = self.name(tape);
            quote!(let mut #tape = ::core::option::Option::None;)
        })
    }

    fn forward_if(&mut self, inner: &If) -> TokenStream {
        let tapes: TokenStream = inner.tapes.iter().filter_map(|tape| self.tape(*tape)).collect();
        let condition = inner.condition.as_ref().map(|condition| self.expr(condition));
        let then = self.arm(&inner.then, inner.tapes[0]);
        let otherwise = self.arm(&inner.otherwise, inner.tapes[1]);
        let branch = match condition {
            None => quote!({ #then }),
            Some(condition) if otherwise.is_empty() => quote!(if #condition { #then }),
            Some(condition) => quote!(if #condition { #then } else { #otherwise }),
        };
        match inner.result {
            Some(result) => {
                let result = self.name(result);
                quote!(#tapes let #result = #branch;)
            }
            None => quote!(#tapes #branch),
        }
    }

    fn reverse_if(&mut self, inner: &If) -> TokenStream {
        let head = |this: &Self, tape: Option<VarId>, region: &Region| {
            tape.map(|tape| {
                let tape = this.name(tape);
                let residuals = this.residuals(&region.residuals);
                quote!(if let ::core::option::Option::Some(#residuals) = #tape)
            })
        };
        let then = self.region(&inner.then);
        let otherwise = self.region(&inner.otherwise);
        let first = head(self, inner.tapes[0], &inner.then);
        let second = head(self, inner.tapes[1], &inner.otherwise);
        let Some(condition) = &inner.condition else {
            return match first {
                Some(first) => quote!(#first { #then }),
                None => quote!({ #then }),
            };
        };
        let condition = self.spelling.expr(condition, Level::Lowest);
        match (then.is_empty(), otherwise.is_empty()) {
            (false, true) => {
                let first = first.unwrap_or_else(|| quote!(if #condition));
                quote!(#first { #then })
            }
            (true, false) => {
                let second = second.unwrap_or_else(|| quote!(if !(#condition)));
                quote!(#second { #otherwise })
            }
            _ => {
                let first = first.unwrap_or_else(|| quote!(if #condition));
                match second {
                    Some(second) => quote!(#first { #then } else #second { #otherwise }),
                    None => quote!(#first { #then } else { #otherwise }),
                }
            }
        }
    }

    fn forward_match(&mut self, inner: &Match, span: proc_macro2::Span) -> TokenStream {
        let tapes: TokenStream = inner.arms.iter().filter_map(|arm| self.tape(arm.tape)).collect();
        let counted = self.needed.contains(&inner.taken);
        let taken = self.name(inner.taken);
        let declared = counted.then(|| quote!(let #taken: usize;));
        let scrutinee = match &inner.parts {
            None => self.spelling.code(&inner.scrutinee),
            Some((parts, true)) => self.expr(&parts[0]),
            Some((parts, false)) => {
                let parts = parts.iter().map(|part| self.expr(part));
                quote!((#(#parts,)*))
            }
        };
        let scrutinee = if inner.outcome {
            let runtime = &self.spelling.runtime;
            // The user's tokens, so that another type is an error there.
            quote_spanned!(span=> #runtime::sums::outcome(#scrutinee))
        } else {
            scrutinee
        };
        let arms: Vec<TokenStream> = inner
            .arms
            .iter()
            .enumerate()
            .map(|(index, arm)| {
                let pattern = &arm.pattern;
                let number = Literal::usize_unsuffixed(index);
                let note = counted.then(|| quote!(#taken = #number;));
                let body = self.arm(&arm.body, arm.tape);
                quote!(#pattern => { #note #body })
            })
            .collect();
        let branch = quote!(match #scrutinee { #(#arms)* });
        match inner.result {
            Some(result) => {
                let result = self.name(result);
                quote!(#tapes #declared let #result = #branch;)
            }
            None => quote!(#tapes #declared #branch),
        }
    }

    fn reverse_match(&mut self, inner: &Match) -> TokenStream {
        let taken = self.name(inner.taken);
        let mut arms = TokenStream::new();
        for (index, arm) in inner.arms.iter().enumerate() {
            if arm.body.nodes.is_empty() {
                continue;
            }
            let number = Literal::usize_unsuffixed(index);
            let body = self.region(&arm.body);
            arms.extend(match arm.tape {
                None => quote!(#number => { #body }),
                Some(tape) => {
                    let tape = self.name(tape);
                    let residuals = self.residuals(&arm.body.residuals);
                    quote! {
                        #number => if let ::core::option::Option::Some(#residuals) = #tape { #body }
                    }
                }
            });
        }
        quote!(match #taken { #arms _ => {} })
    }

    // ---- checkpoints

    /// A block run again on copies of what it changes, and its reverse.
    fn replay(&mut self, inner: &Replay) -> TokenStream {
        let tapes = inner.tapes.iter().map(|tape| {
            let tape = self.name(*tape);
            quote!(let mut #tape = ::std::vec::Vec::new();)
        });
        let tapes: TokenStream = tapes.collect();
        let restored: TokenStream = inner
            .restored
            .iter()
            .map(|(var, copy)| {
                let (name, copy) = (self.name(*var), self.name(*copy));
                match &self.spelling.graph[*var].kind {
                    Kind::RefMut(inner)
                        if matches!(**inner, Kind::Indexed(_, Container::Slice)) =>
                    {
                        quote!(let #name = &mut #copy[..];)
                    }
                    Kind::RefMut(_) => quote!(let #name = &mut #copy;),
                    _ => quote!(let mut #name = #copy;),
                }
            })
            .collect();
        let mut uses = HashMap::new();
        count_uses(&inner.forward, &mut uses);
        let outer = std::mem::replace(&mut self.uses, uses);
        self.spelling.reverse = false;
        let forward = self.region(&inner.forward);
        self.spelling.reverse = true;
        self.uses = outer;
        let reverse = self.region(&inner.reverse);
        quote!({ #tapes #restored #forward #reverse })
    }

    // ---- loops

    fn repeat(&mut self, inner: &Loop) -> TokenStream {
        let stack = inner.tape.map(|tape| self.name(tape.stack));
        let base = inner.tape.and_then(|tape| tape.base).map(|base| self.name(base));
        let back = matches!(inner.header, Header::RangeBack { .. } | Header::TapeBack { .. });
        if back || inner.upwards && stack.is_some() {
            return self.repeat_back(inner, stack, base);
        }
        let body = self.region(&inner.body);
        let residuals = self.names(&inner.body.residuals);
        let push = stack.as_ref().map(|stack| quote!(#stack.push(#residuals);));
        let leave = inner.exit.map(|exit| {
            let exit = self.name(exit);
            quote!(if #exit == 2u8 { break; })
        });
        let body = quote!({ #body #push #leave });
        let note = base.map(|base| {
            let stack = stack.as_ref().expect("a base belongs to a stack");
            quote!(let #base = #stack.len();)
        });
        let repeat = match &inner.header {
            Header::Range { index, range } => {
                let range = self.spelling.code(&range.tokens);
                let mut reads = Vars::new();
                inner.body.reads(&mut reads);
                reads.extend(&inner.body.residuals);
                let unused =
                    self.spelling.graph[*index].role == Role::Index && !reads.contains(index);
                let index = if unused { quote!(_) } else { self.name(*index) };
                let reserve = stack.as_ref().filter(|_| inner.exit.is_none()).map(
                    |stack| quote!(#stack.reserve(::core::iter::Iterator::size_hint(&(#range)).0);),
                );
                quote!(#reserve for #index in #range #body)
            }
            Header::Each { pattern, iterable, counter, .. } => {
                let iterable = self.spelling.code(iterable);
                let mut reads = Vars::new();
                inner.body.reads(&mut reads);
                reads.extend(&inner.body.residuals);
                if reads.contains(counter) {
                    let counter = self.name(*counter);
                    quote! {
                        for (#counter, #pattern) in ::core::iter::Iterator::enumerate(
                            ::core::iter::IntoIterator::into_iter(#iterable),
                        ) #body
                    }
                } else {
                    quote!(for #pattern in #iterable #body)
                }
            }
            Header::While { condition, .. } if condition.to_string() == "true" => {
                quote!(loop #body)
            }
            Header::While { condition, .. } => {
                let condition = self.spelling.code(condition);
                quote!(while #condition #body)
            }
            Header::RangeBack { .. } | Header::TapeBack { .. } => unreachable!("handled above"),
        };
        quote!(#note #repeat)
    }

    fn repeat_back(
        &mut self,
        inner: &Loop,
        stack: Option<TokenStream>,
        base: Option<TokenStream>,
    ) -> TokenStream {
        let body = self.region(&inner.body);
        let residuals = self.residuals(&inner.body.residuals);
        let numbers = inner
            .body
            .residuals
            .iter()
            .all(|var| matches!(self.spelling.graph[*var].kind, Kind::Scalar(_)));
        let slices = inner.upwards && numbers && !inner.body.residuals.is_empty();
        let after = stack
            .as_ref()
            .filter(|_| slices)
            .and_then(|stack| base.as_ref().map(|base| quote!(#stack.truncate(#base);)));
        let residuals = if slices { quote!(&#residuals) } else { residuals };
        let kept = stack.map(|stack| match &base {
            Some(base) if slices => quote!(#stack[#base..].iter()),
            None if slices => quote!(#stack.iter()),
            Some(base) => quote!(#stack.drain(#base..)),
            None => quote!(#stack.into_iter()),
        });
        let up = |iterator: TokenStream| {
            if inner.upwards {
                iterator
            } else {
                quote!(::core::iter::Iterator::rev(#iterator))
            }
        };
        let repeat = match &inner.header {
            Header::Each { pattern, iterable, counter, .. } => {
                let iterable = self.spelling.code(iterable);
                let kept = kept.expect("a header without a tape is like that of the loop itself");
                let mut reads = Vars::new();
                inner.body.reads(&mut reads);
                let (mut pattern, mut iterable) = (quote!(#pattern), quote!(#iterable));
                if reads.contains(counter) {
                    let counter = self.name(*counter);
                    pattern = quote!((#counter, #pattern));
                    iterable = quote! {
                        ::core::iter::Iterator::enumerate(
                            ::core::iter::IntoIterator::into_iter(#iterable),
                        )
                    };
                } else {
                    iterable = quote!(::core::iter::IntoIterator::into_iter(#iterable));
                }
                quote! {
                    for (#pattern, #residuals) in
                        ::core::iter::Iterator::zip(#iterable, #kept) { #body }
                }
            }
            Header::RangeBack { index, range } => {
                let index = self.name(*index);
                let steps = mentions(&range.tokens, "step_by");
                let range = self.spelling.code(&range.tokens);
                let back = if inner.upwards {
                    quote!(#range)
                } else if steps {
                    let runtime = &self.spelling.runtime;
                    quote!(#runtime::backwards(#range))
                } else {
                    quote!(::core::iter::Iterator::rev(#range))
                };
                match kept {
                    None => quote! {
                        for #index in #back { #body }
                    },
                    Some(kept) => {
                        let kept = up(kept);
                        quote! {
                            for (#index, #residuals) in
                                ::core::iter::Iterator::zip(#back, #kept) { #body }
                        }
                    }
                }
            }
            Header::TapeBack { counter: Some(counter) } => {
                let counter = self.name(*counter);
                let kept = up(quote!(::core::iter::Iterator::enumerate(#kept)));
                quote!(for (#counter, #residuals) in #kept { #body })
            }
            _ => {
                let kept = up(quote!(#kept));
                quote!(for #residuals in #kept { #body })
            }
        };
        quote!(#repeat #after)
    }
}

/// Whether a name occurs outside of all brackets.
fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens
        .clone()
        .into_iter()
        .any(|token| matches!(token, proc_macro2::TokenTree::Ident(ident) if ident == name))
}

/// Whether an operation may be written where its value is used.
fn is_pure(op: &Op) -> bool {
    matches!(
        op,
        Op::Neg
            | Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Rem
            | Op::Elementary(..)
            | Op::Cast(_)
            | Op::Tuple
            | Op::Array
            | Op::Struct { .. }
            | Op::TupleStruct(_)
            | Op::Method(..)
    )
}

/// How often a region reads each variable.
pub(super) fn count_uses(region: &Region, uses: &mut HashMap<VarId, usize>) {
    for node in &region.nodes {
        if node.early {
            let mut reads = Vars::new();
            node.reads(&mut reads);
            reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 2);
            continue;
        }
        match &node.op {
            NodeOp::If(inner) => {
                inner.condition.iter().for_each(|condition| count_expr(condition, uses));
                count_uses(&inner.then, uses);
                count_uses(&inner.otherwise, uses);
            }
            NodeOp::Match(inner) => {
                if let Some((parts, _)) = &inner.parts {
                    parts.iter().for_each(|part| count_expr(part, uses));
                }
                for arm in &inner.arms {
                    arm.guard_reads.iter().for_each(|var| *uses.entry(*var).or_default() += 1);
                    count_uses(&arm.body, uses);
                }
            }
            NodeOp::Loop(inner) => {
                let mut within = HashMap::new();
                count_uses(&inner.body, &mut within);
                let mut own = Vars::new();
                inner.body.declares_within(&mut own);
                for (var, count) in within {
                    // A use inside a loop of what comes from outside happens more than once.
                    *uses.entry(var).or_default() += if own.contains(&var) { count } else { 2 };
                }
            }
            NodeOp::Let { value, .. } | NodeOp::Bind { value, .. } => count_expr(value, uses),
            NodeOp::Store { place, value, .. } => {
                count_expr(&Expr::Place(place.clone()), uses);
                count_expr(value, uses);
            }
            NodeOp::Edit { place, operands, .. } => {
                count_expr(&Expr::Place(place.clone()), uses);
                operands.iter().for_each(|operand| count_expr(operand, uses));
            }
            NodeOp::Call(call) => {
                call.arguments.iter().for_each(|argument| {
                    count_expr(&argument.value, uses);
                    // A call stays where it is; its operands are evaluated before it.
                    count_expr(&argument.value, uses);
                });
            }
            _ => {
                let mut reads = Vars::new();
                node.reads(&mut reads);
                reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 2);
            }
        }
    }
    if let Some(result) = &region.result {
        count_expr(result, uses);
    }
}

fn count_expr(expr: &Expr, uses: &mut HashMap<VarId, usize>) {
    match expr {
        Expr::Place(place) => {
            // A part of a value needs the value under a name.
            *uses.entry(place.root).or_default() += if place.is_whole() { 1 } else { 2 };
            let mut reads = Vars::new();
            place.index_reads(&mut reads);
            reads.into_iter().for_each(|var| *uses.entry(var).or_default() += 2);
        }
        Expr::Code(code) => {
            code.reads.iter().for_each(|var| *uses.entry(*var).or_default() += 2);
        }
        // What is lent has a name.
        Expr::Apply {
            op: Op::Reference | Op::ReferenceMut | Op::Lent { .. } | Op::Kept(_),
            args,
            ..
        } => {
            count_expr(&args[0], uses);
            count_expr(&args[0], uses);
        }
        Expr::Apply { args, .. } => args.iter().for_each(|arg| count_expr(arg, uses)),
        Expr::Number(_) | Expr::Name(_) => {}
    }
}

/// A place as the receiver of a method or what is indexed.
fn in_front_of_dot(place: TokenStream) -> TokenStream {
    match place.clone().into_iter().next() {
        Some(proc_macro2::TokenTree::Punct(_)) => quote!((#place)),
        _ => place,
    }
}
