//! Statements: branches, and the choice among all.

use super::{Generator, Output};
use crate::random::program::{Node, Sort, Ty};

impl Generator {
    /// Some statements, one after the other.
    pub(super) fn statements(&mut self, count: usize) -> Vec<Node> {
        let mut statements = Vec::new();
        for _ in 0..count {
            if self.fuel == 0 {
                break;
            }
            self.fuel -= 1;
            statements.push(self.statement());
        }
        statements
    }

    fn statement(&mut self) -> Node {
        let nested = if self.depth > 4 { 0 } else { 1 };
        let choice = self.rng.weighted(&[
            (16, 0),
            (5, 1),
            (4, 2),
            (5, 3),
            (3, 4),
            (22, 5),
            (3, 6),
            (3, 7),
            (10 * nested, 8),
            (4 * nested, 9),
            (14 * nested, 10),
            (2 * nested, 11),
            (7 * nested, 12),
            (3, 13),
            (2, 14),
            (2, 15),
            (5, 16),
            (4, 17),
            (1, 18),
            (2, 19),
            (3, 20),
            (4, 21),
            (2, 22),
            (6, 23),
            (8, 24),
        ]);
        let node = match choice {
            1 => Some(self.let_array()),
            2 => self.let_vec(),
            3 => self.let_several(),
            4 => Some(self.let_discrete()),
            5 => self.assignment(),
            6 => self.whole_assignment(),
            7 => self.discrete_assignment(),
            8 => Some(self.branch()),
            9 => Some(self.matching()),
            10 => self.looping(),
            11 => {
                let block = self.block([]);
                Some(Node::statement("{~}", [block]))
            }
            12 => self.guarded_exit(),
            13 => self.let_borrow(),
            14 => Some(self.let_record()),
            15 => self.let_from_helper(),
            16 => self.let_chain(),
            17 => self.edit(),
            18 => self.let_moved(),
            19 => self.let_later(),
            20 => Some(self.let_option()),
            21 => self.with_option(),
            22 => self.let_success(),
            23 => self.natural(),
            24 => self.form(),
            _ => None,
        };
        node.unwrap_or_else(|| self.let_scalar())
    }

    // ---- branches

    fn branch(&mut self) -> Node {
        let condition = self.condition(2);
        match self.rng.below(4) {
            0 | 1 => {
                let then = self.block([]);
                Node::statement("if ~ {~}", [condition, then])
            }
            2 => {
                let (then, otherwise) = (self.block([]), self.block([]));
                Node::statement("if ~ {~} else {~}", [condition, then, otherwise])
            }
            _ => {
                let (then, second) = (self.block([]), self.condition(1));
                let (other, last) = (self.block([]), self.block([]));
                Node::statement(
                    "if ~ {~} else if ~ {~} else {~}",
                    [condition, then, second, other, last],
                )
            }
        }
    }

    fn matching(&mut self) -> Node {
        if self.rng.one_in(4) {
            let scrutinee = [self.condition(0), self.condition(0)];
            let blocks = [(); 3].map(|()| self.block([]));
            let template = "match (~, ~) { (true, false) => {~} (false, _) => {~} _ => {~} }";
            return Node::statement(template, scrutinee.into_iter().chain(blocks));
        }
        let scrutinee = self.any_int();
        let (first, second) = (self.block([]), self.block([]));
        let mut bound = self.variable(Ty::Int, false);
        bound.limit = usize::MAX;
        let name = bound.as_name();
        let guard = self.scoped([bound.clone()], |this| this.condition(1));
        let third = self.block([bound.clone()]);
        let last = self.block([]);
        let third = Node::new(Sort::Other, "{~}", [third]).binding([name]);
        let template =
            format!("match @ {{ 0 => {{~}} 1 | 2 => {{~}} {} if ~ => ~ _ => {{~}} }}", bound.name);
        Node::statement(&template, [scrutinee, first, second, guard, third, last])
    }

    /// What `return` returns.
    pub(super) fn output(&mut self, output: Output) -> Node {
        match output {
            Output::Float => self.result(),
            Output::Pair => {
                let parts = [self.result(), self.stored()];
                Node::new(Sort::Other, "(~, ~)", parts)
            }
            Output::Record => {
                let parts = [self.result(), self.stored()];
                Node::new(Sort::Other, "Point$S { p: ~, q: ~ }", parts)
            }
            Output::Array => {
                let parts = [self.stored(), self.result(), self.stored()];
                Node::new(Sort::Other, "[~, ~, ~]", parts)
            }
            Output::Option => {
                let (condition, value) = (self.condition(0), self.result());
                let (value, template) = (value, ["Some(~)", "if ~ { None } else { Some(~) }"]);
                if self.rng.one_in(3) {
                    return Node::new(Sort::Other, template[1], [condition, value]);
                }
                Node::new(Sort::Other, template[0], [value])
            }
            Output::Vec => {
                let reserved = self.scope.iter().find(|var| var.reserved).cloned();
                match reserved.filter(|_| self.rng.one_in(2)) {
                    Some(var) => Node::new(Sort::Other, &format!("{}.to_vec()", var.name), [])
                        .using([var.read()]),
                    None => {
                        let parts = [self.stored(), self.stored(), self.result()];
                        Node::new(Sort::Other, "vec![~, ~, ~]", parts)
                    }
                }
            }
        }
    }
}
