//! Calls need no more than the `use` of the function itself.

#![deny(warnings)]

use backprop::differentiable;

mod layers {
    use backprop::differentiable;

    #[differentiable]
    pub fn dense(w: f64, x: f64) -> f64 {
        w * x
    }

    pub mod activation {
        use backprop::differentiable;

        #[differentiable]
        pub fn square(x: f64) -> f64 {
            super::dense(x, x)
        }
    }

    pub use activation::square as squared;

    pub struct Bias(pub f64);

    impl Bias {
        #[differentiable(associated)]
        pub fn double(x: f64) -> f64 {
            2.0 * x
        }
    }
}

mod globbed {
    pub use super::layers::*;
}

use globbed::dense as multiply;
use layers::{Bias, activation, squared};

#[differentiable]
fn network(v: f64, w: f64, x: f64) -> f64 {
    let h = squared(multiply(v, x));
    let h = activation::square(h) + crate::layers::dense(h, w);
    Bias::double(h) + Bias(0.0).0
}

fn main() {
    // h = v²x², the value is 2 (h² + w h)
    assert_eq!(network_grad(1.0, 3.0, 2.0), (56.0, (176.0, 8.0, 88.0)));
}
