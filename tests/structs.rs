//! Structs of parameters, and their methods.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Line {
    slope: f64,
    intercept: f64,
}

#[differentiable(jvp)]
fn line_at(p: &Line, x: f64) -> f64 {
    p.slope * x + p.intercept
}

#[differentiable(jvp, wrt(p))]
fn least_squares(p: &Line, xs: &[f64], ys: &[f64]) -> f64 {
    let mut loss = 0.0;
    for (x, y) in xs.iter().zip(ys) {
        let residual = p.slope * x + p.intercept - y;
        loss += residual * residual;
    }
    loss / xs.len() as f64
}

#[differentiable(jvp, wrt(p))]
fn least_squares_by_calls(p: &Line, xs: &[f64], ys: &[f64]) -> f64 {
    let mut loss = 0.0;
    for (&x, &y) in xs.iter().zip(ys) {
        let residual = line_at(p, x) - y;
        loss += residual * residual;
    }
    loss / xs.len() as f64
}

#[test]
fn fields() {
    let line = Line { slope: 0.5, intercept: -1.0 };
    check!(line_at, line_at_grad, line_at_grad_add, line_at_vjp, line_at_jvp; p: &line, x: 0.7);
    let (xs, ys) = ([0.0, 1.0, 2.0], [0.1, 0.9, 2.2]);
    check!(least_squares, least_squares_grad, least_squares_grad_add, least_squares_vjp, least_squares_jvp; p: &line, x: const &xs, y: const &ys);
    check!(least_squares_by_calls, least_squares_by_calls_grad, least_squares_by_calls_grad_add, least_squares_by_calls_vjp, least_squares_by_calls_jvp; p: &line, x: const &xs, y: const &ys);
    let (_, gradient) = line_at_grad(&line, 3.0);
    assert_eq!(gradient, (Line { slope: 3.0, intercept: 1.0 }, 0.5));
}

#[derive(Debug, Clone, Differentiable)]
struct Spring {
    stiffness: f64,
    rest: f64,
    ends: [usize; 2],
}

#[derive(Debug, Clone, Differentiable)]
struct Truss {
    nodes: Vec<[f64; 2]>,
    springs: Vec<Spring>,
    name: String,
    gravity: f64,
}

#[differentiable(jvp)]
fn truss_energy(t: &Truss) -> f64 {
    let mut energy = 0.0;
    for spring in &t.springs {
        let [a, b] = spring.ends;
        let dx = t.nodes[a][0] - t.nodes[b][0];
        let dy = t.nodes[a][1] - t.nodes[b][1];
        let stretch = dx.hypot(dy) - spring.rest;
        energy += 0.5 * spring.stiffness * stretch * stretch;
    }
    for node in t.nodes.iter() {
        energy += t.gravity * node[1];
    }
    energy
}

#[derive(Debug, Clone, Differentiable)]
struct Dense {
    weights: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

#[derive(Debug, Clone, Differentiable)]
struct Perceptron {
    layers: Vec<Dense>,
    output: Line,
    steepness: f32,
    leak: f64,
}

#[differentiable(jvp, wrt(net))]
fn forward(net: &Perceptron, x: &[f64]) -> f64 {
    let mut h = x.to_vec();
    for layer in &net.layers {
        let mut next = layer.bias.clone();
        for i in 0..next.len() {
            for j in 0..h.len() {
                next[i] += layer.weights[i][j] * h[j];
            }
            if next[i] < 0.0 {
                next[i] *= net.leak;
            }
        }
        h = next;
    }
    let mut sum = 0.0;
    for v in h {
        sum += v;
    }
    net.output.slope * sum + net.output.intercept * (net.steepness as f64)
}

#[derive(Debug, Clone, Differentiable)]
struct Network {
    v: Matrix,
    w: Vector,
    bias: f64,
}

#[differentiable(jvp, wrt(n))]
fn network_loss(n: &Network, x: &Vector, y: f64) -> f64 {
    let h = (&n.v * x).sigmoid();
    let residual = n.w.dot(&h) + n.bias - y;
    residual * residual
}

#[test]
fn nested() {
    let truss = Truss {
        nodes: vec![[0.0, 0.1], [1.0, 0.3], [0.4, 1.2]],
        springs: vec![
            Spring { stiffness: 2.0, rest: 0.9, ends: [0, 1] },
            Spring { stiffness: 1.5, rest: 1.1, ends: [1, 2] },
            Spring { stiffness: 0.7, rest: 1.0, ends: [2, 0] },
        ],
        name: "bridge".to_owned(),
        gravity: 0.3,
    };
    check!(truss_energy, truss_energy_grad, truss_energy_grad_add, truss_energy_vjp, truss_energy_jvp; t: &truss);
    let (_, gradient) = truss_energy_grad(&truss);
    assert_eq!((gradient.name.as_str(), gradient.springs[1].ends), ("bridge", [1, 2]));

    let net = Perceptron {
        layers: vec![
            Dense {
                weights: vec![vec![0.2, -0.4], vec![0.5, 0.3], vec![-0.6, 0.1]],
                bias: vec![0.1, 0.0, -0.2],
            },
            Dense { weights: vec![vec![0.7, 0.2, -0.9]], bias: vec![-0.3] },
        ],
        output: Line { slope: 1.5, intercept: 0.25 },
        steepness: 2.0,
        leak: 0.1,
    };
    let (value, gradient) = forward_grad(&net, &[0.8, -0.5]);
    assert_eq!(value, forward(&net, &[0.8, -0.5]));
    common::assert_gradient(&net, |net| forward(net, &[0.8, -0.5]), &gradient);

    let x = Vector::from([1.0, 2.0]);
    let network = Network {
        v: Matrix::from([[0.3, -0.2], [0.1, 0.4]]),
        w: Vector::from([0.5, -0.7]),
        bias: 0.1,
    };
    check!(network_loss, network_loss_grad, network_loss_grad_add, network_loss_vjp, network_loss_jvp; n: &network, x: const &x, y: const 0.3);
}

#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
struct Point(f64, f64);

#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
struct Segment {
    from: Point,
    to: Point,
}

#[differentiable(jvp)]
fn middle(s: Segment) -> Point {
    Point(0.5 * (s.from.0 + s.to.0), 0.5 * (s.from.1 + s.to.1))
}

#[differentiable(jvp)]
fn translated(p: Point, dx: f64, dy: f64) -> Point {
    let Point(x, y) = p;
    Point(x + dx, y + dy)
}

#[differentiable(jvp)]
fn bisected(s: Segment, t: f64) -> f64 {
    let m = middle(s);
    let shifted = translated(m, t, t * t);
    let half = Segment { from: s.from, to: shifted };
    let Segment { from, to } = half;
    (to.0 - from.0) * (to.1 - from.1) + m.0
}

#[differentiable(jvp)]
fn line_through(a: Point, b: Point) -> Line {
    let slope = (b.1 - a.1) / (b.0 - a.0);
    Line { slope, intercept: a.1 - slope * a.0 }
}

#[differentiable(jvp)]
fn crossing(a: Point, b: Point, c: Point, d: Point) -> f64 {
    let (first, second) = (line_through(a, b), line_through(c, d));
    (second.intercept - first.intercept) / (first.slope - second.slope)
}

#[differentiable(jvp)]
fn updated(line: &Line, step: f64) -> f64 {
    let mut moved = line.clone();
    moved.slope += step * moved.intercept;
    moved.intercept *= moved.slope;
    let turned = Line { slope: -1.0 / moved.slope, ..moved };
    turned.slope * turned.intercept + moved.slope
}

#[test]
fn made_by_functions() {
    let segment = Segment { from: Point(0.1, 0.2), to: Point(1.4, -0.8) };
    check!(bisected, bisected_grad, bisected_grad_add, bisected_vjp, bisected_jvp; s: segment, t: 0.3);
    check!(crossing, crossing_grad, crossing_grad_add, crossing_vjp, crossing_jvp; a: Point(0.1, 0.2), b: Point(1.4, -0.8), c: Point(0.0, 1.0), d: Point(1.0, 1.7));
    check!(updated, updated_grad, updated_grad_add, updated_vjp, updated_jvp; line: &Line { slope: 0.7, intercept: 1.2 }, step: 0.1);
    assert_pullback(
        &(Point(0.1, 0.2), Point(1.4, -0.8)),
        |&(a, b)| line_through(a, b),
        |&(a, b), d| {
            let (line, pullback) = line_through_vjp(a, b);
            (line, pullback(d))
        },
        |&(a, b), &(t_a, t_b)| line_through_jvp(a, b, t_a, t_b),
    );
}

/// Weights with their sizes.
#[derive(Clone, Differentiable)]
struct Filter {
    taps: Vec<f64>,
    length: usize,
    #[differentiable(skip)]
    causal: bool,
}

impl Filter {
    #[differentiable(jvp, wrt(self, signal))]
    fn energy(&self, signal: &[f64]) -> f64 {
        let half = self.length / 2;
        let mut sum = 0.0;
        for i in 0..signal.len() - self.length + 1 {
            let mut y = 0.0;
            for k in (0..self.length).rev() {
                y += self.taps[k] * signal[i + self.length - 1 - k];
            }
            if self.causal && i % self.length == half {
                y *= signal[i];
            }
            sum += y * y / (self.length + half) as f64;
        }
        sum * self.gain()
    }

    #[differentiable(jvp, wrt(self))]
    fn gain(&self) -> f64 {
        self.taps.iter().sum::<f64>() / self.length as f64
    }
}

#[differentiable(jvp)]
fn filtered(taps: &[f64], signal: &[f64]) -> f64 {
    let mut filter = Filter { taps: taps.to_vec(), length: 0, causal: true };
    for _ in 0..taps.len() {
        filter.length += 1;
    }
    filter.energy(signal)
}

#[test]
fn integers_beside_active_fields_are_counted_with() {
    let (taps, signal) = (vec![0.5, -0.2, 0.3], vec![0.1, 0.9, -0.4, 0.7, 0.2, 1.3]);
    check!(filtered, filtered_grad, filtered_grad_add, filtered_vjp, filtered_jvp; taps: &taps, signal: &signal);
}

/// Methods that take `self` by value and are called on references.
mod own_names_of_vectors {
    #![allow(clippy::all)]

    use crate::common::check;
    use backprop::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
    struct Step {
        x: f64,
        t: f64,
    }

    #[differentiable]
    impl Step {
        /// No Euclidean one.
        fn norm(self) -> f64 {
            self.t.abs() + self.x.abs()
        }

        #[differentiable(wrt(self, other))]
        fn dot(self, other: Step) -> f64 {
            self.t * other.t - self.x * other.x
        }

        #[differentiable(wrt(self, k))]
        fn scale(self, k: f64) -> Step {
            Step { x: self.x * k, ..self }
        }
    }

    #[differentiable]
    fn lengths(x: f64, t: f64) -> f64 {
        let mut steps = [Step { x, t }, Step { x: 2.0 * t, t: x * t }];
        for step in steps.iter_mut() {
            *step = step.scale(x);
        }
        let pairs: f64 = steps.iter().map(|a| a.dot(steps[1])).sum();
        steps.iter().map(|step| step.norm()).sum::<f64>() + pairs
    }

    #[test]
    fn the_prelude_takes_no_names_of_vectors() {
        check!(lengths, lengths_grad, lengths_grad_add, lengths_vjp; x: 1.3, t: 0.7);
        assert_eq!(lengths(1.0, 0.5), 1.5 + 1.5 + (0.25 - 1.0) + (0.25 - 1.0));
    }
}
