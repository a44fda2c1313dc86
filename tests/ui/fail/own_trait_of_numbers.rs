//! What a trait of one's own means by `sin` is not known.
use std::ops::Mul;

use backprop::differentiable;

trait Scalar: Copy + Mul<Output = Self> {
    fn sin(x: Self) -> Self;
    fn max(self, other: Self) -> Self;
}

impl Scalar for f64 {
    fn sin(x: f64) -> f64 {
        x * x
    }

    fn max(self, other: f64) -> f64 {
        self * self + other
    }
}

#[differentiable]
fn by_path<S: Scalar>(x: S) -> S {
    S::sin(x)
}

#[differentiable]
fn by_method<S: Scalar>(x: S, y: S) -> S {
    x.max(y)
}

fn main() {}
