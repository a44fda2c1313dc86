//! What is moved or gets its first value as a loop or the function is left; what is kept of loops.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, unused)]

#[macro_use]
mod common;
#[macro_use]
mod programs;

use backprop::prelude::*;
use std::collections::VecDeque;

#[derive(Clone, Differentiable)]
struct Solution {
    x: Vec<f64>,
    norms: Vec<f64>,
    #[differentiable(skip)]
    name: String,
    #[differentiable(skip)]
    steps: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Failure {
    name: String,
    visited: Vec<usize>,
}

#[differentiable(jvp)]
fn solution(v: &[f64], k: f64) -> Solution {
    let mut x = v.to_vec();
    let mut norms = Vec::new();
    let name = String::from("relaxation");
    for steps in 0..20 {
        let norm = x.iter().map(|r| r * r).sum::<f64>();
        norms.push(norm);
        if norm < 0.5 {
            return Solution { x, norms, name, steps };
        }
        for n in x.iter_mut() {
            *n *= k;
        }
    }
    Solution { x, norms, name, steps: 20 }
}

#[differentiable(jvp)]
fn step(v: &[f64], k: f64) -> Vec<f64> {
    v.iter().map(|x| x * k + 0.01).collect()
}

#[differentiable(jvp)]
fn below(v: &[f64], k: f64) -> Result<Vec<f64>, Failure> {
    let name = "below".to_string();
    let mut visited = Vec::new();
    let mut x = v.to_vec();
    for i in 0..12 {
        visited.push(i);
        if x[0] > 100.0 {
            return Err(Failure { name, visited });
        }
        if i > 2 {
            if x[0] < 0.2 {
                return Ok(x);
            }
            x[1] += 0.1;
        }
        x = step(&x, k);
    }
    Err(Failure { name, visited })
}

#[differentiable(jvp)]
fn finished(v: Vec<f64>, k: f64) -> f64 {
    v[0] * k + v[1]
}

#[differentiable(jvp)]
fn endless(v: &[f64], k: f64) -> Option<f64> {
    let mut x = v.to_vec();
    loop {
        if x[0] < 0.3 {
            return Some(finished(x, k));
        }
        if x[1] > 50.0 {
            return None;
        }
        x = step(&x, k);
    }
}

#[test]
fn what_failures_hold_is_moved_out_of_loops() {
    let failure = below_grad_of(&[3.0, 1.0], 2.0).unwrap_err();
    assert_eq!(failure, below(&[3.0, 1.0], 2.0).unwrap_err());
    assert_eq!(failure.visited, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(endless_grad(&[1.0, 51.0], 0.5), None);
}

fn below_grad_of(v: &[f64], k: f64) -> Result<Vec<f64>, Failure> {
    let (value, pullback) = below_vjp(v, k)?;
    drop(pullback);
    Ok(value)
}

programs! {
    struct_returned_from_a_loop(x, y, v) {
        let s = solution(v, 0.6);
        s.x[0] * s.norms[1] * x + s.norms.iter().sum::<f64>() * y + s.steps as f64 * x
    }
    result_returned_from_a_loop(x, y, v) {
        match below(v, 0.7) {
            Ok(w) => w.iter().map(|w| w * w).sum::<f64>() * x + y,
            Err(_) => x * y,
        }
    }
    endless_loop_as_the_value(x, y, v) {
        endless(v, 0.8).unwrap_or(y) * x
    }
    vector_as_the_value_of_a_loop(x, y, v) {
        let mut w = v.to_vec();
        let small = loop {
            if w[0].abs() < 0.2 { break w; }
            w.iter_mut().for_each(|w| *w *= 0.5);
        };
        small.iter().map(|w| w * x).sum::<f64>() + y
    }
    moved_out_of_two_loops(x, y, v) {
        let mut w = v.to_vec();
        let mut kept = Vec::new();
        'all: for i in 0..4 {
            for j in 0..3 {
                w[0] *= x * 0.3;
                if w[0].abs() < 0.1 { kept.push(w); break 'all; }
                w[1] += y * j as f64;
            }
        }
        kept.iter().map(|w| w[0] * w[1]).sum::<f64>() + x
    }
    moved_by_iterating_and_left(x, y, v) {
        let mut w = v.to_vec();
        let mut s = x;
        for i in 0..9 {
            if w[0] > 2.0 {
                for w in w { s += w * y; }
                break;
            }
            w[0] += 0.7 * x;
        }
        s
    }
    early_return_below_an_if(x, y, v) {
        let mut w = v.to_vec();
        if x > -10.0 {
            if y > 10.0 { return finished(w, x); }
            w[0] += y;
        }
        w[0] *= x;
        finished(w, y)
    }
    value_given_in_a_loop(x, y, v) {
        let best;
        let mut w = v.to_vec();
        loop {
            let next = step(&w, 0.5);
            if (next[0] - w[0]).abs() < 0.1 { best = w; break; }
            w = next;
        }
        best[0] * best[1] * x + y
    }
    number_given_in_a_loop(x, y, v) {
        let root: f64;
        let mut t = v[0];
        loop {
            let next = 0.5 * t + x;
            if (next - t).abs() < 0.1 { root = next * y; break; }
            t = next;
        }
        root * root + x
    }
    pair_given_in_a_loop(x, y, v) {
        let (a, b);
        let mut t = v[0];
        loop {
            let next = 0.5 * t + x;
            if (next - t).abs() < 0.1 { (a, b) = (next * y, t); break; }
            t = next;
        }
        a * b + x
    }
    parts_of_a_collection_by_value(x, y, v) {
        let mut pairs = Vec::new();
        for v in v { pairs.push((v * x, v * v * y)); }
        let mut queue = VecDeque::with_capacity(3);
        for v in v { queue.push_front((v + x, y)); }
        let mut s = 0.0;
        for (v, (a, b)) in v.iter().zip(pairs.into_iter().rev()) { s += a * b * v; }
        for ((a, b), v) in queue.into_iter().zip(v) { s += a * b * v; }
        s
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Dry {
    day: usize,
}

#[differentiable(jvp, wrt(storage, k))]
fn day(storage: f64, rain: f64, k: f64, day: usize) -> Result<(f64, f64), Dry> {
    let available = storage + rain;
    if available < 0.0 {
        return Err(Dry { day });
    }
    let flow = k * available.powf(1.2);
    Ok((available - flow, flow))
}

/// The number of an item is handed on beside the state.
#[differentiable(jvp, wrt(storage, k))]
fn flows(storage: f64, k: f64, rain: &[f64]) -> Result<f64, Dry> {
    let mut storage = storage;
    let mut simulated = Vec::with_capacity(rain.len());
    for (i, &r) in rain.iter().enumerate() {
        let (next, flow) = day(storage, r, k, i)?;
        storage = next;
        simulated.push(flow);
    }
    Ok(simulated.iter().map(|flow| flow * flow).sum::<f64>() + storage)
}

#[differentiable(jvp, wrt(storage, k))]
fn known_flows(storage: f64, k: f64, rain: &[f64]) -> f64 {
    flows(storage, k, rain).unwrap_or(-1.0)
}

#[test]
fn steps_that_may_fail() {
    check!(known_flows, known_flows_grad, known_flows_grad_add, known_flows_vjp, known_flows_jvp;
        storage: 1.0, k: 0.2, rain: const &[0.5, 0.0, 1.2]);
    assert_eq!(flows_grad(1.0, 0.2, &[0.5, -7.0]), Err(Dry { day: 1 }));
}

#[derive(Clone, Differentiable)]
struct Filter {
    taps: Vec<f64>,
    gain: f64,
}

impl Filter {
    /// How wide the windows of what is given are follows from the filter.
    #[differentiable(jvp, wrt(self))]
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        x.windows(self.taps.len())
            .map(|w| self.gain * w.iter().zip(&self.taps).map(|(a, b)| a * b).sum::<f64>())
            .collect()
    }

    #[differentiable(jvp, wrt(self))]
    fn energy(&self, x: &[f64]) -> f64 {
        self.apply(x).iter().map(|y| y * y).sum()
    }
}

#[test]
fn windows_as_wide_as_a_field() {
    let filter = Filter { taps: vec![0.4, -0.7], gain: 1.3 };
    let x = [0.3, 1.0, -0.5, 0.8];
    let (value, gradient) = filter.energy_grad(&x);
    assert_eq!(value, filter.energy(&x));
    check_gradient(&filter, |filter| filter.energy(&x), &gradient).unwrap();
}

/// Elements that may not be there, behind the reference that `?` yields.
#[differentiable(jvp)]
fn elements(v: &[f64], first: usize) -> Result<f64, String> {
    let mut stack = Vec::new();
    stack.push(*v.get(first).ok_or_else(|| format!("nothing at {first}"))?);
    let x = *v.get(1).ok_or("too short".to_string())?;
    let top = *stack.last().ok_or_else(|| "empty".to_string())?;
    stack.push(top * x);
    let (Some(b), Some(a)) = (stack.pop(), stack.pop()) else {
        return Err("underflow".to_string());
    };
    Ok(a * b + x)
}

#[differentiable(jvp)]
fn known_elements(v: &[f64], first: usize) -> f64 {
    elements(v, first).unwrap_or(0.5)
}

#[test]
fn elements_that_may_be_missing() {
    check!(known_elements, known_elements_grad, known_elements_grad_add, known_elements_vjp, known_elements_jvp;
        v: &vec![0.7, -1.3, 0.4], first: const 2);
    assert_eq!(elements_grad(&[1.0], 0), Err("too short".to_owned()));
    assert_eq!(elements_grad(&[1.0], 3), Err("nothing at 3".to_owned()));
}
