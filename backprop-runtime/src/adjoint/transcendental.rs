//! Elementwise functions whose derivative is worth a kernel.

use super::{Elementwise, Peel, map1, map2};
use crate::partial::{self, chain};
use crate::shape::demand_same;
use crate::simd::Partials;
use crate::{Number, kernel};

/// Adds `d ∘ f′` to the slot of an array.
#[track_caller]
fn add<S: Elementwise>(
    function: Partials,
    slot: &mut S,
    a: &impl Elementwise<Scalar = S::Scalar>,
    out: &impl Elementwise<Scalar = S::Scalar>,
    d: &impl Elementwise<Scalar = S::Scalar>,
) {
    demand_same("operand and adjoint", a.shape(), d.shape());
    demand_same("value and adjoint", out.shape(), d.shape());
    demand_same("slot and adjoint", slot.shape(), d.shape());
    kernel::add_partials(function, slot.scalars_mut(), a.scalars(), out.scalars(), d.scalars());
}

macro_rules! transcendental {
    ($($name:ident: $Function:ident, $formula:literal, $at_half:literal;)*) => {
        $(
            #[doc = concat!("`a.", stringify!($name), "()`, where `out` is its value: ")]
            #[doc = concat!("`slot += d ∘ ", $formula, "`.")]
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            /// use backprop_runtime::{Vector, adjoint};
            ///
            /// let (a, mut slot) = (Vector::from([0.5]), Vector::from([1.0]));
            #[doc = concat!(
                "adjoint::", stringify!($name), "(&mut slot, &a, &a.", stringify!($name),
                "(), &Vector::from([2.0]));"
            )]
            #[doc = concat!("let want = 1.0 + 2.0 * ", $at_half, "_f64;")]
            /// assert!((slot[0] - want).abs() < 1e-12);
            /// ```
            #[inline]
            #[track_caller]
            pub fn $name<S: Elementwise, A, O, D>(slot: &mut S, a: &A, out: &O, d: &D)
            where
                A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
                O: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
                D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
            {
                if S::SCALAR {
                    map2(slot, a, out, d, |x, y, d| chain(d, partial::$name(x, y)));
                } else {
                    add(Partials::$Function, slot, a.peel(), out.peel(), d.peel());
                }
            }
        )*
    };
}

transcendental! {
    tanh: Tanh, "(1 − out²)", "0.786447732965927";
    exp_m1: ExpM1, "eᵃ", "1.648721270700128";
    sigmoid: Sigmoid, "out (1 − out)", "0.235003712201594";
    softplus: Softplus, "σ(a)", "0.622459331201855";
    log_sigmoid: LogSigmoid, "σ(−a)", "0.377540668798145";
}

macro_rules! trigonometric {
    ($($name:ident: $Function:ident, $formula:literal, $at_half:literal, $slope:expr;)*) => {
        $(
            #[doc = concat!("`a.", stringify!($name), "()`: `slot += d ∘ ", $formula, "`.")]
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            /// use backprop_runtime::{Vector, adjoint};
            ///
            /// let (a, mut slot) = (Vector::from([0.5]), Vector::from([1.0]));
            #[doc = concat!(
                "adjoint::", stringify!($name), "(&mut slot, &a, &Vector::from([2.0]));"
            )]
            #[doc = concat!("let want = 1.0 + 2.0 * ", $at_half, "_f64;")]
            /// assert!((slot[0] - want).abs() < 1e-12);
            /// ```
            #[inline]
            #[track_caller]
            pub fn $name<S: Elementwise, A, D>(slot: &mut S, a: &A, d: &D)
            where
                A: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
                D: Peel<Target: Elementwise<Scalar = S::Scalar> + Sized>,
            {
                if S::SCALAR {
                    map1(slot, a, d, |x, d| chain(d, $slope(x)));
                } else {
                    add(Partials::$Function, slot, a.peel(), a.peel(), d.peel());
                }
            }
        )*
    };
}

trigonometric! {
    sin: Sin, "cos a", "0.877582561890373", S::Scalar::cos_of;
    cos: Cos, "(−sin a)", "-0.479425538604203", |x| -S::Scalar::sin_of(x);
}
