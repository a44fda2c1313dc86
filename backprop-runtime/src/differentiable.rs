//! What carries a derivative: [`Differentiable`], the vector space its gradients live in
//! ([`VectorSpace`]) and how adjoints add up ([`Accumulate`]).

pub mod derived;
mod impls;

use crate::Path;

/// A run of scalars that lie next to each other in a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalars<'a> {
    /// Double precision.
    F64(&'a [f64]),
    /// Single precision.
    F32(&'a [f32]),
}

impl Scalars<'_> {
    /// How many scalars the run has.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(run) => run.len(),
            Self::F32(run) => run.len(),
        }
    }

    /// Whether the run has no scalar.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// [`Scalars`], to be changed in place.
#[derive(Debug, PartialEq)]
pub enum ScalarsMut<'a> {
    /// Double precision.
    F64(&'a mut [f64]),
    /// Single precision.
    F32(&'a mut [f32]),
}

impl ScalarsMut<'_> {
    /// The same run, to be read.
    pub fn as_scalars(&self) -> Scalars<'_> {
        match self {
            Self::F64(run) => Scalars::F64(run),
            Self::F32(run) => Scalars::F32(run),
        }
    }

    /// How many scalars the run has.
    pub fn len(&self) -> usize {
        self.as_scalars().len()
    }

    /// Whether the run has no scalar.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A value that depends smoothly on finitely many real numbers, its *scalars*.
///
/// Numbers, references, slices, arrays, `Vec`s, tuples, `Option`s, `Box`es,
/// [`Vector`](crate::Vector) and [`Matrix`](crate::Matrix) are differentiable, and so is every
/// struct with `#[derive(Differentiable)]`. Types without real scalars (integers, `bool`,
/// `String`, …) are differentiable in the trivial way, so that they can be fields.
///
/// ```
/// use backprop_runtime::Differentiable;
///
/// let model = (vec![0.5, 0.25], 3.0, "a name");
/// assert_eq!(model.zero_like(), (vec![0.0, 0.0], 0.0, "a name".to_owned()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no gradient",
    label = "not differentiable",
    note = "for a struct or an enum: `#[derive(Clone, Differentiable)]`"
)]
pub trait Differentiable {
    /// The type of a gradient with respect to this type, one number per scalar, in the same
    /// shape and owned: `f64` for `f64`, `Vec<f64>` for `[f64]`, `Self` for a derived struct.
    type Gradient: VectorSpace;

    /// The zero gradient of this value's shape.
    fn zero_like(&self) -> Self::Gradient;

    /// Visits the scalars in declaration order, a contiguous run at a time, each with the path
    /// of the field it belongs to.
    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>));

    /// [`visit`](Self::visit) for a slice of values; scalars override it to hand out one run.
    fn visit_slice<'a>(
        items: &'a [Self],
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, Scalars<'a>),
    ) where
        Self: Sized,
    {
        for (index, item) in items.iter().enumerate() {
            path.with_index(index, |path| item.visit(path, visitor));
        }
    }
}

/// A point of a finite-dimensional real vector space: an owned value that is its own gradient
/// type. Parameters that an optimiser moves are of such a type.
///
/// ```
/// use backprop_runtime::{Path, ScalarsMut, VectorSpace};
///
/// let mut weights = vec![vec![1.0, 2.0], vec![3.0]];
/// weights.visit_mut(&mut Path::root(), &mut |path, run| {
///     if let ScalarsMut::F64(run) = run
///         && path.as_str() == "[0]"
///     {
///         run.fill(0.0);
///     }
/// });
/// assert_eq!(weights, [vec![0.0, 0.0], vec![3.0]]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be its own gradient",
    label = "not a vector space",
    note = "for a struct or an enum: `#[derive(Clone, Differentiable)]`",
    note = "for a field of a foreign type that holds no real numbers: `#[differentiable(skip)]`"
)]
pub trait VectorSpace: Differentiable<Gradient = Self> + Accumulate + Clone {
    /// [`Differentiable::visit`], with the scalars open to change.
    fn visit_mut<'a>(&'a mut self, path: &mut Path, visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>));

    /// [`visit_mut`](Self::visit_mut) for a slice of values; scalars override it.
    fn visit_slice_mut<'a>(
        items: &'a mut [Self],
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        for (index, item) in items.iter_mut().enumerate() {
            path.with_index(index, |path| item.visit_mut(path, visitor));
        }
    }

    // What `#[derive(Differentiable)]` does with a field of this type. The methods are here, and
    // not spread over three traits, so that a field of an unfit type is one error, not four.

    #[doc(hidden)]
    #[inline]
    fn zero_field(&self) -> Self {
        self.zero_like()
    }

    #[doc(hidden)]
    #[inline]
    fn visit_field<'a>(
        &'a self,
        path: &mut Path,
        name: &str,
        visitor: &mut dyn FnMut(&Path, Scalars<'a>),
    ) {
        path.with_field(name, |path| self.visit(path, visitor));
    }

    #[doc(hidden)]
    #[inline]
    fn visit_field_mut<'a>(
        &'a mut self,
        path: &mut Path,
        name: &str,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        path.with_field(name, |path| self.visit_mut(path, visitor));
    }

    #[doc(hidden)]
    #[inline]
    #[track_caller]
    fn accumulate_field(&mut self, other: &Self) {
        self.accumulate(other);
    }
}

/// `self += other`, element by element: how adjoints that meet add up.
///
/// # Panics
/// If the shapes differ; the message says both.
///
/// ```
/// use backprop_runtime::Accumulate;
///
/// let mut gradient = (vec![1.0, 2.0], 3.0);
/// gradient.accumulate(&(vec![0.5, 0.5], 0.5));
/// assert_eq!(gradient, (vec![1.5, 2.5], 3.5));
/// ```
pub trait Accumulate<Other: ?Sized = Self> {
    /// Adds `other` to `self`.
    fn accumulate(&mut self, other: &Other);
}

#[cfg(test)]
mod tests;
