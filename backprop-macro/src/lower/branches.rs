//! Blocks, `if` and `match`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::{Expr as Syntax, Pat};

use super::{exits, span_of, Lowering};
use crate::graph::{Expr, If, Match, MatchArm, NodeOp, Place, Region, Role, Step};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};

impl<'a> Lowering<'a> {
    pub(super) fn block_value(&mut self, block: &'a syn::Block, span: Span) -> Expr {
        let body = self.region(|this| this.statements(&block.stmts, false));
        self.finish_if(None, body, Region::default(), span).unwrap_or_else(super::unit)
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
        let then = self.region(|this| this.statements(&e.then_branch.stmts, false));
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
                self.statements(&block.block.stmts, false)
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
        let node = If { condition, then, otherwise, result, tapes: [None; 2], reverse: false };
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
                    Branch::Block(block) => this.statements(&block.stmts, false),
                    Branch::Expr(expr) => this.branch(expr),
                    Branch::Else(Some(expr)) => this.branch(expr),
                    Branch::Else(None) => None,
                })
            })
            .collect();
        self.finish_match(head, arms, span).unwrap_or_else(super::unit)
    }

    pub(super) fn scrutinee(&mut self, scrutinee: &'a Syntax) -> Head {
        if self.writes_active(scrutinee) {
            self.refuse(
                scrutinee,
                "a `match` on something that changes values",
                "bind the value to a name first",
            );
        }
        if !self.source.carries(scrutinee) {
            let effects = self.effects_of(scrutinee);
            let steady = effects.writes.is_empty() && super::code::is_repeatable(scrutinee);
            // Matching something owned may move its contents away.
            let lent = matches!(unwrapped(scrutinee), Syntax::Reference(_))
                || effects.reads.iter().all(|var| {
                    let root = self.graph.resolve(&Place::var(*var)).root;
                    matches!(self.graph[root].kind, Kind::Ref(_))
                });
            let repeatable = steady && lent;
            let kind = self.kind_by_sight(scrutinee);
            return Head { tokens: self.gated(scrutinee), effects, parts: None, repeatable, kind };
        }
        // `match x.partial_cmp(&y)` and the like are inert; a tuple is matched part by part.
        let parts = match unwrapped(scrutinee) {
            Syntax::Tuple(tuple) => tuple.elems.iter().map(|part| self.operand(part)).collect(),
            other => vec![self.operand(other)],
        };
        let whole = !matches!(unwrapped(scrutinee), Syntax::Tuple(_));
        let effects = self.effects_of(scrutinee);
        let parts = Some((parts, whole));
        let kind = Kind::Unknown;
        Head { tokens: TokenStream::new(), effects, parts, repeatable: false, kind }
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
        let tokens = pattern.to_token_stream();
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        let active = names.iter().any(|name| self.source.is_active(*name));
        let mut binds = Vec::new();
        let mut copies = Vec::new();
        if let (true, Some((parts, whole))) = (active, &head.parts) {
            let bare = match pattern {
                Pat::Guard(guard) => &*guard.pat,
                other => other,
            };
            let Some(paths) = self.parts(bare) else {
                self.errors.push(crate::diagnostics::not_differentiable(
                    pattern,
                    "a value that an enum's variant holds",
                    None,
                    "take the enum apart in a function that is not differentiated and pass its \
                     contents",
                ));
                self.declare_pattern(pattern);
                let body = self.region(body);
                return MatchArm {
                    pattern: tokens,
                    again: None,
                    guard_reads: Vec::new(),
                    binds,
                    body,
                    tape: None,
                };
            };
            for (source, path) in paths {
                let (part, path) = match (whole, path.split_first()) {
                    (false, Some((Step::Field(syn::Member::Unnamed(index)), rest))) => {
                        (parts.get(index.index as usize), rest.to_vec())
                    }
                    _ => (parts.first(), path),
                };
                let part = part.and_then(Expr::place).cloned();
                let path = self.measured(part.as_ref(), path, Some(span_of(pattern)));
                let kind = part.as_ref().map_or(Kind::Unknown, |part| {
                    super::stmt::kind_along(&part.kind(self.graph), &path, false)
                });
                let var = self.declare(source, kind, Role::User);
                match part {
                    // A copy of something that may change must have an adjoint of its own.
                    Some(part)
                        if self.changes(part.root)
                            && !self.source.binding(source).written_through =>
                    {
                        copies.push((var, path, part));
                    }
                    Some(part) => self.graph[var].alias = Some(part.with(path)),
                    None => self.graph[var].active = false,
                }
                binds.push(var);
            }
        } else {
            binds = self.declare_parts(pattern, &head.kind);
        }
        let guard_reads = match pattern {
            Pat::Guard(guard) => self.effects_of(&*guard.guard).reads,
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
            body(this)
        });
        let again = head.repeatable.then(|| {
            let bare = match pattern {
                Pat::Guard(guard) => guard.pat.to_token_stream(),
                other => other.to_token_stream(),
            };
            let scrutinee = &head.tokens;
            quote!(let #bare = #scrutinee else { ::core::unreachable!() };)
        });
        MatchArm { pattern: tokens, again, guard_reads, binds, body, tape: None }
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
pub(super) fn is_never(value: &Expr) -> bool {
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
