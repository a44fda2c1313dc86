use std::ops::Add;

use backprop::{differentiable, Differentiable};

#[derive(Clone, Differentiable)]
struct Pair(f64, f64);

#[differentiable]
impl Add for Pair {
    type Output = Pair;
    fn add(self, Pair(a, b): Pair) -> Pair {
        Pair(self.0 + a, self.1 + b)
    }
}

fn main() {}
