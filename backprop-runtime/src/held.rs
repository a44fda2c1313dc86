//! What a pullback keeps of a value that refers to something it is not given again.
//!
//! A pullback may outlive what the function borrowed on its way: an element that was found in a map,
//! a slice of a local vector. It owns instead what such a reference refers to, and lends it to its
//! own code in the type that the reference had. Whether a value is a reference, or holds some, is
//! for rustc to tell: of the methods named `keep` it takes the one whose receiver needs the fewest
//! steps, which is that of [`Held`] itself for references and std's collections of such, and that of
//! [`KeptItself`] for everything else.

use std::borrow::Borrow;
use std::collections::VecDeque;

/// A value that the reverse needs, before it is known whether it refers to something.
#[derive(Debug)]
pub struct Held<T>(Option<T>);

/// A value that the reverse needs.
#[inline]
pub fn held<T>(value: T) -> Held<T> {
    Held(Some(value))
}

/// What is kept of a value.
#[doc(hidden)]
#[macro_export]
macro_rules! hold {
    ($value:expr) => {{
        #[allow(unused_imports)]
        use $crate::held::{KeptIfCloned as _, KeptItself as _};
        $crate::held::held($value).keep()
    }};
}

impl<T> Held<T> {
    fn taken(self) -> T {
        self.0.expect("a value is kept once")
    }
}

impl<T: Refers> Held<T> {
    /// The value with what it refers to in place of its references.
    #[inline]
    pub fn keep(self) -> Kept<T::Owned> {
        Kept(self.taken().owned())
    }
}

/// The method of references to what cannot be kept.
pub trait KeptIfCloned {
    /// What is kept.
    type Kept;
    /// Keeps a clone of what the reference refers to.
    fn keep(self) -> Self::Kept;
}

/// A type whose values a pullback can keep when it is not given them again.
#[diagnostic::on_unimplemented(
    message = "the derivative needs a `{Self}` again that the function only has a reference to, and \
               which is no `Clone`",
    label = "a reference that the derivative needs again",
    note = "bind the numbers that are read to variables before they are used (`let k = *found.rate();`), \
            look the reference up by an index (`&table[i]`), or derive `Clone`"
)]
pub trait Cloned {}

impl<'a, T: ?Sized> KeptIfCloned for Held<&'a T>
where
    T: Cloned,
{
    type Kept = Itself<&'a T>;

    #[inline]
    fn keep(self) -> Itself<&'a T> {
        Itself(self.taken())
    }
}

/// The method of values that are no references.
pub trait KeptItself {
    /// What is kept.
    type Kept;
    /// Keeps the value as it is.
    fn keep(&mut self) -> Self::Kept;
}

impl<T> KeptItself for Held<T> {
    type Kept = Itself<T>;

    #[inline]
    fn keep(&mut self) -> Itself<T> {
        Itself(self.0.take().expect("a value is kept once"))
    }
}

/// A value that is kept as it is.
#[derive(Debug, Clone, Copy)]
pub struct Itself<T>(T);

impl<T> Itself<T> {
    /// The value.
    #[inline]
    pub fn again(self) -> T {
        self.0
    }
}

/// A value of whose references the targets are kept.
#[derive(Debug, Clone)]
pub struct Kept<K>(K);

impl<K: Targets> Kept<K> {
    /// The value, with references to what was kept.
    #[inline]
    pub fn again(&self) -> K::Again<'_> {
        self.0.again()
    }
}

/// A value with targets in place of references.
pub trait Targets {
    /// The value with references.
    type Again<'k>
    where
        Self: 'k;
    /// The value with references to these targets.
    fn again(&self) -> Self::Again<'_>;
}

/// A value that is a reference or is made of such.
pub trait Refers {
    /// The value with targets in place of references.
    type Owned;
    /// Clones what the value refers to.
    fn owned(self) -> Self::Owned;
}

/// What a value that may be a reference consists of.
pub trait Part {
    /// The part with targets in place of references.
    type Owned;
    /// Clones what the part refers to.
    fn owned(self) -> Self::Owned;
}

/// What a reference refers to.
#[derive(Debug)]
pub struct Target<T: ?Sized + ToOwned>(T::Owned);

impl<T: ?Sized + ToOwned> Clone for Target<T> {
    fn clone(&self) -> Self {
        Target(self.0.borrow().to_owned())
    }
}

impl<T: ?Sized + ToOwned> Targets for Target<T> {
    type Again<'k>
        = &'k T
    where
        Self: 'k;

    #[inline]
    fn again(&self) -> &T {
        self.0.borrow()
    }
}

impl<T: ?Sized + ToOwned> Refers for &T {
    type Owned = Target<T>;

    #[inline]
    fn owned(self) -> Target<T> {
        Target(self.to_owned())
    }
}

impl<T: ?Sized + ToOwned> Part for &T {
    type Owned = Target<T>;

    #[inline]
    fn owned(self) -> Target<T> {
        Target(self.to_owned())
    }
}

/// A part without references.
#[derive(Debug, Clone)]
pub struct Plain<T>(T);

impl<T: Clone> Targets for Plain<T> {
    type Again<'k>
        = T
    where
        Self: 'k;

    #[inline]
    fn again(&self) -> T {
        self.0.clone()
    }
}

macro_rules! plain {
    ($($ty:ty),*) => {$(
        impl Part for $ty {
            type Owned = Plain<$ty>;

            #[inline]
            fn owned(self) -> Plain<$ty> {
                Plain(self)
            }
        }
    )*};
}

plain!(f32, f64, bool, char, String, ());
plain!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

macro_rules! sequences {
    ($($name:ident)*) => {$(
        impl<K: Targets> Targets for $name<K> {
            type Again<'k>
                = $name<K::Again<'k>>
            where
                Self: 'k;

            #[inline]
            fn again(&self) -> $name<K::Again<'_>> {
                self.iter().map(Targets::again).collect()
            }
        }

        impl<T: Refers> Refers for $name<T> {
            type Owned = $name<T::Owned>;

            #[inline]
            fn owned(self) -> $name<T::Owned> {
                self.into_iter().map(Refers::owned).collect()
            }
        }

        impl<T: Part> Part for $name<T> {
            type Owned = $name<T::Owned>;

            #[inline]
            fn owned(self) -> $name<T::Owned> {
                self.into_iter().map(Part::owned).collect()
            }
        }
    )*};
}

sequences!(Vec VecDeque);

impl<K: Targets> Targets for Option<K> {
    type Again<'k>
        = Option<K::Again<'k>>
    where
        Self: 'k;

    #[inline]
    fn again(&self) -> Option<K::Again<'_>> {
        self.as_ref().map(Targets::again)
    }
}

impl<T: Refers> Refers for Option<T> {
    type Owned = Option<T::Owned>;

    #[inline]
    fn owned(self) -> Option<T::Owned> {
        self.map(Refers::owned)
    }
}

impl<T: Part> Part for Option<T> {
    type Owned = Option<T::Owned>;

    #[inline]
    fn owned(self) -> Option<T::Owned> {
        self.map(Part::owned)
    }
}

impl<K: Targets, const N: usize> Targets for [K; N] {
    type Again<'k>
        = [K::Again<'k>; N]
    where
        Self: 'k;

    #[inline]
    fn again(&self) -> [K::Again<'_>; N] {
        self.each_ref().map(Targets::again)
    }
}

impl<T: Refers, const N: usize> Refers for [T; N] {
    type Owned = [T::Owned; N];

    #[inline]
    fn owned(self) -> [T::Owned; N] {
        self.map(Refers::owned)
    }
}

impl<T: Part, const N: usize> Part for [T; N] {
    type Owned = [T::Owned; N];

    #[inline]
    fn owned(self) -> [T::Owned; N] {
        self.map(Part::owned)
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Targets),*> Targets for ($($name,)*) {
            type Again<'k> = ($($name::Again<'k>,)*) where Self: 'k;

            #[inline]
            fn again(&self) -> Self::Again<'_> {
                ($(self.$index.again(),)*)
            }
        }

        impl<$($name: Part),*> Part for ($($name,)*) {
            type Owned = ($($name::Owned,)*);

            #[inline]
            fn owned(self) -> Self::Owned {
                ($(self.$index.owned(),)*)
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);

/// Tuples that hold a reference, told by the first of their parts that is one: a tuple of plain
/// parts is kept as it is.
macro_rules! tuples_that_refer {
    ($($plain:ty),*; $($rest:ident)*) => {
        impl<T: ?Sized + ToOwned, $($rest: Part),*> Refers for (&T, $($rest),*) {
            type Owned = (Target<T>, $($rest::Owned),*);

            #[inline]
            fn owned(self) -> Self::Owned {
                Part::owned(self)
            }
        }
        tuples_that_refer!(second $($plain),*; $($rest)*);
    };
    (second $($plain:ty),*; $second:ident $($rest:ident)*) => {
        tuples_that_refer!(each $($plain),*; ($($rest)*));
    };
    (each $($plain:ty),*; $rest:tt) => {
        $(tuples_that_refer!(one $plain; $rest);)*
    };
    (one $plain:ty; ($($rest:ident)*)) => {
        impl<T: ?Sized + ToOwned, $($rest: Part),*> Refers for ($plain, &T, $($rest),*) {
            type Owned = (Plain<$plain>, Target<T>, $($rest::Owned),*);

            #[inline]
            fn owned(self) -> Self::Owned {
                Part::owned(self)
            }
        }
    };
}

macro_rules! all_tuples_that_refer {
    ($($rest:tt)*) => {
        tuples_that_refer!(
            f32, f64, bool, char, String, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128,
            usize; $($rest)*
        );
    };
}

all_tuples_that_refer!(B);
all_tuples_that_refer!(B C);
all_tuples_that_refer!(B C D);

#[cfg(test)]
#[allow(unused_imports)]
mod tests {
    use super::{KeptIfCloned as _, KeptItself as _, held};

    #[test]
    fn keeps_what_is_behind_references() {
        let (number, names, row, pair, text) = {
            let table = [1.5, 2.5];
            let words = String::from("a bc");
            let split: Vec<&str> = words.split(' ').collect();
            (
                held(&table[1]).keep(),
                held(split).keep(),
                held(&table[..]).keep(),
                held(Some((&table[0], 3_usize))).keep(),
                held(words.as_str()).keep(),
            )
        };
        let number: &f64 = number.again();
        let names: Vec<&str> = names.again();
        let row: &[f64] = row.again();
        let pair: Option<(&f64, usize)> = pair.again();
        let text: &str = text.again();
        assert_eq!((*number, names, row), (2.5, vec!["a", "bc"], &[1.5, 2.5][..]));
        assert_eq!((pair, text), (Some((&1.5, 3)), "a bc"));
    }

    #[test]
    fn keeps_values_themselves() {
        #[derive(Debug, PartialEq)]
        struct Unknown(f64);
        let unknown: Unknown = held(Unknown(2.0)).keep().again();
        assert_eq!(unknown, Unknown(2.0));
        // A literal's type is still open.
        let (number, count) = (held(2.0).keep().again(), held(3).keep().again());
        assert_eq!(vec![1.5_f64, 2.5, 3.5, 4.5][count] * number, 9.0);
        fn generic<T>(value: T) -> T {
            held(value).keep().again()
        }
        assert_eq!(generic("kept"), "kept");
    }
}
