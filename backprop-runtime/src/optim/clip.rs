//! Gradients cut to size before a step.

use crate::vector_ops::runs_mut;
use crate::{ScalarsMut, VectorOps, VectorSpace};

/// Scales `gradient` down to the Euclidean norm `limit` if it is longer; returns the norm before.
///
/// The norm is over all scalars together, so the direction stays. A gradient with an infinite
/// or NaN scalar has no direction and is left as it is; the returned norm tells.
///
/// Source: Pascanu, Mikolov, Bengio, *On the difficulty of training recurrent neural networks*,
/// 2013, algorithm 1.
///
/// # Panics
/// If `limit` is negative or NaN.
///
/// ```
/// use backprop_runtime::optim::clip_norm;
///
/// let mut gradient = (vec![30.0, 0.0], 40.0);
/// assert_eq!(clip_norm(&mut gradient, 5.0), 50.0);
/// assert_eq!(gradient, (vec![3.0, 0.0], 4.0));
/// ```
#[track_caller]
pub fn clip_norm<G: VectorSpace>(gradient: &mut G, limit: f64) -> f64 {
    assert!(limit >= 0.0, "{limit} is not a limit for a norm");
    let norm = gradient.flat_norm();
    if norm > limit && norm.is_finite() {
        gradient.scale_by(limit / norm);
    }
    norm
}

/// Clamps every scalar of `gradient` to −`limit` … `limit`; NaN stays NaN.
///
/// # Panics
/// If `limit` is negative or NaN.
///
/// ```
/// use backprop_runtime::optim::clip_value;
///
/// let mut gradient = vec![0.5, -3.0, f64::INFINITY];
/// clip_value(&mut gradient, 1.0);
/// assert_eq!(gradient, [0.5, -1.0, 1.0]);
/// ```
#[track_caller]
pub fn clip_value<G: VectorSpace>(gradient: &mut G, limit: f64) {
    assert!(limit >= 0.0, "{limit} is not a limit for a magnitude");
    for run in runs_mut(gradient) {
        match run {
            ScalarsMut::F64(run) => run.iter_mut().for_each(|x| *x = x.clamp(-limit, limit)),
            ScalarsMut::F32(run) => {
                let limit = limit as f32;
                run.iter_mut().for_each(|x| *x = x.clamp(-limit, limit));
            }
        }
    }
}
