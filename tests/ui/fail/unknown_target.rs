use backprop::differentiable;

#[differentiable]
fn f(x: f64, y: f64) -> f64 {
    let mut a = x;
    let mut b = y;
    let (larger, factor) = if x > y { (&mut a, 2.0) } else { (&mut b, 3.0) };
    *larger *= factor;
    a * b
}

fn main() {}
