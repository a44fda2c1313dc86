//! Printing matrices.

use std::fmt;

use super::Matrix;
use crate::vector::row;

impl<T> Matrix<T> {
    /// The rows, also of a matrix without columns.
    fn row_slices(&self) -> impl Iterator<Item = &[T]> {
        (0..self.rows).map(|i| &self.data[i * self.columns..][..self.columns])
    }
}

/// As nested slices: `[[1.0, 2.0], [3.0, 4.0]]`.
impl<T: fmt::Debug> fmt::Debug for Matrix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.row_slices()).finish()
    }
}

/// One row per line; a precision applies to every element.
impl<T: fmt::Display> fmt::Display for Matrix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, elements) in self.row_slices().enumerate() {
            f.write_str(match i {
                0 => "[",
                _ => ",\n ",
            })?;
            row(elements, f)?;
        }
        f.write_str(if self.rows == 0 { "[]" } else { "]" })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Matrix, Vector};

    #[test]
    fn display_and_debug() {
        let m = Matrix::from([[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(m.to_string(), "[[1, 2.5],\n [3, 4]]");
        assert_eq!(format!("{m:?}"), "[[1.0, 2.5], [3.0, 4.0]]");
        assert_eq!(format!("{:.1}", Vector::from([1.0, 2.0])), "[1.0, 2.0]");
        assert_eq!(Matrix::<f64>::zeros(0, 3).to_string(), "[]");
        assert_eq!(format!("{:?}", Matrix::<f64>::zeros(2, 0)), "[[], []]");
    }
}
