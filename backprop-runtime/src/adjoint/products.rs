//! Products that are methods, and the elementwise quotient.

use super::{Array, Peel, map2};
use crate::partial::{self, chain};
use crate::shape::demand_same;
use crate::{Float, Matrix, Vector, kernel};

/// `a.dot(&b)`, with respect to `a`: `slot += d·b`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0, 1.0]);
/// adjoint::dot_lhs(&mut slot, &Vector::from([3.0, 4.0]), &2.0);
/// assert_eq!(slot, Vector::from([7.0, 9.0]));
/// ```
#[inline]
#[track_caller]
pub fn dot_lhs<S: Array>(
    slot: &mut S,
    b: &impl Peel<Target = S>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let b = b.peel();
    demand_same("slot and operand of dot", slot.shape(), b.shape());
    kernel::axpy(*d.peel(), b.scalars(), slot.scalars_mut());
}

/// `a.dot(&b)`, with respect to `b`: `slot += d·a`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0, 1.0]);
/// adjoint::dot_rhs(&mut slot, &Vector::from([3.0, 4.0]), &2.0);
/// assert_eq!(slot, Vector::from([7.0, 9.0]));
/// ```
#[inline]
#[track_caller]
pub fn dot_rhs<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    d: &impl Peel<Target = S::Scalar>,
) {
    dot_lhs(slot, a, d);
}

/// `a.outer(&b)`, with respect to `a`: `slot += d b`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Vector::from([1.0]);
/// adjoint::outer_lhs(&mut slot, &Vector::from([3.0, 4.0]), &Matrix::from([[1.0, 2.0]]));
/// assert_eq!(slot, Vector::from([12.0]));
/// ```
#[inline]
#[track_caller]
pub fn outer_lhs<T: Float>(
    slot: &mut Vector<T>,
    b: &impl Peel<Target = Vector<T>>,
    d: &impl Peel<Target = Matrix<T>>,
) {
    slot.add_mul(d.peel(), b.peel());
}

/// `a.outer(&b)`, with respect to `b`: `slot += dᵀ a`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Vector::from([1.0, 1.0]);
/// adjoint::outer_rhs(&mut slot, &Vector::from([3.0]), &Matrix::from([[1.0, 2.0]]));
/// assert_eq!(slot, Vector::from([4.0, 7.0]));
/// ```
#[inline]
#[track_caller]
pub fn outer_rhs<T: Float>(
    slot: &mut Vector<T>,
    a: &impl Peel<Target = Vector<T>>,
    d: &impl Peel<Target = Matrix<T>>,
) {
    slot.add_transpose_mul(d.peel(), a.peel());
}

/// `a.hadamard(&b)`, with respect to `a`: `slot += b ∘ d`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0]);
/// adjoint::hadamard_lhs(&mut slot, &Vector::from([3.0]), &Vector::from([2.0]));
/// assert_eq!(slot, Vector::from([7.0]));
/// ```
#[inline]
#[track_caller]
pub fn hadamard_lhs<S: Array>(slot: &mut S, b: &impl Peel<Target = S>, d: &impl Peel<Target = S>) {
    super::map1(slot, b, d, |b, d| b * d);
}

/// `a.hadamard(&b)`, with respect to `b`: `slot += a ∘ d`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0]);
/// adjoint::hadamard_rhs(&mut slot, &Vector::from([3.0]), &Vector::from([2.0]));
/// assert_eq!(slot, Vector::from([7.0]));
/// ```
#[inline]
#[track_caller]
pub fn hadamard_rhs<S: Array>(slot: &mut S, a: &impl Peel<Target = S>, d: &impl Peel<Target = S>) {
    hadamard_lhs(slot, a, d);
}

/// `a.component_div(&b)`, with respect to `a`: `slotᵢ += dᵢ/bᵢ`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0]);
/// adjoint::component_div_lhs(&mut slot, &Vector::from([4.0]), &Vector::from([2.0]));
/// assert_eq!(slot, Vector::from([1.5]));
/// ```
#[inline]
#[track_caller]
pub fn component_div_lhs<S: Array>(
    slot: &mut S,
    b: &impl Peel<Target = S>,
    d: &impl Peel<Target = S>,
) {
    super::div_lhs(slot, b, d);
}

/// `a.component_div(&b)`, with respect to `b`, where `out` is the quotient:
/// `slotᵢ += −dᵢ·outᵢ/bᵢ`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let (b, out) = (Vector::from([3.0]), Vector::from([2.0]));
/// let mut slot = Vector::from([1.0]);
/// adjoint::component_div_rhs(&mut slot, &b, &out, &Vector::from([3.0]));
/// assert_eq!(slot, Vector::from([-1.0]));
/// ```
#[inline]
#[track_caller]
pub fn component_div_rhs<S: Array>(
    slot: &mut S,
    b: &impl Peel<Target = S>,
    out: &impl Peel<Target = S>,
    d: &impl Peel<Target = S>,
) {
    map2(slot, b, out, d, |b, y, d| chain(d, partial::div_rhs(b, y)));
}

/// `a.transpose_mul(&b)`, which is `aᵀ b`, with respect to `a`: `slot += b dᵀ`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::zeros(1, 2);
/// adjoint::transpose_mul_lhs(&mut slot, &Vector::from([2.0]), &Vector::from([3.0, 4.0]));
/// assert_eq!(slot, Matrix::from([[6.0, 8.0]]));
/// ```
#[inline]
#[track_caller]
pub fn transpose_mul_lhs<T: Float>(
    slot: &mut Matrix<T>,
    b: &impl Peel<Target = Vector<T>>,
    d: &impl Peel<Target = Vector<T>>,
) {
    slot.add_outer(b.peel(), d.peel());
}

/// `a.transpose_mul(&b)`, which is `aᵀ b`, with respect to `b`: `slot += a d`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Vector::from([1.0]);
/// let a = Matrix::from([[1.0, 2.0]]);
/// adjoint::transpose_mul_rhs(&mut slot, &a, &Vector::from([3.0, 4.0]));
/// assert_eq!(slot, Vector::from([12.0]));
/// ```
#[inline]
#[track_caller]
pub fn transpose_mul_rhs<T: Float>(
    slot: &mut Vector<T>,
    a: &impl Peel<Target = Matrix<T>>,
    d: &impl Peel<Target = Vector<T>>,
) {
    slot.add_mul(a.peel(), d.peel());
}
