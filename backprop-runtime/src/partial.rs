//! Partial derivatives of the elementary functions.
//!
//! `partial::tan(x, y)` is the derivative of the tangent at `x`, where `y = tan x` has been
//! computed already; a formula takes whichever of the two gives it to a few units in the last
//! place of the *true* derivative, in the tails as well. Functions of several arguments take all
//! of them and then, where it helps, the value.
//!
//! At a kink the derivative is the subgradient of least norm over the arguments that are
//! *active*, that is, with respect to which one differentiates: `|x|` has 0 at 0, `max(a, b)` at
//! a tie has ½ and ½, and 0 if one of the two is a constant.
//!
//! ```
//! use backprop_runtime::partial;
//!
//! let x = 20.0_f64;
//! // 1 − y² would be 0, as y rounds to 1.
//! assert_eq!(partial::tanh(x, x.tanh()), 1.6993417021166355e-17);
//! ```

mod elementary;
mod kinks;
mod pairs;
mod power;
#[cfg(test)]
mod tests;

pub use elementary::*;
pub use kinks::*;
pub use pairs::*;
pub use power::*;

use crate::Float;

/// A number of the type of `like`.
#[inline]
pub fn constant<T: Float>(_like: T, number: f64) -> T {
    T::from_f64(number)
}

/// `d · p`, where an adjoint `d` of zero gives zero whatever `p` is (the *strong zero*): what
/// does not reach the result has no influence on it, also where `p` is infinite or NaN.
///
/// ```
/// use backprop_runtime::partial::chain;
///
/// assert_eq!(chain(0.0, f64::INFINITY), 0.0);
/// assert_eq!(chain(2.0, 3.0), 6.0);
/// ```
#[inline]
pub fn chain<T: Float>(d: T, p: T) -> T {
    if d == T::ZERO { T::ZERO } else { d * p }
}

/// `d · p`, where a partial `p` of zero gives zero whatever the adjoint `d` is: the piece of the
/// function that holds does not depend on the operand, also where `d` is infinite or NaN.
///
/// ```
/// use backprop_runtime::partial::piece;
///
/// assert_eq!(piece(f64::INFINITY, 0.0), 0.0);
/// assert_eq!(piece(2.0, 0.5), 1.0);
/// ```
#[inline]
pub fn piece<T: Float>(d: T, p: T) -> T {
    if p == T::ZERO { T::ZERO } else { d * p }
}
