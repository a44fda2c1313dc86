//! Sine and cosine.
//!
//! `x = k π/2 + r` with |r| ≤ π/4, where π/2 is the sum of four numbers and `r` has a tail (Cody &
//! Waite 1980), then minimax polynomials for both functions, as in fdlibm's `k_sin.c` and
//! `k_cos.c`; `k` says which of the two, with which sign.

use std::f64::consts::FRAC_2_PI;

use super::arithmetic::{Arithmetic, exact_sum, ordered_sum, polynomial};
use super::exponential::ROUND;

/// Up to here `k` has 20 bits and its products with the parts of π/2 are exact. Beyond, std
/// computes the functions.
pub(super) const LIMIT: f64 = 1_000_000.0;

/// π/2 in parts of 33 bits, and the rest.
const HALF_PI: [f64; 4] = [
    1.570_796_326_734_125_6,
    6.077_100_506_303_966e-11,
    2.022_266_248_711_166_5e-21,
    8.478_427_660_368_9e-32,
];

/// `(sin r − r) / r³` in `r²`, of absolute error 2⁻⁵⁸ when multiplied.
const SINE: [f64; 6] = [
    -0.166_666_666_666_666_32,
    0.008_333_333_333_322_448,
    -0.000_198_412_698_298_302_48,
    2.755_731_369_855_380_8e-6,
    -2.505_075_902_763_024e-8,
    1.589_684_306_390_710_7e-10,
];

/// `(cos r − 1 + r²/2) / r⁴` in `r²`, of absolute error 2⁻⁶⁴ when multiplied.
const COSINE: [f64; 6] = [
    0.041_666_666_666_666_6,
    -0.001_388_888_888_887_441_7,
    2.480_158_728_964_166_4e-5,
    -2.755_731_439_331_313_5e-7,
    2.087_572_831_508_93e-9,
    -1.135_988_719_526_457_2e-11,
];

/// The sine of `x + quarters·π/2` for |x| ≤ [`LIMIT`].
#[inline(always)]
fn sine_ahead<A: Arithmetic>(x: f64, quarters: u64) -> f64 {
    let shifted = A::mul_add(x, FRAC_2_PI, ROUND);
    let k = shifted - ROUND;
    let (r, tail) = {
        let (first, error) = exact_sum(x - k * HALF_PI[0], -k * HALF_PI[1]);
        let (second, error_2) = exact_sum(first, -k * HALF_PI[2]);
        ordered_sum(second, A::mul_add(-k, HALF_PI[3], error + error_2))
    };
    let z = r * r;
    let half = 0.5 * z;

    let cubic = polynomial::<A, 6>(z, SINE);
    let sine = r + A::mul_add(cubic, z * r, A::mul_add(-half, tail, tail));

    let quartic = polynomial::<A, 6>(z, COSINE);
    let (head, error) = ordered_sum(1.0, -half);
    // r²/2 without its rounding error.
    let rounding = A::residual(0.5 * r, r, half);
    let cosine = head + (A::mul_add(quartic, z * z, A::mul_add(-r, tail, rounding)) + error);

    let quadrant = shifted.to_bits().wrapping_add(quarters);
    let value = if quadrant & 1 == 0 { sine } else { cosine };
    f64::from_bits(value.to_bits() ^ ((quadrant & 2) << 62))
}

/// `sin x` for |x| ≤ [`LIMIT`].
#[inline(always)]
pub(super) fn sin<A: Arithmetic>(x: f64) -> f64 {
    let value = sine_ahead::<A>(x, 0);
    // Keeps −0.
    if x.abs() < 1e-9 { x } else { value }
}

/// `cos x` for |x| ≤ [`LIMIT`].
#[inline(always)]
pub(super) fn cos<A: Arithmetic>(x: f64) -> f64 {
    sine_ahead::<A>(x, 1)
}

/// `sin x`.
#[inline(always)]
pub(super) fn sin_everywhere<A: Arithmetic>(x: f64) -> f64 {
    if x.abs() <= LIMIT { sin::<A>(x) } else { x.sin() }
}

/// `cos x`.
#[inline(always)]
pub(super) fn cos_everywhere<A: Arithmetic>(x: f64) -> f64 {
    if x.abs() <= LIMIT { cos::<A>(x) } else { x.cos() }
}
