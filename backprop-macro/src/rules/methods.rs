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
    /// `adjoint::function(&mut slot, needs…, &d)`, and for the tangent
    /// `tangent(&mut slot, needs…, &t)`, with the operand's tangent `t`.
    Rule { function: &'static str, tangent: &'static str, needs: &'static [Need] },
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
    Operand::Rule { function, tangent: function, needs }
}

impl Operand {
    /// A rule whose derivative is not its own transpose: the tangent has a function of its own.
    const fn tangent(self, tangent: &'static str) -> Operand {
        match self {
            Operand::Rule { function, needs, .. } => Operand::Rule { function, tangent, needs },
            Operand::Integer => Operand::Integer,
        }
    }
}

const fn row(name: &'static str, operands: &'static [Operand]) -> Method {
    Method { name, operands, is_scalar: false }
}

/// A method whose value is a number.
const fn scalar(name: &'static str, operands: &'static [Operand]) -> Method {
    Method { name, operands, is_scalar: true }
}

pub(crate) static METHODS: &[Method] = &[
    scalar(
        "dot",
        &[
            rule("dot_lhs", &[Arg(1)]).tangent("tangent::dot_lhs"),
            rule("dot_rhs", &[Arg(0)]).tangent("tangent::dot_rhs"),
        ],
    ),
    row(
        "outer",
        &[
            rule("outer_lhs", &[Arg(1)]).tangent("tangent::outer_lhs"),
            rule("outer_rhs", &[Arg(0)]).tangent("tangent::outer_rhs"),
        ],
    ),
    row("hadamard", &[rule("hadamard_lhs", &[Arg(1)]), rule("hadamard_rhs", &[Arg(0)])]),
    row(
        "component_div",
        &[rule("component_div_lhs", &[Arg(1)]), rule("component_div_rhs", &[Arg(1), Value])],
    ),
    row(
        "transpose_mul",
        &[
            rule("transpose_mul_lhs", &[Arg(1)]).tangent("tangent::transpose_mul_lhs"),
            rule("transpose_mul_rhs", &[Arg(0)]).tangent("tangent::transpose_mul_rhs"),
        ],
    ),
    row(
        "solve",
        &[
            rule("solve_lhs", &[Arg(0), Value]).tangent("tangent::solve_lhs"),
            rule("solve_rhs", &[Arg(0)]).tangent("tangent::solve_rhs"),
        ],
    ),
    row(
        "add_to_rows",
        &[
            rule("add_to_rows_lhs", &[]).tangent("tangent::add_to_rows_lhs"),
            rule("add_to_rows_rhs", &[]).tangent("tangent::add_to_rows_rhs"),
        ],
    ),
    scalar("sum", &[rule("sum", &[]).tangent("tangent::sum")]),
    scalar("mean", &[rule("mean", &[]).tangent("tangent::mean")]),
    scalar("product", &[rule("product", &[Arg(0)]).tangent("tangent::product_of")]),
    scalar("norm", &[rule("norm", &[Arg(0), Value]).tangent("tangent::norm")]),
    scalar("norm_squared", &[rule("norm_squared", &[Arg(0)]).tangent("tangent::norm_squared")]),
    scalar("variance", &[rule("variance", &[Arg(0)]).tangent("tangent::variance")]),
    scalar("std", &[rule("std", &[Arg(0), Value]).tangent("tangent::std")]),
    scalar("max", &[rule("max", &[Arg(0), Value]).tangent("tangent::max")]),
    scalar("min", &[rule("min", &[Arg(0), Value]).tangent("tangent::min")]),
    scalar("log_sum_exp", &[rule("log_sum_exp", &[Arg(0), Value]).tangent("tangent::log_sum_exp")]),
    row("softmax", &[rule("softmax", &[Value])]),
    row("log_softmax", &[rule("log_softmax", &[Value]).tangent("tangent::log_softmax")]),
    row("row_softmax", &[rule("row_softmax", &[Value])]),
    row(
        "row_log_softmax",
        &[rule("row_log_softmax", &[Value]).tangent("tangent::row_log_softmax")],
    ),
    row("transpose", &[rule("transpose", &[])]),
    scalar("trace", &[rule("trace", &[]).tangent("tangent::trace")]),
    scalar("det", &[rule("det", &[Arg(0)]).tangent("tangent::det")]),
    row("inverse", &[rule("inverse", &[Value]).tangent("tangent::inverse")]),
    row("diagonal", &[rule("diagonal", &[]).tangent("tangent::diagonal")]),
    row("row", &[rule("row", &[Index(1)]).tangent("tangent::row"), Operand::Integer]),
    row("column", &[rule("column", &[Index(1)]).tangent("tangent::column"), Operand::Integer]),
    row("row_sums", &[rule("row_sums", &[]).tangent("tangent::row_sums")]),
    row("column_sums", &[rule("column_sums", &[]).tangent("tangent::column_sums")]),
    row("row_means", &[rule("row_means", &[]).tangent("tangent::row_means")]),
    row("column_means", &[rule("column_means", &[]).tangent("tangent::column_means")]),
];
