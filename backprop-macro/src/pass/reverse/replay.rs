//! Blocks that the reverse computes again (`#[checkpoint]`).
//!
//! The block itself runs as the user wrote it. In front of it stand copies of what it reads and
//! what will be something else by the time of the reverse, or what it changes; the reverse runs it
//! on them once more, now with all that its reverse needs, and then its reverse.

use proc_macro2::Span;

use super::Reverse;
use crate::graph::{Expr, If, Node, NodeOp, Op, Place, Region, Replay, Role, VarId, Vars};
use crate::kind::{Container, Kind};

impl Reverse<'_> {
    pub(super) fn replay(&mut self, inner: &mut If, extent: Option<(usize, usize)>, span: Span) {
        let (first, last) = extent.unwrap_or((self.position, self.position));
        let Some(state) = self.state_of(inner, first, last) else {
            return self.later(|this| this.branch(inner, span));
        };
        inner.checkpoint = false;
        let mut again = inner.clone();
        let out = std::mem::take(&mut self.out);
        let tapes = std::mem::take(&mut self.tapes);
        let before = std::mem::take(&mut self.before);
        let after = std::mem::take(&mut self.after);
        self.later(|this| this.branch(&mut again, span));
        let reversed = std::mem::replace(&mut self.out, out);
        let tapes = std::mem::replace(&mut self.tapes, tapes);
        let mut nodes = std::mem::replace(&mut self.before, before);
        let behind = std::mem::replace(&mut self.after, after);
        if reversed.is_empty() {
            return;
        }
        let mut node = Node::new(NodeOp::If(Box::new(again)), span);
        node.position = self.position;
        nodes.push(node);
        nodes.extend(behind);
        let restored = state.into_iter().map(|var| (var, self.keep_state(var))).collect();
        let forward = Region { nodes, ..Region::default() };
        let reverse = Region { nodes: reversed, ..Region::default() };
        // Sums that mention adjoints which the block changes.
        self.settle_written(&[&reverse]);
        let replay = Replay { restored, tapes, forward, reverse };
        self.push(NodeOp::Replay(Box::new(replay)), span);
    }

    /// The variables from outside that a block must have as they were; `None` if it cannot have
    /// them, because they refer to something that changes.
    fn state_of(&self, inner: &If, first: usize, last: usize) -> Option<Vec<VarId>> {
        let mut own = Vars::new();
        inner.then.declares_within(&mut own);
        let mut used = Vars::new();
        inner.then.reads(&mut used);
        let mut written = Vars::new();
        crate::graph::writes(&inner.then, &mut |var, _| {
            written.insert(var);
        });
        used.extend(&written);
        let mut state = Vec::new();
        for var in used {
            if own.contains(&var) || self.analysis.declared(var).is_some_and(|at| at > first) {
                continue;
            }
            let root = self.graph.resolve(&Place::var(var)).root;
            let changes = |var: VarId| self.analysis.changes_within(var, first, last);
            let same = |var: VarId| {
                !changes(var) && self.analysis.intact(var, first) && !self.graph[var].shadowed
            };
            if !written.contains(&var) && same(var) && same(root) {
                continue;
            }
            let refers = self.graph[var].alias.is_some()
                || matches!(self.graph[var].kind, Kind::Ref(_))
                || matches!(self.graph[var].kind, Kind::RefMut(_))
                    && !matches!(self.graph[var].role, Role::Parameter(_));
            if refers || matches!(self.graph[var].role, Role::Pullback | Role::Tape) {
                return None;
            }
            state.push(var);
        }
        Some(state)
    }

    /// Copies a variable in front of the block that is being reversed.
    fn keep_state(&mut self, var: VarId) -> VarId {
        let kind = self.graph[var].kind.clone();
        let name = format!("kept_{}", self.name(var));
        let copy = self.graph.fresh(&name, kind.peeled().clone(), Role::Kept);
        self.graph[copy].mutable = matches!(kind, Kind::RefMut(_));
        let value = Expr::var(var);
        let value = match kind.peeled() {
            _ if kind.is_scalar() && !kind.is_reference() => value,
            Kind::Discrete => value,
            Kind::Indexed(_, Container::Slice) => {
                Expr::runtime("owned", vec![Expr::reference(behind(var))])
            }
            _ if kind.is_reference() => {
                Expr::apply(Op::Clone, vec![behind(var)], Span::mixed_site())
            }
            _ => Expr::apply(Op::Clone, vec![value], Span::mixed_site()),
        };
        self.insert(NodeOp::Let { var: copy, value });
        copy
    }
}

/// What a reference refers to.
fn behind(var: VarId) -> Expr {
    Expr::Place(Place::var(var).with([crate::graph::Step::Deref]))
}
