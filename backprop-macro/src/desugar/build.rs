//! Writing a chain as loops: each stage around what the stages after it do with an item.

use proc_macro2::{Ident, Span};
use syn::{parse_quote, Block, Expr, Pat, Stmt};

use super::applied::{bind, push_effect};
use super::breaks::{contains_break, labelled, leave, lifetime, note_breaks, Exit};
use super::chain::{Base, Beside, Chain, Function, Stage};
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

#[derive(Clone)]
struct Placed {
    stage: Stage,
    exit: Exit,
}

/// State of stages, declared before the loops.
type Before = Vec<Stmt>;

/// A stage with its exit and the variable that holds its state.
#[derive(Clone)]
pub(super) struct Stated {
    pub(super) stage: Stage,
    pub(super) exit: Exit,
    pub(super) state: Option<Ident>,
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
                Stage::Beside(beside) => {
                    state = Some(declare(self, "count", beside.start.clone()));
                }
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
                let (mut pattern, item, bound) = self.first(&header, &mut stages, &mut sink);
                let mut body = self.copied_names(&mut pattern);
                body.extend(self.stages(&stages, item, bound, &sink));
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
    pub(super) fn first(
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
        let mut inside = crate::maps::HashMap::default();
        super::count_idents(&closure, &mut inside);
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
                let Beside { items, by_value, cyclic, stages: own, .. } = &**beside;
                let item = self.named(item, &mut out);
                let index = self.fresh("index");
                if *cyclic {
                    out.push(parse_quote!(let #index: usize = #count % #items.len();));
                    out.push(parse_quote!(#count = #index + 1;));
                } else {
                    out.push(parse_quote!(let #index: usize = #count;));
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

    pub(super) fn sink(&mut self, item: Expr, bound: bool, sink: &Sink) -> Vec<Stmt> {
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
}
