use backprop::prelude::*;

#[differentiable]
fn energy(v: &Vector) -> f64 {
    v.map(|x| x * x).sum()
}

fn main() {}
