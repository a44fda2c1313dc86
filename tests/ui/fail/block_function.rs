use backprop::prelude::*;

struct Spring(f64);

#[differentiable]
impl Spring {
    fn force(&self, x: f64) -> f64 {
        unsafe { self.0 * x }
    }

    #[differentiable(wrt(y))]
    fn energy(&self, x: f64) -> f64 {
        0.5 * self.0 * x * x
    }

    #[differentiable(skip)]
    fn left(&self, x: f64) -> f64 {
        unsafe { self.0 * x }
    }
}

#[differentiable(skip)]
fn alone(x: f64) -> f64 {
    x
}

#[differentiable]
trait Force {
    fn step(&mut self, x: f64) -> f64;
}

#[differentiable]
impl Force for Spring {
    fn step(&mut self, x: f64) -> f64 {
        self.0 += x;
        self.0
    }
}

fn main() {}
