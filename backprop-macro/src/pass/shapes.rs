//! Shapes handed over as lengths.
//!
//! Where the reverse needs of a vector only a zero of its shape, its length is handed over to it,
//! not the vector and not the zero.

use proc_macro2::Span;
use quote::quote;

use crate::graph::{Code, Expr, Graph, Node, NodeOp, Place, Region, Role, VarId, Vars};
use crate::kind::{Container, Float, Kind};

/// Replaces those of the `residuals` of `forward` that are there for their shape. What makes zeros
/// of the lengths is inserted at number `at` of the reverse region's nodes.
pub(super) fn as_lengths(
    graph: &mut Graph,
    forward: &mut Region,
    reverse: &mut Region,
    residuals: &mut [VarId],
    at: usize,
) {
    for residual in residuals {
        let noted = forward
            .nodes
            .iter()
            .position(|node| matches!(&node.op, NodeOp::Zero { var, .. } if var == residual));
        let (zero, of, position) = match noted {
            Some(position) => {
                let NodeOp::Zero { like, .. } = &forward.nodes[position].op else { continue };
                let Some(place) = like.place() else { continue };
                (*residual, place.clone(), Some(position))
            }
            None => match only_zeroed(reverse, *residual) {
                Some(zero) => (zero, Place::var(*residual), None),
                None => continue,
            },
        };
        let Some(function) = zeros(&of.kind(graph)) else { continue };
        let length = graph.fresh("length", Kind::Discrete, Role::Kept);
        let tokens = crate::emit::place_tokens(graph, &of);
        let mut reads = Vec::new();
        of.reads_into(&mut reads);
        let code =
            Code { tokens: quote!(#tokens.len()), reads, kind: Kind::Discrete, repeatable: true };
        let value = Expr::Code(code);
        let note = NodeOp::Let { var: length, value };
        match position {
            Some(position) => forward.nodes[position].op = note,
            None => forward.nodes.push(Node::new(note, Span::mixed_site())),
        }
        reverse.nodes.retain(|node| !matches!(&node.op, NodeOp::Zero { var, .. } if *var == zero));
        let value = Expr::runtime(function, vec![Expr::var(length)]);
        let node = Node::new(NodeOp::Let { var: zero, value }, Span::mixed_site());
        reverse.nodes.insert(at, node);
        *residual = length;
    }
}

/// The variable that becomes zero of the shape of `var`, if nothing else in the region reads `var`.
fn only_zeroed(reverse: &Region, var: VarId) -> Option<VarId> {
    let mut zero = None;
    for node in &reverse.nodes {
        let mut reads = Vars::new();
        node.reads(&mut reads);
        if !reads.contains(&var) {
            continue;
        }
        match &node.op {
            NodeOp::Zero { var: made, like }
                if like.place() == Some(&Place::var(var)) && zero.is_none() =>
            {
                zero = Some(*made);
            }
            _ => return None,
        }
    }
    zero
}

/// The function of the runtime that makes a zero of a vector of this kind from its length.
fn zeros(kind: &Kind) -> Option<&'static str> {
    let Kind::Indexed(element, Container::Vec | Container::Slice) = kind.peeled() else {
        return None;
    };
    match **element {
        Kind::Scalar(Float::F64) => Some("zeros::f64"),
        Kind::Scalar(Float::F32) => Some("zeros::f32"),
        _ => None,
    }
}
