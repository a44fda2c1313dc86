//! The four-layer network with the squared loss
//!
//!     (w · σ(V₃ σ(V₂ σ(V₁ φ(x)))) − y)²
//!
//! Taking its four gradients by hand is tedious; `by_hand` below does it once, as a check.
//!
//!     cargo run --example four_layer

use backprop::init::{Distribution, fill, seeded};
use backprop::prelude::*;

#[differentiable(wrt(v1, v2, v3, w))]
fn loss(phi: &Vector, y: f64, v1: &Matrix, v2: &Matrix, v3: &Matrix, w: &Vector) -> f64 {
    let h1 = (v1 * phi).sigmoid();
    let h2 = (v2 * &h1).sigmoid();
    let h3 = (v3 * &h2).sigmoid();
    let residual = w.dot(&h3) - y;
    residual * residual
}

/// All four gradients by hand. What reaches the score of a layer, `d`, is shared by the layer's
/// own gradient and by everything below it.
fn by_hand(
    phi: &Vector,
    y: f64,
    [v1, v2, v3]: [&Matrix; 3],
    w: &Vector,
) -> (Matrix, Matrix, Matrix, Vector) {
    let slope = |h: &Vector| h.hadamard(&h.map(|h| 1.0 - h));
    let h1 = (v1 * phi).sigmoid();
    let h2 = (v2 * &h1).sigmoid();
    let h3 = (v3 * &h2).sigmoid();
    let d_score = 2.0 * (w.dot(&h3) - y);
    let d3 = (w * d_score).hadamard(&slope(&h3));
    let d2 = v3.transpose_mul(&d3).hadamard(&slope(&h2));
    let d1 = v2.transpose_mul(&d2).hadamard(&slope(&h1));
    (d1.outer(phi), d2.outer(&h1), d3.outer(&h2), &h3 * d_score)
}

fn main() {
    let phi = Vector::from([1.0, 0.5, -1.5]);
    let y = 2.0;
    let zeros = (Matrix::zeros(4, 3), Matrix::zeros(3, 4), Matrix::zeros(2, 3), Vector::zeros(2));
    let mut parameters = zeros;
    fill(&mut parameters, Distribution::normal(0.0, 1.0), &mut seeded(7));
    let (v1, v2, v3, w) = parameters;

    let (value, (d1, d2, d3, dw)) = loss_grad(&phi, y, &v1, &v2, &v3, &w);
    let (d1_by_hand, d2_by_hand, d3_by_hand, dw_by_hand) = by_hand(&phi, y, [&v1, &v2, &v3], &w);
    assert_eq!(value, loss(&phi, y, &v1, &v2, &v3, &w));

    println!("loss = {value:.6}\n");
    println!("gradient      norm   largest difference from the one by hand");
    compare("∇V₁", d1.as_slice(), d1_by_hand.as_slice());
    compare("∇V₂", d2.as_slice(), d2_by_hand.as_slice());
    compare("∇V₃", d3.as_slice(), d3_by_hand.as_slice());
    compare("∇w", dw.as_slice(), dw_by_hand.as_slice());

    // One step of gradient descent on all four.
    let eta = 0.01;
    let (mut v1, mut v2, mut v3, mut w) = (v1, v2, v3, w);
    v1.add_scaled(-eta, &d1);
    v2.add_scaled(-eta, &d2);
    v3.add_scaled(-eta, &d3);
    w.add_scaled(-eta, &dw);
    let after = loss(&phi, y, &v1, &v2, &v3, &w);
    println!("\none step of size {eta}: the loss falls from {value:.6} to {after:.6}");
    assert!(after < value);
}

fn compare(name: &str, gradient: &[f64], by_hand: &[f64]) {
    assert_eq!(gradient.len(), by_hand.len());
    let difference = gradient.iter().zip(by_hand).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let norm = gradient.iter().map(|d| d * d).sum::<f64>().sqrt();
    println!("{name:<9} {norm:>8.5}   {difference:.1e}");
    assert!(difference <= 1e-15, "{name} is off by {difference}");
    assert!(norm > 1e-6, "{name} should not be zero here");
}
