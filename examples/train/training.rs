//! Stochastic gradient descent on minibatches, and what is worth watching while it runs.

use std::fmt;
use std::time::{Duration, Instant};

use backprop::init::seeded;
use backprop::monitor::GradientMonitor;
use backprop::optim::{AdaGrad, Adam, Schedule, Sgd};
use backprop::prelude::*;
use rand::seq::SliceRandom;

use crate::data::{Example, Split};
use crate::models::{Architecture, Model};
use crate::options::Options;

/// The optimisers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Sgd,
    AdaGrad,
    Adam,
}

impl Method {
    pub const ALL: [Method; 3] = [Method::Sgd, Method::AdaGrad, Method::Adam];

    /// A step size that trains the default configuration of the model well.
    pub fn tuned_step(self, architecture: Architecture) -> f64 {
        match (self, architecture) {
            (Method::Sgd, Architecture::Linear) => 0.01,
            (Method::Sgd, Architecture::TwoLayer) => 0.1,
            (Method::Sgd, Architecture::FourLayer) => 0.2,
            (Method::AdaGrad, Architecture::Linear) => 0.1,
            (Method::AdaGrad, Architecture::TwoLayer) => 0.2,
            (Method::AdaGrad, Architecture::FourLayer) => 0.1,
            (Method::Adam, Architecture::Linear) => 0.005,
            (Method::Adam, Architecture::TwoLayer) => 0.01,
            (Method::Adam, Architecture::FourLayer) => 0.005,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Method::Sgd => "SGD",
            Method::AdaGrad => "AdaGrad",
            Method::Adam => "Adam",
        })
    }
}

/// What one training run did.
pub struct Run<M> {
    pub model: M,
    pub history: History,
    pub duration: Duration,
}

/// One entry per epoch, the first from before the training.
#[derive(Default)]
pub struct History {
    /// Root mean squared errors, in the target's unit.
    pub train: Vec<f64>,
    pub test: Vec<f64>,
    /// For every parameter, its name and the root mean square of its minibatch gradients'
    /// elements over the epoch.
    pub gradient_sizes: Vec<(String, Vec<f64>)>,
}

impl History {
    /// Whether the last error is a number: with too large a step the parameters explode.
    pub fn is_finite(&self) -> bool {
        self.train.last().is_some_and(|error| error.is_finite())
    }
}

/// Trains a model from random parameters, with step sizes that fall from `step` to 0 along a
/// cosine; stops early if the parameters explode.
pub fn train<M: Model>(
    split: &Split,
    options: &Options,
    method: Method,
    step: f64,
    mut after_epoch: impl FnMut(&History),
) -> Run<M> {
    let start = Instant::now();
    let mut rng = seeded(options.seed);
    let mut model = M::initial(split.train[0].x.len(), options.hidden, &mut rng);
    let steps = split.train.len().div_ceil(options.batch);
    let schedule = Schedule::cosine(step, 0.0, (steps * options.epochs) as u64);
    let mut optimiser: Box<dyn Optimizer> = match method {
        Method::Sgd => Box::new(Sgd::new(schedule)),
        Method::AdaGrad => Box::new(AdaGrad::new(schedule)),
        Method::Adam => Box::new(Adam::new(schedule)),
    };
    let mut gradient = model.zero_like();
    let mut examples = split.train.clone();
    let mut history = History::default();
    let mut monitor = GradientMonitor::new();
    let unit = split.scaling.target_unit();
    for epoch in 0..=options.epochs {
        if epoch > 0 {
            examples.shuffle(&mut rng);
            for batch in examples.chunks(options.batch) {
                gradient.set_zero();
                for example in batch {
                    model.loss_grad_add(&example.x, example.y, &mut gradient);
                }
                gradient.scale_by(1.0 / batch.len() as f64);
                monitor.record(&gradient);
                optimiser.step(&mut model, &gradient);
            }
        }
        history.train.push(unit * rmse(&model, &split.train));
        history.test.push(unit * rmse(&model, &split.test));
        after_epoch(&history);
        if !history.is_finite() {
            break;
        }
    }
    history.gradient_sizes = per_epoch(&monitor, steps);
    Run { model, history, duration: start.elapsed() }
}

/// Root mean squares of a monitor's records over epochs of so many steps.
fn per_epoch(monitor: &GradientMonitor, steps: usize) -> Vec<(String, Vec<f64>)> {
    let mean =
        |sizes: &[f64]| (sizes.iter().map(|s| s * s).sum::<f64>() / sizes.len() as f64).sqrt();
    let epochs = |sizes: &[f64]| sizes.chunks(steps).map(mean).collect();
    monitor.histories().map(|(name, sizes)| (name.to_string(), epochs(sizes))).collect()
}

/// The root mean squared error in standardised units.
pub fn rmse<M: Model>(model: &M, examples: &[Example]) -> f64 {
    let total: f64 = examples.iter().map(|example| model.loss(&example.x, example.y)).sum();
    (total / examples.len() as f64).sqrt()
}
