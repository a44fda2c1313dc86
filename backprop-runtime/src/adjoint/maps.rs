//! Functions that act element by element.

use super::{Elementwise, Peel};
use crate::Float;
use crate::shape::demand_same;

/// The number behind a reference, by value.
///
/// ```
/// use backprop_runtime::adjoint::number;
///
/// assert_eq!(number(&&2.0), 2.0);
/// ```
#[inline]
pub fn number<T: Float>(x: &impl Peel<Target = T>) -> T {
    *x.peel()
}

/// The elements of an operand, as many as the result has, or the one to broadcast.
#[inline(always)]
fn operand<'a, E: Elementwise, D: Elementwise>(operand: &'a E, d: &D) -> &'a [E::Scalar] {
    if !E::SCALAR {
        demand_same("operand and adjoint", operand.shape(), d.shape());
    }
    operand.scalars()
}

/// Index `i`, or 0 in what is broadcast.
#[inline(always)]
fn at<E: Elementwise>(elements: &[E::Scalar], i: usize) -> E::Scalar {
    elements[if E::SCALAR { 0 } else { i }]
}

/// `slotᵢ += f(i)` for each element of `d`; a scalar slot receives the sum.
#[inline(always)]
fn add_each<S: Elementwise, D: Elementwise>(slot: &mut S, d: &D, f: impl Fn(usize) -> S::Scalar) {
    let length = d.scalars().len();
    if S::SCALAR {
        let mut total = S::Scalar::ZERO;
        for i in 0..length {
            total += f(i);
        }
        slot.scalars_mut()[0] += total;
    } else {
        demand_same("slot and adjoint", slot.shape(), d.shape());
        for (i, slot) in slot.scalars_mut()[..length].iter_mut().enumerate() {
            *slot += f(i);
        }
    }
}

/// Adds `f(dᵢ)` to the slot, element by element; a scalar slot receives the sum.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// let mut slot = 1.0_f64;
/// adjoint::map0(&mut slot, &Vector::from([2.0, 3.0]), |d| -d);
/// assert_eq!(slot, -4.0);
/// ```
#[inline]
#[track_caller]
pub fn map0<S: Elementwise, D>(slot: &mut S, d: &D, f: impl Fn(S::Scalar) -> S::Scalar)
where
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let d = d.peel();
    let ds = d.scalars();
    add_each(slot, d, |i| f(ds[i]));
}

/// Adds `f(aᵢ, dᵢ)` to the slot, element by element.
///
/// The operand and the slot have the shape of the adjoint `d` or are scalars: a scalar operand is
/// broadcast, a scalar slot receives the sum.
///
/// # Panics
/// If shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, adjoint};
///
/// // y = sin x
/// let (mut slot, x) = (Vector::<f64>::zeros(2), Vector::from([0.0, 1.0]));
/// adjoint::map1(&mut slot, &x, &Vector::from([1.0, 2.0]), |x, d| d * x.cos());
/// assert_eq!(slot, Vector::from([1.0, 2.0 * 1.0_f64.cos()]));
/// ```
#[inline]
#[track_caller]
pub fn map1<S: Elementwise, A, D>(
    slot: &mut S,
    a: &A,
    d: &D,
    f: impl Fn(S::Scalar, S::Scalar) -> S::Scalar,
) where
    A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let d = d.peel();
    let (a, ds) = (operand(a.peel(), d), d.scalars());
    let a = if A::Target::SCALAR { a } else { &a[..ds.len()] };
    add_each(slot, d, |i| f(at::<A::Target>(a, i), ds[i]));
}

/// Adds `f(aᵢ, bᵢ, dᵢ)` to the slot, as [`map1`] does.
///
/// # Panics
/// If shapes differ.
///
/// ```
/// use backprop_runtime::adjoint;
/// use backprop_runtime::partial::{chain, tanh};
///
/// let (mut slot, x) = (0.0, 0.5_f64);
/// adjoint::map2(&mut slot, &x, &x.tanh(), &2.0, |x, y, d| chain(d, tanh(x, y)));
/// assert_eq!(slot, 2.0 * tanh(x, x.tanh()));
/// ```
#[inline]
#[track_caller]
pub fn map2<S: Elementwise, A, B, D>(
    slot: &mut S,
    a: &A,
    b: &B,
    d: &D,
    f: impl Fn(S::Scalar, S::Scalar, S::Scalar) -> S::Scalar,
) where
    A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let d = d.peel();
    let (a, b, ds) = (operand(a.peel(), d), operand(b.peel(), d), d.scalars());
    let a = if A::Target::SCALAR { a } else { &a[..ds.len()] };
    let b = if B::Target::SCALAR { b } else { &b[..ds.len()] };
    add_each(slot, d, |i| f(at::<A::Target>(a, i), at::<B::Target>(b, i), ds[i]));
}

/// Adds `f(aᵢ, bᵢ, cᵢ, dᵢ)` to the slot, as [`map1`] does.
///
/// # Panics
/// If shapes differ.
///
/// ```
/// use backprop_runtime::partial::{chain, pow_exponent};
/// use backprop_runtime::{Vector, adjoint};
///
/// // y = x.powf(p) of a vector: the exponent receives a sum.
/// let (x, p, mut slot) = (Vector::from([1.0, 2.0]), 2.0, 0.0);
/// let (y, d) = (x.powf(p), Vector::from([1.0, 1.0]));
/// adjoint::map3(&mut slot, &x, &p, &y, &d, |x, p, y, d| chain(d, pow_exponent(x, p, y)));
/// assert_eq!(slot, 4.0 * 2.0_f64.ln());
/// ```
#[inline]
#[track_caller]
pub fn map3<S: Elementwise, A, B, C, D>(
    slot: &mut S,
    a: &A,
    b: &B,
    c: &C,
    d: &D,
    f: impl Fn(S::Scalar, S::Scalar, S::Scalar, S::Scalar) -> S::Scalar,
) where
    A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    C: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let d = d.peel();
    let (a, b, c) = (operand(a.peel(), d), operand(b.peel(), d), operand(c.peel(), d));
    let ds = d.scalars();
    add_each(slot, d, |i| {
        f(at::<A::Target>(a, i), at::<B::Target>(b, i), at::<C::Target>(c, i), ds[i])
    });
}
