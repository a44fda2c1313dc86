//! Derivatives of small programs, one for each way in which a program can be put together, against
//! numbers worked out by hand.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

/// Whether two numbers agree to the digits that a table states.
fn near(a: f64, b: f64, digits: f64) {
    assert!((a - b).abs() <= digits * b.abs(), "{a} is not {b}");
}

#[differentiable(jvp)]
fn square(x: f64) -> f64 {
    x * x
}

#[differentiable(jvp)]
fn shadowed(x: f64) -> f64 {
    let x = x * x;
    let x = x.sin();
    x * x
}

#[differentiable(jvp)]
fn cube_in_a_loop(x: f64) -> f64 {
    let mut t = 1.0;
    for _ in 0..3 {
        t *= x;
    }
    t
}

#[differentiable(jvp)]
fn no_trips(x: f64, n: usize) -> f64 {
    let mut t = x;
    for _ in 0..n {
        t = t * t;
    }
    t
}

#[test]
fn straight_lines_and_loops() {
    assert_eq!(square_grad(3.0), (9.0, 6.0));
    near(shadowed_grad(0.7).1, 1.16270, 1e-5);
    assert_eq!(cube_in_a_loop_grad(0.0), (0.0, 0.0));
    assert_eq!(cube_in_a_loop_grad(2.0), (8.0, 12.0));
    assert_eq!(no_trips_grad(0.4, 0), (0.4, 1.0));
}

#[differentiable(jvp)]
fn stops_early(x: f64) -> f64 {
    let mut t = 1.0;
    for _ in 0..100 {
        t *= x;
        if t > 5.0 {
            return t;
        }
    }
    t
}

#[differentiable(jvp)]
fn skips_and_stops(x: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0.. {
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
fn newton(a: f64) -> f64 {
    let mut x = a;
    for _ in 0..30 {
        x = 0.5 * (x + a / x);
    }
    x
}

#[test]
fn exits() {
    assert_eq!(stops_early_grad(2.0), (8.0, 12.0));
    assert_eq!(skips_and_stops_grad(2.0), (27.0, 45.0));
    let (value, slope) = newton_grad(2.0);
    near(value, 2f64.sqrt(), 1e-15);
    near(slope, 0.353553, 2e-6);
}

#[differentiable(jvp)]
fn swapped(mut a: f64, mut b: f64) -> f64 {
    for _ in 0..3 {
        std::mem::swap(&mut a, &mut b);
    }
    a * a + 3.0 * b
}

#[differentiable(jvp)]
fn running_product(a: &[f64]) -> f64 {
    let mut a = a.to_vec();
    for i in 1..a.len() {
        a[i] *= a[i - 1];
    }
    a.iter().sum()
}

#[differentiable(jvp)]
fn gathered(v: &[f64]) -> f64 {
    [0, 0, 1].iter().map(|&i| v[i]).sum()
}

#[differentiable(jvp)]
fn scattered(values: &[f64]) -> f64 {
    let mut cells = [0.0; 3];
    for (value, &at) in values.iter().zip(&[1, 1, 2]) {
        cells[at] = *value;
    }
    cells.iter().sum()
}

#[test]
fn state() {
    assert_eq!(swapped_grad(2.0, 5.0), (31.0, (3.0, 10.0)));
    assert_eq!(running_product_grad(&[2.0, 3.0, 4.0]), (32.0, vec![16.0, 10.0, 6.0]));
    assert_eq!(gathered_grad(&[5.0, 7.0]), (17.0, vec![2.0, 1.0]));
    // The last write wins.
    assert_eq!(scattered_grad(&[1.0, 2.0, 3.0]), (5.0, vec![0.0, 1.0, 1.0]));
}

#[differentiable(jvp)]
fn fibonacci(n: u32, x: f64) -> f64 {
    if n <= 1 { x } else { fibonacci(n - 1, x) * fibonacci(n - 2, x) }
}

#[differentiable(jvp)]
fn guarded_root(x: f64) -> f64 {
    if x > 0.0 { x.sqrt() } else { 0.0 }
}

#[differentiable(jvp)]
fn unused(x: f64) -> f64 {
    let _outside_of_its_domain = (5.0 * x).acos();
    2.0 * x
}

#[differentiable(jvp)]
fn held(x: f64) -> f64 {
    x * stop_gradient(x)
}

#[test]
fn calls_branches_and_what_is_not_differentiated() {
    // The product of eight factors: d/dx x⁸ = 8 x⁷.
    let (value, slope) = fibonacci_grad(5, 1.1);
    near(value, 1.1f64.powi(8), 1e-15);
    near(slope, 15.58974, 1e-6);
    assert_eq!(guarded_root_grad(0.0), (0.0, 0.0));
    assert_eq!(unused_grad(3.0), (6.0, 2.0));
    assert_eq!(held_grad(3.0), (9.0, 3.0));
}

/// A recurrence with as many steps as one likes.
#[differentiable(jvp)]
fn steps(x: f64, y: f64, n: usize) -> f64 {
    let mut s = x;
    for i in 0..n {
        s = 0.9 * s + y * s.sin() / (i + 1) as f64;
    }
    s
}

#[differentiable(jvp)]
fn around_zero(x: f64, from: i32, to: i32) -> f64 {
    let mut s = 1.0;
    for i in from..to {
        s += s * x / (i * i + 2) as f64;
    }
    for i in (from..=to).rev().step_by(3) {
        s = s * 0.7 + x * i as f64;
    }
    for i in (from..to).step_by(2).rev() {
        s = s.cos() + x * i as f64;
    }
    s
}

#[differentiable(jvp)]
fn triangle(a: &[f64]) -> f64 {
    let mut sum = 1.0;
    for i in 0..a.len() {
        for j in 0..=i {
            for k in j + 1..i {
                sum += a[i] * a[j] * a[k] / sum;
            }
            sum *= 1.0 + 0.01 * a[j];
        }
    }
    sum
}

/// A loop whose trips depend on a value with a derivative.
#[differentiable(jvp)]
fn until_large(x: f64) -> f64 {
    let mut t = x;
    let mut trips = 0;
    while t < 10.0 {
        t *= 1.0 + x;
        trips += 1;
    }
    let trip = (x * 7.0) as usize;
    for i in 0..trip {
        t += (x * i as f64).sin();
    }
    t / trips as f64
}

#[differentiable(jvp, wrt(a))]
fn labelled(a: &[f64], limit: f64) -> f64 {
    let mut sum = 1.0;
    'rows: for i in 0..a.len() {
        for j in 0..a.len() {
            if i * j == 6 {
                continue 'rows;
            }
            sum += a[i] * a[j] * sum * 0.1;
            if sum > limit {
                break 'rows;
            }
        }
        sum *= 1.01;
    }
    sum * a[0]
}

#[differentiable(jvp)]
fn broken_with_a_value(x: f64) -> f64 {
    let mut t = x;
    let found = loop {
        t = t * t + 0.5;
        if t > 3.0 {
            break t * x;
        }
    };
    found + t
}

#[differentiable(jvp)]
fn with_guards(x: f64, kind: i32) -> f64 {
    match kind {
        0 => x * x,
        k if k < 0 && x > 0.0 => x.ln(),
        k if k < 0 => -x,
        1..=3 => x.powi(kind),
        k => x / k as f64,
    }
}

#[differentiable(jvp)]
fn in_one_branch(x: f64, y: f64) -> f64 {
    let mut t = y;
    let u;
    if x > 1.0 {
        t = x * y;
        u = t * t;
    } else {
        u = x;
    }
    t * u
}

#[differentiable(jvp)]
fn zeroed_in_a_loop(a: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..a.len() {
        let mut local = [0.0; 3];
        local[i % 3] += a[i] * a[i];
        local[(i + 1) % 3] += local[i % 3] * a[0];
        sum += local[0] * local[1] + local[2];
    }
    sum
}

#[test]
fn trips() {
    for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65] {
        check!(steps, steps_grad, steps_grad_add, steps_vjp, steps_jvp; x: 0.7, y: 0.4, n: const n);
    }
    for (from, to) in [(-3, 4), (-5, -2), (2, 2), (3, -3), (0, 1)] {
        check!(around_zero, around_zero_grad, around_zero_grad_add, around_zero_vjp, around_zero_jvp;
            x: 0.3, from: const from, to: const to);
    }
    let a = [0.4, 1.2, -0.7, 0.9, 0.3];
    for n in 0..=5 {
        check!(triangle, triangle_grad, triangle_grad_add, triangle_vjp, triangle_jvp; a: &a[..n].to_vec());
    }
    for x in [0.3, 0.8, 1.7] {
        check!(until_large, until_large_grad, until_large_grad_add, until_large_vjp, until_large_jvp; x: x);
    }
}

#[test]
fn exits_with_labels_and_values() {
    let a = vec![0.4, 1.2, -0.7, 0.9];
    for limit in [1.3, 1.9, 100.0] {
        check!(labelled, labelled_grad, labelled_grad_add, labelled_vjp, labelled_jvp;
            a: &a, limit: const limit);
    }
    for x in [0.8, 1.7] {
        check!(broken_with_a_value, broken_with_a_value_grad, broken_with_a_value_grad_add,
            broken_with_a_value_vjp, broken_with_a_value_jvp; x: x);
    }
    for (x, kind) in [(0.7, 0), (0.7, -1), (-0.7, -1), (0.7, 2), (0.7, 3), (0.7, 9)] {
        check!(with_guards, with_guards_grad, with_guards_grad_add, with_guards_vjp, with_guards_jvp;
            x: x, kind: const kind);
    }
}

#[test]
fn variables_that_only_some_paths_assign() {
    for x in [0.6, 1.6] {
        check!(in_one_branch, in_one_branch_grad, in_one_branch_grad_add, in_one_branch_vjp, in_one_branch_jvp;
            x: x, y: 1.3);
    }
    check!(zeroed_in_a_loop, zeroed_in_a_loop_grad, zeroed_in_a_loop_grad_add,
        zeroed_in_a_loop_vjp, zeroed_in_a_loop_jvp; a: &vec![0.4, 1.2, -0.7, 0.9]);
}
