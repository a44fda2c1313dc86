//! A method that is named like a rounding function, of a value whose type does not show.

use backprop::prelude::*;

struct Building;

impl Building {
    fn floor(&self, height: f64) -> f64 {
        height * 3.0
    }
}

#[differentiable]
fn floor_of_a_building(x: f64, y: f64) -> f64 {
    let building = Building;
    x * building.floor(y)
}

fn main() {}
