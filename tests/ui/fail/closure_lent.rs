use backprop::differentiable;

fn apply(mut f: impl FnMut(f64), x: f64) {
    f(x)
}

#[differentiable]
fn f(x: f64, y: f64) -> f64 {
    let mut c = 0.0;
    apply(|v| c = v * v, x);
    c * y
}

fn main() {}
