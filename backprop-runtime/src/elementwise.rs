//! Elementary functions of every element of a vector or matrix.

/// Elementary functions as methods; `$($name => $function)*` are applied to every element.
macro_rules! elementwise {
    ($Type:ident) => {
        $crate::elementwise::elementwise! {$Type,
            /// The sine of every element.
            sin => T::sin_of;
            /// The cosine of every element.
            cos => T::cos_of;
            /// The tangent of every element.
            tan => T::tan_of;
            /// The inverse sine of every element.
            asin => T::asin_of;
            /// The inverse cosine of every element.
            acos => T::acos_of;
            /// The inverse tangent of every element.
            atan => T::atan_of;
            /// The hyperbolic sine of every element.
            sinh => T::sinh_of;
            /// The hyperbolic cosine of every element.
            cosh => T::cosh_of;
            /// The hyperbolic tangent of every element.
            tanh => T::tanh_of;
            /// The inverse hyperbolic sine of every element.
            asinh => T::asinh_of;
            /// The inverse hyperbolic cosine of every element; NaN below 1.
            acosh => T::acosh_of;
            /// The inverse hyperbolic tangent of every element.
            atanh => T::atanh_of;
            /// `eˣ` for every element `x`.
            exp => T::exp_of;
            /// `2ˣ` for every element `x`.
            exp2 => T::exp2_of;
            /// `eˣ − 1` for every element `x`.
            exp_m1 => T::exp_m1_of;
            /// The natural logarithm of every element.
            ln => T::ln_of;
            /// The logarithm to base 2 of every element.
            log2 => T::log2_of;
            /// The logarithm to base 10 of every element.
            log10 => T::log10_of;
            /// `ln(1 + x)` for every element `x`.
            ln_1p => T::ln_1p_of;
            /// The square root of every element.
            sqrt => T::sqrt_of;
            /// The cube root of every element.
            cbrt => T::cbrt_of;
            /// `1/x` for every element `x`.
            recip => T::recip_of;
            /// The absolute value of every element.
            abs => T::abs_of;
            /// `1/(1 + e⁻ˣ)` for every element `x`.
            sigmoid => ScalarFunctions::sigmoid;
            /// `ln(1 + eˣ)` for every element `x`.
            softplus => ScalarFunctions::softplus;
            /// `ln(1/(1 + e⁻ˣ))` for every element `x`.
            log_sigmoid => ScalarFunctions::log_sigmoid;
            /// The positive part of every element.
            relu => ScalarFunctions::relu;
            /// Every element rounded down to an integer.
            floor => T::floor_of;
            /// Every element rounded up to an integer.
            ceil => T::ceil_of;
            /// Every element rounded to the nearest integer.
            round => T::round_of;
            /// The integer part of every element.
            trunc => T::trunc_of;
            /// The fractional part of every element.
            fract => T::fract_of;
            /// The sign of every element, ±1 by its sign bit.
            signum => T::signum_of;
        }
    };
    ($Type:ident, $($(#[$doc:meta])* $name:ident => $function:expr;)*) => {
        impl<T: Float> $Type<T> {
            $(
                $(#[$doc])*
                ///
                /// ```
                /// # use backprop_runtime::ScalarFunctions;
                #[doc = $crate::operators::example!($Type)]
                #[doc = concat!("let last = a.", stringify!($name), "().as_slice()[a.len() - 1];")]
                #[doc = concat!("assert_eq!(last, 1.0_f64.", stringify!($name), "());")]
                /// ```
                #[inline]
                pub fn $name(&self) -> Self {
                    self.map($function)
                }
            )*
        }
    };
}

pub(crate) use elementwise;
