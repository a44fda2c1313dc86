//! `ln x` and what is made of it.
//!
//! `x = 2ᵏ (1 + f)` with `√½ ≤ 1 + f < √2` and, for `s = f/(2 + f)`,
//! `ln(1 + f) = f − f²/2 + s (f²/2 + R(s²))`, where `R` is a minimax polynomial: the method of
//! FreeBSD's and Sun's fdlibm (`e_log.c`), here with the rounding errors taken along.

use super::arithmetic::{Arithmetic, exact_sum, ordered_sum, polynomial};
use super::exponential::{LN_2, decay};

/// `R(z)/z`, of absolute error 2⁻⁵⁸.
const REMAINDER: [f64; 7] = [
    0.666_666_666_666_672_4,
    0.399_999_999_994_674_5,
    0.285_714_287_323_493_63,
    0.222_221_994_862_552_79,
    0.181_835_212_989_528_23,
    0.153_150_644_003_703_3,
    0.147_865_004_737_044_28,
];

const MANTISSA: u64 = (1 << 52) - 1;
const ONE: u64 = 1.0_f64.to_bits();
const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
/// 2⁵², in whose lowest bits an integer can be put.
const INTEGERS: u64 = (1023 + 52) << 52;

/// `x = 2ᵏ (1 + f)` for a positive normal `x`.
struct Reduced {
    k: f64,
    f: f64,
    /// `k + 1023` in the place of an exponent.
    exponent: u64,
}

#[inline(always)]
fn reduced(x: f64) -> Reduced {
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(SQRT_HALF).wrapping_add(ONE) & !MANTISSA;
    let k = f64::from_bits(INTEGERS | (exponent >> 52)) - f64::from_bits(INTEGERS + 1023);
    Reduced { k, f: f64::from_bits(bits.wrapping_sub(exponent).wrapping_add(ONE)) - 1.0, exponent }
}

/// `k ln 2 + ln(1 + f)` as a sum of two parts.
#[inline(always)]
fn parts<A: Arithmetic>(k: f64, f: f64) -> (f64, f64) {
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let r = A::mul_add(polynomial::<A, 7>(z, REMAINDER), z, half_square);
    let correction = A::mul_add(-0.5 * f, f, s * r);
    let (head, error) = ordered_sum(k * LN_2.0, f);
    (head, error + A::mul_add(k, LN_2.1, correction))
}

/// `ln(x + tail)` for `x ≥ 2⁻⁵³` and a tail below its last place, as a sum of two parts.
#[inline(always)]
fn parts_with_tail<A: Arithmetic>(x: f64, tail: f64) -> (f64, f64) {
    let Reduced { k, f, exponent } = reduced(x);
    // 2⁻ᵏ; where `k` is so large that it is none, the tail does not matter.
    let unit = f64::from_bits((2 * ONE).wrapping_sub(exponent));
    let tail = if x < 1e30 { tail * unit } else { 0.0 };
    let (f, tail) = ordered_sum(f, tail);
    let (head, rest) = parts::<A>(k, f);
    // ln′ = 1/(1 + f).
    let slope = A::mul_add(A::mul_add(1.0 - f, f, -1.0), f, 1.0);
    (head, A::mul_add(tail, slope, rest))
}

/// The ends of the domain: −∞ at 0, NaN below, `x` itself where it is infinite or NaN.
#[inline(always)]
fn with_ends(value: f64, distance: f64, x: f64) -> f64 {
    let value = if distance < f64::INFINITY { value } else { x };
    let value = if distance == 0.0 { f64::NEG_INFINITY } else { value };
    if distance < 0.0 { f64::NAN } else { value }
}

/// The natural logarithm.
#[inline(always)]
pub(super) fn ln<A: Arithmetic>(x: f64) -> f64 {
    let denormal = x < f64::MIN_POSITIVE;
    let scaled = if denormal { x * 18_014_398_509_481_984.0 } else { x }; // 2⁵⁴
    let Reduced { k, f, .. } = reduced(scaled);
    let (head, tail) = parts::<A>(k - if denormal { 54.0 } else { 0.0 }, f);
    with_ends(head + tail, x, x)
}

/// `ln(1 + x)`.
#[inline(always)]
pub(super) fn ln_1p<A: Arithmetic>(x: f64) -> f64 {
    let (sum, error) = exact_sum(1.0, x);
    let (head, tail) = parts_with_tail::<A>(sum, error);
    let value = with_ends(head + tail, sum, x);
    // Keeps −0.
    if x.abs() < f64::EPSILON / 4.0 { x } else { value }
}

/// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)`.
#[inline(always)]
pub(super) fn softplus<A: Arithmetic>(x: f64) -> f64 {
    let (e, e_tail) = decay::<A>(-x.abs());
    let (sum, error) = ordered_sum(1.0, e);
    let (head, tail) = parts_with_tail::<A>(sum, error + e_tail);
    let (head, error) = exact_sum(if x > 0.0 { x } else { 0.0 }, head);
    let value = head + (error + tail);
    // Above, the rest is below half a unit in the last place. NaN stays NaN.
    if x <= 40.0 { value } else { x }
}

/// `ln(1/(1 + e⁻ˣ))`.
#[inline(always)]
pub(super) fn log_sigmoid<A: Arithmetic>(x: f64) -> f64 {
    -softplus::<A>(-x)
}
