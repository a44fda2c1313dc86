//! Functions without the attribute: in the same file, inside the function, and one that covers a
//! differentiable function of the same name.

use backprop::differentiable;

mod layers {
    use backprop::differentiable;

    #[differentiable]
    pub fn squared(a: f64) -> f64 {
        a * a
    }

    #[differentiable]
    pub fn cubed(a: f64) -> f64 {
        a * a * a
    }
}

#[allow(unused_imports)]
use layers::*;

/// Covers the one of `layers`.
#[inline]
fn squared(a: f64) -> f64 {
    a * a * a
}

#[differentiable]
fn covered_by_the_module(x: f64) -> f64 {
    squared(x) * x
}

#[differentiable]
fn covered_inside(x: f64) -> f64 {
    fn cubed(a: f64) -> f64 {
        a
    }
    cubed(x) * x
}

fn main() {}
