//! What is noted of a collection before elements of it are moved.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::{Bound, RangeBounds};

use super::select::Sequence;
use crate::{Differentiable, Float};

/// Zeros of the shapes of elements that were dropped, and the number of the first.
#[derive(Debug, Clone)]
pub struct Removed<G> {
    pub(crate) start: usize,
    pub(crate) zeros: Vec<G>,
}

/// The length before `resize`, and zeros of the shapes of what it dropped.
#[derive(Debug, Clone)]
pub struct Resized<G> {
    pub(crate) from: usize,
    pub(crate) zeros: Vec<G>,
}

/// Which elements stayed, and zeros of the shapes of the others.
#[derive(Debug, Clone)]
pub struct Retained<G> {
    pub(crate) kept: Vec<bool>,
    pub(crate) zeros: Vec<G>,
}

/// The number of elements.
#[inline]
pub fn count<S: Sequence + ?Sized>(list: &S) -> usize {
    list.length()
}

/// The first element of a range.
#[inline]
pub fn start<S: Sequence + ?Sized>(list: &S, range: impl RangeBounds<usize>) -> usize {
    span(list, range).0
}

/// The first element of a range and the number of elements.
#[inline]
pub fn span<S: Sequence + ?Sized>(list: &S, range: impl RangeBounds<usize>) -> (usize, usize) {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start + 1,
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end + 1,
        Bound::Excluded(end) => *end,
        Bound::Unbounded => list.length(),
    };
    (start, end.saturating_sub(start))
}

/// Before `drain(range)`.
pub fn removed<'a, S, T>(list: &'a S, range: impl RangeBounds<usize>) -> Removed<T::Gradient>
where
    S: Sequence + ?Sized,
    &'a S: IntoIterator<Item = &'a T>,
    T: Differentiable + 'a,
{
    let (start, count) = span(list, range);
    let zeros = list.into_iter().skip(start).take(count).map(T::zero_like).collect();
    Removed { start, zeros }
}

/// Before `truncate(length)`.
pub fn tail<'a, S, T>(list: &'a S, length: usize) -> Removed<T::Gradient>
where
    S: Sequence + ?Sized,
    &'a S: IntoIterator<Item = &'a T>,
    T: Differentiable + 'a,
{
    removed(list, length.min(list.length())..)
}

/// Before `clear()`.
pub fn all<'a, S, T>(list: &'a S) -> Removed<T::Gradient>
where
    S: Sequence + ?Sized,
    &'a S: IntoIterator<Item = &'a T>,
    T: Differentiable + 'a,
{
    removed(list, ..)
}

/// Before `resize(length, value)`.
pub fn resized<'a, S, T>(list: &'a S, length: usize) -> Resized<T::Gradient>
where
    S: Sequence + ?Sized,
    &'a S: IntoIterator<Item = &'a T>,
    T: Differentiable + 'a,
{
    Resized { from: list.length().min(length), zeros: tail(list, length).zeros }
}

/// `list.sort_by(compare)`. Returns which number each element had.
pub fn sort_by<T, S: AsMut<[T]> + Sequence + ?Sized>(
    list: &mut S,
    mut compare: impl FnMut(&T, &T) -> Ordering,
) -> Vec<usize> {
    let list = list.as_mut();
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|&a, &b| compare(&list[a], &list[b]));
    rearrange(list, &order);
    order
}

/// `list.sort_by_key(key)`.
pub fn sort_by_key<T, K: Ord, S: AsMut<[T]> + Sequence + ?Sized>(
    list: &mut S,
    mut key: impl FnMut(&T) -> K,
) -> Vec<usize> {
    sort_by(list, |a, b| key(a).cmp(&key(b)))
}

/// `list.sort_unstable_by(compare)`, of numbers: what compares equal is told apart by its value.
pub fn sort_unstable_by<T: Float, S: AsMut<[T]> + Sequence + ?Sized>(
    list: &mut S,
    mut compare: impl FnMut(&T, &T) -> Ordering,
) -> Vec<usize> {
    let list = list.as_mut();
    let old = list.to_vec();
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|&a, &b| compare(&old[a], &old[b]));
    list.sort_unstable_by(compare);
    let bits = |x: T| T::to_f64(x).to_bits();
    for (k, item) in list.iter().enumerate() {
        let found = (k..order.len()).find(|&j| bits(old[order[j]]) == bits(*item));
        if let Some(found) = found {
            order.swap(k, found);
        }
    }
    order
}

/// `list.sort_unstable_by_key(key)`, of numbers.
pub fn sort_unstable_by_key<T: Float, K: Ord, S: AsMut<[T]> + Sequence + ?Sized>(
    list: &mut S,
    mut key: impl FnMut(&T) -> K,
) -> Vec<usize> {
    sort_unstable_by(list, |a, b| key(a).cmp(&key(b)))
}

/// Puts element `order[k]` at `k`.
fn rearrange<T>(list: &mut [T], order: &[usize]) {
    // Along the cycles of the permutation, by swaps.
    let mut order = order.to_vec();
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let from = order[at];
            list.swap(at, from);
            order[at] = at;
            at = from;
        }
        order[at] = at;
    }
}

/// A collection that can drop elements by a condition.
pub trait Retain<T>: Sequence {
    /// Keeps the elements that `keep` says.
    fn retain_by(&mut self, keep: impl FnMut(&T) -> bool);
}

impl<T> Retain<T> for Vec<T> {
    #[inline]
    fn retain_by(&mut self, keep: impl FnMut(&T) -> bool) {
        self.retain(keep);
    }
}

impl<T> Retain<T> for VecDeque<T> {
    #[inline]
    fn retain_by(&mut self, keep: impl FnMut(&T) -> bool) {
        self.retain(keep);
    }
}

/// `list.retain(keep)`. Returns what was dropped.
pub fn retain<T: Differentiable, S: Retain<T>>(
    list: &mut S,
    mut keep: impl FnMut(&T) -> bool,
) -> Retained<T::Gradient> {
    let mut retained = Retained { kept: Vec::new(), zeros: Vec::new() };
    list.retain_by(|item| {
        let stays = keep(item);
        retained.kept.push(stays);
        if !stays {
            retained.zeros.push(item.zero_like());
        }
        stays
    });
    retained
}

/// `list.dedup_by(same)`. Returns what was dropped.
pub fn dedup_by<T: Differentiable>(
    list: &mut Vec<T>,
    mut same: impl FnMut(&mut T, &mut T) -> bool,
) -> Retained<T::Gradient> {
    let first = !list.is_empty();
    let mut retained = Retained { kept: vec![true; usize::from(first)], zeros: Vec::new() };
    list.dedup_by(|item, before| {
        let drops = same(item, before);
        retained.kept.push(!drops);
        if drops {
            retained.zeros.push(item.zero_like());
        }
        drops
    });
    retained
}

/// `list.dedup()`.
pub fn dedup<T: Differentiable + PartialEq>(list: &mut Vec<T>) -> Retained<T::Gradient> {
    dedup_by(list, |item, before| item == before)
}

/// `list.dedup_by_key(key)`.
pub fn dedup_by_key<T: Differentiable, K: PartialEq>(
    list: &mut Vec<T>,
    mut key: impl FnMut(&mut T) -> K,
) -> Retained<T::Gradient> {
    dedup_by(list, |item, before| key(item) == key(before))
}

/// `list.select_nth_unstable_by(index, compare)`, of numbers. Returns which number each element
/// had.
#[track_caller]
pub fn select_nth_unstable_by<T: Float, S: AsMut<[T]> + Sequence + ?Sized>(
    list: &mut S,
    index: usize,
    compare: impl FnMut(&T, &T) -> Ordering,
) -> Vec<usize> {
    let list = list.as_mut();
    let bits = |x: T| T::to_f64(x).to_bits();
    let sorted = |list: &[T]| {
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by_key(|&k| bits(list[k]));
        order
    };
    let before = sorted(list);
    list.select_nth_unstable_by(index, compare);
    // What is the same in its bits may stand for each other.
    let mut order = vec![0; list.len()];
    for (to, from) in sorted(list).into_iter().zip(before) {
        order[to] = from;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adjoint;

    type Sort = fn(&mut Vec<f64>) -> Vec<usize>;

    #[test]
    fn sorting_is_undone() {
        let old = [3.0, -1.0, 2.0, -1.0, 0.0, -0.0];
        let sorts: [Sort; 5] = [
            |v| sort_by(v, f64::total_cmp),
            |v| sort_by_key(v, |x| *x as i64),
            |v| select_nth_unstable_by(v, 2, f64::total_cmp),
            |v| sort_unstable_by(v, |a, b| a.abs().total_cmp(&b.abs())),
            |v| sort_unstable_by_key(v, |x| -(*x as i64)),
        ];
        for sort in sorts {
            let mut v = old.to_vec();
            let order = sort(&mut v);
            for (k, from) in order.iter().enumerate() {
                assert_eq!(v[k].to_bits(), old[*from].to_bits());
            }
            adjoint::unsort(&mut v, order);
            assert_eq!(v, old);
        }
    }

    #[test]
    fn repeated_elements_are_put_back() {
        let mut v = vec![1.0, 1.0, 2.0, 3.0, 3.0];
        let mut d = vec![5.0, 6.0, 7.0];
        let note = dedup(&mut v);
        assert_eq!(v, [1.0, 2.0, 3.0]);
        adjoint::unretain(&mut d, note);
        assert_eq!(d, [5.0, 0.0, 6.0, 7.0, 0.0]);
        let note = dedup_by_key(&mut v, |x| *x > 1.5);
        assert_eq!((v, note.kept), (vec![1.0, 2.0], vec![true, true, false]));
        assert!(dedup(&mut Vec::<f64>::new()).kept.is_empty());
    }

    #[test]
    fn dropped_elements_are_zeros() {
        let mut v = vec![1.0, 2.0, 3.0, 4.0];
        let note = removed(&v, 1..3);
        v.drain(1..3);
        adjoint::put_back(&mut v, note);
        assert_eq!(v, [1.0, 0.0, 0.0, 4.0]);
        let note = tail(&v, 9);
        adjoint::put_back(&mut v, note);
        assert_eq!(v.len(), 4);
        let note = resized(&v, 6);
        v.resize(6, 7.0);
        let mut slot = 1.0;
        adjoint::unresize(&mut slot, &mut v, note);
        assert_eq!((slot, v.len()), (15.0, 4));
        let note = resized(&v, 2);
        v.resize(2, 7.0);
        adjoint::resize_back(&mut v, note);
        assert_eq!(v, [1.0, 0.0, 0.0, 0.0]);
    }
}
