//! Functions declared inside a function: they need no attribute.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn calling_each_other(x: &[f64]) -> f64 {
    fn outer(a: f64, b: f64) -> f64 {
        a * square(b) + 1.0
    }
    fn square(b: f64) -> f64 {
        b * b
    }
    // No derivative flows here: it is not looked at.
    fn label(i: usize) -> String {
        format!("n{i}")
    }
    assert_eq!(label(2), "n2");
    outer(x[0], x[1]) + x.iter().copied().map(square).sum::<f64>()
}

#[differentiable(jvp)]
fn recursive(x: f64, n: usize) -> f64 {
    fn power(x: f64, n: usize) -> f64 {
        if n == 0 { 1.0 } else { x * power(x, n - 1) }
    }
    if n > 1 {
        fn twice(a: f64) -> f64 {
            2.0 * a
        }
        return twice(power(x, n));
    }
    power(x, 2)
}

#[differentiable(jvp)]
fn generic_and_in_out(x: f64, y: f64) -> f64 {
    fn square<T: Copy + std::ops::Mul<Output = T>>(a: T) -> T {
        a * a
    }
    fn polar(angle: f64) -> (f64, f64) {
        (angle.sin(), angle.cos())
    }
    fn scale(values: &mut [f64], by: f64) {
        for value in values.iter_mut() {
            *value *= by;
        }
    }
    let (s, c) = polar(x);
    let mut values = [s, c, y];
    scale(&mut values, square(y));
    values[0] * values[1] + values[2]
}

#[derive(Clone, Debug, Differentiable)]
struct Fluid {
    stiffness: f64,
}

impl Fluid {
    #[differentiable(jvp, wrt(self, distances))]
    fn energy(&self, distances: &[f64]) -> f64 {
        fn kernel(r: f64) -> f64 {
            if r < 1.0 { (1.0 - r).powi(2) } else { 0.0 }
        }
        self.stiffness * distances.iter().map(|r| kernel(*r)).sum::<f64>()
    }
}

/// One that has the attribute keeps what it says.
#[differentiable]
fn with_its_own(x: f64, y: f64) -> f64 {
    #[differentiable(wrt(a))]
    fn scaled(a: f64, factor: i32) -> f64 {
        a * f64::from(factor)
    }
    fn offset(a: f64) -> f64 {
        a + 1.0
    }
    scaled(offset(x), 3) * y
}

#[test]
fn inner_functions() {
    check!(calling_each_other, calling_each_other_grad, calling_each_other_grad_add, calling_each_other_vjp, calling_each_other_jvp; x: &vec![0.83, 1.31, 0.47]);
    for n in [0, 1, 3] {
        let run = |x: f64| recursive(x, n);
        let (value, derivative) = recursive_grad(0.83, n);
        assert_eq!(value, run(0.83));
        let h = 1e-5;
        let difference = (run(0.83 + h) - run(0.83 - h)) / (2.0 * h);
        assert!((derivative - difference).abs() < 1e-8, "{derivative} {difference}");
        assert_eq!(recursive_jvp(0.83, n, 1.0), (value, derivative));
    }
    check!(generic_and_in_out, generic_and_in_out_grad, generic_and_in_out_grad_add, generic_and_in_out_vjp, generic_and_in_out_jvp; x: 0.7, y: 1.2);
    check!(with_its_own, with_its_own_grad, with_its_own_grad_add, with_its_own_vjp; x: 0.7, y: 1.2);
}

#[test]
fn inner_functions_of_methods() {
    let fluid = Fluid { stiffness: 2.0 };
    let distances = [0.25, 0.5, 1.5];
    let (value, (d_fluid, d_distances)) = fluid.energy_grad(&distances);
    assert_eq!(value, 2.0 * (0.5625 + 0.25));
    assert_eq!(d_fluid.stiffness, 0.8125);
    assert_eq!(d_distances, [-3.0, -2.0, 0.0]);
}
