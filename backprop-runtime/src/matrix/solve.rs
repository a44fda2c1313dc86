//! Square matrices: trace, determinant, inverse, linear systems.

use super::Matrix;
use super::lu::Lu;
use crate::shape::mismatch;
use crate::{Float, Vector, kernel};

impl<T: Float> Matrix<T> {
    /// `Σ mᵢᵢ`.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).trace(), 5.0);
    /// ```
    #[track_caller]
    pub fn trace(&self) -> T {
        self.demand_square("trace");
        kernel::sum(self.diagonal().as_slice())
    }

    /// The determinant, by elimination; 1 for the empty matrix. Its derivative, the matrix of
    /// cofactors, is right for singular matrices as well.
    ///
    /// # Panics
    /// If the matrix is not square.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::from([[2.0, 1.0], [4.0, 5.0]]).det(), 6.0);
    /// ```
    #[track_caller]
    pub fn det(&self) -> T {
        self.demand_square("det");
        Lu::of(self).det()
    }

    /// The inverse, by elimination with row exchanges (Golub & Van Loan, *Matrix Computations*,
    /// section 3.4).
    ///
    /// # Panics
    /// If the matrix is not square, or singular: a pivot is exactly 0.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from([[2.0, 0.0], [0.0, 4.0]]);
    /// assert_eq!(m.inverse(), Matrix::from([[0.5, 0.0], [0.0, 0.25]]));
    /// ```
    #[track_caller]
    pub fn inverse(&self) -> Self {
        self.demand_square("inverse");
        let lu = Lu::of(self);
        self.demand_regular("inverse", &lu);
        lu.solve(Self::identity(self.rows))
    }

    /// The solution `x` of `m x = b`, by elimination with row exchanges.
    ///
    /// # Panics
    /// If the matrix is not square, or singular (a pivot is exactly 0), or of another size than
    /// `b`.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let m = Matrix::from([[2.0, 1.0], [1.0, 3.0]]);
    /// assert_eq!(m.solve(&Vector::from([4.0, 7.0])), Vector::from([1.0, 2.0]));
    /// ```
    #[track_caller]
    pub fn solve(&self, b: &Vector<T>) -> Vector<T> {
        self.demand_square("solve");
        if self.rows != b.len() {
            mismatch("matrix.solve(vector)", self.shape_of(), "and", b.shape_of());
        }
        let lu = Lu::of(self);
        self.demand_regular("solve", &lu);
        Vec::from(lu.solve(b.clone().into())).into()
    }

    #[track_caller]
    fn demand_square(&self, operation: &str) {
        let (rows, columns) = self.shape();
        assert!(rows == columns, "{operation} needs a square matrix, not {rows}×{columns}");
    }

    #[track_caller]
    fn demand_regular(&self, operation: &str, lu: &Lu<T>) {
        assert!(!lu.singular(), "{operation} of a singular {0}×{0} matrix", self.rows);
    }
}
