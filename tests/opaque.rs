//! Code that no derivative flows through: it runs exactly once and as in the original.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use backprop::prelude::*;
use common::check;

/// An expensive, impure function: counts how often it runs.
fn measured(count: &Cell<u32>, value: f64) -> f64 {
    count.set(count.get() + 1);
    value + f64::from(count.get())
}

fn counted<T>(count: &Cell<u32>, value: T) -> T {
    count.set(count.get() + 1);
    value
}

#[differentiable(jvp, wrt(x))]
fn in_expressions(x: f64, count: &Cell<u32>) -> f64 {
    let a = x * measured(count, 0.5);
    let b = a.powi(counted(count, 3)) + measured(count, 1.0).sqrt() * x;
    let (c, k) = (measured(count, 0.1), counted(count, 2));
    let table = [0.3, counted(count, 0.6), 0.9];
    b * c + x.max(table[k]) / table[counted(count, 1)]
}

#[differentiable(jvp, wrt(x))]
fn in_conditions(x: f64, count: &Cell<u32>) -> f64 {
    let mut y = x;
    if counted(count, true) && x > 0.0 || counted(count, false) {
        y *= x;
    }
    match counted(count, 7) {
        n if n < 5 && counted(count, true) => y += 1.0,
        6..=8 => y *= y + x,
        _ => {}
    }
    y
}

#[differentiable(jvp, wrt(xs))]
fn in_loops(xs: &[f64], count: &Cell<u32>) -> f64 {
    let mut sum = 1.0;
    for i in counted(count, 0)..counted(count, xs.len()) {
        let weight = measured(count, i as f64);
        if weight > 100.0 {
            continue;
        }
        sum *= weight * xs[counted(count, i)] + 0.1;
        let inner = counted(count, i % 3);
        for _ in 0..inner {
            sum += xs[i] * sum / weight;
        }
    }
    let mut k = 0;
    while counted(count, k) < 3 {
        sum += xs[0] * sum;
        k += 1;
    }
    sum
}

#[test]
fn runs_once() {
    macro_rules! once {
        ($times:expr, $f:ident, $grad:ident, $add:ident, $vjp:ident, $x:expr, $buffer:expr) => {{
            let count = Cell::new(0);
            let value = $f($x, &count);
            assert_eq!(count.take(), $times);
            let (again, gradient) = $grad($x, &count);
            assert_eq!((again, count.take()), (value, $times));
            assert_eq!(($add($x, &count, $buffer), count.take()), (value, $times));
            let (again, pullback) = $vjp($x, &count);
            assert_eq!((again, count.get()), (value, $times));
            assert_eq!(pullback(1.0), gradient);
            assert_eq!(count.take(), $times, "the pullback ran the function's own code");
        }};
    }
    once!(
        7,
        in_expressions,
        in_expressions_grad,
        in_expressions_grad_add,
        in_expressions_vjp,
        0.8,
        &mut 0.0
    );
    once!(
        2,
        in_conditions,
        in_conditions_grad,
        in_conditions_grad_add,
        in_conditions_vjp,
        0.8,
        &mut 0.0
    );
    once!(
        3,
        in_conditions,
        in_conditions_grad,
        in_conditions_grad_add,
        in_conditions_vjp,
        -0.8,
        &mut 0.0
    );
    let xs = [0.4, 1.2, -0.7, 0.9];
    once!(18, in_loops, in_loops_grad, in_loops_grad_add, in_loops_vjp, &xs, &mut [0.0; 4]);
}

/// The same gradients, measured with a counter that starts anew each time.
#[test]
fn and_counts_for_the_gradient() {
    let fresh = || Cell::new(0);
    common::assert_gradient(
        &0.8,
        |&x| in_expressions(x, &fresh()),
        &in_expressions_grad(0.8, &fresh()).1,
    );
    common::assert_gradient(
        &0.8,
        |&x| in_conditions(x, &fresh()),
        &in_conditions_grad(0.8, &fresh()).1,
    );
    let xs = vec![0.4, 1.2, -0.7, 0.9];
    common::assert_gradient(&xs, |xs| in_loops(xs, &fresh()), &in_loops_grad(&xs, &fresh()).1);
}

#[differentiable(jvp, wrt(w))]
fn bag_of_words(w: &[f64], vocabulary: &HashMap<String, usize>, text: &str) -> f64 {
    let mut score = 0.0;
    for word in text.split_whitespace() {
        let word = word.trim_matches('.').to_lowercase();
        if let Some(&k) = vocabulary.get(&word) {
            score += w[k];
        } else if word.len() > 6 || word.starts_with("un") {
            score -= 0.1 * w[0] * w[0];
        }
    }
    match text.chars().last() {
        Some('!') => score * 2.0,
        Some(_) => score,
        None => 0.0,
    }
}

#[differentiable(jvp, wrt(x))]
fn by_name(x: f64, unit: &str) -> f64 {
    let metres = match unit {
        "km" => x * 1000.0,
        "mile" | "miles" => x * 1609.344,
        other if other.ends_with("foot") => x * 0.3048,
        _ => x,
    };
    metres * metres
}

#[differentiable(jvp, wrt(prices))]
fn order_total(prices: &[f64], stock: &BTreeMap<&str, usize>, order: &[(&str, u32)]) -> f64 {
    let mut total = 0.0;
    for (name, amount) in order {
        let Some(&k) = stock.get(name) else {
            continue;
        };
        total += prices[k] * f64::from(*amount);
    }
    let discount = if order.iter().map(|(_, n)| n).sum::<u32>() > 5 { 0.9 } else { 1.0 };
    total * discount + total * total / 100.0
}

#[test]
fn lookups_and_strings() {
    let vocabulary: HashMap<String, usize> =
        ["good", "bad", "fine"].iter().enumerate().map(|(k, w)| (w.to_string(), k)).collect();
    for text in ["Good and bad. Good, unlike excellent!", "", "fine", "bad bad unseen."] {
        check!(bag_of_words, bag_of_words_grad, bag_of_words_grad_add, bag_of_words_vjp, bag_of_words_jvp; w: &vec![0.5, -0.7, 0.2], v: const &vocabulary, t: const text);
    }
    for unit in ["km", "miles", "long foot", "m"] {
        check!(by_name, by_name_grad, by_name_grad_add, by_name_vjp, by_name_jvp; x: 0.3, u: const unit);
    }
    let stock = BTreeMap::from([("nut", 0), ("bolt", 2)]);
    let order = [("nut", 3), ("nail", 10), ("bolt", 2), ("nut", 1)];
    check!(order_total, order_total_grad, order_total_grad_add, order_total_vjp, order_total_jvp; p: &vec![0.5, 0.7, 1.2], s: const &stock, o: const &order);
    check!(order_total, order_total_grad, order_total_grad_add, order_total_vjp, order_total_jvp; p: &vec![0.5, 0.7, 1.2], s: const &stock, o: const &order[..1]);
}

/// A linear congruential generator.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as f64 / (1u64 << 31) as f64
    }
}

#[differentiable(jvp, wrt(mean, deviation))]
fn monte_carlo(mean: f64, deviation: f64, seed: u64, samples: usize) -> f64 {
    let mut dice = Dice(seed);
    let mut sum = 0.0;
    for _ in 0..samples {
        let noise = dice.roll() + dice.roll() + dice.roll() - 1.5;
        let x = mean + deviation * noise;
        sum += (x - 0.2).max(0.0) * x;
    }
    sum / samples as f64
}

#[differentiable(jvp, wrt(xs))]
fn dropout(xs: &[f64], dice: &mut Dice, keep: f64) -> f64 {
    let mut sum = 0.0;
    for x in xs {
        if dice.roll() > keep {
            continue;
        }
        sum += x * x / keep;
    }
    let k = (dice.roll() * xs.len() as f64) as usize;
    sum * xs[k]
}

#[differentiable(jvp, wrt(x))]
fn collatz(x: f64, start: u64) -> f64 {
    let mut n = start;
    let mut steps = 0u32;
    let mut y = x;
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        steps += 1;
        if n & 4 == 4 {
            y *= 0.9;
        } else {
            y += x / f64::from(steps);
        }
    }
    let mask: u32 = (0..steps).filter(|k| k % 3 == 0).map(|k| 1 << (k % 8)).fold(0, |a, b| a ^ b);
    y * mask.count_ones() as f64
}

#[test]
fn random_numbers_and_integers() {
    check!(monte_carlo, monte_carlo_grad, monte_carlo_grad_add, monte_carlo_vjp, monte_carlo_jvp; mean: 0.3, deviation: 0.8, s: const 42, n: const 20);
    for start in [1, 2, 7, 27] {
        check!(collatz, collatz_grad, collatz_grad_add, collatz_vjp, collatz_jvp; x: 0.7, n: const start);
    }
    let xs = vec![0.4, 1.2, -0.7, 0.9, 0.1];
    let (value, gradient) = dropout_grad(&xs, &mut Dice(7), 0.6);
    assert_eq!(value, dropout(&xs, &mut Dice(7), 0.6));
    common::assert_gradient(&xs, |xs| dropout(xs, &mut Dice(7), 0.6), &gradient);
}

#[differentiable(jvp)]
fn checked(x: f64, y: f64) -> f64 {
    assert!(x > 0.0, "x must be positive, not {x}");
    debug_assert!(y.is_finite());
    let root = x.sqrt();
    assert_ne!(root, y, "{root} is y, of {}", stringify!(root));
    println!("root {root:.3} of {x}, y = {}", y * 2.0);
    if y > 100.0 {
        panic!("y is {y}");
    }
    root / y
}

#[differentiable(jvp, wrt(xs))]
fn out_of_bounds(xs: &[f64], k: usize) -> f64 {
    let first: f64 = xs[0];
    first * xs[k]
}

#[differentiable(jvp)]
fn unreachable_arm(x: f64, kind: u8) -> f64 {
    match kind {
        0 => x * x,
        1 => unimplemented!("kind {kind}"),
        _ => unreachable!(),
    }
}

#[test]
fn panics_are_the_originals() {
    check!(checked, checked_grad, checked_grad_add, checked_vjp, checked_jvp; x: 2.0, y: 0.5);
    check!(unreachable_arm, unreachable_arm_grad, unreachable_arm_grad_add, unreachable_arm_vjp, unreachable_arm_jvp; x: 2.0, k: const 0);
    let message = |f: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("it does not panic");
        match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => (*panic.downcast::<&str>().expect("a panic message")).to_owned(),
        }
    };
    let same = |f: &dyn Fn(), g: &dyn Fn()| assert_eq!(message(f), message(g));
    for (x, y) in [(-1.0, 1.0), (4.0, 2.0), (4.0, f64::NAN), (4.0, 101.0)] {
        same(
            &|| {
                let _ = checked(x, y);
            },
            &|| {
                let _ = checked_grad(x, y);
            },
        );
        same(
            &|| {
                let _ = checked(x, y);
            },
            &|| {
                let _ = checked_vjp(x, y);
            },
        );
    }
    same(
        &|| {
            let _ = out_of_bounds(&[], 1);
        },
        &|| {
            let _ = out_of_bounds_grad(&[], 1);
        },
    );
    same(
        &|| {
            let _ = out_of_bounds(&[1.0], 1);
        },
        &|| {
            let _ = out_of_bounds_grad(&[1.0], 1);
        },
    );
    for kind in [1, 2] {
        same(
            &|| {
                let _ = unreachable_arm(1.0, kind);
            },
            &|| {
                let _ = unreachable_arm_grad(1.0, kind);
            },
        );
    }
}

#[differentiable(jvp, wrt(x))]
fn logged(x: f64, log: &RefCell<Vec<String>>, visited: &mut Vec<usize>) -> f64 {
    let mut y = x;
    for i in 0..3 {
        y *= x + i as f64;
        log.borrow_mut().push(format!("step {i}: {y}"));
        visited.push(i);
    }
    visited.retain(|i| i % 2 == 0);
    y
}

#[test]
fn effects_happen_once() {
    let (log, expected) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let (mut visited, mut wanted) = (vec![6], vec![6]);
    let value = logged(1.5, &expected, &mut wanted);
    let (again, slope) = logged_grad(1.5, &log, &mut visited);
    assert_eq!((again, &log, &visited), (value, &expected, &wanted));
    // y = x · x (x + 1) (x + 2)
    assert_eq!(slope, 4.0 * 3.375 + 9.0 * 2.25 + 4.0 * 1.5);
}

/// A tree that only says how parameters are combined.
enum Rule {
    Leaf(usize),
    Product(Vec<Rule>),
}

#[differentiable(jvp, wrt(values))]
fn first_of(rule: &Rule, values: &[f64]) -> f64 {
    match rule {
        Rule::Leaf(i) => values[*i].sin(),
        Rule::Product(parts) => {
            let mut product = 1.0;
            for k in 0..parts.len() {
                if let Rule::Leaf(i) = &parts[k] {
                    product *= values[*i] + k as f64;
                }
            }
            product
        }
    }
}

#[test]
fn an_inert_enum_behind_a_reference_is_matched_again() {
    let values = vec![0.3, 0.7];
    check!(first_of, first_of_grad, first_of_grad_add, first_of_vjp, first_of_jvp; rule: const &Rule::Leaf(1), values: &values);
    let product = Rule::Product(vec![Rule::Leaf(0), Rule::Leaf(1), Rule::Leaf(0)]);
    check!(first_of, first_of_grad, first_of_grad_add, first_of_vjp, first_of_jvp; rule: const &product, values: &values);
}

/// A game tree: `values` are the outcomes.
enum Game {
    End(usize),
    Turn { moves: Vec<Game>, maximise: bool },
}

#[differentiable(jvp, wrt(values))]
fn minimax(game: &Game, values: &[f64]) -> f64 {
    match game {
        Game::End(outcome) => values[*outcome],
        Game::Turn { moves, maximise } => {
            let mut best = if *maximise { f64::NEG_INFINITY } else { f64::INFINITY };
            for next in moves {
                let value = 0.9 * minimax(next, values);
                best = if *maximise { best.max(value) } else { best.min(value) };
            }
            best
        }
    }
}

#[test]
fn a_function_calls_itself_on_the_parts_of_an_inert_tree() {
    let game = Game::Turn {
        moves: vec![
            Game::Turn { moves: vec![Game::End(0), Game::End(1)], maximise: false },
            Game::End(3),
            Game::Turn { moves: vec![Game::End(1), Game::End(2)], maximise: false },
        ],
        maximise: true,
    };
    let values = vec![0.3, 0.7, 1.1, 0.2];
    check!(minimax, minimax_grad, minimax_grad_add, minimax_vjp, minimax_jvp; game: const &game, values: &values);
}

/// A boundary's value, by value and of a type without a gradient.
#[derive(Clone, Copy)]
enum Boundary {
    Fixed(f64),
    Free,
}

#[differentiable(jvp, wrt(start))]
fn relaxed(start: &[f64], left: Boundary, right: Boundary) -> f64 {
    let mut t = start.to_vec();
    let last = t.len() - 1;
    for _ in 0..3 {
        let flux: Vec<f64> = t.windows(2).map(|w| 0.3 * (w[1] - w[0])).collect();
        for (i, t) in t.iter_mut().enumerate() {
            if i > 0 {
                *t -= flux[i - 1];
            }
            if i < last {
                *t += flux[i];
            }
        }
        if let Boundary::Fixed(value) = left {
            t[0] = value;
        }
        match right {
            Boundary::Fixed(value) => t[last] = value,
            Boundary::Free => {}
        }
    }
    t.iter().map(|t| t * t).sum()
}

/// Postfix notation.
#[differentiable(jvp, wrt(x))]
fn calculated(x: f64, words: &[&str]) -> f64 {
    let mut stack: Vec<f64> = Vec::new();
    for word in words {
        match *word {
            "x" => stack.push(x),
            "+" | "*" => {
                let (b, a) = (stack.pop().unwrap(), stack.pop().unwrap());
                stack.push(if *word == "+" { a + b } else { a * b });
            }
            number => stack.push(number.parse().unwrap()),
        }
    }
    stack.pop().unwrap()
}

#[test]
fn values_of_inert_types_are_stored_among_active_ones() {
    let start = vec![0.3, 0.9, -0.2, 0.5];
    check!(relaxed, relaxed_grad, relaxed_grad_add, relaxed_vjp, relaxed_jvp; start: &start, left: const Boundary::Fixed(0.4), right: const Boundary::Free);
    check!(relaxed, relaxed_grad, relaxed_grad_add, relaxed_vjp, relaxed_jvp; start: &start, left: const Boundary::Free, right: const Boundary::Fixed(0.1));
    let words = ["x", "x", "*", "3", "x", "*", "+", "2.5", "+"];
    check!(calculated, calculated_grad, calculated_grad_add, calculated_vjp, calculated_jvp; x: 1.3, words: const &words);
}

/// The words that a vocabulary knows, added up.
#[differentiable(jvp, wrt(vectors))]
fn sentence(
    vectors: &[Vec<f64>],
    words: &std::collections::HashMap<String, usize>,
    text: &str,
) -> f64 {
    let mut sum = vec![0.0; 2];
    let mut known = 0;
    for word in text.split_whitespace() {
        if let Some(&id) = words.get(word) {
            for (sum, v) in sum.iter_mut().zip(&vectors[id]) {
                *sum += v;
            }
            known += 1;
        }
    }
    sum.iter().map(|s| (s / known as f64).tanh()).product()
}

#[test]
fn what_a_map_finds_decides() {
    let words = [("so", 0), ("it", 1), ("goes", 2)];
    let words = words.map(|(word, id)| (word.to_owned(), id)).into_iter().collect();
    let vectors = vec![vec![0.3, -0.4], vec![0.8, 0.1], vec![-0.2, 0.9]];
    check!(sentence, sentence_grad, sentence_grad_add, sentence_vjp, sentence_jvp; vectors: &vectors, words: const &words, text: const "so it seems it goes");
}

#[differentiable(jvp)]
fn shown_and_written(x: f64, y: f64) -> f64 {
    use std::fmt::Write;
    let mut log = String::new();
    let mut s = dbg!(x * y);
    for i in 0..3 {
        s = s * y + 0.1;
        writeln!(log, "step {i}: {s}").unwrap();
        write!(&mut log, "{}", x).unwrap();
    }
    dbg!(&s);
    dbg!();
    let (a, b) = dbg!(s.sin(), y);
    a * b * log.lines().count() as f64
}

#[test]
fn macros_of_std_are_written_out() {
    check!(shown_and_written, shown_and_written_grad, shown_and_written_grad_add, shown_and_written_vjp, shown_and_written_jvp; x: 0.7, y: 1.3);
}
