//! What every companion promises, whatever it is the derivative of.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

use std::cell::Cell;

use backprop::prelude::*;

#[differentiable(wrt(x, w))]
fn counted(x: f64, w: &[f64], calls: &Cell<usize>) -> f64 {
    calls.set(calls.get() + 1);
    let mut sum = 0.0;
    for (i, w) in w.iter().enumerate() {
        assert!(i < 5, "too long");
        sum += (w * x).sin() / (i as f64 + 0.3);
    }
    sum
}

#[test]
fn values_are_the_originals_bit_for_bit_and_effects_happen_once() {
    let calls = Cell::new(0);
    let w = [0.1, 0.7, -3.3, 1e-9];
    for x in [0.3, 1e200, -0.0, f64::INFINITY] {
        let value = counted(x, &w, &calls);
        let bits = |other: f64| assert_eq!(other.to_bits(), value.to_bits());
        calls.set(0);
        bits(counted_grad(x, &w, &calls).0);
        assert_eq!(calls.get(), 1);
        bits(counted_grad_add(x, &w, &calls, &mut 0.0, &mut vec![0.0; 4]));
        assert_eq!(calls.get(), 2);
        let (other, pullback) = counted_vjp(x, &w, &calls);
        bits(other);
        pullback(1.0);
        assert_eq!(calls.get(), 3);
    }
}

#[test]
fn panics_are_the_originals() {
    let message = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().unwrap();
    let original = std::panic::catch_unwind(|| counted(1.0, &[0.5; 6], &Cell::new(0)));
    let companion = std::panic::catch_unwind(|| counted_grad(1.0, &[0.5; 6], &Cell::new(0)));
    assert_eq!(
        original.map_err(|p| p
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .unwrap_or_else(|| message(p))),
        companion.map(|(value, _)| value).map_err(|p| p
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .unwrap_or_else(|| message(p))),
    );
}

#[differentiable]
fn largest(v: &Vector) -> f64 {
    v.max()
}

#[differentiable]
fn smallest(v: &Vector) -> f64 {
    v.min()
}

#[differentiable]
fn length(v: &Vector) -> f64 {
    v.norm()
}

#[differentiable]
fn spread(v: &Vector) -> f64 {
    v.std()
}

#[differentiable]
fn free_energy(v: &Vector) -> f64 {
    v.log_sum_exp()
}

#[differentiable]
fn determinant(m: &Matrix) -> f64 {
    m.det()
}

#[differentiable]
fn product(v: &[f64]) -> f64 {
    v.iter().product()
}

#[differentiable]
fn distance_to_floor(x: f64) -> f64 {
    x - x.floor()
}

#[differentiable]
fn signed(x: f64) -> f64 {
    x.signum() * x
}

#[test]
fn kinks_of_collections() {
    let gradient = |f: fn(&Vector) -> (f64, Vector), v: &[f64]| f(&Vector::from_slice(v)).1;
    assert_eq!(gradient(largest_grad, &[1.0, 1.0, 0.0]), Vector::from([0.5, 0.5, 0.0]));
    assert_eq!(gradient(smallest_grad, &[1.0, 1.0, 2.0]), Vector::from([0.5, 0.5, 0.0]));
    assert_eq!(gradient(length_grad, &[0.0, 0.0]), Vector::from([0.0, 0.0]));
    assert_eq!(gradient(spread_grad, &[1.0, 1.0]), Vector::from([0.0, 0.0]));
    assert_eq!(gradient(free_energy_grad, &[1000.0, 1000.0]), Vector::from([0.5, 0.5]));
    let bottom = f64::NEG_INFINITY;
    assert_eq!(gradient(free_energy_grad, &[bottom, 0.0]), Vector::from([0.0, 1.0]));
    assert_eq!(
        determinant_grad(&Matrix::from([[1.0, 2.0], [2.0, 4.0]])).1,
        Matrix::from([[4.0, -2.0], [-2.0, 1.0]])
    );
    assert_eq!(product_grad(&[0.0, 2.0, 3.0]).1, [6.0, 0.0, 0.0]);
    assert_eq!(product_grad(&[0.0, 0.0, 3.0]).1, [0.0, 0.0, 0.0]);
    assert_eq!(distance_to_floor_grad(2.0), (0.0, 1.0));
    // The sign of 0 is 1.
    assert_eq!(signed_grad(0.0).1, 1.0);
}

#[differentiable]
fn smooth(x: f64, y: f64) -> f64 {
    let t = (x * y).exp() + x.sqrt();
    t / (1.0 + y * y)
}

#[test]
fn nan_in_nan_out() {
    let (value, (dx, dy)) = smooth_grad(f64::NAN, 1.0);
    assert!(value.is_nan() && dx.is_nan() && dy.is_nan());
    let (_, pullback) = smooth_vjp(0.5, 1.0);
    let (dx, dy) = pullback(f64::NAN);
    assert!(dx.is_nan() && dy.is_nan());
}

#[test]
fn a_zero_cotangent_is_a_strong_zero() {
    // The derivative of the root is infinite at 0.
    let (_, pullback) = smooth_vjp(0.0, 1.0);
    assert_eq!(pullback(0.0), (0.0, 0.0));
    let (_, pullback) = smooth_vjp(0.0, 1.0);
    assert_eq!(pullback(1.0).0, f64::INFINITY);
    let (_, pullback) = smooth_vjp(0.5, 1.0);
    assert_eq!(pullback(f64::INFINITY).0, f64::INFINITY);
}

#[differentiable]
fn of_unused(x: f64, unused: &[f64], m: &Matrix) -> f64 {
    let _ = (unused, m);
    x * x
}

#[differentiable]
fn sums(v: &[f64], rows: &[Vec<f64>], w: &Vector) -> f64 {
    let mut sum = 0.0;
    for row in rows {
        for (a, b) in row.iter().zip(v) {
            sum += a * b;
        }
    }
    sum + v.iter().map(|x| x * x).sum::<f64>() + w.sum()
}

#[test]
fn shapes() {
    let (_, (dx, unused, m)) = of_unused_grad(3.0, &[1.0, 2.0], &Matrix::zeros(2, 3));
    assert_eq!((dx, unused), (6.0, vec![0.0; 2]));
    assert_eq!(m, Matrix::zeros(2, 3));
    let empty = sums_grad(&[], &[], &Vector::zeros(0));
    assert_eq!(empty, (0.0, (vec![], vec![], Vector::zeros(0))));
    let (_, (_, rows, _)) = sums_grad(&[1.0], &[vec![], vec![2.0]], &Vector::zeros(1));
    assert_eq!(rows, [vec![], vec![1.0]]);
}

#[differentiable]
fn narrow(x: f32, w: &[f32]) -> f32 {
    let mut t = x / 3.0;
    for w in w {
        t = (t * w).tanh() + 0.1;
    }
    t.powf(1.3)
}

#[test]
fn f32_is_computed_in_f32() {
    let (value, (dx, dw)): (f32, (f32, Vec<f32>)) = narrow_grad(0.7, &[0.3, 1.1]);
    assert_eq!(value.to_bits(), narrow(0.7, &[0.3, 1.1]).to_bits());
    // By hand, every operation rounded to f32.
    let third = 1.0 / 3.0f32;
    let t0 = 0.7f32 / 3.0;
    let (h1, h2) = ((t0 * 0.3).tanh(), ((t0 * 0.3).tanh() + 0.1) * 1.1);
    let t1 = h1 + 0.1;
    let t2 = h2.tanh() + 0.1;
    let d2 = 1.3 * t2.powf(0.3);
    let d1 = d2 * (1.0 - h2.tanh() * h2.tanh());
    let d0 = d1 * 1.1 * (1.0 - h1 * h1);
    let near = |a: f32, b: f32| assert!((a - b).abs() <= 8.0 * f32::EPSILON * b.abs(), "{a} {b}");
    near(dx, d0 * 0.3 * third);
    near(dw[0], d0 * t0);
    near(dw[1], d1 * t1);
}

#[test]
fn buffers_are_added_to() {
    let (mut dx, mut dy) = (10.0, -3.0);
    let value = smooth_grad_add(0.5, 1.5, &mut dx, &mut dy);
    let (same, (px, py)) = smooth_grad(0.5, 1.5);
    assert_eq!(value, same);
    assert_eq!((dx, dy), (10.0 + px, -3.0 + py));
}

#[differentiable]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..a.len() {
        sum += a[i] * b[i];
    }
    sum
}

#[differentiable]
fn with_itself(a: &[f64]) -> f64 {
    dot(a, a) + dot(&a[1..], &a[..a.len() - 1])
}

#[differentiable]
fn pair_of(a: &[f64], i: usize, j: usize) -> f64 {
    fn_of_two(&a[i], &a[j])
}

#[differentiable]
fn fn_of_two(x: &f64, y: &f64) -> f64 {
    x * *x * *y
}

#[test]
fn arguments_that_are_the_same_add() {
    let a = [1.0, 2.0, 4.0];
    assert_eq!(dot_grad(&a, &a).1, (a.to_vec(), a.to_vec()));
    assert_eq!(with_itself_grad(&a), (31.0, vec![4.0, 9.0, 10.0]));
    assert_eq!(pair_of_grad(&a, 1, 1), (8.0, vec![0.0, 12.0, 0.0]));
    assert_eq!(pair_of_grad(&a, 1, 2), (16.0, vec![0.0, 16.0, 4.0]));
}

#[differentiable(jvp, wrt(x))]
fn mean_or(x: &[f64], other: f64) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    if x.is_empty() { other } else { mean * mean }
}

#[differentiable(jvp, wrt(x))]
fn ratio_or(x: f64, divisor: f64) -> f64 {
    let ratio = x / divisor;
    let capped = (x / divisor).min(3.0);
    if divisor != 0.0 { ratio } else { capped * x }
}

#[test]
fn a_quotient_that_is_not_used_gives_nothing_where_its_divisor_is_zero() {
    assert_eq!(mean_or_grad(&[], 2.0), (2.0, vec![]));
    assert_eq!(mean_or_grad(&[3.0], 2.0), (9.0, vec![6.0]));
    assert_eq!(ratio_or_grad(2.0, 0.0), (6.0, 3.0));
    assert_eq!(ratio_or_jvp(2.0, 0.0, 1.0), (6.0, 3.0));
    assert_eq!(ratio_or_grad(2.0, 4.0), (0.5, 0.25));
}
