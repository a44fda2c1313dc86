use backprop::prelude::*;

#[differentiable(with(x))]
fn square(x: f64) -> f64 {
    x * x
}

fn main() {}
