//! From the graph to tokens.

mod branches;
mod calls;
mod check;
mod closures;
mod companions;
mod docs;
mod explain;
mod expr;
mod forward;
mod loops;
mod preaccumulated;
mod public;
mod region;
mod signature;
mod swap;
mod uses;

pub(crate) use companions::{bare, calls, stubs, Body, Function, Home};
pub(crate) use docs::Notes;
pub(crate) use signature::{Passing, Signature};

use proc_macro2::{Group, Span, TokenStream, TokenTree};

use crate::graph::{Graph, Place};

/// A place of the forward part, spelled for use in inert code.
pub(crate) fn place_tokens(graph: &Graph, place: &Place) -> TokenStream {
    expr::Spelling::forward(graph).place(place)
}

/// Tokens of the macro's own, blamed on the user's.
pub(crate) fn at(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let inner = at(group.stream(), span);
                let mut moved = Group::new(group.delimiter(), inner);
                moved.set_span(group.span());
                token = moved.into();
            }
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}
