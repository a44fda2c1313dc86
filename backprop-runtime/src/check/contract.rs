//! What the option `check(..)` of the attribute tests.

use crate::{Accumulate, Differentiable, VectorOps, VectorSpace};

use super::check_gradient;

/// Demands that `pullback` is the derivative of `function` at `parameters`.
///
/// The value that comes with the pullback has to be that of the function to the last bit, the
/// pullback of zero has to be zero, and for two choices of weights the pullback has to agree with
/// differences of the weighted sum of the function's numbers ([`check_gradient`]).
///
/// # Panics
/// With a report that names `name` and the elements that are wrong.
///
/// ```
/// use backprop_runtime::check::assert_derivative;
///
/// let product = |p: &[f64; 2]| p[0] * p[1];
/// assert_derivative("product", &[2.0, 3.0], product, |p, d| (p[0] * p[1], [d * p[1], d * p[0]]));
/// ```
#[track_caller]
pub fn assert_derivative<P: VectorSpace, Y: VectorSpace>(
    name: &str,
    parameters: &P,
    function: impl Fn(&P) -> Y,
    pullback: impl Fn(&P, Y) -> (Y, P),
) {
    let expected = function(parameters);
    let numbers = expected.to_flat_vec();
    let with_weights = |weight: &dyn Fn(usize) -> f64| {
        let mut cotangent = expected.zero_like();
        cotangent.set_flat(&(0..numbers.len()).map(weight).collect::<Vec<_>>());
        let (value, gradient) = pullback(parameters, cotangent.clone());
        let value = value.to_flat_vec();
        let same = value.len() == numbers.len()
            && value.iter().zip(&numbers).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(
            same,
            "the derivative of `{name}` comes with another value than the function's: {value:?} \
             instead of {numbers:?}"
        );
        (cotangent, gradient)
    };
    let (_, nothing) = with_weights(&|_| 0.0);
    let nothing = nothing.to_flat_vec();
    assert!(
        nothing.iter().all(|d| *d == 0.0),
        "the pullback of `{name}` makes {nothing:?} of an adjoint of zero"
    );
    for phase in [0.3_f64, 1.9] {
        let (weights, gradient) = with_weights(&|index| (phase + 1.7 * index as f64).sin());
        let weighted = |point: &P| function(point).flat_dot(&weights);
        if let Err(report) = check_gradient(parameters, weighted, &gradient) {
            panic!("the derivative of `{name}` is wrong: {report}");
        }
    }
}

/// The numbers of a value, owned.
#[doc(hidden)]
pub fn owned<T: Differentiable + ?Sized>(value: &T) -> T::Gradient
where
    T::Gradient: Accumulate<T>,
{
    let mut copy = value.zero_like();
    copy.accumulate(value);
    copy
}

#[cfg(test)]
mod tests {
    use super::assert_derivative;

    #[test]
    #[should_panic(expected = "the derivative of `square` is wrong")]
    fn a_wrong_slope_is_found() {
        assert_derivative("square", &3.0, |x| x * x, |x, d| (x * x, d * x));
    }

    #[test]
    #[should_panic(expected = "comes with another value")]
    fn another_value_is_found() {
        assert_derivative("square", &3.0, |x| x * x, |x, d| (x * x + 1e-15, 2.0 * d * x));
    }

    #[test]
    #[should_panic(expected = "of an adjoint of zero")]
    fn a_constant_in_the_pullback_is_found() {
        assert_derivative("square", &3.0, |x| x * x, |x, d| (x * x, 2.0 * d * x + 1.0));
    }

    #[test]
    #[should_panic(expected = "is wrong")]
    fn a_wrong_sign_in_one_output_is_found() {
        let swapped = |p: &[f64; 2]| [p[1], p[0] * p[0]];
        assert_derivative("swapped", &[2.0, 3.0], swapped, |p, d| {
            ([p[1], p[0] * p[0]], [-2.0 * p[0] * d[1], d[0]])
        });
    }
}
