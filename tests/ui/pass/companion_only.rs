//! A private function counts as used if one of its companions is.

#![deny(warnings)]

use backprop::differentiable;

#[differentiable]
fn square(x: f64) -> f64 {
    x * x
}

#[differentiable]
fn cube(x: f64) -> f64 {
    x * x * x
}

#[differentiable]
fn inverse(x: f64) -> f64 {
    1.0 / x
}

struct Spring(f64);

impl Spring {
    #[differentiable(wrt(x))]
    fn energy(&self, x: f64) -> f64 {
        0.5 * self.0 * x * x
    }
}

fn main() {
    assert_eq!(square_grad(3.0), (9.0, 6.0));
    let mut d_x = 0.5;
    assert_eq!(cube_grad_add(2.0, &mut d_x), 8.0);
    assert_eq!(d_x, 12.5);
    let (_, pullback) = inverse_vjp(2.0);
    assert_eq!(pullback(1.0), -0.25);
    assert_eq!(Spring(3.0).energy_grad(2.0), (6.0, 6.0));
}
