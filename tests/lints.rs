//! Expansions under the strictest lints: `cargo clippy --all-targets` must find nothing here.

#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![allow(clippy::suboptimal_flops)]
#![forbid(unsafe_code)]

use backprop::prelude::*;

/// A straight line.
#[derive(Debug, Clone, PartialEq, Differentiable)]
pub struct Line {
    /// Height per width.
    pub slope: f64,
    /// Height at 0.
    pub height: f64,
    /// What it is called.
    #[differentiable(skip)]
    pub name: String,
}

impl Line {
    /// The height at `x`.
    #[must_use]
    #[differentiable(wrt(self, x))]
    pub fn at(&self, x: f64) -> f64 {
        self.slope.mul_add(x, self.height)
    }
}

/// One of several shapes of a value.
#[derive(Debug, Clone, Differentiable)]
pub enum Layer {
    /// Weights and offsets.
    Dense(Vec<f64>, f64),
    /// Nothing to learn.
    Fixed,
}

/// The mean squared error of a line.
///
/// # Panics
/// If there are not as many heights as positions.
#[must_use]
#[differentiable(wrt(line))]
pub fn error(line: &Line, xs: &[f64], ys: &[f64]) -> f64 {
    assert_eq!(xs.len(), ys.len());
    let mut sum = 0.0;
    for (x, y) in xs.iter().zip(ys) {
        let residual = line.at(*x) - y;
        sum += residual * residual;
    }
    sum / 3.0
}

/// The hinge loss of a linear classifier.
#[must_use]
#[differentiable(wrt(w))]
pub fn hinge(w: &Vector, phi: &Vector, y: f64) -> f64 {
    (1.0 - w.dot(phi) * y).max(0.0)
}

/// A small network.
#[must_use]
#[differentiable(wrt(v, w))]
pub fn network(x: &Vector, v: &Matrix, w: &Vector) -> f64 {
    let h = (v * x).sigmoid();
    w.dot(&h)
}

/// A recursive power.
#[must_use]
#[differentiable]
pub fn power(x: f64, n: u32) -> f64 {
    if n == 0 {
        return 1.0;
    }
    x * power(x, n - 1)
}

/// A result with several parts.
#[must_use]
#[differentiable]
pub fn parts(x: f64, y: f64) -> (f64, [f64; 2]) {
    (x * y, [x.sin(), y.cos()])
}

/// What a loop leaves early.
#[must_use]
#[differentiable]
pub fn grown(x: f64, limit: f64) -> f64 {
    let mut y = x;
    for step in 0..100 {
        if y > limit {
            break;
        }
        if step % 3 == 0 {
            continue;
        }
        y *= x;
    }
    y
}

/// What depends on a number.
#[must_use]
#[differentiable(wrt(x))]
pub fn chosen(x: f64, kind: u8) -> f64 {
    match kind {
        0 => x,
        1..=3 => x.sqrt(),
        _ => 1.0 / x,
    }
}

/// What can be scaled.
#[differentiable(jvp)]
pub trait Scale {
    /// The size at `x`.
    #[differentiable(jvp, wrt(self, x))]
    fn size(&self, x: f64) -> f64;

    /// The size at twice `x`.
    #[differentiable(jvp, wrt(self, x))]
    fn doubled(&self, x: f64) -> f64 {
        self.size(2.0 * x) * 0.5
    }

    /// The name, which nobody differentiates.
    #[differentiable(skip)]
    fn label(&self) -> String;
}

#[differentiable(jvp)]
impl Scale for Line {
    #[differentiable(jvp, wrt(self, x))]
    fn size(&self, x: f64) -> f64 {
        self.slope * x + self.height
    }

    #[differentiable(skip)]
    fn label(&self) -> String {
        self.name.clone()
    }
}

/// The total of what anything scales to.
#[must_use]
#[differentiable(jvp)]
pub fn total<S: Scale + Differentiable>(of: &S, xs: &[f64]) -> f64 {
    xs.iter().map(|x| of.doubled(*x) * of.size(*x)).sum()
}

/// A force that only a trait object knows.
#[differentiable(wrt(x))]
pub trait Force {
    /// The force at `x`.
    fn at(&self, x: f64) -> f64;
}

/// A spring.
#[derive(Debug, Clone, Copy)]
pub struct Spring(pub f64);

#[differentiable(wrt(x))]
impl Force for Spring {
    fn at(&self, x: f64) -> f64 {
        -self.0 * x
    }
}

/// The sum of forces.
#[must_use]
#[differentiable]
pub fn forces(all: &[Box<dyn Force>], x: f64) -> f64 {
    all.iter().map(|force| force.at(x)).sum()
}

/// A place and its speed.
#[derive(Debug, Clone, Copy, PartialEq, Differentiable)]
pub struct Motion {
    /// Where.
    pub place: f64,
    /// How fast.
    pub speed: f64,
}

#[differentiable(jvp)]
impl core::ops::Add for Motion {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { place: self.place + other.place, speed: self.speed + other.speed }
    }
}

#[differentiable(jvp)]
impl core::ops::Mul<f64> for Motion {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self { place: self.place * factor, speed: self.speed * factor }
    }
}

impl core::iter::Sum for Motion {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self { place: 0.0, speed: 0.0 }, |sum, part| sum + part)
    }
}

#[differentiable(jvp)]
impl Motion {
    /// A step of `dt`, in place.
    pub fn step(&mut self, dt: f64, k: f64) {
        self.speed -= k * self.place * dt;
        self.place += self.speed * dt;
    }

    /// The energy.
    #[must_use]
    pub fn energy(self, k: f64) -> f64 {
        0.5 * self.speed.mul_add(self.speed, k * self.place * self.place)
    }

    /// From rest.
    #[must_use]
    pub const fn count() -> usize {
        2
    }
}

/// A path through time.
#[must_use]
#[differentiable(jvp)]
pub fn path(start: Motion, k: f64, n: usize) -> f64 {
    let mut motion = start;
    let mut seen = Vec::new();
    for _ in 0..n {
        motion.step(0.1, k);
        seen.push(motion * 0.5);
    }
    let mean: Motion = seen.iter().copied().sum();
    motion.energy(k) + mean.place
}

/// The same, computed again while it is reversed.
#[must_use]
#[differentiable(jvp)]
pub fn long_path(x: f64, k: f64, n: usize) -> f64 {
    let mut y = x;
    #[checkpoint]
    for _ in 0..n {
        y += 0.1 * (k * y).sin();
    }
    y
}

/// Changes what it is lent.
#[differentiable(jvp, explain)]
pub fn smooth(u: &mut [f64], k: f64) {
    for i in 1..u.len() {
        u[i] += k * u[i - 1];
    }
}

/// What may fail.
///
/// # Errors
/// If `x` is negative.
#[differentiable(jvp)]
pub fn root(x: f64) -> Result<f64, String> {
    if x < 0.0 {
        return Err(format!("{x} is negative"));
    }
    Ok(x.sqrt())
}

/// What may be nothing.
///
/// # Errors
/// If one of them is negative.
#[differentiable(jvp)]
pub fn roots(xs: &[f64], layer: &Layer) -> Result<f64, String> {
    let mut sum = 0.0;
    for x in xs {
        sum += root(*x)?;
    }
    let scale = match layer {
        Layer::Dense(weights, offset) => weights.iter().sum::<f64>() + offset,
        Layer::Fixed => 1.0,
    };
    let Some(first) = xs.first() else { return Ok(sum) };
    Ok(sum * scale - first)
}

/// An integral.
#[must_use]
#[differentiable]
pub fn integral(f: impl Fn(f64) -> f64, to: f64) -> f64 {
    (0..8).map(|i| f(to * (f64::from(i) + 0.5) / 8.0) * to / 8.0).sum()
}

/// An integral of something.
#[must_use]
#[differentiable]
pub fn arc(k: f64, to: f64) -> f64 {
    let wave = |t: f64| (k * t).sin();
    integral(|t| k * t * t, to) + integral(wave, to)
}

/// A derivative that is given.
#[must_use]
#[differentiable(jvp, partials(x = 2.0 * x * y, y = x * x), check(x = 0.5, y = 1.5))]
pub fn given(x: f64, y: f64) -> f64 {
    x * x * y
}

/// The squared length.
#[must_use]
#[differentiable(pullback = squared_pullback)]
pub fn squared(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum()
}

fn squared_pullback(v: &[f64], _value: f64, d_value: f64) -> Vec<f64> {
    v.iter().map(|x| 2.0 * x * d_value).collect()
}

/// Numbers of any kind.
#[must_use]
#[differentiable(jvp)]
pub fn norm<T: num_traits::Float, const N: usize>(v: &[T; N], w: T) -> T {
    fn weighted(x: f64, y: f64) -> f64 {
        x * y.cos()
    }
    let mut sum = T::zero();
    for x in v {
        sum = sum + *x * *x;
    }
    let _ = weighted(1.0, 2.0);
    sum.sqrt() * w
}

/// Sorted, filtered, taken apart.
#[must_use]
#[differentiable(jvp)]
pub fn sorted(v: &[f64], (low, high): (f64, f64)) -> f64 {
    fn bent(x: f64) -> f64 {
        x * x + 1.0
    }
    let mut inside: Vec<f64> =
        v.iter().copied().filter(|x| (low..high).contains(x)).map(bent).collect();
    inside.sort_by(f64::total_cmp);
    inside.dedup();
    let (left, right) = inside.split_at(inside.len() / 2);
    left.iter().zip(right).map(|(a, b)| (a - b) * low).sum::<f64>() + stop_gradient(high)
}

#[test]
fn gradients() {
    let line = Line { slope: 2.0, height: 1.0, name: String::new() };
    let (_, gradient) = error_grad(&line, &[1.0, 2.0, 3.0], &[3.0, 5.0, 10.0]);
    assert_eq!((gradient.slope, gradient.height), (-6.0, -2.0));

    let (w, phi) = (Vector::from([0.5, 0.0]), Vector::from([1.0, 2.0]));
    assert_eq!(hinge_grad(&w, &phi, 1.0), (0.5, Vector::from([-1.0, -2.0])));

    let mut d_x = 0.0;
    assert!((power_grad_add(2.0, 5, &mut d_x) - 32.0).abs() < 1e-12);
    assert!((d_x - 80.0).abs() < 1e-12);

    let (_, pullback) = parts_vjp(0.0, 2.0);
    assert_eq!(pullback((1.0, [1.0, 0.0])), (3.0, 0.0));
    assert_eq!(chosen_grad(4.0, 2), (2.0, 0.25));
    assert_eq!(grown_grad(2.0, 3.0), (4.0, (4.0, 0.0)));

    let (_, (d_v, d_w)) = network_grad(&phi, &Matrix::zeros(2, 2), &w);
    assert_eq!(d_w, Vector::from([0.5, 0.5]));
    assert_eq!(d_v, Matrix::from([[0.125, 0.25], [0.0, 0.0]]));

    let Layer::Dense(..) = Layer::Dense(vec![1.0], 0.0).zero_like() else { unreachable!() };
    assert!(matches!(Layer::Fixed.zero_like(), Layer::Fixed));

    assert_eq!(given_jvp(2.0, 3.0, 1.0, 0.5), (12.0, 14.0));
    assert_eq!(squared_grad(&[1.0, -2.0]), (5.0, vec![2.0, -4.0]));
    assert_eq!(forces_grad(&[Box::new(Spring(2.0))], 3.0), (-6.0, -2.0));
    let (_, tangent) = total_jvp(&line, &[1.0, 2.0], &line.zero_like(), &[1.0, 0.0]);
    assert!((tangent - total_grad(&line, &[1.0, 2.0]).1.1[0]).abs() < 1e-12);
    let start = Motion { place: 1.0, speed: 0.0 };
    let ((_, d_k), along) =
        (path_grad(start, 0.5, 3).1, path_jvp(start, 0.5, 3, start.zero_like(), 1.0).1);
    assert!((d_k - along).abs() < 1e-12);
    let (d_x, _) = long_path_grad(0.5, 0.7, 30).1;
    assert!((d_x - long_path_jvp(0.5, 0.7, 30, 1.0, 0.0).1).abs() < 1e-12 * d_x);
    let mut u = [1.0, 2.0];
    let ((), pullback) = smooth_vjp(&mut u, 0.5);
    assert_eq!((u, pullback(vec![0.0, 1.0])), ([1.0, 2.5], (vec![0.5, 1.0], 1.0)));
    assert_eq!(
        roots_grad(&[4.0], &Layer::Fixed).map(|(value, (d_xs, _))| (value, d_xs[0])),
        Ok((-2.0, -0.75))
    );
    assert_eq!(root_jvp(-1.0, 1.0), Err("-1 is negative".to_owned()));
    assert!((arc_grad(1.5, 1.0).1.1 - (1.5 + 1.5_f64.sin())).abs() < 0.02);
    assert!((integral_grad(closure!(|t: f64| 3.0 * t), 1.0).1 - 3.0).abs() < 1e-12);
    let (_, along): (f64, f64) = norm_jvp(&[3.0, 4.0], 2.0, &[1.0, 0.0], 0.5);
    assert!((along - 3.7).abs() < 1e-12);
    assert!(sorted_grad(&[0.5, 0.25, 3.0], (0.1, 1.0)).1.0[2].abs() < 1e-300);
}
