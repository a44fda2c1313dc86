use backprop::prelude::*;

#[derive(Clone, Differentiable)]
struct Line {
    #[differentiable(ignore)]
    name: String,
    #[differentiable(skip, skip)]
    colour: String,
    slope: f64,
}

fn main() {}
