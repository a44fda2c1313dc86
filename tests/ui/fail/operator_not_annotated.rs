//! Operators whose implementations lack the attribute.
use std::ops::{AddAssign, Mul};

use backprop::{Differentiable, differentiable};

#[derive(Clone, Copy, Differentiable)]
struct Length {
    metres: f64,
}

impl Mul<f64> for Length {
    type Output = Length;
    fn mul(self, k: f64) -> Length {
        Length { metres: self.metres * k }
    }
}

impl AddAssign for Length {
    fn add_assign(&mut self, other: Length) {
        self.metres += other.metres;
    }
}

#[differentiable]
fn scaled(length: Length, k: f64) -> f64 {
    let scaled = length * k;
    scaled.metres
}

#[differentiable]
fn doubled(mut length: Length) -> f64 {
    length += length;
    length.metres
}

fn main() {}
