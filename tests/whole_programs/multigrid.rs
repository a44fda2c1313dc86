use backprop::prelude::*;

#[differentiable]
fn smooth(u: &mut Vec<f64>, f: &[f64], h: f64, times: usize) {
    let n = u.len();
    for _ in 0..times {
        for i in 1..n - 1 {
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + h * h * f[i]);
        }
    }
}

#[differentiable]
fn residual(u: &[f64], f: &[f64], h: f64) -> Vec<f64> {
    let n = u.len();
    let mut r = vec![0.0; n];
    for i in 1..n - 1 {
        r[i] = f[i] - (2.0 * u[i] - u[i - 1] - u[i + 1]) / (h * h);
    }
    r
}

#[differentiable]
fn v_cycle(u: &mut Vec<f64>, f: &[f64], h: f64) {
    let n = u.len();
    if n <= 3 {
        u[1] = 0.5 * h * h * f[1];
        return;
    }
    smooth(u, f, h, 2);
    let r = residual(u, f, h);
    let nc = (n + 1) / 2;
    let mut rc = vec![0.0; nc];
    for i in 1..nc - 1 {
        rc[i] = 0.25 * (r[2 * i - 1] + 2.0 * r[2 * i] + r[2 * i + 1]);
    }
    let mut ec = vec![0.0; nc];
    v_cycle(&mut ec, &rc, 2.0 * h);
    for i in 1..nc - 1 {
        u[2 * i] += ec[i];
    }
    for i in 0..nc - 1 {
        u[2 * i + 1] += 0.5 * (ec[i] + ec[i + 1]);
    }
    smooth(u, f, h, 2);
}

#[differentiable]
fn poisson_energy(f: &[f64]) -> f64 {
    let n = f.len();
    let h = 1.0 / (n - 1) as f64;
    let mut u = vec![0.0; n];
    for _ in 0..2 {
        v_cycle(&mut u, f, h);
    }
    u.iter().zip(f).map(|(u, f)| u * f * h).sum()
}
#[test]
fn gradient() {
    check!(poisson_energy, poisson_energy_grad, poisson_energy_grad_add, poisson_energy_vjp; f: &vec![0.0, 1.0, 0.5, -0.3, 2.0, 0.7, 0.1, -1.0, 0.0]);
}
