//! Functions that are given closures, and closures that are passed on.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable]
fn integrate(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let n = 20;
    let h = (b - a) / n as f64;
    let mut sum = 0.5 * (f(a) + f(b));
    for i in 1..n {
        sum += f(a + i as f64 * h);
    }
    sum * h
}

#[differentiable]
fn wave(k: f64, b: f64) -> f64 {
    integrate(|t| (k * t).sin(), 0.0, b)
}

#[differentiable]
fn under_a_name(k: f64, b: f64) -> f64 {
    let c = [k, k * b];
    let f = |t: f64| c[0] * t + c[1];
    let first = integrate(&f, 0.0, b);
    first * integrate(f, b, 2.0 * b) + integrate(f64::exp, 0.0, k)
}

#[differentiable]
fn nested(k: f64, b: f64) -> f64 {
    integrate(|x| integrate(|y| x * y * k, 0.0, x), 0.0, b)
}

#[differentiable]
fn closure_of_closures(k: f64, b: f64) -> f64 {
    let scale = |x: f64| k * x;
    let bend = |x: f64| scale(x) * x.sin() + scale(b);
    integrate(bend, 0.0, b)
}

#[test]
fn a_closure_may_capture_and_be_called_anywhere() {
    check!(wave, wave_grad, wave_grad_add, wave_vjp; k: 1.3, b: 0.7);
    check!(under_a_name, under_a_name_grad, under_a_name_grad_add, under_a_name_vjp; k: 1.3, b: 0.7);
    check!(nested, nested_grad, nested_grad_add, nested_vjp; k: 1.3, b: 0.7);
    check!(closure_of_closures, closure_of_closures_grad, closure_of_closures_grad_add, closure_of_closures_vjp; k: 1.3, b: 0.7);
}

#[differentiable]
fn rk4<F: Fn(f64, &[f64]) -> Vec<f64>>(f: F, y0: &[f64], h: f64, steps: usize) -> Vec<f64> {
    let mut y = y0.to_vec();
    let axpy = |a: f64, x: &[f64], y: &[f64]| -> Vec<f64> {
        x.iter().zip(y).map(|(x, y)| a * x + y).collect()
    };
    for i in 0..steps {
        let t = i as f64 * h;
        let k1 = f(t, &y);
        let k2 = f(t + 0.5 * h, &axpy(0.5 * h, &k1, &y));
        let k3 = f(t + 0.5 * h, &axpy(0.5 * h, &k2, &y));
        let k4 = f(t + h, &axpy(h, &k3, &y));
        for j in 0..y.len() {
            y[j] += h / 6.0 * (k1[j] + 2.0 * k2[j] + 2.0 * k3[j] + k4[j]);
        }
    }
    y
}

#[differentiable]
fn energy(k: f64, c: f64, y0: &[f64]) -> f64 {
    let y = rk4(|t, y| vec![y[1], -k * y[0] - c * y[1] + (0.3 * t).sin()], y0, 0.1, 15);
    0.5 * y[1] * y[1] + 0.5 * k * y[0] * y[0]
}

#[differentiable]
fn midpoint(f: impl Fn([f64; 2], f64) -> [f64; 2], y: [f64; 2], h: f64, n: usize) -> [f64; 2] {
    let mut y = y;
    for i in 0..n {
        let t = h * i as f64;
        let k = f(y, t);
        let k = f([y[0] + 0.5 * h * k[0], y[1] + 0.5 * h * k[1]], t + 0.5 * h);
        y = [y[0] + h * k[0], y[1] + h * k[1]];
    }
    y
}

#[differentiable]
fn forced(w: &[f64], h: f64) -> f64 {
    let [x, v] = midpoint(
        |[x, v], t| {
            let mut force = -x;
            for (i, w) in w.iter().enumerate() {
                force += w * (t * i as f64).cos();
            }
            [v, force]
        },
        [1.0, 0.0],
        h,
        7,
    );
    x * v
}

#[differentiable]
fn euler<F: Fn(f64, &[f64], &mut [f64])>(f: F, y: &mut [f64], h: f64, n: usize) {
    let mut dy = vec![0.0; y.len()];
    for i in 0..n {
        f(i as f64 * h, y, &mut dy);
        for j in 0..y.len() {
            y[j] += h * dy[j];
        }
    }
}

#[differentiable]
fn lotka_volterra(a: f64, b: f64, c: f64) -> f64 {
    let mut y = vec![1.0, 0.5];
    euler(
        |_, y: &[f64], dy: &mut [f64]| {
            dy[0] = a * y[0] - b * y[0] * y[1];
            dy[1] = c * y[0] * y[1] - y[1];
        },
        &mut y,
        0.05,
        10,
    );
    y[0] * y[1]
}

#[test]
fn right_hand_sides_of_differential_equations() {
    check!(energy, energy_grad, energy_grad_add, energy_vjp; k: 1.1, c: 0.2, y0: &vec![1.0, -0.5]);
    check!(forced, forced_grad, forced_grad_add, forced_vjp; w: &vec![0.3, 0.2, 0.5], h: 0.1);
    check!(lotka_volterra, lotka_volterra_grad, lotka_volterra_grad_add, lotka_volterra_vjp; a: 1.1, b: 0.4, c: 0.3);
}

#[differentiable(wrt(x0))]
fn newton<F, G>(f: F, df: G, x0: f64) -> f64
where
    F: Fn(f64) -> f64,
    G: Fn(f64) -> f64,
{
    let mut x = x0;
    for _ in 0..6 {
        if f(x).abs() < 1e-13 {
            break;
        }
        x -= f(x) / df(x);
    }
    x
}

#[differentiable]
fn cube_root(a: f64) -> f64 {
    newton(|x| x * x * x - a, |x| 3.0 * x * x, 1.5)
}

#[differentiable]
fn slope(f: &impl Fn(f64) -> f64, x: f64) -> f64 {
    (f(x + 1e-3) - f(x - 1e-3)) / 2e-3
}

#[differentiable]
fn secant(f: impl Fn(f64) -> f64, x0: f64) -> f64 {
    let mut x = x0;
    for _ in 0..4 {
        x = x - f(x) / slope(&f, x);
    }
    x
}

#[differentiable]
fn shifted(f: impl Fn(f64) -> f64, c: f64) -> f64 {
    secant(|x| f(x) - c, 1.0)
}

#[differentiable]
fn inverse(a: f64, c: f64) -> f64 {
    shifted(|x| a * x * x + x, c)
}

#[differentiable]
fn simpson(f: &impl Fn(f64) -> f64, a: f64, b: f64, depth: usize) -> f64 {
    let m = 0.5 * (a + b);
    if depth == 0 {
        (b - a) / 6.0 * (f(a) + 4.0 * f(m) + f(b))
    } else {
        simpson(f, a, m, depth - 1) + simpson(f, m, b, depth - 1)
    }
}

#[differentiable]
fn bell(s: f64, b: f64) -> f64 {
    simpson(&|x| (-x * x / (2.0 * s * s)).exp(), 0.0, b, 3)
}

#[differentiable]
fn commutator(f: impl Fn(f64) -> f64, g: impl Fn(f64) -> f64, x: f64) -> f64 {
    f(g(x)) - g(f(x))
}

#[differentiable]
fn two_closures(a: f64, b: f64, x: f64) -> f64 {
    let v = [a, b];
    commutator(|x| v[0] * x.sin() + b, |x| v[1] * x * x, x)
}

#[test]
fn closures_are_handed_on() {
    check!(cube_root, cube_root_grad, cube_root_grad_add, cube_root_vjp; a: 2.0);
    check!(inverse, inverse_grad, inverse_grad_add, inverse_vjp; a: 0.7, c: 3.0);
    check!(bell, bell_grad, bell_grad_add, bell_vjp; s: 0.7, b: 1.5);
    check!(two_closures, two_closures_grad, two_closures_grad_add, two_closures_vjp; a: 1.1, b: 0.4, x: 0.3);
}

#[differentiable]
fn apply(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    f(x) * f(2.0)
}

#[differentiable]
fn captures_that_change(k: f64, x: f64) -> f64 {
    let (mut y, mut rate, mut n) = (x, k, 1);
    let mut weights = vec![k, x];
    for i in 0..4 {
        let local = rate * x;
        y = apply(|y| local * y + weights[1] * n as f64, y).tanh();
        rate *= 0.9;
        weights[1] = y * rate;
        n += i;
    }
    y * weights[1] + weights[0]
}

#[differentiable]
fn captured_rows(rows: &[Vec<f64>], x: f64) -> f64 {
    let mut s = 0.0;
    for (row, other) in rows.iter().zip(rows.iter().rev()) {
        s += apply(|t| row[0] * t + other[1] * x, x);
    }
    s
}

#[differentiable]
fn leaves_early(k: f64, x: f64) -> f64 {
    apply(
        |x| {
            let x = x * k;
            if x > 2.0 {
                return x;
            }
            let mut s = 0.0;
            for i in 0..3 {
                s += x.powi(i) / k;
            }
            match s > 1.0 {
                true => s.sqrt(),
                false => s,
            }
        },
        x,
    )
}

#[derive(Clone, Copy, Differentiable)]
struct Gain {
    a: f64,
    b: f64,
}

#[differentiable]
fn captures_a_struct(gain: Gain, pair: (f64, [f64; 2])) -> f64 {
    let twice = Gain { a: gain.a * 2.0, ..gain };
    apply(|x| gain.a * x + pair.0 * pair.1[1] + twice.b, pair.1[0])
}

#[differentiable]
fn captures_by_move(scale: f64, xs: &[f64]) -> f64 {
    let scaled: Vec<f64> = xs.iter().map(|x| scale * x).collect();
    let n = scaled.len();
    apply(move |x| scaled[n - 1] * x + scale, xs[0])
}

#[test]
fn what_is_captured_may_be_anything() {
    check!(captures_that_change, captures_that_change_grad, captures_that_change_grad_add, captures_that_change_vjp; k: 0.7, x: 0.4);
    check!(captured_rows, captured_rows_grad, captured_rows_grad_add, captured_rows_vjp; rows: &vec![vec![1.0, 2.0], vec![0.5, -1.0], vec![0.25, 3.0]], x: 0.4);
    check!(leaves_early, leaves_early_grad, leaves_early_grad_add, leaves_early_vjp; k: 0.7, x: 0.4);
    check!(captures_a_struct, captures_a_struct_grad, captures_a_struct_grad_add, captures_a_struct_vjp; gain: Gain { a: 0.3, b: 0.7 }, pair: (0.2, [1.5, -0.5]));
    check!(captures_by_move, captures_by_move_grad, captures_by_move_grad_add, captures_by_move_vjp; scale: 0.7, xs: &vec![0.4, 1.2]);
}

#[differentiable]
fn decay(t: f64, y: f64) -> f64 {
    -0.5 * y + t.cos()
}

#[differentiable]
fn explicit(rhs: impl Fn(f64, f64) -> f64, y0: f64, h: f64) -> f64 {
    let (mut y, mut t) = (y0, 0.0);
    while t < 0.95 {
        y += h * rhs(t, y);
        t += 0.1;
    }
    y
}

#[differentiable]
fn by_name(y0: f64, h: f64) -> f64 {
    let gain = y0 * h;
    explicit(decay, y0, h) + explicit(|t, y| gain * decay(t, y), y0, h)
}

#[differentiable]
fn trapezoid<T: num_traits::Float, F: Fn(T) -> T>(f: F, a: T, b: T, n: usize) -> T {
    let h = (b - a) / T::from(n).unwrap();
    let mut s = (f(a) + f(b)) / T::from(2.0).unwrap();
    for i in 1..n {
        s = s + f(a + h * T::from(i).unwrap());
    }
    s * h
}

#[differentiable]
fn of_any_number(k: f64, b: f64) -> f64 {
    trapezoid(|x: f64| (k * x).cos(), 0.0, b, 10)
}

#[differentiable]
fn mean(f: impl Fn(f64) -> f64, samples: &[f64]) -> f64 {
    samples.iter().map(|&x| f(x)).sum::<f64>() / samples.len() as f64
}

#[differentiable]
fn sum_of<F: FnMut(f64) -> f64>(f: F, samples: &[f64]) -> f64 {
    samples.iter().copied().map(f).sum()
}

#[differentiable]
fn over_samples(mu: f64, sigma: f64, z: &[f64]) -> f64 {
    mean(|z| (mu + sigma * z).max(0.0), z) + sum_of(|z| sigma * z * z, z)
}

#[differentiable]
fn fixed_point(f: impl Fn(f64) -> f64, x0: f64) -> Option<f64> {
    let mut x = x0;
    for _ in 0..20 {
        let step = f(x);
        if step.is_nan() {
            return None;
        }
        x -= 0.3 * step;
    }
    Some(x)
}

#[differentiable]
fn perhaps(a: f64, x0: f64) -> f64 {
    match fixed_point(|x| x - (a * x).cos(), x0) {
        Some(x) => x * x,
        None => 0.0,
    }
}

#[derive(Clone, Differentiable)]
struct Model {
    w: Vec<f64>,
    bias: f64,
}

impl Model {
    #[differentiable(wrt(self, x))]
    fn apply(&self, x: f64) -> f64 {
        let mut s = self.bias;
        for (i, w) in self.w.iter().enumerate() {
            s += w * x.powi(i as i32 + 1);
        }
        s.tanh()
    }

    #[differentiable(wrt(self, b))]
    fn area(&self, b: f64) -> f64 {
        integrate(|x| self.apply(x) + self.bias, 0.0, b)
    }

    #[differentiable(wrt(self, h))]
    fn weighted(&self, h: f64, f: impl Fn(usize, f64) -> f64) -> f64 {
        let mut s = 0.0;
        for (i, w) in self.w.iter().enumerate() {
            s += w * f(i, h);
        }
        s
    }
}

#[differentiable]
fn of_methods(model: &Model, k: f64) -> f64 {
    model.area(0.5) + model.weighted(k, |i, h| k * h.powi(i as i32)) + apply(|x| model.apply(x), k)
}

#[test]
fn functions_methods_and_generic_callees() {
    check!(by_name, by_name_grad, by_name_grad_add, by_name_vjp; y0: 0.8, h: 0.1);
    check!(of_any_number, of_any_number_grad, of_any_number_grad_add, of_any_number_vjp; k: 0.7, b: 1.5);
    check!(over_samples, over_samples_grad, over_samples_grad_add, over_samples_vjp; mu: 0.6, sigma: 0.4, z: &vec![0.3, -0.2, 0.9]);
    check!(perhaps, perhaps_grad, perhaps_grad_add, perhaps_vjp; a: 0.6, x0: 0.4);
    check!(of_methods, of_methods_grad, of_methods_grad_add, of_methods_vjp; model: &Model { w: vec![0.3, -0.2], bias: 0.5 }, k: 0.9);
}

#[differentiable]
fn weighted_squares(
    weight: impl Fn(usize) -> f64,
    mut also: impl FnMut() -> f64,
    xs: &[f64],
) -> f64 {
    let mut s = 0.0;
    for (i, x) in xs.iter().enumerate() {
        s += weight(i) * x * x * also();
    }
    s
}

#[test]
fn a_closure_without_derivative_is_passed_as_it_is() {
    let (scale, mut count) = (2.0, 0.0);
    let mut also = || {
        count += 1.0;
        count
    };
    let (value, gradient) = weighted_squares_grad(|i| scale + i as f64, &mut also, &[3.0, 4.0]);
    assert_eq!(value, 2.0 * 9.0 + 3.0 * 16.0 * 2.0);
    assert_eq!(gradient, [12.0, 48.0]);
    let (_, pullback) = weighted_squares_vjp(|_| scale, || 1.0, &[3.0, 4.0]);
    assert_eq!(pullback(0.5), [6.0, 8.0]);
}

#[test]
fn a_closure_with_its_derivative_is_given_to_companions() {
    let (k, offsets) = (1.3, vec![0.25, 0.5]);
    let f = |t: f64| (k * t).sin() + offsets[1];
    let derived = closure!(|t: f64| (k * t).sin() + offsets[1]);
    let (value, (d_a, d_b)) = integrate_grad(derived, 0.5, 2.0);
    assert_eq!(value, integrate(f, 0.5, 2.0));
    // The trapezoidal rule is not the integral, so its derivative is measured.
    let along_a = common::measure(|a| (a, integrate(f, a, 2.0)), 0.5, 0.1).0;
    let along_b = common::measure(|b| (b, integrate(f, 0.5, b)), 2.0, 0.1).0;
    assert!((d_a - along_a).abs() < 1e-9 && (d_b - along_b).abs() < 1e-9);
    let (_, pullback) = integrate_vjp(derived, 0.5, 2.0);
    let (twice_a, twice_b) = pullback(2.0);
    assert!((twice_a - 2.0 * d_a).abs() < 1e-12 && (twice_b - 2.0 * d_b).abs() < 1e-12);

    let rhs = closure!(|t: f64, y: &[f64]| -> Vec<f64> {
        let mut dy = Vec::new();
        for (y, offset) in y.iter().zip(&offsets) {
            dy.push(offset - k * y * t);
        }
        dy
    });
    let (y, pullback) = rk4_vjp(rhs, &[1.0, -1.0], 0.1, 3);
    let plain = |t: f64, y: &[f64]| vec![offsets[0] - k * y[0] * t, offsets[1] - k * y[1] * t];
    assert_eq!(y, rk4(plain, &[1.0, -1.0], 0.1, 3));
    let (d_y0, d_h) = pullback(vec![1.0, 0.0]);
    let along_h = common::measure(|h| (h, rk4(plain, &[1.0, -1.0], h, 3)[0]), 0.1, 0.02).0;
    let along_y = common::measure(|y| (y, rk4(plain, &[y, -1.0], 0.1, 3)[0]), 1.0, 0.1).0;
    assert!((d_h - along_h).abs() < 1e-9 && (d_y0[0] - along_y).abs() < 1e-9);
    assert_eq!(d_y0[1], 0.0);
}

#[differentiable]
fn newton_with_slope<F: Fn(f64) -> f64, G: Fn(f64) -> f64>(f: F, slope: G, mut x: f64) -> f64 {
    for _ in 0..20 {
        x -= f(x) / slope(x);
    }
    x
}

/// Both closures capture the slice.
#[differentiable]
fn yield_to_maturity(price: f64, coupons: &[f64]) -> f64 {
    newton_with_slope(
        |r| {
            let discounted =
                coupons.iter().enumerate().map(|(i, c)| c / (1.0 + r).powi(i as i32 + 1));
            discounted.sum::<f64>() - price
        },
        |r| {
            let n = |i: usize| i as f64 + 1.0;
            coupons.iter().enumerate().map(|(i, c)| -n(i) * c / (1.0 + r).powi(i as i32 + 2)).sum()
        },
        0.05,
    )
}

/// Both closures capture a part of a local vector and an array.
#[differentiable]
fn quadratic_root(c: f64, a: &Vec<f64>, t: &[f64; 2]) -> f64 {
    let scaled: Vec<f64> = a.iter().map(|a| 2.0 * a).collect();
    let view = &scaled[..2];
    let r = newton_with_slope(
        |r| view[0] + r * view[1] + r * r * t[0] - c,
        |r| view[1] + 2.0 * r * t[0],
        0.5,
    );
    let s =
        newton_with_slope(|r| a[0] + r * a[1] + r * r * t[1] - c, |r| a[1] + 2.0 * r * t[1], 0.5);
    r * s
}

#[test]
fn two_closures_capture_one_slice() {
    check!(yield_to_maturity, yield_to_maturity_grad, yield_to_maturity_grad_add,
        yield_to_maturity_vjp; price: 95.0, coupons: &vec![5.0, 5.0, 105.0],);
    check!(quadratic_root, quadratic_root_grad, quadratic_root_grad_add, quadratic_root_vjp;
        c: 1.9, a: &vec![0.2, 0.5, 1.05], t: &[0.3, 0.2],);
}
