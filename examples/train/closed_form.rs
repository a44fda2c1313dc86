//! The gradients of the three losses worked out by hand, to compare the generated ones with.
//! With h = σ(V φ(x)) and residual = score − y:
//!
//!     linear      ∇w = 2 residual φ(x)
//!     two-layer   ∇w = 2 residual h
//!                 ∇V = 2 residual (w ∘ h ∘ (1 − h)) φ(x)ᵀ
//!
//! and so on: every layer of the four-layer network multiplies by its hᵢ ∘ (1 − hᵢ) and Vᵢᵀ.

use backprop::prelude::*;

use crate::models::{FourLayer, Linear, TwoLayer};

/// Adds the gradient of the linear model's loss to `d` and returns the loss.
pub fn linear_loss_grad_add(model: &Linear, x: &Vector, y: f64, d: &mut Linear) -> f64 {
    let residual = model.w.dot(x) - y;
    add_scaled(&mut d.w, 2.0 * residual, x);
    residual * residual
}

/// Adds the gradient of the two-layer network's loss to `d` and returns the loss.
pub fn two_layer_loss_grad_add(net: &TwoLayer, x: &Vector, y: f64, d: &mut TwoLayer) -> f64 {
    let h = (&net.v * x).sigmoid();
    let residual = net.w.dot(&h) - y;
    add_scaled(&mut d.w, 2.0 * residual, &h);
    add_outer(&mut d.v, &before_sigmoid(&(&net.w * (2.0 * residual)), &h), x);
    residual * residual
}

/// Adds the gradient of the four-layer network's loss to `d` and returns the loss.
pub fn four_layer_loss_grad_add(net: &FourLayer, x: &Vector, y: f64, d: &mut FourLayer) -> f64 {
    let h1 = (&net.v1 * x).sigmoid();
    let h2 = (&net.v2 * &h1).sigmoid();
    let h3 = (&net.v3 * &h2).sigmoid();
    let residual = net.w.dot(&h3) - y;
    add_scaled(&mut d.w, 2.0 * residual, &h3);
    let d3 = before_sigmoid(&(&net.w * (2.0 * residual)), &h3);
    add_outer(&mut d.v3, &d3, &h2);
    let d2 = before_sigmoid(&transposed_product(&net.v3, &d3), &h2);
    add_outer(&mut d.v2, &d2, &h1);
    let d1 = before_sigmoid(&transposed_product(&net.v2, &d2), &h1);
    add_outer(&mut d.v1, &d1, x);
    residual * residual
}

/// d_h ∘ h ∘ (1 − h): what reaches z if d_h reaches h = σ(z).
fn before_sigmoid(d_h: &Vector, h: &Vector) -> Vector {
    d_h.iter().zip(h.iter()).map(|(d, h)| d * h * (1.0 - h)).collect()
}

/// Vᵀ d
fn transposed_product(v: &Matrix, d: &Vector) -> Vector {
    (0..v.columns()).map(|j| (0..v.rows()).map(|i| v[(i, j)] * d[i]).sum::<f64>()).collect()
}

/// total += factor · x
fn add_scaled(total: &mut Vector, factor: f64, x: &Vector) {
    for (total, x) in total.iter_mut().zip(x.iter()) {
        *total += factor * x;
    }
}

/// total += a bᵀ
fn add_outer(total: &mut Matrix, a: &Vector, b: &Vector) {
    for i in 0..a.len() {
        for j in 0..b.len() {
            total[(i, j)] += a[i] * b[j];
        }
    }
}
