//! What was computed from a variable that is moved away later.

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn last_then_moved(w: Vec<f64>) -> f64 {
    let last = w[w.len() - 1].sin();
    let q = w;
    last * q[0]
}

#[differentiable(jvp)]
fn backwards_then_moved(w: Vec<f64>) -> f64 {
    let mut sum = 0.0;
    for i in 0..w.len() - 1 {
        sum += (w[w.len() - 1 - i] * w[i]).sin();
    }
    let q = w;
    sum * q[0]
}

#[differentiable(jvp)]
fn reference_then_moved(w: Vec<f64>) -> f64 {
    let last = &w[w.len() - 1];
    let square = last * last;
    let q = w;
    square * q[0]
}

#[differentiable(jvp)]
fn moved_if_present(x: f64, w: Vec<f64>) -> f64 {
    let Some(first) = (if x > 0.0 { Some(w[w.len() - 2] * x) } else { None }) else {
        return x * x;
    };
    let q = w;
    first * q[1].sin()
}

#[differentiable(jvp)]
fn moved_in_the_other_arm(x: f64, w: Vec<f64>) -> f64 {
    let Some(first) = (if x > 0.0 { Some(w[0] * x) } else { None }) else {
        return w[w.len() - 2] * x;
    };
    let q = w;
    first * q[1].sin()
}

#[differentiable(jvp)]
fn scaled_by_last(w: Vec<f64>) -> f64 {
    let scale = w[w.len() - 1].cos();
    let mut q = w;
    q[0] *= scale;
    q[1] += q[0] * scale;
    q.into_iter().product()
}

#[differentiable(jvp, wrt(x, w))]
fn indices_moved(x: f64, order: Vec<usize>, w: Vec<f64>) -> f64 {
    let first = w[order[0]] * x;
    let kept = order;
    first * w[kept[1]].sin()
}

#[derive(Debug)]
struct Label(f64, String);

#[differentiable(jvp, wrt(x, y))]
fn dropped(x: f64, y: f64) -> f64 {
    let label = Label(3.0, String::from("three"));
    let z = x * label.0 * y;
    drop(label);
    z * x
}

#[differentiable(jvp, wrt(x))]
fn factors_moved(x: f64, factors: Vec<f64>) -> f64 {
    let z = x * factors[0] * x;
    let all = factors;
    z * all[1] * x.sin()
}

#[test]
fn indices_are_those_of_before() {
    let w = vec![0.3, 0.7, -0.4, 1.1];
    check!(
        last_then_moved, last_then_moved_grad, last_then_moved_grad_add, last_then_moved_vjp,
        last_then_moved_jvp; w: w.clone()
    );
    check!(
        backwards_then_moved, backwards_then_moved_grad, backwards_then_moved_grad_add,
        backwards_then_moved_vjp, backwards_then_moved_jvp; w: w.clone()
    );
    check!(
        reference_then_moved, reference_then_moved_grad, reference_then_moved_grad_add,
        reference_then_moved_vjp, reference_then_moved_jvp; w: w.clone()
    );
    for x in [-0.6, 0.8] {
        check!(
            moved_if_present, moved_if_present_grad, moved_if_present_grad_add,
            moved_if_present_vjp, moved_if_present_jvp; x: x, w: w.clone()
        );
        check!(
            moved_in_the_other_arm, moved_in_the_other_arm_grad, moved_in_the_other_arm_grad_add,
            moved_in_the_other_arm_vjp, moved_in_the_other_arm_jvp; x: x, w: w.clone()
        );
    }
    check!(
        scaled_by_last, scaled_by_last_grad, scaled_by_last_grad_add, scaled_by_last_vjp,
        scaled_by_last_jvp; w: w.clone()
    );
}

#[test]
fn values_without_derivatives_are_those_of_before() {
    check!(
        indices_moved, indices_moved_grad, indices_moved_grad_add, indices_moved_vjp,
        indices_moved_jvp; x: 0.8, order: const vec![2, 0], w: vec![0.3, 0.7, -0.4]
    );
    check!(
        dropped, dropped_grad, dropped_grad_add, dropped_vjp, dropped_jvp; x: 0.8, y: -0.3
    );
    check!(
        factors_moved, factors_moved_grad, factors_moved_grad_add, factors_moved_vjp,
        factors_moved_jvp; x: 0.8, factors: const vec![2.0, 0.5]
    );
    assert_eq!(Label(0.0, "zero".into()).1, "zero");
}
