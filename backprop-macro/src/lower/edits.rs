//! Methods of collections that move elements.

use proc_macro2::Span;
use syn::Expr as Syntax;

use super::names::Table;
use super::{stmt::is_place, Lowering};
use crate::graph::{Expr, NodeOp, Op, Place, Role};
use crate::kind::{Container, Kind};
use crate::rules::{self, Edit, Forward, Outcome, Part};
use crate::source::unwrapped;

impl<'a> Lowering<'a> {
    /// The value of a method that moves elements of a collection; `None` if it is another one.
    pub(super) fn edit(&mut self, e: &'a syn::ExprMethodCall) -> Option<Expr> {
        let span = e.method.span();
        let name = e.method.to_string();
        // `v.drain(range).collect()`
        if let ("collect", Syntax::MethodCall(drain)) = (name.as_str(), unwrapped(&e.receiver)) {
            if drain.method == "drain" && drain.args.len() == 1 && is_place(&drain.receiver) {
                let edit = rules::edit("drained", 1).expect("a row of the table");
                return self.edited(edit, e, &drain.receiver, drain.args.iter().collect(), span);
            }
        }
        let mut arguments: Vec<&'a Syntax> = e.args.iter().collect();
        let mut edit = rules::edit(&name, arguments.len())?;
        if edit.method == "extend" {
            if let Some(source) = cloned_place(arguments[0]) {
                edit = rules::edit("extend_cloned", 1).expect("a row of the table");
                arguments = vec![source];
            } else if !is_place(arguments[0]) {
                return None;
            }
        }
        // A type of the user's own has methods of its own.
        let own = matches!(self.kind_by_sight(&e.receiver).peeled(), Kind::Record(_) | Kind::Map);
        (is_place(&e.receiver) && !own).then_some(())?;
        self.edited(edit, e, &e.receiver, arguments, span)
    }

    fn edited(
        &mut self,
        edit: &'static Edit,
        e: &'a syn::ExprMethodCall,
        receiver: &'a Syntax,
        arguments: Vec<&'a Syntax>,
        span: Span,
    ) -> Option<Expr> {
        let fits = edit.operands.iter().zip(&arguments).all(|(part, argument)| {
            let argument = unwrapped(argument);
            match part {
                Part::Index => !matches!(argument, Syntax::Reference(_) | Syntax::Closure(_)),
                Part::Range => matches!(argument, Syntax::Range(_)),
                Part::Exclusive => matches!(argument, Syntax::Reference(_) | Syntax::Path(_)),
                Part::Function => match argument {
                    Syntax::Closure(_) => self.effects_of(argument).writes.is_empty(),
                    argument => matches!(argument, Syntax::Path(_)),
                },
                Part::Value | Part::Slice | Part::Moved => true,
            }
        });
        if !fits {
            return None;
        }
        let mut operands = Vec::new();
        for (part, argument) in edit.operands.iter().zip(&arguments) {
            operands.push(match part {
                Part::Value => self.operand(argument),
                Part::Index => Expr::Code(self.fixed(argument)),
                Part::Range => self.index(unwrapped(argument)),
                Part::Moved => Expr::Place(self.place(argument)),
                Part::Function => self.code_of(argument),
                Part::Slice if edit.forward == Forward::Cloned => {
                    let place = self.place(argument);
                    Expr::apply(Op::Reference, vec![Expr::Place(place)], span)
                }
                Part::Slice => self.operand(argument),
                Part::Exclusive => {
                    let place = match unwrapped(argument) {
                        Syntax::Reference(reference) => self.place(&reference.expr),
                        argument => self.place(argument),
                    };
                    if !self.known_target(&place, span) {
                        return Some(super::unit());
                    }
                    match unwrapped(argument) {
                        Syntax::Reference(_) => {
                            Expr::apply(Op::ReferenceMut, vec![Expr::Place(place)], span)
                        }
                        _ => Expr::Place(place),
                    }
                }
            });
        }
        let place = self.place(receiver);
        if !self.known_target(&place, span) {
            return Some(super::unit());
        }
        if operands.iter().any(|operand| self.holds_exclusive(operand))
            && matches!(
                edit.method,
                "push" | "push_back" | "push_front" | "insert" | "resize" | "fill"
            )
        {
            let name = crate::names::spelled(&self.graph[place.root].ident);
            self.errors.push(crate::diagnostics::moving_reference(span, &name));
            return Some(super::unit());
        }
        if changes_slice(edit.method) {
            self.check_method(e, &Expr::Place(place.clone()), Table::Changing);
        }
        // A user's own `swap` or `fill` may do something else.
        self.check_sequence(&place, span);
        if matches!(edit.method, "push" | "insert") {
            self.learn_element(&place, operands.last());
        }
        let whole = place.kind(self.graph).peeled().clone();
        let kind = match edit.result {
            Outcome::Nothing => None,
            Outcome::Element => Some(whole.element()),
            Outcome::Optional => Some(Kind::Unknown),
            Outcome::Elements => Some(match whole {
                Kind::Indexed(element, _) => Kind::Indexed(element, Container::Vec),
                _ => Kind::Unknown,
            }),
            Outcome::Part => Some(whole),
        };
        let active = self.graph[self.graph.resolve(&place).root].active;
        let result = kind.map(|kind| {
            let var = self.graph.fresh("t", kind, Role::Temporary);
            self.graph[var].active = active;
            var
        });
        let note = matches!(edit.forward, Forward::Runtime(_))
            .then(|| self.graph.fresh("note", Kind::Unknown, Role::Temporary));
        self.emit(NodeOp::Edit { edit, place, operands, result, note }, span);
        Some(result.map_or_else(super::unit, Expr::var))
    }

    /// What is put in tells what a collection holds: `let mut v = Vec::new(); v.push(x);`
    fn learn_element(&mut self, place: &Place, value: Option<&Expr>) {
        let Some(kind) = value.map(|value| value.kind(self.graph)) else { return };
        let vague = match &self.graph[place.root].kind {
            Kind::Unknown => true,
            Kind::Indexed(element, Container::Vec) => **element == Kind::Unknown,
            _ => false,
        };
        if place.is_whole() && vague && kind.is_scalar() {
            let element = Box::new(kind.peeled().clone());
            self.graph[place.root].kind = Kind::Indexed(element, Container::Vec);
        }
    }
}

/// Whether a method is one of slices: on a `Vec` or an array, a trait's may come first.
fn changes_slice(method: &str) -> bool {
    matches!(
        method,
        "swap"
            | "reverse"
            | "fill"
            | "rotate_left"
            | "rotate_right"
            | "copy_from_slice"
            | "clone_from_slice"
            | "copy_within"
            | "swap_with_slice"
    ) || method.starts_with("sort")
}

/// The place whose elements are cloned: `&w`, `w.iter().cloned()`.
fn cloned_place(expr: &Syntax) -> Option<&Syntax> {
    match unwrapped(expr) {
        Syntax::Reference(e) if e.mutability.is_none() && is_place(&e.expr) => Some(&e.expr),
        Syntax::MethodCall(e) => match e.method.to_string().as_str() {
            "copied" | "cloned" => match unwrapped(&e.receiver) {
                Syntax::MethodCall(inner) if inner.method == "iter" => {
                    is_place(&inner.receiver).then_some(&*inner.receiver)
                }
                _ => None,
            },
            "iter" if is_place(&e.receiver) => Some(&e.receiver),
            _ => None,
        },
        _ => None,
    }
}
