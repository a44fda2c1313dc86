//! A type that is called like a discrete one, and a user's `len` that yields a number.

use backprop::{differentiable, Differentiable};

mod types {
    pub type u32 = f64;
}

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
fn annotated(x: f64, y: f64) -> f64 {
    use types::u32;
    let z: u32 = x * x;
    z * y
}

#[differentiable]
fn measured(rod: &Rod, y: f64) -> f64 {
    rod.len() * y
}

fn main() {}
