use backprop::prelude::*;

#[differentiable(wrt(x))]
fn shifted(x: f64, shift: Option<f64>) -> f64 {
    if let Some(shift) = shift && shift > 0.0 {
        x + shift
    } else {
        x
    }
}

fn main() {}
