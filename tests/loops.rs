//! Loops of every form.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn power_by_loop(x: f64, n: usize) -> f64 {
    let mut t = 1.0;
    for _ in 0..n {
        t *= x;
    }
    t
}

#[differentiable(jvp)]
fn geometric(x: f64, n: i32) -> f64 {
    let mut sum = 0.0;
    for i in 0..=n {
        sum += x.powi(i);
    }
    sum
}

#[differentiable(jvp)]
fn backwards(x: f64, n: usize) -> f64 {
    let mut y = x;
    for i in (0..n).rev() {
        y = y * x + i as f64;
    }
    y
}

#[differentiable(jvp)]
fn every_third(x: f64, n: usize) -> f64 {
    let mut y = 1.0;
    for i in (1..n).step_by(3) {
        y += (x * i as f64).sin() * y;
    }
    y
}

#[differentiable(jvp)]
fn from_below_zero(x: f64, n: i64) -> f64 {
    let mut y = 0.0;
    for i in -n..n {
        y += x * i as f64 * (y + 0.25 * x);
    }
    for i in (-n..=0).rev() {
        y += (i as f64 * x).cos();
    }
    y
}

#[differentiable(jvp)]
fn triangle(x: f64, y: f64, n: usize) -> f64 {
    let mut sum = 0.0;
    for i in 0..n {
        let mut row = y;
        for j in i..n {
            row *= x + 0.1 * j as f64;
            sum += row;
        }
        for k in 0..i {
            sum += row * 0.3 / (k + 1) as f64;
        }
    }
    sum
}

#[test]
fn ranges() {
    assert_eq!(power_by_loop_grad(0.0, 3), (0.0, 0.0));
    assert_eq!(power_by_loop_grad(2.0, 3), (8.0, 12.0));
    assert_eq!(power_by_loop_grad(2.0, 0), (1.0, 0.0));
    for n in [0, 1, 2, 3, 4, 7, 8, 9] {
        check!(power_by_loop, power_by_loop_grad, power_by_loop_grad_add, power_by_loop_vjp, power_by_loop_jvp; x: 0.9, n: const n);
        check!(geometric, geometric_grad, geometric_grad_add, geometric_vjp, geometric_jvp; x: 0.7, n: const n as i32);
        check!(backwards, backwards_grad, backwards_grad_add, backwards_vjp, backwards_jvp; x: 1.1, n: const n);
        check!(every_third, every_third_grad, every_third_grad_add, every_third_vjp, every_third_jvp; x: 0.4, n: const n);
        check!(from_below_zero, from_below_zero_grad, from_below_zero_grad_add, from_below_zero_vjp, from_below_zero_jvp; x: 0.2, n: const n as i64 / 2);
        check!(triangle, triangle_grad, triangle_grad_add, triangle_vjp, triangle_jvp; x: 0.8, y: 0.5, n: const n);
    }
}

#[differentiable(jvp)]
fn newton(a: f64) -> f64 {
    let mut x = a;
    for _ in 0..30 {
        x = 0.5 * (x + a / x);
    }
    x
}

#[differentiable(jvp)]
fn until_converged(a: f64) -> f64 {
    let mut x = a;
    while (x * x - a).abs() > 1e-9 {
        x = 0.5 * (x + a / x);
    }
    x
}

#[differentiable(jvp)]
fn counting_while(x: f64, n: usize) -> f64 {
    let mut i = 0;
    let mut y = x;
    while i < n {
        y = y.sin() + x * i as f64;
        i += 2;
    }
    y * y
}

#[differentiable(jvp)]
fn halving(x: f64) -> f64 {
    let mut y = x;
    let mut halvings = 0;
    while y > 1.0 && halvings < 20 {
        y /= 2.0;
        halvings += 1;
    }
    y.sqrt() * f64::from(halvings)
}

#[differentiable(jvp)]
fn loop_and_break(x: f64, limit: f64) -> f64 {
    let mut sum = 0.0;
    let mut term = x;
    let mut k = 1;
    loop {
        sum += term;
        if sum > limit || k > 40 {
            break;
        }
        k += 1;
        term *= x / k as f64;
    }
    sum * term
}

#[test]
fn whiles_and_loops() {
    let (root, slope) = newton_grad(2.0);
    assert!((root - 2f64.sqrt()).abs() < 1e-15 && (slope - 0.353553390593).abs() < 1e-11);
    check!(newton, newton_grad, newton_grad_add, newton_vjp, newton_jvp; a: 2.0);
    check!(until_converged, until_converged_grad, until_converged_grad_add, until_converged_vjp, until_converged_jvp; a: 7.0);
    check!(halving, halving_grad, halving_grad_add, halving_vjp, halving_jvp; x: 37.0);
    check!(halving, halving_grad, halving_grad_add, halving_vjp, halving_jvp; x: 0.3);
    for n in 0..6 {
        check!(counting_while, counting_while_grad, counting_while_grad_add, counting_while_vjp, counting_while_jvp; x: 0.8, n: const n);
    }
    for limit in [0.5, 2.0, 3.0, 100.0] {
        check!(loop_and_break, loop_and_break_grad, loop_and_break_grad_add, loop_and_break_vjp, loop_and_break_jvp; x: 1.1, limit: limit);
    }
}

#[differentiable(jvp)]
fn stop_at_five(x: f64) -> f64 {
    let mut t = x;
    for _ in 0..10 {
        if t > 5.0 {
            return t;
        }
        t *= x;
    }
    t * 0.5
}

#[differentiable(jvp)]
fn skip_two_break_five(x: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..10 {
        if i == 2 {
            continue;
        }
        if i == 5 {
            break;
        }
        sum += x.powi(i);
    }
    sum
}

#[differentiable(jvp)]
fn labelled(x: f64, n: usize) -> f64 {
    let mut y = x;
    let mut sum = 0.0;
    'rows: for i in 0..n {
        for j in 0..n {
            if j > i {
                continue 'rows;
            }
            y = y * 0.9 + x * j as f64;
            if sum > 20.0 {
                break 'rows;
            }
            sum += y * x;
        }
        sum += 100.0 * y;
    }
    sum + y
}

#[differentiable(jvp)]
fn nested_return(x: f64, y: f64) -> f64 {
    let mut t = y;
    for i in 0..6 {
        let mut k = 0;
        while k < i {
            t += x * t;
            if t > 8.0 {
                return t * x;
            }
            k += 1;
        }
        if i == 4 {
            t *= 2.0;
            continue;
        }
        t *= y;
    }
    t
}

#[differentiable(jvp)]
fn branches_in_a_loop(x: f64, y: f64, n: i32) -> f64 {
    let mut a = x;
    let mut b = y;
    for i in 0..n {
        if i % 2 == 0 {
            a = a * b;
        } else if a > b {
            let t = a - b;
            b = t * t + b;
        } else {
            b = b.sin() + a;
        }
        match i % 3 {
            0 => a += 0.5 * b,
            1 if b > 1.0 => {
                a /= b;
                b = b.sqrt();
            }
            _ => {}
        }
    }
    a * b
}

#[differentiable(jvp)]
fn assigned_in_one_branch(x: f64, n: usize) -> f64 {
    let mut last = 0.0;
    let mut best = x;
    for i in 0..n {
        let candidate = (x * i as f64).sin();
        if candidate > best {
            best = candidate * candidate;
            last = best + x;
        }
    }
    last * best
}

#[differentiable(jvp)]
fn every_exit(xs: &[f64], n: usize) -> f64 {
    let mut round = 0;
    let mut s = 0.0;
    'outer: loop {
        round += 1;
        for (i, x) in xs.iter().enumerate() {
            match (i + round) % 4 {
                0 => continue,
                1 => s += x * s + x,
                2 if round > n => break 'outer,
                2 => continue 'outer,
                _ => {
                    if s > 3.0 {
                        return s * x;
                    }
                    s *= x;
                }
            }
            s += 0.1 * x;
        }
        if round > 6 {
            break;
        }
        s -= 0.01 * xs[0];
    }
    s * xs[0]
}

#[differentiable(jvp)]
fn let_else(x: f64, n: usize) -> f64 {
    let mut s = x;
    let Some(k) = n.checked_sub(1) else {
        return s * s;
    };
    for i in 0..k {
        s += x * i as f64;
        if s > 5.0 {
            return s * x;
        }
    }
    s
}

#[test]
fn leaving_and_skipping() {
    for n in 0..6 {
        check!(every_exit, every_exit_grad, every_exit_grad_add, every_exit_vjp, every_exit_jvp; xs: &vec![0.5, 1.2, 0.7, 1.4, 0.3], n: const n);
        check!(let_else, let_else_grad, let_else_grad_add, let_else_vjp, let_else_jvp; x: 0.8, n: const n);
    }
    assert_eq!(stop_at_five_grad(2.0), (8.0, 12.0));
    assert_eq!(skip_two_break_five_grad(2.0), (27.0, 45.0));
    check!(stop_at_five, stop_at_five_grad, stop_at_five_grad_add, stop_at_five_vjp, stop_at_five_jvp; x: 1.7);
    check!(stop_at_five, stop_at_five_grad, stop_at_five_grad_add, stop_at_five_vjp, stop_at_five_jvp; x: 0.9);
    for n in [0, 1, 2, 4, 7] {
        check!(labelled, labelled_grad, labelled_grad_add, labelled_vjp, labelled_jvp; x: 0.7, n: const n);
        check!(labelled, labelled_grad, labelled_grad_add, labelled_vjp, labelled_jvp; x: 2.0, n: const n);
        check!(branches_in_a_loop, branches_in_a_loop_grad, branches_in_a_loop_grad_add, branches_in_a_loop_vjp, branches_in_a_loop_jvp; x: 0.7, y: 1.3, n: const n as i32);
        check!(branches_in_a_loop, branches_in_a_loop_grad, branches_in_a_loop_grad_add, branches_in_a_loop_vjp, branches_in_a_loop_jvp; x: 1.7, y: 0.3, n: const n as i32);
        check!(assigned_in_one_branch, assigned_in_one_branch_grad, assigned_in_one_branch_grad_add, assigned_in_one_branch_vjp, assigned_in_one_branch_jvp; x: 0.41, n: const n);
    }
    for x in [0.2, 0.9, 1.8] {
        check!(nested_return, nested_return_grad, nested_return_grad_add, nested_return_vjp, nested_return_jvp; x: x, y: 1.3);
    }
}

/// Only an index tells of which type the numbers are.
#[differentiable(jvp)]
fn literal_steps(x: f64, y: f64) -> f64 {
    let v = [x, y, x * y, 1.0, 2.0];
    let mut s = 1.0;
    for i in (0..5).rev().step_by(2) {
        s = s * x + v[i];
    }
    for i in (0..5).step_by(2).rev() {
        s = s * y + v[i];
    }
    s
}

#[test]
fn steps_of_literals() {
    check!(literal_steps, literal_steps_grad, literal_steps_grad_add, literal_steps_vjp, literal_steps_jvp;
        x: 1.3, y: 0.7);
}
