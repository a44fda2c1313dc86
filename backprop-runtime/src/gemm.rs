//! `C += A B` for dense matrices with any strides: with `simd/dispatch.rs`, where unsafe code is.
//!
//! Small products run in plain loops, larger ones in the `matrixmultiply` crate or, with the
//! feature `gemm`, in the crate of that name. Their functions take raw pointers; [`large`] checks
//! that every address they may touch lies in the slices.

#![allow(unsafe_code)]

use crate::{Float, Matrix, kernel};

/// Up to this number of multiplications packing costs more than it gains (measured on x86-64).
const SMALL: usize = 12 * 12 * 12;

/// A matrix or its transpose, without copying it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T: Float> View<'a, T> {
    /// The matrix as it is.
    pub(crate) fn of(matrix: &'a Matrix<T>) -> Self {
        let (rows, columns) = matrix.shape();
        Self { data: matrix.as_slice(), rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The matrix transposed.
    pub(crate) fn transposed(matrix: &'a Matrix<T>) -> Self {
        let (rows, columns) = matrix.shape();
        Self {
            data: matrix.as_slice(),
            rows: columns,
            columns: rows,
            row_stride: 1,
            column_stride: columns,
        }
    }
}

/// `out += a b`. The shapes must fit; the caller has said so to the user in its own words.
pub(crate) fn add_product<T: Float>(out: &mut Matrix<T>, a: View<'_, T>, b: View<'_, T>) {
    assert_eq!(a.columns, b.rows);
    assert_eq!(out.shape(), (a.rows, b.columns));
    if a.rows.saturating_mul(a.columns).saturating_mul(b.columns) > SMALL {
        T::large(a, b, out.as_mut_slice());
    } else if b.column_stride == 1 {
        for i in 0..a.rows {
            let out = out.row_slice_mut(i);
            for k in 0..a.columns {
                let factor = a.data[i * a.row_stride + k * a.column_stride];
                kernel::axpy(factor, &b.data[k * b.row_stride..][..out.len()], out);
            }
        }
    } else {
        // b is a transposed matrix: its columns are contiguous. So are a's rows, as no product
        // here has both factors transposed.
        assert!(a.column_stride == 1 && b.row_stride == 1);
        for i in 0..a.rows {
            let row = &a.data[i * a.row_stride..][..a.columns];
            for (j, out) in out.row_slice_mut(i).iter_mut().enumerate() {
                *out += kernel::dot(row, &b.data[j * b.column_stride..][..b.rows]);
            }
        }
    }
}

/// The scalar type's own kernel. Public in a private module: it seals [`Float`].
pub trait Gemm: Sized {
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn large(a: View<'_, Self>, b: View<'_, Self>, out: &mut [Self]);
}

macro_rules! large {
    ($T:ident, $kernel:ident) => {
        impl Gemm for $T {
            #[allow(private_interfaces)]
            fn large(a: View<'_, Self>, b: View<'_, Self>, out: &mut [Self]) {
                for view in [&a, &b] {
                    let last =
                        (view.rows - 1) * view.row_stride + (view.columns - 1) * view.column_stride;
                    assert!(last < view.data.len());
                }
                assert!(a.columns == b.rows && out.len() == a.rows * b.columns);
                // SAFETY: no dimension is 0 (`SMALL` exceeded), so each operand's largest offset
                // is the one just compared with its length, and `out` is row-major and complete.
                // Strides are at most lengths of allocations and so fit into `isize`. `out` is
                // borrowed mutably and overlaps with neither operand.
                #[cfg(not(feature = "gemm"))]
                unsafe {
                    matrixmultiply::$kernel(
                        a.rows,
                        a.columns,
                        b.columns,
                        1.0,
                        a.data.as_ptr(),
                        a.row_stride as isize,
                        a.column_stride as isize,
                        b.data.as_ptr(),
                        b.row_stride as isize,
                        b.column_stride as isize,
                        1.0,
                        out.as_mut_ptr(),
                        b.columns as isize,
                        1,
                    );
                }
                // SAFETY: as above; `out`, which is read, is initialised.
                #[cfg(feature = "gemm")]
                unsafe {
                    gemm::gemm(
                        a.rows,
                        b.columns,
                        a.columns,
                        out.as_mut_ptr(),
                        1,
                        b.columns as isize,
                        true,
                        a.data.as_ptr(),
                        a.column_stride as isize,
                        a.row_stride as isize,
                        b.data.as_ptr(),
                        b.column_stride as isize,
                        b.row_stride as isize,
                        1.0,
                        1.0,
                        false,
                        false,
                        false,
                        gemm::Parallelism::None,
                    );
                }
            }
        }
    };
}

large!(f32, sgemm);
large!(f64, dgemm);
