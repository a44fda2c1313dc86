//! A module of the user's that is called `mem`.

use backprop::differentiable;

mod mem {
    pub fn swap(a: &mut f64, b: &mut f64) {
        let t = *a;
        *a = 2.0 * *b;
        *b = t;
    }
}

#[differentiable]
fn swapped(x: f64, y: f64) -> f64 {
    let (mut a, mut b) = (x, y);
    mem::swap(&mut a, &mut b);
    a * a * b
}

fn main() {}
