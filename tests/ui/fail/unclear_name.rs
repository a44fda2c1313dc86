use backprop::differentiable;

#[differentiable]
fn f(x: f64, y: f64) -> f64 {
    match (x, y) {
        (X, b) => X * b,
    }
}

fn main() {}
