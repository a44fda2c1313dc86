//! Adam, and AdamW with decoupled weight decay.

use super::state::{Rule, State};
use super::{Optimizer, Schedule, bookkeeping};
use crate::{Float, Scalars, ScalarsMut};

/// Adam, per scalar, at step t = 1, 2, …:
///
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
/// θ ← θ − η m̂ / (√v̂ + ε) with m̂ = m / (1−β₁ᵗ), v̂ = v / (1−β₂ᵗ),
///
/// where β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. The authors' step size is η = 0.001.
///
/// Source: Kingma, Ba, *Adam: a method for stochastic optimization*, 2015, algorithm 1.
///
/// ```
/// use backprop_runtime::optim::{Adam, Optimizer};
///
/// let mut w: [f64; 2] = [1.0, 1.0];
/// Adam::new(0.001).step(&mut w, &[100.0, -0.01]);
/// assert!((w[0] - 0.999).abs() < 1e-8 && (w[1] - 1.001).abs() < 1e-8);
/// ```
#[derive(Debug, Clone)]
pub struct Adam {
    schedule: Schedule,
    steps: u64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    weight_decay: f64,
    moments: State<2>,
}

impl Adam {
    /// Adam with step size `rate`, a number or a [`Schedule`].
    pub fn new(rate: impl Into<Schedule>) -> Self {
        Self {
            schedule: rate.into(),
            steps: 0,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            moments: State::new(),
        }
    }

    /// Sets β₁ and β₂, the decay rates of the moments.
    ///
    /// # Panics
    /// If one of them is not from 0 to less than 1.
    #[track_caller]
    pub fn with_betas(mut self, beta1: f64, beta2: f64) -> Self {
        for beta in [beta1, beta2] {
            assert!((0.0..1.0).contains(&beta), "β = {beta} is not in 0..1");
        }
        (self.beta1, self.beta2) = (beta1, beta2);
        self
    }

    /// Sets ε.
    ///
    /// # Panics
    /// If `epsilon` is not positive: a gradient of 0 would give 0/0.
    #[track_caller]
    pub fn with_epsilon(mut self, epsilon: f64) -> Self {
        assert!(epsilon > 0.0, "ε = {epsilon} is not positive");
        self.epsilon = epsilon;
        self
    }
}

impl Optimizer for Adam {
    #[track_caller]
    fn update(&mut self, parameters: &mut [ScalarsMut<'_>], gradient: &[Scalars<'_>]) {
        let time = i32::try_from(self.steps + 1).unwrap_or(i32::MAX);
        let rule = Moments {
            rate: self.rate() / (1.0 - self.beta1.powi(time)),
            decay: self.rate() * self.weight_decay,
            beta1: self.beta1,
            beta2: self.beta2,
            correction: 1.0 / (1.0 - self.beta2.powi(time)),
            epsilon: self.epsilon,
        };
        self.moments.apply(&rule, parameters, gradient);
        self.steps += 1;
    }

    bookkeeping!();
}

struct Moments {
    /// η / (1−β₁ᵗ)
    rate: f64,
    decay: f64,
    beta1: f64,
    beta2: f64,
    /// 1 / (1−β₂ᵗ)
    correction: f64,
    epsilon: f64,
}

impl Rule<2> for Moments {
    fn update<T: Float>(&self, parameters: &mut [T], gradient: &[T], slots: [&mut [T]; 2]) {
        let [first, second] = slots;
        let (rate, kept) = (T::from_f64(self.rate), T::from_f64(1.0 - self.decay));
        let (beta1, gain1) = (T::from_f64(self.beta1), T::from_f64(1.0 - self.beta1));
        let (beta2, gain2) = (T::from_f64(self.beta2), T::from_f64(1.0 - self.beta2));
        let (correction, epsilon) = (T::from_f64(self.correction), T::from_f64(self.epsilon));
        let scalars = parameters.iter_mut().zip(gradient).zip(first).zip(second);
        for (((x, &g), m), v) in scalars {
            *m = beta1 * *m + gain1 * g;
            *v = beta2 * *v + gain2 * (g * g);
            *x = kept * *x - rate * *m / (T::sqrt_of(correction * *v) + epsilon);
        }
    }
}

/// Adam with decoupled weight decay λ: θ ← (1 − ηλ) θ − η m̂ / (√v̂ + ε), as [`Adam`] else.
///
/// The decay is multiplied by the scheduled step size η, as is usual in frameworks. It applies
/// to all parameters of the step.
///
/// Source: Loshchilov, Hutter, *Decoupled weight decay regularization*, 2019, algorithm 2.
///
/// ```
/// use backprop_runtime::optim::{AdamW, Optimizer};
///
/// let mut w: f64 = 1.0;
/// AdamW::new(0.1, 0.01).step(&mut w, &0.0);
/// assert!((w - 0.999).abs() < 1e-15);
/// ```
#[derive(Debug, Clone)]
pub struct AdamW {
    adam: Adam,
}

impl AdamW {
    /// AdamW with step size `rate`, a number or a [`Schedule`], and weight decay λ; 0.01 is usual.
    ///
    /// # Panics
    /// If `weight_decay` is negative or not finite.
    #[track_caller]
    pub fn new(rate: impl Into<Schedule>, weight_decay: f64) -> Self {
        assert!(
            weight_decay >= 0.0 && weight_decay.is_finite(),
            "weight decay {weight_decay} is not a non-negative number"
        );
        Self { adam: Adam { weight_decay, ..Adam::new(rate) } }
    }

    /// As [`Adam::with_betas`].
    #[track_caller]
    pub fn with_betas(self, beta1: f64, beta2: f64) -> Self {
        Self { adam: self.adam.with_betas(beta1, beta2) }
    }

    /// As [`Adam::with_epsilon`].
    #[track_caller]
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        Self { adam: self.adam.with_epsilon(epsilon) }
    }
}

impl Optimizer for AdamW {
    #[track_caller]
    fn update(&mut self, parameters: &mut [ScalarsMut<'_>], gradient: &[Scalars<'_>]) {
        self.adam.update(parameters, gradient);
    }

    fn steps(&self) -> u64 {
        self.adam.steps
    }

    fn schedule(&self) -> &Schedule {
        &self.adam.schedule
    }

    fn set_schedule(&mut self, schedule: Schedule) {
        self.adam.schedule = schedule;
    }
}
