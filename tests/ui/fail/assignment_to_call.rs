use backprop::prelude::*;

use std::collections::HashMap;

#[differentiable(wrt(x))]
fn counted(x: f64, key: &str) -> f64 {
    let mut map = HashMap::new();
    *map.entry(key).or_insert(0.0) += x;
    map[key]
}

fn main() {}
