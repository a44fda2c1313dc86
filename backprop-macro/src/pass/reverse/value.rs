//! Values of the forward part, as the reverse may use them.

use proc_macro2::Span;
use quote::quote;

use super::Reverse;
use crate::graph::{Code, Expr, Node, NodeOp, Op, Place, Role, Step, VarId};
use crate::kind::{Container, Kind};

impl Reverse<'_> {
    /// An operand's value, in terms of what the reverse can still read.
    pub(super) fn recalled(&mut self, value: &Expr) -> Expr {
        match value {
            Expr::Place(place) => {
                let resolved = self.graph.resolve(place);
                if self.readable(resolved.root) {
                    let alias = &self.graph[place.root];
                    let stands = self.visible.contains(&place.root) && !alias.shadowed;
                    if stands && !alias.mutable && place.kind(self.graph).is_scalar() {
                        // An element under the name that it still has.
                        return Expr::Place(place.clone());
                    }
                    Expr::Place(resolved)
                } else {
                    Expr::Place(Place::var(self.keep(place)))
                }
            }
            Expr::Code(code) => {
                if self.found_again(code) {
                    value.clone()
                } else {
                    Expr::Place(Place::var(self.keep_code(code)))
                }
            }
            Expr::Number(_) | Expr::Name(_) => value.clone(),
            Expr::Apply { op, args, span } => {
                let args = args.iter().map(|arg| self.recalled(arg)).collect();
                Expr::Apply { op: op.clone(), args, span: *span }
            }
        }
    }

    /// Whether inert code has the same value when the reverse runs.
    pub(super) fn found_again(&self, code: &Code) -> bool {
        code.reads.iter().all(|var| {
            let root = self.graph.resolve(&Place::var(*var)).root;
            self.readable(root) && self.readable(*var)
        })
    }

    /// Copies the place's value for the reverse, where it is used.
    fn keep(&mut self, place: &Place) -> VarId {
        if let Some(var) = self.keep_outside(place) {
            return var;
        }
        let key = (self.position, format!("{place:?}"));
        if let Some(var) = self.kept.get(&key) {
            return *var;
        }
        let kind = place.kind(self.graph);
        let base = match place.path.last() {
            Some(Step::Field(syn::Member::Named(name))) => name.to_string(),
            _ => self.name(place.root),
        };
        let var = self.graph.fresh(&format!("kept_{base}"), kind.peeled().clone(), Role::Kept);
        // What lies behind references is copied, not the references.
        let behind = (0..kind.references()).map(|_| Step::Deref);
        let value = Expr::Place(match kind.is_scalar() {
            true => place.clone(),
            false => place.clone().with(behind),
        });
        let value = if kind.is_scalar() && !kind.is_reference() {
            value
        } else if kind.is_scalar() {
            Expr::runtime("adjoint::number", vec![Expr::reference(value)])
        } else if matches!(kind.peeled(), Kind::Indexed(_, Container::Slice)) {
            Expr::runtime("owned", vec![Expr::reference(value)])
        } else {
            Expr::apply(Op::Clone, vec![value], Span::mixed_site())
        };
        self.insert(NodeOp::Let { var, value });
        self.kept.insert(key, var);
        var
    }

    /// Copies a number in front of the loops that do not change it.
    fn keep_outside(&mut self, place: &Place) -> Option<VarId> {
        let kind = place.kind(self.graph);
        if !self.graph.optimizations.outside {
            return None;
        }
        if !kind.is_scalar() || kind.is_reference() || self.graph[place.root].alias.is_some() {
            return None;
        }
        let value = match place.path.as_slice() {
            [] => Expr::Place(place.clone()),
            [Step::Index(index)] => {
                let base = Place::var(place.root);
                let elements = base.kind(self.graph);
                if !matches!(elements.peeled(), Kind::Indexed(..)) || index.is_range() {
                    return None;
                }
                // Where the loop runs not once, nothing says that there is such an element.
                let base = match elements.references() {
                    0 => Expr::reference(Expr::Place(base)),
                    _ => Expr::Place(base),
                };
                Expr::runtime("peek", vec![base, index.clone()])
            }
            _ => return None,
        };
        let mut indices = crate::graph::Vars::new();
        place.index_reads(&mut indices);
        let frame = self.loops.iter().position(|frame| {
            let (first, last) = frame.extent;
            let stays = |var: VarId| {
                self.analysis.declared(var).is_some_and(|at| at < first)
                    && !self.analysis.changes_within(var, first, last)
                    && !self.analysis.hidden(self.graph, var, first)
            };
            stays(place.root) && indices.iter().all(|var| stays(*var))
        })?;
        let first = self.loops[frame].extent.0;
        let key = (first, format!("outside {place:?}"));
        if let Some(var) = self.kept.get(&key) {
            return Some(*var);
        }
        let base = self.name(place.root);
        let var = self.graph.fresh(&format!("kept_{base}"), kind, Role::Kept);
        let mut node = Node::new(NodeOp::Let { var, value }, Span::mixed_site());
        node.position = first;
        self.loops[frame].before.push(node);
        self.kept.insert(key, var);
        Some(var)
    }

    fn keep_code(&mut self, code: &Code) -> VarId {
        let key = (self.position, code.tokens.to_string());
        if let Some(var) = self.kept.get(&key) {
            return *var;
        }
        let var = self.graph.fresh("kept", code.kind.peeled().clone(), Role::Kept);
        // What lies behind references is kept, not the references.
        let stars = vec![quote!(*); code.kind.references()];
        let tokens = &code.tokens;
        let behind = Code { tokens: quote!(#(#stars)* #tokens), ..code.clone() };
        let value = match code.kind.peeled() {
            _ if stars.is_empty() => Expr::Code(code.clone()),
            Kind::Scalar(_) | Kind::Discrete => Expr::Code(behind),
            Kind::Indexed(_, Container::Slice) => {
                Expr::runtime("owned", vec![Expr::reference(Expr::Code(behind))])
            }
            _ => Expr::apply(Op::Clone, vec![Expr::Code(behind)], Span::mixed_site()),
        };
        self.insert(NodeOp::Let { var, value });
        self.kept.insert(key, var);
        var
    }

    /// Puts a node into the forward part, before the one that is being reversed.
    pub(super) fn insert(&mut self, op: NodeOp) {
        let mut node = Node::new(op, Span::mixed_site());
        node.position = self.position;
        self.before.push(node);
    }

    /// Puts a node into the forward part, after the one that is being reversed.
    pub(super) fn insert_after(&mut self, op: NodeOp) {
        let mut node = Node::new(op, Span::mixed_site());
        node.position = self.position;
        self.after.push(node);
    }

    /// Notes for the reverse the shape of what is about to be overwritten: a zero of that shape.
    /// What was moved away by then is looked at before it was.
    pub(super) fn note_shape(&mut self, zero: VarId, place: &Place) {
        let op = NodeOp::Zero { var: zero, like: Expr::Place(place.clone()) };
        let root = self.graph.resolve(place).root;
        match self.analysis.moved_before(root, self.position) {
            Some(moved) => self.notes.push((moved, op)),
            None => self.insert(op),
        }
    }

    /// Whether what `root` holds here can still be read when the function ends.
    pub(super) fn readable(&self, root: VarId) -> bool {
        let var = &self.graph[root];
        // A name that is taken over later, by which time the value may have changed as well.
        let lost = var.shadowed && var.mutable;
        // A reference to something that has no name here: a pullback must not hold it.
        let held = var.active
            && var.kind.is_reference()
            && var.alias.is_none()
            && matches!(var.role, Role::User | Role::Temporary);
        !lost && !held && self.analysis.intact(root, self.position)
    }
}
