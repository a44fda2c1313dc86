//! Rows, columns, and what is computed row by row or column by column.

use super::Matrix;
use crate::shape::mismatch;
use crate::{Float, Vector, kernel};

impl<T: Float> Matrix<T> {
    /// Row `i` as a slice.
    ///
    /// # Panics
    /// If there is no such row.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).row_slice(1), [3.0, 4.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn row_slice(&self, i: usize) -> &[T] {
        assert!(i < self.rows, "row {i} of a {}×{} matrix", self.rows, self.columns);
        &self.data[i * self.columns..][..self.columns]
    }

    /// Row `i` as a slice, to be changed in place.
    ///
    /// # Panics
    /// If there is no such row.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let mut m = Matrix::zeros(2, 2);
    /// m.row_slice_mut(1).fill(1.0);
    /// assert_eq!(m.row_sums()[1], 2.0);
    /// ```
    #[inline]
    #[track_caller]
    pub fn row_slice_mut(&mut self, i: usize) -> &mut [T] {
        assert!(i < self.rows, "row {i} of a {}×{} matrix", self.rows, self.columns);
        &mut self.data[i * self.columns..][..self.columns]
    }

    /// A copy of row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).row(1), Vector::from([3.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn row(&self, i: usize) -> Vector<T> {
        Vector::from_slice(self.row_slice(i))
    }

    /// A copy of column `j`.
    ///
    /// # Panics
    /// If there is no such column.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).column(1), Vector::from([2.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn column(&self, j: usize) -> Vector<T> {
        assert!(j < self.columns, "column {j} of a {}×{} matrix", self.rows, self.columns);
        Vector::from_fn(self.rows, |i| self.data[i * self.columns + j])
    }

    /// The elements `mᵢᵢ`, as many as the shorter side has.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).diagonal(), Vector::from([1.0, 4.0]));
    /// ```
    pub fn diagonal(&self) -> Vector<T> {
        Vector::from_fn(self.rows.min(self.columns), |i| self[(i, i)])
    }

    /// The sum of every row: a vector of length `rows`.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).row_sums(), Vector::from([3.0, 7.0]));
    /// ```
    pub fn row_sums(&self) -> Vector<T> {
        Vector::from_fn(self.rows, |i| kernel::sum(self.row_slice(i)))
    }

    /// The sum of every column: a vector of length `columns`.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).column_sums(), Vector::from([4.0, 6.0]));
    /// ```
    pub fn column_sums(&self) -> Vector<T> {
        let mut sums = Vector::zeros(self.columns);
        for i in 0..self.rows {
            kernel::add(self.row_slice(i), sums.as_mut_slice());
        }
        sums
    }

    /// The mean of every row; NaN if there are no columns.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).row_means(), Vector::from([1.5, 3.5]));
    /// ```
    pub fn row_means(&self) -> Vector<T> {
        self.row_sums() / T::from_usize(self.columns)
    }

    /// The mean of every column; NaN if there are no rows.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// assert_eq!(Matrix::from([[1.0, 2.0], [3.0, 4.0]]).column_means(), Vector::from([2.0, 3.0]));
    /// ```
    pub fn column_means(&self) -> Vector<T> {
        self.column_sums() / T::from_usize(self.rows)
    }

    /// The matrix `mᵢⱼ + vⱼ`: the same vector added to every row.
    ///
    /// # Panics
    /// Unless `v.len()` is the number of columns.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let m = Matrix::<f64>::identity(2).add_to_rows(&Vector::from([10.0, 20.0]));
    /// assert_eq!(m, Matrix::from([[11.0, 20.0], [10.0, 21.0]]));
    /// ```
    #[track_caller]
    pub fn add_to_rows(&self, v: &Vector<T>) -> Self {
        if v.len() != self.columns {
            mismatch("matrix.add_to_rows(vector)", self.shape_of(), "and", v.shape_of());
        }
        let mut result = self.clone();
        for i in 0..self.rows {
            kernel::add(v.as_slice(), result.row_slice_mut(i));
        }
        result
    }

    /// [`Vector::softmax`] of every row.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from([[1000.0, 1000.0], [0.0, f64::NEG_INFINITY]]);
    /// assert_eq!(m.row_softmax(), Matrix::from([[0.5, 0.5], [1.0, 0.0]]));
    /// ```
    pub fn row_softmax(&self) -> Self {
        let mut result = self.clone();
        for i in 0..self.rows {
            kernel::softmax(result.row_slice_mut(i));
        }
        result
    }

    /// [`Vector::log_softmax`] of every row.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from([[0.0, -1000.0]]);
    /// assert_eq!(m.row_log_softmax(), Matrix::from([[0.0, -1000.0]]));
    /// ```
    pub fn row_log_softmax(&self) -> Self {
        let mut result = self.clone();
        for i in 0..self.rows {
            kernel::log_softmax(result.row_slice_mut(i));
        }
        result
    }
}
