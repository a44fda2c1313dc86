//! Functions of one argument, one row each.

use crate::{Float, ScalarFunctions};

/// Each row gives the formula, then a point for the example and the interval on which the tests
/// compare it with difference quotients.
macro_rules! elementary {
    ($(
        $(#[$doc:meta])*
        $name:ident($x:ident, $y:ident) = $formula:expr, at $at:literal in $lo:literal..$hi:literal;
    )*) => {
        $(
            $(#[$doc])*
            ///
            /// ```
            /// # use backprop_runtime::{ScalarFunctions as _, partial};
            #[doc = concat!("let (x, h) = (", stringify!($at), "_f64, 1e-5);")]
            #[doc = concat!("let y = x.", stringify!($name), "();")]
            #[doc = concat!("let slope = partial::", stringify!($name), "(x, y);")]
            #[doc = concat!(
                "let secant = ((x + h).", stringify!($name), "() - (x - h).", stringify!($name),
                "()) / (2.0 * h);"
            )]
            /// assert!((slope - secant).abs() < 1e-6 * (1.0 + slope.abs()));
            /// ```
            #[inline]
            pub fn $name<T: Float>($x: T, $y: T) -> T {
                $formula
            }
        )*

        /// Name, function, partial and interval of every row.
        #[cfg(test)]
        pub(super) const ROWS: &[Row] = &[$((
            stringify!($name),
            |x: f64| x.$name(),
            $name::<f64>,
            ($lo, $hi),
        )),*];
    };
}

#[cfg(test)]
pub(super) type Row = (&'static str, fn(f64) -> f64, fn(f64, f64) -> f64, (f64, f64));

elementary! {
    /// `sin′ x = cos x`.
    sin(x, _y) = T::cos_of(x), at 0.5 in -3.0..3.0;
    /// `cos′ x = −sin x`.
    cos(x, _y) = -T::sin_of(x), at 0.5 in -3.0..3.0;
    /// `tan′ = 1 + y²`.
    tan(_x, y) = T::ONE + y * y, at 0.5 in -1.4..1.4;
    /// `arcsin′ x = 1/√((1 − x)(1 + x))`, infinite at ±1.
    asin(x, _y) = T::ONE / T::sqrt_of((T::ONE - x) * (T::ONE + x)), at 0.5 in -0.9..0.9;
    /// `arccos′ x = −1/√((1 − x)(1 + x))`, infinite at ±1.
    acos(x, y) = -asin(x, y), at 0.5 in -0.9..0.9;
    /// `arctan′ x = 1/(1 + x²)`.
    atan(x, _y) = {
        // x² overflows long before 1/x² vanishes.
        if T::abs_of(x) > T::ONE / T::EPSILON {
            let r = T::ONE / x;
            r * r
        } else {
            T::ONE / (T::ONE + x * x)
        }
    }, at 0.5 in -3.0..3.0;
    /// `sinh′ x = cosh x`.
    sinh(x, _y) = T::cosh_of(x), at 0.5 in -3.0..3.0;
    /// `cosh′ x = sinh x`.
    cosh(x, _y) = T::sinh_of(x), at 0.5 in -3.0..3.0;
    /// `tanh′ x = 1 − y² = 4e⁻²ˣ/(1 + e⁻²ˣ)²`, the latter where `y` comes close to ±1.
    tanh(x, y) = {
        if T::abs_of(y) < T::from_f64(0.625) {
            (T::ONE - y) * (T::ONE + y)
        } else {
            let e = T::exp_of(T::from_f64(-2.0) * T::abs_of(x));
            let s = T::ONE + e;
            T::from_f64(4.0) * e / (s * s)
        }
    }, at 0.5 in -3.0..3.0;
    /// `arsinh′ x = 1/√(1 + x²)`.
    asinh(x, _y) = T::ONE / T::hypot_of(T::ONE, x), at 0.5 in -3.0..3.0;
    /// `arcosh′ x = 1/(√(x − 1) √(x + 1))`, infinite at 1.
    acosh(x, _y) = T::ONE / (T::sqrt_of(x - T::ONE) * T::sqrt_of(x + T::ONE)), at 1.5 in 1.1..9.0;
    /// `artanh′ x = 1/((1 − x)(1 + x))`, infinite at ±1 and NaN beyond.
    atanh(x, _y) = {
        if T::abs_of(x) > T::ONE { T::NAN } else { T::ONE / ((T::ONE - x) * (T::ONE + x)) }
    }, at 0.5 in -0.9..0.9;
    /// `exp′ = y`.
    exp(_x, y) = y, at 0.5 in -3.0..3.0;
    /// `(2ˣ)′ = y ln 2`.
    exp2(_x, y) = y * T::from_f64(std::f64::consts::LN_2), at 0.5 in -3.0..3.0;
    /// `(eˣ − 1)′ = eˣ`. (`y + 1` has lost its digits when `x` is very negative.)
    exp_m1(x, _y) = T::exp_of(x), at 0.5 in -3.0..3.0;
    /// `ln′ x = 1/x`, infinite at 0 and NaN below.
    ln(x, _y) = reciprocal_above_zero(T::ONE, x), at 0.5 in 0.1..9.0;
    /// `log₂′ x = 1/(x ln 2)`, infinite at 0 and NaN below.
    log2(x, _y) = {
        reciprocal_above_zero(T::from_f64(std::f64::consts::LOG2_E), x)
    }, at 0.5 in 0.1..9.0;
    /// `log₁₀′ x = 1/(x ln 10)`, infinite at 0 and NaN below.
    log10(x, _y) = {
        reciprocal_above_zero(T::from_f64(std::f64::consts::LOG10_E), x)
    }, at 0.5 in 0.1..9.0;
    /// `ln(1 + x)′ = 1/(1 + x)`, infinite at −1 and NaN below.
    ln_1p(x, _y) = reciprocal_above_zero(T::ONE, T::ONE + x), at 0.5 in -0.9..9.0;
    /// `√′ = 1/(2y)`, infinite at 0.
    sqrt(_x, y) = T::HALF / T::abs_of(y), at 0.5 in 0.1..9.0;
    /// `∛′ = 1/(3y²)`, infinite at 0.
    cbrt(_x, y) = T::ONE / (T::from_f64(3.0) * y * y), at 0.5 in 0.1..9.0;
    /// `(1/x)′ = −y²`, −∞ at 0.
    recip(_x, y) = -(y * y), at 0.5 in 0.2..9.0;
    /// `|x|′`: the sign of `x`, and 0 at 0.
    abs(x, _y) = if x == T::ZERO { T::ZERO } else { T::signum_of(x) }, at 0.5 in 0.1..9.0;
    /// The logistic function: `σ′ = y(1 − y) = e/(1 + e)²` with `e = e^−|x|`, the latter where
    /// `y` comes close to 1.
    sigmoid(x, y) = {
        if y < T::from_f64(0.75) {
            y * (T::ONE - y)
        } else {
            let e = T::exp_of(-T::abs_of(x));
            let s = T::ONE + e;
            e / (s * s)
        }
    }, at 0.5 in -5.0..5.0;
    /// `softplus′ x = σ(x)`.
    softplus(x, _y) = x.sigmoid(), at 0.5 in -5.0..5.0;
    /// `(ln σ)′ x = σ(−x)`.
    log_sigmoid(x, _y) = (-x).sigmoid(), at 0.5 in -5.0..5.0;
    /// The rectifier: 1 above 0, else 0; NaN stays NaN.
    relu(x, _y) = {
        if x > T::ZERO {
            T::ONE
        } else if x <= T::ZERO {
            T::ZERO
        } else {
            T::NAN
        }
    }, at 0.5 in 0.1..9.0;
    /// 0, as the function is piecewise constant.
    floor(_x, _y) = T::ZERO, at 0.5 in 0.1..0.9;
    /// 0, as the function is piecewise constant.
    ceil(_x, _y) = T::ZERO, at 0.5 in 0.1..0.9;
    /// 0, as the function is piecewise constant.
    round(_x, _y) = T::ZERO, at 0.25 in 0.1..0.4;
    /// 0, as the function is piecewise constant.
    trunc(_x, _y) = T::ZERO, at 0.5 in 0.1..0.9;
    /// 0, as the function is piecewise constant.
    signum(_x, _y) = T::ZERO, at 0.5 in 0.1..9.0;
    /// 1: the function differs from `x` by a piecewise constant.
    fract(_x, _y) = T::ONE, at 0.5 in 0.1..0.9;
}

/// `numerator / x` on the domain of a logarithm, whose end may be given as −0.
#[inline]
fn reciprocal_above_zero<T: Float>(numerator: T, x: T) -> T {
    if x < T::ZERO { T::NAN } else { numerator / T::abs_of(x) }
}
