//! Loops over rows: vectors that loops fill, lengths for trip counts, values that are kept once.
//! The gradients with and without each of these are the same, and that of differences.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::{Differentiable, differentiable};
use common::check;
use counting_allocator::measure;

/// Functions as usual, and without each optimization.
macro_rules! variants {
    ($(fn $name:ident($($p:ident: $t:ty),* $(,)?) -> f64 $body:block)*) => {
        $(#[differentiable]
        fn $name($($p: $t),*) -> f64 $body)*
        mod plain {
            use super::*;
            $(#[differentiable(unoptimized)]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod popped {
            use super::*;
            $(#[differentiable(unoptimized(filled))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod counted {
            use super::*;
            $(#[differentiable(unoptimized(lengths))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod kept_twice {
            use super::*;
            $(#[differentiable(unoptimized(once, early))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod element_by_element {
            use super::*;
            $(#[differentiable(unoptimized(rows))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
    };
}

#[differentiable]
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[derive(Clone, Differentiable)]
struct Dense {
    weight: Vec<f64>,
    bias: Vec<f64>,
    scale: f64,
}

impl Dense {
    #[differentiable(wrt(self, x))]
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        x.iter()
            .zip(&self.weight)
            .zip(&self.bias)
            .map(|((x, w), b)| x * w + b * self.scale)
            .collect()
    }
}

variants! {
    // What is collected is collected from again, and changed in place.
    fn distance(x: &[f64], w: &[f64]) -> f64 {
        let centered: Vec<f64> = x.iter().zip(w).map(|(x, w)| x - w).collect();
        let mut scaled: Vec<f64> = centered.iter().zip(w).map(|(c, w)| c * w.exp()).collect();
        for (j, c) in centered.iter().enumerate() {
            for (s, l) in scaled[j + 1..].iter_mut().zip(&w[j + 1..]) {
                *s += l * c;
            }
        }
        scaled.iter().map(|s| s * s).sum()
    }
    // Pushed to by hand, from a range that does not begin at 0, beside other pushes.
    fn pushes(x: &[f64], w: &[f64]) -> f64 {
        let mut out = Vec::new();
        for i in 1..x.len() {
            out.push(x[i] * x[i - 1] * w[0]);
        }
        out.push(w[1].sin());
        let mut twice = Vec::with_capacity(x.len());
        for o in &out {
            twice.push(o * o);
        }
        for o in out.iter().rev() {
            twice.push(o + w[0]);
        }
        twice.iter().enumerate().map(|(k, t)| (k as f64 + 1.0) * t).sum()
    }
    // Filled anew in each iteration, and filled across iterations.
    fn again(x: &[f64], w: &[f64]) -> f64 {
        let mut all = Vec::new();
        let mut total = 0.0;
        for k in 0..3 {
            let mut one = Vec::new();
            for v in x {
                one.push(v * w[k % w.len()]);
                all.push(v + w[1]);
            }
            let one = one;
            for (a, b) in one.iter().zip(x) {
                total += a * b * a;
            }
        }
        for (k, a) in all.iter().enumerate() {
            total += a * a * k as f64;
        }
        total
    }
    // A push that not every iteration reaches, and one in a loop that leaves.
    fn some(x: &[f64], w: &[f64]) -> f64 {
        let mut big = Vec::new();
        let mut first = Vec::new();
        for v in x {
            if *v > 0.3 {
                big.push(v * w[0]);
            }
        }
        for v in x {
            if *v < -0.9 {
                break;
            }
            first.push(v * v * w[1]);
        }
        big.iter().sum::<f64>() * 2.0 + first.iter().enumerate().map(|(k, f)| f * k as f64).sum::<f64>()
    }
    // Moved under other names, changed there, and of another length by then.
    fn renamed(x: &[f64], w: &[f64]) -> f64 {
        let a: Vec<f64> = x.iter().map(|x| x.sin()).collect();
        let mut b = a;
        b.push(w[0] * w[1]);
        b[0] *= 2.0;
        let mut c: Vec<f64> = b;
        for (c, w) in c.iter_mut().zip(w) {
            *c *= w;
        }
        c.truncate(x.len());
        c.iter().zip(x).map(|(c, x)| c * x).sum()
    }
    // The index of the pushed element is an integer of another type.
    fn indices(x: &[f64], w: &[f64]) -> f64 {
        let n = x.len() as i32;
        let shifted: Vec<f64> = (-1..n - 1).map(|i| x[(i + 1) as usize] * w[0] + f64::from(i)).collect();
        let bytes: Vec<f64> = (0..3u8).map(|i| w[usize::from(i) % w.len()] * x[0]).collect();
        shifted.iter().map(|s| s * s).sum::<f64>() + bytes.iter().map(|s| s * s).sum::<f64>()
    }
    // Several values of one state, kept in the middle of its changes.
    fn recurrent(x: &[f64], w: &[f64]) -> f64 {
        let mut state = vec![0.1; w.len()];
        let mut cell = vec![0.2; w.len()];
        for t in 0..x.len() {
            for i in 0..w.len() {
                let forget = sigmoid(state[i] * w[i] + x[t]);
                let enter = sigmoid(state[i] * x[t] - w[i]);
                cell[i] = cell[i] * forget + enter * (cell[i] * w[i]).tanh();
                let old = state[i];
                state[i] = forget * cell[i].tanh() + state[i] * 0.1;
                cell[i] += old * state[i];
            }
        }
        state.iter().zip(&cell).map(|(s, c)| s * c).sum()
    }
    // Two parts of one adjoint in a loop, which overlap.
    fn parts(x: &[f64], w: &[f64]) -> f64 {
        let n = x.len() - 1;
        let mut total = 0.0;
        for i in 0..n {
            total += x[i] * w[i] - 2.0 * x[i + 1] * w[i + 1];
        }
        let rows = vec![x.to_vec(), w.to_vec()];
        for r in 0..2 {
            let mut sum = 0.0;
            for i in 0..n {
                sum += rows[r][i] * rows[1 - r][i] + rows[0][i];
            }
            total += sum * sum;
        }
        total
    }
    // Parts of a struct.
    fn dense(x: &[f64], w: &[f64]) -> f64 {
        let layer = Dense { weight: w.to_vec(), bias: x.to_vec(), scale: w[0] };
        let mut signal = x.to_vec();
        for _ in 0..3 {
            signal = layer.apply(&signal);
            for s in signal.iter_mut() {
                *s = s.tanh();
            }
        }
        signal.iter().sum()
    }
    // The number of an element is looked up by code that is not arithmetic.
    fn looked_up(x: &[f64], w: &[f64]) -> f64 {
        fn permuted(i: usize, n: usize) -> usize {
            (i * i + 1) % n
        }
        let n = x.len();
        let v: Vec<f64> = (0..n).map(|i| w[permuted(i, n)] * x[0]).collect();
        v.iter().zip(x).map(|(v, x)| v * v * x).sum()
    }
}

/// Compares the variants of a function with each other and with differences.
macro_rules! compare {
    ($($name:ident $grad:ident $grad_add:ident $vjp:ident;)*) => {
        mod with_and_without {
            use super::*;
            $(#[test]
            fn $name() {
                // Longer and shorter than what is summed inline.
                for n in [2, 3, 7, 40] {
                    let x: Vec<f64> = (0..n).map(|k| (1.7 * k as f64).sin() + 0.1).collect();
                    let w: Vec<f64> = (0..n).map(|k| 0.9 - 0.04 * k as f64).collect();
                    check!(super::$name, $grad, $grad_add, $vjp; x: &x, w: &w);
                    let (value, (dx, dw)) = $grad(&x, &w);
                    for (other, (other_dx, other_dw)) in [
                        plain::$grad(&x, &w),
                        popped::$grad(&x, &w),
                        counted::$grad(&x, &w),
                        kept_twice::$grad(&x, &w),
                        element_by_element::$grad(&x, &w),
                    ] {
                        assert_eq!(value.to_bits(), other.to_bits());
                        for (a, b) in dx.iter().zip(&other_dx).chain(dw.iter().zip(&other_dw)) {
                            assert!((a - b).abs() <= 1e-11 * (1.0 + a.abs()), "{a} and {b}, n = {n}");
                        }
                    }
                }
            })*
        }
    };
}

compare! {
    distance distance_grad distance_grad_add distance_vjp;
    pushes pushes_grad pushes_grad_add pushes_vjp;
    again again_grad again_grad_add again_vjp;
    some some_grad some_grad_add some_vjp;
    renamed renamed_grad renamed_grad_add renamed_vjp;
    indices indices_grad indices_grad_add indices_vjp;
    recurrent recurrent_grad recurrent_grad_add recurrent_vjp;
    parts parts_grad parts_grad_add parts_vjp;
    dense dense_grad dense_grad_add dense_vjp;
    looked_up looked_up_grad looked_up_grad_add looked_up_vjp;
}

#[test]
fn what_is_collected_is_allocated_once() {
    let x: Vec<f64> = (0..1000).map(|k| (1.7 * k as f64).sin()).collect();
    let (mut dx, mut dw) = (vec![0.0; 1000], vec![0.0; 1000]);
    let one = measure(|| {
        distance_grad_add(&x, &x, &mut dx, &mut dw);
    });
    // Two vectors, their adjoints, and what a column of the triangle begins with.
    assert!(one.count <= 7, "{} allocations", one.count);
}
