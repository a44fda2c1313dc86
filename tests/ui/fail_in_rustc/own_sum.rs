//! A `Sum` that does something else than adding one item after the other.

use std::iter::Sum;
use std::ops::AddAssign;

use backprop::{Differentiable, differentiable};

#[derive(Clone, Copy, Differentiable)]
struct Gain(f64);

#[differentiable]
impl AddAssign for Gain {
    fn add_assign(&mut self, other: Gain) {
        self.0 += other.0;
    }
}

impl Sum for Gain {
    fn sum<I: Iterator<Item = Gain>>(gains: I) -> Gain {
        let mut total = 1.0;
        for gain in gains {
            total *= gain.0;
        }
        Gain(total)
    }
}

#[differentiable]
fn overall(gains: &[f64], k: f64) -> f64 {
    let total: Gain = gains.iter().map(|gain| Gain(k * gain)).sum();
    total.0
}

fn main() {}
