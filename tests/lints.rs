//! Expansions under the strictest lints: `cargo clippy --all-targets` must find nothing here.

#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(clippy::suboptimal_flops)]
#![forbid(unsafe_code)]

use backprop::prelude::*;

/// A straight line.
#[derive(Debug, Clone, PartialEq, Differentiable)]
pub struct Line {
    /// Height per width.
    pub slope: f64,
    /// Height at 0.
    pub height: f64,
    /// What it is called.
    #[differentiable(skip)]
    pub name: String,
}

impl Line {
    /// The height at `x`.
    #[must_use]
    #[differentiable(wrt(self, x))]
    pub fn at(&self, x: f64) -> f64 {
        self.slope.mul_add(x, self.height)
    }
}

/// One of several shapes of a value.
#[derive(Debug, Clone, Differentiable)]
pub enum Layer {
    /// Weights and offsets.
    Dense(Vec<f64>, f64),
    /// Nothing to learn.
    Fixed,
}

/// The mean squared error of a line.
///
/// # Panics
/// If there are not as many heights as positions.
#[must_use]
#[differentiable(wrt(line))]
pub fn error(line: &Line, xs: &[f64], ys: &[f64]) -> f64 {
    assert_eq!(xs.len(), ys.len());
    let mut sum = 0.0;
    for (x, y) in xs.iter().zip(ys) {
        let residual = line.at(*x) - y;
        sum += residual * residual;
    }
    sum / 3.0
}

/// The hinge loss of a linear classifier.
#[must_use]
#[differentiable(wrt(w))]
pub fn hinge(w: &Vector, phi: &Vector, y: f64) -> f64 {
    (1.0 - w.dot(phi) * y).max(0.0)
}

/// A small network.
#[must_use]
#[differentiable(wrt(v, w))]
pub fn network(x: &Vector, v: &Matrix, w: &Vector) -> f64 {
    let h = (v * x).sigmoid();
    w.dot(&h)
}

/// A recursive power.
#[must_use]
#[differentiable]
pub fn power(x: f64, n: u32) -> f64 {
    if n == 0 {
        return 1.0;
    }
    x * power(x, n - 1)
}

/// A result with several parts.
#[must_use]
#[differentiable]
pub fn parts(x: f64, y: f64) -> (f64, [f64; 2]) {
    (x * y, [x.sin(), y.cos()])
}

/// What a loop leaves early.
#[must_use]
#[differentiable]
pub fn grown(x: f64, limit: f64) -> f64 {
    let mut y = x;
    for step in 0..100 {
        if y > limit {
            break;
        }
        if step % 3 == 0 {
            continue;
        }
        y *= x;
    }
    y
}

/// What depends on a number.
#[must_use]
#[differentiable(wrt(x))]
pub fn chosen(x: f64, kind: u8) -> f64 {
    match kind {
        0 => x,
        1..=3 => x.sqrt(),
        _ => 1.0 / x,
    }
}

#[test]
fn gradients() {
    let line = Line { slope: 2.0, height: 1.0, name: String::new() };
    let (_, gradient) = error_grad(&line, &[1.0, 2.0, 3.0], &[3.0, 5.0, 10.0]);
    assert_eq!((gradient.slope, gradient.height), (-6.0, -2.0));

    let (w, phi) = (Vector::from([0.5, 0.0]), Vector::from([1.0, 2.0]));
    assert_eq!(hinge_grad(&w, &phi, 1.0), (0.5, Vector::from([-1.0, -2.0])));

    let mut d_x = 0.0;
    assert!((power_grad_add(2.0, 5, &mut d_x) - 32.0).abs() < 1e-12);
    assert!((d_x - 80.0).abs() < 1e-12);

    let (_, pullback) = parts_vjp(0.0, 2.0);
    assert_eq!(pullback((1.0, [1.0, 0.0])), (3.0, 0.0));
    assert_eq!(chosen_grad(4.0, 2), (2.0, 0.25));
    assert_eq!(grown_grad(2.0, 3.0), (4.0, (4.0, 0.0)));

    let (_, (d_v, d_w)) = network_grad(&phi, &Matrix::zeros(2, 2), &w);
    assert_eq!(d_w, Vector::from([0.5, 0.5]));
    assert_eq!(d_v, Matrix::from([[0.125, 0.25], [0.0, 0.0]]));

    let Layer::Dense(..) = Layer::Dense(vec![1.0], 0.0).zero_like() else { unreachable!() };
    assert!(matches!(Layer::Fixed.zero_like(), Layer::Fixed));
}
