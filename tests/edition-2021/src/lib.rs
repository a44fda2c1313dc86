//! The expansions of `tests/lints.rs` in a crate of edition 2021.

#![deny(warnings, missing_docs, unsafe_code)]

#[cfg(test)]
#[rustfmt::skip]
#[path = "../../lints.rs"]
pub mod lints;
