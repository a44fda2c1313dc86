use backprop::prelude::*;

macro_rules! square {
    ($x:expr) => {
        $x * $x
    };
}

#[differentiable]
fn energy(v: f64) -> f64 {
    0.5 * square!(v)
}

fn main() {}
