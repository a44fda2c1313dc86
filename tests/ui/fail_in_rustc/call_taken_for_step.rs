use backprop::prelude::*;

struct Building {
    storeys: Vec<String>,
}

impl Building {
    fn floor(&self, height: f64) -> &str {
        &self.storeys[height as usize]
    }
}

#[differentiable(wrt(x))]
fn length(building: &Building, x: f64) -> f64 {
    x * building.floor(x).len() as f64
}

fn main() {}
