//! Inner loops of adjoints over slices.
//!
//! They reassociate sums and fuse multiplications with additions: they are for adjoints, never for
//! a value of the user's function. A factor of zero is a zero adjoint and contributes zero.
//! Lengths that do not fit together are a mistake of the generated code and panic.

use crate::Number;

/// `dᵢ += a xᵢ`.
///
/// ```
/// let mut d = [1.0, 1.0];
/// backprop_runtime::generated::axpy(&mut d, 2.0, &[3.0, 4.0]);
/// assert_eq!(d, [7.0, 9.0]);
/// ```
#[inline]
#[track_caller]
pub fn axpy<T: Number>(d: &mut [T], a: T, x: &[T]) {
    assert_eq!(d.len(), x.len());
    if a != T::default() {
        T::kernel_axpy(a, x, d);
    }
}

/// `dᵢ += xᵢ`.
///
/// ```
/// let mut d = [1.0, 1.0];
/// backprop_runtime::generated::add(&mut d, &[3.0, 4.0]);
/// assert_eq!(d, [4.0, 5.0]);
/// ```
#[inline]
#[track_caller]
pub fn add<T: Number>(d: &mut [T], x: &[T]) {
    assert_eq!(d.len(), x.len());
    T::kernel_add(x, d);
}

/// `dᵢ += a`.
///
/// ```
/// let mut d = [1.0, 2.0];
/// backprop_runtime::generated::add_scalar(&mut d, 3.0);
/// assert_eq!(d, [4.0, 5.0]);
/// ```
#[inline]
pub fn add_scalar<T: Number>(d: &mut [T], a: T) {
    for d in d {
        *d += a;
    }
}

/// `dᵢ += s (aᵢ bᵢ)`.
///
/// ```
/// let mut d = [1.0, 1.0];
/// backprop_runtime::generated::add_product(&mut d, 2.0, &[3.0, 4.0], &[1.0, 0.5]);
/// assert_eq!(d, [7.0, 5.0]);
/// ```
#[inline]
#[track_caller]
pub fn add_product<T: Number>(d: &mut [T], s: T, a: &[T], b: &[T]) {
    assert!(d.len() == a.len() && d.len() == b.len());
    if s != T::default() {
        T::kernel_add_product(s, a, b, d);
    }
}

/// `Σ xᵢ yᵢ`.
///
/// ```
/// assert_eq!(backprop_runtime::generated::dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
/// ```
#[inline]
#[track_caller]
pub fn dot<T: Number>(x: &[T], y: &[T]) -> T {
    assert_eq!(x.len(), y.len());
    T::kernel_dot(x, y)
}

/// `dᵢ += a xᵢ`, if there is a `d`, and `Σ xᵢ yᵢ`: one pass over `x`.
///
/// ```
/// let mut d = [1.0, 1.0];
/// assert_eq!(backprop_runtime::generated::axpy_dot(&mut d, 2.0, &[3.0, 4.0], &[1.0, 0.5]), 5.0);
/// assert_eq!(d, [7.0, 9.0]);
/// assert_eq!(backprop_runtime::generated::axpy_dot(&mut [], 2.0, &[3.0], &[1.0]), 3.0);
/// ```
#[inline]
#[track_caller]
pub fn axpy_dot<T: Number>(d: &mut [T], a: T, x: &[T], y: &[T]) -> T {
    if d.is_empty() {
        return dot(x, y);
    }
    assert!(d.len() == x.len() && x.len() == y.len());
    let ((d, ds), (x, xs), (y, ys)) =
        (d.as_chunks_mut::<4>(), x.as_chunks::<4>(), y.as_chunks::<4>());
    let mut sums = [T::default(); 4];
    for ((d, x), y) in d.iter_mut().zip(x).zip(y) {
        for lane in 0..4 {
            d[lane] += a * x[lane];
            sums[lane] += x[lane] * y[lane];
        }
    }
    let mut sum = (sums[0] + sums[2]) + (sums[1] + sums[3]);
    for ((d, &x), &y) in ds.iter_mut().zip(xs).zip(ys) {
        *d += a * x;
        sum += x * y;
    }
    sum
}

/// `Σ xᵢ`.
///
/// ```
/// assert_eq!(backprop_runtime::generated::sum(&[1.0, 2.0]), 3.0);
/// ```
#[inline]
pub fn sum<T: Number>(x: &[T]) -> T {
    T::kernel_sum(x)
}

/// `dᵢⱼ += a xᵢ yⱼ` for a matrix of `x.len()` rows, one after the other. A row whose factor `a xᵢ`
/// is zero is left alone.
///
/// ```
/// let mut d = [1.0, 1.0, 1.0, 1.0];
/// backprop_runtime::generated::ger(&mut d, 2.0, &[1.0, 0.0], &[3.0, 4.0]);
/// assert_eq!(d, [7.0, 9.0, 1.0, 1.0]);
/// ```
#[inline]
#[track_caller]
pub fn ger<T: Number>(d: &mut [T], a: T, x: &[T], y: &[T]) {
    assert_eq!(d.len(), x.len() * y.len());
    T::kernel_ger(a, x, y, d, true);
}

/// `d += m x` for a matrix of `d.len()` rows, one after the other.
///
/// ```
/// let mut d = [1.0, 1.0];
/// backprop_runtime::generated::gemv(&mut d, &[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0]);
/// assert_eq!(d, [4.0, 8.0]);
/// ```
#[inline]
#[track_caller]
pub fn gemv<T: Number>(d: &mut [T], m: &[T], x: &[T]) {
    assert_eq!(m.len(), d.len() * x.len());
    T::kernel_gemv(m, x, d);
}

/// `d += mᵀ x` for a matrix of `x.len()` rows, one after the other.
///
/// ```
/// let mut d = [1.0, 1.0];
/// backprop_runtime::generated::gemv_transposed(&mut d, &[1.0, 2.0, 3.0, 4.0], &[1.0, 1.0]);
/// assert_eq!(d, [5.0, 7.0]);
/// ```
#[inline]
#[track_caller]
pub fn gemv_transposed<T: Number>(d: &mut [T], m: &[T], x: &[T]) {
    assert_eq!(m.len(), d.len() * x.len());
    T::kernel_gemv_transposed(m, x, d);
}
