use backprop::prelude::*;

#[differentiable]
fn total(v: &[f64], x: f64) -> f64 {
    v.iter().map(|x| x * x).map(|y| y * x).sum()
}

fn main() {}
