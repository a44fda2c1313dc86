mod points;

use super::dispatch::{Level, on_each_level};
use super::{Function, Kernels, Partials};
use crate::{ScalarFunctions, partial};

/// Deterministic numbers in `0.0..1.0`.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn vector(&mut self, length: usize) -> Vec<f64> {
        (0..length).map(|_| 2.0 * self.unit() - 1.0).collect()
    }
}

/// Arguments of every kind: any bits, and the ranges where the functions are interesting.
fn arguments(count: usize) -> Vec<f64> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let special = [
        0.0,
        -0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        -1.0,
        1.0,
    ];
    let mut arguments = special.to_vec();
    while arguments.len() < count {
        let u = 2.0 * random.unit() - 1.0;
        arguments.push(match arguments.len() % 6 {
            0 => f64::from_bits(random.bits()),
            1 => 750.0 * u,
            2 => 40.0 * u,
            3 => 3.0 * u,
            4 => 1.0 + 1e-3 * u,
            _ => 1e-8 * u,
        });
    }
    arguments
}

fn std_function(function: Function) -> fn(f64) -> f64 {
    match function {
        Function::Exp => f64::exp,
        Function::ExpM1 => f64::exp_m1,
        Function::Tanh => f64::tanh,
        Function::Sigmoid => ScalarFunctions::sigmoid,
        Function::Ln => f64::ln,
        Function::Ln1p => f64::ln_1p,
        Function::Softplus => ScalarFunctions::softplus,
        Function::LogSigmoid => ScalarFunctions::log_sigmoid,
        Function::Sin => f64::sin,
        Function::Cos => f64::cos,
    }
}

/// The distance from `x`, which is not 0 in magnitude, to the next larger number in magnitude.
fn unit_in_last_place(x: f64) -> f64 {
    let x = x.abs().min(f64::from_bits(f64::MAX.to_bits() - 1));
    f64::from_bits(x.to_bits() + 1) - x
}

fn applied<T: Kernels + Clone>(function: Function, x: &[T]) -> Vec<T> {
    let mut y = x.to_vec();
    T::kernel_apply(function, &mut y);
    y
}

#[test]
fn errors_stay_below_one_unit_in_the_last_place() {
    on_each_level(|level| {
        for &(function, x, rounded, rest) in points::POINTS {
            let y = applied(function, &[x])[0];
            let error = ((y - rounded) / unit_in_last_place(rounded) - rest).abs();
            assert!(error < 1.0, "{level:?} {function:?} {x:e}: {y:e}, error {error}");
        }
    });
}

/// std's errors are below one unit, those of our scalar functions below 2, tanh's below 2.2.
#[test]
fn close_to_std_everywhere() {
    let xs = arguments(if cfg!(miri) { 100 } else { 60_000 });
    on_each_level(|level| {
        for &function in Function::ALL {
            let of_std = std_function(function);
            for (&x, y) in xs.iter().zip(applied(function, &xs)) {
                let want = of_std(x);
                let same = y == want && y.is_sign_negative() == want.is_sign_negative();
                let near = (y - want).abs() <= 4.0 * unit_in_last_place(want);
                assert!(
                    same || near && y != 0.0 || y.is_nan() && want.is_nan(),
                    "{level:?} {function:?} {x:e}: {y:e}, not {want:e}"
                );
            }
        }
    });
}

/// Neither the position nor the length, nor where in memory the slice begins.
#[test]
fn the_result_depends_on_the_element_alone() {
    let mut xs = arguments(if cfg!(miri) { 30 } else { 300 });
    // Far arguments take another way in their block.
    xs.splice(100.min(xs.len()).., (0..200).map(|i| f64::from(i) * 1e4));
    on_each_level(|level| {
        for &function in Function::ALL {
            let alone: Vec<u64> =
                xs.iter().map(|&x| applied(function, &[x])[0].to_bits()).collect();
            for start in [0, 1, 2, 3, 7] {
                for length in (0..40).chain([xs.len() - start]) {
                    let mut all = xs.clone();
                    f64::kernel_apply(function, &mut all[start..start + length]);
                    for i in 0..xs.len() {
                        let changed = (start..start + length).contains(&i);
                        let want = if changed { alone[i] } else { xs[i].to_bits() };
                        let nan = f64::from_bits(want).is_nan() && all[i].is_nan();
                        assert!(nan || all[i].to_bits() == want, "{level:?} {function:?} at {i}");
                    }
                }
                if cfg!(miri) {
                    break;
                }
            }
        }
    });
}

#[test]
fn fused_levels_agree_bit_for_bit() {
    let xs = arguments(10_000);
    let mut fused: Option<Vec<Vec<u64>>> = None;
    on_each_level(|level| {
        if level > Level::Baseline {
            let bits = |y: f64| if y.is_nan() { 0 } else { y.to_bits() };
            let all: Vec<Vec<u64>> = Function::ALL
                .iter()
                .map(|&function| applied(function, &xs).into_iter().map(bits).collect())
                .collect();
            assert!(fused.get_or_insert_with(|| all.clone()) == &all);
        }
    });
}

/// Each is the double-precision value, rounded.
fn single_precision(xs: impl Iterator<Item = f32>) {
    let xs: Vec<f32> = xs.collect();
    for &function in Function::ALL {
        let of_std = std_function(function);
        for (&x, y) in xs.iter().zip(applied(function, &xs)) {
            let want = of_std(f64::from(x));
            let rounded = want as f32;
            let unit =
                f32::from_bits((rounded.abs().to_bits() + 1).min(0x7f80_0000)) - rounded.abs();
            let error = (f64::from(y) - want).abs() / f64::from(unit);
            assert!(
                y == rounded || y.is_nan() && rounded.is_nan() || error < 0.500_001,
                "{function:?} {x:e}: {y:e}, not {want:e}"
            );
        }
    }
}

#[test]
fn single_precision_is_rounded_once() {
    let mut random = Random(7);
    on_each_level(|_| {
        let count = if cfg!(miri) { 50 } else { 100_000 };
        single_precision((0..count).map(|_| f32::from_bits(random.bits() as u32)));
    });
}

#[test]
#[ignore = "goes through all 2³² numbers"]
fn single_precision_is_rounded_once_everywhere() {
    for high in 0..=u16::MAX {
        single_precision(
            (0..=u16::MAX).map(|low| f32::from_bits(u32::from(high) << 16 | u32::from(low))),
        );
    }
}

#[test]
fn partials_are_those_of_the_scalar_rules() {
    type Slope = fn(f64, f64) -> f64;
    let cases: [(Partials, Function, Slope); 7] = [
        (Partials::Sin, Function::Sin, partial::sin),
        (Partials::Cos, Function::Cos, partial::cos),
        (Partials::Tanh, Function::Tanh, partial::tanh),
        (Partials::ExpM1, Function::ExpM1, partial::exp_m1),
        (Partials::Sigmoid, Function::Sigmoid, partial::sigmoid),
        (Partials::Softplus, Function::Softplus, partial::softplus),
        (Partials::LogSigmoid, Function::LogSigmoid, partial::log_sigmoid),
    ];
    on_each_level(|level| {
        for (f, function, slope) in cases {
            for length in [0, 1, 7, 8, 9, 100] {
                let mut x: Vec<f64> = arguments(112)[12..][..length].to_vec();
                x.iter_mut().for_each(|x| *x = x.clamp(-700.0, 700.0));
                // Beyond the reach of the kernel.
                if let (Some(x), Partials::Sin | Partials::Cos) = (x.get_mut(50), f) {
                    *x = 1e9;
                }
                let x: Vec<f64> = x.into_iter().map(|x| if x.is_nan() { 0.5 } else { x }).collect();
                let y = applied(function, &x);
                let d: Vec<f64> = (0..length).map(|i| [2.0, 0.0, -1.0][i % 3]).collect();
                let mut slot = vec![0.0; length];
                f64::kernel_add_partials(f, &mut slot, &x, &y, &d);
                for i in 0..length {
                    let want = partial::chain(d[i], slope(x[i], y[i]));
                    let near = (slot[i] - want).abs() <= 4.0 * unit_in_last_place(want);
                    assert!(near, "{level:?} {f:?} at {:e}: {}, not {want}", x[i], slot[i]);
                }
            }
        }
    });
}

#[test]
fn a_zero_adjoint_contributes_nothing() {
    on_each_level(|_| {
        let mut slot = [1.0; 9];
        f64::kernel_add_partials(
            Partials::ExpM1,
            &mut slot,
            &[f64::INFINITY; 9],
            &[f64::INFINITY; 9],
            &[0.0; 9],
        );
        assert_eq!(slot, [1.0; 9]);
        let mut m = [1.0; 18];
        f64::kernel_ger(1.0, &[0.0, 1.0], &[f64::INFINITY; 9], &mut m, true);
        assert_eq!(m[..9], [1.0; 9]);
        assert_eq!(m[9..], [f64::INFINITY; 9]);
        // A value is not an adjoint.
        f64::kernel_ger(1.0, &[0.0, 1.0], &[f64::INFINITY; 9], &mut m, false);
        assert!(m[..9].iter().all(|x| x.is_nan()));
    });
}

const LENGTHS: [usize; 14] = [0, 1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 150];

fn near(x: f64, want: f64) {
    assert!((x - want).abs() < 1e-13, "{x}, not {want}");
}

#[test]
fn sums_and_scaled_additions() {
    let mut random = Random(3);
    on_each_level(|_| {
        for n in LENGTHS {
            let (a, b, y) = (random.vector(n), random.vector(n), random.vector(n));
            near(f64::kernel_dot(&a, &b), a.iter().zip(&b).map(|(a, b)| a * b).sum());
            near(f64::kernel_sum(&a), a.iter().sum());
            let mut axpy = y.clone();
            f64::kernel_axpy(0.7, &a, &mut axpy);
            let mut added = y.clone();
            f64::kernel_add(&a, &mut added);
            let mut products = y.clone();
            f64::kernel_add_product(0.7, &a, &b, &mut products);
            for i in 0..n {
                near(axpy[i], y[i] + 0.7 * a[i]);
                near(added[i], y[i] + a[i]);
                near(products[i], y[i] + 0.7 * a[i] * b[i]);
            }
            let single = |x: &[f64]| -> Vec<f32> { x.iter().map(|&x| x as f32).collect() };
            let dot = f32::kernel_dot(&single(&a), &single(&b));
            assert!((f64::from(dot) - f64::kernel_dot(&a, &b)).abs() < 1e-5);
        }
    });
}

#[test]
fn products_with_matrices() {
    let mut random = Random(4);
    on_each_level(|_| {
        for rows in [0, 1, 2, 3, 4, 5, 8, 11] {
            for columns in [0, 1, 3, 4, 7, 8, 9, 16, 33] {
                let m = random.vector(rows * columns);
                let (u, v) = (random.vector(rows), random.vector(columns));
                let (mut y, mut z) = (u.clone(), v.clone());
                f64::kernel_gemv(&m, &v, &mut y);
                f64::kernel_gemv_transposed(&m, &u, &mut z);
                let mut outer = m.clone();
                f64::kernel_ger(0.5, &u, &v, &mut outer, false);
                for i in 0..rows {
                    near(y[i], u[i] + (0..columns).map(|j| m[i * columns + j] * v[j]).sum::<f64>());
                    for j in 0..columns {
                        near(outer[i * columns + j], m[i * columns + j] + 0.5 * u[i] * v[j]);
                    }
                }
                for j in 0..columns {
                    near(z[j], v[j] + (0..rows).map(|i| m[i * columns + j] * u[i]).sum::<f64>());
                }
            }
        }
    });
}

/// A row's product does not depend on how many rows there are.
#[test]
fn rows_of_a_product_depend_on_the_row_alone() {
    let mut random = Random(5);
    on_each_level(|_| {
        let (m, x) = (random.vector(7 * 19), random.vector(19));
        let mut all = [0.0; 7];
        f64::kernel_gemv(&m, &x, &mut all);
        for row in 0..7 {
            let mut one = [0.0];
            f64::kernel_gemv(&m[row * 19..][..19], &x, &mut one);
            assert_eq!(one[0].to_bits(), all[row].to_bits());
        }
    });
}
