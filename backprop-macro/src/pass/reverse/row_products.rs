//! Products of rows: what a loop over rows does as one call of a kernel.

use quote::quote;

use super::rows::is_index;
use super::Reverse;
use crate::graph::{Code, Expr, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars};
use crate::kind::Kind;

impl Reverse<'_> {
    /// Adds up in a local what the iterations add to one and the same element, and leaves products
    /// of rows to a function with several accumulators. Returns what stands in front of the loop
    /// and behind it.
    pub(super) fn sums_outside(
        &mut self,
        body: &mut Region,
        offset: VarId,
        lent: &Vars,
        short: bool,
    ) -> (Vec<NodeOp>, Vec<NodeOp>) {
        let mut inside = Vars::new();
        body.declares(&mut inside);
        inside.extend(&body.residuals);
        inside.insert(offset);
        let (mut zeros, mut sums) = (Vec::new(), Vec::new());
        let mut gone = Vec::new();
        for at in 0..body.nodes.len() {
            let NodeOp::Store { place, op: Some(op @ (Op::Add | Op::Sub)), value } =
                &body.nodes[at].op
            else {
                continue;
            };
            let (place, op, value) = (place.clone(), op.clone(), value.clone());
            let kind = place.kind(self.graph);
            let mut reads = Vars::new();
            place.index_reads(&mut reads);
            let fixed = reads.is_disjoint(&inside)
                && !inside.contains(&place.root)
                && self.graph[place.root].role != Role::SlotRow
                && kind.is_scalar()
                && !kind.is_reference();
            let elsewhere = body.nodes.iter().enumerate().any(|(other, node)| {
                let mut found = Vars::new();
                node.reads(&mut found);
                other != at && found.contains(&place.root)
            });
            if !fixed || elsewhere {
                continue;
            }
            // Where something else is done with few elements, one pass over them is better.
            let alone = body.nodes.iter().filter(|node| !is_index(node)).count() == 1;
            let product = product_of_rows(&value, offset, &inside, lent);
            if let Some(value) = product.filter(|_| alone || !short) {
                sums.push(NodeOp::Store { place, op: Some(op), value });
                gone.push(at);
                continue;
            }
            let stores = |node: &&Node| !matches!(node.op, NodeOp::Let { .. });
            let one = body.nodes.iter().filter(stores).count() == 1;
            if place.is_whole() && one && body.residuals.is_empty() && !value.mentions(place.root) {
                let signed = if op == Op::Add { value.clone() } else { value.clone().neg() };
                if let Some(sum) = self.row_sum(body, &place, signed, offset, &inside, lent) {
                    return (zeros, [sums, vec![sum]].concat());
                }
            }
            if place.is_whole() {
                continue;
            }
            let sum = self.graph.fresh("sum", kind, Role::Adjoint);
            self.graph[sum].mutable = true;
            zeros.push(NodeOp::Let { var: sum, value: Expr::Number(0.0) });
            let value = Expr::var(sum);
            sums.push(NodeOp::Store { place, op: Some(Op::Add), value });
            if let NodeOp::Store { place, .. } = &mut body.nodes[at].op {
                *place = Place::var(sum);
            }
        }
        let mut at = 0;
        body.nodes.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        (zeros, sums)
    }

    /// Leaves it to a function what adds the multiple of a row to another and does nothing else.
    /// Returns what takes its place; the rows in `before` that it makes of no use go.
    pub(super) fn scaled_rows(
        &mut self,
        body: &mut Region,
        before: &mut Vec<Node>,
        offset: VarId,
        lent: &Vars,
        sums: &mut [NodeOp],
    ) -> Vec<NodeOp> {
        let mut inside = Vars::new();
        body.declares(&mut inside);
        inside.extend(&body.residuals);
        inside.insert(offset);
        let mut scaled = Vec::new();
        let mut gone = Vec::new();
        for (at, node) in body.nodes.iter().enumerate() {
            let NodeOp::Store { place, op: Some(op @ (Op::Add | Op::Sub)), value } = &node.op
            else {
                continue;
            };
            let row = place.root;
            let elsewhere = body.nodes.iter().enumerate().any(|(other, node)| {
                let mut found = Vars::new();
                node.reads(&mut found);
                other != at && found.contains(&row)
            });
            let lend = before.iter().position(|node| {
                matches!(
                    &node.op,
                    NodeOp::Lend { row: lent, only_added: true, .. } if *lent == row
                )
            });
            let factors = factors_of_rows(value, offset, &inside, lent);
            let (Some(lend), Some((rows, same, negative)), false) = (lend, factors, elsewhere)
            else {
                continue;
            };
            let own = place.path.as_slice() == [Step::Index(Expr::var(offset))];
            if !own || !matches!(rows.len(), 1 | 2) {
                continue;
            }
            let minus = negative != (*op == Op::Sub);
            let plain = rows.len() == 1 && same.is_empty() && !minus;
            let factor = same.into_iter().reduce(Expr::mul).unwrap_or(Expr::Number(1.0));
            let factor = if minus { factor.neg() } else { factor };
            gone.push(at);
            if rows.len() == 1
                && !plain
                && sums.iter_mut().any(|sum| with_product(sum, row, &factor, &rows[0]))
            {
                continue;
            }
            let NodeOp::Lend { of, start, length, .. } = before.remove(lend).op else {
                unreachable!("a row is lent")
            };
            let (from, count) = (&start.tokens, &self.graph[length].ident);
            let range = match from.to_string().as_str() {
                "0" => quote!(..#count),
                _ => quote!(#from..#from + #count),
            };
            let mut reads = start.reads.clone();
            reads.push(length);
            let range = Code { tokens: range, reads, kind: Kind::Range, repeatable: true };
            let (function, factor) = match rows.len() {
                1 if plain => ("add", None),
                1 => ("axpy", Some(factor)),
                _ => ("add_product", Some(factor)),
            };
            scaled.push(NodeOp::Rule {
                function,
                slot: of.with([Step::Index(Expr::Code(range))]),
                operands: factor.into_iter().chain(rows).collect(),
                map: None,
            });
        }
        let mut at = 0;
        body.nodes.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        scaled
    }
}

/// `factors · dot(a, b)`, if an iteration's share of a sum is a product of elements of two rows and
/// of factors that stay the same.
fn product_of_rows(value: &Expr, offset: VarId, inside: &Vars, lent: &Vars) -> Option<Expr> {
    let (rows, same, negative) = factors_of_rows(value, offset, inside, lent)?;
    if rows.len() != 2 {
        return None;
    }
    let dot = Expr::runtime("dot", rows);
    let product = same.into_iter().fold(dot, |product, factor| product.mul(factor));
    Some(if negative { product.neg() } else { product })
}

/// Lets the inner product in `sum`, if `x` is one of its rows, add the multiple of `x` to the row
/// `d` on its way. Returns whether it does.
fn with_product(sum: &mut NodeOp, d: VarId, factor: &Expr, x: &Expr) -> bool {
    fn product(value: &mut Expr) -> Option<&mut Vec<Expr>> {
        match value {
            Expr::Apply { op: op @ Op::Runtime("dot"), args, .. } => {
                *op = Op::Runtime("axpy_dot");
                Some(args)
            }
            Expr::Apply { op: Op::Mul | Op::Neg, args, .. } => args.iter_mut().find_map(product),
            _ => None,
        }
    }
    let NodeOp::Store { value, .. } = sum else { return false };
    let mut changed = value.clone();
    let Some(args) = product(&mut changed) else { return false };
    let Some(at) = args.iter().position(|arg| arg == x) else { return false };
    let (x, y) = (args[at].clone(), args[1 - at].clone());
    *args = vec![Expr::var(d), factor.clone(), x, y];
    *value = changed;
    true
}

/// The factors of a product: the rows of which it takes an element each, those that stay the same,
/// and whether its sign changes. `None` if there are others.
fn factors_of_rows(
    value: &Expr,
    offset: VarId,
    inside: &Vars,
    lent: &Vars,
) -> Option<(Vec<Expr>, Vec<Expr>, bool)> {
    fn factors(value: &Expr, negative: &mut bool, out: &mut Vec<Expr>) {
        match value {
            Expr::Apply { op: Op::Mul, args, .. } => {
                args.iter().for_each(|arg| factors(arg, negative, out));
            }
            Expr::Apply { op: Op::Neg, args, .. } => {
                *negative = !*negative;
                factors(&args[0], negative, out);
            }
            other => out.push(other.clone()),
        }
    }
    let (mut all, mut negative) = (Vec::new(), false);
    factors(value, &mut negative, &mut all);
    let (mut rows, mut same) = (Vec::new(), Vec::new());
    for factor in all {
        let mut reads = Vars::new();
        factor.reads(&mut reads);
        match &factor {
            Expr::Place(place)
                if lent.contains(&place.root)
                    && place.path.as_slice() == [Step::Index(Expr::var(offset))] =>
            {
                rows.push(Expr::var(place.root));
            }
            _ if reads.is_disjoint(inside) => same.push(factor),
            _ => return None,
        }
    }
    Some((rows, same, negative))
}
