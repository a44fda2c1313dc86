use backprop::prelude::*;

#[derive(Differentiable)]
struct Line {
    slope: f64,
}

fn main() {}
