//! Products with vectors and matrices.

use std::ops::Mul;

use super::Matrix;
use crate::gemm::{View, add_product};
use crate::shape::{Shape, mismatch};
use crate::{Float, Vector, kernel};

impl<T: Float> Mul<&Vector<T>> for &Matrix<T> {
    type Output = Vector<T>;

    #[track_caller]
    fn mul(self, v: &Vector<T>) -> Vector<T> {
        if self.columns != v.len() {
            mismatch("matrix * vector", self.shape_of(), "times", v.shape_of());
        }
        let mut product = Vector::zeros(self.rows);
        kernel::add_product(&self.data, v.as_slice(), product.as_mut_slice());
        product
    }
}

impl<T: Float> Mul<&Matrix<T>> for &Matrix<T> {
    type Output = Matrix<T>;

    #[track_caller]
    fn mul(self, other: &Matrix<T>) -> Matrix<T> {
        if self.columns != other.rows {
            mismatch("matrix * matrix", self.shape_of(), "times", other.shape_of());
        }
        let mut product = Matrix::zeros(self.rows, other.columns);
        add_product(&mut product, View::of(self), View::of(other));
        product
    }
}

/// The products that take an operand by value.
macro_rules! by_value {
    ($Other:ident) => {
        impl<T: Float> Mul<$Other<T>> for &Matrix<T> {
            type Output = $Other<T>;

            #[inline]
            #[track_caller]
            fn mul(self, other: $Other<T>) -> $Other<T> {
                self * &other
            }
        }

        impl<T: Float> Mul<&$Other<T>> for Matrix<T> {
            type Output = $Other<T>;

            #[inline]
            #[track_caller]
            fn mul(self, other: &$Other<T>) -> $Other<T> {
                &self * other
            }
        }

        impl<T: Float> Mul<$Other<T>> for Matrix<T> {
            type Output = $Other<T>;

            #[inline]
            #[track_caller]
            fn mul(self, other: $Other<T>) -> $Other<T> {
                &self * &other
            }
        }
    };
}

by_value!(Vector);
by_value!(Matrix);

impl<T: Float> Matrix<T> {
    /// `mᵀ v`, without transposing: a vector of length `columns`.
    ///
    /// # Panics
    /// Unless `v.len()` is the number of rows.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let m = Matrix::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(m.transpose_mul(&Vector::from([1.0, 1.0])), Vector::from([5.0, 7.0, 9.0]));
    /// ```
    #[track_caller]
    pub fn transpose_mul(&self, v: &Vector<T>) -> Vector<T> {
        if self.rows != v.len() {
            mismatch(
                "matrix.transpose_mul(vector)",
                self.shape_of(),
                "transposed times",
                v.shape_of(),
            );
        }
        let mut product = Vector::zeros(self.columns);
        product.add_transpose_mul(self, v);
        product
    }

    /// The transpose.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from([[1.0, 2.0]]);
    /// assert_eq!(m.transpose(), Matrix::from([[1.0], [2.0]]));
    /// ```
    pub fn transpose(&self) -> Self {
        let mut result = Self::zeros(self.columns, self.rows);
        result.add_transpose(self);
        result
    }

    /// `self += mᵀ`, in place.
    ///
    /// # Panics
    /// Unless the shape is that of the transpose.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let mut a = Matrix::identity(2);
    /// a.add_transpose(&Matrix::from([[0.0, 1.0], [0.0, 0.0]]));
    /// assert_eq!(a, Matrix::from([[1.0, 0.0], [1.0, 1.0]]));
    /// ```
    #[track_caller]
    pub fn add_transpose(&mut self, m: &Self) {
        /// Square tiles keep both matrices' cache lines in use.
        const TILE: usize = 16;
        if self.shape() != (m.columns, m.rows) {
            mismatch("adding a transpose", self.shape_of(), "and transposed", m.shape_of());
        }
        for top in (0..self.rows).step_by(TILE) {
            for left in (0..self.columns).step_by(TILE) {
                let right = self.columns.min(left + TILE);
                for i in top..self.rows.min(top + TILE) {
                    let row = &mut self.data[i * self.columns..][left..right];
                    for (j, to) in (left..right).zip(row) {
                        *to += m.data[j * m.columns + i];
                    }
                }
            }
        }
    }

    /// `self += u vᵀ`, in place.
    ///
    /// # Panics
    /// Unless the shape is `u.len()` × `v.len()`.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let mut m = Matrix::identity(2);
    /// m.add_outer(&Vector::from([1.0, 2.0]), &Vector::from([10.0, 20.0]));
    /// assert_eq!(m, Matrix::from([[11.0, 20.0], [20.0, 41.0]]));
    /// ```
    #[track_caller]
    pub fn add_outer(&mut self, u: &Vector<T>, v: &Vector<T>) {
        self.add_scaled_outer(T::ONE, u, v);
    }

    /// `self += α u vᵀ`, in place.
    ///
    /// # Panics
    /// Unless the shape is `u.len()` × `v.len()`.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let mut m = Matrix::zeros(1, 2);
    /// m.add_scaled_outer(0.5, &Vector::from([4.0]), &Vector::from([1.0, 2.0]));
    /// assert_eq!(m, Matrix::from([[2.0, 4.0]]));
    /// ```
    #[track_caller]
    pub fn add_scaled_outer(&mut self, alpha: T, u: &Vector<T>, v: &Vector<T>) {
        self.demand_outer(u, v);
        kernel::add_outer(alpha, u.as_slice(), v.as_slice(), &mut self.data);
    }

    /// `self += u vᵀ`, where `u` is an adjoint, whose zeros leave their rows alone.
    #[track_caller]
    pub(crate) fn add_outer_of_adjoint(&mut self, u: &Vector<T>, v: &Vector<T>) {
        self.demand_outer(u, v);
        kernel::add_outer_of_adjoint(T::ONE, u.as_slice(), v.as_slice(), &mut self.data);
    }

    #[track_caller]
    fn demand_outer(&self, u: &Vector<T>, v: &Vector<T>) {
        if self.shape() != (u.len(), v.len()) {
            let outer = Shape::Matrix(u.len(), v.len());
            mismatch("adding an outer product", self.shape_of(), "and", outer);
        }
    }

    /// `self += a b`, in place.
    ///
    /// # Panics
    /// If the shapes do not fit.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let mut c = Matrix::identity(2);
    /// c.add_mul(&Matrix::identity(2), &Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(c, Matrix::from([[2.0, 2.0], [3.0, 5.0]]));
    /// ```
    #[track_caller]
    pub fn add_mul(&mut self, a: &Self, b: &Self) {
        if a.columns != b.rows {
            mismatch("adding matrix * matrix", a.shape_of(), "times", b.shape_of());
        }
        self.demand_product(a.rows, b.columns);
        add_product(self, View::of(a), View::of(b));
    }

    /// `self += a bᵀ`, in place, without transposing.
    ///
    /// # Panics
    /// If the shapes do not fit.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let mut c = Matrix::identity(2);
    /// c.add_mul_transpose(&Matrix::identity(2), &Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
    /// assert_eq!(c, Matrix::from([[2.0, 3.0], [2.0, 5.0]]));
    /// ```
    #[track_caller]
    pub fn add_mul_transpose(&mut self, a: &Self, b: &Self) {
        if a.columns != b.columns {
            mismatch("adding matrix * matrixᵀ", a.shape_of(), "times transposed", b.shape_of());
        }
        self.demand_product(a.rows, b.rows);
        add_product(self, View::of(a), View::transposed(b));
    }

    /// `self += aᵀ b`, in place, without transposing.
    ///
    /// # Panics
    /// If the shapes do not fit.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let mut c = Matrix::identity(2);
    /// c.add_transpose_mul(&Matrix::from([[1.0, 2.0], [3.0, 4.0]]), &Matrix::identity(2));
    /// assert_eq!(c, Matrix::from([[2.0, 3.0], [2.0, 5.0]]));
    /// ```
    #[track_caller]
    pub fn add_transpose_mul(&mut self, a: &Self, b: &Self) {
        if a.rows != b.rows {
            mismatch("adding matrixᵀ * matrix", a.shape_of(), "transposed times", b.shape_of());
        }
        self.demand_product(a.columns, b.columns);
        add_product(self, View::transposed(a), View::of(b));
    }

    #[track_caller]
    fn demand_product(&self, rows: usize, columns: usize) {
        if self.shape() != (rows, columns) {
            let product = Shape::Matrix(rows, columns);
            mismatch("adding a product", self.shape_of(), "and", product);
        }
    }
}

impl<T: Float> Vector<T> {
    /// `self += m v`, in place.
    ///
    /// # Panics
    /// If the shapes do not fit.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let mut v = Vector::from([1.0]);
    /// v.add_mul(&Matrix::from([[2.0, 3.0]]), &Vector::from([1.0, 1.0]));
    /// assert_eq!(v, Vector::from([6.0]));
    /// ```
    #[track_caller]
    pub fn add_mul(&mut self, m: &Matrix<T>, v: &Vector<T>) {
        if (self.len(), v.len()) != m.shape() {
            mismatch("adding matrix * vector", m.shape_of(), "times", v.shape_of());
        }
        kernel::add_product(&m.data, v.as_slice(), self.as_mut_slice());
    }

    /// `self += mᵀ v`, in place, without transposing.
    ///
    /// # Panics
    /// If the shapes do not fit.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let mut v = Vector::from([1.0, 1.0]);
    /// v.add_transpose_mul(&Matrix::from([[2.0, 3.0]]), &Vector::from([10.0]));
    /// assert_eq!(v, Vector::from([21.0, 31.0]));
    /// ```
    #[track_caller]
    pub fn add_transpose_mul(&mut self, m: &Matrix<T>, v: &Vector<T>) {
        if (v.len(), self.len()) != m.shape() {
            mismatch("adding matrixᵀ * vector", m.shape_of(), "transposed times", v.shape_of());
        }
        kernel::add_transposed_product(&m.data, v.as_slice(), self.as_mut_slice());
    }
}
