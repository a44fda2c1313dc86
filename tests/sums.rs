//! `Option`, `Result`, enums and what may leave by them.

// The programs are written as numerical programmers write them, not as Clippy would.
#![allow(clippy::all)]

mod common;

use backprop::prelude::*;
use common::{assert_gradient, assert_pullback, check};

/// Checks the companions of a function whose value is a success here.
macro_rules! check_success {
    ($f:ident, $grad:ident, $add:ident, $vjp:ident; x: $x:expr) => {
        check!(
            |x| $f(x).unwrap(), |x| $grad(x).unwrap(), |x, d| $add(x, d).unwrap(),
            |x| $vjp(x).unwrap(); x: $x
        );
    };
}

// ---- Option

#[differentiable(jvp)]
fn safe_sqrt(x: f64) -> Option<f64> {
    if x < 0.0 { None } else { Some(x.sqrt()) }
}

#[differentiable(jvp)]
fn scaled(x: f64, scale: Option<f64>) -> f64 {
    match scale {
        Some(scale) => x * scale * scale,
        None => x.sin(),
    }
}

#[differentiable(jvp)]
fn scaled_behind_a_reference(x: f64, scale: &Option<f64>) -> f64 {
    if let Some(scale) = scale { x * scale * x } else { x }
}

#[test]
fn options_as_parameters() {
    check!(scaled, scaled_grad, scaled_grad_add, scaled_vjp, scaled_jvp; x: 0.7, scale: Some(1.3));
    check!(scaled, scaled_grad, scaled_grad_add, scaled_vjp, scaled_jvp; x: 0.7, scale: None::<f64>);
    check!(
        scaled_behind_a_reference, scaled_behind_a_reference_grad,
        scaled_behind_a_reference_grad_add, scaled_behind_a_reference_vjp, scaled_behind_a_reference_jvp;
        x: 0.7, scale: &Some(1.3)
    );
    check!(
        scaled_behind_a_reference, scaled_behind_a_reference_grad,
        scaled_behind_a_reference_grad_add, scaled_behind_a_reference_vjp, scaled_behind_a_reference_jvp;
        x: 0.7, scale: &None::<f64>
    );
    assert_eq!(scaled_grad(2.0, Some(3.0)), (18.0, (9.0, Some(12.0))));
}

#[differentiable(jvp)]
fn through_methods(x: f64) -> f64 {
    let a = safe_sqrt(x).unwrap_or(x * x);
    let b = safe_sqrt(x - 2.0).map(|r| r * 3.0).unwrap_or_else(|| x.sin());
    let c = safe_sqrt(x - 1.0).map_or(0.5 * x, |r| r * r * r);
    let d = safe_sqrt(x).and_then(|r| safe_sqrt(r - 1.2)).unwrap_or_default();
    let e = Some(x).filter(|v| *v > 1.0).map_or_else(|| x, |v| v * v);
    let f = Some(x).zip(safe_sqrt(x + 10.0)).map(|(a, b)| a * b).unwrap();
    let g = safe_sqrt(x - 3.0).or(Some(x * 2.0)).expect("there is one");
    let h = safe_sqrt(x - 3.0).or_else(|| safe_sqrt(x + 4.0)).map(f64::exp).unwrap();
    let i = Some(x).as_ref().copied().map(f64::cos).unwrap_or(0.0);
    let j = safe_sqrt(x).ok_or("negative").map(|r| 2.0 * r).unwrap_or(x);
    a + b + c + d + e + f + g + h + i + j
}

#[test]
fn methods_of_options() {
    for x in [-0.5, 0.5, 1.7, 2.5, 7.0] {
        check!(
            through_methods, through_methods_grad, through_methods_grad_add, through_methods_vjp, through_methods_jvp;
            x: x
        );
    }
}

#[differentiable(jvp)]
fn largest_square(xs: &[f64]) -> f64 {
    let mut best: Option<f64> = None;
    for &x in xs {
        best = Some(match best {
            None => x * x,
            Some(b) => b.max(x * x),
        });
    }
    best.unwrap_or(0.0)
}

#[differentiable(jvp)]
fn roughness(xs: &[f64]) -> f64 {
    let mut previous = None;
    let mut sum = 0.0;
    for x in xs {
        if let Some(p) = previous {
            let step: f64 = x - p;
            sum += step * step * step;
        }
        previous = Some(*x);
    }
    sum
}

#[differentiable(jvp)]
fn exchanged(x: f64) -> f64 {
    let mut held = Some(x * x);
    let first = held.take().unwrap_or(0.0);
    let second = held.replace(first * x);
    let third = *held.get_or_insert(1.0);
    if let Some(v) = &mut held {
        *v *= x;
    }
    if let Some(v) = held.as_mut() {
        *v += 1.0;
    }
    first + third * second.unwrap_or(x) + held.unwrap()
}

#[differentiable(jvp)]
fn halves(x: f64) -> f64 {
    let mut next = Some(x);
    let mut sum = 0.0;
    while let Some(v) = next {
        sum += v * v;
        next = if v < 0.1 { None } else { Some(v / 2.0) };
    }
    sum
}

#[test]
fn options_that_change() {
    let xs = [0.4, -1.3, 0.9];
    check!(
        largest_square, largest_square_grad, largest_square_grad_add, largest_square_vjp, largest_square_jvp;
        xs: &xs.to_vec()
    );
    assert_eq!(largest_square_grad(&[]), (0.0, vec![]));
    check!(roughness, roughness_grad, roughness_grad_add, roughness_vjp, roughness_jvp; xs: &xs.to_vec());
    check!(exchanged, exchanged_grad, exchanged_grad_add, exchanged_vjp, exchanged_jvp; x: 1.4);
    check!(halves, halves_grad, halves_grad_add, halves_vjp, halves_jvp; x: 1.4);
}

// ---- what may fail

#[differentiable(jvp)]
fn safe_log(x: f64) -> Result<f64, String> {
    if x <= 0.0 {
        return Err(format!("{x} is not positive"));
    }
    Ok(x.ln())
}

#[differentiable(jvp)]
fn log_of_log(x: f64) -> Result<f64, String> {
    let y = safe_log(x)?;
    let z = safe_log(y + 2.0).map_err(|e| format!("inner: {e}"))?;
    Ok(y * z)
}

#[differentiable(jvp)]
fn questions(x: f64) -> Option<f64> {
    let roots = vec![safe_sqrt(x)?, safe_sqrt(x + 1.0)? * 2.0];
    let (a, b) = (safe_sqrt(x + 2.0)?, roots[0] * safe_sqrt(roots[1])?);
    let c = if a > 1.5 { safe_sqrt(a - 1.0)? } else { a };
    Some(a * b + safe_sqrt(x - 0.5)?.sin() + c)
}

#[differentiable(jvp, wrt(x))]
fn arms(x: f64, k: usize) -> Option<f64> {
    let y = match k {
        0 => safe_sqrt(x)?,
        1 => x * x,
        2 => {
            let t = safe_sqrt(x - 1.0)?;
            t * t * t
        }
        _ => return None,
    };
    Some(y * x)
}

#[differentiable(jvp)]
fn in_a_loop(xs: &[f64]) -> Result<f64, String> {
    let mut sum = 0.0;
    for &x in xs {
        if x > 6.5 && x < 7.5 {
            continue;
        }
        let log = safe_log(x)?;
        if log > 3.0 {
            return Ok(sum);
        }
        sum += log * x;
    }
    Ok(sum * 2.0)
}

#[derive(Debug, PartialEq)]
enum Failure {
    Math(String),
    Large(f64),
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Math(message)
    }
}

#[differentiable(jvp)]
fn converted(x: f64) -> Result<f64, Failure> {
    let y = safe_log(x)?;
    if y > 5.0 {
        Err(Failure::Large(y))?;
    }
    let Some(z) = safe_sqrt(y - 0.1) else { return Err(Failure::Large(x)) };
    Ok(z * y)
}

#[differentiable(jvp)]
fn dynamic(x: f64) -> Result<f64, Box<dyn std::error::Error>> {
    let divisor: f64 = "2.5".parse::<f64>()?;
    let y = safe_log(x / divisor)?;
    if y > 100.0 {
        return Err("too large".into());
    }
    Ok(y * y)
}

#[differentiable(jvp)]
fn left_inside_an_expression(x: f64) -> f64 {
    let scale = 2.0
        * match safe_sqrt(x - 1.0) {
            Some(r) => r,
            None => return x * x,
        };
    1.0 + if x > 3.0 { return x.sin() } else { x * scale }
}

#[test]
fn exits_inside_expressions() {
    for x in [0.5, 2.0, 4.0] {
        check!(
            left_inside_an_expression, left_inside_an_expression_grad,
            left_inside_an_expression_grad_add, left_inside_an_expression_vjp, left_inside_an_expression_jvp; x: x
        );
    }
}

#[test]
fn failures_are_returned() {
    check_success!(safe_log, safe_log_grad, safe_log_grad_add, safe_log_vjp; x: 1.7);
    check_success!(log_of_log, log_of_log_grad, log_of_log_grad_add, log_of_log_vjp; x: 1.7);
    check_success!(converted, converted_grad, converted_grad_add, converted_vjp; x: 1.7);
    check_success!(dynamic, dynamic_grad, dynamic_grad_add, dynamic_vjp; x: 1.7);
    for x in [0.6, 1.0, 3.0] {
        check_success!(questions, questions_grad, questions_grad_add, questions_vjp; x: x);
    }
    assert_eq!(log_of_log_grad(-4.0), Err("-4 is not positive".to_owned()));
    assert!(log_of_log_grad(0.1).is_err_and(|e| e.starts_with("inner")));
    assert_eq!(questions_grad(-1.0), None);
    assert_eq!(questions_grad(0.1), None);
    assert_eq!(converted_grad(-1.0), Err(Failure::Math("-1 is not positive".to_owned())));
    assert_eq!(converted_grad(1.0), Err(Failure::Large(1.0)));
    assert!(dynamic_grad(-1.0).is_err());
    for k in 0..3 {
        for x in [1.4, 2.0] {
            check!(
                |x, k| arms(x, k).unwrap(), |x, k| arms_grad(x, k).unwrap(),
                |x, k, d| arms_grad_add(x, k, d).unwrap(), |x, k| arms_vjp(x, k).unwrap();
                x: x, k: const k
            );
        }
    }
    assert_eq!(arms_grad(0.5, 2), None);
    assert_eq!(arms_grad(0.5, 3), None);
}

#[test]
fn failures_inside_loops() {
    for xs in [vec![1.3, 7.0, 0.4], vec![1.3, 30.0, -1.0], vec![]] {
        check!(
            |xs| in_a_loop(xs).unwrap(), |xs| in_a_loop_grad(xs).unwrap(),
            |xs, d| in_a_loop_grad_add(xs, d).unwrap(), |xs| in_a_loop_vjp(xs).unwrap();
            xs: &xs
        );
    }
    assert!(in_a_loop_grad(&[1.0, -1.0]).is_err());
}

#[test]
fn buffers_are_untouched_by_a_failure() {
    let mut d = 3.0;
    assert!(log_of_log_grad_add(-4.0, &mut d).is_err());
    assert_eq!(d, 3.0);
    let mut d = vec![1.0, 2.0];
    assert!(in_a_loop_grad_add(&[1.5, -1.0], &mut d).is_err());
    assert_eq!(d, [1.0, 2.0]);
}

#[differentiable(jvp)]
fn value_and_roots(x: f64) -> Option<(f64, Vec<f64>)> {
    if x < 0.0 {
        return None;
    }
    Some((x * x, vec![x, x.sqrt()]))
}

#[differentiable(jvp)]
fn of_value_and_roots(x: f64) -> f64 {
    match value_and_roots(x) {
        Some((a, v)) if a > 1.0 => a * v[1],
        Some((a, mut v)) => {
            v[0] *= 2.0;
            a + v[0]
        }
        None => x,
    }
}

#[differentiable(jvp, wrt(x))]
fn early_list(x: f64, n: usize) -> Vec<f64> {
    for i in 0..n {
        if i == 2 {
            return vec![x * x, x];
        }
    }
    vec![x, x.sin()]
}

#[test]
fn aggregates_inside_options() {
    for x in [2.0, 0.5, -1.0] {
        check!(
            of_value_and_roots, of_value_and_roots_grad, of_value_and_roots_grad_add,
            of_value_and_roots_vjp, of_value_and_roots_jvp; x: x
        );
    }
    assert_pullback(
        &1.7,
        |x| value_and_roots(*x).unwrap(),
        |x, d| {
            let (value, pullback) = value_and_roots_vjp(*x).unwrap();
            (value, pullback(d))
        },
        |x, t| value_and_roots_jvp(*x, *t).unwrap(),
    );
    for n in [1, 5] {
        assert_pullback(
            &1.7,
            |x| early_list(*x, n),
            |x, d| {
                let (value, pullback) = early_list_vjp(*x, n);
                (value, pullback(d))
            },
            |x, t| early_list_jvp(*x, n, *t),
        );
    }
}

// ---- enums

#[derive(Clone, Debug, PartialEq, Differentiable)]
enum Shape {
    Circle(f64),
    Rectangle { width: f64, height: f64 },
    Polygon(usize, f64),
    Path { lengths: Vec<f64>, closed: bool },
    Empty,
}

use Shape::Circle;

#[differentiable(jvp)]
fn size(shape: &Shape, k: f64) -> f64 {
    match shape {
        Shape::Circle(r) => std::f64::consts::PI * r * r * k,
        Shape::Rectangle { width, height } if width > height => width * height * k,
        Shape::Rectangle { width, .. } => width * width,
        Shape::Polygon(n, side) if *n > 2 => *n as f64 * side * k,
        Shape::Polygon(_, side) => *side,
        Shape::Path { lengths, closed: true } => lengths.iter().sum::<f64>() * k,
        Shape::Path { lengths, .. } => lengths[0] * k,
        Shape::Empty => 0.0,
    }
}

#[differentiable(jvp)]
fn moved(shape: Shape, k: f64) -> f64 {
    match shape {
        Circle(r) => r * k,
        Shape::Rectangle { width: w, height: h } => w / h * k,
        Shape::Path { mut lengths, .. } => {
            lengths[0] *= k;
            lengths.iter().map(|x| x * x).sum()
        }
        _ => k,
    }
}

#[differentiable(jvp)]
fn built(x: f64) -> f64 {
    let shape = if x > 1.0 {
        Circle(x * x)
    } else if x > 0.0 {
        Shape::Rectangle { width: x.exp(), height: x.sin() }
    } else {
        Shape::Path { lengths: vec![x, x * x], closed: true }
    };
    size(&shape, x) * x
}

#[differentiable(jvp)]
fn alternatives(shape: &Shape, k: f64) -> f64 {
    match shape {
        Shape::Circle(x) | Shape::Polygon(_, x) if *x > 1.0 => x * k,
        Shape::Circle(x) | Shape::Polygon(_, x) | Shape::Rectangle { height: x, .. } => x * x * k,
        _ => k,
    }
}

#[differentiable(jvp)]
fn changed_in_place(x: f64) -> f64 {
    let mut shape = Shape::Rectangle { width: x, height: x * x };
    if let Shape::Rectangle { width, height } = &mut shape {
        *width += *height;
        *height = *width * x;
    }
    match shape {
        Shape::Rectangle { width, height } => width * height,
        _ => unreachable!(),
    }
}

#[test]
fn enums_with_payloads() {
    let shapes = [
        Shape::Circle(1.2),
        Shape::Circle(0.3),
        Shape::Rectangle { width: 2.0, height: 1.3 },
        Shape::Rectangle { width: 1.0, height: 1.3 },
        Shape::Polygon(3, 1.1),
        Shape::Polygon(2, 0.4),
        Shape::Path { lengths: vec![1.0, 0.3], closed: true },
        Shape::Path { lengths: vec![1.0, 0.3], closed: false },
        Shape::Empty,
    ];
    for shape in &shapes {
        check!(size, size_grad, size_grad_add, size_vjp, size_jvp; shape: &shape, k: 0.7);
        check!(moved, moved_grad, moved_grad_add, moved_vjp, moved_jvp; shape: shape.clone(), k: 0.7);
        check!(
            alternatives, alternatives_grad, alternatives_grad_add, alternatives_vjp, alternatives_jvp;
            shape: &shape, k: 0.7
        );
    }
    for x in [1.3, 0.4, -0.6] {
        check!(built, built_grad, built_grad_add, built_vjp, built_jvp; x: x);
        check!(
            changed_in_place, changed_in_place_grad, changed_in_place_grad_add,
            changed_in_place_vjp, changed_in_place_jvp; x: x
        );
    }
}

#[derive(Clone, Debug, PartialEq, Differentiable)]
enum Formula {
    Constant(f64),
    Variable,
    Sum(Box<Formula>, Box<Formula>),
    Product(Box<Formula>, Box<Formula>),
    Sine(Box<Formula>),
    Many(Vec<Formula>),
}

#[differentiable(jvp)]
fn evaluate(formula: &Formula, x: f64) -> f64 {
    match formula {
        Formula::Constant(c) => *c,
        Formula::Variable => x,
        Formula::Sum(a, b) => evaluate(a, x) + evaluate(b, x),
        Formula::Product(a, b) => evaluate(a, x) * evaluate(b, x),
        Formula::Sine(a) => evaluate(a, x).sin(),
        Formula::Many(parts) => {
            let mut sum = 0.0;
            for part in parts {
                sum += evaluate(part, x) * x;
            }
            sum
        }
    }
}

#[differentiable(jvp)]
fn planted(x: f64) -> f64 {
    let left = Box::new(Formula::Constant(x * x));
    let right = Formula::Product(Box::new(Formula::Variable), Box::new(Formula::Constant(x.sin())));
    let formula = Formula::Sum(left, Box::new(right));
    evaluate(&formula, 2.0 * x)
}

#[differentiable(jvp)]
fn boxed(x: f64) -> f64 {
    let b = Box::new(x * x);
    *b * x
}

#[test]
fn recursive_data() {
    use Formula::*;
    let constant = |c| Box::new(Constant(c));
    let formula = Sum(
        Box::new(Product(constant(1.5), Box::new(Variable))),
        Box::new(Many(vec![
            Sine(Box::new(Product(Box::new(Variable), constant(0.7)))),
            Constant(2.0),
        ])),
    );
    check!(evaluate, evaluate_grad, evaluate_grad_add, evaluate_vjp, evaluate_jvp; formula: &formula, x: 0.8);
    check!(planted, planted_grad, planted_grad_add, planted_vjp, planted_jvp; x: 0.8);
    check!(boxed, boxed_grad, boxed_grad_add, boxed_vjp, boxed_jvp; x: 0.8);
}

// ---- patterns

#[differentiable(jvp)]
fn ends(xs: &[f64]) -> f64 {
    match xs {
        [] => 0.0,
        [a] => a * a,
        [a, b] => a * b,
        [first, .., last] if *first > 10.0 => first / last,
        [first, middle @ .., last] => first * last + middle.iter().map(|m| m * m).sum::<f64>(),
    }
}

#[differentiable(jvp)]
fn ends_of_an_array(v: [f64; 4]) -> f64 {
    let [first, .., last] = v;
    let [_, rest @ ..] = &v;
    first * last + rest.iter().product::<f64>()
}

#[differentiable(jvp)]
fn named_wholes(x: f64, o: Option<f64>) -> f64 {
    match o {
        whole @ Some(v) if v > 1.0 => whole.unwrap() * v * x,
        Some(v @ 0.0..=1.0) => v * x,
        Some(_) => x,
        None => -x,
    }
}

#[differentiable(jvp)]
fn conditions(x: f64, a: Option<f64>, b: &Option<f64>) -> f64 {
    if x > 0.0
        && let Some(a) = a
        && a < 10.0
    {
        x * a
    } else if let Some(a) = a
        && let Some(b) = b
    {
        a * b * x
    } else {
        x * x
    }
}

#[differentiable(jvp)]
fn shadowing_conditions(x: f64, y: f64) -> f64 {
    if let Some(x) = safe_sqrt(x - 1.0)
        && let Some(y) = safe_sqrt(y)
    {
        x * y
    } else {
        x + y * y
    }
}

#[test]
fn patterns() {
    check!(
        ends_of_an_array, ends_of_an_array_grad, ends_of_an_array_grad_add, ends_of_an_array_vjp, ends_of_an_array_jvp;
        v: [0.3, 1.2, -0.7, 2.0]
    );
    for xs in [vec![], vec![2.0], vec![2.0, 3.0], vec![11.0, 1.0, 2.0], vec![1.0, 2.0, 3.0, 4.0]] {
        check!(ends, ends_grad, ends_grad_add, ends_vjp, ends_jvp; xs: &xs);
    }
    for o in [Some(2.0), Some(0.5), Some(-1.0), None] {
        check!(
            named_wholes, named_wholes_grad, named_wholes_grad_add, named_wholes_vjp, named_wholes_jvp;
            x: 0.3, o: o
        );
    }
    for (a, b) in
        [(Some(3.0), None), (Some(13.0), Some(2.0)), (None, Some(2.0)), (Some(13.0), None)]
    {
        check!(
            conditions, conditions_grad, conditions_grad_add, conditions_vjp, conditions_jvp;
            x: 1.3, a: a, b: &b
        );
    }
    for (x, y) in [(1.5, 2.0), (0.5, 2.0), (1.5, -2.0)] {
        check!(
            shadowing_conditions, shadowing_conditions_grad, shadowing_conditions_grad_add,
            shadowing_conditions_vjp, shadowing_conditions_jvp; x: x, y: y
        );
    }
}

// ---- loops and blocks with values

#[differentiable(jvp)]
fn grown(x: f64) -> f64 {
    let mut y = x;
    let mut n = 0;
    let reached = 1.0
        + loop {
            y *= 1.5;
            n += 1;
            if y > 10.0 {
                break y * y;
            }
            if n > 20 {
                break x;
            }
        };
    reached * y
}

#[differentiable(jvp)]
fn searched(x: f64, xs: &[f64]) -> f64 {
    let found = 'search: {
        for &y in xs {
            if y > x {
                break 'search y * x;
            }
        }
        x * x
    };
    found + 1.0
}

#[differentiable(jvp)]
fn labelled(x: f64) -> f64 {
    let mut a = x;
    let r = 'outer: loop {
        loop {
            a *= 1.3;
            if a > 5.0 {
                break 'outer a * x;
            }
            if a > 2.0 {
                break;
            }
        }
        a += x;
    };
    r + a
}

#[differentiable(jvp)]
fn counted(xs: &[f64]) -> f64 {
    let mut product = 1.0;
    let mut items = xs.iter();
    while let Some(x) = items.next() {
        if *x < 0.0 {
            break;
        }
        product *= x;
    }
    product
}

#[differentiable(jvp)]
fn from_a_closure(x: f64) -> f64 {
    let f = |v: f64| -> Option<f64> {
        let r = safe_sqrt(v)?;
        if r > 2.0 {
            return Some(r);
        }
        Some(r * v)
    };
    f(x).unwrap_or(x * x) + f(x * 10.0).unwrap_or(x)
}

#[test]
fn values_of_loops_and_blocks() {
    for x in [1.1, 0.0001] {
        check!(grown, grown_grad, grown_grad_add, grown_vjp, grown_jvp; x: x);
    }
    check!(searched, searched_grad, searched_grad_add, searched_vjp, searched_jvp; x: 2.0, xs: &vec![1.0, 3.0]);
    check!(searched, searched_grad, searched_grad_add, searched_vjp, searched_jvp; x: 2.0, xs: &vec![1.0]);
    for x in [1.1, 0.7] {
        check!(labelled, labelled_grad, labelled_grad_add, labelled_vjp, labelled_jvp; x: x);
    }
    let xs = vec![1.0, 2.0, 3.0, -1.0, 5.0];
    check!(counted, counted_grad, counted_grad_add, counted_vjp, counted_jvp; xs: &xs);
    for x in [1.1, -0.7, 0.2] {
        check!(
            from_a_closure, from_a_closure_grad, from_a_closure_grad_add, from_a_closure_vjp, from_a_closure_jvp; x: x
        );
    }
}

// ---- methods

#[derive(Clone, Debug, PartialEq, Differentiable)]
struct Layer {
    bias: Option<f64>,
    weights: Vec<f64>,
    scale: Option<Vec<f64>>,
    name: Option<String>,
}

impl Layer {
    #[differentiable(jvp, wrt(self, x))]
    fn forward(&self, x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (w, x) in self.weights.iter().zip(x) {
            sum += w * x;
        }
        if let Some(b) = self.bias {
            sum += b;
        }
        sum += self.bias.map_or(0.0, |b| b * b);
        if let Some(scale) = &self.scale {
            for k in scale {
                sum *= k;
            }
        }
        let first = self.scale.as_ref().map(|v| v[0]).unwrap_or(1.0);
        if self.name.is_some() { sum * first } else { -sum }
    }
}

#[test]
fn fields_that_may_be_missing() {
    let x = vec![0.3, 0.4];
    for (bias, scale) in [(Some(0.5), Some(vec![2.0, 3.0])), (None, None), (Some(0.5), None)] {
        let layer = Layer { bias, weights: vec![1.0, 2.0], scale, name: Some("l".to_owned()) };
        let (value, (d_layer, d_x)) = layer.forward_grad(&x);
        assert_eq!(value.to_bits(), layer.forward(&x).to_bits());
        assert_gradient(&layer, |layer| layer.forward(&x), &d_layer);
        assert_gradient(&x, |x| layer.forward(x), &d_x);
    }
}

/// An expression over variables that are looked up.
#[derive(Clone, Differentiable)]
enum Term {
    Number(f64),
    Variable(usize),
    Sum(Box<Term>, Box<Term>),
    Product(Vec<Term>),
}

#[differentiable(jvp, wrt(term, variables))]
fn term_value(term: &Term, variables: &[f64]) -> f64 {
    match term {
        Term::Number(number) => number.sin(),
        Term::Variable(index) => variables[*index],
        Term::Sum(a, b) => term_value(a, variables) + term_value(b, variables),
        Term::Product(factors) => {
            let mut product = 1.0;
            for factor in factors {
                product *= term_value(factor, variables);
            }
            product
        }
    }
}

#[differentiable(jvp, wrt(number, variables))]
fn of_terms(number: f64, variables: &[f64]) -> f64 {
    let term = Term::Sum(
        Box::new(Term::Product(vec![Term::Variable(0), Term::Number(number), Term::Variable(1)])),
        Box::new(Term::Variable(0)),
    );
    term_value(&term, variables)
}

#[test]
fn a_tree_looks_up_variables() {
    let variables = vec![0.3, 1.2];
    check!(of_terms, of_terms_grad, of_terms_grad_add, of_terms_vjp, of_terms_jvp; number: 0.7, variables: &variables);
}

#[differentiable]
fn logarithms(v: &[f64]) -> Result<f64, String> {
    let logs = v
        .iter()
        .map(|&a| if a > 0.0 { Ok(a.ln()) } else { Err(format!("{a} is not positive")) })
        .collect::<Result<Vec<_>, _>>()?;
    let product = v.iter().try_fold(1.0, |acc, &a| {
        if a < 10.0 { Ok(acc * (a + 0.5)) } else { Err(format!("{a} is too large")) }
    })?;
    Ok(logs.iter().map(|l| l * l).sum::<f64>() * product)
}

#[differentiable]
fn checked_product(v: &[f64]) -> Result<f64, String> {
    v.iter().try_fold(1.0, |acc, &a| if a > 0.0 { Ok(acc * a) } else { Err("negative".into()) })
}

#[differentiable]
fn checked_sum(v: &[f64]) -> Result<f64, String> {
    let squares: Result<Vec<f64>, String> = v
        .iter()
        .map(|&a| if a > 0.0 { Ok(a * a) } else { Err(String::from("negative")) })
        .collect();
    match squares {
        Ok(squares) => Ok(squares.iter().sum()),
        Err(message) => Err(message),
    }
}

#[differentiable]
fn far_ends(v: &[f64]) -> Option<f64> {
    let first = v.first()?;
    let largest = v.iter().copied().max_by(|a, b| a.total_cmp(b))?;
    Some(first * v.last()? * largest)
}

#[differentiable]
fn named_ends(v: &[f64]) -> Result<f64, String> {
    let first = v.first().ok_or("empty")?;
    let second = v.get(1).copied().ok_or_else(|| format!("only {} element", v.len()))?;
    Ok(first * second * second)
}

#[test]
fn chains_end_at_the_first_failure() {
    let v = [0.8, 1.5, 2.5];
    let close = |d: &[f64], f: &dyn Fn(&[f64]) -> f64| {
        for k in 0..v.len() {
            let at = |h: f64| {
                let mut v = v;
                v[k] += h;
                f(&v)
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((d[k] - difference).abs() < 1e-7, "{k}: {} is not {difference}", d[k]);
        }
    };
    let (value, d) = logarithms_grad(&v).unwrap();
    assert_eq!(Ok(value), logarithms(&v));
    close(&d, &|v| logarithms(v).unwrap());
    assert_eq!(logarithms_grad(&[1.0, -1.0]), Err("-1 is not positive".to_owned()));
    assert_eq!(logarithms_grad(&[1.0, 11.0]), Err("11 is too large".to_owned()));
    close(&checked_product_grad(&v).unwrap().1, &|v| checked_product(v).unwrap());
    assert_eq!(checked_product_grad(&[-1.0]), Err("negative".to_owned()));
    close(&checked_sum_grad(&v).unwrap().1, &|v| checked_sum(v).unwrap());
    assert_eq!(checked_sum_grad(&[-1.0]), Err("negative".to_owned()));
    close(&far_ends_grad(&v).unwrap().1, &|v| far_ends(v).unwrap());
    assert_eq!(far_ends_grad(&[]), None);
    close(&named_ends_grad(&v).unwrap().1, &|v| named_ends(v).unwrap());
    assert_eq!(named_ends_grad(&[]), Err("empty".to_owned()));
    assert_eq!(named_ends_grad(&[1.0]), Err("only 1 element".to_owned()));
}
