//! What loops carry from one iteration to the next.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn bound_from_the_value(x: f64) -> f64 {
    let steps = (x * 3.0).ceil() as usize;
    let h = x / steps as f64;
    let mut integral = 0.0;
    for i in 0..steps {
        let t = (i as f64 + 0.5) * h;
        integral += t.exp() * h;
    }
    integral
}

#[differentiable(jvp)]
fn changing_bounds(x: f64, n: usize) -> f64 {
    let mut y = x;
    let mut width = 1;
    for i in 0..n {
        for _ in 0..width {
            y = y * 0.5 + x;
        }
        width = (width * 2 + i) % 5;
        let scale = width as f64 + 0.5;
        y += scale * x * y;
    }
    y
}

#[differentiable(jvp)]
fn inside_let(x: f64, n: usize) -> f64 {
    let sum = {
        let mut sum = 0.0;
        for i in 0..n {
            let a = x * i as f64;
            let a = a * a;
            let a = a.cos() + a;
            sum += a;
        }
        sum
    };
    sum * x
}

#[differentiable(jvp)]
fn fibonacci_of_numbers(x: f64, n: usize) -> f64 {
    let (mut a, mut b) = (x, x * x);
    for _ in 0..n {
        (a, b) = (b, a + b * x);
    }
    let (mut p, mut q) = (a, b);
    for _ in 0..3 {
        let t = p;
        p = q;
        q = t;
    }
    p + 2.0 * q
}

#[differentiable(jvp)]
fn three_swaps(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a, b);
    for _ in 0..3 {
        (a, b) = (b, a);
    }
    b * b + 3.0 * a
}

#[differentiable(jvp)]
fn decay(x: f64, rates: &[f64], n: usize) -> f64 {
    let mut y = x;
    for step in 0..n {
        let rate = rates[step % rates.len()];
        y -= 0.1 * rate * y;
        y += rate.ln() / (step + 1) as f64;
    }
    y
}

#[test]
fn what_loops_carry() {
    for x in [0.1, 0.8, 2.2] {
        check!(bound_from_the_value, bound_from_the_value_grad, bound_from_the_value_grad_add, bound_from_the_value_vjp, bound_from_the_value_jvp; x: x);
        for n in [0, 1, 3, 5] {
            check!(changing_bounds, changing_bounds_grad, changing_bounds_grad_add, changing_bounds_vjp, changing_bounds_jvp; x: x, n: const n);
            check!(inside_let, inside_let_grad, inside_let_grad_add, inside_let_vjp, inside_let_jvp; x: x, n: const n);
            check!(fibonacci_of_numbers, fibonacci_of_numbers_grad, fibonacci_of_numbers_grad_add, fibonacci_of_numbers_vjp, fibonacci_of_numbers_jvp; x: x, n: const n);
            check!(decay, decay_grad, decay_grad_add, decay_vjp, decay_jvp; x: x, rates: &vec![0.5, 1.5, 2.5], n: const n);
        }
    }
    check!(three_swaps, three_swaps_grad, three_swaps_grad_add, three_swaps_vjp, three_swaps_jvp; a: 2.0, b: 5.0);
}
