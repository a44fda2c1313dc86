//! Variables that get their first value inside a loop, as it is left.
//!
//! `let best; loop { …; if done { best = x; break; } … }`: exits become flags, so that rustc would
//! no longer see that the variable has a value afterwards. It goes through an `Option`.

use proc_macro2::Ident;
use quote::quote;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Block, Expr, Local, Pat, Stmt};

use super::Control;
use crate::names::Namer;

impl Control<'_> {
    /// Lets each variable of a block that is declared without a value, and gets it inside a loop,
    /// go through an `Option`.
    pub(super) fn deferred(&mut self, block: &mut Block) {
        let declared = block.stmts.iter().flat_map(one_by_one).collect();
        if block.stmts.iter().any(|stmt| names_of_tuple(stmt).is_some()) {
            block.stmts = declared;
            self.changed = true;
        }
        let mut index = 0;
        while index < block.stmts.len() {
            if let Some((name, at)) = assigned_in_loop(&block.stmts, index) {
                self.defer(block, index, &name, at);
            }
            index += 1;
        }
    }

    fn defer(&mut self, block: &mut Block, index: usize, name: &Ident, at: usize) {
        let Stmt::Local(local) = &block.stmts[index] else { return };
        let through = self.names.fresh("deferred");
        let value = self.names.fresh("value");
        self.through.insert(through.to_string());
        self.changed = true;
        let pattern = local.pat.clone();
        let ty = match &pattern {
            Pat::Type(typed) => {
                let ty = &typed.ty;
                quote!(: ::core::option::Option<#ty>)
            }
            _ => quote!(),
        };
        block.stmts[index] = parse_quote!(let mut #through #ty = ::core::option::Option::None;);
        let names = &mut self.names;
        Assigned { name, through: &through, names }.visit_stmt_mut(&mut block.stmts[at]);
        let taken: Stmt = parse_quote! {
            let #pattern = match #through {
                ::core::option::Option::Some(#value) => #value,
                ::core::option::Option::None => ::core::unreachable!(),
            };
        };
        block.stmts.insert(at + 1, taken);
    }
}

/// The names of `let (a, b);`.
fn names_of_tuple(stmt: &Stmt) -> Option<Vec<&Pat>> {
    let Stmt::Local(Local { pat: Pat::Tuple(tuple), init: None, .. }) = stmt else { return None };
    let names: Vec<&Pat> = tuple.elems.iter().collect();
    names.iter().all(|name| matches!(name, Pat::Ident(_))).then_some(names)
}

/// `let (a, b);` as `let a; let b;`.
fn one_by_one(stmt: &Stmt) -> Vec<Stmt> {
    match names_of_tuple(stmt) {
        Some(names) => names.into_iter().map(|name| parse_quote!(let #name;)).collect(),
        None => vec![stmt.clone()],
    }
}

/// The places of an assignment, if they are names.
fn assigned_names(left: &Expr) -> Option<Vec<&syn::Path>> {
    fn name(expr: &Expr) -> Option<&syn::Path> {
        match expr {
            Expr::Path(path) => Some(&path.path),
            _ => None,
        }
    }
    match left {
        Expr::Tuple(tuple) => tuple.elems.iter().map(name).collect(),
        one => Some(vec![name(one)?]),
    }
}

/// The name that the statement at `index` declares without a value, and the one statement that
/// assigns it, inside a loop, and does not read it.
fn assigned_in_loop(stmts: &[Stmt], index: usize) -> Option<(Ident, usize)> {
    let Stmt::Local(Local { pat, init: None, .. }) = &stmts[index] else { return None };
    let pattern = match pat {
        Pat::Type(typed) => &*typed.pat,
        other => other,
    };
    let Pat::Ident(pattern) = pattern else { return None };
    let mut found = None;
    for (at, stmt) in stmts.iter().enumerate().skip(index + 1) {
        let mut uses = Uses { name: &pattern.ident, loops: 0, in_loop: 0, elsewhere: 0 };
        uses.visit_stmt(stmt);
        match (found, uses.in_loop, uses.elsewhere) {
            (_, 0, 0) => {}
            (None, 1.., 0) => found = Some(at),
            // What is read afterwards has its value by then.
            (Some(_), 0, _) => break,
            _ => return None,
        }
    }
    Some((pattern.ident.clone(), found?))
}

/// Counts assignments inside loops, and everything else that mentions a variable.
struct Uses<'n> {
    name: &'n Ident,
    loops: usize,
    in_loop: usize,
    elsewhere: usize,
}

impl Uses<'_> {
    fn inside(&mut self, visit: impl FnOnce(&mut Self)) {
        self.loops += 1;
        visit(self);
        self.loops -= 1;
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
        let names = assigned_names(&e.left).unwrap_or_default();
        if self.loops > 0 && names.iter().any(|name| name.is_ident(self.name)) {
            self.in_loop += 1;
        } else {
            self.visit_expr(&e.left);
        }
        self.visit_expr(&e.right);
    }

    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.elsewhere += usize::from(ident == self.name);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let named = crate::tokens::any_ident(&invocation.tokens, |ident| ident == self.name);
        self.elsewhere += usize::from(named);
    }

    fn visit_expr_loop(&mut self, e: &'ast syn::ExprLoop) {
        self.inside(|this| visit::visit_expr_loop(this, e));
    }

    fn visit_expr_while(&mut self, e: &'ast syn::ExprWhile) {
        self.inside(|this| visit::visit_expr_while(this, e));
    }

    fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
        self.inside(|this| visit::visit_expr_for_loop(this, e));
    }

    fn visit_expr_block(&mut self, e: &'ast syn::ExprBlock) {
        // A labelled block becomes a loop that runs once.
        match e.label {
            Some(_) => self.inside(|this| visit::visit_expr_block(this, e)),
            None => visit::visit_expr_block(self, e),
        }
    }
}

/// Writes the assignments of a variable as those of an `Option`.
struct Assigned<'n> {
    name: &'n Ident,
    through: &'n Ident,
    names: &'n mut Namer,
}

impl VisitMut for Assigned<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Assign(e) = expr else { return };
        let Some(places) = assigned_names(&e.left) else { return };
        let Some(at) = places.iter().position(|place| place.is_ident(self.name)) else { return };
        let (through, value) = (self.through, &e.right);
        *expr = match &*e.left {
            Expr::Tuple(_) => {
                let parts: Vec<Ident> =
                    places.iter().map(|_| self.names.fresh("assigned")).collect();
                let stores = places.iter().zip(&parts).enumerate().map(|(index, (place, part))| {
                    if index == at {
                        quote!(#through = ::core::option::Option::Some(#part))
                    } else {
                        quote!(#place = #part)
                    }
                });
                parse_quote!({ let (#(#parts),*) = #value; #(#stores;)* })
            }
            _ => parse_quote!(#through = ::core::option::Option::Some(#value)),
        };
    }
}
