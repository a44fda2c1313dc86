//! Operators of the user's own types.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

use backprop::prelude::*;
use common::check;

#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Vec3 {
    x: f64,
    y: f64,
    z: f64,
}

#[differentiable(jvp)]
impl Add for Vec3 {
    type Output = Vec3;
    fn add(self, other: Vec3) -> Vec3 {
        Vec3 { x: self.x + other.x, y: self.y + other.y, z: self.z + other.z }
    }
}

#[differentiable(jvp)]
impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self::Output {
        Self { x: self.x - other.x, y: self.y - other.y, z: self.z - other.z }
    }
}

#[differentiable(jvp)]
impl Mul<f64> for Vec3 {
    type Output = Vec3;
    fn mul(self, k: f64) -> Vec3 {
        Vec3 { x: self.x * k, y: self.y * k, z: self.z * k }
    }
}

#[differentiable(jvp)]
impl Mul<Vec3> for f64 {
    type Output = Vec3;
    fn mul(self, v: Vec3) -> Vec3 {
        Vec3 { x: self * v.x, y: self * v.y, z: self * v.z }
    }
}

/// The cross product.
#[differentiable(jvp)]
impl Mul for Vec3 {
    type Output = Vec3;
    fn mul(self, o: Vec3) -> Vec3 {
        Vec3 {
            x: self.y * o.z - self.z * o.y,
            y: self.z * o.x - self.x * o.z,
            z: self.x * o.y - self.y * o.x,
        }
    }
}

#[differentiable(jvp)]
impl Neg for Vec3 {
    type Output = Vec3;
    fn neg(self) -> Vec3 {
        Vec3 { x: -self.x, y: -self.y, z: -self.z }
    }
}

#[differentiable(jvp)]
impl AddAssign for Vec3 {
    fn add_assign(&mut self, o: Vec3) {
        self.x += o.x;
        self.y += o.y;
        self.z += o.z;
    }
}

#[differentiable(jvp)]
impl MulAssign<f64> for Vec3 {
    fn mul_assign(&mut self, k: f64) {
        *self = *self * k;
    }
}

impl Vec3 {
    #[differentiable(jvp, wrt(self, other))]
    fn dot(self, other: Vec3) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    #[differentiable(jvp, wrt(self))]
    fn norm(&self) -> f64 {
        (self.x * self.x + self.y * self.y + self.z * self.z).sqrt()
    }
}

/// A complex number, divided by references.
#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Complex {
    re: f64,
    im: f64,
}

#[differentiable(jvp)]
impl Mul for Complex {
    type Output = Complex;
    fn mul(self, o: Complex) -> Complex {
        Complex { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}

#[differentiable(jvp)]
impl Add for Complex {
    type Output = Complex;
    fn add(self, o: Complex) -> Complex {
        Complex { re: self.re + o.re, im: self.im + o.im }
    }
}

#[differentiable(jvp)]
impl<'a> Div<&'a Complex> for &'a Complex {
    type Output = Complex;
    fn div(self, o: &'a Complex) -> Complex {
        let square = o.re * o.re + o.im * o.im;
        Complex {
            re: (self.re * o.re + self.im * o.im) / square,
            im: (self.im * o.re - self.re * o.im) / square,
        }
    }
}

#[differentiable(jvp)]
fn lit(light: Vec3, normal: Vec3, albedo: f64) -> f64 {
    let half = (light + normal) * (1.0 / (light + normal).norm());
    let reflected = 2.0 * normal - light * albedo;
    let side = light * normal;
    half.dot(reflected) - (-side).dot(half * albedo)
}

#[differentiable(jvp)]
fn centre_of_mass(masses: &[f64], positions: &[Vec3]) -> f64 {
    let mut sum = Vec3 { x: 0.0, y: 0.0, z: 0.0 };
    let mut total = 0.0;
    for (m, p) in masses.iter().zip(positions) {
        sum = sum + *p * *m;
        total += m;
    }
    (sum * (1.0 / total)).norm()
}

#[differentiable(jvp)]
fn oscillator(position: Vec3, velocity: Vec3, k: f64, dt: f64, steps: usize) -> f64 {
    let mut x = position;
    let mut v = velocity;
    for _ in 0..steps {
        let force = -x * k;
        v += force * dt;
        x += v * dt;
        v *= 1.0 - 0.1 * dt;
    }
    x.dot(x) + v.norm()
}

#[differentiable(jvp)]
fn iterated(c: Complex, n: usize) -> f64 {
    let mut z = Complex { re: 0.1, im: 0.2 };
    for _ in 0..n {
        z = z * z + c;
    }
    let w = &z / &c;
    w.re * w.re + w.im
}

#[test]
fn operators_have_derivatives() {
    let (a, b) = (Vec3 { x: 1.0, y: 2.0, z: 3.0 }, Vec3 { x: 0.1, y: -0.2, z: 0.3 });
    check!(lit, lit_grad, lit_grad_add, lit_vjp, lit_jvp; a: a, b: b, k: 0.7,);
    check!(centre_of_mass, centre_of_mass_grad, centre_of_mass_grad_add, centre_of_mass_vjp, centre_of_mass_jvp;
        m: &vec![1.0, 2.5], p: &vec![a, b],);
    check!(oscillator, oscillator_grad, oscillator_grad_add, oscillator_vjp, oscillator_jvp;
        x: a, v: b, k: 2.0, dt: 0.1, n: const 4,);
    check!(iterated, iterated_grad, iterated_grad_add, iterated_vjp, iterated_jvp;
        c: Complex { re: 0.2, im: -0.4 }, n: const 3,);
}

/// Numbers of the plane, over any type of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Plane<T> {
    re: T,
    im: T,
}

#[differentiable]
impl<T: num_traits::Float> Add for Plane<T> {
    type Output = Plane<T>;
    fn add(self, other: Plane<T>) -> Plane<T> {
        Plane { re: self.re + other.re, im: self.im + other.im }
    }
}

#[differentiable]
impl<T: num_traits::Float> Mul for Plane<T> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Plane { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}

#[differentiable]
impl<T: num_traits::Float> Mul<T> for Plane<T> {
    type Output = Plane<T>;
    fn mul(self, k: T) -> Plane<T> {
        Plane { re: self.re * k, im: self.im * k }
    }
}

#[differentiable]
fn iterated_in_the_plane(re: f64, im: f64) -> f64 {
    let c = Plane { re, im };
    let mut z = c;
    for _ in 0..3 {
        z = z * z * 0.5 + c;
    }
    z.re * z.re + z.im * z.im
}

#[differentiable]
fn generic_square<T: num_traits::Float>(z: Plane<T>, k: T) -> T {
    let square = z * z * k;
    square.re + square.im
}

#[test]
fn operators_of_generic_structs() {
    check!(iterated_in_the_plane, iterated_in_the_plane_grad, iterated_in_the_plane_grad_add, iterated_in_the_plane_vjp; re: 0.4, im: -0.7);
    let z = Plane { re: 0.4, im: -0.7 };
    check!(generic_square, generic_square_grad, generic_square_grad_add, generic_square_vjp;
        z: z, k: 1.3);
}

/// Scaled by either type of number, not in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Length {
    metres: f64,
}

#[differentiable]
impl Mul<f64> for Length {
    type Output = Length;
    fn mul(self, k: f64) -> Length {
        Length { metres: self.metres * k }
    }
}

#[differentiable]
impl Mul<f32> for Length {
    type Output = Length;
    fn mul(self, k: f32) -> Length {
        Length { metres: self.metres * k as f64 * 2.0 }
    }
}

#[differentiable(wrt(x, k))]
fn scaled_twice(x: f64, k: f64, narrow: f32) -> f64 {
    let length = Length { metres: x } * k * narrow;
    length.metres * x
}

#[test]
fn operators_with_both_types_of_numbers() {
    check!(scaled_twice, scaled_twice_grad, scaled_twice_grad_add, scaled_twice_vjp;
        x: 0.4, k: 1.7, narrow: const 1.5_f32);
}

#[derive(Clone, Differentiable)]
struct Series(Vec<f64>);

#[differentiable]
impl Add for Series {
    type Output = Series;
    fn add(self, other: Series) -> Series {
        Series(self.0.into_iter().zip(other.0).map(|(a, b)| a + b * b).collect())
    }
}

#[differentiable]
fn copies(a: &Series, b: &Series) -> f64 {
    let sum = a.clone() + b.clone();
    let more = sum.clone() + a.clone() + sum;
    more.0.iter().product()
}

#[test]
fn operators_of_copies() {
    let (a, b) = (Series(vec![0.4, -0.7]), Series(vec![1.2, 0.3]));
    check!(copies, copies_grad, copies_grad_add, copies_vjp; a: &a, b: &b);
}

/// Its sum is written with `+`, that of [`Gain`] with `*=`.
impl std::iter::Sum for Vec3 {
    fn sum<I: Iterator<Item = Vec3>>(parts: I) -> Vec3 {
        parts.fold(Vec3 { x: 0.5, y: 0.0, z: 0.0 }, |sum, part| sum + part)
    }
}

#[differentiable(jvp)]
fn summed(v: &[f64], k: f64) -> f64 {
    let parts = v.iter().map(|&a| Vec3 { x: a * k, y: a * a, z: k });
    let sum: Vec3 = parts.sum();
    let rest = v.windows(2).map(|w| Vec3 { x: w[0], y: w[1] * k, z: 1.0 }).sum::<Vec3>();
    sum.x * rest.y + sum.y * rest.x + sum.z + v.iter().sum::<f64>()
}

#[derive(Clone, Copy, Differentiable)]
struct Gain(f64, f64);

#[differentiable(jvp)]
impl MulAssign for Gain {
    fn mul_assign(&mut self, other: Gain) {
        self.0 *= other.0;
        self.1 += other.1 * other.0;
    }
}

impl std::iter::Product for Gain {
    fn product<I: Iterator<Item = Gain>>(gains: I) -> Gain {
        let mut all = Gain(0.5, 0.25);
        for gain in gains {
            all *= gain;
        }
        all
    }
}

#[differentiable(jvp)]
fn multiplied(v: &[f64], k: f64) -> f64 {
    let all: Gain = v.iter().map(|&a| Gain(a + k, a * k)).product();
    all.0 * all.1
}

#[test]
fn sums_and_products_of_own_types() {
    check!(summed, summed_grad, summed_grad_add, summed_vjp, summed_jvp; v: &vec![0.3, -1.2, 0.7], k: 1.3);
    check!(multiplied, multiplied_grad, multiplied_grad_add, multiplied_vjp, multiplied_jvp;
        v: &vec![0.3, -1.2, 0.7], k: 1.3);
}
