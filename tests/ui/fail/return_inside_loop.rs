use backprop::prelude::*;

#[differentiable]
fn first_large(x: f64) -> (f64, f64) {
    let mut y = x;
    for _ in 0..10 {
        y *= 2.0;
        if y > 10.0 {
            return (x, y);
        }
    }
    (x, x)
}

fn main() {}
