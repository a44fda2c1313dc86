//! Branches and loops.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::{Expr as Syntax, Pat, Stmt};

use super::{exits, span_of, Lowering};
use crate::graph::{
    Code, Expr, Header, If, Loop, Match, MatchArm, NodeOp, Place, Region, Role, Step, VarId,
};
use crate::kind::{Float, Kind};
use crate::source::{bound, root, unwrapped};

impl<'a> Lowering<'a> {
    // ---- branches

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
    fn branch(&mut self, expr: &'a Syntax) -> Option<Expr> {
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
    fn condition(&mut self, expr: &'a Syntax) -> Expr {
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
    fn declare_condition(&mut self, expr: &'a Syntax) {
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

    fn match_arms(
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

    fn scrutinee(&mut self, scrutinee: &'a Syntax) -> Head {
        if self.writes_active(scrutinee) {
            self.refuse(
                scrutinee,
                "a `match` on something that changes values",
                "bind the value to a name first",
            );
        }
        if !self.source.carries(scrutinee) {
            let effects = self.effects_of(scrutinee);
            return Head { tokens: self.gated(scrutinee), effects, parts: None };
        }
        // `match x.partial_cmp(&y)` and the like are inert; a tuple is matched part by part.
        let parts = match unwrapped(scrutinee) {
            Syntax::Tuple(tuple) => tuple.elems.iter().map(|part| self.operand(part)).collect(),
            other => vec![self.operand(other)],
        };
        let whole = !matches!(unwrapped(scrutinee), Syntax::Tuple(_));
        let effects = self.effects_of(scrutinee);
        Head { tokens: TokenStream::new(), effects, parts: Some((parts, whole)) }
    }

    fn arm(
        &mut self,
        head: &Head,
        pattern: Option<&'a Pat>,
        body: impl FnOnce(&mut Self) -> Option<Expr>,
    ) -> MatchArm {
        let Some(pattern) = pattern else {
            let body = self.region(body);
            let (pattern, guard_reads, binds) = (quote!(_), Vec::new(), Vec::new());
            return MatchArm { pattern, guard_reads, binds, body, tape: None };
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
            binds = self.declare_all(&names, &Kind::Unknown);
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
        MatchArm { pattern: tokens, guard_reads, binds, body, tape: None }
    }

    fn finish_match(&mut self, head: Head, mut arms: Vec<MatchArm>, span: Span) -> Option<Expr> {
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

    // ---- statements that may leave, with what follows them

    pub(super) fn split_if(
        &mut self,
        e: &'a syn::ExprIf,
        rest: &'a [Stmt],
        tail: bool,
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
    fn scoped(&mut self, stmts: &'a [Stmt]) {
        if !stmts.iter().any(|stmt| matches!(stmt, Stmt::Local(_) | Stmt::Item(_))) {
            self.statements(stmts, false);
            return;
        }
        let mut body = self.region(|this| this.statements(stmts, false));
        body.result = None;
        self.finish_if(None, body, Region::default(), Span::mixed_site());
    }

    /// A value whose computation has names of its own.
    fn scoped_value(&mut self, stmts: &'a [Stmt]) -> Option<Expr> {
        if stmts.len() == 1 {
            return self.statements(stmts, false);
        }
        let body = self.region(|this| this.statements(stmts, false));
        self.finish_if(None, body, Region::default(), Span::mixed_site())
    }

    pub(super) fn split_let_if(
        &mut self,
        e: &'a syn::ExprIf,
        local: &'a syn::Local,
        rest: &'a [Stmt],
        tail: bool,
    ) -> Option<Expr> {
        let span = span_of(e);
        let condition = self.condition(&e.cond);
        let arm = |this: &mut Self, own: ArmBody<'a>, leaves: bool| {
            this.region(|this| {
                let value = match own {
                    ArmBody::Stmts(stmts) if !leaves => this.scoped_value(stmts),
                    ArmBody::Stmts(stmts) => this.statements(stmts, tail),
                    ArmBody::Expr(expr) => this.expr_statements(expr, &[], leaves && tail),
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

    /// `let pattern = match … { A => value, B => value, C => return … };`: the value goes through
    /// a variable, and the statements that follow run unless an arm has left.
    pub(super) fn let_through(
        &mut self,
        local: &'a syn::Local,
        init: &'a Syntax,
        rest: &'a [Stmt],
        tail: bool,
    ) -> Option<Expr> {
        let span = span_of(local);
        let mut names = Vec::new();
        bound(self.source, &local.pat, &mut names);
        let through = self.graph.fresh("t", Kind::Scalar(Float::Literal), Role::Temporary);
        self.graph[through].mutable = true;
        self.graph[through].active = names.iter().any(|name| self.source.is_active(*name));
        self.emit(NodeOp::Let { var: through, value: Expr::Number(0.0) }, span);
        self.store_through(init, through);
        let condition = self.still_running()?;
        let condition = self.named_condition(condition, span);
        let then = self.region(|this| {
            this.bind_local(local, Expr::var(through));
            this.statements(rest, tail)
        });
        let at_function = self.at_function(tail);
        let otherwise = self.region(|this| this.returned_value(at_function));
        self.finish_if(Some(condition), then, otherwise, span)
    }

    /// Stores the value of each arm that has one.
    fn store_through(&mut self, expr: &'a Syntax, through: VarId) {
        let span = span_of(expr);
        let arm = |this: &mut Self, body: &'a Syntax| {
            this.region(|this| {
                match body {
                    Syntax::If(_) | Syntax::Match(_) if !exits::expr_diverges(body) => {
                        this.store_through(body, through);
                    }
                    body => {
                        let value = match body {
                            Syntax::Block(block) => this.statements(&block.block.stmts, false),
                            body => this.expr_statements(body, &[], false),
                        };
                        if let (Some(value), false) = (value, exits::expr_diverges(body)) {
                            this.store(Place::var(through), None, value, span_of(body));
                        }
                    }
                }
                None
            })
        };
        match unwrapped(expr) {
            Syntax::Match(e) => {
                let head = self.scrutinee(&e.expr);
                let mut arms = Vec::new();
                for case in &e.arms {
                    arms.push(self.arm(&head, Some(&case.pat), |this| {
                        let region = arm(this, &case.body);
                        this.nodes.extend(region.nodes);
                        None
                    }));
                }
                self.finish_match(head, arms, span);
            }
            Syntax::If(e) if !matches!(&*e.cond, Syntax::Let(_)) => {
                let condition = self.condition(&e.cond);
                let then = self.region(|this| {
                    let value = this.statements(&e.then_branch.stmts, false);
                    if let (Some(value), false) = (value, exits::diverges(&e.then_branch)) {
                        this.store(Place::var(through), None, value, span);
                    }
                    None
                });
                let otherwise = match &e.else_branch {
                    Some((_, other)) => arm(self, other),
                    None => Region::default(),
                };
                self.finish_if(Some(condition), then, otherwise, span);
            }
            _ => self.exit_misplaced(expr),
        }
    }

    fn bind_local(&mut self, local: &'a syn::Local, value: Expr) {
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
        tail: bool,
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
                    body => this.expr_statements(body, &[], leaves && tail),
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
        tail: bool,
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

    // ---- loops

    pub(super) fn for_loop(&mut self, e: &'a syn::ExprForLoop) {
        let header = self.header(e);
        self.finish_loop(header, e.label.as_ref(), &e.body, span_of(e));
    }

    pub(super) fn while_loop(&mut self, e: &'a syn::ExprWhile) {
        let (binds, condition) = match &*e.cond {
            Syntax::Let(condition) => {
                if self.source.carries(&condition.expr) {
                    self.refuse(
                        &e.cond,
                        "a `while let`",
                        "write a `for` loop, or a `while` loop with a plain condition",
                    );
                    self.declare_pattern(&condition.pat);
                    return;
                }
                let mut names = Vec::new();
                bound(self.source, &condition.pat, &mut names);
                (self.declare_all(&names, &Kind::Unknown), &*e.cond)
            }
            other => (Vec::new(), other),
        };
        if self.writes_active(condition) {
            self.refuse(
                condition,
                "a condition that changes values",
                "change them in the loop's body",
            );
        }
        let effects = self.effects_of(condition);
        let header = Header::While { condition: self.gated(condition), effects, binds };
        self.finish_loop(header, e.label.as_ref(), &e.body, span_of(e));
    }

    pub(super) fn endless_loop(&mut self, e: &'a syn::ExprLoop) {
        let header = Header::While {
            condition: quote!(true),
            effects: crate::graph::Effects::default(),
            binds: Vec::new(),
        };
        self.finish_loop(header, e.label.as_ref(), &e.body, span_of(e));
    }

    fn finish_loop(
        &mut self,
        header: Header,
        label: Option<&syn::Label>,
        body: &'a syn::Block,
        span: Span,
    ) {
        let needs_flag = body.stmts.iter().any(exits::statement_leaves);
        let mut exit = None;
        let body = self.region(|this| {
            exit = Some(this.open_frame(label));
            this.statements(&body.stmts, false)
        });
        self.frames.pop();
        let mut body = body;
        body.result = None;
        if !needs_flag {
            // The flag's declaration is the body's first node.
            body.nodes.remove(0);
            exit = None;
        }
        let node = Loop { header, body, tape: None, exit };
        self.emit(NodeOp::Loop(Box::new(node)), span);
    }

    fn header(&mut self, e: &'a syn::ExprForLoop) -> Header {
        self.header_of(Some(&e.pat), &e.expr).0
    }

    /// The header of a loop over `iterable`. Without a pattern the item gets a name of its own,
    /// which is the second result.
    pub(super) fn header_of(
        &mut self,
        pattern: Option<&'a Pat>,
        iterable: &'a Syntax,
    ) -> (Header, Option<Expr>) {
        if let Some(range) = self.range(iterable) {
            match pattern {
                Some(Pat::Ident(ident)) => {
                    let source = self.source.binder(&ident.ident);
                    let index = self.declare(source, Kind::Discrete, Role::User);
                    return (Header::Range { index, range }, None);
                }
                Some(Pat::Wild(_)) => {
                    let index = self.graph.fresh("k", Kind::Discrete, Role::Index);
                    return (Header::Range { index, range }, None);
                }
                None => {
                    let index = self.graph.fresh("k", Kind::Discrete, Role::User);
                    return (Header::Range { index, range }, Some(Expr::var(index)));
                }
                Some(_) => {}
            }
        }
        let counter = self.graph.fresh("k", Kind::Discrete, Role::Index);
        let effects = self.effects_of(iterable);
        let mut binds = Vec::new();
        let active = self.source.carries(iterable)
            || pattern.is_some_and(|pattern| self.writes_active_through(iterable, pattern));
        let nodes = self.nodes.len();
        let shape = match self.shape(iterable) {
            // Inert elements whose place is not known are simply kept where they are needed.
            None if !active => {
                self.nodes.truncate(nodes);
                Some(Shape::Inert)
            }
            shape => shape,
        };
        let mut item = None;
        let tokens = match (&shape, pattern) {
            (Some(shape), Some(pattern)) => {
                self.bind_shape(pattern, shape, counter, &mut binds);
                pattern.to_token_stream()
            }
            (Some(shape), None) => {
                let var = self.graph.fresh("item", Kind::Unknown, Role::User);
                if let Shape::Elements { by_value, .. } = shape {
                    let target = shape.place(self, counter);
                    let element = target.kind(self.graph);
                    self.graph[var].kind =
                        if *by_value { element } else { Kind::Ref(Box::new(element)) };
                    self.graph[var].active = self.graph[self.graph.resolve(&target).root].active;
                    self.graph[var].alias = Some(target);
                    item = Some(Expr::var(var));
                } else if matches!(shape, Shape::Inert) {
                    item = Some(Expr::var(var));
                }
                binds.push(var);
                self.graph[var].ident.to_token_stream()
            }
            (None, pattern) => {
                self.refuse(
                    iterable,
                    "this iterator",
                    "loop over an index, a slice or `iter()`, `iter_mut()`, `zip`, `enumerate`, \
                     `windows`, `chunks`, `skip`, `take` of one",
                );
                let mut names = Vec::new();
                pattern.into_iter().for_each(|pattern| bound(self.source, pattern, &mut names));
                binds = self.declare_all(&names, &Kind::Unknown);
                pattern.map(ToTokens::to_token_stream).unwrap_or_default()
            }
        };
        let consumes = self.consumed(iterable);
        let iterable = self.gated(iterable);
        (Header::Each { pattern: tokens, binds, iterable, effects, counter, consumes }, item)
    }

    /// The collection that iterating moves away: `for x in xs` of an owned `xs`.
    fn consumed(&mut self, iterable: &'a Syntax) -> Option<Place> {
        match unwrapped(iterable) {
            Syntax::Path(path) => {
                path.path.get_ident().and_then(|ident| self.source.usage(ident))?;
                Some(self.place(iterable))
            }
            Syntax::MethodCall(call) => match call.method.to_string().as_str() {
                "into_iter" | "enumerate" | "zip" | "rev" | "skip" | "take" => {
                    let receiver = unwrapped(&call.receiver);
                    if matches!(receiver, Syntax::Path(_)) && call.method != "into_iter" {
                        return None;
                    }
                    self.consumed(receiver)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a loop over mutable elements changes active ones.
    fn writes_active_through(&self, iterable: &'a Syntax, pattern: &'a Pat) -> bool {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        root(self.source, iterable).is_some_and(|(var, _)| self.source.is_active(var))
            && names.iter().any(|name| self.source.is_active(*name))
    }

    /// A range of integers whose bounds stay the same: the reverse can count it again.
    fn range(&mut self, expr: &'a Syntax) -> Option<Code> {
        if !is_range(expr) {
            return None;
        }
        let Expr::Code(code) = self.code_of(expr) else { unreachable!("inert code") };
        if range_bounds_repeatable(expr) && code.reads.iter().all(|var| !self.changes(*var)) {
            return Some(Code { repeatable: true, ..code });
        }
        // Bounds that change are read once, here.
        match unwrapped(expr) {
            Syntax::Range(range) => {
                let start = range.start.as_ref().map(|e| self.fixed(e))?;
                let end = range.end.as_ref().map(|e| self.fixed(e))?;
                let limits = &range.limits;
                let (from, to) = (&start.tokens, &end.tokens);
                Some(Code {
                    tokens: quote!(#from #limits #to),
                    reads: start.reads.iter().chain(&end.reads).copied().collect(),
                    kind: Kind::Discrete,
                    repeatable: true,
                })
            }
            Syntax::MethodCall(call) => {
                let inner = self.range(&call.receiver)?;
                let arguments: Vec<Code> = call.args.iter().map(|arg| self.fixed(arg)).collect();
                let method = &call.method;
                let (range, values) = (&inner.tokens, arguments.iter().map(|code| &code.tokens));
                Some(Code {
                    tokens: quote!((#range).#method(#(#values),*)),
                    reads: inner
                        .reads
                        .iter()
                        .chain(arguments.iter().flat_map(|code| &code.reads))
                        .copied()
                        .collect(),
                    kind: Kind::Discrete,
                    repeatable: true,
                })
            }
            _ => None,
        }
    }

    // ---- what an iterable yields

    fn shape(&mut self, expr: &'a Syntax) -> Option<Shape> {
        match unwrapped(expr) {
            Syntax::Reference(e) => Some(self.elements(&e.expr, false)),
            Syntax::MethodCall(e) => {
                let argument = e.args.first();
                match (e.method.to_string().as_str(), argument) {
                    ("iter" | "iter_mut", None) => Some(self.elements(&e.receiver, false)),
                    ("into_iter", None) => self.shape(&e.receiver),
                    ("copied" | "cloned", None) => {
                        let mut shape = self.shape(&e.receiver)?;
                        if let Shape::Elements { by_value, .. } = &mut shape {
                            *by_value = true;
                        }
                        Some(shape)
                    }
                    ("enumerate", None) => Some(Shape::Pair(
                        Box::new(Shape::Inert),
                        Box::new(self.shape(&e.receiver)?),
                    )),
                    ("zip", Some(other)) => {
                        let left = self.shape(&e.receiver)?;
                        let right = self.shape(other)?;
                        Some(Shape::Pair(Box::new(left), Box::new(right)))
                    }
                    ("take", Some(_)) => self.shape(&e.receiver),
                    ("skip", Some(count)) => {
                        let count = self.fixed(count);
                        self.shape(&e.receiver)?.skipped(&count)
                    }
                    ("step_by", Some(step)) => {
                        let step = self.fixed(step);
                        self.shape(&e.receiver)?.stepped(step)
                    }
                    ("rev", None) => self.shape(&e.receiver)?.reversed(),
                    ("windows", Some(width)) => {
                        let width = self.fixed(width);
                        let place = self.place(&e.receiver);
                        Some(Shape::Elements {
                            place,
                            element: Element::Window(width),
                            offset: Offset::None,
                            by_value: false,
                        })
                    }
                    (
                        "chunks" | "chunks_exact" | "chunks_mut" | "chunks_exact_mut",
                        Some(width),
                    ) => {
                        let width = self.fixed(width);
                        let place = self.place(&e.receiver);
                        Some(Shape::Elements {
                            place,
                            element: Element::Chunk(width),
                            offset: Offset::None,
                            by_value: false,
                        })
                    }
                    _ => None,
                }
            }
            Syntax::Path(_) | Syntax::Field(_) | Syntax::Index(_) => {
                let owned = matches!(self.kind_by_sight(expr), Kind::Indexed(..));
                Some(self.elements(expr, owned))
            }
            _ => None,
        }
    }

    fn elements(&mut self, expr: &'a Syntax, by_value: bool) -> Shape {
        let place = self.place(expr);
        Shape::Elements { place, element: Element::One, offset: Offset::None, by_value }
    }

    fn bind_shape(
        &mut self,
        pattern: &'a Pat,
        shape: &Shape,
        counter: VarId,
        binds: &mut Vec<VarId>,
    ) {
        match (shape, pattern) {
            (Shape::Pair(left, right), Pat::Tuple(tuple)) if tuple.elems.len() == 2 => {
                self.bind_shape(&tuple.elems[0], left, counter, binds);
                self.bind_shape(&tuple.elems[1], right, counter, binds);
            }
            (Shape::Elements { by_value, .. }, _) => {
                let target = shape.place(self, counter);
                let Some(paths) = self.parts(pattern) else {
                    self.errors.push(crate::diagnostics::not_differentiable(
                        pattern,
                        "this pattern",
                        None,
                        "bind the element to a name",
                    ));
                    self.declare_pattern(pattern);
                    return;
                };
                let explicit = *by_value || matches!(pattern, Pat::Reference(_));
                for (source, path) in paths {
                    let element = target.kind(self.graph);
                    let kind = if path.is_empty() {
                        if explicit {
                            element
                        } else {
                            Kind::Ref(Box::new(element))
                        }
                    } else {
                        super::stmt::kind_along(&Kind::Ref(Box::new(element)), &path, explicit)
                    };
                    let var = self.declare(source, kind, Role::User);
                    self.graph[var].alias = Some(target.clone().with(path));
                    // An element may be active although nothing is known of the variable alone.
                    self.graph[var].active = self.graph[target.root].active;
                    binds.push(var);
                }
            }
            _ => {
                let mut names = Vec::new();
                bound(self.source, pattern, &mut names);
                let vars = self.declare_all(&names, &Kind::Unknown);
                if matches!(shape, Shape::Inert) {
                    vars.iter().for_each(|var| self.graph[*var].active = false);
                }
                binds.extend(vars);
            }
        }
    }
}

struct Head {
    tokens: TokenStream,
    effects: crate::graph::Effects,
    /// An active scrutinee's operands, and whether there is just the one.
    parts: Option<(Vec<Expr>, bool)>,
}

/// The code of an arm whose value is bound by a `let`.
enum ArmBody<'a> {
    Stmts(&'a [Stmt]),
    Expr(&'a Syntax),
}

enum Branch<'a> {
    Block(&'a syn::Block),
    Expr(&'a Syntax),
    Else(Option<&'a Syntax>),
}

/// What one iteration of an iterator yields.
#[allow(clippy::large_enum_variant)] // A handful per loop.
enum Shape {
    Inert,
    Elements { place: Place, element: Element, offset: Offset, by_value: bool },
    Pair(Box<Shape>, Box<Shape>),
}

enum Element {
    One,
    Window(Code),
    Chunk(Code),
}

/// Which element iteration `k` yields.
enum Offset {
    None,
    Skip(Vec<Code>),
    /// Element `k · step`.
    Step(Code),
    /// Element `len − 1 − k`.
    Reversed,
}

impl Shape {
    fn skipped(self, count: &Code) -> Option<Shape> {
        match self {
            Shape::Inert => Some(Shape::Inert),
            Shape::Elements { place, element, offset, by_value } => {
                let offset = match offset {
                    Offset::None => Offset::Skip(vec![count.clone()]),
                    Offset::Skip(mut counts) => {
                        counts.push(count.clone());
                        Offset::Skip(counts)
                    }
                    Offset::Step(_) | Offset::Reversed => return None,
                };
                Some(Shape::Elements { place, element, offset, by_value })
            }
            Shape::Pair(left, right) => {
                Some(Shape::Pair(Box::new(left.skipped(count)?), Box::new(right.skipped(count)?)))
            }
        }
    }

    fn stepped(self, step: Code) -> Option<Shape> {
        match self {
            Shape::Elements { place, element: Element::One, offset: Offset::None, by_value } => {
                let offset = Offset::Step(step);
                Some(Shape::Elements { place, element: Element::One, offset, by_value })
            }
            _ => None,
        }
    }

    fn reversed(self) -> Option<Shape> {
        match self {
            Shape::Elements { place, element: Element::One, offset: Offset::None, by_value } => {
                Some(Shape::Elements {
                    place,
                    element: Element::One,
                    offset: Offset::Reversed,
                    by_value,
                })
            }
            _ => None,
        }
    }

    /// The place of the element in iteration `counter`.
    fn place(&self, lowering: &Lowering<'_>, counter: VarId) -> Place {
        let Shape::Elements { place, element, offset, .. } = self else {
            unreachable!("only elements have a place")
        };
        let k = &lowering.graph[counter].ident;
        let mut reads = vec![counter];
        let at = match offset {
            Offset::None => quote!(#k),
            Offset::Skip(counts) => {
                reads.extend(counts.iter().flat_map(|count| &count.reads));
                let counts = counts.iter().map(|count| &count.tokens);
                quote!((#k #(+ (#counts))*))
            }
            Offset::Step(step) => {
                reads.extend(&step.reads);
                let step = &step.tokens;
                quote!((#k * (#step)))
            }
            Offset::Reversed => {
                // The container is borrowed by the loop, so its length is still the same.
                let base = crate::emit::place_tokens(lowering.graph, place);
                place.reads_into(&mut reads);
                quote!((#base.len() - 1 - #k))
            }
        };
        let tokens = match element {
            Element::One => at,
            Element::Window(width) => {
                reads.extend(&width.reads);
                let width = &width.tokens;
                quote!(#at..#at + (#width))
            }
            Element::Chunk(width) => {
                reads.extend(&width.reads);
                place.reads_into(&mut reads);
                let base = crate::emit::place_tokens(lowering.graph, place);
                let width = &width.tokens;
                quote!(#at * (#width)..::core::cmp::Ord::min((#at + 1) * (#width), #base.len()))
            }
        };
        let kind = if matches!(element, Element::One) { Kind::Discrete } else { Kind::Range };
        let index = Expr::Code(Code { tokens, reads, kind, repeatable: true });
        place.clone().with([Step::Index(index)])
    }
}

pub(super) fn is_unit(value: &Expr) -> bool {
    matches!(value, Expr::Code(code) if code.tokens.to_string() == "()")
}

/// Whether a value is a call that does not return, like `panic!()`.
fn is_never(value: &Expr) -> bool {
    matches!(value, Expr::Code(code) if {
        let text = code.tokens.to_string();
        ["panic", "unreachable", "todo", "unimplemented"].iter().any(|name| {
            text.starts_with(&format!("{name} !")) || text.starts_with(&format!("{name}!"))
        })
    })
}

fn contains_let(expr: &Syntax) -> bool {
    match expr {
        Syntax::Let(_) => true,
        Syntax::Binary(e) => contains_let(&e.left) || contains_let(&e.right),
        Syntax::Paren(e) => contains_let(&e.expr),
        _ => false,
    }
}

fn is_range(expr: &Syntax) -> bool {
    match unwrapped(expr) {
        Syntax::Range(range) => range.start.is_some() && range.end.is_some(),
        Syntax::MethodCall(call) => {
            matches!(call.method.to_string().as_str(), "rev" | "step_by")
                && is_range(&call.receiver)
        }
        _ => false,
    }
}

fn range_bounds_repeatable(expr: &Syntax) -> bool {
    match unwrapped(expr) {
        Syntax::Range(range) => {
            range.start.as_deref().is_none_or(super::code::is_repeatable)
                && range.end.as_deref().is_none_or(super::code::is_repeatable)
        }
        Syntax::MethodCall(call) => {
            range_bounds_repeatable(&call.receiver)
                && call.args.iter().all(super::code::is_repeatable)
        }
        _ => false,
    }
}
