//! `..rest` in a struct literal: fields that are given do not come from the rest.

mod common;

use backprop::prelude::*;
use common::check;

#[derive(Clone, Differentiable)]
struct Point {
    a: f64,
    b: f64,
}

impl Default for Point {
    fn default() -> Self {
        Point { a: 1.0, b: 2.0 }
    }
}

#[differentiable(jvp)]
fn from_active(x: f64) -> f64 {
    let p = Point { a: x * x, b: x };
    let q = Point { a: 3.0 * x, ..p };
    q.a * q.b
}

#[differentiable(jvp)]
fn from_inert(x: f64) -> f64 {
    let p = Point { a: x * x, ..Point::default() };
    p.a * p.b * x
}

#[test]
fn updates() {
    check!(from_active, from_active_grad, from_active_grad_add, from_active_vjp, from_active_jvp; x: 1.3);
    check!(from_inert, from_inert_grad, from_inert_grad_add, from_inert_vjp, from_inert_jvp; x: 1.3);
}
