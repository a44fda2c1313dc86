use backprop::prelude::*;

fn is_small(x: &f64) -> bool {
    *x < 1.0
}

#[differentiable]
fn small(x: f64) -> f64 {
    Some(x).filter(is_small).unwrap_or(1.0)
}

fn main() {}
