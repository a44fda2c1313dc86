//! Segments of a loop of which only the states in between are kept.

/// Integers that loops count with.
pub trait Counter: Copy + PartialOrd {
    /// The number of steps from one to the other, 0 if there are none.
    fn steps_to(self, end: Self) -> usize;
    /// The number that lies some steps ahead.
    fn ahead(self, steps: usize) -> Self;
    /// The next number.
    fn next(self) -> Option<Self>;
}

macro_rules! counters {
    ($($ty:ty),*) => {$(
        impl Counter for $ty {
            #[inline]
            fn steps_to(self, end: $ty) -> usize {
                if self < end {
                    usize::try_from(end.abs_diff(self)).expect("a loop that ends")
                } else {
                    0
                }
            }

            #[inline]
            // What lies ahead is not beyond the end of the range, which is of this type.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                trivial_numeric_casts
            )]
            fn ahead(self, steps: usize) -> $ty {
                self.wrapping_add(steps as $ty)
            }

            #[inline]
            fn next(self) -> Option<$ty> {
                self.checked_add(1)
            }
        }
    )*};
}

counters!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// Marks a block that is computed again in the reverse.
#[inline]
pub fn checkpoint() {}

/// The end of `..=last`.
#[inline]
#[track_caller]
pub fn after<T: Counter>(last: T) -> T {
    last.next().expect("the last number of the loop has a next one")
}

/// How many iterations a segment has: the root of all, rounded up.
///
/// ```
/// use backprop_runtime::generated::{segment, segments, stride};
///
/// let stride = stride(3, 13);
/// assert_eq!(stride, 4);
/// assert_eq!(segments(3, 13, stride), 3);
/// let begins: Vec<i32> = (0..4).map(|at| segment(3, 13, stride, at)).collect();
/// assert_eq!(begins, [3, 7, 11, 13]);
/// ```
#[inline]
pub fn stride<T: Counter>(begin: T, end: T) -> usize {
    let steps = begin.steps_to(end);
    let root = steps.isqrt();
    if root * root < steps { root + 1 } else { root.max(1) }
}

/// How many segments there are.
#[inline]
pub fn segments<T: Counter>(begin: T, end: T, stride: usize) -> usize {
    begin.steps_to(end).div_ceil(stride)
}

/// Where a segment begins, and the one before it ends.
#[inline]
pub fn segment<T: Counter>(begin: T, end: T, stride: usize, at: usize) -> T {
    let steps = begin.steps_to(end);
    begin.ahead(steps.min(stride.saturating_mul(at)))
}
