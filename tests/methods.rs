//! Methods, associated functions and trait-free objects with parameters inside.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Oscillator {
    stiffness: f64,
    damping: f64,
    mass: f64,
    steps: usize,
}

impl Oscillator {
    const STEP: f64 = 0.05;

    #[differentiable(jvp, wrt(self, x))]
    fn force(&self, x: f64, v: f64) -> f64 {
        -self.stiffness * x - self.damping * v
    }

    #[differentiable(jvp, wrt(self, x, v))]
    fn acceleration(&self, x: f64, v: f64) -> f64 {
        let spring = -self.stiffness * x;
        let friction = -self.damping * v * v.abs();
        (spring + friction) / self.mass
    }

    #[differentiable(jvp, wrt(x, v))]
    fn kinetic(&self, x: f64, v: f64) -> f64 {
        0.5 * self.mass * v * v + 0.5 * self.stiffness * x * x
    }

    #[differentiable(jvp, wrt(self, start))]
    fn simulate(&self, start: f64) -> f64 {
        let mut x = start;
        let mut v = 0.0;
        for _ in 0..self.steps {
            let a = self.acceleration(x, v);
            v += Self::STEP * a;
            x += Oscillator::STEP * v;
        }
        x
    }

    #[differentiable(jvp, associated)]
    fn period(stiffness: f64, mass: f64) -> f64 {
        std::f64::consts::TAU * (mass / stiffness).sqrt()
    }

    #[differentiable(jvp, wrt(self))]
    fn natural_period(&self) -> f64 {
        Self::period(self.stiffness, self.mass) * 2.0 + Oscillator::period(self.mass, 1.0)
    }

    #[differentiable(jvp)]
    fn critical(stiffness: f64, mass: f64) -> Oscillator {
        let damping = 2.0 * (stiffness * mass).sqrt();
        Self { stiffness, damping, mass, steps: 10 }
    }

    #[differentiable(jvp)]
    fn critical_position(stiffness: f64, mass: f64) -> f64 {
        let oscillator = Self::critical(stiffness, mass);
        oscillator.simulate(1.0) + oscillator.damping
    }
}

/// A method whose receiver is not in `wrt`, but carries derivatives where it is called.
#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
struct Phase(f64, f64);

#[differentiable(jvp)]
impl Phase {
    fn dot(&self, other: &Phase) -> f64 {
        self.0 * other.0 + self.1 * other.1
    }

    fn turned(self, angle: f64) -> Phase {
        let (s, c) = angle.sin_cos();
        Phase(c * self.0 - s * self.1, s * self.0 + c * self.1)
    }
}

#[differentiable(jvp)]
fn turned_onto(x: f64, y: f64, angle: f64) -> f64 {
    let phase = Phase(x, x * y);
    phase.turned(angle).dot(&Phase(y, 1.0)) * phase.dot(&phase)
}

#[test]
fn receivers_that_only_callers_differentiate() {
    check!(turned_onto, turned_onto_grad, turned_onto_grad_add, turned_onto_vjp, turned_onto_jvp;
        x: 0.7, y: -1.3, angle: 0.4);
    // For users the receiver is fixed.
    let (phase, other) = (Phase(1.0, 2.0), Phase(3.0, 4.0));
    assert_eq!(phase.dot_jvp(&other, &Phase(1.0, 0.0)), (11.0, 1.0));
    assert_eq!(phase.dot_grad(&other), (11.0, phase));
}

#[test]
fn on_self() {
    let o = Oscillator { stiffness: 2.0, damping: 0.3, mass: 1.5, steps: 7 };
    check!(Oscillator::force, Oscillator::force_grad, Oscillator::force_grad_add, Oscillator::force_vjp, Oscillator::force_jvp; o: &o, x: 0.4, v: const 0.2);
    check!(Oscillator::acceleration, Oscillator::acceleration_grad, Oscillator::acceleration_grad_add, Oscillator::acceleration_vjp, Oscillator::acceleration_jvp; o: &o, x: 0.4, v: -0.2);
    check!(Oscillator::simulate, Oscillator::simulate_grad, Oscillator::simulate_grad_add, Oscillator::simulate_vjp, Oscillator::simulate_jvp; o: &o, start: 0.8);
    check!(Oscillator::natural_period, Oscillator::natural_period_grad, Oscillator::natural_period_grad_add, Oscillator::natural_period_vjp, Oscillator::natural_period_jvp; o: &o);
    check!(Oscillator::period, Oscillator::period_grad, Oscillator::period_grad_add, Oscillator::period_vjp, Oscillator::period_jvp; k: 2.0, m: 0.7);
    check!(Oscillator::critical_position, Oscillator::critical_position_grad, Oscillator::critical_position_grad_add, Oscillator::critical_position_vjp, Oscillator::critical_position_jvp; k: 2.0, m: 0.7);

    let (value, (dx, dv)) = o.kinetic_grad(0.5, 2.0);
    assert_eq!((value, dx, dv), (o.kinetic(0.5, 2.0), 1.0, 3.0));
    let mut sum = o.zero_like();
    let mut d_start = 0.0;
    for start in [0.1, 0.2] {
        o.simulate_grad_add(start, &mut sum, &mut d_start);
    }
    let each = [0.1, 0.2].map(|start| o.simulate_grad(start).1.0.stiffness);
    assert!((sum.stiffness - each[0] - each[1]).abs() < 1e-15);
}

#[derive(Debug, Clone, Differentiable)]
struct Dense {
    weights: Matrix,
    bias: Vector,
}

impl Dense {
    #[differentiable(jvp, wrt(self, x))]
    fn apply(&self, x: &Vector) -> Vector {
        (&self.weights * x + &self.bias).tanh()
    }

    #[differentiable(jvp, wrt(self))]
    fn penalty(&self) -> f64 {
        self.weights.norm_squared() + 0.1 * self.bias.norm_squared()
    }
}

#[derive(Debug, Clone, Differentiable)]
struct Network {
    layers: Vec<Dense>,
    head: Dense,
    scale: f64,
}

impl Network {
    #[differentiable(jvp, wrt(self, x))]
    fn output(&self, x: &Vector) -> f64 {
        let mut h = x.clone();
        for layer in &self.layers {
            h = layer.apply(&h);
        }
        let out = self.head.apply(&h);
        self.scale * out[0]
    }

    #[differentiable(jvp, wrt(self))]
    fn loss(&self, inputs: &[Vector], targets: &[f64], weight_decay: f64) -> f64 {
        let mut loss = 0.0;
        for (x, y) in inputs.iter().zip(targets) {
            let residual = self.output(x) - y;
            loss += residual * residual;
        }
        for i in 0..self.layers.len() {
            loss += weight_decay * self.layers[i].penalty();
        }
        loss + weight_decay * self.head.penalty()
    }
}

#[test]
fn layers() {
    let dense = |rows: usize, columns: usize, phase: f64| Dense {
        weights: Matrix::from_fn(rows, columns, |i, j| (phase + (3 * i + j) as f64).sin()),
        bias: Vector::from_fn(rows, |i| (phase + 0.3 * i as f64).cos()),
    };
    let network = Network {
        layers: vec![dense(3, 2, 0.1), dense(4, 3, 0.2)],
        head: dense(1, 4, 0.3),
        scale: 1.3,
    };
    let inputs = [Vector::from([0.2, 0.9]), Vector::from([-0.4, 0.3])];
    check!(Network::output, Network::output_grad, Network::output_grad_add, Network::output_vjp, Network::output_jvp; n: &network, x: &inputs[0]);
    check!(Network::loss, Network::loss_grad, Network::loss_grad_add, Network::loss_vjp, Network::loss_jvp; n: &network, x: const &inputs, y: const &[0.5, -0.5], d: const 0.01);
}

#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    #[differentiable(jvp, wrt(self, other))]
    fn times(self, other: Complex) -> Complex {
        Complex {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    #[differentiable(jvp, wrt(self, other))]
    fn plus(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    #[differentiable(jvp, wrt(self))]
    fn norm_squared(self) -> f64 {
        self.re * self.re + self.im * self.im
    }
}

#[differentiable(jvp)]
fn mandelbrot(c: Complex, iterations: usize) -> f64 {
    let mut z = Complex { re: 0.0, im: 0.0 };
    for _ in 0..iterations {
        z = z.times(z).plus(c);
        if z.re > 100.0 {
            break;
        }
    }
    z.re * 0.5 + z.im * z.im
}

#[derive(Debug, Clone, Differentiable)]
struct Polynomial<const N: usize> {
    c: [f64; N],
}

impl<const N: usize> Polynomial<N> {
    #[differentiable(jvp, wrt(self, x))]
    fn at(&self, x: f64) -> f64 {
        let mut y = 0.0;
        for i in (0..N).rev() {
            y = y * x + self.c[i];
        }
        y
    }

    #[differentiable(jvp, wrt(self))]
    fn root_near(&self, guess: f64) -> f64 {
        let mut x = guess;
        for _ in 0..6 {
            let slope = (self.at(x + 1e-2) - self.at(x - 1e-2)) / 2e-2;
            x -= self.at(x) / slope;
        }
        x
    }
}

#[test]
fn small_types() {
    check!(mandelbrot, mandelbrot_grad, mandelbrot_grad_add, mandelbrot_vjp, mandelbrot_jvp; c: Complex { re: 0.2, im: -0.4 }, n: const 5);
    check!(mandelbrot, mandelbrot_grad, mandelbrot_grad_add, mandelbrot_vjp, mandelbrot_jvp; c: Complex { re: 0.2, im: -0.4 }, n: const 0);
    check!(Polynomial::at, Polynomial::at_grad, Polynomial::at_grad_add, Polynomial::at_vjp, Polynomial::at_jvp; p: &Polynomial { c: [0.5, -1.0, 2.0, 0.3] }, x: 0.7);
    check!(Polynomial::root_near, Polynomial::root_near_grad, Polynomial::root_near_grad_add, Polynomial::root_near_vjp, Polynomial::root_near_jvp; p: &Polynomial { c: [-2.0, 0.1, 1.0] }, g: const 1.0);
}

#[derive(Clone, Copy, Differentiable)]
struct Turn {
    re: f64,
    im: f64,
}

impl Turn {
    /// Nothing but `self` can carry a derivative.
    #[differentiable(jvp)]
    fn norm(&self, root: bool) -> f64 {
        let square = self.re * self.re + self.im * self.im;
        if root { square.sqrt() } else { square }
    }
}

#[test]
fn a_method_of_nothing_else_is_differentiated_with_respect_to_self() {
    let (value, gradient) = Turn { re: 3.0, im: 4.0 }.norm_grad(false);
    assert_eq!((value, gradient.re, gradient.im), (25.0, 6.0, 8.0));
}

#[derive(Clone, Copy, Differentiable)]
struct Vec2 {
    x: f64,
    y: f64,
}

#[differentiable]
impl Vec2 {
    fn new(x: f64, y: f64) -> Self {
        Vec2 { x, y }
    }

    fn dot(self, other: Vec2) -> f64 {
        self.x * other.x + self.y * other.y
    }

    fn stretched(&self, by: f64) -> Self {
        Self::new(self.x * by, self.y / by)
    }

    /// Nothing here can be followed with respect to `self`.
    fn labelled(&self, by: f64) -> f64 {
        let digits = format!("{}", self.x).len();
        by * digits as f64
    }
}

#[differentiable]
fn of_receivers(a: f64, b: f64) -> f64 {
    let v = Vec2::new(a, b);
    let mut sum = 0.0;
    for i in 1..4 {
        sum += v.stretched(a * i as f64).dot(v) * v.dot(Vec2::new(b, i as f64));
    }
    sum
}

#[test]
fn receivers_outside_wrt_by_default_carry_derivatives() {
    check!(of_receivers, of_receivers_grad, of_receivers_grad_add, of_receivers_vjp; a: 0.7, b: 1.3);
    let (v, w) = (Vec2::new(1.0, 2.0), Vec2::new(3.0, 4.0));
    let (value, d_w) = v.dot_grad(w);
    assert_eq!((value, d_w.x, d_w.y), (11.0, 1.0, 2.0));
    assert_eq!(v.labelled_grad(2.0), (2.0, 1.0));
    let (_, pullback) = v.stretched_vjp(2.0);
    assert_eq!(pullback(Vec2::new(1.0, 0.0)), 1.0);
}

/// A receiver that callers have derivatives for, and users do not ask them of.
#[derive(Clone, Copy, Debug, Differentiable)]
struct Arrow {
    x: f64,
    y: f64,
}

#[differentiable(jvp)]
impl Arrow {
    fn dot(&self, other: &Arrow) -> f64 {
        self.x * other.x + self.y * other.y
    }

    fn length(&self) -> f64 {
        self.dot(self).sqrt()
    }
}

#[test]
fn the_tangent_of_a_receiver_that_is_not_asked_for_is_zero() {
    let (a, b) = (Arrow { x: 3.0, y: 4.0 }, Arrow { x: 1.0, y: 2.0 });
    assert_eq!(a.dot_jvp(&b, &Arrow { x: 10.0, y: 1.0 }), (11.0, 34.0));
    check!(
        Arrow::dot, Arrow::dot_grad, Arrow::dot_grad_add, Arrow::dot_vjp, Arrow::dot_jvp;
        a: const &a, b: &b
    );
    let (length, slope) = a.length_jvp(&b);
    assert_eq!((length, slope), (5.0, 11.0 / 5.0));
}
