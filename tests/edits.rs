//! Operations that move elements of a collection, and elements that may not be there.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, unused)]

#[macro_use]
mod common;
#[macro_use]
mod programs;

use backprop::prelude::*;
use std::collections::VecDeque;

programs! {
    insert(x, y, v) {
        let mut w = v.to_vec();
        w.insert(1, x * w[0]);
        w.insert(0, y);
        w[2] *= w[1];
        w.iter().enumerate().map(|(i, a)| a * (i + 1) as f64).sum()
    }
    remove(x, y, v) {
        let mut w = v.to_vec();
        w[1] *= x;
        let a = w.remove(1);
        w[1] *= y;
        a * w[0] + w.iter().product::<f64>()
    }
    swap_remove(x, y, v) {
        let mut w = v.to_vec();
        w[0] *= x;
        let a = w.swap_remove(0);
        a * w[0] * y + w.iter().sum::<f64>()
    }
    pop_unwrap(x, y, v) {
        let mut w = v.to_vec();
        w[1] += x;
        let l = w.pop().unwrap();
        l * y * w.iter().product::<f64>()
    }
    pop_drop(x, y, v) {
        let mut w = v.to_vec();
        w[0] *= x;
        w.pop();
        w.push(y * w[0]);
        w.iter().sum()
    }
    truncate(x, y, v) {
        let mut w: Vec<f64> = v.iter().map(|a| a * x).collect();
        let s: f64 = w.iter().sum();
        w.truncate(2);
        w.push(s * y);
        w.iter().product()
    }
    clear(x, y, v) {
        let mut w: Vec<f64> = Vec::new();
        let mut s = y;
        for k in 0..3 { w.clear(); for a in v { w.push(a * x + k as f64); } s = s * 0.3 + w.iter().sum::<f64>(); }
        s
    }
    resize(x, y, v) {
        let mut w = vec![x];
        w.resize(3, y);
        w[1] *= w[0];
        w.resize(2, 0.0);
        w[0] * w[1] + v[0]
    }
    extend_slice(x, y, v) {
        let mut w = vec![x];
        w.extend_from_slice(v);
        w[1] *= w[0];
        w.extend_from_slice(&v[1..3]);
        w.iter().enumerate().map(|(i, a)| a * a * i as f64).sum::<f64>() * y
    }
    extend_iter(x, y, v) {
        let mut w = vec![x];
        w.extend(v.iter().copied());
        w.extend(v.iter().map(|a| a * y));
        w.iter().enumerate().map(|(i, a)| a * a * i as f64).sum()
    }
    extend_ref(x, y, v) {
        let mut w = vec![x];
        w.extend(v);
        w.extend(&v[..2]);
        w.extend([y, x * y]);
        w.iter().enumerate().map(|(i, a)| a * a * i as f64).sum()
    }
    extend_vec(x, y, v) {
        let mut w = vec![x];
        let u = v.to_vec();
        w.extend(u);
        w.iter().enumerate().map(|(i, a)| a * a * i as f64).sum::<f64>() * y
    }
    append(x, y, v) {
        let mut w = vec![x];
        let mut u = v.to_vec();
        u[0] *= y;
        w.append(&mut u);
        u.push(w[0]);
        w[1] * u[0] + w.iter().sum::<f64>()
    }
    split_off(x, y, v) {
        let mut w = v.to_vec();
        w[2] *= x;
        let t = w.split_off(2);
        w[0] * t[0] * y + t.iter().sum::<f64>()
    }
    drain(x, y, v) {
        let mut w = v.to_vec();
        w[1] *= x;
        let d: Vec<f64> = w.drain(1..3).collect();
        w[0] * d[0] * y + d[1] * w[1]
    }
    drain2(x, y, v) {
        let mut w = v.to_vec();
        w[1] *= x;
        let s = w.drain(..2).map(|a| a * a).sum::<f64>();
        w[0] * s * y
    }
    drain3(x, y, v) {
        let mut w = v.to_vec();
        w[1] *= x;
        w.drain(..1);
        w[0] * w[1] * y
    }
    retain(x, y, v) {
        let mut w: Vec<f64> = v.iter().map(|a| a * x).collect();
        w.retain(|a| *a > 0.0);
        w.iter().map(|a| a * a).sum::<f64>() * y
    }
    rotate(x, y, v) {
        let mut w = v.to_vec();
        w[0] *= x;
        w.rotate_left(1);
        w[0] *= y;
        w.rotate_right(2);
        w.iter().enumerate().map(|(i, a)| a * (i + 1) as f64).sum()
    }
    sort_by(x, y, v) {
        let mut w: Vec<f64> = v.iter().map(|a| a * x).collect();
        w.sort_by(|a, b| a.partial_cmp(b).unwrap());
        w.iter().enumerate().map(|(i, a)| a * a * (i as f64 + y)).sum()
    }
    sort_total(x, y, v) {
        let mut w = v.to_vec();
        w.sort_by(f64::total_cmp);
        let n = w.len();
        if n % 2 == 1 { w[n / 2] * x + y } else { 0.5 * (w[n / 2] + w[n / 2 - 1]) * x * y }
    }
    sort_unstable(x, y, v) {
        let mut w = v.to_vec();
        w.sort_unstable_by(|a, b| b.total_cmp(a));
        w[0] * x + w[1] * y
    }
    sort_key(x, y, v) {
        let mut w: Vec<(usize, f64)> = v.iter().enumerate().map(|(i, a)| (i, a * x)).collect();
        w.sort_by_key(|p| (p.0 * 7) % 5);
        w.iter().enumerate().map(|(i, p)| p.1 * (i as f64 + y)).sum()
    }
    sort_pairs(x, y, v) {
        let mut w: Vec<(f64, f64)> = v.iter().map(|a| (a * x, a + y)).collect();
        w.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
        w.iter().enumerate().map(|(i, p)| p.0 * p.1 * i as f64).sum()
    }
    copy_within(x, y, v) {
        let mut w = v.to_vec();
        w[0] *= x;
        w.copy_within(0..2, 1);
        w[1] *= y;
        w.iter().product()
    }
    replace(x, y, v) {
        let mut a = x * v[0];
        let old = std::mem::replace(&mut a, y);
        old * a + a
    }
    replace_vec(x, y, v) {
        let mut a = v.to_vec();
        let old = std::mem::replace(&mut a, vec![x, y]);
        old[0] * a[0] + a[1]
    }
    take(x, y, v) {
        let mut a = v.to_vec();
        a[0] *= x;
        let b = std::mem::take(&mut a);
        a.push(y);
        b[0] * a[0] + b[1]
    }
    take_loop(x, y, v) {
        let mut cur = v.to_vec();
        for _ in 0..2 { let old = std::mem::take(&mut cur); cur = old.iter().map(|a| a * x + y).collect(); }
        cur.iter().sum()
    }
    swap_refs(x, y, v) {
        let mut a = x;
        let mut b = y;
        { let p = &mut a; let q = &mut b; std::mem::swap(p, q); }
        a * a * b
    }
    swap_zip(x, y, v) {
        let mut a = [y, x * x];
        let mut b = [x, y * y];
        for (p, q) in a.iter_mut().zip(b.iter_mut()) { std::mem::swap(p, q); }
        a[0] * a[1] * a[1] * b[1]
    }
    swap_slices(x, y, v) {
        let mut a = v[..2].to_vec();
        let mut b = vec![x, y];
        a.swap_with_slice(&mut b);
        a[0] * b[0] + a[1] * b[1] * b[1]
    }
    deque(x, y, v) {
        let mut q = std::collections::VecDeque::new();
        for a in v { q.push_back(a * x); if q.len() > 2 { q.pop_front(); } }
        q.push_front(y);
        q[0] * q[1] + q[2]
    }
    deque_window(x, y, v) {
        let mut q: VecDeque<f64> = VecDeque::from(vec![x, y]);
        let mut s = 0.0;
        for a in v { s += q.iter().sum::<f64>() * a; q.pop_front(); q.push_back(a * s); }
        s
    }
    deque_iter(x, y, v) {
        let mut q: VecDeque<f64> = VecDeque::with_capacity(3);
        for a in v { if q.len() == 3 { q.pop_front(); } q.push_back(*a); }
        let m = q.iter().sum::<f64>() / q.len() as f64;
        m * x + y * q.back().unwrap() - q.front().unwrap()
    }
    viterbi(x, y, v) {
        let mut best = vec![x, y];
        for a in v { let prev = best.clone(); for j in 0..2 { best[j] = prev.iter().enumerate().map(|(i, p)| p + a * (i as f64 - j as f64 * x)).fold(f64::NEG_INFINITY, f64::max); } }
        best.iter().cloned().fold(f64::NEG_INFINITY, f64::max)
    }
    double_buffer(x, y, v) {
        let mut a = v.to_vec();
        let mut b = vec![0.0; a.len()];
        for _ in 0..3 { for i in 1..a.len() - 1 { b[i] = a[i] + x * (a[i - 1] - 2.0 * a[i] + a[i + 1]); } b[0] = a[0]; let n = a.len(); b[n - 1] = a[n - 1] * y; std::mem::swap(&mut a, &mut b); }
        a.iter().map(|t| t * t).sum()
    }
    dedup_like(x, y, v) {
        let mut w = Vec::new();
        for a in v { if w.last().map_or(true, |l: &f64| (l - a).abs() > 0.1) { w.push(*a); } }
        w.iter().sum::<f64>() * x * y
    }
    stack(x, y, v) {
        let mut st = vec![x];
        for a in v { let t = st.pop().unwrap(); st.push(t * y + a); if *a > 0.5 { st.push(a * x); } }
        st.iter().sum()
    }
    quantile(x, y, v) {
        let mut r: Vec<f64> = v.iter().map(|a| (a - x).abs()).collect();
        r.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let k = (0.75 * (r.len() - 1) as f64).floor() as usize;
        let f = 0.75 * (r.len() - 1) as f64 - k as f64;
        (r[k] * (1.0 - f) + r[k + 1] * f) * y
    }
    conv(x, y, v) {
        let k = [x, 1.0 - x, y];
        let w: Vec<f64> = v.windows(3).map(|s| s.iter().zip(&k).map(|(a, b)| a * b).sum()).collect();
        w.iter().map(|a| a * a).sum()
    }
    mat_mul_iter(x, y, v) {
        let a = vec![vec![x, y], vec![v[0], v[1]]];
        let b = [[v[2], x], [y, v[3]]];
        let c: Vec<Vec<f64>> = a.iter().map(|r| (0..2).map(|j| r.iter().zip(b.iter()).map(|(p, q)| p * q[j]).sum()).collect()).collect();
        c[0][0] * c[1][1] - c[0][1] * c[1][0]
    }
    transpose(x, y, v) {
        let a = [[x, y], [v[0], v[1]]];
        let t: Vec<Vec<f64>> = (0..2).map(|j| a.iter().map(|r| r[j]).collect()).collect();
        t[0][1] * t[1][0] + t[0][0]
    }
    prefix_sums(x, y, v) {
        let mut c = vec![0.0];
        for a in v { c.push(c[c.len() - 1] + a * x); }
        c.windows(2).map(|w| w[0] * w[1]).sum::<f64>() * y
    }
    soft_dtw(x, y, v) {
        let n = v.len();
        let w = [x, y, x * y];
        let mut d = vec![vec![0.0_f64; 4]; n + 1];
        for i in 1..=n { for j in 1..=3 { let c = (v[i - 1] - w[j - 1]).powi(2); let (a, b, e) = (d[i - 1][j], d[i][j - 1], d[i - 1][j - 1]); let m = a.min(b).min(e); d[i][j] = c + m - ((m - a).exp() + (m - b).exp() + (m - e).exp()).ln(); } }
        d[n][3]
    }
    newton(x, y, v) {
        let mut t = x;
        for _ in 0..20 { let f = v.iter().rev().fold(0.0, |s, c| s * t + c); let df = v.iter().enumerate().skip(1).map(|(i, c)| c * i as f64 * t.powi(i as i32 - 1)).sum::<f64>(); if df.abs() < 1e-3 { break; } let step = 0.1 * f / df; t -= step; if step.abs() < 1e-9 { break; } }
        t * y
    }
    while_pop(x, y, v) {
        let mut st = v.to_vec();
        let mut s = x;
        while let Some(a) = st.pop() { s = s * y + a; }
        s
    }
    if_pop(x, y, v) {
        let mut st = v.to_vec();
        if let Some(a) = st.pop() { st[0] *= a * x; } st.iter().sum::<f64>() * y
    }
    pop_front(x, y, v) {
        let mut q: VecDeque<f64> = v.iter().copied().collect();
        let mut s = x;
        while let Some(a) = q.pop_front() { s = s * y + a; if q.len() == 2 && s > 1.0 { q.push_back(s * 0.1); } if q.len() > 6 { break; } }
        s
    }
    match_last(x, y, v) {
        let mut w = vec![x];
        for a in v { match w.last() { Some(l) if *l > 0.5 => { let n = l * y + a; w.push(n) } _ => w.push(*a) } }
        w.iter().sum()
    }
    opt_first(x, y, v) {
        let f = v.first();
        match f { Some(a) => a * x, None => y }
    }
    opt_max(x, y, v) {
        let m = v.iter().copied().reduce(f64::max);
        m.unwrap_or(0.0) * x + y
    }
    opt_max2(x, y, v) {
        let m: Option<&f64> = v.iter().max_by(|a, b| a.total_cmp(b));
        m.map(|a| a * x).unwrap_or(y)
    }
    ewma(x, y, v) {
        v.iter().fold(None, |acc: Option<f64>, a| match acc { None => Some(*a * x), Some(p) => Some(p * y + a) }).unwrap()
    }
    filter_map_opt(x, y, v) {
        let o = [Some(x), None, Some(y)];
        o.iter().filter_map(|a| *a).map(|a| a * v[0]).sum()
    }
    filter_map_helper(x, y, v) {
        let g = |a: f64| if a > 0.0 { Some(a.ln() * x) } else { None };
        v.iter().filter_map(|&a| g(a)).sum::<f64>() * y
    }
    let_else(x, y, v) {
        let Some(a) = v.get(1) else { return y };
        a * x
    }
    let_else2(x, y, v) {
        let (Some(a), Some(b)) = (v.first(), v.last()) else { return y };
        a * b * x
    }
    remove_if(x, y, v) {
        let mut w = v.to_vec();
        let mut i = 0;
        while i < w.len() { if w[i] < 0.0 { w.remove(i); } else { w[i] *= x; i += 1; } }
        w.iter().sum::<f64>() * y
    }
    replace_opt(x, y, v) {
        let mut best: Option<f64> = None;
        for a in v { let c = a * x; best = match best { Some(b) if b > c => Some(b), _ => Some(c) }; }
        best.unwrap() * y
    }
    checked_rows(x, y, v) {
        let rows: Vec<Vec<f64>> = v.chunks(2).map(|c| c.to_vec()).collect();
        rows.iter().filter_map(|r| r.get(1)).map(|a| a * x).sum::<f64>() * y
    }
    min_max_pair(x, y, v) {
        let (lo, hi) = v.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &a| (l.min(a), h.max(a)));
        v.iter().map(|a| (a - lo) / (hi - lo) * x).sum::<f64>() * y
    }
    break_value(x, y, v) {
        let mut k = 0;
        let r = loop { if v[k] < 0.0 { break v[k] * x; } k += 1; };
        r * y
    }
    find_then(x, y, v) {
        if let Some(p) = v.iter().position(|a| *a < 0.0) { v[p] * x } else { y }
    }
    sum_opt(x, y, v) {
        let s: Option<f64> = v.iter().map(|a| if a.is_nan() { None } else { Some(a * x) }).sum();
        s.unwrap() * y
    }
    collect_opt(x, y, v) {
        let s: Option<Vec<f64>> = v.iter().map(|a| if a.is_nan() { None } else { Some(a * x) }).collect();
        s.unwrap().iter().product::<f64>() * y
    }
    dedup_all(x, y, v) {
        let mut w = vec![v[0] * x, v[0] * x, v[1], v[1], v[2] * y, v[2] * y];
        w.dedup();
        let mut u = vec![x, y, v[0], v[1]];
        u.dedup_by(|a, b| (*a - *b).abs() < 0.65);
        let mut t = v.to_vec();
        t.dedup_by_key(|a| *a > 0.0);
        w.iter().product::<f64>() + u.iter().map(|a| a * a).sum::<f64>() + t[0] * t[1] * w.len() as f64
    }
    select_nth(x, y, v) {
        let mut w: Vec<f64> = v.iter().map(|a| a * x).collect();
        let middle = w.len() / 2;
        w.select_nth_unstable_by(middle, |a, b| a.total_cmp(b));
        w[middle] * w[middle] * y + w.iter().sum::<f64>()
    }
    resize_and_fill_with(x, y, v) {
        let mut w = v.to_vec();
        w.resize_with(7, || x * y);
        w[6] *= v[0];
        w.resize_with(3, || y);
        let mut count = 0;
        let mut u = [0.0; 3];
        u.fill_with(|| { count += 1; x * count as f64 });
        w[2] * u[1] + u[2] * w[0]
    }
    split_off_the_end_in_place(x, y, v) {
        let mut w = v.to_vec();
        if let Some((last, rest)) = w.split_last_mut() {
            for r in rest.iter_mut() { *r += *last * x; }
            *last *= y;
        }
        let Some((first, others)) = w.split_first_mut() else { return x };
        *first += others[0];
        w.iter().map(|a| a * a).sum::<f64>()
    }
    copied_between_halves(x, y, v) {
        let mut w = v.to_vec();
        let (l, r) = w.split_at_mut(2);
        l[0] = r[0] * x;
        r[1] += l[1] * l[0];
        l.copy_from_slice(&r[..2]);
        std::mem::swap(&mut l[0], &mut r[1]);
        w[0] * w[1] * y + w[3]
    }
    swapped_fields(x, y, v) {
        let mut pairs: Vec<(f64, f64)> = v.iter().map(|&a| (a, a * x)).collect();
        for (i, (a, b)) in pairs.iter_mut().enumerate() {
            if i % 2 == 0 { std::mem::swap(a, b); }
            *a *= y;
        }
        pairs.iter().map(|(a, b)| a * b * b).sum::<f64>()
    }
    boxed_slices(x, y, v) {
        let b: Box<[f64]> = v.iter().map(|a| a * x).collect::<Vec<f64>>().into_boxed_slice();
        let c: Box<[f64]> = v.iter().map(|a| a + y).collect();
        let w = b.into_vec();
        w.iter().zip(c.iter()).map(|(p, q)| p * q).sum::<f64>()
    }
    assigned_patterns(x, y, v) {
        let (mut a, mut b, mut c) = (x, y, v[0]);
        [a, b] = [b, a * b];
        (a, (b, _)) = (b * c, (a, x));
        [c, .., b] = [b * x, 1.0, a];
        a * b + c
    }
    dropped(x, y, v) {
        let w: Vec<f64> = v.iter().map(|a| a * x).collect();
        let s = w[0] * w[1];
        drop(w);
        s * y
    }
}

#[differentiable]
fn swapped_between_halves(x: f64, y: f64) -> f64 {
    let mut v = vec![x, y, x * y];
    let (a, b) = v.split_at_mut(1);
    std::mem::swap(&mut a[0], &mut b[1]);
    let mut rows = vec![vec![x, y], vec![y, x * x]];
    let (a, b) = rows.split_at_mut(1);
    std::mem::swap(&mut a[0], &mut b[0]);
    v[0] * 2.0 + v[2] * v[1] + rows[0][1] * rows[1][0]
}

#[test]
fn parts_of_one_value_are_swapped() {
    check!(swapped_between_halves, swapped_between_halves_grad, swapped_between_halves_grad_add,
        swapped_between_halves_vjp; x: 1.3, y: 0.7);
}
