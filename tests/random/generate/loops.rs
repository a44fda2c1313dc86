//! Loops of every kind.

use super::{BOUND, Generator, Lock, Loop, Var};
use crate::random::program::{Name, Node, Sort, Ty};

const CONTAINERS_AND_GRIDS: &[Ty] = &[Ty::Array, Ty::Vec, Ty::Slice, Ty::Grid];
const CONTAINERS: &[Ty] = &[Ty::Array, Ty::Vec, Ty::Slice];

impl Generator {
    pub(super) fn looping(&mut self) -> Option<Node> {
        if self.iterations > 60 {
            return None;
        }
        match self.rng.weighted(&[(6, 0), (3, 1), (4, 2), (4, 3), (5, 4), (2, 5)]) {
            0 => Some(self.over_range()),
            1 => self.over_indices(),
            2 => self.over_elements(),
            3 => self.over_several(),
            4 => Some(self.while_loop()),
            _ => self.over_mutable(),
        }
    }

    fn names(label: Option<&str>) -> Vec<Name> {
        let label = label.map(|label| Name::new(label, Ty::Label, false));
        label.into_iter().chain([Name::new("loop", Ty::Label, false)]).collect()
    }

    fn label(&mut self) -> Option<String> {
        if !self.rng.one_in(4) {
            return None;
        }
        self.fresh += 1;
        Some(format!("'l{}", self.fresh))
    }

    /// The body of a loop that `header` begins, and the loop.
    fn body(
        &mut self,
        header: &str,
        parts: Vec<Node>,
        vars: Vec<Var>,
        trips: usize,
        continues: bool,
    ) -> Node {
        let label = self.label();
        let names = vars.iter().map(Var::as_name).chain(Self::names(label.as_deref()));
        let names: Vec<Name> = names.collect();
        self.loops.push(Loop { label: label.as_deref().map(Into::into), continues });
        self.iterations *= trips;
        let body = self.block(vars);
        self.iterations /= trips;
        self.loops.pop();
        let body = Node::new(Sort::Other, "{~}", [body]).binding(names);
        let label = label.map_or(String::new(), |label| format!("{label}: "));
        Node::statement(&format!("{label}{header} ~"), parts.into_iter().chain([body]))
    }

    fn over_range(&mut self) -> Node {
        let (low, high) = (self.rng.below(3), self.rng.between(0, 5));
        let bound = self.int_below(5);
        let mut index = self.variable(Ty::Int, false);
        // A bound of a range cannot refer to the range's own index.
        index.limit = 6;
        let ignored = self.rng.one_in(6);
        let name = if ignored { "_".to_owned() } else { index.name.to_string() };
        let (range, parts) = match self.rng.below(9) {
            0 => (format!("{low}..{high}"), vec![]),
            1 => (format!("{low}..={high}"), vec![]),
            2 => (format!("({low}..{high}).rev()"), vec![]),
            3 => (format!("({low}..={high}).rev()"), vec![]),
            4 => (format!("({low}..{}).step_by(2)", high + 1), vec![]),
            5 => (format!("(0..{}).rev().step_by(2)", high + 1), vec![]),
            6 => ("0..@".to_owned(), vec![bound]),
            7 => ("1..=@".to_owned(), vec![bound]),
            _ => ("(0..@).rev()".to_owned(), vec![bound]),
        };
        let vars = if ignored { vec![] } else { vec![index] };
        self.body(&format!("for {name} in {range}"), parts, vars, 4, true)
    }

    /// Over the positions of something.
    fn over_indices(&mut self) -> Option<Node> {
        let source = self.readable(CONTAINERS)?;
        let mut index = self.variable(Ty::Int, false);
        index.limit = 9;
        index.index_of = Some(source.id);
        let of = &source.name;
        if index.name == source.name {
            return None;
        }
        let range = match self.rng.below(5) {
            0..2 => format!("0..{of}.len()"),
            2 => format!("(0..{of}.len()).rev()"),
            3 => format!("1..{of}.len()"),
            _ => format!("(0..{of}.len()).step_by(2)"),
        };
        let header = format!("for {} in {range}", index.name);
        let pinned = self.pin(&source, true);
        let node = self.body(&header, vec![], vec![index], source.trips(), true);
        self.pin(&source, pinned);
        Some(node.using([source.read()]))
    }

    /// Reads `source` while `inside` runs.
    fn locked<T>(&mut self, sources: &[(&Var, Lock)], inside: impl FnOnce(&mut Self) -> T) -> T {
        let before: Vec<Lock> = self.scope.iter().map(|var| var.lock).collect();
        for (source, lock) in sources {
            self.lock(source, source.lock.max(*lock));
        }
        let result = inside(self);
        for (var, lock) in self.scope.iter_mut().zip(before) {
            var.lock = lock;
        }
        result
    }

    /// Sets whether a variable keeps its elements; the answer is what was set before.
    fn pin(&mut self, source: &Var, pinned: bool) -> bool {
        let var = self.scope.iter_mut().find(|var| var.id == source.id);
        std::mem::replace(&mut var.expect("a variable in scope").pinned, pinned)
    }

    fn over_elements(&mut self) -> Option<Node> {
        let source = self.readable(CONTAINERS_AND_GRIDS)?;
        let of = &source.name;
        let mut element = self.variable(Ty::Ref, false);
        element.bound = BOUND;
        element.typed = source.typed;
        let name = element.name.clone();
        let mut lock = Lock::Shared;
        if source.ty == Ty::Grid {
            (element.ty, element.limit) = (Ty::Slice, 2);
            let header = format!("for {name} in {of}.iter()");
            let node = self.locked(&[(&source, lock)], |this| {
                this.body(&header, vec![], vec![element], 2, true)
            });
            return Some(node.using([source.read()]));
        }
        let header = match self.rng.below(9) {
            0 | 1 => format!("for {name} in {of}.iter()"),
            2 => format!("for {name} in {of}.iter().rev()"),
            3 => format!("for {name} in &{of}[1..]"),
            4 => format!("for {name} in {of}.iter().skip(1).take(2)"),
            5 if source.ty != Ty::Slice => format!("for {name} in &{of}"),
            5 => format!("for {name} in {of}"),
            6 if source.ty == Ty::Array => {
                element.ty = Ty::Float;
                lock = Lock::Free;
                format!("for {name} in {of}")
            }
            6 | 7 => {
                element.ty = Ty::Float;
                format!("for &{name} in {of}.iter()")
            }
            _ => {
                element.ty = Ty::Slice;
                let width = self.rng.between(1, 2);
                element.limit = if self.rng.one_in(2) { width } else { 1 };
                let method = if element.limit == width { "windows" } else { "chunks" };
                format!("for {name} in {of}.{method}({width})")
            }
        };
        let trips = source.trips();
        let node = self.locked(&[(&source, lock)], |this| {
            this.body(&header, vec![], vec![element], trips, true)
        });
        Some(node.using([source.read()]))
    }

    fn over_several(&mut self) -> Option<Node> {
        let (source, other) = (self.readable(CONTAINERS)?, self.readable(CONTAINERS)?);
        let (of, with) = (&source.name, &other.name);
        let [mut index, mut a, mut b] =
            self.variables([(Ty::Int, false), (Ty::Ref, false), (Ty::Ref, false)]);
        (index.limit, a.bound, b.bound) = (9, BOUND, BOUND);
        index.index_of = Some(source.id);
        if index.name == source.name {
            return None;
        }
        (a.typed, b.typed) = (source.typed, other.typed);
        let (i, x, y) = (index.name.clone(), a.name.clone(), b.name.clone());
        let (header, vars) = match self.rng.below(5) {
            0 => (format!("for ({i}, {x}) in {of}.iter().enumerate()"), vec![index, a]),
            1 => {
                a.ty = Ty::Float;
                (format!("for ({i}, &{x}) in {of}.iter().enumerate()"), vec![index, a])
            }
            2 => (format!("for ({x}, {y}) in {of}.iter().zip({with}.iter())"), vec![a, b]),
            3 => {
                (a.ty, b.ty) = (Ty::Float, Ty::Float);
                (format!("for (&{x}, &{y}) in {of}.iter().zip(&{with}[1..])"), vec![a, b])
            }
            _ => (
                format!("for ({i}, ({x}, {y})) in {of}.iter().zip({with}.iter()).enumerate()"),
                vec![index, a, b],
            ),
        };
        let locks = [(&source, Lock::Shared), (&other, Lock::Shared)];
        let trips = source.trips();
        let node = self.locked(&locks, |this| this.body(&header, vec![], vars, trips, true));
        Some(node.using([source.read(), other.read()]))
    }

    /// Over elements that the body changes.
    fn over_mutable(&mut self) -> Option<Node> {
        let source = self.writable(&[Ty::Array, Ty::Vec, Ty::SliceMut, Ty::Grid])?;
        let other = self.readable(CONTAINERS).filter(|other| other.id != source.id);
        let of = &source.name;
        let [mut index, mut a, mut b] =
            self.variables([(Ty::Int, false), (Ty::RefMut, false), (Ty::Ref, false)]);
        (index.limit, a.typed) = (9, source.typed);
        let (i, x, y) = (index.name.clone(), a.name.clone(), b.name.clone());
        let mut locks = vec![(&source, Lock::Exclusive)];
        let (header, vars) = match (self.rng.below(5), &other) {
            _ if source.ty == Ty::Grid => {
                (a.ty, a.limit) = (Ty::SliceMut, 2);
                (format!("for {x} in {of}.iter_mut()"), vec![a])
            }
            (0, Some(other)) => {
                b.typed = other.typed;
                locks.push((other, Lock::Shared));
                let header =
                    format!("for ({x}, {y}) in {of}.iter_mut().zip({}.iter())", other.name);
                (header, vec![a, b])
            }
            (1, _) => (format!("for ({i}, {x}) in {of}.iter_mut().enumerate()"), vec![index, a]),
            (2, _) if source.ty != Ty::SliceMut => (format!("for {x} in &mut {of}"), vec![a]),
            (3, _) => {
                (a.ty, a.limit) = (Ty::SliceMut, 1);
                (format!("for {x} in {of}.chunks_mut(2)"), vec![a])
            }
            _ => (format!("for {x} in {of}.iter_mut()"), vec![a]),
        };
        let trips = source.trips();
        let node = self.locked(&locks, |this| this.body(&header, vec![], vars, trips, true));
        let second = locks.get(1).map(|(other, _)| other.read());
        Some(node.using([source.as_name()].into_iter().chain(second)))
    }

    /// With a counter of its own, which nothing else in the program changes or hides.
    fn while_loop(&mut self) -> Node {
        self.fresh += 1;
        let k = format!("k{}", self.fresh);
        let mut counter = self.variable_named(&k, Ty::Int, true);
        (counter.reserved, counter.limit) = (true, 6);
        let most = self.rng.between(0, 5);
        let extra = self.condition(0);
        // The counter can be read and is not offered for writing.
        let inside = Var { mutable: false, ..counter.clone() };
        let kind = self.rng.below(6);
        let (start, head, first, last, parts) = match kind {
            0 => (0, format!("while {k} < {most}"), format!("{k} += 1;"), "", vec![]),
            1 => (0, format!("while {k} < {most} && @"), format!("{k} += 1;"), "", vec![extra]),
            2 => (most, format!("while {k} > 0"), format!("{k} -= 1;"), "", vec![]),
            3 => (0, format!("while {k} < {most}"), String::new(), "+=", vec![]),
            4 => (most, format!("while {k} > 0 && @"), String::new(), "-=", vec![extra]),
            _ => {
                let first = format!("if {k} >= {most} {{ break; }} {k} += 1;");
                (0, "loop".to_owned(), first, "", vec![])
            }
        };
        let last = if last.is_empty() { String::new() } else { format!("{k} {last} 1;") };
        let node = self.body(&head, parts, vec![inside], 4, last.is_empty());
        self.declare(Var { mutable: false, ..counter.clone() });
        let declared = Name { mutable: false, ..counter.as_name() };
        // The increments belong to the loop, so that no shrinking makes it endless.
        node.wrapped(&format!("let mut {k} = {start}usize;"), &first, &last).declaring([declared])
    }
}

impl Var {
    /// How often a loop over it runs, at most.
    fn trips(&self) -> usize {
        match self.ty {
            Ty::Array => 3,
            Ty::Grid => 2,
            _ => 7,
        }
    }
}

impl Node {
    /// A loop with text before it and around its body.
    fn wrapped(mut self, before: &str, first: &str, last: &str) -> Node {
        use crate::random::program::Piece;
        self.pieces.insert(0, Piece::Text(format!("{before} ").into()));
        let Some(Piece::Child { node: body, .. }) = self.pieces.last_mut() else {
            unreachable!("a loop ends with its body")
        };
        body.pieces.insert(1, Piece::Text(format!(" {first}").into()));
        body.pieces.insert(3, Piece::Text(format!("{last} ").into()));
        self
    }
}
