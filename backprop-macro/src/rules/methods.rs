//! Methods of the runtime's vectors and matrices.
//!
//! A row names, per operand, the runtime function that adds the operand's adjoint, and which of
//! the operands and the value that function needs.

/// A method with a derivative.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) operands: &'static [Operand],
    /// Whether its value is one number, of the elements' type.
    pub(crate) is_scalar: bool,
}

/// How one operand of a method gets its adjoint.
#[derive(Debug)]
pub(crate) enum Operand {
    /// `adjoint::function(&mut slot, needs…, &d)`.
    Rule { function: &'static str, needs: &'static [Need] },
    /// An index: no derivative.
    Integer,
}

/// What an adjoint rule is given besides the slot and the result's adjoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// An operand, by reference.
    Operand(usize),
    /// An index operand, by value.
    Index(usize),
    /// The method's value.
    Value,
}

use Need::{Index, Operand as Arg, Value};

const fn rule(function: &'static str, needs: &'static [Need]) -> Operand {
    Operand::Rule { function, needs }
}

const fn row(name: &'static str, operands: &'static [Operand]) -> Method {
    Method { name, operands, is_scalar: false }
}

/// A method whose value is a number.
const fn scalar(name: &'static str, operands: &'static [Operand]) -> Method {
    Method { name, operands, is_scalar: true }
}

pub(crate) static METHODS: &[Method] = &[
    scalar("dot", &[rule("dot_lhs", &[Arg(1)]), rule("dot_rhs", &[Arg(0)])]),
    row("outer", &[rule("outer_lhs", &[Arg(1)]), rule("outer_rhs", &[Arg(0)])]),
    row("hadamard", &[rule("hadamard_lhs", &[Arg(1)]), rule("hadamard_rhs", &[Arg(0)])]),
    row(
        "component_div",
        &[rule("component_div_lhs", &[Arg(1)]), rule("component_div_rhs", &[Arg(1), Value])],
    ),
    row(
        "transpose_mul",
        &[rule("transpose_mul_lhs", &[Arg(1)]), rule("transpose_mul_rhs", &[Arg(0)])],
    ),
    row("solve", &[rule("solve_lhs", &[Arg(0), Value]), rule("solve_rhs", &[Arg(0)])]),
    row("add_to_rows", &[rule("add_to_rows_lhs", &[]), rule("add_to_rows_rhs", &[])]),
    scalar("sum", &[rule("sum", &[])]),
    scalar("mean", &[rule("mean", &[])]),
    scalar("product", &[rule("product", &[Arg(0)])]),
    scalar("norm", &[rule("norm", &[Arg(0), Value])]),
    scalar("norm_squared", &[rule("norm_squared", &[Arg(0)])]),
    scalar("variance", &[rule("variance", &[Arg(0)])]),
    scalar("std", &[rule("std", &[Arg(0), Value])]),
    scalar("max", &[rule("max", &[Arg(0), Value])]),
    scalar("min", &[rule("min", &[Arg(0), Value])]),
    scalar("log_sum_exp", &[rule("log_sum_exp", &[Arg(0), Value])]),
    row("softmax", &[rule("softmax", &[Value])]),
    row("log_softmax", &[rule("log_softmax", &[Value])]),
    row("row_softmax", &[rule("row_softmax", &[Value])]),
    row("row_log_softmax", &[rule("row_log_softmax", &[Value])]),
    row("transpose", &[rule("transpose", &[])]),
    scalar("trace", &[rule("trace", &[])]),
    scalar("det", &[rule("det", &[Arg(0)])]),
    row("inverse", &[rule("inverse", &[Value])]),
    row("diagonal", &[rule("diagonal", &[])]),
    row("row", &[rule("row", &[Index(1)]), Operand::Integer]),
    row("column", &[rule("column", &[Index(1)]), Operand::Integer]),
    row("row_sums", &[rule("row_sums", &[])]),
    row("column_sums", &[rule("column_sums", &[])]),
    row("row_means", &[rule("row_means", &[])]),
    row("column_means", &[rule("column_means", &[])]),
];
