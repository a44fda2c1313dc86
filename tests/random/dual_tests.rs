//! The truth, too, should be true: dual numbers against differences.

use super::dual::{Dual, take_kink};

/// A central difference, extrapolated once.
fn difference(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let central = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    (4.0 * central(5e-4) - central(1e-3)) / 3.0
}

/// Compares every method with the method of `f64` of the same name.
macro_rules! compare {
    ($x:expr; $($method:ident($($argument:expr),*)),* $(,)?) => {
        $(
            let dual = Dual::seeded($x).$method($($argument.into()),*);
            let float = |x: f64| x.$method($($argument),*);
            assert_eq!(dual.value.to_bits(), float($x).to_bits(), stringify!($method));
            let expected = difference(float, $x);
            let error = (dual.derivative - expected).abs();
            assert!(error < 1e-8, "{}: {} is not {expected}", stringify!($method), dual.derivative);
        )*
    };
}

#[test]
fn methods_agree_with_differences() {
    for x in [0.37, 0.81] {
        compare!(x;
            sin(), cos(), tan(), asin(), acos(), atan(), sinh(), cosh(), tanh(), asinh(), exp(),
            exp2(), exp_m1(), ln(), log2(), log10(), ln_1p(), sqrt(), cbrt(), recip(), abs(),
            fract(), floor(), round(), trunc(), signum(), to_radians(), powi(3), powi(0),
            powf(1.7), hypot(0.6), atan2(-0.4), max(0.5), min(0.5), clamp(0.1, 0.5),
            copysign(-1.0), mul_add(0.3, 0.2), rem_euclid(0.23),
        );
    }
    assert!(!take_kink(), "no kink is near");
}

#[test]
fn second_operands_agree_with_differences() {
    let base = 1.3;
    type Binary = (fn(Dual, Dual) -> Dual, fn(f64, f64) -> f64);
    let binary: [Binary; 9] = [
        (|a, b| a + b, |a, b| a + b),
        (|a, b| a - b, |a, b| a - b),
        (|a, b| a * b, |a, b| a * b),
        (|a, b| a / b, |a, b| a / b),
        (|a, b| a % b, |a, b| a % b),
        (Dual::powf, f64::powf),
        (Dual::hypot, f64::hypot),
        (Dual::atan2, f64::atan2),
        (Dual::rem_euclid, f64::rem_euclid),
    ];
    for (of_duals, of_floats) in binary {
        let dual = of_duals(base.into(), Dual::seeded(0.55));
        let expected = difference(|x| of_floats(base, x), 0.55);
        assert!((dual.derivative - expected).abs() < 1e-8, "{} {expected}", dual.derivative);
        let dual = of_duals(Dual::seeded(base), 0.55.into());
        let expected = difference(|x| of_floats(x, 0.55), base);
        assert!((dual.derivative - expected).abs() < 1e-8, "{} {expected}", dual.derivative);
    }
}

#[test]
fn ties_are_noticed() {
    let (x, c) = (Dual::seeded(0.5), Dual::from(0.5));
    let _ = x.max(c);
    assert!(take_kink());
    let _ = c.max(c) + x.max(x);
    assert!(!take_kink(), "both pieces have the same derivative");
}
