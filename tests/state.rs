//! Names that mean several things, and places that overlap.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
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

#[differentiable(jvp, wrt(x, y))]
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

#[differentiable(jvp)]
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
    check!(one_name, one_name_grad, one_name_grad_add, one_name_vjp, one_name_jvp; xs: &xs, x: 0.9);
    check!(reversed_index, reversed_index_grad, reversed_index_grad_add, reversed_index_vjp, reversed_index_jvp; xs: &xs);
    for a in [None, Some(1.4)] {
        for b in [Ok(0.8), Err(1), Err(3)] {
            check!(names_of_arms, names_of_arms_grad, names_of_arms_grad_add, names_of_arms_vjp, names_of_arms_jvp; x: 0.7, y: 1.2, a: const a, b: const b);
        }
    }
}

#[differentiable(jvp)]
fn with_itself(x: f64, y: f64) -> f64 {
    let mut a = x;
    a += a;
    a *= a;
    a -= a * y;
    a /= a + 2.0;
    a = a * a - a;
    let mut t = (a, y);
    t.0 += t.1;
    t.1 *= t.0 * t.1;
    t.0 = t.1 * t.0;
    t = (t.1, t.0 + a);
    t.0 * t.1 + t.0
}

#[differentiable(jvp)]
fn grown_from_itself(x: f64, y: f64) -> f64 {
    let mut a = x;
    a -= a * y;
    a += a / y;
    a += a.powf(y);
    a -= a.atan2(y);
    let mut t = (a, y);
    t.0 += t.0 * t.1;
    t.1 -= t.1 * t.0;
    t.0 * t.1
}

#[differentiable(jvp)]
fn elements_from_elements(xs: &[f64], rate: f64) -> f64 {
    let n = xs.len();
    let mut a = xs.to_vec();
    for i in 0..n {
        a[i] += a[(i + 1) % n] * rate;
        a[i] -= a[i] * a[0];
        a[0] += a[i] / (2.0 + rate);
    }
    a[0] * a[n - 1]
}

#[differentiable(jvp)]
fn overlapping(xs: &[f64], i: usize, j: usize) -> f64 {
    let mut a = xs.to_vec();
    a[i] += a[i];
    a[i] *= a[j];
    a[j] *= a[j];
    a[j] = a[i] - a[j] * a[i];
    a[i] -= a[j] / (1.0 + a[i] * a[i]);
    let k = (i + j) % a.len();
    a[k] = a[k] * a[i];
    let mut sum = 0.0;
    for (k, a) in a.iter().enumerate() {
        sum += a * (k + 1) as f64;
    }
    sum
}

#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
struct Body {
    position: [f64; 2],
    velocity: (f64, f64),
}

#[differentiable(jvp)]
fn bodies(start: &[Body], steps: usize) -> f64 {
    let mut bodies = start.to_vec();
    for _ in 0..steps {
        for i in 0..bodies.len() {
            let other = bodies[(i + 1) % bodies.len()];
            let body = &mut bodies[i];
            body.velocity.0 -= 0.1 * (body.position[0] - other.position[0]);
            body.velocity.1 -= 0.1 * (body.position[1] - other.position[1]) * body.velocity.0;
            body.position[0] += body.velocity.0;
            body.position[1] += body.velocity.1 * body.position[1];
        }
    }
    let mut last = bodies[0];
    last.position[0] *= last.velocity.1;
    last.position[0] * bodies[0].position[0] + last.position[1]
}

#[test]
fn places() {
    check!(with_itself, with_itself_grad, with_itself_grad_add, with_itself_vjp, with_itself_jvp; x: 0.8, y: 0.3);
    check!(grown_from_itself, grown_from_itself_grad, grown_from_itself_grad_add, grown_from_itself_vjp, grown_from_itself_jvp; x: 0.8, y: 0.3);
    for n in [1, 2, 4] {
        check!(elements_from_elements, elements_from_elements_grad, elements_from_elements_grad_add, elements_from_elements_vjp, elements_from_elements_jvp; xs: &vec![0.7, 1.2, -0.4, 0.9][..n].to_vec(), rate: 0.3);
    }
    for (i, j) in [(0, 1), (1, 0), (2, 2), (0, 0), (1, 2)] {
        check!(overlapping, overlapping_grad, overlapping_grad_add, overlapping_vjp, overlapping_jvp; xs: &vec![0.7, 1.2, -0.4], i: const i, j: const j);
    }
    let body = |a: f64| Body { position: [a, a + 0.5], velocity: (0.3 * a, -0.2) };
    for steps in [0, 1, 3] {
        check!(bodies, bodies_grad, bodies_grad_add, bodies_vjp, bodies_jvp; start: &vec![body(0.4), body(1.1), body(-0.6)], s: const steps);
    }
}

#[differentiable(jvp)]
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

#[differentiable(jvp)]
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

#[differentiable(jvp)]
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
    check!(values_with_effects, values_with_effects_grad, values_with_effects_grad_add, values_with_effects_vjp, values_with_effects_jvp; x: 0.8, up: const true);
    check!(values_with_effects, values_with_effects_grad, values_with_effects_grad_add, values_with_effects_vjp, values_with_effects_jvp; x: 0.8, up: const false);
    check!(steps_and_casts, steps_and_casts_grad, steps_and_casts_grad_add, steps_and_casts_vjp, steps_and_casts_jvp; x: 2.27);
    for n in [0, 1, 3, 4] {
        check!(rows_of_one_value, rows_of_one_value_grad, rows_of_one_value_grad_add, rows_of_one_value_vjp, rows_of_one_value_jvp; x: 0.8, n: const n);
    }
}
