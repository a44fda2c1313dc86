//! Constants and statics, in the function and around it.

#![deny(warnings)]

use backprop::differentiable;

const SPEED: f64 = 9.0;
static WEIGHTS: [f64; 2] = [1.0, 4.0];

#[differentiable]
fn energy(mass: f64, v: f64) -> f64 {
    let gamma = (1.0 - (v / SPEED).powi(2)).sqrt().recip();
    let mut sum = gamma * mass * (mass.sin() + v.cos());
    for k in 0..2 {
        sum = if mass > 0.0 { sum + (mass * v).exp() } else { sum } + k as f64;
    }
    sum
}

#[differentiable]
fn weighted(x: f64) -> f64 {
    const FACTOR: f64 = 2.0;
    let mut sum = std::f64::consts::PI * 0.0;
    for w in &WEIGHTS {
        sum += FACTOR * w * x;
    }
    sum * f64::MAX_EXP as f64 / 1024.0
}

fn main() {
    let (_, (slope, _)) = energy_grad(0.5, 1.0);
    let h = 1e-6;
    let measured = (energy(0.5 + h, 1.0) - energy(0.5 - h, 1.0)) / (2.0 * h);
    assert!((slope - measured).abs() < 1e-6);
    assert_eq!(weighted_grad(1.0), (10.0, 10.0));
}
