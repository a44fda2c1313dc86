//! Adjoints of operations that copy numbers: from one value to another, to another type, to every
//! element of an array.

use crate::sums::{Holds, HoldsMut};
use crate::{Accumulate, Scalars, ScalarsMut, VectorSpace};

/// `slot += d`.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// let mut slot = [1.0, 2.0];
/// backprop_runtime::adjoint::accumulate(&mut slot[..], &vec![0.5, 0.5]);
/// assert_eq!(slot, [1.5, 2.5]);
/// ```
#[inline]
#[track_caller]
pub fn accumulate<S: Accumulate<D> + ?Sized, D: ?Sized>(slot: &mut S, d: &D) {
    slot.accumulate(d);
}

/// The adjoint of a value that is moved away whole: `slot = d`, of the shape that it had there.
///
/// ```
/// let mut slot = vec![0.0];
/// backprop_runtime::adjoint::moved(&mut slot, &vec![2.0, 3.0]);
/// assert_eq!(slot, [2.0, 3.0]);
/// ```
#[inline]
pub fn moved<T: Clone>(slot: &mut T, d: &T) {
    slot.clone_from(d);
}

/// The adjoint of `[value; n]`: `slot += Σᵢ dᵢ`.
///
/// ```
/// let mut slot = 1.0;
/// backprop_runtime::adjoint::repeat(&mut slot, &[2.0, 3.0]);
/// assert_eq!(slot, 6.0);
/// ```
#[inline]
#[track_caller]
pub fn repeat<S: Accumulate<E>, E, D: AsRef<[E]> + ?Sized>(slot: &mut S, d: &D) {
    for element in d.as_ref() {
        slot.accumulate(element);
    }
}

/// The adjoint of `push(value)`: takes the last element's adjoint.
///
/// # Panics
/// If there is none: the adjoint must have as many elements as the collection had.
///
/// ```
/// let mut d = vec![1.0, 2.0];
/// assert_eq!(backprop_runtime::adjoint::pop(&mut d), 2.0);
/// ```
#[inline]
#[track_caller]
pub fn pop<T>(d: &mut Vec<T>) -> T {
    d.pop().expect("an adjoint for every element that was pushed")
}

/// The adjoint of `fill(value)`: the sum of the adjoints, which become zero.
///
/// ```
/// let mut d = [1.0, 2.0];
/// assert_eq!(backprop_runtime::adjoint::unfill(&mut d[..]), 3.0);
/// assert_eq!(d, [0.0, 0.0]);
/// ```
#[inline]
pub fn unfill<T: crate::Float, D: AsMut<[T]> + ?Sized>(d: &mut D) -> T {
    let d = d.as_mut();
    let sum = d.iter().copied().sum();
    d.fill(T::ZERO);
    sum
}

/// The adjoint of `copy_from_slice(source)`: `slot += d; d = 0`.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let (mut slot, mut d) = ([1.0, 1.0], [0.5, 2.0]);
/// backprop_runtime::adjoint::copied(&mut slot[..], &mut d[..]);
/// assert_eq!((slot, d), ([1.5, 3.0], [0.0, 0.0]));
/// ```
#[inline]
#[track_caller]
pub fn copied<T: VectorSpace, S, D>(slot: &mut S, d: &mut D)
where
    S: AsMut<[T]> + ?Sized,
    D: AsMut<[T]> + ?Sized,
{
    let (slot, d) = (slot.as_mut(), d.as_mut());
    assert_eq!(slot.len(), d.len(), "copy_from_slice: lengths differ");
    for (slot, d) in slot.iter_mut().zip(d) {
        slot.accumulate(d);
        *d = d.zero_like();
    }
}

/// The adjoint of values that were overwritten: zero.
///
/// ```
/// let mut d = [0.5, 2.0];
/// backprop_runtime::adjoint::overwritten(&mut d[..]);
/// assert_eq!(d, [0.0, 0.0]);
/// ```
#[inline]
pub fn overwritten<T: VectorSpace, D: AsMut<[T]> + ?Sized>(d: &mut D) {
    for d in d.as_mut() {
        *d = d.zero_like();
    }
}

/// The adjoint of a conversion that keeps the numbers, such as `Vector::from(vec)` or
/// `f64::from(x)`: adds the scalars of `d` to those of the slot, in order.
///
/// # Panics
/// If the numbers of scalars differ.
///
/// ```
/// let mut slot = vec![1.0_f64, 2.0];
/// backprop_runtime::adjoint::convert(&mut slot, &[0.5_f32, 0.5]);
/// assert_eq!(slot, [1.5, 2.5]);
/// ```
#[track_caller]
pub fn convert<S: Convertible + ?Sized, D: VectorSpace>(slot: &mut S, d: &D) {
    let mut numbers = Vec::new();
    d.visit(&mut crate::Path::of_everything(), &mut |_, scalars| match scalars {
        Scalars::F64(run) => numbers.extend_from_slice(run),
        Scalars::F32(run) => numbers.extend(run.iter().map(|number| f64::from(*number))),
    });
    let mut rest = numbers.iter();
    let mut discrete = true;
    slot.visit_scalars(&mut |scalars| {
        discrete = false;
        let mut next = || *rest.next().expect("as many numbers in the adjoint as in the slot");
        match scalars {
            ScalarsMut::F64(run) => run.iter_mut().for_each(|slot| *slot += next()),
            #[allow(clippy::cast_possible_truncation)] // The slot's precision is the value's.
            ScalarsMut::F32(run) => run.iter_mut().for_each(|slot| *slot += next() as f32),
        }
    });
    // A slot without scalars belongs to an integer, whose derivative does not exist.
    assert!(discrete || rest.next().is_none(), "the adjoint has more numbers than the slot");
}

/// The adjoint of what keeps a success as it is (`ok()`, `ok_or(e)`, `map_err(f)`, `cloned()`):
/// adds the success of `d`, if it is one, to that of the slot.
///
/// # Panics
/// If only `d` is a success: an adjoint has the variant of its value.
///
/// ```
/// let mut slot = Some(1.0);
/// backprop_runtime::adjoint::keep_success(&mut slot, &Ok::<_, ()>(0.5));
/// backprop_runtime::adjoint::keep_success(&mut slot, &None::<f64>);
/// assert_eq!(slot, Some(1.5));
/// ```
#[inline]
#[track_caller]
pub fn keep_success<S, D>(slot: &mut S, d: &D)
where
    S: HoldsMut,
    D: Holds,
    S::Held: Accumulate<D::Held>,
{
    if let Some(d) = d.held() {
        crate::sums::success_mut(slot).accumulate(d);
    }
}

/// Tells the ways apart in which a slot takes an adjoint.
#[derive(Debug)]
pub enum OfItself {}

/// Tells the ways apart in which a slot takes an adjoint.
#[derive(Debug)]
pub enum OfContents {}

/// A slot for the adjoint of what a reference to its value, or to what a box holds, refers to.
pub trait Behind<D: ?Sized, By> {
    /// `self += d`.
    fn accumulate_behind(&mut self, d: &D);
}

impl<S: Accumulate<D> + ?Sized, D: ?Sized> Behind<D, OfItself> for S {
    #[inline]
    #[track_caller]
    fn accumulate_behind(&mut self, d: &D) {
        self.accumulate(d);
    }
}

impl<S: Accumulate<D> + ?Sized, D: ?Sized> Behind<D, OfContents> for Box<S> {
    #[inline]
    #[track_caller]
    fn accumulate_behind(&mut self, d: &D) {
        (**self).accumulate(d);
    }
}

/// The adjoint of a reference that refers to something else afterwards: `node = next`, where `next`
/// may be a reference to a box.
///
/// ```
/// let mut slot = Box::new(1.0);
/// backprop_runtime::adjoint::accumulate_behind(&mut slot, &0.5);
/// backprop_runtime::adjoint::accumulate_behind(&mut *slot, &0.5);
/// assert_eq!(*slot, 2.0);
/// ```
#[inline]
#[track_caller]
pub fn accumulate_behind<S: Behind<D, By> + ?Sized, D: ?Sized, By>(slot: &mut S, d: &D) {
    slot.accumulate_behind(d);
}

/// The adjoint of `option.as_deref()`.
///
/// ```
/// let mut slot = Some(Box::new(1.0));
/// backprop_runtime::adjoint::keep_success_behind(&mut slot, &Some(0.5));
/// assert_eq!(slot, Some(Box::new(1.5)));
/// ```
#[inline]
#[track_caller]
pub fn keep_success_behind<S, D, By>(slot: &mut S, d: &D)
where
    S: HoldsMut,
    D: Holds,
    S::Held: Behind<D::Held, By>,
{
    if let Some(d) = d.held() {
        crate::sums::success_mut(slot).accumulate_behind(d);
    }
}

/// A slot whose scalars can be visited, a slice included.
pub trait Convertible {
    /// Calls `visitor` for every run of scalars.
    fn visit_scalars(&mut self, visitor: &mut dyn FnMut(ScalarsMut<'_>));
}

impl<T: VectorSpace> Convertible for T {
    fn visit_scalars(&mut self, visitor: &mut dyn FnMut(ScalarsMut<'_>)) {
        self.visit_mut(&mut crate::Path::of_everything(), &mut |_, scalars| visitor(scalars));
    }
}

impl<T: VectorSpace> Convertible for [T] {
    fn visit_scalars(&mut self, visitor: &mut dyn FnMut(ScalarsMut<'_>)) {
        T::visit_slice_mut(self, &mut crate::Path::of_everything(), &mut |_, scalars| {
            visitor(scalars)
        });
    }
}
