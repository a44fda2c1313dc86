//! A scalar function of twelve operations.

use std::hint::black_box;

use backprop::differentiable;

use crate::harness::Bench;

#[differentiable]
pub(crate) fn response(x: f64, y: f64) -> f64 {
    let a = x * y + x.sin();
    let b = (x * x + y * y + 1.0).sqrt();
    a.exp() / b - (y / b).tanh()
}

pub(crate) fn response_by_hand(x: f64, y: f64, d_x: &mut f64, d_y: &mut f64) -> f64 {
    let (sin, cos) = (x.sin(), x.cos());
    let e = (x * y + sin).exp();
    let b = (x * x + y * y + 1.0).sqrt();
    let inverse = 1.0 / b;
    let (quotient, ratio) = (e * inverse, y * inverse);
    let t = ratio.tanh();
    let d_ratio = t * t - 1.0;
    // b enters through both quotients, and x and y through b as x / b and y / b.
    let d_b = -(quotient + d_ratio * ratio) * inverse * inverse;
    *d_x += quotient * (y + cos) + d_b * x;
    *d_y += quotient * x + d_ratio * inverse + d_b * y;
    e / b - t
}

pub(crate) fn add(bench: &mut Bench) {
    let (x, y) = (0.7, 0.4);
    bench
        .problem("scalar, 12 operations", (0.0, 0.0))
        .hand(|d| response_by_hand(black_box(x), black_box(y), &mut d.0, &mut d.1))
        .style(
            "plain",
            || response(black_box(x), black_box(y)),
            |d| response_grad_add(black_box(x), black_box(y), &mut d.0, &mut d.1),
        )
        .run();
}
