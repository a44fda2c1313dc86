//! Why training a network is hard in principle: the loss of a linear predictor is convex, so
//! gradient descent reaches the same optimum from everywhere; the loss of a network is not, and
//! where descent ends depends on where it starts.
//!
//!     cargo run --release --example convexity

use backprop::init::{self, Distribution, seeded};
use backprop::prelude::*;

#[derive(Clone, Debug, Differentiable)]
struct Network {
    v: Matrix,
    w: Vector,
}

type Data = [(Vector, f64)];

#[differentiable(wrt(w))]
fn linear_loss(w: &Vector, data: &Data) -> f64 {
    let mut total = 0.0;
    for (phi, y) in data {
        let residual = w.dot(phi) - y;
        total += residual * residual;
    }
    total / data.len() as f64
}

#[differentiable(wrt(net))]
fn network_loss(net: &Network, data: &Data) -> f64 {
    let mut total = 0.0;
    for (phi, y) in data {
        let h = (&net.v * phi).sigmoid();
        let residual = net.w.dot(&h) - y;
        total += residual * residual;
    }
    total / data.len() as f64
}

/// A bump, seen at 21 points; φ(x) = [1, x].
fn bump() -> Vec<(Vector, f64)> {
    let point = |k: i32| {
        let x = f64::from(k) / 5.0;
        (Vector::from([1.0, x]), (-2.0 * x * x).exp())
    };
    (-10..=10).map(point).collect()
}

/// Gradient descent; returns where it ends, and the loss there.
fn descend<M: VectorSpace>(mut model: M, eta: f64, loss_grad: impl Fn(&M) -> (f64, M)) -> (M, f64) {
    for _ in 0..20_000 {
        let (_, gradient) = loss_grad(&model);
        model.add_scaled(-eta, &gradient);
    }
    let (loss, _) = loss_grad(&model);
    (model, loss)
}

/// The point halfway between two.
fn halfway<M: VectorSpace>(a: &M, b: &M) -> M {
    let mut middle = a.clone();
    middle.add_scaled(1.0, b);
    middle.scale_by(0.5);
    middle
}

fn main() {
    let data = bump();
    let mut rng = seeded(3);
    let mut pair = || -> Vector { init::vector(2, Distribution::uniform(-3.0, 3.0), &mut rng) };

    println!("start   linear predictor      network with two hidden units");
    let (mut linear, mut networks) = (vec![], vec![]);
    for start in 1..=10 {
        let (_, linear_end) = descend(pair(), 0.1, |w| linear_loss_grad(w, &data));
        let net = Network { v: Matrix::from_rows(&[pair(), pair()]), w: pair() };
        let (net, network_end) = descend(net, 0.5, |net| network_loss_grad(net, &data));
        println!("{start:>5}   loss {linear_end:.10}     loss {network_end:.10}");
        linear.push(linear_end);
        networks.push((net, network_end));
    }
    let spread = |ends: &[f64]| ends.iter().fold(0.0, |s: f64, e| s.max((e - ends[0]).abs()));
    assert!(spread(&linear) < 1e-12, "one optimum for the linear predictor");
    let losses: Vec<f64> = networks.iter().map(|(_, loss)| *loss).collect();
    assert!(spread(&losses) > 0.01, "several for the network");

    // Convex means: halfway between two points the loss is at most the mean of theirs.
    let (a, b) = (pair(), pair());
    let [at_a, at_b] = [&a, &b].map(|w| linear_loss(w, &data));
    let middle = linear_loss(&halfway(&a, &b), &data);
    println!("\nlinear:  losses {at_a:.4} and {at_b:.4}, halfway between them {middle:.4}");
    assert!(middle <= (at_a + at_b) / 2.0);

    // Swapping its two hidden units does not change a network, but the mean of both is another.
    let (a, loss) = networks.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("ten networks");
    let b = Network {
        v: Matrix::from_fn(2, 2, |i, j| a.v[(1 - i, j)]),
        w: Vector::from([a.w[1], a.w[0]]),
    };
    let middle = network_loss(&halfway(&a, &b), &data);
    let at_b = network_loss(&b, &data);
    println!("network: losses {loss:.4} and {at_b:.4}, halfway between them {middle:.4}");
    assert!(middle > loss + 0.01);
}
