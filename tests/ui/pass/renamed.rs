//! The crate under another path.

#![deny(warnings)]

mod gradients {
    pub use backprop::*;
}

use gradients::{Vector, differentiable};

#[differentiable(crate = crate::gradients)]
fn squares(v: &[f64]) -> f64 {
    let mut sum = 0.0;
    for x in v {
        sum += x * x;
    }
    sum
}

#[differentiable(wrt(v), crate = crate::gradients)]
fn score(v: &Vector, x: &Vector) -> f64 {
    squares(&[v.dot(x), v.norm_squared()])
}

fn main() {
    assert_eq!(squares_grad(&[1.0, 2.0]), (5.0, vec![2.0, 4.0]));
    let (_, d_v) = score_grad(&Vector::from([1.0]), &Vector::from([3.0]));
    assert_eq!(d_v, Vector::from([22.0]));
}
