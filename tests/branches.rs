//! Branches and early returns.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn relu(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

#[differentiable(jvp)]
fn huber(residual: f64, delta: f64) -> f64 {
    let size = residual.abs();
    if size <= delta {
        0.5 * residual * residual
    } else {
        let linear = size - 0.5 * delta;
        delta * linear
    }
}

#[differentiable(jvp)]
fn tiers(income: f64) -> f64 {
    if income < 10_000.0 {
        0.1 * income
    } else if income < 40_000.0 {
        let above = income - 10_000.0;
        1_000.0 + 0.2 * above
    } else if income < 100_000.0 {
        7_000.0 + 0.3 * (income - 40_000.0)
    } else {
        25_000.0 + 0.4 * (income - 100_000.0) * (income / 1e6)
    }
}

#[differentiable(jvp)]
fn value_in_an_expression(x: f64, y: f64) -> f64 {
    let scale = 2.0 * if x > y { x } else { y * y } + 1.0;
    scale * (if y > 0.0 { y } else { -y }) + x
}

#[differentiable(jvp)]
fn changed_in_a_branch(x: f64, y: f64) -> f64 {
    let mut z = x * x;
    let mut w = y;
    if x > 1.0 {
        z *= y;
        w += z;
    }
    if y < 0.0 {
        w = -w * x;
    } else {
        z = z + w * w;
        w = x;
    }
    z * w
}

#[differentiable(jvp)]
fn set_in_both(x: f64, bent: bool) -> f64 {
    let y;
    if bent {
        y = x.sqrt();
    } else {
        y = x * x;
    }
    let z: f64;
    let w;
    if x > 3.0 {
        z = y + 1.0;
        w = 2.0 * z;
    } else {
        let t = y * x;
        w = t + 1.0;
        z = t * w;
    }
    y * z + w
}

#[differentiable(jvp)]
fn nested(x: f64, y: f64) -> f64 {
    let r = if x > 0.0 {
        if y > 0.0 {
            x * y
        } else {
            let d = x - y;
            if d > 2.0 { d.ln() } else { d * d }
        }
    } else {
        x.exp() * y
    };
    r * r + x
}

#[differentiable(jvp)]
fn logical(x: f64, y: f64, enabled: bool) -> f64 {
    let inside = enabled && x * x + y * y < 1.0;
    if inside && (x > 0.0 || !(y > 0.5)) {
        x * y
    } else if enabled {
        x + y * y
    } else {
        x
    }
}

#[test]
fn conditions() {
    for x in [-1.3, -0.2, 0.4, 2.7] {
        check!(relu, relu_grad, relu_grad_add, relu_vjp, relu_jvp; x: x);
        check!(huber, huber_grad, huber_grad_add, huber_vjp, huber_jvp; residual: x, delta: 1.0);
        check!(set_in_both, set_in_both_grad, set_in_both_grad_add, set_in_both_vjp, set_in_both_jvp; x: x + 2.0, b: const true);
        check!(set_in_both, set_in_both_grad, set_in_both_grad_add, set_in_both_vjp, set_in_both_jvp; x: x + 2.0, b: const false);
        for y in [-0.9, 0.3, 0.8] {
            check!(value_in_an_expression, value_in_an_expression_grad, value_in_an_expression_grad_add, value_in_an_expression_vjp, value_in_an_expression_jvp; x: x, y: y);
            check!(changed_in_a_branch, changed_in_a_branch_grad, changed_in_a_branch_grad_add, changed_in_a_branch_vjp, changed_in_a_branch_jvp; x: x, y: y);
            check!(nested, nested_grad, nested_grad_add, nested_vjp, nested_jvp; x: x, y: y);
            check!(logical, logical_grad, logical_grad_add, logical_vjp, logical_jvp; x: x, y: y, e: const true);
            check!(logical, logical_grad, logical_grad_add, logical_vjp, logical_jvp; x: x, y: y, e: const false);
        }
    }
    for income in [5_000.0, 12_345.0, 77_777.0, 200_000.0] {
        check!(tiers, tiers_grad, tiers_grad_add, tiers_vjp, tiers_jvp; income: income);
    }
}

#[differentiable(jvp)]
fn condition_that_changes(x: f64, y: f64) -> f64 {
    let mut a = x;
    let mut b = y;
    if a > b {
        b += 3.0 * x;
    } else {
        b -= x;
    }
    a *= 0.1;
    if b > a {
        b = 2.0 * b;
    } else {
        a += b;
    }
    b -= 10.0;
    a * a + b
}

#[differentiable(jvp)]
fn condition_that_changes_in_a_loop(x: f64, y: f64, n: usize) -> f64 {
    let mut sum = 0.0;
    for i in 0..n {
        let mut a = x;
        let mut limit = i;
        let mut b = y;
        if a > 1.0 && limit < 2 {
            b += 3.0 * x;
        } else {
            b -= x;
        }
        limit += 3;
        a *= 0.1;
        sum += a * a + b * limit as f64;
    }
    sum
}

#[test]
fn what_the_condition_was() {
    for (x, y) in [(1.4, 0.7), (0.7, 1.4), (-1.4, 0.3)] {
        check!(condition_that_changes, condition_that_changes_grad, condition_that_changes_grad_add, condition_that_changes_vjp, condition_that_changes_jvp; x: x, y: y);
        for n in [1, 4] {
            check!(condition_that_changes_in_a_loop, condition_that_changes_in_a_loop_grad, condition_that_changes_in_a_loop_grad_add, condition_that_changes_in_a_loop_vjp, condition_that_changes_in_a_loop_jvp; x: x, y: y, n: const n);
        }
    }
}

#[differentiable(jvp)]
fn guarded(x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let root = x.sqrt();
    if y > 10.0 {
        return root * y;
    }
    root + y * x
}

#[differentiable(jvp)]
fn guards_in_a_row(x: f64, mode: i32) -> f64 {
    if mode == 0 {
        return x;
    } else if mode == 1 {
        return x * x;
    }
    let y = x.sin();
    if mode == 2 {
        return y;
    }
    let y = y * x;
    if mode == 3 {
        let z = y + x;
        return z * z;
    }
    y - x
}

#[differentiable(jvp)]
fn return_at_the_end(x: f64) -> f64 {
    let y = x * x;
    return y * y + x;
}

#[differentiable(jvp)]
fn return_from_the_depth(x: f64, y: f64) -> f64 {
    let mut z = x * y;
    if x > 0.0 {
        z += 1.0;
        if y > 0.0 {
            return z * x;
        }
        z *= y;
    }
    z * z
}

#[differentiable(jvp)]
fn either_return(x: f64) -> f64 {
    if x > 1.0 {
        return x.ln();
    } else {
        return x * x;
    }
}

#[test]
fn early_returns() {
    for x in [-1.3, 0.4, 2.7] {
        check!(return_at_the_end, return_at_the_end_grad, return_at_the_end_grad_add, return_at_the_end_vjp, return_at_the_end_jvp; x: x);
        check!(either_return, either_return_grad, either_return_grad_add, either_return_vjp, either_return_jvp; x: x);
        for y in [-0.9, 0.3, 11.0] {
            check!(guarded, guarded_grad, guarded_grad_add, guarded_vjp, guarded_jvp; x: x, y: y);
            check!(return_from_the_depth, return_from_the_depth_grad, return_from_the_depth_grad_add, return_from_the_depth_vjp, return_from_the_depth_jvp; x: x, y: y);
        }
        for mode in 0..5 {
            check!(guards_in_a_row, guards_in_a_row_grad, guards_in_a_row_grad_add, guards_in_a_row_vjp, guards_in_a_row_jvp; x: x, m: const mode);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Activation {
    Identity,
    Tanh,
    Logistic,
    Leaky(i32),
    Scaled { by: f64 },
}

#[differentiable(jvp, wrt(x))]
fn activate(x: f64, kind: Activation) -> f64 {
    match kind {
        Activation::Identity => x,
        Activation::Tanh => x.tanh(),
        Activation::Logistic => {
            let e = (-x).exp();
            1.0 / (1.0 + e)
        }
        Activation::Leaky(percent) if x < 0.0 => x * f64::from(percent) / 100.0,
        Activation::Leaky(_) => x,
        Activation::Scaled { by } => (by * x).sin() / by,
    }
}

#[differentiable(jvp)]
fn legendre(x: f64, degree: u32) -> f64 {
    match degree {
        0 => 1.0,
        1 => x,
        2 => 0.5 * (3.0 * x * x - 1.0),
        3 | 4 => {
            let x2 = x * x;
            if degree == 3 {
                0.5 * x * (5.0 * x2 - 3.0)
            } else {
                (35.0 * x2 * x2 - 30.0 * x2 + 3.0) / 8.0
            }
        }
        5..=9 => x.powi(degree as i32),
        n => x / f64::from(n),
    }
}

#[differentiable(jvp)]
fn quadrants(x: f64, y: f64) -> f64 {
    match (x > 0.0, y > 0.0) {
        (true, true) => x * y,
        (true, false) => x - y,
        (false, upper) if upper => y * y,
        _ => x * x * y,
    }
}

#[differentiable(jvp)]
fn statement_match(x: f64, steps: &[u8]) -> f64 {
    let mut y = x;
    match steps.len() {
        0 => {}
        1 => y *= x,
        n if n % 2 == 0 => {
            y += 1.0;
            y *= y;
        }
        _ => y = x.exp() * y,
    }
    y * x
}

#[differentiable(jvp, wrt(x))]
fn with_option(x: f64, offset: Option<f64>, label: Option<&str>) -> f64 {
    let mut y = x * x;
    if let Some(c) = offset {
        y += c * x;
    }
    if let (Some(c), Some("double")) = (offset, label) {
        y *= 2.0 * c;
    } else {
        y *= x;
    }
    let z = if let Some(c) = offset { c + y } else { y * y };
    z * x
}

#[differentiable(jvp, wrt(x))]
fn with_default(x: f64, scale: Option<f64>) -> f64 {
    let scale = scale.unwrap_or(3.0);
    let shift = match scale {
        s if s > 2.0 => s * x,
        _ => x * x,
    };
    shift * scale
}

#[differentiable(jvp)]
fn match_with_return(x: f64, kind: char) -> f64 {
    let y = match kind {
        'a' => x * x,
        'b' => return x.exp(),
        'c'..='f' => x.sin(),
        _ => return 0.0,
    };
    y * y + x
}

#[test]
fn matches() {
    use Activation::*;
    for x in [-0.7, 0.4, 1.3] {
        for kind in [Identity, Tanh, Logistic, Leaky(5), Scaled { by: 2.5 }] {
            check!(activate, activate_grad, activate_grad_add, activate_vjp, activate_jvp; x: x, k: const kind);
        }
        for degree in 0..12 {
            check!(legendre, legendre_grad, legendre_grad_add, legendre_vjp, legendre_jvp; x: x, d: const degree);
        }
        for steps in [&[][..], &[1], &[1, 2], &[1, 2, 3]] {
            check!(statement_match, statement_match_grad, statement_match_grad_add, statement_match_vjp, statement_match_jvp; x: x, s: const steps);
        }
        for y in [-0.9, 0.3] {
            check!(quadrants, quadrants_grad, quadrants_grad_add, quadrants_vjp, quadrants_jvp; x: x, y: y);
        }
        for kind in ['a', 'b', 'd', 'z'] {
            check!(match_with_return, match_with_return_grad, match_with_return_grad_add, match_with_return_vjp, match_with_return_jvp; x: x, k: const kind);
        }
        for offset in [None, Some(0.7)] {
            check!(with_default, with_default_grad, with_default_grad_add, with_default_vjp, with_default_jvp; x: x, o: const offset);
            for label in [None, Some("double"), Some("triple")] {
                check!(with_option, with_option_grad, with_option_grad_add, with_option_vjp, with_option_jvp; x: x, o: const offset, l: const label);
            }
        }
    }
}

#[differentiable(jvp)]
fn leaves_everywhere(x: f64, y: f64) -> f64 {
    if x < 0.0 {
        return -x;
    }
    let z = if y > 2.0 {
        return x * y;
    } else if y > 1.0 {
        x + y
    } else {
        x - y
    };
    if z > 0.5 {
        let w = z * z;
        if w > 3.0 {
            return w;
        }
        match w > 1.0 {
            true => {
                if y > 0.9 {
                    return w * y;
                }
                w * x
            }
            false => w,
        }
    } else {
        z
    }
}

#[test]
fn a_last_branch_leaves_in_the_middle() {
    for (x, y) in [
        (-1.0, 0.3),
        (1.0, 2.5),
        (1.0, 1.5),
        (0.2, 1.01),
        (1.8, 0.4),
        (0.9, 0.1),
        (0.3, 0.1),
        (1.95, 0.91),
    ] {
        check!(leaves_everywhere, leaves_everywhere_grad, leaves_everywhere_grad_add, leaves_everywhere_vjp, leaves_everywhere_jvp; x: x, y: y);
    }
}
