//! How the elements of vectors and matrices are reached, and the traits both types implement in
//! the same way.

/// Methods that see a value as a run of elements.
macro_rules! access {
    ($Type:ident, $word:literal) => {
        impl<T: Float> $Type<T> {
            /// `self += alpha · other`, in place.
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// let mut b = a.clone();
            /// b.add_scaled(-1.0, &a);
            /// assert_eq!(b.norm(), 0.0);
            /// ```
            #[inline]
            #[track_caller]
            pub fn add_scaled(&mut self, alpha: T, other: &Self) {
                let operation = concat!($word, ".add_scaled(", $word, ")");
                demand_same(operation, self.shape_of(), other.shape_of());
                kernel::axpy(alpha, &other.data, &mut self.data);
            }

            /// Sets every element to `value`.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type, mut)]
            /// a.fill(0.0);
            /// assert_eq!(a.norm(), 0.0);
            /// ```
            #[inline]
            pub fn fill(&mut self, value: T) {
                self.data.fill(value);
            }

            /// The elements as one slice (of a matrix row by row).
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.as_slice()[..2], [0.25, 0.5]);
            /// ```
            #[inline]
            pub fn as_slice(&self) -> &[T] {
                &self.data
            }

            /// [`as_slice`](Self::as_slice), to be changed in place.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type, mut)]
            /// a.as_mut_slice()[0] = 7.0;
            /// assert_eq!(a.max(), 7.0);
            /// ```
            #[inline]
            pub fn as_mut_slice(&mut self) -> &mut [T] {
                &mut self.data
            }

            /// The elements in order (of a matrix row by row).
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.iter().sum::<f64>(), a.sum());
            /// ```
            #[inline]
            pub fn iter(&self) -> std::slice::Iter<'_, T> {
                self.data.iter()
            }

            /// [`iter`](Self::iter), to change the elements in place.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type, mut)]
            /// a.iter_mut().for_each(|x| *x = 1.0);
            /// assert_eq!(a.mean(), 1.0);
            /// ```
            #[inline]
            pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
                self.data.iter_mut()
            }

            /// The number of elements.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.len(), a.iter().count());
            /// ```
            #[inline]
            pub fn len(&self) -> usize {
                self.data.len()
            }

            /// Whether there are no elements.
            ///
            /// ```
            #[doc = concat!("use backprop_runtime::", stringify!($Type), ";")]
            ///
            #[doc = concat!("assert!(", stringify!($Type), "::<f64>::default().is_empty());")]
            /// ```
            #[inline]
            pub fn is_empty(&self) -> bool {
                self.data.is_empty()
            }
        }
    };
}

/// The traits that both types implement in the same way.
macro_rules! common_traits {
    ($Type:ident, $word:literal) => {
        impl<T> AsRef<[T]> for $Type<T> {
            fn as_ref(&self) -> &[T] {
                &self.data
            }
        }

        impl<T> AsMut<[T]> for $Type<T> {
            fn as_mut(&mut self) -> &mut [T] {
                &mut self.data
            }
        }

        impl<T> IntoIterator for $Type<T> {
            type Item = T;
            type IntoIter = std::vec::IntoIter<T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.into_iter()
            }
        }

        impl<'a, T> IntoIterator for &'a $Type<T> {
            type Item = &'a T;
            type IntoIter = std::slice::Iter<'a, T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.iter()
            }
        }

        impl<'a, T> IntoIterator for &'a mut $Type<T> {
            type Item = &'a mut T;
            type IntoIter = std::slice::IterMut<'a, T>;

            fn into_iter(self) -> Self::IntoIter {
                self.data.iter_mut()
            }
        }

        impl<T> From<$Type<T>> for Vec<T> {
            fn from(value: $Type<T>) -> Self {
                value.data
            }
        }

        impl<T: Float> Accumulate for $Type<T> {
            #[inline]
            #[track_caller]
            fn accumulate(&mut self, other: &Self) {
                let operation = concat!("adding the gradients of a ", $word);
                demand_same(operation, self.shape_of(), other.shape_of());
                kernel::add(&other.data, &mut self.data);
            }
        }

        impl<T: Float> Elementwise for $Type<T> {
            type Scalar = T;
            const SCALAR: bool = false;

            #[inline]
            fn scalars(&self) -> &[T] {
                &self.data
            }

            #[inline]
            fn scalars_mut(&mut self) -> &mut [T] {
                &mut self.data
            }

            #[inline]
            fn shape(&self) -> Shape {
                self.shape_of()
            }
        }

        impl<T: Float> Array for $Type<T> {}

        impl<T: Float> Peel for $Type<T> {
            type Target = Self;

            #[inline]
            fn peel(&self) -> &Self {
                self
            }
        }
    };
}

pub(crate) use {access, common_traits};
