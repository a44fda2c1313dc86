use backprop::prelude::*;

#[differentiable]
fn product(x: f64) -> f64 {
    let mut factors = vec![x, x];
    let mut product = 1.0;
    while let Some(factor) = factors.pop() {
        product *= factor;
    }
    product
}

fn main() {}
