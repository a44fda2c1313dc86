//! Measures gradients side by side.
//!
//! A [`Problem`] is an objective in one or more styles of writing, the gradient generated from each,
//! and one gradient written by hand. The gradients are compared first. Then all of them are timed in
//! rounds: each round runs each once, for about a millisecond of thread CPU time, in an order that
//! rotates. A time is the median over the rounds; a ratio is the median of the rounds' ratios, which
//! is what other load on the machine disturbs least.

use std::hint::black_box;
use std::time::Duration;

use backprop::{VectorOps, VectorSpace};
use counting_allocator::{Allocations, measure};

use crate::clock::thread_time;

/// How long one measurement takes.
const SLICE: Duration = Duration::from_millis(1);
/// How long all rounds of a problem take, unless that were fewer than `MIN_ROUNDS`.
const BUDGET: Duration = Duration::from_millis(1500);
const MIN_ROUNDS: usize = 15;
const MAX_ROUNDS: usize = 101;

/// Which problems are run, and what came out.
pub(crate) struct Bench {
    /// Only problems whose name contains one of these; all if there are none.
    pub(crate) filters: Vec<String>,
    /// Whether gradients are compared and allocations counted, and nothing is timed.
    pub(crate) quick: bool,
    pub(crate) rows: Vec<Row>,
}

/// One gradient of one problem.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) problem: String,
    /// `hand`, or the style of the objective that the gradient was generated from.
    pub(crate) style: String,
    pub(crate) allocations: Allocations,
    pub(crate) objective_peak: u64,
    /// Nothing in a quick run.
    pub(crate) times: Option<Times>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// Seconds, of the objective that the gradient belongs to; the first one's for the hand's.
    pub(crate) objective: f64,
    pub(crate) per_objective: f64,
    pub(crate) per_hand: f64,
}

/// Calls a function so many times, into the same buffers, and returns its last value.
type Repeated<'a, G> = Box<dyn FnMut(&mut G, u64) -> f64 + 'a>;

struct Style<'a, G> {
    name: &'static str,
    /// Whether the gradient's value must be the objective's to the last bit.
    exact: bool,
    objective: Repeated<'a, G>,
    gradient: Repeated<'a, G>,
}

pub(crate) struct Problem<'a, G> {
    bench: &'a mut Bench,
    name: String,
    zero: G,
    tolerance: f64,
    hand: Option<Repeated<'a, G>>,
    styles: Vec<Style<'a, G>>,
}

impl Bench {
    pub(crate) fn new(filters: Vec<String>, quick: bool) -> Self {
        Self { filters, quick, rows: Vec::new() }
    }

    /// A problem whose gradient has the shape of `zero`.
    pub(crate) fn problem<'a, G: VectorSpace>(
        &'a mut self,
        name: impl Into<String>,
        zero: G,
    ) -> Problem<'a, G> {
        let (name, tolerance) = (name.into(), 1e-10);
        Problem { bench: self, name, zero, tolerance, hand: None, styles: Vec::new() }
    }
}

impl<'a, G: VectorSpace> Problem<'a, G> {
    /// How far the gradients may differ, relative to their largest element; for problems that
    /// magnify rounding.
    pub(crate) fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The gradient written by hand: adds to its buffers and returns the value.
    pub(crate) fn hand(mut self, mut gradient: impl FnMut(&mut G) -> f64 + 'a) -> Self {
        self.hand = Some(Box::new(move |d, repetitions| {
            let mut value = 0.0;
            for _ in 0..repetitions {
                value = black_box(gradient(d));
            }
            value
        }));
        self
    }

    /// An objective and the gradient generated from it.
    pub(crate) fn style(
        mut self,
        name: &'static str,
        mut objective: impl FnMut() -> f64 + 'a,
        mut gradient: impl FnMut(&mut G) -> f64 + 'a,
    ) -> Self {
        let objective = Box::new(move |_: &mut G, repetitions| {
            let mut value = 0.0;
            for _ in 0..repetitions {
                value = black_box(objective());
            }
            value
        });
        let gradient = Box::new(move |d: &mut G, repetitions| {
            let mut value = 0.0;
            for _ in 0..repetitions {
                value = black_box(gradient(d));
            }
            value
        });
        self.styles.push(Style { name, exact: true, objective, gradient });
        self
    }

    /// The gradient that another library computes; its value may be rounded differently.
    #[allow(dead_code, reason = "for `benches/peers`")]
    pub(crate) fn peer(
        mut self,
        name: &'static str,
        objective: impl FnMut() -> f64 + 'a,
        gradient: impl FnMut(&mut G) -> f64 + 'a,
    ) -> Self {
        self = self.style(name, objective, gradient);
        if let Some(style) = self.styles.last_mut() {
            style.exact = false;
        }
        self
    }

    /// Compares, counts, times, and adds the rows to the bench.
    pub(crate) fn run(mut self) {
        let filters = &self.bench.filters;
        let name = self.name.to_lowercase();
        if !filters.is_empty() && !filters.iter().any(|f| name.contains(&f.to_lowercase())) {
            return;
        }
        self.compare();
        let mut rows = self.count();
        if !self.bench.quick {
            eprintln!("timing {}", self.name);
            for (row, times) in rows.iter_mut().zip(self.time()) {
                row.times = Some(times);
            }
        }
        self.bench.rows.extend(rows);
    }

    /// All gradients, once, from the same buffers as the timing uses.
    fn compare(&mut self) {
        let evaluate = |f: &mut Repeated<'a, G>, zero: &G| {
            let mut gradient = zero.clone();
            let value = f(&mut gradient, 1);
            (value, gradient.to_flat_vec())
        };
        let hand = self.hand.as_mut().map(|hand| evaluate(hand, &self.zero));
        let mut expected = hand;
        for style in &mut self.styles {
            let what = format!("{}, {}", self.name, style.name);
            let value = (style.objective)(&mut self.zero.clone(), 1);
            let (generated, gradient) = evaluate(&mut style.gradient, &self.zero);
            if style.exact {
                assert_eq!(generated.to_bits(), value.to_bits(), "{what}: another value");
            }
            assert!(
                (generated - value).abs() <= self.tolerance * value.abs(),
                "{what}: {generated}"
            );
            let (near, expected) = expected.get_or_insert_with(|| (value, gradient.clone()));
            let off = (*near - value).abs();
            assert!(off <= self.tolerance * value.abs(), "{what}: {value}, by hand {near}");
            let largest = expected.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            for (i, (found, expected)) in gradient.iter().zip(expected).enumerate() {
                assert!(
                    (found - *expected).abs() <= self.tolerance * largest,
                    "{what}: element {i} is {found}, by hand {expected}"
                );
            }
        }
    }

    fn count(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut gradient = self.zero.clone();
        let mut count = |f: &mut Repeated<'a, G>| {
            measure(|| {
                f(&mut gradient, 1);
            })
        };
        let peaks: Vec<u64> =
            self.styles.iter_mut().map(|s| count(&mut s.objective).peak).collect();
        let row = |style: &str, allocations, objective_peak| Row {
            problem: self.name.clone(),
            style: style.to_owned(),
            allocations,
            objective_peak,
            times: None,
        };
        if let Some(hand) = &mut self.hand {
            rows.push(row("hand", count(hand), peaks[0]));
        }
        for (style, &peak) in self.styles.iter_mut().zip(&peaks) {
            rows.push(row(style.name, count(&mut style.gradient), peak));
        }
        rows
    }

    fn time(&mut self) -> Vec<Times> {
        // In the order of the rows: the hand's, then each style's gradient; then the objectives.
        let styles = self.styles.len();
        let (mut objectives, mut all) = (Vec::new(), Vec::new());
        all.extend(&mut self.hand);
        let hands = all.len();
        for style in &mut self.styles {
            all.push(&mut style.gradient);
            objectives.push(&mut style.objective);
        }
        all.extend(objectives);

        let mut gradient = self.zero.clone();
        let mut once = |f: &mut Repeated<'a, G>, repetitions: u64| {
            gradient.set_zero();
            let start = thread_time();
            black_box(f(&mut gradient, repetitions));
            (thread_time() - start).as_secs_f64()
        };
        let repetitions: Vec<u64> = all.iter_mut().map(|f| calibrate(&mut once, f)).collect();
        let mut rounds: Vec<Vec<f64>> = Vec::new();
        let mut spent = 0.0;
        while rounds.len() < MIN_ROUNDS
            || (spent < BUDGET.as_secs_f64() && rounds.len() < MAX_ROUNDS)
        {
            let mut round = vec![0.0; all.len()];
            for k in 0..all.len() {
                let i = (k + rounds.len()) % all.len();
                let time = once(all[i], repetitions[i]);
                spent += time;
                round[i] = time / repetitions[i] as f64;
            }
            rounds.push(round);
        }

        let over = |f: &dyn Fn(&[f64]) -> f64| median(rounds.iter().map(|r| f(r)).collect());
        let times = |gradient: usize, objective: usize| Times {
            objective: over(&|r| r[objective]),
            per_objective: over(&|r| r[gradient] / r[objective]),
            per_hand: over(&|r| r[gradient] / r[0]),
        };
        let objective = |style: usize| hands + styles + style;
        let hand = (0..hands).map(|i| times(i, objective(0)));
        hand.chain((0..styles).map(|s| times(hands + s, objective(s)))).collect()
    }
}

/// How many calls take about a [`SLICE`].
fn calibrate<F>(once: &mut impl FnMut(&mut F, u64) -> f64, f: &mut F) -> u64 {
    let mut repetitions = 1;
    loop {
        let time = once(f, repetitions);
        if time >= 0.5 * SLICE.as_secs_f64() {
            let wanted = (repetitions as f64 * SLICE.as_secs_f64() / time).round();
            return (wanted as u64).max(1);
        }
        repetitions *= 2;
    }
}

pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len();
    (numbers[(n - 1) / 2] + numbers[n / 2]) / 2.0
}
