use backprop::differentiable;

#[differentiable(partials(x = 2.0))]
fn doubled(x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| 2.0 * x).collect()
}

fn main() {}
