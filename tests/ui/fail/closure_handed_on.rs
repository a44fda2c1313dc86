//! Closures that change what they capture, called by what is not their name.

use backprop::differentiable;

#[differentiable]
fn in_a_tuple(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut both = (|v: f64| sum += v * v, 1);
    (both.0)(x);
    sum * x
}

fn main() {}
