//! The reverse of branches and loops.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::Reverse;
use crate::graph::{
    Code, Effects, Expr, Header, If, Loop, Match, MatchArm, Node, NodeOp, Op, Place, Region, Role,
    Step, Tape, VarId,
};
use crate::kind::Kind;
use crate::pass::schedule;

impl Reverse<'_> {
    pub(super) fn branch(&mut self, inner: &mut If, span: Span) {
        let seed = self.seed(inner.result);
        let condition = inner.condition.as_ref().map(|condition| self.recalled(condition));
        let outer = self.position;
        let mut then = self.inner(&mut inner.then, seed.clone());
        let mut otherwise = self.inner(&mut inner.otherwise, seed);
        self.position = outer;
        if then.nodes.is_empty() && otherwise.nodes.is_empty() {
            return;
        }
        inner.tapes = [
            self.arm_tape(&mut inner.then, &mut then),
            self.arm_tape(&mut inner.otherwise, &mut otherwise),
        ];
        // Where residuals tell which arm was taken, the condition is not needed again.
        let told = inner.tapes[0].is_some()
            && (otherwise.nodes.is_empty() || inner.tapes[1].is_some())
            || then.nodes.is_empty() && inner.tapes[1].is_some();
        let condition = condition.map(|known| if told { Expr::Number(1.0) } else { known });
        let reversed = If {
            condition,
            then,
            otherwise,
            result: None,
            tapes: inner.tapes,
            reverse: true,
            checkpoint: false,
        };
        self.settle_written(&[&reversed.then, &reversed.otherwise]);
        self.push(NodeOp::If(Box::new(reversed)), span);
    }

    pub(super) fn match_arms(&mut self, inner: &mut Match, span: Span) {
        let seed = self.seed(inner.result);
        let outer = self.position;
        let mut arms = Vec::new();
        for arm in &mut inner.arms {
            let mut body = self.inner(&mut arm.body, seed.clone());
            let again = self.matched_again(arm, &inner.scrutinee_effects, &body, outer);
            // Names that the pattern binds are part of the arm.
            let binds = if again.is_some() { Vec::new() } else { arm.binds.clone() };
            arm.tape = self.arm_tape_with(&mut arm.body, &mut body, &binds);
            body.nodes.splice(0..0, again.map(|op| Node::new(op, span)));
            arms.push(MatchArm {
                pattern: TokenStream::new(),
                again: None,
                guard_reads: Vec::new(),
                binds: Vec::new(),
                body,
                tape: arm.tape,
            });
        }
        self.position = outer;
        if arms.iter().all(|arm| arm.body.nodes.is_empty()) {
            return;
        }
        let reversed = Match {
            scrutinee: TokenStream::new(),
            scrutinee_effects: Effects::default(),
            parts: None,
            outcome: false,
            arms,
            result: None,
            taken: inner.taken,
            reverse: true,
        };
        let bodies: Vec<&Region> = reversed.arms.iter().map(|arm| &arm.body).collect();
        self.settle_written(&bodies);
        self.push(NodeOp::Match(Box::new(reversed)), span);
    }

    /// Binds an arm's names anew, where the reverse reads them and the scrutinee is still what it
    /// was: what lies behind a reference need not be kept.
    fn matched_again(
        &self,
        arm: &MatchArm,
        scrutinee: &Effects,
        reverse: &Region,
        position: usize,
    ) -> Option<NodeOp> {
        let tokens = arm.again.clone()?;
        let read = schedule::needed(reverse);
        let found = scrutinee.reads.iter().all(|var| {
            let root = self.graph.resolve(&Place::var(*var)).root;
            let there = |var| self.analysis.intact(var, position) && !self.graph[var].shadowed;
            there(root) && there(*var)
        });
        let named = arm.binds.iter().all(|var| !self.graph[*var].shadowed);
        (found && named && arm.binds.iter().any(|var| read.contains(var))).then(|| NodeOp::Code {
            tokens,
            effects: Effects { reads: scrutinee.reads.clone(), writes: Vec::new() },
            declares: arm.binds.clone(),
            repeatable: true,
        })
    }

    /// The adjoint of a branch's value, as something that every arm can read.
    fn seed(&mut self, result: Option<VarId>) -> Option<Expr> {
        let result = result.filter(|result| self.graph[*result].active)?;
        self.adjoint_of(result)
    }

    fn arm_tape(&mut self, forward: &mut Region, reverse: &mut Region) -> Option<VarId> {
        self.arm_tape_with(forward, reverse, &[])
    }

    fn arm_tape_with(
        &mut self,
        forward: &mut Region,
        reverse: &mut Region,
        binds: &[VarId],
    ) -> Option<VarId> {
        self.keep_once(forward, reverse);
        schedule::hand_over(self.graph, &self.analysis, forward, reverse, binds, &[]);
        (!reverse.residuals.is_empty()).then(|| self.graph.fresh("kept", Kind::Unknown, Role::Tape))
    }

    pub(super) fn repeat(&mut self, inner: &mut Loop, span: Span) {
        let outer = self.position;
        let repeated = match &inner.header {
            Header::Each { iterable, effects, consumes, .. } => {
                self.only_lent(consumes)
                    && effects.writes.is_empty()
                    && self.again(iterable, &effects.reads)
            }
            _ => false,
        };
        self.depth += 1;
        let mut body = self.inner(&mut inner.body, None);
        self.depth -= 1;
        self.position = outer;
        if body.nodes.is_empty() {
            return;
        }
        let exits = inner.exit.is_some();
        // A bound that is gone by then cannot be counted from again.
        let countable = match &inner.header {
            Header::Range { range, .. } => range.reads.iter().all(|var| {
                let root = self.graph.resolve(&Place::var(*var)).root;
                self.analysis.intact(root, outer) && self.analysis.intact(*var, outer)
            }),
            _ => false,
        };
        // Iterations that do not depend on each other run upwards, and a header that only lends
        // elements is run again, unless something has to be handed over.
        let upwards = !exits
            && match &inner.header {
                Header::Range { index, .. } => countable && self.runs_upwards(&body, *index),
                Header::Each { counter, .. } => self.runs_upwards(&body, *counter),
                _ => false,
            };
        let trips = if exits { None } else { self.trips(&inner.header, false) };
        if let (Some(trips), Header::Each { .. }) = (&trips, &inner.header) {
            let copy = (inner.body.clone(), body.clone());
            let kept = (inner.tape, self.tapes.len());
            if self.counted(inner, body, trips, upwards, upwards && repeated, span) {
                return;
            }
            // Its own header tells its elements.
            (inner.body, body) = copy;
            inner.tape = kept.0;
            self.tapes.truncate(kept.1);
        }
        self.keep_once(&mut inner.body, &mut body);
        let (free, binds) = match &inner.header {
            Header::Each { binds, counter, .. } if upwards && repeated => {
                for bind in binds {
                    let element = self.graph.resolve(&Place::var(*bind));
                    if element.kind(self.graph).is_scalar() && element.root != *bind {
                        body.replace(&element, &Place::var(*bind));
                    }
                }
                (binds.iter().chain([counter]).copied().collect(), vec![])
            }
            Header::Range { index, .. } if !exits && countable => (vec![*index], vec![]),
            Header::Range { index, .. } => (vec![], vec![*index]),
            Header::Each { binds, counter, .. } => (vec![*counter], binds.clone()),
            Header::While { binds, .. } => (vec![], binds.clone()),
            Header::RangeBack { .. } | Header::TapeBack { .. } => {
                unreachable!("the forward part has no reversed loops")
            }
        };
        let spans = if !exits && countable { self.spans(inner) } else { None };
        let lent = spans.as_ref().map(|spans| &spans.lent);
        let forward = &mut inner.body;
        let again = {
            let (graph, analysis) = (&mut *self.graph, &self.analysis);
            schedule::hand_over_with(graph, analysis, forward, &mut body, &binds, &free, lent)
        };
        let (front, behind) = match &spans {
            Some(spans) => self.keep_spans(spans, &mut body, &again, span),
            None => Default::default(),
        };
        let counted = !exits && countable || upwards && repeated;
        if !counted || !body.residuals.is_empty() {
            self.give_tape(inner);
        }
        let header = match &inner.header {
            header @ Header::Each { .. } if upwards && repeated => header.clone(),
            Header::Range { index, range } if counted => {
                Header::RangeBack { index: *index, range: range.clone() }
            }
            Header::Each { counter, .. } => {
                let mut reads = crate::graph::Vars::new();
                body.reads(&mut reads);
                Header::TapeBack { counter: reads.contains(counter).then_some(*counter) }
            }
            _ => Header::TapeBack { counter: None },
        };
        let reversed = Loop { header, body, tape: inner.tape, exit: None, upwards };
        self.settle_written(&[&reversed.body]);
        self.out.extend(front);
        match self.gathered(reversed, span) {
            Ok(nodes) => self.out.extend(nodes),
            Err(reversed) => self.push_loop(reversed, span),
        }
        self.out.extend(behind);
    }

    /// Pushes a reversed loop, over rows if it can be.
    pub(super) fn push_loop(&mut self, reversed: Box<Loop>, span: Span) {
        match self.over_rows(reversed, span) {
            Ok(nodes) => self.out.extend(nodes),
            Err(reversed) => self.push(NodeOp::Loop(reversed), span),
        }
    }

    /// Pushes the reverse of a loop over elements that is counted by their number. Returns whether
    /// it did; what is `only_as_rows` has a better form otherwise.
    fn counted(
        &mut self,
        inner: &mut Loop,
        mut body: Region,
        trips: &Code,
        upwards: bool,
        only_as_rows: bool,
        span: Span,
    ) -> bool {
        let Header::Each { binds, counter, .. } = &inner.header else { return false };
        let (binds, counter) = (binds.clone(), *counter);
        if only_as_rows && !self.graph.optimizations.rows {
            return false;
        }
        self.keep_once(&mut inner.body, &mut body);
        let spans = self.spans(inner);
        let lent = spans.as_ref().map(|spans| &spans.lent);
        let again = {
            let (graph, analysis, free) = (&mut *self.graph, &self.analysis, [counter]);
            let forward = &mut inner.body;
            schedule::hand_over_with(graph, analysis, forward, &mut body, &binds, &free, lent)
        };
        let residuals = !body.residuals.is_empty();
        if only_as_rows && (residuals || !again.is_empty()) || residuals && !upwards {
            return false;
        }
        let (mut front, behind) = match &spans {
            Some(spans) => self.keep_spans(spans, &mut body, &again, span),
            None => Default::default(),
        };
        self.name_elements(&mut body, &binds);
        if residuals {
            self.give_tape(inner);
        }
        let mut trips = trips.clone();
        if !trips.tokens.to_string().ends_with(". len ()") {
            let var = self.graph.fresh("trips", Kind::Discrete, Role::Temporary);
            let name = &self.graph[var].ident;
            let named = Code { tokens: quote!(#name), reads: vec![var], ..trips.clone() };
            let value = Expr::Code(std::mem::replace(&mut trips, named));
            front.push(Node::new(NodeOp::Let { var, value }, span));
        }
        let count = &trips.tokens;
        let range = Code { tokens: quote!(0..#count), ..trips };
        let header = Header::RangeBack { index: counter, range };
        let reversed = Loop { header, body, tape: inner.tape, exit: None, upwards };
        self.settle_written(&[&reversed.body]);
        self.out.extend(front);
        let reversed = match self.gathered(reversed, span) {
            Ok(nodes) => {
                self.out.extend(nodes);
                self.out.extend(behind);
                return true;
            }
            Err(reversed) => reversed,
        };
        match self.over_rows(reversed, span) {
            Ok(nodes) => self.out.extend(nodes),
            Err(_) if only_as_rows => return false,
            Err(reversed) => self.push(NodeOp::Loop(reversed), span),
        }
        self.out.extend(behind);
        true
    }

    /// Lets a region read the elements themselves that a loop's variables refer to.
    fn name_elements(&self, body: &mut Region, binds: &[VarId]) {
        let found: Vec<(VarId, Place)> = body
            .nodes
            .iter()
            .filter_map(|node| {
                let NodeOp::Let { var, value } = &node.op else { return None };
                let element = match value {
                    Expr::Apply { op: Op::Reference, args, .. } => args[0].place(),
                    value => value.place(),
                };
                let kind = element?.kind(self.graph);
                let number = kind.is_scalar() && !kind.is_reference();
                (number && binds.contains(var)).then(|| (*var, element.cloned()))
            })
            .filter_map(|(var, element)| Some((var, element?)))
            .collect();
        for (var, element) in found {
            let name = self.graph[var].ident.to_string();
            for node in &mut body.nodes {
                if let NodeOp::Let { value, .. } | NodeOp::Store { value, .. } = &mut node.op {
                    name_places(value, var, &name);
                }
            }
            self.refer_to(body, var, &element);
            body.replace(&Place::var(var), &element);
            body.replace(&Place::var(var).with([Step::Deref]), &element);
            // Other code may mention it.
            let mut reads = crate::graph::Vars::new();
            body.reads(&mut reads);
            if !reads.contains(&var) {
                body.nodes
                    .retain(|node| !matches!(&node.op, NodeOp::Let { var: v, .. } if *v == var));
            }
        }
    }

    /// Lets the references that are copies of a loop's variable refer to the element itself.
    fn refer_to(&self, region: &mut Region, element_of: VarId, element: &Place) {
        for node in &mut region.nodes {
            match &mut node.op {
                NodeOp::Let { var, value } => {
                    let copy = value.place() == Some(&Place::var(element_of));
                    if copy && self.graph[*var].kind.is_reference() {
                        *value = Expr::reference(Expr::Place(element.clone()));
                    }
                }
                NodeOp::If(inner) => {
                    self.refer_to(&mut inner.then, element_of, element);
                    self.refer_to(&mut inner.otherwise, element_of, element);
                }
                NodeOp::Match(inner) => inner
                    .arms
                    .iter_mut()
                    .for_each(|arm| self.refer_to(&mut arm.body, element_of, element)),
                NodeOp::Loop(inner) => self.refer_to(&mut inner.body, element_of, element),
                _ => {}
            }
        }
    }

    /// Lets a loop keep its residuals.
    fn give_tape(&mut self, inner: &mut Loop) {
        let stack = self.graph.fresh("tape", Kind::Unknown, Role::Tape);
        self.graph[stack].mutable = true;
        self.tapes.push(stack);
        let nested = self.depth > 0;
        let base = nested.then(|| self.graph.fresh("base", Kind::Discrete, Role::Temporary));
        inner.tape = Some(Tape { stack, base });
    }

    /// Writes down the sums that mention an adjoint which the regions change.
    pub(super) fn settle_written(&mut self, regions: &[&Region]) {
        let mut written = Vec::new();
        for region in regions {
            collect_written(region, &mut written);
        }
        written.sort_unstable();
        written.dedup();
        for adjoint in written {
            self.settle(adjoint);
        }
    }
}

/// Makes a place of code that is the name of a variable.
fn name_places(value: &mut Expr, var: VarId, name: &str) {
    match value {
        Expr::Apply { args, .. } => args.iter_mut().for_each(|arg| name_places(arg, var, name)),
        Expr::Code(code) if code.reads == [var] => {
            let text = code.tokens.to_string();
            if text.strip_prefix('*').unwrap_or(&text).trim() == name {
                *value = Expr::var(var);
            }
        }
        _ => {}
    }
}

/// The adjoints that a reverse region changes.
fn collect_written(region: &Region, written: &mut Vec<VarId>) {
    region.nodes.iter().for_each(|node| written_by(node, written));
}

/// The adjoints that a node of the reverse changes.
pub(super) fn written_by(node: &Node, written: &mut Vec<VarId>) {
    match &node.op {
        NodeOp::Store { place, .. } | NodeOp::Take { place, .. } => written.push(place.root),
        NodeOp::Rule { slot, .. } => written.push(slot.root),
        NodeOp::Lend { of, written: true, .. } => written.push(of.root),
        NodeOp::Edit { place, .. } | NodeOp::Unedit { place, .. } => written.push(place.root),
        NodeOp::Swap { first, second } => written.extend([first.root, second.root]),
        NodeOp::Pull { arguments, .. } => {
            written.extend(arguments.iter().filter_map(|a| a.slot.as_ref()).map(|s| s.root));
        }
        NodeOp::If(inner) => {
            collect_written(&inner.then, written);
            collect_written(&inner.otherwise, written);
        }
        NodeOp::Match(inner) => {
            inner.arms.iter().for_each(|arm| collect_written(&arm.body, written));
        }
        NodeOp::Loop(inner) => collect_written(&inner.body, written),
        NodeOp::Replay(inner) => collect_written(&inner.reverse, written),
        _ => {}
    }
}
