//! Effects that do not show at their place: behind operators, indices, dereferences and guards of
//! cells and locks. They happen as often, and when, the original's do.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::cell::{Cell, RefCell};
use std::ops::{Deref, Index, Mul};
use std::sync::{Mutex, RwLock};

use backprop::prelude::*;
use common::check;

/// Numbers that count how often they are looked at, and yield another one each time.
struct Counting {
    looks: Cell<usize>,
    numbers: [f64; 3],
}

impl Counting {
    fn new() -> Counting {
        Counting { looks: Cell::new(0), numbers: [0.5, 1.5, -0.75] }
    }

    fn look(&self, at: usize) -> &f64 {
        self.looks.set(self.looks.get() + 1);
        &self.numbers[(at + self.looks.get()) % 3]
    }
}

impl Index<usize> for Counting {
    type Output = f64;

    fn index(&self, at: usize) -> &f64 {
        self.look(at)
    }
}

impl Deref for Counting {
    type Target = f64;

    fn deref(&self) -> &f64 {
        self.look(0)
    }
}

impl Mul<f64> for &Counting {
    type Output = f64;

    fn mul(self, factor: f64) -> f64 {
        self.look(1) * factor
    }
}

#[differentiable(jvp)]
fn indexed(x: f64, y: f64) -> f64 {
    let counting = Counting::new();
    let mut s = x * counting[0] * y;
    for i in 0..4 {
        s = s * counting[i] + y * counting[1];
    }
    s * counting.looks.get() as f64
}

#[differentiable(jvp)]
fn dereferenced(x: f64, y: f64) -> f64 {
    let counting = Counting::new();
    let mut s = x * *counting;
    for _ in 0..4 {
        s = s * *counting * y + x;
    }
    s * counting.looks.get() as f64
}

#[differentiable(jvp)]
fn multiplied(x: f64, y: f64) -> f64 {
    let counting = &Counting::new();
    let mut s = x * (counting * 2.0);
    for _ in 0..4 {
        s = s * (counting * 0.5) * y + x;
    }
    s * counting.looks.get() as f64
}

#[test]
fn operators_run_as_often_as_in_the_original() {
    for (x, y) in [(1.3, 0.7), (0.6, -1.2)] {
        check!(indexed, indexed_grad, indexed_grad_add, indexed_vjp, indexed_jvp; x: x, y: y);
        check!(dereferenced, dereferenced_grad, dereferenced_grad_add, dereferenced_vjp, dereferenced_jvp; x: x, y: y);
        check!(multiplied, multiplied_grad, multiplied_grad_add, multiplied_vjp, multiplied_jvp; x: x, y: y);
    }
}

#[derive(Clone)]
struct Model {
    factor: f64,
    weights: Vec<f64>,
}

#[differentiable(jvp, wrt(x))]
fn weighted(x: f64, weights: &[f64], factor: &f64) -> f64 {
    weights.iter().map(|w| w * x * x * factor).sum()
}

#[differentiable(jvp, wrt(x))]
fn evaluated(x: f64, model: &Model) -> f64 {
    model.factor * x.sin() + model.weights[0]
}

#[differentiable(jvp)]
fn behind_cells(x: f64, y: f64) -> f64 {
    let weights = RefCell::new(vec![0.5, 1.5]);
    let mut s = x;
    for _ in 0..3 {
        s += weighted(s * y, &weights.borrow(), &1.0);
        weights.borrow_mut()[0] += 0.25;
        s *= weighted(x, &weights.borrow()[1..], &weights.borrow()[0]);
    }
    s
}

#[differentiable(jvp)]
fn behind_locks(x: f64, y: f64) -> f64 {
    let model = Mutex::new(Model { factor: 2.0, weights: vec![0.25] });
    let other = RwLock::new(Model { factor: -1.0, weights: vec![0.75] });
    let a = evaluated(x, &model.lock().unwrap());
    model.lock().unwrap().factor = 4.0;
    let b = evaluated(y, &*model.lock().unwrap());
    other.write().unwrap().weights[0] = a.floor();
    let c = weighted(x, &other.read().unwrap().weights, &other.read().unwrap().factor);
    other.write().unwrap().factor = 7.0;
    a * b + c
}

#[test]
fn guards_are_dropped_when_the_statement_ends() {
    for (x, y) in [(1.3, 0.7), (0.6, -1.2)] {
        check!(behind_cells, behind_cells_grad, behind_cells_grad_add, behind_cells_vjp, behind_cells_jvp; x: x, y: y);
        check!(behind_locks, behind_locks_grad, behind_locks_grad_add, behind_locks_vjp, behind_locks_jvp; x: x, y: y);
    }
}
