//! A skipped field that holds numbers under another name.

use backprop::Differentiable;

type Numbers<const N: usize> = [f64; N];

#[derive(Clone, Differentiable)]
struct Model {
    weight: f64,
    #[differentiable(skip)]
    scale: Numbers<2>,
    #[differentiable(skip)]
    count: usize,
}

fn main() {}
