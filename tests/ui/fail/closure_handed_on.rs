//! Closures that change what they capture, called by a name that is not their own.

use backprop::differentiable;

#[differentiable]
fn boxed(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut add: Box<dyn FnMut(f64)> = Box::new(|v| sum += v * v);
    add(x);
    drop(add);
    sum * x
}

#[differentiable]
fn behind_a_reference(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut add = |v: f64| sum += v * v;
    let also = &mut add;
    also(x);
    sum * x
}

#[differentiable]
fn in_a_tuple(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut both = (|v: f64| sum += v * v, 1);
    (both.0)(x);
    sum * x
}

fn main() {}
