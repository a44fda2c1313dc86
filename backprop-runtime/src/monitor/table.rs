//! The summary of a monitor as a table.

use std::fmt;

use super::{Finding, GradientMonitor, Parameter};

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotFinite => "not finite",
            Self::Exploding => "exploding",
            Self::Zero => "zero",
            Self::Vanishing => "vanishing",
        })
    }
}

/// One line per parameter: scalars, size at the first and the last step, smallest and largest
/// size, size against the largest parameter's, and what is wrong.
impl fmt::Display for GradientMonitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.names().map(|name| name.chars().count()).max().unwrap_or(0);
        let width = width.max("parameter".len());
        writeln!(
            f,
            "{:width$}  {:>8}  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}",
            "parameter", "scalars", "first", "last", "smallest", "largest", "ratio"
        )?;
        for parameter in &self.parameters {
            self.line(f, parameter, width)?;
        }
        match self.norms() {
            [] => write!(f, "no step recorded"),
            [.., last] => write!(f, "norm of the gradient at step {}: {last:.3e}", self.steps()),
        }
    }
}

impl GradientMonitor {
    fn line(&self, f: &mut fmt::Formatter<'_>, parameter: &Parameter, width: usize) -> fmt::Result {
        let Parameter { name, count, sizes } = parameter;
        let ([first, ..], [.., last]) = (&sizes[..], &sizes[..]) else { return Ok(()) };
        let name = if name.is_empty() { "(all)" } else { name };
        let smallest = sizes.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let all = self.largest();
        let ratio = if all > 0.0 { last / all } else { 1.0 };
        write!(
            f,
            "{name:width$}  {count:>8}  {first:>9.2e}  {last:>9.2e}  {smallest:>9.2e}  \
             {largest:>9.2e}  {ratio:>9.2e}"
        )?;
        match self.finding(parameter) {
            Some(finding) => writeln!(f, "  {finding}"),
            None => writeln!(f),
        }
    }
}
