//! Slices, arrays and vectors of numbers.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

fn data(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.7 + 0.5 * (1.3 * i as f64).sin()).collect()
}

#[differentiable(jvp)]
fn sum_of_squares(xs: &[f64]) -> f64 {
    let mut sum = 0.0;
    for x in xs {
        sum += x * x;
    }
    sum
}

#[differentiable(jvp)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let mut sum = 0.0;
    for i in 0..a.len() {
        sum += a[i] * b[i];
    }
    sum
}

#[differentiable(jvp)]
fn zipped(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (x, y) in a.iter().zip(b) {
        sum += x * y.sin();
    }
    for (&x, &y) in a.iter().zip(b.iter()) {
        sum *= 1.0 + 0.1 * x * y;
    }
    sum
}

#[differentiable(jvp)]
fn enumerated(xs: &[f64]) -> f64 {
    let mut total = 0.0;
    for (i, x) in xs.iter().enumerate() {
        total += x.powi(i as i32 + 1) / (i + 1) as f64;
    }
    for (i, &x) in xs.iter().enumerate() {
        if i % 2 == 1 {
            total -= x * total;
        }
    }
    total
}

#[differentiable(jvp)]
fn variance(xs: &[f64]) -> f64 {
    let n = xs.len() as f64;
    let mut mean = 0.0;
    for &x in xs.iter() {
        mean += x;
    }
    mean /= n;
    let mut sum = 0.0;
    for &x in xs {
        let d = x - mean;
        sum += d * d;
    }
    sum / (n - 1.0)
}

#[differentiable(jvp)]
fn differences(xs: &[f64]) -> f64 {
    let mut energy = 0.0;
    for pair in xs.windows(2) {
        let d = pair[1] - pair[0];
        energy += d * d * pair[0];
    }
    for i in 1..xs.len() - 1 {
        let bend = xs[i - 1] - 2.0 * xs[i] + xs[i + 1];
        energy += 0.5 * bend * bend;
    }
    energy
}

#[differentiable(jvp)]
fn in_blocks(xs: &[f64]) -> f64 {
    let mut total = 0.0;
    for block in xs.chunks(3) {
        let mut product = 1.0;
        for x in block {
            product *= x;
        }
        total += product * product;
    }
    total
}

#[differentiable(jvp)]
fn pairwise(xs: &[f64]) -> f64 {
    let n = xs.len();
    let mut energy = 0.0;
    for i in 0..n {
        for j in (i + 1)..n {
            let d = xs[i] - xs[j];
            energy += 1.0 / (0.1 + d * d);
        }
    }
    energy
}

#[test]
fn reading_slices() {
    for n in [0, 1, 2, 5, 8] {
        check!(sum_of_squares, sum_of_squares_grad, sum_of_squares_grad_add, sum_of_squares_vjp, sum_of_squares_jvp; xs: &data(n));
        check!(dot, dot_grad, dot_grad_add, dot_vjp, dot_jvp; a: &data(n), b: &data(n));
        check!(zipped, zipped_grad, zipped_grad_add, zipped_vjp, zipped_jvp; a: &data(n), b: &data(n + 1));
        check!(enumerated, enumerated_grad, enumerated_grad_add, enumerated_vjp, enumerated_jvp; xs: &data(n));
        check!(in_blocks, in_blocks_grad, in_blocks_grad_add, in_blocks_vjp, in_blocks_jvp; xs: &data(n));
        check!(pairwise, pairwise_grad, pairwise_grad_add, pairwise_vjp, pairwise_jvp; xs: &data(n));
    }
    for n in [2, 5, 8] {
        check!(variance, variance_grad, variance_grad_add, variance_vjp, variance_jvp; xs: &data(n));
        check!(differences, differences_grad, differences_grad_add, differences_vjp, differences_jvp; xs: &data(n));
    }
}

/// The same slice for both arguments: its two adjoints are separate.
#[test]
fn one_slice_twice() {
    let xs = data(4);
    let (value, (da, db)) = dot_grad(&xs, &xs);
    assert_eq!(value, sum_of_squares(&xs));
    assert_eq!((&da, &db), (&xs, &xs));
    let mut sum = vec![1.0; 4];
    dot_grad_add(&xs, &xs, &mut sum, &mut da.clone());
    assert_eq!(sum[2], 1.0 + xs[2]);
}

#[differentiable(jvp)]
fn norm3(v: [f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

#[differentiable(jvp)]
fn triple_product(a: &[f64; 3], b: &[f64; 3], c: [f64; 3]) -> f64 {
    let cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let mut volume = 0.0;
    for k in 0..3 {
        volume += cross[k] * c[k];
    }
    volume
}

#[differentiable(jvp)]
fn horner<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut value = 0.0;
    for i in (0..N).rev() {
        value = value * x + coefficients[i];
    }
    value
}

#[differentiable(jvp)]
fn bilinear(m: &[Vec<f64>], x: &[f64], y: &Vec<f64>) -> f64 {
    let mut total = 0.0;
    for i in 0..m.len() {
        for j in 0..m[i].len() {
            total += x[i] * m[i][j] * y[j];
        }
    }
    for (row, xi) in m.iter().zip(x) {
        let mut s = 0.0;
        for (e, yj) in row.iter().zip(y.iter()) {
            s += e * yj;
        }
        total += s * s * xi;
    }
    total
}

#[differentiable(jvp)]
fn trace_of_product(a: &[[f64; 2]; 3], b: [[f64; 3]; 2]) -> f64 {
    let mut trace = 0.0;
    for i in 0..3 {
        for k in 0..2 {
            trace += a[i][k] * b[k][i];
        }
    }
    trace * a[0][1] + b[1][2]
}

#[differentiable(jvp)]
fn all_entries(m: &Vec<Vec<f64>>) -> f64 {
    let mut product = 1.0;
    for row in m {
        let mut sum = 0.0;
        for x in row {
            sum += x * x;
        }
        product *= sum + 1.0;
    }
    product
}

#[differentiable(jvp)]
fn pairs(points: &[(f64, f64)]) -> f64 {
    let mut area = 0.0;
    for i in 0..points.len() {
        let (x0, y0) = points[i];
        let (x1, y1) = points[(i + 1) % points.len()];
        area += x0 * y1 - x1 * y0;
    }
    for (x, y) in points {
        area += 0.1 * x * y;
    }
    for &(x, y) in points.iter() {
        area += 0.1 * x.sin() * y;
    }
    0.5 * area
}

#[test]
fn arrays_and_nests() {
    check!(norm3, norm3_grad, norm3_grad_add, norm3_vjp, norm3_jvp; v: [1.0, -2.0, 0.5]);
    check!(triple_product, triple_product_grad, triple_product_grad_add, triple_product_vjp, triple_product_jvp; a: &[1.0, 0.2, -0.4], b: &[0.3, 2.0, 0.6], c: [-1.0, 0.5, 1.5]);
    check!(horner, horner_grad, horner_grad_add, horner_vjp, horner_jvp; c: &[1.0, -2.0, 0.5, 3.0], x: 0.7);
    check!(horner, horner_grad, horner_grad_add, horner_vjp, horner_jvp; c: &[1.0], x: 0.7);
    let rows = vec![data(3), data(4), vec![], data(1)];
    check!(bilinear, bilinear_grad, bilinear_grad_add, bilinear_vjp, bilinear_jvp; m: &rows, x: &data(4), y: &data(5));
    check!(trace_of_product, trace_of_product_grad, trace_of_product_grad_add, trace_of_product_vjp, trace_of_product_jvp; a: &[[1.0, 2.0], [0.5, -1.0], [3.0, 0.1]], b: [[0.2, 0.4, 0.6], [1.0, -1.0, 2.0]]);
    check!(all_entries, all_entries_grad, all_entries_grad_add, all_entries_vjp, all_entries_jvp; m: &rows);
    check!(pairs, pairs_grad, pairs_grad_add, pairs_vjp, pairs_jvp; points: &vec![(0.0, 0.1), (2.0, 0.3), (1.4, 1.8), (0.2, 1.0)]);
}

#[differentiable(jvp, wrt(values))]
fn gather(values: &[f64], indices: &[usize]) -> f64 {
    let mut product = 1.0;
    for &i in indices {
        product *= values[i];
    }
    for k in 0..indices.len() {
        product += values[indices[k]] * values[(k * k) % values.len()];
    }
    product
}

#[differentiable(jvp, wrt(values))]
fn sum_gathered(values: &[f64], indices: &[usize]) -> f64 {
    let mut sum = 0.0;
    for &i in indices {
        sum += values[i];
    }
    sum
}

#[differentiable(jvp, wrt(x))]
fn sparse_product(x: &[f64], rows: &[usize], columns: &[usize], entries: &[f64]) -> f64 {
    let mut y = vec![0.0; x.len()];
    for k in 0..entries.len() {
        y[rows[k]] += entries[k] * x[columns[k]];
    }
    let mut total = 0.0;
    for i in 0..y.len() {
        total += y[i] * y[i] * x[i];
    }
    total
}

#[differentiable(jvp)]
fn scatter(a: f64, b: f64, slots: &[usize]) -> f64 {
    let mut table = [0.0; 4];
    for &s in slots {
        table[s] = a;
    }
    table[1] = b * a;
    table[slots[0]] += b;
    table[0] * 1.0 + table[1] * 2.0 + table[2] * 3.0 + table[3] * 4.0
}

#[differentiable(jvp)]
fn last_write_wins(a: f64, b: f64) -> f64 {
    let mut slot = [0.0; 2];
    slot[1] = a;
    slot[1] = b;
    slot[1]
}

#[differentiable(jvp)]
fn interpolate(xs: &[f64], ys: &[f64], at: f64) -> f64 {
    let mut k = 0;
    while k + 2 < xs.len() && xs[k + 1] < at {
        k += 1;
    }
    let t = (at - xs[k]) / (xs[k + 1] - xs[k]);
    ys[k] * (1.0 - t) + ys[k + 1] * t
}

#[test]
fn gathering_and_scattering() {
    assert_eq!(sum_gathered_grad(&[5.0, 7.0, 9.0], &[0, 0, 1]).1, [2.0, 1.0, 0.0]);
    assert_eq!(last_write_wins_grad(2.0, 3.0), (3.0, (0.0, 1.0)));
    check!(gather, gather_grad, gather_grad_add, gather_vjp, gather_jvp; v: &data(4), i: const &[0, 2, 2, 1, 0]);
    check!(sparse_product, sparse_product_grad, sparse_product_grad_add, sparse_product_vjp, sparse_product_jvp; x: &data(3), r: const &[0, 2, 2, 1], c: const &[1, 0, 1, 1], e: const &[0.5, -1.0, 2.0, 0.3]);
    check!(scatter, scatter_grad, scatter_grad_add, scatter_vjp, scatter_jvp; a: 0.7, b: 1.4, s: const &[2, 0, 2]);
    check!(scatter, scatter_grad, scatter_grad_add, scatter_vjp, scatter_jvp; a: 0.7, b: 1.4, s: const &[1]);
    check!(interpolate, interpolate_grad, interpolate_grad_add, interpolate_vjp, interpolate_jvp; xs: &vec![0.0, 1.0, 2.5, 4.0], ys: &vec![1.0, 3.0, 2.0, 0.5], at: 1.9);
    check!(interpolate, interpolate_grad, interpolate_grad_add, interpolate_vjp, interpolate_jvp; xs: &vec![0.0, 1.0, 2.5, 4.0], ys: &vec![1.0, 3.0, 2.0, 0.5], at: 0.4);
}

#[differentiable(jvp)]
fn singles(xs: &[f32]) -> f32 {
    let mut sum = 0.0;
    for x in xs {
        sum += x * x;
    }
    let mut product: f32 = 1.0;
    for i in 0..xs.len() {
        product *= xs[i];
    }
    sum + product
}

#[test]
fn single_precision() {
    check!(singles, singles_grad, singles_grad_add, singles_vjp, singles_jvp; xs: &vec![1.0f32, -2.0, 0.5]);
    assert_eq!(singles_grad(&[1.0, 2.0, 4.0]), (29.0, vec![10.0, 8.0, 10.0]));
}
