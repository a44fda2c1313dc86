//! The operators.

use super::{Elementwise, Peel, map0, map1, map2};
use crate::partial::{self, chain};
use crate::{Float, Matrix, Vector, kernel};

/// Functions that add `±d` to the slot, or the sum of its elements to a scalar slot.
macro_rules! linear {
    ($(
        $name:ident: $operation:literal, $operand:literal, $formula:literal, $result:literal,
        $f:expr;
    )*) => {
        $(
            #[doc = concat!("`", $operation, "`, with respect to `", $operand, "`: `", $formula,
                "`. A scalar that was broadcast receives the sum.")]
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            /// use backprop_runtime::{Vector, adjoint};
            ///
            /// let mut slot = 1.0;
            /// let d = Vector::from([2.0, 3.0]);
            #[doc = concat!("adjoint::", stringify!($name), "(&mut slot, &d);")]
            #[doc = concat!("assert_eq!(slot, ", $result, ");")]
            /// ```
            #[inline]
            #[track_caller]
            pub fn $name<S: Elementwise, D>(slot: &mut S, d: &D)
            where
                D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
            {
                let f = $f;
                if S::SCALAR && !D::Target::SCALAR {
                    slot.scalars_mut()[0] += f(kernel::sum(d.peel().scalars()));
                } else {
                    map0(slot, d, f);
                }
            }
        )*
    };
}

linear! {
    add_lhs: "a + b", "a", "slot += d", "6.0", |d| d;
    add_rhs: "a + b", "b", "slot += d", "6.0", |d| d;
    sub_lhs: "a - b", "a", "slot += d", "6.0", |d| d;
    sub_rhs: "a - b", "b", "slot −= d", "-4.0", |d: S::Scalar| -d;
    neg: "-a", "a", "slot −= d", "-4.0", |d: S::Scalar| -d;
}

/// The rule for the left operand of `*`; implemented by the type of its adjoint.
///
/// ```
/// use backprop_runtime::adjoint::MulLhs;
///
/// let mut slot = 0.0;
/// MulLhs::mul_lhs(&mut slot, &3.0, &2.0);
/// assert_eq!(slot, 6.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` times `{B}` has no derivative rule for its left operand",
    label = "no derivative rule for this `*`",
    note = "there are rules for products of scalars, scalars with vectors and matrices, \
            matrices with vectors, and matrices; an operator of a type of your own takes \
            `#[differentiable]` on its `impl`, in the file that declares the type and uses it"
)]
pub trait MulLhs<B: ?Sized, D: ?Sized> {
    /// Adds to `slot` the adjoint of `a` in `a * b`, given that of the product.
    fn mul_lhs(slot: &mut Self, b: &B, d: &D);
}

/// The rule for the right operand of `*`; implemented by the type of its adjoint.
///
/// ```
/// use backprop_runtime::adjoint::MulRhs;
///
/// let mut slot = 0.0;
/// MulRhs::mul_rhs(&mut slot, &3.0, &2.0);
/// assert_eq!(slot, 6.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{A}` times `{Self}` has no derivative rule for its right operand",
    label = "no derivative rule for this `*`",
    note = "there are rules for products of scalars, scalars with vectors and matrices, \
            matrices with vectors, and matrices; an operator of a type of your own takes \
            `#[differentiable]` on its `impl`, in the file that declares the type and uses it"
)]
pub trait MulRhs<A: ?Sized, D: ?Sized> {
    /// Adds to `slot` the adjoint of `b` in `a * b`, given that of the product.
    fn mul_rhs(slot: &mut Self, a: &A, d: &D);
}

/// `a * b`, with respect to `a`: `slot += b d` between scalars, `slot += Σ bᵢ dᵢ` for a scalar
/// times an array, `slot += d bᵀ` for a matrix.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let mut slot = Matrix::identity(2);
/// adjoint::mul_lhs(&mut slot, &Vector::from([3.0, 4.0]), &Vector::from([1.0, 2.0]));
/// assert_eq!(slot, Matrix::from([[4.0, 4.0], [6.0, 9.0]]));
/// ```
#[inline]
#[track_caller]
pub fn mul_lhs<S, B: Peel, D: Peel>(slot: &mut S, b: &B, d: &D)
where
    S: MulLhs<B::Target, D::Target>,
{
    S::mul_lhs(slot, b.peel(), d.peel());
}

/// `a * b`, with respect to `b`: `slot += a d` between scalars, `slot += Σ aᵢ dᵢ` for an array
/// times a scalar, `slot += aᵀ d` for a matrix `a`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use backprop_runtime::{Matrix, Vector, adjoint};
///
/// let (a, mut slot) = (Matrix::from([[3.0, 4.0]]), Vector::from([1.0, 1.0]));
/// adjoint::mul_rhs(&mut slot, &a, &Vector::from([2.0]));
/// assert_eq!(slot, Vector::from([7.0, 9.0]));
/// ```
#[inline]
#[track_caller]
pub fn mul_rhs<S, A: Peel, D: Peel>(slot: &mut S, a: &A, d: &D)
where
    S: MulRhs<A::Target, D::Target>,
{
    S::mul_rhs(slot, a.peel(), d.peel());
}

impl<T: Float> MulLhs<T, T> for T {
    #[inline]
    fn mul_lhs(slot: &mut T, &b: &T, &d: &T) {
        *slot += b * d;
    }
}

impl<T: Float> MulRhs<T, T> for T {
    #[inline]
    fn mul_rhs(slot: &mut T, &a: &T, &d: &T) {
        *slot += a * d;
    }
}

/// A scalar times an array and the reverse: `other` is the operand that is not the slot's.
macro_rules! scalings {
    ($($Array:ident)*) => {
        $(
            scalings!(@ $Array MulLhs mul_lhs);
            scalings!(@ $Array MulRhs mul_rhs);
        )*
    };
    (@ $Array:ident $Rule:ident $rule:ident) => {
        impl<T: Float> $Rule<T, $Array<T>> for $Array<T> {
            #[inline]
            #[track_caller]
            fn $rule(slot: &mut Self, &other: &T, d: &Self) {
                slot.add_scaled(other, d);
            }
        }

        impl<T: Float> $Rule<$Array<T>, $Array<T>> for T {
            #[inline]
            #[track_caller]
            fn $rule(slot: &mut Self, other: &$Array<T>, d: &$Array<T>) {
                *slot += other.dot(d);
            }
        }
    };
}

scalings!(Vector Matrix);

impl<T: Float> MulLhs<Vector<T>, Vector<T>> for Matrix<T> {
    #[inline]
    #[track_caller]
    fn mul_lhs(slot: &mut Self, b: &Vector<T>, d: &Vector<T>) {
        slot.add_outer_of_adjoint(d, b);
    }
}

impl<T: Float> MulRhs<Matrix<T>, Vector<T>> for Vector<T> {
    #[inline]
    #[track_caller]
    fn mul_rhs(slot: &mut Self, a: &Matrix<T>, d: &Vector<T>) {
        slot.add_transpose_mul(a, d);
    }
}

impl<T: Float> MulLhs<Matrix<T>, Matrix<T>> for Matrix<T> {
    #[inline]
    #[track_caller]
    fn mul_lhs(slot: &mut Self, b: &Matrix<T>, d: &Matrix<T>) {
        slot.add_mul_transpose(d, b);
    }
}

impl<T: Float> MulRhs<Matrix<T>, Matrix<T>> for Matrix<T> {
    #[inline]
    #[track_caller]
    fn mul_rhs(slot: &mut Self, a: &Matrix<T>, d: &Matrix<T>) {
        slot.add_transpose_mul(a, d);
    }
}

/// `a / b`, with respect to `a`: `slot += d/b`; a scalar over an array receives the sum.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::adjoint;
///
/// let mut slot = 1.0;
/// adjoint::div_lhs(&mut slot, &4.0, &2.0);
/// assert_eq!(slot, 1.5);
/// ```
#[inline]
#[track_caller]
pub fn div_lhs<S: Elementwise, B, D>(slot: &mut S, b: &B, d: &D)
where
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    map1(slot, b, d, |b, d| if d == S::Scalar::ZERO { d } else { d / b });
}

/// `a / b`, with respect to `b`, where `out` is the quotient: `slot += −d·out/b`; a scalar under
/// an array receives the sum.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// use backprop_runtime::adjoint;
///
/// // 6/3, without the square that would overflow elsewhere
/// let mut slot = 1.0;
/// adjoint::div_rhs(&mut slot, &3.0, &2.0, &3.0);
/// assert_eq!(slot, -1.0);
/// ```
#[inline]
#[track_caller]
pub fn div_rhs<S: Elementwise, B, O, D>(slot: &mut S, b: &B, out: &O, d: &D)
where
    B: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    O: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
    D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
{
    map2(slot, b, out, d, |b, y, d| chain(d, partial::div_rhs(b, y)));
}

/// `a % b`, with respect to `a`: `slot += d`.
///
/// ```
/// use backprop_runtime::adjoint;
///
/// let mut slot = 1.0;
/// adjoint::rem_lhs(&mut slot, &2.0);
/// assert_eq!(slot, 3.0);
/// ```
#[inline]
pub fn rem_lhs<T: Float>(slot: &mut T, d: &impl Peel<Target = T>) {
    *slot += *d.peel();
}

/// `a % b`, with respect to `b`: `slot += −trunc(a/b)·d`.
///
/// ```
/// use backprop_runtime::adjoint;
///
/// let mut slot = 1.0;
/// adjoint::rem_rhs(&mut slot, &7.0, &3.0, &1.0);
/// assert_eq!(slot, -1.0);
/// ```
#[inline]
pub fn rem_rhs<T: Float>(
    slot: &mut T,
    a: &impl Peel<Target = T>,
    b: &impl Peel<Target = T>,
    d: &impl Peel<Target = T>,
) {
    *slot += chain(*d.peel(), partial::rem_rhs(*a.peel(), *b.peel()));
}
