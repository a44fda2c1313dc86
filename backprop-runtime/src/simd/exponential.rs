//! `eˣ` and what is made of it.
//!
//! `x = k ln 2 + r` with an integer `k` and |r| ≤ ½ ln 2, where `ln 2` is the sum of two numbers
//! and `r` has a tail (Cody & Waite, *Software Manual for the Elementary Functions*, 1980). Then
//! `eˣ = 2ᵏ eʳ`, and `eʳ − 1 − r − r²/2` is `r³` times a minimax polynomial (Remez; absolute error
//! 2⁻⁶¹). Functions of `eˣ` take its rounding errors along, so that theirs stay below one unit in
//! the last place.

use std::f64::consts::LOG2_E;

use super::arithmetic::{Arithmetic, exact_sum, ordered_sum, polynomial};

/// Adding it to a number up to 2⁵¹ leaves the nearest integer in the low bits.
pub(super) const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

/// `ln 2` in two parts; the first has 32 bits, so that its product with `k` is exact.
pub(super) const LN_2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);

/// `(eʳ − 1 − r − r²/2) / r³`.
const REMAINDER: [f64; 10] = [
    0.166_666_666_666_666_77,
    0.041_666_666_666_666_69,
    0.008_333_333_333_321_518,
    0.001_388_888_888_886_994_6,
    0.000_198_412_698_864_972_7,
    2.480_158_735_655_847_3e-5,
    2.755_724_376_583_415e-6,
    2.755_724_516_680_384_4e-7,
    2.510_921_246_609_521_7e-8,
    2.092_389_370_712_371_6e-9,
];

/// `eˣ = 2ᵏ (1 + head + tail)`, where |head| ≤ 0.35 and |tail| ≤ 0.08.
struct Reduced {
    /// `k` in two's complement, in the lowest 12 bits.
    k: u64,
    head: f64,
    tail: f64,
}

#[inline(always)]
fn reduced<A: Arithmetic>(x: f64) -> Reduced {
    let shifted = A::mul_add(x, LOG2_E, ROUND);
    let k = shifted - ROUND;
    let upper = A::mul_add(-k, LN_2.0, x);
    let head = A::mul_add(-k, LN_2.1, upper);
    let lost = A::mul_add(-k, LN_2.1, upper - head);
    let cubic = polynomial::<A, 10>(head, REMAINDER);
    let cubic = A::mul_add(cubic, head * (head * head), lost);
    Reduced { k: shifted.to_bits(), head, tail: A::mul_add(0.5 * head, head, cubic) }
}

/// `2ᵏ x` for −2046 ≤ k ≤ 2046 in the low bits of `k`: in two factors, as the power itself may
/// leave the range. Rounds at most once.
#[inline(always)]
fn scale(k: u64, x: f64) -> f64 {
    let k = k.wrapping_add(2046) & 0xfff;
    let half = k >> 1;
    x * f64::from_bits(half << 52) * f64::from_bits((k - half) << 52)
}

/// `2ᵏ` for −1022 ≤ k ≤ 1023 in the low bits of `k`.
#[inline(always)]
fn power_of_two(k: u64) -> f64 {
    f64::from_bits(k.wrapping_add(1023) << 52)
}

/// `x` confined to an interval; NaN stays NaN.
#[inline(always)]
fn confined(x: f64, lo: f64, hi: f64) -> f64 {
    let x = if x < lo { lo } else { x };
    if x > hi { hi } else { x }
}

/// Up to here `eˣ` and `e⁻ˣ` are normal numbers.
pub(super) const LIMIT: f64 = 708.0;

/// `eˣ` for |x| ≤ [`LIMIT`].
#[inline(always)]
pub(super) fn exp<A: Arithmetic>(x: f64) -> f64 {
    let Reduced { k, head, tail } = reduced::<A>(x);
    let (sum, error) = ordered_sum(1.0, head);
    f64::from_bits((sum + (error + tail)).to_bits().wrapping_add(k << 52))
}

/// `eˣ`.
#[inline(always)]
pub(super) fn exp_everywhere<A: Arithmetic>(x: f64) -> f64 {
    let Reduced { k, head, tail } = reduced::<A>(confined(x, -746.0, 710.0));
    let (sum, error) = ordered_sum(1.0, head);
    scale(k, sum + (error + tail))
}

/// `eˣ` for x ≤ 0, with its rounding error.
#[inline(always)]
pub(super) fn decay<A: Arithmetic>(x: f64) -> (f64, f64) {
    let Reduced { k, head, tail } = reduced::<A>(if x < -746.0 { -746.0 } else { x });
    let (sum, error) = ordered_sum(1.0, head);
    let (sum, error) = ordered_sum(sum, error + tail);
    (scale(k, sum), scale(k, error))
}

/// `eˣ − 1`.
#[inline(always)]
pub(super) fn exp_m1<A: Arithmetic>(x: f64) -> f64 {
    let Reduced { k, head, tail } = reduced::<A>(confined(x, -60.0, 710.0));
    // Half of everything, as 2¹⁰²⁴ is out of range.
    let half_power = power_of_two(k.wrapping_sub(1));
    let (whole, lost) = exact_sum(half_power, -0.5);
    let (sum, error) = ordered_sum(whole, half_power * head);
    let value = 2.0 * (sum + (A::mul_add(half_power, tail, error) + lost));
    // Below, halving could drop a bit of a denormal number, and −0 would lose its sign.
    if x.abs() < f64::EPSILON / 4.0 { x } else { value }
}

/// `(n + n′) / (d + d′)`, where `n′` and `d′` are small.
#[inline(always)]
fn quotient<A: Arithmetic>(n: (f64, f64), d: (f64, f64)) -> f64 {
    let reciprocal = 1.0 / d.0;
    let quotient = n.0 * reciprocal;
    let rest = A::residual(quotient, d.0, n.0) + (n.1 - quotient * d.1);
    quotient + rest * reciprocal
}

/// `tanh x = t/(t + 2)` with `t = e²ˣ − 1`.
#[inline(always)]
pub(super) fn tanh<A: Arithmetic>(x: f64) -> f64 {
    let magnitude = if x.abs() > 22.0 { 22.0 } else { x.abs() };
    let Reduced { k, head, tail } = reduced::<A>(2.0 * magnitude);
    let power = power_of_two(k);
    let (t, error) = ordered_sum(power - 1.0, power * head);
    let (t, t_tail) = ordered_sum(t, A::mul_add(power, tail, error));
    let (d, d_tail) = exact_sum(t, 2.0);
    quotient::<A>((t, t_tail), (d, d_tail + t_tail)).copysign(x)
}

/// `1/(1 + e⁻ˣ)`, or `eˣ/(1 + eˣ)` for negative `x`.
#[inline(always)]
pub(super) fn sigmoid<A: Arithmetic>(x: f64) -> f64 {
    let (e, e_tail) = decay::<A>(-x.abs());
    let (d, d_tail) = ordered_sum(1.0, e);
    let negative = x < 0.0;
    let n = if negative { e } else { 1.0 };
    let n_tail = if negative { e_tail } else { 0.0 };
    quotient::<A>((n, n_tail), (d, d_tail + e_tail))
}
