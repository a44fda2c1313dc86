//! Runs compiled programs and holds their companions against dual numbers.
//!
//! This file is part of the generated projects; the tester compiles it only so that it is checked
//! like everything else.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::dual::{Dual, take_kink};

/// A program and its companions, with the arguments in vectors.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The number of scalars per argument; 0 if any will do.
    pub(crate) shape: &'static [usize],
    pub(crate) value: fn(&[Vec<f64>]) -> f64,
    pub(crate) dual: fn(&[Vec<Dual>]) -> Dual,
    pub(crate) grad: fn(&[Vec<f64>]) -> (f64, Vec<Vec<f64>>),
    pub(crate) grad_add: fn(&[Vec<f64>], &mut Vec<Vec<f64>>) -> f64,
    pub(crate) vjp: fn(&[Vec<f64>], f64) -> (f64, Vec<Vec<f64>>),
    /// The value and the derivative in a direction.
    pub(crate) jvp: fn(&[Vec<f64>], &[Vec<f64>]) -> (f64, f64),
}

/// How far a derivative may be from the truth: relative to itself, and to the sum of what
/// contributes to it, which rounding errors are relative to.
const TOLERANCE: f64 = 1e-9;
const ROUNDING: f64 = 1e-13;

enum Failure {
    /// The program itself fails: the generator is to blame.
    Invalid(String),
    Wrong(String),
}

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the cases from number `start` on. Before each, a line tells its name, so that a case that
/// never ends is known.
pub(crate) fn run(cases: &[Case]) {
    std::panic::set_hook(Box::new(|info| PANIC.set(info.to_string().replace('\n', " "))));
    let start = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    for case in &cases[start..] {
        println!("run {}", case.name);
        std::io::stdout().flush().expect("standard output is open");
        match check(case) {
            Ok(kinks) => println!("ok {} {kinks}", case.name),
            Err(Failure::Invalid(why)) => println!("invalid {} {why}", case.name),
            Err(Failure::Wrong(why)) => println!("wrong {} {why}", case.name),
        }
    }
}

/// Calls something that may panic.
fn guarded<T>(what: &str, call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call))
        .map_err(|_| format!("{what} panics: {}", PANIC.with(|message| message.borrow().clone())))
}

fn check(case: &Case) -> Result<usize, Failure> {
    let mut kinks = 0;
    for number in 0..4 {
        kinks += check_at(case, &point(case, number))?;
    }
    Ok(kinks)
}

/// Arguments without pattern, of both signs, with slices of several lengths.
fn point(case: &Case, number: usize) -> Vec<Vec<f64>> {
    let rest = [5, 4, 7, 6][number];
    let mut phase = 0.37 + number as f64;
    let mut scalar = || {
        phase += 1.734_287;
        1.7 * (phase * phase).sin() + 0.017
    };
    let length = |shape: usize| if shape == 0 { rest } else { shape };
    case.shape.iter().map(|shape| (0..length(*shape)).map(|_| scalar()).collect()).collect()
}

fn check_at(case: &Case, at: &[Vec<f64>]) -> Result<usize, Failure> {
    let expected = guarded("the program", || (case.value)(at)).map_err(Failure::Invalid)?;
    let mut kinks = 0;
    let mut truths = Vec::new();
    for (i, argument) in at.iter().enumerate() {
        for j in 0..argument.len() {
            let mut seeds: Vec<Vec<Dual>> =
                at.iter().map(|a| a.iter().map(|x| Dual::from(*x)).collect()).collect();
            seeds[i][j] = Dual::seeded(at[i][j]);
            take_kink();
            let truth =
                guarded("on duals, it", || (case.dual)(&seeds)).map_err(Failure::Invalid)?;
            if truth.value.to_bits() != expected.to_bits() {
                let why = format!("is {expected}, on duals {} at {at:?}", truth.value);
                return Err(Failure::Invalid(why));
            }
            let kink = take_kink();
            kinks += usize::from(kink);
            let known = !kink && truth.magnitude.is_finite() && truth.magnitude < 1e100;
            truths.push(((i, j), known.then_some(truth)));
        }
    }
    let mut why = String::new();
    compare(case, at, expected, &truths, &mut why).map_err(Failure::Wrong)?;
    if why.is_empty() { Ok(kinks) } else { Err(Failure::Wrong(format!("at {at:?}:{why}"))) }
}

type Truths = [((usize, usize), Option<Dual>)];

fn compare(
    case: &Case,
    at: &[Vec<f64>],
    expected: f64,
    truths: &Truths,
    why: &mut String,
) -> Result<(), String> {
    let mut differ = |what: &str, value: f64, gradient: &[Vec<f64>], factor: f64, held: f64| {
        if value.to_bits() != expected.to_bits() && !(value.is_nan() && expected.is_nan()) {
            let _ = write!(why, " {what} returns {value}, not {expected};");
        }
        if !expected.is_finite() {
            return;
        }
        for ((i, j), truth) in truths {
            let Some(truth) = truth else { continue };
            let (right, claimed) = (factor * truth.derivative + held, gradient[*i][*j]);
            let allowed = TOLERANCE * truth.derivative.abs()
                + ROUNDING * (truth.magnitude + held)
                + f64::MIN_POSITIVE;
            if !((claimed - right).abs() <= factor * allowed) {
                let _ = write!(why, " {what} d[{i}][{j}]: claimed {claimed}, true {right};");
            }
        }
    };
    let (value, gradient) = guarded("_grad", || (case.grad)(at))?;
    differ("_grad", value, &gradient, 1.0, 0.0);
    let (value, doubled) = guarded("_vjp", || (case.vjp)(at, 2.0))?;
    differ("_vjp of 2", value, &doubled, 2.0, 0.0);
    let mut buffers: Vec<Vec<f64>> = at.iter().map(|a| vec![3.0; a.len()]).collect();
    let value = guarded("_grad_add", || (case.grad_add)(at, &mut buffers))?;
    differ("_grad_add to 3", value, &buffers, 1.0, 3.0);
    let mut slopes: Vec<Vec<f64>> = at.iter().map(|a| vec![0.0; a.len()]).collect();
    let mut value = expected;
    for ((i, j), _) in truths {
        let mut along: Vec<Vec<f64>> = at.iter().map(|a| vec![0.0; a.len()]).collect();
        along[*i][*j] = 1.0;
        let (again, slope) = guarded("_jvp", || (case.jvp)(at, &along))?;
        (value, slopes[*i][*j]) = (again, slope);
    }
    differ("_jvp", value, &slopes, 1.0, 0.0);
    Ok(())
}
