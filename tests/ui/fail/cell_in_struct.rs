//! A cell behind a struct of the file's, written by one method and read by another.

use std::cell::Cell;

use backprop::differentiable;

struct Holder<'a> {
    cell: &'a Cell<f64>,
}

impl Holder<'_> {
    fn put(&self, x: f64) -> bool {
        self.cell.set(x);
        true
    }

    fn get(&self) -> f64 {
        self.cell.get()
    }
}

#[differentiable(wrt(x))]
fn f(cell: &Cell<f64>, x: f64) -> f64 {
    let holder = Holder { cell };
    let ok = holder.put(x * x);
    assert!(ok);
    let v = holder.get();
    v * 2.0 + x
}

fn main() {
    let _ = f_grad(&Cell::new(0.0), 3.0);
}
