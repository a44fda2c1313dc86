//! The methods of `Option` and `Result`: the matches that they stand for.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Expr as Syntax, ExprClosure};

use super::sums::{inert, Sum};
use super::Lowering;
use crate::graph::{Expr, NodeOp, Op, Payload, Place, Region, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::{bound, is_pure_sum_method, unwrapped};

/// What the failure's arm knows.
pub(super) struct Failure {
    pub(super) sum: Sum,
    /// What the pattern binds to what the `Err` holds.
    pub(super) error: Option<VarId>,
}

impl<'a> Lowering<'a> {
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
        if !certain || crate::desugar::is_iterator(&e.receiver) {
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
    pub(super) fn success(&mut self, sum: Sum, value: Expr, span: Span) -> Expr {
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
pub(super) fn is_place(expr: &Syntax) -> bool {
    super::stmt::is_place(expr)
}
