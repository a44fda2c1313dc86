//! Ranges with steps, from their end.

use std::iter::{Rev, StepBy};
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};

/// A range with steps.
pub trait Steps: Iterator {
    /// The same numbers from the last to the first.
    type Back: Iterator<Item = Self::Item>;

    /// The same numbers from the last to the first.
    fn back(self) -> Self::Back;
}

macro_rules! exact {
    ($($Steps:ty),* $(,)?) => {
        $(
            impl Steps for $Steps {
                type Back = Rev<Self>;

                #[inline]
                fn back(self) -> Rev<Self> {
                    self.rev()
                }
            }
        )*
    };
}

/// Ranges of which std does not know the length.
macro_rules! listed {
    ($($Steps:ty),* $(,)?) => {
        $(
            impl Steps for $Steps {
                type Back = Rev<std::vec::IntoIter<Self::Item>>;

                fn back(self) -> Self::Back {
                    self.collect::<Vec<_>>().into_iter().rev()
                }
            }
        )*
    };
}

macro_rules! steps {
    ($($short:ty),*; $($long:ty),*) => {
        $(
            exact!(StepBy<Range<$short>>, StepBy<Rev<Range<$short>>>, Rev<StepBy<Range<$short>>>);
            listed!(StepBy<RangeInclusive<$short>>, StepBy<Rev<RangeInclusive<$short>>>);
        )*
        $(
            listed!(
                StepBy<Range<$long>>,
                StepBy<Rev<Range<$long>>>,
                StepBy<RangeInclusive<$long>>,
                StepBy<Rev<RangeInclusive<$long>>>,
            );
        )*
    };
}

steps!(u8, i8, u16, i16, u32, i32, usize, isize; u64, i64, u128, i128);
exact!(
    Rev<StepBy<RangeInclusive<u8>>>,
    Rev<StepBy<RangeInclusive<i8>>>,
    Rev<StepBy<RangeInclusive<u16>>>,
    Rev<StepBy<RangeInclusive<i16>>>,
);

/// The numbers of a range with steps from the last to the first. That they are of type `T` shows
/// before it is known which integer `T` is: an index in the loop's body may be what tells.
#[derive(Debug)]
pub struct Backwards<T, S: Steps> {
    rest: S::Back,
    number: PhantomData<T>,
}

impl<T, S: Steps + Iterator<Item = T>> Iterator for Backwards<T, S> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.rest.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

/// A range with steps, from its last number to its first.
#[inline]
pub fn backwards<T, S: Steps + Iterator<Item = T>>(steps: S) -> Backwards<T, S> {
    Backwards { rest: steps.back(), number: PhantomData }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_back() {
        assert_eq!(backwards((0..7_usize).step_by(3)).collect::<Vec<_>>(), [6, 3, 0]);
        assert_eq!(backwards((1..=6_u64).step_by(2)).collect::<Vec<_>>(), [5, 3, 1]);
        assert_eq!(backwards((-2..=3_i32).rev().step_by(2)).collect::<Vec<_>>(), [-1, 1, 3]);
        assert_eq!(backwards((3..3_i32).step_by(2)).count(), 0);
        // The index says of which type the numbers are.
        let mut found = Vec::new();
        for i in backwards((0..4).step_by(2).rev()) {
            found.push([1.0, 2.0, 3.0, 4.0][i]);
        }
        assert_eq!(found, [1.0, 3.0]);
    }
}
