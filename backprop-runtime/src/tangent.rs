//! Tangent rules: what generated code calls in forward mode.
//!
//! If `y = f(a, b)` and `t` is the *tangent* of `a`, the derivative of `a` in some direction, then
//! the rule of `f` for `a` **adds** to a slot what `a` contributes to the tangent of `y`:
//! `tangent::f_lhs(&mut slot, ..operands.., out, &t)`, with the same arguments as the
//! [adjoint rule](crate::adjoint). The slot has the shape of `y`. Where the derivative is its own
//! transpose, as that of all functions that act element by element, the adjoint rule serves.
//!
//! A zero tangent contributes zero, also where a derivative is infinite.
//!
//! ```
//! use backprop_runtime::{Matrix, Vector, tangent};
//!
//! // y = m x: ṫ = ṁ x + m ẋ
//! let (m, x) = (Matrix::from([[1.0, 2.0], [3.0, 4.0]]), Vector::from([1.0, -1.0]));
//! let (t_m, t_x) = (Matrix::identity(2), Vector::from([1.0, 0.0]));
//! let mut t_y = Vector::zeros(2);
//! tangent::product(&mut t_y, &t_m, &x);
//! tangent::product(&mut t_y, &m, &t_x);
//! assert_eq!(t_y, Vector::from([2.0, 2.0]));
//! ```

mod elementwise;
mod methods;
mod values;

pub use elementwise::*;
pub use methods::*;
pub use values::*;
