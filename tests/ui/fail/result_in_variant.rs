use backprop::prelude::*;

#[differentiable]
fn root(x: f64) -> Option<f64> {
    Some(x.sqrt())
}

fn main() {}
