//! Programs at the corners of the language: order of evaluation, shadowing, ties, aliases, exits,
//! collections that change while they are read, in reverse and in forward mode.

// The programs are written to be hard to follow.
#![allow(clippy::all, clippy::pedantic, unused, for_loops_over_fallibles)]

#[macro_use]
mod common;

use std::collections::{BTreeMap, VecDeque};

use backprop::prelude::*;

/// `name(x, y, v) { … }` is the body of a function of two numbers and six more.
macro_rules! programs {
    ($($name:ident($x:ident, $y:ident, $v:ident) { $($body:tt)* })*) => {
        $(
            mod $name {
                use super::*;

                #[differentiable(jvp)]
                pub(crate) fn program($x: f64, $y: f64, $v: &[f64]) -> f64 {
                    $($body)*
                }

                #[test]
                fn gradients() {
                    for (x, y, v) in [
                        (1.513, 0.717, vec![0.331, -1.207, 2.513, 0.909, -0.417, 1.703]),
                        (-0.813, 2.307, vec![1.109, 0.217, -0.703, -1.919, 0.611, 3.127]),
                    ] {
                        crate::common::check!(
                            program, program_grad, program_grad_add, program_vjp, program_jvp;
                            x: x, y: y, v: &v
                        );
                    }
                }
            }
        )*
    };
}

programs! {
    order_compound(x, y, v) {
        let mut a = [x, y, v[0]]; let mut i = 0; a[{ i += 1; i }] *= { i += 1; a[i] * x }; a[0] + a[1] * a[2] + i as f64
    }
    shadow_block(x, y, v) {
        let a = x * y; let b = { let a = a.sin(); let x = a * y; x * a }; a * b + x
    }
    shadow_loop(x, y, v) {
        let s = 0.0; let mut t = s; for x in v { let y = x * y; let t2 = t; t = t2 + y * x; } t + x
    }
    ties_max(x, y, v) {
        let a = v[0].max(v[1]).max(x); let b = v[2].min(y).min(v[3]); a * b
    }
    int_cast(x, y, v) {
        let n = (x * 3.0) as i32; let k = (y.abs() * 2.0).floor() as usize; (0..k + 2).map(|i| v[i % 6] * (i as f64 + n as f64)).sum::<f64>() + x * n as f64
    }
    index_wrap(x, y, v) {
        let n = v.len(); let mut s = 0.0; let mut i = 4usize; for k in 0..9u32 { s += v[i] * v[(i + n - 1) % n]; i = i.wrapping_mul(3).wrapping_add(k as usize) % n; } s * x * y
    }
    sort_stability(x, y, v) {
        let mut p: Vec<(i32, f64)> = v.iter().enumerate().map(|(i, a)| ((i % 2) as i32, *a)).collect(); p.sort_by_key(|p| p.0); let mut s = 0.0; for (i, q) in p.iter().enumerate() { s += q.1 * q.1 * (i as f64 + 1.0); } s + x * y
    }
    sort_desc(x, y, v) {
        let mut p = v.to_vec(); p.push(x); p.push(y); p.sort_by(|a, b| b.partial_cmp(a).unwrap()); p.iter().enumerate().map(|(i, a)| a * a * (i as f64 + 1.0)).sum()
    }
    retain(x, y, v) {
        let mut p = v.to_vec(); p.retain(|a| *a > 0.1); p.iter_mut().for_each(|a| *a *= x); p.push(y); p.retain(|a| *a < 2.0); p.iter().rev().enumerate().map(|(i, a)| a.sin() * (i + 1) as f64).sum::<f64>()
    }
    dedup(x, y, v) {
        let mut p = vec![v[0], v[0], x, x, y, v[1], v[1] * 1.0, v[2]]; p.dedup(); p.iter().enumerate().map(|(i, a)| a * a * (i as f64 + 0.5)).sum::<f64>()
    }
    dedup_by(x, y, v) {
        let mut p = v.to_vec(); p.dedup_by(|a, b| *a < *b); p.iter().enumerate().map(|(i, a)| a * a * (i as f64 + 0.5)).sum::<f64>() + x * y
    }
    drain(x, y, v) {
        let mut p = v.to_vec(); let d: Vec<f64> = p.drain(1..4).collect(); let mut s = 0.0; for (a, b) in d.iter().zip(&p) { s += a * b * x; } s + p[0] * y
    }
    drain_filter_loop(x, y, v) {
        let mut p = v.to_vec(); let mut s = 0.0; while let Some(a) = p.pop() { s = s * 0.5 + a * x; if s > 1.0 && !p.is_empty() { let b = p.remove(0); p.push(b * y); s -= 1.0; } } s
    }
    labels(x, y, v) {
        let mut s = x; 'o: for i in 0..6 { let mut t = s; loop { t *= 0.5; if t.abs() < 0.1 { continue 'o; } if i > 3 { break 'o; } s += t * v[i]; if s > 3.0 { break; } } s *= y; } s
    }
    label_block(x, y, v) {
        let a = 'b: { if x > 0.0 { break 'b x * y; } let z = x * x; if z > 0.5 { break 'b z * v[0]; } z + y }; a * a
    }
    nested_option(x, y, v) {
        let o: Option<Option<f64>> = if x > 0.0 { Some(Some(x * y)) } else if y > 0.0 { Some(None) } else { None }; match o { Some(Some(a)) => a * a, Some(None) => v[0] * y, None => v[1] * x }
    }
    closure_state(x, y, v) {
        let mut n = 0; let mut acc = x; let mut step = |a: f64| { n += 1; acc = acc * 0.5 + a * n as f64; acc }; let p = step(v[0]); let q = step(p * y); q * step(q) + acc * n as f64
    }
    checkpoint(x, y, v) {
        let mut s = x; let mut w = v.to_vec(); #[checkpoint] for i in 0..6 { s = s * y + w[i]; w[i] *= s; } s + w[2] * w[3]
    }
    checkpoint_inner(x, y, v) {
        let mut s = x; for i in 0..6 { #[checkpoint] { let t = s * v[i]; s = t.sin() + y * t; } } s
    }
    copysign(x, y, v) {
        x.copysign(y) * v[0].copysign(-x) + y.rem_euclid(v[2]) + x % v[2]
    }
    tuple_assign(x, y, v) {
        let (mut a, mut b) = (x, y); for i in 0..4 { (a, b) = (b + v[i], a * b); } a * b
    }
    array_assign_pat(x, y, v) {
        let mut a = [x, y, v[0]]; let mut b = 0.0; [a[2], b, a[0]] = [a[0] * 2.0, a[1] * a[2], a[1]]; a[0] + a[1] * a[2] * b
    }
    range_pat(x, y, v) {
        let mut s = 0.0; for i in 0..6 { s += match (i, x > 0.0) { (0..=1, true) => v[i] * x, (2 | 4, _) => v[i] * y, (n @ 3.., false) => v[n] * v[n], (_, _) if y > 0.0 => y, _ => x }; } s
    }
    slice_rest(x, y, v) {
        fn go(v: &[f64]) -> f64 { match v { [] => 0.0, [a] => *a, [a, m @ .., b] => a * b + 0.5 * go(m) } } go(v) * x + y
    }
    inf(x, y, v) {
        let mut best = f64::NEG_INFINITY; for a in v { if a * x > best { best = a * x; } } best * y
    }
    max_idx(x, y, v) {
        let (i, m) = v.iter().enumerate().max_by(|a, b| a.1.partial_cmp(b.1).unwrap()).unwrap(); m * x * (i as f64 + 1.0) + y * v[i]
    }
    iter_peek_state(x, y, v) {
        let mut it = v.iter().peekable(); let mut s = 0.0; while let Some(a) = it.next() { if let Some(&&b) = it.peek() { if b > *a { s += a * b; it.next(); } else { s -= b * x; } } } s + y * x
    }
    nested_break_val(x, y, v) {
        let a = loop { let b = 'i: loop { if x > 1.0 { break 'i x * y; } break v[0] * x; }; break b * b; }; a + y
    }
    while_cond_effect(x, y, v) {
        let mut i = 0; let mut s = x; while { i += 1; s *= y; i < 5 && s.abs() < 20.0 } { s += v[i]; } s + i as f64 * x
    }
    if_cond_effect(x, y, v) {
        let mut s = x; if { s *= y; s > 0.5 } { s += v[0]; } else if { s += 1.0; s < 0.0 } { s *= s; } s * s
    }
    ret_in_arg(x, y, v) {
        let mut s = x; s += if s > 0.5 { return s * y * v[0] } else { s * y }; s
    }
    assign_index_chain(x, y, v) {
        let mut m = [[x, y], [v[0], v[1]]]; let t = m[0]; m[0] = m[1]; m[1] = t; m[1][0] *= m[0][1]; let r = &mut m[0]; r[0] += t[1]; r.swap(0, 1); m[0][0] * m[0][1] + m[1][0] * m[1][1]
    }
    mem_take_replace(x, y, v) {
        let mut a = v.to_vec(); let b = std::mem::take(&mut a); let mut c = x; let d = std::mem::replace(&mut c, y * b[0]); a.push(d); a.extend(&b[1..3]); a.iter().product::<f64>() * c
    }
    rotate(x, y, v) {
        let mut a = v.to_vec(); a.rotate_left(2); a[0] *= x; a.rotate_right(1); a.truncate(4); a.insert(1, y); a.resize(7, x * y); a.iter().enumerate().map(|(i, q)| q * q * (i + 1) as f64).sum::<f64>()
    }
    deref_box(x, y, v) {
        let b = Box::new(x * y); let mut c = Box::new([*b, v[0]]); c[1] *= *b; *b * c[1] + c[0]
    }
    closure_shadow(x, y, v) {
        let f = |x: f64| x * y; let y = 2.0 * x; let g = |x: f64| f(x) + y; let f = |a: f64| g(a) * a; f(x) * f(v[0])
    }
    closure_nested(x, y, v) {
        let f = |a: f64| { let g = |b: f64| { if b > a { return b * x; } a * y }; g(a * a) + g(v[0]) }; f(x) + f(y)
    }
    closure_mut_order(x, y, v) {
        let mut t = x; let mut push = |a: f64| -> f64 { t = t * a + 1.0; t }; let a = push(y) * push(v[0]) - push(v[1]); a + t
    }
    unary_chain(x, y, v) {
        -x.powi(2) * -(-y).abs() - -v[0] / -(1.0 + x * x).sqrt()
    }
    move_loop(x, y, v) {
        let mut u = v.to_vec(); for k in 0..3 { let mut n = vec![0.0; 6]; for i in 0..6 { n[i] = u[i] * x + if i > 0 { u[i - 1] * y } else { u[5] }; } u = n; if k == 1 { u[2] = u[3] * u[3]; } } u.iter().sum()
    }
    double_buffer(x, y, v) {
        let mut a = v.to_vec(); let mut b = vec![0.0; 6]; for k in 0..5 { for i in 1..5 { b[i] = a[i] + x * (a[i - 1] - 2.0 * a[i] + a[i + 1]); } b[0] = y; std::mem::swap(&mut a, &mut b); if k % 2 == 0 { a[5] *= 1.5; } } a.iter().map(|t| t * t).sum()
    }
    rev_overwrite(x, y, v) {
        let mut a = v.to_vec(); for i in (0..5).rev() { a[i] = a[i] * a[i + 1] + x; a[i + 1] = a[i].sin() * y; } a.iter().sum()
    }
    index_changed(x, y, v) {
        let mut i = 0; let mut s = 0.0; let mut a = v.to_vec(); while i < 6 { let j = (i * 5 + 1) % 6; a[j] *= x; s += a[j] * a[i]; i = if s > 1.0 { i + 2 } else { i + 1 }; a[j] = s * y; } s
    }
    vec_index_moved(x, y, v) {
        let mut a = v.to_vec(); let mut s = x; for _ in 0..3 { let i = a.len() - 1; s *= a[i]; a.pop(); a.insert(0, s * y); a.push(s); a.remove(2); } s + a.iter().sum::<f64>()
    }
    iter_mut_zip(x, y, v) {
        let mut a = v.to_vec(); let b = a.clone(); for ((p, q), i) in a.iter_mut().zip(b.iter().rev()).zip(1..) { *p = *p * q * x + i as f64 * y; } a.iter().enumerate().map(|(i, t)| t * b[i]).sum()
    }
    chunks_mut(x, y, v) {
        let mut a = v.to_vec(); for (k, c) in a.chunks_mut(4).enumerate() { let s: f64 = c.iter().sum(); for t in c.iter_mut() { *t *= s + k as f64 * x; } c[0] += y; c.reverse(); } a.iter().enumerate().map(|(i, t)| t * (i + 1) as f64).sum()
    }
    windows(x, y, v) {
        let w: Vec<f64> = v.windows(2).map(|w| (w[1] - w[0]) * x).collect(); w.windows(3).filter(|w| w[0] > w[1] || w[2] < 0.0).map(|w| w[0] * w[1] * w[2]).sum::<f64>() * y
    }
    scan_takewhile(x, y, v) {
        v.iter().scan(x, |s, a| { *s = *s * y + a; if s.abs() > 20.0 { None } else { Some(*s * *s) } }).skip(1).step_by(2).take_while(|a| *a < 15.0).sum::<f64>()
    }
    flatmap(x, y, v) {
        v.iter().enumerate().flat_map(|(i, a)| (0..i).map(move |j| a * x + j as f64 * y)).filter(|t| *t > -1.0).map(|t| t * t).sum()
    }
    fold_tuple(x, y, v) {
        let (s, p, n) = v.iter().fold((0.0, 1.0, 0), |(s, p, n), a| if *a > 0.0 { (s + a * p, p * x, n + 1) } else { (s * y, p + a, n) }); s * p + n as f64 * y
    }
    try_fold(x, y, v) {
        let r = v.iter().try_fold(x, |s, a| { let t = s * a + y; if t > 4.0 { None } else { Some(t) } }); r.map_or(x * y * y, |t| t * t)
    }
    float_loop(x, y, v) {
        let mut t = 0.0; let h = 0.1; let mut s = x; while t < y.abs() { s += h * (s * t).sin(); t += h; } s
    }
    active_bound(x, y, v) {
        let mut s = 0.0; let mut t = x.abs(); while t < 10.0 { t *= 1.5 + y * y; s += t; } s * v[0]
    }
    float_int_float(x, y, v) {
        let b = ((x + 3.0) / 0.5) as usize; let fr = (x + 3.0) / 0.5 - b as f64; let i = b % 5; v[i] * (1.0 - fr) + v[i + 1] * fr + y
    }
    casts(x, y, v) {
        let a = (x * 10.0) as u8 as f64; let b = -1.5_f64 as u32 as f64; let c = f64::NAN as i32; let d = (y as f32) as f64 as i64 % 3; a * x + b * y + c as f64 * v[0] + d as f64 * v[1] + x * y
    }
    total_cmp_sort(x, y, v) {
        let mut a: Vec<(f64, usize)> = v.iter().map(|t| (t * x).sin()).zip(0..).collect(); a.sort_by(|p, q| q.0.total_cmp(&p.0).then(p.1.cmp(&q.1))); let (b, i) = a[1]; b * y * (i as f64 + 1.0) + a[0].0 * v[a[2].1]
    }
    sort_unstable_float(x, y, v) {
        let mut a = v.to_vec(); a.sort_unstable_by(|p, q| p.total_cmp(q)); let med = (a[2] + a[3]) / 2.0; a.iter().map(|t| (t - med).abs()).sum::<f64>() * x + y
    }
    binary_search(x, y, v) {
        let mut a = v.to_vec(); a.sort_by(f64::total_cmp); let i = a.partition_point(|t| *t < x).min(5); let j = a.binary_search_by(|t| t.total_cmp(&y)).unwrap_or_else(|e| e).min(5); a[i] * x + a[j] * y
    }
    alias_mut(x, y, v) {
        let mut a = [x, y, v[0]]; { let r = &mut a; r[0] *= 2.0; let q = &mut r[1..]; q[0] *= q[1]; let z = &mut q[1]; *z += x; } let [p, q, r] = a; p * q * r
    }
    unused_loop_var(x, y, v) {
        let mut a = 0.0; let mut b = x; for _ in 0..3 { let c = a; a = b; b = c * y + a * x; let _ = c * 2.0; let _unused = b.exp(); } a + b
    }
    powf(x, y, v) {
        x.abs().powf(y) + 2f64.powf(x) + y.abs().powf(2.0) + x.abs().powf(v[0]) + v[0].powi(0) + x.powi(1) + y.powi(-1)
    }
    range_incl_empty(x, y, v) {
        let mut s = x; for i in 3..=2 { s *= v[i]; } for i in (1..=4).rev().step_by(3) { s = s * v[i] + y; } for i in (-2i32..2).rev() { s += v[(i + 2) as usize] * i as f64; } s
    }
    dijkstra_like(x, y, v) {
        let n = 6; let mut d = vec![f64::INFINITY; n]; d[0] = x.abs(); let mut done = vec![false; n]; for _ in 0..n { let mut b = n; for i in 0..n { if !done[i] && (b == n || d[i] < d[b]) { b = i; } } done[b] = true; for (j, w) in [(b + 1) % n, (b + 2) % n].iter().zip([v[b].abs() + 0.3, v[(b + 3) % n].abs() + 0.7]) { if d[b] + w < d[*j] { d[*j] = d[b] + w; } } } d.iter().sum::<f64>() * y
    }
    memo_dp(x, y, v) {
        let s = [1, 3, 2, 3]; let t = [3, 1, 3]; let mut d = vec![vec![0.0; 4]; 5]; for i in 1..=4 { d[i][0] = d[i - 1][0] + x; } for j in 1..=3 { d[0][j] = d[0][j - 1] + y; } for i in 1..=4 { for j in 1..=3 { let c = if s[i - 1] == t[j - 1] { 0.0 } else { v[i] * v[i] }; d[i][j] = (d[i - 1][j - 1] + c).min(d[i - 1][j] + x).min(d[i][j - 1] + y); } } d[4][3]
    }
    welford(x, y, v) {
        let (mut m, mut s) = (0.0, 0.0); for (k, a) in v.iter().enumerate() { let d = a * x - m; m += d / (k + 1) as f64; s += d * (a * x - m); } (s / 5.0).sqrt() * y + m
    }
    kahan(x, y, v) {
        let (mut s, mut c) = (0.0, 0.0); for a in v { let q = a * x - c; let t = s + q; c = (t - s) - q; s = t; } s * y
    }
    complex_mul(x, y, v) {
        let (mut re, mut im) = (0.0, 0.0); let mut n = 0; for _ in 0..7 { let t = re * re - im * im + x * 0.3; im = 2.0 * re * im + y * 0.3; re = t; if re * re + im * im > 4.0 { break; } n += 1; } re * im + n as f64 * x
    }
    bits_ops(x, y, v) {
        let mut s = 0.0; for m in 0u32..8 { let mut p = 1.0; for b in 0..3 { if m >> b & 1 == 1 { p *= v[b as usize]; } else { p *= x - v[b as usize]; } } s += p * m.count_ones() as f64; } s * y
    }
    i_shadow_types(x, y, v) {
        let i = x; let v = [i, v[0], v[1]]; let i = 2usize; let x = v[i] * y; let v = v.map(|t| t * x); let y: usize = v.len(); v[i] + v[0] * y as f64
    }
    early_ret_nested(x, y, v) {
        for i in 0..6 { for j in i..6 { if v[i] * v[j] < -2.0 { return v[i] * x + v[j] * y; } if i + j > 8 { return x * y; } } } v[0]
    }
    ret_in_match_closure(x, y, v) {
        let h = |t: f64| { match t { t if t > 1.0 => return t * y, _ => {} } if t < 0.0 { return t * t; } t * x }; h(x) + h(y) * h(v[0])
    }
    let_else(x, y, v) {
        let Some(p) = v.iter().position(|a| *a > x) else { return y * y; }; let [a, b, ..] = v[p..] else { return x * v[p]; }; a * b * x
    }
    matches(x, y, v) {
        if matches!(v.len(), 3..=6 if x > 0.5) { x * y } else { y * y }
    }
    shadow_in_pattern(x, y, v) {
        let o = Some((x, y)); if let Some((y, x)) = o { y * y * x } else { 0.0 }
    }
    array_copy_semantics(x, y, v) {
        let mut a = [x, y]; let b = a; a[0] *= b[1]; let mut c = [a, b]; c[0][1] = 5.0; a = c[0]; c[1] = a; c[1][0] += b[0]; a[0] * c[1][0] + c[0][1] * b[1]
    }
    vec_clone_semantics(x, y, v) {
        let a = vec![x; 3]; let mut b = vec![a.clone(), a]; b[0][1] *= y; b[1] = b[0].clone(); b[1][2] *= b[0][1]; let c = b.concat(); c.iter().enumerate().map(|(i, t)| t * i as f64).sum()
    }
    vec_macro_rep(x, y, v) {
        let mut m = vec![vec![x * y; 2]; 2]; m[0][0] += v[0]; m[1][1] *= m[0][0]; let t: Vec<f64> = m.iter().map(|r| r.iter().sum()).collect(); t[0] * t[1]
    }
    copy_within2(x, y, v) {
        let mut a = v.to_vec(); a.copy_within(0..3, 2); a[0] *= x; let p = a[0]; a[3..].copy_from_slice(&[y, p, 2.0]); a[..2].fill(x * y); a.iter().enumerate().map(|(i, t)| t * t * (i + 1) as f64).sum()
    }
    dedup_key(x, y, v) {
        let mut a = v.to_vec(); a.dedup_by_key(|t| (*t * 0.5) as i32); a.iter().zip(1..).map(|(t, k)| t * t * k as f64).sum::<f64>() * y + x
    }
    array_windows(x, y, v) {
        let a = [x, y, v[0], v[1]]; let mut s = 0.0; for (i, w) in a.windows(2).enumerate().rev() { s = s * w[0] + w[1] * i as f64; } for c in a.chunks_exact(3) { s += c[0] * c[2]; } for c in a.rchunks(3) { s *= c[0]; } s
    }
    cycle(x, y, v) {
        let w = [x, y, 1.0]; v.iter().zip(w.iter().cycle().skip(1)).map(|(a, b)| a * b * b).sum::<f64>() + w.iter().cycle().take(7).product::<f64>()
    }
    succ_fromfn(x, y, v) {
        let s: f64 = std::iter::successors(Some(x), |t| if t.abs() < 50.0 { Some(t * 1.7 + y.abs()) } else { None }).sum(); let mut k = 0; let r: f64 = std::iter::from_fn(|| { k += 1; if k < 4 { Some(y * k as f64) } else { None } }).product(); s + r * v[0]
    }
    last_nth(x, y, v) {
        let a = v.iter().map(|t| t * x).last().unwrap(); let b = v.iter().rev().nth(2).unwrap(); let c = v.iter().skip_while(|t| **t < 1.0).next().map_or(y, |t| t * y); let d = v.iter().find(|t| **t < x - 1.0).copied().unwrap_or(y); a * b + c * d
    }
    minmax_key(x, y, v) {
        let a = v.iter().copied().min_by_key(|t| (t * 1.3) as i64).unwrap(); let b = v.iter().max_by_key(|t| ((**t - x) * 1.7) as i64).unwrap(); let c = v.iter().map(|t| t * y).reduce(f64::max).unwrap(); a * b * c
    }
    while_active_state(x, y, v) {
        let mut a = [x, y, 1.0]; let mut n = 0; while a.iter().sum::<f64>().abs() < 30.0 && n < 12 { a.rotate_left(1); a[0] = a[1] * a[2] + v[n % 6]; n += 1; } a[0] + a[1] * n as f64
    }
    tuple_index_nested(x, y, v) {
        let t = ((x, [y, v[0]]), v[1]); let ((a, [b, c]), d) = t; let mut u = t; u.0.1[0] *= a; u.1 += u.0.1[0]; u.0.0 * u.0.1[0] * u.1 + b * c * d + t.0.1[0]
    }
    ranges_var(x, y, v) {
        let (lo, hi) = (1usize, v.len() - 1); let r = lo..hi; let mut s = 0.0; for i in r.clone() { s += v[i] * v[i - 1] * v[i + 1]; } s += v[r].iter().sum::<f64>() * x; s + v[lo..][..2].iter().product::<f64>() * y
    }
    bool_arith(x, y, v) {
        let m = (x > 0.0) as i32 as f64; let k = f64::from(y > 0.0 && v[0] < 1.0); let b = !(x > y) | (y > 1.0); x * m + y * k + if b ^ (v[1] < 0.0) { v[1] } else { v[2] }
    }
    ext_self(x, y, v) {
        let mut o = vec![x]; for i in 0..5 { o.push(o[i] * y + v[i]); } o.iter().product::<f64>() + o.len() as f64 * y
    }
    ext_cond(x, y, v) {
        let mut o = Vec::new(); for i in 0..6 { if v[i] > 0.0 { o.push(v[i] * x); } } let mut q = Vec::with_capacity(4); for t in &o { q.push(t * y); } q.extend(o.iter().map(|t| t + x)); q.iter().enumerate().map(|(i, t)| t * i as f64).sum()
    }
    ext_twice(x, y, v) {
        let mut o = Vec::new(); for i in 0..3 { o.push(v[i] * x); o.push(v[i + 1] * y); } for i in (0..3).rev() { o.push(v[i] * o[2]); } o[0] * o[5] + o[8]
    }
    rows_bounds(x, y, v) {
        let n = if x > 1.0 { 5 } else { 6 }; let mut s = 0.0; for i in 0..n { s += v[i] * v[5 - i.min(5)] * x; } s * y
    }
    rows_inner(x, y, v) {
        let w = [[x, y, v[0]], [v[1], x, v[2]]]; let mut o = [0.0; 2]; for i in 0..2 { for j in 0..3 { o[i] += w[i][j] * v[i + j]; } } for i in 0..2 { for j in 0..i + 1 { o[i] *= w[j][i] + o[j]; } } o[0] * o[1]
    }
    rows_alias(x, y, v) {
        let mut a = v.to_vec(); for k in 0..3 { for j in 1..6 { a[j] = a[j] * x + a[j - 1]; } for j in 0..5 { a[j] += a[5 - j] * y; } a[k] *= 0.5; } a.iter().sum()
    }
    rows_offset(x, y, v) {
        let m = vec![v.to_vec(), v.iter().map(|t| t * x).collect::<Vec<_>>()]; let mut s = 0.0; for r in 0..2 { let off = r + 1; for j in 0..4 { s += m[r][j + off] * m[1 - r][3 - j] * y; } } s
    }
    ref_kept(x, y, v) {
        let mut a = v.to_vec(); let big = a.iter().max_by(|p, q| p.total_cmp(q)).unwrap(); let k = *big * x; let r = if x > 0.0 { &a[1] } else { &a[2] }; let t = r * y; a[1] *= k; a[2] += t; a.iter().sum::<f64>() * t
    }
    ref_opt(x, y, v) {
        let mut p: Option<&f64> = None; let mut s = 0.0; for a in v { if let Some(q) = p { s += a * q * x; } if *a > 0.0 { p = Some(a); } } s + p.map_or(y, |q| q * y)
    }
    loop_opt(x, y, v) {
        let mut s = 0.0; for a in v.first() { s += a * x; } for a in Some(y * x) { s += a * a; } for a in v.get(9) { s += a; } for a in v.iter().find(|t| **t > 1.0) { s *= a; } s
    }
    zip3(x, y, v) {
        let a = [x, y]; let mut s = 0.0; for ((p, q), r) in v.iter().zip(a.iter()).zip(v[1..].chunks(2)) { s += p * q * r.iter().sum::<f64>(); } for (i, (p, q)) in v.iter().rev().zip(v).enumerate().skip(1).step_by(2) { s += p * q * i as f64; } s
    }
    vecdeque_window(x, y, v) {
        let mut w: VecDeque<f64> = VecDeque::new(); let mut s = 0.0; let mut t = 0.0; for a in v { w.push_back(a * x); s += a * x; if w.len() > 3 { s -= w.pop_front().unwrap(); } t += s * s; } t * y + w[0] * w[2]
    }
    nested_vec_push(x, y, v) {
        let mut m: Vec<Vec<f64>> = vec![vec![]; 3]; for (i, a) in v.iter().enumerate() { m[i % 3].push(a * x); let r = &mut m[(i + 1) % 3]; r.push(y); if r.len() > 3 { r.remove(0); } } m.iter().enumerate().map(|(i, r)| r.iter().product::<f64>() * (i + 1) as f64).sum()
    }
    string_match(x, y, v) {
        let modes = ["lin", "sq", "x"]; let mut s = 0.0; for (i, m) in modes.iter().enumerate() { s += match *m { "lin" => v[i] * x, "sq" => v[i] * v[i], other if other.len() == 1 => y, _ => unreachable!() }; } s * y
    }
}
