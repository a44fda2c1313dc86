//! Softmax and its logarithm, of a vector and of every row of a matrix.

use super::Peel;
use crate::shape::demand_same;
use crate::{Float, Matrix, Vector, kernel};

/// `slot += out ∘ (d − ⟨out, d⟩)`.
fn softmax_of<T: Float>(slot: &mut [T], out: &[T], d: &[T]) {
    let mean = kernel::dot(out, d);
    for ((slot, &out), &d) in slot.iter_mut().zip(out).zip(d) {
        *slot += out * (d - mean);
    }
}

/// `slot += d − exp(out) Σ d`.
fn log_softmax_of<T: Float>(slot: &mut [T], out: &[T], d: &[T]) {
    let total = kernel::sum(d);
    kernel::in_blocks(out, T::ZERO, |start, exponentials| {
        let d = &d[start..];
        for ((slot, &e), &d) in slot[start..].iter_mut().zip(exponentials).zip(d) {
            *slot += d - e * total;
        }
    });
}

macro_rules! both {
    ($of:ident, $name:ident, $by_row:ident, $formula:literal) => {
        #[doc = concat!("`a.", stringify!($name), "()`, where `out` is its value:")]
        #[doc = concat!("`", $formula, "`.")]
        ///
        /// # Panics
        /// If the shapes differ.
        ///
        /// ```
        /// use backprop_runtime::{Vector, adjoint};
        ///
        /// // Between equal elements, an adjoint that is the same for all has no effect.
        /// let (a, mut slot) = (Vector::from([3.0, 3.0]), Vector::from([0.0, 0.0]));
        /// let d = Vector::from([5.0, 5.0]);
        #[doc = concat!("let out = a.", stringify!($name), "();")]
        #[doc = concat!("adjoint::", stringify!($name), "(&mut slot, &out, &d);")]
        /// assert!(slot.norm() < 1e-14);
        /// ```
        #[track_caller]
        pub fn $name<T: Float>(
            slot: &mut Vector<T>,
            out: &impl Peel<Target = Vector<T>>,
            d: &impl Peel<Target = Vector<T>>,
        ) {
            let (out, d) = (out.peel(), d.peel());
            demand_same("slot and value", slot.shape_of(), out.shape_of());
            demand_same("slot and adjoint", slot.shape_of(), d.shape_of());
            $of(slot.as_mut_slice(), out.as_slice(), d.as_slice());
        }

        #[doc = concat!("`a.", stringify!($by_row), "()`:")]
        #[doc = concat!("[`", stringify!($name), "`] in every row.")]
        ///
        /// # Panics
        /// If the shapes differ.
        ///
        /// ```
        /// use backprop_runtime::{Matrix, adjoint};
        ///
        /// let (a, mut slot) = (Matrix::from([[3.0, 3.0], [0.0, 1.0]]), Matrix::zeros(2, 2));
        #[doc = concat!("let out = a.", stringify!($by_row), "();")]
        /// let d = Matrix::from([[1.0, -1.0], [0.0, 0.0]]);
        #[doc = concat!("adjoint::", stringify!($by_row), "(&mut slot, &out, &d);")]
        /// assert!(slot.row_sums().norm() < 1e-14);
        /// ```
        #[track_caller]
        pub fn $by_row<T: Float>(
            slot: &mut Matrix<T>,
            out: &impl Peel<Target = Matrix<T>>,
            d: &impl Peel<Target = Matrix<T>>,
        ) {
            let (out, d) = (out.peel(), d.peel());
            demand_same("slot and value", slot.shape_of(), out.shape_of());
            demand_same("slot and adjoint", slot.shape_of(), d.shape_of());
            for i in 0..slot.rows() {
                $of(slot.row_slice_mut(i), out.row_slice(i), d.row_slice(i));
            }
        }
    };
}

both!(softmax_of, softmax, row_softmax, "slot += out ∘ (d − ⟨out, d⟩)");
both!(log_softmax_of, log_softmax, row_log_softmax, "slot += d − exp(out) Σ d");
