use backprop::prelude::*;

#[differentiable]
fn half(n: usize) -> f64 {
    0.5 * n as f64
}

fn main() {}
