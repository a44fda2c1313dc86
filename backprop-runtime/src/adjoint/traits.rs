//! What the rules demand of their arguments.

use crate::{Float, Shape};

/// Looks through references and boxes to the number, vector or matrix behind them.
///
/// ```
/// use backprop_runtime::adjoint::Peel;
///
/// let x = Box::new(2.0);
/// assert_eq!(*(&&x).peel(), 2.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no derivative rule here",
    label = "not a number, a `Vector` or a `Matrix`",
    note = "the operators and methods of `f32`, `f64`, `Vector` and `Matrix` have derivative rules; \
            those of a type of your own take `#[differentiable]`, operators in the file that \
            declares the type"
)]
pub trait Peel {
    /// What lies behind the references.
    type Target: ?Sized;

    /// The innermost value.
    fn peel(&self) -> &Self::Target;
}

macro_rules! peel_through {
    ($($Reference:ty),*) => {
        $(
            impl<P: Peel + ?Sized> Peel for $Reference {
                type Target = P::Target;

                #[inline]
                fn peel(&self) -> &P::Target {
                    (**self).peel()
                }
            }
        )*
    };
}

peel_through!(&P, &mut P, Box<P>);

/// A number, or an array of numbers on which functions act element by element.
///
/// ```
/// use backprop_runtime::adjoint::Elementwise;
/// use backprop_runtime::Matrix;
///
/// assert_eq!(Matrix::from([[1.0, 2.0]]).scalars(), [1.0, 2.0]);
/// assert_eq!(3.0_f64.scalars(), [3.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no derivative rule here",
    label = "expected a number, a `Vector` or a `Matrix`",
    note = "the operators and methods of `f32`, `f64`, `Vector` and `Matrix` have derivative rules; \
            those of a type of your own take `#[differentiable]`, operators in the file that \
            declares the type"
)]
pub trait Elementwise {
    /// The type of an element; of a number itself.
    type Scalar: Float;

    /// Whether this is a number, which is broadcast to the shape of the other operands.
    const SCALAR: bool;

    /// The elements in order.
    fn scalars(&self) -> &[Self::Scalar];

    /// The elements in order, to be changed in place.
    fn scalars_mut(&mut self) -> &mut [Self::Scalar];

    /// The shape.
    fn shape(&self) -> Shape;
}

/// A vector or a matrix: what has reductions and elementwise products.
///
/// ```
/// use backprop_runtime::adjoint::Array;
/// use backprop_runtime::Vector;
///
/// fn count(array: &impl Array) -> usize {
///     array.scalars().len()
/// }
/// assert_eq!(count(&Vector::from([1.0, 2.0])), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "this method has no derivative rule for `{Self}`",
    label = "expected a `Vector` or a `Matrix`"
)]
pub trait Array: Elementwise {}

macro_rules! number {
    ($T:ident) => {
        impl Peel for $T {
            type Target = Self;

            #[inline]
            fn peel(&self) -> &Self {
                self
            }
        }

        impl Elementwise for $T {
            type Scalar = Self;
            const SCALAR: bool = true;

            #[inline]
            fn scalars(&self) -> &[Self] {
                std::slice::from_ref(self)
            }

            #[inline]
            fn scalars_mut(&mut self) -> &mut [Self] {
                std::slice::from_mut(self)
            }

            #[inline]
            fn shape(&self) -> Shape {
                Shape::Scalar
            }
        }
    };
}

number!(f32);
number!(f64);
