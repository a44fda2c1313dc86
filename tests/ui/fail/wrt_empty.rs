use backprop::prelude::*;

#[differentiable(wrt())]
fn square(x: f64) -> f64 {
    x * x
}

fn main() {}
