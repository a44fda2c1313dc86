//! Numerical programs that overwrite arrays as they go.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

fn data(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.7 + 0.5 * (1.3 * i as f64).sin()).collect()
}

/// A symmetric positive definite matrix.
fn positive_definite(n: usize) -> Vec<Vec<f64>> {
    let entry = |i: usize, j: usize| {
        let off = 0.3 * ((i + j) as f64).cos();
        if i == j { 2.0 + off } else { off }
    };
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

#[differentiable(jvp)]
fn running_product(mut a: Vec<f64>) -> f64 {
    for i in 1..a.len() {
        a[i] *= a[i - 1];
    }
    let mut sum = 0.0;
    for x in &a {
        sum += x;
    }
    sum
}

#[differentiable(jvp)]
fn cumulative(xs: &[f64]) -> f64 {
    let mut sums = xs.to_vec();
    for i in 1..sums.len() {
        sums[i] += sums[i - 1];
    }
    let mut total = 0.0;
    for (s, x) in sums.iter().zip(xs) {
        total += s * s * x;
    }
    total
}

#[differentiable(jvp)]
fn scaled_in_place(xs: &[f64], scale: f64) -> f64 {
    let mut ys = xs.to_vec();
    for y in ys.iter_mut() {
        *y *= scale;
        *y += y.sin();
    }
    for y in &mut ys {
        *y = *y * *y;
    }
    let mut total = 0.0;
    for i in 0..ys.len() {
        total += ys[i] * xs[i];
    }
    total
}

#[differentiable(jvp)]
fn reused_buffer(xs: &[f64], rounds: usize) -> f64 {
    let n = xs.len();
    let mut work = vec![0.0; n];
    let mut total = 0.0;
    for r in 0..rounds {
        for i in 0..n {
            work[i] = xs[i] * xs[(i + r) % n];
        }
        let mut acc = [0.0; 3];
        for i in 0..n {
            acc[i % 3] += work[i];
        }
        total += acc[0] * acc[1] + acc[2];
    }
    total + work[0]
}

#[test]
fn in_place() {
    assert_eq!(running_product_grad(vec![2.0, 3.0, 4.0]), (32.0, vec![16.0, 10.0, 6.0]));
    for n in [1, 2, 5] {
        check!(running_product, running_product_grad, running_product_grad_add, running_product_vjp, running_product_jvp; a: data(n));
        check!(cumulative, cumulative_grad, cumulative_grad_add, cumulative_vjp, cumulative_jvp; xs: &data(n));
        check!(scaled_in_place, scaled_in_place_grad, scaled_in_place_grad_add, scaled_in_place_vjp, scaled_in_place_jvp; xs: &data(n), scale: 0.4);
        check!(reused_buffer, reused_buffer_grad, reused_buffer_grad_add, reused_buffer_vjp, reused_buffer_jvp; xs: &data(n), r: const 0);
        check!(reused_buffer, reused_buffer_grad, reused_buffer_grad_add, reused_buffer_vjp, reused_buffer_jvp; xs: &data(n), r: const 3);
    }
    check!(running_product, running_product_grad, running_product_grad_add, running_product_vjp, running_product_jvp; a: Vec::<f64>::new());
}

#[differentiable(jvp)]
fn heat(initial: &[f64], conductivity: f64, steps: usize) -> f64 {
    let mut u = initial.to_vec();
    for _ in 0..steps {
        let old = u.clone();
        for i in 1..u.len() - 1 {
            u[i] += conductivity * (old[i - 1] - 2.0 * old[i] + old[i + 1]);
        }
    }
    let mut energy = 0.0;
    for x in u.iter() {
        energy += x * x;
    }
    energy
}

#[differentiable(jvp)]
fn burgers(initial: &[f64], steps: usize) -> f64 {
    let n = initial.len();
    let mut u = initial.to_vec();
    let mut next = vec![0.0; n];
    for _ in 0..steps {
        for i in 0..n {
            let left = u[(i + n - 1) % n];
            next[i] = u[i] - 0.1 * u[i] * (u[i] - left);
        }
        for i in 0..n {
            u[i] = next[i];
        }
    }
    u[0] * u[n / 2]
}

#[differentiable(jvp)]
fn rk4(theta: f64, omega: f64, damping: f64, steps: usize) -> f64 {
    let h = 0.05;
    let mut y = [theta, omega];
    for _ in 0..steps {
        let k1 = [y[1], -y[0].sin() - damping * y[1]];
        let y2 = [y[0] + 0.5 * h * k1[0], y[1] + 0.5 * h * k1[1]];
        let k2 = [y2[1], -y2[0].sin() - damping * y2[1]];
        let y3 = [y[0] + 0.5 * h * k2[0], y[1] + 0.5 * h * k2[1]];
        let k3 = [y3[1], -y3[0].sin() - damping * y3[1]];
        let y4 = [y[0] + h * k3[0], y[1] + h * k3[1]];
        let k4 = [y4[1], -y4[0].sin() - damping * y4[1]];
        for i in 0..2 {
            y[i] += h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
        }
    }
    y[0] * y[0] + 0.5 * y[1]
}

#[differentiable(jvp)]
fn three_bodies(positions: &[[f64; 2]; 3], velocities: &[[f64; 2]; 3], steps: usize) -> f64 {
    let mut p = *positions;
    let mut v = velocities.clone();
    for _ in 0..steps {
        for i in 0..3 {
            for j in 0..3 {
                if i == j {
                    continue;
                }
                let d = [p[j][0] - p[i][0], p[j][1] - p[i][1]];
                let r2 = d[0] * d[0] + d[1] * d[1] + 0.01;
                let strength = 0.01 / (r2 * r2.sqrt());
                for k in 0..2 {
                    v[i][k] += strength * d[k];
                }
            }
        }
        for i in 0..3 {
            for k in 0..2 {
                p[i][k] += 0.01 * v[i][k];
            }
        }
    }
    p[0][0] * p[1][1] + p[2][0]
}

#[test]
fn time_stepping() {
    for steps in [0, 1, 4] {
        check!(heat, heat_grad, heat_grad_add, heat_vjp, heat_jvp; u: &data(6), c: 0.2, s: const steps);
        check!(burgers, burgers_grad, burgers_grad_add, burgers_vjp, burgers_jvp; u: &data(5), s: const steps);
        check!(rk4, rk4_grad, rk4_grad_add, rk4_vjp, rk4_jvp; theta: 0.9, omega: -0.2, damping: 0.1, s: const steps);
        check!(three_bodies, three_bodies_grad, three_bodies_grad_add, three_bodies_vjp, three_bodies_jvp; p: &[[0.0, 0.1], [1.0, -0.2], [0.3, 0.9]],
            v: &[[0.0, 0.4], [0.2, -0.1], [0.0, 0.0]], s: const steps
        );
    }
}

#[differentiable(jvp)]
fn matrix_product(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let (n, m, l) = (a.len(), b[0].len(), b.len());
    let mut c = vec![vec![0.0; m]; n];
    for i in 0..n {
        for j in 0..m {
            let mut s = 0.0;
            for k in 0..l {
                s += a[i][k] * b[k][j];
            }
            c[i][j] = s;
        }
    }
    let mut total = 0.0;
    for i in 0..n {
        for j in 0..m {
            total += c[i][j] * c[i][j] * (i + 1) as f64;
        }
    }
    total
}

#[differentiable(jvp)]
fn flat_product(a: &[f64], b: &[f64], n: usize) -> f64 {
    let mut c = vec![0.0; n * n];
    for i in 0..n {
        for k in 0..n {
            let x = a[i * n + k];
            for j in 0..n {
                c[i * n + j] += x * b[k * n + j];
            }
        }
    }
    let mut trace = 0.0;
    for i in 0..n {
        trace += c[i * n + i] * c[i * n];
    }
    trace
}

#[differentiable(jvp)]
fn log_determinant(matrix: &[Vec<f64>]) -> f64 {
    let n = matrix.len();
    let mut l = vec![vec![0.0; n]; n];
    let mut sum = 0.0;
    for i in 0..n {
        for j in 0..=i {
            let mut s = matrix[i][j];
            for k in 0..j {
                s -= l[i][k] * l[j][k];
            }
            if i == j {
                l[i][j] = s.sqrt();
                sum += l[i][i].ln();
            } else {
                l[i][j] = s / l[j][j];
            }
        }
    }
    2.0 * sum
}

#[differentiable(jvp)]
fn solve(matrix: &[Vec<f64>], rhs: &[f64]) -> Vec<f64> {
    let n = rhs.len();
    let mut a = matrix.to_vec();
    let mut x = rhs.to_vec();
    for k in 0..n {
        for i in (k + 1)..n {
            let factor = a[i][k] / a[k][k];
            for j in k..n {
                a[i][j] -= factor * a[k][j];
            }
            x[i] -= factor * x[k];
        }
    }
    for i in (0..n).rev() {
        for j in (i + 1)..n {
            x[i] -= a[i][j] * x[j];
        }
        x[i] /= a[i][i];
    }
    x
}

#[differentiable(jvp)]
fn tridiagonal(lower: &[f64], diagonal: &[f64], upper: &[f64], rhs: &[f64]) -> f64 {
    let n = rhs.len();
    let mut c = vec![0.0; n];
    let mut d = vec![0.0; n];
    c[0] = upper[0] / diagonal[0];
    d[0] = rhs[0] / diagonal[0];
    for i in 1..n {
        let m = diagonal[i] - lower[i] * c[i - 1];
        c[i] = upper[i] / m;
        d[i] = (rhs[i] - lower[i] * d[i - 1]) / m;
    }
    let mut x = d.clone();
    for i in (0..n - 1).rev() {
        x[i] = d[i] - c[i] * x[i + 1];
    }
    x[0] * x[n - 1]
}

#[test]
fn factorisations() {
    for n in [1, 2, 4] {
        let a = positive_definite(n);
        check!(matrix_product, matrix_product_grad, matrix_product_grad_add, matrix_product_vjp, matrix_product_jvp; a: &a, b: &a);
        check!(log_determinant, log_determinant_grad, log_determinant_grad_add, log_determinant_vjp, log_determinant_jvp; m: &a);
        check!(flat_product, flat_product_grad, flat_product_grad_add, flat_product_vjp, flat_product_jvp; a: &data(n * n), b: &data(n * n), n: const n);
        let wide: Vec<f64> = data(n).iter().map(|x| x + 3.0).collect();
        check!(tridiagonal, tridiagonal_grad, tridiagonal_grad_add, tridiagonal_vjp, tridiagonal_jvp; l: &data(n), d: &wide, u: &data(n), r: &data(n));
        assert_pullback(
            &(a, data(n)),
            |(a, b)| solve(a, b),
            |(a, b), d_x| {
                let (x, pullback) = solve_vjp(a, b);
                (x, pullback(d_x))
            },
            |(a, b), (t_a, t_b)| solve_jvp(a, b, t_a, t_b),
        );
    }
}

#[differentiable(jvp, wrt(x, y))]
fn soft_alignment(x: &[f64], y: &[f64], gamma: f64) -> f64 {
    let (n, m) = (x.len(), y.len());
    let mut cost = vec![vec![0.0_f64; m + 1]; n + 1];
    for i in 1..=n {
        cost[i][0] = 1e3;
    }
    for j in 1..=m {
        cost[0][j] = 1e3;
    }
    for i in 1..=n {
        for j in 1..=m {
            let d = x[i - 1] - y[j - 1];
            let (a, b, c) = (cost[i - 1][j], cost[i][j - 1], cost[i - 1][j - 1]);
            let least = a.min(b).min(c);
            let z = ((least - a) / gamma).exp()
                + ((least - b) / gamma).exp()
                + ((least - c) / gamma).exp();
            cost[i][j] = d * d + least - gamma * z.ln();
        }
    }
    cost[n][m]
}

#[differentiable(jvp)]
fn forward_algorithm(
    start: &[f64],
    transition: &[[f64; 2]; 2],
    emission: &[[f64; 3]; 2],
    seen: &[usize],
) -> f64 {
    let mut alpha = [start[0] * emission[0][seen[0]], start[1] * emission[1][seen[0]]];
    let mut log_likelihood = 0.0;
    for t in 1..seen.len() {
        let mut next = [0.0; 2];
        for j in 0..2 {
            for i in 0..2 {
                next[j] += alpha[i] * transition[i][j];
            }
            next[j] *= emission[j][seen[t]];
        }
        let scale = next[0] + next[1];
        log_likelihood += scale.ln();
        alpha = [next[0] / scale, next[1] / scale];
    }
    log_likelihood + alpha[0]
}

#[differentiable(jvp, wrt(kernel, image))]
fn convolution(image: &[Vec<f64>], kernel: &[[f64; 3]; 3]) -> f64 {
    let (h, w) = (image.len(), image[0].len());
    let mut loss = 0.0;
    for i in 1..h - 1 {
        for j in 1..w - 1 {
            let mut s = 0.0;
            for (di, row) in kernel.iter().enumerate() {
                for (dj, k) in row.iter().enumerate() {
                    s += k * image[i + di - 1][j + dj - 1];
                }
            }
            loss += s.tanh() * s;
        }
    }
    loss
}

#[test]
fn dynamic_programs() {
    check!(soft_alignment, soft_alignment_grad, soft_alignment_grad_add, soft_alignment_vjp, soft_alignment_jvp; x: &data(4), y: &vec![0.2, 0.9, 1.4], g: const 0.5);
    check!(forward_algorithm, forward_algorithm_grad, forward_algorithm_grad_add, forward_algorithm_vjp, forward_algorithm_jvp; s: &vec![0.6, 0.4], t: &[[0.7, 0.3], [0.4, 0.6]],
        e: &[[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]], seen: const &[0, 1, 2, 2, 0]
    );
    let image: Vec<Vec<f64>> = (0..4).map(|i| data(5 + i)[i..].to_vec()).collect();
    let (value, (d_kernel, d_image)) =
        convolution_grad(&image, &[[0.1, 0.2, -0.3], [0.4, -0.5, 0.6], [0.0, 0.7, 0.1]]);
    assert_eq!(value, convolution(&image, &[[0.1, 0.2, -0.3], [0.4, -0.5, 0.6], [0.0, 0.7, 0.1]]));
    let kernel = [[0.1, 0.2, -0.3], [0.4, -0.5, 0.6], [0.0, 0.7, 0.1]];
    common::assert_gradient(
        &(kernel, image),
        |(kernel, image)| convolution(image, kernel),
        &(d_kernel, d_image),
    );
}
