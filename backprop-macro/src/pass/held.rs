//! Values that may refer to what the reverse cannot reach.
//!
//! A pullback is given again what the function was lent, and owns what else it needs. So a reference
//! that cannot be found again (an element of a map, a slice of a local `Vec` that moves into the
//! pullback) is handed over as what it refers to, and lent to the reverse under its own name, in its
//! own type. What has no known kind may be such a reference; rustc tells (`held.rs` of the runtime).

use proc_macro2::Span;

use super::analysis::Analysis;
use super::schedule::copy_position;
use crate::graph::{Expr, Graph, Node, NodeOp, Op, Place, Region, Role, VarId};
use crate::kind::Kind;

/// Replaces those of the `residuals` that may be references, or hold some, by what these refer to.
/// `renamed` are copies of variables under other names.
pub(super) fn hold(
    graph: &mut Graph,
    forward: &mut Region,
    reverse: &mut Region,
    residuals: &mut [VarId],
    renamed: &[VarId],
) {
    for residual in residuals {
        if !may_refer(graph, forward, *residual, renamed)
            && !is_kept_code(graph, forward, *residual)
        {
            continue;
        }
        // Until it has been put into the residuals the region's value can read it.
        if forward.result.as_ref().is_some_and(|value| value.mentions(*residual))
            && !is_shared(graph, *residual)
        {
            continue;
        }
        *residual = put_aside(graph, forward, reverse, *residual);
    }
}

/// The same for what a function's body has and its reverse reads. Where the two share a scope only
/// what is changed or gone by then is put aside.
pub(super) fn hold_captured(
    graph: &mut Graph,
    analysis: &Analysis,
    forward: &mut Region,
    reverse: &mut Region,
    captured: impl IntoIterator<Item = VarId>,
    (renamed, shared): (&[VarId], bool),
) {
    for var in captured {
        if !may_refer(graph, forward, var, renamed) && !is_kept_code(graph, forward, var) {
            continue;
        }
        if shared && !(is_shared(graph, var) && lender_changes(graph, analysis, forward, var)) {
            continue;
        }
        put_aside(graph, forward, reverse, var);
    }
}

/// Keeps what a variable refers to under another name, which is returned, and lends it to the
/// reverse.
fn put_aside(graph: &mut Graph, forward: &mut Region, reverse: &mut Region, var: VarId) -> VarId {
    let name = format!("kept_{}", graph[var].ident);
    let kept = graph.fresh(&name, Kind::Unknown, Role::Kept);
    let value = Expr::apply(Op::Held, vec![Expr::var(var)], Span::mixed_site());
    let node = Node::new(NodeOp::Let { var: kept, value }, Span::mixed_site());
    // A value that is no reference is moved, when nothing else needs it.
    let at = match is_shared(graph, var) {
        true => copy_position(graph, forward, var),
        false => forward.nodes.len(),
    };
    forward.nodes.insert(at, node);
    let value = Expr::apply(Op::HeldAgain, vec![Expr::var(kept)], Span::mixed_site());
    reverse.nodes.insert(0, Node::new(NodeOp::Let { var, value }, Span::mixed_site()));
    kept
}

/// Whether a variable is known to be a shared reference, or a copyable value that holds some.
fn is_shared(graph: &Graph, var: VarId) -> bool {
    graph[var].kind.refers() && graph[var].kind.is_copy()
}

fn may_refer(graph: &Graph, forward: &Region, var: VarId, renamed: &[VarId]) -> bool {
    let info = &graph[var];
    let noted =
        |node: &Node| matches!(&node.op, NodeOp::Edit { note: Some(note), .. } if *note == var);
    if forward.nodes.iter().any(noted) {
        return false;
    }
    if !matches!(info.role, Role::User | Role::Temporary) && !renamed.contains(&var) {
        return false;
    }
    info.kind.refers() || !info.active && info.kind.may_refer()
}

/// Whether a variable is a copy of the value of inert code of no known kind.
fn is_kept_code(graph: &Graph, forward: &Region, var: VarId) -> bool {
    let info = &graph[var];
    info.role == Role::Kept
        && info.kind.may_refer()
        && forward.nodes.iter().any(|node| {
            matches!(&node.op, NodeOp::Let { var: kept, value: Expr::Code(_) } if *kept == var)
        })
}

/// Whether what a variable was taken from does not stay as it is.
fn lender_changes(graph: &Graph, analysis: &Analysis, forward: &Region, var: VarId) -> bool {
    let defined = forward.nodes.iter().find(|node| {
        let mut declares = crate::graph::Vars::new();
        node.declares(&mut declares);
        declares.contains(&var)
    });
    let Some(node) = defined else { return false };
    let mut reads = crate::graph::Vars::new();
    node.reads(&mut reads);
    reads.into_iter().any(|read| {
        let root = graph.resolve(&Place::var(read)).root;
        !analysis.intact(root, node.position)
    })
}
