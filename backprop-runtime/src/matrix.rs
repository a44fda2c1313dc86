//! Matrices.

mod construct;
mod format;
pub(crate) mod lu;
mod product;
mod rows;
mod solve;

use std::ops::{
    Add, AddAssign, Div, DivAssign, Index, IndexMut, Mul, MulAssign, Neg, Sub, SubAssign,
};

use crate::access::{access, common_traits};
use crate::adjoint::{Array, Elementwise, Peel};
use crate::elementwise::elementwise;
use crate::operators::operators;
use crate::reductions::reductions;
use crate::shape::{Shape, demand_same};
use crate::{
    Accumulate, Differentiable, Float, Path, ScalarFunctions, Scalars, ScalarsMut, VectorSpace,
    kernel,
};

/// A matrix of `f64` or `f32`, stored row by row.
///
/// `+` and `-` act element by element on matrices of the same shape, with `+ - * /` a scalar is
/// broadcast, and `*` with a vector or a matrix is the matrix product. Operations on shapes that
/// do not fit panic with both of them.
///
/// ```
/// use backprop_runtime::{Matrix, Vector};
///
/// let m = Matrix::from([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(&m * Vector::from([1.0, 0.0]), Vector::from([1.0, 3.0]));
/// assert_eq!(&m * Matrix::identity(2), m);
/// assert_eq!(m[(1, 0)], 3.0);
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Matrix<T = f64> {
    data: Vec<T>,
    rows: usize,
    columns: usize,
}

impl<T> Matrix<T> {
    /// The number of rows.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::<f64>::zeros(2, 3).rows(), 2);
    /// ```
    #[inline]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::<f64>::zeros(2, 3).columns(), 3);
    /// ```
    #[inline]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The numbers of rows and columns.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// assert_eq!(Matrix::<f64>::zeros(2, 3).shape(), (2, 3));
    /// ```
    #[inline]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The element in the given row and column, if there is one.
    ///
    /// ```
    /// use backprop_runtime::Matrix;
    ///
    /// let m = Matrix::from([[1.0, 2.0]]);
    /// assert_eq!((m.get(0, 1), m.get(1, 0)), (Some(&2.0), None));
    /// ```
    pub fn get(&self, row: usize, column: usize) -> Option<&T> {
        let inside = row < self.rows && column < self.columns;
        inside.then(|| &self.data[row * self.columns + column])
    }

    #[inline]
    #[track_caller]
    fn offset(&self, row: usize, column: usize) -> usize {
        if row >= self.rows || column >= self.columns {
            outside(row, column, self.rows, self.columns);
        }
        row * self.columns + column
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn outside(row: usize, column: usize, rows: usize, columns: usize) -> ! {
    panic!("index ({row}, {column}) is outside a {rows}×{columns} matrix");
}

impl<T: Float> Matrix<T> {
    /// A matrix of this one's shape.
    #[inline]
    fn with_data(&self, data: Vec<T>) -> Self {
        Self { data, rows: self.rows, columns: self.columns }
    }

    #[inline]
    pub(crate) fn shape_of(&self) -> Shape {
        Shape::Matrix(self.rows, self.columns)
    }
}

operators!(Matrix, "matrix");
elementwise!(Matrix);
reductions!(Matrix, "matrix");
access!(Matrix, "matrix");
common_traits!(Matrix, "matrix");

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.data[self.offset(row, column)]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut T {
        let offset = self.offset(row, column);
        &mut self.data[offset]
    }
}

impl<T: Float> Differentiable for Matrix<T> {
    type Gradient = Self;

    fn zero_like(&self) -> Self {
        Self::zeros(self.rows, self.columns)
    }

    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        path.with_rows(self.columns, |path| {
            // The slice's own path would name its elements by one index.
            T::visit_slice(&self.data, &mut Path::silent(), &mut |_, run| visitor(path, run));
        });
    }
}

impl<T: Float> VectorSpace for Matrix<T> {
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        path.with_rows(self.columns, |path| {
            let visitor = &mut |_: &Path, run: ScalarsMut<'a>| visitor(path, run);
            T::visit_slice_mut(&mut self.data, &mut Path::silent(), visitor);
        });
    }
}
