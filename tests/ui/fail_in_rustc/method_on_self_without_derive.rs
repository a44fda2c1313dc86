use backprop::prelude::*;

struct Spring(f64);

impl Spring {
    #[differentiable(wrt(self))]
    fn energy(&self, x: f64) -> f64 {
        0.5 * self.0 * x * x
    }
}

fn main() {}
