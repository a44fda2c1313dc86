use backprop::prelude::*;

#[differentiable(wrt(v, weights))]
fn product(v: f64, w: f64) -> f64 {
    v * w
}

fn main() {}
