//! `#[cfg(..)]` inside a function's body.

#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[derive(Clone, Copy, Differentiable)]
struct Pair {
    a: f64,
    b: f64,
}

/// Every place that a condition may stand at, with both answers.
#[differentiable]
fn everywhere(x: f64, v: &[f64]) -> f64 {
    #[cfg(all())]
    let mut s = x * v[0];
    #[cfg(any())]
    let mut s = nonsense;
    #[cfg(not(any()))]
    {
        s *= 2.0;
    }
    #[cfg(any())]
    {
        s *= does_not_exist();
    }
    #[cfg(all())]
    for a in v {
        s += a * a;
    }
    #[cfg(any())]
    s += 1000.0;
    #[cfg(all())]
    if s > 100.0 {
        return s;
    }
    #[cfg(debug_assertions)]
    assert!(s.is_finite());
    let list = vec![x, s];
    let array = [
        x,
        #[cfg(any())]
        unknown,
        #[cfg(all())]
        s,
    ];
    let pair = Pair {
        a: list[1],
        #[cfg(all())]
        b: array[1] * x,
        #[cfg(any())]
        b: 0.0,
    };
    let Pair {
        a,
        #[cfg(all())]
        b,
        #[cfg(any())]
        c,
    } = pair;
    let factor = match v.len() {
        #[cfg(any())]
        5 => 7.0,
        #[cfg(all())]
        5 => x,
        _ => 1.0,
    };
    a * b * factor
}

/// The value is what is under a condition.
#[differentiable]
fn tail(x: f64) -> f64 {
    #[cfg(any(unix, windows))]
    {
        x * x
    }
    #[cfg(not(any(unix, windows)))]
    {
        -x
    }
}

struct Spring {
    stiffness: f64,
}

#[differentiable]
impl Spring {
    fn energy(&self, x: f64) -> f64 {
        #[cfg(all())]
        let half = 0.5;
        #[cfg(any())]
        let half = "half";
        half * self.stiffness * x * x
    }

    #[cfg(any())]
    fn energy(&self) -> Nothing {
        nothing()
    }
}

#[test]
fn conditions_are_those_of_the_compiler() {
    let v = vec![0.5, 1.5, -0.25, 0.75, 2.0];
    check!(everywhere, everywhere_grad, everywhere_grad_add, everywhere_vjp; x: 0.7, v: &v);
    assert_eq!(tail_grad(3.0), (9.0, 6.0));
    assert_eq!(Spring { stiffness: 3.0 }.energy_grad(2.0), (6.0, 6.0));
}
