//! A user's `len` that yields a number.

use backprop::{differentiable, Differentiable};

#[derive(Clone, Differentiable)]
struct Rod {
    length: f64,
}

impl Rod {
    fn len(&self) -> f64 {
        self.length * self.length
    }
}

#[differentiable]
fn measured(rod: &Rod, y: f64) -> f64 {
    rod.len() * y
}

fn main() {}
