use backprop::prelude::*;

#[differentiable]
fn cube(x: f64) -> f64 {
    x * x * x
}

#[differentiable]
fn slope(x: f64) -> f64 {
    cube_grad(x).1
}

fn main() {}
