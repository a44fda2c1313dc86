use backprop::prelude::*;

#[differentiable]
unsafe fn double(x: f64) -> f64 {
    2.0 * x
}

fn main() {}
