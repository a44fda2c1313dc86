//! Types without scalars: a gradient has the value itself in their place, so that a struct with
//! such fields can be its own gradient.

use std::marker::PhantomData;

use crate::{Accumulate, Differentiable, Path, Scalars, ScalarsMut, VectorSpace};

macro_rules! inert {
    ($($(#[$parameter:ident])? $inert:ty),* $(,)?) => {$(
        impl$(<$parameter: ?Sized>)? Differentiable for $inert {
            type Gradient = $inert;

            #[inline]
            fn zero_like(&self) -> $inert {
                self.clone()
            }

            #[inline]
            fn visit<'a>(&'a self, _: &mut Path, _: &mut dyn FnMut(&Path, Scalars<'a>)) {}

            #[inline]
            fn visit_slice<'a>(
                _: &'a [$inert],
                _: &mut Path,
                _: &mut dyn FnMut(&Path, Scalars<'a>),
            ) {
            }
        }

        impl$(<$parameter: ?Sized>)? VectorSpace for $inert {
            #[inline]
            fn visit_mut<'a>(&'a mut self, _: &mut Path, _: &mut dyn FnMut(&Path, ScalarsMut<'a>)) {
            }

            #[inline]
            fn visit_slice_mut<'a>(
                _: &'a mut [$inert],
                _: &mut Path,
                _: &mut dyn FnMut(&Path, ScalarsMut<'a>),
            ) {
            }
        }

        impl$(<$parameter: ?Sized>)? Accumulate for $inert {
            #[inline]
            fn accumulate(&mut self, _: &$inert) {}
        }
    )*};
}

inert! {
    (), bool, char, String,
    u8, u16, u32, u64, u128, usize,
    i8, i16, i32, i64, i128, isize,
    std::num::NonZeroU32, std::num::NonZeroU64, std::num::NonZeroUsize,
    std::ops::Range<usize>, std::ops::RangeInclusive<usize>,
    std::cmp::Ordering,
    std::time::Duration, std::time::Instant, std::time::SystemTime,
    std::ffi::OsString, std::path::PathBuf,
    #[T] PhantomData<T>,
}

impl Differentiable for str {
    type Gradient = String;

    #[inline]
    fn zero_like(&self) -> String {
        self.to_owned()
    }

    #[inline]
    fn visit<'a>(&'a self, _: &mut Path, _: &mut dyn FnMut(&Path, Scalars<'a>)) {}
}
