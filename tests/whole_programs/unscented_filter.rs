use backprop::prelude::*;

fn process(x: f64, a: f64) -> f64 {
    a * x / (1.0 + x * x) + 0.5 * x
}

#[differentiable]
fn transition(x: f64, a: f64) -> f64 {
    a * x / (1.0 + x * x) + 0.5 * x
}

#[differentiable]
fn measure(x: f64) -> f64 {
    x * x / 20.0
}

#[differentiable(wrt(a, q, r))]
fn log_likelihood(a: f64, q: f64, r: f64, obs: &[f64]) -> f64 {
    const N: f64 = 1.0;
    const KAPPA: f64 = 2.0;
    let lambda: f64 = KAPPA;
    let weights = [lambda / (N + lambda), 0.5 / (N + lambda), 0.5 / (N + lambda)];
    let sigma_points = |m: f64, p: f64| {
        let d = ((N + lambda) * p).sqrt();
        [m, m + d, m - d]
    };
    let (mut mean, mut var) = (1.0, 1.0);
    let mut ll = 0.0;
    for y in obs.iter() {
        let chi = sigma_points(mean, var).map(|s| transition(s, a));
        mean = weights.iter().zip(chi.iter()).map(|(w, c)| w * c).sum::<f64>();
        var = q + weights.iter().zip(chi.iter()).map(|(w, c)| w * (c - mean).powi(2)).sum::<f64>();
        let chi = sigma_points(mean, var);
        let gamma = chi.map(measure);
        let y_hat: f64 = (0..3).map(|i| weights[i] * gamma[i]).sum();
        let s: f64 = r + (0..3).map(|i| weights[i] * (gamma[i] - y_hat).powi(2)).sum::<f64>();
        let c: f64 = (0..3).map(|i| weights[i] * (chi[i] - mean) * (gamma[i] - y_hat)).sum();
        let k = c / s;
        mean += k * (y - y_hat);
        var -= k * s * k;
        ll += -0.5 * ((2.0 * std::f64::consts::PI * s).ln() + (y - y_hat).powi(2) / s);
    }
    ll
}
#[test]
fn gradient() {
    check!(log_likelihood, log_likelihood_grad, log_likelihood_grad_add, log_likelihood_vjp; a: 1.2, q: 0.4, r: 0.3, o: const &[0.1, 0.05, 0.2, 0.12]);
}
