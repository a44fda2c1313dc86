//! Powers, bounds, elementwise products and reductions of vectors and matrices.

/// Powers, bounds, elementwise products and the reductions to a scalar.
macro_rules! reductions {
    ($Type:ident, $word:literal) => {
        $crate::reductions::reductions! {@scalars $Type,
            /// The sum of the elements; 0 for none.
            sum => kernel::sum, "1.0, 2.0" to "3.0";
            /// The mean of the elements; NaN for none.
            mean => kernel::mean, "1.0, 2.0" to "1.5";
            /// The product of the elements; 1 for none.
            product => |a: &[T]| a.iter().product(), "2.0, 3.0" to "6.0";
            /// The Euclidean norm `√(Σ x²)` of the elements, without overflow in between.
            /// Its derivative at zero is 0.
            norm => kernel::norm, "3.0, 4.0" to "5.0";
            /// `Σ x²` over the elements.
            norm_squared => |a: &[T]| kernel::dot(a, a), "3.0, 4.0" to "25.0";
            /// The population variance `Σ (x − mean)² / n`; NaN for no elements.
            variance => kernel::variance, "1.0, 3.0" to "1.0";
            /// The population standard deviation `√(Σ (x − mean)² / n)`; NaN for no elements.
            /// Its derivative is 0 where all elements are equal.
            std => |a: &[T]| T::sqrt_of(kernel::variance(a)), "1.0, 5.0" to "2.0";
            /// `ln Σ eˣ` over the elements, without overflow; −∞ for none.
            log_sum_exp => kernel::log_sum_exp, "1000.0, f64::NEG_INFINITY" to "1000.0";
        }

        impl<T: Float> $Type<T> {
            /// The largest element. A NaN is ignored unless there is nothing else. Elements that
            /// share the maximum share its derivative.
            ///
            /// # Panics
            /// If there are no elements.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.max(), a.as_slice()[a.len() - 1]);
            /// ```
            #[track_caller]
            pub fn max(&self) -> T {
                assert!(!self.is_empty(), concat!("the maximum of an empty ", $word));
                kernel::max(&self.data)
            }

            /// The smallest element. A NaN is ignored unless there is nothing else. Elements that
            /// share the minimum share its derivative.
            ///
            /// # Panics
            /// If there are no elements.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.min(), 0.25);
            /// ```
            #[track_caller]
            pub fn min(&self) -> T {
                assert!(!self.is_empty(), concat!("the minimum of an empty ", $word));
                kernel::min(&self.data)
            }

            /// `xⁿ` for every element `x`.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.powi(2).as_slice()[1], 0.25);
            /// ```
            #[inline]
            pub fn powi(&self, n: i32) -> Self {
                self.map(|x| T::powi_of(x, n))
            }

            /// `xᵖ` for every element `x`.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.powf(0.5).as_slice()[0], 0.5);
            /// ```
            #[inline]
            pub fn powf(&self, p: T) -> Self {
                self.map(|x| T::powf_of(x, p))
            }

            /// `max(x, lo)` for every element `x`.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.at_least(0.4).min(), 0.4);
            /// ```
            #[inline]
            pub fn at_least(&self, lo: T) -> Self {
                self.map(|x| T::max_of(x, lo))
            }

            /// `min(x, hi)` for every element `x`.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.at_most(0.4).max(), 0.4);
            /// ```
            #[inline]
            pub fn at_most(&self, hi: T) -> Self {
                self.map(|x| T::min_of(x, hi))
            }

            /// Every element confined to `lo..=hi`.
            ///
            /// # Panics
            /// Unless `lo <= hi`.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// let b = a.clamp(0.3, 0.4);
            /// assert_eq!((b.min(), b.max()), (0.3, 0.4));
            /// ```
            #[inline]
            #[track_caller]
            pub fn clamp(&self, lo: T, hi: T) -> Self {
                assert!(lo <= hi, "clamp: the lower bound {lo} exceeds the upper bound {hi}");
                self.map(|x| T::clamp_of(x, lo, hi))
            }

            /// The inner product `Σ aᵢ bᵢ` over the elements.
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.dot(&a), a.norm_squared());
            /// ```
            #[inline]
            #[track_caller]
            pub fn dot(&self, other: &Self) -> T {
                demand_same(concat!($word, ".dot(", $word, ")"), self.shape_of(), other.shape_of());
                kernel::dot(&self.data, &other.data)
            }

            /// The elementwise product.
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.hadamard(&a), a.powi(2));
            /// ```
            #[inline]
            #[track_caller]
            pub fn hadamard(&self, other: &Self) -> Self {
                self.zip(other, concat!($word, ".hadamard(", $word, ")"), |a, b| a * b)
            }

            /// The elementwise quotient.
            ///
            /// # Panics
            /// If the shapes differ.
            ///
            /// ```
            #[doc = $crate::operators::example!($Type)]
            /// assert_eq!(a.component_div(&a).sum(), a.len() as f64);
            /// ```
            #[inline]
            #[track_caller]
            pub fn component_div(&self, other: &Self) -> Self {
                self.zip(other, concat!($word, ".component_div(", $word, ")"), |a, b| a / b)
            }
        }
    };
    (@scalars $Type:ident,
        $($(#[$doc:meta])* $name:ident => $function:expr, $elements:literal to $value:literal;)*
    ) => {
        impl<T: Float> $Type<T> {
            $(
                $(#[$doc])*
                ///
                /// ```
                #[doc = concat!("use backprop_runtime::{Matrix, Vector};")]
                ///
                #[doc = concat!("let v = Vector::from([", $elements, "]);")]
                #[doc = concat!("let m = Matrix::from([[", $elements, "]]);")]
                #[doc = concat!("assert_eq!(v.", stringify!($name), "(), ", $value, ");")]
                #[doc = concat!("assert_eq!(m.", stringify!($name), "(), ", $value, ");")]
                /// ```
                pub fn $name(&self) -> T {
                    ($function)(&self.data)
                }
            )*
        }
    };
}

pub(crate) use reductions;
