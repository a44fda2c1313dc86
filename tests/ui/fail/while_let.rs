use backprop::prelude::*;

#[derive(Clone, Differentiable)]
enum List {
    End,
    Item(f64, Box<List>),
}

#[differentiable]
fn squares(list: &List) -> f64 {
    let mut rest = list;
    let mut sum = 0.0;
    while let List::Item(x, next) = rest {
        sum += x * x;
        rest = next;
    }
    sum
}

fn main() {}
