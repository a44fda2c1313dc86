//! Expressions of the scalar type.

use super::{BOUND, Generator, Lock, Var};
use crate::random::program::{Node, Sort, Ty};

/// Methods of one operand: name, and whether they are fit for large operands.
const UNARY: &[(&str, bool)] = &[
    ("sin", true),
    ("cos", true),
    ("tanh", true),
    ("atan", true),
    ("asinh", true),
    ("abs", true),
    ("fract", true),
    ("floor", true),
    ("round", true),
    ("trunc", true),
    ("signum", true),
    ("to_radians", true),
    ("cbrt", true),
    ("exp", false),
    ("exp2", false),
    ("exp_m1", false),
    ("sinh", false),
    ("cosh", false),
];

/// Methods for operands above 1.
const OF_POSITIVE: &[&str] = &["sqrt", "ln", "log2", "log10", "ln_1p", "recip", "cbrt"];

impl Generator {
    /// A scalar whose text is about `depth` operations deep.
    pub(super) fn float(&mut self, depth: usize) -> Node {
        if depth == 0 || self.rng.one_in(5) {
            return self.leaf();
        }
        let node = match self.rng.weighted(&[
            (14, 0),
            (2, 1),
            (3, 2),
            (8, 3),
            (3, 4),
            (3, 5),
            (3, 6),
            (3, 7),
            (2, 8),
            (2, 9),
            (2, 10),
            (3, 11),
            (2, 12),
            (3, 13),
        ]) {
            0 => self.arithmetic(depth),
            1 => {
                let inner = self.operand(depth - 1);
                let bound = inner.bound;
                Node::float("-@", [inner]).loose().bounded(bound)
            }
            2 => self.quotient(depth),
            3 => self.unary(depth),
            4 => self.of_positive(depth),
            5 => self.binary(depth),
            6 => self.several(depth),
            7 => self.branches(depth),
            8 if self.pure == 0 => {
                let block = self.value_block(depth - 1);
                let bound = block.bound;
                let typed = block.typed;
                Node::float("{~}", [block]).loose().bounded(bound).typed(typed)
            }
            9 => self.helper_scalar(depth).unwrap_or_else(|| self.leaf()),
            10 => self.choice(depth),
            11 => self.chain().unwrap_or_else(|| self.leaf()),
            13 if self.pure == 0 => self.sum(depth),
            12 => self.closure_call(depth).unwrap_or_else(|| self.leaf()),
            // A condition has no statements inside.
            _ => self.leaf(),
        };
        if node.bound > 30.0 { self.squashed(node) } else { node }
    }

    /// A number, printed with its type if that is wanted.
    pub(super) fn literal(&mut self) -> Node {
        let number = self.rng.number();
        let typed = self.rng.one_in(5);
        let suffix = if typed { "_f64" } else { "" };
        let node = Node::float(&format!("$[{number:?}{suffix}$]"), []);
        node.bounded(number).typed(typed)
    }

    pub(super) fn leaf(&mut self) -> Node {
        match self.rng.weighted(&[(10, 0), (2, 1), (7, 2), (2, 3), (1, 4)]) {
            0 => self.scalar_variable(),
            1 => self.literal(),
            2 => self.element(),
            3 => self.field(),
            _ => {
                let inner = self.int_below(5);
                Node::float("$[@ as f64$]", [inner]).loose().bounded(4.0).typed(true)
            }
        }
    }

    fn scalar_variable(&mut self) -> Node {
        match self.readable(&[Ty::Float, Ty::Float, Ty::Ref, Ty::RefMut]) {
            Some(var) => Self::scalar_of(&var),
            None => self.literal(),
        }
    }

    pub(super) fn scalar_of(var: &Var) -> Node {
        if var.ty == Ty::Float {
            let node = Node::float(&var.name, []).using([var.read()]);
            return node.bounded(var.bound).typed(var.typed);
        }
        let node = Node::float(&format!("*{}", var.name), []).using([var.read()]);
        node.loose().bounded(var.bound).typed(var.typed)
    }

    /// An element of something indexed.
    fn element(&mut self) -> Node {
        let Some(var) = self.readable(&[Ty::Array, Ty::Vec, Ty::Slice, Ty::SliceMut, Ty::Grid])
        else {
            return self.literal();
        };
        self.part_of(&var)
    }

    /// A scalar in something that is not one.
    pub(super) fn part_of(&mut self, var: &Var) -> Node {
        let node = match var.ty {
            Ty::Grid => {
                let (i, j) = (self.int_below(2), self.int_below(2));
                Node::float(&format!("{}[~][~]", var.name), [i, j])
            }
            Ty::Option => Node::float(&format!("{}.unwrap_or($[0.37$])", var.name), []),
            Ty::Pair | Ty::Record => {
                let fields = if var.ty == Ty::Pair { ["0", "1"] } else { ["p", "q"] };
                let field = *self.rng.pick(&fields);
                Node::float(&format!("{}.{field}", var.name), [])
            }
            _ => {
                let index = self.index(var);
                Node::float(&format!("{}[~]", var.name), [index])
            }
        };
        node.using([var.read()]).bounded(BOUND).typed(var.typed)
    }

    /// A part of a tuple or a struct.
    fn field(&mut self) -> Node {
        let Some(var) = self.readable(&[Ty::Pair, Ty::Record]) else { return self.element() };
        self.part_of(&var)
    }

    /// An operand of an operator: references are welcome there.
    fn operand(&mut self, depth: usize) -> Node {
        if self.rng.one_in(6) {
            if let Some(var) = self.readable(&[Ty::Ref]) {
                let node = Node::new(Sort::Other, &var.name, []).using([var.read()]);
                return node.bounded(var.bound).typed(var.typed);
            }
        }
        self.float(depth)
    }

    fn arithmetic(&mut self, depth: usize) -> Node {
        let (left, right) = (self.operand(depth - 1), self.operand(depth - 1));
        let sum = left.bound + right.bound;
        let (operator, bound) = match self.rng.below(5) {
            0 | 1 => ("+", sum),
            2 => ("-", sum),
            _ => ("*", left.bound * right.bound),
        };
        let typed = left.typed || right.typed;
        Node::float(&format!("@ {operator} @"), [left, right]).loose().bounded(bound).typed(typed)
    }

    fn quotient(&mut self, depth: usize) -> Node {
        let left = self.float(depth - 1);
        let bound = left.bound;
        match self.rng.below(4) {
            0 => {
                let number = self.literal();
                Node::float("@ / @", [left, number]).loose().bounded(bound * 9.0)
            }
            1 => {
                let number = self.literal();
                Node::float("@ % @", [left, number]).loose().bounded(2.0)
            }
            2 => {
                let right = self.positive(depth - 1);
                Node::float("@ / @", [left, right]).loose().bounded(bound)
            }
            _ => {
                let right = self.positive(depth - 1);
                Node::float("@ % @", [left, right]).loose().bounded(bound)
            }
        }
    }

    /// A scalar above 1, never near 0.
    fn positive(&mut self, depth: usize) -> Node {
        let inner = self.float(depth.saturating_sub(1));
        let bound = inner.bound * inner.bound + 2.0;
        if self.rng.one_in(2) {
            let square = self.method("powi", inner, vec![Node::new(Sort::Other, "2", [])]);
            let node = Node::float("$[1.27$] + @", [square]).loose().bounded(bound);
            return if node.bound > 30.0 { self.small_positive() } else { node };
        }
        self.small_positive()
    }

    fn small_positive(&mut self) -> Node {
        let inner = self.leaf();
        let wave = self.method("cos", inner, vec![]);
        Node::float("@ + $[2.13$]", [wave]).loose().bounded(3.2)
    }

    /// `receiver.name(arguments)`, or the same as a path.
    pub(super) fn method(&mut self, name: &str, receiver: Node, arguments: Vec<Node>) -> Node {
        let holes = vec!["~"; arguments.len()].join(", ");
        let path = !receiver.typed || self.rng.one_in(6);
        let children: Vec<Node> = std::iter::once(receiver).chain(arguments).collect();
        let node = match (path, holes.is_empty()) {
            (true, true) => Node::float(&format!("$F::{name}(~)"), children),
            (true, false) => Node::float(&format!("$F::{name}(~, {holes})"), children),
            (false, _) => Node::float(&format!("@.{name}({holes})"), children),
        };
        node.typed(true)
    }

    fn unary(&mut self, depth: usize) -> Node {
        let inner = self.float(depth - 1);
        let (name, large) = *self.rng.pick(UNARY);
        let inner = if !large && inner.bound > 2.5 { self.squashed(inner) } else { inner };
        let bound = match name {
            "sin" | "cos" | "tanh" | "fract" | "signum" => 1.0,
            "atan" => 1.6,
            "exp" | "exp2" | "sinh" | "cosh" | "exp_m1" => inner.bound.exp(),
            _ => inner.bound + 1.0,
        };
        self.method(name, inner, vec![]).bounded(bound)
    }

    fn of_positive(&mut self, depth: usize) -> Node {
        let inner = self.positive(depth - 1);
        let name = *self.rng.pick(OF_POSITIVE);
        let bound = inner.bound;
        let node = self.method(name, inner, vec![]);
        node.bounded(bound)
    }

    fn binary(&mut self, depth: usize) -> Node {
        let name =
            *self.rng.pick(&["max", "min", "max", "min", "hypot", "atan2", "copysign", "powf"]);
        let (left, right) = match name {
            "powf" => {
                let base = self.small_positive();
                let exponent = self.float(depth - 1);
                (base, self.squashed(exponent))
            }
            _ => (self.float(depth - 1), self.float(depth - 1)),
        };
        let bound = left.bound + right.bound;
        self.method(name, left, vec![right]).bounded(bound)
    }

    fn several(&mut self, depth: usize) -> Node {
        let inner = self.float(depth - 1);
        let bound = inner.bound;
        match self.rng.below(4) {
            0 => {
                let (factor, summand) = (self.float(depth - 1), self.float(depth - 1));
                let bound = bound * factor.bound + summand.bound;
                self.method("mul_add", inner, vec![factor, summand]).bounded(bound)
            }
            1 => {
                let (low, high) = if self.rng.one_in(2) {
                    (Node::float("-$[0.713$]", []).loose(), self.literal())
                } else {
                    // Bounds that depend on the inputs, in the right order.
                    (self.wave("sin"), self.small_positive())
                };
                self.method("clamp", inner, vec![low, high]).bounded(3.2)
            }
            2 => {
                let exponent = *self.rng.pick(&["2", "3", "2", "1", "0", "4"]);
                let inner = if bound > 2.0 { self.squashed(inner) } else { inner };
                let exponent = Node::new(Sort::Other, exponent, []);
                self.method("powi", inner, vec![exponent]).bounded(16.0)
            }
            _ => {
                let number = self.literal();
                self.method("rem_euclid", inner, vec![number]).bounded(2.0)
            }
        }
    }

    fn wave(&mut self, name: &str) -> Node {
        let inner = self.leaf();
        self.method(name, inner, vec![])
    }

    /// `if` and `match` with a value.
    fn branches(&mut self, depth: usize) -> Node {
        match self.rng.below(5) {
            0..3 => {
                let condition = self.condition(1);
                let (then, otherwise) = (self.value_block(depth - 1), self.value_block(depth - 1));
                let bound = then.bound.max(otherwise.bound);
                let typed = then.typed || otherwise.typed;
                let parts = [condition, then, otherwise];
                Node::float("if ~ {~} else {~}", parts).loose().bounded(bound).typed(typed)
            }
            3 => {
                let (first, second) = (self.condition(0), self.condition(0));
                let blocks = [(); 3].map(|()| self.value_block(depth - 1));
                let bound = blocks.iter().fold(0.0_f64, |bound, block| bound.max(block.bound));
                let typed = blocks.iter().any(|block| block.typed);
                let [a, b, c] = blocks;
                Node::float("if ~ {~} else if ~ {~} else {~}", [first, a, second, b, c])
                    .loose()
                    .bounded(bound)
                    .typed(typed)
            }
            _ => {
                let scrutinee = self.int_below(5);
                let (first, last) = (self.float(depth - 1), self.float(depth - 1));
                let (block, guard) = (self.value_block(depth - 1), self.condition(0));
                let guarded = self.float(depth - 1);
                let bound = [&first, &last, &block, &guarded]
                    .iter()
                    .fold(0.0_f64, |bound, node| bound.max(node.bound));
                let typed = first.typed || last.typed || guarded.typed || block.typed;
                let template = "match ~ { 0 => ~, 1 | 3 => {~} _ if ~ => ~, _ => ~ }";
                Node::float(template, [scrutinee, first, block, guard, guarded, last])
                    .loose()
                    .bounded(bound)
                    .typed(typed)
            }
        }
    }

    /// A truth value as a number.
    fn choice(&mut self, depth: usize) -> Node {
        let condition = self.condition(0);
        let inner = self.float(depth - 1);
        let bound = inner.bound;
        Node::float("$[f64::from(u8::from(~))$] * @", [condition, inner]).loose().bounded(bound)
    }

    /// About the same, but at most 1 or so.
    pub(super) fn squashed(&mut self, node: Node) -> Node {
        if node.bound <= 1.0 {
            return node;
        }
        let simple = self.find(|var| {
            var.ty == Ty::Float && var.typed && var.lock < Lock::Exclusive && var.bound <= BOUND
        });
        match self.rng.below(8) {
            0 => self.method("tanh", node, vec![]),
            1 => self.method("cos", node, vec![]),
            2 if node.bound < 9.0 => {
                let scale = 0.9 / node.bound;
                Node::float(&format!("@ * $[{scale:.3}$]"), [node]).loose()
            }
            3 if simple.is_some() && node.bound < 5.0 => {
                let var = simple.expect("it was just found");
                let name = &var.name;
                let wave = self.method("sin", node, vec![]);
                Node::float(&format!("@ / ($[1.0$] + {name} * {name})"), [wave])
                    .using([var.read()])
                    .loose()
            }
            _ => self.method("sin", node, vec![]),
        }
    }
}
