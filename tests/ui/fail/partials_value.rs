use backprop::differentiable;

#[differentiable(partials(value = 2.0 * value))]
fn square(value: f64) -> f64 {
    value * value
}

fn main() {}
