use backprop::prelude::*;

#[differentiable]
fn total(v: &[f64]) -> f64 {
    v.iter().map(|x| if *x < 0.0 { return 0.0 } else { x.sqrt() }).sum()
}

fn main() {}
