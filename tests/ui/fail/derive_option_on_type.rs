use backprop::prelude::*;

#[derive(Clone, Differentiable)]
#[differentiable(skip)]
struct Line {
    slope: f64,
}

fn main() {}
