use backprop::prelude::*;

#[differentiable]
fn twice(x: f64) -> f64 {
    let square = |y: f64| y * y;
    2.0 * square(x)
}

fn main() {}
