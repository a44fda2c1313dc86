use backprop::prelude::*;

#[differentiable]
fn double(x: &mut f64) -> f64 {
    *x *= 2.0;
    *x
}

#[differentiable]
fn quadruple(x: f64) -> f64 {
    let mut y = x;
    double(&mut y);
    y
}

fn main() {}
