//! The identifiers in a piece of syntax.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// Calls `found` with every identifier in `syntax`, inside brackets too.
pub(crate) fn each_ident(syntax: &impl ToTokens, mut found: impl FnMut(Ident)) {
    fn walk(tokens: TokenStream, found: &mut dyn FnMut(Ident)) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => found(ident),
                TokenTree::Group(group) => walk(group.stream(), found),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    walk(syntax.to_token_stream(), &mut found);
}

/// Every identifier in `syntax`, as text.
pub(crate) fn names(syntax: &impl ToTokens) -> Vec<String> {
    let mut names = Vec::new();
    each_ident(syntax, |ident| names.push(ident.to_string()));
    names
}

/// Whether an identifier in `syntax` is such a one.
pub(crate) fn any_ident(syntax: &impl ToTokens, is: impl Fn(&Ident) -> bool) -> bool {
    fn search(tokens: TokenStream, is: &dyn Fn(&Ident) -> bool) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => is(&ident),
            TokenTree::Group(group) => search(group.stream(), is),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    search(syntax.to_token_stream(), &is)
}

/// Whether the identifier `name` occurs in `syntax`.
pub(crate) fn mentions(syntax: &impl ToTokens, name: &str) -> bool {
    any_ident(syntax, |ident| ident == name)
}
