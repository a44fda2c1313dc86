//! The arithmetic operators that vectors and matrices have in common.
//!
//! Every operator exists for values and references on either side; an operand given by value
//! lends its buffer to the result.

/// `operators!(Vector, "vector")` implements `+ - * /`, unary `-` and the assigning forms, and
/// the elementwise primitives they rest on. The type has `data`, `shape()` and `with_data(data)`,
/// which makes a value of the same shape from other elements.
macro_rules! operators {
    ($Type:ident, $word:literal) => {
        impl<T: Float> $Type<T> {
            /// `f` of every element, in a new value of the same shape.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.map(|x| x + x), &a + &a);
            /// ```
            #[inline]
            pub fn map(&self, f: impl Fn(T) -> T) -> Self {
                self.with_data(self.data.iter().map(|&x| f(x)).collect())
            }

            /// Replaces every element by `f` of it.
            #[inline]
            pub(crate) fn map_in_place(&mut self, f: impl Fn(T) -> T) {
                for x in &mut self.data {
                    *x = f(*x);
                }
            }

            /// `f` of the elements of two values of the same shape. Panics with the operation's
            /// name if the shapes differ.
            #[inline]
            #[track_caller]
            pub(crate) fn zip(&self, other: &Self, operation: &str, f: impl Fn(T, T) -> T) -> Self {
                demand_same(operation, self.shape_of(), other.shape_of());
                self.with_data(self.data.iter().zip(&other.data).map(|(&a, &b)| f(a, b)).collect())
            }

            /// As `zip`, into `self`.
            #[inline]
            #[track_caller]
            pub(crate) fn zip_in_place(
                &mut self,
                other: &Self,
                operation: &str,
                f: impl Fn(T, T) -> T,
            ) {
                demand_same(operation, self.shape_of(), other.shape_of());
                for (a, &b) in self.data.iter_mut().zip(&other.data) {
                    *a = f(*a, b);
                }
            }
        }

        $crate::operators::same_type!($Type, $word, Add, add, AddAssign, add_assign, +);
        $crate::operators::same_type!($Type, $word, Sub, sub, SubAssign, sub_assign, -);
        $crate::operators::with_scalar!($Type, Add, add, AddAssign, add_assign, +);
        $crate::operators::with_scalar!($Type, Sub, sub, SubAssign, sub_assign, -);
        $crate::operators::with_scalar!($Type, Mul, mul, MulAssign, mul_assign, *);
        $crate::operators::with_scalar!($Type, Div, div, DivAssign, div_assign, /);

        impl<T: Float> Neg for $Type<T> {
            type Output = Self;

            #[inline]
            fn neg(mut self) -> Self {
                self.map_in_place(|x| -x);
                self
            }
        }

        impl<T: Float> Neg for &$Type<T> {
            type Output = $Type<T>;

            #[inline]
            fn neg(self) -> $Type<T> {
                self.map(|x| -x)
            }
        }
    };
}

/// `a + b` and `a - b` between values of the same type and shape.
macro_rules! same_type {
    ($Type:ident, $word:literal, $Op:ident, $op:ident, $Assign:ident, $assign:ident, $sign:tt) => {
        impl<T: Float> $Op<$Type<T>> for $Type<T> {
            type Output = $Type<T>;

            #[inline]
            #[track_caller]
            fn $op(self, other: $Type<T>) -> $Type<T> {
                self.$op(&other)
            }
        }

        impl<T: Float> $Op<&$Type<T>> for $Type<T> {
            type Output = $Type<T>;

            #[inline]
            #[track_caller]
            fn $op(mut self, other: &$Type<T>) -> $Type<T> {
                const NAME: &str = concat!($word, " ", stringify!($sign), " ", $word);
                self.zip_in_place(other, NAME, |a, b| a $sign b);
                self
            }
        }

        impl<T: Float> $Op<$Type<T>> for &$Type<T> {
            type Output = $Type<T>;

            #[inline]
            #[track_caller]
            fn $op(self, mut other: $Type<T>) -> $Type<T> {
                const NAME: &str = concat!($word, " ", stringify!($sign), " ", $word);
                // Checked here, as below the operands are exchanged.
                demand_same(NAME, self.shape_of(), other.shape_of());
                other.zip_in_place(self, NAME, |b, a| a $sign b);
                other
            }
        }

        impl<T: Float> $Op<&$Type<T>> for &$Type<T> {
            type Output = $Type<T>;

            #[inline]
            #[track_caller]
            fn $op(self, other: &$Type<T>) -> $Type<T> {
                const NAME: &str = concat!($word, " ", stringify!($sign), " ", $word);
                self.zip(other, NAME, |a, b| a $sign b)
            }
        }

        impl<T: Float> $Assign<$Type<T>> for $Type<T> {
            #[inline]
            #[track_caller]
            fn $assign(&mut self, other: $Type<T>) {
                self.$assign(&other);
            }
        }

        impl<T: Float> $Assign<&$Type<T>> for $Type<T> {
            #[inline]
            #[track_caller]
            fn $assign(&mut self, other: &$Type<T>) {
                const NAME: &str = concat!($word, " ", stringify!($sign), "= ", $word);
                self.zip_in_place(other, NAME, |a, b| a $sign b);
            }
        }
    };
}

/// An operator between a value and a scalar, which is broadcast, on either side.
macro_rules! with_scalar {
    ($Type:ident, $Op:ident, $op:ident, $Assign:ident, $assign:ident, $sign:tt) => {
        impl<T: Float> $Op<T> for $Type<T> {
            type Output = $Type<T>;

            #[inline]
            fn $op(mut self, s: T) -> $Type<T> {
                self.map_in_place(|x| x $sign s);
                self
            }
        }

        impl<T: Float> $Op<T> for &$Type<T> {
            type Output = $Type<T>;

            #[inline]
            fn $op(self, s: T) -> $Type<T> {
                self.map(|x| x $sign s)
            }
        }

        impl<T: Float> $Op<&T> for $Type<T> {
            type Output = $Type<T>;

            #[inline]
            fn $op(self, s: &T) -> $Type<T> {
                self.$op(*s)
            }
        }

        impl<T: Float> $Op<&T> for &$Type<T> {
            type Output = $Type<T>;

            #[inline]
            fn $op(self, s: &T) -> $Type<T> {
                self.$op(*s)
            }
        }

        impl<T: Float> $Assign<T> for $Type<T> {
            #[inline]
            fn $assign(&mut self, s: T) {
                self.map_in_place(|x| x $sign s);
            }
        }

        impl<T: Float> $Assign<&T> for $Type<T> {
            #[inline]
            fn $assign(&mut self, s: &T) {
                self.$assign(*s);
            }
        }

        $crate::operators::scalar_left!(f32, $Type, $Op, $op, $sign);
        $crate::operators::scalar_left!(f64, $Type, $Op, $op, $sign);
    };
}

/// The coherence rules want the scalar on the left to be a concrete type.
macro_rules! scalar_left {
    ($T:ident, $Type:ident, $Op:ident, $op:ident, $sign:tt) => {
        impl $Op<$Type<$T>> for $T {
            type Output = $Type<$T>;

            #[inline]
            fn $op(self, mut other: $Type<$T>) -> $Type<$T> {
                other.map_in_place(|x| self $sign x);
                other
            }
        }

        impl $Op<&$Type<$T>> for $T {
            type Output = $Type<$T>;

            #[inline]
            fn $op(self, other: &$Type<$T>) -> $Type<$T> {
                other.map(|x| self $sign x)
            }
        }

        impl $Op<$Type<$T>> for &$T {
            type Output = $Type<$T>;

            #[inline]
            fn $op(self, other: $Type<$T>) -> $Type<$T> {
                (*self).$op(other)
            }
        }

        impl $Op<&$Type<$T>> for &$T {
            type Output = $Type<$T>;

            #[inline]
            fn $op(self, other: &$Type<$T>) -> $Type<$T> {
                (*self).$op(other)
            }
        }
    };
}

/// How the examples of both types begin.
macro_rules! example {
    (Vector $(, $mut:ident)?) => {
        concat!(
            "use backprop_runtime::Vector;\n\n",
            "let ", $(stringify!($mut), " ",)? "a = Vector::from([0.25, 0.5, 1.0]);"
        )
    };
    (Matrix $(, $mut:ident)?) => {
        concat!(
            "use backprop_runtime::Matrix;\n\n",
            "let ", $(stringify!($mut), " ",)? "a = Matrix::from([[0.25, 0.5], [0.75, 1.0]]);"
        )
    };
}

pub(crate) use {example, operators, same_type, scalar_left, with_scalar};
