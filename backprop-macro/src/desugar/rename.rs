//! Closures whose names mean the same wherever their bodies are written.

use crate::maps::HashMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Expr, ExprClosure, Pat, Stmt};

use super::{count_idents, in_vec, Desugar};

impl Desugar {
    /// The closure with new names for what it binds, where a name of its own occurs elsewhere in
    /// the function, and whether the statements of its body can stand beside other code.
    pub(super) fn own_names(&mut self, closure: &ExprClosure) -> (ExprClosure, bool) {
        let mut closure = closure.clone();
        let mut inside = HashMap::default();
        count_idents(&closure, &mut inside);
        let mut bound = Vec::new();
        closure.inputs.iter().for_each(|input| bound_names(input, &mut bound));
        let parameters = bound.len();
        let mut flat = true;
        if let Expr::Block(body) = &*closure.body {
            for stmt in &body.block.stmts {
                match stmt {
                    Stmt::Local(local) => bound_names(&local.pat, &mut bound),
                    Stmt::Item(_) => flat = false,
                    _ => {}
                }
            }
            flat &= body.label.is_none();
            // `let x = x + 1.0` reads a variable from outside before it binds its own.
            flat &= bound[parameters..].iter().all(|name| {
                bound[..parameters].contains(name) || !read_before(&body.block.stmts, name)
            });
            let repeated = bound[parameters..]
                .iter()
                .enumerate()
                .any(|(i, name)| bound[parameters..][..i].contains(name));
            flat &=
                !repeated && !bound[parameters..].iter().any(|n| bound[..parameters].contains(n));
        }
        for name in &bound {
            let elsewhere = self.occurrences.get(name).copied().unwrap_or(0)
                > inside.get(name).copied().unwrap_or(0);
            if !elsewhere {
                continue;
            }
            let to = self.names.fresh(name.trim_start_matches('_'));
            let mut rename = Rename { from: name.clone(), to, feasible: true };
            let mut renamed = closure.clone();
            // In a body that keeps its own scope, a `let` may read what it covers.
            rename.visit_expr_closure_mut(&mut renamed);
            if rename.feasible && (flat || bound[..parameters].contains(name)) {
                closure = renamed;
            } else {
                flat = false;
            }
        }
        (closure, flat)
    }
}

fn read_before(stmts: &[Stmt], name: &str) -> bool {
    for stmt in stmts {
        if let Stmt::Local(local) = stmt {
            let mut bound = Vec::new();
            bound_names(&local.pat, &mut bound);
            if bound.iter().any(|bound| bound == name) {
                return local.init.as_ref().is_some_and(|init| {
                    let mut counts = HashMap::default();
                    count_idents(&init.expr, &mut counts);
                    counts.contains_key(name)
                });
            }
        }
        let mut counts = HashMap::default();
        count_idents(&stmt, &mut counts);
        if counts.contains_key(name) {
            return true;
        }
    }
    false
}

/// The names that a pattern may bind.
pub(super) fn bound_names(pattern: &Pat, names: &mut Vec<String>) {
    struct Bound<'n>(&'n mut Vec<String>);
    impl<'ast> Visit<'ast> for Bound<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.push(pattern.ident.to_string());
            visit::visit_pat_ident(self, pattern);
        }
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    Bound(names).visit_pat(pattern);
}

/// Renames a variable in a piece of code all of whose uses of the name mean it.
pub(super) struct Rename {
    pub(super) from: String,
    pub(super) to: Ident,
    pub(super) feasible: bool,
}

impl Rename {
    fn ident(&self, ident: &mut Ident) {
        if *ident == self.from {
            let mut to = self.to.clone();
            to.set_span(ident.span().resolved_at(self.to.span()));
            *ident = to;
        }
    }

    fn tokens(&mut self, tokens: TokenStream) -> TokenStream {
        let mut after_dot = false;
        let mut out = Vec::new();
        for token in tokens {
            let token = match token {
                TokenTree::Ident(mut ident) => {
                    if !after_dot {
                        self.ident(&mut ident);
                    }
                    TokenTree::Ident(ident)
                }
                TokenTree::Group(group) => {
                    let inner = self.tokens(group.stream());
                    let mut new = proc_macro2::Group::new(group.delimiter(), inner);
                    new.set_span(group.span());
                    TokenTree::Group(new)
                }
                TokenTree::Literal(literal) => {
                    // Format strings name variables inside braces.
                    self.feasible &= !literal.to_string().contains(&format!("{{{}", self.from));
                    TokenTree::Literal(literal)
                }
                other @ TokenTree::Punct(_) => other,
            };
            after_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
            out.push(token);
        }
        out.into_iter().collect()
    }
}

impl VisitMut for Rename {
    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        let mut counts = HashMap::default();
        count_idents(&item, &mut counts);
        self.feasible &= !counts.contains_key(&self.from);
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
        self.ident(&mut pattern.ident);
        visit_mut::visit_pat_ident_mut(self, pattern);
    }

    fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
        if field.colon_token.is_none() {
            field.colon_token = Some(parse_quote!(:));
        }
        visit_mut::visit_field_pat_mut(self, field);
    }

    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        if field.colon_token.is_none() {
            field.colon_token = Some(parse_quote!(:));
        }
        visit_mut::visit_field_value_mut(self, field);
    }

    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        if path.qself.is_none() && path.path.get_ident().is_some() {
            self.ident(&mut path.path.segments[0].ident);
        }
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        if invocation.path.segments.last().is_some_and(|last| last.ident == "vec") {
            in_vec(invocation, |expr| self.visit_expr_mut(expr));
        } else {
            invocation.tokens = self.tokens(invocation.tokens.clone());
        }
    }
}

/// A closure's body without `return`: what follows an early one becomes the other branch.
pub(super) fn without_returns(body: &Expr) -> Option<Expr> {
    if !returns(body) {
        return Some(body.clone());
    }
    match body {
        Expr::Block(block) if block.label.is_none() => {
            let stmts = tail_form(&block.block.stmts)?;
            Some(parse_quote!({ #(#stmts)* }))
        }
        Expr::Return(e) => e.expr.as_deref().and_then(without_returns),
        Expr::Paren(e) => without_returns(&e.expr),
        Expr::If(e) => {
            let (_, otherwise) = e.else_branch.as_ref()?;
            let then = tail_form(&e.then_branch.stmts)?;
            let (cond, otherwise) = (&e.cond, without_returns(otherwise)?);
            if returns(cond) {
                return None;
            }
            let otherwise = as_block(otherwise);
            Some(parse_quote!(if #cond { #(#then)* } else #otherwise))
        }
        Expr::Match(e) if !returns(&e.expr) => {
            let mut e = e.clone();
            for arm in &mut e.arms {
                *arm.body = without_returns(&arm.body)?;
            }
            Some(Expr::Match(e))
        }
        _ => None,
    }
}

fn as_block(expr: Expr) -> Expr {
    match expr {
        Expr::If(_) | Expr::Block(_) => expr,
        other => parse_quote!({ #other }),
    }
}

fn tail_form(stmts: &[Stmt]) -> Option<Vec<Stmt>> {
    let mut out = Vec::new();
    for (index, stmt) in stmts.iter().enumerate() {
        let rest = &stmts[index + 1..];
        match stmt {
            Stmt::Expr(Expr::Return(e), _) => {
                let value = without_returns(e.expr.as_deref()?)?;
                out.push(Stmt::Expr(value, None));
                return Some(out);
            }
            Stmt::Expr(expr, None) if rest.is_empty() => {
                out.push(Stmt::Expr(without_returns(expr)?, None));
                return Some(out);
            }
            Stmt::Expr(Expr::If(e), _) if returns_in(&e.then_branch) => {
                // `if c { …; return a; } rest`
                if returns(&e.cond) || !ends_with_return(&e.then_branch) {
                    return None;
                }
                let then = tail_form(&e.then_branch.stmts)?;
                let cond = &e.cond;
                let other: Expr = match &e.else_branch {
                    None => {
                        let rest = tail_form(rest)?;
                        parse_quote!({ #(#rest)* })
                    }
                    Some((_, other)) => {
                        let mut all = match &**other {
                            Expr::Block(block) => block.block.stmts.clone(),
                            other => vec![Stmt::Expr(other.clone(), Some(parse_quote!(;)))],
                        };
                        all.extend(rest.iter().cloned());
                        let all = tail_form(&all)?;
                        parse_quote!({ #(#all)* })
                    }
                };
                out.push(Stmt::Expr(parse_quote!(if #cond { #(#then)* } else #other), None));
                return Some(out);
            }
            other => {
                let mut find = Returns(false);
                find.visit_stmt(other);
                if find.0 {
                    return None;
                }
                out.push(other.clone());
            }
        }
    }
    // The value is `()`.
    None
}

fn ends_with_return(block: &syn::Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(Expr::Return(_), _)) => true,
        Some(Stmt::Expr(Expr::If(e), _)) => {
            ends_with_return(&e.then_branch)
                && e.else_branch.as_ref().is_some_and(|(_, other)| match &**other {
                    Expr::Block(block) => ends_with_return(&block.block),
                    _ => false,
                })
        }
        _ => false,
    }
}

struct Returns(bool);

impl<'ast> Visit<'ast> for Returns {
    fn visit_item(&mut self, _: &'ast syn::Item) {}
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.0 = true;
    }
    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.0 = true;
    }
}

/// Whether an expression may leave the closure or function that it stands in.
fn returns(expr: &Expr) -> bool {
    let mut find = Returns(false);
    find.visit_expr(expr);
    find.0
}

fn returns_in(block: &syn::Block) -> bool {
    let mut find = Returns(false);
    find.visit_block(block);
    find.0
}
