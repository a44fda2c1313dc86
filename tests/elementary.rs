//! Every elementary function, as a method and as a path, alone and inside an expression.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

macro_rules! unary {
    ($($name:ident at $($x:expr),+;)*) => {
        $(mod $name {
            use super::*;

            #[differentiable(jvp)]
            fn method(x: f64) -> f64 {
                x.$name()
            }

            #[differentiable(jvp)]
            fn path(x: f64) -> f64 {
                f64::$name(x)
            }

            #[differentiable(jvp)]
            fn inside(x: f64, y: f64) -> f64 {
                let z = (x * y).$name() * x;
                z * z + f64::$name(y * x) / (2.0 + x * x)
            }

            #[differentiable(jvp)]
            fn single(x: f32) -> f32 {
                x.$name()
            }

            #[test]
            fn derivative() {
                for x in [$($x),+] {
                    check!(method, method_grad, method_grad_add, method_vjp, method_jvp; x: x);
                    check!(path, path_grad, path_grad_add, path_vjp, path_jvp; x: x);
                    check!(inside, inside_grad, inside_grad_add, inside_vjp, inside_jvp; x: x, y: 1.0);
                    check!(inside, inside_grad, inside_grad_add, inside_vjp, inside_jvp; x: x * 0.5, y: 2.0);
                    let (wide, narrow) = (method_grad(x).1, single_grad(x as f32).1);
                    assert!((wide - f64::from(narrow)).abs() <= 2e-5 * (1.0 + wide.abs()));
                }
            }
        })*
    };
}

unary! {
    sin at -2.0, 0.0, 0.5, 9.0;
    cos at -2.0, 0.25, 0.5, 9.0;
    tan at -1.0, 0.0, 0.5, 4.0;
    asin at -0.7, 0.0, 0.5;
    acos at -0.7, 0.0, 0.5;
    atan at -4.0, 0.0, 0.5;
    sinh at -2.0, 0.0, 0.5;
    cosh at -2.0, 0.25, 0.5;
    tanh at -2.0, 0.0, 0.5, 6.0;
    asinh at -2.0, 0.0, 0.5, 100.0;
    acosh at 1.5, 30.0;
    atanh at -0.7, 0.0, 0.5;
    exp at -2.0, 0.0, 0.5, 4.0;
    exp2 at -2.0, 0.0, 0.5, 4.0;
    exp_m1 at -2.0, 0.0, 0.5, 4.0;
    ln at 0.1, 0.5, 3.0, 100.0;
    log2 at 0.1, 0.5, 3.0, 100.0;
    log10 at 0.1, 0.5, 3.0, 100.0;
    ln_1p at -0.4, 0.0, 0.5, 100.0;
    sqrt at 0.1, 2.0, 100.0;
    cbrt at -8.0, 0.1, 2.0, 100.0;
    recip at -2.0, 0.1, 3.0;
    abs at -2.0, 0.1, 3.0;
    fract at -2.3, 0.1, 3.4;
    to_degrees at -2.0, 0.1;
    to_radians at -2.0, 90.0;
}

#[differentiable(jvp)]
fn powers(x: f64, y: f64) -> f64 {
    x.powf(y) + f64::powf(y, x) + x.powi(3) - f64::powi(y, -2) + x.powf(1.5) + 2f64.powf(x)
}

#[differentiable(jvp)]
fn integer_power(x: f64, n: i32) -> f64 {
    x.powi(n) + x.powi(n - 1) * x.powi(2 * n)
}

#[differentiable(jvp)]
fn logarithm(x: f64, base: f64) -> f64 {
    x.log(base) + f64::log(base, x) + x.log(3.0)
}

#[differentiable(jvp)]
fn angles(y: f64, x: f64) -> f64 {
    y.atan2(x) + f64::atan2(x, 2.0) * y + y.hypot(x) * f64::hypot(3.0, x)
}

#[differentiable(jvp)]
fn fused(x: f64, a: f64, b: f64) -> f64 {
    x.mul_add(a, b) * f64::mul_add(2.0, x, a * b)
}

#[differentiable(jvp)]
fn remainders(x: f64, y: f64) -> f64 {
    x % y + x.rem_euclid(y) * (y % 1.5) + (3.0 * x) % 0.7
}

#[differentiable(jvp)]
fn larger_and_smaller(x: f64, y: f64) -> f64 {
    x.max(y) * f64::min(x, y * y) + x.clamp(-0.5, 0.5) + f64::max(0.25, x)
}

#[differentiable(jvp)]
fn signs(x: f64, y: f64) -> f64 {
    x.copysign(y) * y + x * y.signum() + (x - x.floor()) * (y.round() + y)
}

#[differentiable(jvp)]
fn both_at_once(x: f64) -> f64 {
    let (s, c) = x.sin_cos();
    s * s * c
}

#[differentiable(jvp)]
fn of_the_runtime(x: f64) -> f64 {
    x.sigmoid() + 2.0 * x.softplus() * x.log_sigmoid() + (x - 0.2).relu()
}

#[test]
fn functions_of_several_numbers() {
    for (x, y) in [(0.4, 1.3), (2.15, 0.6), (1.7, 2.2)] {
        check!(powers, powers_grad, powers_grad_add, powers_vjp, powers_jvp; x: x, y: y);
        check!(logarithm, logarithm_grad, logarithm_grad_add, logarithm_vjp, logarithm_jvp; x: x, base: y);
        check!(angles, angles_grad, angles_grad_add, angles_vjp, angles_jvp; y: y, x: x);
        check!(angles, angles_grad, angles_grad_add, angles_vjp, angles_jvp; y: -y, x: x);
        check!(angles, angles_grad, angles_grad_add, angles_vjp, angles_jvp; y: y, x: -x);
        check!(fused, fused_grad, fused_grad_add, fused_vjp, fused_jvp; x: x, a: y, b: -0.3);
        check!(remainders, remainders_grad, remainders_grad_add, remainders_vjp, remainders_jvp; x: x, y: y);
        check!(remainders, remainders_grad, remainders_grad_add, remainders_vjp, remainders_jvp; x: -x, y: y);
        check!(larger_and_smaller, larger_and_smaller_grad, larger_and_smaller_grad_add, larger_and_smaller_vjp, larger_and_smaller_jvp; x: x, y: y);
        check!(larger_and_smaller, larger_and_smaller_grad, larger_and_smaller_grad_add, larger_and_smaller_vjp, larger_and_smaller_jvp; x: -x, y: y);
        check!(signs, signs_grad, signs_grad_add, signs_vjp, signs_jvp; x: x, y: y);
        check!(signs, signs_grad, signs_grad_add, signs_vjp, signs_jvp; x: -x, y: y);
        check!(signs, signs_grad, signs_grad_add, signs_vjp, signs_jvp; x: x, y: -y);
    }
    for x in [-1.5, 0.0, 0.7, 3.0] {
        check!(both_at_once, both_at_once_grad, both_at_once_grad_add, both_at_once_vjp, both_at_once_jvp; x: x);
        check!(of_the_runtime, of_the_runtime_grad, of_the_runtime_grad_add, of_the_runtime_vjp, of_the_runtime_jvp; x: x);
    }
    for n in [-3, 0, 1, 2, 3, 8] {
        check!(integer_power, integer_power_grad, integer_power_grad_add, integer_power_vjp, integer_power_jvp; x: 1.3, n: const n);
        check!(integer_power, integer_power_grad, integer_power_grad_add, integer_power_vjp, integer_power_jvp; x: -0.8, n: const n);
    }
}

#[differentiable(jvp)]
fn gaussian(x: f64, mean: f64, deviation: f64) -> f64 {
    let z = (x - mean) / deviation;
    (-0.5 * z * z).exp() / (deviation * (2.0 * std::f64::consts::PI).sqrt())
}

#[differentiable(jvp)]
fn black_scholes(spot: f64, strike: f64, rate: f64, volatility: f64, time: f64) -> f64 {
    let root = volatility * time.sqrt();
    let d1 = ((spot / strike).ln() + (rate + volatility * volatility / 2.0) * time) / root;
    let d2 = d1 - root;
    // The normal distribution by Abramowitz and Stegun's tanh approximation.
    let n1 = 0.5 * (1.0 + (0.7978845608 * (d1 + 0.044715 * d1.powi(3))).tanh());
    let n2 = 0.5 * (1.0 + (0.7978845608 * (d2 + 0.044715 * d2.powi(3))).tanh());
    spot * n1 - strike * (-rate * time).exp() * n2
}

#[differentiable(jvp)]
fn lennard_jones(r: f64, epsilon: f64, sigma: f64) -> f64 {
    let s6 = (sigma / r).powi(6);
    4.0 * epsilon * (s6 * s6 - s6)
}

#[differentiable(jvp)]
fn haversine(lat1: f64, lon1: f64, lat2: f64, lon2: f64) -> f64 {
    let (p1, p2) = (lat1.to_radians(), lat2.to_radians());
    let dp = p2 - p1;
    let dl = (lon2 - lon1).to_radians();
    let a = (dp / 2.0).sin().powi(2) + p1.cos() * p2.cos() * (dl / 2.0).sin().powi(2);
    2.0 * 6371.0 * a.sqrt().atan2((1.0 - a).sqrt())
}

#[differentiable(jvp)]
fn kepler(mean: f64, eccentricity: f64) -> f64 {
    let e0 = mean + eccentricity * mean.sin();
    let e1 = e0 - (e0 - eccentricity * e0.sin() - mean) / (1.0 - eccentricity * e0.cos());
    let e2 = e1 - (e1 - eccentricity * e1.sin() - mean) / (1.0 - eccentricity * e1.cos());
    1.0 - eccentricity * e2.cos()
}

#[test]
fn formulas() {
    check!(gaussian, gaussian_grad, gaussian_grad_add, gaussian_vjp, gaussian_jvp; x: 0.7, mean: 0.2, deviation: 1.3);
    check!(black_scholes, black_scholes_grad, black_scholes_grad_add, black_scholes_vjp, black_scholes_jvp; spot: 100.0, strike: 95.0, rate: 0.03, volatility: 0.25, time: 0.5
    );
    check!(lennard_jones, lennard_jones_grad, lennard_jones_grad_add, lennard_jones_vjp, lennard_jones_jvp; r: 1.2, epsilon: 0.8, sigma: 1.1);
    check!(haversine, haversine_grad, haversine_grad_add, haversine_vjp, haversine_jvp; lat1: 48.85, lon1: 2.35, lat2: 40.71, lon2: -74.0);
    check!(kepler, kepler_grad, kepler_grad_add, kepler_vjp, kepler_jvp; mean: 1.1, eccentricity: 0.3);
}
