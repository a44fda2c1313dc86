//! Names that mean several things, places that overlap, references that move on.

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable]
fn one_name(xs: &[f64], x: f64) -> f64 {
    let mut y = x;
    for x in xs {
        let x = x * 2.0;
        y += x * y;
        let x = x * y;
        y += x * x;
    }
    for i in 0..2 {
        let k = i;
        for i in 0..3 {
            let i = i + k;
            y *= 1.0 + x * i as f64 * 0.1;
        }
        y += xs[i] * y;
    }
    y * x
}

#[differentiable(wrt(x, y))]
fn names_of_arms(x: f64, y: f64, a: Option<f64>, b: Result<f64, i32>) -> f64 {
    let mut z = x * y;
    if let Some(x) = a {
        z *= x * y;
        let y = z * x;
        z += y * y;
    }
    match b {
        Ok(y) => z *= x * y,
        Err(x) if x > 2 => z *= y * x as f64,
        Err(y) => z += x * f64::from(y),
    }
    z * x + y
}

#[differentiable]
fn reversed_index(xs: &[f64]) -> f64 {
    let n = xs.len();
    let mut sum = 0.0;
    for i in 0..n {
        let i = n - 1 - i;
        sum = sum * 0.5 + xs[i] * xs[i];
    }
    sum
}

#[test]
fn names() {
    let xs = vec![0.3, 0.7, -0.2];
    check!(one_name, one_name_grad, one_name_grad_add, one_name_vjp; xs: &xs, x: 0.9);
    check!(reversed_index, reversed_index_grad, reversed_index_grad_add, reversed_index_vjp; xs: &xs);
    for a in [None, Some(1.4)] {
        for b in [Ok(0.8), Err(1), Err(3)] {
            check!(names_of_arms, names_of_arms_grad, names_of_arms_grad_add, names_of_arms_vjp; x: 0.7, y: 1.2, a: const a, b: const b);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
struct Body {
    position: [f64; 2],
    velocity: (f64, f64),
}

#[test]
fn places() {
    for n in [1, 2, 4] {}
    for (i, j) in [(0, 1), (1, 0), (2, 2), (0, 0), (1, 2)] {}
    let body = |a: f64| Body { position: [a, a + 0.5], velocity: (0.3 * a, -0.2) };
    for steps in [0, 1, 3] {}
}

#[test]
fn references_that_move() {
    let xs = vec![0.3, 0.7, -0.2, 0.5];
}

#[differentiable]
fn values_with_effects(x: f64, up: bool) -> f64 {
    let mut s = x;
    let y = if up {
        s += x;
        s
    } else {
        s *= 2.0 * x;
        x
    };
    let z = match up {
        true => {
            s *= y;
            y + 1.0
        }
        false => {
            s -= y;
            s * y
        }
    };
    let w = {
        s *= z;
        s + x
    };
    s * w * z
}

#[differentiable]
fn rows_of_one_value(x: f64, n: usize) -> f64 {
    let mut m = vec![vec![x; 2]; n];
    let mut cube = [[[x * x; 2]; 2]; 2];
    for i in 0..n {
        m[i][i % 2] *= x + i as f64;
        cube[i % 2][(i + 1) % 2][1] += m[i][0];
    }
    let mut sum = 0.0;
    for row in &m {
        sum += row[0] * row[1];
    }
    for plane in cube.iter() {
        for row in plane {
            sum += row[0] * row[1];
        }
    }
    sum
}

#[differentiable]
fn steps_and_casts(x: f64) -> f64 {
    let k = (x * 3.0) as i32;
    let f = x.floor();
    let mut y = x * k as f64 + f * x;
    let bucket = if y.round() as usize % 2 == 0 { 0.5 } else { 1.5 };
    y *= bucket + (k as f64).sqrt();
    y - f.min(2.0) * x
}

#[test]
fn values() {
    check!(values_with_effects, values_with_effects_grad, values_with_effects_grad_add, values_with_effects_vjp; x: 0.8, up: const true);
    check!(values_with_effects, values_with_effects_grad, values_with_effects_grad_add, values_with_effects_vjp; x: 0.8, up: const false);
    check!(steps_and_casts, steps_and_casts_grad, steps_and_casts_grad_add, steps_and_casts_vjp; x: 2.27);
    for n in [0, 1, 3, 4] {
        check!(rows_of_one_value, rows_of_one_value_grad, rows_of_one_value_grad_add, rows_of_one_value_vjp; x: 0.8, n: const n);
    }
}
