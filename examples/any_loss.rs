//! Any hypothesis with any loss: a linear predictor and a neural network each drive the squared,
//! the hinge and the logistic loss. Neither half knows the other; the gradient of every
//! combination comes from composing differentiable functions.
//!
//!     cargo run --example any_loss

use backprop::init::{Distribution, matrix, seeded, vector};
use backprop::optim::Adam;
use backprop::prelude::*;

// Hypotheses: φ(x) to a score.

#[differentiable(wrt(w))]
fn linear(w: &Vector, phi: &Vector) -> f64 {
    w.dot(phi)
}

#[derive(Clone, Debug, Differentiable)]
struct Network {
    v: Matrix,
    w: Vector,
}

#[differentiable(wrt(net))]
fn neural(net: &Network, phi: &Vector) -> f64 {
    net.w.dot(&(&net.v * phi).sigmoid())
}

// Losses: a score and a target to a penalty.

#[derive(Clone, Copy, Debug)]
enum Loss {
    Squared,
    Hinge,
    Logistic,
}

#[differentiable(wrt(score))]
fn squared(score: f64, y: f64) -> f64 {
    (score - y).powi(2)
}

#[differentiable(wrt(score))]
fn hinge(score: f64, y: f64) -> f64 {
    (1.0 - score * y).max(0.0)
}

#[differentiable(wrt(score))]
fn logistic(score: f64, y: f64) -> f64 {
    (-score * y).softplus()
}

#[differentiable(wrt(score))]
fn penalty(loss: Loss, score: f64, y: f64) -> f64 {
    match loss {
        Loss::Squared => squared(score, y),
        Loss::Hinge => hinge(score, y),
        Loss::Logistic => logistic(score, y),
    }
}

// Hypothesis and loss meet here, once per hypothesis.

#[differentiable(wrt(w))]
fn linear_loss(w: &Vector, loss: Loss, phi: &Vector, y: f64) -> f64 {
    penalty(loss, linear(w, phi), y)
}

#[differentiable(wrt(net))]
fn neural_loss(net: &Network, loss: Loss, phi: &Vector, y: f64) -> f64 {
    penalty(loss, neural(net, phi), y)
}

/// Points of a ring (label −1) around a disc (label 1). φ(x) = [1, x₁, x₂].
fn points() -> Vec<(Vector, f64)> {
    let point = |k: usize| {
        let angle = k as f64 * 2.4; // spreads evenly around the circle
        let (radius, y) = [(0.5, 1.0), (1.5, -1.0)][k % 2];
        (Vector::from([1.0, radius * angle.cos(), radius * angle.sin()]), y)
    };
    (0..40).map(point).collect()
}

/// Gradient descent; returns how many points end up on the right side.
fn train<P: VectorSpace>(
    mut parameters: P,
    loss_grad_add: impl Fn(&P, &Vector, f64, &mut P) -> f64,
    score: impl Fn(&P, &Vector) -> f64,
) -> usize {
    let points = points();
    let mut gradient = parameters.zero_like();
    let mut adam = Adam::new(0.05);
    for _ in 0..500 {
        gradient.set_zero();
        for (phi, y) in &points {
            loss_grad_add(&parameters, phi, *y, &mut gradient);
        }
        gradient.scale_by(1.0 / points.len() as f64);
        adam.step(&mut parameters, &gradient);
    }
    points.iter().filter(|(phi, y)| score(&parameters, phi) * y > 0.0).count()
}

fn main() {
    println!("loss       right: linear   neural   (of 40)");
    for loss in [Loss::Squared, Loss::Hinge, Loss::Logistic] {
        let mut rng = seeded(1);
        let normal = Distribution::normal(0.0, 1.0);
        let w = Vector::zeros(3);
        let net = Network { v: matrix(8, 3, normal, &mut rng), w: vector(8, normal, &mut rng) };
        let linear = train(w, |w, phi, y, dw| linear_loss_grad_add(w, loss, phi, y, dw), linear);
        let neural = train(net, |n, phi, y, d| neural_loss_grad_add(n, loss, phi, y, d), neural);
        println!("{:<10} {linear:>13} {neural:>8}", format!("{loss:?}"));
        assert!(linear <= 30, "no line separates a disc from a ring around it");
        assert_eq!(neural, 40, "the network should separate them");
    }
}
