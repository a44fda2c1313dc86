use backprop::prelude::*;

#[differentiable]
fn energy(v: &[f64]) -> f64 {
    let mut sum = 0.0;
    for x in v.iter().step_by(2) {
        sum += x * x;
    }
    sum
}

fn main() {}
