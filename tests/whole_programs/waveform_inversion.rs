use backprop::prelude::*;

struct Grid {
    nx: usize,
    nt: usize,
    dx: f64,
    dt: f64,
}

/// Misfit at receivers (full waveform inversion), leapfrog.
#[differentiable(wrt(velocity))]
fn fwi_misfit(
    velocity: &[f64],
    grid: &Grid,
    source: &[f64],
    receivers: &[usize],
    data: &[Vec<f64>],
) -> f64 {
    let Grid { nx, nt, dx, dt } = grid;
    let (nx, nt) = (*nx, *nt);
    let mut prev = vec![0.0; nx];
    let mut curr = vec![0.0; nx];
    let mut next = vec![0.0; nx];
    let mut misfit = 0.0;
    for it in 0..nt {
        for ix in 1..nx - 1 {
            let c = velocity[ix] * dt / dx;
            next[ix] =
                2.0 * curr[ix] - prev[ix] + c * c * (curr[ix + 1] - 2.0 * curr[ix] + curr[ix - 1]);
        }
        next[nx / 2] += source[it] * dt * dt;
        for (r, trace) in receivers.iter().zip(data) {
            misfit += 0.5 * (next[*r] - trace[it]).powi(2);
        }
        std::mem::swap(&mut prev, &mut curr);
        std::mem::swap(&mut curr, &mut next);
    }
    misfit
}
#[test]
fn gradient() {
    let src: Vec<f64> = (0..8).map(|i| 10.0 * (i as f64 * 0.7).sin()).collect();
    let data = vec![vec![0.1; 8], vec![-0.05; 8]];
    check!(fwi_misfit, fwi_misfit_grad, fwi_misfit_grad_add, fwi_misfit_vjp; v: &vec![1.0, 1.2, 0.9, 1.1, 1.3, 1.0, 0.8], g: const &Grid { nx: 7, nt: 8, dx: 1.0, dt: 0.4 }, s: const &src, r: const &[2, 5], d: const &data);
}
