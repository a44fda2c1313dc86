use backprop::prelude::*;

#[differentiable]
struct Line {
    slope: f64,
}

fn main() {}
