//! Reductions of a vector or matrix to a number.

use super::{Array, Peel};
use crate::partial::chain;
use crate::{Float, Number, kernel};

/// `a.sum()`: `slotᵢ += d`.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0, 2.0]);
/// adjoint::sum(&mut slot, &10.0);
/// assert_eq!(slot, Vector::from([11.0, 12.0]));
/// ```
#[inline]
pub fn sum<S: Array>(slot: &mut S, d: &impl Peel<Target = S::Scalar>) {
    let d = *d.peel();
    for slot in slot.scalars_mut() {
        *slot += d;
    }
}

/// `a.mean()`: `slotᵢ += d/n`.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::from([1.0, 2.0]);
/// adjoint::mean(&mut slot, &10.0);
/// assert_eq!(slot, Vector::from([6.0, 7.0]));
/// ```
#[inline]
pub fn mean<S: Array>(slot: &mut S, d: &impl Peel<Target = S::Scalar>) {
    let n = S::Scalar::from_usize(slot.scalars().len());
    sum(slot, &(*d.peel() / n));
}

/// `a.product()`: `slotᵢ += d · Π_{j≠i} aⱼ`, with no division, so that zeros are harmless.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(3);
/// adjoint::product(&mut slot, &Vector::from([0.0, 2.0, 3.0]), &1.0);
/// assert_eq!(slot, Vector::from([6.0, 0.0, 0.0]));
/// ```
#[track_caller]
pub fn product<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let d = *d.peel();
    if d == S::Scalar::ZERO {
        return;
    }
    let a = same_shape(slot, a.peel());
    // The products of what lies after each element, then times what lies before.
    let mut after = vec![S::Scalar::ONE; a.len()];
    for i in (1..a.len()).rev() {
        after[i - 1] = after[i] * a[i];
    }
    let mut before = S::Scalar::ONE;
    for ((slot, &after), &a) in slot.scalars_mut().iter_mut().zip(&after).zip(a) {
        *slot += d * (before * after);
        before *= a;
    }
}

/// `a.norm()`, where `out` is the norm: `slot += d·a/out`, and nothing at `a = 0`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(2);
/// adjoint::norm(&mut slot, &Vector::from([3.0, 4.0]), &5.0, &10.0);
/// assert_eq!(slot, Vector::from([6.0, 8.0]));
/// ```
#[track_caller]
pub fn norm<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    out: &impl Peel<Target = S::Scalar>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let (out, d) = (*out.peel(), *d.peel());
    let a = same_shape(slot, a.peel());
    if out == S::Scalar::ZERO || d == S::Scalar::ZERO {
        return;
    }
    for (slot, &a) in slot.scalars_mut().iter_mut().zip(a) {
        *slot += d * (a / out);
    }
}

/// `a.norm_squared()`: `slot += 2d·a`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(2);
/// adjoint::norm_squared(&mut slot, &Vector::from([3.0, 4.0]), &0.5);
/// assert_eq!(slot, Vector::from([3.0, 4.0]));
/// ```
#[track_caller]
pub fn norm_squared<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let factor = *d.peel() + *d.peel();
    let a = same_shape(slot, a.peel());
    kernel::axpy(factor, a, slot.scalars_mut());
}

/// `a.variance()`: `slot += 2d·(a − mean)/n`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(2);
/// adjoint::variance(&mut slot, &Vector::from([1.0, 3.0]), &1.0);
/// assert_eq!(slot, Vector::from([-1.0, 1.0]));
/// ```
#[track_caller]
pub fn variance<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let n = S::Scalar::from_usize(slot.scalars().len());
    let d = *d.peel();
    add_deviations(slot, a.peel(), (d + d) / n);
}

/// `a.std()`, where `out` is the standard deviation: `slot += d·(a − mean)/(n·out)`, and nothing
/// where all elements are equal.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(2);
/// adjoint::std(&mut slot, &Vector::from([1.0, 3.0]), &1.0, &1.0);
/// assert_eq!(slot, Vector::from([-0.5, 0.5]));
/// ```
#[track_caller]
pub fn std<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    out: &impl Peel<Target = S::Scalar>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let n = S::Scalar::from_usize(slot.scalars().len());
    let (out, d) = (*out.peel(), *d.peel());
    if out != S::Scalar::ZERO {
        add_deviations(slot, a.peel(), d / (n * out));
    }
}

#[track_caller]
fn add_deviations<S: Array>(slot: &mut S, a: &S, factor: S::Scalar) {
    let a = same_shape(slot, a);
    let mean = kernel::mean(a);
    for (slot, &a) in slot.scalars_mut().iter_mut().zip(a) {
        *slot += factor * (a - mean);
    }
}

/// `a.max()`, where `out` is the maximum: the elements equal to it share `d` equally.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(3);
/// adjoint::max(&mut slot, &Vector::from([1.0, 1.0, 0.0]), &1.0, &3.0);
/// assert_eq!(slot, Vector::from([1.5, 1.5, 0.0]));
/// ```
#[track_caller]
pub fn max<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    out: &impl Peel<Target = S::Scalar>,
    d: &impl Peel<Target = S::Scalar>,
) {
    share(slot, a.peel(), *out.peel(), *d.peel());
}

/// `a.min()`, where `out` is the minimum: the elements equal to it share `d` equally.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = Vector::zeros(3);
/// adjoint::min(&mut slot, &Vector::from([1.0, 1.0, 2.0]), &1.0, &3.0);
/// assert_eq!(slot, Vector::from([1.5, 1.5, 0.0]));
/// ```
#[track_caller]
pub fn min<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    out: &impl Peel<Target = S::Scalar>,
    d: &impl Peel<Target = S::Scalar>,
) {
    share(slot, a.peel(), *out.peel(), *d.peel());
}

#[track_caller]
fn share<S: Array>(slot: &mut S, a: &S, out: S::Scalar, d: S::Scalar) {
    let a = same_shape(slot, a);
    let count = a.iter().filter(|&&a| a == out).count();
    let part = d / S::Scalar::from_usize(count);
    for (slot, &a) in slot.scalars_mut().iter_mut().zip(a) {
        if a == out {
            *slot += part;
        } else if S::Scalar::nan_in(out) {
            // Then all elements are NaN.
            *slot += chain(d, out);
        }
    }
}

/// `a.log_sum_exp()`, where `out` is its value: `slotᵢ += d·exp(aᵢ − out)`, that is, `d` times
/// the softmax.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let (a, mut slot) = (Vector::from([1000.0, 1000.0]), Vector::zeros(2));
/// adjoint::log_sum_exp(&mut slot, &a, &a.log_sum_exp(), &1.0);
/// assert_eq!(slot, Vector::from([0.5, 0.5]));
/// ```
#[track_caller]
pub fn log_sum_exp<S: Array>(
    slot: &mut S,
    a: &impl Peel<Target = S>,
    out: &impl Peel<Target = S::Scalar>,
    d: &impl Peel<Target = S::Scalar>,
) {
    let (out, d) = (*out.peel(), *d.peel());
    let a = same_shape(slot, a.peel());
    if d == S::Scalar::ZERO {
        return;
    }
    // The sum would be 1 if `out` were exact. Dividing by it takes out the rounding of `out`,
    // which the exponential magnifies when `out` is large.
    let total = kernel::sum_of_exponentials(a, out);
    let factor = d / total;
    let slot = slot.scalars_mut();
    kernel::in_blocks(a, out, |start, exponentials| {
        kernel::axpy(factor, exponentials, &mut slot[start..][..exponentials.len()]);
    });
}

/// The operand's elements, after checking that there are as many as in the slot.
#[inline]
#[track_caller]
fn same_shape<'a, S: Array>(slot: &S, a: &'a S) -> &'a [S::Scalar] {
    crate::shape::demand_same("slot and operand", slot.shape(), a.shape());
    a.scalars()
}
