//! Structs over a type of numbers: their methods, their operators, functions of them.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

use backprop::prelude::*;
use common::check;
use num_traits::Float;

#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Complex<T> {
    re: T,
    im: T,
}

#[differentiable(jvp)]
impl<T: Float> Complex<T> {
    fn dot(&self, other: &Complex<T>) -> T {
        self.re * other.re + self.im * other.im
    }

    fn norm(&self) -> T {
        self.dot(self).sqrt()
    }
}

#[differentiable(jvp)]
impl<T: Float> Add for Complex<T> {
    type Output = Complex<T>;
    fn add(self, other: Complex<T>) -> Complex<T> {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }
}

#[differentiable(jvp)]
impl<T: Float> Sub for Complex<T> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Complex { re: self.re - other.re, im: self.im - other.im }
    }
}

#[differentiable(jvp)]
impl<T: Float> Mul for Complex<T> {
    type Output = Complex<T>;
    fn mul(self, other: Complex<T>) -> Complex<T> {
        Complex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

#[differentiable(jvp)]
impl<T: Float> Mul<T> for Complex<T> {
    type Output = Complex<T>;
    fn mul(self, k: T) -> Complex<T> {
        Complex { re: self.re * k, im: self.im * k }
    }
}

#[differentiable(jvp)]
fn escape(x: f64, y: f64) -> f64 {
    let c = Complex { re: x, im: y };
    let mut z = Complex { re: 0.1, im: 0.2 };
    for _ in 0..4 {
        z = z * z + c;
    }
    let w = z * x - c;
    w.re * w.re + w.im * w.im
}

#[differentiable(jvp)]
fn polynomial<T: Float>(a: &[T], z: Complex<T>) -> T {
    let mut sum = Complex { re: T::zero(), im: T::zero() };
    for &k in a {
        sum = sum * z + Complex { re: k, im: T::zero() } * k;
    }
    sum.re + sum.norm()
}

#[differentiable(jvp)]
fn cosine<T: Float>(a: &[T], b: &[T]) -> T {
    let (u, v) = (Complex { re: a[0], im: a[1] }, Complex { re: b[0], im: b[1] });
    u.dot(&v) / (u.norm() * v.norm()).max(T::epsilon())
}

#[derive(Clone, Debug, PartialEq, Differentiable)]
struct Logistic<T, const N: usize>
where
    T: Float,
{
    w: [T; N],
    b: T,
}

impl<T, const N: usize> Logistic<T, N>
where
    T: Float + Sum,
{
    #[differentiable(jvp, wrt(self))]
    fn predict(&self, x: &[T; N]) -> T {
        let sum: T = self.w.iter().zip(x).map(|(&w, &x)| w * x).sum();
        T::one() / (T::one() + (-(sum + self.b)).exp())
    }
}

#[test]
fn operators_of_generic_structs() {
    check!(escape, escape_grad, escape_grad_add, escape_vjp, escape_jvp; x: 0.2, y: 0.3,);
    check!(polynomial, polynomial_grad, polynomial_grad_add, polynomial_vjp, polynomial_jvp; a: &vec![0.2, 0.3, 1.0], z: Complex { re: 0.4, im: 0.6 },);
}

#[test]
fn methods_of_generic_structs() {
    check!(cosine, cosine_grad, cosine_grad_add, cosine_vjp, cosine_jvp; a: &vec![0.4, -0.3], b: &vec![0.8, 1.1],);
    let (norm, gradient) = Complex { re: 3.0_f32, im: 4.0 }.norm_grad();
    assert_eq!((norm, gradient), (5.0, Complex { re: 0.6, im: 0.8 }));
}

#[test]
fn const_parameters_and_where_clauses() {
    let model = Logistic { w: [0.4, -0.3], b: 0.8 };
    let (value, gradient) = model.predict_grad(&[1.0, 2.0]);
    assert_eq!(value, model.predict(&[1.0, 2.0]));
    // σ′ = σ(1 − σ)
    let slope = value * (1.0 - value);
    for (of_gradient, x) in [(gradient.w[0], 1.0), (gradient.w[1], 2.0), (gradient.b, 1.0)] {
        assert!((of_gradient - slope * x).abs() < 1e-15, "{of_gradient}");
    }
}

/// Methods that arrays of the library have, too, on a value that only rustc knows the type of.
#[derive(Clone, Debug, PartialEq, Differentiable)]
struct Square<T> {
    elements: Vec<T>,
}

#[differentiable]
impl<T: Float> Square<T> {
    fn trace(&self) -> T {
        self.elements[0] + self.elements[3]
    }

    fn transpose(&self) -> Self {
        let e = &self.elements;
        Square { elements: vec![e[0], e[2], e[1], e[3]] }
    }
}

#[differentiable]
fn halved<T: Float>(square: &Square<T>) -> Square<T> {
    let two = T::one() + T::one();
    Square { elements: square.elements.iter().map(|&e| e / two).collect() }
}

#[differentiable]
fn of_own_methods(elements: &[f64]) -> f64 {
    let square = Square { elements: elements.to_vec() };
    let half = halved(&square);
    let turned = half.transpose();
    half.trace() * square.trace() + turned.elements[1] * 3.0
}

#[test]
fn methods_named_like_those_of_matrices() {
    check!(of_own_methods, of_own_methods_grad, of_own_methods_grad_add, of_own_methods_vjp;
        elements: &vec![0.4, -1.2, 0.7, 1.9]);
}
