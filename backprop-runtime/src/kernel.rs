//! Loops over slices that everything else is built from.
//!
//! Sums run in eight lanes, which the compiler turns into vector instructions; a plain sum it
//! must leave in order. The callers have checked that lengths agree.

use crate::Float;

const LANES: usize = 8;

/// `Σ aᵢ bᵢ`.
#[inline]
pub(crate) fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    debug_assert_eq!(a.len(), b.len());
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [T::ZERO; LANES];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: T = a_rest.iter().zip(b_rest).map(|(&a, &b)| a * b).sum();
    add_up(lanes) + rest
}

/// `Σ f(aᵢ)`.
#[inline]
pub(crate) fn sum_of<T: Float>(a: &[T], f: impl Fn(T) -> T) -> T {
    let (blocks, rest) = a.as_chunks::<LANES>();
    let mut lanes = [T::ZERO; LANES];
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] += f(block[lane]);
        }
    }
    let rest: T = rest.iter().map(|&x| f(x)).sum();
    add_up(lanes) + rest
}

/// `Σ aᵢ`.
#[inline]
pub(crate) fn sum<T: Float>(a: &[T]) -> T {
    sum_of(a, |x| x)
}

#[inline]
fn add_up<T: Float>(l: [T; LANES]) -> T {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

/// `yᵢ += α xᵢ`.
#[inline]
pub(crate) fn axpy<T: Float>(alpha: T, x: &[T], y: &mut [T]) {
    debug_assert_eq!(x.len(), y.len());
    for (y, &x) in y.iter_mut().zip(x) {
        *y += alpha * x;
    }
}

/// `yᵢ += xᵢ`.
#[inline]
pub(crate) fn add<T: Float>(x: &[T], y: &mut [T]) {
    debug_assert_eq!(x.len(), y.len());
    for (y, &x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

/// `√(Σ aᵢ²)`, also where the squares leave the range of numbers.
pub(crate) fn norm<T: Float>(a: &[T]) -> T {
    let square = dot(a, a);
    let trusted = square > T::MIN_POSITIVE / T::EPSILON && square < T::INFINITY;
    if trusted || T::nan_in(square) {
        return T::sqrt_of(square);
    }
    let scale = a.iter().fold(T::ZERO, |m, &x| T::max_of(m, T::abs_of(x)));
    if scale == T::ZERO || scale == T::INFINITY {
        return scale;
    }
    // Dividing twice keeps 1/scale out of it, which overflows for denormal scales.
    scale * T::sqrt_of(sum_of(a, |x| (x / scale) * (x / scale)))
}

/// `Σ (aᵢ − mean)² / n`.
pub(crate) fn variance<T: Float>(a: &[T]) -> T {
    let mean = mean(a);
    sum_of(a, |x| (x - mean) * (x - mean)) / T::from_usize(a.len())
}

/// `Σ aᵢ / n`.
pub(crate) fn mean<T: Float>(a: &[T]) -> T {
    sum(a) / T::from_usize(a.len())
}

/// The largest element, NaN ignored unless there is nothing else; −∞ for none.
pub(crate) fn max<T: Float>(a: &[T]) -> T {
    let mut largest = a.first().copied().unwrap_or(-T::INFINITY);
    for &x in a {
        largest = T::max_of(largest, x);
    }
    largest
}

/// The smallest element, NaN ignored unless there is nothing else; ∞ for none.
pub(crate) fn min<T: Float>(a: &[T]) -> T {
    let mut smallest = a.first().copied().unwrap_or(T::INFINITY);
    for &x in a {
        smallest = T::min_of(smallest, x);
    }
    smallest
}

/// `ln Σ exp aᵢ` by the shift to the largest element; −∞ for none.
pub(crate) fn log_sum_exp<T: Float>(a: &[T]) -> T {
    let shift = max(a);
    if T::finite(shift) {
        shift + T::ln_of(sum_of(a, |x| T::exp_of(x - shift)))
    } else if a.iter().any(|&x| T::nan_in(x)) {
        T::NAN
    } else {
        shift
    }
}

/// Replaces `a` by `exp aᵢ / Σ exp aⱼ`.
pub(crate) fn softmax<T: Float>(a: &mut [T]) {
    let shift = max(a);
    for x in a.iter_mut() {
        *x = T::exp_of(*x - shift);
    }
    let total = sum(a);
    for x in a {
        *x /= total;
    }
}

/// Replaces `a` by `aᵢ − ln Σ exp aⱼ`.
pub(crate) fn log_softmax<T: Float>(a: &mut [T]) {
    let shift = max(a);
    let log_total = T::ln_of(sum_of(a, |x| T::exp_of(x - shift)));
    for x in a {
        // The shift goes first: adding it to the logarithm would cost the latter's digits.
        *x = (*x - shift) - log_total;
    }
}

/// The index of the first largest element, NaN ignored.
pub(crate) fn argmax<T: Float>(a: &[T]) -> Option<usize> {
    let largest = max(a);
    a.iter().position(|&x| x == largest)
}

/// The index of the first smallest element, NaN ignored.
pub(crate) fn argmin<T: Float>(a: &[T]) -> Option<usize> {
    let smallest = min(a);
    a.iter().position(|&x| x == smallest)
}
