//! Reverse mode: from the forward part to the region that computes the adjoints.
//!
//! The regions are walked backwards and each active node is replaced by its transpose. A scalar
//! with one definition whose uses all stand beside it has its adjoint as a sum of terms, written
//! down where the definition is reversed; every other active variable has an adjoint variable that
//! terms are added to. The transposes refer to values of the forward part as they were; a value
//! that changes later is copied where it is used ([`Role::Kept`]).
//!
//! Assumes what lowering guarantees: operands are places, literals or inert code, and regions run
//! to their end.

mod aggregate;
mod arriving;
mod call;
mod computed;
mod control;
mod early;
mod edits;
mod filled;
mod forward_rows;
mod gather;
mod infer;
mod initial;
mod once;
mod operation;
mod order;
mod overwritten;
mod replay;
mod row_products;
mod row_starts;
mod row_sums;
mod rows;
mod shift;
mod spans;
mod trips;
mod value;

use proc_macro2::Span;

pub(crate) use self::early::has_early;

use super::analysis::Analysis;
use super::schedule;
use crate::graph::{Expr, Graph, Node, NodeOp, Op, Place, Region, Role, VarId, Vars};
use crate::kind::{Container, Float, Kind};
use crate::maps::{HashMap, HashSet};

/// A function's derivative: the forward part, extended by what it keeps, and the reverse part.
#[derive(Debug)]
pub(crate) struct Joint {
    pub(crate) forward: Region,
    pub(crate) reverse: Region,
    /// How many nodes at the start of the reverse part compute again what the forward part has.
    pub(crate) again: usize,
    /// Per parameter, the variable that stands for it in the reverse part, if its own name is
    /// taken over by another variable of the function.
    pub(crate) renamed: Vec<Option<VarId>>,
    /// The stacks of the loops, declared before everything else.
    pub(crate) tapes: Vec<VarId>,
    /// The value of the function.
    pub(crate) value: VarId,
    /// The adjoint of the value: a parameter of the reverse part.
    pub(crate) seed: VarId,
    /// Per parameter, where its adjoint goes; `None` for parameters outside `wrt`.
    pub(crate) slots: Vec<Option<VarId>>,
    /// Whether a part of the forward part is reversed as soon as it has run.
    pub(crate) early: bool,
}

/// Completes what is known of the function's variables.
pub(crate) fn infer(graph: &mut Graph, body: &mut Region, output: &Kind) {
    infer::infer(graph, body, output);
}

/// Brings the function into the form that is reversed best.
pub(crate) fn prepare(graph: &mut Graph, body: &mut Region) {
    if graph.optimizations.counters {
        super::induction::close(graph, body);
    }
}

/// What a parameter is to the derivative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterRole {
    /// Its adjoint is not wanted.
    Inert,
    /// Its adjoint is wanted.
    Wrt,
    /// The function changes it for its caller.
    InOut,
}

/// Reverses a function. The pullback is not given the `erased` parameters again. `seeded` tells whether the adjoint of the result is known before the
/// forward part runs.
pub(crate) fn reverse(
    graph: &mut Graph,
    mut body: Region,
    parameters: &[VarId],
    roles: &[ParameterRole],
    erased: &[VarId],
    seeded: bool,
) -> Joint {
    let result = body.result.take().expect("a differentiable function has a value");
    let kind = result.kind(graph);
    let active = active(graph, &result);
    let value = graph.fresh("value", kind.peeled().clone(), Role::Temporary);
    graph[value].active = active;
    body.nodes.push(Node::new(NodeOp::Let { var: value, value: result }, Span::mixed_site()));

    // A pullback runs when the caller has gone on working with what the function changed for it.
    let lost = |var: &VarId| erased.contains(var) || matches!(graph[*var].kind, Kind::RefMut(_));
    let lost: Vec<VarId> = parameters.iter().filter(|var| !seeded && lost(var)).copied().collect();
    let analysis = Analysis::of(graph, &mut body, parameters, &lost);
    let seed_name = format!("d_{}", graph[value].ident);
    let seed = graph.fresh(&seed_name, kind.peeled().clone(), Role::Adjoint);
    graph[seed].mutable = !kind.is_scalar() && active;
    let mut reverse = Reverse {
        graph,
        analysis,
        adjoints: HashMap::default(),
        terms: HashMap::default(),
        terms_around: Vec::new(),
        walking: false,
        before: Vec::new(),
        after: Vec::new(),
        out: Vec::new(),
        tapes: Vec::new(),
        kept: HashMap::default(),
        position: 0,
        depth: 0,
        seed,
        // A tuple or a `Result` may hold numbers of which only some count.
        together: seeded && kind.is_scalar(),
        zeros: Vec::new(),
        moved: Vec::new(),
        given: HashSet::default(),
        copies: Vec::new(),
        loops: Vec::new(),
        mentioned: HashMap::default(),
        lengths: HashMap::default(),
        visible: Vars::new(),
        added_early: HashSet::default(),
        notes: Vec::new(),
        empty_vecs: HashMap::default(),
        arriving: HashMap::default(),
        pushes: HashMap::default(),
        computed: Vec::new(),
    };
    filled::empty_vecs(&body, &mut reverse.empty_vecs);
    if reverse.together {
        overwritten::facts(&body, &mut reverse.mentioned, &mut reverse.lengths);
    }
    let slots = reverse.parameters(&mut body, parameters, roles);
    reverse.zeros = std::mem::take(&mut reverse.out);
    if reverse.analysis.is_single(value) {
        reverse.terms.insert(value, vec![Expr::var(seed)]);
    } else {
        reverse.adjoints.insert(value, seed);
    }
    let mut region = reverse.region(&mut body, None);
    let gives = reverse.give(parameters, &slots);
    region.nodes.splice(0..0, std::mem::take(&mut reverse.zeros));
    region.nodes.extend(gives);
    let early = !reverse.added_early.is_empty();
    let (tapes, analysis) = (reverse.tapes, reverse.analysis);
    let (again, renamed) =
        schedule::recompute(graph, &analysis, &mut body, &mut region, parameters, seeded);
    initial::first_terms(graph, [&mut body, &mut region]);
    forward_rows::slice(graph, &mut body, parameters);
    Joint { forward: body, reverse: region, again, renamed, tapes, value, seed, slots, early }
}

/// Whether a derivative flows into the value of an expression.
pub(crate) fn active(graph: &Graph, value: &Expr) -> bool {
    match value {
        Expr::Place(place) => graph[place.root].active,
        Expr::Number(_) | Expr::Code(_) | Expr::Name(_) => false,
        Expr::Apply { args, .. } => args.iter().any(|arg| active(graph, arg)),
    }
}

struct Reverse<'g> {
    graph: &'g mut Graph,
    analysis: Analysis,
    /// The adjoint variables.
    adjoints: HashMap<VarId, VarId>,
    /// The terms of the adjoints that are sums.
    terms: HashMap<VarId, Vec<Expr>>,
    /// The same for the regions around the one that is being reversed.
    terms_around: Vec<HashMap<VarId, Vec<Expr>>>,
    /// Whether what is being reversed makes a reference refer to something else.
    walking: bool,
    /// Nodes for the forward part, before the node that is being reversed.
    before: Vec<Node>,
    /// Nodes for the forward part, after the node that is being reversed.
    after: Vec<Node>,
    /// The reverse region that is being built.
    out: Vec<Node>,
    tapes: Vec<VarId>,
    /// Copies made so far, by position and place.
    kept: HashMap<(usize, String), VarId>,
    /// The position of the node that is being reversed.
    position: usize,
    /// How many loops are around it.
    depth: usize,
    /// The adjoint of the function's value.
    seed: VarId,
    /// Whether the region that is being reversed shares its scope with its reverse, so that its
    /// nodes may be reversed early.
    together: bool,
    /// The declarations of the parameters' adjoints.
    zeros: Vec<Node>,
    /// What was moved up in the region that is being reversed.
    moved: Vec<early::Moved>,
    /// The adjoints that are known before the nodes that are being reversed.
    given: HashSet<VarId>,
    /// Variables under whose own names the node that is being reversed early has others, and the
    /// names that its reverse knows them by.
    copies: Vec<(VarId, VarId)>,
    /// The loops around what is being reversed that have a reverse of their own, outermost first.
    loops: Vec<Frame>,
    /// Where each variable is mentioned.
    mentioned: HashMap<VarId, Vec<usize>>,
    /// With how many elements buffers were declared.
    lengths: HashMap<VarId, crate::graph::Code>,
    /// The variables that what is being reversed early declares around its reverse.
    visible: Vars,
    /// The adjoints that nodes which are reversed early have added to.
    added_early: HashSet<VarId>,
    /// Nodes for the forward part that belong before the node at a position, which is still to be
    /// reversed.
    notes: Vec<(usize, NodeOp)>,
    /// The variables that are declared as empty vectors, and whether with a capacity.
    empty_vecs: HashMap<VarId, bool>,
    /// The vectors whose adjoints begin where they are moved to, and the positions of these moves.
    arriving: HashMap<VarId, arriving::Arrival>,
    /// The pushes that fill a vector with one element per iteration of a loop, by position, and the
    /// index of the element.
    pushes: HashMap<usize, Expr>,
    /// The elementary functions that the region computes that is being reversed.
    computed: Vec<computed::Computed>,
}

/// A loop whose body is being reversed.
struct Frame {
    /// Its first and last position.
    extent: (usize, usize),
    /// Nodes for the forward part in front of it.
    before: Vec<Node>,
}

impl Reverse<'_> {
    /// Gives each parameter whose adjoint is wanted its slot, and its adjoint a place.
    fn parameters(
        &mut self,
        body: &mut Region,
        parameters: &[VarId],
        roles: &[ParameterRole],
    ) -> Vec<Option<VarId>> {
        let mut slots = Vec::new();
        for (parameter, role) in parameters.iter().zip(roles) {
            slots.push((*role != ParameterRole::Inert).then(|| {
                let name = format!("d_{}", self.name(*parameter));
                let kind = self.graph[*parameter].kind.clone();
                if *role == ParameterRole::InOut {
                    let slot = self.graph.fresh(&name, kind.peeled().clone(), Role::InOut);
                    self.adjoints.insert(*parameter, slot);
                    return slot;
                }
                let seen = match kind.peeled() {
                    kind @ Kind::Indexed(..) => kind.clone(),
                    kind @ Kind::Record(_) => kind.adjoint(),
                    _ => Kind::Unknown,
                };
                let slot = self.graph.fresh(&name, seen, Role::Slot);
                self.graph[slot].mutable = true;
                // An aggregate that stays as it came is accumulated into the caller's buffer;
                // what the function overwrites needs an adjoint that can be cleared.
                if !kind.is_scalar() && !self.analysis.is_written(*parameter) {
                    self.adjoints.insert(*parameter, slot);
                }
                slot
            }));
        }
        let mut noted = Vec::new();
        for parameter in parameters {
            if self.graph[*parameter].active
                && !self.adjoints.contains_key(parameter)
                && !self.analysis.is_single(*parameter)
            {
                let adjoint = self.new_adjoint(*parameter);
                let zero = NodeOp::Zero { var: adjoint, like: Expr::var(*parameter) };
                match self.analysis.last_move(*parameter) {
                    Some(moved) => noted.push((moved, zero)),
                    None => self.push(zero, Span::mixed_site()),
                }
            }
        }
        for (moved, zero) in noted {
            // The value is gone when the reverse begins; its shape is noted just before.
            let at = body.nodes.iter().rposition(|node| node.position <= moved).unwrap_or(0);
            // The position 0 is before all that is to be reversed.
            body.nodes.insert(at, Node::new(zero, Span::mixed_site()));
        }
        slots
    }

    /// Hands the local adjoints of parameters to the caller.
    fn give(&mut self, parameters: &[VarId], slots: &[Option<VarId>]) -> Vec<Node> {
        let outer = std::mem::take(&mut self.out);
        for (parameter, slot) in parameters.iter().zip(slots) {
            let Some(slot) = *slot else { continue };
            if self.adjoints.get(parameter) == Some(&slot) {
                continue;
            }
            let value = if self.analysis.is_single(*parameter) {
                self.sum(*parameter)
            } else {
                self.adjoints.get(parameter).map(|var| Expr::var(*var))
            };
            if let Some(value) = value {
                let scalar = self.graph[*parameter].kind.is_scalar();
                self.push(NodeOp::Give { slot, value, scalar }, Span::mixed_site());
            }
        }
        std::mem::replace(&mut self.out, outer)
    }

    fn name(&self, var: VarId) -> String {
        let name = self.graph[var].ident.to_string();
        if name == "self" {
            "self_".to_owned()
        } else {
            name
        }
    }

    fn push(&mut self, op: NodeOp, span: Span) {
        // Terms that mention an adjoint are written down before it changes.
        let changed: Vec<VarId> = match &op {
            NodeOp::Store { place, .. }
            | NodeOp::Take { place, .. }
            | NodeOp::Edit { place, .. }
            | NodeOp::Unedit { place, .. } => vec![place.root],
            NodeOp::Rule { slot, .. } => vec![slot.root],
            NodeOp::Swap { first, second } => vec![first.root, second.root],
            NodeOp::Pull { arguments, .. } => {
                arguments.iter().filter_map(|a| a.slot.as_ref()).map(|slot| slot.root).collect()
            }
            _ => Vec::new(),
        };
        for adjoint in changed {
            self.settle(adjoint);
        }
        let mut node = Node::new(op, span);
        node.position = self.position;
        self.out.push(node);
    }

    /// Reverses a region inside the one that is being reversed: the sums of that one are written
    /// down there, when the whole is in place.
    fn inner(&mut self, region: &mut Region, seed: Option<Expr>) -> Region {
        self.terms_around.push(std::mem::take(&mut self.terms));
        let reversed = self.region(region, seed);
        self.terms = self.terms_around.pop().expect("pushed above");
        reversed
    }

    /// Reverses `region`; `seed` is the adjoint of its value.
    fn region(&mut self, region: &mut Region, seed: Option<Expr>) -> Region {
        let outer = std::mem::take(&mut self.out);
        let computed = self.computed_in(region);
        let computed_around = std::mem::replace(&mut self.computed, computed);
        self.declare_adjoints(region);
        if let (Some(result), Some(seed)) = (region.result.clone(), seed) {
            self.position = region.end;
            let outer = std::mem::take(&mut self.before);
            self.distribute(&result, seed, Span::mixed_site());
            let before = std::mem::replace(&mut self.before, outer);
            region.nodes.extend(before);
        }
        let mut forward = Vec::with_capacity(region.nodes.len());
        for mut node in std::mem::take(&mut region.nodes).into_iter().rev() {
            let before = std::mem::take(&mut self.before);
            let after = std::mem::take(&mut self.after);
            self.position = node.position;
            let position = node.position;
            let mut noted = Vec::new();
            if position > 0 {
                let notes = std::mem::take(&mut self.notes).into_iter();
                (noted, self.notes) = notes.partition(|(at, _)| *at >= position);
            }
            self.node(&mut node);
            let inserted = std::mem::replace(&mut self.after, after);
            forward.extend(inserted.into_iter().rev());
            forward.push(node);
            let inserted = std::mem::replace(&mut self.before, before);
            forward.extend(inserted.into_iter().rev());
            for (_, op) in noted {
                let mut note = Node::new(op, Span::mixed_site());
                note.position = position;
                forward.push(note);
            }
        }
        forward.reverse();
        if self.together {
            self.settle_moved(&mut forward);
        }
        region.nodes = forward;
        self.computed = computed_around;
        let nodes = std::mem::replace(&mut self.out, outer);
        Region { nodes, ..Region::default() }
    }

    /// Declares the adjoint variables of the variables that `region` declares.
    fn declare_adjoints(&mut self, region: &mut Region) {
        let mut inserted = Vec::new();
        let renamed = self.renamed(region);
        self.find_arriving(region);
        for (index, node) in region.nodes.iter().enumerate() {
            let mut declares = crate::graph::Vars::new();
            node.declares(&mut declares);
            for var in declares {
                let info = &self.graph[var];
                if !info.active
                    || renamed.iter().any(|(from, _)| *from == var)
                    || info.alias.is_some()
                    || self.analysis.is_single(var)
                    || self.adjoints.contains_key(&var)
                    || self.arrives(var)
                    || matches!(info.role, Role::Pullback | Role::Tape | Role::Kept)
                {
                    continue;
                }
                let adjoint = self.new_adjoint(var);
                let like = match self.graph[adjoint].kind {
                    // The zero of a number does not depend on the number.
                    Kind::Scalar(Float::F64 | Float::F32) => Expr::Number(0.0),
                    _ => Expr::var(var),
                };
                let zero = Node::new(NodeOp::Zero { var: adjoint, like }, node.span);
                match self.analysis.last_move(var) {
                    // The value is gone when the reverse begins; its shape is noted just before.
                    Some(moved) => {
                        let at = region.nodes.iter().rposition(|node| node.position <= moved);
                        // Moved by the region's value, not inside its last node.
                        let ends = region.end <= moved
                            && region.result.as_ref().is_some_and(|value| value.mentions(var));
                        let at = if ends { region.nodes.len() } else { at.unwrap_or(index + 1) };
                        inserted.push((at.max(index + 1), zero));
                    }
                    // A pullback must not hold the references that the value holds: the adjoint
                    // has the shape of the last of them.
                    None if self.graph[var].kind != self.graph[var].kind.owned() => {
                        let last = region.nodes.iter().rposition(|node| {
                            let mut writes = false;
                            node.writes(&mut |written, _| writes |= written == var);
                            writes
                        });
                        inserted.push((last.unwrap_or(index).max(index) + 1, zero));
                    }
                    None => self.out.push(zero),
                }
            }
        }
        self.share_adjoints(&renamed);
        inserted.sort_by_key(|(index, _)| *index);
        for (index, node) in inserted.into_iter().rev() {
            region.nodes.insert(index, node);
        }
    }

    fn new_adjoint(&mut self, var: VarId) -> VarId {
        let name = format!("d_{}", self.name(var));
        let kind = self.graph[var].kind.adjoint();
        let adjoint = self.graph.fresh(&name, kind, Role::Adjoint);
        self.graph[adjoint].mutable = true;
        self.adjoints.insert(var, adjoint);
        adjoint
    }

    fn node(&mut self, node: &mut Node) {
        let span = node.span;
        let extended = matches!(node.op, NodeOp::Loop(_) | NodeOp::If(_));
        let extent = extended.then(|| self.analysis.extent(node));
        let early = match &node.op {
            NodeOp::If(_) | NodeOp::Match(_) => self.early_branch(node),
            NodeOp::Loop(_) => self.early_loop(node),
            _ => false,
        };
        if early {
            return;
        }
        match &mut node.op {
            NodeOp::Let { var, value } => {
                let (var, value) = (*var, value.clone());
                if self.is_renamed(var, &value) {
                    return;
                }
                if self.graph[var].active && self.graph[var].alias.is_none() {
                    if let Some(d) = self.adjoint_of(var) {
                        self.transpose(&value, Some(var), d, span);
                    }
                }
            }
            NodeOp::Bind { parts, value, .. } => {
                let (parts, value) = (parts.clone(), value.clone());
                self.unbind(&parts, &value, span);
            }
            NodeOp::Store { place, op, value } => {
                let named = if op.is_none() { self.named(place, value) } else { None };
                let (place, op) = (place.clone(), op.clone());
                let original = match named {
                    Some(var) => std::mem::replace(value, Expr::var(var)),
                    None => value.clone(),
                };
                self.store(&place, op.as_ref(), &original, named, span);
                if let Some(var) = named {
                    self.insert(NodeOp::Let { var, value: original });
                }
            }
            NodeOp::Call(_) => self.call(node),
            NodeOp::If(inner) if inner.checkpoint => self.replay(inner, extent, span),
            NodeOp::If(inner) => self.later(|this| this.branch(inner, span)),
            NodeOp::Match(inner) => self.later(|this| this.match_arms(inner, span)),
            NodeOp::Loop(inner) => {
                let extent = extent.expect("the extent of a loop is known");
                self.find_filled(inner, extent);
                self.loops.push(Frame { extent, before: Vec::new() });
                self.later(|this| this.repeat(inner, span));
                let frame = self.loops.pop().expect("the frame that was pushed");
                self.before.extend(frame.before);
                self.reserve(inner);
                self.reserve_tape(inner);
            }
            NodeOp::Declare { .. } | NodeOp::Code { .. } | NodeOp::Zero { .. } => {}
            NodeOp::Edit { .. } => self.edit(&node.op.clone(), span),
            NodeOp::Swap { first, second } => {
                let (first, second) = (first.clone(), second.clone());
                let adjoints = (self.adjoint_place(&first), self.adjoint_place(&second));
                if let (Some(first), Some(second)) = adjoints {
                    self.settle(first.root);
                    self.settle(second.root);
                    if first.root == second.root {
                        self.swap_within(first, second, span);
                    } else {
                        self.push(NodeOp::Swap { first, second }, span);
                    }
                }
            }
            NodeOp::Take { .. }
            | NodeOp::Unedit { .. }
            | NodeOp::Lend { .. }
            | NodeOp::Rule { .. }
            | NodeOp::Pull { .. }
            | NodeOp::Replay(_)
            | NodeOp::Give { .. } => unreachable!("the forward part has no adjoint nodes"),
        }
    }

    /// Swaps two parts of one adjoint, which cannot both be lent.
    fn swap_within(&mut self, first: Place, second: Place, span: Span) {
        let mut taken = Vec::new();
        for place in [&first, &second] {
            let kind = place.kind(self.graph).peeled().clone();
            let var = self.graph.fresh("swapped", kind, Role::Adjoint);
            self.push(NodeOp::Take { var, place: place.clone(), old: None }, span);
            taken.push(Expr::Place(Place::var(var)));
        }
        for (place, value) in [second, first].into_iter().zip(taken) {
            self.push(NodeOp::Store { place, op: None, value }, span);
        }
    }

    /// A name for what an elementary function yields, where only a place holds it that may change:
    /// the reverse needs the value, and the function is not called twice.
    fn named(&mut self, place: &Place, value: &Expr) -> Option<VarId> {
        let Expr::Apply { op: Op::Elementary(..) | Op::Div, .. } = value else { return None };
        let root = self.graph.resolve(place).root;
        let kind = value.kind(self.graph);
        if !self.graph[root].active || !kind.is_scalar() || !active(self.graph, value) {
            return None;
        }
        Some(self.graph.fresh("t", kind, Role::Temporary))
    }

    /// Runs `inside` for regions whose reverse runs in another scope.
    fn later(&mut self, inside: impl FnOnce(&mut Self)) {
        let together = std::mem::replace(&mut self.together, false);
        inside(self);
        self.together = together;
    }

    /// The adjoint of a variable whose definition is being reversed; `None` if it is zero.
    fn adjoint_of(&mut self, var: VarId) -> Option<Expr> {
        if self.analysis.is_single(var) {
            let sum = self.sum(var)?;
            if sum.is_atom() {
                return Some(sum);
            }
            let name = format!("d_{}", self.name(var));
            let kind = self.graph[var].kind.adjoint();
            let named = self.graph.fresh(&name, kind, Role::Adjoint);
            self.push(NodeOp::Let { var: named, value: sum }, Span::mixed_site());
            return Some(Expr::var(named));
        }
        self.adjoints.get(&var).map(|adjoint| Expr::var(*adjoint))
    }

    /// The terms of an adjoint, added up.
    fn sum(&mut self, var: VarId) -> Option<Expr> {
        self.terms.remove(&var)?.into_iter().reduce(Expr::add)
    }

    /// Writes down the sums that mention `adjoint`, which is about to change.
    fn settle(&mut self, adjoint: VarId) {
        let mut affected: Vec<VarId> = self
            .terms
            .iter()
            .filter(|(_, terms)| terms.iter().any(|term| term.mentions(adjoint)))
            .map(|(var, _)| *var)
            .collect();
        affected.sort_unstable();
        for var in affected {
            let Some(sum) = self.sum(var) else { continue };
            let name = format!("d_{}", self.name(var));
            let kind = self.graph[var].kind.adjoint();
            let named = self.graph.fresh(&name, kind, Role::Adjoint);
            self.push(NodeOp::Let { var: named, value: sum }, Span::mixed_site());
            self.terms.insert(var, vec![Expr::var(named)]);
        }
    }

    /// The place of a value's adjoint.
    fn adjoint_place(&self, place: &Place) -> Option<Place> {
        let place = self.graph.resolve(place);
        let root = *self.adjoints.get(&place.root)?;
        let owned = self.graph[place.root].kind.is_reference();
        let mut path = Vec::new();
        let mut of = Place::var(place.root);
        for step in place.path {
            // The adjoint of what a reference points to is owned: there is nothing to follow.
            let followed = matches!(step, crate::graph::Step::Deref)
                && (owned && path.is_empty() || of.kind(self.graph).is_reference());
            if !followed {
                path.push(step.clone());
            }
            of.path.push(step);
        }
        Some(Place { root, path })
    }

    /// Adds a scalar `term` to the adjoint of the operand `of`.
    fn add(&mut self, of: &Expr, term: Expr, span: Span) {
        let Some(place) = of.place().map(|place| self.graph.resolve(place)) else {
            self.distribute(of, term, span);
            return;
        };
        if !self.graph[place.root].active {
            return;
        }
        if self.analysis.is_single(place.root) {
            self.terms.entry(place.root).or_default().push(term);
            return;
        }
        let target = self.adjoint_place(&place).expect("an active variable has an adjoint");
        if place.kind(self.graph).is_scalar() {
            self.settle(target.root);
            self.push(NodeOp::Store { place: target, op: Some(Op::Add), value: term }, span);
        } else {
            let function = self.share_rule(&place, &target);
            self.rule(function, target, vec![Expr::reference(term)], span);
        }
    }

    /// How a share gets into the adjoint of an operand that is no number. A `Vec` that is moved
    /// away has no other share, whatever its length was where the adjoint was declared.
    fn share_rule(&self, place: &Place, target: &Place) -> &'static str {
        if self.walking {
            return "accumulate_behind";
        }
        let vec = matches!(place.kind(self.graph), Kind::Indexed(_, Container::Vec));
        let local = self.graph[target.root].role == Role::Adjoint;
        let moved = self.analysis.is_moved_at(place.root, self.position);
        if vec && local && moved && place.is_whole() && target.is_whole() {
            "moved"
        } else {
            "accumulate"
        }
    }

    fn rule(&mut self, function: &'static str, slot: Place, operands: Vec<Expr>, span: Span) {
        self.settle(slot.root);
        self.push(NodeOp::Rule { function, slot, operands, map: None }, span);
    }

    /// Runs `add_to` on a place that the operand's adjoint can be added to.
    fn with_slot(&mut self, of: &Expr, span: Span, add_to: impl FnOnce(&mut Self, Place)) {
        let place = of.place().expect("an active operand is a place");
        let place = self.graph.resolve(place);
        if !self.graph[place.root].active {
            return;
        }
        if self.analysis.is_single(place.root) {
            let like = self.graph[place.root].clone();
            let name = format!("d_{}", self.name(place.root));
            let local = self.graph.fresh(&name, like.kind.adjoint(), Role::Adjoint);
            self.graph[local].mutable = true;
            self.push(NodeOp::Zero { var: local, like: Expr::var(place.root) }, span);
            add_to(self, Place::var(local));
            self.terms.entry(place.root).or_default().push(Expr::var(local));
        } else {
            let target = self.adjoint_place(&place).expect("an active variable has an adjoint");
            self.settle(target.root);
            add_to(self, target);
        }
    }
}
