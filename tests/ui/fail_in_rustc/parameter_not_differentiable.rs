use backprop::prelude::*;

struct Line {
    slope: f64,
}

#[differentiable(wrt(line, x))]
fn height(line: &Line, x: f64) -> f64 {
    line.slope * x
}

fn main() {}
