//! A value and its tangent.

use proc_macro2::Span;

use super::place::is_copy;
use super::{active, Tangents};
use crate::graph::{is_variant, payload_of, Expr, NodeOp, Op, Payload, Place, Role, Step, VarId};
use crate::kind::Float;

impl Tangents<'_> {
    /// The value and its tangent, of which the tangent is to be evaluated first. What the tangent
    /// needs of the value is named: under `name` if it is given and nothing else that is needed
    /// has that name; then there is no value left to bind.
    pub(super) fn split(
        &mut self,
        value: Expr,
        name: Option<VarId>,
        span: Span,
    ) -> (Option<Expr>, Expr) {
        if !active(self.graph, &value) {
            if value.kind(self.graph).is_scalar() {
                return (Some(value), Expr::Number(0.0));
            }
            let (var, rest) = self.named(value, name, span);
            let zero = self.zero_of(&Place::var(var));
            return (rest, zero);
        }
        if let Expr::Place(place) = &value {
            let tangent = self.copy_of(place);
            return (Some(value), tangent);
        }
        let Expr::Apply { op, args, span: at } = value else {
            unreachable!("a value without derivative is inert")
        };
        // A type that is written beside a name stays beside it.
        let (typed, op, mut args) = match (op, args) {
            (Op::Typed(ty), mut inner) => match inner.remove(0) {
                Expr::Apply { op, args, .. } => (Some(ty), op, args),
                other => {
                    let (_, tangent) = self.split(other.clone(), None, span);
                    let value = Expr::apply(Op::Typed(ty), vec![other], span);
                    return (Some(value), tangent);
                }
            },
            (op, args) => (None, op, args),
        };
        let whole = |args: Vec<Expr>| {
            let value = Expr::Apply { op: op.clone(), args, span: at };
            match &typed {
                Some(ty) => Expr::apply(Op::Typed(ty.clone()), vec![value], span),
                None => value,
            }
        };
        match &op {
            Op::Typed(_) => {
                let (rest, tangent) = self.split(args.remove(0), None, span);
                let value = whole(vec![rest.expect("a value without a name of its own")]);
                (Some(value), tangent)
            }
            Op::Copied(method) if method == "to_vec" => {
                let place = args[0].place().expect("an active operand is a place");
                let tangent = match self.tangent_place(place) {
                    Some(tangent) => {
                        Expr::apply(op.clone(), vec![Expr::Place(tangent)], Span::mixed_site())
                    }
                    None => return self.after_value(whole(args), name, span, |_, _, _| {}),
                };
                (Some(whole(args)), tangent)
            }
            op if is_copy(op) => {
                let tangent = self.shared(&mut args[0], span);
                (Some(whole(args)), tangent)
            }
            Op::Cast(ty) => {
                let ty = ty.clone();
                let tangent = self.number_of(&mut args[0], &ty, span);
                (Some(whole(args)), tangent)
            }
            Op::Converted(path) if Float::of_path(path).is_some() => {
                let ty: syn::Type = match Float::of_path(path) {
                    Some(Float::F32) => syn::parse_quote!(f32),
                    _ => syn::parse_quote!(f64),
                };
                let tangent = self.number_of(&mut args[0], &ty, span);
                (Some(whole(args)), tangent)
            }
            Op::Converted(_) => {
                let operand = self.shared(&mut args[0], span);
                self.after_value(whole(args), name, span, |this, slot, _| {
                    this.rule("convert", slot, vec![Expr::reference(operand)], span);
                })
            }
            Op::Tuple | Op::Array | Op::Vec | Op::Boxed(_) => {
                let parts = args.iter_mut().map(|arg| self.shared(arg, span)).collect();
                (Some(whole(args)), Expr::apply(op.clone(), parts, Span::mixed_site()))
            }
            Op::Repeat { .. } => {
                let element = self.shared(&mut args[0], span);
                let parts = vec![element, args[1].clone()];
                (Some(whole(args)), Expr::apply(op.clone(), parts, Span::mixed_site()))
            }
            Op::TupleStruct(path) if path.path.is_ident("Some") || path.path.is_ident("Ok") => {
                let parts = args.iter_mut().map(|arg| self.shared(arg, span)).collect();
                (Some(whole(args)), Expr::apply(op.clone(), parts, Span::mixed_site()))
            }
            Op::Struct { .. } | Op::TupleStruct(_) => {
                self.built(&op.clone(), args, whole, name, span)
            }
            Op::Unwrapped(_) => {
                let place = args[0].place().expect("an active operand is a place").clone();
                let (var, rest) = self.named(whole(args), name, span);
                let held = place.with([Step::Payload(Payload::Success)]);
                let tangent = match self.tangent_place(&held) {
                    Some(tangent) => self.copied(&tangent),
                    None => self.zero_of(&Place::var(var)),
                };
                (rest, tangent)
            }
            Op::Kept(_) | Op::Rebuilt => {
                let place = args[0].place().expect("an active operand is a place").clone();
                let tangent = self.tangent_place(&place);
                self.after_value(whole(args), name, span, |this, slot, _| {
                    if let Some(tangent) = tangent {
                        let operands = vec![Expr::reference(Expr::Place(tangent))];
                        this.rule("keep_success", slot, operands, span);
                    }
                })
            }
            Op::Runtime(_) | Op::PassedAgain | Op::PassedKept | Op::Held | Op::HeldAgain => {
                unreachable!("only the reverse calls the runtime")
            }
            _ => self.computed(&op.clone(), args, whole, name, span),
        }
    }

    /// A value whose tangent begins as zero and is added to.
    pub(super) fn after_value(
        &mut self,
        value: Expr,
        name: Option<VarId>,
        span: Span,
        add: impl FnOnce(&mut Self, &Place, VarId),
    ) -> (Option<Expr>, Expr) {
        let (var, rest) = self.named(value, name, span);
        let slot = self.new_zero(var, span);
        add(self, &slot, var);
        (rest, Expr::Place(slot))
    }

    /// Names a value, under `name` if it is given.
    pub(super) fn named(
        &mut self,
        value: Expr,
        name: Option<VarId>,
        span: Span,
    ) -> (VarId, Option<Expr>) {
        if let Some(name) = name.filter(|name| !self.covers(*name, &value)) {
            self.keep(NodeOp::Let { var: name, value }, span);
            return (name, None);
        }
        let kind = value.kind(self.graph);
        let var = self.graph.fresh("y", kind, Role::User);
        self.graph[var].active = active(self.graph, &value);
        self.keep(NodeOp::Let { var, value }, span);
        (var, Some(Expr::var(var)))
    }

    /// Whether a variable has the name of one that a value reads.
    pub(super) fn covers(&self, var: VarId, value: &Expr) -> bool {
        let mut reads = crate::graph::Vars::new();
        value.reads(&mut reads);
        reads.into_iter().any(|read| self.graph[read].ident == self.graph[var].ident)
    }

    /// The tangent of what is at a place, as a value of its own.
    fn copy_of(&self, place: &Place) -> Expr {
        match self.tangent_place(place) {
            Some(tangent) => self.copied(&tangent),
            None => self.zero_of(place),
        }
    }

    /// The tangent of an operand as a value of its own. What must not be evaluated twice is named.
    pub(super) fn shared(&mut self, operand: &mut Expr, span: Span) -> Expr {
        if operand.kind(self.graph).is_scalar() && !active(self.graph, operand) {
            return Expr::Number(0.0);
        }
        match operand {
            Expr::Place(place) => self.copy_of(place),
            Expr::Number(_) | Expr::Name(_) => Expr::Number(0.0),
            Expr::Apply { op, args, .. } if is_copy(op) => self.shared(&mut args[0], span),
            Expr::Apply { op: Op::Neg, args, .. }
                if args[0].peeled().kind(self.graph).is_scalar() =>
            {
                self.shared(&mut args[0], span).neg()
            }
            _ => {
                let value = std::mem::replace(operand, Expr::Number(0.0));
                let (rest, tangent) = self.split(value, None, span);
                let value = rest.expect("a value without a name of its own");
                let whole = match &value {
                    Expr::Place(place) if place.is_whole() => value.clone(),
                    _ => {
                        let (var, _) = self.named(value, None, span);
                        Expr::var(var)
                    }
                };
                *operand = whole;
                tangent
            }
        }
    }

    /// The tangent of a number that is converted to another float type.
    fn number_of(&mut self, operand: &mut Expr, ty: &syn::Type, span: Span) -> Expr {
        let scalar = operand.kind(self.graph).is_scalar();
        let tangent = self.shared(operand, span);
        let tangent = if scalar {
            tangent
        } else {
            // The gradient of an integer, which has no derivative, is the integer.
            Expr::runtime("tangent::number", vec![Expr::reference(tangent)])
        };
        Expr::apply(Op::Cast(Box::new(ty.clone())), vec![tangent], Span::mixed_site())
    }

    /// A value that is used as an operand, and its tangent.
    pub(super) fn operand(&mut self, value: Expr, span: Span) -> (Expr, Expr) {
        let kind = value.kind(self.graph);
        let lent = value.place().is_some();
        if lent || value.is_atom() && (kind.is_scalar() || !active(self.graph, &value)) {
            let mut value = value;
            let tangent = self.shared(&mut value, span);
            return (value, tangent);
        }
        let active = active(self.graph, &value);
        let (rest, tangent) = self.split(value, None, span);
        let value = rest.expect("a value without a name of its own");
        let var = self.graph.fresh("y", kind, Role::User);
        self.graph[var].active = active;
        if active {
            let own = self.fresh(var);
            self.push(NodeOp::Let { var: own, value: tangent }, span);
            self.tangents.insert(var, own);
        }
        self.keep(NodeOp::Let { var, value }, span);
        let tangent = match self.tangents.get(&var) {
            Some(own) => Expr::var(*own),
            None => Expr::Number(0.0),
        };
        (Expr::var(var), tangent)
    }

    /// A struct or a variant.
    fn built(
        &mut self,
        op: &Op,
        mut args: Vec<Expr>,
        whole: impl FnOnce(Vec<Expr>) -> Expr,
        name: Option<VarId>,
        span: Span,
    ) -> (Option<Expr>, Expr) {
        let (count, rest) = match op {
            Op::Struct { fields, rest, .. } => (fields.len(), *rest),
            _ => (args.len(), false),
        };
        let known =
            |this: &Self, arg: &Expr| active(this.graph, arg) || arg.kind(this.graph).is_scalar();
        let all = !rest && args.iter().all(|arg| known(self, arg));
        if all {
            let parts = args.iter_mut().map(|arg| self.shared(arg, span)).collect();
            return (Some(whole(args)), Expr::apply(op.clone(), parts, Span::mixed_site()));
        }
        let base = args.get(count).filter(|base| active(self.graph, base)).cloned();
        let base = base.and_then(|base| base.place().and_then(|place| self.tangent_place(place)));
        let mut parts = Vec::new();
        for (index, arg) in args.iter_mut().enumerate().take(count) {
            let unnamed = syn::Member::Unnamed(index.into());
            let step = match op {
                Op::Struct { fields, path, .. } if is_variant(path) => {
                    payload_of(path, fields[index].clone())
                }
                Op::Struct { fields, .. } => Step::Field(fields[index].clone()),
                Op::TupleStruct(path) if !path.path.is_ident("Self") => {
                    payload_of(&path.path, unnamed)
                }
                _ => Step::Field(unnamed),
            };
            let tangent = active(self.graph, arg).then(|| self.shared(arg, span));
            parts.push((step, tangent));
        }
        let slot = base.map(|base| {
            // The value may take the rest away.
            let slot = self.graph.fresh("t", crate::kind::Kind::Unknown, Role::Adjoint);
            self.graph[slot].mutable = true;
            let copy = self.copied(&base);
            self.push(NodeOp::Let { var: slot, value: copy }, span);
            Place::var(slot)
        });
        let from_rest = slot.is_some();
        let (var, left) = self.named(whole(args), name, span);
        let slot = slot.unwrap_or_else(|| self.new_zero(var, span));
        for (step, tangent) in parts {
            let value = match tangent {
                Some(tangent) => tangent,
                // The fields that were given do not come from the rest.
                None if from_rest => self.zero_of(&Place::var(var).with([step.clone()])),
                None => continue,
            };
            let place = slot.clone().with([step]);
            self.push(NodeOp::Store { place, op: None, value }, span);
        }
        (left, Expr::Place(slot))
    }
}
