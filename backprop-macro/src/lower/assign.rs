//! Assignments, and what else stores to a place.

use proc_macro2::Span;
use syn::Expr as Syntax;

use super::stmt::is_place;
use super::{span_of, Lowering};
use crate::graph::{Expr, NodeOp, Op, Place, Role, Step};
use crate::kind::Kind;
use crate::source::unwrapped;

impl<'a> Lowering<'a> {
    /// `mem::swap(&mut a, &mut b);`
    pub(super) fn swap(&mut self, e: &'a syn::ExprCall) -> bool {
        let Syntax::Path(path) = &*e.func else { return false };
        let segments = &path.path.segments;
        let is_swap = segments.last().is_some_and(|last| last.ident == "swap")
            && segments.iter().rev().nth(1).is_some_and(|owner| owner.ident == "mem");
        if !is_swap || e.args.len() != 2 {
            return false;
        }
        if segments.len() == 2 && crate::scopes::declares_module("mem") {
            return false;
        }
        let mut places = Vec::new();
        for arg in &e.args {
            places.push(match unwrapped(arg) {
                Syntax::Reference(reference) if is_place(&reference.expr) => {
                    self.place(&reference.expr)
                }
                // A variable that holds a reference.
                arg @ Syntax::Path(_) => self.place(arg).with([Step::Deref]),
                _ => return false,
            });
        }
        let (second, first) =
            (places.pop().expect("two places"), places.pop().expect("two places"));
        let span = span_of(e);
        if !self.known_target(&first, span) || !self.known_target(&second, span) {
            return true;
        }
        self.emit(NodeOp::Swap { first, second }, span_of(e));
        true
    }

    pub(super) fn assign(&mut self, e: &'a syn::ExprAssign) {
        let span = span_of(e);
        if let (Syntax::Tuple(places), Syntax::Tuple(values)) =
            (unwrapped(&e.left), unwrapped(&e.right))
        {
            if places.elems.len() == values.elems.len() {
                let values: Vec<Expr> =
                    values.elems.iter().map(|value| self.named(value)).collect();
                for (place, value) in places.elems.iter().zip(values) {
                    if matches!(place, Syntax::Infer(_)) {
                        continue;
                    }
                    let place = self.place(place);
                    self.store(place, None, value, span);
                }
                return;
            }
        }
        let value = self.value(&e.right);
        if let Syntax::Tuple(places) = unwrapped(&e.left) {
            let whole = Place::var(self.temporary(value, span));
            for (index, place) in places.elems.iter().enumerate() {
                if matches!(place, Syntax::Infer(_)) {
                    continue;
                }
                let place = self.place(place);
                let part = whole.clone().with([Step::Field(syn::Member::Unnamed(index.into()))]);
                self.store(place, None, Expr::Place(part), span);
            }
            return;
        }
        if !is_place(&e.left) {
            let (what, instead) = if matches!(unwrapped(&e.left), Syntax::Unary(_)) {
                ("a place that a call lends", "change a variable, a field or an element")
            } else {
                ("this pattern", "assign to one variable at a time, or to a tuple of them")
            };
            self.refuse(&e.left, what, instead);
            return;
        }
        let place = self.place(&e.left);
        self.store(place, None, value, span);
    }

    pub(super) fn compound(&mut self, expr: &'a Syntax, e: &'a syn::ExprBinary) {
        let op = match e.op {
            syn::BinOp::AddAssign(_) => Op::Add,
            syn::BinOp::SubAssign(_) => Op::Sub,
            syn::BinOp::MulAssign(_) => Op::Mul,
            syn::BinOp::DivAssign(_) => Op::Div,
            syn::BinOp::RemAssign(_) => Op::Rem,
            _ => {
                self.refuse(
                    expr,
                    "this operator",
                    "only `+=`, `-=`, `*=`, `/=` and `%=` have derivatives",
                );
                return;
            }
        };
        if !is_place(&e.left) {
            self.refuse(
                &e.left,
                "a place that a call lends",
                "change a variable, a field or an element",
            );
            return;
        }
        let name = match op {
            Op::Add => "add_assign",
            Op::Sub => "sub_assign",
            Op::Mul => "mul_assign",
            Op::Div => "div_assign",
            _ => "rem_assign",
        };
        if self.own_operator(name, &[&e.left, &e.right], span_of(&e.op)).is_some() {
            return;
        }
        let value = self.operand(&e.right);
        let place = self.place(&e.left);
        self.store(place, Some(op), value, span_of(&e.op));
    }

    /// Whether it is known what a write to `place` changes; if not, that is an error.
    pub(super) fn known_target(&mut self, place: &Place, span: Span) -> bool {
        let resolved = self.graph.resolve(place);
        if self.walked.contains(&resolved.root) {
            let name = crate::names::spelled(&self.graph[place.root].ident);
            self.errors.push(crate::diagnostics::moving_reference(span, &name));
            return false;
        }
        let var = &self.graph[resolved.root];
        let lent = matches!((var.role, &var.kind), (Role::Parameter(_), Kind::RefMut(_)));
        let known = resolved.is_whole() && place.is_whole() && !self.nameless.contains(&place.root)
            || var.mutable && !var.kind.is_reference()
            || lent && !var.mutable;
        if !known {
            let name = crate::names::spelled(&self.graph[place.root].ident);
            self.errors.push(crate::diagnostics::unknown_target(span, &name));
        }
        known
    }

    /// Whether a place may lie behind a reference that a variable holds and may exchange for another.
    /// What is taken from there has an adjoint of its own: where it is used, the variable may hold
    /// something else.
    pub(super) fn walks(&self, place: &Place) -> bool {
        let root = &self.graph[self.graph.resolve(place).root];
        root.mutable && root.kind.refers()
    }

    /// Whether a value is, or has as a part, an exclusive reference.
    pub(super) fn holds_exclusive(&self, value: &Expr) -> bool {
        match value {
            Expr::Place(place) => matches!(place.kind(self.graph), Kind::RefMut(_)),
            Expr::Apply { op: Op::ReferenceMut, .. } => true,
            Expr::Apply {
                op: Op::TupleStruct(_) | Op::Struct { .. } | Op::Tuple | Op::Array | Op::Vec,
                args,
                ..
            } => args.iter().any(|arg| self.holds_exclusive(arg)),
            _ => false,
        }
    }

    pub(super) fn store(&mut self, place: Place, op: Option<Op>, value: Expr, span: Span) {
        if !self.known_target(&place, span) {
            return;
        }
        let moves = place.is_whole() && self.graph[place.root].kind.is_reference();
        let walks = moves
            && self.walks(&place)
            && self.graph[place.root].role == Role::User
            && matches!(value.kind(self.graph), Kind::Ref(_));
        if op.is_none() && (moves && !walks || self.holds_exclusive(&value)) {
            let name = crate::names::spelled(&self.graph[place.root].ident);
            self.errors.push(crate::diagnostics::moving_reference(span, &name));
            return;
        }
        if place.is_whole() {
            // `let mut sum = 0.0; sum += x;`: what is stored tells the literal's type.
            let stored = value.kind(self.graph);
            let var = &mut self.graph[place.root];
            if var.kind == Kind::Unknown && matches!(var.role, Role::User) && !var.mutable {
                var.kind = stored.clone();
            }
            if let (Kind::Option(_), Kind::Option(_)) = (&var.kind, &stored) {
                // `let mut best = None; best = Some(x);`
                var.kind = var.kind.or(stored.clone());
            }
            if var.kind.is_scalar() && stored.is_scalar() && !var.kind.is_reference() {
                let joined = var.kind.join(stored.peeled());
                if joined.is_scalar() {
                    var.kind = joined;
                }
            }
        }
        self.emit(NodeOp::Store { place, op, value }, span);
    }
}
