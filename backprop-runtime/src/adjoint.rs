//! Adjoint rules: what generated code calls in the reverse sweep.
//!
//! If `y = f(a, b)` and `d` is the derivative of the result of a program with respect to `y`, the
//! *adjoint* of `y`, then the rule of `f` for its operand `a` **adds** the contribution of this
//! use of `a` to a *slot*, in which the adjoint of `a` accumulates:
//! `adjoint::f_lhs(&mut slot, ..operands.., out, &d)`. A rule takes only what its formula needs,
//! in this order, and `out` is the value of `f`. Operands may be given behind any number of
//! references or boxes ([`Peel`]).
//!
//! A zero adjoint contributes zero, also where a derivative is infinite.
//!
//! ```
//! use backprop_runtime::{Matrix, Vector, adjoint};
//!
//! // The gradient of y = ½ ‖m x‖² with respect to m is (m x) xᵀ.
//! let (m, x) = (Matrix::from([[1.0, 2.0], [3.0, 4.0]]), Vector::from([1.0, -1.0]));
//! let h = &m * &x;
//! let (mut d_h, mut d_m) = (Vector::zeros(2), Matrix::zeros(2, 2));
//! adjoint::norm_squared(&mut d_h, &h, &0.5);
//! adjoint::mul_lhs(&mut d_m, &x, &d_h);
//! assert_eq!(d_m, h.outer(&x));
//! ```
//!
//! # Operators
//!
//! | expression | left operand | right operand |
//! |---|---|---|
//! | `a + b` | `add_lhs(slot, d)`: d | `add_rhs(slot, d)`: d |
//! | `a - b` | `sub_lhs(slot, d)`: d | `sub_rhs(slot, d)`: −d |
//! | `-a` | `neg(slot, d)`: −d | |
//! | `a * b` | `mul_lhs(slot, b, d)`: d bᵀ | `mul_rhs(slot, a, d)`: aᵀ d |
//! | `a / b` | `div_lhs(slot, b, d)`: d/b | `div_rhs(slot, b, out, d)`: −d·out/b |
//! | `a % b` | `rem_lhs(slot, d)`: d | `rem_rhs(slot, a, b, d)`: −trunc(a/b) d |
//!
//! # Elementwise functions
//!
//! `map1(slot, a, d, |a, d| …)`, [`map2`] and [`map3`], with the derivatives in
//! [`partial`](crate::partial): for `y = x.tanh()`,
//! `map2(slot, x, y, d, |x, y, d| chain(d, partial::tanh(x, y)))`.
//!
//! Functions with a transcendental derivative have rules of their own, which compute several
//! elements at a time: `sin` and `cos` as `sin(slot, a, d)`, and `tanh`, `exp_m1`, `sigmoid`,
//! `softplus` and `log_sigmoid` as `tanh(slot, a, out, d)`.
//!
//! # Methods
//!
//! | method | receiver | argument |
//! |---|---|---|
//! | `a.dot(b)` | `dot_lhs(slot, b, d)`: d b | `dot_rhs(slot, a, d)`: d a |
//! | `a.outer(b)` | `outer_lhs(slot, b, d)`: d b | `outer_rhs(slot, a, d)`: dᵀ a |
//! | `a.hadamard(b)` | `hadamard_lhs(slot, b, d)`: b ∘ d | `hadamard_rhs(slot, a, d)`: a ∘ d |
//! | `a.component_div(b)` | `component_div_lhs(slot, b, d)`: dᵢ/bᵢ | `component_div_rhs(slot, b, out, d)`: −dᵢ·outᵢ/bᵢ |
//! | `a.transpose_mul(b)` | `transpose_mul_lhs(slot, b, d)`: b dᵀ | `transpose_mul_rhs(slot, a, d)`: a d |
//! | `a.solve(b)` | `solve_lhs(slot, a, out, d)`: −a⁻ᵀ d outᵀ | `solve_rhs(slot, a, d)`: a⁻ᵀ d |
//! | `a.add_to_rows(b)` | `add_to_rows_lhs(slot, d)`: d | `add_to_rows_rhs(slot, d)`: Σᵢ dᵢⱼ |
//! | `a.sum()` | `sum(slot, d)`: d | |
//! | `a.mean()` | `mean(slot, d)`: d/n | |
//! | `a.product()` | `product(slot, a, d)`: d Πⱼ≠ᵢ aⱼ | |
//! | `a.norm()` | `norm(slot, a, out, d)`: d a/out | |
//! | `a.norm_squared()` | `norm_squared(slot, a, d)`: 2d a | |
//! | `a.variance()` | `variance(slot, a, d)`: 2d (a − mean)/n | |
//! | `a.std()` | `std(slot, a, out, d)`: d (a − mean)/(n out) | |
//! | `a.max()` | `max(slot, a, out, d)`: d shared by the maxima | |
//! | `a.min()` | `min(slot, a, out, d)`: d shared by the minima | |
//! | `a.log_sum_exp()` | `log_sum_exp(slot, a, out, d)`: d exp(aᵢ − out) | |
//! | `a.softmax()` | `softmax(slot, out, d)`: out ∘ (d − ⟨out, d⟩) | |
//! | `a.log_softmax()` | `log_softmax(slot, out, d)`: d − exp(out) Σ d | |
//! | `a.row_softmax()` | `row_softmax(slot, out, d)`: in every row | |
//! | `a.row_log_softmax()` | `row_log_softmax(slot, out, d)`: in every row | |
//! | `a.transpose()` | `transpose(slot, d)`: dᵀ | |
//! | `a.trace()` | `trace(slot, d)`: d on the diagonal | |
//! | `a.det()` | `det(slot, a, d)`: d times the cofactors | |
//! | `a.inverse()` | `inverse(slot, out, d)`: −outᵀ d outᵀ | |
//! | `a.diagonal()` | `diagonal(slot, d)`: d on the diagonal | |
//! | `a.row(i)` | `row(slot, i, d)`: d in row i | |
//! | `a.column(j)` | `column(slot, j, d)`: d in column j | |
//! | `a.row_sums()` | `row_sums(slot, d)`: dᵢ in row i | |
//! | `a.column_sums()` | `column_sums(slot, d)`: dⱼ in column j | |
//! | `a.row_means()` | `row_means(slot, d)`: dᵢ/columns in row i | |
//! | `a.column_means()` | `column_means(slot, d)`: dⱼ/rows in column j | |

mod arithmetic;
mod copies;
mod edits;
mod maps;
mod matrices;
mod products;
mod reductions;
mod rows;
mod softmax;
#[cfg(test)]
mod tests;
mod traits;
mod transcendental;

pub use crate::generated::{add, add_product, axpy};
pub use arithmetic::*;
pub use copies::*;
pub use edits::*;
pub use maps::*;
pub use matrices::*;
pub use products::*;
pub use reductions::*;
pub use rows::*;
pub use softmax::*;
pub use traits::{Array, Elementwise, Peel};
pub use transcendental::*;
