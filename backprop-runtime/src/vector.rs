//! Vectors.

use std::fmt;
use std::ops::{
    Add, AddAssign, Div, DivAssign, Index, IndexMut, Mul, MulAssign, Neg, Sub, SubAssign,
};

use crate::access::{access, common_traits};
use crate::adjoint::{Array, Elementwise, Peel};
use crate::elementwise::elementwise;
use crate::operators::operators;
use crate::reductions::reductions;
use crate::shape::{Shape, demand_same};
use crate::{
    Accumulate, Differentiable, Float, Matrix, Path, ScalarFunctions, Scalars, ScalarsMut,
    VectorSpace, kernel,
};

/// A vector of `f64` or `f32`.
///
/// `+` and `-` act element by element on vectors of the same length, and with `+ - * /` a scalar
/// is broadcast. There is no `*` between vectors: see [`dot`](Self::dot),
/// [`hadamard`](Self::hadamard), [`outer`](Self::outer). Operations on vectors of different
/// lengths panic.
///
/// ```
/// use backprop_runtime::Vector;
///
/// let v = Vector::from([1.0, 2.0]);
/// let w = 2.0 * &v + [3.0, 0.0].into_iter().collect::<Vector>();
/// assert_eq!(w, Vector::from([5.0, 4.0]));
/// assert_eq!(v.dot(&w), 13.0);
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Vector<T = f64> {
    data: Vec<T>,
}

impl<T: Float> Vector<T> {
    /// A copy of the slice.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::from_slice(&[1.0, 2.0])[1], 2.0);
    /// ```
    pub fn from_slice(elements: &[T]) -> Self {
        Self { data: elements.to_vec() }
    }

    /// `length` zeros.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::<f64>::zeros(3), Vector::from([0.0, 0.0, 0.0]));
    /// ```
    pub fn zeros(length: usize) -> Self {
        Self { data: vec![T::ZERO; length] }
    }

    /// `f(0), …, f(length − 1)`.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::from_fn(3, |i| i as f64), Vector::from([0.0, 1.0, 2.0]));
    /// ```
    pub fn from_fn(length: usize, f: impl FnMut(usize) -> T) -> Self {
        Self { data: (0..length).map(f).collect() }
    }

    /// The element at `index`, if there is one.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// let v = Vector::from([1.0, 2.0]);
    /// assert_eq!((v.get(1), v.get(2)), (Some(&2.0), None));
    /// ```
    pub fn get(&self, index: usize) -> Option<&T> {
        self.data.get(index)
    }

    /// The matrix `aᵢ bⱼ`, of shape `self.len()` × `other.len()`.
    ///
    /// ```
    /// use backprop_runtime::{Matrix, Vector};
    ///
    /// let m = Vector::from([1.0, 2.0]).outer(&Vector::from([3.0, 4.0, 5.0]));
    /// assert_eq!(m, Matrix::from([[3.0, 4.0, 5.0], [6.0, 8.0, 10.0]]));
    /// ```
    pub fn outer(&self, other: &Self) -> Matrix<T> {
        let mut product = Matrix::zeros(self.len(), other.len());
        product.add_outer(self, other);
        product
    }

    /// `exp aᵢ / Σ exp aⱼ`, without overflow.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::from([1000.0, 1000.0]).softmax(), Vector::from([0.5, 0.5]));
    /// ```
    pub fn softmax(&self) -> Self {
        let mut result = self.clone();
        kernel::softmax(&mut result.data);
        result
    }

    /// `aᵢ − ln Σ exp aⱼ`, the logarithm of [`softmax`](Self::softmax) without its underflow.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::from([0.0, -1000.0]).log_softmax()[1], -1000.0);
    /// ```
    pub fn log_softmax(&self) -> Self {
        let mut result = self.clone();
        kernel::log_softmax(&mut result.data);
        result
    }

    /// The index of the largest element, the first of several; none if all are NaN or absent.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::from([1.0, 3.0, 3.0]).argmax(), Some(1));
    /// ```
    pub fn argmax(&self) -> Option<usize> {
        kernel::argmax(&self.data)
    }

    /// The index of the smallest element, the first of several; none if all are NaN or absent.
    ///
    /// ```
    /// use backprop_runtime::Vector;
    ///
    /// assert_eq!(Vector::from([1.0, 3.0, 0.5]).argmin(), Some(2));
    /// ```
    pub fn argmin(&self) -> Option<usize> {
        kernel::argmin(&self.data)
    }

    /// A vector of this one's shape.
    #[inline]
    fn with_data(&self, data: Vec<T>) -> Self {
        Self { data }
    }

    #[inline]
    pub(crate) fn shape_of(&self) -> Shape {
        Shape::Vector(self.data.len())
    }
}

operators!(Vector, "vector");
elementwise!(Vector);
reductions!(Vector, "vector");
access!(Vector, "vector");
common_traits!(Vector, "vector");

impl<T: Float> Differentiable for Vector<T> {
    type Gradient = Self;

    fn zero_like(&self) -> Self {
        Self::zeros(self.len())
    }

    fn visit<'a>(&'a self, path: &mut Path, visitor: &mut dyn FnMut(&Path, Scalars<'a>)) {
        T::visit_slice(&self.data, path, visitor);
    }
}

impl<T: Float> VectorSpace for Vector<T> {
    fn visit_mut<'a>(
        &'a mut self,
        path: &mut Path,
        visitor: &mut dyn FnMut(&Path, ScalarsMut<'a>),
    ) {
        T::visit_slice_mut(&mut self.data, path, visitor);
    }
}

impl<T: Float> From<Vec<T>> for Vector<T> {
    fn from(data: Vec<T>) -> Self {
        Self { data }
    }
}

impl<T: Float> From<&[T]> for Vector<T> {
    fn from(elements: &[T]) -> Self {
        Self::from_slice(elements)
    }
}

impl<T: Float, const N: usize> From<[T; N]> for Vector<T> {
    fn from(elements: [T; N]) -> Self {
        Self { data: elements.into() }
    }
}

impl<T: Float> FromIterator<T> for Vector<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Self { data: elements.into_iter().collect() }
    }
}

impl<T> Index<usize> for Vector<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        &self.data[index]
    }
}

impl<T> IndexMut<usize> for Vector<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.data[index]
    }
}

/// As a slice: `[1.0, 2.0]`.
impl<T: fmt::Debug> fmt::Debug for Vector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}

/// `[1, 2]`; a precision applies to every element.
impl<T: fmt::Display> fmt::Display for Vector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        row(&self.data, f)
    }
}

/// One row of numbers in brackets.
pub(crate) fn row<T: fmt::Display>(elements: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("[")?;
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        element.fmt(f)?;
    }
    f.write_str("]")
}
