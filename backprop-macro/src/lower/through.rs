//! Values that go through a variable, because code on the way to them may leave.

use proc_macro2::Span;
use quote::quote;
use syn::{Expr as Syntax, Stmt};

use super::sums::{inert, Sum};
use super::{exits, span_of, Lowering};
use crate::graph::{Expr, Node, NodeOp, Place, Region, Role, VarId};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};

/// What becomes of the value of statements.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tail {
    /// It is the value of the region. Nothing may leave before it has one.
    Value,
    /// It is the function's.
    Function,
    /// It is stored.
    Into(VarId),
}

impl<'a> Lowering<'a> {
    /// The value of statements, unless it is stored.
    pub(super) fn value_of(&mut self, value: Expr, tail: Tail, span: Span) -> Option<Expr> {
        match tail {
            Tail::Value | Tail::Function => Some(value),
            Tail::Into(through) => {
                if !super::branches::is_never(&value) {
                    self.store(Place::var(through), None, value, span);
                } else if let Expr::Code(code) = value {
                    let effects = crate::graph::Effects { reads: code.reads, writes: Vec::new() };
                    let tokens = code.tokens;
                    let (declares, repeatable) = (Vec::new(), false);
                    self.emit(
                        NodeOp::Code { tokens: quote!(#tokens;), effects, declares, repeatable },
                        span,
                    );
                }
                None
            }
        }
    }

    /// `let pattern = match … { A => value, B => value, C => return … };`: the value goes through
    /// a variable, and the statements that follow run unless an arm has left.
    pub(super) fn let_through(
        &mut self,
        local: &'a syn::Local,
        init: &'a Syntax,
        rest: &'a [Stmt],
        tail: Tail,
    ) -> Option<Expr> {
        let span = span_of(local);
        let mut names = Vec::new();
        bound(self.source, &local.pat, &mut names);
        let through = self.graph.fresh("t", Kind::Unknown, Role::Temporary);
        self.graph[through].mutable = true;
        self.graph[through].active = names.iter().any(|name| self.source.is_active(*name));
        let declared = self.nodes.len();
        let (var, value) = (through, Expr::Number(0.0));
        self.emit(NodeOp::Let { var, value }, span);
        self.store_through(init, through);
        let optional = self.give_type(through, declared);
        let condition = self.still_running()?;
        let condition = self.named_condition(condition, span);
        let then = self.region(|this| {
            let mut value = Expr::var(through);
            if optional {
                let never = inert(quote!(::core::unreachable!()), Vec::new(), Kind::Unknown);
                value = this.cases(value, Sum::Option, span, |_, held| held, |_, _| Some(never));
            }
            this.bind_local(local, value);
            this.statements(rest, tail)
        });
        let at_function = self.at_function(tail);
        let otherwise = self.region(|this| this.returned_value(at_function));
        self.finish_if(Some(condition), then, otherwise, span)
    }

    /// A number starts as zero; there is no other type that has a value to start with, so the
    /// variable becomes an `Option`. Tells whether it did.
    fn give_type(&mut self, through: VarId, declared: usize) -> bool {
        let mut kinds = Vec::new();
        for node in &self.nodes[declared + 1..] {
            stored_kinds(self.graph, node, through, &mut kinds);
        }
        let kind = kinds.into_iter().reduce(|all, next| all.join(&next)).unwrap_or(Kind::Unknown);
        if matches!(kind, Kind::Scalar(_)) {
            self.graph[through].kind = kind;
            return false;
        }
        self.graph[through].kind = Kind::Option(Box::new(kind));
        let none = self.none();
        let mut nodes = std::mem::take(&mut self.nodes);
        if let NodeOp::Let { value, .. } = &mut nodes[declared].op {
            *value = none;
        }
        let later = nodes.split_off(declared + 1);
        let mut region = Region { nodes: later, ..Region::default() };
        self.wrap_stores(&mut region, through);
        nodes.extend(region.nodes);
        self.nodes = nodes;
        true
    }

    fn wrap_stores(&mut self, region: &mut Region, through: VarId) {
        let mut nodes = Vec::with_capacity(region.nodes.len());
        for mut node in std::mem::take(&mut region.nodes) {
            match &mut node.op {
                NodeOp::Store { place, op: None, value } if place.root == through => {
                    let outer = std::mem::replace(&mut self.nodes, nodes);
                    let inner = std::mem::replace(value, Expr::Number(0.0));
                    *value = self.some(inner, node.span);
                    nodes = std::mem::replace(&mut self.nodes, outer);
                }
                NodeOp::If(inner) => {
                    self.wrap_stores(&mut inner.then, through);
                    self.wrap_stores(&mut inner.otherwise, through);
                }
                NodeOp::Match(inner) => {
                    inner.arms.iter_mut().for_each(|arm| self.wrap_stores(&mut arm.body, through));
                }
                NodeOp::Loop(inner) => self.wrap_stores(&mut inner.body, through),
                _ => {}
            }
            nodes.push(node);
        }
        region.nodes = nodes;
    }

    /// Stores the value of each branch that has one.
    fn store_through(&mut self, expr: &'a Syntax, through: VarId) {
        let span = span_of(expr);
        let tail = Tail::Into(through);
        match unwrapped(expr) {
            Syntax::Match(e) => {
                let head = self.scrutinee(&e.expr);
                let mut arms = Vec::new();
                for case in &e.arms {
                    arms.push(self.arm(&head, Some(&case.pat), |this| {
                        this.branch_through(&case.body, through);
                        None
                    }));
                }
                self.finish_match(head, arms, span);
            }
            Syntax::If(e) if !matches!(&*e.cond, Syntax::Let(_)) => {
                let condition = self.condition(&e.cond);
                let then = self.region(|this| this.statements(&e.then_branch.stmts, tail));
                let otherwise = self.region(|this| {
                    if let Some((_, other)) = &e.else_branch {
                        this.branch_through(other, through);
                    }
                    None
                });
                self.finish_if(Some(condition), then, otherwise, span);
            }
            Syntax::Block(block) if block.label.is_none() => {
                let body = self.region(|this| this.statements(&block.block.stmts, tail));
                self.finish_if(None, body, Region::default(), span);
            }
            _ => self.exit_misplaced(expr),
        }
    }

    fn branch_through(&mut self, body: &'a Syntax, through: VarId) {
        let tail = Tail::Into(through);
        match body {
            Syntax::Block(block) if block.label.is_none() => {
                self.statements(&block.block.stmts, tail);
            }
            Syntax::If(_) | Syntax::Match(_) if exits::leaves(body) => {
                self.store_through(body, through);
            }
            body => {
                self.expr_statements(body, &[], tail);
            }
        }
    }
}

/// The kinds of what nodes store into a variable.
fn stored_kinds(graph: &crate::graph::Graph, node: &Node, through: VarId, kinds: &mut Vec<Kind>) {
    let region = |region: &Region, kinds: &mut Vec<Kind>| {
        region.nodes.iter().for_each(|node| stored_kinds(graph, node, through, kinds));
    };
    match &node.op {
        NodeOp::Store { place, value, .. } if place.root == through => {
            let kind = value.kind(graph);
            kinds.push(match kind.float() {
                Some(float) if !kind.is_reference() => Kind::Scalar(float),
                _ => kind,
            });
        }
        NodeOp::If(inner) => {
            region(&inner.then, kinds);
            region(&inner.otherwise, kinds);
        }
        NodeOp::Match(inner) => inner.arms.iter().for_each(|arm| region(&arm.body, kinds)),
        NodeOp::Loop(inner) => region(&inner.body, kinds),
        _ => {}
    }
}
