//! The derivatives of the elementary functions, all over their domains, against a table that was
//! computed with 2500 bits (`tests/reference/partials.py`).

use std::collections::BTreeMap;

use backprop::prelude::*;

macro_rules! functions {
    ($($name:ident($($x:ident),*) = $value:expr;)*) => {
        $(mod $name {
            use backprop::prelude::*;

            #[differentiable(jvp)]
            pub(super) fn function($($x: f64),*) -> f64 {
                $value
            }
        })*

        /// The gradient of the function of this name.
        fn gradient(name: &str, at: &[f64]) -> Vec<f64> {
            match name {
                $(stringify!($name) => {
                    let [$($x),*] = at.try_into().unwrap();
                    $name::function_grad($($x),*).1.to_flat_vec()
                })*
                other => panic!("no function `{other}`"),
            }
        }
    };
}

functions! {
    sin(x) = x.sin();
    cos(x) = x.cos();
    tan(x) = x.tan();
    asin(x) = x.asin();
    acos(x) = x.acos();
    atan(x) = x.atan();
    sinh(x) = x.sinh();
    cosh(x) = x.cosh();
    tanh(x) = x.tanh();
    asinh(x) = x.asinh();
    acosh(x) = x.acosh();
    atanh(x) = x.atanh();
    exp(x) = x.exp();
    exp2(x) = x.exp2();
    exp_m1(x) = x.exp_m1();
    ln(x) = x.ln();
    log2(x) = x.log2();
    log10(x) = x.log10();
    ln_1p(x) = x.ln_1p();
    sqrt(x) = x.sqrt();
    cbrt(x) = x.cbrt();
    recip(x) = x.recip();
    sigmoid(x) = x.sigmoid();
    softplus(x) = x.softplus();
    log_sigmoid(x) = x.log_sigmoid();
    powf(x, p) = x.powf(p);
    hypot(x, y) = x.hypot(y);
    atan2(y, x) = y.atan2(x);
    log(x, b) = x.log(b);
    div(x, y) = x / y;
}

/// The distance between two numbers in units of the last place of the second.
fn ulps(got: f64, want: f64) -> f64 {
    if got == want || got.is_nan() && want.is_nan() {
        return 0.0;
    }
    if !got.is_finite() && want.is_finite() {
        return f64::INFINITY;
    }
    let limit = if want.is_infinite() { f64::MAX.copysign(want) } else { want };
    let exponent = (limit.abs().to_bits() >> 52).max(1);
    let unit = f64::from_bits(1) * 2.0_f64.powi(i32::try_from(exponent).unwrap() - 1);
    (got / unit - limit / unit).abs()
}

#[test]
fn derivatives_are_right_to_the_stated_number_of_ulps() {
    let stated: BTreeMap<&str, f64> = backprop_macro::__function_accuracy!().into_iter().collect();
    let mut worst: BTreeMap<&str, (f64, String)> = BTreeMap::new();
    for line in include_str!("reference/partials.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (name, operand) = (words[0], words[1].parse::<usize>().unwrap());
        let numbers: Vec<f64> = words[2..].iter().map(|word| word.parse().unwrap()).collect();
        let (want, at) = numbers.split_last().unwrap();
        let got = gradient(name, at)[operand];
        let error = ulps(got, *want);
        let entry = worst.entry(name).or_default();
        if error >= entry.0 {
            *entry = (error, format!("{line}: got {got:e}"));
        }
    }
    for (name, (error, line)) in &worst {
        let stated = stated.get(name).unwrap_or_else(|| panic!("nothing is stated of `{name}`"));
        assert!(error <= stated, "`{name}` is {error} ulps off, not {stated}: {line}");
    }
}
