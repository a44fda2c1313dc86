//! The Lennard-Jones energy of particles, every pair once.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

#[differentiable(wrt(positions))]
fn by_index(positions: &[[f64; 3]], epsilon: f64, sigma: f64) -> f64 {
    let n = positions.len();
    let mut energy = 0.0;
    for i in 0..n {
        for j in i + 1..n {
            let dx = positions[i][0] - positions[j][0];
            let dy = positions[i][1] - positions[j][1];
            let dz = positions[i][2] - positions[j][2];
            let r2 = dx * dx + dy * dy + dz * dz;
            let s2 = sigma * sigma / r2;
            let s6 = s2 * s2 * s2;
            energy += 4.0 * epsilon * (s6 * s6 - s6);
        }
    }
    energy
}

#[differentiable(wrt(positions))]
fn by_iterator(positions: &[[f64; 3]], epsilon: f64, sigma: f64) -> f64 {
    let mut energy = 0.0;
    for (i, a) in positions.iter().enumerate() {
        for b in &positions[i + 1..] {
            let r2: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
            let s6 = (sigma * sigma / r2).powi(3);
            energy += 4.0 * epsilon * (s6 * s6 - s6);
        }
    }
    energy
}

/// The force on one particle of a pair is summed in registers.
fn by_hand(positions: &[[f64; 3]], epsilon: f64, sigma: f64, d: &mut [[f64; 3]]) -> f64 {
    let n = positions.len();
    let d = &mut d[..n];
    let mut energy = 0.0;
    for i in 0..n {
        let a = positions[i];
        let mut force = [0.0; 3];
        for (b, d_b) in positions[i + 1..].iter().zip(&mut d[i + 1..]) {
            let r = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
            let r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
            let inverse = 1.0 / r2;
            let s2 = sigma * sigma * inverse;
            let s6 = s2 * s2 * s2;
            energy += 4.0 * epsilon * (s6 * s6 - s6);
            let factor = -24.0 * epsilon * (2.0 * s6 * s6 - s6) * inverse;
            for k in 0..3 {
                force[k] += factor * r[k];
                d_b[k] -= factor * r[k];
            }
        }
        for k in 0..3 {
            d[i][k] += force[k];
        }
    }
    energy
}

pub(crate) fn add(bench: &mut Bench) {
    let n = 200;
    let mut numbers = Numbers(8);
    // On a lattice, and a little off it.
    let x: Vec<[f64; 3]> = (0..n)
        .map(|i| [i % 6, i / 6 % 6, i / 36].map(|k| 1.1 * k as f64 + numbers.next(-0.1, 0.1)))
        .collect();
    bench
        .problem(format!("Lennard-Jones n={n}"), vec![[0.0; 3]; n])
        .hand(|d| by_hand(black_box(&x), 1.0, 1.0, d))
        .style(
            "index",
            || by_index(black_box(&x), 1.0, 1.0),
            |d| by_index_grad_add(black_box(&x), 1.0, 1.0, d),
        )
        .style(
            "iterator",
            || by_iterator(black_box(&x), 1.0, 1.0),
            |d| by_iterator_grad_add(black_box(&x), 1.0, 1.0, d),
        )
        .run();
}
