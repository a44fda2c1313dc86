use backprop::prelude::*;

use std::collections::HashMap;

#[differentiable]
fn first(v: &[f64]) -> f64 {
    let squares: HashMap<usize, f64> = v.iter().map(|x| x * x).enumerate().collect();
    squares[&0]
}

fn main() {}
