//! References, `Box`, `Rc`, `Arc`, `Option` and `Result`.

use std::rc::Rc;
use std::sync::Arc;

use crate::{Accumulate, Differentiable, Path, Scalars, ScalarsMut, VectorSpace};

/// What only lends its value: the gradient is the value's, owned.
macro_rules! lends {
    ($($lender:ty),*) => {$(
        impl<T: Differentiable + ?Sized> Differentiable for $lender {
            type Gradient = T::Gradient;

            #[inline]
            fn zero_like(&self) -> T::Gradient {
                T::zero_like(self)
            }

            #[inline]
            fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
                T::visit(self, path, visitor);
            }
        }
    )*};
}

lends!(&T, &mut T, Rc<T>, Arc<T>);

impl<T: Differentiable> Differentiable for Box<T> {
    type Gradient = Box<T::Gradient>;

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        Box::new(T::zero_like(self))
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        T::visit(self, path, visitor);
    }
}

impl<T: VectorSpace> VectorSpace for Box<T> {
    #[inline]
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        T::visit_mut(self, path, visitor);
    }
}

impl<T: Accumulate> Accumulate for Box<T> {
    #[inline]
    #[track_caller]
    fn accumulate(&mut self, other: &Self) {
        T::accumulate(self, other);
    }
}

impl<T: Differentiable> Differentiable for Option<T> {
    type Gradient = Option<T::Gradient>;

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        self.as_ref().map(T::zero_like)
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        if let Some(value) = self {
            value.visit(path, visitor);
        }
    }
}

impl<T: VectorSpace> VectorSpace for Option<T> {
    #[inline]
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        if let Some(value) = self {
            value.visit_mut(path, visitor);
        }
    }
}

impl<T: Accumulate> Accumulate for Option<T> {
    #[inline]
    #[track_caller]
    fn accumulate(&mut self, other: &Self) {
        match (self, other) {
            (Some(to), Some(from)) => to.accumulate(from),
            (None, None) => {}
            (Some(_), None) => option_mismatch("Some", "None"),
            (None, Some(_)) => option_mismatch("None", "Some"),
        }
    }
}

#[cold]
#[track_caller]
fn option_mismatch(left: &str, right: &str) -> ! {
    panic!(
        "cannot add a gradient that is `{right}` to one that is `{left}`: \
         both must have the shape of the value they belong to"
    )
}

/// The gradient of a success holds a gradient; an error carries no derivative, whatever it holds.
impl<T: Differentiable, E> Differentiable for Result<T, E> {
    type Gradient = Result<T::Gradient, ()>;

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        self.as_ref().map(T::zero_like).map_err(|_| ())
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        if let Ok(value) = self {
            value.visit(path, visitor);
        }
    }
}

impl<T: VectorSpace> VectorSpace for Result<T, ()> {
    #[inline]
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        if let Ok(value) = self {
            value.visit_mut(path, visitor);
        }
    }
}

impl<T: Accumulate> Accumulate for Result<T, ()> {
    #[inline]
    #[track_caller]
    fn accumulate(&mut self, other: &Self) {
        match (self, other) {
            (Ok(to), Ok(from)) => to.accumulate(from),
            (Err(()), Err(())) => {}
            (Ok(_), Err(())) => option_mismatch("Ok", "Err"),
            (Err(()), Ok(_)) => option_mismatch("Err", "Ok"),
        }
    }
}
