//! Names that mean several things: what the reverse reads is what the function read.

#![allow(unused, non_upper_case_globals, clippy::all)] // The programs are written to be hard to follow.

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn rebound(x: f64) -> f64 {
    let a = x.sin();
    let a = a * a + a;
    let a = a * a;
    a * x
}

#[differentiable(jvp)]
fn stored_then_shadowed(x: f64) -> f64 {
    let mut d = 0.5;
    d = x;
    if x < 9.0 {
        return (1.7 + d).sin();
    }
    let d = 0usize;
    0.5
}

#[differentiable(jvp)]
fn shadowed_in_an_arm(x: f64) -> f64 {
    let mut h = 0.5;
    h *= 0.5;
    let o = [if x < 9.0 {
        let h = 0.5;
        0.5
    } else {
        0.5
    }];
    if x < 9.0 { (x * h).sin() } else { 0.5 }
}

#[differentiable(jvp)]
fn stored_in_an_arm(x: f64, y: f64) -> f64 {
    let mut o = 0.5;
    let n = if x < 9.0 {
        o = x;
        0.5
    } else {
        0.5
    };
    let w = {
        let mut o = [0.5, f64::sin(o * y)];
        o[1]
    };
    w
}

#[differentiable(jvp)]
fn index_of_a_shadowed_length(x: f64, mut w: Vec<f64>) -> f64 {
    let mut w = w[w.len() - 2];
    let mut w = [w, 0.5, 0.5];
    w[0] * x
}

#[differentiable(jvp)]
fn branch_with_names_of_its_own(x: f64) -> f64 {
    let w = x * x;
    let u = if x < 9.0 {
        let w = 3.0 * x;
        w
    } else {
        return x;
    };
    u + w
}

#[differentiable(jvp)]
fn swapped(x: f64, y: f64) -> f64 {
    let (x, y) = (y, x * y);
    let (y, x) = (x.exp(), y);
    x - 2.0 * y
}

#[differentiable(jvp)]
fn parameter_and_local(a: f64, b: f64) -> f64 {
    let (mut a, mut b) = (a, b);
    for _ in 0..3 {
        (a, b) = (b, a * b);
    }
    b * b + 3.0 * a
}

#[differentiable(jvp)]
fn covered_by_an_item(x: f64, y: f64) -> f64 {
    let z = {
        const x: f64 = 2.0;
        x * x
    };
    z * y + x
}

#[differentiable(jvp)]
fn length_before_an_assertion_that_pops(x: f64) -> f64 {
    let mut v = vec![1, 2, 3];
    let z = x * v.len() as f64;
    assert!(v.pop().is_some());
    z * x
}

#[differentiable(jvp)]
fn inner_count(x: f64, y: f64) -> f64 {
    let n = 3;
    let w = {
        let n = n * 2;
        x * n as f64
    };
    w * n as f64 * y
}

#[test]
fn names() {
    check!(inner_count, inner_count_grad, inner_count_grad_add, inner_count_vjp, inner_count_jvp; x: 1.0, y: 0.7);
    check!(
        covered_by_an_item, covered_by_an_item_grad, covered_by_an_item_grad_add,
        covered_by_an_item_vjp, covered_by_an_item_jvp; x: 0.3, y: 0.7
    );
    check!(
        length_before_an_assertion_that_pops, length_before_an_assertion_that_pops_grad,
        length_before_an_assertion_that_pops_grad_add, length_before_an_assertion_that_pops_vjp, length_before_an_assertion_that_pops_jvp;
        x: 1.3
    );
    check!(rebound, rebound_grad, rebound_grad_add, rebound_vjp, rebound_jvp; x: 0.7);
    check!(
        stored_then_shadowed, stored_then_shadowed_grad, stored_then_shadowed_grad_add,
        stored_then_shadowed_vjp, stored_then_shadowed_jvp; x: 1.0
    );
    check!(
        shadowed_in_an_arm, shadowed_in_an_arm_grad, shadowed_in_an_arm_grad_add,
        shadowed_in_an_arm_vjp, shadowed_in_an_arm_jvp; x: 1.0
    );
    check!(
        stored_in_an_arm, stored_in_an_arm_grad, stored_in_an_arm_grad_add, stored_in_an_arm_vjp, stored_in_an_arm_jvp;
        x: 1.0, y: 0.7
    );
    check!(
        index_of_a_shadowed_length, index_of_a_shadowed_length_grad,
        index_of_a_shadowed_length_grad_add, index_of_a_shadowed_length_vjp, index_of_a_shadowed_length_jvp;
        x: 2.0, w: vec![1.0, 2.0, 3.0, 4.0]
    );
    check!(
        branch_with_names_of_its_own, branch_with_names_of_its_own_grad,
        branch_with_names_of_its_own_grad_add, branch_with_names_of_its_own_vjp, branch_with_names_of_its_own_jvp; x: 2.0
    );
    check!(swapped, swapped_grad, swapped_grad_add, swapped_vjp, swapped_jvp; x: 0.3, y: 0.7);
    check!(
        parameter_and_local, parameter_and_local_grad, parameter_and_local_grad_add,
        parameter_and_local_vjp, parameter_and_local_jvp; a: 0.6, b: 1.2
    );
}
