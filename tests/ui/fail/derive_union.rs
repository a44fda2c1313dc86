use backprop::prelude::*;

#[derive(Clone, Copy, Differentiable)]
union Number {
    double: f64,
    single: f32,
}

fn main() {}
