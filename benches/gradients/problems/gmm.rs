//! The log-likelihood of a Gaussian mixture model, with a Wishart prior (ADBench's GMM).
//!
//! The inverse covariance factors `icf[k]` hold d logarithms of a diagonal, then the part below it,
//! column by column.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

#[differentiable(wrt(alphas, means, icf))]
fn by_index(
    alphas: &[f64],
    means: &[Vec<f64>],
    icf: &[Vec<f64>],
    x: &[Vec<f64>],
    gamma: f64,
    m: f64,
) -> f64 {
    let (k, d, n) = (alphas.len(), means[0].len(), x.len());
    let mut q_diag = vec![vec![0.0; d]; k];
    let mut sum_q = vec![0.0; k];
    for c in 0..k {
        for i in 0..d {
            q_diag[c][i] = icf[c][i].exp();
            sum_q[c] += icf[c][i];
        }
    }
    let mut total = 0.0;
    let mut centered = vec![0.0; d];
    let mut qx = vec![0.0; d];
    let mut terms = vec![0.0; k];
    for p in 0..n {
        for c in 0..k {
            for i in 0..d {
                centered[i] = x[p][i] - means[c][i];
                qx[i] = q_diag[c][i] * centered[i];
            }
            let mut l = d;
            for j in 0..d {
                for i in j + 1..d {
                    qx[i] += icf[c][l] * centered[j];
                    l += 1;
                }
            }
            let mut square = 0.0;
            for i in 0..d {
                square += qx[i] * qx[i];
            }
            terms[c] = alphas[c] + sum_q[c] - 0.5 * square;
        }
        let mut largest = terms[0];
        for c in 1..k {
            if terms[c] > largest {
                largest = terms[c];
            }
        }
        let mut sum = 0.0;
        for c in 0..k {
            sum += (terms[c] - largest).exp();
        }
        total += largest + sum.ln();
    }
    let mut sum = 0.0;
    for c in 0..k {
        sum += alphas[c].exp();
    }
    total -= n as f64 * sum.ln();
    let mut prior = 0.0;
    for c in 0..k {
        let mut squares = 0.0;
        for i in 0..d {
            squares += q_diag[c][i] * q_diag[c][i];
        }
        for l in d..icf[c].len() {
            squares += icf[c][l] * icf[c][l];
        }
        prior += 0.5 * gamma * gamma * squares - m * sum_q[c];
    }
    total + prior
}

#[differentiable]
fn log_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + terms.iter().map(|t| (t - largest).exp()).sum::<f64>().ln()
}

/// ‖L (x - μ)‖²
#[differentiable(wrt(mean, diag, below))]
fn squared_distance(x: &[f64], mean: &[f64], diag: &[f64], below: &[f64]) -> f64 {
    let d = x.len();
    let centered: Vec<f64> = x.iter().zip(mean).map(|(x, m)| x - m).collect();
    let mut qx: Vec<f64> = diag.iter().zip(&centered).map(|(q, c)| q * c).collect();
    let mut start = 0;
    for (j, c) in centered.iter().enumerate() {
        let column = &below[start..start + d - j - 1];
        for (qx, l) in qx[j + 1..].iter_mut().zip(column) {
            *qx += l * c;
        }
        start += d - j - 1;
    }
    qx.iter().map(|q| q * q).sum()
}

#[differentiable(wrt(alphas, means, icf))]
fn by_iterator(
    alphas: &[f64],
    means: &[Vec<f64>],
    icf: &[Vec<f64>],
    x: &[Vec<f64>],
    gamma: f64,
    m: f64,
) -> f64 {
    let d = means[0].len();
    let q_diag: Vec<Vec<f64>> =
        icf.iter().map(|l| l[..d].iter().map(|q| q.exp()).collect()).collect();
    let sum_q: Vec<f64> = icf.iter().map(|l| l[..d].iter().sum()).collect();
    let mut total = 0.0;
    for x in x {
        let terms: Vec<f64> = (0..alphas.len())
            .map(|c| {
                let distance = squared_distance(x, &means[c], &q_diag[c], &icf[c][d..]);
                alphas[c] + sum_q[c] - 0.5 * distance
            })
            .collect();
        total += log_sum_exp(&terms);
    }
    total -= x.len() as f64 * log_sum_exp(alphas);
    let prior: f64 = (0..alphas.len())
        .map(|c| {
            let diagonal: f64 = q_diag[c].iter().map(|q| q * q).sum();
            let below: f64 = icf[c][d..].iter().map(|l| l * l).sum();
            0.5 * gamma * gamma * (diagonal + below) - m * sum_q[c]
        })
        .sum();
    total + prior
}

/// Each point's reverse right after its forward part, which leaves x - μ and L (x - μ) of every
/// component behind; the factors' columns are read once in each direction.
fn by_hand(
    (alphas, means, icf): (&[f64], &[Vec<f64>], &[Vec<f64>]),
    x: &[Vec<f64>],
    gamma: f64,
    m: f64,
    (d_alphas, d_means, d_icf): (&mut [f64], &mut [Vec<f64>], &mut [Vec<f64>]),
) -> f64 {
    let (k, d, n) = (alphas.len(), means[0].len(), x.len());
    let (means, icf) = (&means[..k], &icf[..k]);
    let (d_alphas, d_means, d_icf) = (&mut d_alphas[..k], &mut d_means[..k], &mut d_icf[..k]);
    let mut q_diag = vec![0.0; k * d];
    let mut sum_q = vec![0.0; k];
    for c in 0..k {
        for i in 0..d {
            q_diag[c * d + i] = icf[c][i].exp();
            sum_q[c] += icf[c][i];
        }
    }
    let mut d_diag = vec![0.0; k * d];
    let mut d_sum_q = vec![0.0; k];
    let mut centered = vec![0.0; k * d];
    let mut qx = vec![0.0; k * d];
    let mut terms = vec![0.0; k];
    let mut total = 0.0;
    for x in x {
        let x = &x[..d];
        for c in 0..k {
            let (mean, q) = (&means[c][..d], &q_diag[c * d..(c + 1) * d]);
            let centered = &mut centered[c * d..(c + 1) * d];
            let qx = &mut qx[c * d..(c + 1) * d];
            for i in 0..d {
                centered[i] = x[i] - mean[i];
                qx[i] = q[i] * centered[i];
            }
            let mut below = &icf[c][d..];
            for j in 0..d {
                let (column, rest) = below.split_at(d - j - 1);
                let factor = centered[j];
                for (qx, l) in qx[j + 1..].iter_mut().zip(column) {
                    *qx += l * factor;
                }
                below = rest;
            }
            let mut square = 0.0;
            for q in qx {
                square += *q * *q;
            }
            terms[c] = alphas[c] + sum_q[c] - 0.5 * square;
        }
        let mut largest = terms[0];
        for &t in &terms[1..] {
            if t > largest {
                largest = t;
            }
        }
        let mut sum = 0.0;
        for t in &mut terms {
            *t = (*t - largest).exp();
            sum += *t;
        }
        total += largest + sum.ln();

        let inverse = 1.0 / sum;
        for c in 0..k {
            let weight = terms[c] * inverse;
            d_alphas[c] += weight;
            d_sum_q[c] += weight;
            let centered = &centered[c * d..(c + 1) * d];
            // From here on the adjoint of L (x - μ).
            let qx = &mut qx[c * d..(c + 1) * d];
            for q in &mut *qx {
                *q *= -weight;
            }
            let (q, d_q) = (&q_diag[c * d..(c + 1) * d], &mut d_diag[c * d..(c + 1) * d]);
            let d_mean = &mut d_means[c][..d];
            for i in 0..d {
                d_q[i] += qx[i] * centered[i];
                d_mean[i] -= q[i] * qx[i];
            }
            let (mut below, mut d_below) = (&icf[c][d..], &mut d_icf[c][d..]);
            for j in 0..d {
                let (column, rest) = below.split_at(d - j - 1);
                let (d_column, d_rest) = d_below.split_at_mut(d - j - 1);
                d_mean[j] -= dot_and_axpy(column, &qx[j + 1..], centered[j], d_column);
                (below, d_below) = (rest, d_rest);
            }
        }
    }
    let sum: f64 = alphas.iter().map(|a| a.exp()).sum();
    total -= n as f64 * sum.ln();
    let scale = n as f64 / sum;
    let mut prior = 0.0;
    for c in 0..k {
        d_alphas[c] -= scale * alphas[c].exp();
        let d_icf = &mut d_icf[c][..icf[c].len()];
        let mut squares = 0.0;
        for i in 0..d {
            let q = q_diag[c * d + i];
            squares += q * q;
            d_icf[i] += (d_diag[c * d + i] + gamma * gamma * q) * q + d_sum_q[c] - m;
        }
        for l in d..icf[c].len() {
            squares += icf[c][l] * icf[c][l];
            d_icf[l] += gamma * gamma * icf[c][l];
        }
        prior += 0.5 * gamma * gamma * squares - m * sum_q[c];
    }
    total + prior
}

/// Returns `column · d`, and adds `factor * d` to `d_column`.
fn dot_and_axpy(column: &[f64], d: &[f64], factor: f64, d_column: &mut [f64]) -> f64 {
    let (column, columns) = column.as_chunks::<4>();
    let (d, ds) = d.as_chunks::<4>();
    let (d_column, d_columns) = d_column.as_chunks_mut::<4>();
    let mut sums = [0.0; 4];
    for ((column, d), d_column) in column.iter().zip(d).zip(d_column) {
        for i in 0..4 {
            sums[i] += column[i] * d[i];
            d_column[i] += factor * d[i];
        }
    }
    let mut sum = (sums[0] + sums[2]) + (sums[1] + sums[3]);
    for ((column, d), d_column) in columns.iter().zip(ds).zip(d_columns) {
        sum += column * d;
        *d_column += factor * d;
    }
    sum
}

pub(crate) fn add(bench: &mut Bench) {
    for (d, k, n) in [(10, 25, 1000), (20, 50, 1000), (64, 25, 1000)] {
        let mut numbers = Numbers(5);
        let alphas = numbers.vec(k, -1.0, 1.0);
        let means = numbers.rows(k, d, 0.0, 1.0);
        // Points lie near several components, as in data; the sums over them are no lookups.
        let scale = 1.0 / (d as f64).sqrt();
        let icf = numbers.rows(k, d * (d + 1) / 2, -scale, scale);
        let x = numbers.rows(n, d, 0.0, 1.0);
        let (gamma, m) = (1.0, 0.5);
        let at = || (black_box(&alphas[..]), black_box(&means[..]), black_box(&icf[..]));
        let zero = (vec![0.0; k], vec![vec![0.0; d]; k], vec![vec![0.0; d * (d + 1) / 2]; k]);
        bench
            .problem(format!("GMM d={d} K={k} n={n}"), zero)
            .hand(|(d_a, d_m, d_l)| by_hand(at(), &x, gamma, m, (d_a, d_m, d_l)))
            .style(
                "index",
                || {
                    let (alphas, means, icf) = at();
                    by_index(alphas, means, icf, &x, gamma, m)
                },
                |(d_a, d_m, d_l)| {
                    let (alphas, means, icf) = at();
                    by_index_grad_add(alphas, means, icf, &x, gamma, m, d_a, d_m, d_l)
                },
            )
            .style(
                "iterator",
                || {
                    let (alphas, means, icf) = at();
                    by_iterator(alphas, means, icf, &x, gamma, m)
                },
                |(d_a, d_m, d_l)| {
                    let (alphas, means, icf) = at();
                    by_iterator_grad_add(alphas, means, icf, &x, gamma, m, d_a, d_m, d_l)
                },
            )
            .run();
    }
}
