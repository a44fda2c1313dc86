//! `#[checkpoint]`: what is computed again has the gradient of what is kept, in less memory.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::differentiable;
use common::check;
use counting_allocator::measure;

/// The same function twice, with and without the attribute.
macro_rules! both {
    ($name:ident, $plain:ident, ($($p:ident: $t:ty),*), $before:tt, $loop:tt, $after:tt) => {
        both!(@emit $name, ($($p: $t),*), $before, { #[checkpoint] }, $loop, $after);
        both!(@emit $plain, ($($p: $t),*), $before, {}, $loop, $after);
    };
    (@emit $name:ident, ($($p:ident: $t:ty),*), {$($before:tt)*}, {$($mark:tt)*}, {$($loop:tt)*},
        {$($after:tt)*}) => {
        #[differentiable]
        fn $name($($p: $t),*) -> f64 {
            $($before)*
            $($mark)* $($loop)*
            $($after)*
        }
    };
}

both!(decay, decay_plain, (x: f64, k: f64, n: usize), {
    let mut y = x;
    let mut z = 0.5;
}, {
    for i in 0..n {
        let t = (k * y).sin() + 0.1 * z * i as f64;
        z = (z + y * 0.3).tanh();
        y += 0.1 * t;
    }
}, { y * y + z });

both!(closed, closed_plain, (x: f64, k: f64, n: i32), {
    let mut y = x;
}, {
    for i in 2..=n {
        y = (y * k + i as f64).sqrt();
        if i % 3 == 0 {
            continue;
        }
        y *= 1.1;
    }
}, { y });

both!(states, states_plain, (u0: &[f64], k: f64, steps: usize), {
    let n = u0.len();
    let mut u = u0.to_vec();
    let mut next = u.clone();
    let mut count = 0;
}, {
    for _ in 0..steps {
        count += 1;
        for i in 1..n - 1 {
            next[i] = u[i] - 0.1 * u[i] * (u[i + 1] - u[i - 1]) + k * (u[i + 1] - 2.0 * u[i] + u[i - 1]);
        }
        std::mem::swap(&mut u, &mut next);
    }
}, {
    let mut e = 0.0;
    for i in 0..n {
        e += u[i] * u[i] * ((i + count) as f64);
    }
    e
});

macro_rules! block {
    ($name:ident, $(#[$mark:ident])?) => {
        #[differentiable]
        fn $name(x: f64, k: f64, n: usize) -> f64 {
            let mut y = vec![x, 0.3 * x];
            let mut total = 0.0;
            for i in 0..n {
                $(#[$mark])?
                {
                    let a = (y[0] * k).exp();
                    for j in 0..3 {
                        y[1] = (y[1] + a * 0.01 * j as f64).cos();
                    }
                    y[0] = a.ln() + y[1] * 0.2;
                }
                if y[0] > 5.0 {
                    break;
                }
                total += y[0] * y[1] * (i as f64 + 1.0);
            }
            total
        }
    };
}

block!(block, #[checkpoint]);
block!(block_plain,);

macro_rules! nested {
    ($name:ident, $(#[$mark:ident])?) => {
        #[differentiable]
        fn $name(x: f64, k: f64, n: usize) -> f64 {
            let mut y = x;
            $(#[$mark])?
            for outer in 0..3 {
                $(#[$mark])?
                for i in 1..n {
                    y += (y * k).sin() * 0.1 * (outer * i) as f64;
                }
                y = y.tanh();
            }
            y
        }
    };
}

nested!(nested, #[checkpoint]);
nested!(nested_plain,);

#[differentiable]
fn smooth(x: f64, k: f64) -> f64 {
    (x * k).sin() * 0.5 + x
}

both!(calls, calls_plain, (x: f64, k: f64, n: usize), {
    let mut y = x;
    let mut seen = Vec::new();
}, {
    for _ in 0..n {
        y = smooth(y, k);
        if y > 0.7 {
            y = y - smooth(k, y) * 0.3;
        }
        seen.push(y);
    }
}, {
    let mut e = 0.0;
    for s in &seen {
        e += s * s;
    }
    e * y
});

/// The block has a value, and the adjoint of what it changes for the caller comes in.
#[differentiable]
fn stepped(u: &mut [f64], k: f64) -> f64 {
    let mut last = 0.0;
    #[checkpoint]
    for i in 1..u.len() {
        let before = u[i - 1];
        u[i] = (u[i] * before * k).sin();
        last = u[i];
    }
    let size = last.exp();
    #[checkpoint]
    {
        u[0] = (u[0] * size).sqrt() + last;
        last = u[0].ln();
    }
    last * u[1]
}

#[differentiable]
fn through(x: f64, k: f64) -> f64 {
    let mut u = [x, 0.4, x * k, 0.9];
    let first = stepped(&mut u, k);
    first + u[0] * u[1] + u[2] * u[3]
}

macro_rules! agrees {
    ($name:ident, $grad:ident, $plain:ident) => {
        for n in [0, 1, 2, 3, 4, 5, 9, 10, 17] {
            let (a, b) = ($grad(0.8, 0.6, n), $plain(0.8, 0.6, n));
            assert_eq!($name(0.8, 0.6, n).to_bits(), a.0.to_bits(), "{n}");
            assert_eq!(a.0.to_bits(), b.0.to_bits(), "{n}");
            let ((x, k), (y, l)) = (a.1, b.1);
            assert!((x - y).abs() <= 1e-12 * (1.0 + y.abs()), "{n}: {x} for {y}");
            assert!((k - l).abs() <= 1e-12 * (1.0 + l.abs()), "{n}: {k} for {l}");
        }
    };
}

#[test]
fn with_and_without() {
    agrees!(decay, decay_grad, decay_plain_grad);
    agrees!(closed, closed_grad, closed_plain_grad);
    agrees!(block, block_grad, block_plain_grad);
    agrees!(calls, calls_grad, calls_plain_grad);
    agrees!(nested, nested_grad, nested_plain_grad);
    for (n, steps) in [(3, 0), (4, 1), (7, 5), (12, 10)] {
        let u: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).sin()).collect();
        let (a, b) = (states_grad(&u, 0.1, steps), states_plain_grad(&u, 0.1, steps));
        assert_eq!(a.0.to_bits(), b.0.to_bits());
        assert!((a.1.1 - b.1.1).abs() <= 1e-12 * (1.0 + b.1.1.abs()));
        for (a, b) in a.1.0.iter().zip(&b.1.0) {
            assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} for {b}");
        }
    }
}

#[test]
fn against_differences() {
    check!(through, through_grad, through_grad_add, through_vjp; x: 0.8, k: 0.6);
    let h = 1e-5;
    let slope = (decay(0.8, 0.6 + h, 12) - decay(0.8, 0.6 - h, 12)) / (2.0 * h);
    assert!((slope - decay_grad(0.8, 0.6, 12).1.1).abs() < 1e-7);
    let slope = (block(0.8 + h, 0.6, 5) - block(0.8 - h, 0.6, 5)) / (2.0 * h);
    assert!((slope - block_grad(0.8, 0.6, 5).1.0).abs() < 1e-7);
}

#[test]
fn pullbacks_run_again_too() {
    let (value, pullback) = calls_vjp(0.8, 0.6, 9);
    let (x, k) = pullback(2.0);
    let (same, (d_x, d_k)) = calls_plain_grad(0.8, 0.6, 9);
    assert_eq!(value, same);
    assert!((x - 2.0 * d_x).abs() < 1e-12 * (1.0 + x.abs()));
    assert!((k - 2.0 * d_k).abs() < 1e-12 * (1.0 + k.abs()));
}

/// A loop of n steps over a state needs the memory of about 2 √n states, and not of n.
#[test]
fn memory_grows_with_the_root() {
    let (n, steps) = (200, 400);
    let u: Vec<f64> = (0..n).map(|i| (i as f64 * 0.07).sin()).collect();
    let (mut d_u, mut d_k) = (vec![0.0; n], 0.0);
    let less = measure(|| {
        states_grad_add(&u, 0.1, steps, &mut d_u, &mut d_k);
    });
    let more = measure(|| {
        states_plain_grad_add(&u, 0.1, steps, &mut d_u, &mut d_k);
    });
    let state = 8 * n as u64;
    assert!(more.peak > 400 * state, "{} bytes", more.peak);
    // 20 segments with two buffers each, 20 steps at a time in a vector that grows, and the rest.
    assert!(less.peak < 110 * state, "{} bytes for {} without", less.peak, more.peak);
}

#[differentiable(jvp)]
fn forwards(x: f64, n: usize) -> f64 {
    let mut y = x;
    #[checkpoint]
    for _ in 0..n {
        y = y.sin() * 1.5;
    }
    y
}

#[test]
fn forward_mode_runs_the_loop() {
    let (value, slope) = forwards_jvp(0.8, 7, 1.0);
    let (same, gradient) = forwards_grad(0.8, 7);
    assert_eq!(value.to_bits(), same.to_bits());
    assert!((slope - gradient).abs() < 1e-12);
}
