//! Iterators that have a name: `let squares = xs.iter().map(|x| x * x); squares.sum()`.
//!
//! An iterator does nothing before it is consumed, and what it borrows does not change until then:
//! where it is consumed once, it is written there.

use crate::maps::HashMap;

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Pat, Stmt};

use super::chain::{is_adapter, is_iterator, is_place};
use super::count_idents;
use super::rename::bound_names;
use crate::source::unwrapped;

/// An iterator over the elements of a place that is advanced by hand.
#[derive(Clone)]
pub(super) struct Cursor {
    pub(super) place: Expr,
    /// Whether its items are the elements themselves.
    pub(super) by_value: bool,
    /// The variable that counts what it has yielded.
    pub(super) at: proc_macro2::Ident,
}

/// Replaces iterators that are advanced by `next()` and `peek()` by the number of the next element.
pub(super) fn cursors(
    block: &mut Block,
    names: &mut crate::names::Namer,
) -> HashMap<String, Cursor> {
    let mut find = Find { names, found: HashMap::default(), bound: Vec::new() };
    let mut bound = Bindings(Vec::new());
    syn::visit::Visit::visit_block(&mut bound, block);
    find.bound = bound.0;
    find.visit_block_mut(block);
    find.found
}

struct Find<'n> {
    names: &'n mut crate::names::Namer,
    found: HashMap<String, Cursor>,
    /// The names that patterns bind, as often as they do.
    bound: Vec<String>,
}

impl VisitMut for Find<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        for index in 0..block.stmts.len() {
            let Some((name, place, by_value)) = advanced(&block.stmts[index]) else { continue };
            let rest = &mut block.stmts[index + 1..];
            if self.bound.iter().filter(|bound| **bound == name).count() != 1
                || !only_advanced(&name, rest)
            {
                continue;
            }
            let at = self.names.fresh(&format!("next_of_{name}"));
            let slice: Expr = syn::parse_quote!(#place[#at..].iter());
            let iterator = if by_value { syn::parse_quote!(#slice.copied()) } else { slice };
            let mut write = Write { name: name.clone(), iterator, done: 0 };
            rest.iter_mut().for_each(|stmt| write.visit_stmt_mut(stmt));
            block.stmts[index] = syn::parse_quote!(let mut #at = 0usize;);
            self.found.insert(name, Cursor { place, by_value, at });
        }
        visit_mut::visit_block_mut(self, block);
    }
}

/// `let mut name = place.iter();`
fn advanced(stmt: &Stmt) -> Option<(String, Expr, bool)> {
    let Stmt::Local(local) = stmt else { return None };
    let Pat::Ident(ident) = &local.pat else { return None };
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    ident.mutability?;
    let mut iterator = unwrapped(&init.expr);
    // Others stay as they are.
    if !matches!(iterator, Expr::MethodCall(call) if super::is_marked(&call.attrs)) {
        return None;
    }
    let mut by_value = false;
    loop {
        let Expr::MethodCall(call) = iterator else { return None };
        match call.method.to_string().as_str() {
            "peekable" if call.args.is_empty() => {}
            "copied" | "cloned" if call.args.is_empty() => by_value = true,
            "iter" if is_place(&call.receiver) => {
                let place = (*call.receiver).clone();
                return Some((ident.ident.to_string(), place, by_value));
            }
            _ => return None,
        }
        iterator = unwrapped(&call.receiver);
    }
}

/// Whether an iterator is advanced by hand at least once, and else only consumed.
fn only_advanced(name: &str, stmts: &[Stmt]) -> bool {
    let mut all = HashMap::default();
    stmts.iter().for_each(|stmt| count_idents(&stmt, &mut all));
    let mut uses = Uses { name, advanced: 0, consumed: 0, methods: 0 };
    stmts.iter().for_each(|stmt| syn::visit::Visit::visit_stmt(&mut uses, stmt));
    uses.advanced > 0
        && uses.consumed <= 1
        && all.get(name).copied() == Some(uses.advanced + uses.consumed + uses.methods)
}

struct Uses<'n> {
    name: &'n str,
    advanced: usize,
    consumed: usize,
    /// Methods that have the iterator's name.
    methods: usize,
}

impl<'ast> syn::visit::Visit<'ast> for Uses<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let own = matches!(unwrapped(&call.receiver), Expr::Path(p) if p.path.is_ident(self.name));
        let name = call.method.to_string();
        self.methods += usize::from(name == self.name);
        if own && matches!(name.as_str(), "next" | "peek") && call.args.is_empty() {
            self.advanced += 1;
        } else if own && consumes(&name) {
            self.consumed += 1;
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
        self.consumed +=
            usize::from(matches!(unwrapped(&e.expr), Expr::Path(p) if p.path.is_ident(self.name)));
        syn::visit::visit_expr_for_loop(self, e);
    }
}

/// Whether a method takes an iterator as a whole.
fn consumes(name: &str) -> bool {
    is_adapter(name) && name != "by_ref"
        || matches!(
            name,
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
        )
}

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
                self.changed |= with_remainder(&name, &iterator, rest);
                if stepped(&name, &iterator, rest) {
                    self.changed = true;
                    block.stmts.remove(index);
                    continue;
                }
                if let Some(count) = can_move(&name, &iterator, rest) {
                    let mut written = rest.to_vec();
                    let mut write = Write { name, iterator, done: 0 };
                    written.iter_mut().for_each(|stmt| write.visit_stmt_mut(stmt));
                    if write.done == count {
                        self.changed = true;
                        block.stmts.truncate(index);
                        block.stmts.extend(written);
                        continue;
                    }
                }
            }
            index += 1;
        }
        visit_mut::visit_block_mut(self, block);
    }
}

/// Writes the remainder of `chunks_exact(n)` as the part of the slice that it is.
fn with_remainder(name: &str, iterator: &Expr, rest: &mut [Stmt]) -> bool {
    struct Remainder<'n> {
        name: &'n str,
        part: Expr,
        done: bool,
    }
    impl VisitMut for Remainder<'_> {
        fn visit_item_mut(&mut self, _: &mut syn::Item) {}
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            let own = matches!(unwrapped(expr), Expr::MethodCall(call)
                if call.method == "remainder" && call.args.is_empty()
                    && matches!(unwrapped(&call.receiver), Expr::Path(path)
                        if path.path.is_ident(self.name)));
            if own {
                *expr = self.part.clone();
                self.done = true;
            }
            visit_mut::visit_expr_mut(self, expr);
        }
    }
    let Expr::MethodCall(call) = iterator else { return false };
    if call.method != "chunks_exact" || call.args.len() != 1 {
        return false;
    }
    let (place, width) = (&call.receiver, &call.args[0]);
    let part = syn::parse_quote!(&#place[#place.len() - #place.len() % (#width)..]);
    let mut write = Remainder { name, part, done: false };
    rest.iter_mut().for_each(|stmt| write.visit_stmt_mut(stmt));
    write.done
}

/// Writes `while let Some(x) = it.next() { … }` as a `for` loop, where the iterator serves nothing
/// else; tells whether it did.
fn stepped(name: &str, iterator: &Expr, rest: &mut [Stmt]) -> bool {
    let mut occurrences = HashMap::default();
    rest.iter().for_each(|stmt| count_idents(&stmt, &mut occurrences));
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
    let pattern = match &local.pat {
        Pat::Type(typed) => &*typed.pat,
        pattern => pattern,
    };
    let Pat::Ident(ident) = pattern else { return None };
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let iterator = unwrapped(&init.expr);
    if is_borrowed_selection(iterator) {
        return Some((ident.ident.to_string(), iterator.clone()));
    }
    let adapted = matches!(iterator, Expr::MethodCall(_)) && is_iterator(iterator);
    (adapted && base_is_place(iterator)).then(|| (ident.ident.to_string(), iterator.clone()))
}

/// Whether an expression selects an element and holds a reference to it, so that nothing changes
/// until it is used.
fn is_borrowed_selection(expr: &Expr) -> bool {
    let Expr::MethodCall(call) = expr else { return false };
    match call.method.to_string().as_str() {
        "first" | "last" | "split_first" | "split_last" => {
            call.args.is_empty() && is_place(&call.receiver)
        }
        "max_by" | "min_by" | "max_by_key" | "min_by_key" | "find" => {
            let iterates = matches!(unwrapped(&call.receiver),
                Expr::MethodCall(inner) if inner.method == "iter" && is_place(&inner.receiver));
            iterates && matches!(call.args.first(), Some(Expr::Closure(c)) if c.capture.is_none())
        }
        _ => false,
    }
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

/// How often the name occurs after its definition, if the iterator means the same there. Where each
/// of several occurrences consumes it, only one of them is reached: rustc sees to that.
fn can_move(name: &str, iterator: &Expr, rest: &[Stmt]) -> Option<usize> {
    let mut counts = HashMap::default();
    rest.iter().for_each(|stmt| count_idents(&stmt, &mut counts));
    let count = counts.get(name).copied()?;
    if count > 1 && is_borrowed_selection(iterator) {
        return None;
    }
    let mut used = HashMap::default();
    count_idents(&iterator, &mut used);
    let mut own = Bindings(Vec::new());
    syn::visit::Visit::visit_expr(&mut own, iterator);
    used.retain(|name, _| !own.0.contains(name));
    // Names that are bound between the definition and the use, and not beside it, are in scope there.
    let mut site = Site { name, bound: Vec::new(), found: None };
    rest.iter().for_each(|stmt| syn::visit::Visit::visit_stmt(&mut site, stmt));
    let same = |bound: Vec<String>| !bound.iter().any(|name| used.contains_key(name));
    site.found.is_some_and(same).then_some(count)
}

/// The names that are bound around the places where a name is used.
struct Site<'n> {
    name: &'n str,
    bound: Vec<String>,
    found: Option<Vec<String>>,
}

impl Site<'_> {
    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        let outer = self.bound.len();
        inside(self);
        self.bound.truncate(outer);
    }
}

impl<'ast> syn::visit::Visit<'ast> for Site<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
        if ident == self.name {
            self.found.get_or_insert_default().extend(self.bound.iter().cloned());
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let mut counts = HashMap::default();
        count_idents(&invocation.tokens, &mut counts);
        if counts.contains_key(self.name) {
            self.found.get_or_insert_default().extend(self.bound.iter().cloned());
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.scoped(|this| syn::visit::visit_block(this, block));
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            syn::visit::visit_local_init(self, init);
        }
        bound_names(&local.pat, &mut self.bound);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.scoped(|this| {
            closure.inputs.iter().for_each(|input| bound_names(input, &mut this.bound));
            this.visit_expr(&closure.body);
        });
    }

    fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
        self.visit_expr(&e.expr);
        self.scoped(|this| {
            bound_names(&e.pat, &mut this.bound);
            this.visit_block(&e.body);
        });
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scoped(|this| {
            bound_names(&arm.pat, &mut this.bound);
            syn::visit::visit_arm(this, arm);
        });
    }

    fn visit_expr_if(&mut self, e: &'ast syn::ExprIf) {
        self.scoped(|this| syn::visit::visit_expr_if(this, e));
    }

    fn visit_expr_while(&mut self, e: &'ast syn::ExprWhile) {
        self.scoped(|this| syn::visit::visit_expr_while(this, e));
    }

    fn visit_expr_let(&mut self, e: &'ast syn::ExprLet) {
        self.visit_expr(&e.expr);
        bound_names(&e.pat, &mut self.bound);
    }
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
    /// How often it has been written.
    done: usize,
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
        if consumes(&name) && self.is_name(&call.receiver) {
            *call.receiver = self.iterator.clone();
            self.done += 1;
            return;
        }
        for argument in &mut call.args {
            if matches!(name.as_str(), "zip" | "chain" | "extend") && self.is_name(argument) {
                *argument = self.iterator.clone();
                self.done += 1;
                return;
            }
        }
        visit_mut::visit_expr_method_call_mut(self, call);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if is_borrowed_selection(&self.iterator) && self.is_name(expr) {
            *expr = self.iterator.clone();
            self.done += 1;
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        if self.is_name(&e.expr) {
            *e.expr = self.iterator.clone();
            self.done += 1;
            return;
        }
        visit_mut::visit_expr_for_loop_mut(self, e);
    }
}
