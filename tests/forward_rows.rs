//! Loops of the forward part over rows: what is the same with and without, panics included.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::check;

/// Functions as usual, and with every element looked up where it stands.
macro_rules! variants {
    ($(fn $name:ident($($p:ident: $t:ty),* $(,)?) -> f64 $body:block)*) => {
        $(#[backprop::differentiable]
        fn $name($($p: $t),*) -> f64 $body)*
        mod plain {
            $(#[backprop::differentiable(unoptimized(rows))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
    };
}

variants! {
    // Rows of rows, and elements that an inert `let` names.
    fn product(w: &[f64], x: &[Vec<f64>]) -> f64 {
        let mut loss = 0.0;
        for i in 0..x.len() {
            let mut score = 0.0;
            for j in 0..w.len() {
                let weight = 0.5 * j as f64;
                score += w[j] * x[i][j] * weight;
            }
            loss += score * score;
        }
        loss
    }
    // Elements that a loop changes, with others of the same vector beside them.
    fn in_place(w: &[f64], x: &[Vec<f64>]) -> f64 {
        let mut h = vec![0.0; w.len()];
        let mut g = vec![1.0; w.len() + 2];
        for i in 0..x.len() {
            for j in 0..w.len() {
                h[j] += w[j] * x[i][j];
            }
            for j in 0..w.len() {
                g[j + 2] = h[j].sin() * g[j];
            }
        }
        for j in 0..w.len() {
            h[j] = h[j] * g[j + 1];
        }
        h.iter().sum::<f64>() + g[2]
    }
    // Offsets, flat matrices, and a bound that changes with the outer loop.
    fn offsets(w: &[f64], x: &[Vec<f64>]) -> f64 {
        let n = w.len() - 1;
        let flat: Vec<f64> = x.concat();
        let mut sum = 0.0;
        for i in 0..x.len() {
            for j in 0..i {
                sum += w[j + 1] * flat[i * w.len() + j] * w[i];
            }
            for j in 1..n {
                sum += w[j] * x[i][j - 1] * x[i][j + 1];
            }
        }
        sum
    }
    // The loop does not run where there is nothing to slice.
    fn nothing(w: &[f64], x: &[Vec<f64>]) -> f64 {
        let none = 0 * w.len();
        let mut sum = w[0];
        for i in 0..x.len() {
            for j in 0..none {
                sum += w[j] * x[i + 100][j + 7];
            }
            sum *= w[1];
        }
        sum
    }
    // Packed triangles: a counter beside the index, and values that the reverse needs.
    fn packed(w: &[f64], x: &[Vec<f64>]) -> f64 {
        let d = w.len();
        let packed: Vec<f64> = x.iter().flatten().copied().collect();
        let mut q = vec![0.0; d];
        let mut total = 0.0;
        for i in 0..d {
            let mut l = i;
            for j in 0..d {
                q[j] = w[j] * x[i][j];
            }
            for j in 0..d {
                for k in j + 1..d {
                    q[k] += packed[l] * q[j] * (k as f64).sqrt();
                    l += 1;
                }
            }
            let mut e = 0.0;
            for j in 0..d {
                e += q[j].tanh() * q[j];
            }
            total += e * e;
        }
        total
    }
    // The row's index changes in the loop, and so does its bound.
    fn moving(w: &[f64], x: &[Vec<f64>]) -> f64 {
        let mut k = 0;
        let mut sum = 0.0;
        for j in 0..w.len() {
            sum += w[j] * x[k][j];
            k = (k + 1) % x.len();
        }
        sum * sum
    }
}

#[test]
fn rows_change_neither_values_nor_gradients() {
    let w = vec![0.3, -0.7, 1.1, 0.4];
    let x: Vec<Vec<f64>> =
        (0..4).map(|i| (0..4).map(|j| ((3 * i + 5 * j) as f64).sin()).collect()).collect();
    macro_rules! all {
        ($($name:ident $grad:ident $add:ident $vjp:ident),*) => {$(
            check!($name, $grad, $add, $vjp; w: &w.clone(), x: &x.clone());
            check!(plain::$name, plain::$grad, plain::$add, plain::$vjp; w: &w.clone(), x: &x.clone());
            assert_eq!($name(&w, &x).to_bits(), plain::$grad(&w, &x).0.to_bits());
            assert_eq!($grad(&w, &x).0.to_bits(), plain::$grad(&w, &x).0.to_bits());
        )*};
    }
    all!(
        product product_grad product_grad_add product_vjp,
        in_place in_place_grad in_place_grad_add in_place_vjp,
        offsets offsets_grad offsets_grad_add offsets_vjp,
        nothing nothing_grad nothing_grad_add nothing_vjp,
        packed packed_grad packed_grad_add packed_vjp,
        moving moving_grad moving_grad_add moving_vjp
    );
}

fn message(f: &dyn Fn() -> f64) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("it does not panic");
    *panic.downcast::<String>().expect("a message with numbers")
}

#[test]
fn missing_elements_panic_as_in_the_function() {
    let w = [0.3, -0.7, 1.1, 0.4];
    let short = vec![vec![1.0; 4], vec![1.0; 2], vec![1.0; 4], vec![1.0; 4]];
    let few = vec![vec![1.0; 4]];
    for x in [&short, &few] {
        let same = |f: &dyn Fn() -> f64, g: &dyn Fn() -> f64| assert_eq!(message(f), message(g));
        if x.len() > 1 {
            same(&|| product(&w, x), &|| product_grad(&w, x).0);
            same(&|| in_place(&w, x), &|| in_place_grad(&w, x).0);
            same(&|| offsets(&w, x), &|| offsets_grad(&w, x).0);
        }
        let long = [1.0; 9];
        same(&|| product(&long, x), &|| product_grad(&long, x).0);
        same(&|| in_place(&long, x), &|| in_place_grad(&long, x).0);
    }
    assert_eq!(product_grad(&w, &few).0, product(&w, &few));
    assert_eq!(product_grad(&[], &[vec![]]), (0.0, (vec![], vec![vec![]])));
}
