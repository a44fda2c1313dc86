//! A skipped field that holds numbers under another name.

use backprop::Differentiable;

type Real = f64;

#[derive(Clone, Differentiable)]
struct Model {
    weight: f64,
    #[differentiable(skip)]
    scale: Real,
    #[differentiable(skip)]
    count: usize,
}

fn main() {}
