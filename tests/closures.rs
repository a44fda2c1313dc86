//! Local closures.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn capturing(x: f64, y: f64) -> f64 {
    let square = |a: f64| a * a;
    let shifted = |a: f64| square(a) + y;
    shifted(x) * square(y) + shifted(2.0)
}

#[differentiable(jvp)]
fn same_names_inside(x: f64) -> f64 {
    let f = |y| {
        let x: f64 = y * 2.0;
        x * x
    };
    let y = f(x);
    f(y) + x * y
}

#[differentiable(jvp)]
fn with_branches(x: f64, n: usize) -> f64 {
    let penalty = |r: f64| if r.abs() < 1.0 { r * r } else { 2.0 * r.abs() - 1.0 };
    let mut sum = 0.0;
    for i in 0..n {
        sum += penalty(x * i as f64 - 1.0) * penalty(x);
    }
    sum
}

#[differentiable(jvp)]
fn called_where_it_stands(x: f64, y: f64) -> f64 {
    let mut sum = x;
    (|v: f64| sum += v * y)(x * x);
    (|z: f64| z * x)(y) + sum
}

#[test]
fn a_closure_may_be_called_where_it_stands() {
    check!(
        called_where_it_stands,
        called_where_it_stands_grad,
        called_where_it_stands_grad_add,
        called_where_it_stands_vjp,
        called_where_it_stands_jvp;
        x: 0.7, y: 1.3
    );
}

#[differentiable(jvp)]
fn over_slices(xs: &[f64], ys: &[f64]) -> f64 {
    let at = |i: usize| xs[i % xs.len()];
    let pair = |i: usize, j: usize| at(i) * ys[j];
    let mut sum = 0.0;
    for j in 0..ys.len() {
        sum += pair(j + 1, j) * at(2 * j);
    }
    sum
}

#[differentiable(jvp)]
fn derivative_by_differences(x: f64, h: f64) -> f64 {
    let f = |t: f64| (t * x).sin() * t;
    (f(x + h) - f(x - h)) / (2.0 * h)
}

#[differentiable(jvp)]
fn simpson(a: f64, b: f64, n: usize) -> f64 {
    let f = |t: f64| (t * b).exp() / (1.0 + t * t);
    let h = (b - a) / n as f64;
    let mut sum = f(a) + f(b);
    for i in 1..n {
        let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
        sum += weight * f(a + h * i as f64);
    }
    sum * h / 3.0
}

#[differentiable(jvp)]
fn inert_closures(x: f64, n: usize) -> f64 {
    let index = |i: usize| (7 * i + 3) % 5;
    let weight = |i: usize| 1.0 / (1 + index(i)) as f64;
    let mut sum = x;
    for i in 0..n {
        sum += weight(i) * x * sum;
        if (0..i).any(|k| index(k) == i) {
            sum *= x;
        }
    }
    sum
}

#[test]
fn values() {
    check!(capturing, capturing_grad, capturing_grad_add, capturing_vjp, capturing_jvp; x: 0.3, y: 0.8);
    check!(same_names_inside, same_names_inside_grad, same_names_inside_grad_add, same_names_inside_vjp, same_names_inside_jvp; x: 0.7);
    for n in [0, 1, 4, 6] {
        check!(with_branches, with_branches_grad, with_branches_grad_add, with_branches_vjp, with_branches_jvp; x: 0.6, n: const n);
        check!(inert_closures, inert_closures_grad, inert_closures_grad_add, inert_closures_vjp, inert_closures_jvp; x: 0.6, n: const n);
    }
    check!(over_slices, over_slices_grad, over_slices_grad_add, over_slices_vjp, over_slices_jvp; xs: &vec![0.3, -0.7, 1.4], ys: &vec![2.0, 0.1]);
    check!(derivative_by_differences, derivative_by_differences_grad, derivative_by_differences_grad_add, derivative_by_differences_vjp, derivative_by_differences_jvp; x: 0.9, h: 0.1);
    check!(simpson, simpson_grad, simpson_grad_add, simpson_vjp, simpson_jvp; a: 0.1, b: 1.2, n: const 6);
}

// ---- closures with variables of their own, and closures that change what they capture

#[differentiable(jvp)]
fn own_variables(x: f64, y: f64) -> f64 {
    let power = |a: f64| {
        let mut s = a;
        s *= x;
        for i in 0..3 {
            s += y * i as f64;
        }
        s
    };
    power(x) + power(y)
}

#[differentiable(jvp)]
fn accumulating(x: f64, y: f64) -> f64 {
    let mut total = 0.0;
    let mut calls = 0;
    let mut add = |w: f64| {
        total += w * x;
        calls += 1;
    };
    add(2.0);
    add(y);
    for i in 0..2 {
        add(x * i as f64);
    }
    total * y + calls as f64
}

#[differentiable(jvp)]
fn pushing(x: f64, y: f64) -> f64 {
    let mut v = vec![x, y];
    let mut push = |a: f64| v.push(a * y);
    push(x);
    push(2.0);
    let mut m = [[0.0; 2]; 2];
    let mut set = |i: usize, j: usize, a: f64| m[i][j] += a;
    set(0, 1, x);
    set(1, 0, y * x);
    set(0, 1, y);
    v[2] * v[3] + m[0][1] * m[1][0]
}

#[differentiable(jvp)]
fn recurrence(x: f64, y: f64) -> f64 {
    let mut state = x;
    let mut next = || {
        state = state * 1.3 + y;
        state
    };
    let a = next();
    let b = next();
    let mut sum = 0.0;
    for _ in 0..3 {
        sum += next() * a;
    }
    sum * b
}

#[derive(Clone, Debug, Differentiable)]
struct Particle {
    at: f64,
}

#[differentiable(jvp)]
impl Particle {
    fn advance(&mut self, drift: f64, noise: f64) {
        self.at = self.at * drift + noise;
    }
}

/// A generator of pseudo-random numbers in a closure, asked where its number is an argument.
#[differentiable(jvp)]
fn noisy(x: f64, y: f64) -> f64 {
    let mut seed = 12345_u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut particle = Particle { at: x };
    for _ in 0..4 {
        particle.advance(y, uniform());
    }
    particle.at * uniform()
}

#[test]
fn closures_with_state() {
    for (x, y) in [(1.3, 0.7), (0.4, -0.9)] {
        check!(own_variables, own_variables_grad, own_variables_grad_add, own_variables_vjp, own_variables_jvp; x: x, y: y);
        check!(accumulating, accumulating_grad, accumulating_grad_add, accumulating_vjp, accumulating_jvp; x: x, y: y);
        check!(pushing, pushing_grad, pushing_grad_add, pushing_vjp, pushing_jvp; x: x, y: y);
        check!(noisy, noisy_grad, noisy_grad_add, noisy_vjp, noisy_jvp; x: x, y: y);
        check!(recurrence, recurrence_grad, recurrence_grad_add, recurrence_vjp, recurrence_jvp; x: x, y: y);
    }
}
