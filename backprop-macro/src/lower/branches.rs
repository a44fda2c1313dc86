//! Blocks, `if` and `match`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::{Expr as Syntax, Pat};

use super::pattern::{Bound, Mode};
use super::through::Tail;
use super::{exits, span_of, Lowering};
use crate::graph::{Expr, If, Match, MatchArm, NodeOp, Payload, Place, Region, Role, Step};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};

impl<'a> Lowering<'a> {
    pub(super) fn block_value(&mut self, block: &'a syn::Block, span: Span) -> Expr {
        let marked = block.stmts.first().is_some_and(crate::checkpoint::is_mark);
        let statements = &block.stmts[usize::from(marked)..];
        let body = self.region(|this| this.statements(statements, Tail::Value));
        let value = self.finish_if(None, body, Region::default(), span);
        if let (true, Some(node)) = (marked, self.nodes.last_mut()) {
            if let NodeOp::If(inner) = &mut node.op {
                inner.checkpoint = true;
            }
        }
        value.unwrap_or_else(super::unit)
    }

    pub(super) fn if_value(&mut self, e: &'a syn::ExprIf) -> Expr {
        let span = span_of(e);
        if let Syntax::Let(condition) = &*e.cond {
            let arms = [
                (Some(&*condition.pat), Branch::Block(&e.then_branch)),
                (None, Branch::Else(e.else_branch.as_ref().map(|(_, e)| &**e))),
            ];
            return self.match_arms(&condition.expr, &arms, span);
        }
        let condition = self.condition(&e.cond);
        let then = self.region(|this| this.statements(&e.then_branch.stmts, Tail::Value));
        let otherwise = match &e.else_branch {
            None => Region::default(),
            Some((_, other)) => self.region(|this| this.branch(other)),
        };
        self.finish_if(Some(condition), then, otherwise, span).unwrap_or_else(super::unit)
    }

    /// A branch that is an expression: a block's statements, or the value itself.
    pub(super) fn branch(&mut self, expr: &'a Syntax) -> Option<Expr> {
        match expr {
            Syntax::Block(block) if block.label.is_none() => {
                self.statements(&block.block.stmts, Tail::Value)
            }
            other => {
                if exits::leaves(other) {
                    self.statement_expr(other);
                    return None;
                }
                let value = self.value(other);
                (!is_unit(&value)).then_some(value)
            }
        }
    }

    /// A condition: inert, since nothing depends on it smoothly.
    pub(super) fn condition(&mut self, expr: &'a Syntax) -> Expr {
        if contains_let(expr) {
            self.declare_condition(expr);
            return self.refuse(
                expr,
                "a `let` inside a longer condition",
                "nest one `if` in another",
            );
        }
        if self.writes_active(expr) {
            if let Some(decision) = self.changing_condition(expr) {
                return decision;
            }
            return self.refuse(
                expr,
                "a condition that changes values",
                "change them before the condition",
            );
        }
        let span = span_of(expr);
        let Expr::Code(code) = self.code_of(expr) else { unreachable!("inert code") };
        let steady = code.reads.iter().all(|var| !self.changes(*var));
        if code.repeatable && steady {
            return Expr::Code(code);
        }
        self.named_condition(Expr::Code(code), span)
    }

    /// Declares what a refused condition binds, so that its branch can be checked too.
    pub(super) fn declare_condition(&mut self, expr: &'a Syntax) {
        match expr {
            Syntax::Let(e) => self.declare_pattern(&e.pat),
            Syntax::Binary(e) => {
                self.declare_condition(&e.left);
                self.declare_condition(&e.right);
            }
            Syntax::Paren(e) => self.declare_condition(&e.expr),
            _ => {}
        }
    }

    /// Adds the `if` and returns the place of its value, if both arms have one.
    pub(super) fn finish_if(
        &mut self,
        condition: Option<Expr>,
        mut then: Region,
        mut otherwise: Region,
        span: Span,
    ) -> Option<Expr> {
        let values: Vec<&Expr> = [&then.result, &otherwise.result].into_iter().flatten().collect();
        let has_value = !values.is_empty() && values.iter().any(|value| !is_unit(value));
        let result = has_value.then(|| {
            let kind = values
                .iter()
                .map(|value| value.kind(self.graph))
                .reduce(|all, next| all.join(&next))
                .unwrap_or(Kind::Unknown);
            let active = values.iter().any(|value| self.is_active(value));
            let var = self.graph.fresh("t", kind, Role::Temporary);
            self.graph[var].active = active;
            var
        });
        if !has_value {
            for arm in [&mut then, &mut otherwise] {
                arm.result = None;
            }
        }
        let node = If {
            condition,
            then,
            otherwise,
            result,
            tapes: [None; 2],
            reverse: false,
            checkpoint: false,
        };
        self.emit(NodeOp::If(Box::new(node)), span);
        result.map(|var| Expr::Place(Place::var(var)))
    }

    pub(super) fn match_value(&mut self, e: &'a syn::ExprMatch) -> Expr {
        let arms: Vec<(Option<&'a Pat>, Branch<'a>)> =
            e.arms.iter().map(|arm| (Some(&arm.pat), Branch::Expr(&arm.body))).collect();
        self.match_arms(&e.expr, &arms, span_of(e))
    }

    pub(super) fn match_arms(
        &mut self,
        scrutinee: &'a Syntax,
        arms: &[(Option<&'a Pat>, Branch<'a>)],
        span: Span,
    ) -> Expr {
        let head = self.scrutinee(scrutinee);
        let arms = arms
            .iter()
            .map(|(pattern, branch)| {
                self.arm(&head, *pattern, |this| match branch {
                    Branch::Block(block) => this.statements(&block.stmts, Tail::Value),
                    Branch::Expr(expr) => this.branch(expr),
                    Branch::Else(Some(expr)) => this.branch(expr),
                    Branch::Else(None) => None,
                })
            })
            .collect();
        self.finish_match(head, arms, span).unwrap_or_else(super::unit)
    }

    pub(super) fn scrutinee(&mut self, scrutinee: &'a Syntax) -> Head {
        // What a derivative flows through is computed first, and then its value is matched.
        let computed = self.source.carries(scrutinee);
        if self.writes_active(scrutinee)
            && !computed
            && !super::sum_methods::changes_in_place(scrutinee)
        {
            self.refuse(
                scrutinee,
                "a `match` on something that changes values",
                "bind the value to a name first",
            );
        }
        if !self.source.carries(scrutinee) {
            let effects = self.effects_of(scrutinee);
            let steady = effects.writes.is_empty() && self.is_repeatable(scrutinee);
            // Matching something owned may move its contents away.
            let lent = matches!(unwrapped(scrutinee), Syntax::Reference(_))
                || effects.reads.iter().all(|var| {
                    let root = self.graph.resolve(&Place::var(*var)).root;
                    matches!(self.graph[root].kind, Kind::Ref(_))
                });
            let (tokens, repeatable) = (self.gated(scrutinee), steady && lent);
            let kind = self.kind_by_sight(scrutinee);
            let (parts, made) = (None, false);
            return Head { tokens, effects, parts, repeatable, kind, outcome: false, made };
        }
        // `match x.partial_cmp(&y)` and the like are inert; a tuple is matched part by part.
        let parts = match unwrapped(scrutinee) {
            Syntax::Tuple(tuple) => self.in_order(&tuple.elems),
            other => vec![self.matched(other)],
        };
        let whole = !matches!(unwrapped(scrutinee), Syntax::Tuple(_));
        let mut effects = self.effects_of(scrutinee);
        // Its tokens serve only to match once more what lies behind a shared reference.
        let tokens = scrutinee.to_token_stream();
        let lent = matches!(unwrapped(scrutinee), Syntax::Path(_) | Syntax::Field(_))
            && effects.reads.iter().all(|var| {
                let root = self.graph.resolve(&Place::var(*var)).root;
                matches!(self.graph[root].kind, Kind::Ref(_))
            });
        let repeatable = whole && lent;
        if !repeatable {
            effects = crate::graph::Effects::default();
        }
        let parts = Some((parts, whole));
        let kind = Kind::Unknown;
        let made = self.source.is_made(scrutinee);
        Head { tokens, effects, parts, repeatable, kind, outcome: false, made }
    }

    pub(super) fn arm(
        &mut self,
        head: &Head,
        pattern: Option<&'a Pat>,
        body: impl FnOnce(&mut Self) -> Option<Expr>,
    ) -> MatchArm {
        let Some(pattern) = pattern else {
            let body = self.region(body);
            let (pattern, guard_reads, binds) = (quote!(_), Vec::new(), Vec::new());
            return MatchArm { pattern, again: None, guard_reads, binds, body, tape: None };
        };
        self.arm_with(head, pattern, None, body)
    }

    /// An arm whose pattern is the user's, inside that of a success if there is a `prefix`.
    pub(super) fn arm_with(
        &mut self,
        head: &Head,
        pattern: &'a Pat,
        success: Option<&TokenStream>,
        body: impl FnOnce(&mut Self) -> Option<Expr>,
    ) -> MatchArm {
        let tokens = match success {
            Some(path) => quote!(#path(#pattern)),
            None => pattern.to_token_stream(),
        };
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        let active = names.iter().any(|name| self.source.is_active(*name));
        let mut binds = Vec::new();
        let (mut copies, mut begun) = (Vec::new(), Vec::new());
        if let (true, Some((parts, whole))) = (active, &head.parts) {
            let bindings = self
                .bindings(pattern, success.is_none())
                .filter(|bindings| *whole || bindings.iter().all(|bound| !bound.path.is_empty()));
            let Some(bindings) = bindings else {
                self.errors.push(crate::diagnostics::not_differentiable(
                    pattern,
                    "this pattern",
                    None,
                    "bind the value to a name and match its parts one by one",
                ));
                self.declare_pattern(pattern);
                let body = self.region(body);
                let guard_reads = Vec::new();
                let pattern = tokens;
                return MatchArm { pattern, again: None, guard_reads, binds, body, tape: None };
            };
            for Bound { var: source, mut path, mode } in bindings {
                if success.is_some() {
                    path.insert(0, Step::Payload(Payload::Success));
                }
                let (part, path) = match (whole, path.split_first()) {
                    (false, Some((Step::Field(syn::Member::Unnamed(index)), rest))) => {
                        (parts.get(index.index as usize), rest.to_vec())
                    }
                    _ => (parts.first(), path),
                };
                let part = part.filter(|part| self.is_active(part)).cloned();
                let of = part.as_ref().and_then(Expr::place).cloned();
                let path = self.measured(of.as_ref(), path, Some(span_of(pattern)));
                let whole = part.as_ref().map_or(Kind::Unknown, |part| part.kind(self.graph));
                let kind = super::locals::kind_bound(&whole, &path, mode);
                let var = self.declare(source, kind.clone(), Role::User);
                binds.push(var);
                let Some(part) = part else {
                    begun.extend(self.without_derivative(&[source], &[var]));
                    continue;
                };
                if self.graph[var].active && self.holds_error(&path) {
                    self.errors.push(crate::diagnostics::error_payload(pattern));
                    self.graph[var].active = false;
                    continue;
                }
                // A name for what lies behind a reference is not a value of its own; any other is,
                // and has an adjoint of its own.
                let lent = match mode {
                    Mode::Reference => true,
                    Mode::Copy => false,
                    Mode::Default => {
                        let binding = self.source.binding(source);
                        // What a value that is made here holds is no reference.
                        let held = head.made && kind.is_owned();
                        // Nor is anything written through a shared one, of which another may take
                        // the place.
                        let shared = matches!(kind, Kind::Ref(_)) && !whole.is_reference();
                        !binding.mutable
                            && (whole.is_reference() || binding.written_through && !held && !shared)
                    }
                };
                let place = part.place().expect("an active operand is a place").clone();
                if lent && !self.walks(&place) {
                    self.graph[var].alias = Some(place.with(path));
                } else {
                    copies.push((var, path, place));
                }
            }
        } else {
            binds = self.declare_parts(pattern, &head.kind);
            begun = self.without_derivative(&names, &binds);
        }
        let guard_reads = match pattern {
            Pat::Guard(guard) => {
                let effects = self.effects_of(&*guard.guard);
                if !effects.writes.is_empty() {
                    self.refuse(
                        &guard.guard,
                        "a guard that changes values",
                        "change them before the `match`, or in the arm",
                    );
                }
                effects.reads
            }
            _ => Vec::new(),
        };
        let span = span_of(pattern);
        let body = self.region(|this| {
            for (var, path, part) in copies {
                // The pattern has bound the name already.
                let (pattern, value) = (TokenStream::new(), Expr::Place(part));
                let parts = vec![(var, path)];
                this.emit(NodeOp::Bind { pattern, parts, value }, span);
            }
            this.begin_at_zero(&begun, span);
            body(this)
        });
        let again = head.repeatable.then(|| {
            let bare = match (success, pattern) {
                (Some(_), _) => tokens.clone(),
                (None, Pat::Guard(guard)) => guard.pat.to_token_stream(),
                (None, other) => other.to_token_stream(),
            };
            let scrutinee = &head.tokens;
            quote!(let #bare = #scrutinee else { ::core::unreachable!() };)
        });
        MatchArm { pattern: tokens, again, guard_reads, binds, body, tape: None }
    }

    /// Whether a path leads into what an `Err` holds.
    fn holds_error(&self, path: &[Step]) -> bool {
        path.iter().any(|step| match step {
            Step::Payload(Payload::Variant { path, .. }) => {
                path.segments.last().is_some_and(|last| last.ident == "Err")
            }
            _ => false,
        })
    }

    pub(super) fn finish_match(
        &mut self,
        head: Head,
        mut arms: Vec<MatchArm>,
        span: Span,
    ) -> Option<Expr> {
        let values: Vec<&Expr> = arms.iter().filter_map(|arm| arm.body.result.as_ref()).collect();
        let has_value = values.iter().any(|value| !is_unit(value));
        let result = has_value.then(|| {
            let kind = values
                .iter()
                .filter(|value| !is_never(value))
                .map(|value| value.kind(self.graph))
                .reduce(|all, next| all.join(&next))
                .unwrap_or(Kind::Unknown);
            let active = values.iter().any(|value| self.is_active(value));
            let var = self.graph.fresh("t", kind, Role::Temporary);
            self.graph[var].active = active;
            var
        });
        if !has_value {
            arms.iter_mut().for_each(|arm| arm.body.result = None);
        }
        let taken = self.graph.fresh("arm", Kind::Discrete, Role::Temporary);
        let node = Match {
            scrutinee: head.tokens,
            scrutinee_effects: head.effects,
            parts: head.parts,
            outcome: head.outcome,
            arms,
            result,
            taken,
            reverse: false,
        };
        self.emit(NodeOp::Match(Box::new(node)), span);
        result.map(|var| Expr::Place(Place::var(var)))
    }
}

pub(super) struct Head {
    pub(super) tokens: TokenStream,
    pub(super) effects: crate::graph::Effects,
    /// An active scrutinee's operands, and whether there is just the one.
    pub(super) parts: Option<(Vec<Expr>, bool)>,
    /// Whether the scrutinee is inert and may be matched a second time.
    pub(super) repeatable: bool,
    /// The kind of an inert scrutinee.
    pub(super) kind: Kind,
    /// The scrutinee is an `Option` or a `Result`, and the arms are those of a `Result`.
    pub(super) outcome: bool,
    /// The scrutinee is a new value, not a reference.
    pub(super) made: bool,
}

pub(super) enum Branch<'a> {
    Block(&'a syn::Block),
    Expr(&'a Syntax),
    Else(Option<&'a Syntax>),
}

pub(super) fn is_unit(value: &Expr) -> bool {
    matches!(value, Expr::Code(code) if code.tokens.to_string() == "()")
}

/// Whether a value is a call that does not return, like `panic!()`.
pub(crate) fn is_never(value: &Expr) -> bool {
    matches!(value, Expr::Code(code) if {
        let text = code.tokens.to_string();
        ["panic", "unreachable", "todo", "unimplemented"].iter().any(|name| {
            text.starts_with(&format!("{name} !")) || text.starts_with(&format!("{name}!"))
        })
    })
}

pub(super) fn contains_let(expr: &Syntax) -> bool {
    match expr {
        Syntax::Let(_) => true,
        Syntax::Binary(e) => contains_let(&e.left) || contains_let(&e.right),
        Syntax::Paren(e) => contains_let(&e.expr),
        _ => false,
    }
}
