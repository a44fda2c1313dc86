//! Activity: through which variables derivatives flow from the `wrt` parameters to the result.
//!
//! One walk over the function collects, per variable, which variables flow into it. The analysis
//! is insensitive to order, so it holds for loops without iteration, and it errs towards *active*:
//! what it does not know is taken to pass derivatives on. Taking a variable for active costs at
//! most an error message or some work; taking an active variable for inactive would be a silently
//! wrong gradient.
//!
//! Here is what the walk collects and the fixed point over it.

mod bindings;
mod borrows;
mod calls;
mod syntax;
mod walk;

use std::collections::BTreeMap;

use crate::sets::Set;
use std::ptr;

use syn::{Expr, Stmt};

use self::syntax::is_error;
pub(crate) use self::syntax::{bound, root, unwrapped};
use super::{Source, SourceVar};

pub(crate) type Carried = Set<SourceVar>;

/// Where derivatives come from and go to.
pub(super) struct Ends<'a> {
    pub(super) wrt: &'a [SourceVar],
    /// Variables that are results besides the returned value: `&mut` parameters.
    pub(super) outputs: &'a [SourceVar],
}

pub(super) fn analyse(source: &mut Source, body: &syn::Block, ends: &Ends<'_>) {
    let mut flow = Flow {
        source,
        edges: BTreeMap::new(),
        lenders: BTreeMap::new(),
        bare: Carried::new(),
        discrete: Carried::new(),
        whole: Carried::new(),
        shared: Set::new(),
        closures: BTreeMap::new(),
        iterators: Set::new(),
        everything: ends.wrt.iter().copied().collect(),
        dropped: None,
        result: Carried::new(),
        breaks: Vec::new(),
    };
    // Twice, so that what is learnt of references holds for the code before it too.
    flow.block(body);
    flow.block(body);
    let value = flow.returned_by(body);
    flow.result.extend(value);
    flow.result.extend(ends.outputs);

    // `edges[to]` holds what flows into `to`.
    let mut origin: BTreeMap<SourceVar, SourceVar> = ends.wrt.iter().map(|v| (*v, *v)).collect();
    loop {
        let before = origin.len();
        for (to, from) in &flow.edges {
            if !origin.contains_key(to) {
                if let Some(found) = from.iter().find_map(|var| origin.get(var)).copied() {
                    origin.insert(*to, found);
                }
            }
        }
        if origin.len() == before {
            break;
        }
    }
    let mut useful = flow.result.clone();
    let mut pending: Vec<SourceVar> = useful.iter().copied().collect();
    while let Some(var) = pending.pop() {
        for from in flow.edges.get(&var).into_iter().flatten() {
            if useful.insert(*from) {
                pending.push(*from);
            }
        }
    }
    source.useful.clone_from(&useful);
    source.active = origin.keys().filter(|var| useful.contains(var)).copied().collect();
    source.origin = origin.into_iter().collect();
}

struct Flow<'s> {
    source: &'s mut Source,
    edges: BTreeMap<SourceVar, Carried>,
    /// What a binding may have borrowed from, if something is written through it.
    lenders: BTreeMap<SourceVar, Carried>,
    /// Variables whose initialisers borrow nothing.
    bare: Carried,
    /// Parts of discrete values, which are discrete themselves.
    discrete: Carried,
    /// Integers by the field they were read from, which rustc checks.
    whole: Carried,
    /// Bindings that refer to what shared references lend.
    shared: Set<SourceVar>,
    /// The parameters of closures that have a name.
    closures: BTreeMap<SourceVar, NamedClosure>,
    /// Variables that are iterators by their initialisers.
    iterators: Set<SourceVar>,
    /// The `wrt` parameters: what a closure may be given of which it is not known who calls it.
    everything: Carried,
    /// The call that stands as a statement of its own, while it is read.
    dropped: Option<*const Expr>,
    result: Carried,
    /// Per open loop or labelled block, what its `break` values carry.
    breaks: Vec<(Option<String>, Carried)>,
}

/// A closure that has a name.
#[derive(Clone)]
struct NamedClosure {
    parameters: Vec<Vec<SourceVar>>,
    /// What its body may change besides its own variables.
    changes: Carried,
    /// Whether it yields a number, which lends nothing.
    number: bool,
}

impl Flow<'_> {
    fn flows(&mut self, from: &Carried, to: SourceVar) {
        if !self.source.binding(to).stops_derivatives() {
            self.edges.entry(to).or_default().extend(from);
        }
    }

    /// What a function's value carries, once it has been read: what an `Err` holds is a message for
    /// the caller.
    fn returned(&mut self, expr: &Expr) -> Carried {
        match expr {
            Expr::Paren(e) => self.returned(&e.expr),
            Expr::Group(e) => self.returned(&e.expr),
            Expr::Call(e) if is_error(&e.func) => Carried::new(),
            Expr::Block(e) if e.label.is_none() => self.returned_by(&e.block),
            Expr::If(e) => {
                let mut carried = self.returned_by(&e.then_branch);
                if let Some((_, otherwise)) = &e.else_branch {
                    carried.extend(self.returned(otherwise));
                }
                carried
            }
            Expr::Match(e) => {
                let mut carried = Carried::new();
                for arm in &e.arms {
                    carried.extend(self.returned(&arm.body));
                }
                carried
            }
            other => self.source.carried.get(&ptr::from_ref(other)).cloned().unwrap_or_default(),
        }
    }

    fn returned_by(&mut self, block: &syn::Block) -> Carried {
        match block.stmts.last() {
            Some(Stmt::Expr(expr, None)) => self.returned(expr),
            Some(Stmt::Macro(statement)) if statement.semi_token.is_none() => {
                self.invocation(&statement.mac)
            }
            _ => Carried::new(),
        }
    }
}
