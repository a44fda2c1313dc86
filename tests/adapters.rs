//! Iterator adapters in combination, and what chains end in.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic, unused)]

#[macro_use]
mod common;
#[macro_use]
mod programs;

use backprop::prelude::*;

struct Poly {
    c: Vec<f64>,
}

programs! {
    filter_map_then(x, y, v) {
        v.iter().filter_map(|a| (*a > 0.0).then(|| a.sqrt() * x)).sum::<f64>() * y
    }
    filter_map_if(x, y, v) {
        v.iter().enumerate().filter_map(|(i, a)| if i % 2 == 0 { Some(a * x) } else { None }).sum::<f64>() + y
    }
    filter_map_match(x, y, v) {
        v.iter().filter_map(|&a| match a { a if a > 0.5 => Some(a * a), _ => None }).map(|s| s * y).fold(x, |acc, s| acc * 0.5 + s)
    }
    flat_map_range(x, y, v) {
        (0..v.len()).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| v[i] * v[j] * x).sum::<f64>() * y
    }
    flat_map_slice(x, y, v) {
        let m = vec![vec![x, y], vec![y * x, v[0]]];
        m.iter().flat_map(|r| r.iter()).map(|a| a * a).sum::<f64>()
    }
    flatten(x, y, v) {
        let m = [[x, y], [v[0], v[1]]];
        m.iter().flatten().map(|a| a.sin()).sum::<f64>() + m.iter().flatten().product::<f64>()
    }
    scan(x, y, v) {
        v.iter().scan(x, |s, a| { *s = *s * 0.5 + a; Some(*s) }).map(|s| s * y).sum::<f64>()
    }
    scan_collect(x, y, v) {
        let p: Vec<f64> = v.iter().scan(1.0, |s, &a| { *s *= 1.0 + 0.1 * a * x; Some(*s) }).collect();
        p[p.len() - 1] * p[0] * y
    }
    scan_stop(x, y, v) {
        v.iter().scan(x, |s, &a| { *s += a; if *s > 2.0 { None } else { Some(*s * y) } }).sum::<f64>()
    }
    take_while(x, y, v) {
        v.iter().take_while(|a| **a > -0.2).map(|a| a * x).sum::<f64>() * y
    }
    skip_while(x, y, v) {
        v.iter().skip_while(|&&a| a > 0.0).map(|a| a * x).sum::<f64>() * y
    }
    map_while(x, y, v) {
        v.iter().map_while(|a| if *a > 0.0 { Some(a.ln() * x) } else { None }).sum::<f64>() + y
    }
    chain1(x, y, v) {
        v.iter().chain(&[x, y]).map(|a| a * a).sum::<f64>()
    }
    chain_once(x, y, v) {
        std::iter::once(x).chain(v.iter().copied()).chain(std::iter::once(y)).fold(0.0, |s, a| s * 0.9 + a)
    }
    chain_take(x, y, v) {
        v.iter().copied().chain([x, y]).take_while(|a| *a > -0.6).map(|a| a * a).sum::<f64>()
    }
    zip_maps(x, y, v) {
        v.iter().map(|a| a * x).zip(v.iter().map(|b| b.cos())).map(|(a, b)| a * b).sum::<f64>() * y
    }
    zip_array(x, y, v) {
        v.iter().zip([x, y]).map(|(a, b)| a * b).sum::<f64>()
    }
    zip_array2(x, y, v) {
        let w = [x, y, x * y];
        v.iter().zip(w).map(|(a, b)| a * b).sum::<f64>()
    }
    zip_filter(x, y, v) {
        v.iter().filter(|a| **a > 0.0).zip(v.iter().rev()).map(|(a, b)| a * b * x).sum::<f64>() * y
    }
    zip3(x, y, v) {
        v.iter().zip(v.iter().skip(1)).zip(v.iter().skip(2)).map(|((a, b), c)| a * b * c + x * b).sum::<f64>() * y
    }
    enumerate_mid(x, y, v) {
        v.iter().filter(|a| **a > 0.0).enumerate().map(|(i, a)| a * x.powi(i as i32)).sum::<f64>() * y
    }
    rev_map(x, y, v) {
        v.iter().map(|a| a * x).rev().fold(y, |s, a| s * 0.5 + a)
    }
    rev_enum(x, y, v) {
        v.iter().enumerate().rev().map(|(i, a)| a * (i as f64 + x)).fold(y, |s, a| s * 0.5 + a)
    }
    skip_mid(x, y, v) {
        v.iter().filter(|a| **a > 0.0).skip(1).map(|a| a * x).sum::<f64>() * y
    }
    take_mid(x, y, v) {
        v.iter().filter(|a| **a > 0.0).take(2).map(|a| a * x).sum::<f64>() * y
    }
    step_mid(x, y, v) {
        v.iter().map(|a| a * x).step_by(2).sum::<f64>() * y
    }
    step_filter(x, y, v) {
        v.iter().filter(|a| **a > -0.5).step_by(2).map(|a| a * x).sum::<f64>() * y
    }
    inspect(x, y, v) {
        let mut n = 0;
        let s = v.iter().inspect(|_| n += 1).map(|a| a * x).sum::<f64>();
        s * y * n as f64
    }
    cycle_take(x, y, v) {
        v.iter().cycle().take(7).enumerate().map(|(i, a)| a * x * i as f64).sum::<f64>() * y
    }
    cycle_zip(x, y, v) {
        let w = [x, y];
        v.iter().zip(w.iter().cycle()).map(|(a, b)| a * b).sum::<f64>()
    }
    repeat_zip(x, y, v) {
        v.iter().zip(std::iter::repeat(x)).map(|(a, b)| a * b * y).sum::<f64>()
    }
    repeat_take(x, y, v) {
        std::iter::repeat(x * y).take(3).product::<f64>() * v[0]
    }
    successors(x, y, v) {
        std::iter::successors(Some(x), |t| Some(t * y)).take(4).sum::<f64>() * v[0]
    }
    successors2(x, y, v) {
        std::iter::successors(Some(x), |&t| if t > 0.1 { Some(t * 0.5 * y) } else { None }).map(|t| t * t).sum::<f64>() * v[0]
    }
    from_fn(x, y, v) {
        let mut k = 0;
        let mut t = x;
        std::iter::from_fn(|| { k += 1; t *= y; if k < 5 { Some(t) } else { None } }).sum::<f64>() * v[0]
    }
    maxby(x, y, v) {
        *v.iter().max_by(|a, b| a.partial_cmp(b).unwrap()).unwrap() * x * y
    }
    minby(x, y, v) {
        v.iter().map(|a| (a - x).abs()).min_by(|a, b| a.total_cmp(b)).unwrap() * y
    }
    minby_copied(x, y, v) {
        v.iter().copied().min_by(f64::total_cmp).unwrap() * x + y
    }
    maxby_enum(x, y, v) {
        let (i, m) = v.iter().enumerate().max_by(|a, b| a.1.partial_cmp(b.1).unwrap()).unwrap();
        m * x * (i as f64 + y)
    }
    max_by_key(x, y, v) {
        let m = v.iter().max_by_key(|a| (a.abs() * 1000.0) as i64).unwrap();
        m * x * y
    }
    reduce(x, y, v) {
        v.iter().copied().reduce(f64::max).unwrap() * x + y
    }
    reduce2(x, y, v) {
        v.iter().map(|a| a * x).reduce(|a, b| a * 0.5 + b * y).unwrap_or(0.0)
    }
    last(x, y, v) {
        v.iter().map(|a| a * x).last().unwrap() * y
    }
    last2(x, y, v) {
        v.last().unwrap() * x * y + v.first().unwrap()
    }
    nth(x, y, v) {
        v.iter().nth(2).unwrap() * x * y + v.iter().map(|a| a * y).nth(1).unwrap()
    }
    find(x, y, v) {
        v.iter().find(|a| **a < 0.0).unwrap() * x * y
    }
    find_copied(x, y, v) {
        v.iter().copied().find(|&a| a < 0.0).unwrap_or(1.0) * x * y
    }
    find_map(x, y, v) {
        v.iter().find_map(|a| if *a < 0.0 { Some(a * x) } else { None }).unwrap() * y
    }
    get(x, y, v) {
        v.get(1).copied().unwrap_or(0.0) * x + v.get(100).copied().unwrap_or(y)
    }
    get_iflet(x, y, v) {
        let mut s = 0.0;
        for i in 0..v.len() + 2 { if let Some(a) = v.get(i) { s += a * x; } else { s += y; } }
        s
    }
    get_match(x, y, v) {
        match v.get(2) { Some(a) => a * x, None => y }
    }
    get_map(x, y, v) {
        v.get(1).map(|a| a * x).unwrap_or(y) + v.get(99).map_or(y, |a| a * x)
    }
    split_first(x, y, v) {
        if let Some((h, t)) = v.split_first() { h * x + t.iter().sum::<f64>() * y } else { 0.0 }
    }
    split_last(x, y, v) {
        let (l, rest) = v.split_last().unwrap();
        l * x + rest.iter().product::<f64>() * y
    }
    unzip(x, y, v) {
        let (a, b): (Vec<f64>, Vec<f64>) = v.iter().map(|t| (t * x, t * y)).unzip();
        a.iter().zip(&b).map(|(p, q)| p * q).sum()
    }
    partition(x, y, v) {
        let (a, b): (Vec<f64>, Vec<f64>) = v.iter().map(|t| t * x).partition(|t| *t > 0.5);
        a.iter().sum::<f64>() * y - b.iter().product::<f64>()
    }
    fold_pair(x, y, v) {
        let (s, q) = v.iter().fold((0.0, 1.0), |(s, q), a| (s + a * x, q * (1.0 + a * y)));
        s * q
    }
    fold_mut(x, y, v) {
        let w = v.iter().fold(vec![0.0; 2], |mut acc, a| { acc[0] += a * x; acc[1] += acc[0] * y; acc });
        w[0] * w[1]
    }
    by_name(x, y, v) {
        v.iter().copied().map(f64::sin).map(f64::exp).sum::<f64>() * x * y
    }
    array_map(x, y, v) {
        let a = [x, y, v[0]].map(|t| t * t + 1.0);
        a[0] * a[1] - a[2]
    }
    from_fn_array(x, y, v) {
        let a: [f64; 3] = std::array::from_fn(|i| v[i] * x + i as f64);
        a[0] * a[1] * a[2] * y
    }
    try_into(x, y, v) {
        let a: [f64; 3] = v.iter().take(3).map(|t| t * x).collect::<Vec<_>>().try_into().unwrap();
        a[0] * a[1] - a[2] * y
    }
    named_it(x, y, v) {
        let it = v.iter().map(|a| a * x);
        it.sum::<f64>() * y
    }
    named_it2(x, y, v) {
        let sq = v.iter().map(|a| a * x);
        let w = v.iter().map(|a| a + y);
        sq.zip(w).map(|(a, b)| a * b).sum::<f64>()
    }
    for_chain(x, y, v) {
        let mut s = 0.0;
        for a in v.iter().filter(|a| **a > 0.0).map(|a| a * x) { s = s * 0.5 + a * y; }
        s
    }
    for_enum_skip(x, y, v) {
        let m = vec![vec![x, y], vec![y, x], vec![x * y, v[0]], vec![v[1], v[2]]];
        let mut s = 0.0;
        for (i, row) in m.iter().enumerate().skip(1).step_by(2) { s += row[0] * row[1] * i as f64; }
        s
    }
    for_array(x, y, v) {
        let mut s = 1.0;
        for a in [x, y, v[0]] { s *= a + 0.5; }
        s
    }
    for_array_ref(x, y, v) {
        let mut s = 1.0;
        for a in &[x, y, v[0]] { s *= a + 0.5; }
        s
    }
    for_mut(x, y, v) {
        let mut s = 0.0;
        for mut a in v.iter().copied() { a *= x; s += a * a * y; }
        s
    }
    for_mut_i(x, y, v) {
        let mut s = x;
        for mut i in 0..2 { i += 1; s *= v[i] * y; }
        s
    }
    for_flat_break(x, y, v) {
        let mut s = 0.0;
        for a in (0..3).flat_map(|i| (0..2).map(move |j| i * 2 + j)) { if a == 4 { break; } if a == 1 { continue; } s += v[a % v.len()] * x; }
        s * y
    }
    for_chain_break(x, y, v) {
        let mut s = 0.0;
        for a in v.iter().chain(&[x, y]) { if *a > 1.2 && s > 0.5 { break; } s += a * a; }
        s * y
    }
    for_zip_map(x, y, v) {
        let mut s = 0.0;
        for (a, b) in v.iter().map(|a| a * x).zip(v.iter().rev()) { s += a * b; }
        s * y
    }
    closure_return(x, y, v) {
        v.iter().map(|a| { if *a < 0.0 { return 0.5 * x; } a.sqrt() * y }).sum::<f64>()
    }
    names(x, y, v) {
        let a = v.iter().map(|x| x * x).map(|x| x + y).filter(|x| *x > 0.8).sum::<f64>();
        a * x
    }
    names2(x, y, v) {
        let t = 2.0 * x;
        v.iter().map(|a| { let t = a * y; t * t }).map(|b| b * t).sum::<f64>()
    }
    nested(x, y, v) {
        v.iter().map(|a| v.iter().map(|b| (a - b) * (a - b) * x).sum::<f64>()).sum::<f64>() * y
    }
    windows_zip(x, y, v) {
        v.windows(2).zip(v.iter()).map(|(w, a)| (w[1] - w[0]) * a * x).sum::<f64>() * y
    }
    chunks_rev(x, y, v) {
        v.chunks(2).rev().map(|c| c.iter().sum::<f64>() * x).fold(y, |s, c| s * 0.5 + c)
    }
    pattern_array(x, y, v) {
        [[x, y], [y, v[0]]].iter().map(|[a, b]| a * b).sum::<f64>() * x
    }
    collect_tuple(x, y, v) {
        let p: Vec<(f64, f64)> = v.iter().map(|a| (a * x, a + y)).collect();
        p.iter().map(|(a, b)| a * b).sum::<f64>()
    }
    collect_nested(x, y, v) {
        let m: Vec<Vec<f64>> = (0..3).map(|i| (0..2).map(|j| v[i] * x + j as f64 * y).collect()).collect();
        m[0][0] * m[1][1] + m[2][0]
    }
    for_each_mut(x, y, v) {
        let mut w = v.to_vec();
        w.iter_mut().enumerate().for_each(|(i, a)| *a *= x + i as f64);
        w.iter().sum::<f64>() * y
    }
    try_fold_none(x, y, v) {
        v.iter().try_fold(x, |s, a| if *a > -10.0 { Some(s * y + a) } else { None }).unwrap()
    }
    any_all(x, y, v) {
        if v.iter().any(|a| *a > 1.2) { x } else { y * v.iter().filter(|a| **a > 0.0).count() as f64 }
    }
    once_for(x, y, v) {
        let mut s = y;
        for a in std::iter::once(x).chain(v.iter().copied()) { s = s * 0.5 + a * a; }
        s
    }
    ema(x, y, v) {
        let e: Vec<f64> = v.iter().scan(v[0], |s, &a| { *s = x * 0.3 * a + (1.0 - x * 0.3) * *s; Some(*s) }).collect();
        e.iter().zip(v).map(|(a, b)| (a - b).powi(2)).sum::<f64>() * y
    }
    lu1(x, y, v) {
        let n = 3;
        let mut m: Vec<Vec<f64>> = vec![vec![x, y, v[0]], vec![v[1], x, 0.3], vec![y, 0.2, v[2]]];
        for k in 0..n { let p = (k..n).max_by(|&a, &b| m[a][k].abs().partial_cmp(&m[b][k].abs()).unwrap()).unwrap(); m.swap(p, k); }
        m[0][0] * m[1][1]
    }
    let_ref(x, y, v) {
        let r = &x;
        let &a = r;
        a * y + v[0]
    }
    pair_ref(x, y, v) {
        v.iter().map(|a| (a * x, *a)).map(|(p, q)| p * q).sum::<f64>() * y
    }
    enum_ref(x, y, v) {
        v.iter().enumerate().map(|(i, &a)| a * a * x * i as f64).sum::<f64>() * y
    }
    windows_pat(x, y, v) {
        v.windows(2).map(|w| match w { [a, b] => (a - b).powi(2) * x, _ => 0.0 }).sum::<f64>() * y
    }
    tuple_windows(x, y, v) {
        v.iter().zip(&v[1..]).filter(|(a, b)| a < b).map(|(a, b)| (b - a) * x).sum::<f64>() * y
    }
    array_of_arrays(x, y, v) {
        let pts = [[x, y], [v[0], v[1]], [v[2], v[3]]];
        pts.iter().map(|&[a, b]| a * b).sum::<f64>() + pts.iter().map(|p| p[0] * p[1]).product::<f64>()
    }
    max_f64_max(x, y, v) {
        let m = v.iter().fold(f64::MIN, |a, b| a.max(*b));
        v.iter().map(|a| ((a - m) * x).exp()).sum::<f64>().ln() * y
    }
    map_sum_f32(x, y, v) {
        v.iter().map(|a| a.sin() * x).sum::<f64>() / v.len() as f64 * y
    }
    rev_chars(x, y, v) {
        (0..v.len()).rev().map(|i| v[i] * x.powi(i as i32)).sum::<f64>() * y
    }
    count_pos(x, y, v) {
        let n = v.iter().filter(|&&a| a > 0.0).count();
        v.iter().map(|a| a * x / n as f64).sum::<f64>() * y
    }
    all_pos(x, y, v) {
        let ok = v.iter().all(|a| a.is_finite());
        if ok { v.iter().map(|a| a * x).sum::<f64>() } else { y }
    }
    collect_then_index(x, y, v) {
        let idx: Vec<usize> = (0..v.len()).filter(|&i| v[i] > 0.0).collect();
        idx.iter().map(|&i| v[i] * x).sum::<f64>() * y
    }
    sorted_idx(x, y, v) {
        let mut idx: Vec<usize> = (0..v.len()).collect();
        idx.sort_by(|&a, &b| v[a].partial_cmp(&v[b]).unwrap());
        idx.iter().enumerate().map(|(r, &i)| v[i] * x * r as f64).sum::<f64>() * y
    }
    cumsum_for(x, y, v) {
        let mut acc = 0.0;
        let c: Vec<f64> = v.iter().map(|a| { acc += a * x; acc }).collect();
        c.iter().map(|t| t * t).sum::<f64>() * y
    }
    diff_collect(x, y, v) {
        let d: Vec<f64> = v.windows(2).map(|w| w[1] - w[0]).collect();
        let d2: Vec<f64> = d.windows(2).map(|w| w[1] - w[0]).collect();
        d2.iter().map(|t| t * t * x).sum::<f64>() + y * d[0]
    }
    chunk_mean(x, y, v) {
        v.chunks(2).map(|c| c.iter().sum::<f64>() / c.len() as f64).map(|m| m * m * x).sum::<f64>() * y
    }
    nested_vec_iter_mut(x, y, v) {
        let mut m = vec![vec![x, y], vec![v[0], v[1]]];
        for row in &mut m { let s: f64 = row.iter().sum(); for e in row.iter_mut() { *e /= s + 3.0; } }
        m.iter().map(|r| r.iter().product::<f64>()).sum()
    }
    outer(x, y, v) {
        let m: Vec<Vec<f64>> = v.iter().map(|a| [x, y].iter().map(|b| a * b).collect()).collect();
        m.iter().flatten().sum::<f64>() + m[1][1]
    }
    fold_vec(x, y, v) {
        v.iter().fold(Vec::new(), |mut acc, a| { let l = acc.last().copied().unwrap_or(x); acc.push(l * y + a); acc }).iter().sum()
    }
    step_sum(x, y, v) {
        v.iter().step_by(2).zip(v.iter().skip(1).step_by(2)).map(|(a, b)| a * b * x).sum::<f64>() * y
    }
    to_owned_iter(x, y, v) {
        v.to_vec().into_iter().map(|a| a * x).sum::<f64>() * y
    }
    vec_into_iter(x, y, v) {
        let w = vec![x, y, x * y];
        w.into_iter().enumerate().map(|(i, a)| a * v[i]).sum()
    }
    into_iter_rev(x, y, v) {
        let w = vec![x, y, x * y];
        w.into_iter().rev().fold(0.5, |s, a| s * a + v[0])
    }
    zip_into(x, y, v) {
        let w = vec![x, y];
        let u = vec![v[0], v[1]];
        w.into_iter().zip(u).map(|(a, b)| a * b).sum()
    }
    next(x, y, v) {
        let mut it = v.iter();
        let first = it.next().unwrap();
        let mut s = first * x;
        for a in it { s = s * y + a; }
        s
    }
    iter_sum_tuple(x, y, v) {
        let (a, b) = v.iter().map(|t| (t * x, t * t)).fold((0.0, 0.0), |acc, t| (acc.0 + t.0, acc.1 + t.1));
        a * b * y
    }
    sum_of_sq_by_ref(x, y, v) {
        let s: f64 = (&v).iter().map(|t| t * x).sum();
        s * y
    }
    self_ref(x, y, v) {
        let w = &v[1..];
        let m = w.iter().copied().fold(f64::INFINITY, f64::min);
        (m - x).powi(2) * y
    }
    next3(x, y, v) {
        let mut it = v.iter().copied();
        let a = it.next().unwrap();
        let b = it.next().unwrap_or(y);
        a * b * x + it.map(|t| t * t).sum::<f64>()
    }
    next_while(x, y, v) {
        let mut it = v.iter();
        let mut s = 0.0;
        while let Some(a) = it.next() { s = s * x + a; if let Some(b) = it.next() { s += b * y; } }
        s
    }
    next_match(x, y, v) {
        let mut it = v.iter().peekable();
        let mut s = y;
        loop { match it.next() { Some(a) => { s = s * 0.5 + a * x; if it.peek().is_none() { s *= 2.0; } } None => break } }
        s
    }
    own_type(x, y, v) {
        let p = vec![x, y];
        let q = Poly { c: vec![1.0, 2.0] };
        p.iter().zip(q.c.iter()).map(|(a, b)| a * b).sum::<f64>() * v[0]
    }
    flatten_options(x, y, v) {
        let roots: Vec<Option<f64>> = v.iter().map(|&a| (a > 0.0).then(|| a.sqrt() * x)).collect();
        let list = [Some(x * y), None, Some(y)];
        roots.iter().flatten().map(|a| a * a * a).sum::<f64>()
            + list.into_iter().flatten().sum::<f64>()
            + roots.into_iter().flatten().product::<f64>()
    }
    flatten_mapped_options(x, y, v) {
        v.iter().map(|&a| (a > 0.0).then(|| a.ln() * x)).flatten().sum::<f64>()
            + v.iter().flat_map(|&a| if a > 0.35 { Some(a * y) } else { None }).sum::<f64>()
    }
    flatten_then_copied(x, y, v) {
        let m = vec![vec![x, y], v.to_vec()];
        m.iter().flatten().copied().fold(1.0, |p, t| p * (1.5 + t))
    }
    parts_by_condition(x, y, v) {
        v.chunk_by(|a, b| a < b).map(|run| run.iter().sum::<f64>().powi(2) * x).sum::<f64>() * y
    }
    parts_from_the_end(x, y, v) {
        v.rchunks(2).map(|c| c.iter().product::<f64>() * x).sum::<f64>() + y
    }
    remainder_of_chunks(x, y, v) {
        let chunks = v.chunks_exact(2);
        let rest = chunks.remainder();
        let mut s = rest.iter().sum::<f64>() * y;
        for c in chunks { s += c[0] * c[1] * x; }
        s
    }
    cycle_of_values(x, y, v) {
        v.iter().zip([1.0, -1.0].iter().cycle()).map(|(a, s)| a * a * s * x).sum::<f64>()
            + [x, y].iter().cycle().take(5).zip(v).map(|(a, b)| a * b).sum::<f64>()
    }
    fold_from_the_end(x, y, v) {
        let s: f64 = v.iter().rfold(0.0, |acc, &c| acc.mul_add(x, c));
        s * y
    }
    fold_of_open_type(x, y, v) {
        let horner: f64 = v.iter().fold(0.0, |acc, c| acc.mul_add(x, *c));
        let (a, b): (f64, f64) = v.iter().fold((0.0, 1.0), |(a, b), c| (a * x + c, b * c.cos()));
        horner * y + a * b
    }
    partition_copies(x, y, v) {
        let (low, high): (Vec<f64>, Vec<f64>) = v.iter().partition(|&&a| a < 0.5);
        low.iter().sum::<f64>() * x + high.iter().product::<f64>() * y
    }
    from_iter(x, y, v) {
        let w = Vec::from_iter(v.iter().map(|a| a * x));
        w[0] * w[1] * y
    }
    arrays_from_parts(x, y, v) {
        let a: [f64; 2] = v[..2].try_into().unwrap();
        let b: &[f64; 2] = v[2..4].try_into().expect("two elements");
        a[0] * b[1] * x + a[1] * b[0] * y
    }
    fold_typed_by_its_closure(x, y, v) {
        let largest = v.iter().cloned().fold(0.0, |a: f64, b| a.max(b.abs()));
        largest * x + y
    }
    closure_of_known_result(x, y, v) {
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(p, q)| p * q).sum() };
        dot(v, v).sqrt() * x + dot(&v[1..], &v[..3]) * y
    }
}

type Image = Vec<Vec<f64>>;

#[differentiable(jvp)]
fn rectified(image: &Image) -> Image {
    image.iter().map(|row| row.iter().map(|v| v.max(0.0)).collect()).collect()
}

#[differentiable(jvp)]
fn brightness(pixels: &[f64]) -> f64 {
    let square: [f64; 4] = pixels.try_into().unwrap();
    let total = square.iter().sum::<f64>();
    let share = square.map(|p| p * p / total);
    let image: Image = share.chunks(2).map(|row| row.iter().map(|p| p - 0.1).collect()).collect();
    rectified(&image).iter().flatten().sum()
}

#[test]
fn arrays_are_mapped_and_aliases_collected() {
    let pixels = vec![0.3, 0.9, 0.1, 0.7];
    check!(brightness, brightness_grad, brightness_grad_add, brightness_vjp, brightness_jvp; pixels: &pixels);
}

/// The area of a polygon, each corner beside the next one.
#[differentiable(jvp)]
fn area(corners: &[(f64, f64)]) -> f64 {
    corners.iter().zip(corners.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
}

#[differentiable(jvp)]
fn around(x: &[f64], first: usize) -> f64 {
    let twice = x.iter().cycle().skip(first).take(7);
    let mut sum = 0.0;
    for (a, b) in twice.zip(x.iter().copied().cycle().skip(first + 1)) {
        sum += a * b * b;
    }
    sum + x
        .iter()
        .filter(|x| **x > 0.0)
        .zip(x.iter().cycle().skip(2))
        .map(|(a, b)| a * b)
        .sum::<f64>()
}

#[test]
fn cycles_that_begin_later() {
    check!(area, area_grad, area_grad_add, area_vjp, area_jvp;
        corners: &vec![(0.0, 0.1), (1.0, 0.2), (0.7, 1.0), (-0.2, 0.8)]);
    for first in 0..5 {
        check!(around, around_grad, around_grad_add, around_vjp, around_jvp;
            x: &vec![0.9, -0.4, 1.3], first: const first);
    }
    assert_eq!(area_grad(&[]), (area(&[]), vec![]));
}

// ---- closures with a `?`

#[differentiable]
fn root(x: f64) -> Result<f64, String> {
    if x > 0.0 { Ok(x.sqrt()) } else { Err("not positive".into()) }
}

#[differentiable]
fn logarithm(x: f64) -> Option<f64> {
    (x > 0.25).then(|| x.ln())
}

#[differentiable]
fn pairs_of_roots(xs: &[f64], k: f64) -> Result<Vec<(f64, f64)>, String> {
    xs.iter()
        .map(|&x| {
            let sum = root(x)? + root(x * k)?;
            if sum > 5.0 {
                return Err("too large".to_string());
            }
            Ok((k * sum, sum))
        })
        .collect()
}

#[differentiable]
fn tried_in_closures(xs: &[f64], k: f64) -> Result<f64, String> {
    let pairs = pairs_of_roots(xs, k)?;
    let roots = xs
        .iter()
        .map(|&x| -> Result<f64, String> {
            let root = root(x)?;
            Ok(k * root)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let large: Vec<f64> = xs.iter().filter_map(|&x| Some(k * logarithm(x)?)).collect();
    let sum: Option<f64> = xs.iter().map(|&x| Some(logarithm(x + 1.0)? * k)).sum();
    let small: Option<f64> = xs.iter().map(|&x| Some(logarithm(x)? * k)).sum();
    let roots: f64 = roots.iter().sum::<f64>() * pairs[0].0 * pairs[1].1;
    Ok(roots + large.iter().sum::<f64>() + sum.unwrap_or(0.0) * small.unwrap_or(3.0))
}

#[differentiable]
fn unwrapped(xs: &[f64], k: f64) -> f64 {
    tried_in_closures(xs, k).unwrap()
}

#[test]
fn closures_with_question_marks() {
    check!(unwrapped, unwrapped_grad, unwrapped_grad_add, unwrapped_vjp;
        xs: &vec![1.0, 0.2, 0.7], k: 1.3);
    check!(unwrapped, unwrapped_grad, unwrapped_grad_add, unwrapped_vjp;
        xs: &vec![1.0, 2.0], k: 1.3);
    assert_eq!(tried_in_closures_grad(&[1.0, -1.0], 1.3), Err("not positive".to_owned()));
    assert_eq!(tried_in_closures_grad(&[9.0], 1.3), Err("too large".to_owned()));
}

#[differentiable(wrt(rows))]
fn methods_by_path(rows: &[Vec<f64>], known: &[Option<f64>]) -> f64 {
    let count: usize = rows.iter().map(Vec::len).sum();
    let widest = rows.iter().map(Vec::len).fold(0, usize::max);
    let copies: Vec<Vec<f64>> = rows.iter().map(Vec::clone).collect();
    let heads: Vec<Vec<f64>> = rows.iter().map(|row| &row[..1]).map(<[f64]>::to_vec).collect();
    let some = known.iter().map(Option::is_some).filter(|some| *some).count();
    copies[0][1] * heads[1][0] * (count * widest + some) as f64
}

#[test]
fn methods_of_std_by_path() {
    check!(methods_by_path, methods_by_path_grad, methods_by_path_grad_add, methods_by_path_vjp;
        rows: &vec![vec![1.0, 2.0], vec![3.0, 4.0, 5.0]], known: const &[None, Some(1.0)]);
    let (value, _) = methods_by_path_grad(&[vec![1.0, 2.0], vec![3.0; 3]], &[None, Some(1.0)]);
    assert_eq!(value, 6.0 * 16.0);
}
