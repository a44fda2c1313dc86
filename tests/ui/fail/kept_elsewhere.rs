//! A value that depends on a parameter is put where it can be read again: in a global, a
//! thread-local, a channel.

use std::cell::Cell;
use std::sync::{mpsc, Mutex};

use backprop::differentiable;

static CACHE: Mutex<f64> = Mutex::new(0.0);
static mut LAST: f64 = 0.0;

thread_local! {
    static CELL: Cell<f64> = const { Cell::new(0.0) };
}

fn remember(x: f64) {
    *CACHE.lock().unwrap() = x;
}

fn recall() -> f64 {
    *CACHE.lock().unwrap()
}

#[differentiable]
fn by_a_lock(x: f64) -> f64 {
    *CACHE.lock().unwrap() = x * x;
    let z = *CACHE.lock().unwrap();
    z * x
}

#[differentiable]
fn by_functions(x: f64, y: f64) -> f64 {
    remember(y);
    recall() * x
}

#[differentiable]
fn by_a_thread_local(x: f64) -> f64 {
    CELL.with(|cell| cell.set(x));
    CELL.with(|cell| cell.get()) * x
}

#[differentiable]
fn by_a_channel(x: f64) -> f64 {
    let (sender, receiver) = mpsc::channel();
    sender.send(x).unwrap();
    let z: f64 = receiver.recv().unwrap();
    z * x
}

#[differentiable]
fn by_a_static(x: f64) -> f64 {
    unsafe { LAST = x };
    let z = unsafe { LAST };
    z * x
}

fn main() {}
