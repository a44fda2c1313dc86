//! What a call of a differentiable function hands over besides values and adjoints.
//!
//! A caller cannot see the called function's signature. What depends on it is chosen by types: the
//! pullback's parameters say what they want, and these traits make it of what the caller has.

/// What a pullback is given for an argument of which the called function has kept whatever its
/// reverse needs: one that was passed by value or changed through `&mut`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalleeKeeps;

/// The argument of a call that is known to be changed.
#[inline]
pub fn callee_keeps() -> &'static CalleeKeeps {
    &CalleeKeeps
}

/// Tells the ways apart in which an argument can be handed to a pullback.
#[derive(Debug)]
pub enum Itself {}

/// Tells the ways apart in which an argument can be handed to a pullback.
#[derive(Debug)]
pub enum Behind {}

/// An argument that is still there when the reverse runs, as a pullback wants to have it.
#[diagnostic::on_unimplemented(
    message = "the function with `#[differentiable]` that is called here is for `{A}`, and this is \
               `{Self}`",
    label = "`{Self}`",
    note = "if it is a method of `{A}`, and `{Self}` derefs to that, a method of that name of \
            `{Self}` itself may lack `#[differentiable]`; to mean the one of `{A}`, write `(*x).method()`"
)]
pub trait AgainAs<A: ?Sized, By> {
    /// The argument again.
    fn again(&self) -> &A;
}

impl<T: ?Sized> AgainAs<T, Itself> for T {
    #[inline]
    fn again(&self) -> &T {
        self
    }
}

impl<T: ?Sized> AgainAs<T, Behind> for Box<T> {
    #[inline]
    fn again(&self) -> &T {
        self
    }
}

impl<T: ?Sized> AgainAs<T, Behind> for &T {
    #[inline]
    fn again(&self) -> &T {
        self
    }
}

impl<T: ?Sized> AgainAs<T, Behind> for &mut T {
    #[inline]
    fn again(&self) -> &T {
        self
    }
}

impl<T: ?Sized> AgainAs<CalleeKeeps, CalleeKeeps> for T {
    #[inline]
    fn again(&self) -> &CalleeKeeps {
        &CalleeKeeps
    }
}

/// [`AgainAs::again`] as a function.
#[inline]
pub fn again<T: AgainAs<A, By> + ?Sized, A: ?Sized, By>(argument: &T) -> &A {
    argument.again()
}

/// An argument that is gone or changed when the reverse runs, as a pullback wants to have it.
#[diagnostic::on_unimplemented(
    message = "the function with `#[differentiable]` that is called here is for `{A}`, and this is \
               `{Self}`, or a type without `Clone`",
    label = "`{Self}`"
)]
pub trait KeepAs<A, By> {
    /// What the pullback needs of the argument.
    fn keep(&self) -> A;
}

impl<T: Clone> KeepAs<T, Itself> for T {
    #[inline]
    fn keep(&self) -> T {
        self.clone()
    }
}

impl<T: Clone> KeepAs<T, Behind> for Box<T> {
    #[inline]
    fn keep(&self) -> T {
        (**self).clone()
    }
}

impl<T: ?Sized> KeepAs<CalleeKeeps, CalleeKeeps> for T {
    #[inline]
    fn keep(&self) -> CalleeKeeps {
        CalleeKeeps
    }
}

/// [`KeepAs::keep`] as a function.
#[inline]
pub fn keep<T: KeepAs<A, By> + ?Sized, A, By>(argument: &T) -> A {
    argument.keep()
}

/// The slot of the receiver of a method that may change it or not.
#[diagnostic::on_unimplemented(
    message = "a derivative flows into the receiver of this method, which is not in the method's \
               `wrt(..)`",
    label = "this value carries a derivative",
    note = "list `self` in the method's `wrt(..)`, or make the receiver immutable"
)]
pub trait Slot<'a, G: ?Sized> {
    /// Takes the adjoint for a slot.
    fn slot(adjoint: &'a mut G) -> Self;
}

impl<'a, G: ?Sized> Slot<'a, G> for Option<&'a mut G> {
    #[inline]
    fn slot(adjoint: &'a mut G) -> Self {
        Some(adjoint)
    }
}

impl<'a, G: ?Sized> Slot<'a, G> for &'a mut G {
    #[inline]
    fn slot(adjoint: &'a mut G) -> Self {
        adjoint
    }
}

/// [`Slot::slot`] as a function.
#[inline]
pub fn slot<'a, S: Slot<'a, G>, G: ?Sized>(adjoint: &'a mut G) -> S {
    S::slot(adjoint)
}

/// An argument that is passed by value, as far as the call shows it; it may be a reference.
#[derive(Debug)]
pub struct Passed<'a, T: ?Sized>(pub &'a T);

impl<'t, T: ?Sized> Passed<'_, &'t T> {
    /// What the argument refers to.
    #[inline]
    pub fn again(&self) -> &'t T {
        self.0
    }

    /// The reference.
    #[inline]
    pub fn keep(&self) -> Kept<&'t T> {
        Kept(self.0)
    }
}

/// [`Passed`] for what is not a reference.
pub trait PassedByValue<'a, T: ?Sized> {
    /// [`AgainAs::again`].
    fn again<A: ?Sized, By>(&self) -> &'a A
    where
        T: AgainAs<A, By>;

    /// [`KeepAs::keep`].
    fn keep<A, By>(&self) -> Kept<A>
    where
        T: KeepAs<A, By>;
}

impl<'a, T: ?Sized> PassedByValue<'a, T> for Passed<'a, T> {
    #[inline]
    fn again<A: ?Sized, By>(&self) -> &'a A
    where
        T: AgainAs<A, By>,
    {
        self.0.again()
    }

    #[inline]
    fn keep<A, By>(&self) -> Kept<A>
    where
        T: KeepAs<A, By>,
    {
        Kept(self.0.keep())
    }
}

/// What is kept of an argument.
#[derive(Debug, Clone, Copy)]
pub struct Kept<A>(A);

impl<A> std::ops::Deref for Kept<A> {
    type Target = A;

    #[inline]
    fn deref(&self) -> &A {
        &self.0
    }
}

/// A copy of what a reference refers to: of a slice, a `Vec`.
#[inline]
pub fn owned<T: ToOwned + ?Sized>(value: &T) -> T::Owned {
    value.to_owned()
}
