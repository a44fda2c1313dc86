//! A cell behind a reference under another name.

use std::cell::Cell;

use backprop::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let cell = Cell::new(0.0);
    let c = &cell;
    c.replace(x * x);
    cell.get() * 2.0 + x
}

fn main() {}
