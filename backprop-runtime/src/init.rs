//! Random initial values.
//!
//! Weights must start different from each other, or all units of a layer stay the same, and of
//! a size that keeps activations and gradients from growing or fading from layer to layer. For
//! a layer `w * x` with a matrix `w` of `rows` × `columns`, the fan-in is `columns` and the
//! fan-out is `rows`.
//!
//! | activation | initialiser |
//! |---|---|
//! | sigmoid, tanh, none | [`xavier_uniform`], [`xavier_normal`] |
//! | relu and kin | [`he_uniform`], [`he_normal`] |

use std::f64::consts::TAU;

pub use rand::{Rng, rngs::StdRng};
use rand::{RngExt, SeedableRng};

use crate::vector_ops::runs_mut;
use crate::{Float, Matrix, ScalarsMut, Vector, VectorSpace};

/// A generator of random numbers that gives the same sequence for the same `seed`.
///
/// Which sequence may change with the version of this crate.
///
/// ```
/// use backprop_runtime::Vector;
/// use backprop_runtime::init::{Distribution, seeded, vector};
///
/// let draw = |seed| -> Vector { vector(3, Distribution::uniform(-1.0, 1.0), &mut seeded(seed)) };
/// assert_eq!(draw(1), draw(1));
/// assert_ne!(draw(1), draw(2));
/// ```
pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// What random numbers are drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Evenly from `low` to `high`.
    Uniform {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// The normal distribution.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
    },
}

impl Distribution {
    /// Even from `low` to `high`.
    ///
    /// # Panics
    /// If `low > high` or the interval is not finite.
    ///
    /// ```
    /// use backprop_runtime::init::{Distribution, seeded};
    ///
    /// let x = Distribution::uniform(2.0, 3.0).sample(&mut seeded(0));
    /// assert!((2.0..=3.0).contains(&x));
    /// ```
    #[track_caller]
    pub fn uniform(low: f64, high: f64) -> Self {
        assert!(low <= high && (high - low).is_finite(), "{low} to {high} is not an interval");
        Self::Uniform { low, high }
    }

    /// Normal with the given mean and standard deviation.
    ///
    /// # Panics
    /// If one is not finite or the deviation is negative.
    ///
    /// ```
    /// use backprop_runtime::init::{Distribution, seeded};
    ///
    /// let mut generator = seeded(0);
    /// let normal = Distribution::normal(5.0, 0.1);
    /// let mean = (0..1000).map(|_| normal.sample(&mut generator)).sum::<f64>() / 1000.0;
    /// assert!((mean - 5.0).abs() < 0.02);
    /// ```
    #[track_caller]
    pub fn normal(mean: f64, deviation: f64) -> Self {
        assert!(
            mean.is_finite() && deviation >= 0.0 && deviation.is_finite(),
            "a normal distribution cannot have mean {mean} and standard deviation {deviation}"
        );
        Self::Normal { mean, deviation }
    }

    /// Even in ±√(6 / (fan-in + fan-out)): variance 2 / (fan-in + fan-out).
    ///
    /// Source: Glorot, Bengio, *Understanding the difficulty of training deep feedforward neural
    /// networks*, 2010, equation 16.
    ///
    /// ```
    /// use backprop_runtime::init::Distribution;
    ///
    /// assert_eq!(Distribution::xavier_uniform(2, 4), Distribution::uniform(-1.0, 1.0));
    /// ```
    pub fn xavier_uniform(fan_in: usize, fan_out: usize) -> Self {
        Self::centred_uniform(2.0 / fan(fan_in + fan_out))
    }

    /// Normal with mean 0 and variance 2 / (fan-in + fan-out).
    ///
    /// Source: Glorot, Bengio 2010, equation 12.
    ///
    /// ```
    /// use backprop_runtime::init::Distribution;
    ///
    /// assert_eq!(Distribution::xavier_normal(3, 5), Distribution::normal(0.0, 0.5));
    /// ```
    pub fn xavier_normal(fan_in: usize, fan_out: usize) -> Self {
        Self::centred_normal(2.0 / fan(fan_in + fan_out))
    }

    /// Even in ±√(6 / fan-in): variance 2 / fan-in.
    ///
    /// Source: He, Zhang, Ren, Sun, *Delving deep into rectifiers*, 2015, equation 10.
    ///
    /// ```
    /// use backprop_runtime::init::Distribution;
    ///
    /// assert_eq!(Distribution::he_uniform(6), Distribution::uniform(-1.0, 1.0));
    /// ```
    pub fn he_uniform(fan_in: usize) -> Self {
        Self::centred_uniform(2.0 / fan(fan_in))
    }

    /// Normal with mean 0 and variance 2 / fan-in.
    ///
    /// Source: He et al. 2015, equation 10.
    ///
    /// ```
    /// use backprop_runtime::init::Distribution;
    ///
    /// assert_eq!(Distribution::he_normal(8), Distribution::normal(0.0, 0.5));
    /// ```
    pub fn he_normal(fan_in: usize) -> Self {
        Self::centred_normal(2.0 / fan(fan_in))
    }

    fn centred_uniform(variance: f64) -> Self {
        let bound = (3.0 * variance).sqrt();
        Self::uniform(-bound, bound)
    }

    fn centred_normal(variance: f64) -> Self {
        Self::normal(0.0, variance.sqrt())
    }

    /// Draws a number.
    ///
    /// Normal numbers by Box and Muller, *A note on the generation of random normal deviates*,
    /// 1958.
    pub fn sample<R: Rng + ?Sized>(&self, generator: &mut R) -> f64 {
        match *self {
            Self::Uniform { low, high } => low + (high - low) * generator.random::<f64>(),
            Self::Normal { mean, deviation } => {
                // 1 − u lies in (0, 1], where the logarithm is finite.
                let radius = (-2.0 * (1.0 - generator.random::<f64>()).ln()).sqrt();
                mean + deviation * radius * (TAU * generator.random::<f64>()).cos()
            }
        }
    }
}

/// A fan of an empty layer is of no consequence, but must not divide by zero.
fn fan(fan: usize) -> f64 {
    fan.max(1) as f64
}

/// Draws every scalar of `parameters` anew.
///
/// ```
/// use backprop_runtime::init::{Distribution, fill, seeded};
///
/// let mut parameters = (vec![vec![0.0; 3]; 2], 0.0f32);
/// fill(&mut parameters, Distribution::normal(0.0, 0.01), &mut seeded(7));
/// assert!(parameters.0[1][2] != 0.0 && parameters.1 != 0.0);
/// ```
pub fn fill<P: VectorSpace, R: Rng + ?Sized>(
    parameters: &mut P,
    distribution: Distribution,
    generator: &mut R,
) {
    for run in runs_mut(parameters) {
        match run {
            ScalarsMut::F64(run) => run.fill_with(|| distribution.sample(generator)),
            ScalarsMut::F32(run) => run.fill_with(|| distribution.sample(generator) as f32),
        }
    }
}

/// A vector of `length` random elements.
///
/// ```
/// use backprop_runtime::Vector;
/// use backprop_runtime::init::{Distribution, seeded, vector};
///
/// let w: Vector = vector(10, Distribution::normal(0.0, 0.1), &mut seeded(3));
/// assert_eq!(w.len(), 10);
/// ```
pub fn vector<T: Float, R: Rng + ?Sized>(
    length: usize,
    distribution: Distribution,
    generator: &mut R,
) -> Vector<T> {
    Vector::from_fn(length, |_| T::from_f64(distribution.sample(generator)))
}

/// A matrix of random elements.
///
/// ```
/// use backprop_runtime::Matrix;
/// use backprop_runtime::init::{Distribution, matrix, seeded};
///
/// let v: Matrix = matrix(3, 2, Distribution::uniform(-0.1, 0.1), &mut seeded(3));
/// assert!(v[(2, 1)].abs() <= 0.1);
/// ```
pub fn matrix<T: Float, R: Rng + ?Sized>(
    rows: usize,
    columns: usize,
    distribution: Distribution,
    generator: &mut R,
) -> Matrix<T> {
    Matrix::from_fn(rows, columns, |_, _| T::from_f64(distribution.sample(generator)))
}

macro_rules! layer {
    ($($name:ident, $summary:literal, |$rows:ident, $columns:ident| $distribution:expr;)*) => {$(
        #[doc = concat!("The weights of a layer, drawn from [`Distribution::", stringify!($name),
            "`]: ", $summary, ".")]
        ///
        /// ```
        /// use backprop_runtime::Matrix;
        #[doc = concat!("use backprop_runtime::init::{", stringify!($name), ", seeded};")]
        ///
        #[doc = concat!("let v: Matrix = ", stringify!($name), "(4, 6, &mut seeded(1));")]
        /// assert_eq!((v.rows(), v.columns()), (4, 6));
        /// ```
        pub fn $name<T: Float, R: Rng + ?Sized>(
            $rows: usize,
            $columns: usize,
            generator: &mut R,
        ) -> Matrix<T> {
            matrix($rows, $columns, $distribution, generator)
        }
    )*};
}

layer! {
    xavier_uniform, "even, variance 2 / (rows + columns)",
        |rows, columns| Distribution::xavier_uniform(columns, rows);
    xavier_normal, "normal, variance 2 / (rows + columns)",
        |rows, columns| Distribution::xavier_normal(columns, rows);
    he_uniform, "even, variance 2 / columns",
        |rows, columns| Distribution::he_uniform(columns);
    he_normal, "normal, variance 2 / columns",
        |rows, columns| Distribution::he_normal(columns);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean, variance and fourth standardised moment of many draws.
    fn moments(distribution: Distribution) -> [f64; 3] {
        const DRAWS: usize = 200_000;
        let mut generator = seeded(42);
        let draws: Vec<f64> = (0..DRAWS).map(|_| distribution.sample(&mut generator)).collect();
        let mean = draws.iter().sum::<f64>() / DRAWS as f64;
        let power = |n| draws.iter().map(|x| (x - mean).powi(n)).sum::<f64>() / DRAWS as f64;
        [mean, power(2), power(4) / power(2).powi(2)]
    }

    #[track_caller]
    fn assert_moments(distribution: Distribution, expected: [f64; 3]) {
        let measured = moments(distribution);
        for (measured, expected) in measured.iter().zip(expected) {
            assert!((measured - expected).abs() < 0.02, "{measured} instead of {expected}");
        }
    }

    #[test]
    fn distributions_have_their_moments() {
        // Kurtosis: 9/5 of an even distribution, 3 of a normal one.
        assert_moments(Distribution::uniform(-1.0, 2.0), [0.5, 0.75, 1.8]);
        assert_moments(Distribution::normal(-1.0, 0.5), [-1.0, 0.25, 3.0]);
        assert_moments(Distribution::xavier_uniform(3, 5), [0.0, 0.25, 1.8]);
        assert_moments(Distribution::xavier_normal(3, 5), [0.0, 0.25, 3.0]);
        assert_moments(Distribution::he_uniform(4), [0.0, 0.5, 1.8]);
        assert_moments(Distribution::he_normal(4), [0.0, 0.5, 3.0]);
    }

    #[test]
    fn fan_in_is_the_number_of_columns() {
        let wide: Matrix = he_uniform(1, 600, &mut seeded(0));
        assert!((0..600).all(|j| wide[(0, j)].abs() <= 0.1));
        let tall: Matrix<f32> = he_uniform(600, 1, &mut seeded(0));
        assert!((0..600).any(|i| tall[(i, 0)].abs() > 1.0));
    }

    #[test]
    fn empty_layers() {
        let none: Matrix = xavier_normal(0, 0, &mut seeded(0));
        assert_eq!(none.rows(), 0);
    }

    #[test]
    #[should_panic(expected = "3 to 2 is not an interval")]
    fn inverted_interval() {
        Distribution::uniform(3.0, 2.0);
    }
}
