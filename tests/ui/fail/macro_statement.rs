use backprop::differentiable;

macro_rules! skip_if {
    ($condition:expr) => {
        if $condition {
            continue;
        }
    };
}

#[differentiable]
fn f(x: f64) -> f64 {
    let mut s = 0.0;
    for i in 0..4 {
        skip_if!(i % 2 == 0);
        s += x * i as f64;
    }
    s
}

fn main() {}
