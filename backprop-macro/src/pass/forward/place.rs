//! Where the tangent of a place is.

use proc_macro2::Span;

use super::Tangents;
use crate::graph::{Expr, NodeOp, Op, Place, Role, Step, VarId};
use crate::kind::{Container, Kind};

impl Tangents<'_> {
    /// The place of a value's tangent; `None` if it has none, which is to say zero.
    pub(super) fn tangent_place(&self, place: &Place) -> Option<Place> {
        let place = self.graph.resolve(place);
        if !self.graph[place.root].active {
            return None;
        }
        let root = *self.tangents.get(&place.root)?;
        let owned =
            self.graph[place.root].kind.is_reference() || self.graph[root].role == Role::InOut;
        let mut path = Vec::new();
        let mut of = Place::var(place.root);
        for step in place.path {
            // The tangent of what a reference points to is owned: there is nothing to follow.
            let followed = matches!(step, Step::Deref)
                && (owned && path.is_empty() || of.kind(self.graph).is_reference());
            if !followed {
                path.push(step.clone());
            }
            of.path.push(step);
        }
        let lent = self.graph[root].kind.is_reference();
        if lent && matches!(path.first(), None | Some(Step::Payload(_))) {
            path.insert(0, Step::Deref);
        }
        Some(Place { root, path })
    }

    /// A tangent as a value of its own.
    pub(super) fn copied(&self, tangent: &Place) -> Expr {
        let value = Expr::Place(tangent.clone());
        if tangent.kind(self.graph).is_scalar() {
            value
        } else {
            Expr::runtime("owned", vec![Expr::reference(value)])
        }
    }

    /// The zero tangent of what is at a place.
    pub(super) fn zero_of(&self, place: &Place) -> Expr {
        let kind = place.kind(self.graph);
        if kind.is_scalar() {
            return Expr::Number(0.0);
        }
        // Of one type with the value, so that what is not known of the type yet is learnt once.
        let function = if is_own_gradient(&kind) { "tangent::zero" } else { "zero_like" };
        Expr::runtime(function, vec![Expr::reference(Expr::Place(place.clone()))])
    }

    /// A zero tangent that is added to.
    pub(super) fn new_zero(&mut self, value: VarId, span: Span) -> Place {
        let tangent = self.fresh(value);
        self.graph[tangent].mutable = true;
        let zero = self.zero_of(&Place::var(value));
        self.push(NodeOp::Let { var: tangent, value: zero }, span);
        Place::var(tangent)
    }

    /// Names a value of the function's.
    pub(super) fn kept_value(&mut self, value: Expr, span: Span) -> Expr {
        let kind = value.kind(self.graph);
        let var = self.graph.fresh("y", kind, Role::User);
        self.graph[var].active = super::active(self.graph, &value);
        let tangent = value.place().and_then(|place| self.tangent_place(place));
        self.keep(NodeOp::Let { var, value }, span);
        if let Some(tangent) = tangent {
            let own = self.fresh(var);
            let copy = self.copied(&tangent);
            self.push(NodeOp::Let { var: own, value: copy }, span);
            self.tangents.insert(var, own);
        }
        Expr::var(var)
    }

    pub(super) fn rule(
        &mut self,
        function: &'static str,
        slot: &Place,
        operands: Vec<Expr>,
        span: Span,
    ) {
        self.push(NodeOp::Rule { function, slot: slot.clone(), operands, map: None }, span);
    }
}

/// Whether a value of this kind, owned, is of its gradient's type.
fn is_own_gradient(kind: &Kind) -> bool {
    match kind {
        Kind::Scalar(_) | Kind::Discrete => true,
        Kind::Indexed(_, Container::Slice) => false,
        Kind::Indexed(element, _) => is_own_gradient(element),
        Kind::Option(held) => is_own_gradient(held),
        Kind::Tuple(parts) => parts.iter().all(is_own_gradient),
        _ => false,
    }
}

/// Whether an operation yields its operand's value again.
pub(super) fn is_copy(op: &Op) -> bool {
    matches!(op, Op::Clone | Op::Copied(_) | Op::Reference | Op::ReferenceMut | Op::Lent { .. })
}
