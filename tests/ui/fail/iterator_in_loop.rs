use backprop::prelude::*;

#[differentiable]
fn energy(v: &[f64]) -> f64 {
    let mut sum = 0.0;
    for x in v.iter().skip_while(|x| **x < 0.0) {
        sum += x * x;
    }
    sum
}

fn main() {}
