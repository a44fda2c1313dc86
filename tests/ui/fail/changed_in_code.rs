use backprop::prelude::*;

#[differentiable]
fn product(v: &[f64]) -> f64 {
    let mut v = v.to_vec();
    let end = v.len() / 2;
    v.splice(..end, [2.0, 3.0]);
    v[0] * v[1]
}

fn main() {}
