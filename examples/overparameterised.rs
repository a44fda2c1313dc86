//! More hidden units than needed: the data come from a network with three rectified units, and
//! still a network with three rarely finds them. With more, chances are better that some unit
//! picks up each of the signals, and units that die do not matter.
//!
//!     cargo run --release --example overparameterised

use backprop::init::{Distribution, StdRng, matrix, seeded, vector};
use backprop::optim::Adam;
use backprop::prelude::*;

#[derive(Clone, Debug, Differentiable)]
struct Network {
    v: Matrix,
    w: Vector,
}

const NORMAL: Distribution = Distribution::Normal { mean: 0.0, deviation: 1.0 };

impl Network {
    fn random(hidden: usize, rng: &mut StdRng) -> Network {
        Network { v: matrix(hidden, 3, NORMAL, rng), w: 0.5 * vector(hidden, NORMAL, rng) }
    }

    /// The number of units that are 0 for every example: their gradient is 0, too.
    fn dead_units(&self, data: &[(Vector, f64)]) -> usize {
        let dead = |unit: &usize| data.iter().all(|(phi, _)| (&self.v * phi)[*unit] <= 0.0);
        (0..self.w.len()).filter(dead).count()
    }
}

#[differentiable(wrt(net))]
fn score(net: &Network, phi: &Vector) -> f64 {
    net.w.dot(&(&net.v * phi).relu())
}

#[differentiable(wrt(net))]
fn loss(net: &Network, data: &[(Vector, f64)]) -> f64 {
    let mut total = 0.0;
    for (phi, y) in data {
        let residual = score(net, phi) - y;
        total += residual * residual;
    }
    total / data.len() as f64
}

fn train(mut net: Network, data: &[(Vector, f64)]) -> Network {
    let mut adam = Adam::new(0.02);
    let mut gradient = net.zero_like();
    for _ in 0..1500 {
        gradient.set_zero();
        loss_grad_add(&net, data, &mut gradient);
        adam.step(&mut net, &gradient);
    }
    net
}

fn main() {
    let mut rng = seeded(5);
    let teacher = Network { v: matrix(3, 3, NORMAL, &mut rng), w: Vector::from([1.0, -1.5, 1.0]) };
    let data: Vec<(Vector, f64)> = (0..60)
        .map(|_| {
            let mut phi = vector(3, NORMAL, &mut rng);
            phi[0] = 1.0;
            let y = score(&teacher, &phi);
            (phi, y)
        })
        .collect();

    println!("Loss after training from ten random starts:\n");
    println!("hidden units      best    median     worst   dead units per network");
    let mut medians = vec![];
    for hidden in [3, 6, 12, 24] {
        let nets: Vec<_> =
            (0..10).map(|_| train(Network::random(hidden, &mut rng), &data)).collect();
        let mut losses: Vec<f64> = nets.iter().map(|net| loss(net, &data)).collect();
        losses.sort_by(f64::total_cmp);
        let dead = nets.iter().map(|net| net.dead_units(&data)).sum::<usize>() as f64 / 10.0;
        let median = (losses[4] + losses[5]) / 2.0;
        println!("{hidden:>12}  {:>8.6}  {median:>8.6}  {:>8.6}   {dead:.1}", losses[0], losses[9]);
        medians.push(median);
    }
    assert!(medians[3] < 0.1 * medians[0], "24 units should do far better than 3");
}
