//! Companions stand beside the function, wherever it is.

#![deny(warnings)]

use backprop::differentiable;

fn main() {
    #[differentiable]
    fn square(x: f64) -> f64 {
        x * x
    }

    #[differentiable]
    fn fourth(x: f64) -> f64 {
        square(square(x))
    }

    assert_eq!(fourth_grad(3.0), (81.0, 108.0));
    {
        #[differentiable]
        fn square(x: f64) -> f64 {
            2.0 * x
        }
        assert_eq!(square_grad(3.0), (6.0, 2.0));
    }
    let inside_closure = || {
        #[differentiable]
        fn cube(x: f64) -> f64 {
            x * square(x)
        }
        cube_grad(2.0)
    };
    assert_eq!(inside_closure(), (8.0, 12.0));
}
