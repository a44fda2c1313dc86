//! Gathers: what the iterations of a reversed loop add to neighbouring elements of an adjoint,
//! added by loops over those elements.
//!
//! The reverse of a stencil, `next[i] = u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1])`, adds to
//! three elements of `d_u` per iteration, so that each waits for the one before. Turned round,
//! each element of `d_u` is the sum of what three elements of `d_next` add to it, and the loop is
//! vector code. The elements at the ends, which not all iterations reach, have loops of their own.
//! Cheap products are thereby computed once per neighbour; a division or an elementary function
//! never is.

use crate::maps::HashMap;

use proc_macro2::Span;
use quote::quote;

use super::row_starts::Finder;
use super::shift::{grouped, plus, Bounds, Shift};
use super::Reverse;
use crate::graph::{
    Code, Expr, Header, If, Loop, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::Kind;

/// The most operations that are computed again for one neighbour.
const CHEAP: usize = 16;

/// What is added to the elements of one array at one distance.
struct Share {
    shift: i64,
    values: Vec<Expr>,
}

/// An adjoint whose elements several iterations add to.
struct Target {
    of: Place,
    shares: Vec<Share>,
}

/// What a reversed loop's body computes.
struct Body<'a> {
    bounds: &'a Bounds,
    values: HashMap<VarId, &'a Expr>,
    takes: HashMap<VarId, &'a Place>,
    inside: Vars,
    /// The roots that the body writes.
    written: Vars,
}

impl Reverse<'_> {
    /// The loop with its scattered additions gathered, or the loop as it was.
    pub(super) fn gathered(&mut self, inner: Loop, span: Span) -> Result<Vec<Node>, Box<Loop>> {
        let Some((bounds, seen, targets)) = self.scattered(&inner) else {
            return Err(Box::new(inner));
        };
        let outer = std::mem::take(&mut self.out);
        for target in &targets {
            self.gather(&bounds, &seen, target, span);
        }
        let rest = rest(&seen, &targets, &bounds, self);
        for body in rest {
            let header = inner.header.clone();
            let reversed = Loop { header, body, tape: None, exit: None, upwards: true };
            self.push_loop(Box::new(reversed), span);
        }
        let then = Region { nodes: std::mem::replace(&mut self.out, outer), ..Region::default() };
        // Where the loop did not run, its bounds may be any.
        let (from, to) = (grouped(&bounds.from), grouped(&bounds.to));
        let condition = Expr::Code(Code {
            tokens: quote!(#from < #to),
            reads: bounds.reads.clone(),
            kind: Kind::Discrete,
            repeatable: true,
        });
        let guard = If {
            condition: Some(condition),
            then,
            otherwise: Region::default(),
            result: None,
            tapes: [None, None],
            reverse: true,
            checkpoint: false,
        };
        let mut node = Node::new(NodeOp::If(Box::new(guard)), span);
        node.position = self.position;
        Ok(vec![node])
    }

    /// The adjoints that a loop adds to at several distances from its index, if the loop can be
    /// split.
    fn scattered(&self, inner: &Loop) -> Option<(Bounds, Region, Vec<Target>)> {
        let Header::RangeBack { index, range } = &inner.header else { return None };
        if !self.graph.optimizations.gathers || !inner.upwards || inner.tape.is_some() {
            return None;
        }
        let bounds = Bounds::of(*index, range)?;
        let mut seen = inner.body.clone();
        Finder { graph: self.graph }.see_elements(&mut seen);
        let body = self.body_of(&bounds, &seen)?;
        let mut targets: Vec<Target> = Vec::new();
        for node in &seen.nodes {
            let NodeOp::Store { place, op: Some(op @ (Op::Add | Op::Sub)), value } = &node.op
            else {
                continue;
            };
            let Some((of, shift)) = bounds.element(self.graph, place, &body.inside) else {
                continue;
            };
            if shift.counted || self.graph[of.root].role != Role::Adjoint {
                continue;
            }
            let value = match op {
                Op::Add => value.clone(),
                _ => value.clone().neg(),
            };
            let found = targets.iter().position(|target| target.of == of);
            let at = found.unwrap_or_else(|| {
                targets.push(Target { of, shares: Vec::new() });
                targets.len() - 1
            });
            let shares = &mut targets[at].shares;
            match shares.iter_mut().find(|share| share.shift == shift.offset) {
                Some(share) => share.values.push(value),
                None => shares.push(Share { shift: shift.offset, values: vec![value] }),
            }
        }
        // One distance needs no gathering, unless other parts of the array are added to as well.
        let distances = |root: VarId| -> usize {
            targets.iter().filter(|t| t.of.root == root).map(|t| t.shares.len()).sum()
        };
        let several: Vars =
            targets.iter().map(|t| t.of.root).filter(|root| distances(*root) > 1).collect();
        targets.retain(|target| several.contains(&target.of.root));
        // All that the loop does to these adjoints is to add to them, in this way.
        let stores = |root: VarId| {
            let all = seen.nodes.iter().filter(
                |node| matches!(&node.op, NodeOp::Store { place, .. } if place.root == root),
            );
            all.count()
        };
        let moved = |root: VarId| -> usize {
            let shares = targets.iter().filter(|t| t.of.root == root).flat_map(|t| &t.shares);
            shares.map(|share| share.values.len()).sum()
        };
        let fine = targets.iter().all(|target| {
            let root = target.of.root;
            let read = seen.nodes.iter().any(|node| match &node.op {
                NodeOp::Let { value, .. } | NodeOp::Store { value, .. } => value.mentions(root),
                NodeOp::Take { place, .. } => place.root == root,
                _ => true,
            });
            stores(root) == moved(root)
                && !read
                && target.shares.iter().all(|share| {
                    share.values.iter().all(|value| {
                        let mut cost = 0;
                        self.repeats(value, &body, &mut cost) && cost <= CHEAP
                    })
                })
        });
        if !fine || targets.is_empty() {
            return None;
        }
        for target in &mut targets {
            target.shares.sort_by_key(|share| share.shift);
        }
        drop(body);
        Some((bounds, seen, targets))
    }

    fn body_of<'a>(&self, bounds: &'a Bounds, region: &'a Region) -> Option<Body<'a>> {
        let mut body = Body {
            bounds,
            values: HashMap::default(),
            takes: HashMap::default(),
            inside: Vars::new(),
            written: Vars::new(),
        };
        region.declares(&mut body.inside);
        let names = |var: &VarId| self.graph[*var].ident == self.graph[bounds.index].ident;
        if body.inside.iter().any(names) {
            return None;
        }
        for node in &region.nodes {
            match &node.op {
                NodeOp::Let { var, value } => {
                    body.values.insert(*var, value);
                }
                NodeOp::Take { var, place, old: None } if place.kind(self.graph).is_scalar() => {
                    if !body.written.insert(place.root) {
                        return None;
                    }
                    body.takes.insert(*var, place);
                }
                NodeOp::Store { place, .. } => {
                    if body.takes.values().any(|taken| taken.root == place.root) {
                        return None;
                    }
                    body.written.insert(place.root);
                }
                _ => return None,
            }
        }
        Some(body)
    }

    /// Whether a value is cheap, and follows from what the body does not change and the loop's
    /// index in elements' places only.
    fn repeats(&self, value: &Expr, body: &Body<'_>, cost: &mut usize) -> bool {
        if *cost > CHEAP {
            return false;
        }
        match value {
            Expr::Number(_) => true,
            Expr::Name(_) => false,
            Expr::Code(code) => {
                code.repeatable
                    && !code.reads.iter().any(|var| {
                        *var == body.bounds.index
                            || body.inside.contains(var)
                            || body.written.contains(var)
                    })
            }
            Expr::Apply { op, args, .. } => {
                *cost += 1;
                matches!(op, Op::Neg | Op::Add | Op::Sub | Op::Mul)
                    && args.iter().all(|arg| self.repeats(arg, body, cost))
            }
            Expr::Place(place) => {
                if place.is_whole() {
                    if let Some(value) = body.values.get(&place.root) {
                        return self.repeats(value, body, cost);
                    }
                    if let Some(taken) = body.takes.get(&place.root) {
                        return body.bounds.element(self.graph, taken, &body.inside).is_some();
                    }
                }
                if body.inside.contains(&place.root)
                    || body.written.contains(&place.root)
                    || !place.kind(self.graph).is_scalar()
                {
                    return false;
                }
                let mut reads = Vars::new();
                place.index_reads(&mut reads);
                reads.is_disjoint(&body.inside) && !reads.contains(&body.bounds.index)
                    || body.bounds.element(self.graph, place, &body.inside).is_some()
            }
        }
    }

    /// Writes the loops that add to one target.
    fn gather(&mut self, bounds: &Bounds, seen: &Region, target: &Target, span: Span) {
        let (first, last) = match target.shares.as_slice() {
            [] => return,
            [share] => (share.shift, share.shift),
            [share, .., other] => (share.shift, other.shift),
        };
        let range = |from, to| Code {
            tokens: quote!(#from..#to),
            reads: bounds.reads.clone(),
            kind: Kind::Discrete,
            repeatable: true,
        };
        // The elements that every distance reaches.
        let begin = plus(&grouped(&bounds.from), last);
        let end = plus(&grouped(&bounds.to), first);
        let index = self.graph.fresh("i", Kind::Discrete, Role::Index);
        let mut nodes = Vec::new();
        let mut sum: Option<Expr> = None;
        for share in &target.shares {
            let value = self.share_at(bounds, seen, share, index, share.shift, &mut nodes);
            sum = Some(match sum {
                Some(sum) => sum.add(value),
                None => value,
            });
        }
        let place = target.of.clone().with([Step::Index(Expr::var(index))]);
        let value = sum.expect("a target has shares");
        nodes.push(self.new_node(NodeOp::Store { place, op: Some(Op::Add), value }, span));
        let header = Header::RangeBack { index, range: range(begin.clone(), end.clone()) };
        self.push_upwards(header, nodes, span);
        // The ends.
        for share in &target.shares {
            let mut ends = Vec::new();
            if share.shift < last {
                let from = &bounds.from;
                let until = plus(&grouped(from), last - share.shift);
                let to = &bounds.to;
                ends.push((quote!(#from), quote!(::core::primitive::usize::min(#until, #to))));
            }
            if share.shift > first {
                let inner = quote!(::core::primitive::usize::max(#begin, #end));
                let from = plus(&inner, -share.shift);
                ends.push((from, bounds.to.clone()));
            }
            for (from, to) in ends {
                let index = self.graph.fresh("i", Kind::Discrete, Role::Index);
                let mut nodes = Vec::new();
                let value = self.share_at(bounds, seen, share, index, 0, &mut nodes);
                let shift = Shift { offset: share.shift, counted: false };
                let at = bounds.at(self.graph, index, shift);
                let place = target.of.clone().with([Step::Index(at)]);
                nodes.push(self.new_node(NodeOp::Store { place, op: Some(Op::Add), value }, span));
                let header = Header::RangeBack { index, range: range(from, to) };
                let body = Region { nodes, ..Region::default() };
                let inner = Loop { header, body, tape: None, exit: None, upwards: true };
                self.push(NodeOp::Loop(Box::new(inner)), span);
            }
        }
    }

    fn new_node(&self, op: NodeOp, span: Span) -> Node {
        let mut node = Node::new(op, span);
        node.position = self.position;
        node
    }

    fn push_upwards(&mut self, header: Header, nodes: Vec<Node>, span: Span) {
        let body = Region { nodes, ..Region::default() };
        let inner = Loop { header, body, tape: None, exit: None, upwards: true };
        self.push_loop(Box::new(inner), span);
    }

    /// The value of a share in the iteration `distance` before `index`; what it is made of is
    /// added to `nodes`.
    fn share_at(
        &mut self,
        bounds: &Bounds,
        seen: &Region,
        share: &Share,
        index: VarId,
        distance: i64,
        nodes: &mut Vec<Node>,
    ) -> Expr {
        let mut known = HashMap::default();
        let mut sum: Option<Expr> = None;
        for value in &share.values {
            let value = self.moved(bounds, seen, value, index, distance, &mut known, nodes);
            sum = Some(match sum {
                Some(sum) => sum.add(value),
                None => value,
            });
        }
        sum.expect("a share has a value")
    }

    #[allow(clippy::too_many_arguments)]
    fn moved(
        &mut self,
        bounds: &Bounds,
        seen: &Region,
        value: &Expr,
        index: VarId,
        distance: i64,
        known: &mut HashMap<VarId, Expr>,
        nodes: &mut Vec<Node>,
    ) -> Expr {
        match value {
            Expr::Apply { op, args, span } => {
                let args = args
                    .iter()
                    .map(|arg| self.moved(bounds, seen, arg, index, distance, known, nodes))
                    .collect();
                Expr::Apply { op: op.clone(), args, span: *span }
            }
            Expr::Place(place) => {
                if place.is_whole() {
                    if let Some(value) = known.get(&place.root) {
                        return value.clone();
                    }
                    let definition = seen.nodes.iter().find_map(|node| match &node.op {
                        NodeOp::Let { var, value } if *var == place.root => Some(value.clone()),
                        NodeOp::Take { var, place: taken, .. } if *var == place.root => {
                            Some(Expr::Place(taken.clone()))
                        }
                        _ => None,
                    });
                    let Some(definition) = definition else { return value.clone() };
                    let value =
                        self.moved(bounds, seen, &definition, index, distance, known, nodes);
                    let like = self.graph[place.root].clone();
                    let copy = self.graph.fresh(&like.ident.to_string(), like.kind, like.role);
                    nodes.push(self.new_node(NodeOp::Let { var: copy, value }, Span::mixed_site()));
                    known.insert(place.root, Expr::var(copy));
                    return Expr::var(copy);
                }
                let Some((of, shift)) = bounds.element(self.graph, place, &Vars::new()) else {
                    return value.clone();
                };
                let shift = Shift { offset: shift.offset - distance, ..shift };
                let at = bounds.at(self.graph, index, shift);
                Expr::Place(of.with([Step::Index(at)]))
            }
            Expr::Code(_) | Expr::Number(_) | Expr::Name(_) => value.clone(),
        }
    }
}

/// What is left of the loop: its sums each by itself, as far as they repeat, then the rest.
fn rest(seen: &Region, targets: &[Target], bounds: &Bounds, reverse: &Reverse<'_>) -> Vec<Region> {
    let moved = |place: &Place| targets.iter().any(|target| target.of.root == place.root);
    let mut left = seen.clone();
    left.nodes.retain(|node| !matches!(&node.op, NodeOp::Store { place, .. } if moved(place)));
    let mut regions = Vec::new();
    if let Some(body) = reverse.body_of(bounds, seen) {
        let mut sums = Vec::new();
        for (at, node) in left.nodes.iter().enumerate() {
            let NodeOp::Store { place, op: Some(Op::Add | Op::Sub), value } = &node.op else {
                continue;
            };
            let mut reads = Vars::new();
            place.reads(&mut reads);
            let fixed = !reads.contains(&bounds.index) && reads.is_disjoint(&body.inside);
            let mut cost = 0;
            if fixed && place.is_whole() && reverse.repeats(value, &body, &mut cost) {
                sums.push(at);
            }
        }
        for at in &sums {
            let mut nodes: Vec<Node> = left.nodes[..=*at].to_vec();
            nodes.retain(|node| !matches!(node.op, NodeOp::Store { .. }));
            nodes.push(left.nodes[*at].clone());
            for node in &mut nodes {
                if let NodeOp::Take { var, place, .. } = &node.op {
                    node.op = NodeOp::Let { var: *var, value: Expr::Place(place.clone()) };
                }
            }
            let mut region = Region { nodes, ..Region::default() };
            drop_unread(&mut region);
            regions.push(region);
        }
        let mut at = 0;
        left.nodes.retain(|_| {
            at += 1;
            !sums.contains(&(at - 1))
        });
    }
    drop_unread(&mut left);
    if !left.nodes.is_empty() {
        regions.push(left);
    }
    regions
}

/// Removes definitions that nothing reads, and leaves of takes that they take.
fn drop_unread(region: &mut Region) {
    loop {
        let mut reads = Vars::new();
        region.reads(&mut reads);
        let before = region.nodes.len();
        region
            .nodes
            .retain(|node| !matches!(&node.op, NodeOp::Let { var, .. } if !reads.contains(var)));
        for node in &mut region.nodes {
            if let NodeOp::Take { var, place, .. } = &node.op {
                if !reads.contains(var) {
                    let place = place.clone();
                    node.op = NodeOp::Store { place, op: None, value: Expr::Number(0.0) };
                }
            }
        }
        if region.nodes.len() == before {
            return;
        }
    }
}
