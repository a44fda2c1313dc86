//! Branches that yield tuples of which only some parts carry a derivative.
//!
//! `let (x, step) = if c { (f(a), Step::Long) } else { (a, Step::Short) };`: as one value, the
//! whole tuple would have to carry the derivative of its first part. Each part gets a variable.

use std::ptr;

use proc_macro2::Ident;
use quote::quote;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Block, Expr, Pat, Stmt};

use crate::maps::HashSet;
use crate::names::Namer;
use crate::source::{unwrapped, Source};

/// The branches to take apart, by address: those bound to a tuple of names.
pub(super) fn mixed(body: &Block, source: &Source) -> HashSet<*const Expr> {
    struct Find<'s> {
        source: &'s Source,
        found: HashSet<*const Expr>,
    }
    impl<'ast> Visit<'ast> for Find<'_> {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_local(&mut self, local: &'ast syn::Local) {
            if let Some(branches) = bound_branches(local) {
                let mut tuples = Vec::new();
                let known = tuples_of(branches, &mut tuples);
                let carries = |at: usize| {
                    let mut values = tuples.iter().filter_map(|tuple| tuple.elems.get(at));
                    values.any(|value| self.source.may_carry(value))
                };
                let arity = tuples.first().map_or(0, |tuple| tuple.elems.len());
                let same = tuples.iter().all(|tuple| tuple.elems.len() == arity);
                let some = (0..arity).any(carries);
                if known && same && some && !(0..arity).all(carries) {
                    self.found.insert(ptr::from_ref(branches));
                }
            }
            visit::visit_local(self, local);
        }
    }
    let mut find = Find { source, found: HashSet::default() };
    find.visit_block(body);
    find.found
}

/// Takes the branches apart; tells whether there were any.
pub(super) fn take_apart(
    body: &mut Block,
    branches: &HashSet<*const Expr>,
    names: &mut Namer,
) -> bool {
    let mut split = Split { branches, names, done: false };
    if !branches.is_empty() {
        split.visit_block_mut(body);
    }
    split.done
}

struct Split<'b> {
    branches: &'b HashSet<*const Expr>,
    names: &'b mut Namer,
    done: bool,
}

impl VisitMut for Split<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        visit_mut::visit_block_mut(self, block);
        let marked =
            |stmt: &Stmt| matches!(stmt, Stmt::Local(local) if marked_local(local, self.branches));
        if !block.stmts.iter().any(marked) {
            return;
        }
        self.done = true;
        let stmts = std::mem::take(&mut block.stmts);
        for stmt in stmts {
            match stmt {
                Stmt::Local(local) if marked_local(&local, self.branches) => {
                    block.stmts.extend(self.one_by_one(local));
                }
                other => block.stmts.push(other),
            }
        }
    }
}

fn marked_local(local: &syn::Local, marked: &HashSet<*const Expr>) -> bool {
    bound_branches(local).is_some_and(|branches| marked.contains(&ptr::from_ref(branches)))
}

impl Split<'_> {
    /// `let a; let b; if c { a = x; b = y; } else { … }`. Where a branch leaves, rustc does not see
    /// that the names have values afterwards: they go through an `Option`.
    fn one_by_one(&mut self, local: syn::Local) -> Vec<Stmt> {
        let Some(init) = local.init else { return Vec::new() };
        let (pattern, types) = match local.pat {
            Pat::Type(typed) => match *typed.ty {
                syn::Type::Tuple(types) => (*typed.pat, Some(types)),
                _ => (*typed.pat, None),
            },
            pattern => (pattern, None),
        };
        let Pat::Tuple(names) = pattern else { return Vec::new() };
        let mut branches = *init.expr;
        let leaves = crate::lower::leaves(&branches);
        let (mut before, mut after): (Vec<Stmt>, Vec<Stmt>) = (Vec::new(), Vec::new());
        let mut targets = Vec::new();
        for (at, name) in names.elems.iter().enumerate() {
            let Pat::Ident(pattern) = name else {
                targets.push(Target { name: None, optional: false });
                continue;
            };
            let ty = types.as_ref().and_then(|types| types.elems.get(at));
            let ty = ty.map(|ty| quote!(: #ty));
            if leaves {
                let through = self.names.fresh("part");
                let value = self.names.fresh("value");
                before.push(parse_quote!(let mut #through = ::core::option::Option::None;));
                after.push(parse_quote! {
                    let #pattern #ty = match #through {
                        ::core::option::Option::Some(#value) => #value,
                        ::core::option::Option::None => ::core::unreachable!(),
                    };
                });
                targets.push(Target { name: Some(through), optional: true });
            } else {
                before.push(parse_quote!(let #pattern #ty;));
                targets.push(Target { name: Some(pattern.ident.clone()), optional: false });
            }
        }
        assign(&mut branches, &targets);
        before.push(Stmt::Expr(branches, Some(syn::token::Semi::default())));
        before.extend(after);
        before
    }
}

/// Where a part of a tuple goes.
struct Target {
    /// `None` for `_`.
    name: Option<Ident>,
    optional: bool,
}

/// Writes the tuples that branches end with as assignments to the names.
fn assign(expr: &mut Expr, targets: &[Target]) {
    match expr {
        Expr::Paren(e) => assign(&mut e.expr, targets),
        Expr::Group(e) => assign(&mut e.expr, targets),
        Expr::If(e) => {
            assign_in(&mut e.then_branch, targets);
            if let Some((_, other)) = &mut e.else_branch {
                assign(other, targets);
            }
        }
        Expr::Match(e) => e.arms.iter_mut().for_each(|arm| assign(&mut arm.body, targets)),
        Expr::Block(e) => assign_in(&mut e.block, targets),
        Expr::Tuple(tuple) => {
            let stores = targets.iter().zip(&tuple.elems).map(|(target, value)| {
                match (&target.name, target.optional) {
                    (Some(name), true) => quote!(#name = ::core::option::Option::Some(#value);),
                    (Some(name), false) => quote!(#name = #value;),
                    (None, _) => quote!(let _ = #value;),
                }
            });
            *expr = parse_quote!({ #(#stores)* });
        }
        _ => {}
    }
}

fn assign_in(block: &mut Block, targets: &[Target]) {
    let Some(Stmt::Expr(tail, None)) = block.stmts.last_mut() else { return };
    assign(tail, targets);
    // The statements of what was the value belong to the block.
    if let Some(Stmt::Expr(Expr::Block(inner), None)) = block.stmts.last() {
        if inner.label.is_none() && inner.attrs.is_empty() {
            let stmts = inner.block.stmts.clone();
            block.stmts.pop();
            block.stmts.extend(stmts);
        }
    }
}

/// The branches whose value a `let` binds to a tuple of names.
fn bound_branches(local: &syn::Local) -> Option<&Expr> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let pattern = match &local.pat {
        Pat::Type(typed) => match &*typed.ty {
            syn::Type::Tuple(_) => &*typed.pat,
            _ => return None,
        },
        pattern => pattern,
    };
    let Pat::Tuple(names) = pattern else { return None };
    let plain = |name: &Pat| match name {
        Pat::Ident(name) => name.by_ref.is_none() && name.subpat.is_none(),
        Pat::Wild(_) => true,
        _ => false,
    };
    let branches = &*init.expr;
    let branching = matches!(unwrapped(branches), Expr::If(_) | Expr::Match(_));
    (branching && names.elems.iter().all(plain)).then_some(branches)
}

/// Finds the tuples that branches yield; tells whether each branch yields one or leaves.
fn tuples_of<'e>(expr: &'e Expr, tuples: &mut Vec<&'e syn::ExprTuple>) -> bool {
    let mut in_block = |block: &'e Block| match block.stmts.last() {
        Some(Stmt::Expr(tail, None)) => tuples_of(tail, tuples),
        _ => crate::lower::diverges(block),
    };
    match unwrapped(expr) {
        Expr::If(e) => {
            in_block(&e.then_branch)
                && e.else_branch.as_ref().is_some_and(|(_, other)| tuples_of(other, tuples))
        }
        Expr::Match(e) => e.arms.iter().all(|arm| tuples_of(&arm.body, tuples)),
        Expr::Block(e) if e.label.is_none() && e.attrs.is_empty() => in_block(&e.block),
        Expr::Tuple(tuple) => {
            tuples.push(tuple);
            true
        }
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        _ => false,
    }
}
