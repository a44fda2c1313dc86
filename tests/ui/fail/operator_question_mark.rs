use backprop::prelude::*;

#[differentiable(wrt(x))]
fn scaled(x: f64, scale: Option<f64>) -> Option<f64> {
    Some(x * scale?)
}

fn main() {}
