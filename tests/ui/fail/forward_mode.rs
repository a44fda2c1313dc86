//! What forward mode does not follow.

use backprop::prelude::*;

#[differentiable(jvp, pullback = square_pullback)]
fn square(x: f64) -> f64 {
    x * x
}

fn square_pullback(x: f64, _: f64, d: f64) -> f64 {
    2.0 * x * d
}

#[differentiable(jvp)]
fn applied(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    f(x)
}

#[differentiable]
fn twice(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    f(f(x))
}

#[differentiable(jvp)]
fn passes(x: f64, k: f64) -> f64 {
    twice(|y| y * k, x)
}

fn main() {
    // The companion of a function with an error is there all the same.
    let _ = passes_jvp(1.0, 2.0, 1.0, 0.0);
}
