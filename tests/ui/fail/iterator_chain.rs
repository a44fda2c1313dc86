use backprop::prelude::*;

#[differentiable]
fn energy(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>()
}

fn main() {}
