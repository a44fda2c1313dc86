//! A clone that is no copy.
use backprop::Differentiable;

#[derive(Differentiable)]
struct Weight {
    value: f64,
}

impl Clone for Weight {
    fn clone(&self) -> Weight {
        Weight { value: self.value * 2.0 }
    }
}

fn main() {}
