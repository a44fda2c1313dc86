//! An `unsafe` block may write to anything.
use backprop::differentiable;

#[differentiable]
fn through_pointer(x: f64, y: f64) -> f64 {
    let mut total = 1.0;
    let pointer = &mut total as *mut f64;
    unsafe { *pointer = x * x };
    total * y
}

fn main() {}
