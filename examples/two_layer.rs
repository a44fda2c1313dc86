//! The two-layer network with the squared loss (w · σ(V φ(x)) − y)², and its two gradients
//! worked out by hand:
//!
//!     ∇w = 2 residual h
//!     ∇V = 2 residual (w ∘ h ∘ (1 − h)) φ(x)ᵀ
//!
//!     cargo run --example two_layer

use backprop::prelude::*;

#[differentiable(wrt(v, w))]
fn loss(phi: &Vector, y: f64, v: &Matrix, w: &Vector) -> f64 {
    let h = (v * phi).sigmoid();
    let residual = w.dot(&h) - y;
    residual * residual
}

/// Both gradients by hand, entry by entry.
fn by_hand(phi: &Vector, y: f64, v: &Matrix, w: &Vector) -> (Matrix, Vector) {
    let h = (v * phi).sigmoid();
    let residual = w.dot(&h) - y;
    let dw = &h * (2.0 * residual);
    let dv = Matrix::from_fn(v.rows(), v.columns(), |i, j| {
        2.0 * residual * w[i] * h[i] * (1.0 - h[i]) * phi[j]
    });
    (dv, dw)
}

fn main() {
    let phi = Vector::from([1.0, 2.0, -0.5]);
    let y = 1.0;
    let v = Matrix::from([[0.3, -0.2, 0.5], [-0.6, 0.1, 0.4]]);
    let w = Vector::from([0.7, -0.4]);

    let (value, (dv, dw)) = loss_grad(&phi, y, &v, &w);
    let (dv_by_hand, dw_by_hand) = by_hand(&phi, y, &v, &w);
    println!("loss = {value:.6}");
    println!("\n∇w = {dw:+.6}\nby hand:\n     {dw_by_hand:+.6}");
    println!("\n∇V =\n{dv:+.6}\nby hand:\n{dv_by_hand:+.6}");

    let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-15);
    assert_eq!(value, loss(&phi, y, &v, &w));
    assert!(close(dw.as_slice(), dw_by_hand.as_slice()));
    assert!(close(dv.as_slice(), dv_by_hand.as_slice()));

    // In a training loop the gradients are added to buffers that live as long as the loop.
    let (mut dv_sum, mut dw_sum) = (dv.zero_like(), dw.zero_like());
    for y in [1.0, -1.0] {
        loss_grad_add(&phi, y, &v, &w, &mut dv_sum, &mut dw_sum);
    }
    println!("\n∇w summed over two examples = {dw_sum:+.6}");
    let (_, (dv_other, dw_other)) = loss_grad(&phi, -1.0, &v, &w);
    assert!(close(dw_sum.as_slice(), (dw + dw_other).as_slice()));
    assert!(close(dv_sum.as_slice(), (dv + dv_other).as_slice()));
}
