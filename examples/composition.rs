//! Function composition and the chain rule: b = a², c = b², so
//! ∂c/∂a = ∂c/∂b · ∂b/∂a = (2b)(2a) = 4a³.
//!
//!     cargo run --example composition

use backprop::prelude::*;

#[differentiable]
fn square(a: f64) -> f64 {
    a * a
}

#[differentiable]
fn fourth_power(a: f64) -> f64 {
    let b = square(a);
    square(b)
}

fn main() {
    println!("     a        b        c    ∂b/∂a    ∂c/∂b    ∂c/∂a     4a³");
    for a in [-2.0, -0.5, 0.0, 1.0, 1.5, 3.0] {
        // The two boxes, one at a time ...
        let (b, db_da) = square_grad(a);
        let (_, dc_db) = square_grad(b);

        // ... and their composition.
        let (c, dc_da) = fourth_power_grad(a);
        let formula = 4.0 * a * a * a;
        println!("{a:>6} {b:>8} {c:>8} {db_da:>8} {dc_db:>8} {dc_da:>8} {formula:>7}");
        assert_eq!(c, fourth_power(a));
        assert_eq!(dc_da, dc_db * db_da, "the chain rule at {a}");
        assert_eq!(dc_da, formula, "the gradient at {a}");
    }
}
