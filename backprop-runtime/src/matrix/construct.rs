//! Making matrices.

use super::Matrix;
use crate::{Float, Vector};

impl<T: Float> Matrix<T> {
    /// The matrix with these elements, row by row.
    ///
    /// # Panics
    /// Unless there are `rows · columns` elements.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from_row_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(m, Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    #[track_caller]
    pub fn from_row_slice(rows: usize, columns: usize, elements: &[T]) -> Self {
        Self::from_vec(rows, columns, elements.to_vec())
    }

    /// [`from_row_slice`](Self::from_row_slice) that takes over the elements' memory.
    ///
    /// # Panics
    /// Unless there are `rows · columns` elements.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::from_vec(1, 2, vec![1.0, 2.0]), Matrix::from([[1.0, 2.0]]));
    /// ```
    #[track_caller]
    pub fn from_vec(rows: usize, columns: usize, elements: Vec<T>) -> Self {
        let length = elements.len();
        assert!(
            rows.checked_mul(columns) == Some(length),
            "a {rows}×{columns} matrix cannot have {length} elements"
        );
        Self { data: elements, rows, columns }
    }

    /// The matrix with these rows; 0×0 for none.
    ///
    /// # Panics
    /// If the rows differ in length.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let rows = vec![vec![1.0, 2.0], vec![3.0, 4.0]];
    /// assert_eq!(Matrix::from_rows(&rows), Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
    /// ```
    #[track_caller]
    pub fn from_rows<R: AsRef<[T]>>(rows: &[R]) -> Self {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        let mut data = Vec::with_capacity(rows.len() * columns);
        for (i, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            assert!(
                row.len() == columns,
                "row {i} has {} elements, row 0 has {columns}",
                row.len()
            );
            data.extend_from_slice(row);
        }
        Self { data, rows: rows.len(), columns }
    }

    /// Zeros.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::zeros(1, 2), Matrix::from([[0.0, 0.0]]));
    /// ```
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { data: vec![T::ZERO; rows * columns], rows, columns }
    }

    /// The `n`×`n` matrix with ones on the diagonal.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::identity(2), Matrix::from([[1.0, 0.0], [0.0, 1.0]]));
    /// ```
    pub fn identity(n: usize) -> Self {
        let mut identity = Self::zeros(n, n);
        for i in 0..n {
            identity[(i, i)] = T::ONE;
        }
        identity
    }

    /// The matrix with elements `f(row, column)`.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from_fn(2, 2, |i, j| (10 * i + j) as f64);
    /// assert_eq!(m, Matrix::from([[0.0, 1.0], [10.0, 11.0]]));
    /// ```
    pub fn from_fn(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> T) -> Self {
        let mut data = Vec::with_capacity(rows * columns);
        for i in 0..rows {
            data.extend((0..columns).map(|j| f(i, j)));
        }
        Self { data, rows, columns }
    }
}

impl<T: Float, const R: usize, const C: usize> From<[[T; C]; R]> for Matrix<T> {
    fn from(rows: [[T; C]; R]) -> Self {
        Self { data: rows.into_iter().flatten().collect(), rows: R, columns: C }
    }
}

/// One column.
impl<T: Float> From<Vector<T>> for Matrix<T> {
    fn from(column: Vector<T>) -> Self {
        Self { rows: column.len(), columns: 1, data: column.into() }
    }
}
