use backprop::prelude::*;

#[differentiable]
fn root(x: f64) -> f64 {
    1.0 + if x < 0.0 { return x } else { x.sqrt() }
}

fn main() {}
