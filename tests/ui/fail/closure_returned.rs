//! A function that returns a closure of what derivatives flow into.

use backprop::prelude::*;

fn scaled(k: f64) -> impl Fn(f64) -> f64 {
    move |x| k * x.sin()
}

fn boxed(k: f64) -> Box<dyn Fn(f64) -> f64> {
    Box::new(move |x| k * x.cos())
}

#[differentiable]
fn by_sight(x: f64, k: f64) -> f64 {
    scaled(k)(x)
}

#[differentiable]
fn under_a_name(x: f64, k: f64) -> f64 {
    let f = boxed(k);
    f(x) * x
}

fn main() {}
