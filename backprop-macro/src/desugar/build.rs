//! Writing a chain as loops: each stage around what the stages after it do with an item.

use proc_macro2::{Ident, Span};
use quote::{quote, ToTokens};
use syn::{parse_quote, Block, Expr, Pat, Stmt};

use super::chain::{is_none, mentions, some_argument, Base, Beside, Chain, Function, Stage};
use super::Desugar;
use crate::source::unwrapped;

/// What happens with the items.
#[derive(Clone)]
pub(super) enum Sink {
    /// Statements, with the item in place of a name.
    Run { item: Ident, stmts: Vec<Stmt> },
    /// `statement(item)`, written with the item's expression.
    Use(fn(&Ident, &Expr, Span) -> Stmt, Ident, Span),
    /// `accumulator = function(accumulator, item)`.
    Fold(Ident, Function),
    /// A function that is called for its effect.
    Call(Function),
    /// The body of a `for` loop.
    Body(Pat, Block),
    /// Statements for what an item holds, until one fails.
    Attempt(Box<super::fallible::Attempt>),
}

/// Where `break` leads that ends a chain.
#[derive(Clone)]
struct Exit {
    label: Ident,
    /// Set for the loops that come after the one that is left.
    ended: Option<Ident>,
}

#[derive(Clone)]
struct Placed {
    stage: Stage,
    exit: Exit,
}

/// State of stages, declared before the loops.
type Before = Vec<Stmt>;

impl Desugar {
    /// The loops over a chain's items.
    pub(super) fn loops(&mut self, chain: Chain, sink: &Sink) -> Vec<Stmt> {
        let label = self.fresh("items");
        self.loops_labelled(chain, sink, label)
    }

    /// The same with a label for the (outermost) loop, if it needs one.
    pub(super) fn loops_labelled(&mut self, chain: Chain, sink: &Sink, label: Ident) -> Vec<Stmt> {
        let mut before = Before::new();
        let exit = Exit { label, ended: None };
        let stages = chain
            .stages
            .into_iter()
            .map(|stage| Placed { stage, exit: exit.clone() })
            .collect::<Vec<_>>();
        let stages = self.with_state(stages, &mut before);
        let body = self.over_base(chain.base, &stages, sink, exit);
        before.extend(body);
        before
    }

    /// Declares the state of the stages, so that two loops can share it.
    fn with_state(&mut self, stages: Vec<Placed>, before: &mut Before) -> Vec<Stated> {
        let mut out = Vec::new();
        for Placed { stage, exit } in stages {
            let mut state = None;
            let mut declare = |this: &mut Self, name: &str, value: Expr| {
                let ident = this.fresh(name);
                before.push(parse_quote!(let mut #ident = #value;));
                ident
            };
            match &stage {
                Stage::Enumerate => state = Some(declare(self, "count", parse_quote!(0usize))),
                Stage::Beside(_) => state = Some(declare(self, "count", parse_quote!(0usize))),
                Stage::Skip(_) => state = Some(declare(self, "skipped", parse_quote!(0usize))),
                Stage::StepBy(_) => state = Some(declare(self, "count", parse_quote!(0usize))),
                Stage::Take(count) => state = Some(declare(self, "left", count.clone())),
                Stage::SkipWhile(_) => state = Some(declare(self, "skipping", parse_quote!(true))),
                Stage::Scan(initial, _) => {
                    state = Some(declare(self, "state", initial.clone()));
                }
                _ => {}
            }
            let mut stage = stage;
            if let Stage::Skip(count) | Stage::StepBy(count) = &mut stage {
                if !matches!(count, Expr::Lit(_)) {
                    let name = self.fresh("n");
                    before.push(parse_quote!(let #name = #count;));
                    *count = parse_quote!(#name);
                }
            }
            out.push(Stated { stage, exit, state });
        }
        out
    }

    fn over_base(&mut self, base: Base, stages: &[Stated], sink: &Sink, exit: Exit) -> Vec<Stmt> {
        match base {
            Base::Header(header) => {
                let (mut stages, mut sink) = (stages.to_vec(), sink.clone());
                let (pattern, item, bound) = self.first(&header, &mut stages, &mut sink);
                let body = self.stages(&stages, item, bound, &sink);
                let label = labelled(&exit.label, &body);
                vec![parse_quote!(#label for #pattern in #header { #(#body)* })]
            }
            Base::Named(mut stmts, base) => {
                stmts.extend(self.over_base(*base, stages, sink, exit));
                stmts
            }
            Base::Chained(first, second) => {
                let mut before = Before::new();
                let breaks = stages.iter().any(|stage| stage.stage.may_end())
                    || matches!(sink, Sink::Body(_, body) if contains_break(body));
                let ended = breaks.then(|| self.fresh("ended"));
                if let Some(ended) = &ended {
                    before.push(parse_quote!(let mut #ended = false;));
                }
                let mut sink = sink.clone();
                for (index, part) in [*first, *second].into_iter().enumerate() {
                    let own = Exit { label: self.fresh("items"), ended: None };
                    let left = Exit { label: own.label.clone(), ended: ended.clone() };
                    if let (Sink::Body(_, body), Some(ended)) = (&mut sink, &ended) {
                        if index == 0 {
                            note_breaks(body, ended);
                        }
                    }
                    let parts = part
                        .stages
                        .into_iter()
                        .map(|stage| Placed { stage, exit: own.clone() })
                        .collect();
                    let mut declared = Before::new();
                    let mut all = self.with_state(parts, &mut declared);
                    all.extend(stages.iter().map(|stage| Stated {
                        // An inner exit leads out of the loop at hand and past the next.
                        exit: if stage.exit.label == exit.label {
                            left.clone()
                        } else {
                            stage.exit.clone()
                        },
                        ..stage.clone()
                    }));
                    declared.extend(self.over_base(part.base, &all, &sink, own));
                    match (&ended, index) {
                        (Some(ended), 1) => {
                            before.push(parse_quote!(if !#ended { #(#declared)* }));
                        }
                        _ => before.extend(declared),
                    }
                }
                before
            }
            Base::Successors(first, function) => {
                let current = self.fresh("current");
                let item = self.fresh("item");
                let mut body: Vec<Stmt> = vec![parse_quote!(let #item = #current;)];
                let (next_stmts, next) = self.applied(&function, vec![parse_quote!(&#item)]);
                let label = lifetime(&exit.label);
                let value = self.present(next, parse_quote!(break #label), &mut |_, value| {
                    vec![parse_quote!(#current = #value;)]
                });
                let rest = self.stages(stages, parse_quote!(#item), false, sink);
                // Whether there is a next one is known only after this one has been used.
                body.extend(rest);
                body.extend(next_stmts);
                body.extend(value);
                let label = labelled(&exit.label, &body);
                vec![
                    parse_quote!(let mut #current = #first;),
                    parse_quote!(#label loop { #(#body)* }),
                ]
            }
            Base::Repeated(function) => {
                let (mut body, next) = self.applied(&function, Vec::new());
                let label = lifetime(&exit.label);
                let stages = stages.to_vec();
                let value = self.present(next, parse_quote!(break #label), &mut |this, value| {
                    this.stages(&stages, value, false, sink)
                });
                body.extend(value);
                let label = labelled(&exit.label, &body);
                vec![parse_quote!(#label loop { #(#body)* })]
            }
            Base::Same(value) => {
                let name = self.fresh("repeated");
                let body = self.stages(stages, parse_quote!(#name.clone()), false, sink);
                let label = labelled(&exit.label, &body);
                vec![parse_quote!(let #name = #value;), parse_quote!(#label loop { #(#body)* })]
            }
        }
    }

    /// The pattern of a loop's header, the item under it, and whether the pattern is that of the
    /// first function that takes the item, whose names are then its own.
    fn first(
        &mut self,
        header: &Expr,
        stages: &mut [Stated],
        sink: &mut Sink,
    ) -> (Pat, Expr, bool) {
        if let (true, Sink::Body(pattern, _)) = (stages.is_empty(), &*sink) {
            return (pattern.clone(), parse_quote!(()), true);
        }
        let function = match (stages.first_mut().map(|stage| &mut stage.stage), sink) {
            (
                Some(
                    Stage::Map(function)
                    | Stage::FilterMap(function)
                    | Stage::FlatMap(function)
                    | Stage::MapWhile(function),
                ),
                _,
            ) => Some((function, 0)),
            (None, Sink::Call(function)) => Some((function, 0)),
            (None, Sink::Fold(_, function)) => Some((function, 1)),
            _ => None,
        };
        if let Some((Function::Closure(closure), index)) = function {
            let (renamed, _) = self.own_names(closure);
            let pattern = renamed.inputs.iter().nth(index).filter(|p| !matches!(p, Pat::Type(_)));
            if let Some(pattern) = pattern.cloned() {
                if self.is_own(&pattern, &renamed) {
                    *closure = renamed;
                    return (pattern, parse_quote!(()), true);
                }
            }
        }
        let (pattern, item) = self.skeleton(header);
        (pattern, item, false)
    }

    /// Whether what a closure's pattern binds occurs nowhere else.
    fn is_own(&self, pattern: &Pat, closure: &syn::ExprClosure) -> bool {
        let mut names = Vec::new();
        super::rename::bound_names(pattern, &mut names);
        let mut inside = std::collections::HashMap::new();
        super::count_idents(closure.to_token_stream(), &mut inside);
        names.iter().all(|name| {
            self.occurrences.get(name).copied().unwrap_or(0)
                <= inside.get(name).copied().unwrap_or(0)
        })
    }

    /// Names for an item, one for each part that the header shows.
    fn skeleton(&mut self, header: &Expr) -> (Pat, Expr) {
        let Expr::MethodCall(call) = unwrapped(header) else {
            let item = self.fresh("item");
            return (parse_quote!(#item), parse_quote!(#item));
        };
        match (call.method.to_string().as_str(), call.args.first()) {
            ("enumerate", None) => {
                let index = self.fresh("index");
                let (pattern, item) = self.skeleton(&call.receiver);
                (parse_quote!((#index, #pattern)), parse_quote!((#index, #item)))
            }
            ("zip", Some(other)) => {
                let (left, a) = self.skeleton(&call.receiver);
                let (right, b) = self.skeleton(other);
                (parse_quote!((#left, #right)), parse_quote!((#a, #b)))
            }
            ("rev", None) | ("skip" | "take" | "step_by", Some(_)) => self.skeleton(&call.receiver),
            _ => {
                let item = self.fresh("item");
                (parse_quote!(#item), parse_quote!(#item))
            }
        }
    }

    /// The stages from here on, for one item; `bound` while the loop's pattern is that of the
    /// function which takes it.
    fn stages(&mut self, stages: &[Stated], item: Expr, bound: bool, sink: &Sink) -> Vec<Stmt> {
        let Some((first, rest)) = stages.split_first() else {
            return self.sink(item, bound, sink);
        };
        let mut out = Vec::new();
        match &first.stage {
            Stage::Map(function) => {
                let (stmts, value) = self.applied_to(function, item, bound);
                out.extend(stmts);
                let value = self.named_if_used(value, rest, sink, &mut out);
                out.extend(self.stages(rest, value, false, sink));
            }
            Stage::Inspect(function) => {
                let item = self.named(item, &mut out);
                let (stmts, value) = self.applied(function, vec![parse_quote!(&#item)]);
                out.extend(stmts);
                out.push(Stmt::Expr(value, Some(parse_quote!(;))));
                out.extend(self.stages(rest, item, false, sink));
            }
            Stage::Filter(function) => {
                let item = self.named(item, &mut out);
                let condition = self.predicate(function, &item);
                let then = self.stages(rest, item, false, sink);
                out.push(parse_quote!(if #condition { #(#then)* }));
            }
            Stage::TakeWhile(function) => {
                let item = self.named(item, &mut out);
                let condition = self.predicate(function, &item);
                let leave = leave(&first.exit);
                out.push(parse_quote!(if !(#condition) { #(#leave)* }));
                out.extend(self.stages(rest, item, false, sink));
            }
            Stage::SkipWhile(function) => {
                let item = self.named(item, &mut out);
                let condition = self.predicate(function, &item);
                let skipping = first.state.clone().expect("a state");
                out.push(parse_quote!(if #skipping { #skipping = #condition; }));
                let then = self.stages(rest, item, false, sink);
                out.push(parse_quote!(if !#skipping { #(#then)* }));
            }
            Stage::FilterMap(function) | Stage::MapWhile(function) => {
                let (stmts, value) = self.applied_to(function, item, bound);
                out.extend(stmts);
                let otherwise = match &first.stage {
                    Stage::MapWhile(_) => leave(&first.exit),
                    _ => Vec::new(),
                };
                out.extend(self.present_or(value, &otherwise, &mut |this, value| {
                    this.stages(rest, value, false, sink)
                }));
            }
            Stage::Scan(_, function) => {
                let state = first.state.clone().expect("a state");
                let item = self.named(item, &mut out);
                let (stmts, value) = self.applied(function, vec![parse_quote!(&mut #state), item]);
                out.extend(stmts);
                let otherwise = leave(&first.exit);
                out.extend(self.present_or(value, &otherwise, &mut |this, value| {
                    this.stages(rest, value, false, sink)
                }));
            }
            Stage::Copied => {
                let item = self.named(item, &mut out);
                out.extend(self.stages(rest, parse_quote!(*#item), false, sink));
            }
            Stage::Cloned => {
                let item = self.named(item, &mut out);
                out.extend(self.stages(rest, parse_quote!(#item.clone()), false, sink));
            }
            Stage::Enumerate => {
                let count = first.state.clone().expect("a state");
                let item = self.named(item, &mut out);
                let index = self.fresh("index");
                out.push(parse_quote!(let #index: usize = #count;));
                out.push(parse_quote!(#count += 1;));
                out.extend(self.stages(rest, parse_quote!((#index, #item)), false, sink));
            }
            Stage::Skip(n) => {
                let skipped = first.state.clone().expect("a state");
                let item = self.named(item, &mut out);
                let then = self.stages(rest, item, false, sink);
                out.push(parse_quote!(
                    if #skipped < #n { #skipped += 1; } else { #(#then)* }
                ));
            }
            Stage::StepBy(n) => {
                let count = first.state.clone().expect("a state");
                let item = self.named(item, &mut out);
                let due = self.fresh("due");
                let then = self.stages(rest, item, false, sink);
                out.push(parse_quote!(let #due = #count % #n == 0;));
                out.push(parse_quote!(#count += 1;));
                out.push(parse_quote!(if #due { #(#then)* }));
            }
            Stage::Take(_) => {
                let left = first.state.clone().expect("a state");
                let leave = leave(&first.exit);
                let item = self.named(item, &mut out);
                out.insert(0, parse_quote!(if #left == 0 { #(#leave)* }));
                out.push(parse_quote!(#left -= 1;));
                out.extend(self.stages(rest, item, false, sink));
            }
            Stage::Pair(left, right) => {
                let (first_item, second_item) = match &item {
                    Expr::Tuple(pair) if pair.elems.len() == 2 => {
                        (pair.elems[0].clone(), pair.elems[1].clone())
                    }
                    item => {
                        let (left, right) = (self.fresh("left"), self.fresh("right"));
                        out.push(parse_quote!(let (#left, #right) = #item;));
                        (parse_quote!(#left), parse_quote!(#right))
                    }
                };
                let first_item = self.converted(left, first_item, &mut out);
                let second_item = self.converted(right, second_item, &mut out);
                let pair = parse_quote!((#first_item, #second_item));
                out.extend(self.stages(rest, pair, false, sink));
            }
            Stage::Beside(beside) => {
                let count = first.state.clone().expect("a state");
                let Beside { items, by_value, cyclic, stages: own } = &**beside;
                let item = self.named(item, &mut out);
                let index = self.fresh("index");
                out.push(parse_quote!(let #index: usize = #count;));
                if *cyclic {
                    out.push(parse_quote!(#count = (#count + 1) % #items.len();));
                } else {
                    let leave = leave(&first.exit);
                    out.push(parse_quote!(if #index >= #items.len() { #(#leave)* }));
                    out.push(parse_quote!(#count += 1;));
                }
                let other: Expr = if *by_value {
                    parse_quote!(#items[#index].clone())
                } else {
                    parse_quote!(&#items[#index])
                };
                let other = self.named(other, &mut out);
                let other = self.converted(own, other, &mut out);
                out.extend(self.stages(rest, parse_quote!((#item, #other)), false, sink));
            }
            Stage::FlatMap(function) => {
                let (stmts, value) = self.applied_to(function, item, bound);
                out.extend(stmts);
                if super::optional::is_option(&value) {
                    out.extend(self.present_or(value, &[], &mut |this, value| {
                        this.stages(rest, value, false, sink)
                    }));
                    return out;
                }
                out.extend(self.nested(value, rest, sink));
            }
            Stage::Flatten => {
                out.extend(self.nested(item, rest, sink));
            }
        }
        out
    }

    /// A loop inside a loop, over the items of a value.
    fn nested(&mut self, value: Expr, rest: &[Stated], sink: &Sink) -> Vec<Stmt> {
        let mut out = Vec::new();
        let mut value = value;
        // The statements of a closure's body that ends in an iterator.
        while let Expr::Block(block) = &value {
            let mut stmts = block.block.stmts.clone();
            let Some(Stmt::Expr(tail, None)) = stmts.pop() else { break };
            out.extend(stmts);
            value = tail;
        }
        let Some(chain) = self.iterable(&value) else {
            let item = self.fresh("item");
            let body = self.stages(rest, parse_quote!(#item), false, sink);
            out.push(parse_quote!(for #item in #value { #(#body)* }));
            return out;
        };
        let exit = Exit { label: self.fresh("items"), ended: None };
        let own =
            chain.stages.into_iter().map(|stage| Placed { stage, exit: exit.clone() }).collect();
        let mut all = self.with_state(own, &mut out);
        all.extend(rest.iter().cloned());
        out.extend(self.over_base(chain.base, &all, sink, exit));
        out
    }

    /// An item after stages that make one item of one item.
    fn converted(&mut self, stages: &[Stage], item: Expr, out: &mut Vec<Stmt>) -> Expr {
        let mut item = item;
        for stage in stages {
            match stage {
                Stage::Map(function) => {
                    let (stmts, value) = self.applied_to(function, item, false);
                    out.extend(stmts);
                    item = self.named(value, out);
                }
                Stage::Inspect(function) => {
                    let (stmts, value) = self.applied(function, vec![parse_quote!(&#item)]);
                    out.extend(stmts);
                    out.push(Stmt::Expr(value, Some(parse_quote!(;))));
                }
                Stage::Copied => item = self.named(parse_quote!(*#item), out),
                Stage::Cloned => item = self.named(parse_quote!(#item.clone()), out),
                Stage::Pair(left, right) => {
                    let (a, b) = (self.fresh("left"), self.fresh("right"));
                    out.push(parse_quote!(let (#a, #b) = #item;));
                    let a = self.converted(left, parse_quote!(#a), out);
                    let b = self.converted(right, parse_quote!(#b), out);
                    item = parse_quote!((#a, #b));
                }
                _ => unreachable!("a stage that leaves items out"),
            }
        }
        item
    }

    fn sink(&mut self, item: Expr, bound: bool, sink: &Sink) -> Vec<Stmt> {
        match sink {
            Sink::Run { item: name, stmts } => {
                let mut out = vec![parse_quote!(let #name = #item;)];
                out.extend(stmts.iter().cloned());
                out
            }
            Sink::Use(write, target, span) => vec![write(target, &item, *span)],
            Sink::Call(function) => {
                let (mut out, value) = self.applied_to(function, item, bound);
                push_effect(value, &mut out);
                out
            }
            Sink::Fold(folded, function) => self.folded(folded, function, item, bound),
            Sink::Attempt(attempt) => self.attempted(&item, attempt),
            Sink::Body(pattern, body) => {
                let mut out = Vec::new();
                if !bound {
                    bind(pattern, item, &mut out);
                }
                out.extend(body.stmts.iter().cloned());
                out
            }
        }
    }

    /// `folded = function(folded, item);`
    fn folded(
        &mut self,
        folded: &Ident,
        function: &Function,
        item: Expr,
        bound: bool,
    ) -> Vec<Stmt> {
        let Function::Closure(closure) = function else {
            let (mut out, value) = self.applied(function, vec![parse_quote!(#folded), item]);
            out.push(parse_quote!(#folded = #value;));
            return out;
        };
        let (closure, flat) = self.own_names(closure);
        let mut out = Vec::new();
        let mut inside = Vec::new();
        let target = if flat { &mut out } else { &mut inside };
        // The accumulator takes the place of a plain parameter.
        let mut closure = closure;
        let parameter = closure.inputs.first().cloned();
        let simple = match parameter.as_ref().map(untyped) {
            Some(Pat::Ident(ident)) if ident.by_ref.is_none() && ident.subpat.is_none() => {
                Some((ident.ident.clone(), ident.mutability.is_some()))
            }
            _ => None,
        };
        let mut replaced = false;
        if let Some((name, mutable)) = simple {
            let returned = tail(&closure.body)
                .is_some_and(|tail| matches!(tail, Expr::Path(p) if p.path.is_ident(&name)));
            let part = parameter.as_ref().map(untyped).cloned();
            replaced = (!mutable || returned)
                && part.is_some_and(|part| replace(&mut closure, &part, folded));
        }
        if !replaced {
            bind(&closure.inputs[0], parse_quote!(#folded), target);
        }
        if !bound {
            if let Some(pattern) = closure.inputs.iter().nth(1) {
                bind(pattern, item, target);
            }
        }
        let mut value = (*closure.body).clone();
        if flat {
            value = flattened(value, target);
        }
        let unchanged = matches!(&value, Expr::Path(path) if path.path.is_ident(folded));
        if flat {
            if !unchanged {
                out.push(parse_quote!(#folded = #value;));
            }
        } else {
            out.push(parse_quote!(#folded = { #(#inside)* #value };));
        }
        out
    }

    /// The value of a function for an item that the loop's pattern may have bound already.
    fn applied_to(&mut self, function: &Function, item: Expr, bound: bool) -> (Vec<Stmt>, Expr) {
        match function {
            Function::Closure(closure) if bound => {
                let (closure, flat) = self.own_names_within(closure);
                let mut out = Vec::new();
                let value = (*closure.body).clone();
                let value = if flat { flattened(value, &mut out) } else { value };
                (out, value)
            }
            function => self.applied(function, vec![item]),
        }
    }

    /// A closure whose parameters keep their names.
    fn own_names_within(&mut self, closure: &syn::ExprClosure) -> (syn::ExprClosure, bool) {
        let mut inner = closure.clone();
        // The parameters' names occur nowhere else, so they stay.
        let (renamed, flat) = self.own_names(&inner);
        inner.body = renamed.body;
        (inner, flat)
    }

    /// The value of a function: statements that bind its parameters, and its body.
    pub(super) fn applied(&mut self, function: &Function, args: Vec<Expr>) -> (Vec<Stmt>, Expr) {
        match function {
            Function::Path(path) => {
                let clones = matches!(path, Expr::Path(path) if path.path.segments.len() > 1
                    && path.path.segments.last().is_some_and(|last| last.ident == "clone"));
                if let (true, [item]) = (clones, args.as_slice()) {
                    return (Vec::new(), parse_quote!(#item.clone()));
                }
                (Vec::new(), parse_quote!(#path(#(#args),*)))
            }
            Function::Closure(closure) => {
                let (closure, flat) = self.own_names(closure);
                let mut out = Vec::new();
                for (pattern, arg) in closure.inputs.iter().zip(args) {
                    bind(pattern, arg, &mut out);
                }
                let body = (*closure.body).clone();
                if flat {
                    let value = flattened(body, &mut out);
                    (out, value)
                } else if out.is_empty() {
                    (out, body)
                } else {
                    (Vec::new(), parse_quote!({ #(#out)* #body }))
                }
            }
        }
    }

    /// A condition on an item.
    pub(super) fn predicate(&mut self, function: &Function, item: &Expr) -> Expr {
        let (stmts, value) = match function {
            // What is bound here is seen nowhere else.
            Function::Closure(closure) => {
                let mut out = Vec::new();
                if let Some(pattern) = closure.inputs.first() {
                    bind(pattern, parse_quote!(&#item), &mut out);
                }
                (out, (*closure.body).clone())
            }
            function => self.applied(function, vec![parse_quote!(&#item)]),
        };
        if stmts.is_empty() {
            value
        } else {
            parse_quote!({ #(#stmts)* #value })
        }
    }

    /// What happens with the value of an `Option`, and what without one.
    fn present_or(
        &mut self,
        option: Expr,
        otherwise: &[Stmt],
        then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>,
    ) -> Vec<Stmt> {
        let mut out = Vec::new();
        self.unwrapped_option(option, otherwise, then, &mut out);
        out
    }

    fn present(
        &mut self,
        option: Expr,
        otherwise: Expr,
        then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>,
    ) -> Vec<Stmt> {
        let otherwise = vec![Stmt::Expr(otherwise, Some(parse_quote!(;)))];
        self.present_or(option, &otherwise, then)
    }

    fn unwrapped_option(
        &mut self,
        option: Expr,
        otherwise: &[Stmt],
        then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>,
        out: &mut Vec<Stmt>,
    ) {
        if let Some(value) = some_argument(&option) {
            let value = value.clone();
            out.extend(then(self, value));
            return;
        }
        if is_none(&option) {
            out.extend(otherwise.iter().cloned());
            return;
        }
        let branch = |this: &mut Self,
                      stmts: &[Stmt],
                      then: &mut dyn FnMut(&mut Self, Expr) -> Vec<Stmt>| {
            let mut inner = stmts.to_vec();
            let tail = match inner.pop() {
                Some(Stmt::Expr(tail, None)) => tail,
                other => {
                    inner.extend(other);
                    return inner;
                }
            };
            this.unwrapped_option(tail, otherwise, then, &mut inner);
            inner
        };
        match unwrapped(&option) {
            Expr::Block(block) if block.label.is_none() => {
                // Its names end with it.
                let inner = branch(self, &block.block.stmts, then);
                if block.block.stmts.len() == 1 {
                    out.extend(inner);
                } else {
                    out.push(parse_quote!({ #(#inner)* }));
                }
                return;
            }
            Expr::If(e) if options_known(&option) == 1 => {
                let (_, other) = e.else_branch.as_ref().expect("a known option has both branches");
                let first = branch(self, &e.then_branch.stmts, then);
                let second = branch(self, &[Stmt::Expr((**other).clone(), None)], then);
                let cond = &e.cond;
                out.push(if second.is_empty() {
                    parse_quote!(if #cond { #(#first)* })
                } else {
                    parse_quote!(if #cond { #(#first)* } else { #(#second)* })
                });
                return;
            }
            Expr::Match(e) if options_known(&option) == 1 => {
                let mut e = e.clone();
                e.attrs.clear();
                for arm in &mut e.arms {
                    let body = (*arm.body).clone();
                    let stmts = branch(self, &[Stmt::Expr(body, None)], then);
                    *arm.body = parse_quote!({ #(#stmts)* });
                }
                out.push(Stmt::Expr(Expr::Match(e), Some(parse_quote!(;))));
                return;
            }
            Expr::MethodCall(call) if call.args.len() == 1 => {
                let name = call.method.to_string();
                let (cond, arg) = (&call.receiver, &call.args[0]);
                let value = match (name.as_str(), unwrapped(arg)) {
                    ("then", Expr::Closure(closure)) if closure.inputs.is_empty() => {
                        Some((*closure.body).clone())
                    }
                    ("then_some", arg) => Some(arg.clone()),
                    _ => None,
                };
                if let Some(value) = value {
                    let mut inner = Vec::new();
                    let value = flattened_scope(value, &mut inner);
                    inner.extend(then(self, value));
                    out.push(if otherwise.is_empty() {
                        parse_quote!(if #cond { #(#inner)* })
                    } else {
                        parse_quote!(if #cond { #(#inner)* } else { #(#otherwise)* })
                    });
                    return;
                }
            }
            _ => {}
        }
        let value = self.fresh("value");
        let inner = then(self, parse_quote!(#value));
        let some = quote!(::core::option::Option::Some);
        // The marks say that a derivative flows through it.
        let mark = Ident::new(super::MARK, Span::mixed_site());
        let statement: Expr = if otherwise.is_empty() {
            parse_quote!(#[#mark] if let #some(#value) = #option { #(#inner)* })
        } else {
            parse_quote!(
                #[#mark] if let #some(#value) = #option { #(#inner)* } else { #(#otherwise)* }
            )
        };
        out.push(Stmt::Expr(statement, None));
    }

    /// The value under a name, if what follows uses it more than once or in another order.
    fn named_if_used(
        &mut self,
        value: Expr,
        rest: &[Stated],
        sink: &Sink,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        let direct = matches!(
            (rest.first().map(|stage| &stage.stage), sink),
            (None, Sink::Use(..) | Sink::Run { .. } | Sink::Body(..) | Sink::Attempt(_))
                | (None, Sink::Call(Function::Closure(_)))
                | (
                    Some(
                        Stage::Map(Function::Closure(_))
                            | Stage::FlatMap(Function::Closure(_))
                            | Stage::FilterMap(Function::Closure(_))
                            | Stage::Flatten
                    ),
                    _,
                )
        );
        if direct {
            value
        } else {
            self.named(value, out)
        }
    }

    fn named(&mut self, value: Expr, out: &mut Vec<Stmt>) -> Expr {
        if matches!(&value, Expr::Path(path) if path.path.get_ident().is_some()) {
            return value;
        }
        if let Expr::Tuple(parts) = &value {
            // A pair stays one: patterns take it apart.
            let mut parts = parts.clone();
            for part in &mut parts.elems {
                *part = self.named(part.clone(), out);
            }
            return Expr::Tuple(parts);
        }
        let item = self.fresh("item");
        out.push(parse_quote!(let #item = #value;));
        parse_quote!(#item)
    }
}

/// A stage with its exit and the variable that holds its state.
#[derive(Clone)]
struct Stated {
    stage: Stage,
    exit: Exit,
    state: Option<Ident>,
}

impl Stage {
    fn may_end(&self) -> bool {
        matches!(
            self,
            Stage::TakeWhile(_)
                | Stage::MapWhile(_)
                | Stage::Scan(..)
                | Stage::Take(_)
                | Stage::Beside(_)
        )
    }
}

fn leave(exit: &Exit) -> Vec<Stmt> {
    let label = lifetime(&exit.label);
    let mut out: Vec<Stmt> = Vec::new();
    if let Some(ended) = &exit.ended {
        out.push(parse_quote!(#ended = true;));
    }
    out.push(parse_quote!(break #label;));
    out
}

fn lifetime(label: &Ident) -> syn::Lifetime {
    syn::Lifetime { apostrophe: Span::mixed_site(), ident: label.clone() }
}

fn labelled(label: &Ident, body: &[Stmt]) -> Option<proc_macro2::TokenStream> {
    let used = body.iter().any(|stmt| mentions(stmt, &label.to_string()));
    used.then(|| {
        let label = lifetime(label);
        quote!(#label:)
    })
}

/// `let pattern = value;`, taken apart as far as both show the same tuples.
pub(super) fn bind(pattern: &Pat, value: Expr, out: &mut Vec<Stmt>) {
    match (pattern, &value) {
        (Pat::Tuple(parts), Expr::Tuple(values))
            if parts.elems.len() == values.elems.len()
                && !parts.elems.iter().any(|part| matches!(part, Pat::Rest(_))) =>
        {
            for (part, value) in parts.elems.iter().zip(&values.elems) {
                bind(part, value.clone(), out);
            }
        }
        // Taking a reference apart binds references.
        (Pat::Tuple(parts), Expr::Reference(reference))
            if matches!(&*reference.expr, Expr::Tuple(values)
                if values.elems.len() == parts.elems.len())
                && !parts.elems.iter().any(|part| matches!(part, Pat::Rest(_))) =>
        {
            let Expr::Tuple(values) = &*reference.expr else { unreachable!("just looked at") };
            for (part, value) in parts.elems.iter().zip(&values.elems) {
                bind(part, parse_quote!(&#value), out);
            }
        }
        (Pat::Paren(inner), _) => bind(&inner.pat, value, out),
        (Pat::Reference(inner), Expr::Reference(reference)) if reference.mutability.is_none() => {
            bind(&inner.pat, (*reference.expr).clone(), out);
        }
        // `let &x = item;` reads what the item refers to.
        (Pat::Reference(inner), _) if inner.mutability.is_none() => {
            bind(&inner.pat, parse_quote!(*#value), out);
        }
        (Pat::Wild(_), Expr::Path(_)) => {}
        (Pat::Ident(ident), Expr::Path(path)) if path.path.is_ident(&ident.ident) => {}
        _ => out.push(parse_quote!(let #pattern = #value;)),
    }
}

pub(super) fn untyped(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// The statements of a block, and its value.
pub(super) fn flattened(value: Expr, out: &mut Vec<Stmt>) -> Expr {
    match value {
        Expr::Block(mut block) if block.label.is_none() => match block.block.stmts.pop() {
            Some(Stmt::Expr(tail, None)) => {
                out.extend(block.block.stmts);
                tail
            }
            Some(stmt) => {
                out.extend(block.block.stmts);
                out.push(stmt);
                parse_quote!(())
            }
            None => parse_quote!(()),
        },
        other => other,
    }
}

/// The same where the block's names may cover others: only a block without statements.
fn flattened_scope(value: Expr, out: &mut Vec<Stmt>) -> Expr {
    match &value {
        Expr::Block(block) if block.block.stmts.len() == 1 => flattened(value, out),
        _ => value,
    }
}

fn push_effect(value: Expr, out: &mut Vec<Stmt>) {
    if matches!(&value, Expr::Tuple(tuple) if tuple.elems.is_empty()) {
        return;
    }
    out.push(Stmt::Expr(value, Some(parse_quote!(;))));
}

fn tail(body: &Expr) -> Option<&Expr> {
    match body {
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => Some(tail),
            _ => None,
        },
        other => Some(other),
    }
}

/// Puts a variable in the place of a parameter, unless the body binds that name again.
pub(super) fn replace(closure: &mut syn::ExprClosure, parameter: &Pat, variable: &Ident) -> bool {
    let Pat::Ident(name) = parameter else { return false };
    let name = name.ident.to_string();
    if count_bindings(closure, &name) > 1 {
        return false;
    }
    let mut rename = super::rename::Rename { from: name, to: variable.clone(), feasible: true };
    let mut body = (*closure.body).clone();
    syn::visit_mut::VisitMut::visit_expr_mut(&mut rename, &mut body);
    if rename.feasible {
        *closure.body = body;
    }
    rename.feasible
}

fn count_bindings(closure: &syn::ExprClosure, name: &str) -> usize {
    use syn::visit::Visit;
    struct Bound<'n>(&'n str, usize);
    impl<'ast> Visit<'ast> for Bound<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.1 += usize::from(pattern.ident == self.0);
        }
    }
    let mut bound = Bound(name, 0);
    bound.visit_expr_closure(closure);
    bound.1
}

/// How many `Some(…)` an expression of branches ends in; a large number if there is anything else.
pub(super) fn options_known(expr: &Expr) -> usize {
    const UNKNOWN: usize = 1000;
    if some_argument(expr).is_some() {
        return 1;
    }
    if is_none(expr) {
        return 0;
    }
    let block = |block: &Block| match block.stmts.last() {
        Some(Stmt::Expr(tail, None)) => options_known(tail),
        _ => UNKNOWN,
    };
    match unwrapped(expr) {
        Expr::Block(e) if e.label.is_none() => block(&e.block),
        Expr::If(e) => {
            let other = e.else_branch.as_ref().map_or(UNKNOWN, |(_, other)| options_known(other));
            block(&e.then_branch) + other
        }
        Expr::Match(e) => e.arms.iter().map(|arm| options_known(&arm.body)).sum(),
        Expr::MethodCall(call) if call.method == "then" || call.method == "then_some" => 1,
        _ => UNKNOWN,
    }
}

/// Whether a loop's body may leave the loop that it belongs to.
pub(super) fn contains_break(body: &Block) -> bool {
    let mut find = LoopBreaks { ended: None, label: None, found: false, depth: 0 };
    let mut copy = body.clone();
    syn::visit_mut::VisitMut::visit_block_mut(&mut find, &mut copy);
    find.found
}

/// Makes the `break`s of a loop's body lead out of the loop with a label.
pub(super) fn label_breaks(body: &mut Block, label: &Ident) {
    let mut name = LoopBreaks { ended: None, label: Some(label.clone()), found: false, depth: 0 };
    syn::visit_mut::VisitMut::visit_block_mut(&mut name, body);
}

fn note_breaks(body: &mut Block, ended: &Ident) {
    let mut note = LoopBreaks { ended: Some(ended.clone()), label: None, found: false, depth: 0 };
    syn::visit_mut::VisitMut::visit_block_mut(&mut note, body);
}

/// The `break`s of a loop, written so that the loop after it does not run.
struct LoopBreaks {
    ended: Option<Ident>,
    /// The label that they get.
    label: Option<Ident>,
    found: bool,
    depth: usize,
}

impl syn::visit_mut::VisitMut for LoopBreaks {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        self.depth += 1;
        self.visit_block_mut(&mut e.body);
        self.depth -= 1;
    }
    fn visit_expr_while_mut(&mut self, e: &mut syn::ExprWhile) {
        self.depth += 1;
        self.visit_block_mut(&mut e.body);
        self.depth -= 1;
    }
    fn visit_expr_loop_mut(&mut self, e: &mut syn::ExprLoop) {
        self.depth += 1;
        self.visit_block_mut(&mut e.body);
        self.depth -= 1;
    }
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut stmts = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Stmt::Expr(Expr::Break(e), _) = &stmt {
                if e.label.is_none() && self.depth == 0 {
                    self.found = true;
                    if let Some(ended) = &self.ended {
                        stmts.push(parse_quote!(#ended = true;));
                    }
                }
            }
            self.visit_stmt_mut(&mut stmt);
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }
    fn visit_expr_break_mut(&mut self, e: &mut syn::ExprBreak) {
        if e.label.is_none() && self.depth == 0 {
            self.found = true;
            e.label = self.label.as_ref().map(lifetime);
        }
    }
}
