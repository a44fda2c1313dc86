//! Linear classification with the hinge loss max{1 − w·φ(x) y, 0}, whose gradient is
//! −1[margin < 1] φ(x) y: examples that are classified with room to spare say nothing.
//!
//!     cargo run --example hinge

use backprop::prelude::*;

#[differentiable(wrt(w))]
fn loss(w: &Vector, phi: &Vector, y: f64) -> f64 {
    let score = w.dot(phi);
    let margin = score * y;
    (1.0 - margin).max(0.0)
}

/// The gradient as one works it out by hand.
fn textbook(w: &Vector, phi: &Vector, y: f64) -> Vector {
    let margin = w.dot(phi) * y;
    let indicator = if margin < 1.0 { 1.0 } else { 0.0 };
    phi * (-indicator * y)
}

fn main() {
    let w = Vector::from([2.0, -1.0]);
    println!("w = {w}\n");
    println!("    φ(x)          y   margin   loss   gradient");
    let examples = [
        ([1.0, 0.0], 1.0, 0.0),  // right, margin 2
        ([0.5, 0.0], 1.0, 0.0),  // right, and exactly at the margin
        ([0.5, 0.5], 1.0, 0.5),  // right, but too close
        ([1.0, 3.0], 1.0, 2.0),  // wrong
        ([1.0, 3.0], -1.0, 0.0), // the same point with the other label
        ([1.0, 0.0], -1.0, 3.0),
    ];
    for (phi, y, expected_loss) in examples {
        let phi = Vector::from(phi);
        let (value, gradient) = loss_grad(&w, &phi, y);
        println!("    {:<12}{y:>3}{:>9}{value:>7}   {gradient}", phi.to_string(), w.dot(&phi) * y,);
        assert_eq!(value, expected_loss);
        assert_eq!(gradient, textbook(&w, &phi, y));
    }

    // Subgradient descent on four separable points ends where every margin is at least 1.
    let points = [([2.0, 1.0], 1.0), ([1.0, 3.0], 1.0), ([-1.0, -1.0], -1.0), ([-2.0, 1.0], -1.0)];
    let points = points.map(|(phi, y)| (Vector::from(phi), y));
    let mut w = Vector::from([0.0, 0.0]);
    let mut steps = 0;
    loop {
        let mut gradient = Vector::zeros(2);
        let total: f64 =
            points.iter().map(|(phi, y)| loss_grad_add(&w, phi, *y, &mut gradient)).sum();
        if total == 0.0 {
            break;
        }
        w.add_scaled(-0.02, &gradient);
        steps += 1;
    }
    println!("\nAfter {steps} steps from 0 no example has any loss: w = {w:.2}");
    assert!(steps < 100 && points.iter().all(|(phi, y)| w.dot(phi) * y >= 1.0));
}
