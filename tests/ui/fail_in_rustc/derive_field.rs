use backprop::prelude::*;

#[derive(Clone)]
struct Unit(&'static str);

#[derive(Clone, Differentiable)]
struct Quantity {
    value: f64,
    unit: Unit,
}

fn main() {}
