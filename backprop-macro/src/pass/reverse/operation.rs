//! The transposes of operations, assignments and calls.

use proc_macro2::{Ident, Span};
use quote::format_ident;

use super::{active, Reverse};
use crate::graph::{Expr, Graph, Map, NodeOp, Op, Place, Role, VarId};
use crate::kind::{Container, Float, Kind};
use crate::rules::{Elementary, Method, Partial, Terms, WITH_KERNEL};
use crate::rules::{Need, Operand};

impl Reverse<'_> {
    /// Adds `d`, the adjoint of `value`, to the adjoints of what `value` is made of.
    pub(super) fn distribute(&mut self, value: &Expr, d: Expr, span: Span) {
        self.transpose(value, None, d, span);
    }

    /// [`distribute`](Self::distribute) for the value of `var`, which holds it.
    pub(super) fn transpose(&mut self, value: &Expr, var: Option<VarId>, d: Expr, span: Span) {
        match value {
            Expr::Place(_) => self.add(value, d, span),
            Expr::Code(_) | Expr::Number(_) | Expr::Name(_) => {}
            Expr::Apply { op, args, .. } => self.operation(op, args, var, d, span),
        }
    }

    fn operation(&mut self, op: &Op, args: &[Expr], var: Option<VarId>, d: Expr, span: Span) {
        let d = self.steady(d, args);
        match op {
            Op::Typed(_) => self.transpose(&args[0], var, d, span),
            Op::Neg | Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => {
                self.arithmetic(op, args, var, d, span);
            }
            Op::Elementary(rule, _) => self.elementary(rule, args, var, d, span),
            Op::Method(rule, _) => self.method(rule, args, var, d, span),
            Op::Cast(_) | Op::Converted(_) => {
                let from = args[0].kind(self.graph);
                match from.float() {
                    Some(float @ (Float::F64 | Float::F32)) => {
                        let ty: syn::Type = match float {
                            Float::F64 => syn::parse_quote!(f64),
                            _ => syn::parse_quote!(f32),
                        };
                        let same = var.is_some_and(|v| self.graph[v].kind.float() == Some(float));
                        let term = if same {
                            d
                        } else {
                            Expr::apply(Op::Cast(Box::new(ty)), vec![d], span)
                        };
                        self.add(&args[0], term, span);
                    }
                    _ => self.with_slot(&args[0], span, |this, slot| {
                        this.rule("convert", slot, vec![Expr::reference(d)], span);
                    }),
                }
            }
            Op::Clone | Op::Copied(_) | Op::Reference | Op::ReferenceMut | Op::Lent { .. } => {
                if args[0].peeled().kind(self.graph).is_scalar() {
                    self.add(&args[0], d, span);
                } else {
                    let rule = if self.walking { "accumulate_behind" } else { "accumulate" };
                    self.with_slot(&args[0], span, |this, slot| {
                        this.rule(rule, slot, vec![Expr::reference(d)], span);
                    });
                }
            }
            Op::Tuple | Op::Array | Op::Vec | Op::Struct { .. } | Op::TupleStruct(_) => {
                self.aggregate(op, args, &d, span);
            }
            Op::Boxed(_) => self.boxed(&args[0], &d, span),
            Op::Unwrapped(_) => self.unwrapped(&args[0], d, span),
            Op::Kept(method) if method == "as_deref" => {
                self.with_slot(&args[0], span, |this, slot| {
                    this.rule("keep_success_behind", slot, vec![Expr::reference(d)], span);
                });
            }
            Op::Kept(_) | Op::Rebuilt => self.with_slot(&args[0], span, |this, slot| {
                this.rule("keep_success", slot, vec![Expr::reference(d)], span);
            }),
            Op::Repeat { .. } => self.with_slot(&args[0], span, |this, slot| {
                this.rule("repeat", slot, vec![Expr::reference(d)], span);
            }),
            Op::Runtime(_) | Op::PassedAgain | Op::PassedKept | Op::Held | Op::HeldAgain => {
                unreachable!("only the reverse calls the runtime")
            }
        }
    }

    /// `d` under a name of its own, if adding to an operand's adjoint would change it: in
    /// `a -= a * y` the adjoint of the product is that of `a`.
    fn steady(&mut self, d: Expr, args: &[Expr]) -> Expr {
        let changes = args.iter().filter(|arg| active(self.graph, arg)).any(|arg| {
            arg.place().and_then(|place| self.adjoint_place(place)).is_some_and(|target| {
                d.place().is_none_or(|place| place.root == target.root) && d.mentions(target.root)
            })
        });
        if !changes {
            return d;
        }
        let kind = d.kind(self.graph).adjoint();
        let value =
            if kind.is_scalar() { d } else { Expr::apply(Op::Clone, vec![d], Span::mixed_site()) };
        let named = self.graph.fresh("d", kind, Role::Adjoint);
        self.push(NodeOp::Let { var: named, value }, Span::mixed_site());
        Expr::var(named)
    }

    /// Whether an operation is one of numbers, so that its rule can be written out.
    fn is_scalar(&self, args: &[Expr]) -> bool {
        args.iter().all(|arg| arg.peeled().kind(self.graph).is_scalar())
    }

    fn arithmetic(&mut self, op: &Op, args: &[Expr], var: Option<VarId>, d: Expr, span: Span) {
        let wanted: Vec<bool> = args.iter().map(|arg| active(self.graph, arg)).collect();
        if !self.is_scalar(args) {
            self.array_arithmetic(op, args, var, d, span);
            return;
        }
        if matches!(op, Op::Mul) && args[0].peeled() == args[1].peeled() {
            let x = self.recalled(args[0].peeled());
            self.add(&args[0], d.mul(Expr::Number(2.0).mul(x)), span);
            return;
        }
        let arg = |this: &mut Self, index: usize| this.recalled(args[index].peeled());
        if matches!(op, Op::Div) && wanted[1] {
            self.quotient(args, wanted[0], var, d, span);
            return;
        }
        for (index, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            let term = match (op, index) {
                (Op::Add, _) | (Op::Sub | Op::Rem, 0) => d.clone(),
                (Op::Neg, _) | (Op::Sub, 1) => d.clone().neg(),
                (Op::Mul, _) => d.clone().mul(arg(self, 1 - index)),
                (Op::Div, _) => {
                    let divisor = arg(self, 1);
                    if args[1].peeled().is_nonzero() {
                        d.clone().div(divisor)
                    } else {
                        Expr::runtime("partial::divide", vec![d.clone(), divisor])
                    }
                }
                (Op::Rem, _) => {
                    let (a, b) = (arg(self, 0), arg(self, 1));
                    let partial = Expr::runtime("partial::rem_rhs", vec![a, b]);
                    Expr::runtime("partial::chain", vec![d.clone(), partial])
                }
                _ => unreachable!("arithmetic operators have two operands at most"),
            };
            self.add(&args[index], term, span);
        }
    }

    /// The reverse of a quotient of numbers with an active divisor.
    fn quotient(&mut self, args: &[Expr], both: bool, var: Option<VarId>, d: Expr, span: Span) {
        let value = self.value_of(var, &Op::Div, args);
        if args[0].is_one() {
            // ∂(1/b)/∂b = −y² needs no division.
            let partial = value.clone().mul(value).neg();
            self.add(&args[1], Expr::runtime("partial::chain", vec![d, partial]), span);
            return;
        }
        let divisor = self.recalled(args[1].peeled());
        if !both {
            let partial = if args[0].is_nonzero() || self.same_in_all_iterations(&args[0]) {
                let dividend = self.recalled(args[0].peeled());
                Expr::runtime("partial::div_rhs_of", vec![dividend, divisor, value])
            } else {
                Expr::runtime("partial::div_rhs", vec![divisor, value])
            };
            self.add(&args[1], Expr::runtime("partial::chain", vec![d, partial]), span);
            return;
        }
        // One division serves both operands.
        let share = Expr::runtime("partial::divide", vec![d.clone(), divisor.clone()]);
        let kind = args[0].peeled().kind(self.graph).peeled().clone();
        let named = self.graph.fresh("share", kind, Role::Adjoint);
        self.push(NodeOp::Let { var: named, value: share }, Span::mixed_site());
        let share = Expr::var(named);
        self.add(&args[0], share.clone(), span);
        let term = Expr::runtime("partial::quotient_rhs", vec![share, d, divisor, value]);
        self.add(&args[1], term, span);
    }

    /// The value of an operation: the variable that holds it, or the operation once more.
    fn value_of(&mut self, var: Option<VarId>, op: &Op, args: &[Expr]) -> Expr {
        match var {
            Some(var) => self.recalled_later(var),
            None => {
                let args = args.iter().map(|arg| self.recalled(arg.peeled())).collect();
                Expr::apply(op.clone(), args, Span::mixed_site())
            }
        }
    }

    /// A variable's value right after its definition.
    fn recalled_later(&mut self, var: VarId) -> Expr {
        if self.analysis.intact(var, self.position) {
            return Expr::var(var);
        }
        let kind = self.graph[var].kind.clone();
        let name = format!("kept_{}", self.name(var));
        let kept = self.graph.fresh(&name, kind.peeled().clone(), Role::Kept);
        let value = if kind.is_scalar() {
            Expr::var(var)
        } else {
            Expr::apply(Op::Clone, vec![Expr::var(var)], Span::mixed_site())
        };
        self.insert_after(NodeOp::Let { var: kept, value });
        Expr::var(kept)
    }

    fn array_arithmetic(
        &mut self,
        op: &Op,
        args: &[Expr],
        var: Option<VarId>,
        d: Expr,
        span: Span,
    ) {
        for (index, operand) in args.iter().enumerate() {
            if !active(self.graph, operand) {
                continue;
            }
            let function = match (op, index) {
                (Op::Neg, _) => "neg",
                (Op::Add, 0) => "add_lhs",
                (Op::Add, _) => "add_rhs",
                (Op::Sub, 0) => "sub_lhs",
                (Op::Sub, _) => "sub_rhs",
                (Op::Mul, 0) => "mul_lhs",
                (Op::Mul, _) => "mul_rhs",
                (Op::Div, 0) => "div_lhs",
                (Op::Div, _) => "div_rhs",
                (Op::Rem, 0) => "rem_lhs",
                _ => "rem_rhs",
            };
            let mut operands = Vec::new();
            match (op, index) {
                (Op::Mul, _) => operands.push(self.recalled(args[1 - index].peeled())),
                (Op::Div, 0) => operands.push(self.recalled(args[1].peeled())),
                (Op::Div, _) => {
                    operands.push(self.recalled(args[1].peeled()));
                    operands.push(self.value_of(var, op, args));
                }
                (Op::Rem, 1) => {
                    operands.push(self.recalled(args[0].peeled()));
                    operands.push(self.recalled(args[1].peeled()));
                }
                _ => {}
            }
            operands.push(d.clone());
            let operands = operands.into_iter().map(Expr::reference).collect();
            self.with_slot(operand, span, |this, slot| this.rule(function, slot, operands, span));
        }
    }

    fn elementary(
        &mut self,
        rule: &'static Elementary,
        args: &[Expr],
        var: Option<VarId>,
        d: Expr,
        span: Span,
    ) {
        let wanted: Vec<bool> = args.iter().map(|arg| active(self.graph, arg)).collect();
        let numbers = args.iter().zip(rule.partials).all(|(arg, partial)| {
            matches!(partial, Partial::Integer)
                || arg.peeled().kind(self.graph).is_scalar()
                || !active(self.graph, arg) && args[0].kind(self.graph).is_scalar()
        });
        for (index, partial) in rule.partials.iter().enumerate() {
            if !wanted[index] {
                continue;
            }
            let (formula, product) = match partial {
                Partial::Zero | Partial::Integer => continue,
                Partial::Finite(formula) => (formula, None),
                Partial::Singular(formula) => (formula, Some("partial::chain")),
                Partial::Piecewise(formula) => (formula, Some("partial::piece")),
            };
            let product = |d: Expr, partial: Expr| match product {
                Some(function) => Expr::runtime(function, vec![d, partial]),
                None => d.mul(partial),
            };
            // The formula over stand-ins tells which operands it needs.
            let names: Vec<Ident> = (0..args.len())
                .map(|i| format_ident!("x{}", i, span = Span::mixed_site()))
                .collect();
            let value_name = Ident::new("y", Span::mixed_site());
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
            let general =
                formula(&Terms { args: &stand_ins, value: &value, active: &wanted, floats: false });
            let uses = |name: &Ident| general.names(name);
            if numbers {
                let terms =
                    Terms { args: &stand_ins, value: &value, active: &wanted, floats: true };
                if let Some(partial) = self.computed(&formula(&terms), &args[0]) {
                    self.add(&args[index], product(d.clone(), partial), span);
                    continue;
                }
                let operands: Vec<Expr> = args
                    .iter()
                    .zip(&stand_ins)
                    .map(|(arg, stand_in)| match stand_in {
                        Expr::Name(name) if !uses(name) => stand_in.clone(),
                        _ => self.recalled(arg.peeled()),
                    })
                    .collect();
                let value = if uses(&value_name) { self.held(var, rule, args) } else { value };
                let partial = formula(&Terms {
                    args: &operands,
                    value: &value,
                    active: &wanted,
                    floats: true,
                });
                self.add(&args[index], product(d.clone(), partial), span);
                continue;
            }
            let mut parameters = Vec::new();
            let mut operands = Vec::new();
            for (name, arg) in names.iter().zip(args) {
                if uses(name) {
                    parameters.push(name.clone());
                    operands.push(Expr::reference(self.recalled(arg.peeled())));
                }
            }
            if uses(&value_name) {
                parameters.push(value_name.clone());
                operands.push(Expr::reference(self.held(var, rule, args)));
            }
            if WITH_KERNEL.contains(&rule.name) {
                operands.push(Expr::reference(d.clone()));
                self.with_slot(&args[index], span, |this, slot| {
                    this.rule(rule.name, slot, operands, span);
                });
                continue;
            }
            let function = ["map0", "map1", "map2", "map3", "map4"][parameters.len()];
            let d_name = Ident::new("d", Span::mixed_site());
            parameters.push(d_name.clone());
            operands.push(Expr::reference(d.clone()));
            let body = product(Expr::Name(d_name), general.clone());
            let body = self.integers(body, rule, args);
            self.with_slot(&args[index], span, |this, slot| {
                this.settle(slot.root);
                let map = Some(Map { parameters, body });
                this.push(NodeOp::Rule { function, slot, operands, map }, span);
            });
        }
    }

    /// Integer operands inside a formula, as the reverse may read them.
    fn integers(&mut self, body: Expr, rule: &Elementary, args: &[Expr]) -> Expr {
        if !rule.partials.iter().any(|partial| matches!(partial, Partial::Integer)) {
            return body;
        }
        let _ = args;
        self.recalled(&body)
    }

    /// The value of an elementary function: the variable that holds it, or the call once more.
    fn held(&mut self, var: Option<VarId>, rule: &'static Elementary, args: &[Expr]) -> Expr {
        self.value_of(var, &Op::Elementary(rule, None), args)
    }

    fn method(
        &mut self,
        rule: &'static Method,
        args: &[Expr],
        var: Option<VarId>,
        d: Expr,
        span: Span,
    ) {
        for (index, operand) in rule.operands.iter().enumerate() {
            if !active(self.graph, &args[index]) {
                continue;
            }
            let Operand::Rule { function, needs, .. } = operand else { continue };
            let mut operands = Vec::new();
            for need in *needs {
                operands.push(match need {
                    Need::Operand(other) => Expr::reference(self.recalled(args[*other].peeled())),
                    Need::Index(other) => self.recalled(&args[*other]),
                    Need::Value => {
                        let ident = Ident::new(rule.name, Span::mixed_site());
                        Expr::reference(self.value_of(var, &Op::Method(rule, ident), args))
                    }
                });
            }
            operands.push(Expr::reference(d.clone()));
            self.with_slot(&args[index], span, |this, slot| {
                this.rule(function, slot, operands, span);
            });
        }
    }

    // ---- assignments

    /// Reverses an assignment of a value that `var` holds too, if it is given.
    pub(super) fn store(
        &mut self,
        place: &Place,
        op: Option<&Op>,
        value: &Expr,
        var: Option<VarId>,
        span: Span,
    ) {
        let resolved = self.graph.resolve(place);
        if !self.graph[resolved.root].active {
            return;
        }
        let Some(target) = self.adjoint_place(place) else { return };
        let scalar = place.kind(self.graph).is_scalar();
        let added = if op.is_none() { increment(self.graph, place, value) } else { None };
        if let Some((op, value)) = added {
            // `s = s + x` leaves the adjoint of `s` as it is.
            self.store(place, Some(&op), &value, None, span);
            return;
        }
        match op {
            Some(Op::Add) if scalar => self.distribute(value, Expr::Place(target), span),
            Some(Op::Sub) if scalar => self.distribute(value, Expr::Place(target).neg(), span),
            Some(Op::Add | Op::Sub) if !active(self.graph, value) => {}
            Some(op @ (Op::Add | Op::Sub)) => {
                // The place's own adjoint stays; only the second operand gets a share.
                let function = if matches!(op, Op::Add) { "add_rhs" } else { "sub_rhs" };
                let same = value
                    .place()
                    .is_some_and(|value| self.graph.resolve(value).root == resolved.root);
                let d = if same {
                    // `h -= h`: one adjoint cannot be read and added to at once.
                    let copy = self.graph.fresh("d", Kind::Unknown, Role::Adjoint);
                    let value = Expr::apply(Op::Clone, vec![Expr::Place(target)], span);
                    self.push(NodeOp::Let { var: copy, value }, span);
                    Expr::reference(Expr::var(copy))
                } else {
                    Expr::reference(Expr::Place(target))
                };
                self.with_slot(value, span, |this, slot| this.rule(function, slot, vec![d], span));
            }
            Some(op) => {
                let d = self.take(&target, place, span);
                let args = [Expr::Place(place.clone()), value.clone()];
                self.operation(op, &args, None, d, span);
            }
            None if self.arrive(place, value, span) => {}
            None => {
                let d = self.take(&target, place, span);
                let kind = place.kind(self.graph);
                let indexed = matches!(kind.peeled(), Kind::Indexed(..));
                self.walking = place.is_whole() && kind.is_reference() && !scalar && !indexed;
                self.transpose(value, var, d, span);
                self.walking = false;
            }
        }
    }

    /// Takes the adjoint out of a place that was overwritten.
    fn take(&mut self, target: &Place, place: &Place, span: Span) -> Expr {
        let kind = place.kind(self.graph);
        let name = format!("d_{}", self.name(self.graph.resolve(place).root));
        let var = self.graph.fresh(&name, kind.adjoint(), Role::Adjoint);
        // Its parts may be taken in turn.
        self.graph[var].mutable = !kind.is_scalar();
        self.settle(target.root);
        if kind.is_scalar() || is_array_of_numbers(&kind) {
            self.push(NodeOp::Take { var, place: target.clone(), old: None }, span);
        } else {
            // What was there before may have had another shape.
            let old = self.graph.fresh("zero", Kind::Unknown, Role::Kept);
            self.note_shape(old, place);
            self.push(NodeOp::Take { var, place: target.clone(), old: Some(old) }, span);
        }
        Expr::var(var)
    }
}

/// Whether all values of this kind have one shape.
fn is_array_of_numbers(kind: &Kind) -> bool {
    match kind {
        Kind::Scalar(_) => true,
        Kind::Indexed(of, Container::Array(_)) => is_array_of_numbers(of),
        _ => false,
    }
}

/// What `place = value` adds to `place` (or subtracts), if it does nothing else.
pub(super) fn increment(graph: &Graph, place: &Place, value: &Expr) -> Option<(Op, Expr)> {
    let Expr::Apply { op: op @ (Op::Add | Op::Sub), args, .. } = value else { return None };
    if !place.is_whole() || !place.kind(graph).is_scalar() || place.kind(graph).is_reference() {
        return None;
    }
    let same = |arg: &Expr| arg.place().is_some_and(|other| other == place);
    let rest = match op {
        _ if same(&args[0]) => &args[1],
        Op::Add if same(&args[1]) => &args[0],
        _ => return None,
    };
    let scalar = rest.kind(graph).is_scalar();
    (scalar && !rest.mentions(place.root)).then(|| (op.clone(), rest.clone()))
}

impl Expr {
    /// Whether the expression contains the free name `name`.
    pub(crate) fn names(&self, name: &Ident) -> bool {
        match self {
            Expr::Name(other) => other == name,
            Expr::Apply { args, .. } => args.iter().any(|arg| arg.names(name)),
            Expr::Place(_) | Expr::Number(_) | Expr::Code(_) => false,
        }
    }
}
