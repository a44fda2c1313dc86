//! Powers and logarithms with two arguments.

use crate::Float;

/// `∂xᵖ/∂x = p xᵖ⁻¹` with `y = xᵖ`; 0 for `p = 0`, whatever `x` is.
///
/// ```
/// use backprop_runtime::partial::pow_base;
///
/// assert_eq!(pow_base(-2.0, 3.0, -8.0), 12.0);
/// assert_eq!(pow_base(0.0, 0.5, 0.0), f64::INFINITY);
/// assert_eq!(pow_base(0.0, 0.0, 1.0), 0.0);
/// ```
#[inline]
pub fn pow_base<T: Float>(x: T, p: T, y: T) -> T {
    if p == T::ZERO && !T::nan_in(x) {
        return T::ZERO;
    }
    // p·y/x needs no second power and keeps the digits of tiny p, which p − 1 has lost. It fails
    // only where y or y/x has left the range of numbers with full precision.
    let ratio = y / x;
    if full_precision(y) && full_precision(ratio) {
        p * ratio
    } else {
        p * T::powf_of(x, p - T::ONE)
    }
}

/// `∂xᵖ/∂p = y ln x` with `y = xᵖ`; 0 at `x = 0` for `p ≥ 0`, NaN for negative `x`.
///
/// ```
/// use backprop_runtime::partial::pow_exponent;
///
/// assert_eq!(pow_exponent(2.0, 0.0, 1.0), std::f64::consts::LN_2);
/// assert_eq!(pow_exponent(0.0, 2.0, 0.0), 0.0);
/// assert!(pow_exponent(-2.0_f64, 3.0, -8.0).is_nan());
/// ```
#[inline]
pub fn pow_exponent<T: Float>(x: T, p: T, y: T) -> T {
    let vanishes = if x == T::ZERO { p >= T::ZERO } else { x == T::INFINITY && p < T::ZERO };
    // Without the case distinction 0 · ln 0 would be NaN.
    if vanishes { T::ZERO } else { y * T::ln_of(if x == T::ZERO { T::ZERO } else { x }) }
}

/// `∂xⁿ/∂x = n xⁿ⁻¹` with `y = xⁿ` for an integer `n`; 0 for `n = 0`.
///
/// ```
/// use backprop_runtime::partial::powi;
///
/// assert_eq!(powi(3.0, 2, 9.0), 6.0);
/// assert_eq!(powi(0.0, 1, 0.0), 1.0);
/// assert_eq!(powi(0.0, -1, f64::INFINITY), f64::NEG_INFINITY);
/// ```
#[inline]
pub fn powi<T: Float>(x: T, n: i32, y: T) -> T {
    let factor = T::from_f64(f64::from(n));
    if n == 0 {
        T::ZERO
    } else if (1..=9).contains(&n) {
        factor * T::powi_of(x, n - 1)
    } else if (-8..0).contains(&n) && full_precision(y / x) {
        factor * (y / x)
    } else {
        // Repeated multiplication loses about n units in the last place; powf does not.
        let power = T::powf_of(T::abs_of(x), factor - T::ONE);
        // −0 counts as negative: n x⁻ᵏ for an even n is −∞ on its side.
        let odd_power_of_negative = n % 2 == 0 && T::signum_of(x) < T::ZERO;
        factor * if odd_power_of_negative { -power } else { power }
    }
}

/// `∂ log_b(x)/∂x = 1/(x ln b)`.
///
/// ```
/// use backprop_runtime::partial::log_argument;
///
/// assert_eq!(log_argument(2.0, std::f64::consts::E), 0.5);
/// ```
#[inline]
pub fn log_argument<T: Float>(x: T, b: T) -> T {
    if x < T::ZERO { T::NAN } else { T::ONE / T::ln_of(b) / T::abs_of(x) }
}

/// `∂ log_b(x)/∂b = −y/(b ln b)` with `y = log_b(x)`.
///
/// ```
/// use backprop_runtime::partial::log_base;
///
/// assert_eq!(log_base(1.0, 2.0, 0.0), -0.0);
/// ```
#[inline]
pub fn log_base<T: Float>(_x: T, b: T, y: T) -> T {
    -(y / (b * T::ln_of(b)))
}

#[inline]
fn full_precision<T: Float>(x: T) -> bool {
    let x = T::abs_of(x);
    x >= T::MIN_POSITIVE && x < T::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;
    const INF: f64 = f64::INFINITY;

    fn powf(x: f64, p: f64) -> (f64, f64) {
        let y = x.powf(p);
        (pow_base(x, p, y), pow_exponent(x, p, y))
    }

    #[test]
    fn powf_at_its_corners() {
        assert_eq!(powf(0.0, 0.0), (0.0, 0.0));
        assert_eq!(powf(0.0, 1.0), (1.0, 0.0));
        assert_eq!(powf(0.0, 2.0), (0.0, 0.0));
        assert_eq!(powf(0.0, 0.5), (INF, 0.0));
        assert_eq!(powf(0.0, -1.0), (-INF, -INF));
        assert_eq!(powf(2.0, 0.0), (0.0, std::f64::consts::LN_2));
        assert_eq!(powf(1.0, INF), (INF, 0.0));
        let (base, exponent) = powf(-2.0, 3.0);
        assert!(base == 12.0 && exponent.is_nan());
        let (base, exponent) = powf(-1.5, 2.5);
        assert!(base.is_nan() && exponent.is_nan());
    }

    #[test]
    fn powf_where_the_value_leaves_the_range() {
        // y = 1e-400 and 1e400; the truth is 2e-200 and 2e200.
        assert!((powf(1e-200, 2.0).0 - 2e-200).abs() < 1e-215);
        assert!((powf(1e200, 2.0).0 - 2e200).abs() < 1e185);
        // p − 1 would round to −1.
        assert!((powf(1e-300, 1e-17).0 / 9.999999999999931e282 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn powi_at_zero_and_far_out() {
        let d = |x: f64, n| powi(x, n, x.powi(n));
        assert_eq!((d(0.0, 0), d(0.0, 1), d(0.0, 2), d(0.0, 3)), (0.0, 1.0, 0.0, 0.0));
        assert_eq!((d(0.0, -1), d(-0.0, -1), d(0.0, -2), d(-0.0, -2)), (-INF, -INF, -INF, INF));
        assert_eq!((d(-2.0, 3), d(-2.0, 4), d(-2.0, -2)), (12.0, -32.0, 0.25));
        assert_eq!((d(-2.0, 10), d(-2.0, 11)), (-5120.0, 11264.0));
        assert!((d(1.01, 1000) / 20751639.24536024 - 1.0).abs() < 1e-15);
        assert!(d(2.0, i32::MIN) == 0.0 && d(f64::NAN, 2).is_nan());
    }

    #[test]
    fn logarithm_with_base() {
        let (x, b, h) = (3.0_f64, 1.7_f64, 1e-6);
        let dx = ((x + h).log(b) - (x - h).log(b)) / (2.0 * h);
        let db = (x.log(b + h) - x.log(b - h)) / (2.0 * h);
        assert!((log_argument(x, b) - dx).abs() < 1e-8);
        assert!((log_base(x, b, x.log(b)) - db).abs() < 1e-8);
    }
}
