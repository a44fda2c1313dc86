use backprop::prelude::*;

#[derive(Clone, Differentiable)]
enum List {
    End,
    Item(f64, Box<List>),
}

#[differentiable]
fn doubled(list: &mut List) {
    let mut rest = list;
    while let List::Item(x, next) = rest {
        *x *= 2.0;
        rest = next;
    }
}

fn main() {}
