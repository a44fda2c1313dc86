//! The tangents of operations: each operand's partial derivative times its tangent, added up.

use proc_macro2::{Ident, Span};
use quote::{format_ident, quote};

use super::{active, Tangents};
use crate::graph::{Code, Expr, Map, NodeOp, Op, Place, Role, VarId};
use crate::rules::{Elementary, Method, Need, Operand, Partial, Terms, WITH_KERNEL};

impl Tangents<'_> {
    /// The value of an operation and its tangent.
    pub(super) fn computed(
        &mut self,
        op: &Op,
        mut args: Vec<Expr>,
        whole: impl FnOnce(Vec<Expr>) -> Expr,
        name: Option<VarId>,
        span: Span,
    ) -> (Option<Expr>, Expr) {
        for arg in &mut args {
            let scalar = arg.peeled().kind(self.graph).is_scalar();
            let steady = match arg.peeled() {
                Expr::Code(code) => code.repeatable,
                Expr::Apply { .. } => scalar && arg.is_atom(),
                _ => true,
            };
            if !steady {
                let value = std::mem::replace(arg, Expr::Number(0.0));
                *arg = self.operand(value, span).0;
            }
        }
        let scalar = |this: &Self, arg: &Expr| arg.peeled().kind(this.graph).is_scalar();
        let direct = match op {
            Op::Elementary(rule, _) => args.iter().zip(rule.partials).all(|(arg, partial)| {
                matches!(partial, Partial::Integer)
                    || scalar(self, arg)
                    || !active(self.graph, arg) && args[0].kind(self.graph).is_scalar()
            }),
            Op::Method(..) => false,
            _ => args.iter().all(|arg| scalar(self, arg)),
        };
        if direct {
            // The value goes by `y` until it is known whether the tangent needs it.
            let y = Ident::new("y", Span::mixed_site());
            let tangent = match op {
                Op::Elementary(rule, _) => {
                    self.elementary_tangent(rule, &mut args, &Expr::Name(y.clone()), span)
                }
                _ => self.scalar_arithmetic(op, &mut args, &Expr::Name(y.clone()), span),
            };
            if !tangent.names(&y) {
                return (Some(whole(args)), tangent);
            }
            let value = whole(args);
            let (var, rest) = self.named(value, name, span);
            return (rest, tangent.with_name(&y, &Expr::var(var)));
        }
        let wanted: Vec<bool> = args.iter().map(|arg| active(self.graph, arg)).collect();
        let mut kept = args.clone();
        for (index, operand) in kept.iter_mut().enumerate() {
            // An operator takes operands that are not lent.
            let Expr::Place(place) = &*operand else { continue };
            let kind = place.kind(self.graph);
            if is_read(op, index, &wanted) && !kind.is_scalar() && !kind.is_reference() {
                let place = place.clone();
                let copy = self.graph.fresh("kept", kind, Role::User);
                let value = Expr::apply(Op::Clone, vec![operand.clone()], Span::mixed_site());
                self.keep(NodeOp::Let { var: copy, value }, span);
                self.graph[copy].active = wanted[index];
                self.graph[copy].alias = Some(place);
                *operand = Expr::var(copy);
            }
        }
        let name = name.filter(|name| !kept.iter().any(|arg| self.covers(*name, arg)));
        let op = op.clone();
        self.after_value(whole(args), name, span, |this, slot, y| {
            let y = Expr::var(y);
            match &op {
                Op::Elementary(rule, _) => this.elementary_rule(rule, &kept, &y, slot, span),
                Op::Method(rule, _) => this.method_rule(rule, &kept, &y, slot, span),
                op => this.array_arithmetic(op, &kept, &y, slot, span),
            }
        })
    }

    /// A number, also behind references.
    fn number(&self, arg: &Expr) -> Expr {
        match arg.peeled() {
            Expr::Code(code) if code.kind.is_reference() => {
                let stars = vec![quote!(*); code.kind.references()];
                let tokens = &code.tokens;
                Expr::Code(Code {
                    tokens: quote!((#(#stars)* (#tokens))),
                    reads: code.reads.clone(),
                    kind: code.kind.peeled().clone(),
                    repeatable: true,
                })
            }
            other => other.clone(),
        }
    }

    /// The tangent of an operator of numbers; `y` is the value.
    fn scalar_arithmetic(&mut self, op: &Op, args: &mut [Expr], y: &Expr, span: Span) -> Expr {
        let wanted: Vec<bool> = args.iter().map(|arg| active(self.graph, arg)).collect();
        let mut sum: Option<Expr> = None;
        for index in 0..args.len() {
            if !wanted[index] {
                continue;
            }
            let t = self.shared(&mut args[index], span);
            let arg = |this: &Self, index: usize| this.number(&args[index]);
            // The right operand of a difference is subtracted, so that no sign is flipped twice.
            let (term, minus) = match (op, index) {
                (Op::Neg, _) => (t.neg(), false),
                (Op::Sub, 1) => (t, true),
                (Op::Mul, 0) => (t.mul(arg(self, 1)), false),
                (Op::Mul, _) => (arg(self, 0).mul(t), false),
                (Op::Div, 0) if wanted[1] || !args[1].peeled().is_nonzero() => {
                    (Expr::runtime("partial::divide", vec![t, arg(self, 1)]), false)
                }
                (Op::Div, 0) => (t.div(arg(self, 1)), false),
                (Op::Div, _) => {
                    let partial = Expr::runtime("partial::div_rhs", vec![arg(self, 1), y.clone()]);
                    (Expr::runtime("partial::chain", vec![t, partial]), false)
                }
                (Op::Rem, 1) => {
                    let operands = vec![arg(self, 0), arg(self, 1)];
                    let partial = Expr::runtime("partial::rem_rhs", operands);
                    (Expr::runtime("partial::chain", vec![t, partial]), false)
                }
                _ => (t, false),
            };
            sum = Some(match (sum, minus) {
                (None, false) => term,
                (None, true) => term.neg(),
                (Some(sum), false) => sum.add(term),
                (Some(sum), true) => sum.sub(term),
            });
        }
        sum.unwrap_or(Expr::Number(0.0))
    }

    /// The tangent of an elementary function of numbers; `y` is the value.
    fn elementary_tangent(
        &mut self,
        rule: &Elementary,
        args: &mut [Expr],
        y: &Expr,
        span: Span,
    ) -> Expr {
        let wanted: Vec<bool> = args.iter().map(|arg| active(self.graph, arg)).collect();
        let mut sum: Option<Expr> = None;
        for (index, partial) in rule.partials.iter().enumerate() {
            let formula = match partial {
                _ if !wanted[index] => continue,
                Partial::Zero | Partial::Integer => continue,
                Partial::Finite(formula)
                | Partial::Singular(formula)
                | Partial::Piecewise(formula) => formula,
            };
            let t = self.shared(&mut args[index], span);
            let operands: Vec<Expr> = args.iter().map(|arg| self.number(arg)).collect();
            let terms = Terms { args: &operands, value: y, active: &wanted, floats: true };
            let partial = formula(&terms);
            let term = chained(t, partial);
            sum = Some(match sum {
                None => term,
                Some(sum) => sum.add(term),
            });
        }
        sum.unwrap_or(Expr::Number(0.0))
    }

    /// The tangent of an operand of a rule, by reference; `None` for one without.
    fn lent(&mut self, operand: &Expr, span: Span) -> Option<Expr> {
        if !active(self.graph, operand) {
            return None;
        }
        match operand.peeled().place() {
            Some(place) => {
                let tangent = self.tangent_place(place)?;
                Some(Expr::reference(Expr::Place(tangent)))
            }
            None => {
                let mut operand = operand.peeled().clone();
                let tangent = self.shared(&mut operand, span);
                Some(Expr::reference(tangent))
            }
        }
    }

    /// Adds the tangent of an operator to `slot`; `y` is its value.
    pub(super) fn array_arithmetic(
        &mut self,
        op: &Op,
        args: &[Expr],
        y: &Expr,
        slot: &Place,
        span: Span,
    ) {
        for (index, operand) in args.iter().enumerate() {
            let Some(t) = self.lent(operand, span) else { continue };
            let arg = |index: usize| Expr::reference(args[index].peeled().clone());
            let (function, operands) = match (op, index) {
                (Op::Neg, _) | (Op::Sub, 1) => ("tangent::sub", vec![t]),
                (Op::Mul, 0) => ("tangent::product", vec![t, arg(1)]),
                (Op::Mul, _) => ("tangent::product", vec![arg(0), t]),
                (Op::Div, 0) => ("tangent::div_lhs", vec![arg(1), t]),
                (Op::Div, _) => ("tangent::div_rhs", vec![arg(1), Expr::reference(y.clone()), t]),
                (Op::Rem, 1) => ("rem_rhs", vec![arg(0), arg(1), t]),
                _ => ("tangent::add", vec![t]),
            };
            self.rule(function, slot, operands, span);
        }
    }

    fn elementary_rule(
        &mut self,
        rule: &'static Elementary,
        args: &[Expr],
        y: &Expr,
        slot: &Place,
        span: Span,
    ) {
        let wanted: Vec<bool> = args.iter().map(|arg| active(self.graph, arg)).collect();
        let names: Vec<Ident> =
            (0..args.len()).map(|i| format_ident!("x{}", i, span = Span::mixed_site())).collect();
        let value_name = Ident::new("y", Span::mixed_site());
        for (index, partial) in rule.partials.iter().enumerate() {
            let formula = match partial {
                Partial::Zero | Partial::Integer => continue,
                Partial::Finite(formula)
                | Partial::Singular(formula)
                | Partial::Piecewise(formula) => formula,
            };
            let Some(t) = self.lent(&args[index], span) else { continue };
            let stand_ins: Vec<Expr> = names
                .iter()
                .zip(rule.partials)
                .zip(args)
                .map(|((name, partial), arg)| match partial {
                    Partial::Integer => arg.clone(),
                    _ => Expr::Name(name.clone()),
                })
                .collect();
            let value = Expr::Name(value_name.clone());
            let terms = Terms { args: &stand_ins, value: &value, active: &wanted, floats: false };
            let general = formula(&terms);
            let mut parameters = Vec::new();
            let mut operands = Vec::new();
            for (name, arg) in names.iter().zip(args) {
                if general.names(name) {
                    parameters.push(name.clone());
                    operands.push(Expr::reference(arg.peeled().clone()));
                }
            }
            if general.names(&value_name) {
                parameters.push(value_name.clone());
                operands.push(Expr::reference(y.clone()));
            }
            operands.push(t);
            if WITH_KERNEL.contains(&rule.name) {
                // A diagonal matrix is its own transpose.
                self.rule(rule.name, slot, operands, span);
                continue;
            }
            let function = ["tangent::map0", "tangent::map1", "tangent::map2", "tangent::map3"]
                [parameters.len()];
            let t_name = Ident::new("t", Span::mixed_site());
            parameters.push(t_name.clone());
            let t = Expr::Name(t_name);
            let body = chained(t, general);
            let (slot, map) = (slot.clone(), Some(Map { parameters, body }));
            self.push(NodeOp::Rule { function, slot, operands, map }, span);
        }
    }

    fn method_rule(
        &mut self,
        rule: &'static Method,
        args: &[Expr],
        y: &Expr,
        slot: &Place,
        span: Span,
    ) {
        for (index, operand) in rule.operands.iter().enumerate() {
            let Operand::Rule { tangent, needs, .. } = operand else { continue };
            let Some(t) = self.lent(&args[index], span) else { continue };
            let mut operands: Vec<Expr> = needs
                .iter()
                .map(|need| match need {
                    Need::Operand(other) => Expr::reference(args[*other].peeled().clone()),
                    Need::Index(other) => args[*other].clone(),
                    Need::Value => Expr::reference(y.clone()),
                })
                .collect();
            operands.push(t);
            self.rule(tangent, slot, operands, span);
        }
    }
}

impl Expr {
    /// The expression with `value` for the free name `name`.
    fn with_name(self, name: &Ident, value: &Expr) -> Expr {
        match self {
            Expr::Name(other) if other == *name => value.clone(),
            Expr::Apply { op, args, span } => {
                let args = args.into_iter().map(|arg| arg.with_name(name, value)).collect();
                Expr::Apply { op, args, span }
            }
            other => other,
        }
    }
}

/// A tangent times a partial derivative; an infinite one of the two may meet a zero.
fn chained(t: Expr, partial: Expr) -> Expr {
    match partial {
        number @ Expr::Number(_) => t.mul(number),
        partial => Expr::runtime("tangent::chain", vec![t, partial]),
    }
}

/// Whether the tangent of an operator reads the value of an operand.
fn is_read(op: &Op, index: usize, wanted: &[bool]) -> bool {
    match op {
        Op::Mul => wanted[1 - index],
        Op::Div => index == 1,
        Op::Rem => wanted[1],
        _ => false,
    }
}
