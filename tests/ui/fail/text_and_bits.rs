//! Numbers that are written down and read again.

use backprop::differentiable;

#[differentiable]
fn text(x: f64) -> f64 {
    let text: String = x.to_string();
    let z: f64 = text.parse().unwrap();
    z * x
}

#[differentiable]
fn bits(x: f64) -> f64 {
    let bits: u64 = x.to_bits();
    f64::from_bits(bits ^ 1) * x
}

#[differentiable]
fn transmuted(x: f64) -> f64 {
    let bits: u64 = unsafe { std::mem::transmute(x) };
    f64::from_bits(bits) * x
}

fn main() {}
