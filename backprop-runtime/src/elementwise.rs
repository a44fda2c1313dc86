//! Elementary functions of every element of a vector or matrix.
//!
//! Those with a kernel differ from std's in the last place at times.

/// Elementary functions as methods; `$($name => $function)*` are applied to every element.
macro_rules! elementwise {
    ($Type:ident) => {
        $crate::elementwise::elementwise! {$Type,
            /// The sine of every element.
            ///
            /// The largest error found among two million arguments is 0.75 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            sin => kernel Sin;
            /// The cosine of every element.
            ///
            /// The largest error found among two million arguments is 0.75 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            cos => kernel Cos;
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
            ///
            /// The largest error found among two million arguments is 0.81 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            tanh => kernel Tanh;
            /// The inverse hyperbolic sine of every element.
            asinh => T::asinh_of;
            /// The inverse hyperbolic cosine of every element; NaN below 1.
            acosh => T::acosh_of;
            /// The inverse hyperbolic tangent of every element.
            atanh => T::atanh_of;
            /// `eˣ` for every element `x`.
            ///
            /// The largest error found among two million arguments is 0.75 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            exp => kernel Exp;
            /// `2ˣ` for every element `x`.
            exp2 => T::exp2_of;
            /// `eˣ − 1` for every element `x`.
            ///
            /// The largest error found among two million arguments is 0.99 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            exp_m1 => kernel ExpM1;
            /// The natural logarithm of every element.
            ///
            /// The largest error found among two million arguments is 0.87 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            ln => kernel Ln;
            /// The logarithm to base 2 of every element.
            log2 => T::log2_of;
            /// The logarithm to base 10 of every element.
            log10 => T::log10_of;
            /// `ln(1 + x)` for every element `x`.
            ///
            /// The largest error found among two million arguments is 0.83 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            ln_1p => kernel Ln1p;
            /// The square root of every element.
            sqrt => T::sqrt_of;
            /// The cube root of every element.
            cbrt => T::cbrt_of;
            /// `1/x` for every element `x`.
            recip => T::recip_of;
            /// The absolute value of every element.
            abs => T::abs_of;
            /// `1/(1 + e⁻ˣ)` for every element `x`.
            ///
            /// The largest error found among two million arguments is 0.75 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            sigmoid => kernel Sigmoid;
            /// `ln(1 + eˣ)` for every element `x`.
            ///
            /// The largest error found among two million arguments is 0.99 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            softplus => kernel Softplus;
            /// `ln(1/(1 + e⁻ˣ))` for every element `x`.
            ///
            /// The largest error found among two million arguments is 0.99 units in the last place;
            /// in `f32` almost every result is the correctly rounded one.
            log_sigmoid => kernel LogSigmoid;
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
    (@apply $self:ident, kernel $function:ident) => {{
        let mut result = $self.clone();
        kernel::apply(crate::simd::Function::$function, &mut result.data);
        result
    }};
    (@apply $self:ident, $function:expr) => {
        $self.map($function)
    };
    ($Type:ident, $($(#[$doc:meta])* $name:ident => $($function:tt)::+ $($kernel:ident)?;)*) => {
        impl<T: Float> $Type<T> {
            $(
                $(#[$doc])*
                ///
                /// ```
                /// # use backprop_runtime::ScalarFunctions;
                #[doc = $crate::operators::example!($Type)]
                #[doc = concat!("let last = a.", stringify!($name), "().as_slice()[a.len() - 1];")]
                #[doc = concat!("let want = 1.0_f64.", stringify!($name), "();")]
                /// assert!(last == want || (last - want).abs() < 1e-15);
                /// ```
                #[inline]
                pub fn $name(&self) -> Self {
                    $crate::elementwise::elementwise!(@apply self, $($function)::+ $($kernel)?)
                }
            )*
        }
    };
}

pub(crate) use elementwise;
