use backprop::prelude::*;

#[differentiable]
fn copied(x: f64) -> f64 {
    let pointer = &raw const x;
    unsafe { *pointer }
}

fn main() {}
