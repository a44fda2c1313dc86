//! The generator: well-typed programs whose values stay bounded.
//!
//! Bounded, because a comparison of infinities says nothing. Every expression knows about how large
//! it can get and is squashed (a sine, an arc tangent) before that is too much; inside loops, always.

mod assign;
mod calls;
mod chains;
mod declare;
mod discrete;
mod exits;
mod float;
mod forms;
mod functions;
mod library;
mod loops;
mod natural;
mod statement;
mod sums;

use std::collections::BTreeSet;
use std::rc::Rc;

use super::print::Program;
use super::program::{Name, Node, Ty};
use super::rng::Rng;
use calls::Helper;

/// The program with this number of the batch with this seed.
pub(crate) fn generate(seed: u64, number: u64) -> Program {
    let mut generator = Generator {
        rng: Rng::for_program(seed, number),
        scope: Vec::new(),
        loops: Vec::new(),
        returns: None,
        iterations: 1,
        depth: 0,
        fuel: 0,
        pure: 0,
        helpers: Vec::new(),
        called: BTreeSet::new(),
        fresh: 0,
    };
    generator.program(format!("p{number}"))
}

/// What may still be done with a variable while something borrows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lock {
    Free,
    /// It can be read.
    Shared,
    /// It cannot even be named.
    Exclusive,
}

#[derive(Debug, Clone)]
struct Var {
    name: Rc<str>,
    ty: Ty,
    mutable: bool,
    /// Whether rustc knows the scalar type where the variable is declared.
    typed: bool,
    /// Of a scalar: its largest absolute value, roughly.
    bound: f64,
    /// Of something with elements: how many it has at least. Of an integer: what it stays below.
    limit: usize,
    /// Of an integer: the variable it is an index of.
    index_of: Option<usize>,
    lock: Lock,
    /// Not to be shadowed: the text around refers to it.
    reserved: bool,
    /// Not to get shorter, or to be moved away: its indices are in use.
    pinned: bool,
    /// How many blocks are around its declaration.
    depth: usize,
    id: usize,
}

impl Var {
    fn as_name(&self) -> Name {
        Name { name: self.name.clone(), ty: self.ty, mutable: self.mutable }
    }

    /// As something that is only read.
    fn read(&self) -> Name {
        Name { mutable: false, ..self.as_name() }
    }
}

#[derive(Debug, Clone)]
struct Loop {
    label: Option<Rc<str>>,
    /// Whether `continue` leads on: not where it would skip the counter's increment.
    continues: bool,
}

/// What `return` returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Float,
    Pair,
    Array,
    Vec,
    Record,
    /// `Option<f64>`.
    Option,
}

struct Generator {
    rng: Rng,
    scope: Vec<Var>,
    loops: Vec<Loop>,
    /// `None` where the language has no `return`: inside an expression.
    returns: Option<Output>,
    /// How often the current statement runs, at most.
    iterations: usize,
    /// How many statements are around the current one.
    depth: usize,
    /// How many more statements the function may have.
    fuel: usize,
    /// How many expressions are around the current place in which nothing may be changed.
    pure: usize,
    helpers: Vec<Helper>,
    /// The functions of the library that are called.
    called: BTreeSet<&'static str>,
    fresh: usize,
}

/// What a mutable scalar stays below, in the hope of all.
const BOUND: f64 = 4.0;

impl Generator {
    // ---- names

    /// The variables that their names reach.
    fn visible(&self) -> Vec<&Var> {
        let mut seen: Vec<&str> = Vec::new();
        let mut visible = Vec::new();
        for var in self.scope.iter().rev() {
            if !seen.contains(&&*var.name) {
                seen.push(&var.name);
                visible.push(var);
            }
        }
        visible
    }

    /// One of the variables that satisfy a condition, later ones more likely.
    fn find(&mut self, wanted: impl Fn(&Var) -> bool) -> Option<Var> {
        let found: Vec<Var> =
            self.visible().into_iter().filter(|var| wanted(var)).cloned().collect();
        if found.is_empty() {
            return None;
        }
        let (a, b) = (self.rng.below(found.len()), self.rng.below(found.len()));
        Some(found[a.min(b)].clone())
    }

    /// One that can be read.
    fn readable(&mut self, types: &[Ty]) -> Option<Var> {
        self.find(|var| types.contains(&var.ty) && var.lock < Lock::Exclusive)
    }

    /// One that can be written to, or borrowed for that.
    fn writable(&mut self, types: &[Ty]) -> Option<Var> {
        self.find(|var| {
            let borrow = matches!(var.ty, Ty::RefMut | Ty::SliceMut);
            types.contains(&var.ty) && (var.mutable || borrow) && var.lock == Lock::Free
        })
    }

    /// A name for a new variable: often one that is already taken.
    fn name(&mut self) -> Rc<str> {
        if self.rng.one_in(4) {
            if let Some(var) = self.find(|var| !var.reserved && var.ty != Ty::Label) {
                return var.name;
            }
        }
        self.fresh += 1;
        let letter = b"abcdefghjmnopqrstuwz"[self.rng.below(20)] as char;
        format!("{letter}{}", self.fresh).into()
    }

    /// A variable that is not in scope yet; see [`Generator::declare`].
    fn variable(&mut self, ty: Ty, mutable: bool) -> Var {
        let name = self.name();
        self.variable_named(&name, ty, mutable)
    }

    fn variable_named(&mut self, name: &str, ty: Ty, mutable: bool) -> Var {
        self.fresh += 1;
        Var {
            name: name.into(),
            ty,
            mutable,
            typed: true,
            bound: BOUND,
            limit: if ty == Ty::Int { usize::MAX } else { 3 },
            index_of: None,
            lock: Lock::Free,
            reserved: false,
            pinned: false,
            depth: self.depth,
            id: self.fresh,
        }
    }

    /// Variables of one pattern: their names have to differ.
    fn variables<const N: usize>(&mut self, wanted: [(Ty, bool); N]) -> [Var; N] {
        let mut taken: Vec<Rc<str>> = Vec::new();
        wanted.map(|(ty, mutable)| {
            loop {
                let var = self.variable(ty, mutable);
                if !taken.contains(&var.name) {
                    taken.push(var.name.clone());
                    return var;
                }
            }
        })
    }

    fn declare(&mut self, var: Var) {
        self.scope.push(var);
    }

    /// Keeps a variable from being changed, or even read, until the current block ends.
    fn lock(&mut self, var: &Var, lock: Lock) {
        let var = self.scope.iter_mut().find(|other| other.id == var.id);
        var.expect("a variable in scope").lock = lock;
    }

    // ---- scopes

    /// Runs `inside` in a scope of its own, with these variables in it.
    fn scoped<T>(
        &mut self,
        vars: impl IntoIterator<Item = Var>,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let locks: Vec<Lock> = self.scope.iter().map(|var| var.lock).collect();
        self.depth += 1;
        let depth = self.depth;
        self.scope.extend(vars.into_iter().map(|var| Var { depth, ..var }));
        let result = inside(self);
        self.depth -= 1;
        self.scope.truncate(locks.len());
        for (var, lock) in self.scope.iter_mut().zip(locks) {
            var.lock = lock;
        }
        result
    }

    /// A few statements in a scope of their own.
    fn block(&mut self, vars: impl IntoIterator<Item = Var>) -> Node {
        let most = if self.depth > 2 { 2 } else { 4 };
        self.scoped(vars, |this| {
            let count = this.rng.between(1, most);
            let mut statements = this.statements(count);
            if this.rng.one_in(9) {
                statements.extend(this.exit());
            }
            Node::block(statements, None)
        })
    }

    /// A block with a value. Nothing leaves it: the language has no exits inside expressions.
    fn value_block(&mut self, depth: usize) -> Node {
        let loops = std::mem::take(&mut self.loops);
        let returns = self.returns.take();
        let block = self.scoped([], |this| {
            let count = this.rng.weighted(&[(5, 0), (3, 1), (2, 2)]);
            let fit = this.depth < 5 && this.pure == 0;
            let statements = if fit { this.statements(count) } else { Vec::new() };
            let value = this.float(depth);
            Node::block(statements, Some(value))
        });
        self.loops = loops;
        self.returns = returns;
        block
    }

    /// Runs `inside` for a condition or an index: the language wants those without side effects.
    fn purely<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.pure += 1;
        let result = inside(self);
        self.pure -= 1;
        result
    }

    /// Whether values are computed again and again.
    fn in_loop(&self) -> bool {
        self.iterations > 1
    }
}
