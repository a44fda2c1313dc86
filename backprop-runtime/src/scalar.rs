//! Scalar functions that the standard library lacks.

use crate::Float;

/// Activation functions as methods of `f32` and `f64`.
///
/// ```
/// use backprop_runtime::ScalarFunctions;
///
/// assert_eq!(0.0_f64.sigmoid(), 0.5);
/// assert_eq!(1000.0_f64.softplus(), 1000.0);
/// assert_eq!((-1000.0_f64).log_sigmoid(), -1000.0);
/// assert_eq!((-2.0_f32).relu(), 0.0);
/// ```
pub trait ScalarFunctions: Float {
    /// The logistic function `1 / (1 + e⁻ˣ)`, with full relative precision in both tails.
    #[inline]
    fn sigmoid(self) -> Self {
        // The exponential of a negative number cannot overflow.
        let e = Self::exp_of(-Self::abs_of(self));
        if self < Self::ZERO { e / (Self::ONE + e) } else { Self::ONE / (Self::ONE + e) }
    }

    /// `ln (1 + eˣ)`, which is `x` for large `x`.
    #[inline]
    fn softplus(self) -> Self {
        let e = Self::exp_of(-Self::abs_of(self));
        Self::max_of(self, Self::ZERO) + Self::ln_1p_of(e)
    }

    /// `ln (1 / (1 + e⁻ˣ))`, which is `x` for very negative `x`.
    #[inline]
    fn log_sigmoid(self) -> Self {
        -(-self).softplus()
    }

    /// The rectifier: `x` if positive, else 0; NaN stays NaN.
    #[inline]
    fn relu(self) -> Self {
        if self <= Self::ZERO { Self::ZERO } else { self }
    }
}

impl<T: Float> ScalarFunctions for T {}

#[cfg(test)]
mod tests {
    use super::ScalarFunctions;

    #[test]
    fn tails_neither_overflow_nor_lose_digits() {
        assert_eq!((-1000.0_f64).sigmoid(), 0.0);
        assert_eq!(1000.0_f64.sigmoid(), 1.0);
        assert_eq!((-40.0_f64).sigmoid(), 4.248354255291589e-18);
        assert_eq!((-40.0_f64).softplus(), 4.248354255291589e-18);
        assert_eq!(f32::INFINITY.softplus(), f32::INFINITY);
        assert_eq!(f64::NEG_INFINITY.log_sigmoid(), f64::NEG_INFINITY);
        assert_eq!(f64::INFINITY.log_sigmoid(), 0.0);
    }

    #[test]
    fn nan_stays_nan() {
        let x = f64::NAN;
        assert!(x.sigmoid().is_nan() && x.softplus().is_nan());
        assert!(x.log_sigmoid().is_nan() && x.relu().is_nan());
    }
}
