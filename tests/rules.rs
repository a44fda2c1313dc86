//! Every row of the rule table against central differences, all over the domain that it states.

use backprop::prelude::*;

/// Points of a box: its inner corners and a sequence that fills it evenly.
fn samples<const N: usize>(domain: &[(f64, f64); N]) -> Vec<[f64; N]> {
    let at = |part: [f64; N]| {
        std::array::from_fn(|i| domain[i].0 + part[i] * (domain[i].1 - domain[i].0))
    };
    let mut points = vec![at([0.02; N]), at([0.98; N])];
    // Multiples of irrational numbers (Kronecker's sequence).
    let steps = [0.618_033_988_749_895, 0.754_877_666_246_693, 0.569_840_290_998_053];
    for k in 1..40 {
        points.push(at(std::array::from_fn(|i| 0.01 + 0.98 * (f64::from(k) * steps[i]).fract())));
    }
    points
}

/// The slope of `f` along one coordinate: central differences at two steps, extrapolated.
fn slope<const N: usize>(at: &[f64; N], index: usize, f: impl Fn([f64; N]) -> f64) -> f64 {
    let difference = |h: f64| {
        let moved = |by: f64| {
            let mut point = *at;
            point[index] += by;
            f(point)
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    };
    let (h, twice) = (1e-4, 2e-4);
    (4.0 * difference(h) - difference(twice)) / 3.0
}

fn close<const N: usize>(claimed: f64, measured: f64, at: &[f64; N]) {
    let error = (claimed - measured).abs();
    assert!(error < 1e-8 * (1.0 + measured.abs()), "{claimed} instead of {measured} at {at:?}");
}

backprop_macro::__function_tests!();
