//! A method without derivative covers one that has a derivative, in a file that is not read.
#[path = "far/damped.rs"]
mod far;

use backprop::differentiable;
use far::{Damped, Spring};

#[differentiable(wrt(x))]
fn local(x: f64) -> f64 {
    let damped = Damped(Spring(2.0));
    damped.force(x)
}

#[differentiable(wrt(x))]
fn twice(x: f64, damped: &Damped) -> f64 {
    damped.force(x) * damped.force(x + 1.0)
}

#[differentiable(wrt(x))]
fn meant(x: f64, damped: &Damped) -> f64 {
    let spring: &Spring = damped;
    spring.force(x)
}

fn main() {}
