//! Parameters that a function changes for its caller, and arguments that it takes by value.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_pullback, check};

macro_rules! check_all {
    ($($f:ident $grad:ident $grad_add:ident $vjp:ident $jvp:ident),* $(,)?) => {
        for (x, y) in [(1.3, 0.7), (0.4, -0.9)] {
            $(check!($f, $grad, $grad_add, $vjp, $jvp; x: x, y: y);)*
        }
    };
}

// ---- slices and numbers

#[differentiable(jvp)]
fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for i in 0..x.len() {
        y[i] += a * x[i];
    }
}

#[differentiable(jvp)]
fn relax(a: f64, y: &mut [f64]) -> f64 {
    let mut sum = 0.0;
    for i in 1..y.len() {
        y[i] = a * y[i] * y[i - 1];
        sum += y[i];
    }
    sum
}

#[differentiable(jvp)]
fn bump(t: &mut f64, k: f64) {
    if *t < -5.0 {
        return;
    }
    *t = *t * *t + k;
}

#[differentiable(jvp)]
fn grow(v: &mut Vec<f64>, k: f64) {
    let last = v[v.len() - 1];
    v.push(last * k);
    v[0] += k;
}

#[differentiable(jvp)]
fn whole_and_part(x: f64, y: f64) -> f64 {
    let v = vec![x, y, x * y];
    let mut w = vec![y, 1.0, x];
    axpy(x, &v, &mut w);
    axpy(y, &v[..2], &mut w[1..]);
    w[0] * w[1] + w[2] * v[0]
}

#[differentiable(jvp)]
fn rows(x: f64, y: f64) -> f64 {
    let mut m = vec![vec![x, y], vec![y, x * x], vec![1.0, x]];
    for i in 1..3 {
        let above = m[i - 1].clone();
        let row = &mut m[i];
        axpy(x, &above, row);
        axpy(y, &above, &mut row[..]);
        relax(y, row);
    }
    m[2][0] * m[1][1] + m[2][1]
}

#[differentiable(jvp)]
fn in_expressions(x: f64, y: f64) -> f64 {
    let mut v = [x, y, x + y];
    let s = relax(x, &mut v) + relax(y, &mut v[1..]);
    s * v[2] * v[0]
}

#[differentiable(jvp)]
fn in_loops(x: f64, y: f64) -> f64 {
    let mut t = x;
    for i in 0..4 {
        let before = t;
        bump(&mut t, y * before);
        if i % 2 == 0 {
            bump(&mut t, -x);
        }
    }
    t * x
}

#[differentiable(jvp)]
fn growing(x: f64, y: f64) -> f64 {
    let mut v = vec![x];
    for _ in 0..4 {
        grow(&mut v, y);
    }
    v[4] * v[0] + v[2]
}

#[differentiable(jvp)]
fn handed_on(y: &mut [f64], a: f64) -> f64 {
    let copy = y.to_vec();
    axpy(a, &copy, y);
    relax(a, &mut y[1..]);
    bump(&mut y[0], a);
    y[0] * y[2]
}

#[differentiable(jvp)]
fn through_two(x: f64, y: f64) -> f64 {
    let mut v = [x, y, x * y];
    handed_on(&mut v, y) * v[1]
}

#[differentiable(jvp)]
fn scaled_in_place(a: &mut f64, k: f64, calls: &mut usize) -> f64 {
    *calls += 1;
    *a *= k;
    *a
}

/// Each operand has the value of its turn.
#[differentiable(jvp)]
fn in_turn(x: f64, y: f64) -> f64 {
    let mut a = x;
    let mut n = 0;
    let s = a * scaled_in_place(&mut a, y, &mut n) + a + scaled_in_place(&mut a, x, &mut n) * a;
    let parts = [a * y, scaled_in_place(&mut a, y, &mut n), a + s];
    parts[0] * parts[1] + parts[2] * n as f64
}

#[test]
fn places_are_changed_by_calls() {
    check_all!(
        whole_and_part whole_and_part_grad whole_and_part_grad_add whole_and_part_vjp whole_and_part_jvp,
        in_turn in_turn_grad in_turn_grad_add in_turn_vjp in_turn_jvp,
        rows rows_grad rows_grad_add rows_vjp rows_jvp,
        in_expressions in_expressions_grad in_expressions_grad_add in_expressions_vjp in_expressions_jvp,
        in_loops in_loops_grad in_loops_grad_add in_loops_vjp in_loops_jvp,
        growing growing_grad growing_grad_add growing_vjp growing_jvp,
        through_two through_two_grad through_two_grad_add through_two_vjp through_two_jvp,
    );
}

#[test]
fn companions_change_the_argument_once() {
    // y = (1 + 2·3, 2 + 2·4), and d(1·y₀ + 10·y₁) = 43 da + (2, 20) dx + (1, 10) dy.
    let mut y = vec![1.0, 2.0];
    let ((), pullback) = axpy_vjp(2.0, &[3.0, 4.0], &mut y);
    assert_eq!(y, [7.0, 10.0]);
    assert_eq!(pullback(vec![1.0, 10.0]), (43.0, vec![2.0, 20.0], vec![1.0, 10.0]));

    // y₁ becomes a·y₀·y₁, which is also the value.
    let mut y = [7.0, 10.0];
    let (value, pullback) = relax_vjp(2.0, &mut y);
    assert_eq!((value, y), (140.0, [7.0, 140.0]));
    assert_eq!(pullback(1.0, vec![0.0, 3.0]), (280.0, vec![80.0, 56.0]));

    let mut y = [7.0, 10.0];
    assert_eq!(relax_grad(2.0, &mut y), (140.0, (70.0, vec![20.0, 14.0])));
    assert_eq!(y, [7.0, 140.0]);

    let (mut y, mut d_a, mut d_y) = ([7.0, 10.0], 1.0, [100.0, 200.0]);
    assert_eq!(relax_grad_add(2.0, &mut y, &mut d_a, &mut d_y), 140.0);
    assert_eq!((d_a, d_y), (71.0, [120.0, 214.0]));

    let mut t = 3.0;
    let ((), pullback) = bump_vjp(&mut t, 0.5);
    assert_eq!((t, pullback(2.0)), (9.5, (12.0, 2.0)));
    let mut t = -6.0;
    let ((), pullback) = bump_vjp(&mut t, 0.5);
    assert_eq!((t, pullback(2.0)), (-6.0, (2.0, 0.0)));
}

#[test]
fn what_is_changed_has_derivatives_in_both_modes() {
    assert_pullback(
        &(1.3, vec![0.3, -0.8, 0.5], vec![0.2, 0.9, -0.4]),
        |(a, x, y)| {
            let mut y = y.clone();
            axpy(*a, x, &mut y);
            y
        },
        |(a, x, y), d| {
            let mut y = y.clone();
            let ((), pullback) = axpy_vjp(*a, x, &mut y);
            let d = pullback(d);
            (y, d)
        },
        |(a, x, y), (t_a, t_x, t_y)| {
            let (mut y, mut t_y) = (y.clone(), t_y.clone());
            axpy_jvp(*a, x, &mut y, *t_a, t_x, &mut t_y);
            (y, t_y)
        },
    );
    assert_pullback(
        &(0.7, vec![0.2, 0.9, -0.4, 1.2]),
        |(a, y)| {
            let mut y = y.clone();
            (relax(*a, &mut y), y)
        },
        |(a, y), (d, d_y)| {
            let mut y = y.clone();
            let (value, pullback) = relax_vjp(*a, &mut y);
            let d = pullback(d, d_y);
            ((value, y), d)
        },
        |(a, y), (t_a, t_y)| {
            let (mut y, mut t_y) = (y.clone(), t_y.clone());
            let (value, tangent) = relax_jvp(*a, &mut y, *t_a, &mut t_y);
            ((value, y), (tangent, t_y))
        },
    );
    for t in [1.4, -5.5] {
        assert_pullback(
            &(t, 0.5),
            |&(mut t, k)| {
                bump(&mut t, k);
                t
            },
            |&(mut t, k), d| {
                let ((), pullback) = bump_vjp(&mut t, k);
                let d = pullback(d);
                (t, d)
            },
            |&(mut t, k), &(mut t_t, t_k)| {
                bump_jvp(&mut t, k, &mut t_t, t_k);
                (t, t_t)
            },
        );
    }
    assert_pullback(
        &(vec![0.4, 1.5], 0.6),
        |(v, k)| {
            let mut v = v.clone();
            grow(&mut v, *k);
            v
        },
        |(v, k), d| {
            let mut v = v.clone();
            let ((), pullback) = grow_vjp(&mut v, *k);
            let d = pullback(d);
            (v, d)
        },
        |(v, k), (t_v, t_k)| {
            let (mut v, mut t_v) = (v.clone(), t_v.clone());
            grow_jvp(&mut v, *k, &mut t_v, *t_k);
            (v, t_v)
        },
    );
}

#[test]
fn a_struct_that_is_changed_has_derivatives_in_both_modes() {
    let start = Oscillator { x: 1.2, v: -0.3, history: vec![0.5] };
    assert_pullback(
        &(start.clone(), 0.4),
        |(state, dt)| {
            let mut state = state.clone();
            state.step(*dt);
            state
        },
        |(state, dt), d| {
            let mut state = state.clone();
            let ((), pullback) = state.step_vjp(*dt);
            let d = pullback(d);
            (state, d)
        },
        |(state, dt), (t_state, t_dt)| {
            let (mut state, mut t_state) = (state.clone(), t_state.clone());
            state.step_jvp(*dt, &mut t_state, *t_dt);
            (state, t_state)
        },
    );
    assert_pullback(
        &(start.clone(), 0.4),
        |(state, force)| {
            let mut state = state.clone();
            (state.driven(*force), state)
        },
        |(state, force), (d, d_state)| {
            let mut state = state.clone();
            let (value, pullback) = state.driven_vjp(*force);
            let d = pullback(d, d_state);
            ((value, state), d)
        },
        |(state, force), (t_state, t_force)| {
            let (mut state, mut t_state) = (state.clone(), t_state.clone());
            let (value, tangent) = state.driven_jvp(*force, &mut t_state, *t_force);
            ((value, state), (tangent, t_state))
        },
    );
    assert_pullback(
        &(start, 0.4),
        |(state, x)| state.clone().moved(*x),
        |(state, x), d| {
            let (value, pullback) = state.clone().moved_vjp(*x);
            (value, pullback(d))
        },
        |(state, x), (t_state, t_x)| state.clone().moved_jvp(*x, t_state.clone(), *t_x),
    );
}

/// A buffer that is not differentiated with respect to still carries derivatives to the result.
#[differentiable(jvp, wrt(x))]
fn with_buffer(x: f64, n: usize, buffer: &mut Vec<f64>, calls: &mut usize) -> f64 {
    *calls += 1;
    let mut power = 1.0;
    for i in 0..n {
        power *= x;
        buffer[i] = power;
    }
    buffer[n - 1] + x
}

#[test]
fn a_buffer_carries_derivatives() {
    let (mut buffer, mut calls) = (vec![0.0; 3], 0);
    assert_eq!(with_buffer_grad(2.0, 3, &mut buffer, &mut calls), (10.0, 13.0));
    assert_eq!((buffer, calls), (vec![2.0, 4.0, 8.0], 1));
    let (mut buffer, mut calls) = (vec![0.0; 3], 0);
    let (_, pullback) = with_buffer_vjp(2.0, 3, &mut buffer, &mut calls);
    assert_eq!(pullback(1.0, vec![0.0, 10.0, 0.0]), 53.0);
}

// ---- structs and methods

#[derive(Clone, Debug, Differentiable)]
struct Oscillator {
    x: f64,
    v: f64,
    history: Vec<f64>,
}

impl Oscillator {
    #[differentiable(jvp, wrt(self, dt))]
    fn step(&mut self, dt: f64) {
        let a = -self.x;
        self.v += a * dt;
        self.x += self.v * dt;
        self.history.push(self.x);
    }

    #[differentiable(jvp, wrt(self, force))]
    fn driven(&mut self, force: f64) -> f64 {
        self.v += force * self.x;
        self.x = 0.9 * self.x + force;
        self.step(0.1);
        self.x * self.v
    }

    #[differentiable(jvp, wrt(self))]
    fn energy(&self) -> f64 {
        0.5 * (self.x * self.x + self.v * self.v)
    }

    #[differentiable(jvp, wrt(self, x))]
    fn consumed(mut self, x: f64) -> f64 {
        self.step(x);
        self.x *= x;
        self.x * self.v + self.history[0]
    }

    #[differentiable(jvp, wrt(self, x))]
    fn moved(self, x: f64) -> Oscillator {
        Oscillator { x: self.x * x, ..self }
    }
}

fn at(x: f64, v: f64) -> Oscillator {
    Oscillator { x, v, history: Vec::new() }
}

#[differentiable(jvp)]
fn simulate(x: f64, y: f64) -> f64 {
    let mut state = Oscillator { x, v: y, history: Vec::new() };
    let mut total = 0.0;
    for k in 0..4 {
        state.step(0.1 * y);
        if k == 2 {
            state.x *= y;
        }
        total += state.energy();
    }
    total + state.history[1] * state.history[3]
}

#[differentiable(jvp)]
fn returning(x: f64, y: f64) -> f64 {
    let mut state = Oscillator { x, v: y, history: Vec::new() };
    let mut total = 0.0;
    for _ in 0..3 {
        let u = state.driven(0.1 * y);
        total += u * state.energy();
        state.step(0.01 * u);
    }
    total + state.x
}

#[differentiable(jvp)]
fn fields(x: f64, y: f64) -> f64 {
    let mut state = Oscillator { x, v: y, history: vec![x] };
    bump(&mut state.x, state.v);
    bump(&mut state.v, x);
    grow(&mut state.history, y);
    state.x * state.v + state.history[1]
}

#[differentiable(jvp)]
fn by_reference(state: &mut Oscillator, dt: f64) -> f64 {
    let before = state.energy();
    for _ in 0..3 {
        state.step(dt);
    }
    state.energy() - before
}

#[differentiable(jvp)]
fn borrowed(x: f64, y: f64) -> f64 {
    let mut state = Oscillator { x, v: y, history: Vec::new() };
    let change = by_reference(&mut state, x) + by_reference(&mut state, y);
    change * state.x
}

#[differentiable(jvp)]
fn consuming(x: f64, y: f64) -> f64 {
    let state = Oscillator { x, v: y, history: vec![x] };
    let state = state.moved(y).moved(x);
    let copy = state.clone();
    copy.consumed(y) + state.x
}

#[test]
fn structs_are_changed_by_methods() {
    check_all!(
        simulate simulate_grad simulate_grad_add simulate_vjp simulate_jvp,
        returning returning_grad returning_grad_add returning_vjp returning_jvp,
        fields fields_grad fields_grad_add fields_vjp fields_jvp,
        borrowed borrowed_grad borrowed_grad_add borrowed_vjp borrowed_jvp,
        consuming consuming_grad consuming_grad_add consuming_vjp consuming_jvp,
    );
    let mut state = at(2.0, 3.0);
    let ((), pullback) = state.step_vjp(0.5);
    assert_eq!((state.x, state.v, state.history.len()), (3.0, 2.0, 1));
    // x' = x + (v − x·dt)·dt.
    let d = Oscillator { x: 1.0, v: 0.0, history: vec![0.0] };
    let (d, d_dt) = pullback(d);
    assert_eq!((d.x, d.v, d.history.len(), d_dt), (0.75, 0.5, 0, 1.0));
}

// ---- by value

#[differentiable(jvp)]
fn scaled(mut a: Vec<f64>, k: f64) -> Vec<f64> {
    a[0] *= k;
    a
}

#[differentiable(jvp)]
fn volume(a: Vec<f64>, k: f64) -> f64 {
    a[0] * a[1] * k
}

#[differentiable(jvp)]
fn stepped(a: Vec<f64>, k: f64) -> Vec<f64> {
    let mut b = vec![0.0; a.len()];
    for i in 0..a.len() {
        b[i] = a[i] * k + a[(i + 1) % a.len()].sin();
    }
    b
}

#[differentiable(jvp)]
fn appended(mut a: Vec<f64>, k: f64) -> Vec<f64> {
    if k > 100.0 {
        return a;
    }
    let last = a[a.len() - 1];
    a.push(k * last);
    a
}

#[differentiable(jvp)]
fn shadowed(x: f64, y: f64) -> f64 {
    let v = vec![x, y];
    let v = scaled(v, y);
    let v = scaled(v, x);
    v[0] * v[1]
}

#[differentiable(jvp)]
fn carried(x: f64, y: f64) -> f64 {
    let mut v = vec![x, y];
    for k in 0..4 {
        if k % 2 == 0 {
            v = scaled(v, y);
        } else {
            v = stepped(v, x);
        }
        v = appended(v, x);
    }
    v[0] * v[1] + v[4] * volume(v, y)
}

#[differentiable(jvp)]
fn copied_first(x: f64, y: f64) -> f64 {
    let v = vec![x, y];
    let first = v[0];
    volume(v.clone(), y) + volume(v, x) * first
}

#[differentiable(jvp)]
fn in_branches(x: f64, y: f64) -> f64 {
    let v = vec![x, y];
    if x > 1.0 {
        volume(v, y)
    } else {
        let w = stepped(v, y);
        volume(w, 2.0)
    }
}

enum Payoff {
    Call,
    Put,
}

#[differentiable(jvp, wrt(spot, strike))]
fn price(payoff: Payoff, spot: f64, strike: f64) -> f64 {
    match payoff {
        Payoff::Call => (spot - strike) * spot,
        Payoff::Put => (strike - spot) * strike,
    }
}

#[differentiable(jvp)]
fn both_prices(x: f64, y: f64) -> f64 {
    let put = Payoff::Put;
    price(Payoff::Call, x, y) * price(put, x, y)
}

#[test]
fn arguments_are_given_away() {
    check_all!(
        shadowed shadowed_grad shadowed_grad_add shadowed_vjp shadowed_jvp,
        carried carried_grad carried_grad_add carried_vjp carried_jvp,
        copied_first copied_first_grad copied_first_grad_add copied_first_vjp copied_first_jvp,
        in_branches in_branches_grad in_branches_grad_add in_branches_vjp in_branches_jvp,
        both_prices both_prices_grad both_prices_grad_add both_prices_vjp both_prices_jvp,
    );
    let (value, pullback) = scaled_vjp(vec![2.0, 3.0], 5.0);
    assert_eq!(value, [10.0, 3.0]);
    assert_eq!(pullback(vec![1.0, 10.0]), (vec![5.0, 10.0], 2.0));
    assert_eq!(price_grad(Payoff::Put, 2.0, 3.0), (3.0, (-3.0, 4.0)));
}

// ---- algorithms in place

#[differentiable(jvp)]
fn factor(a: &mut Vec<Vec<f64>>) -> f64 {
    let n = a.len();
    let mut det = 1.0;
    for k in 0..n {
        for i in k + 1..n {
            let m = a[i][k] / a[k][k];
            a[i][k] = m;
            for j in k + 1..n {
                a[i][j] -= m * a[k][j];
            }
        }
        det *= a[k][k];
    }
    det
}

#[differentiable(jvp)]
fn determinant(x: f64, y: f64) -> f64 {
    let mut a = vec![vec![x + 3.0, y, 1.0], vec![y, 4.0 + x, x], vec![0.5, x * y, 5.0]];
    factor(&mut a) + a[2][2] * a[1][0]
}

#[differentiable(jvp)]
fn diffuse(u: &mut [f64], r: f64, next: &mut [f64]) {
    let n = u.len();
    for i in 0..n {
        let left = if i > 0 { u[i - 1] } else { u[0] };
        let right = if i + 1 < n { u[i + 1] } else { u[n - 1] };
        next[i] = u[i] + r * (left - 2.0 * u[i] + right);
    }
    u.copy_from_slice(next);
}

#[differentiable(jvp)]
fn heat(x: f64, y: f64) -> f64 {
    let mut u = vec![x, y, x * y, 1.0];
    let mut next = vec![0.0; 4];
    for _ in 0..3 {
        diffuse(&mut u, 0.1 * x, &mut next);
    }
    u.iter().map(|a| a * a).sum()
}

#[differentiable(jvp)]
fn exchange(a: &mut Vec<f64>, b: &mut Vec<f64>, k: f64) {
    std::mem::swap(a, b);
    a[0] *= k;
}

#[differentiable(jvp)]
fn rearranged(v: &mut [f64]) {
    for i in 1..v.len() {
        v[i] += v[i - 1];
    }
    for w in v.iter_mut().rev() {
        *w *= *w;
    }
    for c in v.chunks_mut(2) {
        c[0] *= 0.5;
    }
    let n = v.len();
    v.swap(0, n - 1);
}

#[differentiable(jvp)]
fn rearranging(x: f64, y: f64) -> f64 {
    let mut v = vec![x, y, 1.0, x * y, 2.0];
    rearranged(&mut v);
    rearranged(&mut v[1..4]);
    v.iter().sum::<f64>() * v[0]
}

#[differentiable(jvp)]
fn exchanged(x: f64, y: f64) -> f64 {
    let mut a = vec![x, y];
    let mut b = vec![y, x, x];
    exchange(&mut a, &mut b, x);
    a[0] * b[1] * a.len() as f64
}

#[differentiable(jvp)]
fn first_large(v: &mut [f64], k: f64) -> f64 {
    for i in 0..v.len() {
        v[i] *= k;
        if v[i] > 1.0 {
            return v[i];
        }
    }
    v[0]
}

#[differentiable(jvp)]
fn left_early(x: f64, y: f64) -> f64 {
    let mut v = [x, y, 3.0, x];
    let a = first_large(&mut v, y + 1.0);
    let b = first_large(&mut v[1..], x);
    a * b + v[3] * v[0]
}

#[differentiable(jvp)]
fn rotate(a: &mut f64, b: &mut f64, t: f64) {
    let (c, s) = (t.cos(), t.sin());
    let old = *a;
    *a = c * old - s * *b;
    *b = s * old + c * *b;
}

#[differentiable(jvp)]
fn pairs(x: f64, y: f64) -> f64 {
    let mut p = (x, y);
    let mut v = [x, y];
    rotate(&mut p.0, &mut p.1, x);
    let [a, b] = &mut v;
    rotate(a, b, y);
    p.0 * p.1 + v[0]
}

#[differentiable(jvp)]
fn advanced(state: &mut Oscillator, dt: f64, n: usize) -> f64 {
    let mut work = 0.0;
    for _ in 0..n {
        work += state.driven(dt);
    }
    work
}

#[differentiable(jvp)]
fn several(x: f64, y: f64) -> f64 {
    let mut states = vec![
        Oscillator { x, v: y, history: Vec::new() },
        Oscillator { x: y, v: 0.5, history: Vec::new() },
    ];
    let mut work = 0.0;
    for state in states.iter_mut() {
        work += advanced(state, y, 2);
    }
    for i in 0..2 {
        work += advanced(&mut states[i], x, 1);
        if states[i].energy() > 0.1 {
            states[i].x *= y;
        }
    }
    let (left, right) = states.split_at_mut(1);
    work + advanced(&mut left[0], x, 1) * right[0].x
}

/// Takes the first element out.
#[differentiable(jvp)]
fn taken(v: &mut Vec<f64>, k: f64) -> Option<f64> {
    if v.is_empty() {
        return None;
    }
    let first = v[0];
    v.remove(0);
    Some(first * k)
}

#[differentiable(jvp)]
fn worklist(x: f64, y: f64) -> f64 {
    let mut stack = vec![x, y];
    let mut sum = 0.0;
    while let Some(top) = stack.pop() {
        sum += top * top;
        if sum < 1.0 {
            stack.push(top * y + 1.0);
        }
    }
    let mut queue = vec![x, y, x * y];
    let mut product = 1.0;
    while let Some(first) = taken(&mut queue, y) {
        product = product * first + x;
    }
    sum * product
}

#[test]
fn algorithms_in_place() {
    check_all!(
        determinant determinant_grad determinant_grad_add determinant_vjp determinant_jvp,
        heat heat_grad heat_grad_add heat_vjp heat_jvp,
        rearranging rearranging_grad rearranging_grad_add rearranging_vjp rearranging_jvp,
        exchanged exchanged_grad exchanged_grad_add exchanged_vjp exchanged_jvp,
        left_early left_early_grad left_early_grad_add left_early_vjp left_early_jvp,
        pairs pairs_grad pairs_grad_add pairs_vjp pairs_jvp,
        several several_grad several_grad_add several_vjp several_jvp,
        worklist worklist_grad worklist_grad_add worklist_vjp worklist_jvp,
    );
}
