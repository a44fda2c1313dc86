//! `Option`s, an enum, and values of loops and blocks.

use super::{BOUND, Generator, Output, Var};
use crate::random::program::{Name, Node, Sort, Ty};

impl Generator {
    fn held(&mut self) -> Var {
        let mut var = self.variable(Ty::Float, false);
        var.bound = BOUND;
        // `Some(0.5).map(|x| x.sin())` does not show which number it is.
        var.typed = false;
        var
    }

    /// A block with a value, in which a pattern has bound names.
    fn arm(&mut self, vars: Vec<Var>, depth: usize) -> Node {
        let names: Vec<Name> = vars.iter().map(Var::as_name).collect();
        let loops = std::mem::take(&mut self.loops);
        let returns = self.returns.take();
        let value = self.scoped(vars, |this| this.float(depth));
        self.loops = loops;
        self.returns = returns;
        let value = if value.bound > BOUND { self.squashed(value) } else { value };
        let bound = value.bound;
        let block = Node::block(vec![], Some(value));
        Node::new(Sort::Other, "{~}", [block]).binding(names).bounded(bound)
    }

    /// A closure of one number.
    fn closure(&mut self, depth: usize) -> (String, Node) {
        let var = self.held();
        let name = var.name.to_string();
        let body = self.purely(|this| this.arm(vec![var], depth));
        (name, body)
    }

    /// An `Option` of a number.
    pub(super) fn option(&mut self, depth: usize) -> Node {
        let depth = depth.saturating_sub(1);
        let other = |template: &str, parts: Vec<Node>| Node::new(Sort::Other, template, parts);
        match self.rng.weighted(&[(4, 0), (6, 1), (3, 2), (2, 3), (1, 4), (1, 5), (1, 6)]) {
            0 => match self.readable(&[Ty::Option]) {
                Some(var) => other(&var.name, vec![]).using([var.read()]),
                None => self.option(depth),
            },
            1 => {
                let (condition, value) = (self.condition(0), self.stored());
                other("if ~ { Some(~) } else { None }", vec![condition, value]).loose()
            }
            2 => {
                let inner = self.option(depth);
                let (name, body) = self.closure(1);
                other(&format!("@.map(|{name}| ~)"), vec![inner, body])
            }
            3 if depth > 0 => {
                let inner = self.option(depth);
                let var = self.held();
                let name = var.as_name();
                let (second, value) = self
                    .purely(|this| this.scoped([var], |this| (this.option(depth), this.stored())));
                let value = Node::new(Sort::Other, "@.map(|_| ~)", [second, value]);
                let value = value.binding([name.clone()]);
                other(&format!("@.and_then(|{}| ~)", name.name), vec![inner, value])
            }
            4 => {
                let (first, second) = (self.option(depth), self.option(depth));
                other("@.or(~)", vec![first, second])
            }
            5 => {
                let inner = self.option(depth);
                let number = self.rng.number();
                other(&format!("@.filter(|c| *c > $[{number:?}$])"), vec![inner])
            }
            _ => {
                let value = self.stored();
                other("Some(~)", vec![value])
            }
        }
    }

    /// A number taken out of an `Option` or an enum, or the value of a loop.
    pub(super) fn sum(&mut self, depth: usize) -> Node {
        let depth = depth.saturating_sub(1).min(1);
        let node = match self.rng.below(9) {
            0 => {
                let (option, other) = (self.option(2), self.stored());
                Node::float("@.unwrap_or(~)", [option, other])
            }
            1 => {
                let (option, other) = (self.option(2), self.stored());
                let (name, body) = self.closure(depth);
                Node::float(&format!("@.map_or(~, |{name}| ~)"), [option, other, body])
            }
            2 => {
                let option = self.option(2);
                let var = self.held();
                let name = var.name.clone();
                let (some, none) = (self.arm(vec![var], depth), self.arm(vec![], depth));
                let template = format!("match ~ {{ Some({name}) => ~ None => ~ }}");
                Node::float(&template, [option, some, none]).loose()
            }
            3 => {
                let (option, condition) = (self.option(2), self.condition(0));
                let var = self.held();
                let name = var.name.clone();
                let (some, none) = (self.arm(vec![var], depth), self.arm(vec![], depth));
                let (template, parts) = if self.rng.one_in(2) {
                    ("if let Some(%) = ~ ~ else ~", vec![option, some, none])
                } else {
                    ("if @ && let Some(%) = ~ ~ else ~", vec![condition, option, some, none])
                };
                Node::float(&template.replace('%', &name), parts).loose()
            }
            4 => {
                let condition = self.condition(0);
                let (first, second) = (self.stored(), self.stored());
                Node::float("loop { if ~ { break @; } break @; }", [condition, first, second])
                    .loose()
            }
            5 => {
                let condition = self.condition(0);
                let (first, second) = (self.stored(), self.stored());
                self.fresh += 1;
                let label = format!("'block{}", self.fresh);
                let template = format!("{label}: {{ if ~ {{ break {label} @; }} ~ }}");
                Node::float(&template, [condition, first, second]).loose()
            }
            6 => {
                let value = self.stored();
                Node::float("*Box::new(~)", [value]).loose()
            }
            7 => {
                let (left, right) = (self.option(1), self.option(1));
                let [a, b] = self.variables([(Ty::Float, false), (Ty::Float, false)]);
                let (p, q) = (a.name.clone(), b.name.clone());
                let both = self.arm(vec![a.clone(), b], depth);
                let (one, none) = (self.arm(vec![a], depth), self.arm(vec![], depth));
                let template = format!(
                    "match (~, ~) {{ (Some({p}), Some({q})) => ~ \
                     (Some({p}), None) | (None, Some({p})) => ~ _ => ~ }}"
                );
                Node::float(&template, [left, right, both, one, none]).loose()
            }
            _ => self.of_enum(depth),
        };
        node.bounded(BOUND).typed(false)
    }

    /// A value of the enum `Choice`, built and matched.
    fn of_enum(&mut self, depth: usize) -> Node {
        let (first, second) = (self.condition(0), self.condition(0));
        let parts = [(); 5].map(|()| self.stored());
        let [a, b] = self.variables([(Ty::Float, false), (Ty::Float, false)]);
        let (p, q) = (a.name.clone(), b.name.clone());
        let number = self.rng.number();
        let guarded = self.arm(vec![a.clone()], depth);
        let one = self.arm(vec![a.clone()], depth);
        let two = self.arm(vec![a, b], depth);
        let last = self.arm(vec![], depth);
        let template = format!(
            "match (if ~ {{ Choice$S::One(~) }} else if ~ {{ Choice$S::Two {{ p: ~, q: ~ }} }} \
             else {{ Choice$S::Many(vec![~, ~]) }}) {{ \
             Choice$S::One({p}) if {p} > $[{number:?}$] => ~ Choice$S::One({p}) => ~ \
             Choice$S::Two {{ p: {p}, q: {q} }} => ~ \
             Choice$S::Many(list) => list[0] * list[1] + ~, Choice$S::Nothing => $[0.5$] }}"
        );
        let [u, v, w, x, y] = parts;
        let children = vec![first, u, second, v, w, x, y, guarded, one, two, last];
        Node::float(&template, children).loose()
    }

    // ---- statements

    pub(super) fn let_option(&mut self) -> Node {
        let mutable = !self.rng.one_in(3);
        let var = self.variable(Ty::Option, mutable);
        let value =
            if self.rng.one_in(4) { Node::new(Sort::Other, "None", []) } else { self.option(2) };
        let keyword = if mutable { "mut " } else { "" };
        let text = format!("let {keyword}{}: Option<$F> = ~;", var.name);
        let node = Node::statement(&text, [value]).declaring([var.as_name()]);
        self.declare(var);
        node
    }

    /// Something with an `Option` that can change.
    pub(super) fn with_option(&mut self) -> Option<Node> {
        let var = self.writable(&[Ty::Option])?;
        let name = var.name.clone();
        let uses = [Name::new(&name, Ty::Option, true)];
        let node = match self.rng.below(5) {
            0 | 1 => {
                let value = self.option(2);
                Node::statement(&format!("{name} = ~;"), [value])
            }
            2 => {
                let value = self.stored();
                let value = self.squashed(value);
                let text = format!("if let Some(inner) = &mut {name} {{ *inner += ~; }}");
                Node::statement(&text, [value])
            }
            3 => {
                let value = self.stored();
                let text =
                    format!("if let Some(old) = {name}.take() {{ {name} = Some(old * ~); }}");
                Node::statement(&text, [value])
            }
            _ => {
                // At most three times round.
                let loops = std::mem::take(&mut self.loops);
                let held = self.held();
                let bound = held.as_name();
                let count = self.fresh;
                let body = self.block([held]);
                let next = self.stored();
                self.loops = loops;
                let template = format!(
                    "let mut n{count} = 0; while let Some({}) = {name} {{ n{count} += 1; {{~}} \
                     {name} = if n{count} < 3 {{ Some(~) }} else {{ None }}; }}",
                    bound.name
                );
                return Some(Node::statement(&template, [body, next]).using(uses).binding([bound]));
            }
        };
        Some(node.using(uses))
    }

    /// `let Some(a) = … else { …; return …; };` and `let a = …?;`
    pub(super) fn let_success(&mut self) -> Option<Node> {
        let option = self.option(2);
        if self.returns == Some(Output::Option) && self.rng.one_in(2) {
            let var = self.held();
            let factor = self.stored();
            let text = format!("let {} = @ * ~?;", var.name);
            let node = Node::new(Sort::Other, "(~)", [option]);
            let node = Node::statement(&text, [factor, node]).declaring([var.as_name()]);
            self.declare(var);
            return Some(node);
        }
        let leaving = self.leaving_block()?;
        let var = self.held();
        let text = format!("let Some({}) = (~) else {{~}};", var.name);
        let node = Node::statement(&text, [option, leaving]).declaring([var.as_name()]);
        self.declare(var);
        Some(node)
    }
}
