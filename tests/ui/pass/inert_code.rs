//! What no derivative flows through may be any Rust.

#![deny(warnings)]

use std::collections::HashMap;

use backprop::differentiable;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Linear,
    Power { exponent: i32 },
}

#[differentiable(wrt(x))]
fn priced(x: f64, goods: &HashMap<String, f64>, name: &str, shape: Shape) -> f64 {
    assert!(x.is_finite(), "x is {x}");
    debug_assert_ne!(name, "", "a name is needed");
    let price = goods.get(name).copied().unwrap_or_else(|| panic!("no price for {name}"));
    let digits: usize = name.chars().filter(|c| c.is_ascii_digit()).count();
    let factor = match shape {
        Shape::Linear => x,
        Shape::Power { exponent } if exponent > 0 => x.powi(exponent),
        Shape::Power { .. } => 1.0,
    };
    price * factor * (digits + 1) as f64
}

fn main() {
    let goods = HashMap::from([("tin2".to_owned(), 5.0)]);
    let cube = Shape::Power { exponent: 3 };
    assert_eq!(priced_grad(2.0, &goods, "tin2", cube), (80.0, 120.0));
    assert_eq!(priced_grad(2.0, &goods, "tin2", Shape::Linear), (20.0, 10.0));
    std::panic::set_hook(Box::new(|_| {}));
    let gone = std::panic::catch_unwind(|| priced_grad(2.0, &goods, "lead", cube));
    assert!(gone.is_err());
}
