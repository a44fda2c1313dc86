//! Parts of a matrix, and what is computed from a square one.

use super::Peel;
use crate::matrix::lu::{Lu, cofactors};
use crate::partial::chain;
use crate::shape::{Shape, demand_same};
use crate::{Float, Matrix, Vector, kernel};

/// `a.transpose()`: `slot += dᵀ`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, adjoint};
///
/// let mut slot = Matrix::zeros(1, 2);
/// adjoint::transpose(&mut slot, &Matrix::from([[1.0], [2.0]]));
/// assert_eq!(slot, Matrix::from([[1.0, 2.0]]));
/// ```
#[track_caller]
pub fn transpose<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Matrix<T>>) {
    slot.add_transpose(d.peel());
}

/// `a.row(i)`: adds `d` to row `i`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::row(&mut slot, 1, &Vector::from([1.0, 2.0]));
/// assert_eq!(slot, Matrix::from([[0.0, 0.0], [1.0, 2.0]]));
/// ```
#[track_caller]
pub fn row<T: Float>(slot: &mut Matrix<T>, i: usize, d: &impl Peel<Target = Vector<T>>) {
    let d = d.peel();
    demand_same("row and adjoint", Shape::Vector(slot.columns()), d.shape_of());
    kernel::add(d.as_slice(), slot.row_slice_mut(i));
}

/// `a.column(j)`: adds `d` to column `j`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::column(&mut slot, 1, &Vector::from([1.0, 2.0]));
/// assert_eq!(slot, Matrix::from([[0.0, 1.0], [0.0, 2.0]]));
/// ```
#[track_caller]
pub fn column<T: Float>(slot: &mut Matrix<T>, j: usize, d: &impl Peel<Target = Vector<T>>) {
    let d = d.peel();
    demand_same("column and adjoint", Shape::Vector(slot.rows()), d.shape_of());
    for (i, &d) in d.iter().enumerate() {
        slot[(i, j)] += d;
    }
}

/// `a.diagonal()`: adds `d` to the diagonal.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::diagonal(&mut slot, &Vector::from([1.0, 2.0]));
/// assert_eq!(slot, Matrix::from([[1.0, 0.0], [0.0, 2.0]]));
/// ```
#[track_caller]
pub fn diagonal<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Vector<T>>) {
    let d = d.peel();
    let length = slot.rows().min(slot.columns());
    demand_same("diagonal and adjoint", Shape::Vector(length), d.shape_of());
    for (i, &d) in d.iter().enumerate() {
        slot[(i, i)] += d;
    }
}

/// `a.row_sums()`: adds `dᵢ` to every element of row `i`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::row_sums(&mut slot, &Vector::from([1.0, 2.0]));
/// assert_eq!(slot, Matrix::from([[1.0, 1.0], [2.0, 2.0]]));
/// ```
#[track_caller]
pub fn row_sums<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Vector<T>>) {
    let d = d.peel();
    demand_same("row sums and adjoint", Shape::Vector(slot.rows()), d.shape_of());
    for (i, &d) in d.iter().enumerate() {
        for slot in slot.row_slice_mut(i) {
            *slot += d;
        }
    }
}

/// `a.column_sums()`: adds `d` to every row.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::column_sums(&mut slot, &Vector::from([1.0, 2.0]));
/// assert_eq!(slot, Matrix::from([[1.0, 2.0], [1.0, 2.0]]));
/// ```
#[track_caller]
pub fn column_sums<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Vector<T>>) {
    let d = d.peel();
    demand_same("column sums and adjoint", Shape::Vector(slot.columns()), d.shape_of());
    for i in 0..slot.rows() {
        kernel::add(d.as_slice(), slot.row_slice_mut(i));
    }
}

/// `a.row_means()`: adds `dᵢ/columns` to every element of row `i`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(1, 2);
/// adjoint::row_means(&mut slot, &Vector::from([1.0]));
/// assert_eq!(slot, Matrix::from([[0.5, 0.5]]));
/// ```
#[track_caller]
pub fn row_means<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Vector<T>>) {
    let columns = T::from_usize(slot.columns());
    row_sums(slot, &(d.peel() / columns));
}

/// `a.column_means()`: adds `d/rows` to every row.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(2, 1);
/// adjoint::column_means(&mut slot, &Vector::from([1.0]));
/// assert_eq!(slot, Matrix::from([[0.5], [0.5]]));
/// ```
#[track_caller]
pub fn column_means<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Vector<T>>) {
    let rows = T::from_usize(slot.rows());
    column_sums(slot, &(d.peel() / rows));
}

/// `a.add_to_rows(&b)`, with respect to `a`: `slot += d`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Matrix, adjoint};
///
/// let mut slot = Matrix::identity(2);
/// adjoint::add_to_rows_lhs(&mut slot, &Matrix::identity(2));
/// assert_eq!(slot, 2.0 * Matrix::identity(2));
/// ```
#[track_caller]
pub fn add_to_rows_lhs<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = Matrix<T>>) {
    *slot += d.peel();
}

/// `a.add_to_rows(&b)`, with respect to `b`: `slotⱼ += Σᵢ dᵢⱼ`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Vector::from([0.0, 1.0]);
/// adjoint::add_to_rows_rhs(&mut slot, &Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
/// assert_eq!(slot, Vector::from([4.0, 7.0]));
/// ```
#[track_caller]
pub fn add_to_rows_rhs<T: Float>(slot: &mut Vector<T>, d: &impl Peel<Target = Matrix<T>>) {
    let d = d.peel();
    demand_same("vector and row of the adjoint", slot.shape_of(), Shape::Vector(d.columns()));
    for i in 0..d.rows() {
        kernel::add(d.row_slice(i), slot.as_mut_slice());
    }
}

/// `a.trace()`: adds `d` to every element of the diagonal.
///
/// ```
/// use backprop_runtime::{Matrix, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::trace(&mut slot, &3.0);
/// assert_eq!(slot, 3.0 * Matrix::identity(2));
/// ```
pub fn trace<T: Float>(slot: &mut Matrix<T>, d: &impl Peel<Target = T>) {
    let d = *d.peel();
    for i in 0..slot.rows().min(slot.columns()) {
        slot[(i, i)] += d;
    }
}

/// `a.det()`: `slot += d·cof a`. The cofactors need no inverse, so `a` may be singular.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Matrix, adjoint};
///
/// let mut slot = Matrix::zeros(2, 2);
/// adjoint::det(&mut slot, &Matrix::from([[1.0, 2.0], [2.0, 4.0]]), &1.0);
/// assert_eq!(slot, Matrix::from([[4.0, -2.0], [-2.0, 1.0]]));
/// ```
#[track_caller]
pub fn det<T: Float>(
    slot: &mut Matrix<T>,
    a: &impl Peel<Target = Matrix<T>>,
    d: &impl Peel<Target = T>,
) {
    let d = *d.peel();
    super::map0(slot, &cofactors(a.peel()), |cofactor| chain(d, cofactor));
}

/// `a.inverse()`, where `out` is the inverse: `slot += −outᵀ d outᵀ`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Matrix, adjoint};
///
/// let (out, mut slot) = (Matrix::from([[0.5]]), Matrix::zeros(1, 1));
/// adjoint::inverse(&mut slot, &out, &Matrix::from([[1.0]]));
/// assert_eq!(slot, Matrix::from([[-0.25]]));
/// ```
#[track_caller]
pub fn inverse<T: Float>(
    slot: &mut Matrix<T>,
    out: &impl Peel<Target = Matrix<T>>,
    d: &impl Peel<Target = Matrix<T>>,
) {
    let out = out.peel();
    let mut right = Matrix::zeros(out.rows(), out.columns());
    right.add_mul_transpose(&-d.peel(), out);
    slot.add_transpose_mul(out, &right);
}

/// `a.solve(&b)`, with respect to `a`, where `out` is the solution: `slot += −(a⁻ᵀ d) outᵀ`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// // x = b/a at a = 2, b = 6
/// let (a, out, mut slot) = (Matrix::from([[2.0]]), Vector::from([3.0]), Matrix::zeros(1, 1));
/// adjoint::solve_lhs(&mut slot, &a, &out, &Vector::from([1.0]));
/// assert_eq!(slot, Matrix::from([[-1.5]]));
/// ```
#[track_caller]
pub fn solve_lhs<T: Float>(
    slot: &mut Matrix<T>,
    a: &impl Peel<Target = Matrix<T>>,
    out: &impl Peel<Target = Vector<T>>,
    d: &impl Peel<Target = Vector<T>>,
) {
    let of_b = solve_transposed(a.peel(), d.peel());
    slot.add_scaled_outer(-T::ONE, &of_b, out.peel());
}

/// `a.solve(&b)`, with respect to `b`: `slot += a⁻ᵀ d`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let (a, mut slot) = (Matrix::from([[2.0]]), Vector::from([0.0]));
/// adjoint::solve_rhs(&mut slot, &a, &Vector::from([1.0]));
/// assert_eq!(slot, Vector::from([0.5]));
/// ```
#[track_caller]
pub fn solve_rhs<T: Float>(
    slot: &mut Vector<T>,
    a: &impl Peel<Target = Matrix<T>>,
    d: &impl Peel<Target = Vector<T>>,
) {
    *slot += solve_transposed(a.peel(), d.peel());
}

/// `a⁻ᵀ d`.
fn solve_transposed<T: Float>(a: &Matrix<T>, d: &Vector<T>) -> Vector<T> {
    Vec::from(Lu::of(a).solve_transposed(d.clone().into())).into()
}
