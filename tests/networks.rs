//! Deep and recurrent networks: vectors that are replaced in loops, lists of matrices.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

fn vector(n: usize, phase: f64) -> Vector {
    Vector::from_fn(n, |i| (phase + 1.7 * i as f64).sin())
}

fn matrix(rows: usize, columns: usize, phase: f64) -> Matrix {
    Matrix::from_fn(rows, columns, |i, j| (phase + 1.3 * i as f64 + 0.7 * j as f64).cos())
}

#[differentiable(jvp)]
fn dense(w: &Matrix, b: &Vector, x: &Vector) -> Vector {
    (w * x + b).tanh()
}

#[differentiable(jvp, wrt(weights, biases))]
fn deep(weights: &[Matrix], biases: &[Vector], x: &Vector, y: f64) -> f64 {
    let mut h = x.clone();
    for l in 0..weights.len() {
        h = dense(&weights[l], &biases[l], &h);
    }
    let residual = h[0] - y;
    residual * residual
}

#[differentiable(jvp, wrt(weights, biases))]
fn deep_inline(weights: &[Matrix], biases: &[Vector], x: &Vector, y: f64) -> f64 {
    let mut h = x.clone();
    for (w, b) in weights.iter().zip(biases) {
        let z = w * &h + b;
        h = if z.len() > 2 { z.relu() } else { z.sigmoid() };
    }
    (h.sum() - y).powi(2)
}

#[differentiable(jvp, wrt(w))]
fn residual_blocks(w: &[Matrix], x: &Vector) -> f64 {
    let mut h = x.clone();
    let mut energy = 0.0;
    for w in w {
        let update = (w * &h).tanh();
        h = &h + &update;
        energy += update.norm_squared();
        h *= 0.5;
    }
    energy + h.dot(x)
}

#[differentiable(jvp, wrt(input, hidden, output))]
fn recurrent(input: &Matrix, hidden: &Matrix, output: &Vector, xs: &[Vector], ys: &[f64]) -> f64 {
    let mut h = Vector::zeros(hidden.rows());
    let mut loss = 0.0;
    for (x, y) in xs.iter().zip(ys) {
        h = (input * x + hidden * &h).tanh();
        let error = output.dot(&h) - y;
        loss += error * error;
    }
    loss
}

#[derive(Debug, Clone, Differentiable)]
struct Gates {
    forget: Matrix,
    enter: Matrix,
    candidate: Matrix,
    bias: Vector,
}

#[derive(Debug, Clone, Differentiable)]
struct State {
    cell: Vector,
    hidden: Vector,
}

impl Gates {
    #[differentiable(jvp, wrt(self, state))]
    fn step(&self, state: &State, x: &Vector) -> State {
        let forget = (&self.forget * &state.hidden + x).sigmoid();
        let enter = (&self.enter * &state.hidden + x).sigmoid();
        let candidate = (&self.candidate * &state.hidden + &self.bias).tanh();
        let cell = forget.hadamard(&state.cell) + enter.hadamard(&candidate);
        let hidden = cell.tanh();
        State { cell, hidden }
    }

    #[differentiable(jvp, wrt(self, start))]
    fn run(&self, start: &State, xs: &[Vector]) -> f64 {
        let mut state = start.clone();
        let mut sum = 0.0;
        for x in xs {
            state = self.step(&state, x);
            sum += state.hidden[0] * state.cell.norm_squared();
        }
        sum
    }
}

#[differentiable(jvp, wrt(w, b))]
fn minibatch(w: &Matrix, b: &Vector, inputs: &[Vector], labels: &[usize], batch: &[usize]) -> f64 {
    let mut loss = 0.0;
    let mut correct = 0;
    for &k in batch {
        let scores = w * &inputs[k] + b;
        if scores.argmax() == Some(labels[k]) {
            correct += 1;
        }
        loss -= scores.log_softmax()[labels[k]];
    }
    assert!(correct <= batch.len());
    loss / batch.len() as f64 + 0.01 * w.norm_squared()
}

#[test]
fn stacks_of_layers() {
    let x = vector(2, 0.3);
    let weights = vec![matrix(3, 2, 0.1), matrix(4, 3, 0.2), matrix(1, 4, 0.3)];
    let biases = vec![vector(3, 0.1), vector(4, 0.2), vector(1, 0.3)];
    check!(deep, deep_grad, deep_grad_add, deep_vjp, deep_jvp; w: &weights, b: &biases, x: const &x, y: const 0.4);
    check!(deep_inline, deep_inline_grad, deep_inline_grad_add, deep_inline_vjp, deep_inline_jvp; w: &weights, b: &biases, x: const &x, y: const 0.4);
    check!(residual_blocks, residual_blocks_grad, residual_blocks_grad_add, residual_blocks_vjp, residual_blocks_jvp; w: &vec![matrix(2, 2, 0.1), matrix(2, 2, 0.5)], x: const &x);
    check!(residual_blocks, residual_blocks_grad, residual_blocks_grad_add, residual_blocks_vjp, residual_blocks_jvp; w: &Vec::<Matrix>::new(), x: const &x);
    let inputs = [vector(2, 0.1), vector(2, 1.1), vector(2, 2.1)];
    check!(minibatch, minibatch_grad, minibatch_grad_add, minibatch_vjp, minibatch_jvp; w: &matrix(3, 2, 0.4), b: &vector(3, 0.8), i: const &inputs, l: const &[0, 2, 1], batch: const &[2, 0, 2]);
}

#[test]
fn sequences() {
    let xs = [vector(2, 0.1), vector(2, 1.1), vector(2, 2.1)];
    check!(recurrent, recurrent_grad, recurrent_grad_add, recurrent_vjp, recurrent_jvp; i: &matrix(3, 2, 0.1), h: &matrix(3, 3, 0.4), o: &vector(3, 0.2), x: const &xs, y: const &[0.5, -0.5, 0.1]);
    let gates = Gates {
        forget: matrix(2, 2, 0.1),
        enter: matrix(2, 2, 0.5),
        candidate: matrix(2, 2, 0.9),
        bias: vector(2, 0.7),
    };
    let start = State { cell: vector(2, 0.4), hidden: vector(2, 1.4) };
    check!(Gates::run, Gates::run_grad, Gates::run_grad_add, Gates::run_vjp, Gates::run_jvp; g: &gates, s: &start, x: const &xs);
    assert_pullback(
        &(gates, start),
        |(gates, start)| gates.step(start, &xs[0]),
        |(gates, start), d| {
            let (state, pullback) = gates.step_vjp(start, &xs[0]);
            (state, pullback(d))
        },
        |(gates, start), (t_gates, t_start)| gates.step_jvp(start, &xs[0], t_gates, t_start),
    );
}
