//! Which element a selection chooses, as its number.
//!
//! Only std's sequences and this crate's vectors are looked into: a method `first` or `get` of
//! another type means what that type says.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::Vector;

/// A sequence of std's, whose element number `i` is `self[i]`.
#[diagnostic::on_unimplemented(
    message = "the elements of `{Self}` cannot be followed",
    label = "not a slice, an array, a `Vec` or a `VecDeque`",
    note = "slices, arrays, `Vec`, `VecDeque` and `Vector` are followed; write a \
            `#[differentiable]` method for a type of your own"
)]
pub trait Sequence {
    /// The number of elements.
    fn length(&self) -> usize;
}

macro_rules! sequence {
    ($([$($generics:tt)*] $Type:ty),* $(,)?) => {
        $(
            impl<$($generics)*> Sequence for $Type {
                #[inline]
                fn length(&self) -> usize {
                    self.len()
                }
            }
        )*
    };
}

sequence!([T] [T], [T, const N: usize] [T; N], [T] Vec<T>, [T] VecDeque<T>, [T: crate::Float] Vector<T>);

macro_rules! through {
    ($($Reference:ty),*) => {
        $(
            impl<S: Sequence + ?Sized> Sequence for $Reference {
                #[inline]
                fn length(&self) -> usize {
                    (**self).length()
                }
            }
        )*
    };
}

through!(&S, &mut S, Box<S>);

/// The number of the first element.
#[inline]
pub fn first<S: Sequence + ?Sized>(sequence: &S) -> Option<usize> {
    (sequence.length() > 0).then_some(0)
}

/// The number of the last element.
#[inline]
pub fn last<S: Sequence + ?Sized>(sequence: &S) -> Option<usize> {
    sequence.length().checked_sub(1)
}

/// `index`, if there is such an element.
#[inline]
pub fn get<S: Sequence + ?Sized>(sequence: &S, index: usize) -> Option<usize> {
    (index < sequence.length()).then_some(index)
}

/// The number of the item that `max_by` yields: of several the last.
#[inline]
pub fn max_by<I: IntoIterator>(
    items: I,
    mut compare: impl FnMut(&I::Item, &I::Item) -> Ordering,
) -> Option<usize> {
    items.into_iter().enumerate().max_by(|a, b| compare(&a.1, &b.1)).map(|(at, _)| at)
}

/// The number of the item that `min_by` yields: of several the first.
#[inline]
pub fn min_by<I: IntoIterator>(
    items: I,
    mut compare: impl FnMut(&I::Item, &I::Item) -> Ordering,
) -> Option<usize> {
    items.into_iter().enumerate().min_by(|a, b| compare(&a.1, &b.1)).map(|(at, _)| at)
}

/// The number of the item that `max_by_key` yields: of several the last.
#[inline]
pub fn max_by_key<I: IntoIterator, K: Ord>(
    items: I,
    mut key: impl FnMut(&I::Item) -> K,
) -> Option<usize> {
    items.into_iter().enumerate().max_by_key(|item| key(&item.1)).map(|(at, _)| at)
}

/// The number of the item that `min_by_key` yields: of several the first.
#[inline]
pub fn min_by_key<I: IntoIterator, K: Ord>(
    items: I,
    mut key: impl FnMut(&I::Item) -> K,
) -> Option<usize> {
    items.into_iter().enumerate().min_by_key(|item| key(&item.1)).map(|(at, _)| at)
}

/// The number of the element that `reduce` yields, if it chooses one of its two arguments.
#[inline]
pub fn reduce<'a, T: ?Sized + 'a, I: IntoIterator<Item = &'a T>>(
    items: I,
    mut choose: impl FnMut(&'a T, &'a T) -> &'a T,
) -> Option<usize> {
    let one = |(i, a): (usize, &'a T), (j, b): (usize, &'a T)| {
        let chosen = choose(a, b);
        (if std::ptr::eq(chosen, b) { j } else { i }, chosen)
    };
    items.into_iter().enumerate().reduce(one).map(|(at, _)| at)
}

/// [`max_by`] of items that are values.
#[inline]
pub fn max_by_in<T>(items: &[T], mut compare: impl FnMut(&T, &T) -> Ordering) -> Option<usize> {
    max_by(items, |a, b| compare(a, b))
}

/// [`min_by`] of items that are values.
#[inline]
pub fn min_by_in<T>(items: &[T], mut compare: impl FnMut(&T, &T) -> Ordering) -> Option<usize> {
    min_by(items, |a, b| compare(a, b))
}

/// [`max_by_key`] of items that are values.
#[inline]
pub fn max_by_key_in<T, K: Ord>(items: &[T], mut key: impl FnMut(&T) -> K) -> Option<usize> {
    max_by_key(items, |item| key(item))
}

/// [`min_by_key`] of items that are values.
#[inline]
pub fn min_by_key_in<T, K: Ord>(items: &[T], mut key: impl FnMut(&T) -> K) -> Option<usize> {
    min_by_key(items, |item| key(item))
}

/// The number of the item that `find` yields.
#[inline]
pub fn find<I: IntoIterator>(items: I, mut wanted: impl FnMut(&I::Item) -> bool) -> Option<usize> {
    items.into_iter().position(|item| wanted(&item))
}

/// `index`, if there is such an item.
#[inline]
pub fn nth<I: IntoIterator>(items: I, index: usize) -> Option<usize> {
    items.into_iter().nth(index).map(|_| index)
}

/// The number of the last item.
#[inline]
pub fn end<I: IntoIterator>(items: I) -> Option<usize> {
    items.into_iter().count().checked_sub(1)
}

/// Where the parts of `slice.rchunks(width)` begin and end.
///
/// # Panics
/// If `width` is 0.
#[track_caller]
pub fn rchunks<T>(slice: &[T], width: usize) -> Vec<(usize, usize)> {
    let mut end = slice.len();
    let parts = slice.rchunks(width).map(|part| {
        let start = end - part.len();
        (start, std::mem::replace(&mut end, start))
    });
    parts.collect()
}

/// Where the parts of `slice.chunk_by(together)` begin and end.
pub fn chunk_by<T>(slice: &[T], together: impl FnMut(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let mut start = 0;
    let parts = slice.chunk_by(together).map(|part| {
        let end = start + part.len();
        (std::mem::replace(&mut start, end), end)
    });
    parts.collect()
}

/// What an `Err` holds: a message, which carries no derivative.
#[inline]
pub fn message<E>(error: E) -> E {
    error
}

/// Accepts what has elements that can be followed.
#[inline]
pub fn is_sequence<S: Sequence + ?Sized>(_: &S) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_choose_what_std_chooses() {
        let xs = [2.0_f64, 5.0, -1.0, 5.0, -1.0];
        let at = max_by(xs.iter(), |a, b| a.total_cmp(b));
        assert_eq!(at, Some(3));
        assert_eq!(min_by_in(&xs, f64::total_cmp), Some(2));
        assert_eq!(min_by_key(0..5, |i| i % 2), Some(0));
        assert_eq!(max_by_key_in(&[1, 3, 3], |i| *i), Some(2));
        assert_eq!(find(xs.iter(), |x| **x < 0.0), Some(2));
        assert_eq!((first(&xs), last(&xs), get(&xs, 5)), (Some(0), Some(4), None));
        assert_eq!((nth(xs.iter(), 4), nth(xs.iter(), 5), end(0..0)), (Some(4), None, None));
        assert_eq!(first(&Vec::<f64>::new()), None);
        assert_eq!(rchunks(&xs, 2), [(3, 5), (1, 3), (0, 1)]);
        assert_eq!(chunk_by(&xs, |a, b| a < b), [(0, 2), (2, 4), (4, 5)]);
    }
}
