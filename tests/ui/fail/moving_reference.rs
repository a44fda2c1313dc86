use backprop::differentiable;

#[differentiable]
fn f(xs: &[f64]) -> f64 {
    let mut rest = xs;
    let mut sum = 1.0;
    while !rest.is_empty() {
        sum += rest[0] * sum;
        rest = &rest[1..];
    }
    sum
}

fn main() {}
