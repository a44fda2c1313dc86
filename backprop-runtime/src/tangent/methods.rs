//! Methods of vectors and matrices.

use crate::adjoint::{self, Array, Peel};
use crate::partial::chain;
use crate::shape::demand_same;
use crate::{Differentiable, Float, Matrix, Vector, VectorSpace, kernel};

/// `slot += ⟨gradient, t⟩`, where a zero of `t` contributes zero.
#[track_caller]
fn add_slope<A: Array>(slot: &mut A::Scalar, gradient: &A, t: &A) {
    demand_same("operand and tangent", gradient.shape(), t.shape());
    for (&slope, &t) in gradient.scalars().iter().zip(t.scalars()) {
        *slot += chain(t, slope);
    }
}

/// Methods whose value is a number: the gradient, by the adjoint rule, times the tangent.
macro_rules! numbers {
    ($($name:ident: $rule:ident($($need:ident: $Need:ty),*);)*) => {$(
        #[doc = concat!("The tangent of `", stringify!($rule), "`: `slot += ⟨∇, t⟩`, with the \
            gradient ∇ that [`adjoint::", stringify!($rule), "`] gives.")]
        ///
        /// # Panics
        /// If the shapes differ.
        #[track_caller]
        pub fn $name<A: Array + VectorSpace>(
            slot: &mut A::Scalar,
            $($need: &impl Peel<Target = $Need>,)*
            t: &impl Peel<Target = A>,
        ) {
            let t = t.peel();
            let mut gradient = t.zero_like();
            adjoint::$rule(&mut gradient, $($need,)* &A::Scalar::ONE);
            add_slope(slot, &gradient, t);
        }
    )*};
}

numbers! {
    sum: sum();
    mean: mean();
    product_of: product(a: A);
    norm: norm(a: A, out: A::Scalar);
    norm_squared: norm_squared(a: A);
    variance: variance(a: A);
    std: std(a: A, out: A::Scalar);
    max: max(a: A, out: A::Scalar);
    min: min(a: A, out: A::Scalar);
    log_sum_exp: log_sum_exp(a: A, out: A::Scalar);
}

/// `a.dot(&b)`, with respect to `a`: `slot += ⟨t, b⟩`.
///
/// # Panics
/// If the shapes differ.
#[inline]
#[track_caller]
pub fn dot_lhs<A: Array>(
    slot: &mut A::Scalar,
    b: &impl Peel<Target = A>,
    t: &impl Peel<Target = A>,
) {
    let (b, t) = (b.peel(), t.peel());
    demand_same("operand and tangent", b.shape(), t.shape());
    *slot += kernel::dot(b.scalars(), t.scalars());
}

/// `a.dot(&b)`, with respect to `b`: `slot += ⟨a, t⟩`.
///
/// # Panics
/// If the shapes differ.
#[inline]
#[track_caller]
pub fn dot_rhs<A: Array>(
    slot: &mut A::Scalar,
    a: &impl Peel<Target = A>,
    t: &impl Peel<Target = A>,
) {
    dot_lhs(slot, a, t);
}

/// `a.trace()`: `slot += trace t`.
///
/// # Panics
/// If the tangent is not square.
#[track_caller]
pub fn trace<T: Float>(slot: &mut T, t: &impl Peel<Target = Matrix<T>>) {
    *slot += t.peel().trace();
}

/// `a.det()`: `slot += ⟨cofactors, t⟩`.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn det<T: Float>(
    slot: &mut T,
    a: &impl Peel<Target = Matrix<T>>,
    t: &impl Peel<Target = Matrix<T>>,
) {
    let t = t.peel();
    let mut cofactors = t.zero_like();
    adjoint::det(&mut cofactors, a, &T::ONE);
    add_slope(slot, &cofactors, t);
}

/// `a.outer(&b)`, with respect to `a`: `slot += t bᵀ`.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn outer_lhs<T: Float>(
    slot: &mut Matrix<T>,
    b: &impl Peel<Target = Vector<T>>,
    t: &impl Peel<Target = Vector<T>>,
) {
    slot.add_outer(t.peel(), b.peel());
}

/// `a.outer(&b)`, with respect to `b`: `slot += a tᵀ`.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn outer_rhs<T: Float>(
    slot: &mut Matrix<T>,
    a: &impl Peel<Target = Vector<T>>,
    t: &impl Peel<Target = Vector<T>>,
) {
    slot.add_outer(a.peel(), t.peel());
}

/// `a.transpose_mul(&b)`, with respect to `a`: `slot += tᵀ b`.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn transpose_mul_lhs<T: Float>(
    slot: &mut Vector<T>,
    b: &impl Peel<Target = Vector<T>>,
    t: &impl Peel<Target = Matrix<T>>,
) {
    slot.add_transpose_mul(t.peel(), b.peel());
}

/// `a.transpose_mul(&b)`, with respect to `b`: `slot += aᵀ t`.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn transpose_mul_rhs<T: Float>(
    slot: &mut Vector<T>,
    a: &impl Peel<Target = Matrix<T>>,
    t: &impl Peel<Target = Vector<T>>,
) {
    slot.add_transpose_mul(a.peel(), t.peel());
}

/// `a.solve(&b)`, with respect to `a`, where `out` is the solution: `slot −= a⁻¹ (t out)`.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn solve_lhs<T: Float>(
    slot: &mut Vector<T>,
    a: &impl Peel<Target = Matrix<T>>,
    out: &impl Peel<Target = Vector<T>>,
    t: &impl Peel<Target = Matrix<T>>,
) {
    *slot -= &a.peel().solve(&(t.peel() * out.peel()));
}

/// `a.solve(&b)`, with respect to `b`: `slot += a⁻¹ t`.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn solve_rhs<T: Float>(
    slot: &mut Vector<T>,
    a: &impl Peel<Target = Matrix<T>>,
    t: &impl Peel<Target = Vector<T>>,
) {
    *slot += &a.peel().solve(t.peel());
}

/// `a.inverse()`, where `out` is the inverse: `slot −= out t out`.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn inverse<T: Float>(
    slot: &mut Matrix<T>,
    out: &impl Peel<Target = Matrix<T>>,
    t: &impl Peel<Target = Matrix<T>>,
) {
    let out = out.peel();
    *slot -= &(&(out * t.peel()) * out);
}

/// `a.add_to_rows(&b)`, with respect to `a`: `slot += t`.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn add_to_rows_lhs<T: Float>(slot: &mut Matrix<T>, t: &impl Peel<Target = Matrix<T>>) {
    *slot += t.peel();
}

/// `a.add_to_rows(&b)`, with respect to `b`: `t` is added to every row of the slot.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn add_to_rows_rhs<T: Float>(slot: &mut Matrix<T>, t: &impl Peel<Target = Vector<T>>) {
    *slot = slot.add_to_rows(t.peel());
}

/// `slot += t − ⟨exp(out), t⟩`.
fn log_softmax_of<T: Float>(slot: &mut [T], out: &[T], t: &[T]) {
    let mut mean = T::ZERO;
    for (&out, &t) in out.iter().zip(t) {
        mean += chain(t, T::exp_of(out));
    }
    for (slot, &t) in slot.iter_mut().zip(t) {
        *slot += t - mean;
    }
}

/// `a.log_softmax()`, where `out` is its value: `slot += t − ⟨exp(out), t⟩`.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn log_softmax<T: Float>(
    slot: &mut Vector<T>,
    out: &impl Peel<Target = Vector<T>>,
    t: &impl Peel<Target = Vector<T>>,
) {
    let (out, t) = (out.peel(), t.peel());
    demand_same("value and tangent", out.shape_of(), t.shape_of());
    log_softmax_of(slot.as_mut_slice(), out.as_slice(), t.as_slice());
}

/// [`log_softmax`] in every row.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn row_log_softmax<T: Float>(
    slot: &mut Matrix<T>,
    out: &impl Peel<Target = Matrix<T>>,
    t: &impl Peel<Target = Matrix<T>>,
) {
    let (out, t) = (out.peel(), t.peel());
    demand_same("value and tangent", out.shape_of(), t.shape_of());
    for i in 0..slot.rows() {
        log_softmax_of(slot.row_slice_mut(i), out.row_slice(i), t.row_slice(i));
    }
}

/// Linear methods of matrices that yield a vector: the method of the tangent.
macro_rules! linear {
    ($($name:ident($($index:ident)?);)*) => {$(
        #[doc = concat!("`slot += t.", stringify!($name), "(…)`.")]
        ///
        /// # Panics
        /// If the shapes do not fit.
        #[track_caller]
        pub fn $name<T: Float>(
            slot: &mut Vector<T>,
            $($index: usize,)?
            t: &impl Peel<Target = Matrix<T>>,
        ) {
            *slot += &t.peel().$name($($index)?);
        }
    )*};
}

linear! {
    diagonal();
    row(i);
    column(j);
    row_sums();
    column_sums();
    row_means();
    column_means();
}
