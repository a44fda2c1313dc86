//! Vectors whose adjoints arrive where they are moved to.
//!
//! `u = next` moves a vector into a variable that is there already. The adjoint that is taken out
//! of `u` is the whole adjoint of `next`, which so begins its life there: it is moved as well.

use proc_macro2::Span;

use super::Reverse;
use crate::graph::{Expr, NodeOp, Place, Region, Role, VarId};
use crate::kind::{Container, Kind};

/// How a vector gets its adjoint while the reverse runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// By the move at this position.
    Moved(usize),
    /// With a vector that it was renamed to before.
    With(VarId),
}

impl Reverse<'_> {
    /// Lets a vector that is renamed to another have that one's adjoint when it arrives.
    pub(super) fn arrives_with(&mut self, var: VarId, to: VarId) {
        self.arriving.insert(var, Arrival::With(to));
    }

    /// Gives the adjoint of a vector to those that became it.
    fn arrived(&mut self, to: VarId, adjoint: VarId) {
        let mut renamed: Vec<VarId> = self
            .arriving
            .iter()
            .filter(|(_, arrival)| **arrival == Arrival::With(to))
            .map(|(var, _)| *var)
            .collect();
        renamed.sort_unstable();
        for var in renamed {
            self.share_adjoint(var, adjoint);
            self.arrived(var, adjoint);
        }
    }

    /// Notes the vectors of a region whose last use is to be moved into another variable, with the
    /// positions of those moves.
    pub(super) fn find_arriving(&mut self, region: &Region) {
        if !self.graph.optimizations.filled {
            return;
        }
        for node in &region.nodes {
            let NodeOp::Store { place, op: None, value: Expr::Place(value) } = &node.op else {
                continue;
            };
            let (to, from) = (self.graph.resolve(place), value.root);
            let adjoint = self.adjoints.get(&to.root);
            let local = adjoint.is_some_and(|d| self.graph[*d].role == Role::Adjoint);
            let declared = region
                .nodes
                .iter()
                .any(|node| matches!(&node.op, NodeOp::Let { var, .. } if *var == from));
            let info = &self.graph[from];
            let vec = matches!(info.kind, Kind::Indexed(_, Container::Vec));
            let own = info.active
                && info.alias.is_none()
                && matches!(info.role, Role::User | Role::Temporary)
                && !self.adjoints.contains_key(&from);
            if value.is_whole()
                && to.is_whole()
                && local
                && declared
                && vec
                && own
                && self.analysis.is_moved_at(from, node.position)
                && !self.analysis.changes_from(from, node.position + 1)
            {
                self.arriving.insert(from, Arrival::Moved(node.position));
            }
        }
    }

    /// Whether a variable's adjoint begins its life where the variable is moved away.
    pub(super) fn arrives(&self, var: VarId) -> bool {
        self.arriving.contains_key(&var)
    }

    /// The reverse of the store that moves a vector away. Returns whether it is one.
    pub(super) fn arrive(&mut self, place: &Place, value: &Expr, span: Span) -> bool {
        let Some(from) = value.place().filter(|value| value.is_whole()).map(|value| value.root)
        else {
            return false;
        };
        if self.arriving.get(&from) != Some(&Arrival::Moved(self.position)) {
            return false;
        }
        let target = self.adjoint_place(place).expect("its adjoint was looked up before");
        self.settle(target.root);
        let adjoint = self.new_adjoint(from);
        self.arrived(from, adjoint);
        let old = self.graph.fresh("zero", Kind::Unknown, Role::Kept);
        self.note_shape(old, place);
        self.push(NodeOp::Take { var: adjoint, place: target, old: Some(old) }, span);
        true
    }
}
