//! Assignments.

use super::{BOUND, Generator, Lock};
use crate::random::program::{Node, Sort, Ty};

/// What can be assigned to as a scalar, or holds such a thing.
const PLACES: &[Ty] = &[
    Ty::Float,
    Ty::Float,
    Ty::RefMut,
    Ty::Array,
    Ty::Vec,
    Ty::SliceMut,
    Ty::Pair,
    Ty::Record,
    Ty::Grid,
];

impl Generator {
    /// A scalar place.
    fn place(&mut self) -> Option<Node> {
        let var = self.writable(PLACES)?;
        let name = &var.name;
        let node = match var.ty {
            Ty::Float => Node::new(Sort::Other, name, []),
            Ty::RefMut => Node::new(Sort::Other, &format!("*{name}"), []),
            Ty::Pair => {
                let field = self.rng.below(2);
                Node::new(Sort::Other, &format!("{name}.{field}"), [])
            }
            Ty::Record => {
                let field = *self.rng.pick(&["p", "q"]);
                Node::new(Sort::Other, &format!("{name}.{field}"), [])
            }
            Ty::Grid => {
                self.lock(&var, Lock::Exclusive);
                let (i, j) = (self.int_below(2), self.int_below(2));
                self.lock(&var, Lock::Free);
                Node::new(Sort::Other, &format!("{name}[~][~]"), [i, j])
            }
            _ => {
                // A `Vec` is borrowed already where its index is computed.
                self.lock(&var, Lock::Exclusive);
                let index = self.index(&var);
                self.lock(&var, Lock::Free);
                Node::new(Sort::Other, &format!("{name}[~]"), [index])
            }
        };
        Some(node.using([var.as_name()]))
    }

    /// A value to be stored: hardly ever large, and never in a loop.
    pub(super) fn stored(&mut self) -> Node {
        let depth = self.rng.between(1, 3);
        let value = self.float(depth);
        if value.bound > BOUND || self.in_loop() { self.squashed(value) } else { value }
    }

    pub(super) fn assignment(&mut self) -> Option<Node> {
        let place = self.place()?;
        let value = self.stored();
        let node = match self.rng.weighted(&[(6, 0), (5, 1), (2, 2), (3, 3), (1, 4), (1, 5)]) {
            0 => Node::statement("~ = ~;", [place, value]),
            1 => Node::statement("~ += ~;", [place, value]),
            2 => Node::statement("~ -= ~;", [place, value]),
            3 => {
                let factor = self.squashed(value);
                Node::statement("~ *= ~;", [place, factor])
            }
            4 => Node::statement("~ /= $[2.13$] + @;", {
                let wave = self.method("sin", value, vec![]);
                [place, wave]
            }),
            _ => {
                let number = self.literal();
                Node::statement("~ %= ~;", [place, number])
            }
        };
        Some(node)
    }

    /// Everything at once, or an exchange.
    pub(super) fn whole_assignment(&mut self) -> Option<Node> {
        match self.rng.below(5) {
            0 => {
                let (left, right) = (self.writable(&[Ty::Float])?, self.writable(&[Ty::Float])?);
                if left.id == right.id {
                    return None;
                }
                let (a, b) = (&left.name, &right.name);
                let text = format!("({a}, {b}) = ({b}, {a});");
                Some(Node::statement(&text, []).using([left.as_name(), right.as_name()]))
            }
            1 => {
                let (left, right) = (self.writable(&[Ty::Float])?, self.writable(&[Ty::Float])?);
                if left.id == right.id {
                    return None;
                }
                let text = format!("({}, {}) = (~, ~);", left.name, right.name);
                let values = [self.stored(), self.stored()];
                Some(Node::statement(&text, values).using([left.as_name(), right.as_name()]))
            }
            2 => {
                let var = self.writable(&[Ty::Array])?;
                let value = self.array();
                Some(Node::statement(&format!("{} = ~;", var.name), [value]).using([var.as_name()]))
            }
            3 => {
                let var = self.writable(&[Ty::Pair])?;
                let value = self.pair();
                Some(Node::statement(&format!("{} = ~;", var.name), [value]).using([var.as_name()]))
            }
            _ => {
                let var = self.writable(&[Ty::Vec]).filter(|var| !var.pinned)?;
                let number = var.limit;
                let value = self.stored();
                let text = format!("{} = vec![~; {number}];", var.name);
                Some(Node::statement(&text, [value]).using([var.as_name()]))
            }
        }
    }

    /// An assignment to an integer or a truth value.
    pub(super) fn discrete_assignment(&mut self) -> Option<Node> {
        let var =
            self.find(|var| matches!(var.ty, Ty::Int | Ty::Bool) && var.mutable && !var.reserved)?;
        if var.lock != Lock::Free {
            return None;
        }
        let name = &var.name;
        let node = if var.ty == Ty::Bool {
            let condition = self.condition(1);
            Node::statement(&format!("{name} = ~;"), [condition])
        } else if var.limit == usize::MAX && self.rng.one_in(2) {
            Node::statement(&format!("{name} += 1;"), [])
        } else {
            let value = self.int_below(var.limit.min(5));
            Node::statement(&format!("{name} = ~;"), [value])
        };
        Some(node.using([var.as_name()]))
    }
}
