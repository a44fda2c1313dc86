//! Tuples, arrays and structs: each part gets its part of the adjoint.

use proc_macro2::Span;
use quote::quote;

use super::{active, Reverse};
use crate::graph::{is_variant, payload_of, Code, Expr, NodeOp, Op, Payload, Role, Step, VarId};
use crate::kind::Kind;

impl Reverse<'_> {
    pub(super) fn aggregate(&mut self, op: &Op, args: &[Expr], d: &Expr, span: Span) {
        let Some(whole) = d.place().cloned() else { return };
        let count = match op {
            Op::Struct { fields, .. } => fields.len(),
            _ => args.len(),
        };
        for (index, arg) in args.iter().enumerate().take(count) {
            if active(self.graph, arg) {
                let unnamed = syn::Member::Unnamed(index.into());
                let step = match op {
                    Op::Struct { fields, path, .. } if is_variant(path) => {
                        payload_of(path, fields[index].clone())
                    }
                    Op::Struct { fields, .. } => Step::Field(fields[index].clone()),
                    // By its spelling alone, `Circle(r)` may be a struct or a variant.
                    Op::TupleStruct(path) if !path.path.is_ident("Self") => {
                        payload_of(&path.path, unnamed)
                    }
                    Op::Array | Op::Vec => Step::Index(constant(index)),
                    _ => Step::Field(unnamed),
                };
                let part = Expr::Place(whole.clone().with([step]));
                self.share(arg, part, span);
            }
        }
        if let (Op::Struct { fields, rest: true, .. }, Some(rest)) = (op, args.last()) {
            if active(self.graph, rest) {
                // The fields that were given do not come from the rest.
                for field in fields {
                    let part = whole.clone().with([Step::Field(field.clone())]);
                    let var = self.graph.fresh("unused", Kind::Unknown, Role::Adjoint);
                    self.push(NodeOp::Take { var, place: part, old: None }, span);
                }
                self.share(rest, Expr::Place(whole), span);
            }
        }
    }

    /// Adds an adjoint to that of the operand.
    fn share(&mut self, operand: &Expr, d: Expr, span: Span) {
        if operand.peeled().kind(self.graph).is_scalar() {
            self.add(operand.peeled(), d, span);
        } else {
            let place = operand.place().map(|place| self.graph.resolve(place));
            self.with_slot(operand, span, |this, slot| {
                let function = place.map_or("accumulate", |place| this.share_rule(&place, &slot));
                this.rule(function, slot, vec![Expr::reference(d)], span);
            });
        }
    }

    /// The reverse of `Box::new(value)`.
    pub(super) fn boxed(&mut self, operand: &Expr, d: &Expr, span: Span) {
        let Some(whole) = d.place().cloned() else { return };
        self.share(operand, Expr::Place(whole.with([Step::Deref])), span);
    }

    /// The reverse of `value.unwrap()`.
    pub(super) fn unwrapped(&mut self, operand: &Expr, d: Expr, span: Span) {
        let Some(whole) = operand.place().cloned() else { return };
        let held = Expr::Place(whole.with([Step::Payload(Payload::Success)]));
        self.share(&held, d, span);
    }

    /// The reverse of `let pattern = value;`.
    pub(super) fn unbind(&mut self, parts: &[(VarId, Vec<Step>)], value: &Expr, span: Span) {
        for (var, path) in parts {
            if !self.graph[*var].active || self.graph[*var].alias.is_some() {
                continue;
            }
            let Some(d) = self.adjoint_of(*var) else { continue };
            let Some(place) = value.place() else { continue };
            let part = Expr::Place(place.clone().with(path.iter().cloned()));
            if self.graph[*var].kind.is_scalar() {
                self.add(&part, d, span);
            } else {
                self.with_slot(&part, span, |this, slot| {
                    this.rule("accumulate", slot, vec![Expr::reference(d)], span);
                });
            }
        }
    }
}

fn constant(index: usize) -> Expr {
    let literal = proc_macro2::Literal::usize_unsuffixed(index);
    Expr::Code(Code {
        tokens: quote!(#literal),
        reads: Vec::new(),
        kind: Kind::Discrete,
        repeatable: true,
    })
}
