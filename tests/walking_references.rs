//! References that refer now to one thing, now to another.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all, clippy::pedantic)]

mod common;

use backprop::prelude::*;
use common::check;

/// The reference to an element is kept, not its value.
#[differentiable(jvp)]
fn extremes(x: &[f64]) -> f64 {
    let mut best = &x[0];
    let mut worst = &x[0];
    let mut sum = 0.0;
    for v in &x[1..] {
        if v > best {
            best = v;
        }
        if v < worst {
            worst = v;
        }
        sum += best * v;
    }
    let old = best;
    best = &x[1];
    (best - worst).powi(2) * old + sum
}

/// Horner's scheme from the front, by slice patterns.
#[differentiable(jvp)]
fn polynomial(c: &[f64], x: f64) -> f64 {
    let mut rest = c;
    let (mut sum, mut power) = (0.0, 1.0);
    while let [a, tail @ ..] = rest {
        sum += a * power;
        power *= x;
        rest = tail;
    }
    sum
}

/// What was taken from a slice is used after it has moved on.
#[differentiable(jvp)]
fn pairs(x: &[f64]) -> f64 {
    let mut rest = x;
    let mut sum = 1.0;
    while rest.len() > 1 {
        let a = &rest[0];
        let next = &rest[1..];
        rest = next;
        sum += a * rest[0] * next[0];
    }
    let mut cur = x;
    while let Some((head, tail)) = cur.split_first() {
        cur = tail;
        sum = sum * head + tail.first().copied().unwrap_or(0.5);
    }
    sum * rest[0]
}

#[differentiable(jvp)]
fn parameter(mut rest: &[f64], x: f64) -> f64 {
    let mut sum = x;
    while !rest.is_empty() {
        sum += rest[0] * sum;
        rest = &rest[1..];
    }
    sum
}

/// Two slices in turn, gone through before the reference changes.
#[differentiable(jvp)]
fn in_turn(x: &[f64], y: &[f64]) -> f64 {
    let mut cur = x;
    let mut sum = 0.0;
    for k in 0..3 {
        for v in cur {
            sum += v * v * (k as f64);
        }
        cur = if k == 0 { y } else { x };
    }
    sum * cur[0]
}

#[derive(Clone, Differentiable)]
struct Node {
    w: f64,
    next: Option<Box<Node>>,
}

#[differentiable]
fn list(first: &Node, x: f64) -> f64 {
    let mut cur = Some(first);
    let mut s = x;
    while let Some(node) = cur {
        s = s * node.w + 0.1;
        cur = node.next.as_deref();
    }
    let mut last = first;
    while let Some(next) = &last.next {
        s *= last.w;
        last = next;
    }
    s * last.w
}

#[derive(Clone, Differentiable)]
enum Tree {
    Leaf(f64),
    Split { at: f64, left: Box<Tree>, right: Box<Tree> },
}

#[differentiable]
fn decided(tree: &Tree, x: f64) -> f64 {
    let mut node = tree;
    let mut scale = 1.0;
    loop {
        match node {
            Tree::Leaf(v) => return v * scale * x,
            Tree::Split { at, left, right } => {
                scale *= at;
                node = if x < *at { left } else { right };
                scale += at;
            }
        }
    }
}

#[derive(Clone, Differentiable)]
struct Branch {
    w: f64,
    kids: Vec<Branch>,
}

#[differentiable]
fn first_branches(tree: &Branch, x: f64) -> f64 {
    let mut node = tree;
    let mut s = x;
    loop {
        s *= node.w;
        if node.kids.is_empty() {
            break;
        }
        let before = &node.w;
        node = &node.kids[0];
        s += before * node.w;
    }
    s
}

#[differentiable]
fn row<'a>(m: &'a [Vec<f64>], i: usize) -> &'a Vec<f64> {
    &m[i]
}

#[differentiable]
fn rows_by_call(m: &[Vec<f64>]) -> f64 {
    let mut r = row(m, 0);
    let a = &r[0];
    let z = r[1];
    r = row(m, 1);
    a * r[0] * z
}

#[differentiable]
fn energy(node: &Node, x: f64) -> f64 {
    node.w * x + node.w.sin()
}

/// The node is lent to a call, and used after the reference has moved on.
#[differentiable]
fn energies(first: &Node, x: f64) -> f64 {
    let mut cur = Some(first);
    let mut s = x;
    while let Some(node) = cur {
        s += energy(node, s);
        cur = node.next.as_deref();
        s += node.w * s;
    }
    s
}

#[differentiable]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Loops over what the reference refers to, and calls that are lent it.
#[differentiable]
fn tails(x: &[f64]) -> f64 {
    let mut rest = x;
    let mut s = 1.0;
    while rest.len() >= 2 {
        let mut t = 0.0;
        for i in 0..2 {
            t += rest[i] * rest[i] * s;
        }
        for v in rest {
            s += v * t;
        }
        s += dot(rest, x) * s;
        let before = rest;
        rest = &rest[1..];
        s += dot(before, rest) + before[0];
    }
    s
}

#[differentiable]
fn exchanged(x: &[f64], y: &[f64], n: usize) -> f64 {
    let mut a = x;
    let mut b = y;
    let mut s = 0.0;
    for i in 0..n {
        s += a[0] * b[1] + s * b[0];
        let t = a;
        a = b;
        b = t;
        s *= t[1];
        if i == 1 {
            std::mem::swap(&mut a, &mut b);
        }
    }
    s + a[1] * b[0]
}

/// A tuple whose references change places after they were followed.
#[differentiable]
fn tuple_of_rows(m: &[Vec<f64>]) -> f64 {
    let mut pair = (&m[0], &m[1]);
    let a = &pair.0[0];
    let (p, q) = pair;
    pair = (pair.1, pair.0);
    a * pair.0[1] * p[1] + q[0] * pair.1[0]
}

/// The same of an array.
#[differentiable]
fn array_of_rows(m: &[Vec<f64>]) -> f64 {
    let mut rows = [&m[0], &m[1]];
    let a = &rows[0][0];
    let r = rows[0];
    rows.swap(0, 1);
    rows[1] = &m[1];
    a * rows[0][1] * r[1] + rows[1][0]
}

struct Grid {
    h: f64,
    nodes: Vec<f64>,
}

/// A reference to what carries no derivative.
#[differentiable(wrt(x))]
fn grids(grids: &[Grid], x: f64) -> f64 {
    let mut g = &grids[0];
    let mut s = x;
    let n = &g.nodes;
    s += x * g.h * s * n[0];
    let Grid { h, nodes: m } = g;
    g = &grids[1];
    s *= x * g.h;
    for k in 0..2 {
        s += s * g.h * n[0] * h * m[0];
        g = &grids[k];
    }
    s * s
}

/// One of two buffers, written to through one name.
#[differentiable(jvp)]
fn chosen(x: &[f64], c: bool) -> f64 {
    let mut a = x.to_vec();
    let mut b = x.to_vec();
    let y = x[0] * x[1];
    let t = if c { &mut a } else { &mut b };
    t[0] *= y;
    t[1] += t[0];
    let z = a[0] * b[1];
    z * a[1] + b[0]
}

#[differentiable(jvp)]
fn binned(x: &[f64]) -> f64 {
    let mut even = vec![0.0; 2];
    let mut odd = vec![0.0; 2];
    for (i, v) in x.iter().enumerate() {
        let bin = if i % 2 == 0 { &mut even } else { &mut odd };
        bin[i / 2] += v * v;
    }
    even[0] * odd[1] + even[1] * odd[0]
}

#[differentiable(jvp)]
fn one_of_three(x: &[f64], k: usize) -> f64 {
    let mut a = x.to_vec();
    let mut b = x.to_vec();
    let mut c = 1.0;
    for i in 0..2 {
        let t = match (i + k) % 3 {
            0 => &mut a[1],
            1 => {
                b[0] *= 2.0;
                &mut b[1]
            }
            _ => &mut c,
        };
        let y = x[i] * 2.0;
        *t *= y;
        if *t > 5.0 {
            continue;
        }
        *t += y * x[0];
    }
    a[0] * b[1] + a[1] * c + b[0]
}

#[differentiable(jvp)]
fn scaled(v: &mut [f64], y: f64) {
    for e in v.iter_mut() {
        *e *= y;
    }
}

#[differentiable(jvp)]
fn each_of_two(x: &[f64], c: bool) -> f64 {
    let mut a = [x[0], x[1]];
    let mut b = [x[2], x[3]];
    let t: &mut [f64; 2] = if c { &mut a } else { &mut b };
    scaled(t, x[0]);
    let s = t.iter().sum::<f64>();
    for t in [&mut a, &mut b] {
        t[0] += s;
        scaled(t, s);
    }
    a[0] * b[0] + a[1] * b[1]
}

#[test]
fn shared() {
    let x = vec![0.7, 1.3, -0.4, 0.9];
    check!(extremes, extremes_grad, extremes_grad_add, extremes_vjp, extremes_jvp; x: &x);
    check!(polynomial, polynomial_grad, polynomial_grad_add, polynomial_vjp, polynomial_jvp; c: &x, y: 0.6);
    check!(pairs, pairs_grad, pairs_grad_add, pairs_vjp, pairs_jvp; x: &x);
    check!(parameter, parameter_grad, parameter_grad_add, parameter_vjp, parameter_jvp; x: &x, y: 0.6);
    let (x, y) = (vec![0.7, 1.3], vec![-0.4, 0.9, 0.2]);
    check!(in_turn, in_turn_grad, in_turn_grad_add, in_turn_vjp, in_turn_jvp; x: &x, y: &y);
    check!(rows_by_call, rows_by_call_grad, rows_by_call_grad_add, rows_by_call_vjp; m: &vec![x, y]);
}

#[test]
fn lent_to_loops_and_calls() {
    check!(tails, tails_grad, tails_grad_add, tails_vjp; x: &vec![0.7, 0.3, -0.4, 0.5]);
    let (x, y) = (vec![0.7, 1.3], vec![-0.4, 0.9]);
    for n in 0..4 {
        check!(exchanged, exchanged_grad, exchanged_grad_add, exchanged_vjp; x: &x, y: &y, n: const n);
    }
}

#[test]
fn followed_before_a_change() {
    let m = vec![vec![0.7, 1.3], vec![-0.4, 0.9]];
    check!(tuple_of_rows, tuple_of_rows_grad, tuple_of_rows_grad_add, tuple_of_rows_vjp; m: &m);
    check!(array_of_rows, array_of_rows_grad, array_of_rows_grad_add, array_of_rows_vjp; m: &m);
    let two = [Grid { h: 0.5, nodes: vec![2.0] }, Grid { h: 1.5, nodes: vec![0.7] }];
    check!(grids, grids_grad, grids_grad_add, grids_vjp; grids: const &two, x: 0.7);
}

#[test]
fn lists_and_trees() {
    let third = Node { w: -0.8, next: None };
    let second = Node { w: 1.3, next: Some(Box::new(third)) };
    let first = Node { w: 0.7, next: Some(Box::new(second)) };
    check!(list, list_grad, list_grad_add, list_vjp; first: &first, x: 0.6);
    check!(energies, energies_grad, energies_grad_add, energies_vjp; first: &first, x: 0.6);
    let leaf = |v: f64| Box::new(Tree::Leaf(v));
    let right = Tree::Split { at: 1.1, left: leaf(0.3), right: leaf(-0.5) };
    let tree = Tree::Split { at: 0.7, left: leaf(1.3), right: Box::new(right) };
    for x in [0.5, 0.9, 1.4] {
        check!(decided, decided_grad, decided_grad_add, decided_vjp; tree: &tree, x: x);
    }
    let inner = Branch { w: -0.4, kids: vec![] };
    let middle = Branch { w: 1.3, kids: vec![inner.clone(), inner] };
    let tree = Branch { w: 0.7, kids: vec![middle] };
    check!(first_branches, first_branches_grad, first_branches_grad_add, first_branches_vjp; tree: &tree, x: 0.6);
}

#[test]
fn exclusive() {
    let x = vec![0.7, 1.3, -0.4, 0.9];
    check!(binned, binned_grad, binned_grad_add, binned_vjp, binned_jvp; x: &x);
    for c in [true, false] {
        check!(chosen, chosen_grad, chosen_grad_add, chosen_vjp, chosen_jvp; x: &x, c: const c);
        check!(each_of_two, each_of_two_grad, each_of_two_grad_add, each_of_two_vjp, each_of_two_jvp; x: &x, c: const c);
    }
    for k in 0..3 {
        check!(one_of_three, one_of_three_grad, one_of_three_grad_add, one_of_three_vjp, one_of_three_jvp; x: &x, k: const k);
    }
}
