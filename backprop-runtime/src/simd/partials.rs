//! `slot += d ∘ f′` in one pass, for functions whose derivative is transcendental.
//!
//! The formulas are those of [`partial`](crate::partial), without branches. A zero adjoint
//! contributes zero.

use super::arithmetic::{Arithmetic, Scalar};
use super::trigonometric::LIMIT;
use super::{dispatched, exponential, trigonometric};

/// Elements per step; the last ones are padded to as many.
const LANES: usize = 8;

/// A derivative with a kernel; a type, as in [`elementwise`](super::elementwise).
trait Slope {
    /// How far from 0 the kernel reaches.
    const LIMIT: f64;

    /// The derivative from the argument and the value.
    fn at<A: Arithmetic>(x: f64, y: f64) -> f64;

    /// The derivative beyond the limit.
    fn beyond(x: f64) -> f64;
}

/// `slot + d f′`.
#[inline(always)]
fn plus<F: Slope, A: Arithmetic, T: Scalar>(slot: T, x: T, y: T, d: T) -> T {
    let d = d.widen();
    let term = d * F::at::<A>(x.widen(), y.widen());
    T::narrow(slot.widen() + if d == 0.0 { 0.0 } else { term })
}

#[inline(always)]
fn each<F: Slope, A: Arithmetic, T: Scalar>(slot: &mut [T], x: &[T], y: &[T], d: &[T]) {
    if F::LIMIT < f64::INFINITY && x.iter().any(|x| x.widen().abs() > F::LIMIT) {
        for (((slot, &x), &y), &d) in slot.iter_mut().zip(x).zip(y).zip(d) {
            if x.widen().abs() <= F::LIMIT {
                *slot = plus::<F, A, T>(*slot, x, y, d);
            } else if d.widen() != 0.0 {
                *slot = T::narrow(slot.widen() + d.widen() * F::beyond(x.widen()));
            }
        }
        return;
    }
    let (slots, slot_rest) = slot.as_chunks_mut::<LANES>();
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (ys, y_rest) = y.as_chunks::<LANES>();
    let (ds, d_rest) = d.as_chunks::<LANES>();
    for (((slot, x), y), d) in slots.iter_mut().zip(xs).zip(ys).zip(ds) {
        step::<F, A, T>(slot, x, y, d);
    }
    if !slot_rest.is_empty() {
        let mut slot = padded(slot_rest);
        step::<F, A, T>(&mut slot, &padded(x_rest), &padded(y_rest), &padded(d_rest));
        for (to, x) in slot_rest.iter_mut().zip(slot) {
            *to = x;
        }
    }
}

#[inline(always)]
fn step<F: Slope, A: Arithmetic, T: Scalar>(
    slot: &mut [T; LANES],
    x: &[T; LANES],
    y: &[T; LANES],
    d: &[T; LANES],
) {
    for i in 0..LANES {
        slot[i] = plus::<F, A, T>(slot[i], x[i], y[i], d[i]);
    }
}

/// The elements and zeros.
#[inline(always)]
fn padded<T: Scalar>(rest: &[T]) -> [T; LANES] {
    let mut padded = [T::default(); LANES];
    for (to, &x) in padded.iter_mut().zip(rest) {
        *to = x;
    }
    padded
}

macro_rules! partials {
    ($(
        $(#[$doc:meta])*
        $Name:ident = $name:ident<$A:ident>($x:ident, $y:ident): $slope:expr
            $(, to $limit:expr, then $beyond:expr)?;
    )*) => {
        /// A function whose derivative has a kernel.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Partials {
            $($(#[$doc])* $Name,)*
        }

        $(
            struct $Name;

            impl Slope for $Name {
                #[allow(unused_assignments, unused_mut)]
                const LIMIT: f64 = {
                    let mut limit = f64::INFINITY;
                    $(limit = $limit;)?
                    limit
                };

                #[inline(always)]
                fn at<$A: Arithmetic>($x: f64, $y: f64) -> f64 {
                    $slope
                }

                #[inline(always)]
                fn beyond($x: f64) -> f64 {
                    $(return $beyond;)?
                    #[allow(unreachable_code)]
                    $x
                }
            }
        )*

        partials!(@ double f64 $($Name $name)*);
        partials!(@ single f32 $($Name $name)*);
    };
    (@ $of_type:ident $T:ident $($Name:ident $name:ident)*) => {
        pub(crate) mod $of_type {
            use super::*;

            dispatched! {
                $(fn $name(slot: &mut [$T], x: &[$T], y: &[$T], d: &[$T]) =
                    each::<$Name, A, $T>;)*
            }

            pub(crate) fn add(
                function: Partials,
                slot: &mut [$T],
                x: &[$T],
                y: &[$T],
                d: &[$T],
            ) {
                match function {
                    $(Partials::$Name => $name(slot, x, y, d),)*
                }
            }
        }
    };
}

partials! {
    /// `cos x`.
    Sin = sin<A>(x, _y): trigonometric::cos::<A>(x), to LIMIT, then x.cos();
    /// `−sin x`.
    Cos = cos<A>(x, _y): -trigonometric::sin::<A>(x), to LIMIT, then -x.sin();
    /// `1 − y²`, or `4e/(1 + e)²` with `e = e^−2|x|` where `y` comes close to ±1.
    Tanh = tanh<A>(x, y): {
        let e = exponential::exp_everywhere::<A>(-2.0 * x.abs());
        let s = 1.0 + e;
        if y.abs() < 0.625 { (1.0 - y) * (1.0 + y) } else { 4.0 * e / (s * s) }
    };
    /// `eˣ`.
    ExpM1 = exp_m1<A>(x, _y): exponential::exp_everywhere::<A>(x);
    /// `y (1 − y)`, or `e/(1 + e)²` with `e = e^−|x|` where `y` comes close to 1.
    Sigmoid = sigmoid<A>(x, y): {
        let e = exponential::exp_everywhere::<A>(-x.abs());
        let s = 1.0 + e;
        if y < 0.75 { y * (1.0 - y) } else { e / (s * s) }
    };
    /// `σ(x)`.
    Softplus = softplus<A>(x, _y): exponential::sigmoid::<A>(x);
    /// `σ(−x)`.
    LogSigmoid = log_sigmoid<A>(x, _y): exponential::sigmoid::<A>(-x);
}
