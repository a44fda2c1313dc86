//! What shows without types: integers, values that borrow nothing, and parameters that are patterns.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::{Differentiable, differentiable};
use common::check;

// ---- integers

/// A length that doubles, beside parts of what it cuts.
#[differentiable(jvp)]
fn butterflies(x: &[f64]) -> f64 {
    let mut x = x.to_vec();
    let mut len = 2;
    while len <= x.len() {
        for block in x.chunks_mut(len) {
            let (low, high) = block.split_at_mut(len / 2);
            for (a, b) in low.iter_mut().zip(high.iter_mut()) {
                let t = *b * 0.8;
                *b = *a - t * *a;
                *a += t;
            }
        }
        len <<= 1;
    }
    x.iter().enumerate().map(|(i, v)| (i + 1) as f64 * v * v).sum()
}

#[differentiable(jvp, wrt(a, angle))]
fn turned(a: &mut [f64], i: usize, k: usize, angle: f64) {
    let (x, y) = (a[i], a[k]);
    a[i] = angle.cos() * x - angle.sin() * y;
    a[k] = angle.sin() * x + angle.cos() * y;
}

/// Indices that are noted beside numbers and used later.
#[differentiable(jvp)]
fn noted(x: &[f64]) -> f64 {
    let mut x = x.to_vec();
    let mut turns = Vec::new();
    for k in 0..x.len() - 1 {
        let angle = x[k] * x[k + 1];
        turned(&mut x, k, k + 1, angle);
        turns.push((k, angle));
    }
    for &(k, angle) in turns.iter().rev() {
        turned(&mut x, k + 1, k, 0.5 * angle);
    }
    for (k, angle) in turns {
        x[k] *= angle;
    }
    x.iter().enumerate().map(|(i, v)| (i + 1) as f64 * v).sum()
}

#[test]
fn integers_show_by_their_literals() {
    check!(butterflies, butterflies_grad, butterflies_grad_add, butterflies_vjp, butterflies_jvp;
        x: &vec![0.4, -1.2, 0.7, 1.9, 0.3, 0.2, -0.6, 1.1]);
    check!(noted, noted_grad, noted_grad_add, noted_vjp, noted_jvp; x: &vec![0.4, -1.2, 0.7, 1.9]);
}

// ---- values that borrow nothing

#[differentiable(jvp, wrt(theta))]
fn kernel(theta: &[f64], distance: f64) -> f64 {
    theta[0] * (-distance * theta[1]).exp()
}

/// The distance is a number although nothing but the call says so, and nothing flows into it.
#[differentiable(jvp, wrt(theta))]
fn gram(theta: &[f64], points: &[[f64; 2]]) -> f64 {
    let rows: Vec<Vec<f64>> = points
        .iter()
        .map(|a| {
            points
                .iter()
                .map(|b| {
                    let distance = a.iter().zip(b).map(|(p, q)| (p - q).powi(2)).sum();
                    kernel(theta, distance)
                })
                .collect()
        })
        .collect();
    let mut total = 0.0;
    for a in points {
        let distance = a.iter().map(|p| p.abs()).sum();
        total += kernel(theta, distance);
    }
    total + rows.iter().flatten().map(|k| k * k).sum::<f64>()
}

/// What is moved out of a name still refers to what the name referred to.
#[differentiable(jvp)]
fn moved(x: f64, y: f64) -> f64 {
    let mut kept = [y, 1.0];
    let first = &mut kept;
    let second = first;
    second[1] = x * x;
    kept[0] * kept[1]
}

#[test]
fn moved_values_leave_nothing_behind() {
    let points = [[0.1, 0.7], [1.2, -0.3], [0.4, 0.9]];
    check!(gram, gram_grad, gram_grad_add, gram_vjp, gram_jvp;
        theta: &vec![0.8, 0.6], points: const &points);
    check!(moved, moved_grad, moved_grad_add, moved_vjp, moved_jvp; x: 1.3, y: 0.4);
}

// ---- copies by a function's name

#[differentiable(jvp)]
fn copies(x: &[f64]) -> f64 {
    let rows: Vec<Vec<f64>> = x.chunks(2).map(<[f64]>::to_vec).collect();
    let again: Vec<Vec<f64>> = rows.iter().map(Vec::clone).collect();
    let sums: Vec<f64> = again.iter().map(|row| row.iter().sum()).collect();
    let same: Vec<f64> = sums.iter().map(Clone::clone).collect();
    let last: Vec<f64> = same.iter().map(ToOwned::to_owned).collect();
    last[0] * last[1] + rows[0][1] * again[1][0]
}

#[test]
fn copies_by_name() {
    check!(copies, copies_grad, copies_grad_add, copies_vjp, copies_jvp;
        x: &vec![0.4, -1.2, 0.7, 1.9]);
}

// ---- indices that a receiver holds which the pullback of a trait's method is not given

struct Shifted {
    offset: usize,
    scale: f64,
}

#[differentiable(jvp)]
trait Kernel {
    #[differentiable(jvp, wrt(theta))]
    fn eval(&self, theta: &[f64], distance: f64) -> f64;
}

#[differentiable(jvp)]
impl Kernel for Shifted {
    #[differentiable(jvp, wrt(theta))]
    fn eval(&self, theta: &[f64], distance: f64) -> f64 {
        let tail: f64 = theta[self.offset..].iter().map(|t| t.exp() * self.scale).sum();
        theta[self.offset].exp() * distance * tail * theta[self.offset + 1]
    }
}

#[differentiable(jvp, wrt(theta))]
fn through<K: Kernel>(kernel: &K, theta: &[f64]) -> f64 {
    kernel.eval(theta, 2.0) * theta[0]
}

#[test]
fn indices_of_a_receiver_behind_a_trait() {
    check!(through, through_grad, through_grad_add, through_vjp, through_jvp;
        kernel: const &Shifted { offset: 1, scale: 0.3 }, theta: &vec![0.5, 0.2, 0.3]);
}

// ---- parameters that are patterns

#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Point {
    x: f64,
    y: f64,
}

#[differentiable(jvp)]
fn rotated(v: [f64; 2], (cos, sin): (f64, f64)) -> [f64; 2] {
    [cos * v[0] - sin * v[1], sin * v[0] + cos * v[1]]
}

#[differentiable(jvp)]
fn length(Point { x, y }: Point, &[a, b]: &[f64; 2], _: f64, (n, k): (usize, f64)) -> f64 {
    (x * a).hypot(y * b) * k + n as f64
}

#[differentiable(jvp, wrt(v))]
fn scaled(v: &mut [f64], (factor, _): (f64, f64), i: usize) {
    v[i] *= factor;
}

#[differentiable(jvp)]
fn squared((mut x, y): (f64, f64)) -> f64 {
    x *= y;
    x * y
}

#[differentiable(jvp)]
impl Point {
    #[differentiable(jvp, wrt(self, x_y))]
    fn dot(&self, (x, y): (f64, f64)) -> f64 {
        self.x * x + self.y * y
    }
}

#[differentiable(jvp)]
fn taken_apart(a: f64, b: f64) -> f64 {
    let [p, q] = rotated([a, b], (b.cos(), b.sin()));
    let mut v = [p, q];
    scaled(&mut v, (2.0, 1.0), 1);
    let point = Point { x: v[0], y: v[1] };
    length(point, &[b, a], 1.0, (2, a)) + squared((a, b)) + Point { x: a, y: q }.dot((p, b))
}

#[test]
fn parameters_that_are_patterns() {
    check!(taken_apart, taken_apart_grad, taken_apart_grad_add, taken_apart_vjp, taken_apart_jvp;
        a: 0.4, b: 1.1);
    let (value, (d_point, d_of, _, _)) =
        length_grad(Point { x: 2.0, y: 0.0 }, &[1.5, 0.5], 7.0, (1, 3.0));
    assert_eq!((value, d_point.x, d_of), (10.0, 4.5, [6.0, 0.0]));
}
