//! Step sizes that change as training goes on.

use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

/// The step size η as a function of the number t of steps made before, from 0.
///
/// A plain number converts into a constant schedule.
///
/// ```
/// use backprop_runtime::optim::{Adam, Optimizer, Schedule};
///
/// let schedule = Schedule::cosine(0.01, 0.0, 1000).with_warmup(100);
/// let optimizer = Adam::new(schedule);
/// assert_eq!(optimizer.rate(), 0.01 / 100.0);
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    initial: f64,
    warmup: u64,
    decay: Decay,
}

#[derive(Clone)]
enum Decay {
    Constant,
    Steps { factor: f64, every: u64 },
    InverseTime { decay: f64 },
    InverseSqrt,
    Cosine { last: f64, steps: u64 },
    Custom(Arc<dyn Fn(u64) -> f64 + Send + Sync>),
}

impl fmt::Debug for Decay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("Constant"),
            Self::Steps { factor, every } => {
                write!(f, "Steps {{ factor: {factor}, every: {every} }}")
            }
            Self::InverseTime { decay } => write!(f, "InverseTime {{ decay: {decay} }}"),
            Self::InverseSqrt => f.write_str("InverseSqrt"),
            Self::Cosine { last, steps } => {
                write!(f, "Cosine {{ last: {last}, steps: {steps} }}")
            }
            Self::Custom(_) => f.write_str("Custom(..)"),
        }
    }
}

impl Schedule {
    #[track_caller]
    fn new(initial: f64, decay: Decay) -> Self {
        assert_rate(initial);
        Self { initial, warmup: 0, decay }
    }

    /// η = `rate`.
    ///
    /// # Panics
    /// As every constructor here, if a step size is negative or not finite.
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// assert_eq!(Schedule::constant(0.1).rate(7), 0.1);
    /// ```
    #[track_caller]
    pub fn constant(rate: f64) -> Self {
        Self::new(rate, Decay::Constant)
    }

    /// η = `initial` · `factor`^⌊t / `every`⌋.
    ///
    /// # Panics
    /// If `every` is 0.
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// let schedule = Schedule::step_decay(0.8, 0.5, 10);
    /// assert_eq!([0, 9, 10, 20].map(|t| schedule.rate(t)), [0.8, 0.8, 0.4, 0.2]);
    /// ```
    #[track_caller]
    pub fn step_decay(initial: f64, factor: f64, every: u64) -> Self {
        assert!(every > 0, "a step size cannot change every 0 steps");
        Self::new(initial, Decay::Steps { factor, every })
    }

    /// η = `initial` · `factor`ᵗ.
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// assert_eq!(Schedule::exponential(8.0, 0.5).rate(3), 1.0);
    /// ```
    #[track_caller]
    pub fn exponential(initial: f64, factor: f64) -> Self {
        Self::step_decay(initial, factor, 1)
    }

    /// η = `initial` / (1 + `decay`·t), which satisfies the conditions of Robbins and Monro
    /// (1951) for convergence.
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// assert_eq!(Schedule::inverse_time(1.0, 0.5).rate(2), 0.5);
    /// ```
    #[track_caller]
    pub fn inverse_time(initial: f64, decay: f64) -> Self {
        Self::new(initial, Decay::InverseTime { decay })
    }

    /// η = `initial` / √(1 + t).
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// assert_eq!(Schedule::inverse_sqrt(1.0).rate(3), 0.5);
    /// ```
    #[track_caller]
    pub fn inverse_sqrt(initial: f64) -> Self {
        Self::new(initial, Decay::InverseSqrt)
    }

    /// η = `last` + (`initial` − `last`)·(1 + cos(πt / `steps`)) / 2, and `last` from then on.
    ///
    /// Source: Loshchilov, Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017,
    /// equation 5.
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// let schedule = Schedule::cosine(1.0, 0.0, 100);
    /// assert!((schedule.rate(50) - 0.5).abs() < 1e-15 && schedule.rate(100) == 0.0);
    /// ```
    #[track_caller]
    pub fn cosine(initial: f64, last: f64, steps: u64) -> Self {
        assert_rate(last);
        Self::new(initial, Decay::Cosine { last, steps })
    }

    /// η = `rate`(t).
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// let schedule = Schedule::custom(|t| if t < 10 { 0.1 } else { 0.01 });
    /// assert_eq!((schedule.rate(9), schedule.rate(10)), (0.1, 0.01));
    /// ```
    pub fn custom(rate: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Self {
        Self { initial: rate(0), warmup: 0, decay: Decay::Custom(Arc::new(rate)) }
    }

    /// Puts `steps` steps before the schedule, in which η rises linearly to its first value:
    /// η₀·(t + 1) / `steps`.
    ///
    /// Source: Goyal et al., *Accurate, large minibatch SGD*, 2017, section 2.2.
    ///
    /// ```
    /// # use backprop_runtime::optim::Schedule;
    /// let schedule = Schedule::exponential(1.0, 0.5).with_warmup(4);
    /// assert_eq!([0, 1, 3, 4, 5].map(|t| schedule.rate(t)), [0.25, 0.5, 1.0, 1.0, 0.5]);
    /// ```
    pub fn with_warmup(self, steps: u64) -> Self {
        Self { warmup: steps, ..self }
    }

    /// The size of the step that follows `steps` steps.
    pub fn rate(&self, steps: u64) -> f64 {
        if steps < self.warmup {
            return self.initial * (steps + 1) as f64 / self.warmup as f64;
        }
        let steps = steps - self.warmup;
        let time = steps as f64;
        match &self.decay {
            Decay::Constant => self.initial,
            Decay::Steps { factor, every } => {
                self.initial * factor.powi(i32::try_from(steps / every).unwrap_or(i32::MAX))
            }
            Decay::InverseTime { decay } => self.initial / (1.0 + decay * time),
            Decay::InverseSqrt => self.initial / (1.0 + time).sqrt(),
            Decay::Cosine { last, steps: total } if steps < *total => {
                last + (self.initial - last) * (1.0 + (PI * time / *total as f64).cos()) / 2.0
            }
            Decay::Cosine { last, .. } => *last,
            Decay::Custom(rate) => rate(steps),
        }
    }
}

#[track_caller]
fn assert_rate(rate: f64) {
    assert!(rate >= 0.0 && rate.is_finite(), "{rate} is not a step size");
}

impl From<f64> for Schedule {
    #[track_caller]
    fn from(rate: f64) -> Self {
        Self::constant(rate)
    }
}
