//! The problems: of each, objectives in natural Rust, and a gradient written by hand.

// The objectives are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments)]

pub(crate) mod batches;
mod black_scholes;
mod bundle;
mod gmm;
mod hand;
mod heat;
mod kalman;
mod lennard_jones;
mod logistic;
mod lstm;
pub(crate) mod networks;
pub(crate) mod rosenbrock;
mod runge_kutta;
pub(crate) mod scalar;
pub(crate) mod two_layer_loops;

use backprop::{Matrix, Vector};

use crate::harness::Bench;

pub(crate) fn all(bench: &mut Bench) {
    scalar::add(bench);
    rosenbrock::add(bench);
    logistic::add(bench);
    two_layer_loops::add(bench);
    networks::add(bench);
    batches::add(bench);
    gmm::add(bench);
    lstm::add(bench);
    bundle::add(bench);
    hand::add(bench);
    lennard_jones::add(bench);
    heat::add(bench);
    runge_kutta::add(bench);
    kalman::add(bench);
    black_scholes::add(bench);
}

/// Numbers that look random and are the same everywhere.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// Uniform in `low..high`.
    pub(crate) fn next(&mut self, low: f64, high: f64) -> f64 {
        // Knuth's multiplier; the upper bits are good enough for test data.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + (high - low) * ((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }

    pub(crate) fn vec(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|_| self.next(low, high)).collect()
    }

    pub(crate) fn vector(&mut self, n: usize) -> Vector {
        Vector::from(self.vec(n, -0.5, 0.5))
    }

    pub(crate) fn matrix(&mut self, rows: usize, columns: usize) -> Matrix {
        let scale = 2.0 / (columns as f64).sqrt();
        Matrix::from_vec(rows, columns, self.vec(rows * columns, -scale, scale))
    }

    pub(crate) fn rows(
        &mut self,
        rows: usize,
        columns: usize,
        low: f64,
        high: f64,
    ) -> Vec<Vec<f64>> {
        (0..rows).map(|_| self.vec(columns, low, high)).collect()
    }
}
