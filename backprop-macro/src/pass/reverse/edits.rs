//! Edits of collections: the adjoint of an edit is an edit of the adjoint.

use proc_macro2::Span;

use super::{active, Reverse};
use crate::graph::{Expr, NodeOp, Op, Place, Role, Step};
use crate::kind::Kind;
use crate::rules::{self, Edit, Part, Undo};

impl Reverse<'_> {
    /// The reverse of a [`NodeOp::Edit`].
    pub(super) fn edit(&mut self, node: &NodeOp, span: Span) {
        let NodeOp::Edit { edit, place, operands, result, note } = node else {
            unreachable!("an edit")
        };
        let edit: &'static Edit = edit;
        let resolved = self.graph.resolve(place);
        if !self.graph[resolved.root].active {
            return;
        }
        let target = self.adjoint_place(&resolved).expect("an active variable has an adjoint");
        let parts = || edit.operands.iter().zip(operands);
        // Where there is a range, the note is about the range; else about the index.
        let of_note = match edit.operands.contains(&Part::Range) {
            true => Part::Range,
            false => Part::Index,
        };
        let indices: Vec<Expr> = parts()
            .filter(|(part, _)| {
                **part == Part::Index && (edit.note.is_none() || of_note == Part::Range)
            })
            .map(|(_, operand)| self.recalled(operand))
            .collect();
        let mut notes: Vec<Expr> = note.iter().map(|note| Expr::var(*note)).collect();
        if let Some(function) = edit.note {
            let before: Vec<Expr> = std::iter::once(Expr::reference(Expr::Place(place.clone())))
                .chain(
                    parts()
                        .filter(|(part, _)| **part == of_note)
                        .map(|(_, operand)| operand.clone()),
                )
                .collect();
            let kind = if function == "edit::count" { Kind::Discrete } else { Kind::Unknown };
            let var = self.graph.fresh("note", kind, Role::Kept);
            self.insert(NodeOp::Let { var, value: Expr::runtime(function, before) });
            notes.push(Expr::var(var));
        }
        let other = parts()
            .find(|(part, _)| {
                matches!(part, Part::Value | Part::Slice | Part::Moved | Part::Exclusive)
            })
            .map(|(_, operand)| operand);
        self.settle(target.root);
        match edit.reverse {
            Undo::Same => self.push_edit(edit, target, indices, span),
            Undo::Method(name) => {
                let edit = rules::edit(name, indices.len()).expect("a row of the table");
                self.push_edit(edit, target, indices, span);
            }
            Undo::Value(function) => {
                let value = other.expect("an element that is put in");
                let kind = value.kind(self.graph).adjoint();
                let var = self.graph.fresh("d_element", kind, Role::Adjoint);
                // Its parts may be taken in turn.
                self.graph[var].mutable = false;
                let op = match self.pushes.get(&self.position) {
                    Some(index) => {
                        let element = target.with([Step::Index(index.clone())]);
                        NodeOp::Let { var, value: Expr::Place(element) }
                    }
                    None => NodeOp::Unedit { function, var, place: target, operands: indices },
                };
                self.push(op, span);
                self.distribute(value, Expr::var(var), span);
            }
            Undo::Result(function) => {
                let d = result.and_then(|result| self.adjoint_of(result));
                let d = d.unwrap_or(Expr::Number(0.0));
                let operands = indices.into_iter().chain(notes).chain([d]).collect();
                self.push(NodeOp::Rule { function, slot: target, operands, map: None }, span);
            }
            Undo::Restore(function) => {
                let operands = indices.into_iter().chain(notes).collect();
                self.push(NodeOp::Rule { function, slot: target, operands, map: None }, span);
            }
            Undo::Slot(function, without) | Undo::Both(function, without) => {
                let other = other.expect("the other operand");
                if matches!(edit.reverse, Undo::Slot(..)) && self.lies_within(other, &target) {
                    // Parts of one variable cannot be lent at the same time.
                    self.copied_within(function, other, target, notes, span);
                } else if active(self.graph, other) {
                    let d = Expr::apply(Op::ReferenceMut, vec![Expr::Place(target)], span);
                    let operands = std::iter::once(d).chain(notes).collect();
                    self.with_slot(other, span, |this, slot| {
                        this.rule(function, slot, operands, span);
                    });
                } else {
                    self.push(
                        NodeOp::Rule {
                            function: without,
                            slot: target,
                            operands: notes,
                            map: None,
                        },
                        span,
                    );
                }
            }
        }
    }

    /// Whether an operand's adjoint is a part of the same variable as a place.
    fn lies_within(&self, operand: &Expr, target: &Place) -> bool {
        let place = operand.place().map(|place| self.graph.resolve(place));
        let adjoint = place.and_then(|place| self.adjoint_place(&place));
        adjoint.is_some_and(|adjoint| adjoint.root == target.root)
    }

    /// Adds to an operand's adjoint by way of a variable.
    fn copied_within(
        &mut self,
        function: &'static str,
        other: &Expr,
        target: Place,
        notes: Vec<Expr>,
        span: Span,
    ) {
        let place = self.graph.resolve(other.place().expect("an active operand is a place"));
        let slot = self.adjoint_place(&place).expect("an active variable has an adjoint");
        let local = self.graph.fresh("d_part", Kind::Unknown, Role::Adjoint);
        self.graph[local].mutable = true;
        self.settle(target.root);
        self.push(NodeOp::Zero { var: local, like: Expr::Place(slot.clone()) }, span);
        let d = Expr::apply(Op::ReferenceMut, vec![Expr::Place(target)], span);
        let operands = std::iter::once(d).chain(notes).collect();
        self.rule(function, Place::var(local), operands, span);
        self.rule("accumulate", slot, vec![Expr::reference(Expr::var(local))], span);
    }

    fn push_edit(&mut self, edit: &'static Edit, place: Place, operands: Vec<Expr>, span: Span) {
        self.push(NodeOp::Edit { edit, place, operands, result: None, note: None }, span);
    }
}
