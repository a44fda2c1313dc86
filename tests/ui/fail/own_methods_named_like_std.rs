//! Methods of one's own with the names of std's, without the attribute, and calls whose target is
//! not known. Each is one mistake; what calls the companions adds none.

use backprop::prelude::*;

#[derive(Clone, Differentiable)]
struct Angle {
    turns: f64,
}

impl Angle {
    fn sin(&self) -> f64 {
        self.turns * 2.0
    }

    fn max(&self, other: f64) -> f64 {
        self.turns - other
    }

    fn len(&self) -> f64 {
        self.turns
    }
}

trait Model {
    fn energy(&self, x: f64) -> f64;
}

#[differentiable]
fn sine(turns: f64) -> f64 {
    let angle = Angle { turns };
    angle.sin()
}

#[differentiable]
fn largest(turns: f64, y: f64) -> f64 {
    let angle = Angle { turns };
    angle.max(y) * y
}

#[differentiable]
fn length(turns: f64) -> f64 {
    let angle = Angle { turns };
    angle.len() * turns
}

#[differentiable(wrt(x))]
fn of_an_object(model: &dyn Model, x: f64) -> f64 {
    model.energy(x) * x
}

#[differentiable(wrt(x))]
fn of_pointers(f: &[fn(f64) -> f64], x: f64) -> f64 {
    f[0](x) * x
}

fn main() {
    let _ = sine_grad(1.0);
    let _ = largest_vjp(1.0, 2.0);
    let _ = length_grad_add(1.0, &mut 0.0);
    let _ = of_pointers_grad(&[|x| x], 1.0);
}
