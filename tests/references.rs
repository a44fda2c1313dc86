//! Borrows of parts, patterns, and the order in which things happen.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn borrowed_rows(m: &[Vec<f64>], x: &[f64]) -> f64 {
    let mut total = 0.0;
    for i in 0..m.len() {
        let row = &m[i];
        let xi = &x[i];
        for j in 0..row.len() {
            total += row[j] * xi * *xi;
        }
        let first = &row[0];
        total += *first * total;
    }
    let all = m;
    let last = &all[all.len() - 1];
    total * last[0]
}

#[differentiable(jvp)]
fn borrowed_mutably(x: f64) -> f64 {
    let mut v = vec![x; 3];
    for i in 0..3 {
        let r = &mut v[i];
        *r *= i as f64 + x;
        *r += 1.0;
    }
    let w = &mut v;
    w[0] *= w[1];
    let y = w[2] * 2.0;
    w[2] = y * y;
    v[0] * v[1] + v[2]
}

#[differentiable(jvp)]
fn rows_in_place(x: f64) -> f64 {
    let mut m = [[x; 2]; 2];
    for row in m.iter_mut() {
        for e in row.iter_mut() {
            *e *= x;
        }
        row[0] += row[1] * x;
    }
    m[0] = [m[1][0] * x, 2.0];
    let [p, q] = m;
    p[0] * q[1] + p[1] * q[0]
}

#[differentiable(jvp)]
fn parts_of_a_slice(xs: &[f64], k: usize) -> f64 {
    let head = &xs[..k];
    let tail = &xs[k..];
    let mut sum = 0.0;
    for h in head {
        for t in tail {
            sum += h * t * t;
        }
    }
    for i in 0..tail.len() {
        sum *= tail[i] + 1.0;
    }
    sum
}

#[test]
fn borrows() {
    let m = vec![vec![0.3, 0.7], vec![-0.2, 0.5, 1.1]];
    check!(borrowed_rows, borrowed_rows_grad, borrowed_rows_grad_add, borrowed_rows_vjp, borrowed_rows_jvp; m: &m, x: &vec![0.9, 1.4]);
    check!(borrowed_mutably, borrowed_mutably_grad, borrowed_mutably_grad_add, borrowed_mutably_vjp, borrowed_mutably_jvp; x: 0.7);
    check!(rows_in_place, rows_in_place_grad, rows_in_place_grad_add, rows_in_place_vjp, rows_in_place_jvp; x: 0.7);
    for k in 0..5 {
        check!(parts_of_a_slice, parts_of_a_slice_grad, parts_of_a_slice_grad_add, parts_of_a_slice_vjp, parts_of_a_slice_jvp; xs: &vec![0.3, 0.7, -0.2, 0.5], k: const k);
    }
}

#[differentiable(jvp)]
fn evaluation_order(x: f64) -> f64 {
    let mut y = x;
    let z = y * {
        y += 1.0;
        y
    };
    let a = [
        y,
        {
            y *= 2.0;
            y
        },
        y,
    ];
    z * y + a[0] * a[1] + a[2]
}

#[differentiable(jvp)]
fn moving_index(x: f64) -> f64 {
    let mut v = [x; 3];
    let mut i = 0;
    v[i] = x * x;
    i += 1;
    v[i] *= v[i - 1];
    i += 1;
    v[i] -= v[0] * v[1];
    v[0] + v[1] * v[2]
}

#[differentiable(jvp)]
fn two_pointers(xs: &[f64]) -> f64 {
    let (mut i, mut j) = (0, xs.len());
    let mut sum = 1.0;
    while i < j {
        j -= 1;
        sum += xs[i] * xs[j] * sum;
        i += 1;
    }
    sum
}

#[differentiable(jvp)]
fn old_values(x: f64, n: usize) -> f64 {
    let mut now = x;
    let mut history = [0.0; 8];
    for i in 0..n {
        let before = now;
        now = before * x + history[(i + 5) % 8];
        history[i % 8] = before - now;
        let now = now * 0.5;
        history[(i + 1) % 8] += now;
    }
    let mut sum = now;
    for h in history {
        sum += h * h;
    }
    sum
}

#[differentiable(jvp)]
fn arrays_by_value(x: f64, y: f64) -> f64 {
    let a = [x, y, x * y];
    let mut b = a;
    b[0] *= a[1];
    let c = b;
    b[1] = c[0] + a[0];
    let mut rows = [a, b];
    rows[0][2] += rows[1][1];
    rows[1] = rows[0];
    rows[1][0] *= c[2];
    rows[0][0] * rows[1][0] + rows[1][2] * b[1]
}

#[test]
fn order() {
    check!(evaluation_order, evaluation_order_grad, evaluation_order_grad_add, evaluation_order_vjp, evaluation_order_jvp; x: 0.7);
    check!(moving_index, moving_index_grad, moving_index_grad_add, moving_index_vjp, moving_index_jvp; x: 0.7);
    check!(arrays_by_value, arrays_by_value_grad, arrays_by_value_grad_add, arrays_by_value_vjp, arrays_by_value_jvp; x: 0.7, y: 1.2);
    for n in [0, 1, 2, 5] {
        check!(two_pointers, two_pointers_grad, two_pointers_grad_add, two_pointers_vjp, two_pointers_jvp; xs: &vec![0.3, 0.7, -0.2, 0.5, 0.9][..n].to_vec());
        check!(old_values, old_values_grad, old_values_grad_add, old_values_vjp, old_values_jvp; x: 0.7, n: const 2 * n);
    }
}

#[differentiable(jvp)]
fn stack_of_indices(xs: &[f64]) -> f64 {
    let mut stack = vec![(0, xs.len())];
    let mut sum = 0.1;
    while let Some((from, to)) = stack.pop() {
        if to - from <= 1 {
            for i in from..to {
                sum += xs[i] * sum;
            }
            continue;
        }
        let middle = (from + to) / 2;
        stack.push((from, middle));
        stack.push((middle, to));
        sum *= xs[middle];
    }
    sum
}

#[differentiable(jvp)]
fn array_patterns(p: &[f64; 3], q: [[f64; 2]; 2]) -> f64 {
    let [a, b, c] = *p;
    let &[d, ..] = p;
    let [[e, f], [_, g]] = q;
    a * b + c * d * e - f * g * a
}

#[test]
fn patterns() {
    let xs = [0.3, 0.7, -0.2, 0.5, 0.9];
    for n in 0..5 {
        check!(stack_of_indices, stack_of_indices_grad, stack_of_indices_grad_add, stack_of_indices_vjp, stack_of_indices_jvp; xs: &xs[..n].to_vec());
    }
    check!(array_patterns, array_patterns_grad, array_patterns_grad_add, array_patterns_vjp, array_patterns_jvp; p: &[0.3, 0.7, -0.2], q: [[1.0, 2.0], [0.4, 0.6]]);
}

/// What a reference that is changed lends, is changed.
struct Counter {
    count: f64,
    weight: f64,
}

fn advance(count: &mut f64) {
    *count += 1.0;
}

#[differentiable(jvp, wrt(x, y))]
fn counted(x: f64, y: f64, start: f64) -> f64 {
    let mut counter = Counter { count: start, weight: 0.7 };
    let counter = &mut counter;
    let Counter { count, weight } = counter;
    let z = x * *count;
    advance(count);
    *count += 0.5;
    z * y * *weight * *count
}

#[test]
fn parts_of_an_exclusive_reference_change() {
    check!(counted, counted_grad, counted_grad_add, counted_vjp, counted_jvp; x: 0.3, y: 0.5, start: const 2.0);
}

/// The neighbour before: a reference that is none at first.
#[differentiable(jvp)]
fn neighbours(v: &[f64]) -> f64 {
    let mut previous: Option<&f64> = None;
    let mut sum = 0.0;
    for x in v {
        if let Some(p) = previous {
            sum += p * x;
        }
        previous = Some(x);
    }
    sum
}

#[differentiable(jvp)]
fn references_chosen(v: &[f64], w: &[f64]) -> f64 {
    let mut best: Option<&f64> = None;
    for x in v {
        match best {
            None => best = Some(x),
            Some(b) if x > b => best = Some(x),
            _ => {}
        }
    }
    let mut row: Option<&[f64]> = None;
    if w[0] > 0.0 {
        row = Some(&w[1..]);
    }
    best.unwrap() * row.map_or(1.0, |r| r[0] * r[1])
}

#[test]
fn references_that_are_none_at_first() {
    for n in [0, 1, 2, 5] {
        let v: Vec<f64> = (0..n).map(|i| 0.3 + 0.2 * i as f64).collect();
        check!(neighbours, neighbours_grad, neighbours_grad_add, neighbours_vjp, neighbours_jvp; v: &v.clone());
    }
    for first in [0.5, -0.5] {
        let w = vec![first, 0.6, 0.7];
        check!(references_chosen, references_chosen_grad, references_chosen_grad_add, references_chosen_vjp, references_chosen_jvp; v: &vec![0.83, 1.31, 0.47], w: &w.clone());
    }
}

#[differentiable(jvp)]
fn pairs_of_references(x: f64, v: &[f64]) -> f64 {
    let q: Vec<f64> = v.iter().map(|t| t * x).collect();
    let pairs = q.iter().flat_map(|t| q.iter().map(move |u| (t, u)));
    let d: Vec<f64> = pairs.map(|(_, g)| (g + (q[0] - x)).sin()).collect();
    d[0] * d[1]
}

#[differentiable(jvp)]
fn copies_of_references(x: f64, v: &[f64]) -> f64 {
    let mut s = 0.0;
    for t in v.iter() {
        let r = t;
        if *r > 0.0 {
            let k = r;
            s += k * k * x;
        }
        s = (s * r).sin();
    }
    s
}

#[test]
fn copies_of_references_to_elements_refer_to_them() {
    let v = vec![0.3, -0.4, 0.9];
    check!(
        pairs_of_references, pairs_of_references_grad, pairs_of_references_grad_add,
        pairs_of_references_vjp, pairs_of_references_jvp; x: 0.7, v: &v
    );
    check!(
        copies_of_references, copies_of_references_grad, copies_of_references_grad_add,
        copies_of_references_vjp, copies_of_references_jvp; x: 0.7, v: &v
    );
}
