//! Generated code needs no prelude.

#![no_implicit_prelude]

use ::backprop::{Differentiable, Vector, differentiable};
use ::std::assert_eq;
use ::std::clone::Clone;
use ::std::convert::From;
use ::std::vec;
use ::std::vec::Vec;

#[derive(Clone, Differentiable)]
struct Line {
    slope: f64,
    height: f64,
}

#[differentiable]
fn sum(xs: &[f64], scale: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..xs.len() {
        if xs[i] > 0.0 {
            sum += scale * xs[i];
        }
    }
    sum
}

#[differentiable(wrt(line))]
fn error(line: &Line, x: f64, y: f64) -> f64 {
    let residual = line.slope * x + line.height - y;
    residual * residual
}

#[differentiable]
fn score(w: &Vector, phi: &Vector) -> f64 {
    let doubled: Vec<f64> = vec![2.0 * w[0], 2.0 * w[1]];
    w.dot(phi) + sum(&doubled, 1.0)
}

fn main() {
    assert_eq!(sum_grad(&[1.0, -2.0], 3.0), (3.0, (vec![3.0, 0.0], 1.0)));
    let (_, gradient) = error_grad(&Line { slope: 1.0, height: 0.0 }, 2.0, 1.0);
    assert_eq!((gradient.slope, gradient.height), (4.0, 2.0));
    let (w, phi) = (Vector::from([1.0, 2.0]), Vector::from([3.0, 4.0]));
    let (_, (d_w, _)) = score_grad(&w, &phi);
    assert_eq!(d_w, Vector::from([5.0, 6.0]));
    let (_, pullback) = sum_vjp(&[1.0], 3.0);
    assert_eq!(pullback(2.0), (vec![6.0], 2.0));
}
