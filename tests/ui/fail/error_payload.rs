use backprop::prelude::*;

#[differentiable]
fn nearest(x: f64) -> f64 {
    let found: Result<f64, f64> = if x > 1.0 { Ok(x * x) } else { Err(x) };
    match found {
        Ok(value) => value,
        Err(nearest) => 2.0 * nearest,
    }
}

fn main() {}
