//! The attribute on an implementation of a trait that is not the user's.

use backprop::{Differentiable, differentiable};

#[derive(Clone, Differentiable)]
struct Celsius(f64);

#[differentiable]
impl From<f64> for Celsius {
    fn from(kelvin: f64) -> Celsius {
        Celsius(kelvin - 273.15)
    }
}

fn main() {}
