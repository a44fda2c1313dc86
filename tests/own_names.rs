//! Types, functions and methods of the user's own with the names of std's.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, unreachable_pub, non_camel_case_types)]

mod common;

use backprop::{Differentiable, differentiable};
use common::check;

/// A leaky rectifier, which shares its name with a function of the table.
#[differentiable]
trait Activation {
    fn relu(self) -> f64;
}

#[differentiable]
impl Activation for f64 {
    fn relu(self) -> f64 {
        if self > 0.0 { self } else { 0.1 * self }
    }
}

mod leaky {
    use backprop::differentiable;

    use super::Activation;

    #[differentiable]
    pub fn unit(x: f64, w: f64) -> f64 {
        let t = w * x;
        t.relu() * x
    }
}

#[test]
fn a_trait_on_numbers() {
    check!(leaky::unit, leaky::unit_grad, leaky::unit_grad_add, leaky::unit_vjp; x: 0.7, w: -1.2);
}

/// Numbers as one abstracts from them: its methods are the functions that they name.
trait Real: Copy + std::ops::Mul<Output = Self> {
    fn sin(self) -> Self;
    fn max(self, other: Self) -> Self;
}

impl Real for f64 {
    fn sin(self) -> f64 {
        f64::sin(self)
    }

    fn max(self, other: f64) -> f64 {
        self.max(other)
    }
}

#[differentiable]
fn generic<T: Real>(x: T, y: T) -> T {
    x.max(y) * y.sin()
}

#[test]
fn a_trait_of_numbers_that_calls_std() {
    assert_eq!(generic_grad(2.0, 0.5), (2.0 * 0.5_f64.sin(), (0.5_f64.sin(), 2.0 * 0.5_f64.cos())));
}

/// A cell of a grid, not of `std::cell`.
#[derive(Clone, Differentiable)]
struct Cell {
    density: f64,
}

impl Cell {
    #[differentiable]
    fn new(density: f64) -> Cell {
        Cell { density: density * density }
    }
}

#[differentiable]
fn cell(x: f64, y: f64) -> f64 {
    let cell = Cell::new(x);
    cell.density * y
}

#[test]
fn a_type_with_the_name_of_one_of_std() {
    check!(cell, cell_grad, cell_grad_add, cell_vjp; x: 1.3, y: 0.7);
}

#[differentiable]
fn dropped(x: f64, y: f64) -> f64 {
    let v = vec![x, y];
    let product = v[0] * v[1];
    drop(v);
    let w = vec![product, x];
    let sum = w[0] * w[1];
    std::mem::drop(w);
    sum
}

#[test]
fn active_values_may_be_dropped() {
    check!(dropped, dropped_grad, dropped_grad_add, dropped_vjp; x: 1.3, y: 0.7);
}

macro_rules! scaled {
    ($name:ident, $v:ident, $factor:expr) => {
        #[differentiable]
        fn $name($v: f64, y: f64) -> f64 {
            let z = $v * y;
            $factor * z + $v
        }
    };
}

scaled!(scaled_by_macro, x, x + 1.0);

#[test]
fn variables_that_a_macro_is_given() {
    check!(scaled_by_macro, scaled_by_macro_grad, scaled_by_macro_grad_add, scaled_by_macro_vjp; x: 1.3, y: 0.7);
}

mod types {
    pub type u32 = f64;
}

#[differentiable]
fn misnamed(x: f64, y: f64) -> f64 {
    use types::u32;
    let z: u32 = x * x;
    z * y
}

#[test]
fn a_type_of_numbers_with_the_name_of_integers() {
    check!(misnamed, misnamed_grad, misnamed_grad_add, misnamed_vjp; x: 1.3, y: 0.7);
}

#[derive(Clone, Copy, Differentiable)]
struct Arm {
    reach: f64,
    speed: f64,
}

#[derive(Clone, Copy, Differentiable)]
struct Displacement {
    x: f64,
    y: f64,
}

#[differentiable]
impl std::ops::Sub for Displacement {
    type Output = Displacement;
    fn sub(self, other: Displacement) -> Displacement {
        Displacement { x: self.x - other.x, y: self.y - other.y }
    }
}

impl Displacement {
    #[differentiable(wrt(self))]
    fn len(&self) -> f64 {
        self.x.hypot(self.y)
    }
}

impl Arm {
    #[differentiable(wrt(self, t))]
    fn position(&self, t: f64) -> [f64; 2] {
        let (s, c) = (self.speed * t).sin_cos();
        [self.reach * c, self.reach * s]
    }

    #[differentiable(wrt(self))]
    fn count(&self, turns: usize) -> f64 {
        self.speed * turns as f64
    }

    #[differentiable(wrt(self, t))]
    fn end(&self, t: f64) -> Displacement {
        let [x, y] = self.position(t);
        Displacement { x, y }
    }
}

/// Names that iterators and slices have for what carries no derivative.
#[differentiable]
fn distances(arm: &Arm, other: &Arm, times: &[f64]) -> f64 {
    let first = times.iter().position(|t| *t > 0.5).unwrap_or(0);
    let mut total =
        arm.count(first + times.len()) + times.iter().filter(|t| **t > 0.0).count() as f64;
    for t in times {
        if arm.position(*t)[0] > 100.0 {
            return total;
        }
        let squares = other.position(*t).iter().map(|p| p * p).sum::<f64>();
        let apart = arm.end(*t) - other.end(0.5 * t);
        total += squares * (arm.end(*t) - other.end(*t)).len() + apart.len();
    }
    total
}

#[test]
fn methods_with_the_names_of_those_of_iterators_and_slices() {
    let (arm, other) = (Arm { reach: 1.3, speed: 0.7 }, Arm { reach: 0.6, speed: -0.4 });
    check!(distances, distances_grad, distances_grad_add, distances_vjp;
        arm: &arm, other: &other, times: &vec![0.3, 0.9, 1.7]);
}

mod segments {
    use backprop::prelude::*;
    use std::ops::Sub;

    #[derive(Clone, Copy, Debug, Differentiable)]
    pub struct Point {
        pub x: f64,
        pub y: f64,
    }

    #[differentiable(jvp)]
    impl Point {
        /// Not the number of anything.
        pub fn len(self) -> f64 {
            self.x.hypot(self.y)
        }
    }

    #[differentiable(jvp)]
    impl Sub for Point {
        type Output = Point;

        fn sub(self, other: Point) -> Point {
            Point { x: self.x - other.x, y: self.y - other.y }
        }
    }

    #[derive(Clone, Debug, Differentiable)]
    pub struct Node {
        pub at: Point,
    }

    /// The length of a path, of nodes that are elements and fields.
    #[differentiable(jvp, wrt(scale))]
    pub fn path_length(scale: f64, ends: &[(usize, usize)]) -> f64 {
        let nodes: Vec<Node> =
            (0..4).map(|i| Node { at: Point { x: scale * i as f64, y: scale.powi(i) } }).collect();
        let mut sum = 0.0;
        for (a, b) in ends {
            let d = nodes[*b].at - nodes[*a].at;
            sum += d.len() * nodes[*a].at.len();
        }
        sum
    }
}

#[test]
fn own_len_of_fields_of_elements() {
    use segments::path_length;
    let ends = [(0, 1), (1, 3), (2, 0)];
    for scale in [0.7, 1.3] {
        let (value, derivative) = segments::path_length_grad(scale, &ends);
        assert_eq!(value, path_length(scale, &ends));
        let h = 1e-5;
        let difference =
            (path_length(scale + h, &ends) - path_length(scale - h, &ends)) / (2.0 * h);
        assert!((derivative - difference).abs() < 1e-7, "{derivative} {difference}");
        let (_, tangent) = segments::path_length_jvp(scale, &ends, 1.0);
        assert!((derivative - tangent).abs() < 1e-12, "{derivative} {tangent}");
    }
}
