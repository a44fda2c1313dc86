//! Tangents as values: their zeros, how they are passed on and put somewhere.

use crate::generated::edit::Retained;
use crate::{Differentiable, Float, VectorSpace};

/// The zero tangent of a value that is of its tangent's own type.
#[inline]
pub fn zero<T: VectorSpace>(value: &T) -> T {
    value.zero_like()
}

/// The tangent of a parameter that is lent, if the caller gives one; else `zero`.
#[inline]
pub fn or_zero<'a, T, G>(
    given: Option<&'a G>,
    zero: &'a mut Option<T::Gradient>,
    value: &T,
) -> &'a G
where
    T: Differentiable + ?Sized,
    T::Gradient: std::borrow::Borrow<G>,
    G: ?Sized,
{
    match given {
        Some(tangent) => tangent,
        None => std::borrow::Borrow::borrow(&*zero.insert(value.zero_like())),
    }
}

/// The tangent of a parameter that is passed by value.
#[inline]
pub fn or_own_zero<T: Differentiable>(given: Option<&T::Gradient>, value: &T) -> T::Gradient {
    match given {
        Some(tangent) => tangent.clone(),
        None => value.zero_like(),
    }
}

/// `t · p`, where a zero of either gives zero: a direction that does not matter, or a function that
/// is flat here, also where the other is infinite or NaN.
///
/// ```
/// use backprop_runtime::tangent::chain;
///
/// assert_eq!(chain(f64::INFINITY, 0.0), 0.0);
/// assert_eq!(chain(0.0, f64::INFINITY), 0.0);
/// assert_eq!(chain(2.0, 3.0), 6.0);
/// ```
#[inline]
pub fn chain<T: Float>(t: T, p: T) -> T {
    if t == T::ZERO || p == T::ZERO { T::ZERO } else { t * p }
}

/// The tangent of the receiver of a method that may change it or not, as the method wants it.
#[diagnostic::on_unimplemented(
    message = "a derivative flows into the receiver of this method, which is not in the method's \
               `wrt(..)`",
    label = "this value carries a derivative",
    note = "list `self` in the method's `wrt(..)`, or make the receiver immutable"
)]
pub trait Lend<'a, G: ?Sized> {
    /// Takes the tangent.
    fn lend(tangent: &'a mut G) -> Self;
}

impl<'a, G: ?Sized> Lend<'a, G> for Option<&'a G> {
    #[inline]
    fn lend(tangent: &'a mut G) -> Self {
        Some(tangent)
    }
}

impl<'a, G: ?Sized> Lend<'a, G> for &'a mut G {
    #[inline]
    fn lend(tangent: &'a mut G) -> Self {
        tangent
    }
}

/// [`Lend::lend`] as a function.
#[inline]
pub fn lend<'a, S: Lend<'a, G>, G: ?Sized>(tangent: &'a mut G) -> S {
    S::lend(tangent)
}

/// What a tangent can be put into: a place of its type, or a slice.
pub trait Put<T: ?Sized> {
    /// Puts the tangent there.
    fn put(&mut self, tangent: &T);
}

impl<T: Clone> Put<T> for T {
    #[inline]
    fn put(&mut self, tangent: &T) {
        self.clone_from(tangent);
    }
}

impl<T: Clone> Put<Vec<T>> for [T] {
    #[inline]
    #[track_caller]
    fn put(&mut self, tangent: &Vec<T>) {
        self.clone_from_slice(tangent);
    }
}

/// [`Put::put`] as a function.
#[inline]
#[track_caller]
pub fn put<S: Put<T> + ?Sized, T: ?Sized>(slot: &mut S, tangent: &T) {
    slot.put(tangent);
}

/// The tangent of sorting: element `k` came from number `order[k]`.
///
/// ```
/// let mut t = [1.0, 2.0, 3.0];
/// backprop_runtime::tangent::rearrange(&mut t, &vec![2, 0, 1]);
/// assert_eq!(t, [3.0, 1.0, 2.0]);
/// ```
#[allow(clippy::ptr_arg)] // The note that sorting leaves.
pub fn rearrange<T: Clone, S: AsMut<[T]> + ?Sized>(tangent: &mut S, order: &Vec<usize>) {
    let tangent = tangent.as_mut();
    let old = tangent.to_vec();
    for (item, from) in tangent.iter_mut().zip(order) {
        item.clone_from(&old[*from]);
    }
}

/// The tangent of `retain(keep)`: the same elements stay.
pub fn retain<T, G, S: crate::generated::edit::Retain<T>>(tangent: &mut S, retained: &Retained<G>) {
    let mut kept = retained.kept.iter();
    tangent.retain_by(|_| kept.next().is_some_and(|kept| *kept));
}

/// What is converted to a float.
pub trait Converted {
    /// The tangent as a number.
    fn number(&self) -> f64;
}

macro_rules! converted {
    ($($float:ident)*; $($integer:ident)*) => {
        $(impl Converted for $float {
            #[inline]
            fn number(&self) -> f64 {
                f64::from(*self)
            }
        })*
        $(impl Converted for $integer {
            /// Integers have no derivative.
            #[inline]
            fn number(&self) -> f64 {
                0.0
            }
        })*
    };
}

converted! { f64 f32; bool u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

/// The tangent of a number that is converted to another type; that of an integer is zero.
#[inline]
pub fn number<T: Converted + ?Sized>(tangent: &T) -> f64 {
    tangent.number()
}
