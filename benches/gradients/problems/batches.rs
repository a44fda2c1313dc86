//! Networks on batches of examples, the rows of a matrix: the time is in the products of matrices.
//!
//! The gradients by hand use the library's products in place (`add_mul` and its kin), so what is
//! compared is everything around them.

use std::hint::black_box;

use backprop::prelude::*;

use super::Numbers;
use crate::harness::Bench;

#[differentiable(wrt(v, w))]
pub(crate) fn two_layer(v: &Matrix, w: &Vector, x: &Matrix, y: &Vector) -> f64 {
    let residuals = (x * v).sigmoid() * w - y;
    residuals.norm_squared() / y.len() as f64
}

/// Buffers that live as long as the training.
pub(crate) struct TwoLayer {
    pub(crate) hidden: Matrix,
    pub(crate) residuals: Vector,
}

pub(crate) fn two_layer_by_hand(
    (v, w): (&Matrix, &Vector),
    (x, y): (&Matrix, &Vector),
    (d_v, d_w): (&mut Matrix, &mut Vector),
    work: &mut TwoLayer,
) -> f64 {
    let TwoLayer { hidden, residuals } = work;
    hidden.set_zero();
    hidden.add_mul(x, v);
    sigmoid(hidden);
    residuals.set_zero();
    residuals.add_mul(hidden, w);
    let scale = 1.0 / y.len() as f64;
    let loss = subtract(residuals, y, scale);
    d_w.add_transpose_mul(hidden, residuals);
    reverse_output(hidden, residuals, w);
    d_v.add_transpose_mul(x, hidden);
    loss
}

#[differentiable(wrt(v1, v2, v3, w))]
fn four_layer(v1: &Matrix, v2: &Matrix, v3: &Matrix, w: &Vector, x: &Matrix, y: &Vector) -> f64 {
    let h1 = (x * v1).sigmoid();
    let h2 = (&h1 * v2).sigmoid();
    let h3 = (&h2 * v3).sigmoid();
    (h3 * w - y).norm_squared() / y.len() as f64
}

struct FourLayer {
    hidden: [Matrix; 3],
    adjoint: [Matrix; 2],
    residuals: Vector,
}

fn four_layer_by_hand(
    ([v1, v2, v3], w): ([&Matrix; 3], &Vector),
    (x, y): (&Matrix, &Vector),
    ([d_v1, d_v2, d_v3], d_w): ([&mut Matrix; 3], &mut Vector),
    work: &mut FourLayer,
) -> f64 {
    let FourLayer { hidden: [h1, h2, h3], adjoint: [d_h1, d_h2], residuals } = work;
    h1.set_zero();
    h1.add_mul(x, v1);
    sigmoid(h1);
    h2.set_zero();
    h2.add_mul(h1, v2);
    sigmoid(h2);
    h3.set_zero();
    h3.add_mul(h2, v3);
    sigmoid(h3);
    residuals.set_zero();
    residuals.add_mul(h3, w);
    let loss = subtract(residuals, y, 1.0 / y.len() as f64);
    d_w.add_transpose_mul(h3, residuals);
    reverse_output(h3, residuals, w);
    d_v3.add_transpose_mul(h2, h3);
    d_h2.set_zero();
    d_h2.add_mul_transpose(h3, v3);
    reverse_sigmoid(d_h2, h2);
    d_v2.add_transpose_mul(h1, d_h2);
    d_h1.set_zero();
    d_h1.add_mul_transpose(d_h2, v2);
    reverse_sigmoid(d_h1, h1);
    d_v1.add_transpose_mul(x, d_h1);
    loss
}

fn sigmoid(z: &mut Matrix) {
    for z in z.as_mut_slice() {
        *z = 1.0 / (1.0 + (-*z).exp());
    }
}

/// Subtracts `y`; returns the mean square, and leaves its adjoint behind.
fn subtract(residuals: &mut Vector, y: &Vector, scale: f64) -> f64 {
    let mut sum = 0.0;
    for (r, y) in residuals.iter_mut().zip(y.iter()) {
        let off = *r - y;
        sum += off * off;
        *r = 2.0 * scale * off;
    }
    sum * scale
}

/// From the outputs of the last layer to the adjoints of its inputs, in place.
fn reverse_output(hidden: &mut Matrix, d_outputs: &Vector, w: &Vector) {
    let columns = w.len();
    for (row, d) in hidden.as_mut_slice().chunks_exact_mut(columns).zip(d_outputs.iter()) {
        for (h, w) in row.iter_mut().zip(w.iter()) {
            *h = d * w * (*h * (1.0 - *h));
        }
    }
}

fn reverse_sigmoid(d: &mut Matrix, h: &Matrix) {
    for (d, h) in d.as_mut_slice().iter_mut().zip(h.as_slice()) {
        *d *= h * (1.0 - h);
    }
}

/// Softmax over ten classes on top of one hidden layer.
#[differentiable(wrt(v, w))]
fn classify(v: &Matrix, w: &Matrix, x: &Matrix, labels: &[usize]) -> f64 {
    let log_probabilities = ((x * v).sigmoid() * w).row_log_softmax();
    let mut loss = 0.0;
    for (i, label) in labels.iter().enumerate() {
        loss -= log_probabilities[(i, *label)];
    }
    loss / labels.len() as f64
}

struct Classifier {
    hidden: Matrix,
    d_hidden: Matrix,
    scores: Matrix,
}

fn classify_by_hand(
    (v, w): (&Matrix, &Matrix),
    (x, labels): (&Matrix, &[usize]),
    (d_v, d_w): (&mut Matrix, &mut Matrix),
    work: &mut Classifier,
) -> f64 {
    let Classifier { hidden, d_hidden, scores } = work;
    hidden.set_zero();
    hidden.add_mul(x, v);
    sigmoid(hidden);
    scores.set_zero();
    scores.add_mul(hidden, w);
    let classes = w.columns();
    let scale = 1.0 / labels.len() as f64;
    let mut loss = 0.0;
    for (row, &label) in scores.as_mut_slice().chunks_exact_mut(classes).zip(labels) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let score = row[label];
        let mut sum = 0.0;
        for s in &mut *row {
            *s = (*s - largest).exp();
            sum += *s;
        }
        loss += largest + sum.ln() - score;
        let factor = scale / sum;
        for s in &mut *row {
            *s *= factor;
        }
        row[label] -= scale;
    }
    d_w.add_transpose_mul(hidden, scores);
    d_hidden.set_zero();
    d_hidden.add_mul_transpose(scores, w);
    reverse_sigmoid(d_hidden, hidden);
    d_v.add_transpose_mul(x, d_hidden);
    loss * scale
}

pub(crate) fn add(bench: &mut Bench) {
    let mut numbers = Numbers(15);
    let (k, b) = (128, 256);
    let (v, w) = (numbers.matrix(k, k), numbers.vector(k));
    let (x, y) = (numbers.matrix(b, k), numbers.vector(b));
    let mut work = TwoLayer { hidden: Matrix::zeros(b, k), residuals: Vector::zeros(b) };
    bench
        .problem(format!("two-layer {k} B={b}"), (Matrix::zeros(k, k), Vector::zeros(k)))
        .hand(|(d_v, d_w)| two_layer_by_hand(black_box((&v, &w)), (&x, &y), (d_v, d_w), &mut work))
        .style(
            "matrix",
            || two_layer(black_box(&v), black_box(&w), &x, &y),
            |(d_v, d_w)| two_layer_grad_add(black_box(&v), black_box(&w), &x, &y, d_v, d_w),
        )
        .run();

    let (k, b) = (512, 256);
    let layers = [numbers.matrix(k, k), numbers.matrix(k, k), numbers.matrix(k, k)];
    let w = numbers.vector(k);
    let (x, y) = (numbers.matrix(b, k), numbers.vector(b));
    let wide = || Matrix::zeros(b, k);
    let mut work = FourLayer {
        hidden: [wide(), wide(), wide()],
        adjoint: [wide(), wide()],
        residuals: Vector::zeros(b),
    };
    let zero = (vec![Matrix::zeros(k, k); 3], Vector::zeros(k));
    bench
        .problem(format!("four-layer {k} B={b}"), zero)
        .hand(|(d_v, d_w)| {
            let ([v1, v2, v3], w) = black_box((&layers, &w));
            let d_v = d_v.get_disjoint_mut([0, 1, 2]).expect("three layers");
            four_layer_by_hand(([v1, v2, v3], w), (&x, &y), (d_v, d_w), &mut work)
        })
        .style(
            "matrix",
            || {
                let ([v1, v2, v3], w) = black_box((&layers, &w));
                four_layer(v1, v2, v3, w, &x, &y)
            },
            |(d_v, d_w)| {
                let ([v1, v2, v3], w) = black_box((&layers, &w));
                let [d_v1, d_v2, d_v3] = d_v.get_disjoint_mut([0, 1, 2]).expect("three layers");
                four_layer_grad_add(v1, v2, v3, w, &x, &y, d_v1, d_v2, d_v3, d_w)
            },
        )
        .run();

    let (d, k, classes, b) = (784, 256, 10, 64);
    let (v, w, x) = (numbers.matrix(d, k), numbers.matrix(k, classes), numbers.matrix(b, d));
    let labels: Vec<usize> = (0..b).map(|i| i * 7 % classes).collect();
    let mut work = Classifier {
        hidden: Matrix::zeros(b, k),
        d_hidden: Matrix::zeros(b, k),
        scores: Matrix::zeros(b, classes),
    };
    bench
        .problem(
            format!("softmax {d}-{k}-{classes} B={b}"),
            (Matrix::zeros(d, k), Matrix::zeros(k, classes)),
        )
        .hand(|(d_v, d_w)| {
            classify_by_hand(black_box((&v, &w)), (&x, &labels), (d_v, d_w), &mut work)
        })
        .style(
            "matrix",
            || classify(black_box(&v), black_box(&w), &x, &labels),
            |(d_v, d_w)| classify_grad_add(black_box(&v), black_box(&w), &x, &labels, d_v, d_w),
        )
        .run();
}
