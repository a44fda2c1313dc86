use std::ops::{BitXor, Not, Shl};

use backprop::prelude::*;

#[derive(Clone, Copy, Differentiable)]
struct Plane {
    x: f64,
    y: f64,
}

impl BitXor for Plane {
    type Output = f64;
    fn bitxor(self, other: Plane) -> f64 {
        self.x * other.y - self.y * other.x
    }
}

impl Shl<f64> for Plane {
    type Output = Plane;
    fn shl(self, by: f64) -> Plane {
        Plane { x: self.x + by, y: self.y }
    }
}

impl Not for Plane {
    type Output = Plane;
    fn not(self) -> Plane {
        Plane { x: self.y, y: -self.x }
    }
}

#[differentiable]
fn wedge(a: Plane, b: Plane, k: f64) -> f64 {
    let area = a ^ b;
    area * k + a.x
}

#[differentiable]
fn shifted(a: Plane, k: f64) -> f64 {
    let b = a << k;
    b.x * b.y + a.x
}

#[differentiable]
fn turned(a: Plane, k: f64) -> f64 {
    let b = !a;
    b.x * k + a.x
}

fn main() {}
