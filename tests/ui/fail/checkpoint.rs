use backprop::prelude::*;

#[differentiable]
fn left(x: f64, n: usize) -> f64 {
    let mut y = x;
    #[checkpoint]
    for _ in 0..n {
        y = y.sin();
        if y > 0.5 {
            break;
        }
    }
    y
}

#[differentiable]
fn printed(x: f64, n: usize) -> f64 {
    let mut y = x;
    #[checkpoint]
    for i in 0..n {
        println!("{i}");
        y = y.sin();
    }
    y
}

#[differentiable(wrt(x))]
fn counted(x: f64, counter: &std::cell::Cell<usize>) -> f64 {
    let mut y = x;
    #[checkpoint]
    {
        counter.set(counter.get() + 1);
        y = y.sin();
    }
    y
}

#[differentiable]
fn without_range(x: f64) -> f64 {
    let mut y = x;
    #[checkpoint]
    while y > 0.1 {
        y = 0.5 * y.sin();
    }
    y
}

#[differentiable]
fn misplaced(x: f64) -> f64 {
    #[checkpoint]
    let y = x.sin();
    y
}

#[differentiable]
fn first_value(x: f64) -> f64 {
    let y;
    #[checkpoint]
    {
        let t = x.sin();
        y = t * t;
    }
    y
}

fn main() {}
