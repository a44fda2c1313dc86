//! The attribute on whole `impl` blocks and traits.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::{Differentiable, differentiable};
use common::check;

macro_rules! check_all {
    ($($f:ident $grad:ident $grad_add:ident $vjp:ident),* $(,)?) => {
        for (x, y) in [(1.3, 0.7), (0.4, -0.9)] {
            $(check!($f, $grad, $grad_add, $vjp; x: x, y: y);)*
        }
    };
}

// ---- a type's own methods, whatever they are called

#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct V3 {
    x: f64,
    y: f64,
    z: f64,
}

#[differentiable(jvp)]
impl V3 {
    const DIMENSION: usize = 3;

    fn new(x: f64, y: f64, z: f64) -> Self {
        Self { x, y, z }
    }

    #[differentiable(jvp, wrt(self, other))]
    fn dot(self, other: V3) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    #[differentiable(jvp, wrt(self, k))]
    fn scale(self, k: f64) -> V3 {
        V3 { x: self.x * k, y: self.y * k, z: self.z * k }
    }

    #[differentiable(jvp, wrt(self, other))]
    fn cross(&self, other: &V3) -> V3 {
        V3::new(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    // The only parameter that can carry a derivative is `self`.
    fn norm(&self) -> f64 {
        self.dot(*self).sqrt()
    }

    #[differentiable(jvp, wrt(self, s))]
    fn normalize(&mut self, s: f64) {
        let n = self.norm();
        self.x /= n * s;
        self.y /= n;
        self.z /= n;
    }

    fn name(&self) -> String {
        format!("({}, {}, {})", self.x, self.y, self.z)
    }

    fn dimension(&self) -> usize {
        Self::DIMENSION
    }

    #[differentiable(skip)]
    fn rounded(&self) -> f64 {
        (self.x as i64) as f64
    }
}

#[differentiable(jvp)]
fn geometry(x: f64, y: f64) -> f64 {
    let a = V3::new(x, y, x * y);
    let b = a.scale(y).cross(&a.scale(2.0).cross(&V3::new(1.0, x, y)));
    let mut c = a.cross(&V3::new(y, 1.0, x));
    c.normalize(x);
    a.dot(c) * c.norm() + b.norm() + a.norm() * a.dimension() as f64
}

#[test]
fn each_function_of_a_block() {
    check_all!(geometry geometry_grad geometry_grad_add geometry_vjp);
    let a = V3::new(4.0, 0.0, 0.0);
    assert_eq!(a.norm_grad(), (4.0, V3::new(1.0, 0.0, 0.0)));
    assert_eq!((a.name().as_str(), a.rounded()), ("(4, 0, 0)", 4.0));
}

struct Generic<const N: usize> {
    w: [f64; N],
}

#[differentiable(jvp)]
impl<const N: usize> Generic<N> {
    fn poly(&self, x: f64) -> f64 {
        let mut sum = 0.0;
        for i in 0..N {
            sum = sum * x + self.w[i];
        }
        sum
    }
}

#[test]
fn of_a_generic_type() {
    // x² + 2x + 3
    assert_eq!(Generic { w: [1.0, 2.0, 3.0] }.poly_grad(2.0), (11.0, 6.0));
}

// ---- a trait whose methods have no gradient with respect to `self`

#[differentiable(jvp)]
trait Force {
    fn force(&self, x: f64, v: f64) -> f64;

    fn energy(&self, x: f64) -> f64 {
        0.5 * x * x * self.force(x, 0.0)
    }

    fn spread(&self, out: &mut [f64], x: f64) {
        for i in 0..out.len() {
            out[i] = out[i] * x + self.force(out[i], x);
        }
    }

    fn name(&self) -> &str {
        "force"
    }
}

struct Spring {
    k: f64,
}

#[differentiable(jvp)]
impl Force for Spring {
    fn force(&self, x: f64, v: f64) -> f64 {
        -self.k * x - 0.1 * v * v
    }
}

struct Series {
    c: f64,
    w: Vec<f64>,
}

#[differentiable(jvp)]
impl Force for Series {
    fn force(&self, x: f64, v: f64) -> f64 {
        let mut sum = 0.0;
        for (i, w) in self.w.iter().enumerate() {
            sum += w * x.powi(i as i32);
        }
        sum - self.c * v
    }

    fn energy(&self, x: f64) -> f64 {
        self.c * x.sin()
    }

    fn name(&self) -> &str {
        "series"
    }
}

#[differentiable(jvp)]
fn work<F: Force>(f: &F, x: f64, v: f64) -> f64 {
    f.force(x, v) * v + f.energy(x * v)
}

#[differentiable(jvp)]
fn work_of_some(f: &impl Force, x: f64, v: f64) -> f64 {
    f.force(x, v) * v + f.energy(x * v)
}

#[differentiable(jvp)]
fn work_of_object(f: &dyn Force, x: f64, v: f64) -> f64 {
    let mut sum = 0.0;
    for _ in 0..3 {
        sum += f.force(x * sum, v) * v + f.energy(x * v);
    }
    sum
}

#[differentiable(jvp)]
fn work_of_boxes(fs: &[Box<dyn Force>], x: f64, v: f64) -> f64 {
    let mut s = x;
    for f in fs {
        s = f.force(s, v);
    }
    for f in fs.iter() {
        s += f.energy(s * v);
    }
    let mut out = [x, v, s];
    fs[0].spread(&mut out, x);
    s + out[2] * out[1]
}

fn series() -> Series {
    Series { c: 0.3, w: vec![1.0, 2.0] }
}

#[differentiable(jvp)]
fn generic_callers(x: f64, y: f64) -> f64 {
    let spring = Spring { k: 2.0 };
    let series = series();
    work(&spring, x, y) + work(&series, y, x) + work_of_some(&series, x, x) + spring.force(x, y)
}

#[differentiable(jvp)]
fn objects(x: f64, y: f64) -> f64 {
    let spring = Spring { k: 2.0 };
    let series = series();
    work_of_object(&spring, x, y) + work_of_object(&series, y, x)
}

#[differentiable(jvp)]
fn boxes(x: f64, y: f64) -> f64 {
    let fs: Vec<Box<dyn Force>> = vec![Box::new(Spring { k: 2.0 }), Box::new(series())];
    work_of_boxes(&fs, x, y) * y
}

#[test]
fn callers_that_know_the_trait() {
    check_all!(
        generic_callers generic_callers_grad generic_callers_grad_add generic_callers_vjp,
        objects objects_grad objects_grad_add objects_vjp,
        boxes boxes_grad boxes_grad_add boxes_vjp,
    );
    let object: &dyn Force = &Spring { k: 2.0 };
    assert_eq!(object.energy_grad(1.0), (-1.0, -3.0));
    assert_eq!((object.name(), series().name()), ("force", "series"));
    let mut out = [3.0];
    let ((), pullback) = Spring { k: 2.0 }.spread_vjp(&mut out, 5.0);
    // 3·5 − 2·3 − 0.1·25
    assert_eq!(out, [6.5]);
    assert_eq!(pullback(vec![1.0]), (vec![3.0], 2.0));
}

// ---- with respect to `self`

#[differentiable(jvp, wrt(self, x))]
trait Model {
    fn predict(&self, x: f64) -> f64;

    fn loss(&self, x: f64, y: f64) -> f64 {
        let r = self.predict(x) - y;
        r * r
    }
}

#[derive(Clone, Debug, PartialEq, Differentiable)]
struct Line {
    a: f64,
    b: f64,
}

#[differentiable(jvp, wrt(self, x))]
impl Model for Line {
    fn predict(&self, x: f64) -> f64 {
        self.a * x + self.b
    }
}

#[derive(Clone, Debug, Differentiable)]
struct Poly {
    c: Vec<f64>,
}

#[differentiable(jvp, wrt(self, x))]
impl Model for Poly {
    fn predict(&self, x: f64) -> f64 {
        let mut sum = 0.0;
        for c in self.c.iter().rev() {
            sum = sum * x + c;
        }
        sum
    }
}

#[differentiable(jvp, wrt(model))]
fn total<M: Model + Differentiable>(model: &M, xs: &[f64]) -> f64 {
    let mut sum = 0.0;
    for &x in xs {
        sum += model.loss(x, 1.0) + model.predict(x);
    }
    sum
}

#[differentiable(jvp)]
fn models(x: f64, y: f64) -> f64 {
    let line = Line { a: x, b: y };
    let poly = Poly { c: vec![x, y, x * y] };
    total(&line, &[1.0, 2.0]) + total(&poly, &[0.5, 2.0]) + poly.predict(x) * line.loss(y, 2.0)
}

#[test]
fn models_are_trained_through_their_trait() {
    check_all!(models models_grad models_grad_add models_vjp);
    let (value, (d, d_x)) = Line { a: 1.0, b: 2.0 }.predict_grad(3.0);
    assert_eq!((value, d, d_x), (5.0, Line { a: 3.0, b: 1.0 }, 1.0));
    let (_, d) = total_grad(&Poly { c: vec![1.0, 2.0] }, &[3.0]);
    // loss = (1 + 2·3 − 1)², and the prediction itself.
    assert_eq!(d.c, [13.0, 39.0]);
}

/// Functions of a distance, given by types of which there are no values.
#[differentiable]
trait Weight {
    const SUPPORT: f64;
    #[differentiable(wrt(r, h))]
    fn weight(r: f64, h: f64) -> f64;
}

struct Linear;
struct Quadratic;

#[differentiable]
impl Weight for Linear {
    const SUPPORT: f64 = 1.0;
    #[differentiable(wrt(r, h))]
    fn weight(r: f64, h: f64) -> f64 {
        1.0 - r / h
    }
}

#[differentiable]
impl Weight for Quadratic {
    const SUPPORT: f64 = 2.0;
    #[differentiable(wrt(r, h))]
    fn weight(r: f64, h: f64) -> f64 {
        (1.0 - 0.5 * r / h).powi(2)
    }
}

#[differentiable]
fn density<K: Weight>(xs: &[f64], h: f64) -> f64 {
    let mut total = 0.0;
    for (i, a) in xs.iter().enumerate() {
        for b in &xs[i + 1..] {
            let r = (a - b).abs();
            if r < K::SUPPORT * h {
                total += K::weight(r, h);
            }
        }
    }
    total / h
}

#[differentiable]
fn densities(xs: &[f64], h: f64) -> f64 {
    density::<Linear>(xs, h) + density::<Quadratic>(xs, h)
}

#[test]
fn type_parameters_without_values() {
    check!(densities, densities_grad, densities_grad_add, densities_vjp;
        xs: &vec![0.0, 0.35, 0.8, 1.5], h: 0.6);
}
