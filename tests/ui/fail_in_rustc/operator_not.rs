use backprop::prelude::*;

#[differentiable]
fn negated(x: f64) -> f64 {
    !x
}

fn main() {}
