use backprop::prelude::*;

#[differentiable]
fn twice(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    f(f(x))
}

fn plain(x: f64) -> f64 {
    x * x
}

#[differentiable]
fn by_pointer(x: f64) -> f64 {
    let f: fn(f64) -> f64 = plain;
    twice(f, x)
}

#[differentiable]
fn chosen(x: f64) -> f64 {
    twice(if x > 0.0 { f64::sin } else { f64::cos }, x)
}

#[differentiable]
fn not_annotated(x: f64) -> f64 {
    twice(plain, x)
}

fn main() {
    let _ = twice_grad(closure!(|x| x), 1.0);
    let _ = twice_grad(closure!(twice), 1.0);
}
