//! Gradients compared with difference quotients.

mod contract;
mod differences;
mod report;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::vector_ops::{runs, runs_mut, same_run, shape_mismatch};
use crate::{Path, Scalars, ScalarsMut, VectorOps, VectorSpace};
pub use contract::{assert_derivative, owned};
use differences::{Precision, Slope, measure};
pub use report::{CheckedElement, GradientError, GradientReport};

/// Compares `gradient` with central differences of `function` at `parameters`, element by
/// element.
///
/// Each derivative is measured with steps that fall from ⅛ of the element's size by factors of
/// eight, extrapolated to step zero (Ridders 1982), and known up to an estimated error. A claim
/// passes if it lies within 8 such errors plus 10⁻⁶ (2·10⁻³ in single precision) of the
/// measurement, relatively. At a kink every slope between the one-sided ones passes. What
/// differences cannot measure is reported, not refused.
///
/// The function is evaluated 6 to 50 times per element; for many elements see
/// [`check_gradient_along`].
///
/// # Errors
/// [`GradientError::Wrong`] with a report that names the worst elements by their paths, and
/// [`GradientError::ValueNotFinite`].
///
/// # Panics
/// If `gradient` has not the shape of `parameters`.
///
/// ```
/// use backprop_runtime::check::check_gradient;
///
/// let loss = |w: &[f64; 2]| (w[0] * 1.0 + w[1] * 2.0 - 2.0).powi(2);
/// check_gradient(&[3.0, 1.0], loss, &[6.0, 12.0])?;
///
/// let error = check_gradient(&[3.0, 1.0], loss, &[6.0, -12.0]).unwrap_err();
/// assert!(error.to_string().contains("[1]: claimed -12, measured 12"));
/// # Ok::<(), backprop_runtime::check::GradientError>(())
/// ```
#[track_caller]
pub fn check_gradient<P: VectorSpace, V: Into<f64>>(
    parameters: &P,
    mut function: impl FnMut(&P) -> V,
    gradient: &P,
) -> Result<GradientReport, GradientError> {
    let mut check = Check::new(parameters, &mut function, gradient)?;
    let claims = gradient.to_flat_vec();
    let elements = elements(parameters);
    let mut point = parameters.clone();
    for (element, claimed) in elements.into_iter().zip(claims) {
        let mut evaluate = |x: f64| {
            let x = set(&mut point, &element, x);
            (x, function(&point).into())
        };
        check.compare(&element.path, claimed, 0.0, &mut evaluate, element.at, element.precision);
        set(&mut point, &element, element.at.0);
    }
    check.finish()
}

/// Compares `gradient` with differences of `function` along `directions` random directions: ∇f·d
/// with the derivative of f(p + t·d) at t = 0.
///
/// A direction moves every element by ± the root mean square of the run it belongs to, so that a
/// single wrong element of usual size shows. The cost does not depend on how many parameters
/// there are. The directions are the same in every run.
///
/// # Errors
/// As [`check_gradient`], with `direction 0`, `direction 1`, … for paths.
///
/// # Panics
/// If `gradient` has not the shape of `parameters`.
///
/// ```
/// use backprop_runtime::check::check_gradient_along;
///
/// let squares = |w: &Vec<f64>| w.iter().map(|w| w * w).sum::<f64>();
/// let w: Vec<f64> = (0..1000).map(|i| 0.5 + i as f64 / 1000.0).collect();
/// let mut gradient: Vec<f64> = w.iter().map(|w| 2.0 * w).collect();
/// check_gradient_along(&w, squares, &gradient, 3)?;
///
/// gradient[700] = 0.0;
/// assert!(check_gradient_along(&w, squares, &gradient, 3).is_err());
/// # Ok::<(), backprop_runtime::check::GradientError>(())
/// ```
#[track_caller]
pub fn check_gradient_along<P: VectorSpace, V: Into<f64>>(
    parameters: &P,
    mut function: impl FnMut(&P) -> V,
    gradient: &P,
    directions: usize,
) -> Result<GradientReport, GradientError> {
    let mut check = Check::new(parameters, &mut function, gradient)?;
    let start = parameters.to_flat_vec();
    let claims = gradient.to_flat_vec();
    let sizes = sizes(parameters);
    let precision = coarsest(parameters);
    let mut generator = StdRng::seed_from_u64(0);
    let mut point = parameters.clone();
    for number in 0..directions {
        let direction: Vec<f64> =
            sizes.iter().map(|&size| if generator.random() { size } else { -size }).collect();
        let products = || claims.iter().zip(&direction).map(|(claim, d)| claim * d);
        let rounding = f64::EPSILON * products().map(f64::abs).sum::<f64>();
        let mut evaluate = |t: f64| {
            let moved: Vec<f64> = start.iter().zip(&direction).map(|(x, d)| x + t * d).collect();
            point.set_flat(&moved);
            (t, function(&point).into())
        };
        let path = format!("direction {number}");
        let claimed = products().sum();
        check.compare(&path, claimed, rounding, &mut evaluate, Place::UNIT, precision);
    }
    check.finish()
}

/// A scalar among the parameters.
struct Element {
    path: String,
    run: usize,
    index: usize,
    at: Place,
    precision: Precision,
}

/// Where to measure, and the size of steps that suits it.
#[derive(Clone, Copy)]
struct Place(f64, f64);

impl Place {
    const UNIT: Self = Self(0.0, 1.0);
}

fn elements<P: VectorSpace>(parameters: &P) -> Vec<Element> {
    let sizes = sizes(parameters);
    let mut elements = Vec::with_capacity(sizes.len());
    let mut run_number = 0;
    parameters.visit(&mut Path::root(), &mut |path, run| {
        for index in 0..run.len() {
            let (x, precision) = match run {
                Scalars::F64(run) => (run[index], Precision::DOUBLE),
                Scalars::F32(run) => (f64::from(run[index]), Precision::SINGLE),
            };
            let size = if x == 0.0 { sizes[elements.len()] } else { x.abs() };
            let path = path.element(index);
            elements.push(Element { path, run: run_number, index, at: Place(x, size), precision });
        }
        run_number += 1;
    });
    elements
}

/// For each scalar the root mean square of its run, or 1 for a run of zeros.
fn sizes<P: VectorSpace>(parameters: &P) -> Vec<f64> {
    let mut sizes = Vec::new();
    for run in runs(parameters) {
        let norm = crate::vector_ops::runs_norm(&[run]);
        let size = norm / (run.len() as f64).sqrt();
        let size = if size > 0.0 && size.is_finite() { size } else { 1.0 };
        sizes.extend(std::iter::repeat_n(size, run.len()));
    }
    sizes
}

fn coarsest<P: VectorSpace>(parameters: &P) -> Precision {
    let single = runs(parameters).iter().any(|run| matches!(run, Scalars::F32(_)));
    if single { Precision::SINGLE } else { Precision::DOUBLE }
}

/// Sets a scalar and returns it as it was rounded.
fn set<P: VectorSpace>(point: &mut P, element: &Element, x: f64) -> f64 {
    match &mut runs_mut(point)[element.run] {
        ScalarsMut::F64(run) => run[element.index] = x,
        ScalarsMut::F32(run) => {
            run[element.index] = x as f32;
            return f64::from(x as f32);
        }
    }
    x
}

/// A check under way.
struct Check {
    report: GradientReport,
    largest_claim: f64,
}

impl Check {
    #[track_caller]
    fn new<P: VectorSpace, V: Into<f64>>(
        parameters: &P,
        function: &mut impl FnMut(&P) -> V,
        gradient: &P,
    ) -> Result<Self, GradientError> {
        let (ours, theirs) = (runs(parameters), runs(gradient));
        if ours.len() != theirs.len() || !ours.iter().zip(&theirs).all(|(x, y)| same_run(x, y)) {
            shape_mismatch(parameters, gradient);
        }
        let value = function(parameters).into();
        if !value.is_finite() {
            return Err(GradientError::ValueNotFinite(value));
        }
        let claims = gradient.to_flat_vec();
        let finite = claims.iter().filter(|claim| claim.is_finite());
        let largest_claim = finite.fold(0.0, |largest: f64, claim| largest.max(claim.abs()));
        let report = GradientReport { value, ..GradientReport::default() };
        Ok(Self { report, largest_claim })
    }

    fn compare(
        &mut self,
        path: &str,
        claimed: f64,
        rounding: f64,
        evaluate: &mut dyn FnMut(f64) -> differences::Sample,
        place: Place,
        precision: Precision,
    ) {
        let Place(x, size) = place;
        let at = (x, self.report.value);
        // A change too small to matter: one part in 10⁹ of the value when the element changes
        // by its own size.
        let floor = 1e-9 * self.report.value.abs() / size;
        let error = |slope: &Slope| 8.0 * slope.error + rounding;
        let scale = |slope: &Slope| claimed.abs().max(slope.measured.abs());
        let confirmed = |slope: &Slope| {
            let error = error(slope);
            error <= (precision.tolerance * scale(slope)).max(floor)
                && (claimed - slope.measured).abs() <= precision.tolerance * scale(slope) + error
        };
        let measured_well = |slope: &Slope| {
            error(slope) <= (1e-2 * scale(slope)).max(1e-4 * self.largest_claim).max(floor)
        };
        let mut slope = measure(evaluate, at, size, precision, confirmed);
        if size < 1.0 && slope.kink.is_none() && !measured_well(&slope) && !slope.diverges {
            let wider = measure(evaluate, at, 1.0, precision, confirmed);
            if wider.error < slope.error {
                slope = wider;
            }
        }
        let tolerance = precision.tolerance * scale(&slope) + error(&slope);
        let passes = if claimed.is_infinite() {
            slope.diverges && slope.measured.signum() == claimed.signum()
        } else {
            (claimed - slope.measured).abs() <= tolerance
        };
        let between = slope.kink.is_some_and(|(left, right)| {
            let slack = precision.tolerance * left.abs().max(right.abs());
            (left.min(right) - slack..=left.max(right) + slack).contains(&claimed)
        });
        let well = measured_well(&slope) || (passes && claimed.is_infinite());
        let element = CheckedElement {
            path: path.to_owned(),
            claimed,
            measured: slope.measured,
            uncertainty: slope.error,
            kink: slope.kink,
            steps: slope.steps,
        };
        let report = &mut self.report;
        report.checked += 1;
        if between {
            report.kinks.push(element);
        } else if claimed.is_nan() || (!passes && (well || claimed.is_infinite())) {
            report.wrong.push(element);
        } else if !well {
            report.unresolved.push(element);
        } else if report
            .worst
            .as_ref()
            .is_none_or(|worst| worst.relative_error() < element.relative_error())
        {
            report.worst = Some(element);
        }
    }

    fn finish(mut self) -> Result<GradientReport, GradientError> {
        let wrong = &mut self.report.wrong;
        wrong.sort_by(|a, b| b.relative_error().total_cmp(&a.relative_error()));
        match wrong.first() {
            None => Ok(self.report),
            Some(worst) => {
                self.report.worst = Some(worst.clone());
                Err(GradientError::Wrong(Box::new(self.report)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
