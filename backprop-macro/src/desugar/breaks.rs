//! Leaving the loops that a chain becomes: labels, and the `break`s of bodies put into them.

use crate::tokens::mentions;
use proc_macro2::{Ident, Span};
use quote::quote;
use syn::{parse_quote, Block, Expr, Stmt};

/// Where `break` leads that ends a chain.
#[derive(Clone)]
pub(super) struct Exit {
    pub(super) label: Ident,
    /// Set for the loops that come after the one that is left.
    pub(super) ended: Option<Ident>,
}

/// The `break`s of a loop, written so that the loop after it does not run.
struct LoopBreaks {
    pub(super) ended: Option<Ident>,
    /// The label that they get.
    pub(super) label: Option<Ident>,
    found: bool,
    depth: usize,
}

impl syn::visit_mut::VisitMut for LoopBreaks {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        self.depth += 1;
        self.visit_block_mut(&mut e.body);
        self.depth -= 1;
    }
    fn visit_expr_while_mut(&mut self, e: &mut syn::ExprWhile) {
        self.depth += 1;
        self.visit_block_mut(&mut e.body);
        self.depth -= 1;
    }
    fn visit_expr_loop_mut(&mut self, e: &mut syn::ExprLoop) {
        self.depth += 1;
        self.visit_block_mut(&mut e.body);
        self.depth -= 1;
    }
    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut stmts = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Stmt::Expr(Expr::Break(e), _) = &stmt {
                if e.label.is_none() && self.depth == 0 {
                    self.found = true;
                    if let Some(ended) = &self.ended {
                        stmts.push(parse_quote!(#ended = true;));
                    }
                }
            }
            self.visit_stmt_mut(&mut stmt);
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }
    fn visit_expr_break_mut(&mut self, e: &mut syn::ExprBreak) {
        if e.label.is_none() && self.depth == 0 {
            self.found = true;
            e.label = self.label.as_ref().map(lifetime);
        }
    }
}

pub(super) fn leave(exit: &Exit) -> Vec<Stmt> {
    let label = lifetime(&exit.label);
    let mut out: Vec<Stmt> = Vec::new();
    if let Some(ended) = &exit.ended {
        out.push(parse_quote!(#ended = true;));
    }
    out.push(parse_quote!(break #label;));
    out
}

pub(super) fn lifetime(label: &Ident) -> syn::Lifetime {
    syn::Lifetime { apostrophe: Span::mixed_site(), ident: label.clone() }
}

pub(super) fn labelled(label: &Ident, body: &[Stmt]) -> Option<proc_macro2::TokenStream> {
    let used = body.iter().any(|stmt| mentions(stmt, &label.to_string()));
    used.then(|| {
        let label = lifetime(label);
        quote!(#label:)
    })
}

/// Whether a loop's body may leave the loop that it belongs to.
pub(super) fn contains_break(body: &Block) -> bool {
    let mut find = LoopBreaks { ended: None, label: None, found: false, depth: 0 };
    let mut copy = body.clone();
    syn::visit_mut::VisitMut::visit_block_mut(&mut find, &mut copy);
    find.found
}

/// Makes the `break`s of a loop's body lead out of the loop with a label.
pub(super) fn label_breaks(body: &mut Block, label: &Ident) {
    let mut name = LoopBreaks { ended: None, label: Some(label.clone()), found: false, depth: 0 };
    syn::visit_mut::VisitMut::visit_block_mut(&mut name, body);
}

pub(super) fn note_breaks(body: &mut Block, ended: &Ident) {
    let mut note = LoopBreaks { ended: Some(ended.clone()), label: None, found: false, depth: 0 };
    syn::visit_mut::VisitMut::visit_block_mut(&mut note, body);
}
