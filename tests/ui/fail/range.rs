use backprop::prelude::*;

#[differentiable]
fn width(x: f64) -> f64 {
    let range = -x..x;
    range.end - range.start
}

fn main() {}
