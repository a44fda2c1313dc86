//! Names that mean different things in different places.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, unused)]

mod common;

use backprop::prelude::*;
use common::check;

#[differentiable]
fn total(v: &[f64], by: f64) -> f64 {
    v.iter().sum::<f64>() * by
}

#[differentiable]
fn triple(s: [f64; 3], t: f64) -> [f64; 3] {
    let mut t = s.to_vec();
    t[0] *= 0.5;
    [t[t.len() - 2] * s[0], t[0], 0.5]
}

#[differentiable]
fn reused_by_a_closure_parameter(x: f64, y: f64) -> f64 {
    let b = x * y;
    let d = &b;
    let a = |b: f64| b * 0.5;
    if x > 0.0 { a(y) } else { y.cos() + (*d) * 0.183 }
}

#[differentiable]
fn slice_of_a_reused_name(x: f64, y: f64) -> f64 {
    let c = [x, 0.5, y];
    let j = |u: f64, c: f64| u * c;
    let s = &c[..2];
    s[s.len() - 1] * j(x, y) * s[0]
}

#[differentiable]
fn declared_before_a_parameter_of_its_name(x: f64, v: &[f64]) -> f64 {
    let t: f64;
    if x > 0.0 {
        t = v[0];
    } else {
        t = 0.5 * x;
    }
    t * v.iter().fold(0.5, |n, t| n * t)
}

#[differentiable]
fn declared_before_a_pattern_of_its_name(x: f64, v: &[f64]) -> f64 {
    let d: f64;
    if x > 0.0 {
        d = 0.5 * v[0];
    } else {
        d = x;
    }
    for (j, &d) in v.iter().enumerate() {
        if j > 5 {
            return d;
        }
    }
    d * x
}

#[differentiable]
fn reference_covered_by_its_value(x: f64, y: f64) -> f64 {
    let mut v = x;
    v += 0.673;
    let mut w = y;
    let g = &v;
    if x > 0.0 {
        let g: f64 = *g;
        w += g * v;
    }
    w
}

#[differentiable]
fn reference_to_a_constant_in_a_loop(x: f64, v: &[f64]) -> f64 {
    let mut h: f64 = 0.693;
    for (z, &m) in v.iter().enumerate() {
        let g = &h;
        let r = [0.5, g * x, m];
        if z == 1 {
            return r[0] * r[1] * r[2];
        }
        h += m * x;
    }
    0.5 * x * h
}

#[differentiable]
fn element_by_reference_under_a_reused_name(x: f64, y: f64) -> f64 {
    let p8 = [[0.5, y], [x, 0.5]];
    let u = 0.5;
    if x < 9.0 {
        let p8: f64 = u;
        if p8 > 2.0 {
            return x;
        }
    }
    let b = &p8[1];
    p8[b.len() % 2][1] * b[0]
}

#[differentiable]
fn condition_through_a_reference(x: f64, y: f64) -> f64 {
    let mut n = 0.5;
    let m = &n;
    let a: f64;
    if x <= *m {
        a = 0.3 * y;
    } else {
        a = x;
    }
    n += a;
    if x < 9.0 { a * n } else { 0.5 }
}

#[differentiable]
fn loop_pattern_of_a_parameters_name(x: f64, y: f64) -> f64 {
    let mut s = 0.5;
    let mut w = (x, y);
    let mut u = [[x; 2]; 2];
    u[1][0] *= 1.473 * y;
    w.0 *= y;
    for w in u.iter() {
        if x < 9.0 {
            s += s * w[(w.len() + 1) % 2];
        }
    }
    s * w.0
}

#[differentiable]
fn part_of_a_reused_name_to_a_call(v: &[f64]) -> f64 {
    let mut a = v.to_vec();
    a[0] *= 2.0;
    let e = [v.iter().fold(0.5, |a, &t| a * t), total(&a[1..], 0.5), 0.5];
    e[0] + e[1] * e[2]
}

#[differentiable]
fn covered_by_what_it_computes(x: f64, v: &[f64]) -> f64 {
    let mut v: f64 = (0..v.len()).map(|j| 0.5 * x + v[j]).map(|j| j * x).sum();
    v *= x;
    v
}

#[differentiable]
fn covered_by_its_length(v: &[f64], x: f64) -> f64 {
    let mut b = v[0].tanh() * x;
    let w: usize = v.len();
    let v = v[w - 1];
    b += v;
    b * v
}

#[differentiable]
fn covered_by_its_element(x: f64, y: f64) -> f64 {
    let mut h = triple([0.5 * x, y, if x > 0.0 { 0.5 } else { x }], y);
    h[1] *= x;
    let x = x + y;
    let mut h = h[0] * h[1];
    h *= x;
    h * x
}

#[differentiable]
fn counter_in_an_inner_scope(x: f64, y: f64) -> f64 {
    let v = [x, y];
    let i = 0;
    let mut s = x;
    for k in 0..2 {
        let j = 1 - k;
        let i = j;
        if v[i] > -9.0 {
            s = s * v[i];
        }
    }
    s * v[i]
}

#[differentiable]
fn counter_in_a_block(x: f64, y: f64) -> f64 {
    let i = 1;
    let v = [x, y];
    let z = {
        let i = i - 1;
        let r = v[i] * v[i];
        r * r
    };
    if z > -1.0 {
        let j = i;
        let i = 1 - i;
        return z * v[i] * v[j];
    }
    z * v[i]
}

#[differentiable]
fn factor_in_a_block(x: f64, y: f64) -> f64 {
    let n = 3;
    let w = {
        let n = n * 2;
        x * n as f64
    };
    w * n as f64 * y
}

#[differentiable]
fn factor_changed_in_a_block(x: f64, y: f64) -> f64 {
    let v = [x, y];
    let i = 0;
    let mut s = x * v[i];
    {
        let i = 1;
        s *= v[i] * y;
    }
    s * v[i]
}

#[differentiable]
fn step_halved_in_every_iteration(x: f64, y: f64) -> f64 {
    let h = 0.5;
    let mut s = x;
    for _ in 0..2 {
        let h = h * 0.5;
        s += h * y * s;
    }
    s * h
}

#[differentiable]
fn owner_covered_while_it_is_borrowed(x: f64, y: f64) -> f64 {
    let v = vec![x, y];
    let w = &v;
    let s = w[0];
    let v = vec![s * y];
    w[1] * v[0]
}

#[differentiable]
fn reference_covers_its_owner(x: f64, y: f64) -> f64 {
    let a = x * y;
    let a = &a;
    match 1 {
        0 => {}
        _ => {
            if y > 9.0 {
                return 0.5 * x;
            }
        }
    }
    (*a) * 1.083 * x
}

#[differentiable]
fn slice_of_an_owner_covered_by_a_pattern(x: f64, y: f64) -> f64 {
    let v = [0.5, x, y];
    let a = &v[1..3];
    let (o, v) = (x, 0.5);
    a[a.len() - 2] * v * o * a[1]
}

#[differentiable]
fn loop_variable_covered_by_a_number(x: f64, v: &[f64]) -> f64 {
    let mut s = x;
    for e in 0..v.len() {
        let mut e = s * v[e];
        e *= e;
        s = e.sin() + s;
    }
    s * v[0]
}

#[differentiable]
fn collected_under_a_parameters_name(x: f64, v: &[f64]) -> f64 {
    let o = (0..v.len()).map(|e| x * v[e]).collect::<Vec<_>>();
    let v = v.iter().enumerate().map(|(i, a)| f64::sin(o[i % 3]) * a).sum::<f64>();
    v * x
}

#[differentiable]
fn copy_in_one_branch(x: f64, v: &[f64]) -> f64 {
    let b;
    if x > 9.0 {
        let mut v: Vec<f64> = v.to_vec();
        v[0] = x;
        b = v[0];
    } else {
        b = (0..v.len()).map(|d| x * d as f64).sum::<f64>();
    }
    b * v[1]
}

#[differentiable]
fn matched_number_of_a_reused_name(x: f64, v: &[f64]) -> f64 {
    let o = &v[..2];
    let mut k = 0usize;
    while k < 4 {
        k += 1;
    }
    match k {
        0 => {}
        v if v > 9 => return x,
        _ => {}
    }
    o[o.len() - 2] * x * o[1]
}

#[differentiable]
fn printed_under_a_reused_name(x: f64, y: f64) -> f64 {
    let text = format!("{x} {y:.2}");
    let y = y * x;
    assert!(y < 1e9, "{y} {x:0$} {text}", 3);
    let x = x * y;
    if format!("{x}").is_empty() {
        return y;
    }
    x * y
}

#[differentiable]
fn matched_under_a_reused_name(x: f64, y: f64) -> f64 {
    let k = Some(3);
    let y = y * x;
    if matches!(k, Some(y) if y > 2) {
        let x = x * y;
        x * y
    } else {
        y
    }
}

#[test]
fn a_name_means_what_it_means_where_it_stands() {
    let v = vec![0.8, -0.6, 1.1, 0.4];
    for (x, y) in [(1.3, 0.7), (0.3, -0.9)] {
        check!(reused_by_a_closure_parameter, reused_by_a_closure_parameter_grad, reused_by_a_closure_parameter_grad_add, reused_by_a_closure_parameter_vjp; x: x, y: y);
        check!(slice_of_a_reused_name, slice_of_a_reused_name_grad, slice_of_a_reused_name_grad_add, slice_of_a_reused_name_vjp; x: x, y: y);
        check!(declared_before_a_parameter_of_its_name, declared_before_a_parameter_of_its_name_grad, declared_before_a_parameter_of_its_name_grad_add, declared_before_a_parameter_of_its_name_vjp; x: x, v: &v);
        check!(declared_before_a_pattern_of_its_name, declared_before_a_pattern_of_its_name_grad, declared_before_a_pattern_of_its_name_grad_add, declared_before_a_pattern_of_its_name_vjp; x: x, v: &v);
        check!(reference_covered_by_its_value, reference_covered_by_its_value_grad, reference_covered_by_its_value_grad_add, reference_covered_by_its_value_vjp; x: x, y: y);
        check!(reference_to_a_constant_in_a_loop, reference_to_a_constant_in_a_loop_grad, reference_to_a_constant_in_a_loop_grad_add, reference_to_a_constant_in_a_loop_vjp; x: x, v: &v);
        check!(element_by_reference_under_a_reused_name, element_by_reference_under_a_reused_name_grad, element_by_reference_under_a_reused_name_grad_add, element_by_reference_under_a_reused_name_vjp; x: x, y: y);
        check!(condition_through_a_reference, condition_through_a_reference_grad, condition_through_a_reference_grad_add, condition_through_a_reference_vjp; x: x, y: y);
        check!(loop_pattern_of_a_parameters_name, loop_pattern_of_a_parameters_name_grad, loop_pattern_of_a_parameters_name_grad_add, loop_pattern_of_a_parameters_name_vjp; x: x, y: y);
        check!(part_of_a_reused_name_to_a_call, part_of_a_reused_name_to_a_call_grad, part_of_a_reused_name_to_a_call_grad_add, part_of_a_reused_name_to_a_call_vjp; v: &v);
        check!(covered_by_what_it_computes, covered_by_what_it_computes_grad, covered_by_what_it_computes_grad_add, covered_by_what_it_computes_vjp; x: x, v: &v);
        check!(covered_by_its_length, covered_by_its_length_grad, covered_by_its_length_grad_add, covered_by_its_length_vjp; v: &v, x: x);
        check!(covered_by_its_element, covered_by_its_element_grad, covered_by_its_element_grad_add, covered_by_its_element_vjp; x: x, y: y);
        check!(counter_in_an_inner_scope, counter_in_an_inner_scope_grad, counter_in_an_inner_scope_grad_add, counter_in_an_inner_scope_vjp; x: x, y: y);
        check!(counter_in_a_block, counter_in_a_block_grad, counter_in_a_block_grad_add, counter_in_a_block_vjp; x: x, y: y);
        check!(factor_in_a_block, factor_in_a_block_grad, factor_in_a_block_grad_add, factor_in_a_block_vjp; x: x, y: y);
        check!(factor_changed_in_a_block, factor_changed_in_a_block_grad, factor_changed_in_a_block_grad_add, factor_changed_in_a_block_vjp; x: x, y: y);
        check!(step_halved_in_every_iteration, step_halved_in_every_iteration_grad, step_halved_in_every_iteration_grad_add, step_halved_in_every_iteration_vjp; x: x, y: y);
        check!(owner_covered_while_it_is_borrowed, owner_covered_while_it_is_borrowed_grad, owner_covered_while_it_is_borrowed_grad_add, owner_covered_while_it_is_borrowed_vjp; x: x, y: y);
        check!(reference_covers_its_owner, reference_covers_its_owner_grad, reference_covers_its_owner_grad_add, reference_covers_its_owner_vjp; x: x, y: y);
        check!(slice_of_an_owner_covered_by_a_pattern, slice_of_an_owner_covered_by_a_pattern_grad, slice_of_an_owner_covered_by_a_pattern_grad_add, slice_of_an_owner_covered_by_a_pattern_vjp; x: x, y: y);
        check!(loop_variable_covered_by_a_number, loop_variable_covered_by_a_number_grad, loop_variable_covered_by_a_number_grad_add, loop_variable_covered_by_a_number_vjp; x: x, v: &v);
        check!(collected_under_a_parameters_name, collected_under_a_parameters_name_grad, collected_under_a_parameters_name_grad_add, collected_under_a_parameters_name_vjp; x: x, v: &v);
        check!(copy_in_one_branch, copy_in_one_branch_grad, copy_in_one_branch_grad_add, copy_in_one_branch_vjp; x: x, v: &v);
        check!(matched_number_of_a_reused_name, matched_number_of_a_reused_name_grad, matched_number_of_a_reused_name_grad_add, matched_number_of_a_reused_name_vjp; x: x, v: &v);
        check!(printed_under_a_reused_name, printed_under_a_reused_name_grad, printed_under_a_reused_name_grad_add, printed_under_a_reused_name_vjp; x: x, y: y);
        check!(matched_under_a_reused_name, matched_under_a_reused_name_grad, matched_under_a_reused_name_grad_add, matched_under_a_reused_name_vjp; x: x, y: y);
    }
}
