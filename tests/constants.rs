//! Names for parts of what has no derivative, which get one when they change.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::collections::{BTreeMap, VecDeque};

use backprop::prelude::*;
use common::check;

#[differentiable(wrt(x), jvp)]
fn payload(x: f64, o: Option<f64>) -> f64 {
    if let Some(mut a) = o {
        a *= x;
        return a.sin();
    }
    x
}

#[differentiable(wrt(x), jvp)]
fn payload_or_else(x: f64, o: Option<f64>) -> f64 {
    let Some(mut a) = o else {
        return x;
    };
    a += x * x;
    a
}

#[differentiable(wrt(x), jvp)]
fn popped(x: f64, o: &[f64]) -> f64 {
    let mut stack = o.to_vec();
    let mut sum = 0.0;
    while let Some(mut a) = stack.pop() {
        a *= x;
        sum += a.sin();
    }
    sum
}

#[differentiable(wrt(x), jvp)]
fn guarded(x: f64, o: Option<(f64, usize)>) -> f64 {
    match o {
        Some((mut a, n)) if n > 0 => {
            for _ in 0..n {
                a *= x;
            }
            a
        }
        Some((a, _)) => a * x,
        None => x,
    }
}

#[derive(Clone)]
enum Material {
    Rigid(f64),
    Layered { moduli: Vec<f64> },
    Empty,
}

fn materials() -> Vec<Material> {
    vec![Material::Rigid(2.0), Material::Layered { moduli: vec![1.0, 2.0] }, Material::Empty]
}

#[differentiable(wrt(x), jvp)]
fn variants(x: f64, parts: &[Material]) -> f64 {
    let mut sum = 0.0;
    for part in parts {
        match part.clone() {
            Material::Rigid(mut a) => {
                a += x;
                sum += a * a;
            }
            Material::Layered { mut moduli } => {
                moduli[0] = x * moduli[1];
                sum += moduli[0] * x;
            }
            Material::Empty => sum *= x,
        }
    }
    sum
}

#[differentiable(wrt(x), jvp)]
fn beside_an_active_part(x: f64, parts: &[Material]) -> f64 {
    let mut sum = 0.0;
    for part in parts {
        match (part.clone(), x * 2.0) {
            (Material::Rigid(mut a), b) => {
                a += b;
                sum += a * a;
            }
            (Material::Layered { mut moduli }, mut b) => {
                moduli[0] = x * moduli[1];
                b *= b;
                sum += moduli[0] * b;
            }
            (Material::Empty, _) => sum *= x,
        }
    }
    sum
}

#[differentiable(wrt(x), jvp)]
fn closure_argument(x: f64, o: Option<f64>) -> f64 {
    let squared = o.map(|mut a| {
        a *= x;
        a * a
    });
    squared.unwrap_or(x)
}

#[differentiable(wrt(x), jvp)]
fn items_of_a_chain(x: f64, o: &[(f64, usize)]) -> f64 {
    o.iter()
        .map(|&(mut a, n)| {
            for _ in 0..n {
                a *= x;
            }
            a * a
        })
        .sum::<f64>()
}

#[differentiable(jvp)]
fn active_items_of_a_chain(x: f64, rows: Vec<Vec<f64>>) -> f64 {
    rows.into_iter()
        .map(|mut row| {
            row.push(x);
            row[0] *= x;
            row.iter().product::<f64>()
        })
        .sum()
}

fn weights() -> VecDeque<f64> {
    [1.0, 2.0].into_iter().collect()
}

#[differentiable(jvp)]
fn items_of_a_call(x: f64) -> f64 {
    let mut sum = 0.0;
    for mut a in weights() {
        a *= x;
        sum += a.sin();
    }
    sum
}

#[differentiable(wrt(x), jvp)]
fn values_of_a_map(x: f64, map: &BTreeMap<u32, f64>) -> f64 {
    let mut sum = 0.0;
    for (_, b) in map.iter() {
        let mut a = *b;
        a *= x;
        sum += a.sin();
    }
    sum
}

/// What a method is given may flow into its receiver, as far as the text of a file tells.
#[differentiable(jvp)]
fn receiver_of_a_method(x: f64, y: f64) -> f64 {
    let known = vec![0.5_f64; 3];
    let Some(scale) = (if y > 0.0 { Some(known[0].round()) } else { None }) else {
        return y * x;
    };
    let unused = match if x > 0.0 { Some(scale.copysign(x * y).sin()) } else { None } {
        Some(wave) => wave + scale,
        None => known[1] + { scale },
    };
    let _ = unused;
    known[known.len() - 2] + y * x
}

/// One arm reads what the other replaces: of an unknown type, reading may be moving.
#[differentiable(jvp)]
fn replaced_in_the_other_arm<T: num_traits::Float>(x: T, y: T) -> T {
    let mut c = T::one() + T::one();
    let v = if x > y {
        c.sin() * c
    } else {
        c = x;
        y
    };
    let w = if x > y {
        let z = c;
        c = y;
        z * y
    } else {
        c
    };
    c * x + v * w
}

#[test]
fn parts_of_constants_that_change() {
    let parts = materials();
    let parts = &parts[..];
    let map: BTreeMap<u32, f64> = [(1, 2.0), (2, 0.3)].into_iter().collect();
    check!(payload, payload_grad, payload_grad_add, payload_vjp, payload_jvp; x: 0.7, o: const Some(1.3));
    check!(payload, payload_grad, payload_grad_add, payload_vjp, payload_jvp; x: 0.7, o: const None);
    check!(payload_or_else, payload_or_else_grad, payload_or_else_grad_add, payload_or_else_vjp, payload_or_else_jvp; x: 0.7, o: const Some(1.3));
    check!(popped, popped_grad, popped_grad_add, popped_vjp, popped_jvp; x: 0.7, o: const &[1.0, 2.0]);
    check!(guarded, guarded_grad, guarded_grad_add, guarded_vjp, guarded_jvp; x: 0.7, o: const Some((2.0, 3)));
    check!(guarded, guarded_grad, guarded_grad_add, guarded_vjp, guarded_jvp; x: 0.7, o: const Some((2.0, 0)));
    check!(variants, variants_grad, variants_grad_add, variants_vjp, variants_jvp; x: 0.7, parts: const parts);
    check!(beside_an_active_part, beside_an_active_part_grad, beside_an_active_part_grad_add, beside_an_active_part_vjp, beside_an_active_part_jvp; x: 0.7, parts: const parts);
    check!(closure_argument, closure_argument_grad, closure_argument_grad_add, closure_argument_vjp, closure_argument_jvp; x: 0.7, o: const Some(3.0));
    check!(items_of_a_chain, items_of_a_chain_grad, items_of_a_chain_grad_add, items_of_a_chain_vjp, items_of_a_chain_jvp; x: 0.7, o: const &[(2.0, 2), (1.5, 3)]);
    check!(active_items_of_a_chain, active_items_of_a_chain_grad, active_items_of_a_chain_grad_add, active_items_of_a_chain_vjp, active_items_of_a_chain_jvp; x: 0.7, rows: vec![vec![2.0], vec![3.0, 0.5]]);
    check!(items_of_a_call, items_of_a_call_grad, items_of_a_call_grad_add, items_of_a_call_vjp, items_of_a_call_jvp; x: 0.7);
    check!(values_of_a_map, values_of_a_map_grad, values_of_a_map_grad_add, values_of_a_map_vjp, values_of_a_map_jvp; x: 0.7, map: const &map);
    check!(receiver_of_a_method, receiver_of_a_method_grad, receiver_of_a_method_grad_add, receiver_of_a_method_vjp, receiver_of_a_method_jvp; x: 0.7, y: 0.3);
    check!(replaced_in_the_other_arm, replaced_in_the_other_arm_grad, replaced_in_the_other_arm_grad_add, replaced_in_the_other_arm_vjp, replaced_in_the_other_arm_jvp; x: 0.7, y: 0.3);
    check!(replaced_in_the_other_arm, replaced_in_the_other_arm_grad, replaced_in_the_other_arm_grad_add, replaced_in_the_other_arm_vjp, replaced_in_the_other_arm_jvp; x: 0.2, y: 0.3);
}
