use backprop::differentiable;

#[differentiable(check(x = 1.0, z = 2.0))]
fn product(x: f64, y: f64) -> f64 {
    x * y
}

struct Line;

impl Line {
    #[differentiable(check(x = 1.0))]
    fn at(&self, x: f64) -> f64 {
        2.0 * x
    }
}

fn main() {}
