use backprop::prelude::*;

macro_rules! info {
    ($($part:tt)*) => {};
}

#[differentiable]
fn scaled(x: f64, scale: f64) -> f64 {
    info!(scale);
    let by = |y: f64| y * scale;
    let scale = by(x);
    info!(scale);
    scale * by(scale)
}

fn main() {}
