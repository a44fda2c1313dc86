//! Results that are reached only through steps.

use backprop::prelude::*;

#[differentiable]
fn whole(x: f64) -> f64 {
    x.floor()
}

#[differentiable]
fn cast(x: f64, y: f64) -> f64 {
    let cell = (x / 0.1) as i64;
    cell as f64 * 0.1 + (y as u8) as f64
}

#[differentiable]
fn counted(xs: &[f64]) -> f64 {
    let mut count = 0;
    for x in xs {
        if *x > 0.5 {
            count += 1;
        }
    }
    count as f64 / xs.len() as f64
}

fn main() {
    let _ = whole_grad(1.0);
    let _ = cast_vjp(1.0, 2.0);
    let _ = counted_grad(&[1.0]);
}
