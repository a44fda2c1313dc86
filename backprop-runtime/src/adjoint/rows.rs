//! Sums over the elements of several rows at once, with several accumulators.
//!
//! They reassociate: they are for adjoints, never for a value of the user's function.

use crate::Number;

/// How many sums run side by side.
const LANES: usize = 4;

macro_rules! add_sums {
    ($($(#[$doc:meta])* $name:ident($first:ident $(, $row:ident)*);)*) => {$(
        $(#[$doc])*
        ///
        /// Panics if a row is shorter than the first.
        #[inline]
        #[track_caller]
        #[allow(clippy::too_many_arguments)] // one per row
        pub fn $name<T: Number>(
            sum: &mut T,
            $first: &[T],
            $($row: &[T],)*
            term: impl Fn(T $(, add_sums!(@type $row T))*) -> T,
        ) {
            $(let $row = &$row[..$first.len()];)*
            let whole = $first.len() / LANES;
            let rest = whole * LANES;
            let mut lanes = [T::default(); LANES];
            {
                let $first = &$first.as_chunks::<LANES>().0[..whole];
                $(let $row = &$row.as_chunks::<LANES>().0[..whole];)*
                for at in 0..whole {
                    for lane in 0..LANES {
                        lanes[lane] += term($first[at][lane] $(, $row[at][lane])*);
                    }
                }
            }
            $(let $row = &$row[rest..];)*
            for (at, first) in $first[rest..].iter().enumerate() {
                lanes[at] += term(*first $(, $row[at])*);
            }
            let mut width = LANES / 2;
            while width > 0 {
                for lane in 0..width {
                    let other = lanes[lane + width];
                    lanes[lane] += other;
                }
                width /= 2;
            }
            *sum += lanes[0];
        }
    )*};
    (@type $row:ident $t:ident) => { $t };
}

add_sums! {
    /// `sum += Σ term(aᵢ)`.
    ///
    /// ```
    /// let mut sum = 1.0;
    /// backprop_runtime::adjoint::add_sum_1(&mut sum, &[2.0, 3.0], |a| a * a);
    /// assert_eq!(sum, 14.0);
    /// ```
    add_sum_1(a);
    /// `sum += Σ term(aᵢ, bᵢ)`.
    ///
    /// ```
    /// let mut sum = 1.0;
    /// backprop_runtime::adjoint::add_sum_2(&mut sum, &[2.0, 3.0], &[4.0, 5.0], |a, b| a * b);
    /// assert_eq!(sum, 24.0);
    /// ```
    add_sum_2(a, b);
    /// `sum += Σ term(aᵢ, bᵢ, cᵢ)`.
    add_sum_3(a, b, c);
    /// `sum += Σ term(aᵢ, bᵢ, cᵢ, dᵢ)`.
    add_sum_4(a, b, c, d);
    /// `sum += Σ term(aᵢ, bᵢ, cᵢ, dᵢ, eᵢ)`.
    add_sum_5(a, b, c, d, e);
    /// `sum += Σ term(aᵢ, bᵢ, cᵢ, dᵢ, eᵢ, fᵢ)`.
    add_sum_6(a, b, c, d, e, f);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_counts_once() {
        for length in 0..40 {
            let a: Vec<f64> = (0..length).map(|i| f64::from(i + 1)).collect();
            let b: Vec<f64> = (0..length).map(|i| f64::from(1 << (i % 7))).collect();
            let mut sum = 0.5;
            add_sum_3(&mut sum, &a, &b, &a, |a, b, c| a * b - c);
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b - a).sum();
            assert_eq!(sum, 0.5 + expected, "{length} elements");
        }
    }
}
