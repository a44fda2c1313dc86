//! Tuples of up to twelve parts, with paths `0`, `1`, … as in `parameters.0`.

use crate::{Accumulate, Differentiable, Path, Scalars, ScalarsMut, VectorSpace};

macro_rules! tuple {
    ($($part:ident $index:tt $name:literal),+) => {
        impl<$($part: Differentiable),+> Differentiable for ($($part,)+) {
            type Gradient = ($($part::Gradient,)+);

            #[inline]
            fn zero_like(&self) -> Self::Gradient {
                ($(self.$index.zero_like(),)+)
            }

            #[inline]
            fn visit<'a>(
                &'a self,
                path: &mut Path,
                visitor: &mut dyn FnMut(&Path, Scalars<'a>),
            ) {
                $(path.with_field($name, |path| self.$index.visit(path, visitor));)+
            }
        }

        impl<$($part: VectorSpace),+> VectorSpace for ($($part,)+) {
            #[inline]
            fn visit_mut<'a>(
                &'a mut self,
                path: &mut Path,
                visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
            ) {
                $(path.with_field($name, |path| self.$index.visit_mut(path, visitor));)+
            }
        }

        impl<$($part: Accumulate),+> Accumulate for ($($part,)+) {
            #[inline]
            #[track_caller]
            fn accumulate(&mut self, other: &Self) {
                $(self.$index.accumulate(&other.$index);)+
            }
        }
    };
}

tuple!(A 0 "0");
tuple!(A 0 "0", B 1 "1");
tuple!(A 0 "0", B 1 "1", C 2 "2");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8");
tuple!(A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8", J 9 "9");
tuple!(
    A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8", J 9 "9",
    K 10 "10"
);
tuple!(
    A 0 "0", B 1 "1", C 2 "2", D 3 "3", E 4 "4", F 5 "5", G 6 "6", H 7 "7", I 8 "8", J 9 "9",
    K 10 "10", L 11 "11"
);
