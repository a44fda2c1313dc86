use backprop::prelude::*;

#[derive(Clone, Copy, Differentiable)]
struct Spring {
    k: f64,
}

impl Spring {
    fn new(k: f64) -> Spring {
        Spring { k }
    }

    fn energy(&self, x: f64) -> f64 {
        0.5 * self.k * x * x
    }
}

#[differentiable]
fn stored(spring: &Spring, x: f64) -> f64 {
    spring.energy(x)
}

#[differentiable]
fn made(k: f64) -> f64 {
    Spring::new(k).k
}

fn main() {}
