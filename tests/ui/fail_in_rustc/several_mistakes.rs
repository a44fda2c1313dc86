use backprop::prelude::*;

#[differentiable]
fn chained(x: f64, v: &[f64]) -> f64 {
    let sum: f64 = v.iter().sum();
    let power = x ^ sum;
    let square = |y: f64| y * y;
    square(power)
}

fn used() -> (f64, (f64, Vec<f64>)) {
    chained_grad(1.0, &[1.0])
}

fn main() {}
