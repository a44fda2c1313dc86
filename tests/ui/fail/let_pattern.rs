use backprop::prelude::*;

#[differentiable]
fn total(v: [f64; 4]) -> f64 {
    let [first, .., last] = v;
    first + last
}

fn main() {}
