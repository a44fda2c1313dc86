//! A method without derivative covers one that has a derivative.
use std::ops::Deref;

use backprop::{Differentiable, differentiable};

#[derive(Clone, Differentiable)]
struct Spring {
    stiffness: f64,
}

impl Spring {
    #[differentiable]
    fn force(&self, x: f64) -> f64 {
        -self.stiffness * x
    }
}

struct Damped {
    spring: Spring,
}

impl Deref for Damped {
    type Target = Spring;
    fn deref(&self) -> &Spring {
        &self.spring
    }
}

impl Damped {
    fn force(&self, x: f64) -> f64 {
        -x * x
    }
}

fn damped(spring: &Spring) -> Damped {
    Damped { spring: spring.clone() }
}

#[differentiable(wrt(x))]
fn work(x: f64, spring: &Damped) -> f64 {
    spring.force(x) * x
}

#[differentiable(wrt(x))]
fn work_of(x: f64, spring: &Spring) -> f64 {
    let spring = damped(spring);
    spring.force(x) * x
}

fn main() {}
