//! Iterator chains, closures, and methods that edit a collection in place.

use super::{BOUND, Generator, Lock, Var};
use crate::random::program::{Name, Node, Sort, Ty};

const CONTAINERS: &[Ty] = &[Ty::Array, Ty::Vec, Ty::Slice];

/// An iterator: its text, and what a closure that gets its elements can bind.
struct Head {
    text: String,
    pattern: String,
    vars: Vec<Var>,
    uses: Vec<Name>,
}

impl Generator {
    fn head(&mut self) -> Option<Head> {
        let source = self.readable(CONTAINERS)?;
        let other = self.readable(CONTAINERS)?;
        let [mut a, mut b, mut i] =
            self.variables([(Ty::Ref, false), (Ty::Ref, false), (Ty::Int, false)]);
        (a.typed, b.typed) = (source.typed, other.typed);
        i.limit = 9;
        let (of, with) = (&source.name, &other.name);
        let (x, y, k) = (a.name.clone(), b.name.clone(), i.name.clone());
        let mut uses = vec![source.read()];
        let (text, pattern, vars) = match self.rng.below(20) {
            11 => {
                uses.push(other.read());
                (format!("{of}.iter().chain({with}.iter())"), x.to_string(), vec![a])
            }
            12 => (format!("{of}.iter().skip_while(|t| **t < $[0.4$])"), x.to_string(), vec![a]),
            13 => (format!("{of}.iter().take_while(|t| **t < $[1.5$])"), x.to_string(), vec![a]),
            14 => {
                (format!("{of}.iter().filter(|t| **t > $[0.2$]).take(2)"), x.to_string(), vec![a])
            }
            15 => {
                (format!("{of}.iter().rev().enumerate().rev()"), format!("({k}, {x})"), vec![i, a])
            }
            16 => (format!("{of}.iter().rev().skip(1).step_by(2)"), x.to_string(), vec![a]),
            17 => {
                a.ty = Ty::Float;
                let text = format!(
                    "{of}.iter().scan($[0.5$], |s, t| {{ *s = *s * $[0.5$] + *t; Some(*s) }})"
                );
                (text, x.to_string(), vec![a])
            }
            18 => {
                (a.ty, b.ty) = (Ty::Float, Ty::Ref);
                uses.push(other.read());
                let text = format!("{of}.iter().map(|t| *t * $[0.5$]).zip({with}.iter())");
                (text, format!("({x}, {y})"), vec![a, b])
            }
            19 => {
                (a.ty, b.ty) = (Ty::Ref, Ty::Ref);
                uses.push(other.read());
                let text = format!("{of}.iter().flat_map(|t| {with}.iter().map(move |u| (t, u)))");
                (text, format!("({x}, {y})"), vec![a, b])
            }
            0 => (format!("{of}.iter().rev()"), x.to_string(), vec![a]),
            1 => (format!("{of}.iter().skip(1)"), x.to_string(), vec![a]),
            2 => (format!("{of}.iter().take(2)"), x.to_string(), vec![a]),
            3 => {
                (a.ty, a.limit) = (Ty::Slice, 2);
                (format!("{of}.windows(2)"), x.to_string(), vec![a])
            }
            4 => {
                uses.push(other.read());
                (format!("{of}.iter().zip({with}.iter())"), format!("({x}, {y})"), vec![a, b])
            }
            5 => (format!("{of}.iter().enumerate()"), format!("({k}, {x})"), vec![i, a]),
            6 => {
                i.index_of = Some(source.id);
                (format!("(0..{of}.len())"), k.to_string(), vec![i])
            }
            7 => ("(0..4)".to_owned(), k.to_string(), vec![i]),
            8 => {
                a.ty = Ty::Float;
                (format!("{of}.iter().copied()"), x.to_string(), vec![a])
            }
            9 => {
                a.ty = Ty::Float;
                (format!("{of}.iter()"), format!("&{x}"), vec![a])
            }
            _ => (format!("{of}.iter()"), x.to_string(), vec![a]),
        };
        Some(Head { text, pattern, vars, uses })
    }

    /// The body of a closure, in which nothing is changed.
    fn closure_body(&mut self, vars: Vec<Var>, depth: usize) -> Node {
        let names: Vec<Name> = vars.iter().map(Var::as_name).collect();
        self.iterations *= 5;
        let body = self.scoped(vars, |this| {
            this.purely(|this| {
                let value = this.float(depth);
                this.squashed(value)
            })
        });
        self.iterations /= 5;
        let (bound, typed) = (body.bound, body.typed);
        Node::new(Sort::Other, "~", [body]).binding(names).bounded(bound).typed(typed)
    }

    /// `source.iter().map(…)`, sometimes filtered: elements that are scalars.
    fn mapped(&mut self) -> Option<(String, Vec<Node>, Vec<Name>)> {
        let head = self.head()?;
        let mut text = head.text;
        let mut parts = Vec::new();
        if self.rng.one_in(5) && head.vars.len() == 1 && head.vars[0].ty == Ty::Int {
            let names: Vec<Name> = head.vars.iter().map(Var::as_name).collect();
            text += &format!(".filter(|{}| *{0} % 2 == 0)", head.pattern);
            let _ = names;
        }
        text += &format!(".map(|{}| ~)", head.pattern);
        parts.push(self.closure_body(head.vars, 2));
        if self.rng.one_in(5) {
            let var = self.variable(Ty::Float, false);
            text += &format!(".map(|{}| ~)", var.name);
            parts.push(self.closure_body(vec![var], 1));
        }
        Some((text, parts, head.uses))
    }

    /// A chain that ends in one scalar.
    pub(super) fn chain(&mut self) -> Option<Node> {
        if self.iterations > 60 {
            return None;
        }
        if self.rng.one_in(3) {
            return self.fold();
        }
        let end = *self.rng.pick(&["sum", "sum", "product"]);
        if self.rng.one_in(5) {
            let source = self.readable(CONTAINERS)?;
            let text = format!("{}.iter().{end}::<$F>()", source.name);
            return Some(Node::float(&text, []).using([source.read()]).bounded(20.0).typed(true));
        }
        let (text, parts, uses) = self.mapped()?;
        let node = Node::float(&format!("{text}.{end}::<$F>()"), parts);
        Some(node.using(uses).bounded(7.0).typed(true))
    }

    fn fold(&mut self) -> Option<Node> {
        let head = self.head()?;
        let start = self.float(1);
        let start = self.squashed(start);
        let mut folded = self.variable(Ty::Float, false);
        if head.vars.iter().any(|var| var.name == folded.name) {
            return None;
        }
        folded.typed = start.typed;
        let text = format!("{}.fold(~, |{}, {}| ~)", head.text, folded.name, head.pattern);
        let vars: Vec<Var> = std::iter::once(folded).chain(head.vars).collect();
        let body = self.closure_body(vars, 2);
        let typed = start.typed || body.typed;
        let node = Node::float(&text, [start, body]).using(head.uses);
        Some(node.bounded(1.6).typed(typed))
    }

    /// `let … = ….collect();`, `….for_each(…);`, `let f = |…| …;`
    pub(super) fn let_chain(&mut self) -> Option<Node> {
        if self.iterations > 60 {
            return None;
        }
        match self.rng.below(6) {
            0 | 1 => {
                let (text, parts, uses) = self.mapped()?;
                if [".take", ".skip", ".filter(", ".zip(", ".windows(", ".step_by("]
                    .iter()
                    .any(|short| text.contains(short))
                {
                    return None;
                }
                let mutable = self.rng.one_in(2);
                let var = self.variable(Ty::Vec, mutable);
                let keyword = if mutable { "mut " } else { "" };
                let text = if self.rng.one_in(2) {
                    format!("let {keyword}{}: Vec<$F> = {text}.collect();", var.name)
                } else {
                    format!("let {keyword}{} = {text}.collect::<Vec<_>>();", var.name)
                };
                let node = Node::statement(&text, parts).using(uses).declaring([var.as_name()]);
                self.declare(var);
                Some(node)
            }
            2 => {
                let (text, parts, uses) = self.mapped()?;
                let mutable = self.rng.one_in(2);
                let mut var = self.variable(Ty::Float, mutable);
                var.bound = 7.0;
                let keyword = if mutable { "mut " } else { "" };
                let text = format!("let {keyword}{}: $F = {text}.sum();", var.name);
                let node = Node::statement(&text, parts).using(uses).declaring([var.as_name()]);
                self.declare(var);
                Some(node)
            }
            3 => self.for_each(),
            _ => Some(self.let_closure()),
        }
    }

    fn for_each(&mut self) -> Option<Node> {
        let mutable = self.rng.one_in(2);
        let types: &[Ty] = if mutable { &[Ty::Array, Ty::Vec, Ty::SliceMut] } else { CONTAINERS };
        let source = if mutable { self.writable(types)? } else { self.readable(types)? };
        let ty = if mutable { Ty::RefMut } else { Ty::Ref };
        let mut element = self.variable(ty, false);
        element.typed = source.typed;
        let method = if mutable { "iter_mut" } else { "iter" };
        let text = format!("{}.{method}().for_each(|{}| {{~}});", source.name, element.name);
        let name = element.as_name();
        let lock = if mutable { Lock::Exclusive } else { Lock::Shared };
        let (loops, returns) = (std::mem::take(&mut self.loops), self.returns.take());
        self.iterations *= 6;
        let body = self.scoped([], |this| {
            this.lock(&source, lock.max(source.lock));
            this.block([element])
        });
        self.iterations /= 6;
        (self.loops, self.returns) = (loops, returns);
        let needed = if mutable { source.as_name() } else { source.read() };
        let body = Node::new(Sort::Other, "~", [body]).binding([name]);
        Some(Node::statement(&text, [body]).using([needed]))
    }

    /// A closure that captures only what never changes.
    fn let_closure(&mut self) -> Node {
        let mut closure = self.variable(Ty::Closure, false);
        closure.limit = self.rng.between(1, 2);
        let [a, b] = self.variables([(Ty::Float, false), (Ty::Float, false)]);
        let vars = if closure.limit == 1 { vec![a] } else { vec![a, b] };
        let patterns: Vec<String> = vars.iter().map(|var| format!("{}: $F", var.name)).collect();
        let text = format!("let {} = |{}| ~;", closure.name, patterns.join(", "));
        let body = self.scoped([], |this| {
            for var in &mut this.scope {
                if var.mutable || matches!(var.ty, Ty::RefMut | Ty::SliceMut) {
                    var.lock = Lock::Exclusive;
                }
            }
            this.closure_body(vars, 2)
        });
        closure.typed = body.typed;
        let node = Node::statement(&text, [body]).declaring([closure.as_name()]);
        self.declare(closure);
        node
    }

    /// A call of such a closure.
    pub(super) fn closure_call(&mut self, depth: usize) -> Option<Node> {
        let closure = self.readable(&[Ty::Closure])?;
        let arguments: Vec<Node> = (0..closure.limit)
            .map(|_| {
                let value = self.float(depth.saturating_sub(1));
                self.squashed(value)
            })
            .collect();
        let holes = vec!["~"; closure.limit].join(", ");
        let node = Node::float(&format!("{}({holes})", closure.name), arguments);
        Some(node.using([closure.read()]).typed(closure.typed))
    }

    /// Methods that change a collection as a whole.
    pub(super) fn edit(&mut self) -> Option<Node> {
        let var = self.writable(&[Ty::Array, Ty::Vec, Ty::SliceMut])?;
        let name = &var.name;
        let node = match self.rng.below(9) {
            6 => Node::statement(&format!("{name}.rotate_left(1);"), []),
            7 => Node::statement(&format!("{name}.sort_by(|a, b| a.partial_cmp(b).unwrap());"), []),
            8 => {
                if var.ty != Ty::Vec {
                    return None;
                }
                let text = format!("let moved = {name}.remove(0); {name}.push(moved);");
                Node::statement(&format!("{{ {text} }}"), [])
            }
            0 => {
                self.lock(&var, Lock::Exclusive);
                let (i, j) = (self.index(&var), self.index(&var));
                self.lock(&var, Lock::Free);
                Node::statement(&format!("{name}.swap(~, ~);"), [i, j])
            }
            1 => Node::statement(&format!("{name}.reverse();"), []),
            2 => {
                self.lock(&var, Lock::Exclusive);
                let value = self.stored();
                self.lock(&var, Lock::Free);
                Node::statement(&format!("{name}.fill(~);"), [value])
            }
            3 => {
                let other = self.readable(&[Ty::Array])?;
                if var.ty != Ty::Array || other.id == var.id {
                    return None;
                }
                let text = format!("{name}.copy_from_slice(&{});", other.name);
                Node::statement(&text, []).using([other.read()])
            }
            4 => {
                let (a, b) = (self.writable(&[Ty::Float])?, self.writable(&[Ty::Float])?);
                if a.id == b.id {
                    return None;
                }
                let text = format!("std::mem::swap(&mut {}, &mut {});", a.name, b.name);
                return Some(Node::statement(&text, []).using([a.as_name(), b.as_name()]));
            }
            _ => {
                if var.ty != Ty::Vec {
                    return None;
                }
                self.lock(&var, Lock::Exclusive);
                let value = self.stored();
                self.lock(&var, Lock::Free);
                Node::statement(&format!("{name}.push(~);"), [value])
            }
        };
        Some(node.using([var.as_name()]))
    }

    /// `let b = a;`, after which there is no `a`.
    pub(super) fn let_moved(&mut self) -> Option<Node> {
        let here = self.depth;
        let source = self.find(|var| {
            var.ty == Ty::Vec && var.depth == here && var.lock == Lock::Free && !var.pinned
        })?;
        let mutable = self.rng.one_in(2);
        let mut var = self.variable(Ty::Vec, mutable);
        (var.limit, var.typed, var.bound) = (source.limit, source.typed, BOUND);
        let keyword = if mutable { "mut " } else { "" };
        let text = format!("let {keyword}{} = {};", var.name, source.name);
        let node = Node::statement(&text, []).using([source.read()]).declaring([var.as_name()]);
        self.lock(&source, Lock::Exclusive);
        self.declare(var);
        Some(node)
    }
}
