//! A network with one hidden layer over slices, written with loops; the sum over a data set.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

#[differentiable(wrt(v, b, w))]
pub(crate) fn by_index(v: &[Vec<f64>], b: &[f64], w: &[f64], x: &[Vec<f64>], y: &[f64]) -> f64 {
    let mut loss = 0.0;
    for k in 0..x.len() {
        let mut output = 0.0;
        for j in 0..v.len() {
            let mut z = b[j];
            for i in 0..v[j].len() {
                z += v[j][i] * x[k][i];
            }
            let h = 1.0 / (1.0 + (-z).exp());
            output += w[j] * h;
        }
        let residual = output - y[k];
        loss += residual * residual;
    }
    loss
}

#[differentiable]
fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[differentiable]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[differentiable(wrt(v, b, w))]
fn by_iterator(v: &[Vec<f64>], b: &[f64], w: &[f64], x: &[Vec<f64>], y: &[f64]) -> f64 {
    let mut loss = 0.0;
    for (x, y) in x.iter().zip(y) {
        let hidden: Vec<f64> = v.iter().zip(b).map(|(v, b)| sigmoid(dot(v, x) + b)).collect();
        loss += (dot(w, &hidden) - y).powi(2);
    }
    loss
}

/// Each example's reverse right after its forward part; the hidden units are all that is kept.
pub(crate) fn by_hand(
    (v, b, w): (&[Vec<f64>], &[f64], &[f64]),
    (x, y): (&[Vec<f64>], &[f64]),
    (d_v, d_b, d_w): (&mut [Vec<f64>], &mut [f64], &mut [f64]),
) -> f64 {
    let units = v.len();
    let (b, w) = (&b[..units], &w[..units]);
    let (d_v, d_b, d_w) = (&mut d_v[..units], &mut d_b[..units], &mut d_w[..units]);
    let mut hidden = vec![0.0; units];
    let mut loss = 0.0;
    for (x, y) in x.iter().zip(y) {
        let mut output = 0.0;
        for j in 0..units {
            let row = &v[j][..x.len()];
            let mut z = b[j];
            for i in 0..x.len() {
                z += row[i] * x[i];
            }
            hidden[j] = 1.0 / (1.0 + (-z).exp());
            output += w[j] * hidden[j];
        }
        let residual = output - y;
        loss += residual * residual;
        let d_output = 2.0 * residual;
        for j in 0..units {
            let h = hidden[j];
            d_w[j] += d_output * h;
            let d_z = d_output * w[j] * (h * (1.0 - h));
            d_b[j] += d_z;
            let d_row = &mut d_v[j][..x.len()];
            for i in 0..x.len() {
                d_row[i] += d_z * x[i];
            }
        }
    }
    loss
}

pub(crate) fn add(bench: &mut Bench) {
    for (inputs, units, n) in [(16, 32, 100), (64, 128, 20)] {
        let mut numbers = Numbers(3);
        let v = numbers.rows(units, inputs, -0.5, 0.5);
        let (b, w) = (numbers.vec(units, -0.5, 0.5), numbers.vec(units, -0.5, 0.5));
        let (x, y) = (numbers.rows(n, inputs, -1.0, 1.0), numbers.vec(n, -1.0, 1.0));
        let at = || (black_box(&v[..]), black_box(&b[..]), black_box(&w[..]));
        let zero = (vec![vec![0.0; inputs]; units], vec![0.0; units], vec![0.0; units]);
        bench
            .problem(format!("two-layer in loops {inputs},{units} n={n}"), zero)
            .hand(|(d_v, d_b, d_w)| by_hand(at(), (&x, &y), (d_v, d_b, d_w)))
            .style(
                "index",
                || {
                    let (v, b, w) = at();
                    by_index(v, b, w, &x, &y)
                },
                |(d_v, d_b, d_w)| {
                    let (v, b, w) = at();
                    by_index_grad_add(v, b, w, &x, &y, d_v, d_b, d_w)
                },
            )
            .style(
                "iterator",
                || {
                    let (v, b, w) = at();
                    by_iterator(v, b, w, &x, &y)
                },
                |(d_v, d_b, d_w)| {
                    let (v, b, w) = at();
                    by_iterator_grad_add(v, b, w, &x, &y, d_v, d_b, d_w)
                },
            )
            .run();
    }
}
