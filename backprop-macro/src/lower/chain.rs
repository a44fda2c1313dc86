//! What is left of iterators after they have been simplified, and names in closures.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ExprClosure, Pat};

pub(super) use crate::desugar::is_iterator;

fn untyped(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// The names that a closure's parameters bind.
pub(super) fn closure_names(closure: &ExprClosure) -> Vec<String> {
    let mut names = Vec::new();
    for input in &closure.inputs {
        idents(untyped(input).to_token_stream(), &mut names);
    }
    names
}

/// Every identifier in `tokens`.
pub(super) fn idents(tokens: TokenStream, names: &mut Vec<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => names.push(ident.to_string()),
            proc_macro2::TokenTree::Group(group) => idents(group.stream(), names),
            _ => {}
        }
    }
}
