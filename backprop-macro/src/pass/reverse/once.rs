//! A value is kept once.
//!
//! What the reverse needs of a place that changes later is copied where it is used. Copies of one
//! place between which nothing was written to it are one copy; and what was computed from such a
//! place can be computed from the copy again, if that is cheap (`schedule.rs` decides).

use super::Reverse;
use crate::graph::{Expr, Graph, NodeOp, Op, Place, Region, Role, Step, VarId, Vars};
use crate::pass::schedule;

impl Reverse<'_> {
    /// Merges the copies that the nodes of `forward` make for `reverse`.
    pub(super) fn keep_once(&mut self, forward: &mut Region, reverse: &mut Region) {
        if !self.graph.optimizations.once {
            return;
        }
        let read = schedule::needed(reverse);
        // Copies by what they are copies of.
        let mut copies: Vec<(Place, VarId)> = Vec::new();
        let mut merged: Vec<(VarId, VarId)> = Vec::new();
        forward.nodes.retain_mut(|node| {
            if let NodeOp::Let { var, value } = &mut node.op {
                let copied = copied(self.graph, *var, value);
                if let Some(place) = copied {
                    if let Some((_, first)) = copies.iter().find(|(of, _)| *of == place) {
                        merged.push((*var, *first));
                        return false;
                    }
                    copies.push((place, *var));
                    return true;
                }
                let info = &self.graph[*var];
                if !info.mutable && (info.role == Role::Temporary || read.contains(var)) {
                    use_copies(self.graph, value, &copies);
                }
            }
            let mut written = Vars::new();
            node.writes(&mut |var, _| {
                written.insert(var);
                written.insert(self.graph.resolve(&Place::var(var)).root);
            });
            copies.retain(|(place, _)| {
                let mut reads = Vars::new();
                place.reads(&mut reads);
                reads.is_disjoint(&written)
            });
            true
        });
        for (var, first) in merged {
            schedule::rename(self.graph, var, first, reverse);
        }
    }
}

/// The place that `var` is a copy of, for the reverse, of a number.
fn copied(graph: &Graph, var: VarId, value: &Expr) -> Option<Place> {
    let Expr::Place(place) = value else { return None };
    let kind = place.kind(graph);
    let number = kind.is_scalar() && !kind.is_reference();
    (graph[var].role == Role::Kept && number && is_plain(place)).then(|| graph.resolve(place))
}

fn is_plain(place: &Place) -> bool {
    place.path.iter().all(|step| match step {
        Step::Index(Expr::Code(code)) => code.repeatable,
        Step::Index(Expr::Place(place)) => is_plain(place),
        Step::Index(Expr::Number(_)) | Step::Field(_) | Step::Deref => true,
        Step::Index(_) | Step::Payload(_) => false,
    })
}

/// Reads the copies instead of the places, in sums and products.
fn use_copies(graph: &Graph, value: &mut Expr, copies: &[(Place, VarId)]) {
    match value {
        Expr::Place(place) => {
            let kind = place.kind(graph);
            if kind.is_scalar() && !kind.is_reference() {
                let resolved = graph.resolve(place);
                if let Some((_, copy)) = copies.iter().find(|(of, _)| *of == resolved) {
                    *value = Expr::var(*copy);
                }
            }
        }
        Expr::Apply { op: Op::Neg | Op::Add | Op::Sub | Op::Mul, args, .. } => {
            args.iter_mut().for_each(|arg| use_copies(graph, arg, copies));
        }
        _ => {}
    }
}
