//! Operators, and functions that act element by element.

use crate::adjoint::{Elementwise, Peel};
use crate::partial::{self, chain};
use crate::shape::demand_same;
use crate::{Float, Matrix, Vector};

/// The elements of an operand, as many as the slot has, or the one to broadcast.
#[inline(always)]
fn operand<'a, E: Elementwise, S: Elementwise>(operand: &'a E, slot: &S) -> &'a [E::Scalar] {
    if !E::SCALAR {
        demand_same("operand and tangent", operand.shape(), slot.shape());
    }
    operand.scalars()
}

/// Index `i`, or 0 in what is broadcast.
#[inline(always)]
fn at<E: Elementwise>(elements: &[E::Scalar], i: usize) -> E::Scalar {
    elements[if E::SCALAR { 0 } else { i }]
}

/// `slot += t`; a number is added to every element.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::{Vector, tangent};
///
/// let mut slot = Vector::from([1.0, 2.0]);
/// tangent::add(&mut slot, &0.5);
/// assert_eq!(slot, Vector::from([1.5, 2.5]));
/// ```
#[inline]
#[track_caller]
pub fn add<S: Elementwise, D>(slot: &mut S, t: &D)
where
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    map0(slot, t, |t| t);
}

/// `slot −= t`; a number is subtracted from every element.
///
/// # Panics
/// If the shapes differ.
#[inline]
#[track_caller]
pub fn sub<S: Elementwise, D>(slot: &mut S, t: &D)
where
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    map0(slot, t, |t: S::Scalar| -t);
}

/// `slot += a b`, where one of the two is a tangent; implemented by the type of the product.
#[diagnostic::on_unimplemented(
    message = "`{A}` times `{B}` has no derivative rule",
    label = "no derivative rule for this `*`",
    note = "there are rules for products of scalars, scalars with vectors and matrices, \
            matrices with vectors, and matrices"
)]
pub trait Product<A: ?Sized, B: ?Sized> {
    /// Adds the product.
    fn add_product(&mut self, a: &A, b: &B);
}

impl<T: Float> Product<T, T> for T {
    #[inline]
    fn add_product(&mut self, &a: &T, &b: &T) {
        *self += a * b;
    }
}

macro_rules! scalings {
    ($($Array:ident)*) => {$(
        impl<T: Float> Product<T, $Array<T>> for $Array<T> {
            #[inline]
            #[track_caller]
            fn add_product(&mut self, &a: &T, b: &$Array<T>) {
                self.add_scaled(a, b);
            }
        }

        impl<T: Float> Product<$Array<T>, T> for $Array<T> {
            #[inline]
            #[track_caller]
            fn add_product(&mut self, a: &$Array<T>, &b: &T) {
                self.add_scaled(b, a);
            }
        }
    )*};
}

scalings!(Vector Matrix);

impl<T: Float> Product<Matrix<T>, Vector<T>> for Vector<T> {
    #[inline]
    #[track_caller]
    fn add_product(&mut self, a: &Matrix<T>, b: &Vector<T>) {
        self.add_mul(a, b);
    }
}

impl<T: Float> Product<Matrix<T>, Matrix<T>> for Matrix<T> {
    #[inline]
    #[track_caller]
    fn add_product(&mut self, a: &Matrix<T>, b: &Matrix<T>) {
        self.add_mul(a, b);
    }
}

/// `slot += a b`: the tangent of a product has one such term for each factor.
///
/// # Panics
/// If the shapes do not fit.
#[inline]
#[track_caller]
pub fn product<S, A: Peel, B: Peel>(slot: &mut S, a: &A, b: &B)
where
    S: Product<A::Target, B::Target>,
{
    slot.add_product(a.peel(), b.peel());
}

/// `a / b`, with respect to `a`: `slot += t/b`.
///
/// # Panics
/// If the shapes differ.
#[inline]
#[track_caller]
pub fn div_lhs<S: Elementwise, B, D>(slot: &mut S, b: &B, t: &D)
where
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    map1(slot, b, t, |b, t| if t == S::Scalar::ZERO { t } else { t / b });
}

/// `a / b`, with respect to `b`, where `out` is the quotient: `slot += −t·out/b`.
///
/// # Panics
/// If the shapes differ.
#[inline]
#[track_caller]
pub fn div_rhs<S: Elementwise, B, O, D>(slot: &mut S, b: &B, out: &O, t: &D)
where
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    O: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    map2(slot, b, out, t, |b, y, t| chain(t, partial::div_rhs(b, y)));
}

/// Adds `f(tᵢ)` to the slot, element by element; a number is broadcast.
///
/// # Panics
/// If shapes differ.
#[inline]
#[track_caller]
pub fn map0<S: Elementwise, D>(slot: &mut S, t: &D, f: impl Fn(S::Scalar) -> S::Scalar)
where
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let t = operand(t.peel(), slot);
    for (i, slot) in slot.scalars_mut().iter_mut().enumerate() {
        *slot += f(at::<D::Target>(t, i));
    }
}

/// Adds `f(aᵢ, tᵢ)` to the slot, element by element; numbers are broadcast.
///
/// # Panics
/// If shapes differ.
#[inline]
#[track_caller]
pub fn map1<S: Elementwise, A, D>(
    slot: &mut S,
    a: &A,
    t: &D,
    f: impl Fn(S::Scalar, S::Scalar) -> S::Scalar,
) where
    A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let (a, t) = (operand(a.peel(), slot), operand(t.peel(), slot));
    for (i, slot) in slot.scalars_mut().iter_mut().enumerate() {
        *slot += f(at::<A::Target>(a, i), at::<D::Target>(t, i));
    }
}

/// Adds `f(aᵢ, bᵢ, tᵢ)` to the slot, as [`map1`] does.
///
/// # Panics
/// If shapes differ.
#[inline]
#[track_caller]
pub fn map2<S: Elementwise, A, B, D>(
    slot: &mut S,
    a: &A,
    b: &B,
    t: &D,
    f: impl Fn(S::Scalar, S::Scalar, S::Scalar) -> S::Scalar,
) where
    A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let (a, b, t) = (operand(a.peel(), slot), operand(b.peel(), slot), operand(t.peel(), slot));
    for (i, slot) in slot.scalars_mut().iter_mut().enumerate() {
        *slot += f(at::<A::Target>(a, i), at::<B::Target>(b, i), at::<D::Target>(t, i));
    }
}

/// Adds `f(aᵢ, bᵢ, cᵢ, tᵢ)` to the slot, as [`map1`] does.
///
/// # Panics
/// If shapes differ.
#[inline]
#[track_caller]
pub fn map3<S: Elementwise, A, B, C, D>(
    slot: &mut S,
    a: &A,
    b: &B,
    c: &C,
    t: &D,
    f: impl Fn(S::Scalar, S::Scalar, S::Scalar, S::Scalar) -> S::Scalar,
) where
    A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    C: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    let (a, b) = (operand(a.peel(), slot), operand(b.peel(), slot));
    let (c, t) = (operand(c.peel(), slot), operand(t.peel(), slot));
    for (i, slot) in slot.scalars_mut().iter_mut().enumerate() {
        let (a, b) = (at::<A::Target>(a, i), at::<B::Target>(b, i));
        *slot += f(a, b, at::<C::Target>(c, i), at::<D::Target>(t, i));
    }
}
