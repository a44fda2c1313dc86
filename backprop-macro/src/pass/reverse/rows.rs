//! Rows: what an innermost reversed loop needs of arrays and adjoints, sliced to its trip count.
//!
//! The loop itself ran, so that every element that an iteration mentions is there. The slices are
//! taken once, in front of the reversed loop; inside it no bound is left to check, and loops over
//! rows become vector code:
//!
//! ```text
//! let length = w.len();
//! let row = &x[i][0..][..length];
//! let d_row = &mut d_w[0..][..length];
//! for at in 0..length {
//!     d_row[at] += d_score * row[at];
//! }
//! ```

use crate::maps::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::row_starts::Finder;
use super::Reverse;
use crate::graph::{
    Code, Expr, Header, If, Loop, Node, NodeOp, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::{Container, Kind};

/// A row in the making.
pub(super) struct Row {
    /// The places whose elements it holds: all but the last index.
    pub(super) of: Place,
    /// The last index, as it is written.
    pub(super) index: Expr,
    /// Where the row begins.
    pub(super) start: Code,
    /// What is done to it.
    pub(super) written: bool,
    pub(super) only_added: bool,
}

/// A loop's own terms.
pub(super) struct Terms<'a> {
    pub(super) index: VarId,
    /// Where its index begins.
    pub(super) from: TokenStream,
    pub(super) reads: &'a [VarId],
    /// Indices that the body computes.
    pub(super) lets: HashMap<VarId, Code>,
    pub(super) inner: Vars,
}

impl Reverse<'_> {
    /// The reversed loop over rows, with what stands in front of it, if that is possible.
    pub(super) fn over_rows(
        &mut self,
        inner: Box<Loop>,
        span: Span,
    ) -> Result<Vec<Node>, Box<Loop>> {
        let mut seen = inner.clone();
        let finder = Finder { graph: self.graph };
        finder.see_elements(&mut seen.body);
        let Some((rows, from, to)) = finder.rows(&seen) else { return Err(inner) };
        let Loop { header, mut body, tape, .. } = *seen;
        let Header::RangeBack { index, range } = header else { unreachable!("rows have a range") };
        let position = self.position;
        let length = self.graph.fresh("length", Kind::Discrete, Role::Temporary);
        let offset = self.graph.fresh("at", Kind::Discrete, Role::Index);
        let at_zero = from.to_string() == "0";
        let count = if at_zero {
            quote!(#to)
        } else {
            quote!(::core::primitive::usize::saturating_sub(#to, #from))
        };
        let code = |tokens: TokenStream, reads: Vec<VarId>| Code {
            tokens,
            reads,
            kind: Kind::Discrete,
            repeatable: true,
        };
        let new = |op: NodeOp| {
            let mut new = Node::new(op, span);
            new.position = position;
            new
        };
        let mut before = Vec::new();
        let mut guarded = false;
        let several: Vars = rows
            .iter()
            .filter(|row| row.written)
            .map(|row| row.of.root)
            .filter(|root| rows.iter().filter(|row| row.of.root == *root).count() > 1)
            .collect();
        for row in rows {
            let element = row.of.clone().with([Step::Index(row.index.clone())]);
            let kind = element.kind(self.graph);
            let name = format!("{}_row", self.name(row.of.root));
            let slot = self.graph[row.of.root].role == Role::Slot;
            let role = if slot { Role::SlotRow } else { Role::Temporary };
            let kind = Kind::Indexed(Box::new(kind), Container::Slice);
            let var = self.graph.fresh(&name, kind, role);
            let place = Place::var(var).with([Step::Index(Expr::var(offset))]);
            exchange(&mut body, &element, &place);
            guarded |= row.start.tokens.to_string() != "0"
                || row.of.path.iter().any(|step| matches!(step, Step::Index(_)));
            before.push(new(NodeOp::Lend {
                row: var,
                of: row.of,
                start: row.start,
                length,
                written: row.written,
                only_added: row.only_added,
                checked: false,
            }));
        }
        drop_unread_indices(&mut body);
        let mut reads = Vars::new();
        body.reads(&mut reads);
        if reads.contains(&index) {
            let count = &self.graph[offset].ident;
            let value = if at_zero { quote!(#count) } else { quote!(#from + #count) };
            let mut needs = range.reads.clone();
            needs.push(offset);
            let value = Expr::Code(code(value, needs));
            body.nodes.insert(0, new(NodeOp::Let { var: index, value }));
        }
        let lent: Vars = before
            .iter()
            .filter_map(|node| match &node.op {
                NodeOp::Lend { row, written: false, .. } => Some(*row),
                _ => None,
            })
            .collect();
        // So few iterations are written out by the compiler.
        let short = count.to_string().parse::<usize>().is_ok_and(|count| count <= 16);
        spread_elements(&mut body, &lent, offset);
        let (zeros, mut sums) = self.sums_outside(&mut body, offset, &lent, short);
        if matches!(sums.as_slice(), [NodeOp::Rule { .. }]) {
            body.nodes.clear();
        }
        if !short {
            let scaled = self.scaled_rows(&mut body, &mut before, offset, &lent, &mut sums);
            sums.splice(0..0, scaled);
        }
        // Several parts of one adjoint cannot be lent at a time.
        let lent_twice = before
            .iter()
            .any(|node| matches!(&node.op, NodeOp::Lend { of, .. } if several.contains(&of.root)));
        if lent_twice {
            return Err(inner);
        }
        before.extend(zeros.into_iter().map(new));
        let name = &self.graph[length].ident;
        let range_again = code(quote!(0..#name), vec![length]);
        let condition = Expr::Code(code(quote!(#name > 0), vec![length]));
        let header = Header::RangeBack { index: offset, range: range_again };
        if !body.nodes.is_empty() || tape.is_some() {
            let reversed = Loop { header, body, tape, exit: None, upwards: true };
            before.push(new(NodeOp::Loop(Box::new(reversed))));
        }
        before.extend(sums.into_iter().map(new));
        let count = code(count, range.reads);
        let count = new(NodeOp::Let { var: length, value: Expr::Code(count) });
        if !guarded {
            before.insert(0, count);
            return Ok(before);
        }
        // Where the loop did not run, there may be no such slices.
        let then = Region { nodes: before, ..Region::default() };
        let guard = If {
            condition: Some(condition),
            then,
            otherwise: Region::default(),
            result: None,
            tapes: [None, None],
            reverse: true,
            checkpoint: false,
        };
        Ok(vec![count, new(NodeOp::If(Box::new(guard)))])
    }
}

/// Lets a region read the elements of rows directly that it has given names.
fn spread_elements(body: &mut Region, lent: &Vars, offset: VarId) {
    let mut named = Vec::new();
    body.nodes.retain(|node| match &node.op {
        NodeOp::Let { var, value: Expr::Place(place) }
            if lent.contains(&place.root)
                && place.path.as_slice() == [Step::Index(Expr::var(offset))] =>
        {
            named.push((*var, place.clone()));
            false
        }
        _ => true,
    });
    for (var, place) in named {
        body.replace(&Place::var(var), &place);
    }
}

/// Drops the indices that nothing mentions any more.
pub(super) fn drop_unread_indices(body: &mut Region) {
    for _ in 0..2 {
        let mut reads = Vars::new();
        body.reads(&mut reads);
        reads.extend(&body.residuals);
        body.nodes.retain(|node| match &node.op {
            NodeOp::Let { var, value: Expr::Code(_) } => reads.contains(var),
            _ => true,
        });
    }
}

/// Whether a node only looks up an index.
pub(super) fn is_index(node: &Node) -> bool {
    matches!(&node.op, NodeOp::Let { value: Expr::Code(_), .. })
}

/// Uses `to` for the place `from`, also where it is written.
pub(super) fn exchange(body: &mut Region, from: &Place, to: &Place) {
    body.replace(from, to);
    for node in &mut body.nodes {
        if let NodeOp::Store { place, .. } | NodeOp::Take { place, .. } = &mut node.op {
            if place == from {
                *place = to.clone();
            }
        }
    }
}
