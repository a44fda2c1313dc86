//! Macros of the user's with names of std's.

use backprop::differentiable;

macro_rules! vec {
    ($($value:expr),*) => { [$($value * 2.0),*] };
}

macro_rules! line {
    ($a:expr, $x:expr) => {
        $a * $x + 1.0
    };
}

mod math {
    macro_rules! assert {
        ($x:expr) => {
            $x * $x
        };
    }
    pub(crate) use assert;
}

#[differentiable]
fn doubled(x: f64, y: f64) -> f64 {
    let v = vec![x, y];
    v[0] * v[1]
}

#[differentiable]
fn on_a_line(x: f64, y: f64) -> f64 {
    let z: f64 = line!(y, x);
    z + x
}

#[differentiable]
fn squared(x: f64, y: f64) -> f64 {
    math::assert!(x) + y
}

fn main() {}
