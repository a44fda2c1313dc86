//! Conditions that change something, and values of blocks and loops inside expressions.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn block(x: f64, y: f64) -> f64 {
    let mut w = [x, y];
    if {
        let t = w[0] * 2.0;
        w[0] += t * y;
        t > 0.0
    } {
        w[1] *= x;
    }
    w[0] * w[1]
}

#[differentiable(jvp)]
fn block_as_operand(x: f64, y: f64) -> f64 {
    let mut w = x;
    if {
        w += y;
        w
    } > 0.5
    {
        w * x
    } else {
        w * y
    }
}

#[differentiable(jvp)]
fn loop_with_the_test_in_the_middle(x: f64, y: f64) -> f64 {
    let mut w = x;
    let mut i = 0;
    while {
        w *= y;
        i += 1;
        i < 3
    } {
        w += x;
    }
    w
}

#[differentiable(jvp)]
fn short_circuit(x: f64, y: f64) -> f64 {
    let mut w = x;
    let mut k = 0;
    while k < 4 && {
        w += y * w;
        w
    } < 5.0
    {
        k += 1;
        w *= x;
    }
    if !(w > 2.0) || {
        w *= y;
        w < 1.0
    } {
        w * x
    } else {
        w
    }
}

#[differentiable(jvp)]
fn negated(x: f64, y: f64) -> f64 {
    let mut w = x * y;
    if !{
        w -= y;
        w.abs() > 1.0
    } {
        w *= w;
    }
    w + x
}

#[differentiable(jvp)]
fn compared_before_it_changes(x: f64, y: f64) -> f64 {
    let mut w = x;
    if w < {
        w += y * y;
        w
    } {
        w * x
    } else {
        w
    }
}

#[differentiable(jvp)]
fn loop_inside_an_assignment(x: f64, y: f64) -> f64 {
    let mut w = [x, y];
    {
        w[1] -= loop {
            if w[0] < 9.0 {
                break x * w[0];
            }
            break 0.5;
        };
    }
    w[1] * x
}

#[differentiable(jvp)]
fn labelled_block_inside_while_let(x: f64, y: f64) -> f64 {
    let mut left = Some(x);
    let mut n = 0;
    let mut s = 0.0;
    while let Some(value) = left {
        n += 1;
        s += value * y;
        left = if n < 3 {
            Some(
                -('block: {
                    if y.cos() > 0.317 {
                        break 'block (value * y).sin();
                    }
                    value * 0.5
                } / 2.0),
            )
        } else {
            None
        };
    }
    s
}

#[derive(Clone, Debug, Differentiable)]
enum Choice {
    One(f64),
    Two { p: f64, q: f64 },
    Many(Vec<f64>),
}

#[differentiable(jvp)]
fn matched_new_value(x: f64, y: f64) -> f64 {
    let mut m = 1.0;
    let mut u = [x, y];
    for i in 0..2 {
        u[i] += match if u[i] * x > 0.5 {
            Choice::One(x * u[i])
        } else if y > 0.0 {
            Choice::Two { p: y, q: x }
        } else {
            Choice::Many(vec![x, u[i]])
        } {
            Choice::One(a) if a > 3.0 => y,
            Choice::One(a) => a * a,
            Choice::Two { p, q } => p * q,
            Choice::Many(list) => list[0] * list[1] + { m },
        };
        m += u[i];
    }
    m * u[0]
}

#[differentiable(jvp)]
fn inert_part_of_a_new_value(x: f64, y: f64) -> f64 {
    let mut m = y;
    m += match if x > 3.0 { Choice::One(x) } else { Choice::Many(vec![0.5, 1.5]) } {
        Choice::One(_) => x,
        Choice::Many(list) => list[0] * list[1] * x + { m },
        Choice::Two { .. } => y,
    };
    m
}

#[test]
fn conditions_that_change_something() {
    for (x, y) in [(1.3, 0.7), (0.3, -0.9), (-0.4, 2.1)] {
        check!(block, block_grad, block_grad_add, block_vjp, block_jvp; x: x, y: y);
        check!(block_as_operand, block_as_operand_grad, block_as_operand_grad_add, block_as_operand_vjp, block_as_operand_jvp; x: x, y: y);
        check!(loop_with_the_test_in_the_middle, loop_with_the_test_in_the_middle_grad, loop_with_the_test_in_the_middle_grad_add, loop_with_the_test_in_the_middle_vjp, loop_with_the_test_in_the_middle_jvp; x: x, y: y);
        check!(short_circuit, short_circuit_grad, short_circuit_grad_add, short_circuit_vjp, short_circuit_jvp; x: x, y: y);
        check!(negated, negated_grad, negated_grad_add, negated_vjp, negated_jvp; x: x, y: y);
        check!(compared_before_it_changes, compared_before_it_changes_grad, compared_before_it_changes_grad_add, compared_before_it_changes_vjp, compared_before_it_changes_jvp; x: x, y: y);
    }
}

#[test]
fn values_of_blocks_and_loops() {
    for (x, y) in [(1.3, 0.7), (0.3, -0.9), (-0.4, 2.1)] {
        check!(loop_inside_an_assignment, loop_inside_an_assignment_grad, loop_inside_an_assignment_grad_add, loop_inside_an_assignment_vjp, loop_inside_an_assignment_jvp; x: x, y: y);
        check!(labelled_block_inside_while_let, labelled_block_inside_while_let_grad, labelled_block_inside_while_let_grad_add, labelled_block_inside_while_let_vjp, labelled_block_inside_while_let_jvp; x: x, y: y);
        check!(matched_new_value, matched_new_value_grad, matched_new_value_grad_add, matched_new_value_vjp, matched_new_value_jvp; x: x, y: y);
        check!(inert_part_of_a_new_value, inert_part_of_a_new_value_grad, inert_part_of_a_new_value_grad_add, inert_part_of_a_new_value_vjp, inert_part_of_a_new_value_jvp; x: x, y: y);
    }
}

#[differentiable(jvp)]
fn let_inside_a_list(x: f64, y: f64) -> f64 {
    let mut w = [x, y];
    let a = vec![
        {
            w[0] *= y;
            if w[1] < 2.0
                && let Some(e) = if x > 0.0 { Some(x * y) } else { None }
            {
                e.sin()
            } else {
                w[0]
            }
        };
        2
    ];
    let moved = a;
    let last = moved.clone();
    let _unused = moved;
    last[0] * last[1] * x.to_radians() + w[0]
}

#[test]
fn conditions_inside_other_code() {
    for (x, y) in [(1.3, 0.7), (0.3, -0.9), (-0.4, 2.1)] {
        check!(let_inside_a_list, let_inside_a_list_grad, let_inside_a_list_grad_add, let_inside_a_list_vjp, let_inside_a_list_jvp; x: x, y: y);
    }
}
