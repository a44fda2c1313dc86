use backprop::differentiable;

/// A function inside the function is differentiated as well: what it cannot do is said there.
#[differentiable]
fn f(x: f64, y: f64) -> f64 {
    fn bits(a: f64) -> f64 {
        f64::from_bits(a.to_bits() + 1)
    }
    if y > 0.0 {
        return bits(x) * y;
    }
    x
}

fn main() {
    let _ = f_grad(1.0, 2.0);
}
