use backprop::prelude::*;

#[derive(Clone, Differentiable)]
struct Line<'a> {
    slope: &'a f64,
    points: &'a [f64],
}

fn main() {}
