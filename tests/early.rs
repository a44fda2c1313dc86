//! Early reverse: what is reversed as soon as it has run has the same gradient as what is reversed
//! at the end, and keeps nothing.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::differentiable;
use common::check;
use counting_allocator::measure;

/// A function twice: as usual, and without optimizations.
macro_rules! both {
    ($($(#[$options:meta])* fn $name:ident($($p:ident: $t:ty),* $(,)?) -> f64 $body:block)*) => {
        $(#[differentiable(jvp)]
        fn $name($($p: $t),*) -> f64 $body)*
        mod plain {
            use super::*;
            $(#[differentiable(jvp, unoptimized)]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod two_phases {
            use super::*;
            $(#[differentiable(jvp, unoptimized(early), explain)]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod downwards {
            use super::*;
            $(#[differentiable(jvp, unoptimized(order, outside))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
        mod element_by_element {
            use super::*;
            $(#[differentiable(jvp, unoptimized(rows, counters))]
            pub(super) fn $name($($p: $t),*) -> f64 $body)*
        }
    };
}

fn close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} with, {b} without early reverse");
    }
}

#[differentiable(jvp)]
fn example(w: &[f64], x: &[f64], y: f64) -> f64 {
    let mut score = 0.0;
    for j in 0..w.len() {
        score += w[j] * x[j];
    }
    (1.0 + (-y * score).exp()).ln()
}

#[differentiable(jvp)]
fn pair(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b.sin()).sum()
}

#[differentiable(jvp)]
fn bent(x: f64, y: f64) -> f64 {
    x * x * y.sin()
}

both! {
    // A mean over examples through a helper.
    fn mean(w: &[f64], xs: &[f64]) -> f64 {
        let n = xs.len() / w.len();
        let mut total = 0.0;
        for x in xs.chunks_exact(w.len()) {
            total += example(w, x, 0.5);
        }
        total / n as f64
    }
    // A guard, after which everything stands in an arm.
    fn guarded(w: &[f64], xs: &[f64]) -> f64 {
        if xs.is_empty() {
            return w[0] * 2.0;
        }
        let mut total = w[0];
        for i in 0..xs.len() {
            let r = w[i % 2] * xs[i] - 0.3;
            total = total + r * r;
        }
        0.5 * total
    }
    // Arms and matches inside, two sums at once, one of them subtracted.
    fn arms(w: &[f64], xs: &[f64]) -> f64 {
        let (mut a, mut b) = (0.0, 0.0);
        for (i, x) in xs.iter().enumerate() {
            match i % 3 {
                0 => a += w[0] * x.exp(),
                1 if *x > 0.4 => b -= w[1] * x * x,
                _ => {
                    let t = w[0] * w[1];
                    let t = t * x;
                    a += t.sin();
                }
            }
        }
        2.0 * a - b
    }
    // The sum leaves early.
    fn leaves(w: &[f64], xs: &[f64]) -> f64 {
        let mut total = 0.0;
        for x in xs {
            if *x > 1.5 {
                break;
            }
            if *x < -1.0 {
                continue;
            }
            total += w[0] * x * x + w[1];
        }
        total
    }
    // Not linear in the sum: nothing is known beforehand.
    fn curved(w: &[f64], xs: &[f64]) -> f64 {
        let mut total = 1.0;
        for x in xs {
            total += (w[0] * x).sin() + w[1];
        }
        total * total
    }
    // What the loop reads changes later.
    fn changes(w: &[f64], xs: &[f64]) -> f64 {
        let mut v = w.to_vec();
        let mut total = 0.0;
        for x in xs {
            total += v[0] * x * v[1];
        }
        v[0] = v[0] * v[1];
        total + v[0]
    }
    // The sum is read before, between and after.
    fn read(w: &[f64], xs: &[f64]) -> f64 {
        let mut s = w[0];
        let before = s * w[1];
        for x in xs {
            s += x * w[0];
        }
        let between = s.sin();
        for x in xs {
            s += x * x * w[1];
        }
        s + before + between
    }
    // A sum that a later loop multiplies with.
    fn chained(w: &[f64], xs: &[f64]) -> f64 {
        let mut first = 0.0;
        for x in xs {
            first += x * w[0];
        }
        let mut second = 0.0;
        for x in xs {
            second += first * x * w[1];
        }
        second
    }
    // Names inside cover those outside.
    fn covered(w: &[f64], xs: &[f64]) -> f64 {
        let x = w[0] * w[1];
        let mut total = 0.0;
        for i in 0..xs.len() {
            let t = x * xs[i];
            let x = t.sin();
            let t = x * t;
            total += t * x;
        }
        total
    }
    // Nested sums, and an inner one that is not.
    fn nested(w: &[f64], xs: &[f64]) -> f64 {
        let mut total = 0.0;
        for i in 0..xs.len() {
            for j in 0..i {
                total += w[0] * xs[i] * xs[j];
            }
            let mut row = 0.0;
            for j in 0..=i {
                row += w[1] * xs[j];
            }
            total += row * row;
        }
        total
    }
    // One variable for two arguments; scalars that are changed; calls in a row.
    fn twice(w: &[f64], xs: &[f64]) -> f64 {
        let mut k = 1.0;
        let mut total = pair(w, w) + pair(xs, xs);
        for i in 0..xs.len() {
            total += bent(w[0], xs[i]) + 3.0 * bent(k * xs[i], w[1]);
            k *= 1.1;
        }
        total
    }
    // State that is carried besides the sum.
    fn carried(w: &[f64], xs: &[f64]) -> f64 {
        let mut state = w[0];
        let mut total = 0.0;
        for x in xs {
            state = (state * x + w[1]).tanh();
            total += state * state;
        }
        total
    }
    // A number that the sum is scaled by only later.
    fn counted(w: &[f64], xs: &[f64]) -> f64 {
        let (mut total, mut count) = (0.0, 0);
        for x in xs {
            if *x > 0.0 {
                total += w[0] * x * x + w[1] * x;
                count += 1;
            }
        }
        total / (1 + count) as f64
    }
    // Buffers that every iteration overwrites.
    fn buffers(w: &[f64], xs: &[f64]) -> f64 {
        let d = w.len();
        let mut scaled = vec![0.0; d];
        let mut mixed = vec![0.0; d];
        let mut total = 0.0;
        for x in xs {
            for i in 0..d {
                scaled[i] = w[i] * x;
                mixed[i] = scaled[i].sin();
            }
            for j in 0..d {
                for i in j + 1..d {
                    mixed[i] += scaled[j] * scaled[i];
                }
            }
            let mut square = 0.3;
            for i in 0..d {
                square += mixed[i] * mixed[i];
            }
            total += square.ln() * scaled[0];
        }
        total
    }
    // One that is overwritten only in part, or too late: it carries.
    fn in_part(w: &[f64], xs: &[f64]) -> f64 {
        let d = w.len();
        let mut part = vec![0.5; d];
        let mut total = 0.0;
        for x in xs {
            for i in 1..d {
                part[i] = w[i] * x + part[0];
            }
            for i in 0..d {
                total += part[i] * part[i];
            }
            part[0] = part[1] * 0.3;
        }
        total
    }
    fn too_late(w: &[f64], xs: &[f64]) -> f64 {
        let mut last = vec![0.0; 2];
        let mut total = 0.0;
        for x in xs {
            total += last[0] * x + last[1] * w[0];
            for i in 0..2 {
                last[i] = w[i] * x.sin();
            }
        }
        total
    }
    fn sometimes(w: &[f64], xs: &[f64]) -> f64 {
        let d = w.len();
        let mut held = vec![0.1; d];
        let mut total = 0.0;
        for x in xs {
            if *x > 0.4 {
                for i in 0..d {
                    held[i] = w[i] * x;
                }
            }
            for i in 0..d {
                if *x > 1.5 {
                    break;
                }
                held[i] = w[0] * x * held[i];
            }
            for i in 0..d {
                total += held[i] * held[i];
            }
        }
        total
    }
    // Indices that count along; what an inner loop does not change.
    fn counts(w: &[f64], xs: &[f64]) -> f64 {
        let mut at = 0;
        let mut state = [w[0], w[1], 0.5];
        for j in 0..state.len() {
            let mut back = 3;
            for i in j + 1..state.len() {
                state[i] = state[i] * xs[at] + state[j] * xs[at + back - 1].sin();
                at += 1;
                back -= 1;
            }
            at += 1;
        }
        state[2] * state[1]
    }
    // The inner loop runs not once where there is nothing to read in front of it.
    fn short(w: &[f64], xs: &[f64]) -> f64 {
        let mut few = w.to_vec();
        let mut product = 1.0;
        for i in 0..xs.len() {
            let trips = if i < few.len() { 2 } else { 0 };
            for _ in 0..trips {
                product = product * (few[i] + 1.5) + xs[i];
            }
            few[0] *= 1.1;
        }
        product
    }
    fn chain(w: &[f64], xs: &[f64]) -> f64 {
        xs.iter().zip(w).map(|(x, w)| x * w).sum::<f64>()
            + xs.windows(2).map(|x| (x[1] - x[0]) * x[0].exp()).sum::<f64>()
            + xs.iter().fold(0.0, |sum, x| sum + x * w[0])
    }
}

const W: [f64; 2] = [0.7, -0.4];
const XS: [f64; 6] = [0.3, -0.8, 1.2, 0.5, 1.7, 0.9];

macro_rules! compare {
    ($($test:ident: $name:ident $grad:ident $grad_add:ident $vjp:ident;)*) => { $(
        #[test]
        fn $test() {
            let (value, (dw, dx)) = $grad(&W, &XS);
            for (other, (other_dw, other_dx)) in [
                plain::$grad(&W, &XS),
                two_phases::$grad(&W, &XS),
                downwards::$grad(&W, &XS),
                element_by_element::$grad(&W, &XS),
            ] {
                assert_eq!(value.to_bits(), other.to_bits());
                close(&dw, &other_dw);
                close(&dx, &other_dx);
            }
            check!($name, $grad, $grad_add, $vjp; w: &W.to_vec(), x: &XS.to_vec());
        }
    )* };
}

compare! {
    a_mean_over_examples: mean mean_grad mean_grad_add mean_vjp;
    what_stands_behind_a_guard: guarded guarded_grad guarded_grad_add guarded_vjp;
    arms_of_branches: arms arms_grad arms_grad_add arms_vjp;
    a_loop_that_is_left: leaves leaves_grad leaves_grad_add leaves_vjp;
    a_sum_under_a_square: curved curved_grad curved_grad_add curved_vjp;
    arguments_that_change_later: changes changes_grad changes_grad_add changes_vjp;
    a_sum_that_is_read_in_between: read read_grad read_grad_add read_vjp;
    a_sum_that_another_multiplies: chained chained_grad chained_grad_add chained_vjp;
    covered_names: covered covered_grad covered_grad_add covered_vjp;
    sums_within_sums: nested nested_grad nested_grad_add nested_vjp;
    one_variable_for_two_arguments: twice twice_grad twice_grad_add twice_vjp;
    carried_state: carried carried_grad carried_grad_add carried_vjp;
    a_divisor_that_is_counted: counted counted_grad counted_grad_add counted_vjp;
    buffers_that_are_overwritten: buffers buffers_grad buffers_grad_add buffers_vjp;
    a_buffer_that_is_overwritten_in_part: in_part in_part_grad in_part_grad_add in_part_vjp;
    a_buffer_that_is_overwritten_too_late: too_late too_late_grad too_late_grad_add too_late_vjp;
    a_buffer_that_is_sometimes_overwritten: sometimes sometimes_grad sometimes_grad_add sometimes_vjp;
    indices_that_count_along: counts counts_grad counts_grad_add counts_vjp;
    a_loop_that_does_not_run: short short_grad short_grad_add short_vjp;
    iterator_chains: chain chain_grad chain_grad_add chain_vjp;
}

#[test]
fn a_sum_over_examples_keeps_nothing() {
    let long: Vec<f64> = (0..20_000).map(|i| (f64::from(i) * 0.37).sin()).collect();
    let mut dw = [0.0; 2];
    let mut dx = vec![0.0; long.len()];
    for (name, grad_add) in [
        ("mean", mean_grad_add as fn(&[f64], &[f64], &mut [f64], &mut [f64]) -> f64),
        ("guarded", guarded_grad_add),
        ("arms", arms_grad_add),
        ("leaves", leaves_grad_add),
        ("covered", covered_grad_add),
    ] {
        let bytes = measure(|| {
            grad_add(&W, &long, &mut dw, &mut dx);
        })
        .peak;
        assert_eq!(bytes, 0, "`{name}_grad_add` allocates");
    }
    let bytes = measure(|| {
        plain::mean_grad_add(&W, &long, &mut dw, &mut dx);
    })
    .peak;
    assert!(bytes > 8 * 10_000, "the plain derivative keeps residuals: {bytes}");
}
