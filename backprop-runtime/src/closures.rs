//! Closures that are passed to differentiable functions.
//!
//! A closure is passed as two things: its derivative, a function without captures, and an
//! [`Environment`], what the closure captures. The derivative is given the environment at every
//! call; its pullback is given it again, with the [`Adjoints`] of what it holds. So neither holds a
//! reference: a pullback can be put on a tape while the caller goes on working with what the
//! closure captured.
//!
//! What a closure changes of what it captures is lent exclusively, through a cell ([`Lent`]), so that
//! environments can be handed on and used again like any other value. A pullback is not given such a
//! value again, and its adjoint comes as that of the last value and leaves as that of the first.
//!
//! Both hold pairs, nested to the left in the order of the captures: `((((), k), c), n)`.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::marker::PhantomData;

use crate::Differentiable;
use crate::generated::ThisParameterIsNotInWrt;

/// What a closure captures, by the types of the captured values.
pub trait CaptureList {
    /// The captured values.
    type Values<'a>: Copy
    where
        Self: 'a;
    /// Where their adjoints go.
    type Slots<'a>
    where
        Self: 'a;

    /// The values for a shorter time.
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a;

    /// The slots for a shorter time.
    fn reborrow<'b, 'a: 'b>(slots: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a;
}

/// The values that a closure captures, nested to the left.
pub struct Environment<'a, C: CaptureList + 'a>(pub C::Values<'a>);

/// Where the adjoints of what a closure captures go, nested to the left.
pub struct Adjoints<'a, C: CaptureList + 'a>(pub C::Slots<'a>);

impl<'a, C: CaptureList + 'a> Clone for Environment<'a, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'a, C: CaptureList + 'a> Copy for Environment<'a, C> {}

impl<'a, C: CaptureList + 'a> fmt::Debug for Environment<'a, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

impl<'a, C: CaptureList + 'a> fmt::Debug for Adjoints<'a, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adjoints")
    }
}

/// The buffer to which the adjoint of a captured value is added.
pub trait Captured {
    /// The gradient's type; for a slice, a slice.
    type Buffer: ?Sized;
}

impl<T: Differentiable> Captured for T {
    type Buffer = T::Gradient;
}

impl<T: Differentiable> Captured for [T] {
    type Buffer = [T::Gradient];
}

/// A captured value of the type `T` that derivatives flow into.
#[derive(Debug)]
pub struct Active<T: ?Sized>(PhantomData<T>);

/// A captured value of the type `T` without a derivative.
#[derive(Debug)]
pub struct Inert<T: ?Sized>(PhantomData<T>);

/// A captured value of the type `T` that derivatives flow into and that the closure changes.
#[derive(Debug)]
pub struct Exclusive<T: ?Sized>(PhantomData<T>);

/// A captured value of the type `T` without a derivative that the closure changes.
#[derive(Debug)]
pub struct InertExclusive<T: ?Sized>(PhantomData<T>);

/// What lends a value exclusively, to one call at a time.
pub trait Lend<T: ?Sized> {
    /// The value, until the guard is dropped.
    fn lend(&self) -> RefMut<'_, T>;
}

/// A value that is lent exclusively to the calls of a closure.
#[derive(Debug)]
pub struct Lent<'a, T: ?Sized>(RefCell<&'a mut T>);

impl<'a, T: ?Sized> Lent<'a, T> {
    /// Lends a value.
    #[inline]
    pub fn new(value: &'a mut T) -> Lent<'a, T> {
        Lent(RefCell::new(value))
    }
}

impl<T: ?Sized> Lend<T> for Lent<'_, T> {
    #[inline]
    fn lend(&self) -> RefMut<'_, T> {
        RefMut::map(self.0.borrow_mut(), |value| &mut **value)
    }
}

/// A captured value that is lent exclusively; there is none when a pullback runs.
pub type Lending<'a, T> = Option<&'a (dyn Lend<T> + 'a)>;

/// The captured value that a closure changes.
///
/// # Panics
///
/// If there is none: only pullbacks are given none, and they do not ask.
#[inline]
pub fn lent<'a, T: ?Sized>(lending: Lending<'a, T>) -> RefMut<'a, T> {
    lending.expect("a call is lent what the closure changes").lend()
}

/// A captured closure.
#[derive(Debug)]
pub struct Handed<C>(PhantomData<C>);

impl<T: Captured + ?Sized> CaptureList for Active<T> {
    type Values<'a>
        = &'a T
    where
        Self: 'a;
    type Slots<'a>
        = Option<&'a mut T::Buffer>
    where
        Self: 'a;

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        values
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(slots: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
        slots.as_deref_mut()
    }
}

impl<T: ?Sized> CaptureList for Inert<T> {
    type Values<'a>
        = &'a T
    where
        Self: 'a;
    type Slots<'a>
        = ThisParameterIsNotInWrt
    where
        Self: 'a;

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        values
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(_: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
        ThisParameterIsNotInWrt
    }
}

impl<T: Captured + ?Sized> CaptureList for Exclusive<T> {
    type Values<'a>
        = Lending<'a, T>
    where
        Self: 'a;
    type Slots<'a>
        = &'a mut T::Buffer
    where
        Self: 'a;

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        values
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(slots: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
        slots
    }
}

impl<T: ?Sized> CaptureList for InertExclusive<T> {
    type Values<'a>
        = Lending<'a, T>
    where
        Self: 'a;
    type Slots<'a>
        = ThisParameterIsNotInWrt
    where
        Self: 'a;

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        values
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(_: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
        ThisParameterIsNotInWrt
    }
}

impl<C: CaptureList> CaptureList for Handed<C> {
    type Values<'a>
        = Environment<'a, C>
    where
        Self: 'a;
    type Slots<'a>
        = Adjoints<'a, C>
    where
        Self: 'a;

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        values.shorten()
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(slots: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
        slots.reborrow()
    }
}

impl CaptureList for () {
    type Values<'a> = ();
    type Slots<'a> = ();

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        values
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(_: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
    }
}

impl<A: CaptureList, B: CaptureList> CaptureList for (A, B) {
    type Values<'a>
        = (A::Values<'a>, B::Values<'a>)
    where
        Self: 'a;
    type Slots<'a>
        = (A::Slots<'a>, B::Slots<'a>)
    where
        Self: 'a;

    #[inline]
    fn shorten<'b, 'a: 'b>(values: Self::Values<'a>) -> Self::Values<'b>
    where
        Self: 'a,
    {
        (A::shorten(values.0), B::shorten(values.1))
    }

    #[inline]
    fn reborrow<'b, 'a: 'b>(slots: &'b mut Self::Slots<'a>) -> Self::Slots<'b>
    where
        Self: 'a,
    {
        (A::reborrow(&mut slots.0), B::reborrow(&mut slots.1))
    }
}

/// The environment of a closure that captures nothing.
#[inline]
pub fn environment<'a>() -> Environment<'a, ()> {
    Environment(())
}

impl<'a, C: CaptureList + 'a> Environment<'a, C> {
    /// Adds a value that derivatives flow into.
    #[inline]
    pub fn lend<T: Captured + ?Sized>(self, value: &'a T) -> Environment<'a, (C, Active<T>)> {
        Environment((self.0, value))
    }

    /// Adds a value without a derivative.
    #[inline]
    pub fn inert<T: ?Sized>(self, value: &'a T) -> Environment<'a, (C, Inert<T>)> {
        Environment((self.0, value))
    }

    /// Adds a value that derivatives flow into and that the closure changes.
    #[inline]
    pub fn lend_exclusively<T: Captured + ?Sized>(
        self,
        value: &'a Lent<'_, T>,
    ) -> Environment<'a, (C, Exclusive<T>)> {
        let lending: Lending<'a, T> = Some(value);
        Environment((self.0, lending))
    }

    /// Adds a value without a derivative that the closure changes.
    #[inline]
    pub fn inert_exclusively<T: ?Sized>(
        self,
        value: &'a Lent<'_, T>,
    ) -> Environment<'a, (C, InertExclusive<T>)> {
        let lending: Lending<'a, T> = Some(value);
        Environment((self.0, lending))
    }

    /// Adds a closure, by its environment.
    #[inline]
    pub fn hand<'b, D: CaptureList + 'b>(
        self,
        closure: Environment<'b, D>,
    ) -> Environment<'a, (C, Handed<D>)>
    where
        'b: 'a,
    {
        Environment((self.0, closure.shorten()))
    }

    /// The same values for a shorter time.
    #[inline]
    pub fn shorten<'b>(self) -> Environment<'b, C>
    where
        'a: 'b,
    {
        Environment(C::shorten(self.0))
    }
}

impl<'a, C: CaptureList + 'a> Adjoints<'a, C> {
    /// The same slots for a shorter time.
    #[inline]
    pub fn reborrow(&mut self) -> Adjoints<'_, C> {
        Adjoints(C::reborrow(&mut self.0))
    }
}

/// A closure with its derivative, which `closure!` makes.
///
/// If rustc names this type in a "mismatched types" error, a function was given a closure whose
/// derivative its companion needs. Write `closure!(|x: f64| …)` for it.
#[derive(Debug, Clone, Copy)]
pub struct MadeByTheMacroClosure<D> {
    /// A second field keeps rustc from advising to write this type out.
    pub own: (),
    /// The derivative, which captures what the closure captures.
    pub derivative: D,
}
