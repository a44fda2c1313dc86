use backprop::prelude::*;

#[differentiable]
fn median(v: &[f64]) -> f64 {
    let mut v = v.to_vec();
    let middle = v.len() / 2;
    v.select_nth_unstable_by(middle, f64::total_cmp);
    v[middle] * v[middle]
}

fn main() {}
