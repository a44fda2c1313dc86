//! Backpropagation by numbers, on linear regression with the squared loss
//! (w · φ(x) − y)², at w = [3, 1], φ(x) = [1, 2], y = 2.
//!
//! The forward value of a node is the value of the expression below it. The backward value is
//! how much the loss changes with the node: the gradient of the part of the graph above it.
//!
//!     cargo run --example linear_regression

use backprop::prelude::*;

#[differentiable(wrt(w))]
fn score(w: &Vector, phi: &Vector) -> f64 {
    w.dot(phi)
}

#[differentiable(wrt(residual))]
fn loss_of_residual(residual: f64) -> f64 {
    residual * residual
}

#[differentiable(wrt(score))]
fn loss_of_score(score: f64, y: f64) -> f64 {
    loss_of_residual(score - y)
}

#[differentiable(wrt(w))]
fn loss(w: &Vector, phi: &Vector, y: f64) -> f64 {
    loss_of_score(score(w, phi), y)
}

fn main() {
    let w = Vector::from([3.0, 1.0]);
    let phi = Vector::from([1.0, 2.0]);
    let y = 2.0;

    let score = score(&w, &phi);
    let residual = score - y;
    let (_, backward_of_score) = loss_of_score_grad(score, y);
    let (_, backward_of_residual) = loss_of_residual_grad(residual);
    let (loss, backward_of_w) = loss_grad(&w, &phi, y);

    println!("node       forward   backward");
    println!("loss       {loss:>7}   {:>8}", 1);
    println!("residual   {residual:>7}   {backward_of_residual:>8}");
    println!("score      {score:>7}   {backward_of_score:>8}");
    println!("w           {w}    {backward_of_w}");

    assert_eq!((score, residual, loss), (5.0, 3.0, 9.0));
    assert_eq!((backward_of_residual, backward_of_score), (6.0, 6.0));
    assert_eq!(backward_of_w, Vector::from([6.0, 12.0]));

    println!("\nOne step against the gradient, with step size 0.01:");
    let w = w - 0.01 * backward_of_w;
    let (after, _) = loss_grad(&w, &phi, y);
    println!("w = {w}, and the loss falls from {loss} to {after:.2}");
    assert!((after - 7.29).abs() < 1e-12);
}
