use backprop::prelude::*;

#[differentiable]
fn whole(x: f64) -> f64 {
    x.floor()
}

fn main() {}
