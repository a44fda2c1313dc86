//! Gradients of ordinary Rust functions, computed by ordinary Rust functions.
//!
//! [`#[differentiable]`](macro@differentiable) on a function writes *companions* beside it, at
//! compile time and on stable Rust: plain functions that compute its value and its gradient.
//!
//! ```
//! use backprop::prelude::*;
//!
//! /// The squared error of a linear predictor.
//! #[differentiable(wrt(w))]
//! fn loss(w: &Vector, phi: &Vector, y: f64) -> f64 {
//!     let residual = w.dot(phi) - y;
//!     residual * residual
//! }
//!
//! let (w, phi) = (Vector::from([3.0, 1.0]), Vector::from([1.0, 2.0]));
//! let (value, gradient) = loss_grad(&w, &phi, 2.0);
//! assert_eq!(value, 9.0);
//! assert_eq!(gradient, Vector::from([6.0, 12.0]));
//! ```
//!
//! A function is either differentiated or refused with an error at the place that is not
//! followed; nothing is silently given the gradient zero.
//!
//! # Companions
//!
//! For a function `f`, beside it, with its visibility, generics, `cfg`s and lint levels:
//!
//! | companion | for | gives |
//! |---|---|---|
//! | `f_grad(args…)` | functions that return a number | the value and the gradient |
//! | `f_grad_add(args…, &mut gradient…)` | functions that return a number | the value; the gradient is added to the buffers |
//! | `f_vjp(args…)` | every function | the value and a pullback: the function that takes the adjoint of the value to the gradients |
//! | `f_jvp(args…, tangents…)` | every function with the option `jvp` | the value and its tangent: the derivative in the direction in which the tangents say that the `wrt` parameters change |
//!
//! ```
//! use backprop::prelude::*;
//!
//! #[differentiable]
//! fn polar(r: f64, angle: f64) -> (f64, f64) {
//!     (r * angle.cos(), r * angle.sin())
//! }
//!
//! #[differentiable]
//! fn energy(v: &[f64], mass: f64) -> f64 {
//!     0.5 * mass * v.iter().map(|v| v * v).sum::<f64>()
//! }
//!
//! // Of several results, each has an adjoint; the gradient belongs to their weighted sum.
//! let (_, pullback) = polar_vjp(2.0, 0.0);
//! assert_eq!(pullback((1.0, 0.5)), (1.0, 1.0));
//!
//! assert_eq!(energy_grad(&[1.0, 2.0], 2.0), (5.0, (vec![2.0, 4.0], 2.5)));
//!
//! // Buffers are added to, whatever they hold: here the sum over two points in time.
//! let (mut d_v, mut d_mass) = ([0.0; 2], 0.0);
//! energy_grad_add(&[1.0, 2.0], 2.0, &mut d_v, &mut d_mass);
//! energy_grad_add(&[0.0, 1.0], 2.0, &mut d_v, &mut d_mass);
//! assert_eq!((d_v, d_mass), ([2.0, 6.0], 3.0));
//! ```
//!
//! # Parameters
//!
//! `wrt(..)` lists the parameters to differentiate with respect to, `self` included, in the order
//! in which the gradients come; the gradient of a single one comes bare. Without `wrt(..)` it is
//! every parameter that can carry a derivative: not integers, `bool`, strings, closures or `self`,
//! unless `self` is all there is.
//!
//! | parameter | gradient |
//! |---|---|
//! | `f64`, `f32` | the same |
//! | `[f64; N]`, `&[f64; N]` | `[f64; N]` |
//! | `&[f64]`, `Vec<f64>` | `Vec<f64>`; the buffer for a slice is a `&mut [f64]` |
//! | `&[Vec<f64>]` | `Vec<Vec<f64>>` |
//! | [`&Vector`](Vector), [`&Matrix`](Matrix) | [`Vector`], [`Matrix`] |
//! | `(A, B)` | the tuple of their gradients |
//! | a type with [`#[derive(Clone, Differentiable)]`](derive@Differentiable) | itself |
//!
//! ```
//! use backprop::prelude::*;
//!
//! #[derive(Debug, Clone, PartialEq, Differentiable)]
//! struct Line {
//!     slope: f64,
//!     height: f64,
//!     #[differentiable(skip)]
//!     colour: &'static str,
//! }
//!
//! impl Line {
//!     #[differentiable(wrt(self))]
//!     fn at(&self, x: f64) -> f64 {
//!         self.slope * x + self.height
//!     }
//! }
//!
//! let line = Line { slope: 2.0, height: 1.0, colour: "red" };
//! let (height, gradient) = line.at_grad(3.0);
//! assert_eq!(height, 7.0);
//! assert_eq!(gradient, Line { slope: 3.0, height: 1.0, colour: "red" });
//! ```
//!
//! The attribute's other options: `associated` says that a function without `self` belongs to a
//! type, where the macro cannot see that (in code that another macro wrote), and
//! `crate = path::to::backprop` says where this crate is, if not at `::backprop`.
//!
//! # Language
//!
//! Only code on the way from a `wrt` parameter to the result has to be understood by the macro;
//! everything else may be any Rust, and runs once, as in the original. On that way there may be
//! `let`, assignments, branches, loops, early exits, iterator chains, arrays changed in place,
//! structs, the elementary functions of `f64`, the operations of [`Vector`] and [`Matrix`], and
//! calls of functions that are differentiable themselves. The README lists what is followed and
//! what is refused.
//!
//! A function is called by the name under which it is in scope; nothing else needs to be imported.
//!
//! ```
//! mod activation {
//!     use backprop::differentiable;
//!
//!     #[differentiable]
//!     pub fn leaky(x: f64) -> f64 {
//!         if x > 0.0 { x } else { 0.1 * x }
//!     }
//! }
//!
//! use activation::leaky;
//! use backprop::differentiable;
//!
//! #[differentiable(wrt(weights))]
//! fn score(weights: &[f64], features: &[(usize, f64)]) -> f64 {
//!     let mut sum = 0.0;
//!     for (index, value) in features {
//!         if *index >= weights.len() {
//!             break;
//!         }
//!         sum += weights[*index] * value;
//!     }
//!     leaky(sum)
//! }
//!
//! let (_, gradient) = score_grad(&[1.0, -3.0, 0.0], &[(0, 2.0), (1, 1.0), (9, 1.0)]);
//! assert_eq!(gradient, [0.2, 0.1, 0.0]);
//! ```
//!
//! # Derivatives given by hand
//!
//! Where the macro cannot follow (a function of another library, a table, an iteration whose result
//! is known to solve an equation), the derivative is given, on a function of one's own. Its body is
//! then not read. Of a number computed from numbers one gives the partial derivatives, in terms of
//! the parameters and of `value`, which is what the function returned:
//!
//! ```
//! use backprop::differentiable;
//! # mod library { pub fn logistic(x: f64) -> f64 { 1.0 / (1.0 + (-x).exp()) } }
//!
//! #[differentiable(partials(x = value * (1.0 - value)))]
//! fn logistic(x: f64) -> f64 {
//!     library::logistic(x)
//! }
//!
//! #[differentiable]
//! fn loss(w: f64) -> f64 {
//!     (logistic(2.0 * w) - 1.0).powi(2)
//! }
//! assert_eq!(loss_grad(0.0), (0.25, -0.5));
//! ```
//!
//! Of anything else one gives the *pullback*: a function that takes the parameters again, the value
//! (by reference, unless it is a number) and the value's adjoint, and returns the gradients, as
//! `f_grad` does: a tuple in the order of `wrt`, bare for a single one.
//!
//! ```
//! use backprop::differentiable;
//!
//! /// The solution `x` of `x + a[0] · sin x = a[1]`.
//! #[differentiable(pullback = kepler_pullback)]
//! fn kepler(a: &[f64; 2]) -> f64 {
//!     let mut x = a[1];
//!     while (x + a[0] * x.sin() - a[1]).abs() > 1e-15 {
//!         x -= (x + a[0] * x.sin() - a[1]) / (1.0 + a[0] * x.cos());
//!     }
//!     x
//! }
//!
//! /// By the implicit function theorem, without the iterations.
//! fn kepler_pullback(a: &[f64; 2], x: f64, cotangent: f64) -> [f64; 2] {
//!     let d = cotangent / (1.0 + a[0] * x.cos());
//!     [-d * x.sin(), d]
//! }
//!
//! let (_, gradient) = kepler_grad(&[0.5, 0.0]);
//! assert_eq!(gradient, [0.0, 1.0 / 1.5]);
//! ```
//!
//! The option `check(..)` writes a test beside the function, which compares its derivative with
//! differences at the point that it names and tells what is wrong:
//! `#[differentiable(check(x = 0.3), partials(x = value * (1.0 - value)))]`. The test is called
//! `logistic_derivative` and runs with `cargo test`; for methods, and with several points, there is
//! [`check::assert_derivative`].
//!
//! # Elementary functions
//!
//! As methods of numbers, written `x.sin()` or `f64::sin(x)`, and element by element as methods of
//! [`Vector`] and [`Matrix`] where they have them. `y` is the value. The last column is the largest
//! error of the derivative in units in the last place, measured all over the domain, from the
//! smallest to the largest numbers and next to zeros and singularities.
//!
#![doc = backprop_macro::__function_table!()]
//!
//! # Conventions
//!
//! The value that a companion returns is bit for bit that of the function. Where the derivative
//! exists, it is the true derivative, to a few units in the last place, and not what the shortest
//! formula gives. Elsewhere:
//!
//! | at | gradient | because |
//! |---|---|---|
//! | a kink: `abs` at 0, `max` or `min` at a tie, `clamp` at a bound | the smallest subgradient: 0; ½ for each of two variables, 0 against a constant | it does not depend on the order of operands, and a minimum at a kink has the gradient 0 |
//! | `relu` and `x.max(0.0)` at 0 | 0 | as above: the other operand is a constant |
//! | `max` or `min` of a NaN and a number | 1 for the number, 0 for the NaN | the value is the number |
//! | an `if` | that of the branch taken | it is a choice of the program's, not a function with a kink |
//! | `floor`, `round`, `signum`, comparisons, casts to integers | 0; refused if the result depends on the parameters through nothing else | a gradient that is zero everywhere is a mistake more often than not |
//! | `sqrt`, `cbrt` at 0; `ln` at 0; `asin`, `acos` at ±1; `atanh` at ±1; `acosh` at 1 | ±∞ | the derivative's limit |
//! | an infinite partial derivative, or a divisor of zero, with a zero adjoint | 0, not NaN | what does not reach the result does not change it: in `if r > 0.0 { r.sqrt() } else { 0.0 }` the root may be taken before the `if` |
//! | `hypot`, `atan2` and the length of a vector at 0 | 0 | the smallest subgradient of a length |
//! | `x.powi(0)`, `x.powf(0.0)` | 0, also at `x = 0` | `x⁰` is 1 everywhere |
//! | `x.powf(p)` with respect to `p` | `y · ln x`; 0 at `x = 0` for `p ≥ 0`; NaN for `x < 0` | the function of `p` is constant there, or not defined |
//! | a product of numbers, some of them 0 | the products of the others | nothing is divided by an element |
//! | `copysign` | ±1 by the sign bits, that of `−0.0` included; 0 for the sign | the value changes with the sign in one step only |
//! | `%` and `rem_euclid` | 1, and minus the quotient as it was rounded | between its steps the quotient is constant |
//! | NaN | NaN | what is not known stays so |
//! | [`stop_gradient(e)`](stop_gradient) | 0 | the source says so |
//! | a parameter that is not used; an empty slice | 0; empty | the result does not depend on it |
//!
//! ```
//! use backprop::prelude::*;
//!
//! #[differentiable]
//! fn hinge(score: f64, y: f64) -> f64 {
//!     (1.0 - score * y).max(0.0)
//! }
//!
//! #[differentiable]
//! fn root_or_zero(x: f64) -> f64 {
//!     if x > 0.0 { x.sqrt() } else { 0.0 }
//! }
//!
//! #[differentiable]
//! fn half_stopped(x: f64) -> f64 {
//!     x * stop_gradient(x)
//! }
//!
//! assert_eq!(hinge_grad(0.5, 1.0).1, (-1.0, -0.5));
//! assert_eq!(hinge_grad(1.0, 1.0).1, (0.0, 0.0));
//! assert_eq!(root_or_zero_grad(0.0).1, 0.0);
//! assert_eq!(half_stopped_grad(3.0).1, 3.0);
//! ```
//!
//! # Training
//!
//! Parameters are values of a type that is a [`VectorSpace`]: numbers, arrays, `Vec`s, [`Vector`],
//! [`Matrix`], tuples of these, and derived structs. On all of them work [`check`] (gradients
//! against difference quotients), [`init`] (random initial values), [`optim`] (optimisers, step
//! sizes, clipping), [`monitor`] (gradients that vanish or explode) and [`VectorOps`] (norms, sums,
//! flat views).
//!
//! ```
//! use backprop::optim::Sgd;
//! use backprop::prelude::*;
//!
//! #[differentiable(wrt(w, b))]
//! fn loss(w: &Vector, b: f64, x: &Vector, y: f64) -> f64 {
//!     let margin = y * (w.dot(x) + b);
//!     (-margin).softplus()
//! }
//!
//! let examples = [([0.0, 1.0], 1.0), ([1.0, 0.0], -1.0), ([2.0, 3.0], 1.0), ([3.0, 2.0], -1.0)]
//!     .map(|(x, y)| (Vector::from(x), y));
//! let (mut w, mut b) = (Vector::zeros(2), 0.0);
//!
//! let (x, y) = &examples[2];
//! let (_, gradient) = loss_grad(&w, b, x, *y);
//! check_gradient(&(w.clone(), b), |(w, b)| loss(w, *b, x, *y), &gradient).unwrap();
//!
//! let mut optimizer = Sgd::new(0.5);
//! for _ in 0..100 {
//!     let mut gradient = (w.zero_like(), 0.0);
//!     for (x, y) in &examples {
//!         loss_grad_add(&w, b, x, *y, &mut gradient.0, &mut gradient.1);
//!     }
//!     optimizer.step((&mut w, &mut b), &gradient);
//! }
//! assert!(examples.iter().all(|(x, y)| y * (w.dot(x) + b) > 0.0));
//! ```

#![warn(missing_docs)]

pub use backprop_macro::{Differentiable, closure, differentiable};
pub use backprop_runtime::{
    Accumulate, Differentiable, Float, Matrix, Number, Path, ScalarFunctions, Scalars, ScalarsMut,
    Shape, Vector, VectorOps, VectorSpace, adjoint, check, init, monitor, optim, partial,
    stop_gradient,
};

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __rt {
    pub use backprop_macro::differentiable;
    pub use backprop_runtime::calls::*;
    pub use backprop_runtime::closures::*;
    pub use backprop_runtime::generated::*;
    pub use backprop_runtime::*;
}

/// Everything that one usually needs.
///
/// ```
/// use backprop::prelude::*;
///
/// #[differentiable]
/// fn norm(v: &Vector) -> f64 {
///     v.norm()
/// }
/// assert_eq!(norm_grad(&Vector::from([3.0, 4.0])), (5.0, Vector::from([0.6, 0.8])));
/// ```
pub mod prelude {
    pub use crate::check::check_gradient;
    pub use crate::optim::Optimizer;
    pub use crate::{
        Differentiable, Matrix, ScalarFunctions, Vector, VectorOps, VectorSpace, closure,
        differentiable, stop_gradient,
    };
}

/// The examples in the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
