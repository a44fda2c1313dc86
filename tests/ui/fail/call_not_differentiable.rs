use backprop::prelude::*;

fn square(x: f64) -> f64 {
    x * x
}

#[differentiable]
fn energy(v: f64) -> f64 {
    0.5 * square(v)
}

fn main() {}
