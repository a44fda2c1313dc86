//! Forward mode: from the function's region to one that computes the tangent of each value beside
//! the value.
//!
//! The tangent of a value is its derivative in the direction that the caller gives; it has the
//! type and, at any time, the shape of the value's gradient. Regions keep their structure and
//! their order: beside each active node stands what computes the tangent, before the value is
//! overwritten. Nothing is kept for later, so no analysis is needed.
//!
//! The rules are those of the reverse: the same partial derivatives, multiplied by the operands'
//! tangents and added up. Where the kinds of operands are known, the formula is written out; else
//! a function of the runtime adds to the tangent (`tangent::…`, or the adjoint's rule where the
//! derivative is symmetric).

mod call;
mod edits;
mod operation;
mod place;
mod value;

use crate::maps::HashMap;

use proc_macro2::Span;

use super::reverse::{active, ParameterRole};
use crate::diagnostics::Errors;
use crate::graph::{Expr, Graph, Node, NodeOp, Op, Place, Region, Role, Step, VarId};
use crate::kind::Kind;

/// A function that computes its tangent beside its value.
#[derive(Debug)]
pub(crate) struct Forward {
    pub(crate) body: Region,
    pub(crate) value: VarId,
    /// The tangent of the value.
    pub(crate) tangent: VarId,
    /// Per parameter, its tangent; `None` for parameters outside `wrt`.
    pub(crate) parameters: Vec<Option<VarId>>,
}

/// Adds the tangents to a function.
pub(crate) fn forward(
    graph: &mut Graph,
    mut body: Region,
    parameters: &[VarId],
    roles: &[ParameterRole],
) -> syn::Result<Forward> {
    let mut pass = Tangents {
        graph,
        tangents: HashMap::default(),
        out: Vec::new(),
        errors: Errors::default(),
    };
    let tangents = parameters
        .iter()
        .zip(roles)
        .map(|(parameter, role)| pass.parameter(*parameter, *role))
        .collect();
    let result = body.result.take().expect("a differentiable function has a value");
    let kind = result.kind(pass.graph).peeled().clone();
    let depends = active(pass.graph, &result);
    let value = pass.graph.fresh("value", kind, Role::Temporary);
    pass.graph[value].active = depends;
    body.nodes.push(Node::new(NodeOp::Let { var: value, value: result }, Span::mixed_site()));
    pass.region(&mut body, None);
    let tangent = match pass.tangents.get(&value) {
        Some(tangent) => *tangent,
        None => {
            let tangent = pass.fresh(value);
            let zero = pass.zero_of(&Place::var(value));
            pass.push(NodeOp::Let { var: tangent, value: zero }, Span::mixed_site());
            body.nodes.append(&mut pass.out);
            tangent
        }
    };
    pass.errors.into_result()?;
    Ok(Forward { body, value, tangent, parameters: tangents })
}

struct Tangents<'g> {
    graph: &'g mut Graph,
    /// The variables that hold tangents.
    tangents: HashMap<VarId, VarId>,
    /// The region that is being built.
    out: Vec<Node>,
    errors: Errors,
}

impl Tangents<'_> {
    /// The variable that a parameter's tangent comes in.
    fn parameter(&mut self, parameter: VarId, role: ParameterRole) -> Option<VarId> {
        let info = self.graph[parameter].clone();
        let own = match role {
            ParameterRole::Inert => return None,
            ParameterRole::InOut => Role::InOut,
            ParameterRole::Wrt => Role::User,
        };
        let name = format!("t_{}", name_of(&info.ident));
        let kind = match (&info.kind, role) {
            (Kind::Ref(_) | Kind::RefMut(_), ParameterRole::Wrt) => {
                Kind::Ref(Box::new(info.kind.adjoint()))
            }
            (kind, _) => kind.adjoint(),
        };
        let var = self.graph.fresh(&name, kind, own);
        self.graph[var].mutable = info.mutable;
        self.tangents.insert(parameter, var);
        Some(var)
    }

    /// A variable for the tangent of `var`.
    fn fresh(&mut self, var: VarId) -> VarId {
        let info = &self.graph[var];
        let (name, kind) = (format!("t_{}", name_of(&info.ident)), info.kind.adjoint());
        let mutable = info.mutable;
        let tangent = self.graph.fresh(&name, kind, Role::Adjoint);
        self.graph[tangent].mutable = mutable;
        tangent
    }

    /// Adds a node of the derivative, in which places are read as numbers.
    fn push(&mut self, op: NodeOp, span: Span) {
        let mut node = Node::new(op, span);
        node.early = true;
        self.out.push(node);
    }

    /// Adds a node of the function itself.
    fn keep(&mut self, op: NodeOp, span: Span) {
        self.out.push(Node::new(op, span));
    }

    /// Completes a region; the tangent of its value is stored in `result`.
    fn region(&mut self, region: &mut Region, result: Option<VarId>) {
        let outer = std::mem::take(&mut self.out);
        for node in std::mem::take(&mut region.nodes) {
            self.node(node);
        }
        if let (Some(target), Some(value)) = (result, region.result.clone()) {
            let span = Span::mixed_site();
            if !crate::lower::is_never(&value) {
                let (value, tangent) = self.split(value, None, span);
                let place = Place::var(target);
                self.push(NodeOp::Store { place, op: None, value: tangent }, span);
                region.result = value;
            }
        }
        region.nodes = std::mem::replace(&mut self.out, outer);
    }

    fn node(&mut self, node: Node) {
        let span = node.span;
        match node.op {
            NodeOp::Let { var, value } => self.define(var, value, span),
            NodeOp::Declare { var, ty } => {
                self.keep(NodeOp::Declare { var, ty }, span);
                if self.has_tangent(var) {
                    let tangent = self.fresh(var);
                    self.declare(tangent, span);
                    self.tangents.insert(var, tangent);
                }
            }
            NodeOp::Bind { pattern, parts, value } => self.bind(pattern, parts, value, span),
            NodeOp::Store { place, op, value } => self.store(place, op, value, span),
            NodeOp::Code { tokens, effects, declares, repeatable } => {
                let declared = declares.clone();
                self.keep(NodeOp::Code { tokens, effects, declares, repeatable }, span);
                for var in declared {
                    if self.has_tangent(var) {
                        self.begin_at_zero(var, span);
                    }
                }
            }
            op @ NodeOp::Edit { .. } => self.edit(op, span),
            NodeOp::Swap { first, second } => {
                let tangents = (self.tangent_place(&first), self.tangent_place(&second));
                self.keep(NodeOp::Swap { first, second }, span);
                if let (Some(first), Some(second)) = tangents {
                    self.push(NodeOp::Swap { first, second }, span);
                }
            }
            NodeOp::Call(call) => self.call(call, span),
            NodeOp::If(mut inner) => {
                let tangent = self.declare_result(inner.result, span);
                self.region(&mut inner.then, tangent);
                self.region(&mut inner.otherwise, tangent);
                self.keep(NodeOp::If(inner), span);
            }
            NodeOp::Match(mut inner) => {
                let tangent = self.declare_result(inner.result, span);
                for arm in &mut inner.arms {
                    self.region(&mut arm.body, tangent);
                }
                self.keep(NodeOp::Match(inner), span);
            }
            NodeOp::Loop(mut inner) => {
                self.region(&mut inner.body, None);
                self.keep(NodeOp::Loop(inner), span);
            }
            NodeOp::Zero { .. }
            | NodeOp::Take { .. }
            | NodeOp::Unedit { .. }
            | NodeOp::Lend { .. }
            | NodeOp::Rule { .. }
            | NodeOp::Pull { .. }
            | NodeOp::Replay(_)
            | NodeOp::Give { .. } => unreachable!("the function has no adjoint nodes"),
        }
    }

    /// Whether a variable has a tangent of its own.
    fn has_tangent(&self, var: VarId) -> bool {
        self.graph[var].active && self.graph[var].alias.is_none()
    }

    /// `let t;`, assigned later.
    fn declare(&mut self, tangent: VarId, span: Span) {
        let ty = match self.graph[tangent].kind {
            Kind::Scalar(crate::kind::Float::F64) => Some(syn::parse_quote!(f64)),
            Kind::Scalar(crate::kind::Float::F32) => Some(syn::parse_quote!(f32)),
            _ => None,
        };
        self.push(NodeOp::Declare { var: tangent, ty }, span);
    }

    /// Declares the tangent of a branch's value.
    fn declare_result(&mut self, result: Option<VarId>, span: Span) -> Option<VarId> {
        let result = result.filter(|result| self.graph[*result].active)?;
        let tangent = self.fresh(result);
        self.declare(tangent, span);
        self.tangents.insert(result, tangent);
        Some(tangent)
    }

    /// The tangent of a variable that has just got a value without derivative.
    fn begin_at_zero(&mut self, var: VarId, span: Span) {
        let tangent = self.fresh(var);
        let zero = self.zero_of(&Place::var(var));
        self.push(NodeOp::Let { var: tangent, value: zero }, span);
        self.tangents.insert(var, tangent);
    }

    /// `let var = value;`
    fn define(&mut self, var: VarId, value: Expr, span: Span) {
        if !self.has_tangent(var) {
            self.keep(NodeOp::Let { var, value }, span);
            return;
        }
        if !active(self.graph, &value) {
            self.keep(NodeOp::Let { var, value }, span);
            self.begin_at_zero(var, span);
            return;
        }
        let (value, tangent) = self.split(value, Some(var), span);
        // A tangent that was made for this value takes its name.
        let own = match &tangent {
            Expr::Place(place) if place.is_whole() && self.is_made(place.root) => Some(place.root),
            _ => None,
        };
        let own = own.unwrap_or_else(|| {
            let own = self.fresh(var);
            self.push(NodeOp::Let { var: own, value: tangent }, span);
            own
        });
        self.graph[own].mutable |= self.graph[var].mutable;
        if let Some(value) = value {
            self.keep(NodeOp::Let { var, value }, span);
        }
        self.tangents.insert(var, own);
    }

    /// Whether a tangent belongs to no variable yet.
    fn is_made(&self, tangent: VarId) -> bool {
        self.graph[tangent].role == Role::Adjoint
            && !self.tangents.values().any(|other| *other == tangent)
    }

    /// `let pattern = value;`
    fn bind(
        &mut self,
        pattern: proc_macro2::TokenStream,
        parts: Vec<(VarId, Vec<Step>)>,
        value: Expr,
        span: Span,
    ) {
        let place = value.place().cloned();
        let mut later = Vec::new();
        for (var, path) in &parts {
            if !self.has_tangent(*var) {
                continue;
            }
            let part = place.as_ref().map(|place| place.clone().with(path.iter().cloned()));
            match part.and_then(|part| self.tangent_place(&part)) {
                Some(part) => {
                    let tangent = self.fresh(*var);
                    let value = self.copied(&part);
                    self.push(NodeOp::Let { var: tangent, value }, span);
                    self.tangents.insert(*var, tangent);
                }
                None => later.push(*var),
            }
        }
        self.keep(NodeOp::Bind { pattern, parts, value }, span);
        later.into_iter().for_each(|var| self.begin_at_zero(var, span));
    }

    /// `place = value;` or `place op= value;`
    fn store(&mut self, place: Place, op: Option<Op>, value: Expr, span: Span) {
        let Some(target) = self.tangent_place(&place) else {
            self.keep(NodeOp::Store { place, op, value }, span);
            return;
        };
        let write =
            |op: Option<Op>, value: Expr| NodeOp::Store { place: target.clone(), op, value };
        let scalar = place.kind(self.graph).is_scalar();
        let Some(op) = op else {
            let (value, tangent) = self.split(value, None, span);
            let value = value.expect("a value without a name of its own");
            self.push(write(None, tangent), span);
            self.keep(NodeOp::Store { place, op: None, value }, span);
            return;
        };
        let linear = matches!(op, Op::Add | Op::Sub);
        if linear && !active(self.graph, &value) {
            self.keep(NodeOp::Store { place, op: Some(op), value }, span);
            return;
        }
        let (mut value, tangent) = self.operand(value, span);
        if linear {
            if scalar {
                self.push(write(Some(op.clone()), tangent), span);
            } else {
                let function = if op == Op::Add { "tangent::add" } else { "tangent::sub" };
                self.rule(function, &target, vec![Expr::reference(tangent)], span);
            }
            self.keep(NodeOp::Store { place, op: Some(op), value }, span);
            return;
        }
        if scalar {
            let whole = Expr::apply(op, vec![Expr::Place(place.clone()), value], span);
            let (value, tangent) = self.split(whole, None, span);
            let value = value.expect("a value without a name of its own");
            self.push(write(None, tangent), span);
            self.keep(NodeOp::Store { place, op: None, value }, span);
            return;
        }
        // In place, where the old value and its tangent are needed.
        let kind = place.kind(self.graph);
        let old = self.graph.fresh("old", kind.clone(), Role::Temporary);
        self.graph[old].active = true;
        let copy = Expr::apply(Op::Clone, vec![Expr::Place(place.clone())], span);
        self.push(NodeOp::Let { var: old, value: copy }, span);
        let t_old = self.graph.fresh("t_old", kind, Role::Adjoint);
        let copy = self.copied(&target);
        self.push(NodeOp::Let { var: t_old, value: copy }, span);
        self.tangents.insert(old, t_old);
        if value.place().is_none_or(|place| !place.is_whole()) || !value.is_atom() {
            value = self.kept_value(value, span);
        }
        let again = Expr::apply(Op::Clone, vec![value.peeled().clone()], span);
        let again = if matches!(value.peeled(), Expr::Place(_)) { again } else { value.clone() };
        let factor = self.graph.fresh("factor", Kind::Unknown, Role::Temporary);
        self.graph[factor].active = active(self.graph, &value);
        self.push(NodeOp::Let { var: factor, value: again }, span);
        if let Some(tangent) = value.place().and_then(|place| self.tangent_place(place)) {
            let t_factor = self.graph.fresh("t_factor", Kind::Unknown, Role::Adjoint);
            let copy = self.copied(&tangent);
            self.push(NodeOp::Let { var: t_factor, value: copy }, span);
            self.tangents.insert(factor, t_factor);
        }
        self.keep(NodeOp::Store { place: place.clone(), op: Some(op.clone()), value }, span);
        let zero = self.zero_of(&place);
        self.push(write(None, zero), span);
        let args = [Expr::var(old), Expr::var(factor)];
        self.array_arithmetic(&op, &args, &Expr::Place(place), &target, span);
    }
}

/// A variable's name without what makes it a raw identifier.
fn name_of(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    let name = name.trim_start_matches("r#");
    if name == "self" {
        "self_".to_owned()
    } else {
        name.to_owned()
    }
}
