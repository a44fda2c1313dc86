use backprop::prelude::*;

#[differentiable]
fn shifted(x: f64, shift: Option<f64>) -> f64 {
    let Some(shift) = shift else { return x };
    x + shift
}

fn main() {}
