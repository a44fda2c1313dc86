use backprop::differentiable;

#[differentiable(pullback = length_pullback)]
fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn length_pullback(x: &[f64], length: f64) -> Vec<f64> {
    x.iter().map(|x| x / length).collect()
}

#[differentiable(partials(x = "2 x"))]
fn square(x: f64) -> f64 {
    x * x
}

fn main() {}
