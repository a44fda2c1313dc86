use backprop::prelude::*;

struct Building {
    storeys: Vec<String>,
}

impl Building {
    fn floor(&self, height: f64) -> &str {
        &self.storeys[height as usize]
    }
}

fn tallest(buildings: &[Building]) -> Option<&Building> {
    buildings.first()
}

#[differentiable(wrt(x))]
fn length(buildings: &[Building], x: f64) -> f64 {
    let tallest = tallest(buildings).unwrap();
    x * tallest.floor(x).len() as f64
}

fn main() {}
