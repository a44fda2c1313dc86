//! `Option`, `Result` and enums: their variants are built and matched like structs, and their
//! methods are the matches that they stand for, with the closures' bodies in the arms.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Expr as Syntax, ExprClosure, Pat};

use super::through::Tail;
use super::{chain, exits, span_of, Lowering};
use crate::graph::{Code, Expr, MatchArm, NodeOp, Op, Payload, Place, Region, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::{bound, is_pure_sum_method, unwrapped, yields_option};

/// Which of the types with successes and failures a value is of, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    Option,
    Result,
    /// One of them: code goes through the runtime's trait.
    Either,
}

impl Sum {
    fn of(kind: &Kind) -> Option<Sum> {
        match kind.peeled() {
            Kind::Option(_) => Some(Sum::Option),
            Kind::Result(_) => Some(Sum::Result),
            _ => None,
        }
    }

    /// The path of the variant that holds the success, in a pattern.
    pub(super) fn success(self) -> TokenStream {
        match self {
            Sum::Option => quote!(::core::option::Option::Some),
            Sum::Result | Sum::Either => quote!(::core::result::Result::Ok),
        }
    }
}

/// What the failure's arm knows.
pub(super) struct Failure {
    sum: Sum,
    /// What the pattern binds to what the `Err` holds.
    error: Option<VarId>,
}

impl<'a> Lowering<'a> {
    /// The operand of a `match`: `x.as_ref()` is followed like `&x`.
    pub(super) fn matched(&mut self, expr: &'a Syntax) -> Expr {
        if let Syntax::MethodCall(e) = unwrapped(expr) {
            let mutable = e.method == "as_mut";
            let lends = (mutable || e.method == "as_ref") && e.args.is_empty();
            if lends && is_place(&e.receiver) {
                let place = self.place(&e.receiver);
                let method = e.method.clone();
                return Expr::apply(
                    Op::Lent { method, mutable },
                    vec![Expr::Place(place)],
                    span_of(expr),
                );
            }
        }
        self.operand(expr)
    }

    // ---- construction

    /// `Some(value)`.
    pub(super) fn some(&mut self, value: Expr, span: Span) -> Expr {
        let value = self.atom(value, span);
        let path = syn::parse_quote!(::core::option::Option::Some);
        Expr::apply(Op::TupleStruct(path), vec![value], span)
    }

    /// `Ok(value)`.
    fn ok(&mut self, value: Expr, span: Span) -> Expr {
        let value = self.atom(value, span);
        let path = syn::parse_quote!(::core::result::Result::Ok);
        Expr::apply(Op::TupleStruct(path), vec![value], span)
    }

    /// `None`.
    pub(super) fn none(&self) -> Expr {
        inert(
            quote!(::core::option::Option::None),
            Vec::new(),
            Kind::Option(Box::new(Kind::Unknown)),
        )
    }

    /// A call of a variant's or a tuple struct's name.
    pub(super) fn variant_call(&mut self, expr: &'a Syntax, e: &'a syn::ExprCall) -> Option<Expr> {
        let Syntax::Path(path) = unwrapped(&e.func) else { return None };
        let last = path.path.segments.last()?.ident.to_string();
        if last == "Err" {
            // What an error holds is a message: it carries no derivative.
            if self.writes_active(expr) || exits::leaves(expr) {
                return Some(self.refuse(
                    expr,
                    "an error whose computation changes values",
                    "compute the error before",
                ));
            }
            return Some(self.code_of(expr));
        }
        let upper = last.starts_with(|c: char| c.is_uppercase());
        if !upper {
            return None;
        }
        if super::audit::may_drop(&path.path) {
            return Some(self.refuse_dropped(expr));
        }
        let parts = self.in_order(&e.args);
        Some(Expr::apply(Op::TupleStruct(path.clone()), parts, span_of(expr)))
    }

    // ---- what a value is, by sight

    /// Whether an expression is an `Option` or a `Result`, as far as it shows.
    pub(super) fn sum_by_sight(&self, expr: &'a Syntax) -> Option<Sum> {
        match unwrapped(expr) {
            Syntax::MethodCall(e) => {
                let name = e.method.to_string();
                match name.as_str() {
                    "ok_or" | "ok_or_else" | "map_err" => Some(Sum::Result),
                    "ok" | "err" => Some(Sum::Option),
                    "and_then" | "or" | "or_else" | "xor" => {
                        Some(self.sum_by_sight(&e.receiver).unwrap_or(Sum::Either))
                    }
                    "map" | "filter" | "zip" | "as_ref" | "as_mut" | "as_deref" | "copied"
                    | "cloned" | "take" | "replace" => self.sum_by_sight(&e.receiver),
                    name if yields_option(name) => Some(Sum::Option),
                    _ => Sum::of(&self.kind_by_sight(expr)),
                }
            }
            Syntax::Call(e) => match unwrapped(&e.func) {
                Syntax::Path(path) => {
                    let last = path.path.segments.last().map(|last| last.ident.to_string());
                    match last.as_deref() {
                        Some("Some") => Some(Sum::Option),
                        Some("Ok" | "Err") => Some(Sum::Result),
                        _ => None,
                    }
                }
                _ => None,
            },
            Syntax::Reference(e) => self.sum_by_sight(&e.expr),
            Syntax::Block(e) => self.sum_of_block(&e.block),
            Syntax::If(e) => self
                .sum_of_block(&e.then_branch)
                .or_else(|| e.else_branch.as_ref().and_then(|(_, other)| self.sum_by_sight(other))),
            Syntax::Match(e) => e.arms.iter().find_map(|arm| self.sum_by_sight(&arm.body)),
            other => Sum::of(&self.kind_by_sight(other)),
        }
    }

    fn sum_of_block(&self, block: &'a syn::Block) -> Option<Sum> {
        match block.stmts.last() {
            Some(syn::Stmt::Expr(value, None)) => self.sum_by_sight(value),
            _ => None,
        }
    }

    /// Whether an expression is a variable whose annotation names some other type.
    fn is_other(&self, expr: &'a Syntax) -> bool {
        let Syntax::Path(path) = unwrapped(expr) else { return false };
        let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
        used.is_some_and(|var| {
            let binding = self.source.binding(var);
            binding.annotated && Sum::of(&binding.kind).is_none()
        })
    }

    // ---- methods

    /// A method of `Option` or `Result`; `None` if it is none.
    pub(super) fn sum_method(
        &mut self,
        expr: &'a Syntax,
        e: &'a syn::ExprMethodCall,
    ) -> Option<Expr> {
        if e.turbofish.is_some() {
            return None;
        }
        let name = e.method.to_string();
        let sight = self.sum_by_sight(&e.receiver);
        let certain = match (name.as_str(), e.args.len()) {
            ("unwrap" | "unwrap_or_default" | "ok" | "as_deref", 0)
            | (
                "expect" | "unwrap_or" | "unwrap_or_else" | "and_then" | "ok_or" | "ok_or_else"
                | "map_err" | "or_else" | "or" | "get_or_insert" | "get_or_insert_with",
                1,
            )
            | ("map_or" | "map_or_else", 2) => true,
            ("map", 1) if sight.is_some() => true,
            ("map", 1) => {
                // Arrays and iterators have a `map` too.
                let array = matches!(self.kind_by_sight(&e.receiver).peeled(), Kind::Indexed(..));
                let iterator = matches!(
                    unwrapped(&e.receiver),
                    Syntax::MethodCall(call) if crate::desugar::yields_iterator(call)
                );
                !array && !iterator && !is_literal_array(&e.receiver) && !self.is_other(&e.receiver)
            }
            ("filter" | "zip" | "replace" | "insert", 1)
            | ("copied" | "cloned" | "take" | "as_ref" | "as_mut", 0) => sight.is_some(),
            _ => false,
        };
        if !certain || chain::is_iterator(&e.receiver) {
            return None;
        }
        if matches!(
            name.as_str(),
            "take" | "replace" | "insert" | "get_or_insert" | "get_or_insert_with"
        ) {
            return is_place(&e.receiver).then(|| self.exchange(e, &name));
        }
        let mut receiver = self.matched(&e.receiver);
        if let (Expr::Place(place), true) = (&receiver, takes_whole(&name)) {
            // Behind a reference, the method takes a copy.
            let behind = (0..place.kind(self.graph).references()).map(|_| Step::Deref);
            receiver = Expr::Place(place.clone().with(behind));
        }
        let sum = Sum::of(&receiver.kind(self.graph)).or(sight).unwrap_or(Sum::Either);
        let span = e.method.span();
        Some(match name.as_str() {
            "unwrap" | "expect" => {
                let mut args = vec![receiver];
                args.extend(e.args.iter().map(|arg| self.inert_argument(arg)));
                Expr::apply(Op::Unwrapped(e.method.clone()), args, span)
            }
            "as_ref" | "as_mut" => {
                let op = Op::Lent { method: e.method.clone(), mutable: name == "as_mut" };
                Expr::apply(op, vec![receiver], span)
            }
            "ok" | "ok_or" | "ok_or_else" | "map_err" | "copied" | "cloned" | "as_deref" => {
                let mut args = vec![receiver];
                args.extend(e.args.iter().map(|arg| self.inert_argument(arg)));
                Expr::apply(Op::Kept(e.method.clone()), args, span)
            }
            "unwrap_or" => {
                let other = self.operand(&e.args[0]);
                self.cases(receiver, sum, span, |_, held| held, |_, _| Some(other))
            }
            "unwrap_or_default" => {
                let default = inert(
                    quote!(::core::default::Default::default()),
                    Vec::new(),
                    receiver.kind(self.graph).success(),
                );
                self.cases(receiver, sum, span, |_, held| held, |_, _| Some(default))
            }
            "unwrap_or_else" => {
                let function = &e.args[0];
                let sum = self.sum_of_arity(sum, function);
                self.cases(
                    receiver,
                    sum,
                    span,
                    |_, held| held,
                    |this, failure| Some(this.on_failure(function, &failure, span)),
                )
            }
            "map_or" => {
                let other = self.operand(&e.args[0]);
                let function = &e.args[1];
                self.cases(
                    receiver,
                    sum,
                    span,
                    |this, held| this.applied_to(function, vec![held], span),
                    |_, _| Some(other),
                )
            }
            "map_or_else" => {
                let (default, function) = (&e.args[0], &e.args[1]);
                let sum = self.sum_of_arity(sum, default);
                self.cases(
                    receiver,
                    sum,
                    span,
                    |this, held| this.applied_to(function, vec![held], span),
                    |this, failure| Some(this.on_failure(default, &failure, span)),
                )
            }
            "map" => {
                let function = &e.args[0];
                let mapped = self.cases(
                    receiver,
                    sum,
                    span,
                    |this, held| {
                        let value = this.applied_to(function, vec![held], span);
                        this.success(sum, value, span)
                    },
                    |this, failure| Some(this.failed(&failure, false)),
                );
                self.rebuilt(sum, mapped, span)
            }
            "and_then" => {
                let function = &e.args[0];
                self.cases(
                    receiver,
                    sum,
                    span,
                    |this, held| this.applied_to(function, vec![held], span),
                    |this, failure| Some(this.failed(&failure, true)),
                )
            }
            "or" => {
                let other = self.operand(&e.args[0]);
                let sum = if sum == Sum::Either { Sum::Option } else { sum };
                self.cases(
                    receiver,
                    sum,
                    span,
                    |this, held| this.success(sum, held, span),
                    |_, _| Some(other),
                )
            }
            "or_else" => {
                let function = &e.args[0];
                let sum = match self.sum_of_arity(sum, function) {
                    Sum::Either => Sum::Option,
                    sum => sum,
                };
                self.cases(
                    receiver,
                    sum,
                    span,
                    |this, held| this.success(sum, held, span),
                    |this, failure| Some(this.on_failure(function, &failure, span)),
                )
            }
            "filter" => {
                let Syntax::Closure(closure) = unwrapped(&e.args[0]) else {
                    return Some(self.refuse(
                        expr,
                        "a filter that is not a closure",
                        "write it as a closure: `|x| keep(x)`",
                    ));
                };
                self.cases(
                    receiver,
                    Sum::Option,
                    span,
                    |this, held| this.filtered(closure, held, span),
                    |this, _| Some(this.none()),
                )
            }
            "zip" => {
                let other = self.matched(&e.args[0]);
                self.cases(
                    receiver,
                    Sum::Option,
                    span,
                    |this, first| {
                        this.cases(
                            other,
                            Sum::Option,
                            span,
                            |this, second| {
                                let pair = Expr::apply(Op::Tuple, vec![first, second], span);
                                this.success(Sum::Option, pair, span)
                            },
                            |this, _| Some(this.none()),
                        )
                    },
                    |this, _| Some(this.none()),
                )
            }
            _ => unreachable!("the methods above"),
        })
    }

    /// `take`, `replace`, `insert`, `get_or_insert`: what is in a place is exchanged.
    fn exchange(&mut self, e: &'a syn::ExprMethodCall, name: &str) -> Expr {
        let span = e.method.span();
        let operand = match name {
            "take" | "get_or_insert_with" => None,
            _ => Some(self.operand(&e.args[0])),
        };
        let place = self.place(&e.receiver);
        if !self.known_target(&place, span) {
            return self.none();
        }
        let kind = place.kind(self.graph);
        let held = Expr::Place(place.clone().with([Step::Payload(Payload::Success)]));
        match name {
            "take" | "replace" => {
                let new = match operand {
                    Some(value) => self.some(value, span),
                    None => self.none(),
                };
                let taken = self.graph.fresh("taken", kind, Role::Temporary);
                self.graph[taken].mutable = true;
                self.graph[taken].active = self.graph[place.root].active;
                self.emit(NodeOp::Let { var: taken, value: new }, span);
                self.emit(NodeOp::Swap { first: Place::var(taken), second: place }, span);
                Expr::var(taken)
            }
            "insert" => {
                let new = self.some(operand.expect("`insert` has an argument"), span);
                self.store(place, None, new, span);
                Expr::apply(Op::ReferenceMut, vec![held], span)
            }
            _ => {
                let mut reads = Vec::new();
                place.reads_into(&mut reads);
                let tokens = crate::emit::place_tokens(self.graph, &place);
                let missing = inert(quote!(#tokens.is_none()), reads, Kind::Discrete);
                let missing = self.named_condition(missing, span);
                let then = self.region(|this| {
                    let value = match operand {
                        Some(value) => value,
                        None => this.applied_to(&e.args[0], Vec::new(), span),
                    };
                    let new = this.some(value, span);
                    this.store(place, None, new, span);
                    None
                });
                self.finish_if(Some(missing), then, Region::default(), span);
                Expr::apply(Op::ReferenceMut, vec![held], span)
            }
        }
    }

    /// A success of the type that the arms of [`cases`](Self::cases) yield.
    fn success(&mut self, sum: Sum, value: Expr, span: Span) -> Expr {
        match sum {
            Sum::Option => self.some(value, span),
            Sum::Result | Sum::Either => self.ok(value, span),
        }
    }

    /// A failure, passed on; as the `Option` or `Result` itself if it is to be `rebuilt`.
    fn failed(&self, failure: &Failure, rebuilt: bool) -> Expr {
        let unknown = || Box::new(Kind::Unknown);
        match (failure.sum, failure.error) {
            (Sum::Result | Sum::Either, Some(error)) => {
                let name = &self.graph[error].ident;
                let runtime = &self.runtime;
                let tokens = if failure.sum == Sum::Either && rebuilt {
                    quote!(#runtime::sums::from_failure(#name))
                } else {
                    quote!(::core::result::Result::Err(#name))
                };
                inert(tokens, vec![error], Kind::Result(unknown()))
            }
            _ => self.none(),
        }
    }

    /// The value of the function that handles a failure.
    fn on_failure(&mut self, function: &'a Syntax, failure: &Failure, span: Span) -> Expr {
        let values = failure.error.filter(|_| failure.sum == Sum::Result).map(Expr::var);
        self.applied_to(function, values.into_iter().collect(), span)
    }

    fn rebuilt(&mut self, sum: Sum, value: Expr, span: Span) -> Expr {
        if sum == Sum::Either {
            let value = self.atom(value, span);
            Expr::apply(Op::Rebuilt, vec![value], span)
        } else {
            value
        }
    }

    /// Only a `Result` passes its error on.
    fn sum_of_arity(&self, sum: Sum, function: &'a Syntax) -> Sum {
        match unwrapped(function) {
            Syntax::Closure(closure) if sum == Sum::Either => {
                if closure.inputs.is_empty() {
                    Sum::Option
                } else {
                    Sum::Result
                }
            }
            _ => sum,
        }
    }

    fn filtered(&mut self, closure: &'a ExprClosure, held: Expr, span: Span) -> Expr {
        let held = self.atom(held, span);
        let pattern = &closure.inputs[0];
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        let tokens = self.gated(&*closure.body);
        let mut reads = self.effects_of(&*closure.body).reads;
        let name = match held.place() {
            Some(place) => {
                place.reads_into(&mut reads);
                crate::emit::place_tokens(self.graph, place)
            }
            None => TokenStream::new(),
        };
        let condition = inert(quote!({ let #pattern = &#name; #tokens }), reads, Kind::Discrete);
        let condition = self.named_condition(condition, span);
        let then = self.region(|this| Some(this.some(held, span)));
        let otherwise = self.region(|this| Some(this.none()));
        self.finish_if(Some(condition), then, otherwise, span).unwrap_or_else(super::unit)
    }

    /// `match receiver { Some(held) => …, None => … }`, or the same for a `Result`.
    pub(super) fn cases(
        &mut self,
        receiver: Expr,
        sum: Sum,
        span: Span,
        success: impl FnOnce(&mut Self, Expr) -> Expr,
        failure: impl FnOnce(&mut Self, Failure) -> Option<Expr>,
    ) -> Expr {
        let active = self.is_active(&receiver);
        let whole = receiver.kind(self.graph);
        let path = vec![Step::Payload(Payload::Success)];
        let kind = super::stmt::kind_along(&whole, &path, false);
        let held = self.graph.fresh("held", kind, Role::User);
        self.graph[held].active = active;
        let place = receiver.place().filter(|_| active).cloned();
        let lent = whole.is_reference();
        if let (Some(place), true) = (&place, lent) {
            self.graph[held].alias = Some(place.clone().with(path.iter().cloned()));
        }
        let body = self.region(|this| {
            if let (Some(place), false) = (place, lent) {
                let (pattern, value) = (TokenStream::new(), Expr::Place(place));
                this.emit(NodeOp::Bind { pattern, parts: vec![(held, path)], value }, span);
            }
            Some(success(this, Expr::var(held)))
        });
        let name = &self.graph[held].ident;
        let variant = sum.success();
        let pattern = quote!(#variant(#name));
        let first = MatchArm {
            pattern,
            again: None,
            guard_reads: Vec::new(),
            binds: vec![held],
            body,
            tape: None,
        };
        let error =
            (sum != Sum::Option).then(|| self.graph.fresh("error", Kind::Discrete, Role::User));
        let pattern = match error {
            Some(error) => {
                let name = &self.graph[error].ident;
                quote!(::core::result::Result::Err(#name))
            }
            None => quote!(::core::option::Option::None),
        };
        let body = self.region(|this| failure(this, Failure { sum, error }));
        let second = MatchArm {
            pattern,
            again: None,
            guard_reads: Vec::new(),
            binds: error.into_iter().collect(),
            body,
            tape: None,
        };
        let head = super::branches::Head {
            tokens: TokenStream::new(),
            effects: crate::graph::Effects::default(),
            parts: Some((vec![receiver], true)),
            repeatable: false,
            kind: Kind::Unknown,
            outcome: sum == Sum::Either,
            made: false,
        };
        self.finish_match(head, vec![first, second], span).unwrap_or_else(super::unit)
    }

    /// Inert code that is an argument of a method, a closure included.
    fn inert_argument(&mut self, expr: &'a Syntax) -> Expr {
        let effects = self.effects_of(expr);
        inert(self.gated(expr), effects.reads, Kind::Unknown)
    }

    /// A function's value: the body of a closure, or a call.
    fn applied_to(&mut self, function: &'a Syntax, values: Vec<Expr>, span: Span) -> Expr {
        match unwrapped(function) {
            Syntax::Closure(closure) => self.closure_body(closure, values, span),
            Syntax::Path(path) => {
                if let Some(ident) = path.path.get_ident() {
                    if let Some(var) = self.source.usage(ident) {
                        return match self.closures.get(&var).copied() {
                            Some(closure) => self.inlined(function, closure, values),
                            None => self.refuse(
                                function,
                                "a call of a closure or function pointer",
                                "write a `#[differentiable]` function and call it by its name",
                            ),
                        };
                    }
                }
                let last = path.path.segments.last().map(|last| last.ident.to_string());
                let variant = last.is_some_and(|last| last.starts_with(|c: char| c.is_uppercase()));
                if values.is_empty() || !values.iter().any(|value| self.is_active(value)) {
                    let reads: Vec<VarId> =
                        values.iter().filter_map(Expr::place).map(|place| place.root).collect();
                    let names = reads.iter().map(|var| &self.graph[*var].ident);
                    return inert(quote!(#path(#(#names),*)), reads, Kind::Unknown);
                }
                if variant {
                    return Expr::apply(Op::TupleStruct(path.clone()), values, span);
                }
                self.call_by_name(path, values, span)
            }
            Syntax::Reference(e) => self.applied_to(&e.expr, values, span),
            _ => self.refuse(
                function,
                "a call of a computed function",
                "write a closure, or a `#[differentiable]` function's name",
            ),
        }
    }

    /// A call of a function that is named as an argument.
    fn call_by_name(&mut self, path: &syn::ExprPath, values: Vec<Expr>, span: Span) -> Expr {
        let segments = &path.path.segments;
        let last = segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let owner = segments.len().checked_sub(2).map(|index| segments[index].ident.to_string());
        if matches!(owner.as_deref(), Some("f64" | "f32")) {
            if let Some(rule) = crate::rules::elementary(&last, values.len()) {
                return Expr::apply(Op::Elementary(rule, Some(path.clone())), values, span);
            }
        }
        let arguments = values.into_iter().map(|value| self.argument(value, span)).collect();
        self.call_function(path, arguments, span)
    }

    /// The body of a closure where it stands, with its parameters bound to values.
    fn closure_body(&mut self, closure: &'a ExprClosure, values: Vec<Expr>, span: Span) -> Expr {
        for (input, value) in closure.inputs.iter().zip(values) {
            let (pattern, ty) = match input {
                Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                other => (other, None),
            };
            if matches!(value, Expr::Place(ref place) if !self.graph[place.root].active) {
                self.bind_inert(pattern, &value, span);
            } else {
                self.bind_expr(pattern, ty, value, span);
            }
        }
        self.function_body(&closure.body)
    }

    /// Binds names to a value without derivative, whatever the pattern.
    fn bind_inert(&mut self, pattern: &'a Pat, value: &Expr, span: Span) {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        let declares = self.declare_all(&names, &Kind::Unknown);
        declares.iter().for_each(|var| self.graph[*var].active = false);
        let Some(place) = value.place() else { return };
        let name = &self.graph[place.root].ident;
        let mut effects = crate::graph::Effects::default();
        effects.reads.push(place.root);
        let tokens = quote!(let #pattern = #name;);
        self.emit(NodeOp::Code { tokens, effects, declares, repeatable: false }, span);
    }

    /// The value of a closure's body, which may leave early.
    pub(super) fn function_body(&mut self, body: &'a Syntax) -> Expr {
        if !exits::leaves(body) {
            return self.value(body);
        }
        // Exits leave the closure: its body is a function of its own.
        let frames = std::mem::take(&mut self.frames);
        let returned = self.returned.take();
        let output = self.output.take();
        let region = match body {
            Syntax::Block(block) => self.body_of(&block.block),
            other => self.region(|this| this.leaving_expr(other, &[], Tail::Function)),
        };
        self.frames = frames;
        self.returned = returned;
        self.output = output;
        self.finish_if(None, region, Region::default(), span_of(body)).unwrap_or_else(super::unit)
    }

    // ---- `?`

    /// `let pattern = value?;` or `value?;`, with the statements after it.
    pub(super) fn question(
        &mut self,
        local: Option<&'a syn::Local>,
        e: &'a syn::ExprTry,
        rest: &'a [syn::Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let span = span_of(e);
        let sum = match self.output.as_ref().map(Kind::of) {
            Some(Kind::Option(_)) => Sum::Option,
            Some(Kind::Result(_)) => Sum::Result,
            _ => self.sum_by_sight(&e.expr).unwrap_or(Sum::Either),
        };
        let mut head = if local.is_none() && !self.writes_active(&*e.expr) {
            // Nothing uses the value: only whether there is one matters.
            let effects = self.effects_of(&*e.expr);
            let tokens = self.gated(&*e.expr);
            super::branches::Head {
                tokens,
                effects,
                parts: None,
                repeatable: false,
                kind: Kind::Unknown,
                outcome: false,
                made: false,
            }
        } else {
            self.scrutinee(&e.expr)
        };
        head.outcome = sum == Sum::Either;
        head.repeatable = false;
        let variant = sum.success();
        let stays = match local {
            Some(local) => {
                let pattern = match &local.pat {
                    Pat::Type(typed) => &*typed.pat,
                    other => other,
                };
                self.arm_with(&head, pattern, Some(&variant), |this| this.statements(rest, tail))
            }
            None => MatchArm {
                pattern: quote!(#variant(_)),
                again: None,
                guard_reads: Vec::new(),
                binds: Vec::new(),
                body: self.region(|this| this.statements(rest, tail)),
                tape: None,
            },
        };
        let error =
            (sum != Sum::Option).then(|| self.graph.fresh("error", Kind::Discrete, Role::User));
        let runtime = &self.runtime;
        let (pattern, value) = match error {
            None => (quote!(::core::option::Option::None), quote!(::core::option::Option::None)),
            Some(error) => {
                let name = &self.graph[error].ident;
                let pattern = quote!(::core::result::Result::Err(#name));
                let from = quote!(::core::convert::From::from(#name));
                match sum {
                    Sum::Result => (pattern, quote!(::core::result::Result::Err(#from))),
                    _ => (pattern, quote!(#runtime::sums::from_failure(#name))),
                }
            }
        };
        let value = inert(value, error.into_iter().collect(), Kind::Unknown);
        let body = self.region(|this| {
            if this.at_function(tail) {
                return Some(value);
            }
            this.return_value(Some(value), span);
            None
        });
        let leaves = MatchArm {
            pattern,
            again: None,
            guard_reads: Vec::new(),
            binds: error.into_iter().collect(),
            body,
            tape: None,
        };
        self.finish_match(head, vec![stays, leaves], span)
    }
}

/// The value that a function returns early, taken out of where it was put.
pub(super) fn unwrap_returned(lowering: &mut Lowering<'_>, returned: VarId) -> Option<Expr> {
    let span = Span::mixed_site();
    let receiver = Expr::var(returned);
    let value = lowering.cases(
        receiver,
        Sum::Option,
        span,
        |_, held| held,
        |_, _| Some(inert(quote!(::core::unreachable!()), Vec::new(), Kind::Unknown)),
    );
    Some(value)
}

/// Whether an expression changes what it is called on in a way that lowering follows.
pub(super) fn changes_in_place(expr: &Syntax) -> bool {
    match unwrapped(expr) {
        Syntax::Reference(e) => e.mutability.is_some() && is_place(&e.expr),
        Syntax::MethodCall(e) => {
            let name = e.method.to_string();
            let known = matches!(
                name.as_str(),
                "as_mut"
                    | "take"
                    | "replace"
                    | "insert"
                    | "get_or_insert"
                    | "get_or_insert_with"
                    | "pop"
                    | "pop_front"
                    | "pop_back"
                    | "remove"
                    | "swap_remove"
            ) || is_pure_sum_method(&name);
            known && (is_place(&e.receiver) || changes_in_place(&e.receiver))
        }
        _ => false,
    }
}

/// Whether a method takes the `Option` or `Result` itself.
fn takes_whole(name: &str) -> bool {
    !matches!(name, "as_ref" | "as_mut" | "as_deref" | "copied" | "cloned")
}

fn is_literal_array(expr: &Syntax) -> bool {
    matches!(unwrapped(expr), Syntax::Array(_) | Syntax::Repeat(_))
}

/// Whether an expression names a variable or a part of one.
fn is_place(expr: &Syntax) -> bool {
    super::stmt::is_place(expr)
}

/// Inert code that has been written here.
pub(super) fn inert(tokens: TokenStream, reads: Vec<VarId>, kind: Kind) -> Expr {
    Expr::Code(Code { tokens, reads, kind, repeatable: false })
}
