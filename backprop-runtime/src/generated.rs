//! What generated code needs besides rules: slots, zeros, captures.

mod array;
mod backwards;
pub mod edit;
mod loops;
mod segments;
pub mod select;

pub use array::{Length, array, array_of, boxed_slice, unboxed_slice};
pub use backwards::{Backwards, Steps, backwards};
pub use loops::{
    add, add_product, add_scalar, axpy, axpy_dot, dot, gemv, gemv_transposed, ger, sum,
};

pub use segments::{Counter, after, checkpoint, segment, segments, stride};

use crate::{Differentiable, Float, VectorSpace};

/// The slot of a parameter outside `wrt`: it accepts no derivative.
///
/// If rustc names this type in a "mismatched types" error, an active value was passed to a
/// parameter that the called function does not differentiate with respect to. List the parameter
/// in the callee's `wrt(..)`, or wrap the argument in `stop_gradient(..)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThisParameterIsNotInWrt;

/// A slot that can say "no derivative is wanted".
pub trait NoAdjoint {
    /// The slot that takes nothing.
    fn no_adjoint() -> Self;
}

impl<A: ?Sized> NoAdjoint for Option<&mut A> {
    #[inline]
    fn no_adjoint() -> Self {
        None
    }
}

/// In forward mode, a tangent that is not there is zero.
impl<A: ?Sized> NoAdjoint for Option<&A> {
    #[inline]
    fn no_adjoint() -> Self {
        None
    }
}

impl NoAdjoint for ThisParameterIsNotInWrt {
    #[inline]
    fn no_adjoint() -> Self {
        ThisParameterIsNotInWrt
    }
}

/// The number of a function in a table of functions.
pub trait NumberOf: Copy {
    /// The number.
    fn number_of(self) -> usize;
}

impl NumberOf for usize {
    #[inline]
    fn number_of(self) -> usize {
        self
    }
}

impl<T: NumberOf> NumberOf for &T {
    #[inline]
    fn number_of(self) -> usize {
        (*self).number_of()
    }
}

/// The number of a function in a table of functions.
#[inline]
pub fn number_of(function: impl NumberOf) -> usize {
    function.number_of()
}

/// Names a lifetime or type in the bounds of an `impl Trait`, so that the hidden type may use it.
pub trait Captures<T: ?Sized> {}
impl<T: ?Sized, U: ?Sized> Captures<T> for U {}

/// Stands for a type in [`Captures`].
#[derive(Debug)]
pub struct Phantom<T: ?Sized>(std::marker::PhantomData<T>);

/// [`Differentiable::zero_like`] as a function, so that references are seen through.
#[inline]
pub fn zero_like<T: Differentiable + ?Sized>(value: &T) -> T::Gradient {
    value.zero_like()
}

/// A gradient is added to a buffer of the parameter's length.
#[inline]
#[track_caller]
pub fn same_length(buffer: usize, parameter: usize) {
    assert!(
        buffer == parameter,
        "the buffer of a gradient has {buffer} elements, its parameter {parameter}"
    );
}

/// The elements that a loop of `length` iterations goes through, from `start` on.
///
/// # Panics
///
/// Where one is missing, as the iteration that looks for it.
#[inline]
#[track_caller]
pub fn row<T>(values: &[T], start: usize, length: usize) -> &[T] {
    match values.get(start..).and_then(|rest| rest.get(..length)) {
        Some(row) => row,
        None => missing(values.len(), start),
    }
}

/// [`row`] for elements that the loop changes.
///
/// # Panics
///
/// Where one is missing.
#[inline]
#[track_caller]
pub fn row_mut<T>(values: &mut [T], start: usize, length: usize) -> &mut [T] {
    let len = values.len();
    match values.get_mut(start..).and_then(|rest| rest.get_mut(..length)) {
        Some(row) => row,
        None => missing(len, start),
    }
}

#[cold]
#[track_caller]
fn missing(len: usize, start: usize) -> ! {
    panic!("index out of bounds: the len is {len} but the index is {}", start.max(len));
}

/// An element, if there is one: what a loop reads in each iteration, read in front of it.
#[inline]
pub fn peek<T: Copy + Default>(values: &[T], index: usize) -> T {
    values.get(index).copied().unwrap_or_default()
}

/// Zeros of the shapes of vectors whose lengths are known.
pub mod zeros {
    /// A vector of zeros.
    #[inline]
    pub fn f64(length: usize) -> Vec<f64> {
        vec![0.0; length]
    }

    /// A vector of zeros.
    #[inline]
    pub fn f32(length: usize) -> Vec<f32> {
        vec![0.0; length]
    }
}

/// Copies the elements `from + first ..= to - 1 + last` of an array, which a loop over `from..to`
/// is about to read, to the end of `stack`; returns where they begin.
///
/// ```
/// let mut stack = vec![0.0];
/// let base = backprop_runtime::generated::keep_span(&mut stack, &[1.0, 2.0, 3.0], 1, 2, -1, 1);
/// assert_eq!((base, stack), (1, vec![0.0, 1.0, 2.0, 3.0]));
/// ```
#[inline]
#[track_caller]
pub fn keep_span<T: Copy>(
    stack: &mut Vec<T>,
    of: &[T],
    from: usize,
    to: usize,
    first: isize,
    last: isize,
) -> usize {
    let base = stack.len();
    if from < to {
        let (begin, end) = (from.wrapping_add_signed(first), to.wrapping_add_signed(last));
        stack.extend_from_slice(&of[begin..end]);
    }
    base
}

/// Takes an adjoint out of its place and leaves zero.
#[inline]
pub fn take<T: VectorSpace>(place: &mut T) -> T {
    let zero = place.zero_like();
    std::mem::replace(place, zero)
}

/// The value, cut off from differentiation: its derivative counts as zero.
///
/// `x · stop_gradient(x)` has the derivative `x`.
///
/// ```
/// assert_eq!(backprop_runtime::stop_gradient(2.0), 2.0);
/// ```
#[inline]
pub fn stop_gradient<T>(value: T) -> T {
    value
}

/// A type whose values carry no derivative: counts, positions, truths, orders.
#[diagnostic::on_unimplemented(
    message = "this call yields `{Self}`, which carries a derivative",
    label = "taken by its name for a count, a position or a truth",
    note = "rename the method, or wrap the call in `stop_gradient(..)`"
)]
pub trait Discrete {}

macro_rules! discrete {
    ($($ty:ty),* $(,)?) => { $(impl Discrete for $ty {})* };
}

discrete!(
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    (),
    std::cmp::Ordering,
    std::num::FpCategory,
);
impl<T: Discrete> Discrete for Option<T> {}
impl<T: Discrete, E: Discrete> Discrete for Result<T, E> {}
impl<T: Discrete, U: Discrete> Discrete for (T, U) {}
impl<T: Discrete, U: Discrete, V: Discrete> Discrete for (T, U, V) {}
impl<T: Discrete, const N: usize> Discrete for [T; N] {}
impl<T: Discrete> Discrete for [T] {}
impl<T: Discrete> Discrete for Vec<T> {}
impl<T: Discrete + ?Sized> Discrete for &T {}
impl<T: Discrete + ?Sized> Discrete for &mut T {}
impl Discrete for crate::Shape {}

/// Lets only discrete values pass: what a method called `len` or `position` yields must be one.
#[inline]
pub fn discrete<T: Discrete>(value: T) -> T {
    value
}

/// Types that hold numbers for certain. A derived struct's skipped fields must not be of one.
pub trait HoldsNumbers {}

impl HoldsNumbers for f64 {}
impl HoldsNumbers for f32 {}
impl<T: HoldsNumbers> HoldsNumbers for [T] {}
impl<T: HoldsNumbers, const N: usize> HoldsNumbers for [T; N] {}
impl<T: HoldsNumbers> HoldsNumbers for Vec<T> {}
impl<T: HoldsNumbers> HoldsNumbers for std::collections::VecDeque<T> {}
impl<T: HoldsNumbers> HoldsNumbers for Option<T> {}
impl<T: HoldsNumbers + ?Sized> HoldsNumbers for Box<T> {}
impl<T> HoldsNumbers for crate::Vector<T> {}
impl<T> HoldsNumbers for crate::Matrix<T> {}

/// Lets only floats pass: the target of a cast that a derivative flows through.
#[inline]
pub fn float<T: Float>(value: T) -> T {
    value
}

/// A number, or a vector or matrix of numbers.
#[diagnostic::on_unimplemented(
    message = "this call yields `{Self}`, which is not a number",
    label = "taken by its name for a rounding function",
    note = "rename the method, or wrap the call in `stop_gradient(..)`"
)]
pub trait Step {}

impl<T: crate::Number> Step for T {}
impl<T: Float> Step for crate::Vector<T> {}
impl<T: Float> Step for crate::Matrix<T> {}

/// Lets only numbers pass: what a method called `floor` or `signum` yields.
#[inline]
pub fn step<T: Step>(value: T) -> T {
    value
}

/// A type whose `sum` starts with the sum of nothing and adds one item after the other.
#[diagnostic::on_unimplemented(
    message = "what a sum of `{Self}` computes is not known",
    label = "not a number",
    note = "write the sum as a fold: `.fold(zero, |sum, item| sum + item)`",
    note = "the sum of a type that derives `Differentiable` is known if its `impl Sum` is in the \
            same file and is such a fold"
)]
pub trait SumByAdding {}

/// A type whose `product` starts with the product of nothing and multiplies one item after the
/// other.
#[diagnostic::on_unimplemented(
    message = "what a product of `{Self}` computes is not known",
    label = "not a number",
    note = "write the product as a fold: `.fold(one, |product, item| product * item)`",
    note = "the product of a type that derives `Differentiable` is known if its `impl Product` is \
            in the same file and is such a fold"
)]
pub trait ProductByMultiplying {}

macro_rules! in_a_loop {
    ($($T:ty)*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl SumByAdding for $T {}
            #[diagnostic::do_not_recommend]
            impl ProductByMultiplying for $T {}
        )*
    };
}

in_a_loop!(f32 f64 u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// The sum of no values, as `Iterator::sum` starts.
#[inline]
pub fn empty_sum<T: std::iter::Sum<T> + SumByAdding>() -> T {
    std::iter::empty().sum()
}

/// The product of no values, as `Iterator::product` starts.
#[inline]
pub fn empty_product<T: std::iter::Product<T> + ProductByMultiplying>() -> T {
    std::iter::empty().product()
}
