use backprop::prelude::*;

#[differentiable]
fn largest(v: &[f64]) -> f64 {
    v.iter().copied().reduce(f64::max).unwrap()
}

fn main() {}
