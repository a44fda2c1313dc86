use backprop::differentiable;

#[differentiable]
fn exclusive(x: f64, y: f64) -> f64 {
    let (mut a, mut b) = ([x, y], [y, x]);
    let mut target = &mut a;
    target[0] *= x;
    target = &mut b;
    target[0] *= y;
    a[0] * b[0]
}

#[differentiable]
fn while_it_is_gone_through(xs: &[f64]) -> f64 {
    let mut rest = xs;
    let mut sum = 1.0;
    for x in rest {
        rest = &rest[1..];
        sum += x * sum;
    }
    sum
}

fn main() {}
