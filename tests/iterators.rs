//! Iterator chains.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

fn data(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.7 + 0.5 * (1.3 * i as f64).sin()).collect()
}

#[differentiable(jvp)]
fn sums(xs: &[f64]) -> f64 {
    let total: f64 = xs.iter().sum();
    let squares: f64 = xs.iter().map(|x| x * x).sum();
    let products = xs.iter().product::<f64>();
    total * squares + products
}

#[differentiable(jvp)]
fn norms(xs: &[f64], ys: &[f64], p: f64) -> f64 {
    let distance = xs.iter().zip(ys).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
    let general = xs.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(1.0 / p);
    distance + general
}

#[differentiable(jvp)]
fn statistics(xs: &[f64]) -> f64 {
    let n = xs.len() as f64;
    let mean = xs.iter().sum::<f64>() / n;
    let variance = xs.iter().map(|&x| (x - mean).powi(2)).sum::<f64>() / n;
    let skewness = xs.iter().map(|&x| ((x - mean) / variance.sqrt()).powi(3)).sum::<f64>() / n;
    mean + variance * skewness
}

#[differentiable(jvp)]
fn log_sum_exp(xs: &[f64]) -> f64 {
    let largest = xs.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    largest + xs.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

#[differentiable(jvp)]
fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |y, c| y * x + c)
}

#[differentiable(jvp)]
fn over_ranges(x: f64, n: usize) -> f64 {
    let series: f64 = (1..=n).map(|k| x.powi(k as i32) / k as f64).sum();
    let product: f64 = (0..n).map(|k| 1.0 + x * k as f64).product();
    let nested: f64 = (0..n).map(|i| (0..i).map(|j| (x * (i + j) as f64).sin()).sum::<f64>()).sum();
    series * product + nested
}

#[differentiable(jvp)]
fn filtered(xs: &[f64]) -> f64 {
    let positive: f64 = xs.iter().filter(|x| **x > 0.5).map(|x| x.ln()).sum();
    let odd: f64 = (0..xs.len()).filter(|i| i % 2 == 1).map(|i| xs[i] * xs[i - 1]).sum();
    positive * xs[0] + odd
}

#[differentiable(jvp)]
fn parts(xs: &[f64]) -> f64 {
    let head: f64 = xs.iter().take(2).sum();
    let tail: f64 = xs.iter().skip(1).map(|x| x * x).sum();
    let thirds: f64 = xs.iter().step_by(3).product();
    head * tail + thirds
}

#[differentiable(jvp)]
fn neighbours(xs: &[f64]) -> f64 {
    let variation: f64 = xs.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    let blocks: f64 = xs.chunks(2).map(|c| c.iter().product::<f64>()).sum();
    let pairs: f64 = xs.iter().zip(xs.iter().skip(1)).map(|(a, b)| a * b.sin()).sum();
    variation + blocks * pairs
}

#[test]
fn sums_and_folds() {
    for n in [1, 2, 3, 6] {
        check!(sums, sums_grad, sums_grad_add, sums_vjp, sums_jvp; xs: &data(n));
        check!(norms, norms_grad, norms_grad_add, norms_vjp, norms_jvp; xs: &data(n), ys: &data(n + 1)[1..].to_vec(), p: 2.5);
        check!(log_sum_exp, log_sum_exp_grad, log_sum_exp_grad_add, log_sum_exp_vjp, log_sum_exp_jvp; xs: &data(n));
        check!(horner, horner_grad, horner_grad_add, horner_vjp, horner_jvp; c: &data(n), x: 0.8);
        check!(over_ranges, over_ranges_grad, over_ranges_grad_add, over_ranges_vjp, over_ranges_jvp; x: 0.4, n: const n);
        check!(parts, parts_grad, parts_grad_add, parts_vjp, parts_jvp; xs: &data(n));
        check!(filtered, filtered_grad, filtered_grad_add, filtered_vjp, filtered_jvp; xs: &data(n));
        check!(neighbours, neighbours_grad, neighbours_grad_add, neighbours_vjp, neighbours_jvp; xs: &data(n));
    }
    check!(statistics, statistics_grad, statistics_grad_add, statistics_vjp, statistics_jvp; xs: &data(5));
    check!(sums, sums_grad, sums_grad_add, sums_vjp, sums_jvp; xs: &Vec::<f64>::new());
    check!(horner, horner_grad, horner_grad_add, horner_vjp, horner_jvp; c: &Vec::<f64>::new(), x: 0.8);
    // The product of numbers with zeros among them.
    assert_eq!(products_grad(&[0.0, 2.0, 3.0]), (0.0, vec![6.0, 0.0, 0.0]));
    assert_eq!(products_grad(&[0.0, 0.0, 3.0]), (0.0, vec![0.0, 0.0, 0.0]));
}

#[differentiable(jvp)]
fn products(xs: &[f64]) -> f64 {
    xs.iter().product()
}

#[differentiable(jvp)]
fn collected(xs: &[f64], scale: f64) -> f64 {
    let scaled: Vec<f64> = xs.iter().map(|x| scale * x + 1.0).collect();
    let roots = scaled.iter().map(|s| s.sqrt()).collect::<Vec<_>>();
    scaled.iter().zip(&roots).map(|(s, r)| s * r).sum::<f64>() + roots[0]
}

#[differentiable(jvp)]
fn softmax(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

#[differentiable(jvp)]
fn matrix_vector(m: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    m.iter().map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
}

#[differentiable(jvp)]
fn two_layers(v: &[Vec<f64>], w: &[f64], x: &[f64]) -> f64 {
    let hidden: Vec<f64> = matrix_vector(v, x).iter().map(|h| 1.0 / (1.0 + (-h).exp())).collect();
    hidden.iter().zip(w).map(|(h, w)| h * w).sum()
}

#[differentiable(jvp)]
fn for_each(xs: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut product = 1.0;
    xs.iter().for_each(|x| {
        sum += x * product;
        product *= x;
    });
    let mut ys = xs.to_vec();
    ys.iter_mut().for_each(|y| *y *= *y);
    ys.iter_mut().zip(xs).for_each(|(y, x)| *y += x.sin());
    sum * product + ys[0] * ys[xs.len() - 1]
}

#[differentiable(jvp)]
fn one_of_several_ends(ws: &[f64], bs: &[f64], kind: usize) -> f64 {
    let out = ws.iter().zip(bs).map(|(w, b)| w * b);
    if kind == 0 {
        return out.sum();
    }
    match kind {
        1 => out.map(|t| t.tanh()).sum(),
        2 => {
            let mut s = 0.0;
            for o in out {
                s = s * 0.5 + o;
            }
            s
        }
        _ => out.fold(1.0, |a, b| a * b),
    }
}

#[differentiable(jvp)]
fn named_like_its_method(xs: &[f64]) -> f64 {
    let mut next = xs.iter();
    let mut s = 1.0;
    while let Some(x) = next.next() {
        s = s * x + 1.0;
        if s > 3.0 {
            if let Some(y) = next.next() {
                s += y * y;
            }
        }
    }
    s
}

#[test]
fn iterators_under_names() {
    for kind in 0..4 {
        let (w, b) = (vec![0.3, -0.4], vec![1.0, 2.0]);
        let (value, gradient) = one_of_several_ends_grad(&w, &b, kind);
        assert_eq!(value, one_of_several_ends(&w, &b, kind));
        let f = |(w, b): &(Vec<f64>, Vec<f64>)| one_of_several_ends(w, b, kind);
        check_gradient(&(w, b), f, &gradient).unwrap();
    }
    check!(
        named_like_its_method,
        named_like_its_method_grad,
        named_like_its_method_grad_add,
        named_like_its_method_vjp,
        named_like_its_method_jvp;
        xs: &vec![0.3, 0.5, 0.9, 3.0, 2.0, 1.5]
    );
}

#[test]
fn collecting() {
    let rows = vec![data(3), data(4)[1..].to_vec()];
    for n in [1, 2, 5] {
        check!(collected, collected_grad, collected_grad_add, collected_vjp, collected_jvp; xs: &data(n), scale: 0.7);
        check!(for_each, for_each_grad, for_each_grad_add, for_each_vjp, for_each_jvp; xs: &data(n));
        assert_pullback(
            &data(n),
            |s| softmax(s),
            |s, d| {
                let (p, pullback) = softmax_vjp(s);
                (p, pullback(d))
            },
            |s, t| softmax_jvp(s, t),
        );
    }
    check!(two_layers, two_layers_grad, two_layers_grad_add, two_layers_vjp, two_layers_jvp; v: &rows, w: &data(2), x: &data(3));
}
