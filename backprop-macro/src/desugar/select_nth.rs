//! The parts that `select_nth_unstable_by` yields: what comes before the element, the element, and
//! what comes after it.

use proc_macro2::Ident;
use syn::{parse_quote, Expr, ExprMethodCall, Pat, Stmt};

use super::chain::is_place;
use super::{is_marked, Desugar};
use crate::source::unwrapped;

/// A selection that has been done, and the number of its element.
struct Nth {
    before: Vec<Stmt>,
    place: Expr,
    at: Ident,
}

impl Nth {
    fn part(&self, index: u32) -> Option<Expr> {
        let (place, at) = (&self.place, &self.at);
        match index {
            0 => Some(parse_quote!(#place[..#at])),
            1 => Some(parse_quote!(#place[#at])),
            2 => Some(parse_quote!(#place[#at + 1..])),
            _ => None,
        }
    }
}

impl Desugar {
    fn nth(&mut self, expr: &Expr) -> Option<Nth> {
        let Expr::MethodCall(call) = unwrapped(expr) else { return None };
        if !is_selection(call) {
            return None;
        }
        let at = self.fresh("nth");
        let (place, index) = ((*call.receiver).clone(), &call.args[0]);
        let mut edit = call.clone();
        edit.args[0] = parse_quote!(#at);
        let before = vec![parse_quote!(let #at: usize = #index;), parse_quote!(#edit;)];
        Some(Nth { before, place, at })
    }

    /// `*list.select_nth_unstable_by(index, compare).1`
    pub(super) fn nth_element(&mut self, e: &syn::ExprUnary) -> Option<Expr> {
        let Expr::Field(field) = unwrapped(&e.expr) else { return None };
        let syn::Member::Unnamed(index) = &field.member else { return None };
        let nth = self.nth(&field.base)?;
        let part = nth.part(index.index)?;
        Some(self.finished(nth.before, part))
    }

    /// `list.select_nth_unstable_by(index, compare).1`
    pub(super) fn nth_part(&mut self, e: &syn::ExprField) -> Option<Expr> {
        let syn::Member::Unnamed(index) = &e.member else { return None };
        let nth = self.nth(&e.base)?;
        let part = nth.part(index.index)?;
        Some(self.finished(nth.before, parse_quote!(&#part)))
    }

    /// `let (before, element, after) = list.select_nth_unstable_by(index, compare);`
    pub(super) fn let_nth(&mut self, stmt: &Stmt) -> Option<Vec<Stmt>> {
        let Stmt::Local(local) = stmt else { return None };
        let (Pat::Tuple(pattern), Some(init)) = (&local.pat, &local.init) else { return None };
        if pattern.elems.len() != 3 || init.diverge.is_some() {
            return None;
        }
        let nth = self.nth(&init.expr)?;
        let parts: Vec<(u32, &Pat)> = (0..).zip(&pattern.elems).collect();
        let bound = parts.into_iter().filter(|(_, part)| !matches!(part, Pat::Wild(_)));
        let lets: Option<Vec<Stmt>> = bound
            .map(|(index, pattern)| {
                let part = nth.part(index)?;
                Some(parse_quote!(let #pattern = &#part;))
            })
            .collect();
        let mut stmts = nth.before;
        stmts.extend(lets?);
        Some(stmts)
    }
}

fn is_selection(call: &ExprMethodCall) -> bool {
    call.method == "select_nth_unstable_by"
        && call.args.len() == 2
        && is_marked(&call.attrs)
        && is_place(&call.receiver)
}
