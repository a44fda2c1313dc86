//! `f64` and `f32`: one scalar each, and a slice of them is one run.

use crate::{Accumulate, Differentiable, Path, Scalars, ScalarsMut, VectorSpace};

macro_rules! number {
    ($number:ident, $run:ident) => {
        impl Differentiable for $number {
            type Gradient = $number;

            #[inline]
            fn zero_like(&self) -> $number {
                0.0
            }

            #[inline]
            fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
                visitor(path, Scalars::$run(::std::slice::from_ref(self)));
            }

            #[inline]
            fn visit_slice<'a>(
                items: &'a [$number],
                path: &mut Path,
                visitor: &mut dyn FnMut(&Path, Scalars<'a>),
            ) {
                path.with_elements(|path| visitor(path, Scalars::$run(items)));
            }
        }

        impl VectorSpace for $number {
            #[inline]
            fn visit_mut<'a>(
                &'a mut self,
                path: &mut Path,
                visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
            ) {
                visitor(path, ScalarsMut::$run(::std::slice::from_mut(self)));
            }

            #[inline]
            fn visit_slice_mut<'a>(
                items: &'a mut [$number],
                path: &mut Path,
                visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
            ) {
                path.with_elements(|path| visitor(path, ScalarsMut::$run(items)));
            }
        }

        impl Accumulate for $number {
            #[inline]
            fn accumulate(&mut self, other: &$number) {
                *self += *other;
            }
        }
    };
}

number!(f64, F64);
number!(f32, F32);
