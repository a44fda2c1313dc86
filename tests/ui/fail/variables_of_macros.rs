//! Two variables of one name, which only macro hygiene keeps apart.
use backprop::differentiable;

macro_rules! doubled {
    ($name:ident, $v:ident) => {
        #[differentiable]
        fn $name($v: f64) -> f64 {
            let x = $v * 2.0;
            $v * x
        }
    };
}

doubled!(square, x);
doubled!(other, y);

fn main() {}
