//! Closures that change what they capture and are passed on.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable]
fn for_each_pair(xs: &[f64], mut f: impl FnMut(f64, f64)) {
    for i in 0..xs.len() {
        for j in i + 1..xs.len() {
            f(xs[i], xs[j]);
        }
    }
}

#[differentiable]
fn coulomb(xs: &[f64], k: f64) -> f64 {
    let mut total = 0.0;
    for_each_pair(xs, |a, b| total += k / ((a - b) * (a - b) + 0.1));
    total
}

#[differentiable]
fn march<F, O>(f: F, mut y: f64, h: f64, n: usize, mut observe: O) -> f64
where
    F: Fn(f64, f64) -> f64,
    O: FnMut(f64, f64),
{
    for i in 0..n {
        let t = i as f64 * h;
        y += h * f(t, y);
        observe(t, y);
    }
    y
}

#[differentiable]
fn misfit(k: f64, y0: f64, data: &[f64]) -> f64 {
    let mut sse = 0.0;
    let mut step = 0;
    let mut lines = Vec::new();
    let end = march(
        |t, y| -k * y + t.sin(),
        y0,
        0.1,
        data.len(),
        |t, y| {
            let r = y - data[step];
            sse += r * r;
            step += 1;
            lines.push(format!("{t}: {y:.3}"));
        },
    );
    assert_eq!(lines.len(), step);
    sse + 0.5 * end * end
}

#[differentiable]
fn history(k: f64, y0: f64) -> f64 {
    let mut seen = Vec::new();
    let end = march(|_, y| k * y.sin(), y0, 0.1, 5, |t, y| seen.push(y * k + t));
    seen.iter().enumerate().map(|(i, h)| h * i as f64).sum::<f64>() + end
}

#[differentiable]
fn logged(k: f64, y0: f64) -> f64 {
    let mut lines = Vec::new();
    let end = march(|t, y| -k * y + t, y0, 0.1, 3, |t, y| lines.push(format!("{t}: {y:.3}")));
    assert_eq!(lines.len(), 3);
    end * end
}

#[differentiable]
fn scan_with(xs: &[f64], step: &mut dyn FnMut(f64) -> f64) -> Vec<f64> {
    xs.iter().map(|x| step(*x)).collect()
}

#[differentiable]
fn moving_average(xs: &[f64], alpha: f64) -> f64 {
    let mut state = xs[0];
    let smooth = scan_with(xs, &mut |x| {
        state = alpha * x + (1.0 - alpha) * state;
        state
    });
    smooth.iter().zip(xs).map(|(s, x)| (s - x).powi(2)).sum::<f64>() + state
}

#[differentiable]
fn three_calls(mut f: impl FnMut(f64) -> f64, x: f64) -> f64 {
    f(x) + f(2.0 * x) * f(x * x)
}

#[differentiable]
fn state_across_calls(x: f64, y: f64) -> f64 {
    let mut s = y;
    let mut total = 0.0;
    for i in 0..3 {
        let w = 0.5 + i as f64;
        total += three_calls(
            |v| {
                s = s * v + w;
                s.sin()
            },
            x * w,
        ) * s;
        s *= 0.5;
    }
    total + s
}

#[differentiable]
fn repeat(n: usize, mut f: impl FnMut()) {
    for _ in 0..n {
        f();
    }
}

#[differentiable]
fn only_through_the_state(x: f64, y: f64) -> f64 {
    let (mut a, mut b, mut last, mut calls) = (x, 1.0, 0.0, 0);
    repeat(4, || {
        b += a * y;
        a = b;
        last = b;
        calls += 1;
    });
    a * calls as f64
}

#[test]
fn what_a_closure_changes_arrives() {
    check!(coulomb, coulomb_grad, coulomb_grad_add, coulomb_vjp; xs: &vec![0.1, 0.7, -0.4], k: 2.0);
    check!(misfit, misfit_grad, misfit_grad_add, misfit_vjp; k: 0.7, y0: 1.1, data: &vec![0.9, 0.8, 0.75]);
    check!(logged, logged_grad, logged_grad_add, logged_vjp; k: 0.7, y0: 1.1);
    check!(history, history_grad, history_grad_add, history_vjp; k: 0.7, y0: 1.1);
    check!(
        moving_average,
        moving_average_grad,
        moving_average_grad_add,
        moving_average_vjp;
        xs: &vec![0.3, 0.9, -0.2], alpha: 0.7
    );
    check!(
        state_across_calls,
        state_across_calls_grad,
        state_across_calls_grad_add,
        state_across_calls_vjp;
        x: 0.7, y: 0.3
    );
    check!(
        only_through_the_state,
        only_through_the_state_grad,
        only_through_the_state_grad_add,
        only_through_the_state_vjp;
        x: 0.7, y: 0.3
    );
}

#[derive(Clone, Default, Differentiable)]
struct Statistics {
    sum: f64,
    squares: f64,
    #[differentiable(skip)]
    count: usize,
}

#[differentiable]
fn visit<F>(xs: &[f64], mut f: F)
where
    F: FnMut(usize, &f64),
{
    for (i, x) in xs.iter().enumerate() {
        f(i, x);
    }
}

#[differentiable]
fn variance(xs: &[f64], shift: f64) -> f64 {
    let mut s = Statistics::default();
    visit(xs, |_, x| {
        s.sum += x + shift;
        s.squares += (x + shift).powi(2) * shift;
        s.count += 1;
    });
    s.squares / s.count as f64 - (s.sum / s.count as f64).powi(2)
}

#[differentiable]
fn squares(xs: &[f64], k: f64, out: &mut [f64]) {
    visit(xs, |i, x| out[i] += k * x * x);
}

#[differentiable]
fn through_a_parameter(xs: &[f64], k: f64) -> f64 {
    let mut out = vec![k; 3];
    squares(xs, k, &mut out);
    out[0] * out[1] + out[2]
}

#[differentiable]
fn times(n: usize, mut f: impl FnMut(f64)) {
    for i in 0..n {
        f(i as f64);
    }
}

#[differentiable]
fn inside_each_other(x: f64, y: f64) -> f64 {
    let mut s = 1.0;
    times(3, |a| {
        times(2, |b| s = s * 0.9 + x * a + y * b * s);
        s += y;
    });
    s
}

#[differentiable]
fn inner(f: &mut impl FnMut(f64) -> f64, x: f64) -> f64 {
    f(x) * f(x + 1.0)
}

#[differentiable]
fn outer(mut f: impl FnMut(f64) -> f64, x: f64) -> f64 {
    let a = f(x);
    let b = inner(&mut f, a);
    b + f(b)
}

#[differentiable]
fn around(mut f: impl FnMut(f64) -> f64, x: f64) -> f64 {
    outer(|t| 2.0 * f(t), x) + f(x)
}

#[differentiable]
fn handed_on(x: f64, y: f64) -> f64 {
    let mut m = y;
    let r = around(
        |t| {
            m = 0.5 * m + t * x;
            m * t
        },
        x,
    );
    r * m
}

#[differentiable]
fn under_a_name(xs: &[f64], k: f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    let mut add = |_: usize, x: &f64| {
        sum += k * x * x;
        count += 1;
    };
    visit(xs, &mut add);
    visit(&xs[1..], &mut add);
    sum / count as f64
}

#[test]
fn structs_slices_and_closures_in_closures() {
    check!(variance, variance_grad, variance_grad_add, variance_vjp; xs: &vec![0.3, 0.9, -0.2], shift: 0.7);
    check!(
        through_a_parameter,
        through_a_parameter_grad,
        through_a_parameter_grad_add,
        through_a_parameter_vjp;
        xs: &vec![0.3, 0.9, -0.2], k: 0.7
    );
    check!(
        inside_each_other,
        inside_each_other_grad,
        inside_each_other_grad_add,
        inside_each_other_vjp;
        x: 0.7, y: 0.3
    );
    check!(handed_on, handed_on_grad, handed_on_grad_add, handed_on_vjp; x: 0.7, y: 0.3);
    check!(
        under_a_name,
        under_a_name_grad,
        under_a_name_grad_add,
        under_a_name_vjp;
        xs: &vec![0.3, 0.9, -0.2], k: 0.7
    );
}

#[differentiable]
fn retry(mut attempt: impl FnMut(usize) -> Option<f64>) -> f64 {
    for i in 0..5 {
        if let Some(v) = attempt(i) {
            return v;
        }
    }
    0.0
}

#[differentiable]
fn damped(x: f64, y: f64) -> f64 {
    let mut damping = y;
    let r = retry(|i| {
        damping *= 0.5;
        if damping < 0.2 { Some(x * damping + i as f64) } else { None }
    });
    r * r + damping
}

#[differentiable]
fn grow(mut more: impl FnMut(f64) -> bool, x: f64) -> f64 {
    let (mut y, mut n) = (x, 0);
    while n < 20 && more(y) {
        y *= 1.2;
        n += 1;
    }
    if !more(y) {
        y *= 2.0;
    }
    y
}

#[differentiable]
fn decided_by_a_closure(x: f64, limit: f64) -> f64 {
    let mut seen = 0.0;
    let y = grow(
        |v| {
            seen += v;
            seen < limit * 5.0
        },
        x,
    );
    y + seen * limit
}

#[test]
fn what_a_closure_decides() {
    check!(damped, damped_grad, damped_grad_add, damped_vjp; x: 0.7, y: 1.1);
    check!(
        decided_by_a_closure,
        decided_by_a_closure_grad,
        decided_by_a_closure_grad_add,
        decided_by_a_closure_vjp;
        x: 0.7, limit: 2.3
    );
}

#[test]
fn one_that_only_observes_is_given_as_it_is() {
    let mut log = Vec::new();
    let f = closure!(|t: f64, y: f64| (t * y).sin());
    let (value, (d_y, _)) = march_grad(f, 0.7, 0.1, 4, |_, y| log.push(y));
    assert_eq!(log.last(), Some(&value));
    let at = |y: f64| march(|t, y| (t * y).sin(), y, 0.1, 4, |_, _| {});
    let difference = (at(0.7 + 1e-5) - at(0.7 - 1e-5)) / 2e-5;
    assert!((d_y - difference).abs() < 1e-8);
}

#[differentiable]
fn in_front(mut f: impl FnMut(f64), xs: &[f64], k: f64) {
    for x in xs {
        f(*x * k);
    }
}

/// The closure stands in front of the other arguments.
#[differentiable]
fn spread(xs: &[f64], k: f64) -> f64 {
    let mut s1 = 0.0;
    let mut s2 = 0.0;
    in_front(
        |x| {
            s1 += x;
            s2 += x * x;
        },
        xs,
        k,
    );
    let n = xs.len() as f64;
    s2 / n - (s1 / n).powi(2)
}

#[test]
fn a_closure_in_front() {
    check!(spread, spread_grad, spread_grad_add, spread_vjp;
        xs: &vec![1.0, 2.5, -0.7], k: 1.3);
}
