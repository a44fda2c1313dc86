//! The explicit heat equation: a state that each step overwrites.

use std::hint::black_box;
use std::mem;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

/// How far the final temperatures are from measured ones.
#[differentiable(wrt(initial, k))]
fn by_index(initial: &[f64], k: f64, steps: usize, measured: &[f64]) -> f64 {
    let n = initial.len();
    let mut u = initial.to_vec();
    let mut next = u.clone();
    for _ in 0..steps {
        for i in 1..n - 1 {
            next[i] = u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1]);
        }
        std::mem::swap(&mut u, &mut next);
    }
    let mut error = 0.0;
    for i in 0..n {
        error += (u[i] - measured[i]) * (u[i] - measured[i]);
    }
    error
}

/// By index, with states kept at about √steps of the steps only.
#[differentiable(wrt(initial, k))]
fn with_checkpoints(initial: &[f64], k: f64, steps: usize, measured: &[f64]) -> f64 {
    let n = initial.len();
    let mut u = initial.to_vec();
    let mut next = u.clone();
    #[checkpoint]
    for _ in 0..steps {
        for i in 1..n - 1 {
            next[i] = u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1]);
        }
        std::mem::swap(&mut u, &mut next);
    }
    let mut error = 0.0;
    for i in 0..n {
        error += (u[i] - measured[i]) * (u[i] - measured[i]);
    }
    error
}

#[differentiable(wrt(initial, k))]
fn by_iterator(initial: &[f64], k: f64, steps: usize, measured: &[f64]) -> f64 {
    let n = initial.len();
    let mut u = initial.to_vec();
    for _ in 0..steps {
        let mut next = u.clone();
        for (next, w) in next[1..n - 1].iter_mut().zip(u.windows(3)) {
            *next = w[1] + k * (w[0] - 2.0 * w[1] + w[2]);
        }
        u = next;
    }
    u.iter().zip(measured).map(|(u, m)| (u - m).powi(2)).sum()
}

/// Every state is kept, in one block; the adjoint of a step gathers from the neighbours.
fn by_hand(
    (initial, k): (&[f64], f64),
    steps: usize,
    measured: &[f64],
    (d_initial, d_k): (&mut [f64], &mut f64),
) -> f64 {
    let n = initial.len();
    let mut states = vec![0.0; (steps + 1) * n];
    states[..n].copy_from_slice(initial);
    for s in 0..steps {
        let (before, after) = states.split_at_mut((s + 1) * n);
        let (u, next) = (&before[s * n..], &mut after[..n]);
        next[0] = u[0];
        next[n - 1] = u[n - 1];
        for (next, u) in next[1..n - 1].iter_mut().zip(u.windows(3)) {
            *next = u[1] + k * (u[0] - 2.0 * u[1] + u[2]);
        }
    }
    let last = &states[steps * n..];
    let mut error = 0.0;
    let mut d_u = vec![0.0; n];
    for i in 0..n {
        let off = last[i] - measured[i];
        error += off * off;
        d_u[i] = 2.0 * off;
    }
    let mut d_next = vec![0.0; n];
    let stay = 1.0 - 2.0 * k;
    for s in (0..steps).rev() {
        mem::swap(&mut d_u, &mut d_next);
        let u = &states[s * n..(s + 1) * n];
        let mut sums = [0.0; 4];
        let (inner, rest) = d_next[1..n - 1].as_chunks::<4>();
        let mut at = 0;
        for d in inner {
            let u: &[f64; 6] = u[at..].first_chunk().expect("a chunk and its neighbours");
            for l in 0..4 {
                sums[l] += d[l] * (u[l] - 2.0 * u[l + 1] + u[l + 2]);
            }
            at += 4;
        }
        for (d, u) in rest.iter().zip(u[at..].windows(3)) {
            sums[0] += d * (u[0] - 2.0 * u[1] + u[2]);
        }
        *d_k += sums.iter().sum::<f64>();
        d_u[0] = d_next[0] + k * d_next[1];
        d_u[1] = stay * d_next[1] + k * d_next[2];
        // These have two neighbours that were written.
        for (d_u, d) in d_u[2..n - 2].iter_mut().zip(d_next[1..].windows(3)) {
            *d_u = stay * d[1] + k * (d[0] + d[2]);
        }
        d_u[n - 2] = stay * d_next[n - 2] + k * d_next[n - 3];
        d_u[n - 1] = d_next[n - 1] + k * d_next[n - 2];
    }
    for (d_initial, d_u) in d_initial.iter_mut().zip(&d_u) {
        *d_initial += d_u;
    }
    error
}

pub(crate) fn add(bench: &mut Bench) {
    for (n, steps) in [(100, 100), (1000, 200)] {
        let mut numbers = Numbers(4);
        let (initial, measured) = (numbers.vec(n, 0.0, 1.0), numbers.vec(n, 0.0, 1.0));
        let k = 0.2;
        bench
            .problem(format!("heat n={n} steps={steps}"), (vec![0.0; n], 0.0))
            .hand(|(d_u, d_k)| by_hand((black_box(&initial), k), steps, &measured, (d_u, d_k)))
            .style(
                "index",
                || by_index(black_box(&initial), k, steps, &measured),
                |(d_u, d_k)| by_index_grad_add(black_box(&initial), k, steps, &measured, d_u, d_k),
            )
            .style(
                "checkpoints",
                || with_checkpoints(black_box(&initial), k, steps, &measured),
                |(d_u, d_k)| {
                    with_checkpoints_grad_add(black_box(&initial), k, steps, &measured, d_u, d_k)
                },
            )
            .style(
                "iterator",
                || by_iterator(black_box(&initial), k, steps, &measured),
                |(d_u, d_k)| {
                    by_iterator_grad_add(black_box(&initial), k, steps, &measured, d_u, d_k)
                },
            )
            .run();
    }
}
