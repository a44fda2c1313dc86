//! Differentiable functions that call each other, and themselves.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable(jvp)]
fn square(x: f64) -> f64 {
    x * x
}

#[differentiable(jvp)]
fn fourth(x: f64) -> f64 {
    square(square(x))
}

#[differentiable(jvp)]
fn same_argument_twice(x: f64) -> f64 {
    ratio(x, x * x) + ratio(x, x) * ratio(square(x), 3.0)
}

#[differentiable(jvp)]
fn ratio(a: f64, b: f64) -> f64 {
    (a + 1.0) / (b + 2.0)
}

#[differentiable(jvp)]
fn in_branches(x: f64, y: f64) -> f64 {
    let z = if x > 0.5 { square(x) } else { fourth(y) * x };
    match z > 1.0 {
        true => ratio(z, y),
        false => {
            let w = ratio(y, z);
            square(w)
        }
    }
}

#[differentiable(jvp)]
fn in_loops(x: f64, n: usize) -> f64 {
    let mut y = x;
    for i in 0..n {
        y = ratio(y, square(x));
        if i % 2 == 0 {
            y += fourth(y * 0.5);
        }
    }
    while y > 1.0 {
        y = ratio(y, 0.5);
    }
    y
}

#[test]
fn of_numbers() {
    assert_eq!(fourth_grad(3.0), (81.0, 108.0));
    for x in [-0.7, 0.3, 1.4] {
        check!(fourth, fourth_grad, fourth_grad_add, fourth_vjp, fourth_jvp; x: x);
        check!(same_argument_twice, same_argument_twice_grad, same_argument_twice_grad_add, same_argument_twice_vjp, same_argument_twice_jvp; x: x);
        check!(in_branches, in_branches_grad, in_branches_grad_add, in_branches_vjp, in_branches_jvp; x: x, y: 0.8);
        check!(in_branches, in_branches_grad, in_branches_grad_add, in_branches_vjp, in_branches_jvp; x: x, y: 2.8);
        for n in [0, 1, 4] {
            check!(in_loops, in_loops_grad, in_loops_grad_add, in_loops_vjp, in_loops_jvp; x: x, n: const n);
        }
    }
}

#[differentiable(jvp)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (x, y) in a.iter().zip(b) {
        sum += x * y;
    }
    sum
}

#[differentiable(jvp)]
fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[differentiable(jvp)]
fn cosine(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) / (norm(a) * norm(b))
}

#[differentiable(jvp)]
fn rows(m: &[Vec<f64>], x: &[f64]) -> f64 {
    let mut total = 0.0;
    for row in m {
        total += dot(row, x) * dot(&row[1..], &x[..x.len() - 1]);
    }
    total * norm(&m[0])
}

#[differentiable(jvp)]
fn softmax(scores: &[f64]) -> Vec<f64> {
    let mut largest = f64::NEG_INFINITY;
    for &s in scores {
        if s > largest {
            largest = s;
        }
    }
    let mut p = scores.to_vec();
    let mut sum = 0.0;
    for x in p.iter_mut() {
        *x = (*x - largest).exp();
        sum += *x;
    }
    for x in p.iter_mut() {
        *x /= sum;
    }
    p
}

#[differentiable(jvp)]
fn entropy(scores: &[f64]) -> f64 {
    let p = softmax(scores);
    let mut h = 0.0;
    for x in &p {
        h -= x * x.ln();
    }
    h
}

#[differentiable(jvp)]
fn polar(x: f64, y: f64) -> (f64, f64) {
    (x.hypot(y), y.atan2(x))
}

#[differentiable(jvp)]
fn spiral(x: f64, y: f64) -> f64 {
    let (r, phi) = polar(x, y);
    let again = polar(r, phi);
    r * phi + again.0 * again.1
}

#[differentiable(jvp)]
fn rotate(v: [f64; 2], angle: f64) -> [f64; 2] {
    let (s, c) = angle.sin_cos();
    [c * v[0] - s * v[1], s * v[0] + c * v[1]]
}

#[differentiable(jvp)]
fn arm(angles: &[f64; 3]) -> f64 {
    let mut tip = [0.0, 0.0];
    for i in 0..angles.len() {
        tip = rotate([tip[0] + 1.0, tip[1]], angles[i]);
    }
    tip[0] * tip[0] + 2.0 * tip[1]
}

#[test]
fn of_slices_arrays_and_tuples() {
    let (a, b) = (vec![0.4, -1.0, 2.0], vec![1.5, 0.3, 0.7]);
    check!(norm, norm_grad, norm_grad_add, norm_vjp, norm_jvp; a: &a);
    check!(cosine, cosine_grad, cosine_grad_add, cosine_vjp, cosine_jvp; a: &a, b: &b);
    check!(rows, rows_grad, rows_grad_add, rows_vjp, rows_jvp; m: &vec![a.clone(), b.clone(), vec![0.1, 0.2, -0.3]], x: &b);
    check!(entropy, entropy_grad, entropy_grad_add, entropy_vjp, entropy_jvp; s: &a);
    check!(spiral, spiral_grad, spiral_grad_add, spiral_vjp, spiral_jvp; x: 0.7, y: 1.2);
    check!(arm, arm_grad, arm_grad_add, arm_vjp, arm_jvp; angles: &[0.3, -0.8, 1.1]);
}

#[differentiable(jvp, wrt(w))]
fn score(w: &Vector, x: &Vector) -> f64 {
    w.dot(x)
}

#[differentiable(jvp, wrt(score))]
fn hinge(score: f64, y: f64) -> f64 {
    (1.0 - score * y).max(0.0)
}

#[differentiable(jvp, wrt(w))]
fn hinge_loss(w: &Vector, inputs: &[Vector], labels: &[f64]) -> f64 {
    let mut loss = 0.0;
    for i in 0..inputs.len() {
        loss += hinge(score(w, &inputs[i]), labels[i]);
    }
    loss
}

#[differentiable(jvp)]
fn layer(w: &Matrix, x: &Vector) -> Vector {
    (w * x).tanh()
}

#[differentiable(jvp, wrt(a, b))]
fn network(a: &Matrix, b: &Matrix, x: &Vector) -> f64 {
    let h = layer(a, x);
    let h = layer(b, &layer(b, &h));
    h.norm_squared()
}

#[test]
fn of_vectors() {
    let inputs = [Vector::from([0.2, 0.9]), Vector::from([-0.4, 0.3]), Vector::from([3.0, 1.0])];
    let w = Vector::from([0.7, -0.2]);
    check!(hinge_loss, hinge_loss_grad, hinge_loss_grad_add, hinge_loss_vjp, hinge_loss_jvp; w: &w, x: const &inputs, y: const &[1.0, -1.0, 1.0]);
    let (a, b) = (Matrix::from([[0.1, 0.8], [0.4, -0.3]]), Matrix::from([[0.6, 0.2], [-0.5, 0.9]]));
    check!(network, network_grad, network_grad_add, network_vjp, network_jvp; a: &a, b: &b, x: const &inputs[0]);
}

mod shapes {
    use backprop::differentiable;

    #[differentiable(jvp)]
    pub(super) fn area(w: f64, h: f64) -> f64 {
        w * h
    }

    pub(super) mod round {
        use backprop::prelude::*;

        #[differentiable(jvp)]
        pub(in super::super) fn disc(r: f64) -> f64 {
            std::f64::consts::PI * super::area(r, r)
        }
    }
}

mod user {
    use super::shapes::{self, area, round::disc};
    use backprop::prelude::*;

    #[differentiable(jvp)]
    pub(super) fn washer(outer: f64, inner: f64) -> f64 {
        disc(outer) - shapes::round::disc(inner) + area(outer, inner) * crate::square(inner)
    }
}

#[differentiable(jvp)]
fn with_local_function(x: f64, y: f64) -> f64 {
    #[differentiable(jvp)]
    fn blend(a: f64, b: f64) -> f64 {
        0.3 * a + 0.7 * b * b
    }
    blend(x, y) * blend(y, 2.0) + self::square(x)
}

#[test]
fn across_modules() {
    use user::{washer, washer_grad, washer_grad_add, washer_jvp, washer_vjp};
    check!(washer, washer_grad, washer_grad_add, washer_vjp, washer_jvp; outer: 2.0, inner: 0.7);
    check!(with_local_function, with_local_function_grad, with_local_function_grad_add, with_local_function_vjp, with_local_function_jvp; x: 2.0, y: 0.7);

    #[differentiable(jvp)]
    fn here(x: f64) -> f64 {
        washer(x, 0.5) + square(3.0) * x
    }
    check!(here, here_grad, here_grad_add, here_vjp, here_jvp; x: 1.3);
}

#[differentiable(jvp)]
fn polynomial<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    let mut y = 0.0;
    for i in (0..N).rev() {
        y = y * x + c[i];
    }
    y
}

#[differentiable(jvp)]
fn rational(p: &[f64; 3], q: &[f64; 2], x: f64) -> f64 {
    polynomial(p, x) / polynomial::<2>(q, x)
}

#[test]
fn generic() {
    check!(rational, rational_grad, rational_grad_add, rational_vjp, rational_jvp; p: &[1.0, -2.0, 0.5], q: &[3.0, 0.4], x: 0.8);
}

#[differentiable(jvp)]
fn product_fibonacci(x: f64, n: u32) -> f64 {
    if n < 2 {
        return x;
    }
    product_fibonacci(x, n - 1) * product_fibonacci(x, n - 2) + product_fibonacci(x, n - 2)
}

#[differentiable(jvp)]
fn power(x: f64, n: u32) -> f64 {
    if n == 0 {
        1.0
    } else if n % 2 == 0 {
        power(x * x, n / 2)
    } else {
        x * power(x, n - 1)
    }
}

#[differentiable(jvp)]
fn sum_by_halves(xs: &[f64]) -> f64 {
    if xs.len() <= 2 {
        let mut sum = 0.0;
        for x in xs {
            sum += x * x;
        }
        return sum;
    }
    let middle = xs.len() / 2;
    sum_by_halves(&xs[..middle]) + sum_by_halves(&xs[middle..]).sqrt()
}

#[differentiable(jvp, recursive)]
fn even(x: f64, n: u32) -> f64 {
    if n == 0 { x } else { odd(x * 1.1, n - 1) }
}

#[differentiable(jvp, recursive)]
fn odd(x: f64, n: u32) -> f64 {
    if n == 0 { 0.0 } else { even(x.sin(), n - 1) * x }
}

#[test]
fn recursive() {
    for n in 0..6 {
        check!(product_fibonacci, product_fibonacci_grad, product_fibonacci_grad_add, product_fibonacci_vjp, product_fibonacci_jvp; x: 0.9, n: const n);
        check!(power, power_grad, power_grad_add, power_vjp, power_jvp; x: 1.2, n: const n);
        check!(even, even_grad, even_grad_add, even_vjp, even_jvp; x: 1.2, n: const n);
    }
    check!(sum_by_halves, sum_by_halves_grad, sum_by_halves_grad_add, sum_by_halves_vjp, sum_by_halves_jvp; xs: &vec![0.3, 1.2, -0.4, 0.9, 2.0, -1.1, 0.6]);
}

#[differentiable(jvp, wrt(x))]
fn scaled(x: f64, factor: f64, times: usize) -> f64 {
    x * factor * times as f64
}

#[differentiable(jvp, wrt(x))]
fn with_inert_arguments(x: f64, table: &[f64], offset: f64) -> f64 {
    let k = table.len() - 1;
    let a = scaled(x, 2.0, 3);
    let b = scaled(a, table[k], k);
    scaled(x, offset + 1.0, table.len()) * ratio(b, offset) + ratio(1.0, 2.0)
}

#[test]
fn inert_arguments() {
    check!(with_inert_arguments, with_inert_arguments_grad, with_inert_arguments_grad_add, with_inert_arguments_vjp, with_inert_arguments_jvp; x: 0.6, t: const &[0.2, 0.4, 0.7], o: const 1.5);
}

#[differentiable(jvp)]
fn product_2x2(a: &[[f64; 2]; 2], b: &[[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let mut c = [[0.0; 2]; 2];
    for i in 0..2 {
        for j in 0..2 {
            c[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
        }
    }
    c
}

fn rotation(angle: f64) -> [[f64; 2]; 2] {
    [[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]]
}

#[differentiable(jvp, wrt(a))]
fn turned(a: &[[f64; 2]; 2], angle: f64) -> f64 {
    let mut m = *a;
    for _ in 0..3 {
        m = product_2x2(&m, &rotation(angle));
    }
    m[0][0] * m[1][1]
}

#[test]
fn a_reference_to_an_inert_temporary_is_an_argument() {
    let a = [[0.4, -0.3], [1.2, 0.9]];
    check!(turned, turned_grad, turned_grad_add, turned_vjp, turned_jvp; a: &a, angle: const 0.3);
}

#[differentiable(jvp, wrt(w))]
fn scored(w: &[f64], x: &[f64]) -> f64 {
    w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>().tanh()
}

/// Arrays are passed for the slices that the callee takes.
#[differentiable(jvp, wrt(w))]
fn squared_error(w: &[f64], inputs: &[[f64; 2]], targets: &[f64]) -> f64 {
    let mut total = 0.0;
    for (x, y) in inputs.iter().zip(targets) {
        total += (scored(w, x) - y).powi(2);
    }
    total
}

#[test]
fn an_inert_array_is_passed_for_a_slice() {
    let w = vec![0.4, -0.3];
    check!(squared_error, squared_error_grad, squared_error_grad_add, squared_error_vjp, squared_error_jvp; w: &w, inputs: const &[[1.0, 0.5], [-0.2, 0.8]], targets: const &[0.3, -0.6]);
}

struct Ray {
    origin: [f64; 2],
    direction: [f64; 2],
}

#[differentiable(wrt(t, k))]
fn along(ray: &Ray, weights: &[f64], t: f64, k: f64) -> (Vec<f64>, f64) {
    let at = |i: usize| ray.origin[i] + t * ray.direction[i] * weights[i];
    (vec![at(0) * k, at(1)], at(0) * at(1) * k)
}

/// Structs and arrays are made where they are passed, and a call's parts are assigned.
#[differentiable(wrt(t, k))]
fn walk(t: f64, k: f64, direction: &[f64; 2], turn: bool) -> f64 {
    let (mut end, mut sum) = (vec![0.0, 1.0], t);
    for i in 1..4 {
        let start = [0.1 * i as f64, -0.3];
        (end, sum) =
            along(&Ray { origin: start, direction: *direction }, &[direction[0], i as f64], sum, k);
        end[0] += t;
        (_, sum) = along(
            &Ray { origin: start, direction: if turn { [1.0, 0.0] } else { *direction } },
            &if turn { [1.0, 0.5] } else { start },
            sum * end[0],
            end[1],
        );
    }
    sum * end[0] * end[1]
}

#[test]
fn inert_structs_and_arrays_are_made_in_arguments() {
    check!(walk, walk_grad, walk_grad_add, walk_vjp;
        t: 0.4, k: 0.8, direction: const &[0.6, -0.8], turn: const false);
    check!(walk, walk_grad, walk_grad_add, walk_vjp;
        t: 0.4, k: 0.8, direction: const &[0.6, -0.8], turn: const true);
}
