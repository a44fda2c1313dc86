//! A trait's method wins over that of `f64` on a reference, and over that of slices on a `Vec`.
use backprop::differentiable;

trait Wave {
    fn sin(&self) -> f64;
}

impl Wave for f64 {
    fn sin(&self) -> f64 {
        *self * *self
    }
}

trait Copies {
    fn to_vec(&self) -> Vec<f64>;
}

impl Copies for Vec<f64> {
    fn to_vec(&self) -> Vec<f64> {
        self.iter().map(|x| x * x).collect()
    }
}

#[differentiable]
fn wave(x: &f64) -> f64 {
    x.sin()
}

#[differentiable]
fn copied(xs: &Vec<f64>) -> f64 {
    let ys = xs.to_vec();
    ys[0] * ys[1]
}

fn main() {}
