use backprop::prelude::*;

use std::collections::VecDeque;

#[differentiable]
fn first(v: &[f64]) -> f64 {
    let squares: VecDeque<f64> = v.iter().map(|x| x * x).collect();
    squares[0]
}

fn main() {}
