//! A `Deref` that leads to another part in the value than in the gradient.

use std::ops::{Deref, DerefMut};

use backprop::{Differentiable, differentiable};

#[derive(Clone, Differentiable)]
struct Pair {
    a: f64,
    b: f64,
}

impl Deref for Pair {
    type Target = f64;

    fn deref(&self) -> &f64 {
        if self.a > 0.5 { &self.b } else { &self.a }
    }
}

impl DerefMut for Pair {
    fn deref_mut(&mut self) -> &mut f64 {
        if self.a > 0.5 { &mut self.b } else { &mut self.a }
    }
}

#[differentiable]
fn of_either(x: f64, y: f64) -> f64 {
    let pair = Pair { a: x, b: y };
    pair.a * *pair
}

fn main() {}
