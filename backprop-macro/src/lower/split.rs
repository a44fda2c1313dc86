//! Statements that may leave, together with what follows them.

use proc_macro2::Span;
use quote::quote;
use syn::{Expr as Syntax, Pat, Stmt};

use super::through::Tail;
use super::{exits, span_of, Lowering};
use crate::graph::{Expr, Region};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};
use crate::tokens;

impl<'a> Lowering<'a> {
    /// A statement that may leave, with the statements after it.
    pub(super) fn leaving(&mut self, stmt: &'a Stmt, rest: &'a [Stmt], tail: Tail) -> Option<Expr> {
        if let Some(question) = exits::question_of(stmt).filter(|e| !exits::leaves(&e.expr)) {
            let local = match stmt {
                Stmt::Local(local) => Some(local),
                _ => None,
            };
            return self.question(local, question, rest, tail);
        }
        if let Some(question) = exits::question_mark(stmt) {
            self.errors.push(crate::diagnostics::question_mark(question));
            if let Stmt::Local(local) = stmt {
                self.declare_pattern(&local.pat);
            }
            return self.statements(rest, tail);
        }
        match stmt {
            Stmt::Expr(expr, _) => self.leaving_expr(expr, rest, tail),
            Stmt::Local(local) => self.leaving_local(stmt, local, rest, tail),
            Stmt::Item(_) | Stmt::Macro(_) => {
                self.statement(stmt);
                self.statements(rest, tail)
            }
        }
    }

    /// An expression as the only statement before `rest`.
    pub(super) fn expr_statements(
        &mut self,
        expr: &'a Syntax,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        if exits::leaves(expr) {
            return self.leaving_expr(expr, rest, tail);
        }
        let value = self.value(expr);
        if rest.is_empty() {
            self.value_of(value, tail, span_of(expr))
        } else {
            self.statements(rest, tail)
        }
    }

    pub(super) fn leaving_expr(
        &mut self,
        expr: &'a Syntax,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        match unwrapped(expr) {
            Syntax::Return(e) if self.at_function(tail) => {
                e.expr.as_ref().map(|value| self.value(value))
            }
            Syntax::Return(e) => {
                self.return_later(e);
                None
            }
            Syntax::Break(_) | Syntax::Continue(_) => {
                self.statement_expr(unwrapped(expr));
                None
            }
            Syntax::If(e) if !matches!(&*e.cond, Syntax::Let(_)) && splits(e) => {
                self.split_if(e, rest, tail)
            }
            Syntax::Match(e) if match_splits(e) && !covers(e, rest) => {
                self.split_match(e, None, rest, tail)
            }
            Syntax::Block(e)
                if !matches!(tail, Tail::Value)
                    && e.label.is_none()
                    && (rest.is_empty() || exits::diverges(&e.block)) =>
            {
                self.statements(&e.block.stmts, tail)
            }
            // Where nothing follows, every branch ends the function, or has the value.
            Syntax::If(e) if rest.is_empty() && self.ends(tail) => self.last_if(e, tail),
            Syntax::Match(e) if rest.is_empty() && self.ends(tail) => self.last_match(e, tail),
            Syntax::If(_)
            | Syntax::Match(_)
            | Syntax::Block(_)
            | Syntax::ForLoop(_)
            | Syntax::While(_)
            | Syntax::Loop(_) => {
                self.statement_expr(unwrapped(expr));
                if rest.is_empty() && self.at_function(tail) && self.never_ends(unwrapped(expr)) {
                    return self.returned_value(true);
                }
                self.unless_left(rest, tail, span_of(expr))
            }
            _ => {
                self.exit_misplaced(expr);
                None
            }
        }
    }

    /// An `if` that may leave, as the last expression of a function.
    fn last_if(&mut self, e: &'a syn::ExprIf, tail: Tail) -> Option<Expr> {
        let span = span_of(e);
        let otherwise = |this: &mut Self| match &e.else_branch {
            Some((_, other)) => this.last_branch(other, tail),
            None => None,
        };
        if let Syntax::Let(condition) = &*e.cond {
            let head = self.scrutinee(&condition.expr);
            let then = self.arm(&head, Some(&condition.pat), |this| {
                this.statements(&e.then_branch.stmts, tail)
            });
            let otherwise = self.arm(&head, None, otherwise);
            return self.finish_match(head, vec![then, otherwise], span);
        }
        let condition = self.condition(&e.cond);
        let then = self.region(|this| this.statements(&e.then_branch.stmts, tail));
        let otherwise = self.region(otherwise);
        self.finish_if(Some(condition), then, otherwise, span)
    }

    /// A `match` that may leave, as the last expression of a function.
    fn last_match(&mut self, e: &'a syn::ExprMatch, tail: Tail) -> Option<Expr> {
        let head = self.scrutinee(&e.expr);
        let mut arms = Vec::new();
        for arm in &e.arms {
            arms.push(self.arm(&head, Some(&arm.pat), |this| this.last_branch(&arm.body, tail)));
        }
        self.finish_match(head, arms, span_of(e))
    }

    fn last_branch(&mut self, body: &'a Syntax, tail: Tail) -> Option<Expr> {
        match body {
            Syntax::Block(block) if block.label.is_none() => {
                self.statements(&block.block.stmts, tail)
            }
            other => self.expr_statements(other, &[], tail),
        }
    }

    /// The remaining statements, unless a flag says that the code before them has left.
    pub(super) fn unless_left(&mut self, rest: &'a [Stmt], tail: Tail, span: Span) -> Option<Expr> {
        let condition = self.still_running()?;
        let condition = self.named_condition(condition, span);
        let then = self.region(|this| this.statements(rest, tail));
        let at_function = self.at_function(tail);
        let otherwise = self.region(|this| this.returned_value(at_function));
        self.finish_if(Some(condition), then, otherwise, span)
    }

    /// Whether the value of the statements that follow is the function's.
    pub(super) fn at_function(&self, tail: Tail) -> bool {
        self.frames.is_empty() && matches!(tail, Tail::Function)
    }

    /// Whether nothing but the value is wanted of the statements that follow.
    fn ends(&self, tail: Tail) -> bool {
        self.at_function(tail) || matches!(tail, Tail::Into(_))
    }

    /// Whether an expression at the function's end has no value of its own: a `loop` that only
    /// `return` leaves.
    fn never_ends(&self, expr: &Syntax) -> bool {
        let value = self.returned.is_some_and(|returned| returned.value.is_some());
        value && matches!(expr, Syntax::Loop(_))
    }

    /// What an earlier `return` has left, where the function ends.
    pub(super) fn returned_value(&mut self, at_function: bool) -> Option<Expr> {
        let returned = self.returned.filter(|_| at_function)?;
        let value = returned.value?;
        if returned.scalar {
            Some(Expr::var(value))
        } else {
            super::question::unwrap_returned(self, value)
        }
    }

    pub(super) fn leaving_local(
        &mut self,
        stmt: &'a Stmt,
        local: &'a syn::Local,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let Some(init) = &local.init else { unreachable!("a `let` without value cannot leave") };
        if let Some((_, diverge)) = &init.diverge {
            return self.let_else(local, &init.expr, diverge, rest, tail);
        }
        match unwrapped(&init.expr) {
            Syntax::Match(e) if match_splits(e) && !covers(e, rest) => {
                self.split_match(e, Some(local), rest, tail)
            }
            Syntax::If(e) if splits(e) && !matches!(&*e.cond, Syntax::Let(_)) => {
                self.split_let_if(e, local, rest, tail)
            }
            Syntax::Match(_) | Syntax::If(_) | Syntax::Block(_) => {
                self.let_through(local, &init.expr, rest, tail)
            }
            _ => {
                self.exit_misplaced(&init.expr);
                let mut names = Vec::new();
                bound(self.source, &local.pat, &mut names);
                let declares = self.declare_all(&names, &Kind::Unknown);
                self.code(stmt, declares, false);
                None
            }
        }
    }

    pub(super) fn split_if(
        &mut self,
        e: &'a syn::ExprIf,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let span = span_of(e);
        let condition = self.condition(&e.cond);
        let then = self.region(|this| {
            if exits::diverges(&e.then_branch) {
                return this.statements(&e.then_branch.stmts, tail);
            }
            this.scoped(&e.then_branch.stmts);
            this.statements(rest, tail)
        });
        let otherwise = self.region(|this| match &e.else_branch {
            None => this.statements(rest, tail),
            Some((_, other)) if exits::expr_diverges(other) => match &**other {
                Syntax::Block(block) => this.statements(&block.block.stmts, tail),
                other => this.expr_statements(other, &[], tail),
            },
            Some((_, other)) => {
                match &**other {
                    Syntax::Block(block) => this.scoped(&block.block.stmts),
                    other => {
                        this.value(other);
                    }
                }
                this.statements(rest, tail)
            }
        });
        self.finish_if(Some(condition), then, otherwise, span)
    }

    /// The statements of a branch that more statements follow: its names end with it.
    pub(super) fn scoped(&mut self, stmts: &'a [Stmt]) {
        if !stmts.iter().any(|stmt| matches!(stmt, Stmt::Local(_) | Stmt::Item(_))) {
            self.statements(stmts, Tail::Value);
            return;
        }
        let mut body = self.region(|this| this.statements(stmts, Tail::Value));
        body.result = None;
        self.finish_if(None, body, Region::default(), Span::mixed_site());
    }

    /// A value whose computation has names of its own.
    pub(super) fn scoped_value(&mut self, stmts: &'a [Stmt]) -> Option<Expr> {
        if stmts.len() == 1 {
            return self.statements(stmts, Tail::Value);
        }
        let body = self.region(|this| this.statements(stmts, Tail::Value));
        self.finish_if(None, body, Region::default(), Span::mixed_site())
    }

    pub(super) fn split_let_if(
        &mut self,
        e: &'a syn::ExprIf,
        local: &'a syn::Local,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let span = span_of(e);
        let condition = self.condition(&e.cond);
        let arm = |this: &mut Self, own: ArmBody<'a>, leaves: bool| {
            this.region(|this| {
                let value = match own {
                    ArmBody::Stmts(stmts) if !leaves => this.scoped_value(stmts),
                    ArmBody::Stmts(stmts) => this.statements(stmts, tail),
                    ArmBody::Expr(expr) => {
                        this.expr_statements(expr, &[], if leaves { tail } else { Tail::Value })
                    }
                };
                if leaves {
                    return value;
                }
                this.bind_local(local, value.unwrap_or_else(super::unit));
                this.statements(rest, tail)
            })
        };
        let then = arm(self, ArmBody::Stmts(&e.then_branch.stmts), exits::diverges(&e.then_branch));
        let otherwise = match &e.else_branch {
            Some((_, other)) => {
                let leaves = exits::expr_diverges(other);
                match &**other {
                    Syntax::Block(block) => arm(self, ArmBody::Stmts(&block.block.stmts), leaves),
                    other => arm(self, ArmBody::Expr(other), leaves),
                }
            }
            None => Region::default(),
        };
        self.finish_if(Some(condition), then, otherwise, span)
    }

    pub(super) fn bind_local(&mut self, local: &'a syn::Local, value: Expr) {
        let (pattern, ty) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            other => (other, None),
        };
        self.bind_expr(pattern, ty, value, span_of(local));
    }

    pub(super) fn split_match(
        &mut self,
        e: &'a syn::ExprMatch,
        local: Option<&'a syn::Local>,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let head = self.scrutinee(&e.expr);
        let mut arms = Vec::new();
        for arm in &e.arms {
            let leaves = exits::expr_diverges(&arm.body);
            let lowered = self.arm(&head, Some(&arm.pat), |this| {
                let value = match &*arm.body {
                    Syntax::Block(block) if block.label.is_none() && !leaves => {
                        if local.is_some() {
                            this.scoped_value(&block.block.stmts)
                        } else {
                            this.scoped(&block.block.stmts);
                            None
                        }
                    }
                    Syntax::Block(block) if block.label.is_none() => {
                        this.statements(&block.block.stmts, tail)
                    }
                    body => {
                        this.expr_statements(body, &[], if leaves { tail } else { Tail::Value })
                    }
                };
                if leaves {
                    return value;
                }
                if let Some(local) = local {
                    this.bind_local(local, value.unwrap_or_else(super::unit));
                }
                this.statements(rest, tail)
            });
            arms.push(lowered);
        }
        self.finish_match(head, arms, span_of(e))
    }

    pub(super) fn let_else(
        &mut self,
        local: &'a syn::Local,
        init: &'a Syntax,
        diverge: &'a Syntax,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let head = self.scrutinee(init);
        let pattern = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            other => other,
        };
        let stays = self.arm(&head, Some(pattern), |this| this.statements(rest, tail));
        let leaves = self.arm(&head, None, |this| match diverge {
            Syntax::Block(block) => this.statements(&block.block.stmts, tail),
            other => this.expr_statements(other, &[], tail),
        });
        self.finish_match(head, vec![stays, leaves], span_of(local))
    }
}

/// The code of an arm whose value is bound by a `let`.
pub(super) enum ArmBody<'a> {
    Stmts(&'a [Stmt]),
    Expr(&'a Syntax),
}

/// Whether each branch either ends by leaving or does not leave at all.
fn splits(e: &syn::ExprIf) -> bool {
    let branch = |block: &syn::Block| {
        exits::diverges(block) || !block.stmts.iter().any(exits::statement_leaves)
    };
    branch(&e.then_branch)
        && match &e.else_branch {
            None => true,
            Some((_, other)) => exits::expr_diverges(other) || !exits::leaves(other),
        }
}

/// Whether all arms but at most one end by leaving, and that one does not leave at all.
fn match_splits(e: &syn::ExprMatch) -> bool {
    let staying: Vec<_> = e.arms.iter().filter(|arm| !exits::expr_diverges(&arm.body)).collect();
    staying.len() <= 1 && staying.iter().all(|arm| !exits::leaves(&arm.body))
}

/// Whether an arm that does not leave binds a name that the statements after the `match` use:
/// they must not become part of the arm.
fn covers(e: &syn::ExprMatch, rest: &[Stmt]) -> bool {
    let used = tokens::names(&quote!(#(#rest)*));
    e.arms
        .iter()
        .filter(|arm| !exits::expr_diverges(&arm.body))
        .any(|arm| tokens::names(&arm.pat).iter().any(|name| used.contains(name)))
}
