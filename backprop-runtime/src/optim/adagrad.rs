//! AdaGrad.

use super::state::{Rule, State};
use super::{Optimizer, Schedule, bookkeeping};
use crate::{Float, Scalars, ScalarsMut};

/// AdaGrad, per scalar: G ← G + g², θ ← θ − η g / (δ + √G), with δ = 10⁻⁸.
///
/// Steps shrink for scalars with large gradients and stay long for those that rarely have one.
///
/// Source: Duchi, Hazan, Singer, *Adaptive subgradient methods for online learning and
/// stochastic optimization*, 2011, figure 1, diagonal case.
///
/// ```
/// use backprop_runtime::optim::{AdaGrad, Optimizer};
///
/// let mut w: [f64; 2] = [1.0, 1.0];
/// AdaGrad::new(0.1).step(&mut w, &[100.0, 0.01]);
/// assert!((w[0] - 0.9).abs() < 1e-6 && (w[1] - 0.9).abs() < 1e-6);
/// ```
#[derive(Debug, Clone)]
pub struct AdaGrad {
    schedule: Schedule,
    steps: u64,
    delta: f64,
    squares: State<1>,
}

impl AdaGrad {
    /// AdaGrad with step size `rate`, a number or a [`Schedule`].
    pub fn new(rate: impl Into<Schedule>) -> Self {
        Self { schedule: rate.into(), steps: 0, delta: 1e-8, squares: State::new() }
    }

    /// Sets δ, which bounds the first steps.
    ///
    /// # Panics
    /// If `delta` is not positive: a gradient of 0 would give 0/0.
    #[track_caller]
    pub fn with_delta(mut self, delta: f64) -> Self {
        assert!(delta > 0.0, "δ = {delta} is not positive");
        self.delta = delta;
        self
    }
}

impl Optimizer for AdaGrad {
    #[track_caller]
    fn update(&mut self, parameters: &mut [ScalarsMut<'_>], gradient: &[Scalars<'_>]) {
        let rule = Diagonal { rate: self.rate(), delta: self.delta };
        self.squares.apply(&rule, parameters, gradient);
        self.steps += 1;
    }

    bookkeeping!();
}

struct Diagonal {
    rate: f64,
    delta: f64,
}

impl Rule<1> for Diagonal {
    fn update<T: Float>(&self, parameters: &mut [T], gradient: &[T], [squares]: [&mut [T]; 1]) {
        let (rate, delta) = (T::from_f64(self.rate), T::from_f64(self.delta));
        for ((x, &g), sum) in parameters.iter_mut().zip(gradient).zip(squares) {
            *sum += g * g;
            *x -= rate * g / (delta + T::sqrt_of(*sum));
        }
    }
}
