//! Functions that a `macro_rules!` macro writes: its fragments keep their precedence.

#![deny(warnings)]

use backprop::differentiable;

macro_rules! function {
    ($name:ident($($x:ident),*) = $body:expr) => {
        #[differentiable]
        fn $name($($x: f64),*) -> f64 {
            $body
        }
    };
}

macro_rules! product {
    ($name:ident, $a:expr, $b:expr) => {
        #[differentiable]
        fn $name(y: f64) -> f64 {
            let x = 2.0;
            $a * $b * x * y
        }
    };
}

function!(square(x) = x * x);
function!(energy(x, y) = 0.5 * (square(x) + square(y)));
product!(twelve, 1.0 + 2.0, 3.0 - 1.0);

macro_rules! outer {
    ($($inner:tt)*) => { function!($($inner)*); };
}
outer!(cube(x) = x * square(x));

fn main() {
    assert_eq!(energy_grad(3.0, 4.0), (12.5, (3.0, 4.0)));
    assert_eq!(twelve_grad(1.0), (12.0, 12.0));
    assert_eq!(cube_grad(2.0), (8.0, 12.0));
}
