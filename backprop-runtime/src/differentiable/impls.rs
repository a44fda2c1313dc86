//! The traits for the standard library's types.

mod inert;
mod numbers;
mod sequences;
mod tuples;
mod wrappers;
