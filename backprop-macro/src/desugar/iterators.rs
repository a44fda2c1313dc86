//! Iterators that have a name: `let squares = xs.iter().map(|x| x * x); squares.sum()`.
//!
//! An iterator does nothing before it is consumed, and what it borrows does not change until then:
//! where it is consumed once, it is written there.

use std::collections::HashMap;

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Pat, Stmt};

use super::chain::{is_adapter, is_iterator, is_place};
use super::count_idents;
use super::rename::bound_names;
use crate::source::unwrapped;

/// Writes iterators that are consumed once where they are consumed; tells whether there were any.
pub(super) fn substitute(block: &mut Block) -> bool {
    let mut substitute = Substitute { changed: false };
    substitute.visit_block_mut(block);
    substitute.changed
}

struct Substitute {
    changed: bool,
}

impl VisitMut for Substitute {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut index = 0;
        while index < block.stmts.len() {
            let found = definition(&block.stmts[index]);
            if let Some((name, iterator)) = found {
                let rest = &mut block.stmts[index + 1..];
                if stepped(&name, &iterator, rest) {
                    self.changed = true;
                    block.stmts.remove(index);
                    continue;
                }
                if can_move(&name, &iterator, rest) {
                    let mut write = Write { name, iterator, done: false };
                    rest.iter_mut().for_each(|stmt| write.visit_stmt_mut(stmt));
                    if write.done {
                        self.changed = true;
                        block.stmts.remove(index);
                        continue;
                    }
                }
            }
            index += 1;
        }
        visit_mut::visit_block_mut(self, block);
    }
}

/// Writes `while let Some(x) = it.next() { … }` as a `for` loop, where the iterator serves nothing
/// else; tells whether it did.
fn stepped(name: &str, iterator: &Expr, rest: &mut [Stmt]) -> bool {
    let mut occurrences = HashMap::new();
    rest.iter().for_each(|stmt| count_idents(stmt.to_token_stream(), &mut occurrences));
    if occurrences.get(name) != Some(&1) {
        return false;
    }
    let repeat = rest.iter_mut().find_map(|stmt| match stmt {
        Stmt::Expr(expr, _) => repeated(name, iterator, expr).map(|repeat| (expr, repeat)),
        _ => None,
    });
    let Some((expr, repeat)) = repeat else { return false };
    *expr = repeat;
    true
}

fn repeated(name: &str, iterator: &Expr, expr: &Expr) -> Option<Expr> {
    let Expr::While(repeat) = expr else { return None };
    let Expr::Let(condition) = &*repeat.cond else { return None };
    let Expr::MethodCall(next) = unwrapped(&condition.expr) else { return None };
    let Expr::Path(receiver) = unwrapped(&next.receiver) else { return None };
    let Pat::TupleStruct(some) = &*condition.pat else { return None };
    let steps = next.method == "next"
        && next.args.is_empty()
        && receiver.path.get_ident().is_some_and(|ident| ident == name)
        && some.path.is_ident("Some")
        && some.elems.len() == 1;
    let (attrs, label, body) = (&repeat.attrs, &repeat.label, &repeat.body);
    let pattern = &some.elems[0];
    steps.then(|| syn::parse_quote!(#(#attrs)* #label for #pattern in #iterator #body))
}

/// `let name = iterator;`
fn definition(stmt: &Stmt) -> Option<(String, Expr)> {
    let Stmt::Local(local) = stmt else { return None };
    let Pat::Ident(ident) = &local.pat else { return None };
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let iterator = unwrapped(&init.expr);
    let adapted = matches!(iterator, Expr::MethodCall(_)) && is_iterator(iterator);
    (adapted && base_is_place(iterator)).then(|| (ident.ident.to_string(), iterator.clone()))
}

/// Whether all that evaluating the iterator's expression does is borrowing.
fn base_is_place(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => {
            let closures = call.args.iter().all(|arg| match arg {
                Expr::Closure(closure) => closure.capture.is_none(),
                Expr::Path(_) | Expr::Lit(_) => true,
                arg => is_place(arg) || is_iterator(arg) && base_is_place(arg),
            });
            let name = call.method.to_string();
            let source = matches!(name.as_str(), "iter" | "windows" | "chunks" | "chunks_exact")
                && is_place(&call.receiver);
            closures && (source || is_adapter(&name) && base_is_place(&call.receiver))
        }
        _ => false,
    }
}

/// Whether the name occurs once after its definition, where the iterator is consumed, and the
/// iterator means the same there.
fn can_move(name: &str, iterator: &Expr, rest: &[Stmt]) -> bool {
    let mut counts = HashMap::new();
    rest.iter().for_each(|stmt| count_idents(stmt.to_token_stream(), &mut counts));
    if counts.get(name) != Some(&1) {
        return false;
    }
    let mut used = HashMap::new();
    count_idents(iterator.to_token_stream(), &mut used);
    let mut own = Bindings(Vec::new());
    syn::visit::Visit::visit_expr(&mut own, iterator);
    used.retain(|name, _| !own.0.contains(name));
    let mut bound = Bindings(Vec::new());
    rest.iter().for_each(|stmt| syn::visit::Visit::visit_stmt(&mut bound, stmt));
    !bound.0.iter().any(|name| used.contains_key(name))
}

struct Bindings(Vec<String>);

impl<'ast> syn::visit::Visit<'ast> for Bindings {
    fn visit_pat(&mut self, pattern: &'ast Pat) {
        bound_names(pattern, &mut self.0);
    }
}

struct Write {
    name: String,
    iterator: Expr,
    done: bool,
}

impl Write {
    fn is_name(&self, expr: &Expr) -> bool {
        matches!(unwrapped(expr), Expr::Path(path) if path.path.is_ident(&self.name))
    }
}

impl VisitMut for Write {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        let name = call.method.to_string();
        let consumes = is_adapter(&name) && name != "by_ref"
            || matches!(
                name.as_str(),
                "sum"
                    | "product"
                    | "fold"
                    | "collect"
                    | "for_each"
                    | "max_by"
                    | "min_by"
                    | "last"
                    | "count"
                    | "unzip"
                    | "reduce"
                    | "partition"
            );
        if consumes && self.is_name(&call.receiver) {
            *call.receiver = self.iterator.clone();
            self.done = true;
            return;
        }
        for argument in &mut call.args {
            if matches!(name.as_str(), "zip" | "chain" | "extend") && self.is_name(argument) {
                *argument = self.iterator.clone();
                self.done = true;
                return;
            }
        }
        visit_mut::visit_expr_method_call_mut(self, call);
    }

    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        if self.is_name(&e.expr) {
            *e.expr = self.iterator.clone();
            self.done = true;
            return;
        }
        visit_mut::visit_expr_for_loop_mut(self, e);
    }
}
