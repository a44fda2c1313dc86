//! A lecture's predictors on vectors and matrices, one example at a time: linear regression, hinge
//! loss, networks of two and of four layers.

use std::hint::black_box;

use backprop::prelude::*;

use super::Numbers;
use crate::harness::Bench;

#[differentiable(wrt(w))]
fn linear(w: &Vector, x: &Vector, y: f64) -> f64 {
    let residual = w.dot(x) - y;
    residual * residual
}

fn linear_by_hand(w: &[f64], x: &[f64], y: f64, d_w: &mut [f64]) -> f64 {
    let residual = dot(w, x) - y;
    add_scaled(d_w, 2.0 * residual, x);
    residual * residual
}

#[differentiable(wrt(w))]
fn hinge(w: &Vector, x: &Vector, y: f64) -> f64 {
    (1.0 - w.dot(x) * y).max(0.0)
}

fn hinge_by_hand(w: &[f64], x: &[f64], y: f64, d_w: &mut [f64]) -> f64 {
    let margin = 1.0 - dot(w, x) * y;
    if margin > 0.0 {
        add_scaled(d_w, -y, x);
    }
    margin.max(0.0)
}

#[differentiable(wrt(v, w))]
pub(crate) fn two_layer(v: &Matrix, w: &Vector, x: &Vector, y: f64) -> f64 {
    let residual = w.dot(&(v * x).sigmoid()) - y;
    residual * residual
}

pub(crate) fn two_layer_by_hand(
    (v, w): (&Matrix, &[f64]),
    (x, y): (&[f64], f64),
    (d_v, d_w): (&mut Matrix, &mut [f64]),
    hidden: &mut [f64],
) -> f64 {
    layer(v, x, hidden);
    let residual = dot(w, hidden) - y;
    let d = 2.0 * residual;
    let units = w.iter().zip(hidden).zip(d_w);
    for ((j, ((w, h), d_w)), d_v) in
        units.enumerate().zip(d_v.as_mut_slice().chunks_exact_mut(x.len()))
    {
        debug_assert!(j < v.rows());
        *d_w += d * *h;
        add_scaled(d_v, d * w * (*h * (1.0 - *h)), x);
    }
    residual * residual
}

#[differentiable(wrt(v1, v2, v3, w))]
fn four_layer(v1: &Matrix, v2: &Matrix, v3: &Matrix, w: &Vector, x: &Vector, y: f64) -> f64 {
    let h1 = (v1 * x).sigmoid();
    let h2 = (v2 * &h1).sigmoid();
    let h3 = (v3 * &h2).sigmoid();
    let residual = w.dot(&h3) - y;
    residual * residual
}

#[differentiable(wrt(layers, w))]
fn four_layer_in_loop(layers: &[Matrix], w: &Vector, x: &Vector, y: f64) -> f64 {
    let mut h = x.clone();
    for v in layers {
        h = (v * &h).sigmoid();
    }
    let residual = w.dot(&h) - y;
    residual * residual
}

/// What the layers of `four_layer` hold.
struct Workspace {
    hidden: [Vec<f64>; 3],
    d_hidden: [Vec<f64>; 2],
}

fn four_layer_by_hand(
    (layers, w): ([&Matrix; 3], &[f64]),
    (x, y): (&[f64], f64),
    (d_layers, d_w): ([&mut Matrix; 3], &mut [f64]),
    Workspace { hidden: [h1, h2, h3], d_hidden: [d_h1, d_h2] }: &mut Workspace,
) -> f64 {
    layer(layers[0], x, h1);
    layer(layers[1], h1, h2);
    layer(layers[2], h2, h3);
    let residual = dot(w, h3) - y;
    let d = 2.0 * residual;
    add_scaled(d_w, d, h3);
    for (h, w) in h3.iter_mut().zip(w) {
        *h = d * w * (*h * (1.0 - *h));
    }
    let [d_v1, d_v2, d_v3] = d_layers;
    reverse_layer(layers[2], h2, h3, d_v3, d_h2);
    for (d, h) in d_h2.iter_mut().zip(&*h2) {
        *d *= h * (1.0 - h);
    }
    reverse_layer(layers[1], h1, d_h2, d_v2, d_h1);
    for ((d, h), d_v) in d_h1.iter().zip(&*h1).zip(d_v1.as_mut_slice().chunks_exact_mut(x.len())) {
        add_scaled(d_v, d * (h * (1.0 - h)), x);
    }
    residual * residual
}

/// `h = σ(v x)`
fn layer(v: &Matrix, x: &[f64], h: &mut [f64]) {
    for (h, row) in h.iter_mut().zip(v.as_slice().chunks_exact(x.len())) {
        *h = 1.0 / (1.0 + (-dot(row, x)).exp());
    }
}

/// Adds `d_z xᵀ` to `d_v`, and sets `d_x` to `vᵀ d_z`.
fn reverse_layer(v: &Matrix, x: &[f64], d_z: &[f64], d_v: &mut Matrix, d_x: &mut [f64]) {
    d_x.fill(0.0);
    let rows = v.as_slice().chunks_exact(x.len());
    for ((d, row), d_row) in d_z.iter().zip(rows).zip(d_v.as_mut_slice().chunks_exact_mut(x.len()))
    {
        add_scaled(d_row, *d, x);
        add_scaled(d_x, *d, row);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

fn add_scaled(to: &mut [f64], factor: f64, x: &[f64]) {
    for (to, x) in to.iter_mut().zip(x) {
        *to += factor * x;
    }
}

pub(crate) fn add(bench: &mut Bench) {
    add_linear(bench);
    add_two_layer(bench);
    add_four_layer(bench);
}

fn add_linear(bench: &mut Bench) {
    let mut numbers = Numbers(12);
    let (w, x) = (numbers.vector(16), numbers.vector(16));
    bench
        .problem("linear regression, vectors d=16", Vector::zeros(16))
        .hand(|d| {
            let (w, x) = black_box((&w, &x));
            linear_by_hand(w.as_slice(), x.as_slice(), 0.5, d.as_mut_slice())
        })
        .style(
            "vector",
            || linear(black_box(&w), black_box(&x), 0.5),
            |d| linear_grad_add(black_box(&w), black_box(&x), 0.5, d),
        )
        .run();
    let (w, x) = (numbers.vector(256), numbers.vector(256));
    bench
        .problem("hinge, vectors d=256", Vector::zeros(256))
        .hand(|d| {
            let (w, x) = black_box((&w, &x));
            hinge_by_hand(w.as_slice(), x.as_slice(), 0.01, d.as_mut_slice())
        })
        .style(
            "vector",
            || hinge(black_box(&w), black_box(&x), 0.01),
            |d| hinge_grad_add(black_box(&w), black_box(&x), 0.01, d),
        )
        .run();
}

fn add_two_layer(bench: &mut Bench) {
    for (d, k) in [(16, 32), (64, 128), (784, 256), (1024, 1024)] {
        let mut numbers = Numbers(13);
        let (v, w, x) = (numbers.matrix(k, d), numbers.vector(k), numbers.vector(d));
        let mut hidden = vec![0.0; k];
        bench
            .problem(format!("two-layer {d},{k}"), (Matrix::zeros(k, d), Vector::zeros(k)))
            .hand(|(d_v, d_w)| {
                let (v, w, x) = black_box((&v, &w, &x));
                let (at, data) = ((v, w.as_slice()), (x.as_slice(), 0.5));
                two_layer_by_hand(at, data, (d_v, d_w.as_mut_slice()), &mut hidden)
            })
            .style(
                "matrix",
                || two_layer(black_box(&v), black_box(&w), black_box(&x), 0.5),
                |(d_v, d_w)| {
                    two_layer_grad_add(black_box(&v), black_box(&w), black_box(&x), 0.5, d_v, d_w)
                },
            )
            .run();
    }
}

fn add_four_layer(bench: &mut Bench) {
    for k in [32, 128, 512] {
        let mut numbers = Numbers(14);
        let layers = [numbers.matrix(k, k), numbers.matrix(k, k), numbers.matrix(k, k)];
        let (w, x) = (numbers.vector(k), numbers.vector(k));
        let zeros = || vec![0.0; k];
        let workspace =
            || Workspace { hidden: [zeros(), zeros(), zeros()], d_hidden: [zeros(), zeros()] };
        let mut work = workspace();
        let zero = (vec![Matrix::zeros(k, k); 3], Vector::zeros(k));
        bench
            .problem(format!("four-layer {k}"), zero)
            .hand(|(d_v, d_w)| {
                let ([v1, v2, v3], w, x) = black_box((&layers, &w, &x));
                let [d_v1, d_v2, d_v3] = d_v.get_disjoint_mut([0, 1, 2]).expect("three layers");
                four_layer_by_hand(
                    ([v1, v2, v3], w.as_slice()),
                    (x.as_slice(), 0.5),
                    ([d_v1, d_v2, d_v3], d_w.as_mut_slice()),
                    &mut work,
                )
            })
            .style(
                "written out",
                || {
                    let ([v1, v2, v3], w, x) = black_box((&layers, &w, &x));
                    four_layer(v1, v2, v3, w, x, 0.5)
                },
                |(d_v, d_w)| {
                    let ([v1, v2, v3], w, x) = black_box((&layers, &w, &x));
                    let [d_v1, d_v2, d_v3] = d_v.get_disjoint_mut([0, 1, 2]).expect("three layers");
                    four_layer_grad_add(v1, v2, v3, w, x, 0.5, d_v1, d_v2, d_v3, d_w)
                },
            )
            .style(
                "loop",
                || {
                    let (layers, w, x) = black_box((&layers, &w, &x));
                    four_layer_in_loop(layers, w, x, 0.5)
                },
                |(d_v, d_w)| {
                    let (layers, w, x) = black_box((&layers, &w, &x));
                    four_layer_in_loop_grad_add(layers, w, x, 0.5, d_v, d_w)
                },
            )
            .run();
    }
}
