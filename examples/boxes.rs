//! Functions as boxes: how much does the output change if an input changes a little?
//!
//! Each box shows its gradient on the edge of each input, and beside it what a real nudge
//! ε = 1e-6 of that input does to the output.
//!
//!     cargo run --example boxes

use backprop::prelude::*;

#[differentiable]
fn add(a: f64, b: f64) -> f64 {
    a + b
}

#[differentiable]
fn subtract(a: f64, b: f64) -> f64 {
    a - b
}

#[differentiable]
fn multiply(a: f64, b: f64) -> f64 {
    a * b
}

#[differentiable]
fn maximum(a: f64, b: f64) -> f64 {
    a.max(b)
}

#[differentiable]
fn square(a: f64) -> f64 {
    a * a
}

#[differentiable]
fn logistic(a: f64) -> f64 {
    1.0 / (1.0 + (-a).exp())
}

const EPSILON: f64 = 1e-6;

/// Prints `… = c + gradient·ε`, and checks the gradient against the textbook's and
/// against the nudge.
fn edge(nudged_formula: &str, gradient: f64, textbook: f64, c: f64, nudged: f64) {
    let measured = (nudged - c) / EPSILON;
    println!("    {nudged_formula:<13} = c {gradient:+.4}ε    (measured {measured:+.4})");
    assert!((gradient - textbook).abs() < 1e-15, "{gradient}, not {textbook}");
    assert!((gradient - measured).abs() < 1e-5, "{gradient}, but measured {measured}");
}

fn main() {
    for (a, b) in [(3.0, 4.0), (2.0, -1.0)] {
        println!("a = {a}, b = {b}\n");

        let (c, (da, db)) = add_grad(a, b);
        println!("  a + b = {c}");
        edge("(a + ε) + b", da, 1.0, c, add(a + EPSILON, b));
        edge("a + (b + ε)", db, 1.0, c, add(a, b + EPSILON));

        let (c, (da, db)) = subtract_grad(a, b);
        println!("  a - b = {c}");
        edge("(a + ε) - b", da, 1.0, c, subtract(a + EPSILON, b));
        edge("a - (b + ε)", db, -1.0, c, subtract(a, b + EPSILON));

        let (c, (da, db)) = multiply_grad(a, b);
        println!("  a · b = {c}");
        edge("(a + ε) · b", da, b, c, multiply(a + EPSILON, b));
        edge("a · (b + ε)", db, a, c, multiply(a, b + EPSILON));

        let (c, (da, db)) = maximum_grad(a, b);
        println!("  max(a, b) = {c}");
        let (a_wins, b_wins) = if a > b { (1.0, 0.0) } else { (0.0, 1.0) };
        edge("max(a + ε, b)", da, a_wins, c, maximum(a + EPSILON, b));
        edge("max(a, b + ε)", db, b_wins, c, maximum(a, b + EPSILON));

        let (c, da) = square_grad(a);
        println!("  a² = {c}");
        edge("(a + ε)²", da, 2.0 * a, c, square(a + EPSILON));

        let (c, da) = logistic_grad(a);
        println!("  σ(a) = {c:.4}");
        edge("σ(a + ε)", da, c * (1.0 - c), c, logistic(a + EPSILON));
        println!();
    }

    println!("The slope of σ vanishes far from 0:");
    for a in [0.0, 2.0, 5.0, 10.0, 20.0, -20.0] {
        let (_, da) = logistic_grad(a);
        println!("  dσ/da at {a:>3} is {da:.1e}");
        assert!(da <= 0.25 && da > 0.0 && (a.abs() < 20.0 || da < 1e-8));
    }
}
