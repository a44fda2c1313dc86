//! Names of the user's that generated code uses itself.

#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

mod core {}
mod std {}

struct Vec;
struct Option;
struct Clone;
struct Box;
trait FnOnce {}
fn zero_like() {}
fn accumulate() {}
fn drop() {}

mod variables {
    use backprop::differentiable;

    #[differentiable]
    pub fn variables(value: f64, d_value: f64, t: f64) -> f64 {
        let tape = value * t;
        let t_2 = tape.sin() * d_value;
        let kept = t_2 * tape;
        let this = kept + value;
        let d_this = this * this;
        let pullback = d_this.exp().ln();
        let cotangent = pullback * 0.5;
        cotangent + t
    }

    #[differentiable]
    pub fn loops(tape: &[f64], base: f64) -> f64 {
        let mut d_sum = 0.0;
        for k in 0..tape.len() {
            let mut value = tape[k];
            for arm in 0..k {
                let kept_value = value * base;
                value = kept_value.sin() + arm as f64;
            }
            d_sum += value;
        }
        d_sum
    }

    #[differentiable]
    pub fn raw(r#type: f64, r#match: f64) -> f64 {
        r#type * r#match
    }

    #[differentiable]
    pub fn x(x: f64) -> f64 {
        x * x
    }
}

/// The companions' names are taken by nothing else, but similar ones are.
mod functions {
    use backprop::differentiable;

    #[differentiable]
    pub fn seeded(x: f64) -> f64 {
        x * x
    }

    #[differentiable]
    pub fn derivative(x: f64) -> f64 {
        seeded(x) * x
    }

    #[differentiable]
    pub fn grad(vjp: f64) -> f64 {
        derivative(vjp) + seeded(vjp)
    }
}

use backprop::differentiable;

#[differentiable]
fn among_hostile_items(x: f64, weights: &[f64]) -> f64 {
    let mut sum = 0.0;
    for w in weights {
        sum += w * x.sin();
    }
    if sum > 1.0 { sum * x } else { sum }
}

fn main() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{a} {b}");
    let h = 1e-6;

    let f = variables::variables;
    let (value, (d_value, d_d_value, d_t)) = variables::variables_grad(0.7, 1.3, -0.4);
    assert_eq!(value, f(0.7, 1.3, -0.4));
    close(d_value, (f(0.7 + h, 1.3, -0.4) - f(0.7 - h, 1.3, -0.4)) / (2.0 * h));
    close(d_d_value, (f(0.7, 1.3 + h, -0.4) - f(0.7, 1.3 - h, -0.4)) / (2.0 * h));
    close(d_t, (f(0.7, 1.3, -0.4 + h) - f(0.7, 1.3, -0.4 - h)) / (2.0 * h));

    let tape = [0.3, 0.5, 0.7];
    let (value, (d_tape, d_base)) = variables::loops_grad(&tape, 1.1);
    assert_eq!(value, variables::loops(&tape, 1.1));
    let f = |base| variables::loops(&tape, base);
    close(d_base, (f(1.1 + h) - f(1.1 - h)) / (2.0 * h));
    let f = |last| variables::loops(&[0.3, 0.5, last], 1.1);
    close(d_tape[2], (f(0.7 + h) - f(0.7 - h)) / (2.0 * h));

    assert_eq!(variables::raw_grad(2.0, 3.0), (6.0, (3.0, 2.0)));
    assert_eq!(variables::x_grad(3.0), (9.0, 6.0));
    assert_eq!(functions::grad_grad(2.0), (12.0, 16.0));

    let (_, (d_x, d_weights)) = among_hostile_items_grad(0.5, &[1.0, 4.0]);
    let f = |x| among_hostile_items(x, &[1.0, 4.0]);
    close(d_x, (f(0.5 + h) - f(0.5 - h)) / (2.0 * h));
    close(d_weights[0], 0.5f64.sin() * 0.5);
}
