//! What expressions and nodes read, write and declare.

use crate::sets::Set;

use super::{Call, Expr, Header, Node, NodeOp, Place, Region, Step, VarId};

/// The variables that a piece of user code mentions and those it may change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Effects {
    pub(crate) reads: Vec<VarId>,
    pub(crate) writes: Vec<VarId>,
}

impl Effects {
    /// These, and that variables are moved away.
    pub(crate) fn moving(mut self, moved: Vec<VarId>) -> Effects {
        self.writes.extend(moved);
        self
    }
}

/// Variables of a graph.
pub(crate) type Vars = Set<VarId>;

impl Place {
    pub(crate) fn reads(&self, out: &mut Vars) {
        out.insert(self.root);
        self.index_reads(out);
    }

    /// The variables that the place's indices read.
    pub(crate) fn index_reads(&self, out: &mut Vars) {
        for step in &self.path {
            if let Step::Index(index) = step {
                index.reads(out);
            }
        }
    }
}

impl Expr {
    pub(crate) fn reads(&self, out: &mut Vars) {
        match self {
            Expr::Place(place) => place.reads(out),
            Expr::Code(code) => out.extend(&code.reads),
            Expr::Apply { args, .. } => args.iter().for_each(|arg| arg.reads(out)),
            Expr::Number(_) | Expr::Name(_) => {}
        }
    }

    /// Whether `var` is among what it reads.
    pub(crate) fn mentions(&self, var: VarId) -> bool {
        match self {
            Expr::Place(place) => {
                place.root == var
                    || place
                        .path
                        .iter()
                        .any(|step| matches!(step, Step::Index(index) if index.mentions(var)))
            }
            Expr::Code(code) => code.reads.contains(&var),
            Expr::Apply { args, .. } => args.iter().any(|arg| arg.mentions(var)),
            Expr::Number(_) | Expr::Name(_) => false,
        }
    }
}

impl Expr {
    fn replace(&mut self, from: &Place, to: &Place) {
        match self {
            Expr::Place(place) if place == from => *place = to.clone(),
            Expr::Apply { args, .. } => args.iter_mut().for_each(|arg| arg.replace(from, to)),
            _ => {}
        }
    }
}

impl Region {
    /// Every variable that the region reads, its own included.
    pub(crate) fn reads(&self, out: &mut Vars) {
        self.nodes.iter().for_each(|node| node.reads(out));
        if let Some(result) = &self.result {
            result.reads(out);
        }
    }

    /// Lets the region read `to` where it reads the place `from`.
    pub(crate) fn replace(&mut self, from: &Place, to: &Place) {
        let all = |exprs: &mut dyn Iterator<Item = &mut Expr>| {
            exprs.for_each(|expr| expr.replace(from, to));
        };
        for node in &mut self.nodes {
            match &mut node.op {
                NodeOp::Let { value, .. }
                | NodeOp::Store { value, .. }
                | NodeOp::Give { value, .. } => value.replace(from, to),
                NodeOp::Rule { operands, map, .. } => {
                    all(&mut operands.iter_mut());
                    map.iter_mut().for_each(|map| map.body.replace(from, to));
                }
                NodeOp::Edit { operands, .. } => all(&mut operands.iter_mut()),
                NodeOp::Pull { adjoint, arguments, .. } => {
                    adjoint.replace(from, to);
                    all(&mut arguments.iter_mut().map(|argument| &mut argument.again));
                }
                NodeOp::If(inner) => {
                    all(&mut inner.condition.iter_mut());
                    inner.then.replace(from, to);
                    inner.otherwise.replace(from, to);
                }
                NodeOp::Match(inner) => {
                    inner.arms.iter_mut().for_each(|arm| arm.body.replace(from, to));
                }
                NodeOp::Loop(inner) => inner.body.replace(from, to),
                _ => {}
            }
        }
    }

    /// Removes the code that declares `var`.
    pub(crate) fn drop_code(&mut self, var: VarId) {
        self.nodes.retain(
            |node| !matches!(&node.op, NodeOp::Code { declares, .. } if declares.contains(&var)),
        );
        for node in &mut self.nodes {
            match &mut node.op {
                NodeOp::If(inner) => {
                    inner.then.drop_code(var);
                    inner.otherwise.drop_code(var);
                }
                NodeOp::Match(inner) => {
                    inner.arms.iter_mut().for_each(|arm| arm.body.drop_code(var));
                }
                NodeOp::Loop(inner) => inner.body.drop_code(var),
                _ => {}
            }
        }
    }

    /// The variables that the region's nodes declare, those of nested regions included.
    pub(crate) fn declares_within(&self, out: &mut Vars) {
        self.declares(out);
        for node in &self.nodes {
            match &node.op {
                NodeOp::If(inner) => {
                    inner.then.declares_within(out);
                    inner.otherwise.declares_within(out);
                }
                NodeOp::Match(inner) => {
                    inner.arms.iter().for_each(|arm| arm.body.declares_within(out));
                }
                NodeOp::Loop(inner) => inner.body.declares_within(out),
                _ => {}
            }
        }
    }

    /// Whether the region or one nested in it has a call like this.
    pub(crate) fn has_call(&self, is: &impl Fn(&Call) -> bool) -> bool {
        self.nodes.iter().any(|node| match &node.op {
            NodeOp::Call(call) => is(call),
            NodeOp::If(inner) => inner.then.has_call(is) || inner.otherwise.has_call(is),
            NodeOp::Match(inner) => inner.arms.iter().any(|arm| arm.body.has_call(is)),
            NodeOp::Loop(inner) => inner.body.has_call(is),
            _ => false,
        })
    }

    /// The variables that the region's own nodes declare; those of nested regions are not.
    pub(crate) fn declares(&self, out: &mut Vars) {
        self.nodes.iter().for_each(|node| node.declares(out));
    }
}

impl Node {
    pub(crate) fn reads(&self, out: &mut Vars) {
        match &self.op {
            NodeOp::Let { value, .. } | NodeOp::Bind { value, .. } => value.reads(out),
            NodeOp::Declare { .. } => {}
            NodeOp::Store { place, value, .. } => {
                place.reads(out);
                value.reads(out);
            }
            NodeOp::Code { effects, .. } => out.extend(&effects.reads),
            NodeOp::Edit { place, operands, .. } => {
                place.reads(out);
                operands.iter().for_each(|operand| operand.reads(out));
            }
            NodeOp::Swap { first, second } => {
                first.reads(out);
                second.reads(out);
            }
            NodeOp::Unedit { place, operands, .. } => {
                place.reads(out);
                operands.iter().for_each(|operand| operand.reads(out));
            }
            NodeOp::Call(call) => {
                call.arguments.iter().for_each(|a| a.value.reads(out));
                if let Some((adjoint, slots)) = &call.seeded {
                    adjoint.reads(out);
                    slots.iter().filter_map(|s| s.slot.as_ref()).for_each(|slot| slot.reads(out));
                }
                if let Some((_, tangents)) = &call.tangents {
                    tangents.iter().flatten().for_each(|place| place.reads(out));
                }
            }
            NodeOp::If(node) => {
                node.condition.iter().for_each(|condition| condition.reads(out));
                if node.reverse {
                    out.extend(node.tapes.iter().flatten());
                }
                node.then.reads(out);
                node.otherwise.reads(out);
            }
            NodeOp::Match(node) => {
                if !node.reverse {
                    out.extend(&node.scrutinee_effects.reads);
                }
                if let Some((parts, _)) = &node.parts {
                    parts.iter().for_each(|part| part.reads(out));
                }
                if node.reverse {
                    out.insert(node.taken);
                }
                for arm in &node.arms {
                    if node.reverse {
                        out.extend(arm.tape);
                    }
                    out.extend(&arm.guard_reads);
                    arm.body.reads(out);
                }
            }
            NodeOp::Loop(node) => {
                match &node.header {
                    Header::Range { range, .. } | Header::RangeBack { range, .. } => {
                        out.extend(&range.reads);
                    }
                    Header::Each { effects, .. } | Header::While { effects, .. } => {
                        out.extend(&effects.reads);
                    }
                    Header::TapeBack { .. } => {}
                }
                if let Some(tape) = &node.tape {
                    if node.upwards
                        || matches!(node.header, Header::RangeBack { .. } | Header::TapeBack { .. })
                    {
                        out.insert(tape.stack);
                        out.extend(tape.base);
                    }
                }
                node.body.reads(out);
            }
            NodeOp::Zero { like, .. } => like.reads(out),
            NodeOp::Lend { of, start, length, .. } => {
                of.reads(out);
                out.extend(&start.reads);
                out.insert(*length);
            }
            NodeOp::Take { place, old, .. } => {
                place.reads(out);
                out.extend(old);
            }
            NodeOp::Rule { slot, operands, map, .. } => {
                slot.reads(out);
                operands.iter().for_each(|operand| operand.reads(out));
                if let Some(map) = map {
                    map.body.reads(out);
                }
            }
            NodeOp::Pull { pullback, adjoint, arguments } => {
                out.insert(*pullback);
                adjoint.reads(out);
                for argument in arguments {
                    argument.again.reads(out);
                    if let Some(slot) = &argument.slot {
                        slot.reads(out);
                    }
                }
            }
            NodeOp::Give { slot, value, .. } => {
                out.insert(*slot);
                value.reads(out);
            }
            NodeOp::Replay(inner) => {
                let (mut reads, mut own) = (Vars::new(), Vars::new());
                inner.forward.reads(&mut reads);
                inner.reverse.reads(&mut reads);
                inner.forward.declares(&mut own);
                inner.reverse.declares(&mut own);
                own.extend(inner.restored.iter().map(|(var, _)| *var));
                own.extend(&inner.tapes);
                out.extend(reads.difference(&own));
                out.extend(inner.restored.iter().map(|(_, copy)| *copy));
            }
        }
    }

    /// The variables declared by this node in the region it stands in.
    pub(crate) fn declares(&self, out: &mut Vars) {
        match &self.op {
            NodeOp::Let { var, .. }
            | NodeOp::Lend { row: var, .. }
            | NodeOp::Declare { var, .. }
            | NodeOp::Zero { var, .. }
            | NodeOp::Take { var, .. }
            | NodeOp::Unedit { var, .. } => {
                out.insert(*var);
            }
            NodeOp::Bind { parts, .. } => out.extend(parts.iter().map(|(var, _)| *var)),
            NodeOp::Edit { result, note, .. } => {
                out.extend(result);
                out.extend(note);
            }
            NodeOp::Code { declares, .. } => out.extend(declares),
            NodeOp::Call(call) => {
                out.extend([call.result, call.pullback]);
                out.extend(call.tangents.iter().map(|(tangent, _)| *tangent));
            }
            NodeOp::If(node) => {
                out.extend(node.result);
                if !node.reverse {
                    out.extend(node.tapes.iter().flatten());
                }
            }
            NodeOp::Match(node) => {
                out.extend(node.result);
                if !node.reverse {
                    out.insert(node.taken);
                    out.extend(node.arms.iter().filter_map(|arm| arm.tape));
                }
            }
            NodeOp::Loop(node) => {
                // The loop that fills a tape notes where it began; the one that reads it back
                // uses that.
                if !node.upwards
                    && !matches!(node.header, Header::RangeBack { .. } | Header::TapeBack { .. })
                {
                    out.extend(node.tape.and_then(|tape| tape.base));
                }
            }
            NodeOp::Store { .. }
            | NodeOp::Swap { .. }
            | NodeOp::Rule { .. }
            | NodeOp::Pull { .. }
            | NodeOp::Replay(_)
            | NodeOp::Give { .. } => {}
        }
    }
}

/// Calls `found` for every write to a variable after its declaration, with the position of the
/// node that writes.
pub(crate) fn writes(region: &Region, found: &mut impl FnMut(VarId, usize)) {
    region.nodes.iter().for_each(|node| node.writes(found));
}

impl Node {
    /// [`writes`] of one node and what is nested in it.
    pub(crate) fn writes(&self, found: &mut impl FnMut(VarId, usize)) {
        let at = self.position;
        match &self.op {
            NodeOp::Store { place, .. } => found(place.root, at),
            NodeOp::Edit { place, operands, .. } => {
                found(place.root, at);
                for operand in operands {
                    if let Expr::Apply { op: super::Op::ReferenceMut, args, .. } = operand {
                        args[0].place().into_iter().for_each(|place| found(place.root, at));
                    }
                }
            }
            NodeOp::Swap { first, second } => {
                found(first.root, at);
                found(second.root, at);
            }
            NodeOp::Code { effects, .. } => effects.writes.iter().for_each(|var| found(*var, at)),
            NodeOp::Call(call) => {
                for argument in call.arguments.iter().filter(|argument| argument.passing.changes())
                {
                    let place = argument.value.peeled().place();
                    place.into_iter().for_each(|place| found(place.root, at));
                }
            }
            NodeOp::If(node) => {
                writes(&node.then, found);
                writes(&node.otherwise, found);
            }
            NodeOp::Match(node) => {
                node.scrutinee_effects.writes.iter().for_each(|var| found(*var, at));
                node.arms.iter().for_each(|arm| writes(&arm.body, found));
            }
            NodeOp::Loop(node) => {
                if let Header::Each { effects, .. } | Header::While { effects, .. } = &node.header {
                    effects.writes.iter().for_each(|var| found(*var, at));
                }
                writes(&node.body, found);
            }
            NodeOp::Let { .. }
            | NodeOp::Declare { .. }
            | NodeOp::Bind { .. }
            | NodeOp::Zero { .. }
            | NodeOp::Take { .. }
            | NodeOp::Unedit { .. }
            | NodeOp::Lend { .. }
            | NodeOp::Rule { .. }
            | NodeOp::Pull { .. }
            | NodeOp::Replay(_)
            | NodeOp::Give { .. } => {}
        }
    }
}
