//! The two floating-point types that derivatives are computed in.

use std::fmt::{Debug, Display, LowerExp};
use std::iter::{Product, Sum};
use std::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use crate::VectorSpace;
use crate::adjoint::{Elementwise, Peel};
use crate::gemm::Gemm;
use crate::generated::{ProductByMultiplying, SumByAdding};
use crate::simd::Kernels;

macro_rules! float {
    ($($(#[$doc:meta])* $name:ident => $std:ident($($arg:ident: $kind:ty),*) -> $result:ty;)*) => {
        /// What a type parameter needs for its values to be differentiated: [`Float`] follows from
        /// it, for every type.
        ///
        /// The companions of a generic function bound those of its type parameters by this trait
        /// that stand for numbers, beside the bounds of the function itself. So no name in it is
        /// one that a trait of numbers would have: `T::zero()`, `T::EPSILON`, `T::from_f64(2.0)`
        /// and `x.sin()` mean in the companions what they mean in the function. The trait is
        /// sealed; `f32` and `f64` have it.
        #[diagnostic::on_unimplemented(
            message = "`{Self}` is not a floating-point number",
            label = "`f32`, `f64` or a type parameter bounded by `Float` is needed here",
            note = "derivatives are computed in `f32` and `f64`, in vectors and matrices of them"
        )]
        pub trait Number:
            Copy
            + Default
            + Debug
            + Display
            + LowerExp
            + PartialEq
            + PartialOrd
            + Add<Output = Self>
            + Sub<Output = Self>
            + Mul<Output = Self>
            + Div<Output = Self>
            + Rem<Output = Self>
            + Neg<Output = Self>
            + AddAssign
            + SubAssign
            + MulAssign
            + DivAssign
            + RemAssign
            + Sum
            + for<'a> Sum<&'a Self>
            + Product
            + for<'a> Product<&'a Self>
            + SumByAdding
            + ProductByMultiplying
            + VectorSpace
            + Elementwise<Scalar = Self>
            + Peel<Target = Self>
            + Gemm
            + Kernels
            + Send
            + Sync
            + 'static
        {
            #[doc(hidden)]
            const NUMBER_ZERO: Self;
            #[doc(hidden)]
            const NUMBER_ONE: Self;
            #[doc(hidden)]
            const NUMBER_HALF: Self;
            #[doc(hidden)]
            const NUMBER_EPSILON: Self;
            #[doc(hidden)]
            const NUMBER_MIN_POSITIVE: Self;
            #[doc(hidden)]
            const NUMBER_INFINITY: Self;
            #[doc(hidden)]
            const NUMBER_NAN: Self;

            #[doc(hidden)]
            fn number_from_f64(x: f64) -> Self;
            #[doc(hidden)]
            fn number_to_f64(x: Self) -> f64;
            #[doc(hidden)]
            fn number_from_usize(n: usize) -> Self;

            $(
                $(#[$doc])*
                fn $name($($arg: $kind),*) -> $result;
            )*
        }

        float!(@impl f32, $($name => $std($($arg: $kind),*) -> $result;)*);
        float!(@impl f64, $($name => $std($($arg: $kind),*) -> $result;)*);
    };
    (@impl $T:ident, $($name:ident => $std:ident($($arg:ident: $kind:ty),*) -> $result:ty;)*) => {
        impl Number for $T {
            const NUMBER_ZERO: Self = 0.0;
            const NUMBER_ONE: Self = 1.0;
            const NUMBER_HALF: Self = 0.5;
            const NUMBER_EPSILON: Self = $T::EPSILON;
            const NUMBER_MIN_POSITIVE: Self = $T::MIN_POSITIVE;
            const NUMBER_INFINITY: Self = $T::INFINITY;
            const NUMBER_NAN: Self = $T::NAN;

            #[inline]
            fn number_from_f64(x: f64) -> Self {
                x as Self
            }

            #[inline]
            fn number_to_f64(x: Self) -> f64 {
                f64::from(x)
            }

            #[inline]
            fn number_from_usize(n: usize) -> Self {
                n as Self
            }

            $(
                #[inline]
                fn $name($($arg: $kind),*) -> $result {
                    $T::$std($($arg),*)
                }
            )*
        }
    };
}

float! {
    /// `sin x`.
    sin_of => sin(x: Self) -> Self;
    /// `cos x`.
    cos_of => cos(x: Self) -> Self;
    /// `tan x`.
    tan_of => tan(x: Self) -> Self;
    /// `arcsin x`.
    asin_of => asin(x: Self) -> Self;
    /// `arccos x`.
    acos_of => acos(x: Self) -> Self;
    /// `arctan x`.
    atan_of => atan(x: Self) -> Self;
    /// The angle of the point `(x, y)`, as `f64::atan2`.
    atan2_of => atan2(y: Self, x: Self) -> Self;
    /// `sinh x`.
    sinh_of => sinh(x: Self) -> Self;
    /// `cosh x`.
    cosh_of => cosh(x: Self) -> Self;
    /// `tanh x`.
    tanh_of => tanh(x: Self) -> Self;
    /// `arsinh x`.
    asinh_of => asinh(x: Self) -> Self;
    /// `arcosh x`.
    acosh_of => acosh(x: Self) -> Self;
    /// `artanh x`.
    atanh_of => atanh(x: Self) -> Self;
    /// `eˣ`.
    exp_of => exp(x: Self) -> Self;
    /// `2ˣ`.
    exp2_of => exp2(x: Self) -> Self;
    /// `eˣ − 1` without cancellation near 0.
    exp_m1_of => exp_m1(x: Self) -> Self;
    /// The natural logarithm.
    ln_of => ln(x: Self) -> Self;
    /// The logarithm to base 2.
    log2_of => log2(x: Self) -> Self;
    /// The logarithm to base 10.
    log10_of => log10(x: Self) -> Self;
    /// `ln (1 + x)` without cancellation near 0.
    ln_1p_of => ln_1p(x: Self) -> Self;
    /// The square root.
    sqrt_of => sqrt(x: Self) -> Self;
    /// The cube root.
    cbrt_of => cbrt(x: Self) -> Self;
    /// `√(x² + y²)` without overflow in between.
    hypot_of => hypot(x: Self, y: Self) -> Self;
    /// `1/x`.
    recip_of => recip(x: Self) -> Self;
    /// `xⁿ` for an integer `n`.
    powi_of => powi(x: Self, n: i32) -> Self;
    /// `xᵖ`.
    powf_of => powf(x: Self, p: Self) -> Self;
    /// `|x|`.
    abs_of => abs(x: Self) -> Self;
    /// The sign: 1 from `+0.0` up, −1 from `−0.0` down.
    signum_of => signum(x: Self) -> Self;
    /// `|x|` with the sign of `s`.
    copysign_of => copysign(x: Self, s: Self) -> Self;
    /// The larger of two; a NaN is ignored if the other is a number.
    max_of => max(a: Self, b: Self) -> Self;
    /// The smaller of two; a NaN is ignored if the other is a number.
    min_of => min(a: Self, b: Self) -> Self;
    /// `x` confined to `lo..=hi`. Panics unless `lo <= hi`.
    clamp_of => clamp(x: Self, lo: Self, hi: Self) -> Self;
    /// The largest integer that is at most `x`.
    floor_of => floor(x: Self) -> Self;
    /// The smallest integer that is at least `x`.
    ceil_of => ceil(x: Self) -> Self;
    /// The nearest integer, halves away from 0.
    round_of => round(x: Self) -> Self;
    /// The integer part.
    trunc_of => trunc(x: Self) -> Self;
    /// The fractional part, with the sign of `x`.
    fract_of => fract(x: Self) -> Self;
    /// The non-negative remainder of Euclidean division.
    rem_euclid_of => rem_euclid(a: Self, b: Self) -> Self;
    /// Whether `x` is NaN.
    nan_in => is_nan(x: Self) -> bool;
    /// Whether `x` has full precision: neither zero, subnormal, infinite nor NaN.
    normal => is_normal(x: Self) -> bool;
    /// Whether `x` is neither infinite nor NaN.
    finite => is_finite(x: Self) -> bool;
}

/// `f32` or `f64`.
///
/// The functions ([`Number`]) are associated functions without a receiver and carry the suffix
/// `_of`: `T::sin_of(x)`. So a generic function may demand this trait beside one of its own
/// choice (`num_traits::Float`, say), and `x.sin()` and `T::sin(x)` mean there what they meant
/// before. The trait is sealed.
///
/// ```
/// use backprop_runtime::{Float, Number};
///
/// fn gaussian<T: Float>(x: T) -> T {
///     T::exp_of(-(x * x) / T::from_f64(2.0))
/// }
/// assert_eq!(gaussian(0.0_f32), 1.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a floating-point number",
    label = "`f32`, `f64` or a type parameter bounded by `Float` is needed here",
    note = "derivatives are computed in `f32` and `f64`, in vectors and matrices of them"
)]
pub trait Float: Number {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// ½.
    const HALF: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: Self;
    /// The smallest positive number with full precision.
    const MIN_POSITIVE: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;

    /// The number nearest to `x`.
    fn from_f64(x: f64) -> Self;
    /// `x` in double precision, which is exact.
    fn to_f64(x: Self) -> f64;
    /// The number nearest to `n`.
    fn from_usize(n: usize) -> Self;
}

impl<T: Number> Float for T {
    const ZERO: Self = T::NUMBER_ZERO;
    const ONE: Self = T::NUMBER_ONE;
    const HALF: Self = T::NUMBER_HALF;
    const EPSILON: Self = T::NUMBER_EPSILON;
    const MIN_POSITIVE: Self = T::NUMBER_MIN_POSITIVE;
    const INFINITY: Self = T::NUMBER_INFINITY;
    const NAN: Self = T::NUMBER_NAN;

    #[inline]
    fn from_f64(x: f64) -> Self {
        T::number_from_f64(x)
    }

    #[inline]
    fn to_f64(x: Self) -> f64 {
        T::number_to_f64(x)
    }

    #[inline]
    fn from_usize(n: usize) -> Self {
        T::number_from_usize(n)
    }
}
