//! Arithmetic on whole parameter sets: what can be said about any value with scalars.

use crate::{Differentiable, Path, Scalars, ScalarsMut, VectorSpace};

/// Norms, sums and scalings of a value, taken as the one long vector of its scalars.
///
/// Sums run in double precision, also over single-precision scalars.
///
/// The prelude brings these methods into scope for every type with a gradient, and on a reference
/// they would go before a type's own that take `self` by value. So none is called `norm`, `dot` or
/// `scale`, as those of one's own vectors are.
///
/// ```
/// use backprop_runtime::VectorOps;
///
/// let mut parameters = (vec![3.0, 0.0], 4.0);
/// assert_eq!(parameters.count(), 3);
/// assert_eq!(parameters.flat_norm(), 5.0);
/// parameters.add_scaled(-0.5, &(vec![2.0, 2.0], 0.0));
/// assert_eq!(parameters, (vec![2.0, -1.0], 4.0));
/// ```
pub trait VectorOps: Differentiable {
    /// The number of scalars.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// assert_eq!((vec![[0.0; 4]; 3], 1.0f32, "no scalar").count(), 13);
    /// ```
    fn count(&self) -> usize {
        runs(self).iter().map(Scalars::len).sum()
    }

    /// The scalars one after the other.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// assert_eq!((vec![1.0, 2.0], 3.0).to_flat_vec(), [1.0, 2.0, 3.0]);
    /// ```
    fn to_flat_vec(&self) -> Vec<f64> {
        let mut flat = Vec::new();
        for run in runs(self) {
            match run {
                Scalars::F64(run) => flat.extend_from_slice(run),
                Scalars::F32(run) => flat.extend(run.iter().map(|&x| f64::from(x))),
            }
        }
        flat
    }

    /// Whether no scalar is infinite or NaN.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// assert!(!vec![1.0, f64::NAN].all_finite());
    /// ```
    fn all_finite(&self) -> bool {
        runs(self).iter().all(|run| match run {
            Scalars::F64(run) => run.iter().copied().all(f64::is_finite),
            Scalars::F32(run) => run.iter().copied().all(f32::is_finite),
        })
    }

    /// The Euclidean norm √(Σ xᵢ²), without overflow or underflow of the squares.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// assert!((vec![3e200, 4e200].flat_norm() / 5e200 - 1.0).abs() < 1e-15);
    /// ```
    fn flat_norm(&self) -> f64 {
        runs_norm(&runs(self))
    }

    /// The inner product Σ xᵢ yᵢ.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// assert_eq!((2.0, [3.0, 4.0]).flat_dot(&(1.0, [10.0, 100.0])), 432.0);
    /// ```
    #[track_caller]
    fn flat_dot(&self, other: &Self) -> f64 {
        let (ours, theirs) = (runs(self), runs(other));
        if ours.len() != theirs.len() {
            shape_mismatch(self, other);
        }
        let mut total = 0.0;
        for (ours, theirs) in ours.iter().zip(&theirs) {
            total += match (ours, theirs) {
                (Scalars::F64(x), Scalars::F64(y)) if x.len() == y.len() => {
                    sum_products(x, y, |x| x)
                }
                (Scalars::F32(x), Scalars::F32(y)) if x.len() == y.len() => {
                    sum_products(x, y, f64::from)
                }
                _ => shape_mismatch(self, other),
            };
        }
        total
    }

    /// `self += factor · other`.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// let mut w = [3.0f64, 1.0];
    /// w.add_scaled(-0.1, &[6.0, 12.0]);
    /// assert!((w[0] - 2.4).abs() < 1e-15 && (w[1] + 0.2).abs() < 1e-15);
    /// ```
    #[track_caller]
    fn add_scaled(&mut self, factor: f64, other: &Self)
    where
        Self: VectorSpace,
    {
        let theirs = runs(other);
        let mut ours = runs_mut(self);
        let fits = ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|(x, y)| same_run(&x.as_scalars(), y));
        if !fits {
            shape_mismatch(self, other);
        }
        for (x, y) in ours.iter_mut().zip(&theirs) {
            match (x, y) {
                (ScalarsMut::F64(x), Scalars::F64(y)) => {
                    x.iter_mut().zip(*y).for_each(|(x, y)| *x += factor * y);
                }
                (ScalarsMut::F32(x), Scalars::F32(y)) => {
                    let factor = factor as f32;
                    x.iter_mut().zip(*y).for_each(|(x, y)| *x += factor * y);
                }
                _ => unreachable!("the precisions were compared above"),
            }
        }
    }

    /// `self *= factor`.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// let mut sum = (vec![2.0, 4.0], 6.0);
    /// sum.scale_by(0.5);
    /// assert_eq!(sum, (vec![1.0, 2.0], 3.0));
    /// ```
    fn scale_by(&mut self, factor: f64)
    where
        Self: VectorSpace,
    {
        for run in runs_mut(self) {
            match run {
                ScalarsMut::F64(run) => run.iter_mut().for_each(|x| *x *= factor),
                ScalarsMut::F32(run) => run.iter_mut().for_each(|x| *x *= factor as f32),
            }
        }
    }

    /// Makes every scalar 0 in place, as before gradients of a new batch are added up.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// let mut gradient = vec![vec![1.0], vec![f64::NAN, 2.0]];
    /// gradient.set_zero();
    /// assert_eq!(gradient, [vec![0.0], vec![0.0, 0.0]]);
    /// ```
    fn set_zero(&mut self)
    where
        Self: VectorSpace,
    {
        for run in runs_mut(self) {
            match run {
                ScalarsMut::F64(run) => run.fill(0.0),
                ScalarsMut::F32(run) => run.fill(0.0),
            }
        }
    }

    /// Sets the scalars in the order of [`to_flat_vec`](Self::to_flat_vec), which it undoes.
    ///
    /// # Panics
    /// If `flat` has not as many scalars as `self`.
    ///
    /// ```
    /// # use backprop_runtime::VectorOps;
    /// let mut parameters = (0.0, [0.0; 2]);
    /// parameters.set_flat(&[1.0, 2.0, 3.0]);
    /// assert_eq!(parameters, (1.0, [2.0, 3.0]));
    /// ```
    #[track_caller]
    fn set_flat(&mut self, flat: &[f64])
    where
        Self: VectorSpace,
    {
        let count = self.count();
        assert_eq!(flat.len(), count, "the value has {count} scalar(s), not {}", flat.len());
        let mut rest = flat;
        for run in runs_mut(self) {
            let values;
            (values, rest) = rest.split_at(run.len());
            match run {
                ScalarsMut::F64(run) => run.copy_from_slice(values),
                ScalarsMut::F32(run) => {
                    run.iter_mut().zip(values).for_each(|(x, &value)| *x = value as f32);
                }
            }
        }
    }
}

impl<T: Differentiable + ?Sized> VectorOps for T {}

/// All runs of scalars of `value`, in order.
pub(crate) fn runs<T: Differentiable + ?Sized>(value: &T) -> Vec<Scalars<'_>> {
    let mut runs = Vec::new();
    value.visit(&mut Path::silent(), &mut |_, run| runs.push(run));
    runs
}

/// [`runs`], to be changed in place.
pub(crate) fn runs_mut<T: VectorSpace>(value: &mut T) -> Vec<ScalarsMut<'_>> {
    let mut runs = Vec::new();
    value.visit_mut(&mut Path::silent(), &mut |_, run| runs.push(run));
    runs
}

/// Whether two runs have the same length and precision.
pub(crate) fn same_run(x: &Scalars<'_>, y: &Scalars<'_>) -> bool {
    match (x, y) {
        (Scalars::F64(x), Scalars::F64(y)) => x.len() == y.len(),
        (Scalars::F32(x), Scalars::F32(y)) => x.len() == y.len(),
        _ => false,
    }
}

/// The Euclidean norm of all scalars in `runs`.
pub(crate) fn runs_norm(runs: &[Scalars<'_>]) -> f64 {
    // Below this a sum of squares may have lost digits to underflow.
    const SAFE: f64 = f64::MIN_POSITIVE / (f64::EPSILON * f64::EPSILON);
    let squares: f64 = runs.iter().map(|run| sum_squares(run, 1.0)).sum();
    if squares.is_nan() || (SAFE..f64::INFINITY).contains(&squares) {
        return squares.sqrt();
    }
    let largest = runs.iter().map(largest_magnitude).fold(0.0, f64::max);
    if largest == 0.0 || largest == f64::INFINITY {
        return largest;
    }
    // Dividing by a power of two is exact, and so is multiplying by its reciprocal.
    let unit = 2f64.powi(largest.log2().floor().clamp(-1022.0, 1022.0) as i32);
    unit * runs.iter().map(|run| sum_squares(run, 1.0 / unit)).sum::<f64>().sqrt()
}

fn largest_magnitude(run: &Scalars<'_>) -> f64 {
    match run {
        Scalars::F64(run) => run.iter().fold(0.0, |m, x| m.max(x.abs())),
        Scalars::F32(run) => f64::from(run.iter().fold(0f32, |m, x| m.max(x.abs()))),
    }
}

fn sum_squares(run: &Scalars<'_>, scale: f64) -> f64 {
    match run {
        Scalars::F64(run) => sum_products(run, run, |x| x * scale),
        Scalars::F32(run) => sum_products(run, run, |x| f64::from(x) * scale),
    }
}

/// Σ `wide(x)·wide(y)` in eight interleaved sums, which the compiler can vectorise.
fn sum_products<T: Copy>(x: &[T], y: &[T], wide: impl Fn(T) -> f64) -> f64 {
    let (x_chunks, y_chunks) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = x_chunks
        .remainder()
        .iter()
        .zip(y_chunks.remainder())
        .map(|(&x, &y)| wide(x) * wide(y))
        .sum();
    let mut sums = [0.0; 8];
    for (x, y) in x_chunks.zip(y_chunks) {
        for lane in 0..8 {
            sums[lane] += wide(x[lane]) * wide(y[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Panics, naming the first place at which the shapes of `ours` and `theirs` differ.
#[cold]
#[track_caller]
pub(crate) fn shape_mismatch<A, B>(ours: &A, theirs: &B) -> !
where
    A: Differentiable + ?Sized,
    B: Differentiable + ?Sized,
{
    runs_mismatch(&describe(ours), &describe(theirs))
}

/// Panics, naming the first run in which two descriptions differ.
#[cold]
#[track_caller]
pub(crate) fn runs_mismatch(ours: &[String], theirs: &[String]) -> ! {
    let first = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let name = |runs: &[String]| runs.get(first).cloned().unwrap_or_else(|| "nothing".to_owned());
    panic!("the shapes differ: {} meets {}", name(ours), name(theirs))
}

/// Each run of `value` in words.
pub(crate) fn describe<T: Differentiable + ?Sized>(value: &T) -> Vec<String> {
    let mut lines = Vec::new();
    value.visit(&mut Path::root(), &mut |path, run| lines.push(describe_run(path, &run)));
    lines
}

/// A run in words: `` `w` with 3 × f64 ``.
pub(crate) fn describe_run(path: &Path, run: &Scalars<'_>) -> String {
    let (count, kind) = match run {
        Scalars::F64(run) => (run.len(), "f64"),
        Scalars::F32(run) => (run.len(), "f32"),
    };
    if path.as_str().is_empty() {
        format!("{count} × {kind}")
    } else {
        format!("`{path}` with {count} × {kind}")
    }
}
