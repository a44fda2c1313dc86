//! Rosenbrock's function in n dimensions.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

#[differentiable]
pub(crate) fn by_index(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() - 1 {
        let a = 1.0 - x[i];
        let b = x[i + 1] - x[i] * x[i];
        sum += a * a + 100.0 * b * b;
    }
    sum
}

#[differentiable]
fn by_iterator(x: &[f64]) -> f64 {
    x.windows(2).map(|w| (1.0 - w[0]).powi(2) + 100.0 * (w[1] - w[0] * w[0]).powi(2)).sum()
}

/// What the neighbour adds to an element is carried in a register.
pub(crate) fn by_hand(x: &[f64], d_x: &mut [f64]) -> f64 {
    let n = x.len();
    let d_x = &mut d_x[..n];
    let (mut sum, mut carried) = (0.0, 0.0);
    let mut here = x[0];
    for i in 0..n - 1 {
        let next = x[i + 1];
        let a = 1.0 - here;
        let b = next - here * here;
        sum += a * a + 100.0 * b * b;
        let d_b = 200.0 * b;
        d_x[i] += carried - 2.0 * a - 2.0 * d_b * here;
        carried = d_b;
        here = next;
    }
    d_x[n - 1] += carried;
    sum
}

pub(crate) fn add(bench: &mut Bench) {
    for n in [100, 10_000] {
        let x = Numbers(1).vec(n, -1.5, 1.5);
        bench
            .problem(format!("Rosenbrock n={n}"), vec![0.0; n])
            .hand(|d| by_hand(black_box(&x), d))
            .style("index", || by_index(black_box(&x)), |d| by_index_grad_add(black_box(&x), d))
            .style(
                "iterator",
                || by_iterator(black_box(&x)),
                |d| by_iterator_grad_add(black_box(&x), d),
            )
            .run();
    }
}
