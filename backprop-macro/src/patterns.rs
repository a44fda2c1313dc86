//! Parameters that are patterns: `fn rotate(v: [f64; 2], (cos, sin): (f64, f64))`.
//!
//! The companions' parameters need names, by which adjoints are called too. So each gets that of
//! what it binds, `cos_sin`, and is taken apart by the first statements of the body.

use std::borrow::Cow;

use proc_macro2::{Ident, Span};
use syn::visit::Visit;
use syn::{parse_quote, FnArg, ImplItemFn, Pat};

use crate::tokens::any_ident;

/// The function with a name for every parameter.
pub(crate) fn named(function: &ImplItemFn) -> Cow<'_, ImplItemFn> {
    let is_pattern = |input: &FnArg| matches!(input, FnArg::Typed(typed) if !matches!(&*typed.pat, Pat::Ident(_)));
    if !function.sig.inputs.iter().any(is_pattern) {
        return Cow::Borrowed(function);
    }
    let mut renamed = function.clone();
    let mut statements: Vec<syn::Stmt> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for (input, old) in renamed.sig.inputs.iter_mut().zip(&function.sig.inputs) {
        let FnArg::Typed(typed) = input else { continue };
        if !is_pattern(old) {
            continue;
        }
        let name = name_of(&typed.pat, |name| {
            any_ident(function, |ident| ident == name) || taken.iter().any(|taken| taken == name)
        });
        taken.push(name.to_string());
        let (pattern, ty) = (&typed.pat, &typed.ty);
        match &**pattern {
            Pat::Wild(_) => {}
            _ if any_ident(ty, |ident| ident == "impl") => {
                statements.push(parse_quote!(let #pattern = #name;));
            }
            _ => statements.push(parse_quote!(let #pattern: #ty = #name;)),
        }
        *typed.pat = parse_quote!(#name);
    }
    statements.append(&mut renamed.block.stmts);
    renamed.block.stmts = statements;
    Cow::Owned(renamed)
}

/// What a pattern binds, in one word that is not taken.
fn name_of(pattern: &Pat, is_taken: impl Fn(&str) -> bool) -> Ident {
    struct Bound(Vec<Ident>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.push(pattern.ident.clone());
            syn::visit::visit_pat_ident(self, pattern);
        }
    }
    let mut bound = Bound(Vec::new());
    bound.visit_pat(pattern);
    let span = bound.0.first().map_or_else(Span::call_site, Ident::span);
    let words: Vec<String> =
        bound.0.iter().map(|name| name.to_string().trim_start_matches("r#").to_owned()).collect();
    // A single name would be covered by the part that bears it.
    let mut name = match words.len() {
        0 => "argument".to_owned(),
        1 => format!("whole_{}", words[0]),
        _ => words.join("_"),
    };
    while is_taken(&name) {
        name.push('_');
    }
    Ident::new(&name, span)
}
