//! The log-likelihood of measured positions under a Kalman filter with constant velocity, by the
//! variances of its noise.

use std::f64::consts::PI;
use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

/// The covariance is symmetric: three numbers.
#[differentiable(wrt(q, r, velocity))]
fn in_scalars(q: f64, r: f64, velocity: f64, dt: f64, measured: &[f64]) -> f64 {
    let mut x = measured[0];
    let mut v = velocity;
    let (mut p00, mut p01, mut p11) = (r, 0.0, 1.0);
    let mut loss = 0.0;
    for z in measured {
        x += dt * v;
        p00 += dt * (2.0 * p01 + dt * p11) + q * dt * dt * dt / 3.0;
        p01 += dt * p11 + q * dt * dt / 2.0;
        p11 += q * dt;
        let s = p00 + r;
        let residual = z - x;
        loss += 0.5 * (residual * residual / s + (2.0 * PI * s).ln());
        let k0 = p00 / s;
        let k1 = p01 / s;
        x += k0 * residual;
        v += k1 * residual;
        p11 -= k1 * p01;
        p01 -= k0 * p01;
        p00 -= k0 * p00;
    }
    loss
}

type Matrix2 = [[f64; 2]; 2];

#[differentiable]
fn multiply(a: &[[f64; 2]; 2], b: &[[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let mut c = [[0.0; 2]; 2];
    for i in 0..2 {
        for j in 0..2 {
            for k in 0..2 {
                c[i][j] += a[i][k] * b[k][j];
            }
        }
    }
    c
}

#[differentiable(wrt(q, r, velocity))]
fn in_matrices(q: f64, r: f64, velocity: f64, dt: f64, measured: &[f64]) -> f64 {
    let f: Matrix2 = [[1.0, dt], [0.0, 1.0]];
    let f_transposed: Matrix2 = [[1.0, 0.0], [dt, 1.0]];
    let noise = [[q * dt * dt * dt / 3.0, q * dt * dt / 2.0], [q * dt * dt / 2.0, q * dt]];
    let mut x = [measured[0], velocity];
    let mut p = [[r, 0.0], [0.0, 1.0]];
    let mut loss = 0.0;
    for z in measured {
        x = [x[0] + dt * x[1], x[1]];
        let fp = multiply(&f, &p);
        p = multiply(&fp, &f_transposed);
        for i in 0..2 {
            for j in 0..2 {
                p[i][j] += noise[i][j];
            }
        }
        let s = p[0][0] + r;
        let residual = z - x[0];
        loss += 0.5 * (residual * residual / s + (2.0 * PI * s).ln());
        let gain = [p[0][0] / s, p[1][0] / s];
        for i in 0..2 {
            x[i] += gain[i] * residual;
        }
        let row = p[0];
        for i in 0..2 {
            for j in 0..2 {
                p[i][j] -= gain[i] * row[j];
            }
        }
    }
    loss
}

/// What the reverse of a step reads: the predicted covariance, the residual and 1 / s.
#[derive(Clone, Copy, Default)]
struct Step {
    p00: f64,
    p01: f64,
    residual: f64,
    inverse: f64,
}

fn by_hand(
    (q, r, velocity): (f64, f64, f64),
    dt: f64,
    measured: &[f64],
    (d_q, d_r, d_velocity): (&mut f64, &mut f64, &mut f64),
) -> f64 {
    let mut steps = vec![Step::default(); measured.len()];
    let (mut x, mut v) = (measured[0], velocity);
    let (mut p00, mut p01, mut p11) = (r, 0.0, 1.0);
    let (q0, q1, q2) = (dt * dt * dt / 3.0, dt * dt / 2.0, dt);
    let mut loss = 0.0;
    for (z, step) in measured.iter().zip(&mut steps) {
        x += dt * v;
        p00 += dt * (2.0 * p01 + dt * p11) + q * q0;
        p01 += dt * p11 + q * q1;
        p11 += q * q2;
        let s = p00 + r;
        let inverse = 1.0 / s;
        let residual = z - x;
        *step = Step { p00, p01, residual, inverse };
        loss += 0.5 * (residual * residual * inverse + (2.0 * PI * s).ln());
        let (k0, k1) = (p00 * inverse, p01 * inverse);
        x += k0 * residual;
        v += k1 * residual;
        p11 -= k1 * p01;
        p01 -= k0 * p01;
        p00 -= k0 * p00;
    }
    let (mut d_x, mut d_v) = (0.0, 0.0);
    let (mut d_p00, mut d_p01, mut d_p11) = (0.0, 0.0, 0.0);
    let (mut sum_q, mut sum_r) = (0.0, 0.0);
    for &Step { p00, p01, residual, inverse } in steps.iter().rev() {
        let (k0, k1) = (p00 * inverse, p01 * inverse);
        let d_k0 = d_x * residual - d_p01 * p01 - d_p00 * p00;
        let d_k1 = d_v * residual - d_p11 * p01;
        let d_residual = d_x * k0 + d_v * k1 + residual * inverse;
        let scaled = residual * inverse;
        let d_s = 0.5 * (inverse - scaled * scaled) - (d_k0 * k0 + d_k1 * k1) * inverse;
        sum_r += d_s;
        d_p00 = d_p00 * (1.0 - k0) + d_k0 * inverse + d_s;
        d_p01 = d_p01 * (1.0 - k0) + d_k1 * inverse - d_p11 * k1;
        d_x -= d_residual;
        sum_q += d_p00 * q0 + d_p01 * q1 + d_p11 * q2;
        d_p11 += dt * (d_p01 + dt * d_p00);
        d_p01 += 2.0 * dt * d_p00;
        d_v += dt * d_x;
    }
    *d_q += sum_q;
    *d_r += sum_r + d_p00;
    *d_velocity += d_v;
    loss
}

pub(crate) fn add(bench: &mut Bench) {
    let (n, dt) = (1000, 0.1);
    let mut numbers = Numbers(11);
    let measured: Vec<f64> = (0..n).map(|i| 0.05 * i as f64 + numbers.next(-0.5, 0.5)).collect();
    let (q, r, velocity) = (0.3, 0.2, 0.5);
    bench
        .problem(format!("Kalman filter n={n}"), (0.0, 0.0, 0.0))
        .tolerance(1e-8)
        .hand(|(d_q, d_r, d_v)| {
            by_hand(black_box((q, r, velocity)), dt, &measured, (d_q, d_r, d_v))
        })
        .style(
            "scalars",
            || in_scalars(black_box(q), r, velocity, dt, &measured),
            |(d_q, d_r, d_v)| {
                in_scalars_grad_add(black_box(q), r, velocity, dt, &measured, d_q, d_r, d_v)
            },
        )
        .style(
            "matrices",
            || in_matrices(black_box(q), r, velocity, dt, &measured),
            |(d_q, d_r, d_v)| {
                in_matrices_grad_add(black_box(q), r, velocity, dt, &measured, d_q, d_r, d_v)
            },
        )
        .run();
}
