//! Values that are replaced by functions of themselves.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn vector_elements(v: &Vector, w: &Vector) -> f64 {
    let mut v = v.clone();
    v[0] += v.dot(w);
    v[1] *= v.norm();
    v[0] -= v[0] * v[1];
    v.dot(&v)
}

#[differentiable(jvp)]
fn matrix_elements(m: &Matrix) -> f64 {
    let mut m = m.clone();
    m[(0, 1)] += m.det();
    m = &m * &m;
    m[(1, 0)] *= m[(0, 1)] + m.trace();
    m -= &m.transpose();
    (&m * &m).sum() + m[(0, 1)]
}

#[differentiable(jvp)]
fn normalised(v: &Vector, m: &Matrix, rounds: usize) -> f64 {
    let mut v = v.clone();
    for _ in 0..rounds {
        v += &(m * &v);
        v *= v.sum();
        v = &v - &v * v[0];
        v /= v.norm();
    }
    let w = v.clone();
    v += &w;
    v.dot(&w)
}

#[test]
fn vectors_and_matrices() {
    let (v, w) = (Vector::from([0.3, -0.7, 0.5]), Vector::from([1.3, 0.7, -0.5]));
    let m = Matrix::from([[0.3, 0.4, 0.1], [0.8, 0.2, -0.5], [0.6, 0.7, 0.1]]);
    check!(vector_elements, vector_elements_grad, vector_elements_grad_add, vector_elements_vjp, vector_elements_jvp; v: &v, w: &w);
    check!(matrix_elements, matrix_elements_grad, matrix_elements_grad_add, matrix_elements_vjp, matrix_elements_jvp; m: &m);
    for rounds in 0..3 {
        check!(normalised, normalised_grad, normalised_grad_add, normalised_vjp, normalised_jvp; v: &v, m: &m, rounds: const rounds);
    }
}

#[differentiable(jvp)]
fn polynomial(a: &[f64], x: f64) -> f64 {
    let mut sum = x;
    for y in a {
        sum += x * y * sum;
    }
    sum
}

#[differentiable(jvp)]
fn elements_by_calls(xs: &[f64], x: f64) -> f64 {
    let mut a = xs.to_vec();
    for i in 0..2 {
        a[i] += polynomial(&a, a[0]);
        a[i] *= polynomial(&a, x * a[i]);
        a[0] = polynomial(&a, a[1]) * 0.01;
    }
    a[0] * a[1] + polynomial(&a, a[0])
}

#[differentiable(jvp)]
fn numbers_by_calls(xs: &[f64], x: f64) -> f64 {
    let mut s = x;
    s = polynomial(xs, s);
    s += polynomial(xs, s) * s;
    let t = (s, x);
    let (s, x) = (polynomial(xs, t.0), polynomial(xs, t.1));
    s * 0.1 + x
}

#[differentiable(jvp)]
fn affine(v: &Vector, s: f64) -> Vector {
    v * s + s
}

#[differentiable(jvp)]
fn vectors_by_calls(v: &Vector, s: f64) -> f64 {
    let mut u = affine(v, s);
    u = affine(&u, u[0]);
    u += &affine(&u, s);
    u[0] = affine(&u, u[1]).sum();
    let w = affine(&affine(v, u[0]), v[1]);
    u.dot(&w)
}

#[test]
fn calls() {
    check!(elements_by_calls, elements_by_calls_grad, elements_by_calls_grad_add, elements_by_calls_vjp, elements_by_calls_jvp; xs: &vec![0.3, 0.8], x: 0.7);
    check!(numbers_by_calls, numbers_by_calls_grad, numbers_by_calls_grad_add, numbers_by_calls_vjp, numbers_by_calls_jvp; xs: &vec![0.3, 0.8], x: 0.7);
    check!(vectors_by_calls, vectors_by_calls_grad, vectors_by_calls_grad_add, vectors_by_calls_vjp, vectors_by_calls_jvp; v: &Vector::from([0.3, -0.7, 0.5]), s: 0.7);
}

/// A vector has several names between where it is made and the variable that it is moved into.
#[differentiable(jvp)]
fn under_several_names(w: &[f64], u: &[f64], rounds: usize) -> f64 {
    let mut u = u.to_vec();
    for k in 0..rounds {
        let scaled: Vec<f64> = (0..u.len()).map(|i| u[i] * w[i]).collect();
        let mut mixed = scaled;
        mixed[1] += u[0] * u[k];
        let next = mixed;
        u = next;
        let halves = u.iter().map(|u| 0.5 * u * u).collect();
        u = halves;
    }
    u[0] * u[1] + u[2]
}

#[test]
fn vectors_under_several_names() {
    check!(under_several_names, under_several_names_grad, under_several_names_grad_add, under_several_names_vjp, under_several_names_jvp;
        w: &vec![1.1, -1.7, 0.8], u: &vec![0.9, 1.4, -0.7], rounds: const 3);
}
