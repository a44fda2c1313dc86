//! Functions whose derivative is given by hand.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;
use num_traits::Float;

/// The error function as a library would hand it out: a series that nobody differentiates.
fn library_erf(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > 1e-18 * sum.abs() {
        n += 1.0;
        term *= -x * x / n;
        sum += term / (2.0 * n + 1.0);
    }
    std::f64::consts::FRAC_2_SQRT_PI * sum
}

#[differentiable(jvp, partials(x = std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp()))]
fn erf(x: f64) -> f64 {
    library_erf(x)
}

#[differentiable(jvp)]
fn normal_cdf(x: f64, mu: f64, sigma: f64) -> f64 {
    0.5 * (1.0 + erf((x - mu) / (sigma * std::f64::consts::SQRT_2)))
}

#[differentiable(jvp, partials(a = value / a * b, b = value * a.ln()))]
fn power(a: f64, b: f64, steps: usize) -> f64 {
    let _ = steps;
    a.powf(b)
}

#[differentiable(jvp)]
fn powers(xs: &[f64], b: f64) -> f64 {
    let mut sum = 0.0;
    for x in xs {
        if *x > 1.0 {
            sum += power(*x, b, 3) * sum;
        } else {
            sum += power(b, *x, 2);
        }
    }
    sum
}

/// What a library hands out as a function pointer: the body is not read.
#[differentiable(jvp, partials(x = 1.0 / (2.0 * value)))]
fn foreign(x: f64) -> f64 {
    let functions: [fn(f64) -> f64; 2] = [f64::sin, f64::sqrt];
    functions[1](x)
}

/// The solution of `x² a₀ + x a₁ = 1` nearest to 1, by Newton's method.
#[differentiable(pullback = root_pullback)]
fn root(a: &[f64; 2]) -> f64 {
    let mut x = 1.0;
    for _ in 0..60 {
        x -= (a[0] * x * x + a[1] * x - 1.0) / (2.0 * a[0] * x + a[1]);
    }
    x
}

/// By the implicit function theorem.
fn root_pullback(a: &[f64; 2], x: f64, cotangent: f64) -> [f64; 2] {
    let slope = 2.0 * a[0] * x + a[1];
    [-cotangent * x * x / slope, -cotangent * x / slope]
}

#[differentiable]
fn roots(a: &[f64; 2], b: &[f64; 2]) -> f64 {
    let mut sum = 0.0;
    for i in 1..3 {
        let c = [a[0] * i as f64, a[1] + b[0]];
        sum += root(&c) * root(b).sin();
    }
    sum
}

/// A vector scaled and sorted: an aggregate by value, another by reference, and one that is inert.
#[differentiable(pullback = sorted_pullback, wrt(values, factor))]
fn sorted(values: Vec<f64>, names: &[&str], factor: &[f64]) -> Vec<f64> {
    assert_eq!(values.len(), names.len());
    let mut values = values;
    values.iter_mut().for_each(|v| *v *= factor[0]);
    values.sort_by(f64::total_cmp);
    values
}

fn sorted_pullback(
    values: Vec<f64>,
    _: &[&str],
    factor: &[f64],
    sorted: &Vec<f64>,
    cotangent: Vec<f64>,
) -> (Vec<f64>, Vec<f64>) {
    let mut d_factor = vec![0.0; factor.len()];
    let d_values = values.iter().map(|v| {
        let at = sorted.iter().position(|s| *s == v * factor[0]).unwrap();
        d_factor[0] += v * cotangent[at];
        factor[0] * cotangent[at]
    });
    (d_values.collect(), d_factor)
}

#[differentiable]
fn of_sorted(values: &[f64], factor: &[f64]) -> f64 {
    let names = ["a", "b", "c"];
    let s = sorted(values.to_vec(), &names, factor);
    s[0] * s[0] + 3.0 * s[1] + s[2].sin()
}

#[derive(Clone, Debug, PartialEq, Differentiable)]
struct Table {
    points: Vec<f64>,
}

impl Table {
    /// Linear interpolation on the integers.
    #[differentiable(pullback = Self::lookup_pullback, wrt(self, x))]
    fn lookup(&self, x: f64) -> f64 {
        let i = x as usize;
        self.points[i] + (x - i as f64) * (self.points[i + 1] - self.points[i])
    }

    fn lookup_pullback(&self, x: f64, _: f64, cotangent: f64) -> (Table, f64) {
        let i = x as usize;
        let mut d_self = self.zero_like();
        d_self.points[i] = cotangent * (1.0 - (x - i as f64));
        d_self.points[i + 1] = cotangent * (x - i as f64);
        (d_self, cotangent * (self.points[i + 1] - self.points[i]))
    }

    #[differentiable(wrt(self, x))]
    fn twice(&self, x: f64) -> f64 {
        self.lookup(x) * self.lookup(x + 1.0)
    }
}

#[differentiable(jvp, partials(x = value * (T::one() - value)))]
fn logistic<T: Float>(x: T) -> T {
    (T::one() + (-x).exp()).recip()
}

#[differentiable(jvp)]
fn of_logistic<T: Float>(x: T) -> T {
    logistic(x * x) * x
}

#[differentiable(pullback = mirrored_pullback)]
fn mirrored<T: Float, const N: usize>(x: [T; N]) -> [T; N] {
    let mut y = x;
    y.reverse();
    y
}

fn mirrored_pullback<T: Float, const N: usize>(_: [T; N], _: &[T; N], d: [T; N]) -> [T; N] {
    mirrored(d)
}

#[differentiable]
fn of_mirrored(x: [f64; 3]) -> f64 {
    let y = mirrored(x);
    y[0] * x[1] + y[2].sin()
}

#[test]
fn rules_by_partials() {
    for x in [-1.5, 0.3, 2.0] {
        check!(erf, erf_grad, erf_grad_add, erf_vjp, erf_jvp; x: x,);
        check!(normal_cdf, normal_cdf_grad, normal_cdf_grad_add, normal_cdf_vjp, normal_cdf_jvp;
            x: x, mu: 0.2, sigma: 1.3,);
        check!(logistic, logistic_grad, logistic_grad_add, logistic_vjp, logistic_jvp; x: x,);
        check!(of_logistic, of_logistic_grad, of_logistic_grad_add, of_logistic_vjp, of_logistic_jvp; x: x,);
    }
    check!(power, power_grad, power_grad_add, power_vjp, power_jvp; a: 1.3, b: 0.7, n: const 3,);
    check!(powers, powers_grad, powers_grad_add, powers_vjp, powers_jvp; xs: &vec![1.3, 0.7, 2.0], b: 0.7,);
    check!(foreign, foreign_grad, foreign_grad_add, foreign_vjp, foreign_jvp; x: 2.0,);
}

#[test]
fn rules_by_pullbacks() {
    check!(root, root_grad, root_grad_add, root_vjp; a: &[1.0, 0.5],);
    check!(roots, roots_grad, roots_grad_add, roots_vjp; a: &[1.0, 0.5], b: &[0.7, 0.2],);
    check!(of_sorted, of_sorted_grad, of_sorted_grad_add, of_sorted_vjp;
        values: &vec![3.0, 1.0, 2.0], factor: &vec![0.5],);
    check!(of_mirrored, of_mirrored_grad, of_mirrored_grad_add, of_mirrored_vjp;
        x: [0.3, 1.2, 0.7],);
    let table = Table { points: vec![1.0, 3.0, 2.0, 5.0] };
    check!(Table::lookup, Table::lookup_grad, Table::lookup_grad_add, Table::lookup_vjp;
        table: &table, x: 1.25,);
    check!(Table::twice, Table::twice_grad, Table::twice_grad_add, Table::twice_vjp;
        table: &table, x: 0.25,);
    let names = ["a", "b"];
    let (value, pullback) = sorted_vjp(vec![2.0, 1.0], &names, &[3.0]);
    assert_eq!(value, [3.0, 6.0]);
    assert_eq!(pullback(vec![1.0, 10.0]), (vec![30.0, 3.0], vec![21.0]));
}

/// A zero adjoint gives zero also where the given derivative is infinite.
#[test]
fn strong_zero() {
    #[differentiable(jvp)]
    fn unused_root(x: f64) -> f64 {
        2.0 * x + 0.0 * foreign(x)
    }
    assert_eq!(unused_root_grad(0.0), (0.0, 2.0));
}
