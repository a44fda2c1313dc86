use backprop::prelude::*;

#[differentiable]
fn power(x: f64, y: f64) -> f64 {
    x ^ y
}

fn main() {}
