//! Vectors and matrices.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

fn vector(n: usize, phase: f64) -> Vector {
    Vector::from_fn(n, |i| (phase + 1.7 * i as f64).sin())
}

fn matrix(rows: usize, columns: usize, phase: f64) -> Matrix {
    Matrix::from_fn(rows, columns, |i, j| (phase + 1.3 * i as f64 + 0.7 * j as f64).cos())
}

fn positive_definite(n: usize) -> Matrix {
    let a = matrix(n, n, 0.3);
    &a * a.transpose() * 0.2 + Matrix::identity(n) * 1.5
}

#[differentiable(jvp, wrt(v, w))]
fn two_layers(x: &Vector, y: f64, v: &Matrix, w: &Vector) -> f64 {
    let h = (v * x).sigmoid();
    let residual = w.dot(&h) - y;
    residual * residual
}

#[differentiable(jvp, wrt(w1, b1, w2, b2, w3, b3, w4, b4))]
#[allow(clippy::too_many_arguments)]
fn four_layers(
    x: &Vector,
    y: &Vector,
    w1: &Matrix,
    b1: &Vector,
    w2: &Matrix,
    b2: &Vector,
    w3: &Matrix,
    b3: &Vector,
    w4: &Matrix,
    b4: &Vector,
) -> f64 {
    let h = (w1 * x + b1).tanh();
    let h = (w2 * &h + b2).relu() + &h;
    let h = (w3 * h + b3).softplus();
    let out = w4 * h + b4;
    (out - y).norm_squared() / 2.0
}

#[differentiable(jvp, wrt(w, b))]
fn cross_entropy(w: &Matrix, b: &Vector, x: &Vector, label: usize) -> f64 {
    let logits = w * x + b;
    logits.log_sum_exp() - logits[label]
}

#[differentiable(jvp, wrt(w))]
fn batch_cross_entropy(w: &Matrix, inputs: &[Vector], labels: &[usize]) -> f64 {
    let mut loss = 0.0;
    for (x, &label) in inputs.iter().zip(labels) {
        let p = (w * x).softmax();
        loss -= p[label].ln();
    }
    loss / inputs.len() as f64
}

#[differentiable(jvp, wrt(w, bias))]
fn logistic_regression(w: &Vector, bias: f64, inputs: &Matrix, labels: &[f64], ridge: f64) -> f64 {
    let scores = inputs * w + bias;
    let mut loss = 0.0;
    for i in 0..labels.len() {
        loss += (-labels[i] * scores[i]).softplus();
    }
    loss / labels.len() as f64 + 0.5 * ridge * w.norm_squared()
}

#[differentiable(jvp, wrt(w, lambda))]
fn ridge(w: &Vector, lambda: f64, x: &Matrix, y: &Vector) -> f64 {
    let residual = x * w - y;
    residual.dot(&residual) + lambda * w.dot(w)
}

#[test]
fn learning() {
    let (x, y) = (vector(3, 0.2), vector(2, 3.0));
    check!(two_layers, two_layers_grad, two_layers_grad_add, two_layers_vjp, two_layers_jvp; x: const &x, y: const 0.3, v: &matrix(4, 3, 0.1), w: &vector(4, 0.9));
    check!(four_layers, four_layers_grad, four_layers_grad_add, four_layers_vjp, four_layers_jvp; x: const &x, y: const &y, w1: &matrix(4, 3, 0.1), b1: &vector(4, 0.2), w2: &matrix(4, 4, 0.35), b2: &vector(4, 0.4), w3: &matrix(3, 4, 0.5), b3: &vector(3, 0.6), w4: &matrix(2, 3, 0.7), b4: &vector(2, 0.8));
    check!(cross_entropy, cross_entropy_grad, cross_entropy_grad_add, cross_entropy_vjp, cross_entropy_jvp; w: &matrix(4, 3, 0.1), b: &vector(4, 0.2), x: const &x, label: const 2);
    let inputs = [vector(3, 0.1), vector(3, 1.1), vector(3, 2.1)];
    check!(batch_cross_entropy, batch_cross_entropy_grad, batch_cross_entropy_grad_add, batch_cross_entropy_vjp, batch_cross_entropy_jvp; w: &matrix(4, 3, 0.1), i: const &inputs, l: const &[0, 3, 1]);
    let (design, targets) = (matrix(5, 3, 0.4), vector(5, 0.0));
    let labels = [1.0, -1.0, 1.0, 1.0, -1.0];
    check!(logistic_regression, logistic_regression_grad, logistic_regression_grad_add, logistic_regression_vjp, logistic_regression_jvp; w: &vector(3, 0.6), bias: 0.1, x: const &design, y: const &labels, ridge: const 0.2);
    check!(ridge, ridge_grad, ridge_grad_add, ridge_vjp, ridge_jvp; w: &vector(3, 0.6), lambda: 0.2, x: const &design, y: const &targets);
}

#[differentiable(jvp)]
fn quadratic_form(x: &Vector, a: &Matrix, b: &Vector) -> f64 {
    let curvature = x.dot(&(a * x));
    0.5 * curvature - b.dot(x)
}

#[differentiable(jvp)]
fn gaussian_log_likelihood(x: &Vector, mean: &Vector, covariance: &Matrix) -> f64 {
    let d = x - mean;
    let quadratic = d.dot(&covariance.solve(&d));
    -0.5 * (quadratic + covariance.det().ln() + x.len() as f64 * 1.8378770664093453)
}

#[differentiable(jvp)]
fn inverses(a: &Matrix, b: &Matrix) -> f64 {
    let inverse = a.inverse();
    let product = inverse * b;
    product.trace() + product.transpose().norm()
}

#[differentiable(jvp)]
fn outer_products(a: &Vector, b: &Vector) -> f64 {
    let m = a.outer(b);
    let mixed = m.hadamard(&m) + &m * 0.5;
    mixed.sum() + mixed.row(1).mean() * mixed.column(0).sum()
}

#[differentiable(jvp)]
fn powers_of_a_matrix(a: &Matrix, x: &Vector, n: usize) -> f64 {
    let mut y = x.clone();
    for _ in 0..n {
        y = a * &y;
        let scale = y.norm();
        y = y / scale;
    }
    y.dot(&(a * &y))
}

#[differentiable(jvp)]
fn exponential(a: &Matrix, terms: usize) -> f64 {
    let mut sum = Matrix::identity(a.rows());
    let mut term = Matrix::identity(a.rows());
    for k in 1..=terms {
        term = &term * a / k as f64;
        sum += &term;
    }
    sum.trace() + sum[(0, 1)]
}

#[test]
fn algebra() {
    let a = positive_definite(3);
    check!(quadratic_form, quadratic_form_grad, quadratic_form_grad_add, quadratic_form_vjp, quadratic_form_jvp; x: &vector(3, 0.1), a: &a, b: &vector(3, 0.2));
    check!(gaussian_log_likelihood, gaussian_log_likelihood_grad, gaussian_log_likelihood_grad_add, gaussian_log_likelihood_vjp, gaussian_log_likelihood_jvp; x: &vector(3, 0.1), mean: &vector(3, 0.7), c: &a);
    check!(inverses, inverses_grad, inverses_grad_add, inverses_vjp, inverses_jvp; a: &a, b: &matrix(3, 3, 0.2));
    check!(outer_products, outer_products_grad, outer_products_grad_add, outer_products_vjp, outer_products_jvp; a: &vector(2, 0.1), b: &vector(3, 0.2));
    for n in [0, 1, 3] {
        check!(powers_of_a_matrix, powers_of_a_matrix_grad, powers_of_a_matrix_grad_add, powers_of_a_matrix_vjp, powers_of_a_matrix_jvp; a: &a, x: &vector(3, 0.4), n: const n);
        check!(exponential, exponential_grad, exponential_grad_add, exponential_vjp, exponential_jvp; a: &matrix(3, 3, 0.3), n: const n);
    }
}

#[differentiable(jvp)]
fn with_numbers(v: &Vector, m: &Matrix, s: f64) -> f64 {
    let a = v * s + 2.0;
    let b = 1.0 - v / s;
    let c = s * m - 0.5;
    let d = (m + s) * 2.0;
    a.dot(&b) + (c * d.transpose()).sum() + (-&a).mean() + (s / &a).sum()
}

#[differentiable(jvp)]
fn by_value(v: Vector, w: Vector, m: Matrix) -> f64 {
    let u = v.clone() + &w;
    let t = &u - w * 2.0;
    let s = m.clone() * t.clone() + m * v;
    s.dot(&t) + u.max() - t.min()
}

#[differentiable(jvp)]
fn assigned(v: &Vector, w: &Vector) -> f64 {
    let mut sum = v.clone();
    sum += w;
    sum *= 2.0;
    sum -= &(v * w.sum());
    sum /= w[0];
    sum[1] = v[0] * w[1];
    sum[2] += v[2].sin();
    let squares = sum.hadamard(&sum);
    squares.sum() + squares[1]
}

#[differentiable(jvp)]
fn statistics(v: &Vector) -> f64 {
    let standard = (v - v.mean()) / v.std();
    standard.exp().sum() + v.variance() + v.norm() * v.product()
}

#[differentiable(jvp)]
fn attention(queries: &Matrix, keys: &Matrix, values: &Matrix) -> f64 {
    let scale = (queries.columns() as f64).sqrt();
    let weights = (queries * keys.transpose() / scale).row_softmax();
    let mixed = weights * values;
    mixed.tanh().norm_squared() + mixed.row_sums().max()
}

#[differentiable(jvp)]
fn layer_norm(x: &Vector, gain: &Vector, bias: &Vector) -> f64 {
    let centred = x - x.mean();
    let scale = (centred.norm_squared() / x.len() as f64 + 1e-5).sqrt();
    let y = gain.hadamard(&(centred / scale)) + bias;
    y.log_softmax()[0] + y.cos().sum()
}

#[test]
fn operators() {
    check!(with_numbers, with_numbers_grad, with_numbers_grad_add, with_numbers_vjp, with_numbers_jvp; v: &vector(3, 0.1), m: &matrix(2, 3, 0.2), s: 1.4);
    check!(by_value, by_value_grad, by_value_grad_add, by_value_vjp, by_value_jvp; v: vector(3, 0.1), w: vector(3, 0.8), m: matrix(3, 3, 0.2));
    check!(assigned, assigned_grad, assigned_grad_add, assigned_vjp, assigned_jvp; v: &vector(3, 0.1), w: &vector(3, 0.8));
    check!(statistics, statistics_grad, statistics_grad_add, statistics_vjp, statistics_jvp; v: &vector(4, 0.1));
    check!(attention, attention_grad, attention_grad_add, attention_vjp, attention_jvp; q: &matrix(3, 2, 0.1), k: &matrix(4, 2, 0.4), v: &matrix(4, 5, 0.2));
    check!(layer_norm, layer_norm_grad, layer_norm_grad_add, layer_norm_vjp, layer_norm_jvp; x: &vector(4, 0.1), g: &vector(4, 0.8), b: &vector(4, 0.3));
}

#[differentiable(jvp)]
fn hidden(x: &Vector, w: &Matrix) -> Vector {
    let h = (w * x).sigmoid();
    h * 2.0 - x
}

#[differentiable(jvp)]
fn gram(a: &Matrix) -> Matrix {
    a.transpose() * a
}

#[test]
fn values_of_many_numbers() {
    assert_pullback(
        &(vector(3, 0.1), matrix(3, 3, 0.2)),
        |(x, w)| hidden(x, w),
        |(x, w), d| {
            let (h, pullback) = hidden_vjp(x, w);
            (h, pullback(d))
        },
        |(x, w), (t_x, t_w)| hidden_jvp(x, w, t_x, t_w),
    );
    assert_pullback(
        &matrix(3, 2, 0.2),
        gram,
        |a, d| {
            let (g, pullback) = gram_vjp(a);
            (g, pullback(d))
        },
        gram_jvp,
    );
}
