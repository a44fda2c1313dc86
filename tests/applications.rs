//! What applications are made of besides numbers: settings, shapes, lookups, tables.

#![allow(dead_code)] // Fields and methods that only the companions or only the originals use.

use std::collections::{BTreeMap, HashMap};

use backprop::prelude::*;

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Layer {
    weights: Vec<Vec<f64>>,
    biases: Vec<f64>,
    #[differentiable(skip)]
    name: &'static str,
    #[differentiable(skip)]
    note: Option<String>,
    depth: usize,
}

#[differentiable]
impl Layer {
    fn forward(&self, input: &[f64]) -> Vec<f64> {
        let linear = |row: &Vec<f64>, bias: &f64| -> f64 {
            row.iter().zip(input).map(|(w, x)| w * x).sum::<f64>() + bias
        };
        let last = self.name == "last" || self.depth > 3;
        let output = |row, bias| if last { linear(row, bias) } else { linear(row, bias).tanh() };
        self.weights.iter().zip(&self.biases).map(|(row, bias)| output(row, bias)).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Network {
    layers: Vec<Layer>,
}

impl Network {
    #[differentiable(wrt(self))]
    fn loss(&self, x: &[f64], y: f64) -> f64 {
        let mut values = x.to_vec();
        for layer in &self.layers {
            values = layer.forward(&values);
        }
        (values[0] - y).powi(2)
    }
}

/// A method without `wrt` may be called on a receiver that carries derivatives, skipped fields or not.
#[test]
fn receivers_with_skipped_fields() {
    let layer = |weights, biases, name| Layer { weights, biases, name, note: None, depth: 1 };
    let network = Network {
        layers: vec![
            layer(vec![vec![0.5, -0.25], vec![0.75, 1.0]], vec![0.1, -0.2], "first"),
            layer(vec![vec![1.5, -0.5]], vec![0.3], "last"),
        ],
    };
    let x = [0.7, -1.2];
    let (value, gradient) = network.loss_grad(&x, 0.4);
    assert_eq!(value.to_bits(), network.loss(&x, 0.4).to_bits());
    check_gradient(&network, |network| network.loss(&x, 0.4), &gradient).unwrap();
}

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Table {
    #[differentiable(skip)]
    knots: Vec<f64>,
    values: Vec<f64>,
    #[differentiable(skip)]
    scale: (f64, [f64; 2]),
}

#[differentiable(wrt(self, x))]
impl Table {
    fn at(&self, x: f64) -> f64 {
        let mut sum = self.scale.1[1];
        for (knot, value) in self.knots.iter().zip(&self.values) {
            sum += self.scale.0 * value * (-(x - knot) * (x - knot)).exp();
        }
        sum
    }
}

#[differentiable]
fn shifted(table: &Table, by: f64, x: f64) -> f64 {
    let moved = Table {
        knots: table.knots.iter().map(|knot| knot + by).collect(),
        values: table.values.clone(),
        scale: (by * by, table.scale.1),
    };
    let mut tables = vec![moved];
    tables.push(table.clone());
    tables[0].scale.1[1] += by;
    tables.iter().map(|table| table.at(x)).sum()
}

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct FineTuned {
    #[differentiable(skip)]
    frozen: Network,
    head: f64,
}

#[differentiable(wrt(self))]
impl FineTuned {
    fn value(&self, x: &[f64]) -> f64 {
        self.head * self.frozen.loss(x, 0.0).sqrt()
    }
}

#[test]
fn frozen_parts() {
    let layer = Layer {
        weights: vec![vec![0.5, -0.25]],
        biases: vec![0.1],
        name: "last",
        note: None,
        depth: 1,
    };
    let model = FineTuned { frozen: Network { layers: vec![layer] }, head: 1.5 };
    let (value, gradient) = model.value_grad(&[0.3, 0.8]);
    assert_eq!(gradient.to_flat_vec(), [value / model.head]);
}

/// Skipped numbers are not trained, and derivatives flow through them all the same.
#[test]
fn skipped_numbers() {
    let table = Table {
        knots: vec![0.0, 0.5, 1.5],
        values: vec![1.0, -2.0, 0.5],
        scale: (2.0, [0.1, 0.2]),
    };
    let (_, (gradient, d_x)) = table.at_grad(0.3);
    check_gradient(&(table.clone(), 0.3), |(table, x)| table.at(*x), &(gradient.clone(), d_x))
        .unwrap();
    // Those that train see only what is trained.
    assert_eq!(gradient.to_flat_vec().len(), 3);
    let mut trained = table.clone();
    trained.add_scaled(-0.1, &gradient);
    assert_eq!((&trained.knots, &trained.scale), (&table.knots, &table.scale));
    assert_ne!(trained.values, table.values);

    let (value, (gradient, d_by, d_x)) = shifted_grad(&table, 0.4, 0.3);
    assert_eq!(value.to_bits(), shifted(&table, 0.4, 0.3).to_bits());
    let at = (table, 0.4, 0.3);
    check_gradient(&at, |(table, by, x)| shifted(table, *by, *x), &(gradient, d_by, d_x)).unwrap();
}

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Tensor {
    data: Vec<f64>,
    shape: [usize; 2],
    stride: (usize, usize),
}

#[differentiable]
impl Tensor {
    fn at(&self, y: usize, x: usize) -> f64 {
        self.data[y * self.stride.0 + x * self.stride.1]
    }
}

#[differentiable]
fn pooled(input: &Tensor) -> Tensor {
    let [height, width] = input.shape;
    let (rows, columns) = (height / 2, width / 2);
    let mut out =
        Tensor { data: vec![0.0; rows * columns], shape: [rows, columns], stride: (columns, 1) };
    for y in 0..out.shape[0] {
        for x in 0..out.shape[1] {
            for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                out.data[y * columns + x] += input.at(2 * y + dy, 2 * x + dx).powi(2) / 4.0;
            }
        }
    }
    out.shape[0] += 0;
    out
}

#[differentiable]
fn energy(input: &Tensor) -> f64 {
    let once = pooled(input);
    let [n, m] = once.shape;
    let mut sum = 0.0;
    for y in 0..n {
        for x in 0..m {
            sum += once.at(y, x) * (y + 2 * x) as f64;
        }
    }
    sum
}

#[test]
fn shapes() {
    let data = (0..16).map(|i| f64::from(i) * 0.25 - 1.0).collect();
    let tensor = Tensor { data, shape: [4, 4], stride: (4, 1) };
    let (value, gradient) = energy_grad(&tensor);
    assert_eq!(value.to_bits(), energy(&tensor).to_bits());
    check_gradient(&tensor, energy, &gradient).unwrap();
}

struct Graph {
    edges: Vec<(usize, usize)>,
}

impl Graph {
    fn neighbours(&self, of: usize) -> impl Iterator<Item = usize> + '_ {
        self.edges.iter().filter(move |edge| edge.0 == of).map(|edge| edge.1)
    }
}

/// An iterator of the user's own that carries nothing is iterated as it is.
#[differentiable]
fn diffused(graph: &Graph, values: &[f64], rounds: usize) -> f64 {
    let mut values = values.to_vec();
    for _ in 0..rounds {
        let mut next = vec![0.0; values.len()];
        for (i, slot) in next.iter_mut().enumerate() {
            for j in graph.neighbours(i) {
                *slot += (values[j] - values[i]).sin();
            }
        }
        values = next;
    }
    values.iter().map(|v| v * v).sum()
}

#[test]
fn iterators_of_the_users_own() {
    let graph = Graph { edges: vec![(0, 1), (1, 2), (2, 0), (0, 2)] };
    let values = vec![0.3, -0.8, 1.1];
    let (_, gradient) = diffused_grad(&graph, &values, 3);
    check_gradient(&values, |values| diffused(&graph, values, 3), &gradient).unwrap();
}

#[differentiable]
trait Stepper {
    const STAGES: usize;
    fn step(x: f64, v: f64, h: f64) -> f64;
}

struct Euler;
struct Midpoint;

#[differentiable]
impl Stepper for Euler {
    const STAGES: usize = 1;
    fn step(x: f64, v: f64, h: f64) -> f64 {
        x + h * v * x
    }
}

#[differentiable]
impl Stepper for Midpoint {
    const STAGES: usize = 2;
    fn step(x: f64, v: f64, h: f64) -> f64 {
        let half = x + 0.5 * h * v * x;
        x + h * v * half
    }
}

/// A type parameter that gives constants and no values is no number.
#[differentiable]
fn integrated<S: Stepper>(x: f64, v: f64) -> f64 {
    let n = 8 / S::STAGES;
    (0..n).fold(x, |x, _| S::step(x, v, 1.0 / n as f64))
}

#[differentiable]
fn steppers(x: f64, v: f64) -> f64 {
    integrated::<Euler>(x, v) - integrated::<Midpoint>(x, v)
}

#[test]
fn constants_of_models() {
    let (_, gradient) = steppers_grad(0.7, 0.4);
    check_gradient(&(0.7, 0.4), |(x, v)| steppers(*x, *v), &gradient).unwrap();
}

/// Maps have no gradient: nobody means them.
#[differentiable]
fn looked_up(x: f64, rates: &HashMap<String, f64>, days: &BTreeMap<u32, Vec<f64>>) -> f64 {
    let mut total = rates.get("base").copied().unwrap_or(1.0) * x;
    for (day, values) in days {
        total += values.iter().map(|v| (v * x).sin()).sum::<f64>() / f64::from(*day);
    }
    total
}

#[test]
fn maps_outside_wrt() {
    let rates = HashMap::from([("base".to_owned(), 0.25)]);
    let days = BTreeMap::from([(1, vec![0.5, 0.75]), (3, vec![1.5])]);
    let (_, d_x): (f64, f64) = looked_up_grad(0.8, &rates, &days);
    check_gradient(&0.8, |x| looked_up(*x, &rates, &days), &d_x).unwrap();
}

#[derive(Debug, PartialEq)]
struct Underflow;

#[derive(Debug, Clone, Copy)]
enum Op {
    Push(f64),
    Load,
    Double,
    Multiply,
}

fn parsed(word: &str) -> Option<Op> {
    match word {
        "x" => Some(Op::Load),
        "dup" => Some(Op::Double),
        "*" => Some(Op::Multiply),
        number => number.parse().ok().map(Op::Push),
    }
}

#[differentiable(wrt(x))]
impl Op {
    fn applied(&self, x: f64, stack: &mut Vec<f64>) -> Result<(), Underflow> {
        match self {
            Op::Push(number) => stack.push(*number),
            Op::Load => stack.push(x),
            Op::Double => {
                let top = *stack.last().ok_or(Underflow)?;
                stack.push(top);
            }
            Op::Multiply => {
                let b = stack.pop().ok_or(Underflow)?;
                let a = stack.pop().ok_or(Underflow)?;
                stack.push(a * b);
            }
        }
        Ok(())
    }
}

/// What is parsed out of a text that is not differentiated carries nothing, whatever it is given.
#[differentiable(wrt(x))]
fn evaluated(program: &str, x: f64) -> Result<f64, Underflow> {
    let mut stack = Vec::new();
    for (at, word) in program.split(' ').map(str::trim).enumerate() {
        let Some(op) = parsed(word) else {
            assert!(at > 0, "a program begins with an operation");
            continue;
        };
        op.applied(x, &mut stack)?;
    }
    stack.pop().ok_or(Underflow)
}

#[test]
fn machines() {
    let program = "x dup * nothing x * 3.5 *";
    let (value, d_x) = evaluated_grad(program, 0.75).unwrap();
    assert_eq!(value, evaluated(program, 0.75).unwrap());
    check_gradient(&0.75, |x| evaluated(program, *x).unwrap(), &d_x).unwrap();
    assert_eq!(evaluated_grad("x *", 1.0), Err(Underflow));
}
