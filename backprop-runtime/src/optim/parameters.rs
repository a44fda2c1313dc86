//! What an optimiser can move.

use crate::{Path, ScalarsMut, VectorSpace};

/// Parameters lent to an optimiser: `&mut` to a value, or a tuple of such loans.
///
/// ```
/// use backprop_runtime::optim::{Optimizer, Sgd};
///
/// let mut model = (vec![1.0], 2.0);
/// Sgd::new(1.0).step(&mut model, &(vec![0.25], 0.5));
/// assert_eq!(model, (vec![0.75], 1.5));
///
/// let (mut v, mut w) = model;
/// Sgd::new(1.0).step((&mut v, &mut w), &(vec![0.25], 0.5));
/// assert_eq!((v, w), (vec![0.5], 1.0));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loan of parameters",
    label = "an optimiser takes `&mut parameters`, or a tuple `(&mut v, &mut w)`"
)]
pub trait Parameters {
    /// The type of a gradient with respect to the parameters.
    type Gradient: VectorSpace;

    /// Visits the scalars in the order of the gradient's.
    fn visit_mut<'a>(&'a mut self, path: &mut Path, visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>));
}

impl<P: VectorSpace> Parameters for &mut P {
    type Gradient = P;

    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        P::visit_mut(self, path, visitor);
    }
}

impl<T: VectorSpace> Parameters for &mut [T] {
    type Gradient = Vec<T>;

    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        T::visit_slice_mut(self, path, visitor);
    }
}

macro_rules! tuple {
    ($($part:ident $index:tt $name:literal),+) => {
        impl<$($part: Parameters),+> Parameters for ($($part,)+) {
            type Gradient = ($($part::Gradient,)+);

            fn visit_mut<'a>(
                &'a mut self,
                path: &mut Path,
                visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
            ) {
                $(path.with_field($name, |path| self.$index.visit_mut(path, visitor));)+
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
