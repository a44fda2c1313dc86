use backprop::prelude::*;

#[differentiable]
fn shifted(x: f64, shift: Option<f64>) -> f64 {
    match shift {
        Some(shift) => x + shift,
        None => x,
    }
}

fn main() {}
