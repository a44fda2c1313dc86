//! Whether a method is the one that its name says: what rustc is asked where a trait of the user's
//! may have a method of that name, too.
//!
//! Of two methods rustc takes the one whose receiver needs fewer steps. The probes here take theirs
//! where the last method of the user's would that wins over std's; so a call on a probe's receiver
//! yields [`OfStd`], or is ambiguous, or yields what another method does, which [`is_std`] does not
//! take. Nothing here ever runs.

use std::collections::VecDeque;

use crate::{Matrix, Vector};

/// What a probe's methods yield.
#[derive(Debug)]
pub struct OfStd;

/// What a probe's methods take.
#[derive(Debug)]
pub struct Anything;

/// A value of the type that is wanted.
///
/// # Panics
///
/// Always: it is for code that does not run.
#[must_use]
pub fn any<T>() -> T {
    unreachable!("code that does not run")
}

/// What a call on a probe's receiver yields if the method is the one of the rule table.
#[diagnostic::on_unimplemented(
    message = "this may be a method of a trait of yours, which has no derivative rule",
    label = "taken by its name for std's",
    note = "name the function of the float or collection by its path, as in `f64::sin(*x)`, rename \
            the trait's method, or annotate the trait and its implementations with \
            `#[differentiable]`"
)]
pub trait StdMethod {}

#[diagnostic::do_not_recommend]
impl StdMethod for OfStd {}
#[diagnostic::do_not_recommend]
impl<T> StdMethod for Vector<T> {}
#[diagnostic::do_not_recommend]
impl<T> StdMethod for Matrix<T> {}

/// Accepts what a probe yields.
pub fn is_std<T: StdMethod>(_: T) {}

/// A type whose methods the rule tables name, behind references or not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no derivative rule here",
    label = "not a number, a `Vector` or a `Matrix`",
    note = "the operators and methods of `f32`, `f64`, `Vector` and `Matrix` have derivative rules"
)]
pub trait Probed {
    /// What functions of numbers are called on in a probe, behind one reference.
    type Number: ?Sized;
    /// What methods of slices are called on in a probe, behind one reference.
    type Sequence: ?Sized;
}

/// What has no methods but those of probes.
#[derive(Debug)]
pub struct NoDoubt;

macro_rules! probed {
    ($([$($generics:tt)*] $Type:ty, $Number:ty, $Sequence:ty;)*) => {
        $(
            impl<$($generics)*> Probed for $Type {
                type Number = $Number;
                type Sequence = $Sequence;
            }
        )*
    };
}

probed! {
    [] f64, f64, NoDoubt;
    [] f32, f32, NoDoubt;
    [T] Vector<T>, Vector<T>, NoDoubt;
    [T] Matrix<T>, Matrix<T>, NoDoubt;
    [T] [T], NoDoubt, NoDoubt;
    [T] VecDeque<T>, NoDoubt, NoDoubt;
    [T] Vec<T>, NoDoubt, Vec<T>;
    [T, const N: usize] [T; N], NoDoubt, [T; N];
    [P: Probed + ?Sized] &P, P::Number, P::Sequence;
    [P: Probed + ?Sized] &mut P, P::Number, P::Sequence;
    [P: Probed + ?Sized] Box<P>, P::Number, P::Sequence;
}

/// The receiver of a probe for functions of numbers.
///
/// # Panics
///
/// Always: it is for code that does not run.
pub fn number<P: Probed + ?Sized>(_: &P) -> &P::Number {
    unreachable!("code that does not run")
}

/// The receiver of a probe for methods that read.
///
/// # Panics
///
/// Always: it is for code that does not run.
pub fn shared<P: Probed + ?Sized>(_: &P) -> &P::Sequence {
    unreachable!("code that does not run")
}

/// The receiver of a probe for methods that change it.
///
/// # Panics
///
/// Always: it is for code that does not run.
#[allow(clippy::mut_from_ref)] // There is no such value.
pub fn exclusive<P: Probed + ?Sized>(_: &P) -> &mut P::Sequence {
    unreachable!("code that does not run")
}

/// What is indexed by the numbers of its elements.
#[diagnostic::on_unimplemented(
    message = "what an index of `{Self}` means is not known",
    label = "not a slice, an array, a `Vec`, a `VecDeque`, a `Vector` or a `Matrix`",
    note = "index the collection inside it, or write a `#[differentiable]` method for it"
)]
pub trait Indexed {}

impl<T> Indexed for [T] {}
impl<T, const N: usize> Indexed for [T; N] {}
impl<T> Indexed for Vec<T> {}
impl<T> Indexed for VecDeque<T> {}
impl<T> Indexed for Vector<T> {}
impl<T> Indexed for Matrix<T> {}
#[diagnostic::do_not_recommend]
impl<I: Indexed + ?Sized> Indexed for &I {}
#[diagnostic::do_not_recommend]
impl<I: Indexed + ?Sized> Indexed for &mut I {}
#[diagnostic::do_not_recommend]
impl<I: Indexed + ?Sized> Indexed for Box<I> {}

/// Accepts what is indexed by the numbers of its elements.
#[inline]
pub fn is_indexed<I: Indexed + ?Sized>(_: &I) {}

/// What `from` only takes over or rearranges.
#[diagnostic::on_unimplemented(
    message = "what `from` makes of `{Self}` is not known",
    label = "not a number or a collection of std's",
    note = "write a `#[differentiable]` function that makes it"
)]
pub trait Plain {}

impl<I: Indexed + ?Sized> Plain for I {}

macro_rules! plain {
    ($($Type:ty),*) => { $(impl Plain for $Type {})* };
}

plain!(f64, f32, u8, u16, u32, i8, i16, i32, bool);

/// Accepts what `from` only takes over or rearranges.
#[inline]
pub fn is_plain<P: Plain + ?Sized>(_: &P) {}

type Shared<'a, T> = &'a T;
type Exclusive<'a, T> = &'a mut T;

macro_rules! probes {
    ($(#[$doc:meta])* $Trait:ident ($Receiver:ident) { $($name:ident($($argument:ident),*))* }) => {
        $(#[$doc])*
        #[allow(missing_docs)]
        pub trait $Trait {
            $(
                fn $name(self: $Receiver<'_, Self>, $($argument: Anything),*) -> OfStd;
            )*
        }
    };
    (@impl $Trait:ident ($Receiver:ident) { $($name:ident($($argument:ident),*))* } [$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $Trait for $Type {
            $(
                fn $name(self: $Receiver<'_, Self>, $($argument: Anything),*) -> OfStd {
                    $(let _ = $argument;)*
                    OfStd
                }
            )*
        }
    };
}

macro_rules! number_methods {
    ($macro:ident!($($before:tt)*) $($after:tt)*) => {
        $macro! { $($before)* NumberMethods (Shared) {
            sin() cos() tan() asin() acos() atan() sinh() cosh() tanh() asinh() acosh() atanh()
            exp() exp2() exp_m1() ln() log2() log10() ln_1p() log(a) sqrt() cbrt() recip() abs()
            floor() ceil() round() round_ties_even() trunc() signum() fract() to_radians()
            to_degrees() sigmoid() softplus() log_sigmoid() relu() powi(a) powf(a) hypot(a)
            atan2(a) max(a) min(a) clamp(a, b) copysign(a) midpoint(a) mul_add(a, b) rem_euclid(a)
            div_euclid(a) sin_cos()
        } $($after)* }
    };
}

number_methods!(probes!(
    /// The functions of numbers in the rule tables.
));
number_methods!(probes!(@impl) [] &f64);
number_methods!(probes!(@impl) [] &f32);
number_methods!(probes!(@impl) [] NoDoubt);

macro_rules! reading_methods {
    ($macro:ident!($($before:tt)*) $($after:tt)*) => {
        $macro! { $($before)* ReadingMethods (Shared) {
            to_vec() iter() windows(a) chunks(a) chunks_exact(a) first() last() get(a) concat()
            split_at(a) len()
        } $($after)* }
    };
}

reading_methods!(probes!(
    /// The methods of slices that read them.
));
reading_methods!(probes!(@impl) [T] Vec<T>);
reading_methods!(probes!(@impl) [T, const N: usize] [T; N]);
reading_methods!(probes!(@impl) [] NoDoubt);

macro_rules! changing_methods {
    ($macro:ident!($($before:tt)*) $($after:tt)*) => {
        $macro! { $($before)* ChangingMethods (Exclusive) {
            swap(a, b) reverse() fill(a) rotate_left(a) rotate_right(a) copy_from_slice(a)
            clone_from_slice(a) copy_within(a, b) swap_with_slice(a) sort_by(a)
            sort_unstable_by(a) sort_by_key(a) sort_by_cached_key(a) sort_unstable_by_key(a)
            iter_mut() chunks_mut(a) chunks_exact_mut(a) split_at_mut(a)
        } $($after)* }
    };
}

changing_methods!(probes!(
    /// The methods of slices that change them.
));
changing_methods!(probes!(@impl) [T] Vec<T>);
changing_methods!(probes!(@impl) [T, const N: usize] [T; N]);
changing_methods!(probes!(@impl) [] NoDoubt);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_stand_in_front_of_std() {
        // Each line compiles because the probe's method is the one that is found.
        let probe = |x: &&&f64, v: &Vec<f64>, a: &mut [f64; 2]| {
            is_std(number(x).sin());
            is_std(number(x).max(any()));
            is_std(shared(v).to_vec());
            is_std(exclusive(a).swap(any(), any()));
            is_std(number(&Vector::from([1.0])).tanh());
        };
        let _ = probe;
    }
}
