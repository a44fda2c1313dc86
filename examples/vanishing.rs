//! Watching gradients: in a deep sigmoid network with small weights, every layer shrinks what it
//! passes back, and the first layers do not learn. Larger initial weights, or an activation
//! whose slope is 1, help; weights that are too large make the gradients explode.
//!
//!     cargo run --release --example vanishing

use backprop::init::{Distribution, seeded, vector, xavier_normal};
use backprop::monitor::{Finding, GradientMonitor};
use backprop::optim::Adam;
use backprop::prelude::*;

const DEPTH: usize = 10;
const WIDTH: usize = 16;

#[derive(Clone, Copy)]
enum Activation {
    Sigmoid,
    Tanh,
    Relu,
}

#[derive(Clone, Debug, Differentiable)]
struct Network {
    layers: Vec<Matrix>,
    w: Vector,
}

impl Network {
    fn random(gain: f64) -> Network {
        let mut rng = seeded(4);
        let layers = (0..DEPTH).map(|_| gain * xavier_normal(WIDTH, WIDTH, &mut rng)).collect();
        Network { layers, w: vector(WIDTH, Distribution::xavier_normal(WIDTH, 1), &mut rng) }
    }
}

#[differentiable(wrt(net))]
fn loss(net: &Network, activation: Activation, phi: &Vector, y: f64) -> f64 {
    let mut h = phi.clone();
    for layer in &net.layers {
        let z = layer * &h;
        h = match activation {
            Activation::Sigmoid => z.sigmoid(),
            Activation::Tanh => z.tanh(),
            Activation::Relu => z.relu(),
        };
    }
    let residual = net.w.dot(&h) - y;
    residual * residual
}

/// Random φ(x) and as target the sine of their sum.
fn data() -> Vec<(Vector, f64)> {
    let mut rng = seeded(9);
    let mut example = || {
        let phi: Vector = vector(WIDTH, Distribution::normal(0.0, 1.0), &mut rng);
        let y = (0.5 * phi.sum()).sin();
        (phi, y)
    };
    (0..64).map(|_| example()).collect()
}

/// How a network fared.
struct Outcome {
    /// Sizes of the layers' gradients at the first step, first layer first.
    sizes: Vec<f64>,
    /// What the monitor found at the first step.
    findings: Vec<Finding>,
    loss_before: f64,
    loss_after: f64,
}

/// Trains with Adam on all examples at once, and watches.
fn train(activation: Activation, gain: f64) -> Outcome {
    let data = data();
    let mut net = Network::random(gain);
    let mut gradient = net.zero_like();
    let mut adam = Adam::new(0.002);
    let mut losses = vec![];
    let mut monitor = GradientMonitor::new();
    let mut findings = vec![];
    for step in 0..=300 {
        gradient.set_zero();
        let mut total = 0.0;
        for (phi, y) in &data {
            total += loss_grad_add(&net, activation, phi, *y, &mut gradient);
        }
        losses.push(total / data.len() as f64);
        gradient.scale_by(1.0 / data.len() as f64);
        monitor.record(&gradient);
        if step == 0 {
            findings = monitor.findings().into_iter().map(|(_, finding)| finding).collect();
        }
        adam.step(&mut net, &gradient);
    }
    let sizes = monitor.histories().take(DEPTH).map(|(_, sizes)| sizes[0]).collect();
    Outcome { sizes, findings, loss_before: losses[0], loss_after: losses[300] }
}

fn main() {
    println!(
        "                        gradient (r.m.s.) of layer ...           loss after 300 steps"
    );
    println!("weights                      1         4         7        10     start       end");
    let [small, xavier, large, tanh, relu, huge] = [
        ("sigmoid, ½ × Xavier", Activation::Sigmoid, 0.5),
        ("sigmoid, Xavier", Activation::Sigmoid, 1.0),
        ("sigmoid, 4 × Xavier", Activation::Sigmoid, 4.0),
        ("tanh, Xavier", Activation::Tanh, 1.0),
        ("relu, √2 × Xavier", Activation::Relu, 2f64.sqrt()),
        ("relu, 5 × Xavier", Activation::Relu, 5.0),
    ]
    .map(|(name, activation, gain)| {
        let outcome = train(activation, gain);
        let sizes = [0, 3, 6, 9].map(|layer| format!("{:>10.1e}", outcome.sizes[layer]));
        print!("{name:<20}{}", sizes.concat());
        print!("{:>10.1e}{:>10.1e}", outcome.loss_before, outcome.loss_after);
        match outcome.findings[..] {
            [] => println!(),
            [finding, ..] => println!("  {finding}: {} parameters", outcome.findings.len()),
        }
        outcome
    });

    for sigmoid in [small, xavier] {
        assert!(sigmoid.sizes[0] < 1e-4 * sigmoid.sizes[9], "the first layer should get nothing");
        assert!(sigmoid.findings.contains(&Finding::Vanishing));
        assert!(sigmoid.loss_after > 0.3, "and so training should fail");
    }
    assert!(large.sizes[0] > 1e-3 * large.sizes[9] && large.loss_after < 0.2);
    for good in [tanh, relu] {
        assert!((0.1..10.0).contains(&(good.sizes[0] / good.sizes[9])));
        assert!(good.findings.is_empty() && good.loss_after < 1e-3);
    }
    assert!(huge.findings.contains(&Finding::Exploding), "too large is no good, either");
}
