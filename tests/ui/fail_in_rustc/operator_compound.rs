use backprop::prelude::*;

#[differentiable]
fn power(x: f64, y: f64) -> f64 {
    let mut power = x;
    power ^= y;
    power
}

fn main() {}
