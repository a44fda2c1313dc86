//! Shapes, for messages about the wrong ones.

use std::fmt;

/// The shape of a scalar, a vector or a matrix; prints as `scalar`, `4`, `2×3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A single number.
    Scalar,
    /// A vector's length.
    Vector(usize),
    /// A matrix's rows and columns.
    Matrix(usize, usize),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar => f.write_str("scalar"),
            Self::Vector(length) => write!(f, "{length}"),
            Self::Matrix(rows, columns) => write!(f, "{rows}×{columns}"),
        }
    }
}

/// Panics with the operation and both shapes unless they are equal.
#[inline]
#[track_caller]
pub(crate) fn demand_same(operation: &str, left: Shape, right: Shape) {
    if left != right {
        mismatch(operation, left, "and", right);
    }
}

/// The panic of every shape mismatch: `matrix * vector: 2×3 times 4`.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn mismatch(operation: &str, left: Shape, word: &str, right: Shape) -> ! {
    panic!("{operation}: {left} {word} {right}");
}
