//! Edits of collections: the tangent is edited in the same way.

use proc_macro2::Span;

use super::{active, Tangents};
use crate::graph::{Expr, NodeOp, Op, Role};
use crate::rules::{Forward, Part, Undo};

impl Tangents<'_> {
    pub(super) fn edit(&mut self, node: NodeOp, span: Span) {
        let NodeOp::Edit { edit, place, operands, result, note } = node else {
            unreachable!("an edit")
        };
        let Some(target) = self.tangent_place(&place) else {
            self.keep(NodeOp::Edit { edit, place, operands, result, note }, span);
            return;
        };
        let mut given = Vec::new();
        let mut tangents = Vec::new();
        for (part, mut operand) in edit.operands.iter().zip(operands) {
            tangents.push(match part {
                Part::Index | Part::Range | Part::Function => operand.clone(),
                Part::Value => {
                    let tangent = self.shared(&mut operand, span);
                    self.beside(tangent, span)
                }
                Part::Moved => {
                    let tangent = self.shared(&mut operand, span);
                    self.beside(tangent, span)
                }
                Part::Slice | Part::Exclusive => {
                    let own = operand.place().and_then(|place| self.tangent_place(place));
                    let tangent = match own {
                        Some(own) if active(self.graph, &operand) => Expr::Place(own),
                        _ => {
                            let like = operand.peeled().clone();
                            let zero = Expr::runtime("zero_like", vec![Expr::reference(like)]);
                            let zero = self.beside(zero, span);
                            if let Expr::Place(place) = &zero {
                                self.graph[place.root].mutable = true;
                            }
                            zero
                        }
                    };
                    let op = match part {
                        Part::Exclusive => Op::ReferenceMut,
                        _ => Op::Reference,
                    };
                    Expr::apply(op, vec![tangent], span)
                }
            });
            given.push(operand);
        }
        // The original comes first: what it panics about is its own.
        self.keep(NodeOp::Edit { edit, place, operands: given, result, note }, span);
        if matches!(edit.forward, Forward::Runtime(_)) {
            let note = note.expect("what the runtime does is noted");
            let rule = match edit.reverse {
                Undo::Restore("unretain") => "tangent::retain",
                _ => "tangent::rearrange",
            };
            self.rule(rule, &target, vec![Expr::reference(Expr::var(note))], span);
            return;
        }
        let own = result.filter(|result| self.graph[*result].active).map(|result| {
            let own = self.fresh(result);
            self.tangents.insert(result, own);
            own
        });
        let edit =
            NodeOp::Edit { edit, place: target, operands: tangents, result: own, note: None };
        self.push(edit, span);
    }

    /// A tangent under a name, so that it is computed here.
    pub(super) fn beside(&mut self, tangent: Expr, span: Span) -> Expr {
        if matches!(tangent, Expr::Number(_)) {
            return tangent;
        }
        let kind = tangent.kind(self.graph);
        let var = self.graph.fresh("t", kind, Role::Adjoint);
        self.push(NodeOp::Let { var, value: tangent }, span);
        Expr::var(var)
    }
}
