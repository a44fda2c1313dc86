//! The option `check(..)`: a test beside the function.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

use backprop::check::assert_derivative;
use backprop::prelude::*;
use num_traits::Float;

#[differentiable(jvp, check(x = 0.3, w = &[1.0, 2.0], n = 3))]
fn checked(x: f64, w: &[f64], n: usize) -> f64 {
    let mut sum = x;
    for _ in 0..n {
        sum = (sum * w[0] + w[1]).sin();
    }
    sum
}

#[differentiable(jvp, check(x = 0.7), partials(x = 2.0 * x))]
fn square(x: f64) -> f64 {
    x * x
}

#[differentiable(jvp, wrt(m, x), check(m = &Matrix::identity(2), x = Vector::from([1.0, 2.0]), name = "h".to_owned()))]
fn layer(m: &Matrix, x: Vector, name: String) -> Vector {
    let _ = name;
    (m * &x).tanh()
}

#[differentiable(jvp, check(x = [1.0_f32, 0.5], k = &0.3_f32))]
fn generic<T: Float, const N: usize>(x: [T; N], k: &T) -> (T, Vec<T>) {
    (x[0] * x[1], vec![x[0] + *k, *k * *k])
}

/// A rule that is wrong: the factor 2 is missing.
mod wrong {
    use backprop::differentiable;

    #[differentiable(jvp, partials(x = x))]
    pub(super) fn square(x: f64) -> f64 {
        x * x
    }
}

#[test]
#[should_panic(expected = "the derivative of `square` is wrong")]
fn a_wrong_rule_is_reported() {
    assert_derivative(
        "square",
        &0.7,
        |x| wrong::square(*x),
        |x, d| {
            let (value, pullback) = wrong::square_vjp(*x);
            (value, pullback(d))
        },
    );
}

/// The tests that the option writes have been run: they are found by their names.
#[test]
fn the_tests_exist() {
    let tests: [fn(); 4] =
        [checked_derivative, square_derivative, layer_derivative, generic_derivative];
    tests.iter().for_each(|test| test());
}
