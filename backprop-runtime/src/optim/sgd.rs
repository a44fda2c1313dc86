//! Stochastic gradient descent.

use super::state::{Rule, State};
use super::{Optimizer, Schedule, bookkeeping};
use crate::{Float, Scalars, ScalarsMut};

/// Stochastic gradient descent: θ ← θ − η∇f(θ), or with momentum μ
///
/// v ← μv − η∇f(θ), θ ← θ + v.
///
/// Nesterov's variant takes the gradient at θ + μv. It is this point that is kept in the
/// parameters, so that the caller's gradient is the right one: θ ← θ + μv − η∇f(θ) with the
/// new v.
///
/// Source: Sutskever, Martens, Dahl, Hinton, *On the importance of initialization and momentum
/// in deep learning*, 2013, equations 1–4.
///
/// ```
/// use backprop_runtime::optim::{Optimizer, Sgd};
///
/// // ∇(w·φ − y)² at w = [3, 1], φ = [1, 2], y = 2
/// let mut w = [3.0, 1.0];
/// Sgd::new(0.25).step(&mut w, &[6.0, 12.0]);
/// assert_eq!(w, [1.5, -2.0]);
/// ```
#[derive(Debug, Clone)]
pub struct Sgd {
    schedule: Schedule,
    steps: u64,
    momentum: f64,
    nesterov: bool,
    velocity: State<1>,
}

impl Sgd {
    /// Plain gradient descent with step size `rate`, a number or a [`Schedule`].
    pub fn new(rate: impl Into<Schedule>) -> Self {
        Self {
            schedule: rate.into(),
            steps: 0,
            momentum: 0.0,
            nesterov: false,
            velocity: State::new(),
        }
    }

    /// Adds momentum μ, a number from 0 to less than 1; 0.9 is usual.
    ///
    /// # Panics
    /// If `momentum` is not in that range.
    ///
    /// ```
    /// use backprop_runtime::optim::{Optimizer, Sgd};
    ///
    /// let mut optimizer = Sgd::new(1.0).with_momentum(0.5);
    /// let mut x = 0.0;
    /// optimizer.step(&mut x, &1.0);
    /// optimizer.step(&mut x, &1.0);
    /// assert_eq!(x, -1.0 - 1.5);
    /// ```
    #[track_caller]
    pub fn with_momentum(mut self, momentum: f64) -> Self {
        assert!((0.0..1.0).contains(&momentum), "momentum {momentum} is not in 0..1");
        self.momentum = momentum;
        self
    }

    /// Adds Nesterov momentum μ.
    ///
    /// # Panics
    /// If `momentum` is not from 0 to less than 1.
    ///
    /// ```
    /// use backprop_runtime::optim::{Optimizer, Sgd};
    ///
    /// let mut optimizer = Sgd::new(1.0).with_nesterov(0.5);
    /// let mut x = 0.0;
    /// optimizer.step(&mut x, &1.0);
    /// assert_eq!(x, 0.5 * -1.0 - 1.0);
    /// ```
    #[track_caller]
    pub fn with_nesterov(self, momentum: f64) -> Self {
        Self { nesterov: true, ..self.with_momentum(momentum) }
    }
}

impl Optimizer for Sgd {
    #[track_caller]
    fn update(&mut self, parameters: &mut [ScalarsMut<'_>], gradient: &[Scalars<'_>]) {
        let (rate, momentum) = (self.rate(), self.momentum);
        if momentum == 0.0 {
            State::new().apply(&Plain { rate }, parameters, gradient);
        } else if self.nesterov {
            self.velocity.apply(&Nesterov { rate, momentum }, parameters, gradient);
        } else {
            self.velocity.apply(&Momentum { rate, momentum }, parameters, gradient);
        }
        self.steps += 1;
    }

    bookkeeping!();
}

struct Plain {
    rate: f64,
}

impl Rule<0> for Plain {
    fn update<T: Float>(&self, parameters: &mut [T], gradient: &[T], []: [&mut [T]; 0]) {
        let rate = T::from_f64(self.rate);
        for (x, &g) in parameters.iter_mut().zip(gradient) {
            *x -= rate * g;
        }
    }
}

struct Momentum {
    rate: f64,
    momentum: f64,
}

impl Rule<1> for Momentum {
    fn update<T: Float>(&self, parameters: &mut [T], gradient: &[T], [velocity]: [&mut [T]; 1]) {
        let (rate, momentum) = (T::from_f64(self.rate), T::from_f64(self.momentum));
        for ((x, &g), v) in parameters.iter_mut().zip(gradient).zip(velocity) {
            *v = momentum * *v - rate * g;
            *x += *v;
        }
    }
}

struct Nesterov {
    rate: f64,
    momentum: f64,
}

impl Rule<1> for Nesterov {
    fn update<T: Float>(&self, parameters: &mut [T], gradient: &[T], [velocity]: [&mut [T]; 1]) {
        let (rate, momentum) = (T::from_f64(self.rate), T::from_f64(self.momentum));
        for ((x, &g), v) in parameters.iter_mut().zip(gradient).zip(velocity) {
            *v = momentum * *v - rate * g;
            *x += momentum * *v - rate * g;
        }
    }
}
