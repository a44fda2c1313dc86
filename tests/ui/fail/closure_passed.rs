//! Closures that are passed on where their derivative cannot be.

use backprop::prelude::*;

#[differentiable(wrt(x))]
fn trait_objects(f: &[&dyn Fn(f64) -> f64], x: f64) -> f64 {
    f.iter().map(|f| f(x)).sum()
}

#[differentiable(wrt(x))]
fn perhaps_a_pointer(f: Option<fn(f64) -> f64>, x: f64) -> f64 {
    f.map_or(x, |f| f(f(x)))
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
