use backprop::prelude::*;

#[differentiable(wrt(w))]
fn score(w: f64, phi: f64) -> f64 {
    w * phi
}

#[differentiable]
fn loss(w: f64, phi: f64) -> f64 {
    score(w, phi)
}

fn main() {}
