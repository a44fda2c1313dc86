//! References to what the reverse is not given again: found in maps, taken from local collections,
//! kept side by side.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic)]

mod common;

use std::collections::{BTreeMap, HashMap};

use backprop::prelude::*;
use common::check;

/// A penalty whose weights are looked up by name.
#[differentiable(jvp, wrt(params))]
fn penalty(params: &[f64], weights: &HashMap<String, f64>, order: &[String]) -> f64 {
    let mut loss = 0.0;
    for (name, p) in order.iter().zip(params) {
        let k = &weights[name];
        loss += k * p * p;
        if let Some(w) = weights.get(name) {
            loss += w * p.sin();
        }
        loss += match weights.get("missing") {
            Some(w) => w * p,
            None => p.cos(),
        };
    }
    loss
}

/// Residuals of groups that the function makes itself, whose names are borrowed.
#[differentiable(jvp, wrt(theta))]
fn grouped(theta: &[f64], rows: &[(&str, f64)]) -> f64 {
    let mut groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (name, value) in rows {
        groups.entry(name).or_default().push(*value);
    }
    let index: HashMap<&str, usize> = groups.keys().enumerate().map(|(i, k)| (*k, i)).collect();
    let mut loss = 0.0;
    for (name, values) in &groups {
        let mu = theta[index[name]];
        for v in values {
            loss += (v - mu).powi(2);
        }
        if let Some(&i) = index.get(name) {
            loss += 0.1 * theta[i].abs();
        }
    }
    match rows.iter().map(|r| r.1).max_by(|a, b| a.total_cmp(b)) {
        Some(top) => loss / top,
        None => loss,
    }
}

/// The smoothness of values on a graph that is given by its edges.
#[differentiable(jvp, wrt(u))]
fn smoothness(u: &[f64], edges: &[(usize, usize, f64)]) -> f64 {
    let mut neighbours: HashMap<usize, Vec<(usize, f64)>> = HashMap::new();
    for &(a, b, w) in edges {
        neighbours.entry(a).or_default().push((b, w));
        neighbours.entry(b).or_default().push((a, w));
    }
    let mut sum = 0.0;
    for i in 0..u.len() {
        if let Some(near) = neighbours.get(&i) {
            for (j, w) in near {
                sum += w * (u[i] - u[*j]).powi(2);
            }
        }
    }
    sum
}

/// Words borrowed from a text.
#[differentiable(jvp, wrt(weights))]
fn bigrams(text: &str, weights: &[f64]) -> f64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut sum = 0.0;
    for pair in words.windows(2) {
        sum += weights[pair[0].len()] * weights[pair[1].len()].exp();
    }
    sum / words.len() as f64
}

struct Model {
    scale: f64,
    table: Vec<(String, f64)>,
}

impl Model {
    fn find(&self, name: &str) -> Option<&f64> {
        self.table.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// What a method of the caller's own finds.
#[differentiable(jvp, wrt(x))]
fn looked_up(model: &Model, names: &[&str], x: &[f64]) -> f64 {
    let Model { scale, table } = model;
    let first = table.first().unwrap();
    let mut sum = 0.0;
    for (name, v) in names.iter().zip(x) {
        if let Some(c) = model.find(name) {
            sum += c * v * v * scale;
        } else {
            sum += v * v * v;
        }
    }
    sum * first.1
}

/// Parts of a local vector that moves into the pullback.
#[differentiable(jvp)]
fn constants(x: &[f64]) -> f64 {
    let c = vec![0.5, 1.5, 2.5];
    let (a, b) = (&c[0], &c[1]);
    let (first, rest) = c.split_first().unwrap();
    let top = c.iter().max_by(|a: &&f64, b: &&f64| a.total_cmp(b)).unwrap();
    let mut sum = x[0] * first;
    for (c, v) in rest.iter().zip(&x[1..]) {
        sum += c * v * sum * a;
    }
    sum * b + top * x[0]
}

/// A reference whose owner changes before the reverse runs.
#[differentiable(jvp)]
fn before_a_change(x: f64, y: f64) -> f64 {
    let mut m = HashMap::new();
    m.insert("a", 2.0);
    let s = match m.get("a") {
        Some(k) => y * k,
        None => x,
    };
    m.insert("a", 3.0);
    s * m["a"] * x * s
}

/// Slices side by side.
#[differentiable(jvp)]
fn blocks(x: &[f64], y: &[f64]) -> f64 {
    let (head, tail) = x.split_at(2);
    let mut sum = 0.0;
    for part in [head, tail, y] {
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        sum += mean * mean;
    }
    let rows: [&[f64]; 2] = [&x[..2], &y[1..]];
    for row in rows.iter() {
        sum += row[0] * row[0] * sum;
    }
    let pieces: Vec<&[f64]> = x.chunks(2).collect();
    for i in 1..pieces.len() {
        sum += pieces[i][0] * pieces[i - 1][1];
    }
    let mut ends = [&x[0], &y[0]];
    ends.swap(0, 1);
    sum + ends[0] * ends[0] * ends[1]
}

#[differentiable(jvp)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Calls that are given references out of a vector of them.
#[differentiable(jvp)]
fn gram(x: &[f64]) -> f64 {
    let basis: Vec<&[f64]> = vec![&x[0..2], &x[2..4]];
    let mut sum = 0.0;
    for a in &basis {
        for b in &basis {
            sum += dot(a, b);
        }
    }
    sum * basis[0][0]
}

/// References into vectors that grow afterwards.
#[differentiable(jvp)]
fn history(v: &[f64]) -> f64 {
    let mut steps: Vec<Vec<f64>> = Vec::new();
    let mut slopes: Vec<Vec<f64>> = Vec::new();
    let mut g = 1.0;
    for k in 0..3 {
        if let (Some(s), Some(y)) = (steps.last(), slopes.last()) {
            g = dot(s, y) / dot(y, y);
        }
        steps.push(v.iter().map(|x| x * g).collect());
        slopes.push(v.iter().map(|x| x * x + g + k as f64).collect());
    }
    g
}

/// One of two parameters, chosen by a flag.
#[differentiable(jvp)]
fn chosen(x: &[f64], y: &[f64], swap: bool) -> f64 {
    let (long, short) = if swap { (y, x) } else { (x, y) };
    let mut sum = 0.0;
    for (i, v) in short.iter().enumerate() {
        sum += v * long[i] * long[i];
    }
    sum
}

/// Elements that may not be there.
#[differentiable(jvp)]
fn defaults(x: &[f64], k: usize) -> f64 {
    let fallback = 0.5;
    let v = x.get(k).unwrap_or(&fallback);
    let w = x.get(1).unwrap_or(&1.0);
    v * w * w
}

#[test]
fn found_in_maps() {
    let weights = HashMap::from([("a".to_string(), 2.0), ("b".to_string(), 0.5)]);
    let order = ["b".to_string(), "a".to_string()];
    let params = vec![0.7, 1.3];
    check!(penalty, penalty_grad, penalty_grad_add, penalty_vjp, penalty_jvp; params: & params, weights: const &weights, order: const &order);
    let rows = [("a", 1.0), ("b", 2.0), ("a", 1.5), ("c", -0.5)];
    let theta = vec![0.4, -0.3, 0.8];
    check!(grouped, grouped_grad, grouped_grad_add, grouped_vjp, grouped_jvp; theta: & theta, rows: const &rows);
    let edges = [(0, 1, 0.5), (1, 2, 2.0)];
    check!(smoothness, smoothness_grad, smoothness_grad_add, smoothness_vjp, smoothness_jvp; u: & theta, edges: const &edges);
    let weights = vec![0.7, 1.3, -0.4, 0.9];
    check!(bigrams, bigrams_grad, bigrams_grad_add, bigrams_vjp, bigrams_jvp; text: const "a bb ccc a", weights: & weights);
    let model = Model { scale: 1.5, table: vec![("a".into(), 2.0)] };
    let names = ["a", "q"];
    check!(looked_up, looked_up_grad, looked_up_grad_add, looked_up_vjp, looked_up_jvp; model: const &model, names: const &names, x: & params);
}

#[test]
fn out_of_locals() {
    check!(constants, constants_grad, constants_grad_add, constants_vjp, constants_jvp; x: & vec![0.7, 1.3, -0.4]);
    check!(before_a_change, before_a_change_grad, before_a_change_grad_add, before_a_change_vjp, before_a_change_jvp; x: 0.7, y: 1.3);
    check!(history, history_grad, history_grad_add, history_vjp, history_jvp; v: & vec![0.7, 1.3, -0.4]);
}

#[test]
fn side_by_side() {
    let (x, y) = (vec![0.7, 1.3, -0.4, 0.9], vec![0.2, -0.6]);
    check!(blocks, blocks_grad, blocks_grad_add, blocks_vjp, blocks_jvp; x: & x, y: & y);
    check!(gram, gram_grad, gram_grad_add, gram_vjp, gram_jvp; x: & x);
    for swap in [true, false] {
        let (x, y) = (vec![0.7, 1.3], vec![-0.4, 0.9]);
        check!(chosen, chosen_grad, chosen_grad_add, chosen_vjp, chosen_jvp; x: & x, y: & y, swap: const swap);
    }
    for k in [0, 9] {
        check!(defaults, defaults_grad, defaults_grad_add, defaults_vjp, defaults_jvp; x: & x, k: const k);
    }
}
