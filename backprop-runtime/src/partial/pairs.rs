//! Division and its remainders, lengths, angles, signs.

use core::ops::Div;

use crate::Float;

/// `d / b`, the share of `a` in the adjoint `d` of `a / b`; zero where `d` is, also at `b = 0`.
///
/// It is `d · (1/b)`: the reciprocal does not wait for `d`, serves all quotients by the same `b`, and
/// is computed in front of a loop that does not change `b`.
///
/// ```
/// use backprop_runtime::partial::divide;
///
/// assert_eq!(divide(3.0, 2.0), 1.5);
/// assert_eq!(divide(0.0, 0.0), 0.0);
/// ```
#[inline]
pub fn divide<T: Float + Div<B, Output = T>, B: Copy>(d: T, b: B) -> T {
    let inverse = T::ONE / b;
    if T::normal(inverse) {
        d * inverse
    } else if d == T::ZERO {
        T::ZERO
    } else {
        d / b
    }
}

/// `∂(a/b)/∂b = −y/b` with `y = a/b`, which neither overflows nor vanishes where `−a/b²` would.
///
/// ```
/// use backprop_runtime::partial::div_rhs;
///
/// assert_eq!(div_rhs(1e-200, 1.0), -1e200);
/// ```
#[inline]
pub fn div_rhs<T: Float>(b: T, y: T) -> T {
    -(y / b)
}

/// [`div_rhs`] for a dividend `a` that is the same for many `b`: `−y²/a`, as `1/a` is computed once.
///
/// ```
/// use backprop_runtime::partial::{div_rhs, div_rhs_of};
///
/// assert_eq!(div_rhs_of(4.0, 2.0, 2.0), div_rhs(2.0, 2.0));
/// assert_eq!(div_rhs_of(0.0, 2.0, 0.0), 0.0);
/// ```
#[inline]
pub fn div_rhs_of<T: Float>(a: T, b: T, y: T) -> T {
    let inverse = T::ONE / a;
    if T::normal(inverse) { -(y * (y * inverse)) } else { div_rhs(b, y) }
}

/// `−d·y/b`, the share of `b` in the adjoint `d` of `y = a/b`, from the share `q = d/b` of `a`: one
/// division serves both operands. Where `q` has overflowed or lost digits it is computed anew.
///
/// ```
/// use backprop_runtime::partial::{divide, quotient_rhs};
///
/// let (d, a, b) = (3.0, 8.0, 2.0);
/// assert_eq!(quotient_rhs(divide(d, b), d, b, a / b), -6.0);
/// assert_eq!(quotient_rhs(f64::INFINITY, 1.0, 2e-310, 0.0), 0.0);
/// ```
#[inline]
pub fn quotient_rhs<T: Float>(q: T, d: T, b: T, y: T) -> T {
    if T::normal(q) { -(q * y) } else { quotient_rhs_anew(d, b, y) }
}

#[cold]
fn quotient_rhs_anew<T: Float>(d: T, b: T, y: T) -> T {
    super::chain(d, div_rhs(b, y))
}

/// `∂(a % b)/∂b = −trunc(a/b)`, computed from the remainder, which is exact, and so right also
/// where `a/b` rounds up to an integer.
///
/// ```
/// use backprop_runtime::partial::rem_rhs;
///
/// assert_eq!(rem_rhs(7.0, 3.0), -2.0);
/// assert_eq!(rem_rhs(-7.0, 3.0), 2.0);
/// ```
#[inline]
pub fn rem_rhs<T: Float>(a: T, b: T) -> T {
    -T::round_of((a - a % b) / b)
}

/// `∂ a.rem_euclid(b)/∂b = −a.div_euclid(b)`; `∂/∂a` is 1.
///
/// ```
/// use backprop_runtime::partial::rem_euclid_rhs;
///
/// assert_eq!(rem_euclid_rhs(-7.0, 3.0), 3.0);
/// ```
#[inline]
pub fn rem_euclid_rhs<T: Float>(a: T, b: T) -> T {
    -T::round_of((a - T::rem_euclid_of(a, b)) / b)
}

/// `∂ hypot(x, y)/∂x = x/h` with `h = hypot(x, y)`; 0 at the origin.
///
/// ```
/// use backprop_runtime::partial::hypot_x;
///
/// assert_eq!(hypot_x(3.0, 4.0, 5.0), 0.6);
/// assert_eq!(hypot_x(0.0, 0.0, 0.0), 0.0);
/// ```
#[inline]
pub fn hypot_x<T: Float>(x: T, y: T, h: T) -> T {
    if h == T::ZERO {
        T::ZERO
    } else if h < T::MIN_POSITIVE {
        // Among denormals h itself has few digits.
        let (x, y) = (x / T::EPSILON, y / T::EPSILON);
        x / T::hypot_of(x, y)
    } else if h == T::INFINITY {
        let (x, y) = (x * T::HALF, y * T::HALF);
        x / T::hypot_of(x, y)
    } else {
        x / h
    }
}

/// `∂ hypot(x, y)/∂y = y/h` with `h = hypot(x, y)`; 0 at the origin.
///
/// ```
/// use backprop_runtime::partial::hypot_y;
///
/// assert_eq!(hypot_y(3.0, 4.0, 5.0), 0.8);
/// ```
#[inline]
pub fn hypot_y<T: Float>(x: T, y: T, h: T) -> T {
    hypot_x(y, x, h)
}

/// `∂ atan2(y, x)/∂y = x/(x² + y²)`; 0 at the origin.
///
/// ```
/// use backprop_runtime::partial::atan2_y;
///
/// assert_eq!(atan2_y(1.0, 2.0), 0.4);
/// ```
#[inline]
pub fn atan2_y<T: Float>(y: T, x: T) -> T {
    over_square(x, y)
}

/// `∂ atan2(y, x)/∂x = −y/(x² + y²)`; 0 at the origin.
///
/// ```
/// use backprop_runtime::partial::atan2_x;
///
/// assert_eq!(atan2_x(1.0, 2.0), -0.2);
/// ```
#[inline]
pub fn atan2_x<T: Float>(y: T, x: T) -> T {
    over_square(-y, x)
}

/// `a/(a² + b²)`, also where the squares leave the range of numbers.
#[inline]
fn over_square<T: Float>(a: T, b: T) -> T {
    let square = a * a + b * b;
    if square > T::MIN_POSITIVE / T::EPSILON && square < T::INFINITY {
        return a / square;
    }
    let h = T::hypot_of(a, b);
    if h == T::ZERO { T::ZERO } else { hypot_x(a, b, h) / h }
}

/// `∂ x.copysign(s)/∂x`: 1 if the sign bits of `x` and `s` agree, else −1. (`∂/∂s` is 0.)
///
/// ```
/// use backprop_runtime::partial::copysign;
///
/// assert_eq!(copysign(2.0, -0.0), -1.0);
/// ```
#[inline]
pub fn copysign<T: Float>(x: T, s: T) -> T {
    if T::nan_in(x) { T::NAN } else { T::copysign_of(T::ONE, x) * T::copysign_of(T::ONE, s) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        assert!((got / want - 1.0).abs() < 8.0 * f64::EPSILON, "{got:e} instead of {want:e}");
    }

    #[test]
    fn quotients() {
        let d = |a: f64, b: f64| {
            let y = a / b;
            let shared = quotient_rhs(divide(1.0, b), 1.0, b, y);
            let alone = div_rhs(b, y);
            assert!((shared - alone).abs() <= 4.0 * f64::EPSILON * alone.abs() || shared == alone);
            alone
        };
        assert_eq!((d(1e200, 1e200), d(1e-200, 1e-200)), (-1e-200, -1e200));
        assert!(d(0.0, 1e-200) == 0.0 && d(0.0, 1e-200).is_sign_negative());
    }

    #[test]
    fn remainders() {
        assert_eq!((rem_rhs(7.0, 3.0), rem_rhs(-7.0, 3.0), rem_rhs(7.5, -2.0)), (-2.0, 2.0, 3.0));
        // 0.3 / 0.1 rounds to 3 although 0.3 < 3 · 0.1.
        assert_eq!(rem_rhs(0.3, 0.1), -2.0);
        for (a, b) in [(7.0_f64, 3.0), (-7.0, 3.0), (7.0, -3.0), (-7.0, -3.0), (-1e-20, 3.0)] {
            assert_eq!(rem_euclid_rhs(a, b), -a.div_euclid(b), "{a} {b}");
        }
    }

    #[test]
    fn lengths_at_all_scales() {
        let d = |x: f64, y: f64| hypot_x(x, y, x.hypot(y));
        assert_eq!(d(0.0, 0.0), 0.0);
        close(d(3e200, 4e200), 0.6);
        for scale in [5e-324, 1e-310, 1e-200, 1.0, 1e200, 1.7e308] {
            close(d(scale, scale), std::f64::consts::FRAC_1_SQRT_2);
        }
    }

    #[test]
    fn angles_at_all_scales() {
        let d = |y: f64, x: f64| (atan2_y(y, x), atan2_x(y, x));
        assert_eq!(d(0.0, 0.0), (0.0, 0.0));
        assert_eq!(d(0.0, -1.0), (-1.0, 0.0));
        assert!(atan2_x(0.0_f64, -1.0).is_sign_negative());
        for scale in [1e-200, 1.0, 1e200] {
            close(d(scale, scale).0, 0.5 / scale);
            close(d(scale, scale).1, -0.5 / scale);
        }
    }

    #[test]
    fn copysign_reads_sign_bits() {
        assert_eq!(
            (copysign(0.0, -3.0), copysign(2.0, 0.0), copysign(2.0, -0.0)),
            (-1.0, 1.0, -1.0)
        );
    }
}
