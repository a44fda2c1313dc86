use backprop::prelude::*;

struct Lcg(u64);

impl Lcg {
    fn new(seed: u64) -> Self {
        Lcg(seed)
    }
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.0
    }
    fn uniform(&mut self) -> f64 {
        ((self.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        let (u1, u2) = (self.uniform(), self.uniform());
        (-2.0 * u1.ln()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos()
    }
}

#[derive(Clone, Copy, Differentiable)]
struct Heston {
    kappa: f64,
    theta: f64,
    xi: f64,
    rho: f64,
    v0: f64,
}

#[differentiable(wrt(model, spot))]
fn call_price(
    model: &Heston,
    spot: f64,
    strike: f64,
    maturity: f64,
    n_paths: usize,
    n_steps: usize,
    seed: u64,
) -> f64 {
    let mut rng = Lcg::new(seed);
    let dt = maturity / n_steps as f64;
    let mut payoff_sum = 0.0;
    for _ in 0..n_paths {
        let mut log_s = spot.ln();
        let mut v = model.v0;
        for _ in 0..n_steps {
            let z1 = rng.normal();
            let z2 = model.rho * z1 + (1.0 - model.rho * model.rho).sqrt() * rng.normal();
            let v_plus = v.max(0.0);
            log_s += -0.5 * v_plus * dt + (v_plus * dt).sqrt() * z1;
            v += model.kappa * (model.theta - v_plus) * dt + model.xi * (v_plus * dt).sqrt() * z2;
        }
        payoff_sum += (log_s.exp() - strike).max(0.0);
    }
    payoff_sum / n_paths as f64
}
#[test]
fn gradient() {
    let m = Heston { kappa: 1.5, theta: 0.04, xi: 0.3, rho: -0.6, v0: 0.05 };
    check!(call_price, call_price_grad, call_price_grad_add, call_price_vjp; m: &m, s: 100.0, k: const 98.0, t: const 1.0, p: const 8, n: const 5, seed: const 42);
}
