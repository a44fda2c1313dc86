use backprop::prelude::*;

#[differentiable]
fn scaled(x: f64, scale: f64) -> f64 {
    let by = |y: f64| y * scale;
    let scale = by(x);
    scale * scale
}

fn main() {}
