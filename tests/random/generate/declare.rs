//! Declarations.

use super::{BOUND, Generator, Lock, Var};
use crate::random::program::{Node, Sort, Ty};

const CONTAINERS: &[Ty] = &[Ty::Array, Ty::Vec, Ty::Slice];

impl Generator {
    /// `let …`: the variable comes into scope after its value has been made.
    pub(super) fn let_with(&mut self, mut var: Var, ty: &str, value: Node) -> Node {
        let annotated = !value.typed && self.rng.one_in(2) || self.rng.one_in(6);
        var.typed = value.typed || annotated;
        let mutable = if var.mutable { "mut " } else { "" };
        let ty = if annotated { format!(": {ty}") } else { String::new() };
        let text = format!("let {mutable}{}{ty} = ~;", var.name);
        let node = Node::statement(&text, [value]).declaring([var.as_name()]);
        self.declare(var);
        node
    }

    pub(super) fn let_scalar(&mut self) -> Node {
        let mutable = self.rng.one_in(2);
        let mut var = self.variable(Ty::Float, mutable);
        let depth = self.rng.between(0, 4);
        let value = self.float(depth);
        let value = if value.bound > BOUND { self.squashed(value) } else { value };
        var.bound = if mutable { BOUND } else { value.bound };
        self.let_with(var, "$F", value)
    }

    /// `[f64; 3]`, somehow.
    pub(super) fn array(&mut self) -> Node {
        match self.rng.below(5) {
            0 => {
                let value = self.stored();
                Node::new(Sort::Other, "[~; 3]", [value])
            }
            1 => {
                let found = self.readable(&[Ty::Array]);
                if let Some(var) = found {
                    return Node::new(Sort::Other, &var.name, [])
                        .using([var.read()])
                        .typed(var.typed);
                }
                self.array()
            }
            _ => {
                let parts = [(); 3].map(|()| self.stored());
                Node::new(Sort::Other, "[~, ~, ~]", parts)
            }
        }
    }

    pub(super) fn let_array(&mut self) -> Node {
        let mutable = !self.rng.one_in(3);
        if self.rng.one_in(6) {
            let var = self.variable(Ty::Grid, mutable);
            let rows = if self.rng.one_in(3) {
                let value = self.stored();
                Node::new(Sort::Other, "[[~; 2]; 2]", [value])
            } else {
                let parts = [(); 4].map(|()| self.stored());
                Node::new(Sort::Other, "[[~, ~], [~, ~]]", parts)
            };
            if self.rng.one_in(3) {
                let parts = [(); 3].map(|()| self.stored());
                let rows = Node::new(Sort::Other, "vec![vec![~; 3], vec![~, ~]]", parts);
                return self.let_with(var, "Vec<Vec<$F>>", rows);
            }
            return self.let_with(var, "[[$F; 2]; 2]", rows);
        }
        let var = self.variable(Ty::Array, mutable);
        let value = self.array();
        self.let_with(var, "[$F; 3]", value)
    }

    pub(super) fn let_vec(&mut self) -> Option<Node> {
        let mutable = !self.rng.one_in(3);
        let mut var = self.variable(Ty::Vec, mutable);
        let value = match self.rng.below(6) {
            0 => {
                let parts = [(); 3].map(|()| self.stored());
                Node::new(Sort::Other, "vec![~, ~, ~]", parts)
            }
            5 => return self.let_pushed(),
            1 => {
                let number = self.rng.between(3, 5);
                var.limit = number;
                let value = self.stored();
                Node::new(Sort::Other, &format!("vec![~; {number}]"), [value])
            }
            2 => {
                let other = self.readable(CONTAINERS).filter(|other| other.limit >= 3)?;
                var.limit = 3;
                let value = self.stored();
                Node::new(Sort::Other, &format!("vec![~; {}.len()]", other.name), [value])
                    .using([other.read()])
            }
            _ => {
                let other = self.readable(CONTAINERS)?;
                var.limit = other.limit;
                let method =
                    if other.ty == Ty::Vec && self.rng.one_in(2) { "clone" } else { "to_vec" };
                Node::new(Sort::Other, &format!("{}.{method}()", other.name), [])
                    .using([other.read()])
                    .typed(other.typed)
            }
        };
        if var.limit < 3 {
            return None;
        }
        Some(self.let_with(var, "Vec<$F>", value))
    }

    /// A `Vec` that is filled element by element.
    fn let_pushed(&mut self) -> Option<Node> {
        let mut var = self.variable(Ty::Vec, true);
        let parts = [(); 3].map(|()| self.stored());
        if parts.iter().any(|part| part.names(&var.name)) {
            return None;
        }
        var.typed = parts.iter().any(|part| part.typed);
        let name = &var.name;
        let start = *self.rng.pick(&["Vec::new()", "Vec::with_capacity(3)", "vec![]"]);
        let text =
            format!("let mut {name} = {start}; {name}.push(~); {name}.push(~); {name}.push(~);");
        let node = Node::statement(&text, parts).declaring([var.as_name()]);
        self.declare(var);
        Some(node)
    }

    /// `let a; if … { a = …; } else { a = …; }`
    pub(super) fn let_later(&mut self) -> Option<Node> {
        let mut var = self.variable(Ty::Float, false);
        let condition = self.condition(1);
        let (loops, returns) = (std::mem::take(&mut self.loops), self.returns.take());
        let blocks = [(); 2].map(|()| {
            self.scoped([], |this| {
                let count = this.rng.below(3);
                let mut statements = this.statements(count);
                // Not a statement to the shrinker: without it, the variable has no value.
                let text = format!("{} = ~;", var.name);
                statements.push(Node::new(Sort::Other, &text, [this.stored()]));
                Node::block(statements, None)
            })
        });
        (self.loops, self.returns) = (loops, returns);
        if blocks.iter().chain([&condition]).any(|part| part.names(&var.name)) {
            return None;
        }
        var.bound = BOUND;
        let [then, otherwise] = blocks;
        let text = format!("let {}: $F; if ~ {{~}} else {{~}}", var.name);
        let node = Node::statement(&text, [condition, then, otherwise]);
        let node = node.declaring([var.as_name()]);
        self.declare(var);
        Some(node)
    }

    /// `(a, b)`, somehow.
    pub(super) fn pair(&mut self) -> Node {
        let parts = [self.stored(), self.stored()];
        Node::new(Sort::Other, "(~, ~)", parts)
    }

    pub(super) fn let_record(&mut self) -> Node {
        let mutable = !self.rng.one_in(3);
        let var = self.variable(Ty::Record, mutable);
        let parts = [self.stored(), self.stored()];
        let value = Node::new(Sort::Other, "Point$S { p: ~, q: ~ }", parts).typed(true);
        self.let_with(var, "Point$S", value)
    }

    /// Tuples, and patterns that take something apart.
    pub(super) fn let_several(&mut self) -> Option<Node> {
        let mutable = [self.rng.one_in(2), self.rng.one_in(2), self.rng.one_in(2)];
        let text = |var: &Var| {
            if var.mutable { format!("mut {}", var.name) } else { var.name.to_string() }
        };
        let floats = mutable.map(|mutable| (Ty::Float, mutable));
        let node = match self.rng.below(6) {
            5 => {
                let mut parts = self.variables(floats);
                let values = [(); 3].map(|()| self.stored());
                for (part, value) in parts.iter_mut().zip(&values) {
                    part.typed = value.typed;
                }
                let names = parts.clone().map(|part| part.as_name());
                let [a, b, c] = parts.each_ref().map(text);
                let pattern = format!("let (({a}, {b}), {c}) = ((~, ~), ~);");
                self.scope.extend(parts);
                Node::statement(&pattern, values).declaring(names)
            }
            0 => {
                let var = self.variable(Ty::Pair, mutable[0]);
                let value = self.pair();
                let value = Node { typed: false, ..value };
                return Some(self.let_with(var, "($F, $F)", value));
            }
            1 => {
                let [mut a, mut b] = self.variables([floats[0], floats[1]]);
                let values = [self.stored(), self.stored()];
                (a.typed, b.typed) = (values[0].typed, values[1].typed);
                let names = [a.as_name(), b.as_name()];
                let pattern = format!("let ({}, {}) = (~, ~);", text(&a), text(&b));
                self.scope.extend([a, b]);
                Node::statement(&pattern, values).declaring(names)
            }
            2 => {
                let source = self.readable(&[Ty::Pair])?;
                let [mut a, mut b] = self.variables([floats[0], floats[1]]);
                (a.typed, b.typed) = (source.typed, source.typed);
                let names = [a.as_name(), b.as_name()];
                let pattern = format!("let ({}, {}) = {};", text(&a), text(&b), source.name);
                self.scope.extend([a, b]);
                Node::statement(&pattern, []).using([source.read()]).declaring(names)
            }
            3 => {
                let source = self.readable(&[Ty::Array])?;
                let mut parts = self.variables(floats);
                parts.iter_mut().for_each(|part| part.typed = source.typed);
                let names = parts.clone().map(|part| part.as_name());
                let [a, b, c] = &parts;
                let pattern =
                    format!("let [{}, {}, {}] = {};", text(a), text(b), text(c), source.name);
                self.scope.extend(parts);
                Node::statement(&pattern, []).using([source.read()]).declaring(names)
            }
            _ => {
                let [a, b] = self.variables([floats[0], floats[1]]);
                let value = self.stored();
                let value = self.method("sin_cos", value, vec![]);
                let names = [a.as_name(), b.as_name()];
                let pattern = format!("let ({}, {}) = ~;", text(&a), text(&b));
                self.scope.extend([a, b]);
                Node::statement(&pattern, [Node { sort: Sort::Other, ..value }]).declaring(names)
            }
        };
        Some(node)
    }

    pub(super) fn let_discrete(&mut self) -> Node {
        let mutable = self.rng.one_in(3);
        if self.rng.one_in(3) {
            let var = self.variable(Ty::Bool, mutable);
            let value = self.condition(1);
            return self.let_with(var, "bool", value.typed(true));
        }
        let mut var = self.variable(Ty::Int, mutable);
        let value = self.any_int();
        self.fresh += 1;
        var.limit = usize::MAX;
        let mutable = if mutable { "mut " } else { "" };
        let text = format!("let {mutable}{}: usize = ~;", var.name);
        let node = Node::statement(&text, [value]).declaring([var.as_name()]);
        self.declare(var);
        node
    }

    /// References, which keep what they refer to from being changed.
    pub(super) fn let_borrow(&mut self) -> Option<Node> {
        let (ty, types): (Ty, &[Ty]) = *self.rng.pick(&[
            (Ty::Ref, &[Ty::Float][..]),
            (Ty::RefMut, &[Ty::Float][..]),
            (Ty::Slice, CONTAINERS),
            (Ty::SliceMut, &[Ty::Array, Ty::Vec][..]),
            (Ty::SliceMut, &[Ty::Grid][..]),
            (Ty::Slice, &[Ty::Grid][..]),
        ]);
        let exclusive = matches!(ty, Ty::RefMut | Ty::SliceMut);
        let source = if exclusive { self.writable(types)? } else { self.readable(types)? };
        if exclusive && self.depth < 2 {
            // The source would stay locked for the rest of the function.
            return None;
        }
        let mut var = self.variable(ty, false);
        let (borrow, range) = match ty {
            Ty::Slice if source.ty == Ty::Grid => ("&", *self.rng.pick(&["[0]", "[1]"])),
            Ty::SliceMut if source.ty == Ty::Grid => ("&mut ", *self.rng.pick(&["[0]", "[1]"])),
            Ty::Ref => ("&", ""),
            Ty::RefMut => ("&mut ", ""),
            Ty::Slice => ("&", *self.rng.pick(&["[..]", "[1..]", "[1..3]", "[..2]", "[..=2]"])),
            _ => ("&mut ", *self.rng.pick(&["[..]", "[1..]", "[1..3]"])),
        };
        var.limit = match range {
            "[1..]" => source.limit - 1,
            "[1..3]" | "[..2]" | "[0]" | "[1]" => 2,
            "[..=2]" => 3,
            _ => source.limit,
        };
        if matches!(ty, Ty::Slice | Ty::SliceMut) && (source.limit < 3 || var.limit == 0) {
            return None;
        }
        var.typed = source.typed;
        let text = format!("let {} = {borrow}{}{range};", var.name, source.name);
        let needed = if exclusive { source.as_name() } else { source.read() };
        let node = Node::statement(&text, []).using([needed]).declaring([var.as_name()]);
        let lock = if exclusive { Lock::Exclusive } else { source.lock.max_shared() };
        self.lock(&source, lock);
        self.declare(var);
        Some(node)
    }
}

impl Lock {
    fn max_shared(self) -> Lock {
        if self == Lock::Free { Lock::Shared } else { self }
    }
}
