//! Values behind shared references that can change.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Mutex;

use backprop::differentiable;

#[differentiable]
fn cell(x: f64) -> f64 {
    let cell = Cell::new(x);
    cell.set(cell.get() * x);
    cell.get()
}

#[differentiable]
fn ref_cell(x: f64) -> f64 {
    let cell = RefCell::new(vec![x]);
    cell.borrow_mut().push(x);
    let v = cell.borrow();
    v[0] * v[1]
}

#[differentiable]
fn later(x: f64) -> f64 {
    let cell = Cell::new(1.0);
    cell.set(x);
    let y = cell.get();
    y * cell.get()
}

#[differentiable]
fn shared(x: f64) -> f64 {
    let shared = Rc::new(x);
    *shared * x
}

#[differentiable]
fn mutex(x: f64) -> f64 {
    let mutex = Mutex::new(x);
    *mutex.lock().unwrap() *= x;
    let z = *mutex.lock().unwrap();
    z
}

#[differentiable]
fn map(x: f64) -> f64 {
    let mut map = HashMap::new();
    map.insert("x", x);
    map["x"] * x
}

#[differentiable]
fn entry(x: f64) -> f64 {
    let mut map: HashMap<i32, f64> = HashMap::new();
    *map.entry(1).or_insert(0.0) += x;
    map[&1] * x
}

#[differentiable]
fn thread(x: f64) -> f64 {
    let handle = std::thread::spawn(move || x * x);
    handle.join().unwrap() * x
}

fn main() {}
