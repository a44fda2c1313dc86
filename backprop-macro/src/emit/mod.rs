//! From the graph to tokens.

mod check;
mod companions;
mod docs;
mod expr;
mod preaccumulated;
mod public;
mod region;
mod signature;

pub(crate) use companions::{bare, calls, stubs, Body, Function, Home};
pub(crate) use docs::Notes;
pub(crate) use signature::{Passing, Signature};

use proc_macro2::TokenStream;

use crate::graph::{Graph, Place};

/// A place of the forward part, spelled for use in inert code.
pub(crate) fn place_tokens(graph: &Graph, place: &Place) -> TokenStream {
    expr::Spelling::forward(graph).place(place)
}
