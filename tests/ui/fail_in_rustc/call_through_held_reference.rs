use backprop::differentiable;

fn set(a: &mut f64, v: f64) {
    *a = v * v;
}

#[differentiable]
fn f(x: f64, y: f64) -> f64 {
    let mut a = 1.0;
    let r = &mut a;
    set(r, x);
    a * y
}

fn main() {}
