use backprop::prelude::*;

#[differentiable]
fn product(v: [f64; 2]) -> f64 {
    let (x, y);
    [x, y] = v;
    x * y
}

fn main() {}
