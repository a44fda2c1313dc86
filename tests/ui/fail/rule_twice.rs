use backprop::differentiable;

#[differentiable(partials(x = 2.0 * x), pullback = square_pullback)]
fn square(x: f64) -> f64 {
    x * x
}

fn main() {}
