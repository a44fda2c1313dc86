//! The predictors: how each computes its score, and the loss whose gradient trains it.

use std::fmt;

use backprop::init::{self, Distribution, StdRng, xavier_uniform};
use backprop::prelude::*;

use crate::closed_form;

/// A trainable predictor. The gradient is a value of the model's own type.
pub trait Model: VectorSpace {
    /// Random parameters for feature vectors of length `features`.
    fn initial(features: usize, hidden: usize, rng: &mut StdRng) -> Self;

    /// The prediction for φ(x) = `x`.
    fn score(&self, x: &Vector) -> f64;

    /// The squared loss on one example.
    fn loss(&self, x: &Vector, y: f64) -> f64;

    /// Adds the gradient of the loss on one example to `gradient` and returns the loss.
    fn loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64;

    /// The same by formulas worked out by hand, to compare with.
    fn closed_form_loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64;
}

/// The kinds of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    Linear,
    TwoLayer,
    FourLayer,
}

impl Architecture {
    pub const ALL: [Architecture; 3] =
        [Architecture::Linear, Architecture::TwoLayer, Architecture::FourLayer];
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Architecture::Linear => "linear",
            Architecture::TwoLayer => "two-layer",
            Architecture::FourLayer => "four-layer",
        })
    }
}

/// score = w · φ(x)
#[derive(Debug, Clone, PartialEq, Differentiable)]
pub struct Linear {
    pub w: Vector,
}

#[differentiable(wrt(model))]
pub fn linear_score(model: &Linear, x: &Vector) -> f64 {
    model.w.dot(x)
}

#[differentiable(wrt(model))]
pub fn linear_loss(model: &Linear, x: &Vector, y: f64) -> f64 {
    let residual = linear_score(model, x) - y;
    residual * residual
}

/// score = w · σ(V φ(x))
#[derive(Debug, Clone, PartialEq, Differentiable)]
pub struct TwoLayer {
    pub v: Matrix,
    pub w: Vector,
}

#[differentiable(wrt(net))]
pub fn two_layer_score(net: &TwoLayer, x: &Vector) -> f64 {
    let h = (&net.v * x).sigmoid();
    net.w.dot(&h)
}

#[differentiable(wrt(net))]
pub fn two_layer_loss(net: &TwoLayer, x: &Vector, y: f64) -> f64 {
    let residual = two_layer_score(net, x) - y;
    residual * residual
}

/// score = w · σ(V₃ σ(V₂ σ(V₁ φ(x))))
#[derive(Debug, Clone, PartialEq, Differentiable)]
pub struct FourLayer {
    pub v1: Matrix,
    pub v2: Matrix,
    pub v3: Matrix,
    pub w: Vector,
}

#[differentiable(wrt(net))]
pub fn four_layer_score(net: &FourLayer, x: &Vector) -> f64 {
    let h1 = (&net.v1 * x).sigmoid();
    let h2 = (&net.v2 * &h1).sigmoid();
    let h3 = (&net.v3 * &h2).sigmoid();
    net.w.dot(&h3)
}

#[differentiable(wrt(net))]
pub fn four_layer_loss(net: &FourLayer, x: &Vector, y: f64) -> f64 {
    let residual = four_layer_score(net, x) - y;
    residual * residual
}

impl Model for Linear {
    /// Zero: the loss is convex, so any start will do.
    fn initial(features: usize, _hidden: usize, _rng: &mut StdRng) -> Self {
        Linear { w: Vector::zeros(features) }
    }

    fn score(&self, x: &Vector) -> f64 {
        linear_score(self, x)
    }

    fn loss(&self, x: &Vector, y: f64) -> f64 {
        linear_loss(self, x, y)
    }

    fn loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64 {
        linear_loss_grad_add(self, x, y, gradient)
    }

    fn closed_form_loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64 {
        closed_form::linear_loss_grad_add(self, x, y, gradient)
    }
}

impl Model for TwoLayer {
    fn initial(features: usize, hidden: usize, rng: &mut StdRng) -> Self {
        TwoLayer {
            v: xavier_uniform(hidden, features, rng),
            w: init::vector(hidden, Distribution::xavier_uniform(hidden, 1), rng),
        }
    }

    fn score(&self, x: &Vector) -> f64 {
        two_layer_score(self, x)
    }

    fn loss(&self, x: &Vector, y: f64) -> f64 {
        two_layer_loss(self, x, y)
    }

    fn loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64 {
        two_layer_loss_grad_add(self, x, y, gradient)
    }

    fn closed_form_loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64 {
        closed_form::two_layer_loss_grad_add(self, x, y, gradient)
    }
}

impl Model for FourLayer {
    /// The slope of σ is at most ¼; weights four times as large keep signals and gradients from
    /// fading from layer to layer.
    fn initial(features: usize, hidden: usize, rng: &mut StdRng) -> Self {
        FourLayer {
            v1: 4.0 * xavier_uniform(hidden, features, rng),
            v2: 4.0 * xavier_uniform(hidden, hidden, rng),
            v3: 4.0 * xavier_uniform(hidden, hidden, rng),
            w: init::vector(hidden, Distribution::xavier_uniform(hidden, 1), rng),
        }
    }

    fn score(&self, x: &Vector) -> f64 {
        four_layer_score(self, x)
    }

    fn loss(&self, x: &Vector, y: f64) -> f64 {
        four_layer_loss(self, x, y)
    }

    fn loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64 {
        four_layer_loss_grad_add(self, x, y, gradient)
    }

    fn closed_form_loss_grad_add(&self, x: &Vector, y: f64, gradient: &mut Self) -> f64 {
        closed_form::four_layer_loss_grad_add(self, x, y, gradient)
    }
}
