//! Optimisers, step-size schedules and gradient clipping.
//!
//! An optimiser moves parameters against a gradient. The parameters are one value, of a derived
//! struct for instance, or a tuple of `&mut` to several variables:
//!
//! ```
//! use backprop_runtime::optim::{Adam, Optimizer};
//!
//! let (mut v, mut w) = (vec![1.0, 2.0], 3.0);
//! let mut optimizer = Adam::new(0.01);
//! let gradient = (vec![0.5, -0.5], 1.0);
//! optimizer.step((&mut v, &mut w), &gradient);
//! assert!(v[0] < 1.0 && v[1] > 2.0 && w < 3.0);
//! ```

mod adagrad;
mod adam;
mod clip;
mod parameters;
mod schedule;
mod sgd;
mod state;

pub use adagrad::AdaGrad;
pub use adam::{Adam, AdamW};
pub use clip::{clip_norm, clip_value};
pub use parameters::Parameters;
pub use schedule::Schedule;
pub use sgd::Sgd;

use crate::vector_ops::{describe, describe_run, runs, runs_mismatch, same_run};
use crate::{Path, Scalars, ScalarsMut};

/// A rule that moves parameters against a gradient, with a memory of past gradients.
///
/// The memory is laid out at the first step; later steps must be of the same shape.
/// The trait can be made into an object, to choose the rule at run time:
///
/// ```
/// use backprop_runtime::optim::{AdaGrad, Optimizer, Sgd};
///
/// let optimizers: [Box<dyn Optimizer>; 2] = [Box::new(Sgd::new(0.1)), Box::new(AdaGrad::new(1.0))];
/// for mut optimizer in optimizers {
///     let mut x = [3.0_f64, -1.0];
///     for _ in 0..1000 {
///         let gradient = [2.0 * x[0], 2.0 * x[1]];
///         optimizer.step(&mut x, &gradient);
///     }
///     assert!(x[0].abs() < 1e-3 && x[1].abs() < 1e-3);
/// }
/// ```
pub trait Optimizer {
    /// Moves `parameters` by one step against `gradient`.
    ///
    /// # Panics
    /// If the two differ in shape, or their shape from that of the steps before.
    #[track_caller]
    fn step<P: Parameters>(&mut self, mut parameters: P, gradient: &P::Gradient)
    where
        Self: Sized,
    {
        let theirs = runs(gradient);
        let mut ours = Vec::with_capacity(theirs.len());
        parameters.visit_mut(&mut Path::silent(), &mut |_, run| ours.push(run));
        let fits = ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|(x, y)| same_run(&x.as_scalars(), y));
        if !fits {
            let mut names = Vec::new();
            parameters.visit_mut(&mut Path::root(), &mut |path, run| {
                names.push(describe_run(path, &run.as_scalars()));
            });
            runs_mismatch(&names, &describe(gradient));
        }
        self.update(&mut ours, &theirs);
    }

    /// [`step`](Self::step) on runs of scalars, which agree in number, lengths and precisions:
    /// what an optimiser implements.
    fn update(&mut self, parameters: &mut [ScalarsMut<'_>], gradient: &[Scalars<'_>]);

    /// How many steps were made.
    fn steps(&self) -> u64;

    /// The step sizes.
    fn schedule(&self) -> &Schedule;

    /// Changes the step sizes; the memory and the count of steps stay.
    fn set_schedule(&mut self, schedule: Schedule);

    /// The size of the next step.
    fn rate(&self) -> f64 {
        self.schedule().rate(self.steps())
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<O: Optimizer + ?Sized> Optimizer for $pointer {
            #[track_caller]
            fn update(&mut self, parameters: &mut [ScalarsMut<'_>], gradient: &[Scalars<'_>]) {
                (**self).update(parameters, gradient);
            }

            fn steps(&self) -> u64 {
                (**self).steps()
            }

            fn schedule(&self) -> &Schedule {
                (**self).schedule()
            }

            fn set_schedule(&mut self, schedule: Schedule) {
                (**self).set_schedule(schedule);
            }
        }
    )*};
}

forward!(Box<O>, &mut O);

/// The methods of [`Optimizer`] that read the fields `schedule` and `steps`.
macro_rules! bookkeeping {
    () => {
        fn steps(&self) -> u64 {
            self.steps
        }

        fn schedule(&self) -> &crate::optim::Schedule {
            &self.schedule
        }

        fn set_schedule(&mut self, schedule: crate::optim::Schedule) {
            self.schedule = schedule;
        }
    };
}
use bookkeeping;

#[cfg(test)]
mod tests;
