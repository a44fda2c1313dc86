//! Collections that grow, and numbers that change places.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

fn data(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.7 + 0.5 * (1.3 * i as f64).sin()).collect()
}

#[differentiable(jvp)]
fn orbit(x: f64, n: usize) -> f64 {
    let mut path = Vec::new();
    path.push(x);
    for i in 0..n {
        let next = 3.2 * path[i] * (1.0 - path[i]);
        path.push(next);
    }
    let mut sum = 0.0;
    for (i, y) in path.iter().enumerate() {
        sum += y * (i + 1) as f64;
    }
    sum
}

#[differentiable(jvp)]
fn kept(xs: &[f64], threshold: f64) -> f64 {
    let mut large = Vec::with_capacity(xs.len());
    let mut rest = vec![];
    for &x in xs {
        if x > threshold {
            large.push(x * x);
        } else {
            rest.push(x - threshold);
        }
    }
    let mut total = 0.0;
    for i in 0..large.len() {
        total += large[i] * (1 + rest.len()) as f64;
    }
    large.push(total);
    rest.push(total * threshold);
    for r in &rest {
        total += r * large[large.len() - 1];
    }
    total
}

#[differentiable(jvp)]
fn growing_while_reading(x: f64, n: usize) -> f64 {
    let mut v = vec![x, x * x];
    let mut total = 0.0;
    for _ in 0..n {
        for i in 0..v.len() {
            total += v[i] * total + v[i];
        }
        v.push(total.sin());
    }
    v.push(total);
    for i in 0..v.len() {
        total += v[i];
    }
    total
}

#[differentiable(jvp)]
fn triangle_of_rows(x: f64, n: usize) -> f64 {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for i in 0..n {
        let mut row = vec![1.0];
        for j in 1..=i {
            let above = if j < i { rows[i - 1][j] } else { 0.0 };
            row.push(x * rows[i - 1][j - 1] + above);
        }
        rows.push(row);
    }
    let mut sum = 0.0;
    for row in &rows {
        for (j, r) in row.iter().enumerate() {
            sum += r * j as f64;
        }
    }
    sum
}

#[differentiable(jvp)]
fn trajectory(start: f64, rate: f64, n: usize) -> Vec<f64> {
    let mut states = vec![start];
    for k in 0..n {
        let last = states[k];
        states.push(last + 0.1 * rate * last * (1.0 - last));
    }
    states
}

#[test]
fn pushing() {
    for n in [0, 1, 4] {
        check!(orbit, orbit_grad, orbit_grad_add, orbit_vjp, orbit_jvp; x: 0.3, n: const n);
        check!(growing_while_reading, growing_while_reading_grad, growing_while_reading_grad_add, growing_while_reading_vjp, growing_while_reading_jvp; x: 0.3, n: const n);
        check!(triangle_of_rows, triangle_of_rows_grad, triangle_of_rows_grad_add, triangle_of_rows_vjp, triangle_of_rows_jvp; x: 0.6, n: const n);
        check!(kept, kept_grad, kept_grad_add, kept_vjp, kept_jvp; xs: &data(n + 2), threshold: 0.8);
        assert_pullback(
            &(0.2, 1.5),
            |&(start, rate)| trajectory(start, rate, n),
            |&(start, rate), d| {
                let (states, pullback) = trajectory_vjp(start, rate, n);
                (states, pullback(d))
            },
            |&(start, rate), &(t_start, t_rate)| trajectory_jvp(start, rate, n, t_start, t_rate),
        );
    }
}

#[differentiable(jvp)]
fn reordered(xs: &[f64]) -> f64 {
    let mut ys = xs.to_vec();
    ys.swap(0, 2);
    ys[1] *= ys[0];
    ys.reverse();
    ys.swap(1, 1);
    let mut total = 0.0;
    for (i, y) in ys.iter().enumerate() {
        total += y * y * (i + 1) as f64;
    }
    ys.fill(total);
    ys[0] * ys[1] + xs[0]
}

#[differentiable(jvp)]
fn bubble_sorted(xs: &[f64]) -> f64 {
    let mut ys = xs.to_vec();
    for i in 0..ys.len() {
        for j in 0..ys.len() - 1 - i {
            if ys[j] > ys[j + 1] {
                ys.swap(j, j + 1);
            }
        }
    }
    let mut total = 0.0;
    for i in 0..ys.len() {
        total += (i + 1) as f64 * ys[i] * ys[i];
    }
    total
}

#[differentiable(jvp)]
fn pivoted(matrix: &[[f64; 3]; 3], rhs: [f64; 3]) -> f64 {
    let mut a = *matrix;
    let mut b = rhs;
    for k in 0..3 {
        let mut pivot = k;
        for i in k + 1..3 {
            if a[i][k].abs() > a[pivot][k].abs() {
                pivot = i;
            }
        }
        a.swap(k, pivot);
        b.swap(k, pivot);
        for i in k + 1..3 {
            let factor = a[i][k] / a[k][k];
            for j in k..3 {
                a[i][j] -= factor * a[k][j];
            }
            b[i] -= factor * b[k];
        }
    }
    for i in (0..3).rev() {
        for j in i + 1..3 {
            b[i] -= a[i][j] * b[j];
        }
        b[i] /= a[i][i];
    }
    b[0] + 2.0 * b[1] * b[2]
}

#[differentiable(jvp)]
fn swapped_buffers(initial: &[f64], steps: usize) -> f64 {
    let mut now = initial.to_vec();
    let mut next = vec![0.0; now.len()];
    for _ in 0..steps {
        for i in 0..now.len() {
            next[i] = now[i] + 0.2 * now[(i + 1) % now.len()] * now[i];
        }
        std::mem::swap(&mut now, &mut next);
    }
    let mut sum = 0.0;
    for x in &now {
        sum += x * x;
    }
    sum + next[0]
}

#[differentiable(jvp)]
fn swapped_numbers(x: f64, y: f64) -> f64 {
    let (mut a, mut b) = (x, y);
    if a > b {
        std::mem::swap(&mut a, &mut b);
    }
    a * a + 3.0 * b
}

#[differentiable(jvp)]
fn copied(xs: &[f64], ys: &[f64]) -> f64 {
    let n = xs.len();
    let mut all = vec![0.0; 2 * n];
    all[..n].copy_from_slice(xs);
    all[n..].copy_from_slice(ys);
    all[0] *= all[n];
    let mut work = [0.0; 2];
    work.copy_from_slice(&all[n - 1..n + 1]);
    let mut sum = 0.0;
    for (i, a) in all.iter().enumerate() {
        sum += a * a * i as f64;
    }
    sum * work[0] + work[1]
}

#[test]
fn changing_places() {
    check!(reordered, reordered_grad, reordered_grad_add, reordered_vjp, reordered_jvp; xs: &data(3));
    check!(reordered, reordered_grad, reordered_grad_add, reordered_vjp, reordered_jvp; xs: &data(4));
    for n in [2, 3, 5] {
        let backwards: Vec<f64> = data(n).into_iter().rev().collect();
        check!(bubble_sorted, bubble_sorted_grad, bubble_sorted_grad_add, bubble_sorted_vjp, bubble_sorted_jvp; xs: &data(n));
        check!(bubble_sorted, bubble_sorted_grad, bubble_sorted_grad_add, bubble_sorted_vjp, bubble_sorted_jvp; xs: &backwards);
        check!(copied, copied_grad, copied_grad_add, copied_vjp, copied_jvp; xs: &data(n), ys: &backwards);
    }
    check!(pivoted, pivoted_grad, pivoted_grad_add, pivoted_vjp, pivoted_jvp; m: &[[0.1, 2.0, 0.3], [1.5, 0.2, -0.4], [0.6, 0.7, 1.8]], rhs: [1.0, -0.5, 0.3]);
    for steps in [0, 1, 2, 3] {
        check!(swapped_buffers, swapped_buffers_grad, swapped_buffers_grad_add, swapped_buffers_vjp, swapped_buffers_jvp; u: &data(4), s: const steps);
    }
    check!(swapped_numbers, swapped_numbers_grad, swapped_numbers_grad_add, swapped_numbers_vjp, swapped_numbers_jvp; x: 0.4, y: 1.2);
    check!(swapped_numbers, swapped_numbers_grad, swapped_numbers_grad_add, swapped_numbers_vjp, swapped_numbers_jvp; x: 1.4, y: 1.2);
}
