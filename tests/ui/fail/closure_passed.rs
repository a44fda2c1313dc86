use backprop::prelude::*;

#[differentiable(wrt(x))]
fn twice(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    f(f(x))
}

#[differentiable]
fn fourth(x: f64) -> f64 {
    twice(|y| y * y, x)
}

fn main() {}
