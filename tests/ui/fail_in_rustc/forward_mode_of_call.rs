//! A function that is called in forward mode has it, too.

use backprop::prelude::*;

#[differentiable]
fn square(x: f64) -> f64 {
    x * x
}

struct Spring(f64);

impl Spring {
    #[differentiable]
    fn force(&self, x: f64) -> f64 {
        -self.0 * x
    }
}

#[differentiable(jvp)]
fn energy(spring: &Spring, x: f64) -> f64 {
    spring.force(x) * square(x)
}

fn main() {}
