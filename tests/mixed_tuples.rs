//! Branches that yield numbers with a derivative beside what has none; parts of collections by
//! ranges that have a name.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, unused)]

#[macro_use]
mod common;
#[macro_use]
mod programs;

use backprop::prelude::*;

/// Has no gradient.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    Bisect,
    Secant,
}

struct Rows {
    starts: Vec<usize>,
}

impl Rows {
    fn row(&self, i: usize) -> std::ops::Range<usize> {
        self.starts[i]..self.starts[i + 1]
    }
}

#[derive(Clone, Differentiable)]
struct Pair {
    left: Vec<f64>,
    right: Vec<f64>,
}

programs! {
    parts_without_derivative(x, y, v) {
        let mut last = Step::Bisect;
        let mut s = x;
        for i in 0..v.len() {
            let (z, step) = match (s > 1.0, last) {
                (true, Step::Bisect) => (s * v[i] * y, Step::Secant),
                (true, Step::Secant) => {
                    let q = s * s;
                    (q.sin(), Step::Bisect)
                }
                _ => (s + v[i], Step::Bisect),
            };
            s += z;
            if step == Step::Secant { s *= 0.3; }
            last = step;
        }
        s
    }
    branches_that_leave(x, y, v) {
        let mut s = x;
        let mut i = 0;
        loop {
            let (z, at) = if s > 3.0 || i > 6 {
                break;
            } else if s > v[1] {
                (s * y, i % 3)
            } else {
                (v[i % 4] + x, 0)
            };
            s += 0.4 * z * z + v[at];
            i += 1;
        }
        s * y
    }
    typed_and_ignored_parts(x, y, v) {
        let (mut z, at, _): (f64, usize, i32) = if x > y { (x * v[0], 1, 3) } else { (y, 2, 4) };
        z += y;
        z * v[at] * v[at]
    }
}

#[differentiable(jvp)]
fn parts_by_named_ranges(x: f64, y: f64, v: &[f64]) -> f64 {
    let rows = Rows { starts: vec![0, 2, 4] };
    let all = 0..v.len();
    let mut w = v.to_vec();
    let mut s = x;
    for i in 0..2 {
        let row = rows.row(i);
        for w in w[row.clone()].iter_mut() {
            *w *= 1.5 * x;
        }
        for w in &mut w[rows.row(1 - i)] {
            *w *= *w;
        }
        let total: f64 = v[row.clone()].iter().sum();
        let squares: f64 = w[rows.row(i)].iter().map(|w| w * w).sum();
        let part = &v[rows.row(i)];
        let ends = &v[row.start..row.end];
        s += part[0] * part.len() as f64 * squares * ends[1];
        for (w, v) in w[rows.row(i)].iter().zip(v[rows.row(i)].iter().rev()) {
            s += w * v;
        }
        s += w[row.clone()].iter().sum::<f64>() * w[all.clone()][0];
        for k in row {
            s += v[k] * total * i as f64;
        }
    }
    for i in all {
        s *= 0.5 + 0.1 * v[i];
    }
    s * y
}

#[differentiable(jvp)]
fn fields_by_value(x: f64, y: f64, v: &[f64]) -> f64 {
    let pair = Pair { left: v.to_vec(), right: vec![2.0, 3.0] };
    let mut s = x;
    for (l, r) in pair.left.into_iter().zip(pair.right) {
        s += l * l * r * y;
    }
    s
}

#[test]
fn parts_of_collections() {
    let v = vec![0.9, -0.4, 1.3, 0.25, 0.6];
    check!(parts_by_named_ranges, parts_by_named_ranges_grad, parts_by_named_ranges_grad_add,
        parts_by_named_ranges_vjp, parts_by_named_ranges_jvp; x: 1.3, y: 0.7, v: &v);
    check!(fields_by_value, fields_by_value_grad, fields_by_value_grad_add, fields_by_value_vjp, fields_by_value_jvp;
        x: 1.3, y: 0.7, v: &v);
}
