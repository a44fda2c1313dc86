use backprop::prelude::*;

#[differentiable]
fn largest(v: &[f64]) -> f64 {
    let mut v = v.to_vec();
    v.sort_by(f64::total_cmp);
    v[0] * v[0]
}

fn main() {}
