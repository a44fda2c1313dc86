//! Closures that are parameters may share a cell.
use backprop::differentiable;

#[differentiable(wrt(x))]
fn objects(put: &dyn Fn(f64) -> bool, get: &dyn Fn() -> f64, x: f64) -> f64 {
    let accepted = put(x * x);
    let kept = get();
    if accepted { kept * 2.0 } else { x }
}

#[differentiable(wrt(x))]
fn generic(put: impl Fn(f64), get: impl Fn(usize) -> f64, x: f64) -> f64 {
    put(x * x);
    get(3) * 2.0 + x
}

/// Only one of both.
#[differentiable(wrt(x))]
fn logged(log: impl Fn(f64), x: f64) -> f64 {
    log(x * x);
    x * x
}

#[differentiable(wrt(x))]
fn weighted(weight: impl Fn(usize) -> f64, x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() {
        sum += weight(i) * x[i];
    }
    sum
}

fn main() {}
