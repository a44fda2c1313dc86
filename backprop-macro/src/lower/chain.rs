//! Iterator chains, as the loops that they stand for.
//!
//! `xs.iter().zip(ys).map(|(x, y)| (x - y).powi(2)).sum::<f64>()` becomes a loop over
//! `xs.iter().zip(ys)` whose body is the closure's and which adds to a variable. The adapters that
//! only rearrange (`zip`, `enumerate`, `skip`, …) stay in the loop's header, where
//! [`shape`](super::shape) follows them; closures are written into the body.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::{Expr as Syntax, ExprClosure, ExprPath, Pat, Type};

use super::{exits, span_of, Lowering};
use crate::graph::{
    Argument, Code, Edit, Expr, Header, Loop, NodeOp, Op, Place, Region, Role, VarId,
};
use crate::kind::{Container, Float, Kind};
use crate::source::{bound, unwrapped};

/// A chain taken apart.
pub(super) struct Chain<'a> {
    base: &'a Syntax,
    stages: Vec<Stage<'a>>,
    end: End<'a>,
    span: Span,
}

enum Stage<'a> {
    Map(Function<'a>),
    Filter(&'a ExprClosure),
}

enum End<'a> {
    Sum(Option<&'a Type>),
    Product(Option<&'a Type>),
    Fold(&'a Syntax, Function<'a>),
    ForEach(&'a ExprClosure),
    Collect(Option<&'a Type>),
}

#[derive(Clone, Copy)]
enum Function<'a> {
    Closure(&'a ExprClosure),
    Path(&'a ExprPath),
}

impl<'a> Function<'a> {
    fn of(expr: &'a Syntax) -> Option<Function<'a>> {
        match unwrapped(expr) {
            Syntax::Closure(closure) => Some(Function::Closure(closure)),
            Syntax::Path(path) => Some(Function::Path(path)),
            _ => None,
        }
    }

    fn closure(self) -> Option<&'a ExprClosure> {
        match self {
            Function::Closure(closure) => Some(closure),
            Function::Path(_) => None,
        }
    }
}

/// Reads a method call as a chain over something that is iterated.
pub(super) fn parse(call: &syn::ExprMethodCall) -> Option<Chain<'_>> {
    let turbofish = call.turbofish.as_ref().and_then(|arguments| match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    });
    let end = match (call.method.to_string().as_str(), call.args.len()) {
        ("sum", 0) => End::Sum(turbofish),
        ("product", 0) => End::Product(turbofish),
        ("collect", 0) => End::Collect(turbofish),
        ("fold", 2) => End::Fold(&call.args[0], Function::of(&call.args[1])?),
        ("for_each", 1) => End::ForEach(Function::of(&call.args[0])?.closure()?),
        _ => return None,
    };
    let mut stages = Vec::new();
    let mut base = unwrapped(&call.receiver);
    while let Syntax::MethodCall(stage) = base {
        let function = match stage.args.first() {
            Some(argument) if stage.args.len() == 1 => Function::of(argument),
            _ => None,
        };
        stages.push(match (stage.method.to_string().as_str(), function) {
            ("map", Some(function)) => Stage::Map(function),
            ("filter", Some(Function::Closure(closure))) => Stage::Filter(closure),
            _ => break,
        });
        base = unwrapped(&stage.receiver);
    }
    stages.reverse();
    is_iterator(base).then_some(Chain { base, stages, end, span: span_of(&call.method) })
}

/// Whether an expression is an iterator by sight.
pub(super) fn is_iterator(expr: &Syntax) -> bool {
    match unwrapped(expr) {
        Syntax::Range(_) => true,
        Syntax::MethodCall(call) => {
            matches!(
                call.method.to_string().as_str(),
                "iter" | "into_iter" | "iter_mut" | "windows" | "chunks" | "chunks_exact"
            ) || matches!(
                call.method.to_string().as_str(),
                "zip" | "enumerate" | "skip" | "take" | "rev" | "copied" | "cloned" | "step_by"
            ) && is_iterator(&call.receiver)
        }
        _ => false,
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn chain(&mut self, expr: &'a Syntax, chain: &Chain<'a>) -> Expr {
        let expected = self.expected.take();
        let closures: Vec<&'a ExprClosure> = chain
            .stages
            .iter()
            .filter_map(|stage| match stage {
                Stage::Map(function) => function.closure(),
                Stage::Filter(closure) => Some(*closure),
            })
            .chain(match &chain.end {
                End::Fold(_, function) => function.closure(),
                End::ForEach(closure) => Some(*closure),
                _ => None,
            })
            .collect();
        if closures.iter().any(|closure| exits::leaves(&closure.body)) {
            return self.refuse(
                expr,
                "a closure that returns early",
                "write the loop out with `for`",
            );
        }
        if let Some(name) = clash(&closures) {
            return self.refuse(
                expr,
                &format!("a chain in which `{name}` means two things"),
                "give the closures' parameters names of their own",
            );
        }
        let accumulator = match &chain.end {
            End::Sum(ty) => Some(self.accumulator("sum", *ty, expected.as_ref(), chain.span)),
            End::Product(ty) => {
                Some(self.accumulator("product", *ty, expected.as_ref(), chain.span))
            }
            End::Fold(init, _) => {
                let value = self.value(init);
                let kind = value.kind(self.graph);
                Some(self.mutable("folded", kind, value, chain.span))
            }
            End::Collect(ty) => match self.collection(ty.or(expected.as_ref()), chain.span) {
                Some(var) => Some(var),
                None => {
                    return self.refuse(
                        expr,
                        "a collection other than `Vec`",
                        "collect into a `Vec` first",
                    );
                }
            },
            End::ForEach(_) => None,
        };
        if !self.chain_loop(expr, chain, accumulator, closures.len() > 1) {
            return self.code_of(expr);
        }
        accumulator.map_or_else(super::unit, Expr::var)
    }

    /// `let mut sum = <the sum of nothing>;`
    fn accumulator(
        &mut self,
        name: &'static str,
        turbofish: Option<&Type>,
        expected: Option<&Type>,
        span: Span,
    ) -> VarId {
        let ty = turbofish.or(expected).filter(|ty| !matches!(ty, Type::Infer(_)));
        let kind = ty.map_or(Kind::Scalar(Float::Literal), Kind::of);
        let runtime = &self.runtime;
        let empty = quote::format_ident!("empty_{name}", span = Span::mixed_site());
        let tokens = match ty {
            Some(ty) => quote!(#runtime::#empty::<#ty>()),
            None => quote!(#runtime::#empty::<_>()),
        };
        let value =
            Expr::Code(Code { tokens, reads: Vec::new(), kind: kind.clone(), repeatable: true });
        self.mutable(name, kind, value, span)
    }

    fn collection(&mut self, ty: Option<&Type>, span: Span) -> Option<VarId> {
        let is_vec = |ty: &Type| match ty {
            Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Vec"),
            _ => false,
        };
        if ty.is_some_and(|ty| !is_vec(ty)) {
            return None;
        }
        let tokens = match ty {
            Some(ty) => quote!(<#ty>::new()),
            None => quote!(::std::vec::Vec::new()),
        };
        let kind = ty.map_or(Kind::Unknown, Kind::of);
        let value =
            Expr::Code(Code { tokens, reads: Vec::new(), kind: kind.clone(), repeatable: true });
        Some(self.mutable("collected", kind, value, span))
    }

    /// A variable that the loop changes and that derivatives flow through.
    fn mutable(&mut self, name: &str, kind: Kind, value: Expr, span: Span) -> VarId {
        let var = self.graph.fresh(name, kind, Role::Temporary);
        self.graph[var].mutable = true;
        self.graph[var].active = true;
        self.emit(NodeOp::Let { var, value }, span);
        var
    }

    fn chain_loop(
        &mut self,
        expr: &'a Syntax,
        chain: &Chain<'a>,
        accumulator: Option<VarId>,
        several: bool,
    ) -> bool {
        let declared = self.graph.len();
        // The first closure that takes the items themselves names them.
        let first = chain.stages.iter().find_map(|stage| match stage {
            Stage::Map(function) => Some(*function),
            Stage::Filter(_) => None,
        });
        let first = match (first, &chain.end) {
            (Some(function), _) => function.closure().map(|closure| &closure.inputs[0]),
            (None, End::ForEach(closure)) => Some(&closure.inputs[0]),
            (None, End::Fold(_, function)) => {
                function.closure().and_then(|closure| closure.inputs.get(1))
            }
            (None, _) => None,
        };
        let pattern = first.map(|pattern| match pattern {
            Pat::Type(typed) => &*typed.pat,
            other => other,
        });
        let (header, item) = self.header_of(pattern, chain.base);
        let Some(item) = item.or_else(|| pattern_value(self, pattern)) else {
            // Filters and functions by name need the item as one value.
            let simple =
                chain.stages.iter().all(|stage| matches!(stage, Stage::Map(Function::Closure(_))));
            if !simple {
                self.refuse(
                    expr,
                    "this combination of adapters",
                    "name the items with a closure `|item| …`, or write the loop out with `for`",
                );
                return false;
            }
            return self.chain_body(chain, header, None, accumulator, several, declared);
        };
        self.chain_body(chain, header, Some(item), accumulator, several, declared)
    }

    fn chain_body(
        &mut self,
        chain: &Chain<'a>,
        header: Header,
        item: Option<Expr>,
        accumulator: Option<VarId>,
        several: bool,
        declared: usize,
    ) -> bool {
        let mut body = self.region(|this| {
            this.stages(chain, &chain.stages, item, accumulator, true);
            None
        });
        body.result = None;
        if several {
            // One closure's names may cover another's.
            self.graph.mark_shadowed(declared);
        }
        let node = Loop { header, body, tape: None, exit: None };
        self.emit(NodeOp::Loop(Box::new(node)), chain.span);
        true
    }

    /// The stages from here on, for one item; `fresh` while no closure has bound it.
    fn stages(
        &mut self,
        chain: &Chain<'a>,
        stages: &[Stage<'a>],
        item: Option<Expr>,
        accumulator: Option<VarId>,
        fresh: bool,
    ) {
        let Some((stage, rest)) = stages.split_first() else {
            self.end(chain, item, accumulator, fresh);
            return;
        };
        match stage {
            Stage::Map(function) => {
                let value = self.applied(*function, item, fresh, chain.span);
                let value = self.atom(value, chain.span);
                self.stages(chain, rest, Some(value), accumulator, false);
            }
            Stage::Filter(closure) => {
                let item = item.expect("a filter's item has a name");
                let pattern = &closure.inputs[0];
                let mut names = Vec::new();
                bound(self.source, pattern, &mut names);
                let tokens = self.gated(&*closure.body);
                let effects = self.effects_of(&*closure.body);
                let mut reads = effects.reads;
                let place = item.place().cloned();
                let name = match &place {
                    Some(place) => {
                        place.reads_into(&mut reads);
                        crate::emit::place_tokens(self.graph, place)
                    }
                    None => item_tokens(&item),
                };
                let tokens = quote!({ let #pattern = &#name; #tokens });
                let condition =
                    Expr::Code(Code { tokens, reads, kind: Kind::Discrete, repeatable: false });
                let condition = self.named_condition(condition, chain.span);
                let then = self.region(|this| {
                    this.stages(chain, rest, Some(item), accumulator, fresh);
                    None
                });
                self.finish_if(Some(condition), then, Region::default(), chain.span);
            }
        }
    }

    /// The function's value for an item. While `bound`, the loop's pattern is the closure's.
    fn applied(
        &mut self,
        function: Function<'a>,
        item: Option<Expr>,
        bound: bool,
        span: Span,
    ) -> Expr {
        match function {
            Function::Closure(closure) => {
                if !bound {
                    let item = item.expect("a later stage has a value");
                    self.bind_expr(untyped(&closure.inputs[0]), None, item, span);
                }
                self.value(&closure.body)
            }
            Function::Path(path) => {
                let item = item.expect("a function by name gets its item by name");
                self.call_by_name(path, vec![item], span)
            }
        }
    }

    fn call_by_name(&mut self, path: &'a ExprPath, values: Vec<Expr>, span: Span) -> Expr {
        let segments = &path.path.segments;
        let last = segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let owner = segments.len().checked_sub(2).map(|index| segments[index].ident.to_string());
        if matches!(owner.as_deref(), Some("f64" | "f32")) {
            if let Some(rule) = crate::rules::elementary(&last, values.len()) {
                return Expr::apply(Op::Elementary(rule, Some(path.clone())), values, span);
            }
        }
        let arguments = values
            .into_iter()
            .map(|value| Argument { active: self.is_active(&value), value, span })
            .collect();
        self.call_function(path, arguments, span)
    }

    fn end(
        &mut self,
        chain: &Chain<'a>,
        item: Option<Expr>,
        accumulator: Option<VarId>,
        fresh: bool,
    ) {
        let span = chain.span;
        match (&chain.end, accumulator) {
            (End::Sum(_), Some(sum)) => {
                let item = item.expect("a sum's items have a name");
                self.store(Place::var(sum), Some(Op::Add), item, span);
            }
            (End::Product(_), Some(product)) => {
                let item = item.expect("a product's items have a name");
                self.store(Place::var(product), Some(Op::Mul), item, span);
            }
            (End::Collect(_), Some(list)) => {
                let value = item.expect("collected items have a name");
                self.pushed(Place::var(list), value, span);
            }
            (End::Fold(_, Function::Closure(closure)), Some(folded)) => {
                let value = Expr::var(folded);
                self.bind_expr(untyped(&closure.inputs[0]), None, value, span);
                if !fresh {
                    let item = item.expect("a later stage has a value");
                    self.bind_expr(untyped(&closure.inputs[1]), None, item, span);
                }
                let value = self.value(&closure.body);
                self.store(Place::var(folded), None, value, span);
            }
            (End::Fold(_, Function::Path(path)), Some(folded)) => {
                let item = item.expect("a function by name gets its item by name");
                let value = self.call_by_name(path, vec![Expr::var(folded), item], span);
                self.store(Place::var(folded), None, value, span);
            }
            (End::ForEach(closure), _) => {
                if !fresh {
                    let item = item.expect("a later stage has a value");
                    self.bind_expr(untyped(&closure.inputs[0]), None, item, span);
                }
                self.statement_expr(&closure.body);
            }
            _ => {}
        }
    }

    /// `place.push(value);`
    pub(super) fn pushed(&mut self, place: Place, value: Expr, span: Span) {
        let value = self.atom(value, span);
        let kind = value.kind(self.graph);
        let vague = match &self.graph[place.root].kind {
            Kind::Unknown => true,
            Kind::Indexed(element, Container::Vec) => **element == Kind::Unknown,
            _ => false,
        };
        if place.is_whole() && vague && kind.is_scalar() {
            let element = Box::new(kind.peeled().clone());
            self.graph[place.root].kind = Kind::Indexed(element, Container::Vec);
        }
        self.emit(NodeOp::Edit { edit: Edit::Push, place, operands: vec![value] }, span);
    }
}

/// The value of a loop's item when its pattern is one name.
fn pattern_value(lowering: &Lowering<'_>, pattern: Option<&Pat>) -> Option<Expr> {
    match pattern? {
        Pat::Ident(ident) if ident.subpat.is_none() => {
            let source = lowering.source.binder(&ident.ident);
            lowering.vars.get(&source).map(|var| Expr::var(*var))
        }
        _ => None,
    }
}

fn untyped(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

fn item_tokens(item: &Expr) -> TokenStream {
    match item {
        Expr::Code(code) => code.tokens.clone(),
        _ => TokenStream::new(),
    }
}

/// The names that a closure's parameters bind.
pub(super) fn closure_names(closure: &ExprClosure) -> Vec<String> {
    let mut names = Vec::new();
    for input in &closure.inputs {
        idents(untyped(input).to_token_stream(), &mut names);
    }
    names
}

/// A name that one closure binds and another uses for something else.
fn clash(closures: &[&ExprClosure]) -> Option<String> {
    let names = closure_names;
    for (index, closure) in closures.iter().enumerate() {
        let own = names(closure);
        let mut used = Vec::new();
        idents(closure.body.to_token_stream(), &mut used);
        for other in &closures[..index] {
            if let Some(name) =
                names(other).into_iter().find(|name| used.contains(name) && !own.contains(name))
            {
                return Some(name);
            }
        }
    }
    None
}

/// Every identifier in `tokens`.
pub(super) fn idents(tokens: TokenStream, names: &mut Vec<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => names.push(ident.to_string()),
            proc_macro2::TokenTree::Group(group) => idents(group.stream(), names),
            _ => {}
        }
    }
}
