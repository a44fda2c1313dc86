use backprop::differentiable;

#[differentiable]
fn f(x: f64, y: f64) -> f64 {
    let mut a = x;
    let mut b = y;
    let larger = if x > y { &mut a } else { &mut b };
    *larger *= 3.0;
    a * b
}

fn main() {}
