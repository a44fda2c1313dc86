//! What generated code calls for values that are one of several variants: `Option`, `Result` and
//! enums.

/// The failure of an `Option`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

/// The failure of a `Result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed<E>(pub E);

/// A value that is a success or a failure: `Option`, `Result`, and references to them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is taken for an `Option` or a `Result` here",
    label = "neither an `Option` nor a `Result`",
    note = "a method of your own type needs `#[differentiable]` and a name that `Option` and \
            `Result` do not have"
)]
pub trait Outcome {
    /// What a success holds.
    type Success;
    /// What a failure holds.
    type Failure;

    /// The value as a `Result`.
    fn outcome(self) -> Result<Self::Success, Self::Failure>;
}

impl<T> Outcome for Option<T> {
    type Success = T;
    type Failure = Missing;

    #[inline]
    fn outcome(self) -> Result<T, Missing> {
        self.ok_or(Missing)
    }
}

impl<T, E> Outcome for Result<T, E> {
    type Success = T;
    type Failure = Failed<E>;

    #[inline]
    fn outcome(self) -> Result<T, Failed<E>> {
        self.map_err(Failed)
    }
}

impl<'a, T> Outcome for &'a Option<T> {
    type Success = &'a T;
    type Failure = Missing;

    #[inline]
    fn outcome(self) -> Result<&'a T, Missing> {
        self.as_ref().ok_or(Missing)
    }
}

impl<'a, T> Outcome for &'a mut Option<T> {
    type Success = &'a mut T;
    type Failure = Missing;

    #[inline]
    fn outcome(self) -> Result<&'a mut T, Missing> {
        self.as_mut().ok_or(Missing)
    }
}

impl<'a, T, E> Outcome for &'a Result<T, E> {
    type Success = &'a T;
    type Failure = Failed<&'a E>;

    #[inline]
    fn outcome(self) -> Result<&'a T, Failed<&'a E>> {
        self.as_ref().map_err(Failed)
    }
}

impl<'a, T, E> Outcome for &'a mut Result<T, E> {
    type Success = &'a mut T;
    type Failure = Failed<&'a mut E>;

    #[inline]
    fn outcome(self) -> Result<&'a mut T, Failed<&'a mut E>> {
        self.as_mut().map_err(Failed)
    }
}

/// [`Outcome::outcome`] as a function.
#[inline]
pub fn outcome<S: Outcome>(value: S) -> Result<S::Success, S::Failure> {
    value.outcome()
}

/// What `?` makes of a failure: the value that the function returns.
pub trait FromFailure<F> {
    /// The failure as a value of this type.
    fn from_failure(failure: F) -> Self;
}

impl<T> FromFailure<Missing> for Option<T> {
    #[inline]
    fn from_failure(_: Missing) -> Self {
        None
    }
}

impl<T, E, F: From<E>> FromFailure<Failed<E>> for Result<T, F> {
    #[inline]
    fn from_failure(failure: Failed<E>) -> Self {
        Err(F::from(failure.0))
    }
}

/// [`FromFailure::from_failure`] as a function.
#[inline]
pub fn from_failure<S: FromFailure<F>, F>(failure: F) -> S {
    S::from_failure(failure)
}

/// What holds the success, if it is one: an `Option` or a `Result`, also behind references.
pub trait Holds {
    /// What a success holds.
    type Held;

    /// What is held.
    fn held(&self) -> Option<&Self::Held>;
}

/// [`Holds`], to be changed in place.
pub trait HoldsMut: Holds {
    /// What is held.
    fn held_mut(&mut self) -> Option<&mut Self::Held>;
}

impl<T> Holds for Option<T> {
    type Held = T;

    #[inline]
    fn held(&self) -> Option<&T> {
        self.as_ref()
    }
}

impl<T> HoldsMut for Option<T> {
    #[inline]
    fn held_mut(&mut self) -> Option<&mut T> {
        self.as_mut()
    }
}

impl<T, E> Holds for Result<T, E> {
    type Held = T;

    #[inline]
    fn held(&self) -> Option<&T> {
        self.as_ref().ok()
    }
}

impl<T, E> HoldsMut for Result<T, E> {
    #[inline]
    fn held_mut(&mut self) -> Option<&mut T> {
        self.as_mut().ok()
    }
}

impl<S: Holds + ?Sized> Holds for &S {
    type Held = S::Held;

    #[inline]
    fn held(&self) -> Option<&S::Held> {
        (**self).held()
    }
}

impl<S: Holds + ?Sized> Holds for &mut S {
    type Held = S::Held;

    #[inline]
    fn held(&self) -> Option<&S::Held> {
        (**self).held()
    }
}

impl<S: HoldsMut + ?Sized> HoldsMut for &mut S {
    #[inline]
    fn held_mut(&mut self) -> Option<&mut S::Held> {
        (**self).held_mut()
    }
}

/// What a success holds.
///
/// # Panics
/// If it is none: an adjoint has the variant of its value.
#[inline]
#[track_caller]
pub fn success<S: Holds + ?Sized>(value: &S) -> &S::Held {
    match value.held() {
        Some(held) => held,
        None => other_variant(),
    }
}

/// [`success`], to be changed in place.
///
/// # Panics
/// If it is none.
#[inline]
#[track_caller]
pub fn success_mut<S: HoldsMut + ?Sized>(value: &mut S) -> &mut S::Held {
    match value.held_mut() {
        Some(held) => held,
        None => other_variant(),
    }
}

/// An adjoint that is not of the variant of its value.
///
/// # Panics
/// Always.
#[cold]
#[track_caller]
pub fn other_variant() -> ! {
    panic!("an adjoint must be of the variant of the value it belongs to")
}

/// The kinds of failures, which tell the `Option` from the `Result` they belong to.
pub trait Failure: Sized {
    /// The type with this failure and another success.
    type With<T>;

    /// The `Option` or `Result`.
    fn rebuild<T>(outcome: Result<T, Self>) -> Self::With<T>;
}

impl Failure for Missing {
    type With<T> = Option<T>;

    #[inline]
    fn rebuild<T>(outcome: Result<T, Missing>) -> Option<T> {
        outcome.ok()
    }
}

impl<E> Failure for Failed<E> {
    type With<T> = Result<T, E>;

    #[inline]
    fn rebuild<T>(outcome: Result<T, Self>) -> Result<T, E> {
        outcome.map_err(|failed| failed.0)
    }
}

/// [`outcome`] undone.
#[inline]
pub fn rebuild<T, F: Failure>(outcome: Result<T, F>) -> F::With<T> {
    F::rebuild(outcome)
}
