//! Linear classifiers: logistic regression and the hinge loss over a data set.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

#[differentiable(wrt(w, bias))]
fn logistic_by_index(w: &[f64], bias: f64, x: &[Vec<f64>], y: &[f64], decay: f64) -> f64 {
    let mut loss = 0.0;
    for i in 0..x.len() {
        let mut score = bias;
        for j in 0..w.len() {
            score += w[j] * x[i][j];
        }
        loss += (1.0 + (-y[i] * score).exp()).ln();
    }
    let mut norm = 0.0;
    for j in 0..w.len() {
        norm += w[j] * w[j];
    }
    loss / x.len() as f64 + 0.5 * decay * norm
}

#[differentiable(wrt(w, bias))]
fn logistic_by_iterator(w: &[f64], bias: f64, x: &[Vec<f64>], y: &[f64], decay: f64) -> f64 {
    let loss: f64 = x
        .iter()
        .zip(y)
        .map(|(x, y)| {
            let score = bias + w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
            (-y * score).exp().ln_1p()
        })
        .sum();
    loss / x.len() as f64 + 0.5 * decay * w.iter().map(|w| w * w).sum::<f64>()
}

fn logistic_by_hand(
    (w, bias): (&[f64], f64),
    (x, y): (&[Vec<f64>], &[f64]),
    decay: f64,
    (d_w, d_bias): (&mut [f64], &mut f64),
) -> f64 {
    let n = w.len();
    let d_w = &mut d_w[..n];
    let scale = 1.0 / x.len() as f64;
    let mut loss = 0.0;
    for (x, y) in x.iter().zip(y) {
        let x = &x[..n];
        let mut score = bias;
        for j in 0..n {
            score += w[j] * x[j];
        }
        let e = (-y * score).exp();
        loss += (1.0 + e).ln();
        let d_score = -y * scale * (e / (1.0 + e));
        *d_bias += d_score;
        for j in 0..n {
            d_w[j] += d_score * x[j];
        }
    }
    let mut norm = 0.0;
    for j in 0..n {
        norm += w[j] * w[j];
        d_w[j] += decay * w[j];
    }
    loss * scale + 0.5 * decay * norm
}

#[differentiable(wrt(w))]
fn hinge_by_index(w: &[f64], x: &[Vec<f64>], y: &[f64]) -> f64 {
    let mut loss = 0.0;
    for i in 0..x.len() {
        let mut score = 0.0;
        for j in 0..w.len() {
            score += w[j] * x[i][j];
        }
        let margin = 1.0 - y[i] * score;
        if margin > 0.0 {
            loss += margin;
        }
    }
    loss / x.len() as f64
}

#[differentiable(wrt(w))]
fn hinge_by_iterator(w: &[f64], x: &[Vec<f64>], y: &[f64]) -> f64 {
    let margins = x.iter().zip(y).map(|(x, y)| {
        let score: f64 = w.iter().zip(x).map(|(w, x)| w * x).sum();
        (1.0 - y * score).max(0.0)
    });
    margins.sum::<f64>() / x.len() as f64
}

fn hinge_by_hand(w: &[f64], x: &[Vec<f64>], y: &[f64], d_w: &mut [f64]) -> f64 {
    let n = w.len();
    let d_w = &mut d_w[..n];
    let scale = 1.0 / x.len() as f64;
    let mut loss = 0.0;
    for (x, y) in x.iter().zip(y) {
        let x = &x[..n];
        let mut score = 0.0;
        for j in 0..n {
            score += w[j] * x[j];
        }
        let margin = 1.0 - y * score;
        if margin > 0.0 {
            loss += margin;
            let d_score = -y * scale;
            for j in 0..n {
                d_w[j] += d_score * x[j];
            }
        }
    }
    loss * scale
}

pub(crate) fn add(bench: &mut Bench) {
    for d in [16, 256] {
        let (n, decay, bias) = (1000, 0.01, 0.1);
        let mut numbers = Numbers(2);
        let (w, x) = (numbers.vec(d, -0.5, 0.5), numbers.rows(n, d, -1.0, 1.0));
        let y: Vec<f64> = (0..n).map(|_| numbers.next(-1.0, 1.0).signum()).collect();
        let data = || (black_box(&w[..]), black_box(&x[..]), black_box(&y[..]));
        bench
            .problem(format!("logistic regression d={d} n={n}"), (vec![0.0; d], 0.0))
            .hand(|(d_w, d_bias)| {
                let (w, x, y) = data();
                logistic_by_hand((w, bias), (x, y), decay, (d_w, d_bias))
            })
            .style(
                "index",
                || {
                    let (w, x, y) = data();
                    logistic_by_index(w, bias, x, y, decay)
                },
                |(d_w, d_bias)| {
                    let (w, x, y) = data();
                    logistic_by_index_grad_add(w, bias, x, y, decay, d_w, d_bias)
                },
            )
            .style(
                "iterator",
                || {
                    let (w, x, y) = data();
                    logistic_by_iterator(w, bias, x, y, decay)
                },
                |(d_w, d_bias)| {
                    let (w, x, y) = data();
                    logistic_by_iterator_grad_add(w, bias, x, y, decay, d_w, d_bias)
                },
            )
            .run();
        bench
            .problem(format!("hinge d={d} n={n}"), vec![0.0; d])
            .hand(|d_w| {
                let (w, x, y) = data();
                hinge_by_hand(w, x, y, d_w)
            })
            .style(
                "index",
                || {
                    let (w, x, y) = data();
                    hinge_by_index(w, x, y)
                },
                |d_w| {
                    let (w, x, y) = data();
                    hinge_by_index_grad_add(w, x, y, d_w)
                },
            )
            .style(
                "iterator",
                || {
                    let (w, x, y) = data();
                    hinge_by_iterator(w, x, y)
                },
                |d_w| {
                    let (w, x, y) = data();
                    hinge_by_iterator_grad_add(w, x, y, d_w)
                },
            )
            .run();
    }
}
