use backprop::prelude::*;

#[differentiable]
fn total(v: (f64, f64, f64)) -> f64 {
    let (first, .., last) = v;
    first + last
}

fn main() {}
