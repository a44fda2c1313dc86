//! An `Index` of the user's own may compute which element it means.
use std::ops::Index;

use backprop::{Differentiable, differentiable};

#[derive(Clone, Differentiable)]
struct Backwards {
    values: Vec<f64>,
}

impl Index<usize> for Backwards {
    type Output = f64;
    fn index(&self, index: usize) -> &f64 {
        &self.values[self.values.len() - 1 - index]
    }
}

#[differentiable]
fn first(x: f64, y: f64) -> f64 {
    let v = Backwards { values: vec![x, y] };
    v[0] * v[0]
}

fn main() {}
