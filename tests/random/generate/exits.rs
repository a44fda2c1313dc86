//! `break`, `continue` and `return`.

use super::{Generator, Output};
use crate::random::program::{Name, Node, Piece, Sort, Ty};

impl Generator {
    /// A statement that leaves a loop or the function, if there is something to leave.
    pub(super) fn exit(&mut self) -> Option<Node> {
        let unlabelled = |name: &str| Name::new(name, Ty::Label, false);
        let returns = match self.returns {
            // From deep inside, the language returns numbers only.
            Some(Output::Float) => true,
            Some(_) => self.loops.is_empty() && self.depth <= 2,
            None => false,
        };
        if returns && (self.loops.is_empty() || self.rng.one_in(4)) {
            let output = self.returns.expect("there is something to return");
            let value = self.output(output);
            return Some(Node::statement("return ~;", [value]));
        }
        let innermost = self.loops.last()?.clone();
        let labelled: Vec<_> = self.loops.iter().filter(|l| l.label.is_some()).cloned().collect();
        let target = if !labelled.is_empty() && self.rng.one_in(2) {
            self.rng.pick(&labelled).clone()
        } else {
            innermost
        };
        let keyword = if target.continues && self.rng.one_in(2) { "continue" } else { "break" };
        let by_label = target.label.filter(|_| self.rng.one_in(2) || !labelled.is_empty());
        Some(match by_label {
            Some(label) => {
                Node::statement(&format!("{keyword} {label};"), []).using([unlabelled(&label)])
            }
            None => Node::statement(&format!("{keyword};"), []).using([unlabelled("loop")]),
        })
    }

    /// An exit under a condition, in one of the places where it is allowed.
    pub(super) fn guarded_exit(&mut self) -> Option<Node> {
        if self.loops.is_empty() && (self.returns.is_none() || !self.rng.one_in(3)) {
            return None;
        }
        match self.rng.below(10) {
            0..4 => {
                let condition = self.condition(1);
                let leaving = self.leaving_block()?;
                Some(Node::statement("if ~ {~}", [condition, leaving]))
            }
            4 => {
                let condition = self.condition(1);
                let (leaving, staying) = (self.leaving_block()?, self.block([]));
                let parts =
                    if self.rng.one_in(2) { [leaving, staying] } else { [staying, leaving] };
                Some(Node::statement("if ~ {~} else {~}", [condition].into_iter().chain(parts)))
            }
            5 => {
                let scrutinee = self.int_below(4);
                let (first, leaving) = (self.block([]), self.leaving_block()?);
                let last = self.block([]);
                let template = "match ~ { 0 => {~} 1 => {~} _ => {~} }";
                Some(Node::statement(template, [scrutinee, first, leaving, last]))
            }
            6 => {
                let condition = self.condition(1);
                let (leaving, staying) = (self.leaving_block()?, self.value_block(2));
                let typed = staying.typed;
                let parts =
                    if self.rng.one_in(2) { [leaving, staying] } else { [staying, leaving] };
                let template = "if ~ {~} else {~}";
                let parts = [condition].into_iter().chain(parts);
                Some(self.let_branches(template, parts, typed))
            }
            7 => {
                let scrutinee = self.int_below(4);
                let (first, exit, last) = (self.block([]), self.exit()?, self.block([]));
                let template = "match ~ { 0 => {~} 1 => ~, _ => {~} }";
                Some(Node::statement(template, [scrutinee, first, exit.bare(), last]))
            }
            8 => {
                let scrutinee = self.int_below(4);
                let (value, exit) = (self.float(2), self.exit()?);
                let typed = value.typed;
                let template = "match ~ { 0 | 2 => ~, _ => ~ }";
                Some(self.let_branches(template, [scrutinee, value, exit.bare()], typed))
            }
            _ => {
                let scrutinee = self.int_below(4);
                let (value, leaving) = (self.value_block(2), self.leaving_block()?);
                let typed = value.typed;
                let template = "match ~ { 0 | 2 => {~} _ => {~} }";
                Some(self.let_branches(template, [scrutinee, value, leaving], typed))
            }
        }
    }

    /// `let a = if … { …; return …; } else { … };`
    fn let_branches(
        &mut self,
        template: &str,
        parts: impl IntoIterator<Item = Node>,
        typed: bool,
    ) -> Node {
        let mut var = self.variable(Ty::Float, false);
        var.typed = typed;
        var.bound = 10.0;
        let text = format!("let {} = {template};", var.name);
        let node = Node::statement(&text, parts).declaring([var.as_name()]);
        self.declare(var);
        node
    }

    /// A block that ends with an exit.
    pub(super) fn leaving_block(&mut self) -> Option<Node> {
        self.scoped([], |this| {
            let count = this.rng.weighted(&[(3, 0), (2, 1), (1, 2)]);
            let mut statements = this.statements(count);
            statements.push(this.exit()?);
            Some(Node::block(statements, None))
        })
    }
}

impl Node {
    /// An exit as an expression: without the semicolon.
    fn bare(mut self) -> Node {
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            *text = text.trim_end_matches(';').into();
        }
        Node { sort: Sort::Other, ..self }
    }
}
