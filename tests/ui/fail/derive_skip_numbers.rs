//! A skipped field that holds numbers.

use backprop::Differentiable;

#[derive(Clone, Differentiable)]
struct Model {
    weight: f64,
    #[differentiable(skip)]
    scale: f64,
    #[differentiable(skip)]
    table: Option<Vec<(usize, f32)>>,
    #[differentiable(skip)]
    cache: std::cell::RefCell<Vec<f64>>,
    #[differentiable(skip)]
    law: fn(f64) -> f64,
}

fn main() {}
