//! `cfg`, lint levels, documentation and visibility.

#![deny(warnings)]

use backprop::differentiable;

mod inner {
    use backprop::differentiable;

    #[cfg(any())]
    #[differentiable]
    pub(crate) fn f(x: f64) -> f64 {
        this_is_not_compiled(x)
    }

    #[cfg(all())]
    #[differentiable]
    pub(crate) fn f(x: f64) -> f64 {
        x * x
    }

    #[differentiable]
    #[cfg(any())]
    pub(super) fn g(x: f64) -> f64 {
        this_is_not_compiled(x)
    }

    #[differentiable]
    #[cfg(all())]
    pub(super) fn g(x: f64) -> f64 {
        f(x) * x
    }

    #[cfg_attr(all(), differentiable)]
    pub(in crate::inner) fn h(x: f64) -> f64 {
        g(x) + x
    }

    pub(super) fn slope_of_h(x: f64) -> f64 {
        h_grad(x).1
    }
}

/// A function with documentation.
///
/// ```
/// This is not Rust, and is not tested on the companions.
/// ```
#[inline]
#[must_use]
#[track_caller]
#[allow(non_snake_case, clippy::many_single_char_names)]
#[differentiable]
pub fn distance_from_A(#[allow(unused_variables)] A: f64, x: f64) -> f64 {
    let Squared = (x - A) * (x - A);
    Squared.sqrt()
}

fn main() {
    assert_eq!(inner::f_grad(3.0), (9.0, 6.0));
    assert_eq!(inner::g_grad(3.0), (27.0, 27.0));
    assert_eq!(inner::slope_of_h(3.0), 28.0);
    assert_eq!(distance_from_A_grad(1.0, 3.0), (2.0, (-1.0, 1.0)));
}
