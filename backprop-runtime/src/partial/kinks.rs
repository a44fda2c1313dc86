//! Functions made of several smooth pieces: maximum, minimum, clamp.
//!
//! Where pieces meet, the gradients of all of them span the subdifferential. Its element of least
//! norm is the mean of the pieces' gradients if each piece is an active argument, and 0 if one of
//! them is a constant.

use crate::Float;

/// `∂ max(a, b)/∂a` with both active: 1, ½ at a tie, 0. As `f64::max` ignores a NaN, so does the
/// derivative unless both are NaN. For `∂/∂b` exchange the arguments.
///
/// ```
/// use backprop_runtime::partial::max_both;
///
/// assert_eq!(max_both(2.0, 1.0), 1.0);
/// assert_eq!(max_both(2.0, 2.0), 0.5);
/// assert_eq!(max_both(1.0, f64::NAN), 1.0);
/// ```
#[inline]
pub fn max_both<T: Float>(a: T, b: T) -> T {
    larger(a, b, T::HALF)
}

/// `∂ max(a, c)/∂a` for a constant `c`: 1 if `a` is larger, else 0.
///
/// ```
/// use backprop_runtime::partial::max_one;
///
/// assert_eq!(max_one(2.0, 1.0), 1.0);
/// assert_eq!(max_one(2.0, 2.0), 0.0);
/// ```
#[inline]
pub fn max_one<T: Float>(a: T, c: T) -> T {
    larger(a, c, T::ZERO)
}

/// `∂ min(a, b)/∂a` with both active: 1, ½ at a tie, 0. For `∂/∂b` exchange the arguments.
///
/// ```
/// use backprop_runtime::partial::min_both;
///
/// assert_eq!(min_both(2.0, 1.0), 0.0);
/// assert_eq!(min_both(2.0, 2.0), 0.5);
/// ```
#[inline]
pub fn min_both<T: Float>(a: T, b: T) -> T {
    larger(-a, -b, T::HALF)
}

/// `∂ min(a, c)/∂a` for a constant `c`: 1 if `a` is smaller, else 0.
///
/// ```
/// use backprop_runtime::partial::min_one;
///
/// assert_eq!(min_one(1.0, 2.0), 1.0);
/// assert_eq!(min_one(2.0, 2.0), 0.0);
/// ```
#[inline]
pub fn min_one<T: Float>(a: T, c: T) -> T {
    larger(-a, -c, T::ZERO)
}

#[inline]
fn larger<T: Float>(a: T, b: T, tie: T) -> T {
    if a > b {
        T::ONE
    } else if a < b {
        T::ZERO
    } else if a == b {
        tie
    } else if T::nan_in(b) {
        if T::nan_in(a) { T::NAN } else { T::ONE }
    } else {
        T::ZERO
    }
}

/// The arguments of `clamp`, in order; also the piece of the function each one is.
const X: usize = 0;
const LO: usize = 1;
const HI: usize = 2;

/// The derivative of `x.clamp(lo, hi)` with respect to argument `of` when the arguments marked
/// in `active` are.
#[inline(always)]
fn clamp<T: Float>(x: T, lo: T, hi: T, of: usize, active: [bool; 3]) -> T {
    if T::nan_in(x) {
        return if of == X { T::NAN } else { T::ZERO };
    }
    let touching = [x >= lo && x <= hi, x <= lo, x >= hi];
    let constant_touches = (0..3).any(|piece| touching[piece] && !active[piece]);
    if !touching[of] || constant_touches {
        return T::ZERO;
    }
    match touching.iter().filter(|&&touches| touches).count() {
        1 => T::ONE,
        2 => T::HALF,
        _ => T::ONE / T::from_f64(3.0),
    }
}

macro_rules! clamps {
    ($(
        $name:ident: $of:ident among $active:expr, at $x:literal gives $value:literal,
        $words:literal;
    )*) => {
        $(
            #[doc = concat!("`∂ clamp(x, lo, hi)` ", $words)]
            ///
            /// ```
            #[doc = concat!("use backprop_runtime::partial::", stringify!($name), ";")]
            ///
            #[doc = concat!(
                "assert_eq!(", stringify!($name), "(", stringify!($x), ", 0.0, 1.0), ",
                stringify!($value), ");"
            )]
            /// ```
            #[inline]
            pub fn $name<T: Float>(x: T, lo: T, hi: T) -> T {
                clamp(x, lo, hi, $of, $active)
            }
        )*
    };
}

clamps! {
    clamp_x: X among [true, true, true], at 0.0 gives 0.5,
        "with respect to `x`, all three active.";
    clamp_lo: LO among [true, true, true], at 0.0 gives 0.5,
        "with respect to `lo`, all three active.";
    clamp_hi: HI among [true, true, true], at 0.0 gives 0.0,
        "with respect to `hi`, all three active.";
    clamp_x_only: X among [true, false, false], at 0.0 gives 0.0,
        "with respect to `x`, the bounds constant.";
    clamp_lo_only: LO among [false, true, false], at -1.0 gives 1.0,
        "with respect to `lo`, the others constant.";
    clamp_hi_only: HI among [false, false, true], at 2.0 gives 1.0,
        "with respect to `hi`, the others constant.";
    clamp_x_with_lo: X among [true, true, false], at 0.0 gives 0.5,
        "with respect to `x`, `hi` constant.";
    clamp_lo_with_x: LO among [true, true, false], at 0.0 gives 0.5,
        "with respect to `lo`, `hi` constant.";
    clamp_x_with_hi: X among [true, false, true], at 1.0 gives 0.5,
        "with respect to `x`, `lo` constant.";
    clamp_hi_with_x: HI among [true, false, true], at 1.0 gives 0.5,
        "with respect to `hi`, `lo` constant.";
    clamp_lo_without_x: LO among [false, true, true], at 0.0 gives 0.0,
        "with respect to `lo`, `x` constant.";
    clamp_hi_without_x: HI among [false, true, true], at 2.0 gives 1.0,
        "with respect to `hi`, `x` constant.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clamp_at_the_bounds() {
        let all = |x, lo, hi| (clamp_x(x, lo, hi), clamp_lo(x, lo, hi), clamp_hi(x, lo, hi));
        assert_eq!(all(1.0, 1.0, 2.0), (0.5, 0.5, 0.0));
        assert_eq!(all(2.0, 1.0, 2.0), (0.5, 0.0, 0.5));
        assert_eq!(all(1.5, 1.0, 2.0), (1.0, 0.0, 0.0));
        assert_eq!(all(0.5, 1.0, 2.0), (0.0, 1.0, 0.0));
        assert_eq!(all(2.5, 1.0, 2.0), (0.0, 0.0, 1.0));
        let third = 1.0 / 3.0;
        assert_eq!(all(1.0, 1.0, 1.0), (third, third, third));
        assert_eq!(clamp_x_with_lo(1.0, 1.0, 1.0), 0.0);
        assert_eq!(clamp_x_with_lo(2.0, 1.0, 2.0), 0.0);
        assert!(clamp_x_only(f64::NAN, 0.0, 1.0).is_nan());
    }

    #[test]
    fn ties_and_nan() {
        assert_eq!((max_both(1.0, f64::NAN), max_both(f64::NAN, 1.0)), (1.0, 0.0));
        assert_eq!((min_both(1.0, f64::NAN), min_both(f64::NAN, 1.0)), (1.0, 0.0));
        assert!(max_both(f64::NAN, f64::NAN).is_nan());
        assert_eq!((max_both(0.0, -0.0), min_both(3.0, 3.0)), (0.5, 0.5));
        assert_eq!((max_one(0.0, 0.0), min_one(3.0, 3.0)), (0.0, 0.0));
    }
}
