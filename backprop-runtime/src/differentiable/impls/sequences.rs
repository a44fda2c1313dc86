//! Slices, vectors, arrays and `VecDeque`.

use std::collections::VecDeque;

use crate::{Accumulate, Differentiable, Path, Scalars, ScalarsMut, VectorSpace};

#[cold]
#[track_caller]
fn length_mismatch(left: usize, right: usize) -> ! {
    panic!(
        "cannot add a gradient of {right} element(s) to one of {left}: \
         both must have the shape of the value they belong to"
    )
}

impl<T: Differentiable> Differentiable for [T] {
    type Gradient = Vec<T::Gradient>;

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        self.iter().map(T::zero_like).collect()
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        T::visit_slice(self, path, visitor);
    }
}

impl<T: Accumulate> Accumulate for [T] {
    #[inline]
    #[track_caller]
    fn accumulate(&mut self, other: &[T]) {
        if self.len() != other.len() {
            length_mismatch(self.len(), other.len());
        }
        for (to, from) in self.iter_mut().zip(other) {
            to.accumulate(from);
        }
    }
}

impl<T: Differentiable> Differentiable for Vec<T> {
    type Gradient = Vec<T::Gradient>;

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        self.as_slice().zero_like()
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        T::visit_slice(self, path, visitor);
    }
}

impl<T: VectorSpace> VectorSpace for Vec<T> {
    #[inline]
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        T::visit_slice_mut(self, path, visitor);
    }
}

impl<T: Differentiable> Differentiable for Box<[T]> {
    type Gradient = Box<[T::Gradient]>;

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        self.iter().map(T::zero_like).collect()
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        T::visit_slice(self, path, visitor);
    }
}

impl<T: VectorSpace> VectorSpace for Box<[T]> {
    #[inline]
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        T::visit_slice_mut(self, path, visitor);
    }
}

impl<T: Differentiable, const N: usize> Differentiable for [T; N] {
    type Gradient = [T::Gradient; N];

    #[inline]
    fn zero_like(&self) -> Self::Gradient {
        std::array::from_fn(|index| self[index].zero_like())
    }

    #[inline]
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        T::visit_slice(self, path, visitor);
    }
}

impl<T: VectorSpace, const N: usize> VectorSpace for [T; N] {
    #[inline]
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        T::visit_slice_mut(self, path, visitor);
    }
}

/// Additions between two kinds of sequence, by way of slices.
macro_rules! accumulate_as_slices {
    ($($(#[$generics:ident])? $to:ty, $from:ty;)*) => {$(
        impl<T: Accumulate $(, const $generics: usize)?> Accumulate<$from> for $to {
            #[inline]
            #[track_caller]
            fn accumulate(&mut self, other: &$from) {
                let to: &mut [T] = self;
                let from: &[T] = other;
                to.accumulate(from);
            }
        }
    )*};
}

accumulate_as_slices! {
    Vec<T>, Vec<T>;
    Vec<T>, [T];
    [T], Vec<T>;
    Box<[T]>, Box<[T]>;
    #[N] [T; N], [T; N];
    #[N] [T; N], [T];
    #[N] [T; N], Vec<T>;
    #[N] [T], [T; N];
    #[N] Vec<T>, [T; N];
}

impl<T: Differentiable> Differentiable for VecDeque<T> {
    type Gradient = VecDeque<T::Gradient>;

    fn zero_like(&self) -> Self::Gradient {
        self.iter().map(T::zero_like).collect()
    }

    // Item by item: where the ring buffer wraps around is no part of the value, so it must not
    // show in the runs.
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        for (index, item) in self.iter().enumerate() {
            path.with_index(index, |path| item.visit(path, visitor));
        }
    }
}

impl<T: VectorSpace> VectorSpace for VecDeque<T> {
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        for (index, item) in self.iter_mut().enumerate() {
            path.with_index(index, |path| item.visit_mut(path, visitor));
        }
    }
}

impl<T: Accumulate> Accumulate for VecDeque<T> {
    #[track_caller]
    fn accumulate(&mut self, other: &VecDeque<T>) {
        if self.len() != other.len() {
            length_mismatch(self.len(), other.len());
        }
        for (to, from) in self.iter_mut().zip(other) {
            to.accumulate(from);
        }
    }
}
