//! An adjoint begins as its first term: `let mut d = 0.0; … d += term;` becomes
//! `let d = term;` where nothing between the two mentions it.

use crate::maps::HashMap;

use crate::graph::{Call, Expr, Graph, Node, NodeOp, Op, Place, Pulled, Region, VarId, Vars};
use crate::kind::{Float, Kind};

/// Rewrites the parts of a derivative, forward and back.
pub(super) fn first_terms(graph: &mut Graph, parts: [&mut Region; 2]) {
    let mut changes = HashMap::default();
    parts.iter().for_each(|part| count_changes(part, &mut changes));
    parts.into_iter().for_each(|part| rewrite(graph, part, &changes));
}

fn rewrite(graph: &mut Graph, region: &mut Region, changes: &HashMap<VarId, usize>) {
    for node in &mut region.nodes {
        each_region(node, &mut |inner| rewrite(graph, inner, changes));
    }
    let mut at = 0;
    while at < region.nodes.len() {
        match zeroed(graph, &region.nodes[at]).and_then(|var| first_term(graph, region, at, var)) {
            Some((first, var, term)) => {
                graph[var].mutable = changes.get(&var).is_some_and(|count| *count > 1);
                region.nodes[first].op = NodeOp::Let { var, value: term };
                region.nodes.remove(at);
            }
            None => at += 1,
        }
    }
}

/// The number that a node declares as zero.
fn zeroed(graph: &Graph, node: &Node) -> Option<VarId> {
    match node.op {
        NodeOp::Zero { var, .. } => {
            matches!(graph[var].kind, Kind::Scalar(Float::F64 | Float::F32)).then_some(var)
        }
        _ => None,
    }
}

/// Where the first term is added to a variable declared at `at`, if it is a whole statement of the
/// same region, and the term.
fn first_term(
    graph: &Graph,
    region: &Region,
    at: usize,
    var: VarId,
) -> Option<(usize, VarId, Expr)> {
    let (first, node) = region.nodes.iter().enumerate().skip(at + 1).find(|(_, node)| {
        let mut reads = Vars::new();
        node.reads(&mut reads);
        reads.contains(&var)
    })?;
    match &node.op {
        NodeOp::Store { place, op: Some(Op::Add), value }
            if place.is_whole()
                && !value.mentions(var)
                && node.early == region.nodes[at].early
                // What may be a reference to a number, or a literal of no certain type, can be
                // added to a number but is none.
                && matches!(value.kind(graph), Kind::Scalar(Float::F64 | Float::F32))
                && !matches!(value, Expr::Number(_)) =>
        {
            Some((first, var, value.clone()))
        }
        _ => None,
    }
}

/// How many nodes change each variable.
fn count_changes(region: &Region, changes: &mut HashMap<VarId, usize>) {
    for node in &region.nodes {
        let mut changed = |place: &Place| *changes.entry(place.root).or_default() += 1;
        let slots = |pulled: &[Pulled], changed: &mut dyn FnMut(&Place)| {
            pulled.iter().filter_map(|pulled| pulled.slot.as_ref()).for_each(changed);
        };
        match &node.op {
            NodeOp::Store { place, .. }
            | NodeOp::Take { place, .. }
            | NodeOp::Unedit { place, .. }
            | NodeOp::Rule { slot: place, .. }
            | NodeOp::Lend { of: place, written: true, .. } => changed(place),
            NodeOp::Swap { first, second } => {
                changed(first);
                changed(second);
            }
            NodeOp::Pull { arguments, .. } => slots(arguments, &mut changed),
            NodeOp::Call(Call { seeded: Some((_, arguments)), .. }) => {
                slots(arguments, &mut changed);
            }
            NodeOp::If(inner) => {
                count_changes(&inner.then, changes);
                count_changes(&inner.otherwise, changes);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter().for_each(|arm| count_changes(&arm.body, changes));
            }
            NodeOp::Loop(inner) => count_changes(&inner.body, changes),
            NodeOp::Replay(inner) => {
                count_changes(&inner.forward, changes);
                count_changes(&inner.reverse, changes);
            }
            _ => {}
        }
    }
}

/// Calls `f` with every region directly inside a node.
fn each_region(node: &mut Node, f: &mut impl FnMut(&mut Region)) {
    match &mut node.op {
        NodeOp::If(inner) => {
            f(&mut inner.then);
            f(&mut inner.otherwise);
        }
        NodeOp::Match(inner) => inner.arms.iter_mut().for_each(|arm| f(&mut arm.body)),
        NodeOp::Loop(inner) => f(&mut inner.body),
        NodeOp::Replay(inner) => {
            f(&mut inner.forward);
            f(&mut inner.reverse);
        }
        _ => {}
    }
}
