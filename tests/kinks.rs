//! Where a function has a kink or its derivative is infinite, and where digits are easily lost.

use backprop::prelude::*;

#[differentiable(jvp)]
fn larger(a: f64, b: f64) -> f64 {
    a.max(b)
}

#[differentiable(jvp)]
fn smaller(a: f64, b: f64) -> f64 {
    f64::min(a, b)
}

#[differentiable(jvp)]
fn largest_of_three(a: f64, b: f64, c: f64) -> f64 {
    a.max(b).max(c)
}

#[differentiable(jvp)]
fn positive_part(x: f64) -> f64 {
    x.max(0.0)
}

#[differentiable(jvp)]
fn positive_part_by_branch(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

#[differentiable(jvp)]
fn hinge(score: f64, y: f64) -> f64 {
    f64::max(0.0, 1.0 - score * y)
}

#[test]
fn where_both_are_the_maximum_they_share() {
    assert_eq!(larger_grad(2.0, 2.0), (2.0, (0.5, 0.5)));
    assert_eq!(smaller_grad(2.0, 2.0), (2.0, (0.5, 0.5)));
    assert_eq!(larger_grad(1.0, 2.0), (2.0, (0.0, 1.0)));
    assert_eq!(smaller_grad(1.0, 2.0), (1.0, (1.0, 0.0)));
    assert_eq!(largest_of_three_grad(1.0, 1.0, 1.0), (1.0, (0.25, 0.25, 0.5)));
    assert_eq!(larger_grad(1.0, f64::NAN).1, (1.0, 0.0));
}

#[test]
fn against_a_constant_the_kink_is_flat() {
    assert_eq!(positive_part_grad(0.0), (0.0, 0.0));
    assert_eq!(positive_part_grad(-1.0), (0.0, 0.0));
    assert_eq!(positive_part_grad(1e-300), (1e-300, 1.0));
    assert_eq!(positive_part_by_branch_grad(0.0), (0.0, 0.0));
    assert_eq!(hinge_grad(1.0, 1.0), (0.0, (0.0, 0.0)));
    assert_eq!(hinge_grad(0.5, 1.0), (0.5, (-1.0, -0.5)));
    assert_eq!(hinge_grad(2.0, 1.0), (0.0, (0.0, 0.0)));
}

#[differentiable(jvp)]
fn magnitude(x: f64) -> f64 {
    x.abs()
}

#[differentiable(jvp)]
fn soft_threshold(x: f64, t: f64) -> f64 {
    x.signum() * (x.abs() - t).max(0.0)
}

#[differentiable(jvp)]
fn clamped(x: f64, lo: f64, hi: f64) -> f64 {
    x.clamp(lo, hi)
}

#[differentiable(jvp)]
fn clamped_by_constants(x: f64) -> f64 {
    x.clamp(-1.0, 1.0)
}

#[differentiable(jvp)]
fn sign_times(x: f64) -> f64 {
    x.signum() * x
}

#[differentiable(jvp, wrt(x))]
fn with_sign_of(x: f64, s: f64) -> f64 {
    x.copysign(s)
}

#[differentiable(jvp)]
fn fraction(x: f64) -> f64 {
    x - x.floor()
}

#[test]
fn magnitudes_and_bounds() {
    assert_eq!(magnitude_grad(0.0).1, 0.0);
    assert_eq!(magnitude_grad(-0.0).1, 0.0);
    assert_eq!(magnitude_grad(-3.0), (3.0, -1.0));
    assert!(magnitude_grad(f64::NAN).1.is_nan());
    assert_eq!(soft_threshold_grad(-3.0, 1.0), (-2.0, (1.0, 1.0)));
    assert_eq!(soft_threshold_grad(0.5, 1.0), (0.0, (0.0, 0.0)));
    assert_eq!(clamped_grad(0.0, 0.0, 1.0), (0.0, (0.5, 0.5, 0.0)));
    assert_eq!(clamped_grad(2.0, 0.0, 1.0), (1.0, (0.0, 0.0, 1.0)));
    assert_eq!(clamped_grad(0.5, 0.0, 1.0), (0.5, (1.0, 0.0, 0.0)));
    assert_eq!(clamped_by_constants_grad(1.0), (1.0, 0.0));
    assert_eq!(clamped_by_constants_grad(0.9), (0.9, 1.0));
    assert!(clamped_by_constants_grad(f64::NAN).1.is_nan());
    assert_eq!(sign_times_grad(0.0).1, 1.0);
    assert_eq!(with_sign_of_grad(0.0, -3.0).1, -1.0);
    assert_eq!(with_sign_of_grad(2.0, 0.0).1, 1.0);
    assert_eq!(with_sign_of_grad(2.0, -0.0).1, -1.0);
    assert_eq!(fraction_grad(3.0).1, 1.0);
}

#[test]
#[should_panic(expected = "min > max")]
fn crossed_bounds_panic_as_in_the_original() {
    let _ = clamped_grad(0.0, 1.0, -1.0);
}

#[differentiable(jvp)]
fn square_root(x: f64) -> f64 {
    x.sqrt()
}

#[differentiable(jvp)]
fn cube_root(x: f64) -> f64 {
    x.cbrt()
}

#[differentiable(jvp)]
fn reciprocal_root(x: f64) -> f64 {
    1.0 / x.sqrt()
}

#[differentiable(jvp)]
fn logarithm(x: f64) -> f64 {
    x.ln()
}

#[differentiable(jvp)]
fn logarithm_1p(x: f64) -> f64 {
    x.ln_1p()
}

#[differentiable(jvp)]
fn reciprocal(x: f64) -> f64 {
    x.powi(-1)
}

#[differentiable(jvp, wrt(x))]
fn integer_power(x: f64, n: i32) -> f64 {
    x.powi(n)
}

#[differentiable(jvp)]
fn power(x: f64, y: f64) -> f64 {
    x.powf(y)
}

#[differentiable(jvp)]
fn power_zero(x: f64) -> f64 {
    x.powf(0.0)
}

#[test]
fn roots_logarithms_and_powers() {
    let inf = f64::INFINITY;
    assert_eq!(square_root_grad(0.0).1, inf);
    assert_eq!(cube_root_grad(0.0).1, inf);
    assert_eq!(reciprocal_root_grad(0.0).1, -inf);
    let slope = square_root_grad(1e-320).1;
    assert!((slope / 5.0e159 - 1.0).abs() < 1e-2, "{slope}");
    assert_eq!(logarithm_grad(0.0).1, inf);
    assert_eq!(logarithm_1p_grad(-1.0).1, inf);
    assert!(logarithm_grad(-1.0).1.is_nan());
    assert_eq!(logarithm_1p_grad(1e-20).1, 1.0);
    assert_eq!(reciprocal_grad(0.0).1, -inf);
    assert_eq!(integer_power_grad(0.0, 0).1, 0.0);
    assert_eq!(integer_power_grad(0.0, 1).1, 1.0);
    assert_eq!(integer_power_grad(0.0, 2).1, 0.0);
    assert_eq!(integer_power_grad(0.0, 3).1, 0.0);
    assert_eq!(power_zero_grad(0.0).1, 0.0);
    assert_eq!(power_grad(0.0, 0.0).1, (0.0, 0.0));
    assert_eq!(power_grad(0.0, 1.0).1, (1.0, 0.0));
    assert_eq!(power_grad(0.0, 2.0).1, (0.0, 0.0));
    assert_eq!(power_grad(0.0, 0.5).1, (inf, 0.0));
    assert_eq!(power_grad(0.0, -1.0).1, (-inf, -inf));
    assert_eq!(power_grad(2.0, 0.0).1, (0.0, 2f64.ln()));
    let (dx, dy) = power_grad(-2.0, 3.0).1;
    assert!(dx == 12.0 && dy.is_nan());
    let (dx, dy) = power_grad(-1.5, 2.5).1;
    assert!(dx.is_nan() && dy.is_nan());
    assert_eq!(power_grad(1.0, inf).1, (inf, 0.0));
}

#[differentiable(jvp)]
fn guarded_root(x: f64) -> f64 {
    if x > 0.0 { x.sqrt() } else { 0.0 }
}

#[differentiable(jvp)]
fn unused_root(x: f64, weight: f64) -> f64 {
    weight * x.sqrt() + 0.0 * x.ln()
}

#[test]
fn zero_times_infinity_is_zero() {
    assert_eq!(guarded_root_grad(0.0), (0.0, 0.0));
    assert_eq!(unused_root_grad(0.0, 0.0).1.0, 0.0);
}

#[differentiable(jvp)]
fn distance(x: f64, y: f64) -> f64 {
    x.hypot(y)
}

#[differentiable(jvp)]
fn angle(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

#[differentiable(jvp)]
fn quotient(x: f64, y: f64) -> f64 {
    x / y
}

#[differentiable(jvp)]
fn remainder(x: f64, y: f64) -> f64 {
    x % y
}

#[differentiable(jvp)]
fn euclidean_remainder(x: f64, y: f64) -> f64 {
    x.rem_euclid(y)
}

#[test]
fn functions_of_two_numbers() {
    assert_eq!(distance_grad(0.0, 0.0).1, (0.0, 0.0));
    close(distance_grad(3e200, 4e200).1, (0.6, 0.8));
    close(distance_grad(1e-200, 1e-200).1, (0.5f64.sqrt(), 0.5f64.sqrt()));
    assert_eq!(angle_grad(0.0, 0.0).1, (0.0, 0.0));
    assert_eq!(angle_grad(0.0, -1.0).1, (-1.0, -0.0));
    close(angle_grad(1e-200, 1e-200).1, (5e199, -5e199));
    close(quotient_grad(1e200, 1e200).1, (1e-200, -1e-200));
    close(quotient_grad(1e-200, 1e-200).1, (1e200, -1e200));
    assert_eq!(quotient_grad(0.0, 1e-200).1.1, 0.0);
    assert_eq!(remainder_grad(7.0, 3.0).1, (1.0, -2.0));
    assert_eq!(remainder_grad(-7.0, 3.0).1, (1.0, 2.0));
    assert_eq!(remainder_grad(7.5, -2.0).1, (1.0, 3.0));
    assert_eq!(euclidean_remainder_grad(-7.0, 3.0).1, (1.0, 3.0));
}

fn close(a: (f64, f64), b: (f64, f64)) {
    let close = |a: f64, b: f64| (a - b).abs() <= 4e-16 * b.abs();
    assert!(close(a.0, b.0) && close(a.1, b.1), "{a:?} is not {b:?}");
}

#[differentiable(jvp)]
fn tangent(x: f64) -> f64 {
    x.tanh()
}

#[differentiable(jvp)]
fn logistic(x: f64) -> f64 {
    x.sigmoid()
}

#[differentiable(jvp)]
fn less_one(x: f64) -> f64 {
    x.exp_m1()
}

#[differentiable(jvp)]
fn area_sine(x: f64) -> f64 {
    x.asinh() + x.acosh()
}

#[differentiable(jvp)]
fn softplus_pair(x: f64) -> f64 {
    x.softplus() + (-x).log_sigmoid()
}

#[differentiable(jvp)]
fn arc(x: f64) -> f64 {
    x.asin()
}

#[test]
fn digits() {
    let near =
        |a: f64, b: f64, digits: f64| assert!((a / b - 1.0).abs() < digits, "{a} is not {b}");
    near(tangent_grad(19.0).1, 1.2557e-16, 1e-4);
    near(tangent_grad(20.0).1, 1.7e-17, 1e-2);
    near(logistic_grad(40.0).1, 4.248e-18, 1e-3);
    assert_eq!(logistic_grad(-1000.0).1, 0.0);
    near(less_one_grad(-50.0).1, 1.929e-22, 1e-3);
    near(area_sine_grad(1e200).1, 2e-200, 1e-15);
    assert_eq!(softplus_pair_grad(1000.0), (0.0, 0.0));
    assert_eq!(arc_grad(1.0).1, f64::INFINITY);
}

/// A smoothed minimum over a path that is out of reach: its tangent is infinite, its weight zero.
#[differentiable(jvp)]
fn soft_minimum(x: f64, softness: f64) -> f64 {
    let costs = [x, f64::INFINITY, x * x];
    let mut sum = 0.0;
    for cost in costs {
        sum += (-cost / softness).exp();
    }
    -softness * sum.ln()
}

#[test]
fn what_is_out_of_reach_does_not_matter_in_forward_mode() {
    let (value, (d_x, d_softness)) = soft_minimum_grad(0.7, 0.4);
    let (again, tangent) = soft_minimum_jvp(0.7, 0.4, 0.5, 2.0);
    assert_eq!(value, again);
    assert!((tangent - (0.5 * d_x + 2.0 * d_softness)).abs() < 1e-12, "{tangent}");
}
