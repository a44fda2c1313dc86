//! Rows of the forward part: what an innermost loop needs of arrays, sliced in front of it.
//!
//! Elements that every iteration mentions are there for all iterations or the loop panics, so that
//! their bounds can be checked once, before the first:
//!
//! ```text
//! let length = w.len();
//! let x_row = if length > 0 { row(&x[i][..], 0, length) } else { &[] };
//! for j in 0..length {
//!     score += w[j] * x_row[j];
//! }
//! ```
//!
//! Whoever catches the panic cannot tell: what the loop would have changed before is local to the
//! function.

use quote::quote;

use super::row_starts::Finder;
use super::rows::{drop_unread_indices, exchange, Row};
use crate::graph::{
    writes, Code, Expr, Graph, Header, Loop, Node, NodeOp, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::{Container, Kind};

/// Slices what the innermost loops of a forward part need.
pub(super) fn slice(graph: &mut Graph, region: &mut Region, parameters: &[VarId]) {
    if graph.optimizations.rows {
        in_region(graph, region, parameters);
    }
}

fn in_region(graph: &mut Graph, region: &mut Region, parameters: &[VarId]) {
    let nodes = std::mem::take(&mut region.nodes);
    for mut node in nodes {
        match &mut node.op {
            NodeOp::If(inner) => {
                in_region(graph, &mut inner.then, parameters);
                in_region(graph, &mut inner.otherwise, parameters);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter_mut().for_each(|arm| in_region(graph, &mut arm.body, parameters));
            }
            NodeOp::Loop(inner) => {
                let plain = |node: &Node| match &node.op {
                    NodeOp::Let { .. } | NodeOp::Store { .. } => true,
                    other => counts(graph, other),
                };
                if !inner.body.nodes.iter().all(plain) {
                    in_region(graph, &mut inner.body, parameters);
                } else if let Some(front) = over_rows(graph, inner, parameters) {
                    region.nodes.extend(front.into_iter().map(|op| {
                        let mut new = Node::new(op, node.span);
                        new.position = node.position;
                        new
                    }));
                }
            }
            _ => {}
        }
        region.nodes.push(node);
    }
}

/// Lets a loop run over rows. Returns what stands in front of it then.
fn over_rows(graph: &mut Graph, inner: &mut Loop, parameters: &[VarId]) -> Option<Vec<NodeOp>> {
    let Header::Range { index, range } = &inner.header else { return None };
    if inner.exit.is_some() || !range.repeatable {
        return None;
    }
    let (index, range) = (*index, range.clone());
    let finder = Finder { graph };
    let mut body = inner.body.clone();
    finder.see_elements(&mut body);
    let mut seen = Loop {
        header: Header::RangeBack { index, range: range.clone() },
        body: body.clone(),
        exit: None,
        tape: None,
        upwards: true,
    };
    seen.body.nodes.retain(|node| !counts(graph, &node.op));
    let (rows, from, to) = finder.rows(&seen)?;
    let short = |tokens: &str| tokens.parse::<usize>().is_ok_and(|count| count <= 16);
    let at_zero = from.to_string() == "0";
    // The compiler writes so few iterations out and sees the bounds.
    if at_zero && short(&to.to_string()) {
        return None;
    }
    let mut changed = Vars::new();
    writes(&body, &mut |var, _| changed.extend([var]));
    if range.reads.iter().any(|var| changed.contains(var)) {
        return None;
    }
    let length = graph.fresh("length", Kind::Discrete, Role::Temporary);
    let offset = match at_zero {
        true => index,
        false => graph.fresh("at", Kind::Discrete, Role::Index),
    };
    let mut front = Vec::new();
    for row in rows {
        front.extend(lend(graph, &mut body, row, (offset, length), &changed, parameters, &to));
    }
    if front.is_empty() {
        return None;
    }
    let code = |tokens, reads| Code { tokens, reads, kind: Kind::Discrete, repeatable: true };
    let count = match at_zero {
        true => to,
        false => quote!(::core::primitive::usize::saturating_sub(#to, #from)),
    };
    let count = Expr::Code(code(count, range.reads.clone()));
    front.insert(0, NodeOp::Let { var: length, value: count });
    drop_unread_indices(&mut body);
    let mut reads = Vars::new();
    body.reads(&mut reads);
    reads.extend(&body.residuals);
    if !at_zero && reads.contains(&index) {
        let at = &graph[offset].ident;
        let mut needs = range.reads;
        needs.push(offset);
        let value = Expr::Code(code(quote!(#from + #at), needs));
        let mut first = Node::new(NodeOp::Let { var: index, value }, inner.body.nodes[0].span);
        first.position = inner.body.nodes[0].position;
        body.nodes.insert(0, first);
    }
    let name = &graph[length].ident;
    inner.header = Header::Range { index: offset, range: code(quote!(0..#name), vec![length]) };
    inner.body = body;
    Some(front)
}

/// Whether a statement does no more than count: `l += 1`.
fn counts(graph: &Graph, op: &NodeOp) -> bool {
    let NodeOp::Code { tokens, effects, .. } = op else { return false };
    let counter = |expr: &syn::Expr| matches!(expr, syn::Expr::Path(_) | syn::Expr::Lit(_));
    let discrete = |var: &VarId| matches!(graph[*var].kind, Kind::Discrete);
    let adds = match syn::parse2::<syn::Stmt>(tokens.clone()) {
        Ok(syn::Stmt::Expr(syn::Expr::Binary(e), Some(_))) => {
            matches!(e.op, syn::BinOp::AddAssign(_)) && counter(&e.left) && counter(&e.right)
        }
        _ => false,
    };
    adds && effects.writes.iter().all(discrete) && effects.reads.iter().all(discrete)
}

/// Lends one row, unless something else in the loop needs what it is a part of.
fn lend(
    graph: &mut Graph,
    body: &mut Region,
    row: Row,
    (index, length): (VarId, VarId),
    changed: &Vars,
    parameters: &[VarId],
    to: &proc_macro2::TokenStream,
) -> Option<NodeOp> {
    let Row { of, index: at, start, written, only_added } = row;
    let root = of.root;
    let mut reads = Vars::new();
    of.index_reads(&mut reads);
    reads.extend(&start.reads);
    // Its own length bounds the loop, as the compiler sees.
    let to: String = to.to_string().split_whitespace().collect();
    let bounds = of.is_whole() && to == format!("{}.len()", graph[root].ident);
    let local = matches!(graph[root].role, Role::User | Role::Adjoint)
        && !parameters.contains(&root)
        && !graph[root].kind.is_reference();
    if bounds
        || reads.iter().any(|var| changed.contains(var))
        || if written { !local } else { changed.contains(&root) }
    {
        return None;
    }
    let element = of.clone().with([Step::Index(at)]);
    let kind = Kind::Indexed(Box::new(element.kind(graph)), Container::Slice);
    let name = format!("{}_row", graph[root].ident);
    let var = graph.fresh(&name, kind, Role::Temporary);
    let place = Place::var(var).with([Step::Index(Expr::var(index))]);
    let mut sliced = body.clone();
    exchange(&mut sliced, &element, &place);
    if written {
        let mut mentions = Vars::new();
        sliced.reads(&mut mentions);
        writes(&sliced, &mut |var, _| mentions.extend([var]));
        mentions.extend(&sliced.residuals);
        if mentions.contains(&root) {
            return None;
        }
    }
    *body = sliced;
    Some(NodeOp::Lend { row: var, of, start, length, written, only_added, checked: true })
}
