use backprop::prelude::*;

/// The coefficients of a polynomial, iterated from the highest power.
#[derive(Clone, Differentiable)]
struct Polynomial {
    coefficients: Vec<f64>,
}

impl Polynomial {
    fn iter(&self) -> std::iter::Rev<std::slice::Iter<'_, f64>> {
        self.coefficients.iter().rev()
    }
}

#[differentiable]
fn horner(p: &Polynomial, x: f64) -> f64 {
    let mut sum = 0.0;
    for c in p.iter() {
        sum = sum * x + c;
    }
    sum
}

fn main() {}
