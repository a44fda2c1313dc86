//! Adjoints of operations that move elements of a collection: the same elements are moved back.

use std::collections::VecDeque;

use crate::generated::edit::{Removed, Resized, Retained};
use crate::{Accumulate, VectorSpace};

/// A collection of std's whose elements have an order and that can grow.
#[diagnostic::on_unimplemented(
    message = "how this changes `{Self}` is not known",
    label = "not a `Vec` or a `VecDeque`",
    note = "the methods of `Vec`, `VecDeque` and slices that move elements have derivative rules"
)]
pub trait Collection: Sized {
    /// An element.
    type Item;

    /// Puts an element in front of number `index`.
    fn put(&mut self, index: usize, item: Self::Item);
    /// Takes element `index` out.
    fn take_out(&mut self, index: usize) -> Self::Item;
    /// Takes the elements from number `from` on.
    fn split(&mut self, from: usize) -> Self;
    /// Adds the elements of `other` at the end.
    fn join(&mut self, other: Self);
    /// Adds elements at the end.
    fn add(&mut self, items: Vec<Self::Item>);
    /// The elements.
    fn list(self) -> Vec<Self::Item>;
    /// The number of elements.
    fn size(&self) -> usize;
}

macro_rules! collection {
    ($Type:ident, $remove:expr) => {
        impl<T> Collection for $Type<T> {
            type Item = T;

            #[inline]
            fn put(&mut self, index: usize, item: T) {
                self.insert(index, item);
            }

            #[inline]
            #[track_caller]
            fn take_out(&mut self, index: usize) -> T {
                $remove(self, index)
            }

            #[inline]
            fn split(&mut self, from: usize) -> Self {
                self.split_off(from)
            }

            #[inline]
            fn join(&mut self, mut other: Self) {
                self.append(&mut other);
            }

            #[inline]
            fn add(&mut self, items: Vec<T>) {
                self.extend(items);
            }

            #[inline]
            fn list(self) -> Vec<T> {
                self.into()
            }

            #[inline]
            fn size(&self) -> usize {
                self.len()
            }
        }
    };
}

collection!(Vec, |list: &mut Vec<T>, index| list.remove(index));
collection!(VecDeque, |list: &mut VecDeque<T>, index| {
    list.remove(index).expect("an adjoint for every element")
});

/// The adjoint of `push_back(value)`: takes the last element's adjoint.
///
/// # Panics
/// If there is none: the adjoint must have as many elements as the collection had.
///
/// ```
/// let mut d = std::collections::VecDeque::from([1.0, 2.0]);
/// assert_eq!(backprop_runtime::adjoint::pop_back(&mut d), 2.0);
/// assert_eq!(backprop_runtime::adjoint::pop_front(&mut d), 1.0);
/// ```
#[inline]
#[track_caller]
pub fn pop_back<T>(d: &mut VecDeque<T>) -> T {
    d.pop_back().expect("an adjoint for every element that was pushed")
}

/// The adjoint of `push_front(value)`: takes the first element's adjoint.
///
/// # Panics
/// If there is none.
#[inline]
#[track_caller]
pub fn pop_front<T>(d: &mut VecDeque<T>) -> T {
    d.pop_front().expect("an adjoint for every element that was pushed")
}

/// The adjoint of `pop()`: puts the adjoint of what was there back.
///
/// ```
/// let mut d = vec![1.0];
/// backprop_runtime::adjoint::unpop(&mut d, Some(2.0));
/// backprop_runtime::adjoint::unpop(&mut d, None);
/// assert_eq!(d, [1.0, 2.0]);
/// ```
#[inline]
pub fn unpop<T>(d: &mut Vec<T>, popped: Option<T>) {
    d.extend(popped);
}

/// The adjoint of `pop_back()`.
#[inline]
pub fn unpop_back<T>(d: &mut VecDeque<T>, popped: Option<T>) {
    d.extend(popped);
}

/// The adjoint of `pop_front()`.
#[inline]
pub fn unpop_front<T>(d: &mut VecDeque<T>, popped: Option<T>) {
    if let Some(popped) = popped {
        d.push_front(popped);
    }
}

/// The adjoint of `insert(index, value)`: takes the element's adjoint out.
///
/// ```
/// use backprop_runtime::adjoint;
///
/// let mut d = vec![1.0, 2.0, 3.0];
/// assert_eq!(adjoint::remove(&mut d, 1), 2.0);
/// adjoint::insert(&mut d, 0, 5.0);
/// assert_eq!(d, [5.0, 1.0, 3.0]);
/// ```
#[inline]
#[track_caller]
pub fn remove<C: Collection>(d: &mut C, index: usize) -> C::Item {
    d.take_out(index)
}

/// The adjoint of `remove(index)`: puts the element's adjoint back.
#[inline]
pub fn insert<C: Collection>(d: &mut C, index: usize, removed: C::Item) {
    d.put(index, removed);
}

/// The adjoint of `swap_remove(index)`.
///
/// ```
/// let mut d = vec![1.0, 4.0, 3.0];
/// backprop_runtime::adjoint::unswap_remove(&mut d, 1, 2.0);
/// assert_eq!(d, [1.0, 2.0, 3.0, 4.0]);
/// ```
#[inline]
pub fn unswap_remove<T>(d: &mut Vec<T>, index: usize, removed: T) {
    d.push(removed);
    let last = d.len() - 1;
    d.swap(index, last);
}

/// The adjoint of `split_off(at)`: the parts are joined again.
#[inline]
pub fn rejoin<C: Collection>(d: &mut C, at: usize, part: C) {
    debug_assert_eq!(d.size(), at, "the first part has as many elements as it had");
    d.join(part);
}

/// The adjoint of `drain(range)`: the elements' adjoints are put back.
///
/// ```
/// let mut d = vec![1.0, 4.0];
/// backprop_runtime::adjoint::splice(&mut d, 1, vec![2.0, 3.0]);
/// assert_eq!(d, [1.0, 2.0, 3.0, 4.0]);
/// ```
#[inline]
pub fn splice<C: Collection>(d: &mut C, start: usize, drained: Vec<C::Item>) {
    let rest = d.split(start);
    d.add(drained);
    d.join(rest);
}

/// The adjoint of elements that were dropped: zeros where they were.
#[inline]
pub fn put_back<C: Collection>(d: &mut C, removed: Removed<C::Item>) {
    splice(d, removed.start, removed.zeros);
}

/// The adjoint of `resize(length, value)`: `slot += Σ d` of the elements that came in.
#[inline]
#[track_caller]
pub fn unresize<S, C: Collection>(slot: &mut S, d: &mut C, resized: Resized<C::Item>)
where
    S: Accumulate<C::Item> + ?Sized,
{
    if resized.from < d.size() {
        for item in d.split(resized.from).list() {
            slot.accumulate(&item);
        }
    }
    d.add(resized.zeros);
}

/// [`unresize`] for a value without derivative.
#[inline]
pub fn resize_back<C: Collection>(d: &mut C, resized: Resized<C::Item>) {
    cut(d, resized.from);
    d.add(resized.zeros);
}

/// The adjoint of elements without derivative that were added.
#[inline]
pub fn cut<C: Collection>(d: &mut C, from: usize) {
    if from < d.size() {
        drop(d.split(from));
    }
}

/// The adjoint of `extend_from_slice(source)`: `slot += d` of the elements that were added.
///
/// ```
/// let (mut d, mut slot) = (vec![1.0, 2.0, 3.0], [10.0, 10.0]);
/// backprop_runtime::adjoint::unextend(&mut slot[..], &mut d, 1);
/// assert_eq!((d, slot), (vec![1.0], [12.0, 13.0]));
/// ```
#[inline]
#[track_caller]
pub fn unextend<'s, S: ?Sized, C: Collection>(slot: &'s mut S, d: &mut C, from: usize)
where
    &'s mut S: IntoIterator<Item = &'s mut C::Item>,
    C::Item: VectorSpace + 's,
{
    for (slot, item) in slot.into_iter().zip(d.split(from).list()) {
        slot.accumulate(&item);
    }
}

/// The adjoint of `append(other)`: the other's elements' adjoints go back to it.
#[inline]
pub fn unappend<C: Collection>(other: &mut C, d: &mut C, from: usize) {
    *other = d.split(from);
}

/// The adjoint of `swap_with_slice(other)`, which is its own reverse.
#[inline]
#[track_caller]
pub fn swap_slices<T, S, D>(other: &mut S, d: &mut D)
where
    S: AsMut<[T]> + ?Sized,
    D: AsMut<[T]> + ?Sized,
{
    d.as_mut().swap_with_slice(other.as_mut());
}

/// The adjoint of `copy_within(span, target)`: what arrived at the target belongs to the span.
///
/// ```
/// let mut d = [1.0, 2.0, 3.0];
/// backprop_runtime::adjoint::uncopy_within(&mut d[..], 1, (0, 2));
/// assert_eq!(d, [3.0, 3.0, 0.0]);
/// ```
#[inline]
pub fn uncopy_within<T: VectorSpace, D: AsMut<[T]> + ?Sized>(
    d: &mut D,
    target: usize,
    (start, count): (usize, usize),
) {
    let d = d.as_mut();
    let copied: Vec<T> = d[target..target + count].to_vec();
    for item in &mut d[target..target + count] {
        *item = item.zero_like();
    }
    for (item, copied) in d[start..start + count].iter_mut().zip(&copied) {
        item.accumulate(copied);
    }
}

/// The adjoint of sorting: element `k` came from number `order[k]`.
///
/// ```
/// let mut d = [1.0, 2.0, 3.0];
/// backprop_runtime::adjoint::unsort(&mut d[..], vec![2, 0, 1]);
/// assert_eq!(d, [2.0, 3.0, 1.0]);
/// ```
#[allow(clippy::needless_pass_by_value)] // A residual: it is not needed again.
pub fn unsort<T: VectorSpace, D: AsMut<[T]> + ?Sized>(d: &mut D, order: Vec<usize>) {
    let d = d.as_mut();
    let sorted = d.to_vec();
    for (from, item) in order.into_iter().zip(sorted) {
        d[from] = item;
    }
}

/// The adjoint of selecting an element: element `k` came from number `order[k]`.
///
/// ```
/// let mut d = [1.0, 2.0, 3.0];
/// backprop_runtime::adjoint::unselect(&mut d[..], 1, vec![2, 0, 1]);
/// assert_eq!(d, [2.0, 3.0, 1.0]);
/// ```
pub fn unselect<T: VectorSpace, D: AsMut<[T]> + ?Sized>(d: &mut D, _: usize, order: Vec<usize>) {
    unsort(d, order);
}

/// The adjoint of `retain(keep)`: zeros where elements were dropped.
///
/// ```
/// use backprop_runtime::generated::edit::retain;
///
/// let mut v = vec![1.0, -2.0, 3.0];
/// let retained = retain(&mut v, |x| *x > 0.0);
/// let mut d = vec![5.0, 7.0];
/// backprop_runtime::adjoint::unretain(&mut d, retained);
/// assert_eq!((v, d), (vec![1.0, 3.0], vec![5.0, 0.0, 7.0]));
/// ```
pub fn unretain<C: Collection>(d: &mut C, retained: Retained<C::Item>) {
    let mut zeros = retained.zeros.into_iter();
    let mut left = d.split(0).list().into_iter();
    let all = retained
        .kept
        .into_iter()
        .filter_map(|kept| if kept { left.next() } else { zeros.next() })
        .collect();
    d.add(all);
}
