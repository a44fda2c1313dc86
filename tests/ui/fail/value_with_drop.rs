//! What is dropped may write to what it borrows.
use backprop::differentiable;

struct Squared<'a>(&'a mut f64, f64);

impl Drop for Squared<'_> {
    fn drop(&mut self) {
        *self.0 = self.1 * self.1;
    }
}

#[differentiable]
fn dropped(x: f64) -> f64 {
    let mut total = 1.0;
    {
        let _guard = Squared(&mut total, x);
    }
    total
}

fn main() {}
