//! Calls that keep what they are given, and yield something else that is bound or asserted.

use std::cell::Cell;
use std::sync::Mutex;

use backprop::differentiable;

static LAST: Mutex<f64> = Mutex::new(0.0);

fn put(x: f64) -> bool {
    *LAST.lock().unwrap() = x;
    true
}

fn put_again(x: f64) -> bool {
    put(x)
}

fn last() -> f64 {
    *LAST.lock().unwrap()
}

type Place = Cell<f64>;

enum Holder<'a> {
    Cell(&'a Place),
}

impl Holder<'_> {
    fn put(&self, x: f64) -> bool {
        let Holder::Cell(cell) = self;
        cell.set(x);
        true
    }

    fn get(&self) -> f64 {
        let Holder::Cell(cell) = self;
        cell.get()
    }
}

trait Store {
    fn put(&self, x: f64) -> bool;
    fn get(&self) -> f64;
}

#[differentiable]
fn by_functions(x: f64) -> f64 {
    let _ok = put_again(x * x);
    let v = last();
    v * 2.0 + x
}

#[differentiable(wrt(x))]
fn by_an_enum(cell: &Place, x: f64) -> f64 {
    let holder = Holder::Cell(cell);
    let _ok = holder.put(x * x);
    let v = holder.get();
    v * 2.0 + x
}

#[differentiable(wrt(x))]
fn by_a_trait_object(store: &dyn Store, x: f64) -> f64 {
    let _ok = store.put(x * x);
    let v = store.get();
    v * 2.0 + x
}

#[differentiable(wrt(x))]
fn by_associated_functions(holder: &Holder<'_>, x: f64) -> f64 {
    let _ok = Holder::put(holder, x * x);
    let v = Holder::get(holder);
    v * 2.0 + x
}

#[differentiable(wrt(x))]
fn by_an_assertion(holder: &Holder<'_>, x: f64) -> f64 {
    assert!(holder.put(x * x));
    holder.get() * 2.0 + x
}

#[differentiable(wrt(x))]
fn by_a_pattern(cell: &Cell<f64>, x: f64) -> f64 {
    let (c, d) = (cell, cell);
    let _old = c.replace(x * x);
    let v = d.get();
    v * 2.0 + x
}

fn main() {}
