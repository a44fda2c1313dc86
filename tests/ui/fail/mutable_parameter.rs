use backprop::prelude::*;

#[differentiable]
fn scaled(v: &mut Vec<f64>, scale: f64) -> f64 {
    v[0] *= scale;
    v[0]
}

fn main() {}
