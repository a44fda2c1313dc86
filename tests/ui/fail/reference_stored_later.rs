//! References that are stored where they are not declared.
use backprop::differentiable;

#[differentiable]
fn in_an_option(x: f64, y: f64) -> f64 {
    let mut a = 1.0;
    let mut slot = None;
    if y > 0.0 {
        slot = Some(&mut a);
    }
    if let Some(target) = slot {
        *target = x;
    }
    a * y
}

#[differentiable]
fn in_a_vec(x: f64) -> f64 {
    let mut a = 1.0;
    let mut slots = vec![];
    slots.push(&mut a);
    *slots[0] = x;
    a
}

fn main() {}
