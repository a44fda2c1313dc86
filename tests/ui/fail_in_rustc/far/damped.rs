use std::ops::Deref;

use backprop::differentiable;

pub struct Spring(pub f64);

#[differentiable(wrt(x))]
impl Spring {
    pub fn force(&self, x: f64) -> f64 {
        -self.0 * x
    }
}

pub struct Damped(pub Spring);

impl Deref for Damped {
    type Target = Spring;
    fn deref(&self) -> &Spring {
        &self.0
    }
}

impl Damped {
    pub fn force(&self, x: f64) -> f64 {
        self.0.0 * x * x
    }
}
