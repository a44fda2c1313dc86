use backprop::differentiable;

#[differentiable(pullback = scale_pullback)]
fn scale(x: &mut [f64], k: f64) -> f64 {
    x[0] *= k;
    x[0]
}

fn main() {}
