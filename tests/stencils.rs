//! Time loops over grids: a step's state is kept whole in front of the loop that reads it, and the
//! adjoints of neighbours are gathered. Value and gradient are those without these optimizations.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

use counting_allocator::measure;

/// What a run yields: the value, and a gradient that is added to what is there.
type Run = fn(&[f64], f64, usize, &mut [f64], &mut f64) -> f64;

/// A program with and without what this file is about, each in a module of its own.
macro_rules! program {
    ($name:ident($u0:ident, $k:ident, $steps:ident) $body:block) => {
        mod $name {
            #[backprop::differentiable(wrt($u0, $k), explain)]
            pub(super) fn usual($u0: &[f64], $k: f64, $steps: usize) -> f64 $body

            #[backprop::differentiable(wrt($u0, $k), unoptimized(spans))]
            fn without_spans($u0: &[f64], $k: f64, $steps: usize) -> f64 $body

            #[backprop::differentiable(wrt($u0, $k), unoptimized(gathers))]
            fn without_gathers($u0: &[f64], $k: f64, $steps: usize) -> f64 $body

            #[backprop::differentiable(wrt($u0, $k), unoptimized)]
            fn plain($u0: &[f64], $k: f64, $steps: usize) -> f64 $body

            #[test]
            fn agrees() {
                let others = [without_spans_grad_add, without_gathers_grad_add, plain_grad_add];
                super::compare(usual, usual_grad_add, &others);
            }
        }
    };
}

/// Sizes at which loops over inner points run not at all, once or twice, and many times. Where the
/// function panics, so do its gradients.
fn compare(function: fn(&[f64], f64, usize) -> f64, usual: Run, others: &[Run]) {
    for n in [1, 2, 3, 4, 5, 6, 7, 12, 33] {
        for steps in [0, 1, 2, 5] {
            let u: Vec<f64> = (0..n).map(|i| ((i * 7 + 3) % 11) as f64 * 0.1).collect();
            let run = |gradient: Run| {
                std::panic::catch_unwind(|| {
                    let (mut d_u, mut d_k) = (vec![0.5; n], 0.25);
                    let value = gradient(&u, 0.2, steps, &mut d_u, &mut d_k);
                    d_u.push(d_k);
                    (value, d_u)
                })
            };
            let value = std::panic::catch_unwind(|| function(&u, 0.2, steps));
            let found = run(usual);
            assert_eq!(value.is_ok(), found.is_ok(), "n = {n}, {steps} steps");
            for other in others {
                let (Ok(value), Ok(found), expected) = (&value, &found, run(*other)) else {
                    continue;
                };
                let expected = expected.expect("no panic without optimizations");
                assert_eq!(value.to_bits(), found.0.to_bits(), "n = {n}, {steps} steps");
                for (a, b) in found.1.iter().zip(&expected.1) {
                    let close = (a - b).abs() <= 1e-11 * (1.0 + b.abs());
                    assert!(close, "n = {n}, {steps} steps: {:?} for {:?}", found.1, expected.1);
                }
            }
        }
    }
}

program! {
    heat(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let mut next = u.clone();
    for _ in 0..steps {
        for i in 1..n - 1 { next[i] = u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1]); }
        std::mem::swap(&mut u, &mut next);
    }
    let mut e = 0.0; for i in 0..n { e += u[i] * u[i] * (i as f64); } e
}
}

program! {
    burgers(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let mut next = vec![0.0; n];
    for _ in 0..steps {
        for i in 1..n - 1 { next[i] = u[i] - 0.1 * u[i] * (u[i + 1] - u[i - 1]) + k * (u[i + 1] - 2.0 * u[i] + u[i - 1]); }
        next[0] = u[0]; next[n - 1] = u[n - 1] * k;
        for i in 0..n { u[i] = next[i]; }
    }
    let mut e = 0.0; for i in 0..n { e += u[i].sin() * (i as f64); } e
}
}

program! {
    wave(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let mut prev = u.clone(); let mut next = vec![0.0; n];
    for _ in 0..steps {
        for i in 1..n - 1 { next[i] = 2.0 * u[i] - prev[i] + k * k * (u[i + 1] - 2.0 * u[i] + u[i - 1]); }
        prev.copy_from_slice(&u);
        u.copy_from_slice(&next);
    }
    let mut e = 0.0; for i in 0..n { e += u[i] * u[i] * (i as f64) + prev[i]; } e
}
}

program! {
    upwind(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec();
    for _ in 0..steps {
        let old = u.clone();
        for i in 2..n { u[i] = old[i] - k * old[i] * (1.5 * old[i] - 2.0 * old[i - 1] + 0.5 * old[i - 2]); }
    }
    let mut e = 0.0; for i in 0..n { e += u[i] * u[i] * (i as f64); } e
}
}

program! {
    grid(u0, k, steps) {
    let n = u0.len(); let mut u = vec![vec![0.0; n]; n];
    for i in 0..n { for j in 0..n { u[i][j] = u0[i] * u0[j] * u0[j]; } }
    let mut next = u.clone();
    for _ in 0..steps {
        for i in 1..n - 1 { for j in 1..n - 1 {
            next[i][j] = u[i][j] + k * (u[i - 1][j] + u[i + 1][j] + u[i][j - 1] + u[i][j + 1] - 4.0 * u[i][j]) + 0.01 * u[i][j] * u[i][j];
        } }
        std::mem::swap(&mut u, &mut next);
    }
    let mut e = 0.0; for i in 0..n { for j in 0..n { e += u[i][j] * ((i + 2 * j) as f64); } } e
}
}

program! {
    beam(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let mut next = u.clone();
    for _ in 0..steps {
        for i in 2..n.max(2) - 2 { next[i] = u[i] - k * (u[i - 2] - 4.0 * u[i - 1] + 6.0 * u[i] - 4.0 * u[i + 1] + u[i + 2]); }
        std::mem::swap(&mut u, &mut next);
    }
    let mut e = 0.0; for i in 0..n { e += u[i] * u[i] * (i as f64); } e
}
}

program! {
    ranged(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let mut next = u.clone(); let (lo, hi) = (2, n.max(3) - 1);
    for s in 0..steps {
        for i in lo..hi { next[i] = u[i] + k * u[i] * (u[i - 1] - 2.0 * u[i - 2] + u[i + 1]); if s > 100 { next[i] = 0.0; } }
        for i in lo..hi { u[i] = next[i] * next[i] * k; }
    }
    let mut e = 0.0; for i in 0..n { e += u[i] * u[i] * (i as f64); } e
}
}

program! {
    small(u0, k, steps) {
    let n = u0.len(); let mut u = [0.5; 6]; for i in 0..n.min(6) { u[i] = u0[i]; } let mut next = u;
    for s in 0..steps {
        for i in 1..5 { let a = u[i] * k; next[i] = a * u[i - 1] + u[i + 1] * (s as f64) * 0.1; }
        u = next;
    }
    u[0] + 2.0 * u[1] + 3.0 * u[2] + u[3] - u[4] + u[5]
}
}

program! {
    fresh(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec();
    for _ in 0..steps {
        let mut next = vec![0.0; n];
        for i in 0..n { let l = if i == 0 { u[i] } else { u[i - 1] }; next[i] = u[i] * l * k; }
        for i in 0..n - 1 { next[i] += u[i + 1] * u[i] * k; }
        u = next;
    }
    let mut e = 0.0; for i in 0..n { e += u[i] * u[i] * (i as f64); } e
}
}

program! {
    windows(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec();
    for _ in 0..steps {
        let mut next = u.clone();
        for (next, w) in next[1..n - 1].iter_mut().zip(u.windows(3)) {
            *next = w[1] + k * (w[0] - 2.0 * w[1] + w[2]) * w[1];
        }
        u = next;
    }
    u.iter().enumerate().map(|(i, u)| u * u * i as f64).sum()
}
}

program! {
    collected(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec();
    for _ in 0..steps {
        let inner: Vec<f64> = u.windows(3).map(|w| w[1] + k * (w[0] * w[1] - 2.0 * w[1] + w[2])).collect();
        u[1..n - 1].copy_from_slice(&inner);
    }
    u.iter().enumerate().map(|(i, u)| u * u * i as f64).sum()
}
}

program! {
    extended(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec();
    for _ in 0..steps {
        let mut next = vec![u[0] * k];
        next.extend(u.windows(3).map(|w| w[0] * w[2] + k * w[1]));
        next.push(u[n - 1]);
        u = next;
    }
    u.iter().enumerate().map(|(i, u)| u * u * i as f64).sum()
}
}

program! {
    shifted(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let (lo, hi) = (1, n - 1);
    for s in 0..steps {
        let old = u.clone(); let (left, right) = (&old[..n - 2], &old[2..]);
        for (((u, l), r), c) in u[lo..hi].iter_mut().zip(left).zip(right).zip(&old[1..]) {
            *u += k * (l * r - c * c) / (1.0 + s as f64);
        }
    }
    u.iter().enumerate().map(|(i, u)| u * u * i as f64).sum()
}
}

program! {
    inner_parts(u0, k, steps) {
    let n = u0.len(); let mut u = u0.to_vec(); let mut next = vec![0.5; n];
    for _ in 0..steps {
        {
            let (to, from) = (&mut next[1..n - 1], &u[1..]);
            for i in 0..to.len() { to[i] = from[i] * u[i] * k + from[..n - 1][i + 1]; }
        }
        std::mem::swap(&mut u, &mut next);
    }
    u.iter().enumerate().map(|(i, u)| u * u * i as f64).sum()
}
}

program! {
    shrinking(u0, k, steps) {
    let mut u = u0.to_vec();
    for _ in 0..steps {
        let next: Vec<f64> = u.windows(2).map(|w| k * w[0] + (1.0 - k) * w[1] * w[0]).collect();
        if next.is_empty() { break; }
        u = next;
    }
    u.iter().enumerate().map(|(i, u)| u * u * (1 + i) as f64).sum()
}
}

program! {
    moved_twice(u0, k, steps) {
    let mut u = u0.to_vec(); let mut old = vec![1.0];
    for s in 0..steps {
        let mut next = u.clone();
        for (a, b) in next.iter_mut().zip(&old) { *a = *a * k + b * b; }
        old = u;
        u = next;
        if s == 3 { u.push(k); old = vec![k; 2]; }
    }
    u.iter().chain(&old).enumerate().map(|(i, u)| u * u * (1 + i) as f64).sum()
}
}

/// The gradient against differences, so that all of the above cannot be wrong together.
#[test]
fn heat_against_differences() {
    let u: Vec<f64> = (0..9).map(|i| (f64::from(i) * 0.7).sin()).collect();
    let (mut d_u, mut d_k) = (vec![0.0; 9], 0.0);
    heat::usual_grad_add(&u, 0.2, 4, &mut d_u, &mut d_k);
    let h = 1e-5;
    let slope = (heat::usual(&u, 0.2 + h, 4) - heat::usual(&u, 0.2 - h, 4)) / (2.0 * h);
    assert!((slope - d_k).abs() < 1e-7 * (1.0 + slope.abs()), "{slope} {d_k}");
    for i in 0..9 {
        let at = |h: f64| {
            let mut u = u.clone();
            u[i] += h;
            heat::usual(&u, 0.2, 4)
        };
        let slope = (at(h) - at(-h)) / (2.0 * h);
        assert!((slope - d_u[i]).abs() < 1e-7 * (1.0 + slope.abs()), "{slope} {:?}", d_u);
    }
}

/// One state per step is kept, and no tape per point.
#[test]
fn states_are_kept_once() {
    let (n, steps) = (100, 64);
    let u = vec![0.5; n];
    let (mut d_u, mut d_k) = (vec![0.0; n], 0.0);
    let kept = measure(|| {
        burgers::usual_grad_add(&u, 0.2, steps, &mut d_u, &mut d_k);
    });
    let states = 8 * (n * steps) as u64;
    // A vector that grows is copied into one of twice its size.
    assert!(
        kept.peak < 3 * states + 16 * 8 * n as u64,
        "{} bytes for {states} of states",
        kept.peak
    );
}
