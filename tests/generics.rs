//! Functions over `T: Float` and the like: `num_traits`' traits, operators of std, traits of one's
//! own.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use backprop::{Differentiable, differentiable};
use common::check;
use num_traits::{Float, FloatConst, FromPrimitive, Num, NumAssign};

#[differentiable(jvp)]
fn every_method<T: Float>(x: T, y: T) -> T {
    let (s, c) = x.sin_cos();
    let h = x.hypot(y) + x.atan2(y) + x.mul_add(y, s) + x.recip() + y.exp_m1() + y.ln_1p();
    let m = x.max(y) + x.min(T::one()) + T::max(x, y) + Float::sin(x) + Float::powi(y, 3);
    let r = x.to_degrees() + y.to_radians() + x.fract() + x.cosh() + y.sinh() + x.cbrt();
    let u = T::sqrt(x) + x.tan() + x.asin() + x.acos() + y.atan() + x.tanh() + y.acosh();
    let v = x.atanh() + y.asinh() + x.exp2() + y.ln() + y.log2() + y.log10() + y.log(x);
    (h + x.powf(y)) * c + m + r + u * v + x.signum() * y.abs() + y.floor() * x
}

#[differentiable(jvp)]
fn norm<T: Float + Sum>(xs: &[T]) -> T {
    xs.iter().map(|&x| x * x).sum::<T>().sqrt()
}

#[differentiable(jvp)]
fn mean<T>(xs: &[T]) -> T
where
    T: Float + FromPrimitive,
{
    xs.iter().fold(T::zero(), |sum, x| sum + *x * *x) / T::from_usize(xs.len()).unwrap()
}

#[differentiable(jvp)]
fn log_sum_exp<T: Float + Sum>(xs: &[T]) -> T {
    let m = xs.iter().cloned().fold(T::neg_infinity(), T::max);
    m + xs.iter().map(|&x| (x - m).exp()).sum::<T>().ln()
}

#[differentiable(jvp)]
fn density<T: Float + FloatConst + FromPrimitive>(x: T, mu: T, sigma: T) -> T {
    let z = (x - mu) / sigma;
    let half = T::from_f64(0.5).unwrap();
    let norm = (T::from(2.0).unwrap() * T::PI()).sqrt() * sigma + T::epsilon();
    (-half * z * z).exp() / norm
}

#[differentiable(jvp)]
fn dot<T: Copy + Mul<Output = T> + Add<Output = T> + Default>(a: &[T], b: &[T]) -> T {
    let mut sum = T::default();
    for i in 0..a.len() {
        sum = sum + a[i] * b[i];
    }
    sum
}

#[differentiable(jvp)]
fn sum_of_products<T>(a: &[T], b: &[T]) -> T
where
    T: Copy + Mul<Output = T> + Sum<T>,
{
    a.iter().zip(b).map(|(x, y)| *x * *y).sum()
}

#[differentiable(jvp)]
fn from_literal<T: From<f32> + Copy + Mul<Output = T> + Add<Output = T>>(x: T) -> T {
    let three: T = 3.0_f32.into();
    T::from(2.0) * x + three * x * x
}

#[differentiable(jvp)]
fn compound<T: Float + NumAssign>(xs: &[T], k: T) -> T {
    let mut sum = T::one();
    let mut power = k;
    for x in xs {
        power *= k;
        sum += *x * power;
        sum -= k;
        sum /= T::one() + T::one();
    }
    sum
}

#[differentiable(jvp)]
fn early<T: Float>(x: T, n: usize) -> T {
    let mut y = x;
    let mut i = 0;
    while i < n {
        if y > T::from(10).unwrap() {
            return y * x;
        }
        y = y * y + T::from(0.1).unwrap();
        i += 1;
    }
    if y.is_nan() {
        return T::zero();
    }
    y
}

#[differentiable(jvp)]
fn horner<F: num_traits::Float>(coefficients: &[F], x: F) -> F {
    coefficients.iter().rev().fold(F::zero(), |sum, &c| sum * x + c)
}

#[differentiable(jvp)]
fn newton<T: Float>(a: T) -> T {
    let mut x = a;
    for _ in 0..20 {
        x = (x + a / x) * T::from(0.5).unwrap();
    }
    x
}

#[differentiable(jvp)]
fn by_name<T: Float>(xs: &[T]) -> T {
    let roots = xs.iter().map(|&x| x.abs()).map(T::sqrt).fold(T::zero(), |a, b| a + b);
    roots + xs.iter().map(|x| x.abs()).map(newton).fold(T::zero(), |a, b| a * b + b)
}

#[differentiable(jvp)]
fn square<T: Num + Copy>(x: T) -> T {
    x * x
}

#[differentiable(jvp, wrt(x))]
fn inert_conversion<T: Float>(x: T, scale: f64) -> T {
    let scale = T::from(scale * 2.0).unwrap();
    let twice = |v: T| v + v;
    twice(x) * scale + square(x)
}

#[differentiable(jvp)]
fn matrix<T: Float, const N: usize>(m: &[[T; N]; N], x: &[T; N]) -> T {
    let mut sum = T::zero();
    for i in 0..N {
        let mut row = T::zero();
        for j in 0..N {
            row = row + m[i][j] * x[j];
        }
        sum = sum + if row > T::one() { row.powi(2) } else { row.exp() };
    }
    sum
}

#[differentiable(jvp)]
fn product<T: Float>(a: &Vec<Vec<T>>, b: &Vec<Vec<T>>) -> Vec<Vec<T>> {
    let mut c = vec![vec![T::zero(); b[0].len()]; a.len()];
    for i in 0..a.len() {
        for j in 0..b[0].len() {
            for k in 0..b.len() {
                c[i][j] = c[i][j] + a[i][k] * b[k][j];
            }
        }
    }
    c
}

#[differentiable(jvp)]
fn of_products<T: Float>(a: &Vec<Vec<T>>, b: &Vec<Vec<T>>) -> T {
    let c = product(a, b);
    c[0][0] * c[1][1] - c[0][1]
}

#[differentiable(jvp)]
fn pick<T: Copy>(first: bool, a: T, b: T) -> T {
    if first { a } else { b }
}

#[differentiable(jvp)]
fn picked(x: f64, y: [f64; 2]) -> f64 {
    pick(x > 0.0, x, 2.0 * x) * pick(false, y, [x, x])[0]
}

/// A trait of one's own with `num_traits`' behind it.
trait Real: Float + FromPrimitive + Sum + AddAssign {}
impl<T: Float + FromPrimitive + Sum + AddAssign> Real for T {}

#[differentiable(jvp)]
fn deviation<R: Real>(xs: &[R], a: R) -> R {
    let mut out = vec![R::zero(); xs.len()];
    for (o, x) in out.iter_mut().zip(xs) {
        *o += a * x.cos();
    }
    let mean = out.iter().copied().sum::<R>() / R::from_usize(out.len()).unwrap();
    let mut sum = R::zero();
    for o in &out {
        let d = *o - mean;
        sum += d * d;
    }
    sum.sqrt() + square(mean)
}

/// A trait of one's own whose names are those of other libraries' numbers.
trait Scalar:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + PartialOrd
{
    const ZERO: Self;
    const ONE: Self;
    const EPSILON: Self;
    fn sin(self) -> Self;
    fn exp(self) -> Self;
    fn sqrt(self) -> Self;
    fn from_f64(x: f64) -> Self;
    fn max(self, other: Self) -> Self;
}

impl Scalar for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    const EPSILON: f64 = 1e-16;
    fn sin(self) -> f64 {
        f64::sin(self)
    }
    fn exp(self) -> f64 {
        f64::exp(self)
    }
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }
    fn from_f64(x: f64) -> f64 {
        x
    }
    fn max(self, other: f64) -> f64 {
        f64::max(self, other)
    }
}

#[differentiable(jvp)]
fn own_trait<S: Scalar>(x: S, ys: &[S]) -> S {
    let mut sum = S::ZERO;
    for &y in ys {
        sum = sum + (x * y).sin() * S::from_f64(0.5) + y.max(S::EPSILON);
    }
    if sum > S::ONE { sum.exp() } else { -(sum * sum + S::ONE).sqrt() / S::from_f64(3.0) }
}

#[derive(Clone, Debug, PartialEq, Differentiable)]
struct Layer<T> {
    weights: Vec<Vec<T>>,
    bias: Vec<T>,
}

impl<T: Float> Layer<T> {
    #[differentiable(jvp, wrt(self, x))]
    fn forward(&self, x: &[T]) -> Vec<T> {
        let rows = self.weights.iter().zip(&self.bias);
        rows.map(|(row, &b)| row.iter().zip(x).fold(b, |sum, (&w, &x)| sum + w * x).tanh())
            .collect()
    }

    #[differentiable(jvp, wrt(self, x))]
    fn loss(&self, x: &[T], y: T) -> T {
        let h = self.forward(x);
        let mut sum = T::zero();
        for v in &h {
            sum = sum + (*v - y).powi(2);
        }
        sum
    }
}

#[differentiable(jvp)]
fn of_layer<T: Float>(layer: &Layer<T>, x: T) -> T {
    let mut sum = layer.bias[0] * x;
    for b in &layer.bias {
        sum = sum + *b * x.sin();
    }
    sum.tanh()
}

#[test]
fn generic_functions_of_f64() {
    check!(every_method, every_method_grad, every_method_grad_add, every_method_vjp, every_method_jvp;
        x: 0.7_f64, y: 1.2_f64,);
    check!(norm, norm_grad, norm_grad_add, norm_vjp, norm_jvp; xs: &vec![3.0, -4.0, 1.0],);
    check!(mean, mean_grad, mean_grad_add, mean_vjp, mean_jvp; xs: &vec![3.0, -4.0, 1.0],);
    check!(log_sum_exp, log_sum_exp_grad, log_sum_exp_grad_add, log_sum_exp_vjp, log_sum_exp_jvp;
        xs: &vec![0.3, 0.9, -1.0],);
    check!(density, density_grad, density_grad_add, density_vjp, density_jvp; x: 1.0_f64, m: 2.0, s: 3.0,);
    check!(dot, dot_grad, dot_grad_add, dot_vjp, dot_jvp; a: &vec![1.0, 2.0], b: &vec![0.5, -3.0],);
    check!(sum_of_products, sum_of_products_grad, sum_of_products_grad_add, sum_of_products_vjp, sum_of_products_jvp;
        a: &vec![1.0, 2.0], b: &vec![0.5, -3.0],);
    check!(from_literal, from_literal_grad, from_literal_grad_add, from_literal_vjp, from_literal_jvp; x: 1.5_f64,);
    check!(compound, compound_grad, compound_grad_add, compound_vjp, compound_jvp;
        xs: &vec![1.0, 2.0, 0.3], k: 0.7,);
    for (x, n) in [(1.5, 10), (1.5, 1), (0.3, 4), (0.3, 0)] {
        check!(early, early_grad, early_grad_add, early_vjp, early_jvp; x: x, n: const n,);
    }
    check!(horner, horner_grad, horner_grad_add, horner_vjp, horner_jvp; c: &vec![1.0, 2.0, -0.5], x: 1.5,);
    check!(newton, newton_grad, newton_grad_add, newton_vjp, newton_jvp; a: 2.0_f64,);
    check!(by_name, by_name_grad, by_name_grad_add, by_name_vjp, by_name_jvp; xs: &vec![2.0, -3.0],);
    check!(square, square_grad, square_grad_add, square_vjp, square_jvp; x: 3.0_f64,);
    check!(inert_conversion, inert_conversion_grad, inert_conversion_grad_add,
        inert_conversion_vjp, inert_conversion_jvp; x: 3.0_f64, s: const 0.5,);
    check!(matrix, matrix_grad, matrix_grad_add, matrix_vjp, matrix_jvp;
        m: &[[1.0, 2.0], [0.3, -0.4]], x: &[0.5, 0.3],);
    check!(of_products, of_products_grad, of_products_grad_add, of_products_vjp, of_products_jvp;
        a: &vec![vec![1.0, 2.0], vec![0.3, -0.4]], b: &vec![vec![1.5, 0.2], vec![0.1, 0.7]],);
    check!(picked, picked_grad, picked_grad_add, picked_vjp, picked_jvp; x: 0.7, y: [2.0, 3.0],);
    check!(deviation, deviation_grad, deviation_grad_add, deviation_vjp, deviation_jvp;
        xs: &vec![1.0, 2.0, 0.3], a: 0.7,);
    check!(own_trait, own_trait_grad, own_trait_grad_add, own_trait_vjp, own_trait_jvp;
        x: 1.5, ys: &vec![2.0, 0.3],);
    check!(own_trait, own_trait_grad, own_trait_grad_add, own_trait_vjp, own_trait_jvp;
        x: 1.5, ys: &vec![-2.0, 0.3],);
}

#[test]
fn generic_structs() {
    let layer = Layer { weights: vec![vec![1.0, 2.0], vec![0.5, -1.0]], bias: vec![0.1, 0.2] };
    check!(Layer::loss, Layer::loss_grad, Layer::loss_grad_add, Layer::loss_vjp, Layer::loss_jvp;
        layer: &layer, x: &vec![0.5, 0.25], y: const 0.1,);
    check!(of_layer, of_layer_grad, of_layer_grad_add, of_layer_vjp, of_layer_jvp; layer: &layer, x: 0.3,);
}

#[test]
fn generic_functions_of_f32_compute_in_f32() {
    let (value, (d_x, d_y)) = every_method_grad(0.7_f32, 1.2_f32);
    let (_, (e_x, e_y)) = every_method_grad(0.7_f64, 1.2_f64);
    assert_eq!(value, every_method(0.7_f32, 1.2_f32));
    let close = |a: f32, b: f64| assert!((f64::from(a) / b - 1.0).abs() < 1e-5, "{a} {b}");
    close(d_x, e_x);
    close(d_y, e_y);
    assert_eq!(norm_grad(&[3.0_f32, 4.0]), (5.0, vec![0.6_f32, 0.8]));
    let (a, b) = (vec![vec![2.0_f32]], vec![vec![3.0]]);
    let (_, pullback) = product_vjp(&a, &b);
    assert_eq!(pullback(vec![vec![1.0]]), (vec![vec![3.0]], vec![vec![2.0]]));
}
