//! Numerical programs in the style of their fields.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, unused)]

#[macro_use]
mod common;
#[macro_use]
mod programs;

use backprop::prelude::*;

programs! {
    lu(x, y, v) {
        let n = 3;
        let mut m: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| v[(i * 2 + j) % v.len()] + if i == j { x } else { 0.1 * y }).collect()).collect();
        let mut det = 1.0;
        for k in 0..n { let p = (k..n).max_by(|&a, &b| m[a][k].abs().partial_cmp(&m[b][k].abs()).unwrap()).unwrap(); if p != k { m.swap(p, k); det = -det; } det *= m[k][k]; for i in k + 1..n { let f = m[i][k] / m[k][k]; for j in k..n { let t = m[k][j]; m[i][j] -= f * t; } } }
        det
    }
    lu_tuple(x, y, v) {
        let n = 2;
        let mut a = [[x, v[0]], [v[1], y]];
        let mut piv = 0;
        for r in 1..n { if a[r][0].abs() > a[piv][0].abs() { piv = r; } }
        a.swap(0, piv);
        let (top, bottom) = a.split_at_mut(1);
        let f = bottom[0][0] / top[0][0];
        for j in 0..2 { bottom[0][j] -= f * top[0][j]; }
        a[0][0] * a[1][1]
    }
    kalman(x, y, v) {
        let (mut m, mut p) = (x, 1.0);
        let mut ll = 0.0;
        for z in v { p += 0.1 * y; let s = p + 0.5; let k = p / s; let r = z - m; m += k * r; p *= 1.0 - k; ll -= 0.5 * (r * r / s + s.ln()); }
        ll
    }
    forward_alg(x, y, v) {
        let t = [[0.7, 0.3], [x.sin().abs(), 1.0 - x.sin().abs()]];
        let mut a = vec![0.5, 0.5];
        for o in v { let e: Vec<f64> = [0.0, y].iter().map(|m| (-(o - m).powi(2)).exp()).collect(); a = (0..2).map(|j| e[j] * (0..2).map(|i| a[i] * t[i][j]).sum::<f64>()).collect(); }
        a.iter().sum::<f64>().ln()
    }
    rk4(x, y, v) {
        let f = |s: f64, u: f64| -x * s + u * y;
        let mut s = 1.0;
        let h = 0.1;
        for u in v { let k1 = f(s, *u); let k2 = f(s + 0.5 * h * k1, *u); let k3 = f(s + 0.5 * h * k2, *u); let k4 = f(s + h * k3, *u); s += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4); }
        s
    }
    cholesky(x, y, v) {
        let n = 3;
        let mut a = vec![vec![0.0; n]; n];
        for i in 0..n { for j in 0..n { a[i][j] = v[i] * v[j] * 0.1 + if i == j { 2.0 + x } else { 0.1 * y }; } }
        let mut l = vec![vec![0.0; n]; n];
        for i in 0..n { for j in 0..=i { let s: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum(); l[i][j] = if i == j { (a[i][i] - s).sqrt() } else { (a[i][j] - s) / l[j][j] }; } }
        (0..n).map(|i| l[i][i].ln()).sum::<f64>() * 2.0
    }
    heat(x, y, v) {
        let n = v.len();
        let mut u = v.to_vec();
        for _ in 0..4 { let old = u.clone(); for i in 1..n - 1 { u[i] = old[i] + 0.2 * x * (old[i - 1] - 2.0 * old[i] + old[i + 1]); } u[0] = y; }
        u.iter().map(|a| a * a).sum::<f64>()
    }
    tridiag(x, y, v) {
        let n = v.len();
        let mut c = vec![0.0; n];
        let mut d = v.to_vec();
        let b = 2.0 + x;
        c[0] = y / b;
        d[0] /= b;
        for i in 1..n { let m = b - y * c[i - 1]; c[i] = y / m; d[i] = (d[i] - y * d[i - 1]) / m; }
        for i in (0..n - 1).rev() { let t = d[i + 1]; d[i] -= c[i] * t; }
        d.iter().sum()
    }
    softmax_ce(x, y, v) {
        let m = v.iter().cloned().fold(f64::NEG_INFINITY, f64::max);
        let z: f64 = v.iter().map(|a| ((a - m) * x).exp()).sum();
        let p: Vec<f64> = v.iter().map(|a| ((a - m) * x).exp() / z).collect();
        -p[1].ln() * y
    }
    attention(x, y, v) {
        let n = v.len();
        let sc: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| v[i] * v[j] * x).collect()).collect();
        let out: Vec<f64> = sc.iter().map(|r| { let m = r.iter().cloned().fold(f64::MIN, f64::max); let e: Vec<f64> = r.iter().map(|s| (s - m).exp()).collect(); let z: f64 = e.iter().sum(); e.iter().zip(v).map(|(p, w)| p / z * w).sum() }).collect();
        out.iter().map(|o| (o - y).powi(2)).sum()
    }
    ewma(x, y, v) {
        v.iter().fold(None, |acc: Option<f64>, a| match acc { None => Some(*a * x), Some(p) => Some(p * y + a) }).unwrap()
    }
    ema_scan(x, y, v) {
        let e: Vec<f64> = v.iter().scan(v[0], |s, &a| { *s = x * 0.3 * a + (1.0 - x * 0.3) * *s; Some(*s) }).collect();
        e.iter().zip(v).map(|(a, b)| (a - b).powi(2)).sum::<f64>() * y
    }
    drawdown(x, y, v) {
        let mut peak = f64::NEG_INFINITY;
        let mut dd = 0.0_f64;
        let mut w = x;
        for r in v { w *= 1.0 + 0.1 * r * y; peak = peak.max(w); dd = dd.max(peak - w); }
        dd + w
    }
    huber(x, y, v) {
        v.iter().map(|a| { let r = a - x; if r.abs() < y { 0.5 * r * r } else { y * (r.abs() - 0.5 * y) } }).sum()
    }
    pairs(x, y, v) {
        let n = v.len();
        (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(|(i, j)| { let d = v[i] - v[j]; (x * x / (d * d + y)).ln() }).sum()
    }
    lennard(x, y, v) {
        let pts: Vec<[f64; 2]> = v.windows(2).map(|w| [w[0] * x, w[1] + y]).collect();
        let mut e = 0.0;
        for (i, a) in pts.iter().enumerate() { for b in &pts[i + 1..] { let r2: f64 = a.iter().zip(b).map(|(p, q)| (p - q).powi(2)).sum(); let s6 = 1.0 / (r2 + 0.3).powi(3); e += 4.0 * (s6 * s6 - s6); } }
        e
    }
    poly_mul(x, y, v) {
        let a = [x, 1.0, y];
        let mut c = vec![0.0; a.len() + v.len() - 1];
        for (i, p) in a.iter().enumerate() { for (j, q) in v.iter().enumerate() { c[i + j] += p * q; } }
        c.iter().enumerate().map(|(k, t)| t * t / (k + 1) as f64).sum()
    }
    fft(x, y, v) {
        fn rev(i: usize, b: u32) -> usize { (0..b).fold(0, |r, k| r | ((i >> k & 1) << (b - 1 - k))) } let n = 4;
        let mut re: Vec<f64> = (0..n).map(|i| v[rev(i, 2)] * x).collect();
        let mut im = vec![0.0; n];
        let mut len = 2;
        while len <= n { let ang = -2.0 * std::f64::consts::PI / len as f64; for s in (0..n).step_by(len) { for k in 0..len / 2 { let (c, d) = ((ang * k as f64).cos(), (ang * k as f64).sin()); let (i, j) = (s + k, s + k + len / 2); let (tr, ti) = (re[j] * c - im[j] * d, re[j] * d + im[j] * c); let (ur, ui) = (re[i], im[i]); re[i] = ur + tr; im[i] = ui + ti; re[j] = ur - tr; im[j] = ui - ti; } } len *= 2; }
        re.iter().zip(&im).enumerate().map(|(k, (a, b))| (a * a + b * b) * y.powi(k as i32)).sum()
    }
    gram_schmidt(x, y, v) {
        let mut q: Vec<Vec<f64>> = vec![vec![x, 1.0, v[0]], vec![v[1], y, 0.5]];
        for i in 0..2 { let (done, rest) = q.split_at_mut(i); let cur = &mut rest[0]; for p in done.iter() { let d: f64 = p.iter().zip(cur.iter()).map(|(a, b)| a * b).sum(); for (c, a) in cur.iter_mut().zip(p) { *c -= d * a; } } let n = cur.iter().map(|a| a * a).sum::<f64>().sqrt(); cur.iter_mut().for_each(|c| *c /= n); }
        q[1][0] * q[0][1] + q[1][2]
    }
    power_it(x, y, v) {
        let a = [[2.0 + x, y], [y, 1.0]];
        let mut u = vec![1.0, 0.5];
        for _ in 0..5 { let w: Vec<f64> = a.iter().map(|r| r.iter().zip(&u).map(|(p, q)| p * q).sum()).collect(); let n = w.iter().map(|t| t * t).sum::<f64>().sqrt(); u = w.into_iter().map(|t| t / n).collect(); }
        u[0] * v[0]
    }
    adam_like(x, y, v) {
        let (mut m, mut s, mut t) = (vec![0.0; v.len()], vec![0.0; v.len()], v.to_vec());
        for k in 1..=3 { let g: Vec<f64> = t.iter().map(|a| 2.0 * (a - 2.0 * x)).collect(); for i in 0..t.len() { m[i] = 0.9 * m[i] + 0.1 * g[i]; s[i] = 0.99 * s[i] + 0.01 * g[i] * g[i]; t[i] -= y * 0.1 * (m[i] / (1.0 - 0.9f64.powi(k))) / ((s[i] / (1.0 - 0.99f64.powi(k))).sqrt() + 1e-3); } }
        t.iter().sum()
    }
    interp(x, y, v) {
        let xs = [-1.0, 0.0, 1.0, 2.0];
        let t = x;
        let i = xs.windows(2).position(|w| w[0] <= t && t < w[1]).unwrap();
        let f = (t - xs[i]) / (xs[i + 1] - xs[i]);
        (v[i] * (1.0 - f) + v[i + 1] * f) * y
    }
    levinson(x, y, v) {
        let mut s: Vec<f64> = Vec::with_capacity(v.len());
        for (i, a) in v.iter().enumerate() { let acc: f64 = s.iter().rev().take(2).zip([x, y]).map(|(p, c)| p * c).sum(); s.push(a + acc * 0.5 + i as f64 * 0.1); }
        s.iter().map(|t| t * t).sum()
    }
    bubble(x, y, v) {
        let mut a: Vec<f64> = v.iter().map(|t| t * x).collect();
        let n = a.len();
        for i in 0..n { let mut sw = false; for j in 0..n - 1 - i { if a[j] > a[j + 1] { a.swap(j, j + 1); sw = true; } } if !sw { break; } }
        a.iter().enumerate().map(|(i, t)| t * (i as f64 + y)).sum()
    }
    insertion(x, y, v) {
        let mut a = v.to_vec();
        for i in 1..a.len() { let key = a[i]; let mut j = i; while j > 0 && a[j - 1] > key { a[j] = a[j - 1]; j -= 1; } a[j] = key; }
        a[0] * x + a[1] * y
    }
    merge(x, y, v) {
        let mut out: Vec<f64> = Vec::new();
        let (l, r) = (&v[..2], &v[2..]);
        let (mut i, mut j) = (0, 0);
        while i < l.len() || j < r.len() { if j >= r.len() || i < l.len() && l[i] <= r[j] { out.push(l[i] * x); i += 1; } else { out.push(r[j] * y); j += 1; } }
        out.iter().enumerate().map(|(k, t)| t * k as f64).sum()
    }
    knapsack(x, y, v) {
        let mut dp = vec![0.0; 5];
        for (w, val) in [(1usize, x), (2, y), (3, v[0])] { for c in (w..5).rev() { let take = dp[c - w] + val; if take > dp[c] { dp[c] = take; } } }
        dp[4] * dp[3]
    }
    floyd(x, y, v) {
        let mut d = vec![vec![f64::INFINITY; 3]; 3];
        for i in 0..3 { d[i][i] = 0.0; }
        d[0][1] = x;
        d[1][2] = y;
        d[0][2] = v[2].abs() * 3.0;
        d[2][0] = 1.0;
        for k in 0..3 { for i in 0..3 { for j in 0..3 { let t = d[i][k] + d[k][j]; if t < d[i][j] { d[i][j] = t; } } } }
        d[0][2] + d[1][0] * d[2][1]
    }
    struct_of_vec(x, y, v) {
        let (mut pos, mut vel): (Vec<f64>, Vec<f64>) = (v.to_vec(), vec![x; v.len()]);
        for _ in 0..3 { for (p, w) in pos.iter_mut().zip(vel.iter_mut()) { let a = -y * *p; *w += 0.1 * a; *p += 0.1 * *w; } }
        pos.iter().zip(&vel).map(|(p, w)| p * w).sum()
    }
    hist(x, y, v) {
        let mut h = [0.0; 3];
        for a in v { for (k, b) in h.iter_mut().enumerate() { *b += (-(a - x - k as f64 * y).powi(2)).exp(); } }
        let s: f64 = h.iter().sum();
        h.iter().map(|p| -(p / s) * (p / s).ln()).sum()
    }
    group_chunks(x, y, v) {
        v.chunks(2).map(|c| c.iter().fold(1.0, |p, a| p * (a + x))).enumerate().map(|(i, p)| p * (i as f64 + y)).sum()
    }
    accum_closure(x, y, v) {
        let mut t = 0.0;
        v.iter().map(|a| { t += a * x; t }).map(|s| s * s).sum::<f64>() * y
    }
    argmin_use(x, y, v) {
        let (i, d) = v.iter().map(|a| (a - x).powi(2)).enumerate().min_by(|a, b| a.1.partial_cmp(&b.1).unwrap()).unwrap();
        d * y + v[i]
    }
    topk(x, y, v) {
        let mut w: Vec<f64> = v.iter().map(|a| a * a * x).collect();
        w.sort_by(|a, b| b.partial_cmp(a).unwrap());
        w.iter().take(2).sum::<f64>() * y + w.into_iter().skip(2).map(|a| a * 0.1).sum::<f64>()
    }
    median_filter(x, y, v) {
        v.windows(3).map(|w| { let mut s = w.to_vec(); s.sort_by(|a, b| a.partial_cmp(b).unwrap()); s[1] * x }).sum::<f64>() * y
    }
    horner2d(x, y, v) {
        let c = [[x, y, 0.5], [v[0], v[1], 1.0]];
        c.iter().rev().fold(0.0, |acc, row| acc * v[2] + row.iter().rev().fold(0.0, |a, t| a * v[3] + t))
    }
    zip_eq(x, y, v) {
        let a: Vec<f64> = v.iter().map(|t| t * x).collect();
        let b: Vec<_> = v.iter().map(|t| t + y).collect();
        let (num, den) = a.iter().zip(b.iter()).fold((0.0, 0.0), |(n, d), (p, q)| (n + p * q, d + q * q));
        num / den
    }
}
