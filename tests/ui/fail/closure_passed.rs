//! Closures that are passed on where their derivative cannot be.

use std::cell::Cell;

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
fn changing_a_cell(x: f64) -> f64 {
    let sum = Cell::new(0.0);
    each(
        |y| {
            sum.set(sum.get() + y);
            sum.get() * y
        },
        x,
    )
}

#[differentiable]
fn with_a_state_of_its_own(x: f64) -> f64 {
    let mut sum = x;
    each(
        move |y| {
            sum += y;
            sum * y
        },
        x,
    )
}

fn main() {}
