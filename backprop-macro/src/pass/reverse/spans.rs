//! Elements that a loop reads and a later one overwrites, kept as a whole in front of the loop.
//!
//! What an iteration computes cheaply from such elements need not be kept by each iteration: the
//! elements are copied at once, and the reverse computes it again from the copy. The loop itself
//! stays as the user wrote it.
//!
//! ```text
//! for _ in 0..steps {
//!     let base = kept.len();
//!     kept.extend_from_slice(&u[0..n]);         // generated::keep_span
//!     for i in 1..n - 1 {
//!         next[i] = u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1]);
//!     }
//!     mem::swap(&mut u, &mut next);
//! }
//! ```

use crate::maps::HashMap;

use proc_macro2::{Literal, Span, TokenStream};
use quote::quote;

use super::shift::{Bounds, Shift};
use super::Reverse;
use crate::graph::{
    Code, Effects, Expr, Header, Loop, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::{Container, Kind};
use crate::pass::schedule::Lent;

/// A part of an array that a loop reads.
struct Span1 {
    of: Place,
    first: i64,
    last: i64,
}

/// The arrays that could be kept in front of a loop.
pub(super) struct Spans {
    bounds: Bounds,
    spans: Vec<Span1>,
    pub(super) lent: Lent,
}

impl Reverse<'_> {
    /// The arrays that the loop being reversed reads at its index and does not change, although
    /// something does before the reverse runs.
    pub(super) fn spans(&self, inner: &Loop) -> Option<Spans> {
        if !self.graph.optimizations.spans || inner.exit.is_some() {
            return None;
        }
        let (first, last) = self.loops.last()?.extent;
        let bounds = match &inner.header {
            Header::Range { index, range } => Bounds::of(*index, range)?,
            header @ Header::Each { counter, .. } => {
                let trips = self.trips(header, true)?;
                Bounds { index: *counter, from: quote!(0), to: trips.tokens, reads: trips.reads }
            }
            _ => return None,
        };
        let mut inside = Vars::new();
        inner.body.declares_within(&mut inside);
        let stays = |var: VarId| {
            self.analysis.declared(var).is_none_or(|at| at < first)
                && !self.analysis.changes_within(var, first, last)
                && !self.analysis.hidden(self.graph, var, first)
        };
        let mut found = Spans { bounds, spans: Vec::new(), lent: Lent::default() };
        let mut elsewhere = Vec::new();
        for node in &inner.body.nodes {
            let NodeOp::Let { var, value } = &node.op else { continue };
            let mut used = Vec::new();
            let usable = places(value, &mut |place| {
                let resolved = self.graph.resolve(place);
                let Some((of, shift)) = found.bounds.element(self.graph, &resolved, &inside) else {
                    elsewhere.extend([(*var, place.root), (*var, resolved.root)]);
                    return true;
                };
                let root = of.root;
                let mut indices = Vars::new();
                of.index_reads(&mut indices);
                let container = of.kind(self.graph);
                let sliced = matches!(
                    container.peeled(),
                    Kind::Indexed(_, Container::Slice | Container::Vec | Container::Array(_))
                );
                let known = sliced
                    && self.graph[root].alias.is_none()
                    && self.analysis.declared(root).is_some()
                    && stays(root)
                    && !shift.counted
                    && indices.iter().all(|read| stays(*read))
                    && !self.analysis.intact(root, node.position);
                if known {
                    used.push((of, shift.offset, place.root));
                } else {
                    elsewhere.extend([(*var, place.root), (*var, root)]);
                }
                true
            });
            if !usable || used.is_empty() {
                continue;
            }
            for (of, offset, name) in used {
                let at = found.add(of, offset);
                found.lent.roots.extend([found.spans[at].of.root, name]);
                let reads = found.lent.spans_of.entry(*var).or_default();
                if !reads.contains(&at) {
                    reads.push(at);
                }
            }
        }
        // A definition that reads the array in another way is none to be repeated.
        let roots = &found.lent.roots;
        let unusable = elsewhere.into_iter().filter(|(_, root)| roots.contains(root));
        found.lent.unusable = unusable.map(|(var, _)| var).collect();
        (!found.spans.is_empty()).then_some(found)
    }

    /// Keeps the arrays that the definitions of `again`, which are the first nodes of `body`,
    /// read. Returns what stands in front of the reversed loop and behind it.
    pub(super) fn keep_spans(
        &mut self,
        spans: &Spans,
        body: &mut Region,
        again: &[VarId],
        span: Span,
    ) -> (Vec<Node>, Vec<Node>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut copies: HashMap<usize, VarId> = HashMap::default();
        let position = self.position;
        let new = |op: NodeOp| {
            let mut node = Node::new(op, span);
            node.position = position;
            node
        };
        for var in again {
            for at in spans.lent.spans_of.get(var).into_iter().flatten() {
                if copies.contains_key(at) {
                    continue;
                }
                let Span1 { of, first, last } = &spans.spans[*at];
                let name = self.name(of.root);
                let element = of.clone().with([Step::Index(Expr::Number(0.0))]).kind(self.graph);
                let stack = self.graph.fresh(&format!("{name}_kept"), Kind::Unknown, Role::Tape);
                self.graph[stack].mutable = true;
                self.tapes.push(stack);
                let base = self.graph.fresh("base", Kind::Discrete, Role::Temporary);
                let slice = Kind::Indexed(Box::new(element), Container::Slice);
                let copy = self.graph.fresh(
                    &format!("kept_{name}"),
                    Kind::Ref(Box::new(slice)),
                    Role::Temporary,
                );
                copies.insert(*at, copy);
                let number = |value: i64| {
                    let value = Literal::i64_unsuffixed(value);
                    code(quote!(#value), Vec::new())
                };
                let bound = |tokens: &TokenStream| code(tokens.clone(), spans.bounds.reads.clone());
                let held = Expr::Place(of.clone());
                let held = match of.kind(self.graph).references() {
                    0 => Expr::reference(held),
                    _ => held,
                };
                let keep = Expr::runtime(
                    "keep_span",
                    vec![
                        Expr::apply(Op::ReferenceMut, vec![Expr::var(stack)], span),
                        held,
                        bound(&spans.bounds.from),
                        bound(&spans.bounds.to),
                        number(*first),
                        number(*last),
                    ],
                );
                let frame = self.loops.last_mut().expect("the loop that is being reversed");
                let mut node = Node::new(NodeOp::Let { var: base, value: keep }, span);
                node.position = frame.extent.0;
                frame.before.push(node);

                let (base_name, stack_name) =
                    (self.graph[base].ident.clone(), self.graph[stack].ident.clone());
                let all = code(quote!(#base_name..), vec![base]);
                let rest = Place::var(stack).with([Step::Index(all)]);
                let value = Expr::reference(Expr::Place(rest));
                before.push(new(NodeOp::Let { var: copy, value }));
                after.push(new(NodeOp::Code {
                    tokens: quote!(#stack_name.truncate(#base_name);),
                    effects: Effects { reads: vec![stack, base], writes: vec![stack] },
                    declares: Vec::new(),
                    repeatable: false,
                }));
            }
        }
        for node in &mut body.nodes[..again.len()] {
            if let NodeOp::Let { value, .. } = &mut node.op {
                self.read_copies(value, spans, &copies);
            }
        }
        (before, after)
    }

    fn read_copies(&self, value: &mut Expr, spans: &Spans, copies: &HashMap<usize, VarId>) {
        match value {
            Expr::Place(place) => {
                let resolved = self.graph.resolve(place);
                let found = spans.bounds.element(self.graph, &resolved, &Vars::new());
                let Some((of, shift)) = found else { return };
                let Some(at) = spans.spans.iter().position(|span| span.of == of) else { return };
                let Some(copy) = copies.get(&at) else { return };
                // The copy begins at `from + first`.
                let offset = shift.offset - spans.spans[at].first;
                let from: Option<syn::LitInt> = syn::parse2(spans.bounds.from.clone()).ok();
                let from = from.and_then(|from| from.base10_parse::<i64>().ok());
                let shift = match from {
                    Some(from) => Shift { offset: offset - from, counted: false },
                    None => Shift { offset, counted: true },
                };
                let index = spans.bounds.at(self.graph, spans.bounds.index, shift);
                *place = Place::var(*copy).with([Step::Index(index)]);
            }
            Expr::Apply { args, .. } => {
                args.iter_mut().for_each(|arg| self.read_copies(arg, spans, copies));
            }
            Expr::Code(_) | Expr::Number(_) | Expr::Name(_) => {}
        }
    }
}

impl Spans {
    fn add(&mut self, of: Place, offset: i64) -> usize {
        match self.spans.iter().position(|span| span.of == of) {
            Some(at) => {
                let span = &mut self.spans[at];
                (span.first, span.last) = (span.first.min(offset), span.last.max(offset));
                at
            }
            None => {
                self.spans.push(Span1 { of, first: offset, last: offset });
                self.spans.len() - 1
            }
        }
    }
}

fn code(tokens: TokenStream, reads: Vec<VarId>) -> Expr {
    Expr::Code(Code { tokens, reads, kind: Kind::Discrete, repeatable: true })
}

/// Shows `found` the places of an expression; inert code shows none of its own.
fn places(value: &Expr, found: &mut dyn FnMut(&Place) -> bool) -> bool {
    match value {
        Expr::Place(place) => found(place),
        Expr::Apply { args, .. } => args.iter().all(|arg| places(arg, found)),
        Expr::Code(code) => code.reads.iter().all(|var| found(&Place::var(*var))),
        Expr::Number(_) | Expr::Name(_) => true,
    }
}
