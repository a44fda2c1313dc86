//! Integers and truth values: what steers the control flow.

use super::{Generator, Lock, Var};
use crate::random::program::{Node, Sort, Ty};

const CONTAINERS: &[Ty] = &[Ty::Array, Ty::Vec, Ty::Slice, Ty::SliceMut];

impl Generator {
    fn int_node(template: &str, children: impl IntoIterator<Item = Node>) -> Node {
        Node::new(Sort::Int, template, children)
    }

    /// A `usize` of moderate size.
    pub(super) fn any_int(&mut self) -> Node {
        match self.rng.weighted(&[(6, 0), (2, 1), (2, 2), (2, 3), (1, 4), (1, 5)]) {
            0 => match self.readable(&[Ty::Int]) {
                Some(var) => Self::int_node(&var.name, []).using([var.read()]),
                None => self.small_int(),
            },
            1 => match self.readable(CONTAINERS) {
                Some(var) => Self::int_node(&format!("{}.len()", var.name), []).using([var.read()]),
                None => self.small_int(),
            },
            2 => {
                let number = self.rng.between(1, 3);
                let inner = self.any_int();
                Self::int_node(&format!("@ + {number}"), [inner]).loose()
            }
            3 => self.small_int(),
            4 => {
                let value = self.purely(|this| this.float(1));
                let value = self.squashed(value);
                Self::int_node("($F::abs(~)$V * 4.0) as usize", [value]).loose()
            }
            _ => {
                let condition = self.condition(0);
                Self::int_node("usize::from(~)", [condition])
            }
        }
    }

    fn small_int(&mut self) -> Node {
        let number = self.rng.below(5);
        Self::int_node(&number.to_string(), [])
    }

    /// An integer below a limit.
    pub(super) fn int_below(&mut self, limit: usize) -> Node {
        match self.rng.below(5) {
            0 => {
                let number = self.rng.below(limit);
                Self::int_node(&number.to_string(), [])
            }
            1 | 2 => {
                let found = self.find(|var| var.ty == Ty::Int && var.limit <= limit);
                match found {
                    Some(var) => Self::int_node(&var.name, []).using([var.read()]),
                    None => self.reduced(limit),
                }
            }
            _ => self.reduced(limit),
        }
    }

    fn reduced(&mut self, limit: usize) -> Node {
        let inner = self.any_int();
        Self::int_node(&format!("@ % {limit}"), [inner]).loose()
    }

    /// A position in something with elements.
    pub(super) fn index(&mut self, of: &Var) -> Node {
        let measured = self.scope.iter().any(|var| var.id == of.id && var.lock < Lock::Exclusive);
        let exact = self.find(|var| var.index_of == Some(of.id));
        if let Some(var) = exact.filter(|_| !self.rng.one_in(4)) {
            if measured && self.rng.one_in(4) {
                return Self::int_node(&format!("{}.len() - 1 - {}", of.name, var.name), [])
                    .using([of.read(), var.read()]);
            }
            return Self::int_node(&var.name, []).using([var.read()]);
        }
        let name = &of.name;
        match self.rng.below(6) {
            0 if measured && of.ty != Ty::Array => {
                let number = self.rng.below(of.limit);
                Self::int_node(&format!("{name}.len() - {}", number + 1), []).using([of.read()])
            }
            1 if measured && of.ty != Ty::Array => {
                let inner = self.any_int();
                Self::int_node(&format!("@ % {name}.len()"), [inner]).using([of.read()])
            }
            _ => self.int_below(of.limit),
        }
    }

    pub(super) fn condition(&mut self, depth: usize) -> Node {
        self.purely(|this| this.any_condition(depth))
    }

    fn any_condition(&mut self, depth: usize) -> Node {
        let bool_node =
            |template: &str, children: Vec<Node>| Node::new(Sort::Bool, template, children).loose();
        match self.rng.weighted(&[(7, 0), (3, 1), (2, 2), (2, 3), (1, 4), (1, 5), (1, 6)]) {
            1 => {
                let operator = *self.rng.pick(&["==", "<", ">=", "!="]);
                let (left, number) = (self.any_int(), self.rng.below(4));
                bool_node(&format!("@ {operator} {number}"), vec![left])
            }
            2 => {
                let (remainder, inner) = (self.rng.below(2), self.any_int());
                bool_node(&format!("@ % 2 == {remainder}"), vec![inner])
            }
            3 if depth > 0 => {
                let operator = *self.rng.pick(&["&&", "||"]);
                let (left, right) = (self.condition(depth - 1), self.condition(depth - 1));
                bool_node(&format!("@ {operator} @"), vec![left, right])
            }
            4 if depth > 0 => {
                let inner = self.condition(depth - 1);
                bool_node("!@", vec![inner])
            }
            5 => match self.readable(&[Ty::Bool]) {
                Some(var) => Node::new(Sort::Bool, &var.name, []).using([var.read()]),
                None => self.comparison(),
            },
            6 => {
                let inner = self.float(1);
                let method = *self.rng.pick(&["sin", "cos", "tanh"]);
                let inner = self.method(method, inner, vec![]);
                bool_node("@ > $[0.317$]", vec![inner])
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Node {
        let operator = *self.rng.pick(&["<", ">", "<=", ">="]);
        let left = self.float(1);
        let right = if self.rng.one_in(2) { self.literal() } else { self.float(1) };
        Node::new(Sort::Bool, &format!("@ {operator} @"), [left, right]).loose()
    }
}
