//! One element out of several, and what is there once or not at all.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, for_loops_over_fallibles)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp, wrt(x, y))]
fn loops_over_options(x: &[f64], y: f64, limit: Option<f64>) -> f64 {
    let mut s = y;
    for t in x.first() {
        s *= t * t;
    }
    for &t in x.get(7) {
        s += t;
    }
    for t in x.iter().max_by(|a, b| a.total_cmp(b)) {
        s += t.sin();
    }
    for w in Some(y) {
        s *= w + 1.0;
    }
    let scaled: Option<f64> = limit.map(|w| w * y);
    for w in scaled {
        if w < 0.0 {
            continue;
        }
        s += w * s;
        if s > 100.0 {
            break;
        }
        s *= w;
    }
    'all: for i in 0..x.len() {
        for t in x.get(i + 1) {
            if *t < 0.0 {
                continue 'all;
            }
            s += t * x[i];
        }
    }
    s
}

struct Cell {
    left: Option<usize>,
    right: Option<usize>,
}

#[differentiable(jvp, wrt(u))]
fn neighbours(cells: &[Cell], u: &[f64]) -> f64 {
    let mut s = 0.0;
    for (i, cell) in cells.iter().enumerate() {
        for j in cell.left {
            s += (u[i] - u[j]).powi(2);
        }
        for j in cell.right.iter() {
            s += u[i] * u[*j];
        }
    }
    s
}

#[differentiable(jvp)]
fn reduced(x: &[f64]) -> f64 {
    let low = x.iter().reduce(|a, b| if b < a { b } else { a }).unwrap();
    let high = x.iter().skip(1).reduce(|a, b| if a.abs() >= b.abs() { a } else { b }).unwrap();
    let none = x.iter().take(0).reduce(|a, b| if b < a { b } else { a });
    (high - low) * high + none.map_or(1.0, |t| t * t)
}

#[differentiable(jvp)]
fn each_tried(x: &[f64]) -> Option<f64> {
    let mut s = 1.0;
    x.iter().try_for_each(|t| {
        if *t > 9.0 {
            return None;
        }
        s += t * s;
        Some(())
    })?;
    Some(s)
}

#[differentiable(jvp)]
fn checked(x: &[f64]) -> Result<f64, String> {
    let mut s = 0.0;
    let outcome = x.iter().enumerate().try_for_each(|(i, t)| {
        if *t < 0.0 {
            Err(format!("no. {i}"))
        } else {
            s += t.sqrt();
            Ok(())
        }
    });
    outcome.map(|()| s * s)
}

#[differentiable(jvp)]
fn median(x: &[f64]) -> f64 {
    let mut a = x.to_vec();
    let m = *a.select_nth_unstable_by(2, |a, b| a.total_cmp(b)).1;
    let mut b = x.to_vec();
    let (below, q, above) = b.select_nth_unstable_by(1, |a, b| a.total_cmp(b));
    m * m + below[0] * *q + above.iter().sum::<f64>() * m
}

#[differentiable(jvp)]
fn median_of_references(x: &[f64]) -> f64 {
    let mut v: Vec<&f64> = x.iter().collect();
    v.sort_by(|a, b| a.total_cmp(b));
    let n = v.len();
    if n % 2 == 1 { *v[n / 2] * *v[0] } else { 0.5 * (v[n / 2 - 1] + v[n / 2]) }
}

#[differentiable(jvp)]
fn behind_several(x: &[f64], y: f64) -> f64 {
    let r = &&x[0];
    let q = &&&y;
    let a: &[f64; 2] = x[..2].try_into().unwrap();
    **r * ***q + a[0] * a[1] * **q
}

struct Table(f64);

#[differentiable(jvp)]
fn dropped(x: f64, y: f64) -> f64 {
    let t = Table(3.0);
    let z = x * t.0 * y;
    drop(t);
    z * x
}

#[test]
fn options() {
    let x = vec![0.7, 1.3, -0.4, 0.9];
    check!(loops_over_options, loops_over_options_grad, loops_over_options_grad_add, loops_over_options_vjp, loops_over_options_jvp; x: &x, y: 0.8, limit: const Some(0.6));
    check!(loops_over_options, loops_over_options_grad, loops_over_options_grad_add, loops_over_options_vjp, loops_over_options_jvp; x: &x, y: 0.8, limit: const Some(-0.6));
    check!(loops_over_options, loops_over_options_grad, loops_over_options_grad_add, loops_over_options_vjp, loops_over_options_jvp; x: &vec![0.4], y: 0.8, limit: const None);
    let cells = [Cell { left: None, right: Some(1) }, Cell { left: Some(0), right: Some(1) }];
    check!(neighbours, neighbours_grad, neighbours_grad_add, neighbours_vjp, neighbours_jvp; cells: const &cells, u: &x);
}

#[test]
fn chosen_elements() {
    for x in [vec![0.7, 1.3, -0.4, 0.9, 0.2], vec![0.2, 0.9, 1.4, -1.0, -2.0, 0.1]] {
        check!(reduced, reduced_grad, reduced_grad_add, reduced_vjp, reduced_jvp; x: &x);
        check!(median, median_grad, median_grad_add, median_vjp, median_jvp; x: &x);
        check!(median_of_references, median_of_references_grad, median_of_references_grad_add, median_of_references_vjp, median_of_references_jvp; x: &x);
    }
    check!(behind_several, behind_several_grad, behind_several_grad_add, behind_several_vjp, behind_several_jvp; x: &vec![0.7, 1.3], y: 0.6);
    check!(dropped, dropped_grad, dropped_grad_add, dropped_vjp, dropped_jvp; x: 0.7, y: 1.3);
}

#[test]
fn ends_at_the_first_failure() {
    let (value, d) = each_tried_grad(&[0.5, 2.0]).unwrap();
    // s = (1 + a)(1 + b)
    assert_eq!((value, d), (4.5, vec![3.0, 1.5]));
    assert_eq!(each_tried_grad(&[0.5, 10.0]), None);
    let (value, d) = checked_grad(&[4.0, 16.0]).unwrap();
    assert_eq!((value, d), (36.0, vec![3.0, 1.5]));
    assert_eq!(checked_grad(&[4.0, -1.0]), Err("no. 1".to_string()));
}
