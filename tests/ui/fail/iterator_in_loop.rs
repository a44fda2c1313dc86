use backprop::prelude::*;

#[differentiable]
fn energy(v: &[f64]) -> f64 {
    let mut sum = 0.0;
    for part in v.split(|x| *x < 0.0) {
        sum += part[0] * part[0];
    }
    sum
}

fn main() {}
