//! Where to start: at zero all hidden units are the same, get the same gradient and stay the
//! same; a little random noise tells them apart.
//!
//!     cargo run --release --example zero_start

use backprop::init::{Distribution, fill, seeded};
use backprop::prelude::*;

#[derive(Clone, Debug, Differentiable)]
struct Network {
    v: Matrix,
    w: Vector,
}

#[differentiable(wrt(net))]
fn loss(net: &Network, data: &[(Vector, f64)]) -> f64 {
    let mut total = 0.0;
    for (phi, y) in data {
        let h = (&net.v * phi).sigmoid();
        let residual = net.w.dot(&h) - y;
        total += residual * residual;
    }
    total / data.len() as f64
}

const HIDDEN: usize = 4;

/// A bump, which no single sigmoid unit can follow. φ(x) = [1, x].
fn bump() -> Vec<(Vector, f64)> {
    let point = |k: i32| {
        let x = f64::from(k) / 5.0;
        (Vector::from([1.0, x]), (-2.0 * x * x).exp())
    };
    (-10..=10).map(point).collect()
}

/// The largest difference between an entry of V and the entry above it.
fn difference_of_rows(v: &Matrix) -> f64 {
    let entries = (1..v.rows()).flat_map(|i| (0..v.columns()).map(move |j| (i, j)));
    entries.map(|(i, j)| (v[(i, j)] - v[(i - 1, j)]).abs()).fold(0.0, f64::max)
}

fn train(mut net: Network) -> (f64, f64) {
    let data = bump();
    for _ in 0..10_000 {
        let (_, gradient) = loss_grad(&net, &data);
        net.add_scaled(-0.5, &gradient);
    }
    (loss(&net, &data), difference_of_rows(&net.v))
}

fn main() {
    let data = bump();
    let mean = data.iter().map(|(_, y)| y).sum::<f64>() / data.len() as f64;
    let variance = data.iter().map(|(_, y)| (y - mean).powi(2)).sum::<f64>() / data.len() as f64;
    println!("predicting the mean, without looking at x: loss {variance:.5}\n");

    println!("start               loss after training   rows of V differ by");
    let report = |start: &str, (loss, difference): (f64, f64)| {
        println!("{start:<20}{loss:>19.5}{difference:>22.5}");
        (loss, difference)
    };
    let zero = Network { v: Matrix::zeros(HIDDEN, 2), w: Vector::zeros(HIDDEN) };
    let (zero_loss, zero_difference) = report("all zero", train(zero.clone()));

    let ones =
        Network { v: Matrix::from_fn(HIDDEN, 2, |_, _| 1.0), w: Vector::from([1.0; HIDDEN]) };
    let (ones_loss, ones_difference) = report("all one", train(ones));

    let mut noise = zero;
    fill(&mut noise, Distribution::normal(0.0, 0.1), &mut seeded(1));
    let (noise_loss, noise_difference) = report("noise of size 0.1", train(noise));

    assert_eq!((zero_difference, ones_difference), (0.0, 0.0), "equal rows stay equal");
    assert!((zero_loss - variance).abs() < 1e-9, "equal units cannot make a bump");
    assert!(ones_loss > 0.9 * variance);
    assert!(noise_loss < 0.01 * variance && noise_difference > 1.0);
}
