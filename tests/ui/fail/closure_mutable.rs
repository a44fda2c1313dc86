use backprop::prelude::*;

#[differentiable]
fn total(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut add = |y: f64| sum += y;
    add(x);
    add(x * x);
    sum
}

fn main() {}
