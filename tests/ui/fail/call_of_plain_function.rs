//! Functions without the attribute: in the same file, and one that covers a differentiable
//! function of the same name.

use backprop::differentiable;

mod layers {
    use backprop::differentiable;

    #[differentiable]
    pub fn squared(a: f64) -> f64 {
        a * a
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

fn main() {}
