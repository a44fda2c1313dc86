//! Early reverse: a node whose outputs' adjoints are known before it runs is reversed as soon as it
//! has run.
//!
//! The reverse of a region runs at its end. For most nodes that is too late: between their forward
//! and their reverse part lies everything after them, and what the reverse needs must be kept.
//! Where the adjoint of each output of a node is known beforehand, as that of a sum over examples
//! is, the node's reverse moves up to the node itself: a loop's into its iterations, a branch's
//! into its arms, and a call's into the call, which then never hands out a pullback. Nothing is
//! kept, whatever the trip count is.
//!
//! This holds in a region that shares its scope with its reverse: the body of the `seeded`
//! companion and, in turn, the body of what is reversed early in such a region. The nodes that
//! compute the adjoint of an output are then moved up as well, in front of the node
//! ([`Move`]); they may read only what is there by then.
//!
//! What a node needs for this:
//!
//! * each active variable from outside that it changes is a scalar that it only adds to, so that
//!   its adjoint is the same for every iteration, or a buffer that every iteration overwrites
//!   before it reads it (`overwritten.rs`);
//! * active variables from outside that it reads keep their values from there on: their adjoints
//!   are then added to and not looked at until what computed them is reversed;
//! * names inside it do not cover those from outside that it reads.

use crate::maps::HashSet;

use super::control::written_by;
use super::Reverse;
use crate::graph::{
    Call, Callee, Expr, If, Loop, Match, Node, NodeOp, Op, Passing, Place, Pulled, Region, Role,
    VarId, Vars,
};
use crate::kind::{Float, Kind};
use crate::pass::schedule;

/// Whether a region has nodes that could be reversed early.
pub(crate) fn has_early(region: &Region) -> bool {
    region.nodes.iter().any(|node| {
        matches!(node.op, NodeOp::If(_) | NodeOp::Match(_) | NodeOp::Loop(_) | NodeOp::Call(_))
    })
}

/// What must run in front of a node before its reverse can run right after it.
#[derive(Default)]
pub(super) struct Move {
    /// Variables that the reverse reads under a second name.
    covered: Vars,
    /// Adjoints whose sums move up as a whole.
    sums: HashSet<VarId>,
    /// Adjoints of which only the declaration does.
    declarations: HashSet<VarId>,
}

/// Adjoint nodes that were moved in front of the node at `before`.
#[derive(Debug)]
pub(super) struct Moved {
    before: usize,
    nodes: Vec<Node>,
}

/// What a node shares with the code around it.
struct Shared {
    /// The active variables that it reads and does not change.
    reads: Vars,
    /// The active variables that it changes.
    writes: Vars,
    /// The variables that it reads and whose names mean something else somewhere inside.
    covered: Vars,
}

impl Reverse<'_> {
    /// What has to move in front of `node`, if it can be reversed as soon as it has run.
    fn plan(&self, node: &Node, result: Option<VarId>) -> Option<Move> {
        if !self.together {
            return None;
        }
        let (first, last) = self.analysis.extent(node);
        let shared = self.shared(node, first)?;
        let mut plan = Move::default();
        for var in &shared.covered {
            let info = &self.graph[*var];
            let copied = matches!(info.kind, Kind::Ref(_) | Kind::Scalar(_));
            if !copied || info.alias.is_some() || self.analysis.changes_from(*var, first) {
                return None;
            }
            plan.covered.insert(*var);
        }
        for var in &shared.writes {
            let adjoint = *self.adjoints.get(var)?;
            if self.analysis.last_move(*var).is_none() && self.overwrites(node, *var) {
                plan.declarations.insert(adjoint);
                continue;
            }
            let sums = self.graph[*var].kind.is_scalar() && self.only_adds(node, *var);
            if !sums || !self.movable(adjoint, first, &mut plan) {
                return None;
            }
        }
        for var in &shared.reads {
            if shared.writes.contains(var) {
                continue;
            }
            if !self.receives(*var, first, last, &mut plan) {
                return None;
            }
        }
        if let Some(result) = result {
            if !self.known(result, first, &mut plan) {
                return None;
            }
        }
        Some(plan)
    }

    /// Whether the adjoint of `var` can be added to from `first` on.
    fn receives(&self, var: VarId, first: usize, last: usize, plan: &mut Move) -> bool {
        if self.analysis.is_single(var) || self.analysis.changes_from(var, first) {
            return false;
        }
        let Some(adjoint) = self.adjoints.get(&var).filter(|_| !self.arrives(var)) else {
            return false;
        };
        let sums = self.terms_around.iter().chain([&self.terms]).flat_map(|terms| terms.values());
        let mentioned = sums.flatten().any(|term| term.mentions(*adjoint));
        if mentioned || last < first {
            return false;
        }
        plan.declarations.insert(*adjoint);
        true
    }

    /// Whether the adjoint of the value that `result` names can be known at `first`.
    fn known(&self, result: VarId, first: usize, plan: &mut Move) -> bool {
        if !self.graph[result].active {
            return true;
        }
        if self.analysis.is_single(result) {
            return self.terms.get(&result).into_iter().flatten().all(|term| {
                let mut reads = Vars::new();
                term.reads(&mut reads);
                reads.into_iter().all(|read| self.at_hand(read, first, plan))
            });
        }
        self.adjoints.get(&result).is_some_and(|adjoint| self.movable(*adjoint, first, plan))
    }

    /// The active variables from outside that `node` reads and changes; `None` if it reads one
    /// through a borrow and the name no longer tells which.
    fn shared(&self, node: &Node, first: usize) -> Option<Shared> {
        let outside = |var: VarId| self.analysis.declared(var).is_some_and(|at| at < first);
        let mut reads = Vars::new();
        node.reads(&mut reads);
        let mut inner = Vars::new();
        let only = Region { nodes: vec![node.clone()], ..Region::default() };
        only.declares_within(&mut inner);
        let mut names = HashSet::default();
        binds_within(&only, &mut inner);
        for var in &inner {
            if !outside(*var) {
                names.insert(self.graph[*var].ident.to_string());
            }
        }
        let mut shared = Shared { reads: Vars::new(), writes: Vars::new(), covered: Vars::new() };
        for read in reads {
            let root = self.graph.resolve(&Place::var(read)).root;
            if read != root && outside(read) && self.graph[root].shadowed {
                return None;
            }
            for var in [read, root] {
                if outside(var) && names.contains(&self.graph[var].ident.to_string()) {
                    shared.covered.insert(var);
                }
            }
            if outside(root) && self.graph[root].active {
                shared.reads.insert(root);
            }
        }
        node.writes(&mut |var, _| {
            let root = self.graph.resolve(&Place::var(var)).root;
            if outside(root) && self.graph[root].active {
                shared.writes.insert(root);
            }
        });
        Some(shared)
    }

    /// Whether `node` does nothing with `var` but add to it.
    fn only_adds(&self, node: &Node, var: VarId) -> bool {
        let is = |place: &Place| self.graph.resolve(place) == Place::var(var);
        let reads = |expr: &Expr| {
            let mut reads = Vars::new();
            expr.reads(&mut reads);
            self.among(&reads, var)
        };
        let region = |region: &Region| {
            region.nodes.iter().all(|node| self.only_adds(node, var))
                && !region.result.as_ref().is_some_and(reads)
        };
        match &node.op {
            NodeOp::Store { place, op: Some(Op::Add | Op::Sub), value } if is(place) => {
                place.is_whole() && !reads(value)
            }
            NodeOp::Store { place, op: None, value } if is(place) && place.is_whole() => {
                super::operation::increment(self.graph, place, value)
                    .is_some_and(|(_, value)| !reads(&value))
            }
            NodeOp::If(inner) => {
                !inner.condition.as_ref().is_some_and(reads)
                    && region(&inner.then)
                    && region(&inner.otherwise)
            }
            NodeOp::Match(inner) => {
                let scrutinee: Vars = inner.scrutinee_effects.reads.iter().copied().collect();
                let parts = inner.parts.iter().flat_map(|(parts, _)| parts);
                !self.among(&scrutinee, var)
                    && !parts.into_iter().any(reads)
                    && inner.arms.iter().all(|arm| {
                        let guard: Vars = arm.guard_reads.iter().copied().collect();
                        !self.among(&guard, var) && region(&arm.body)
                    })
            }
            NodeOp::Loop(inner) => {
                let bare = Loop { body: Region::default(), ..(**inner).clone() };
                let header = Node::new(NodeOp::Loop(Box::new(bare)), node.span);
                !self.mentions(&header, var) && region(&inner.body)
            }
            _ => !self.mentions(node, var),
        }
    }

    pub(super) fn mentions(&self, node: &Node, var: VarId) -> bool {
        let mut found = Vars::new();
        node.reads(&mut found);
        node.writes(&mut |written, _| {
            found.insert(written);
        });
        self.among(&found, var)
    }

    pub(super) fn among(&self, vars: &Vars, var: VarId) -> bool {
        vars.iter().any(|other| self.graph.resolve(&Place::var(*other)).root == var)
    }

    /// Whether everything that makes up an adjoint can run at `first`.
    fn movable(&self, adjoint: VarId, first: usize, plan: &mut Move) -> bool {
        if adjoint == self.seed || self.given.contains(&adjoint) || plan.sums.contains(&adjoint) {
            return true;
        }
        // What an early node has added to is complete only after that node.
        if self.added_early.contains(&adjoint) {
            return false;
        }
        plan.sums.insert(adjoint);
        let moved = self.moved.iter().flat_map(|moved| &moved.nodes);
        let mut found = false;
        for node in self.zeros.iter().chain(moved).chain(&self.out) {
            let mut reads = Vars::new();
            match &node.op {
                NodeOp::Zero { var, .. } if *var == adjoint => {
                    found = true;
                    // The zero of anything but a number takes its shape from the value.
                    let kind = &self.graph[*var].kind;
                    if !matches!(kind, Kind::Scalar(Float::F64 | Float::F32)) {
                        return false;
                    }
                    continue;
                }
                NodeOp::Let { var, value } if *var == adjoint => value.reads(&mut reads),
                NodeOp::Store { place, op: Some(Op::Add | Op::Sub), value }
                    if *place == Place::var(adjoint) =>
                {
                    value.reads(&mut reads);
                }
                _ => {
                    let mut written = Vec::new();
                    written_by(node, &mut written);
                    let mut declared = Vars::new();
                    node.declares(&mut declared);
                    if written.contains(&adjoint) || declared.contains(&adjoint) {
                        return false;
                    }
                    continue;
                }
            }
            found = true;
            if !reads.into_iter().all(|read| self.at_hand(read, first, plan)) {
                return false;
            }
        }
        found
    }

    /// Whether what `var` will hold when the reverse reads it is there at `first`.
    fn at_hand(&self, var: VarId, first: usize, plan: &mut Move) -> bool {
        if self.graph[var].role == Role::Adjoint {
            return self.movable(var, first, plan);
        }
        let root = self.graph.resolve(&Place::var(var)).root;
        [var, root].into_iter().all(|var| {
            self.analysis.declared(var).is_some_and(|at| at < first)
                && !self.analysis.hidden(self.graph, var, first)
                && !self.analysis.changes_from(var, first)
        })
    }

    /// Moves what was planned in front of the node at `first`.
    fn carry_out(&mut self, plan: &Move, first: usize) {
        let mut nodes = Vec::new();
        let mut sort = |all: &mut Vec<Node>| {
            for node in std::mem::take(all) {
                let wanted = match &node.op {
                    NodeOp::Zero { var, .. } => {
                        plan.sums.contains(var) || plan.declarations.contains(var)
                    }
                    NodeOp::Let { var, .. } => plan.sums.contains(var),
                    NodeOp::Store { place, .. } => plan.sums.contains(&place.root),
                    _ => false,
                };
                if wanted {
                    nodes.push(node);
                } else {
                    all.push(node);
                }
            }
        };
        sort(&mut self.zeros);
        self.moved.iter_mut().for_each(|moved| sort(&mut moved.nodes));
        sort(&mut self.out);
        nodes.iter_mut().for_each(|node| node.early = true);
        self.moved.push(Moved { before: first, nodes });
    }

    /// Puts what was moved up into its place in the forward part.
    pub(super) fn settle_moved(&mut self, forward: &mut Vec<Node>) {
        for moved in std::mem::take(&mut self.moved) {
            let at = forward.iter().position(|node| {
                // What was inserted before a node has its position.
                node.position == moved.before
            });
            let at = at.expect("adjoints are moved in front of a node of the same region");
            forward.splice(at..at, moved.nodes);
        }
    }

    /// Reverses `region` so that its reverse runs when it has run.
    fn reversed_within(
        &mut self,
        region: &mut Region,
        seed: Option<Expr>,
        binds: &[VarId],
        extent: (usize, usize),
    ) {
        let outer = self.analysis.reversed_within(Some(extent));
        let visible = self.visible.clone();
        self.visible.extend(binds);
        region.declares(&mut self.visible);
        let together = std::mem::replace(&mut self.together, true);
        let moved = std::mem::take(&mut self.moved);
        let loops = std::mem::take(&mut self.loops);
        let mut reversed = self.inner(region, seed);
        self.moved = moved;
        self.loops = loops;
        schedule::together(self.graph, &self.analysis, region, &mut reversed, binds);
        for (var, copy) in &self.copies {
            schedule::rename(self.graph, *var, *copy, &mut reversed);
        }
        self.analysis.reversed_within(outer);
        self.together = together;
        self.visible = visible;
        if reversed.nodes.is_empty() {
            return;
        }
        let mut written = Vec::new();
        reversed.nodes.iter().for_each(|node| written_by(node, &mut written));
        self.added_early.extend(written);
        if let Some(result) = region.result.take() {
            let name = self.graph.fresh("result", result.kind(self.graph), Role::User);
            region.nodes.push(Node::new(
                NodeOp::Let { var: name, value: result },
                proc_macro2::Span::mixed_site(),
            ));
            region.result = Some(Expr::var(name));
        }
        region.nodes.extend(reversed.nodes.into_iter().map(|mut node| {
            node.early = true;
            node
        }));
    }

    /// Runs `inside` while the adjoints that were moved up count as known, and covered names have
    /// another in front of the node at `first`.
    fn with_given<T>(
        &mut self,
        plan: Move,
        first: usize,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let given = self.given.clone();
        self.given.extend(plan.sums);
        let mut copies = Vec::new();
        for var in plan.covered {
            let info = self.graph[var].clone();
            let copy = self.graph.fresh(&info.ident.to_string(), info.kind, Role::Kept);
            let value = Expr::var(var);
            let mut node =
                Node::new(NodeOp::Let { var: copy, value }, proc_macro2::Span::mixed_site());
            node.early = true;
            copies.push((var, copy));
            self.moved.push(Moved { before: first, nodes: vec![node] });
        }
        let outer = std::mem::replace(&mut self.copies, copies);
        let result = inside(self);
        self.copies = outer;
        self.given = given;
        result
    }

    /// Reverses a loop within its iterations. Returns whether it could.
    pub(super) fn early_loop(&mut self, node: &mut Node) -> bool {
        let Some(plan) = self.plan(node, None) else { return false };
        let (first, last) = self.analysis.extent(node);
        self.carry_out(&plan, first);
        let NodeOp::Loop(inner) = &mut node.op else { unreachable!("asked for a loop") };
        let Loop { header, body, .. } = &mut **inner;
        let binds = match header {
            crate::graph::Header::Range { .. } => Vec::new(),
            header => header.binds(),
        };
        self.depth += 1;
        self.with_given(plan, first, |this| {
            this.reversed_within(body, None, &binds, (first, last))
        });
        self.depth -= 1;
        self.position = first;
        true
    }

    /// Reverses a branch within its arms. Returns whether it could.
    pub(super) fn early_branch(&mut self, node: &mut Node) -> bool {
        let result = match &node.op {
            NodeOp::If(inner) => inner.result,
            NodeOp::Match(inner) => inner.result,
            _ => unreachable!("asked for a branch"),
        };
        let Some(plan) = self.plan(node, result) else { return false };
        let (first, last) = self.analysis.extent(node);
        self.carry_out(&plan, first);
        let given = self.given.clone();
        let seed = result.and_then(|result| self.early_adjoint(result, first));
        self.with_given(plan, first, |this| match &mut node.op {
            NodeOp::If(inner) => {
                let If { then, otherwise, .. } = &mut **inner;
                for arm in [then, otherwise] {
                    this.reversed_within(arm, seed.clone(), &[], (first, last));
                }
            }
            NodeOp::Match(inner) => {
                let Match { arms, .. } = &mut **inner;
                for arm in arms {
                    let binds = arm.binds.clone();
                    this.reversed_within(&mut arm.body, seed.clone(), &binds, (first, last));
                }
            }
            _ => {}
        });
        self.given = given;
        self.position = first;
        true
    }

    /// The adjoint of a node's result, written down in front of the node.
    fn early_adjoint(&mut self, result: VarId, first: usize) -> Option<Expr> {
        if !self.graph[result].active {
            return None;
        }
        if !self.analysis.is_single(result) {
            return self.adjoints.get(&result).map(|adjoint| Expr::var(*adjoint));
        }
        let sum = self.sum(result)?;
        if sum.is_atom() {
            return Some(sum);
        }
        let name = format!("d_{}", self.name(result));
        let kind = self.graph[result].kind.peeled().clone();
        let named = self.graph.fresh(&name, kind, Role::Adjoint);
        let mut node =
            Node::new(NodeOp::Let { var: named, value: sum }, proc_macro2::Span::mixed_site());
        node.early = true;
        self.moved.push(Moved { before: first, nodes: vec![node] });
        self.given.insert(named);
        Some(Expr::var(named))
    }

    /// Calls the companion that reverses a call at once. Returns whether the adjoint of the call's
    /// result is known.
    pub(super) fn early_call(&mut self, call: &mut Call, node: &Node) -> bool {
        if !self.together || !self.graph[call.result].active {
            return false;
        }
        let at = node.position;
        let mut plan = Move::default();
        if !self.known(call.result, at, &mut plan) {
            return false;
        }
        // An aggregate is lent its adjoint if it receives from here on; everything else goes
        // through a local.
        let mut roots: Vec<VarId> = Vec::new();
        let mut direct = Vec::new();
        for argument in &call.arguments {
            if argument.passing.changes() {
                return false;
            }
            if !argument.active {
                direct.push(None);
                continue;
            }
            let Some(place) = argument.value.place() else { return false };
            let place = self.graph.resolve(place);
            let aggregate = !place.kind(self.graph).is_scalar() && !roots.contains(&place.root);
            let target = if aggregate { self.adjoint_place(&place) } else { None };
            let target = target.filter(|_| self.receives(place.root, at, at, &mut plan));
            if target.is_none() && matches!(argument.passing, Passing::Environment { .. }) {
                return false;
            }
            roots.extend(target.as_ref().map(|_| place.root));
            direct.push(target);
        }
        self.carry_out(&plan, at);
        let given = self.given.clone();
        let Some(adjoint) = self.early_adjoint(call.result, at) else { return true };
        self.given = given;
        let mut slots = Vec::new();
        let mut afterwards = Vec::new();
        for (argument, target) in call.arguments.iter().zip(direct) {
            let again = match call.callee {
                Callee::Parameter(_) => self.given_again(argument),
                _ => Expr::Number(0.0),
            };
            let slot = match target {
                Some(target) => Some(target),
                None if argument.active => {
                    let value = argument.value.peeled();
                    let kind = value.kind(self.graph).peeled().clone();
                    let base = argument
                        .value
                        .place()
                        .map_or("x".to_owned(), |place| self.name(self.graph.resolve(place).root));
                    let local = self.graph.fresh(&format!("d_{base}"), kind, Role::Adjoint);
                    self.graph[local].mutable = true;
                    let mut zero =
                        Node::new(NodeOp::Zero { var: local, like: value.clone() }, argument.span);
                    zero.early = true;
                    self.moved.push(Moved { before: at, nodes: vec![zero] });
                    afterwards.push((argument.value.clone(), local));
                    Some(Place::var(local))
                }
                None => None,
            };
            self.added_early.extend(slot.as_ref().map(|slot| slot.root));
            let (passing, span) = (argument.passing, argument.span);
            slots.push(Pulled { again, slot, passing, span });
        }
        call.seeded = Some((adjoint, slots));
        for (value, local) in afterwards {
            self.add(value.peeled(), Expr::var(local), node.span);
        }
        true
    }
}

/// The variables that loops and patterns within a region bind.
fn binds_within(region: &Region, out: &mut Vars) {
    for node in &region.nodes {
        match &node.op {
            NodeOp::If(inner) => {
                binds_within(&inner.then, out);
                binds_within(&inner.otherwise, out);
            }
            NodeOp::Match(inner) => {
                for arm in &inner.arms {
                    out.extend(&arm.binds);
                    binds_within(&arm.body, out);
                }
            }
            NodeOp::Loop(inner) => {
                out.extend(inner.header.binds());
                binds_within(&inner.body, out);
            }
            _ => {}
        }
    }
}
