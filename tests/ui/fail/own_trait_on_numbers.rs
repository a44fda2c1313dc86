//! A trait of the file gives numbers a method that has the name of a function of the table.
use backprop::differentiable;

trait Activation {
    fn relu(self) -> f64;
}

impl Activation for f64 {
    fn relu(self) -> f64 {
        if self > 0.0 { self } else { 0.1 * self }
    }
}

#[differentiable]
fn leaky(x: f64) -> f64 {
    x.relu()
}

fn main() {}
