//! Operators of the user's own types: in chains, in loops, on fields, on the heap.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::{Differentiable, Vector, differentiable};
use common::check;
use std::ops::{self, Add, AddAssign, Div, Mul, MulAssign, Neg, Rem, Sub, SubAssign};

macro_rules! check_all {
    ($($f:ident $grad:ident $grad_add:ident $vjp:ident $jvp:ident),* $(,)?) => {
        for (x, y) in [(1.3, 0.7), (0.4, -0.9)] {
            $(check!($f, $grad, $grad_add, $vjp, $jvp; x: x, y: y);)*
        }
    };
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Differentiable)]
struct V3 {
    x: f64,
    y: f64,
    z: f64,
}

#[differentiable(jvp)]
impl V3 {
    fn new(x: f64, y: f64, z: f64) -> V3 {
        V3 { x, y, z }
    }

    #[differentiable(jvp, wrt(self, other))]
    fn dot(self, other: V3) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }
}

#[differentiable(jvp)]
impl Add for V3 {
    type Output = V3;
    fn add(self, o: V3) -> V3 {
        V3 { x: self.x + o.x, y: self.y + o.y, z: self.z + o.z }
    }
}

#[differentiable(jvp)]
impl<'a, 'b> Add<&'b V3> for &'a V3 {
    type Output = V3;
    fn add(self, o: &'b V3) -> Self::Output {
        V3 { x: self.x + o.x, y: self.y + o.y, z: self.z + o.z }
    }
}

#[differentiable(jvp)]
impl Sub<&V3> for V3 {
    type Output = Self;
    fn sub(self, o: &V3) -> Self::Output {
        Self::Output { x: self.x - o.x, y: self.y - o.y, z: self.z - o.z }
    }
}

#[differentiable(jvp)]
impl Mul<f64> for V3 {
    type Output = V3;
    fn mul(self, s: f64) -> V3 {
        V3 { x: self.x * s, y: self.y * s, z: self.z * s }
    }
}

#[differentiable(jvp)]
impl ops::Mul<V3> for f64 {
    type Output = V3;
    fn mul(self, v: V3) -> V3 {
        v * self
    }
}

// The cross product: neither commutative nor linear in both.
#[differentiable(jvp)]
impl Mul for V3 {
    type Output = V3;
    fn mul(self, o: V3) -> V3 {
        V3::new(
            self.y * o.z - self.z * o.y,
            self.z * o.x - self.x * o.z,
            self.x * o.y - self.y * o.x,
        )
    }
}

#[differentiable(jvp)]
impl Div<f64> for V3 {
    type Output = V3;
    fn div(mut self, s: f64) -> V3 {
        self.x /= s;
        self.y /= s;
        self.z /= s;
        self
    }
}

// An operator with another type of value.
#[differentiable(jvp)]
impl Rem for V3 {
    type Output = f64;
    fn rem(self, o: V3) -> f64 {
        self.dot(o) / (1.0 + o.dot(o))
    }
}

#[differentiable(jvp)]
impl Neg for V3 {
    type Output = V3;
    fn neg(self) -> V3 {
        V3 { x: -self.x, y: -self.y, z: -self.z }
    }
}

#[differentiable(jvp)]
impl AddAssign for V3 {
    fn add_assign(&mut self, o: V3) {
        self.x += o.x;
        self.y += o.y;
        self.z += o.z;
    }
}

#[differentiable(jvp)]
impl SubAssign<&V3> for V3 {
    fn sub_assign(&mut self, o: &V3) {
        self.x -= o.x;
        self.y -= o.y;
        self.z -= o.z;
    }
}

// Not linear: the reverse reads the old value.
#[differentiable(jvp)]
impl MulAssign for V3 {
    fn mul_assign(&mut self, o: V3) {
        self.x = self.x * self.x * o.x;
        self.y = self.y.sin() * o.x + o.y;
        self.z *= o.z;
    }
}

#[differentiable(jvp)]
fn every_operator(x: f64, y: f64) -> f64 {
    let a = V3::new(x, y, 0.5);
    let b = V3 { x: y, y: 2.0 * x, z: x * y };
    let c = a * b + b * x - &a;
    let d = y * (-c) / (2.0 + x * x);
    let e = &c + &d;
    d % e + (a * c).dot(e)
}

#[differentiable(jvp)]
fn one_operand_twice(x: f64, y: f64) -> f64 {
    let mut a = V3::new(x, y, x * y);
    let b = a + a;
    let c = &b + &b;
    a += a;
    a *= a;
    (a + c) % a
}

#[differentiable(jvp)]
fn constants_and_chains(x: f64, y: f64) -> f64 {
    let origin = V3::new(0.5, -1.0, 2.0);
    let scaled = origin * 3.0 + V3::default();
    let p = scaled * x + origin * V3::new(y, x, 1.0) + 2.0 * origin;
    (-p + p * y) % (origin + p)
}

#[differentiable(jvp)]
fn assigned_in_loops(x: f64, y: f64) -> f64 {
    let mut p = V3::new(x, 1.0, y);
    let mut total = V3::default();
    for i in 0..4 {
        p *= V3::new(y, x, 0.5 + i as f64);
        p += x * p;
        if p.x > 0.0 {
            total += p / (1.0 + p.dot(p));
        } else {
            total -= &p;
        }
        p = p * 0.25 + total * p;
    }
    total.dot(p) + total.x
}

#[derive(Clone, Copy, Debug, Differentiable)]
struct Body {
    position: V3,
    velocity: V3,
}

#[differentiable(jvp)]
fn fields_and_elements(x: f64, y: f64) -> f64 {
    let mut bodies = vec![
        Body { position: V3::new(x, 0.0, 1.0), velocity: V3::new(0.0, y, 0.0) },
        Body { position: V3::new(0.0, y, -1.0), velocity: V3::new(x, 0.0, 0.1) },
    ];
    for _ in 0..3 {
        for i in 0..2 {
            let force = (bodies[1 - i].position - &bodies[i].position) * 0.5;
            bodies[i].velocity += force * 0.1;
        }
        for body in bodies.iter_mut() {
            body.position += body.velocity * 0.1;
        }
    }
    bodies[0].position % bodies[1].position
}

// A parameter that has the name of a field.
#[differentiable(jvp)]
impl Sub<V3> for f64 {
    type Output = V3;
    fn sub(self, x: V3) -> V3 {
        V3 { x: self - x.x, y: self * x.y, z: self / (2.0 + x.z * x.z) }
    }
}

#[differentiable(jvp)]
impl Div<&V3> for f64 {
    type Output = V3;
    fn div(self, mut_of: &V3) -> V3 {
        V3 { x: self / (1.0 + mut_of.x * mut_of.x), ..*mut_of }
    }
}

#[differentiable(jvp)]
impl Rem<V3> for f64 {
    type Output = V3;
    fn rem(self, mut v: V3) -> V3 {
        v.x *= self;
        v
    }
}

#[differentiable(jvp)]
fn numbers_on_the_left(x: f64, y: f64) -> f64 {
    let v = V3::new(x, y, x * y);
    let w = 2.0 - v;
    let u = y / &w;
    (x % (y - u)).dot(v)
}

#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Complex {
    re: f64,
    im: f64,
}

#[differentiable(jvp)]
impl Mul for Complex {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}

#[differentiable(jvp)]
impl Add for Complex {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { re: self.re + o.re, im: self.im + o.im }
    }
}

#[differentiable(jvp)]
fn iterated(x: f64, y: f64) -> f64 {
    let c = Complex { re: 0.3 * x, im: 0.4 * y };
    let mut z = Complex { re: 0.0, im: 0.0 };
    for _ in 0..5 {
        z = z * z + c;
        if z.re * z.re + z.im * z.im > 4.0 {
            break;
        }
    }
    z.re + 2.0 * z.im
}

/// By value and on the heap: operands are gone after the operation.
#[derive(Clone, Debug, Differentiable)]
struct Polynomial {
    coefficients: Vec<f64>,
}

#[differentiable(jvp)]
impl Mul for Polynomial {
    type Output = Polynomial;
    fn mul(self, o: Polynomial) -> Polynomial {
        let mut coefficients = vec![0.0; self.coefficients.len() + o.coefficients.len() - 1];
        for i in 0..self.coefficients.len() {
            for j in 0..o.coefficients.len() {
                coefficients[i + j] += self.coefficients[i] * o.coefficients[j];
            }
        }
        Polynomial { coefficients }
    }
}

#[differentiable(jvp)]
fn on_the_heap(x: f64, y: f64) -> f64 {
    let p = Polynomial { coefficients: vec![x, y, 1.0] };
    let q = Polynomial { coefficients: vec![y, x * y] };
    let mut r = p * q;
    for _ in 0..2 {
        let factor = Polynomial { coefficients: vec![1.0, x] };
        r = r * factor;
    }
    let mut sum = 0.0;
    for i in 0..r.coefficients.len() {
        sum += r.coefficients[i] * (0.3 + i as f64);
    }
    sum
}

#[derive(Clone, Debug, Differentiable)]
struct Features(Vector);

#[differentiable(jvp)]
impl Mul<&Features> for &Features {
    type Output = f64;
    fn mul(self, o: &Features) -> f64 {
        self.0.dot(&o.0)
    }
}

#[differentiable(jvp)]
fn around_vectors(x: f64, y: f64) -> f64 {
    let a = Features(Vector::from([x, y, x * y]));
    let b = Features(Vector::from([y, 1.0, x]));
    (&a * &b) * (&a * &a)
}

#[test]
fn gradients_of_operators_are_right() {
    check_all! {
        every_operator every_operator_grad every_operator_grad_add every_operator_vjp every_operator_jvp,
        one_operand_twice one_operand_twice_grad one_operand_twice_grad_add one_operand_twice_vjp one_operand_twice_jvp,
        constants_and_chains constants_and_chains_grad constants_and_chains_grad_add
            constants_and_chains_vjp constants_and_chains_jvp,
        assigned_in_loops assigned_in_loops_grad assigned_in_loops_grad_add assigned_in_loops_vjp assigned_in_loops_jvp,
        fields_and_elements fields_and_elements_grad fields_and_elements_grad_add
            fields_and_elements_vjp fields_and_elements_jvp,
        numbers_on_the_left numbers_on_the_left_grad numbers_on_the_left_grad_add
            numbers_on_the_left_vjp numbers_on_the_left_jvp,
        iterated iterated_grad iterated_grad_add iterated_vjp iterated_jvp,
        on_the_heap on_the_heap_grad on_the_heap_grad_add on_the_heap_vjp on_the_heap_jvp,
        around_vectors around_vectors_grad around_vectors_grad_add around_vectors_vjp around_vectors_jvp,
    }
}

#[differentiable(jvp)]
fn of_parameters(a: V3, b: &V3, s: f64) -> f64 {
    let c = a * s - b;
    c % (b + &c)
}

#[differentiable(jvp, wrt(b))]
fn of_one_parameter(a: V3, b: V3) -> V3 {
    a * b + a
}

#[test]
fn parameters_may_be_operands() {
    let (a, b, s) = (V3::new(0.3, -0.4, 1.2), V3::new(0.7, 0.1, -0.5), 1.5);
    check!(of_parameters, of_parameters_grad, of_parameters_grad_add, of_parameters_vjp, of_parameters_jvp;
        a: a, b: &b, s: s);
    // The cross product's transpose: d × a.
    let (value, pullback) = of_one_parameter_vjp(a, b);
    assert_eq!(value, a * b + a);
    let d = V3::new(1.0, 2.0, 3.0);
    assert_eq!(pullback(d), d * a);
}
