//! What the function has computed already is not computed again in the reverse: the cosine beside a
//! sine, the reciprocal of a dividend that a loop does not change. Gradients with and without are the
//! same, and those of differences.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use common::check;

/// Functions as usual, and without computing anything once.
macro_rules! variants {
    ($(fn $name:ident($($p:ident: $t:ty),* $(,)?) -> f64 $body:block)*) => {
        $(#[backprop::differentiable(explain)]
        fn $name($($p: $t),*) -> f64 $body)*
        mod again {
            $(#[backprop::differentiable(unoptimized(once))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
    };
}

variants! {
    fn rotated(x: &[f64], a: f64) -> f64 {
        let (sin, cos) = (a.sin(), a.cos());
        let (sinh, cosh) = (x[0].sinh(), x[0].cosh());
        (x[0] * cos - x[1] * sin) * (x[2] * cos + sin).exp() + sinh * sinh / cosh
    }

    // The number changes between its sine and its cosine, and an index between two elements.
    fn changed(x: &[f64], a: f64) -> f64 {
        let mut angle = a;
        let sin = angle.sin();
        angle = angle * x[0] + 1.0;
        let cos = angle.cos();
        let mut i = 0;
        let first = x[i].sin();
        i += 1;
        let second = x[i].cos();
        sin * cos * cos + first * first * second
    }

    // Angles of loops and of arms, one of them used after the loop.
    fn in_loops(x: &[f64], a: f64) -> f64 {
        let mut y = 0.3;
        for i in 0..x.len() {
            let (sin, cos) = (x[i] * y).sin_cos();
            y = y * cos + a * sin;
            let angle = x[i] + a;
            if x[i] > 0.5 {
                y += angle.sin() * angle.cos();
            } else {
                y -= angle.cos() / (2.0 + angle.sin());
            }
        }
        y + a.sin() * y.cos()
    }

    fn of_references(x: &[f64], a: f64) -> f64 {
        let mut sum = 0.0;
        for x in x {
            let (s, c) = (x.sin(), x.cos());
            sum += s * s * c * a;
        }
        sum
    }

    // Quotients of what a loop does not change, and of what it does.
    fn quotients(x: &[f64], a: f64) -> f64 {
        let strength = [0.5, -2.0];
        let mut sum = 0.0;
        let mut scale = 1.0;
        for i in 0..x.len() {
            for k in 0..strength.len() {
                let r = x[i] * x[i] + a + 1.0;
                let y = strength[k] * strength[k] / r;
                sum += y * y * y + scale / (r + y) + 0.25 / r + (0.0 * strength[k]) / r;
                scale += 0.5;
            }
            sum *= 3.0 / (1.0 + sum * sum);
        }
        sum
    }
}

const X: [f64; 4] = [0.4, -0.7, 1.1, 0.9];

macro_rules! agree {
    ($($name:ident: $grad:ident, $add:ident, $vjp:ident;)*) => {
        mod agree {
        use super::*;
        $(#[test]
        fn $name() {
            let x = X.to_vec();
            check!(super::$name, $grad, $add, $vjp; x: &x, a: 0.6);
            let (value, (d_x, d_a)) = $grad(&X, 0.6);
            let (same, (e_x, e_a)) = again::$grad(&X, 0.6);
            assert_eq!(value.to_bits(), same.to_bits());
            for (d, e) in d_x.iter().chain([&d_a]).zip(e_x.iter().chain([&e_a])) {
                assert!((d - e).abs() <= 1e-13 * (1.0 + e.abs()), "{d} for {e}");
            }
        })*
        }
    };
}

agree! {
    rotated: rotated_grad, rotated_grad_add, rotated_vjp;
    changed: changed_grad, changed_grad_add, changed_vjp;
    in_loops: in_loops_grad, in_loops_grad_add, in_loops_vjp;
    of_references: of_references_grad, of_references_grad_add, of_references_vjp;
    quotients: quotients_grad, quotients_grad_add, quotients_vjp;
}

#[backprop::differentiable]
fn extreme(a: f64, b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for b in b {
        sum += a / b;
    }
    sum
}

#[backprop::differentiable(wrt(b))]
fn of_constant(a: f64, b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for b in b {
        sum += a / b;
    }
    sum
}

/// The derivatives of quotients where reciprocals leave the range of numbers.
#[test]
fn extremes() {
    let (_, (d_a, d_b)) = extreme_grad(3e-320, &[2e-310, 1e-310]);
    assert_eq!(d_a, f64::INFINITY);
    assert!(d_b.iter().all(|d| *d < 0.0));
    let (_, (d_a, _)) = extreme_grad(1e300, &[1e308, 1.7e308]);
    assert!((d_a / (1e-308 + 1.0 / 1.7e308) - 1.0).abs() < 1e-15);
    for a in [0.0, 1e-320, 1e-300, 1e300, -1.7e308] {
        let b = [1e-5, -3.0, 1e200];
        let (_, d) = of_constant_grad(a, &b);
        for (d, b) in d.iter().zip(b) {
            let expected = -(a / b / b);
            let close = (d - expected).abs() <= 1e-14 * expected.abs() + 1e-310;
            assert!(*d == expected || close, "{d} for {expected}");
        }
    }
}
