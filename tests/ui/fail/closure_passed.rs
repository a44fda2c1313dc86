//! Closures that are passed on where their derivative cannot be.

use backprop::prelude::*;

#[differentiable(wrt(x))]
fn behind_a_trait_object(f: &dyn Fn(f64) -> f64, x: f64) -> f64 {
    f(f(x))
}

#[differentiable(wrt(x))]
fn by_a_pointer(f: fn(f64) -> f64, x: f64) -> f64 {
    f(f(x))
}

#[differentiable]
fn each(mut f: impl FnMut(f64) -> f64, x: f64) -> f64 {
    f(x) * f(2.0)
}

#[differentiable]
fn changing(x: f64) -> f64 {
    let mut sum = 0.0;
    each(
        |y| {
            sum += y;
            sum * y
        },
        x,
    )
}

fn main() {}
