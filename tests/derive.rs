//! `#[derive(Differentiable)]`: gradients, paths, generics, odd names, no prelude.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(dead_code, clippy::float_cmp)]
use backprop::{Accumulate, Differentiable, Path, VectorOps};

#[derive(Debug, Clone, PartialEq)]
struct Foreign;

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Layer<T, const N: usize> {
    w: Vec<T>,
    r#type: [f64; N],
    #[differentiable(skip)]
    foreign: Foreign,
    self_: f32,
    f64: usize,
}

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Net {
    layers: Vec<Layer<f64, 2>>,
    next: Option<Box<Net>>,
    head: Head,
}

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Head(f64, Kind);

#[derive(Debug, Clone, PartialEq, Differentiable)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Differentiable)]
enum Kind {
    Linear,
    Leaky(f64),
    Affine {
        a: f64,
        b: Vec<f64>,
        #[differentiable(skip)]
        n: &'static str,
    },
}

#[derive(Debug, Clone, Differentiable)]
enum Never {}

trait Model {
    type Weights;
}
#[derive(Differentiable)]
struct Assoc<M: Model, F>
where
    F: Fn(f64) -> f64,
{
    w: M::Weights,
    p: std::marker::PhantomData<fn(&M)>,
    #[differentiable(skip)]
    f: F,
}
impl<M: Model, F: Clone + Fn(f64) -> f64> Clone for Assoc<M, F>
where
    M::Weights: Clone,
{
    fn clone(&self) -> Self {
        Assoc { w: self.w.clone(), p: self.p, f: self.f.clone() }
    }
}

fn net() -> Net {
    let layer =
        Layer { w: vec![1.0, 2.0], r#type: [3.0, 4.0], foreign: Foreign, self_: 5.0, f64: 7 };
    let leaf = Net {
        layers: vec![],
        next: None,
        head: Head(1.0, Kind::Affine { a: 1.0, b: vec![2.0], n: "n" }),
    };
    Net {
        layers: vec![layer.clone(), layer],
        next: Some(Box::new(leaf)),
        head: Head(6.0, Kind::Leaky(7.0)),
    }
}

#[test]
fn paths() {
    let mut names = Vec::new();
    net().visit(&mut Path::root(), &mut |path, run| {
        names.extend((0..run.len()).map(|i| path.element(i)));
    });
    let expected = [
        "layers[0].w[0]",
        "layers[0].w[1]",
        "layers[0].type[0]",
        "layers[0].type[1]",
        "layers[0].self_",
        "layers[1].w[0]",
        "layers[1].w[1]",
        "layers[1].type[0]",
        "layers[1].type[1]",
        "layers[1].self_",
        "next.head.0",
        "next.head.1.Affine.a",
        "next.head.1.Affine.b[0]",
        "head.0",
        "head.1.Leaky.0",
    ];
    assert_eq!(names, expected);
}

#[test]
fn gradients() {
    let mut g = net().zero_like();
    assert_eq!(g.flat_norm(), 0.0);
    assert_eq!(g.layers[0].f64, 7);
    g.accumulate(&net());
    assert_eq!(g, net());
    g.add_scaled(1.0, &net());
    assert_eq!(g.layers[1].self_, 10.0);
    assert_eq!(Unit.zero_like(), Unit);
    let a = Assoc::<X, fn(f64) -> f64> { w: vec![1.0], p: std::marker::PhantomData, f: f64::sin };
    assert_eq!(a.zero_like().w, [0.0]);
}
struct X;
impl Model for X {
    type Weights = Vec<f64>;
}

#[test]
#[should_panic(
    expected = "cannot add a gradient that is `Kind::Linear` to one that is `Kind::Leaky`"
)]
fn variants() {
    Kind::Leaky(1.0).accumulate(&Kind::Linear);
}

mod hostile {
    #![no_implicit_prelude]
    #![allow(non_camel_case_types)]
    struct f64_;
    struct Option;
    struct Clone;
    struct Path;
    mod core {}
    mod std {}
    #[derive(::std::fmt::Debug, ::std::clone::Clone, ::backprop::Differentiable)]
    struct S<'a, Path, __T> {
        pub path: Path,
        pub __path: f64,
        visitor: __T,
        p: ::std::marker::PhantomData<&'a ()>,
    }
}

macro_rules! make {
    ($name:ident, $t:ty) => {
        #[derive(Debug, Clone, Differentiable)]
        struct $name {
            x: $t,
        }
    };
}
make!(Made, Vec<f64>);
