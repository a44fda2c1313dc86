//! Step sizes per weight: three features that matter equally, but whose scales differ by a factor
//! of a hundred. One step size for all weights must suit the steepest direction, and the weight
//! of the smallest feature hardly moves; AdaGrad and Adam tune it per weight.
//!
//!     cargo run --release --example optimisers

use backprop::init::{Distribution, seeded};
use backprop::optim::{AdaGrad, Adam, Sgd};
use backprop::prelude::*;

#[differentiable(wrt(w))]
fn loss(w: &Vector, phi: &Vector, y: f64) -> f64 {
    let residual = w.dot(phi) - y;
    residual * residual
}

const SCALES: [f64; 3] = [10.0, 1.0, 0.1];
const TRUTH: [f64; 3] = [0.2, -2.0, 20.0];
const CHECKPOINTS: [usize; 5] = [0, 100, 300, 1000, 3000];

fn data() -> Vec<(Vector, f64)> {
    let mut rng = seeded(11);
    let even = Distribution::uniform(-1.0, 1.0);
    let truth = Vector::from(TRUTH);
    let mut example = || {
        let phi: Vector = SCALES.iter().map(|scale| scale * even.sample(&mut rng)).collect();
        let y = truth.dot(&phi);
        (phi, y)
    };
    (0..100).map(|_| example()).collect()
}

/// Trains on batches of five examples; returns the loss at the checkpoints and the weights.
fn train(mut optimiser: impl Optimizer, data: &[(Vector, f64)]) -> (Vec<f64>, Vector) {
    let mut w = Vector::zeros(3);
    let mut gradient = w.zero_like();
    let mut losses = vec![];
    for (step, batch) in data.chunks(5).cycle().take(CHECKPOINTS[4] + 1).enumerate() {
        if CHECKPOINTS.contains(&step) {
            let total: f64 = data.iter().map(|(phi, y)| loss(&w, phi, *y)).sum();
            losses.push(total / data.len() as f64);
        }
        gradient.set_zero();
        for (phi, y) in batch {
            loss_grad_add(&w, phi, *y, &mut gradient);
        }
        gradient.scale_by(1.0 / batch.len() as f64);
        optimiser.step(&mut w, &gradient);
    }
    (losses, w)
}

fn main() {
    let data = data();
    println!("The weights to find are {TRUTH:?}.\n");
    println!(
        "loss after    {:>9} {:>9} {:>9} {:>9} {:>9}   weights at the end",
        0, 100, 300, 1000, 3000
    );
    let report = |name: &str, (losses, w): (Vec<f64>, Vector)| {
        let columns: Vec<_> = losses.iter().map(|loss| format!("{loss:>9.1e}")).collect();
        println!("{name:<13} {}   {w:.3}", columns.join(" "));
        losses[4]
    };
    // Steps of SGD twice as large make it diverge: the loss along the first weight is steep.
    let sgd = report("SGD", train(Sgd::new(0.01), &data));
    let adagrad = report("AdaGrad", train(AdaGrad::new(1.0), &data));
    let adam = report("Adam", train(Adam::new(0.1), &data));
    assert!(adagrad < 0.01 * sgd && adam < 0.01 * sgd, "adaptive steps should win by far");
}
