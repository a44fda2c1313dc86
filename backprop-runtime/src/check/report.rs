//! What a check found.

use std::fmt;

/// One claimed derivative beside the measured one.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedElement {
    /// Where the element lies, such as `layers[0].w[3]`; `direction 0` for a random direction.
    pub path: String,
    /// The derivative under test.
    pub claimed: f64,
    /// The derivative that differences give.
    pub measured: f64,
    /// The estimated error of `measured`: truncation plus rounding.
    pub uncertainty: f64,
    /// The slopes to the left and to the right, where they do not approach each other.
    pub kink: Option<(f64, f64)>,
    /// The steps at which differences were taken, falling.
    pub steps: Vec<f64>,
}

impl CheckedElement {
    /// |claimed − measured| ÷ max(|claimed|, |measured|); 0 where both are 0.
    pub fn relative_error(&self) -> f64 {
        if self.claimed == self.measured {
            return 0.0;
        }
        let size = self.claimed.abs().max(self.measured.abs());
        let error = (self.claimed - self.measured).abs() / size;
        if error.is_nan() { f64::INFINITY } else { error }
    }
}

impl fmt::Display for CheckedElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the derivative" } else { &self.path };
        write!(
            f,
            "{path}: claimed {}, measured {} ± {:.0e} (relative error {:.1e}; {} steps",
            self.claimed,
            self.measured,
            self.uncertainty,
            self.relative_error(),
            self.steps.len(),
        )?;
        if let [largest, .., smallest] = self.steps[..] {
            write!(f, " from {largest:.1e} to {smallest:.1e}")?;
        }
        f.write_str(")")?;
        if let Some((left, right)) = self.kink {
            write!(f, ", slope {left} to the left and {right} to the right")?;
        }
        Ok(())
    }
}

/// The outcome of a check.
///
/// ```
/// use backprop_runtime::check::check_gradient;
///
/// let report = check_gradient(&(3.0, 0.0), |(x, y): &(f64, f64)| x * x + y.abs(), &(6.0, 0.0))?;
/// assert_eq!(report.worst.as_ref().map(|element| element.path.as_str()), Some("0"));
/// assert_eq!(report.kinks[0].path, "1");
/// assert!(!report.is_conclusive());
/// # Ok::<(), backprop_runtime::check::GradientError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GradientReport {
    /// The function's value at the point.
    pub value: f64,
    /// How many elements (or directions) were compared.
    pub checked: usize,
    /// The element with the largest relative error among those that could be measured well.
    pub worst: Option<CheckedElement>,
    /// Elements whose claimed derivative is wrong, the worst first.
    pub wrong: Vec<CheckedElement>,
    /// Elements at which the function has a kink, and the claim lies between the two slopes.
    pub kinks: Vec<CheckedElement>,
    /// Elements that differences cannot measure well enough to confirm the claim.
    pub unresolved: Vec<CheckedElement>,
}

impl GradientReport {
    /// Whether every element was measured and confirmed at a smooth point.
    pub fn is_conclusive(&self) -> bool {
        self.wrong.is_empty() && self.kinks.is_empty() && self.unresolved.is_empty()
    }
}

/// Prints at most five elements of a list.
fn list(f: &mut fmt::Formatter<'_>, title: &str, elements: &[CheckedElement]) -> fmt::Result {
    const SHOWN: usize = 5;
    if elements.is_empty() {
        return Ok(());
    }
    write!(f, "\n{title}:")?;
    for element in &elements[..elements.len().min(SHOWN)] {
        write!(f, "\n  {element}")?;
    }
    if elements.len() > SHOWN {
        write!(f, "\n  and {} more", elements.len() - SHOWN)?;
    }
    Ok(())
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wrong.is_empty() {
            write!(f, "the gradient agrees with differences in {} element(s)", self.checked)?;
            if let Some(worst) = &self.worst {
                write!(f, "\nlargest deviation:\n  {worst}")?;
            }
        } else {
            let (wrong, checked) = (self.wrong.len(), self.checked);
            write!(f, "the gradient is wrong in {wrong} of {checked} element(s)")?;
            list(f, "the worst first", &self.wrong)?;
        }
        list(f, "at a kink, where any slope between the two is allowed", &self.kinks)?;
        list(f, "too noisy or too steep to be measured", &self.unresolved)
    }
}

/// Why a gradient did not pass a check.
///
/// ```
/// use backprop_runtime::check::{GradientError, check_gradient};
///
/// let error = check_gradient(&2.0, |x: &f64| x * x, &2.0).unwrap_err();
/// let GradientError::Wrong(report) = error else { panic!("{error}") };
/// assert!((report.wrong[0].relative_error() - 0.5).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum GradientError {
    /// The function's value at the point is infinite or NaN, so there is nothing to compare.
    ValueNotFinite(f64),
    /// At least one element is wrong.
    Wrong(Box<GradientReport>),
}

impl fmt::Display for GradientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ValueNotFinite(value) => {
                write!(f, "the function is {value} at this point, so no gradient can be measured")
            }
            Self::Wrong(report) => report.fmt(f),
        }
    }
}

impl std::error::Error for GradientError {}
