//! Gradients watched over a training run.

mod table;

use crate::vector_ops::runs_norm;
use crate::{Differentiable, Path, Scalars};

/// Records the size of the gradient of each parameter at every step, and names parameters whose
/// gradient vanishes or explodes.
///
/// The size is the root mean square √(Σgᵢ² / n) over the parameter's n scalars, so that large
/// and small parameters compare. What is called a parameter is a leaf, such as `layers[0].w`,
/// or, after [`by_top_level`](Self::by_top_level), all that lies in one field of the value.
///
/// A finding is, by default:
///
/// | [`Finding`] | when the size |
/// |---|---|
/// | `NotFinite` | is infinite or NaN |
/// | `Exploding` | is over 10³, or over 100 times the median of the steps before (10 at least) |
/// | `Zero` | is exactly 0: unused parameters, dead units |
/// | `Vanishing` | is under 10⁻⁸, or under 10⁻⁴ of the largest parameter's |
///
/// Near a minimum all gradients become small; only the ratio between parameters is suspicious
/// there.
///
/// ```
/// use backprop_runtime::monitor::{Finding, GradientMonitor};
///
/// let mut monitor = GradientMonitor::new();
/// for _ in 0..3 {
///     monitor.record(&(vec![1e-9, 1e-9], vec![0.5, -0.5, 0.5]));
/// }
/// assert_eq!(monitor.history("1"), Some(&[0.5, 0.5, 0.5][..]));
/// assert_eq!(monitor.findings(), [("0", Finding::Vanishing)]);
/// println!("{monitor}");
/// ```
#[derive(Debug, Clone)]
pub struct GradientMonitor {
    parameters: Vec<Parameter>,
    totals: Vec<f64>,
    top_level: bool,
    thresholds: Thresholds,
}

/// When a gradient counts as vanishing or exploding.
///
/// ```
/// use backprop_runtime::monitor::{GradientMonitor, Thresholds};
///
/// let thresholds = Thresholds { exploding: 10.0, ..Thresholds::default() };
/// let mut monitor = GradientMonitor::new().with_thresholds(thresholds);
/// monitor.record(&vec![20.0, 20.0]);
/// assert_eq!(monitor.findings().len(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// A size below this vanishes.
    pub vanishing: f64,
    /// A size below this fraction of the largest parameter's vanishes.
    pub vanishing_ratio: f64,
    /// A size above this explodes.
    pub exploding: f64,
    /// A size above this multiple of its own median before explodes.
    pub exploding_ratio: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { vanishing: 1e-8, vanishing_ratio: 1e-4, exploding: 1e3, exploding_ratio: 100.0 }
    }
}

/// What is wrong with the gradient of a parameter; [`GradientMonitor`] says when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// An element is infinite or NaN.
    NotFinite,
    /// Too large, absolutely or against the steps before.
    Exploding,
    /// Exactly zero.
    Zero,
    /// Too small, absolutely or against other parameters.
    Vanishing,
}

#[derive(Debug, Clone)]
struct Parameter {
    name: String,
    count: usize,
    sizes: Vec<f64>,
}

impl Default for GradientMonitor {
    fn default() -> Self {
        Self::new()
    }
}

impl GradientMonitor {
    /// A monitor of leaves, with the default thresholds.
    pub fn new() -> Self {
        Self {
            parameters: Vec::new(),
            totals: Vec::new(),
            top_level: false,
            thresholds: Thresholds::default(),
        }
    }

    /// Takes all that lies in one field or element of the value together.
    ///
    /// ```
    /// use backprop_runtime::monitor::GradientMonitor;
    ///
    /// let mut monitor = GradientMonitor::new().by_top_level();
    /// monitor.record(&(vec![vec![3.0], vec![4.0]], 1.0));
    /// assert_eq!(monitor.names().collect::<Vec<_>>(), ["0", "1"]);
    /// ```
    pub fn by_top_level(self) -> Self {
        Self { top_level: true, ..self }
    }

    /// Replaces the thresholds.
    pub fn with_thresholds(self, thresholds: Thresholds) -> Self {
        Self { thresholds, ..self }
    }

    /// Records the gradient of a step; returns its norm over all parameters.
    ///
    /// # Panics
    /// If the gradient has not the parameters of the steps before.
    #[track_caller]
    pub fn record<G: Differentiable + ?Sized>(&mut self, gradient: &G) -> f64 {
        let groups = self.group(gradient);
        if self.totals.is_empty() {
            let parameter = |(name, runs): &(String, Vec<Scalars<'_>>)| Parameter {
                name: name.clone(),
                count: runs.iter().map(Scalars::len).sum(),
                sizes: Vec::new(),
            };
            self.parameters = groups.iter().map(parameter).collect();
        }
        let ours = self.parameters.iter().map(|parameter| &parameter.name);
        assert!(
            ours.eq(groups.iter().map(|(name, _)| name)),
            "the gradient does not have the parameters of the first step"
        );
        for (parameter, (_, runs)) in self.parameters.iter_mut().zip(&groups) {
            parameter.sizes.push(runs_norm(runs) / (parameter.count.max(1) as f64).sqrt());
        }
        let all: Vec<_> = groups.into_iter().flat_map(|(_, runs)| runs).collect();
        let total = runs_norm(&all);
        self.totals.push(total);
        total
    }

    /// The runs of each parameter, in order.
    fn group<'a, G: Differentiable + ?Sized>(
        &self,
        gradient: &'a G,
    ) -> Vec<(String, Vec<Scalars<'a>>)> {
        let mut groups: Vec<(String, Vec<Scalars<'a>>)> = Vec::new();
        gradient.visit(&mut Path::root(), &mut |path, run| {
            let name = if self.top_level { top_level(path.as_str()) } else { path.as_str() };
            match groups.last_mut() {
                Some((last, runs)) if last == name => runs.push(run),
                _ => groups.push((name.to_owned(), vec![run])),
            }
        });
        groups
    }

    /// How many steps were recorded.
    pub fn steps(&self) -> usize {
        self.totals.len()
    }

    /// The parameters' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|parameter| parameter.name.as_str())
    }

    /// The sizes of a parameter's gradient, step by step.
    pub fn history(&self, name: &str) -> Option<&[f64]> {
        let parameter = self.parameters.iter().find(|parameter| parameter.name == name)?;
        Some(&parameter.sizes)
    }

    /// All names with their histories, to be plotted.
    ///
    /// ```
    /// use backprop_runtime::monitor::GradientMonitor;
    ///
    /// let mut monitor = GradientMonitor::new();
    /// monitor.record(&(3.0, 4.0));
    /// for (name, sizes) in monitor.histories() {
    ///     println!("{name},{sizes:?}");
    /// }
    /// ```
    pub fn histories(&self) -> impl Iterator<Item = (&str, &[f64])> {
        self.parameters.iter().map(|parameter| (parameter.name.as_str(), &parameter.sizes[..]))
    }

    /// The norms of the whole gradient, step by step.
    pub fn norms(&self) -> &[f64] {
        &self.totals
    }

    /// What is wrong at the last step, parameter by parameter.
    pub fn findings(&self) -> Vec<(&str, Finding)> {
        let mut findings = Vec::new();
        for parameter in &self.parameters {
            findings.extend(self.finding(parameter).map(|finding| (&parameter.name[..], finding)));
        }
        findings
    }

    fn finding(&self, parameter: &Parameter) -> Option<Finding> {
        let limits = &self.thresholds;
        let (&size, before) = parameter.sizes.split_last()?;
        if parameter.count == 0 {
            None
        } else if !size.is_finite() {
            Some(Finding::NotFinite)
        } else if size > limits.exploding || exceeds_median(size, before, limits.exploding_ratio) {
            Some(Finding::Exploding)
        } else if size == 0.0 {
            Some(Finding::Zero)
        } else if size < limits.vanishing || size < limits.vanishing_ratio * self.largest() {
            Some(Finding::Vanishing)
        } else {
            None
        }
    }

    /// The largest finite size of the last step.
    fn largest(&self) -> f64 {
        let last = self.parameters.iter().filter_map(|parameter| parameter.sizes.last());
        last.copied().filter(|size| size.is_finite()).fold(0.0, f64::max)
    }
}

fn exceeds_median(size: f64, before: &[f64], ratio: f64) -> bool {
    // The median of fewer steps is chance, that of a long run costs time and says little.
    const FEWEST: usize = 10;
    const MOST: usize = 100;
    if before.len() < FEWEST {
        return false;
    }
    let mut recent = before[before.len().saturating_sub(MOST)..].to_vec();
    recent.sort_by(f64::total_cmp);
    let median = recent[recent.len() / 2];
    median > 0.0 && size > ratio * median
}

/// The first field or index of a path: `layers` of `layers.w`, `[2]` of `[2].b[0]`.
fn top_level(path: &str) -> &str {
    let mut rest = path.char_indices().skip(1);
    let end = rest.find(|&(_, c)| c == '.' || c == '[');
    &path[..end.map_or(path.len(), |(index, _)| index)]
}

#[cfg(test)]
mod tests;
