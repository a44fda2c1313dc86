//! The derivative rules: one table for elementary functions, one for the methods of vectors and
//! matrices.
//!
//! A row of [`ELEMENTARY`] gives the partial derivative with respect to each operand, written with
//! the graph's own expressions. Everything else about the function follows from the row: how it is
//! recognised, how it is differentiated on scalars, vectors and matrices, what the documentation
//! says and how it is tested.

mod edits;
mod elementary;
pub(crate) mod listing;
mod methods;

pub(crate) use edits::{edit, Edit, Forward, Outcome, Part, Undo};
pub(crate) use elementary::{Elementary, Partial, Terms, ELEMENTARY, WITH_KERNEL};
pub(crate) use methods::{Method, Need, Operand, METHODS};

/// The elementary function `name` called with `arity` operands, receiver included.
pub(crate) fn elementary(name: &str, arity: usize) -> Option<&'static Elementary> {
    ELEMENTARY.iter().find(|rule| rule.name == name && rule.partials.len() == arity)
}

/// The vector or matrix method `name` called with `arity` operands, receiver included.
pub(crate) fn method(name: &str, arity: usize) -> Option<&'static Method> {
    METHODS.iter().find(|rule| rule.name == name && rule.operands.len() == arity)
}

/// Whether a rule of this name exists, whatever the number of operands.
pub(crate) fn method_exists(name: &str) -> bool {
    ELEMENTARY.iter().any(|rule| rule.name == name) || METHODS.iter().any(|rule| rule.name == name)
}
