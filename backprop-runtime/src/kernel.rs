//! What vectors, matrices and rules do with slices. The callers have checked that lengths agree.

use crate::Float;
use crate::simd::{Function, Partials};

const LANES: usize = 8;

/// `Σ aᵢ bᵢ`.
#[inline]
pub(crate) fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    debug_assert_eq!(a.len(), b.len());
    T::kernel_dot(a, b)
}

/// `Σ f(aᵢ)`, in eight lanes, which the compiler turns into vector instructions; a plain sum it
/// must leave in order.
#[inline]
pub(crate) fn sum_of<T: Float>(a: &[T], f: impl Fn(T) -> T) -> T {
    let (blocks, rest) = a.as_chunks::<LANES>();
    let mut l = [T::ZERO; LANES];
    for block in blocks {
        for lane in 0..LANES {
            l[lane] += f(block[lane]);
        }
    }
    let rest: T = rest.iter().map(|&x| f(x)).sum();
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7])) + rest
}

/// `Σ aᵢ`.
#[inline]
pub(crate) fn sum<T: Float>(a: &[T]) -> T {
    T::kernel_sum(a)
}

/// `yᵢ += α xᵢ`.
#[inline]
pub(crate) fn axpy<T: Float>(alpha: T, x: &[T], y: &mut [T]) {
    debug_assert_eq!(x.len(), y.len());
    T::kernel_axpy(alpha, x, y);
}

/// `yᵢ += xᵢ`.
#[inline]
pub(crate) fn add<T: Float>(x: &[T], y: &mut [T]) {
    debug_assert_eq!(x.len(), y.len());
    T::kernel_add(x, y);
}

/// `mᵢⱼ += α uᵢ vⱼ` for a matrix of `u.len()` rows.
#[inline]
pub(crate) fn add_outer<T: Float>(alpha: T, u: &[T], v: &[T], m: &mut [T]) {
    debug_assert_eq!(u.len() * v.len(), m.len());
    T::kernel_ger(alpha, u, v, m, false);
}

/// [`add_outer`] where a factor `α uᵢ` is an adjoint: if it is zero, it contributes zero, and row
/// `i` is left alone.
#[inline]
pub(crate) fn add_outer_of_adjoint<T: Float>(alpha: T, u: &[T], v: &[T], m: &mut [T]) {
    debug_assert_eq!(u.len() * v.len(), m.len());
    T::kernel_ger(alpha, u, v, m, true);
}

/// `yᵢ += Σⱼ mᵢⱼ xⱼ` for a matrix of `y.len()` rows.
#[inline]
pub(crate) fn add_product<T: Float>(m: &[T], x: &[T], y: &mut [T]) {
    debug_assert_eq!(y.len() * x.len(), m.len());
    T::kernel_gemv(m, x, y);
}

/// `yⱼ += Σᵢ mᵢⱼ xᵢ` for a matrix of `x.len()` rows.
#[inline]
pub(crate) fn add_transposed_product<T: Float>(m: &[T], x: &[T], y: &mut [T]) {
    debug_assert_eq!(y.len() * x.len(), m.len());
    T::kernel_gemv_transposed(m, x, y);
}

/// `slot += d ∘ f′` with the derivative of the function at `x`, where its value is `y`.
#[inline]
pub(crate) fn add_partials<T: Float>(f: Partials, slot: &mut [T], x: &[T], y: &[T], d: &[T]) {
    debug_assert!(slot.len() == x.len() && slot.len() == y.len() && slot.len() == d.len());
    T::kernel_add_partials(f, slot, x, y, d);
}

/// Replaces every element by the function of it.
#[inline]
pub(crate) fn apply<T: Float>(function: Function, a: &mut [T]) {
    T::kernel_apply(function, a);
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
        shift + T::ln_of(sum_of_exponentials(a, shift))
    } else if a.iter().any(|&x| T::nan_in(x)) {
        T::NAN
    } else {
        shift
    }
}

/// `Σ exp(aᵢ − shift)`.
pub(crate) fn sum_of_exponentials<T: Float>(a: &[T], shift: T) -> T {
    let mut total = T::ZERO;
    in_blocks(a, shift, |_, block| total += sum(block));
    total
}

/// Calls `f` with each index and `exp(aᵢ − shift)` from there on, some elements at a time.
pub(crate) fn in_blocks<T: Float>(a: &[T], shift: T, mut f: impl FnMut(usize, &[T])) {
    const BLOCK: usize = 64;
    let mut buffer = [T::ZERO; BLOCK];
    for (i, block) in a.chunks(BLOCK).enumerate() {
        let exponentials = &mut buffer[..block.len()];
        for (to, &x) in exponentials.iter_mut().zip(block) {
            *to = x - shift;
        }
        apply(Function::Exp, exponentials);
        f(i * BLOCK, exponentials);
    }
}

/// Replaces `a` by `exp aᵢ / Σ exp aⱼ`.
pub(crate) fn softmax<T: Float>(a: &mut [T]) {
    let shift = max(a);
    for x in a.iter_mut() {
        *x -= shift;
    }
    apply(Function::Exp, a);
    let total = sum(a);
    for x in a {
        *x /= total;
    }
}

/// Replaces `a` by `aᵢ − ln Σ exp aⱼ`.
pub(crate) fn log_softmax<T: Float>(a: &mut [T]) {
    let shift = max(a);
    let log_total = T::ln_of(sum_of_exponentials(a, shift));
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
