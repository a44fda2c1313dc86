//! What patterns bind: the parts of a value, and the items that an iterable yields.

use syn::{Expr, Pat};

use super::syntax::{bound, root, unwrapped};
use super::{Carried, Flow};
use crate::kind::Kind;
use crate::source::known::{is_iterator, passes_items_on};

impl Flow<'_> {
    pub(super) fn bind(&mut self, pattern: &Pat, carried: &Carried) {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        for var in names {
            self.flows(carried, var);
            if !self.source.binding(var).kind.is_owned() {
                self.lenders.entry(var).or_default().extend(carried);
            }
        }
        if let Pat::Guard(guard) = pattern {
            self.expr(&guard.guard);
        }
    }

    /// Binds a pattern to the items of an iterable: counters carry nothing.
    pub(super) fn bind_items(&mut self, pattern: &Pat, iterable: &Expr) {
        let inner = match pattern {
            Pat::Type(typed) => &*typed.pat,
            Pat::Paren(paren) => &*paren.pat,
            other => other,
        };
        match unwrapped(iterable) {
            Expr::Range(_) => self.bind(inner, &Carried::new()),
            Expr::MethodCall(call) => {
                let parts = match inner {
                    Pat::Tuple(tuple) if tuple.elems.len() == 2 => Some(&tuple.elems),
                    _ => None,
                };
                // Only of an iterator is it known what the adapters yield.
                let iterates = is_iterator(&call.receiver, &|var| self.iterates(var));
                match (call.method.to_string().as_str(), parts) {
                    _ if !iterates && !is_iterator(iterable, &|_| false) => {
                        let carried = self.expr(iterable);
                        self.bind(inner, &carried);
                    }
                    ("enumerate", Some(parts)) => {
                        self.count(&parts[0]);
                        self.bind_items(&parts[1], &call.receiver);
                    }
                    ("zip", Some(parts)) if call.args.len() == 1 => {
                        self.bind_items(&parts[0], &call.receiver);
                        self.bind_items(&parts[1], &call.args[0]);
                    }
                    (name, _) if iterates && passes_items_on(name) && name != "chain" => {
                        self.bind_items(inner, &call.receiver);
                    }
                    _ => {
                        self.bind_leaf(inner, iterable);
                    }
                }
            }
            _ => {
                self.bind_leaf(inner, iterable);
            }
        }
    }

    /// Binds a pattern to the numbers of items.
    fn count(&mut self, pattern: &Pat) {
        self.bind(pattern, &Carried::new());
        if let Pat::Ident(ident) = pattern {
            let var = self.source.binder(&ident.ident);
            let kind = &mut self.source.bindings[var.0].kind;
            if *kind == Kind::Unknown {
                *kind = Kind::Discrete;
            }
        }
    }

    /// Binds a pattern to the items of what no adapter is known to rearrange.
    fn bind_leaf(&mut self, pattern: &Pat, iterable: &Expr) {
        let carried = self.expr(iterable);
        self.bind(pattern, &carried);
        let lends = match unwrapped(iterable) {
            Expr::Reference(reference) => reference.mutability.is_none(),
            Expr::MethodCall(call) => {
                ["iter", "windows", "chunks", "chunks_exact"].iter().any(|name| call.method == name)
            }
            Expr::Path(_) => root(self.source, iterable).is_some_and(|(var, _)| {
                matches!(self.source.binding(var).kind, Kind::Ref(_)) || self.shared.contains(&var)
            }),
            _ => false,
        };
        if lends {
            let mut names = Vec::new();
            bound(self.source, pattern, &mut names);
            self.shared.extend(names);
        }
    }

    /// Whether an identifier names an iterator.
    pub(super) fn iterates(&self, name: &syn::Ident) -> bool {
        self.source.usage(name).is_some_and(|var| self.iterators.contains(&var))
    }

    /// Whether a value is a part of something discrete: an element of a list of words, a character
    /// of one.
    fn is_part_of_discrete(&self, expr: &Expr) -> bool {
        match unwrapped(expr) {
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                used.is_some_and(|var| {
                    self.source.binding(var).kind.is_discrete() || self.discrete.contains(&var)
                })
            }
            Expr::Reference(e) => self.is_part_of_discrete(&e.expr),
            Expr::Unary(e) => self.is_part_of_discrete(&e.expr),
            Expr::Index(e) => self.is_part_of_discrete(&e.expr),
            Expr::Field(e) => self.is_part_of_discrete(&e.base),
            Expr::MethodCall(e) => e.args.is_empty() && self.is_part_of_discrete(&e.receiver),
            _ => false,
        }
    }

    /// Notes what a pattern binds of a field that holds integers.
    pub(super) fn bind_whole(&mut self, pattern: &Pat, value: &Expr) {
        let Expr::Field(field) = unwrapped(value) else { return };
        if crate::surroundings::is_whole(&field.member) {
            let mut names = Vec::new();
            bound(self.source, pattern, &mut names);
            self.whole.extend(names);
        }
    }

    /// Notes what a pattern binds of a part of something discrete.
    pub(super) fn bind_discrete(&mut self, pattern: &Pat, value: &Expr) {
        if self.is_part_of_discrete(value) {
            let mut names = Vec::new();
            bound(self.source, pattern, &mut names);
            self.discrete.extend(names);
        }
    }
}
