//! Functions as values: under other names, behind references and in boxes, chosen, in tables, and
//! as parameters that are trait objects or pointers.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn other_names(x: f64, y: f64) -> f64 {
    let square = |t: f64| t * t + y;
    let g = square;
    let h = &g;
    let boxed: Box<dyn Fn(f64) -> f64> = Box::new(move |t| y * t);
    let unboxed = boxed;
    let tanh = f64::tanh;
    g(x) * h(y) + square(x * y) + unboxed(x) * tanh(x)
}

#[differentiable(jvp)]
fn other_names_of_what_changes(x: f64, y: f64) -> f64 {
    let mut sum = 0.0;
    let mut add = |v: f64| sum += v * v;
    let also = &mut add;
    also(x);
    also(y * x);
    add(y);
    drop(add);
    let double: &mut dyn FnMut(f64) = &mut |v| sum *= v;
    double(2.0 * x);
    let mut boxed: Box<dyn FnMut(f64)> = Box::new(|v| sum += v * y);
    boxed(x);
    drop(boxed);
    sum * y
}

#[differentiable(jvp)]
fn two_at_once(x: f64, k: f64) -> f64 {
    let (g, dg) = (|t: f64| t * t - k, |t: f64| 2.0 * t);
    let mut x = x;
    for _ in 0..3 {
        x -= g(x) / dg(x);
    }
    x
}

#[differentiable(jvp, wrt(x))]
fn chosen_by_name(name: &str, x: f64) -> f64 {
    let g: fn(f64) -> f64 = match name {
        "sin" => f64::sin,
        "cos" => f64::cos,
        _ => |t| t * t,
    };
    g(x) + g(2.0 * x)
}

#[differentiable(jvp)]
fn chosen_by_value(x: f64, k: f64) -> f64 {
    let soft = |t: f64| (1.0 + (k * t).exp()).ln();
    let hard = |t: f64| t.max(0.0);
    let act: &dyn Fn(f64) -> f64 = if k > 1.0 { &soft } else { &hard };
    act(x) * act(x - 1.0) + act(k)
}

enum Kernel {
    Power(f64),
    Exponential,
    Constant,
}

#[differentiable(jvp, wrt(x, k))]
fn chosen_with_parts(kernel: &Kernel, x: f64, k: f64) -> f64 {
    let g: Box<dyn Fn(f64, f64) -> f64> = match kernel {
        Kernel::Power(p) => {
            let p = *p;
            Box::new(move |a, b| a.powf(p) * b * k)
        }
        Kernel::Exponential => Box::new(|a, b| (a * b).exp()),
        Kernel::Constant => return k,
    };
    g(x, k) + g(k, 2.0)
}

#[differentiable(jvp)]
fn a_table(x: f64, w: f64) -> f64 {
    let basis: [fn(f64) -> f64; 3] = [|t| 1.0 + t, |t| t * t, f64::sin];
    let mut sum = 0.0;
    for (i, b) in basis.iter().enumerate() {
        sum += w.powi(i as i32) * b(x);
    }
    sum
}

#[differentiable(jvp, wrt(x, w))]
fn a_table_of_boxes(x: f64, w: &[f64], n: usize) -> f64 {
    let k = w[0];
    let basis: Vec<Box<dyn Fn(f64) -> f64>> =
        vec![Box::new(|_| 1.0), Box::new(move |t| k * t), Box::new(f64::sin)];
    let direct = basis[n](x);
    basis.iter().zip(w).map(|(b, w)| w * b(x)).sum::<f64>() + direct + (basis[1])(x * x)
}

#[differentiable(jvp)]
fn layers(x: f64, k: f64) -> f64 {
    let g = |t: f64| k * t;
    let h = |t: f64| t.sin() + k;
    let layers: [&dyn Fn(f64) -> f64; 2] = [&g, &h];
    let mut y = x;
    for layer in layers {
        y = layer(y);
    }
    y
}

#[test]
fn names_choices_and_tables() {
    check!(other_names, other_names_grad, other_names_grad_add, other_names_vjp, other_names_jvp; x: 0.7, y: 1.3);
    check!(
        other_names_of_what_changes,
        other_names_of_what_changes_grad,
        other_names_of_what_changes_grad_add,
        other_names_of_what_changes_vjp,
        other_names_of_what_changes_jvp;
        x: 0.7, y: 1.3
    );
    check!(two_at_once, two_at_once_grad, two_at_once_grad_add, two_at_once_vjp, two_at_once_jvp; x: 1.7, k: 1.3);
    for k in [0.7, 1.3] {
        check!(
            chosen_by_value,
            chosen_by_value_grad,
            chosen_by_value_grad_add,
            chosen_by_value_vjp,
            chosen_by_value_jvp;
            x: 0.7, k: k
        );
    }
    check!(a_table, a_table_grad, a_table_grad_add, a_table_vjp, a_table_jvp; x: 0.7, w: 1.3);
    check!(layers, layers_grad, layers_grad_add, layers_vjp, layers_jvp; x: 0.7, k: 1.3);
    for (name, expected) in [
        ("sin", 0.7f64.cos() + 2.0 * 1.4f64.cos()),
        ("cos", -0.7f64.sin() - 2.0 * 1.4f64.sin()),
        ("square", 10.0 * 0.7),
    ] {
        let (value, gradient) = chosen_by_name_grad(name, 0.7);
        assert_eq!(value, chosen_by_name(name, 0.7));
        assert!((gradient - expected).abs() < 1e-12, "{name}: {gradient}, not {expected}");
        assert_eq!(chosen_by_name_jvp(name, 0.7, 1.0), (value, gradient));
    }
}

#[test]
fn what_a_choice_takes_apart_and_tables_outside_wrt() {
    for kernel in [Kernel::Power(1.5), Kernel::Exponential, Kernel::Constant] {
        let (value, gradient) = chosen_with_parts_grad(&kernel, 0.7, 1.2);
        assert_eq!(value, chosen_with_parts(&kernel, 0.7, 1.2));
        let f = |&(x, k): &(f64, f64)| chosen_with_parts(&kernel, x, k);
        check_gradient(&(0.7, 1.2), f, &gradient).unwrap();
    }
    for n in 0..3 {
        let w = vec![1.1, 0.3, 0.2];
        let (value, gradient) = a_table_of_boxes_grad(0.7, &w, n);
        assert_eq!(value, a_table_of_boxes(0.7, &w, n));
        let f = |(x, w): &(f64, Vec<f64>)| a_table_of_boxes(*x, w, n);
        check_gradient(&(0.7, w), f, &gradient).unwrap();
    }
}

#[differentiable]
fn slope(f: &dyn Fn(f64) -> f64, x: f64) -> f64 {
    (f(x + 1e-3) - f(x - 1e-3)) / 2e-3
}

#[differentiable]
fn newton(f: &dyn Fn(f64) -> f64, x0: f64) -> f64 {
    let mut x = x0;
    for _ in 0..6 {
        x -= f(x) / slope(f, x);
    }
    x
}

#[differentiable]
fn roots(a: f64, b: f64) -> f64 {
    let g = |x: f64| x * x * b - a;
    newton(&g, 1.0) * newton(&|x| g(x) - b, 2.0)
}

#[differentiable]
fn heun(f: &(dyn Fn(f64, &[f64]) -> Vec<f64> + Sync), y0: &[f64], h: f64, n: usize) -> Vec<f64> {
    let mut y = y0.to_vec();
    for i in 0..n {
        let t = i as f64 * h;
        let k1 = f(t, &y);
        let y2: Vec<f64> = y.iter().zip(&k1).map(|(y, k)| y + h * k).collect();
        let k2 = f(t + h, &y2);
        for j in 0..y.len() {
            y[j] += 0.5 * h * (k1[j] + k2[j]);
        }
    }
    y
}

#[differentiable]
fn energy(k: f64, c: f64, y0: &[f64]) -> f64 {
    let rhs = |_: f64, y: &[f64]| vec![y[1], -k * y[0] - c * y[1]];
    let y = heun(&rhs, y0, 0.1, 10);
    let z = heun(&|t, y| vec![y[1] + t, -k * y[0].sin()], &y, 0.1, 3);
    0.5 * (y[1].powi(2) + k * z[0].powi(2))
}

#[differentiable]
fn gauss(f: fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let (c, h) = (0.5 * (a + b), 0.5 * (b - a));
    let p = (3.0f64 / 5.0).sqrt();
    h * (5.0 * f(c - h * p) + 8.0 * f(c) + 5.0 * f(c + h * p)) / 9.0
}

#[differentiable]
fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

#[differentiable]
fn mass(a: f64, b: f64) -> f64 {
    let h: fn(f64) -> f64 = f64::tanh;
    gauss(density, a, b) + gauss(f64::sin, a, b) * gauss(h, a, b) + gauss(|t| t * t, a, b)
}

#[differentiable]
fn integrate(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let h = (b - a) / 8.0;
    (0..8).map(|i| h * f(a + (i as f64 + 0.5) * h)).sum()
}

#[differentiable]
fn moments(mu: f64, s: f64) -> f64 {
    let p = |x: f64| (-0.5 * ((x - mu) / s).powi(2)).exp();
    let m = vec![
        integrate(|x| p(x), -1.0, 1.0),
        integrate(|x| x * p(x), -1.0, 1.0),
        integrate(|x| x * x * p(x), -1.0, 1.0),
    ];
    m[1] / m[0] + m[2]
}

#[differentiable]
fn iterated<const N: usize>(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let mut x = x;
    for _ in 0..N {
        x = f(x);
    }
    x
}

#[differentiable]
fn combined_often<const N: usize, F, G>(f: F, g: G, x: f64) -> f64
where
    F: Fn(f64) -> f64,
    G: Fn(f64, f64) -> f64,
{
    let mut x = x;
    for _ in 0..N {
        x = g(f(x), x);
    }
    x
}

#[differentiable]
fn with_generic_arguments(x: f64, k: f64) -> f64 {
    iterated::<3>(|t| (k * t).cos(), x)
        + combined_often::<2, _, _>(|t| t * k, |a, b| a.sin() * b, x)
}

#[test]
fn generic_arguments_beside_closures() {
    check!(
        with_generic_arguments,
        with_generic_arguments_grad,
        with_generic_arguments_grad_add,
        with_generic_arguments_vjp;
        x: 0.7, k: 1.1
    );
}

#[test]
fn trait_objects_and_pointers_as_parameters() {
    check!(roots, roots_grad, roots_grad_add, roots_vjp; a: 2.3, b: 1.2);
    check!(energy, energy_grad, energy_grad_add, energy_vjp; k: 1.1, c: 0.2, y0: &vec![1.0, -0.3]);
    check!(mass, mass_grad, mass_grad_add, mass_vjp; a: 0.2, b: 1.3);
    check!(moments, moments_grad, moments_grad_add, moments_vjp; mu: 0.3, s: 0.8);
    let (value, d_x) = newton_grad(closure!(|x: f64| x * x - 2.0), 1.5);
    assert!((value * value - 2.0).abs() < 1e-9 && d_x.abs() < 1e-6);
    let (_, (d_a, d_b)) = gauss_grad(closure!(|t: f64| t * t), 0.3, 0.9);
    assert!((d_a + 0.09).abs() < 1e-12 && (d_b - 0.81).abs() < 1e-12);
}

#[differentiable(wrt(w))]
fn combined(f: &dyn Fn(f64) -> f64, g: fn(f64) -> f64, w: f64) -> f64 {
    f(1.0) * w * w + g(2.0) * w
}

#[differentiable]
fn closures_that_carry(w: f64, z: f64) -> f64 {
    combined(&|x| x * z, f64::sin, w)
}

#[test]
fn what_no_derivative_flows_through_is_given_as_it_is() {
    let boxed: Box<dyn Fn(f64) -> f64> = Box::new(|x| x + 1.0);
    assert_eq!(combined_grad(&*boxed, |x| x, 0.5), (1.5, 4.0));
    assert_eq!(combined_grad(&boxed, f64::sqrt, 0.5).0, combined(&boxed, f64::sqrt, 0.5));
    check!(
        closures_that_carry,
        closures_that_carry_grad,
        closures_that_carry_grad_add,
        closures_that_carry_vjp;
        w: 0.4, z: 0.7
    );
}
