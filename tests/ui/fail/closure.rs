use backprop::prelude::*;

#[differentiable]
fn square(x: f64) -> f64 {
    let square = || x * x;
    square()
}

fn main() {}
