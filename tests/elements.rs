//! Loops over rearranged elements, slices of slices, patterns.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, unused)]

#[macro_use]
mod common;
#[macro_use]
mod programs;

use backprop::prelude::*;
use std::collections::{BTreeMap, HashMap};

programs! {
    range_incl_step(x, y, v) {
        let mut s = 0.0;
        for i in (1..=5).step_by(2) { s += x * i as f64 * s + y; }
        s
    }
    range_rev_step(x, y, v) {
        let mut s = 0.0;
        for i in (1..=4).rev().step_by(2) { s += x * i as f64 * s + y; }
        s
    }
    range_u64(x, y, v) {
        let mut s = 0.0;
        for i in (1u64..6).step_by(2) { s = s * x + y * i as f64; }
        s
    }
    range_neg(x, y, v) {
        let mut s = 0.0;
        for i in (-3..=2).rev() { s = s * x * 0.5 + y * i as f64; }
        s
    }
    fft_like(x, y, v) {
        let mut a = v.to_vec();
        let n = a.len();
        let mut len = 1;
        while len < n { for i in (0..n).step_by(2 * len) { for j in 0..len { if i + j + len < n { let (p, q) = (a[i + j], a[i + j + len] * x); a[i + j] = p + q; a[i + j + len] = p - q * y; } } } len *= 2; }
        a.iter().map(|t| t * t).sum()
    }
    rev_after_push(x, y, v) {
        let mut a = vec![x, y];
        let mut s = 0.0;
        for (i, t) in a.iter().rev().enumerate() { s += t * t * (1 + i) as f64; }
        a.push(1.0);
        s + a[2] * x
    }
    chunks_push(x, y, v) {
        let mut a = vec![x, y, x * y];
        let mut s = 0.0;
        for c in a.chunks(2) { s += c[0] * c[c.len() - 1]; }
        a.push(1.0);
        s + a[3] * x
    }
    rev_take(x, y, v) {
        let mut s = 0.0;
        for a in v.iter().take(3).rev() { s = s * x + a * y; }
        s
    }
    rev_zip(x, y, v) {
        let mut s = 0.0;
        for (a, b) in v.iter().zip(v.iter().skip(1)).rev() { s = s * x + a * b * y; }
        s
    }
    rev_skip(x, y, v) {
        let mut s = 0.0;
        for a in v.iter().rev().skip(1).step_by(2) { s = s * x + a * y; }
        s
    }
    rev_rev(x, y, v) {
        let mut s = 0.0;
        for (i, a) in v.iter().rev().enumerate().rev() { s = s * x + a * y * i as f64; }
        s
    }
    rev_windows(x, y, v) {
        let mut s = 0.0;
        for w in v.windows(2).rev() { s = s * x + w[0] * w[1] * y; }
        s
    }
    rev_mut(x, y, v) {
        let mut a = v.to_vec();
        let mut c = x;
        for t in a.iter_mut().rev() { *t = *t * y + c; c = *t * 0.5; }
        a[0] * a[1]
    }
    chunks_mut(x, y, v) {
        let mut a = v.to_vec();
        for (i, c) in a.chunks_mut(2).enumerate() { for t in c.iter_mut() { *t *= x + i as f64; } c[0] += y; }
        a.iter().product()
    }
    chunks_exact(x, y, v) {
        let mut s = 0.0;
        for c in v.chunks_exact(2) { s += c[0] * c[1] * x; }
        s * y
    }
    iter_rev_chain(x, y, v) {
        let mut m = vec![vec![x; 3]; 3];
        for (i, row) in m.iter_mut().enumerate() { for (j, e) in row.iter_mut().enumerate() { *e += v[(i + j) % v.len()] * y; } }
        m.iter().flatten().map(|e| e * e).sum()
    }
    zip_mut(x, y, v) {
        let mut a = v.to_vec();
        let b = vec![x; v.len()];
        for ((p, q), r) in a.iter_mut().zip(&b).zip(v.iter().rev()) { *p = *p * q + r * y; }
        a.iter().sum()
    }
    zip_range(x, y, v) {
        let mut s = 0.0;
        for (a, i) in v.iter().zip(1..) { s += a.powi(i) * x; }
        s * y
    }
    net(x, y, v) {
        let net = vec![v.to_vec(), vec![x, y]];
        let mut s = 0.0;
        for (i, l) in net.iter().enumerate() { s += l.iter().map(|t| t.tanh()).sum::<f64>() * (i + 1) as f64; }
        s
    }
    opaque_iter(x, y, v) {
        let words = "a bb ccc";
        let mut s = y;
        for w in words.split(' ') { s = s * x + w.len() as f64; }
        s
    }
    slices(x, y, v) {
        let a = &v[1..];
        let b = &a[..2];
        b[0] * x + b[1] * y + a.iter().sum::<f64>()
    }
    split_at(x, y, v) {
        let (a, b) = v.split_at(2);
        a.iter().zip(b).map(|(p, q)| p * q).sum::<f64>() * x + a[0] * y
    }
    split_at_mut(x, y, v) {
        let mut w = v.to_vec();
        { let (a, b) = w.split_at_mut(2); a[0] += b[0] * x; b[1] *= a[1] * y; }
        w.iter().product()
    }
    split_at_mut2(x, y, v) {
        let mut w = v.to_vec();
        let (h, t) = w.split_at_mut(1);
        for q in t.iter_mut() { *q -= h[0] * x; }
        h[0] *= y;
        w.iter().map(|a| a * a).sum()
    }
    slice_pat(x, y, v) {
        let [a, b, ..] = v else { return 0.0 };
        a * x + b * y
    }
    slice_pat2(x, y, v) {
        match v { [a, rest @ ..] => a * x + rest.iter().sum::<f64>() * y, [] => 0.0 }
    }
    slice_pat3(x, y, v) {
        match v { [first, .., last] => first * x + last * y, _ => 0.0 }
    }
    slice_pat4(x, y, v) {
        if let [a, mid @ .., z] = v { a * z * x + mid.iter().map(|t| t * t).sum::<f64>() * y } else { 0.0 }
    }
    arr_pat(x, y, v) {
        let [a, .., c] = [x, y, v[0], x * y];
        a * c
    }
    as_slice(x, y, v) {
        let w = v.to_vec();
        let s = w.as_slice();
        s[0] * x + s.iter().sum::<f64>() * y
    }
    as_mut_slice(x, y, v) {
        let mut w = v.to_vec();
        let s = w.as_mut_slice();
        s[0] *= x;
        s[1] += y * s[0];
        w.iter().product()
    }
    concat(x, y, v) {
        let m = vec![vec![x, y], v.to_vec()];
        let f = m.concat();
        f.iter().map(|t| t * t).sum()
    }
    first_mut(x, y, v) {
        let mut w = v.to_vec();
        *w.first_mut().unwrap() *= x;
        *w.last_mut().unwrap() += y * w[0];
        w.iter().product()
    }
    last_mut(x, y, v) {
        let mut w = vec![x];
        for a in v { let l = *w.last().unwrap(); w.push(l * y + a); }
        w.iter().sum()
    }
    get_mut(x, y, v) {
        let mut w = v.to_vec();
        if let Some(t) = w.get_mut(1) { *t *= x; } w.iter().product::<f64>() * y
    }
    if_get_neighbor(x, y, v) {
        let mut s = 0.0;
        for i in 0..v.len() { let left = if i > 0 { v[i - 1] } else { x }; let right = v.get(i + 1).copied().unwrap_or(y); s += (right - 2.0 * v[i] + left).powi(2); }
        s
    }
}
