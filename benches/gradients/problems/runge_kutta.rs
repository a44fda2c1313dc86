//! Fitting the parameters of an ordinary differential equation (Lotka and Volterra's), integrated by
//! the classical method of Runge and Kutta.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

#[differentiable]
fn rates(y: &[f64; 2], p: &[f64; 4]) -> [f64; 2] {
    [y[0] * (p[0] - p[1] * y[1]), y[1] * (p[2] * y[0] - p[3])]
}

#[differentiable(wrt(y, p))]
fn step(y: &[f64; 2], p: &[f64; 4], h: f64) -> [f64; 2] {
    let k1 = rates(y, p);
    let k2 = rates(&[y[0] + 0.5 * h * k1[0], y[1] + 0.5 * h * k1[1]], p);
    let k3 = rates(&[y[0] + 0.5 * h * k2[0], y[1] + 0.5 * h * k2[1]], p);
    let k4 = rates(&[y[0] + h * k3[0], y[1] + h * k3[1]], p);
    [
        y[0] + h / 6.0 * (k1[0] + 2.0 * k2[0] + 2.0 * k3[0] + k4[0]),
        y[1] + h / 6.0 * (k1[1] + 2.0 * k2[1] + 2.0 * k3[1] + k4[1]),
    ]
}

/// The squared distance of the trajectory from measurements, which are `substeps` steps apart.
#[differentiable(wrt(start, p))]
fn with_helpers(
    start: &[f64; 2],
    p: &[f64; 4],
    h: f64,
    substeps: usize,
    measured: &[[f64; 2]],
) -> f64 {
    let mut y = *start;
    let mut error = 0.0;
    for m in measured {
        for _ in 0..substeps {
            y = step(&y, p, h);
        }
        error += (y[0] - m[0]).powi(2) + (y[1] - m[1]).powi(2);
    }
    error
}

#[differentiable(wrt(start, p))]
fn by_index(start: &[f64; 2], p: &[f64; 4], h: f64, substeps: usize, measured: &[[f64; 2]]) -> f64 {
    let mut y = [start[0], start[1]];
    let mut k = [[0.0; 2]; 4];
    let mut error = 0.0;
    for i in 0..measured.len() {
        for _ in 0..substeps {
            for s in 0..4 {
                let factor = if s == 0 {
                    0.0
                } else if s == 3 {
                    h
                } else {
                    0.5 * h
                };
                let mut z = y;
                if s > 0 {
                    for c in 0..2 {
                        z[c] += factor * k[s - 1][c];
                    }
                }
                k[s][0] = z[0] * (p[0] - p[1] * z[1]);
                k[s][1] = z[1] * (p[2] * z[0] - p[3]);
            }
            for c in 0..2 {
                y[c] += h / 6.0 * (k[0][c] + 2.0 * k[1][c] + 2.0 * k[2][c] + k[3][c]);
            }
        }
        for c in 0..2 {
            error += (y[c] - measured[i][c]) * (y[c] - measured[i][c]);
        }
    }
    error
}

/// Each step's state is kept, and its stages are computed again.
fn by_hand(
    (start, p): (&[f64; 2], &[f64; 4]),
    h: f64,
    substeps: usize,
    measured: &[[f64; 2]],
    (d_start, d_p): (&mut [f64; 2], &mut [f64; 4]),
) -> f64 {
    let rates = |y: [f64; 2]| [y[0] * (p[0] - p[1] * y[1]), y[1] * (p[2] * y[0] - p[3])];
    let along = |y: [f64; 2], h: f64, k: [f64; 2]| [y[0] + h * k[0], y[1] + h * k[1]];
    let mut states = vec![[0.0; 2]; measured.len() * substeps];
    let mut ends = vec![[0.0; 2]; measured.len()];
    let mut y = *start;
    let mut error = 0.0;
    for ((m, end), states) in measured.iter().zip(&mut ends).zip(states.chunks_exact_mut(substeps))
    {
        for state in states {
            *state = y;
            let k1 = rates(y);
            let k2 = rates(along(y, 0.5 * h, k1));
            let k3 = rates(along(y, 0.5 * h, k2));
            let k4 = rates(along(y, h, k3));
            for c in 0..2 {
                y[c] += h / 6.0 * (k1[c] + 2.0 * k2[c] + 2.0 * k3[c] + k4[c]);
            }
        }
        *end = [y[0] - m[0], y[1] - m[1]];
        error += end[0] * end[0] + end[1] * end[1];
    }
    let (mut d_y, mut d_q) = ([0.0; 2], [0.0; 4]);
    let mut reverse = |y: [f64; 2], d: [f64; 2]| {
        let (a, b) = (d[0] * y[0], d[1] * y[1]);
        d_q[0] += a;
        d_q[1] -= a * y[1];
        d_q[2] += b * y[0];
        d_q[3] -= b;
        [d[0] * (p[0] - p[1] * y[1]) + b * p[2], d[1] * (p[2] * y[0] - p[3]) - a * p[1]]
    };
    for (end, states) in ends.iter().zip(states.chunks_exact(substeps)).rev() {
        d_y[0] += 2.0 * end[0];
        d_y[1] += 2.0 * end[1];
        for &y in states.iter().rev() {
            let k1 = rates(y);
            let y2 = along(y, 0.5 * h, k1);
            let y3 = along(y, 0.5 * h, rates(y2));
            let y4 = along(y, h, rates(y3));
            let sixth = [h / 6.0 * d_y[0], h / 6.0 * d_y[1]];
            let d_4 = reverse(y4, sixth);
            let d_3 = reverse(y3, along([2.0 * sixth[0], 2.0 * sixth[1]], h, d_4));
            let d_2 = reverse(y2, along([2.0 * sixth[0], 2.0 * sixth[1]], 0.5 * h, d_3));
            let d_1 = reverse(y, along(sixth, 0.5 * h, d_2));
            for c in 0..2 {
                d_y[c] += d_1[c] + d_2[c] + d_3[c] + d_4[c];
            }
        }
    }
    for c in 0..2 {
        d_start[c] += d_y[c];
    }
    for c in 0..4 {
        d_p[c] += d_q[c];
    }
    error
}

pub(crate) fn add(bench: &mut Bench) {
    let (n, substeps, h) = (100, 10, 0.01);
    let mut numbers = Numbers(9);
    let measured: Vec<[f64; 2]> =
        (0..n).map(|_| [numbers.next(0.5, 1.5), numbers.next(0.5, 1.5)]).collect();
    let (start, p) = ([1.0, 0.8], [1.1, 0.9, 0.8, 1.2]);
    bench
        .problem(format!("RK4 fit n={n} substeps={substeps}"), ([0.0; 2], [0.0; 4]))
        .hand(|(d_start, d_p)| {
            by_hand(black_box((&start, &p)), h, substeps, &measured, (d_start, d_p))
        })
        .style(
            "helpers",
            || with_helpers(black_box(&start), black_box(&p), h, substeps, &measured),
            |(d_start, d_p)| {
                let (start, p) = black_box((&start, &p));
                with_helpers_grad_add(start, p, h, substeps, &measured, d_start, d_p)
            },
        )
        .style(
            "index",
            || by_index(black_box(&start), black_box(&p), h, substeps, &measured),
            |(d_start, d_p)| {
                let (start, p) = black_box((&start, &p));
                by_index_grad_add(start, p, h, substeps, &measured, d_start, d_p)
            },
        )
        .run();
}
