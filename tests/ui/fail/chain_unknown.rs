use backprop::prelude::*;

#[differentiable]
fn parts(v: &[f64]) -> f64 {
    v.split(|x| *x < 0.0).map(|part| part.iter().product::<f64>()).sum()
}

fn main() {}
