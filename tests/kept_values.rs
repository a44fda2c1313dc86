//! Files with cells whose functions are natural to call beside a derivative: what keeps nothing is
//! no way for derivatives to leave.

use std::cell::{Cell, RefCell};

use backprop::differentiable;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn inside(x: f64) -> bool {
    x > 0.0 && x < 10.0
}

fn count() -> usize {
    CALLS.with(|calls| calls.replace(calls.get() + 1))
}

fn offset() -> f64 {
    0.25
}

struct Log {
    lines: RefCell<Vec<String>>,
    limit: f64,
}

impl Log {
    fn exceeds(&self, x: f64) -> bool {
        x > self.limit
    }

    fn len(&self) -> usize {
        self.lines.borrow().len()
    }
}

/// A predicate of the file's and a number that comes from a function of the file's.
#[differentiable]
fn predicate(x: f64) -> f64 {
    let ok = inside(x * x);
    let c = offset();
    if ok { x * x * c } else { c }
}

/// A condition on a method that keeps nothing.
#[differentiable(wrt(x))]
fn limited(log: &Log, x: f64) -> f64 {
    if log.exceeds(x * x) { x } else { x * x * offset() }
}

/// What counts the calls is given nothing that depends on the parameter.
#[differentiable]
fn counted(x: f64) -> f64 {
    let n = count();
    if n < usize::MAX { x * x * 2.0 } else { x }
}

#[test]
fn what_keeps_nothing_is_accepted() {
    let (value, slope) = predicate_grad(1.5);
    assert_eq!((value, slope), (2.25 * 0.25, 0.75));
    let log = Log { lines: RefCell::new(Vec::new()), limit: 4.0 };
    assert_eq!(limited_grad(&log, 1.5), (2.25 * 0.25, 0.75));
    assert_eq!(limited_grad(&log, 3.0), (3.0, 1.0));
    assert_eq!(log.len(), 0);
    assert_eq!(counted_grad(1.5), (4.5, 6.0));
}
