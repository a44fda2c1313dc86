use backprop::prelude::*;

struct Layer {
    activation: fn(f64) -> f64,
}

#[differentiable(wrt(x))]
fn apply(layer: &Layer, x: f64) -> f64 {
    let f = layer.activation;
    f(x)
}

fn main() {}
