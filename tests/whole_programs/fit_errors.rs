use backprop::prelude::*;

#[derive(Debug, Clone, PartialEq)]
enum FitError {
    Empty,
    Degenerate { variance: String },
    BadInput(String),
}
impl std::fmt::Display for FitError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:?}", self)
    }
}
impl std::error::Error for FitError {}
impl From<std::num::ParseFloatError> for FitError {
    fn from(e: std::num::ParseFloatError) -> Self {
        FitError::BadInput(e.to_string())
    }
}
type Result<T> = std::result::Result<T, FitError>;

fn parse_weights(s: &str) -> Result<Vec<f64>> {
    let mut out = vec![];
    for part in s.split_whitespace() {
        out.push(part.parse::<f64>()?);
    }
    Ok(out)
}

#[differentiable]
fn mean(xs: &[f64], w: &[f64]) -> Result<f64> {
    if xs.is_empty() {
        return Err(FitError::Empty);
    }
    let total: f64 = w.iter().sum();
    Ok(xs.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() / total)
}

#[differentiable]
fn variance(xs: &[f64], w: &[f64]) -> Result<f64> {
    let m = mean(xs, w)?;
    let squares: Vec<f64> = xs.iter().map(|x| (x - m).powi(2)).collect();
    let v = mean(&squares, w)?;
    if v < 1e-12 { Err(FitError::Degenerate { variance: format!("{v:.3e}") }) } else { Ok(v) }
}

#[differentiable(wrt(xs))]
fn sharpe(xs: &[f64], weights: &str) -> Result<f64> {
    let w = parse_weights(weights)?;
    Ok(mean(xs, &w)? / variance(xs, &w)?.sqrt())
}
#[test]
fn gradient() {
    let xs = vec![0.3, 0.1, 0.7, -0.2];
    let (v, g) = sharpe_grad(&xs, "1 2 1 0.5").unwrap();
    assert_eq!(Ok(v), sharpe(&xs, "1 2 1 0.5"));
    crate::common::assert_gradient(&xs, |xs| sharpe(xs, "1 2 1 0.5").unwrap(), &g);
    assert_eq!(sharpe_grad(&[], "1").unwrap_err(), FitError::Empty);
    assert!(matches!(sharpe_grad(&xs, "1 x").unwrap_err(), FitError::BadInput(_)));
}
