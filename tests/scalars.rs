//! Straight-line code on numbers.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::f64::consts::{PI, TAU};

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn rosenbrock(x: f64, y: f64) -> f64 {
    let a = 1.0 - x;
    let b = y - x * x;
    a * a + 100.0 * b * b
}

#[differentiable(jvp)]
fn shadowed(x: f64) -> f64 {
    let a = x.sin();
    let a = a * a + a;
    let a = a * a;
    a * x
}

#[differentiable(jvp)]
fn shadowed_parameter(x: f64) -> f64 {
    let x = x * x;
    let x = x.sin();
    let y = x;
    let x = x * x;
    x + 0.25 * y
}

#[differentiable(jvp)]
fn shadowed_in_a_block(x: f64, y: f64) -> f64 {
    let a = x * y;
    let b = {
        let a = a.cos();
        let x = a * y;
        x * x + a
    };
    a * b + x
}

#[test]
fn lets_and_shadowing() {
    check!(rosenbrock, rosenbrock_grad, rosenbrock_grad_add, rosenbrock_vjp, rosenbrock_jvp; x: 1.2, y: 0.7);
    check!(shadowed, shadowed_grad, shadowed_grad_add, shadowed_vjp, shadowed_jvp; x: 0.7);
    check!(shadowed_parameter, shadowed_parameter_grad, shadowed_parameter_grad_add, shadowed_parameter_vjp, shadowed_parameter_jvp; x: 0.7);
    check!(shadowed_in_a_block, shadowed_in_a_block_grad, shadowed_in_a_block_grad_add, shadowed_in_a_block_vjp, shadowed_in_a_block_jvp; x: 0.7, y: -1.3);
    // Sharing names, a careless program returns 5.019 instead.
    assert!((shadowed_grad(0.7).1 - 3.718).abs() < 1e-3);
}

#[differentiable(jvp)]
fn quadratic_roots(a: f64, b: f64, c: f64) -> f64 {
    let (sum, product) = (-b / a, c / a);
    let root = (sum * sum / 4.0 - product).sqrt();
    let (low, high) = (sum / 2.0 - root, sum / 2.0 + root);
    high - 2.0 * low
}

#[differentiable(jvp)]
fn polar(r: f64, phi: f64) -> f64 {
    let (s, c) = phi.sin_cos();
    let point = (r * c, r * s);
    point.0 * point.0 - 3.0 * point.1
}

#[differentiable(jvp)]
fn swapped(x: f64, y: f64) -> f64 {
    let (x, y) = (y, x * y);
    let (y, x) = (x.exp(), y);
    x - 2.0 * y
}

#[differentiable(jvp)]
fn nested_tuples(x: f64, y: f64) -> f64 {
    let ((a, b), c) = ((x * y, x + y), x - y);
    let t = (a, (b, c));
    t.0 * t.1.0 + (t.1).1
}

#[differentiable(jvp)]
fn small_array(x: f64, y: f64) -> f64 {
    let powers = [1.0, x, x * x, x * x * x];
    let coefficients = [y, -2.0, y * y, 0.5];
    powers[0] * coefficients[0]
        + powers[1] * coefficients[1]
        + powers[2] * coefficients[2]
        + powers[3] * coefficients[3]
}

#[differentiable(jvp)]
fn destructured(x: f64, y: f64) -> f64 {
    let [a, b] = [x * y, y.sin()];
    let (c, _, d) = (a + b, x, a * b);
    c / (2.0 + d * d)
}

#[test]
fn tuples_and_arrays() {
    check!(quadratic_roots, quadratic_roots_grad, quadratic_roots_grad_add, quadratic_roots_vjp, quadratic_roots_jvp; a: 1.5, b: -4.0, c: 1.0);
    check!(polar, polar_grad, polar_grad_add, polar_vjp, polar_jvp; r: 2.0, phi: 0.8);
    check!(swapped, swapped_grad, swapped_grad_add, swapped_vjp, swapped_jvp; x: 0.4, y: 1.1);
    check!(nested_tuples, nested_tuples_grad, nested_tuples_grad_add, nested_tuples_vjp, nested_tuples_jvp; x: 0.4, y: 1.1);
    check!(small_array, small_array_grad, small_array_grad_add, small_array_vjp, small_array_jvp; x: 0.6, y: 1.4);
    check!(destructured, destructured_grad, destructured_grad_add, destructured_vjp, destructured_jvp; x: 0.6, y: 1.4);
}

#[differentiable(jvp)]
fn annotated(x: f64) -> f64 {
    let y: f64 = x * x;
    let half: f64 = 0.5;
    let z: (f64, f64) = (y * half, x);
    (z.0) * (z.1) - -x
}

#[differentiable(jvp)]
fn block_values(x: f64) -> f64 {
    let y = {
        let t = x + 1.0;
        t * t
    };
    let z = {
        let t = y.ln();
        let u = { t * x };
        u - t
    };
    y * z
}

const GRAVITY: f64 = 9.80665;
static STIFFNESS: f64 = 40.0;

#[differentiable(jvp)]
fn energy(height: f64, mass: f64) -> f64 {
    const HALF: f64 = 0.5;
    mass * GRAVITY * height + HALF * STIFFNESS * (height - 1.0) * (height - 1.0)
}

#[differentiable(jvp)]
fn constants(x: f64) -> f64 {
    (TAU * x).sin() + PI.powi(2) * x + std::f64::consts::E.powf(x) + f64::EPSILON * x
}

#[differentiable(jvp)]
fn casts(x: f64, count: usize, scale: i32) -> f64 {
    let mean = x / count as f64;
    mean * mean * f64::from(scale) + (count * 2) as f64 * x
}

#[differentiable(jvp)]
fn references(x: &f64, y: f64) -> f64 {
    let z = &y;
    let w = *x * *z;
    w * w + x * z
}

#[test]
fn blocks_constants_and_casts() {
    check!(annotated, annotated_grad, annotated_grad_add, annotated_vjp, annotated_jvp; x: 1.7);
    check!(block_values, block_values_grad, block_values_grad_add, block_values_vjp, block_values_jvp; x: 0.3);
    check!(energy, energy_grad, energy_grad_add, energy_vjp, energy_jvp; height: 0.3, mass: 2.0);
    check!(constants, constants_grad, constants_grad_add, constants_vjp, constants_jvp; x: 0.3);
    check!(casts, casts_grad, casts_grad_add, casts_vjp, casts_jvp; x: 0.3, n: const 7usize, s: const -3);
    check!(references, references_grad, references_grad_add, references_vjp, references_jvp; x: &1.1, y: 0.4);
}

#[differentiable(jvp)]
fn compound_assignment(x: f64, y: f64) -> f64 {
    let mut z = x;
    z *= y;
    z += x * z;
    z -= y / x;
    z /= 1.0 + z * z;
    z *= z;
    let old = z;
    z = 3.0 * x;
    z += old;
    z
}

#[differentiable(jvp)]
fn reassigned(x: f64) -> f64 {
    let mut y = x * x;
    let a = y.sin();
    y = y * x;
    let b = y.sin();
    y = a * b + y;
    y
}

#[differentiable(jvp)]
fn mutable_parameter(mut x: f64, y: f64) -> f64 {
    let before = x;
    x *= x + y;
    x = x.tanh() * before;
    x + y
}

#[test]
fn mutation() {
    check!(compound_assignment, compound_assignment_grad, compound_assignment_grad_add, compound_assignment_vjp, compound_assignment_jvp; x: 1.3, y: 0.6);
    check!(reassigned, reassigned_grad, reassigned_grad_add, reassigned_vjp, reassigned_jvp; x: 0.9);
    check!(mutable_parameter, mutable_parameter_grad, mutable_parameter_grad_add, mutable_parameter_vjp, mutable_parameter_jvp; x: 0.9, y: -0.2);
}

#[differentiable(jvp)]
fn one_of_two(x: f64, _unused: f64) -> f64 {
    let _far_away = (5.0 * x).acos();
    2.0 * x
}

#[differentiable(jvp)]
fn damped(x: f64) -> f64 {
    x * stop_gradient(x)
}

#[differentiable(jvp)]
fn unused_path(x: f64, y: f64) -> f64 {
    let a = x * y;
    let _ = a * a;
    let _b = a.exp();
    x + y
}

#[test]
fn what_does_not_count() {
    assert_eq!(one_of_two_grad(3.0, 5.0), (6.0, (2.0, 0.0)));
    assert_eq!(damped_grad(3.0), (9.0, 3.0));
    let mut slope = 10.0;
    assert_eq!(damped_grad_add(3.0, &mut slope), 9.0);
    assert_eq!(slope, 13.0);
    check!(unused_path, unused_path_grad, unused_path_grad_add, unused_path_vjp, unused_path_jvp; x: 0.3, y: 0.2);
}

#[differentiable(jvp, wrt(y))]
fn only_the_second(x: f64, y: f64) -> f64 {
    x * x * y + x
}

#[differentiable(jvp, wrt(z, x))]
fn in_another_order(x: f64, y: f64, z: f64) -> f64 {
    x * y * y + z * z * z
}

#[test]
fn chosen_parameters() {
    check!(only_the_second, only_the_second_grad, only_the_second_grad_add, only_the_second_vjp, only_the_second_jvp; x: const 2.0, y: 0.7);
    assert_eq!(in_another_order_grad(2.0, 3.0, 5.0), (143.0, (75.0, 9.0)));
    let (mut dz, mut dx) = (1.0, 2.0);
    in_another_order_grad_add(2.0, 3.0, 5.0, &mut dz, &mut dx);
    assert_eq!((dz, dx), (76.0, 11.0));
}

#[differentiable(jvp)]
fn norm32(x: f32, y: f32) -> f32 {
    let square = x * x + y * y;
    square.sqrt() + 0.5
}

#[differentiable(jvp)]
fn mixed_precision(x: f64, y: f32) -> f64 {
    let wide = f64::from(y) * x;
    wide + (y as f64).sin() * (x as f32 as f64)
}

#[test]
fn single_precision() {
    check!(norm32, norm32_grad, norm32_grad_add, norm32_vjp, norm32_jvp; x: 3.0f32, y: 4.0f32);
    let (value, (dx, dy)) = norm32_grad(3.0, 4.0);
    assert_eq!((value, dx, dy), (5.5, 3.0 / 5.0, 4.0 / 5.0));
    let (value, (dx, dy)) = mixed_precision_grad(0.5, 2.0);
    assert_eq!(value, mixed_precision(0.5, 2.0));
    // The second adjoint went through single precision, as the value did.
    assert!((dx - (2.0 + 2f64.sin())).abs() < 1e-7);
    assert!((f64::from(dy) - (0.5 + 0.5 * 2f64.cos())).abs() < 1e-6);
}

#[differentiable(jvp)]
fn operators_by_name(x: f64, y: f64) -> f64 {
    use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
    let a = x.mul(y).add(x).neg();
    let b = y.sub(x).div(3.0).rem(0.7);
    let c = [x, y, a].iter().copied().fold(1.0, f64::mul);
    a.mul(b) + [a, b, c].into_iter().fold(x, Add::add) * std::ops::Mul::mul(c, c)
}

#[differentiable(jvp)]
fn functions_of_the_type(x: f64, y: f64) -> f64 {
    let sin = |t: f64| t * t;
    <f64>::sin(x) * <f64>::max(x, y) + <f64>::powi(y, 2) * sin(x)
}

#[test]
fn operators_and_functions_in_other_words() {
    for (x, y) in [(1.3, 0.4), (0.6, -1.2)] {
        check!(operators_by_name, operators_by_name_grad, operators_by_name_grad_add, operators_by_name_vjp, operators_by_name_jvp; x: x, y: y);
        check!(functions_of_the_type, functions_of_the_type_grad, functions_of_the_type_grad_add, functions_of_the_type_vjp, functions_of_the_type_jvp; x: x, y: y);
    }
}
