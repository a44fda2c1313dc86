//! Holds what a function's companions return against differences of the function itself.

use backprop::{VectorOps, VectorSpace};

/// `f64` or `f32`, as the value of a function.
pub(crate) trait Number: Copy {
    /// How exactly a derivative can be measured.
    const TOLERANCE: f64;
    /// The largest step of a difference quotient, for an argument about 1.
    const STEP: f64;
    fn wide(self) -> f64;
    fn narrow(x: f64) -> Self;
}

impl Number for f64 {
    const TOLERANCE: f64 = 1e-6;
    const STEP: f64 = 1.0 / 64.0;

    fn wide(self) -> f64 {
        self
    }

    fn narrow(x: f64) -> f64 {
        x
    }
}

impl Number for f32 {
    const TOLERANCE: f64 = 5e-3;
    const STEP: f64 = 1.0 / 8.0;

    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn narrow(x: f64) -> f32 {
        x as f32
    }
}

/// The derivative of `f` at `x` and how far apart the two best measurements lie: central
/// differences at falling steps, each extrapolated twice (Richardson). `f` returns its argument, as
/// it was rounded, and its value.
pub(crate) fn measure(f: impl Fn(f64) -> (f64, f64), x: f64, step: f64) -> (f64, f64) {
    let central = |h: f64| {
        let (up, down) = (f(x + h), f(x - h));
        (up.1 - down.1) / (up.0 - down.0)
    };
    let extrapolated = |h: f64| {
        let [d1, d2, d4] = [central(h), central(h / 2.0), central(h / 4.0)];
        let (e1, e2) = ((4.0 * d2 - d1) / 3.0, (4.0 * d4 - d2) / 3.0);
        (16.0 * e2 - e1) / 15.0
    };
    let measured: Vec<f64> =
        (0..9).map(|k| extrapolated(step * x.abs().max(0.5) / 3f64.powi(k))).collect();
    let best = measured.windows(2).map(|pair| (pair[1], (pair[1] - pair[0]).abs()));
    best.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there are several steps")
}

/// Compares a gradient with differences of `f`, element by element.
#[track_caller]
pub(crate) fn assert_gradient<P: VectorSpace, N: Number>(
    at: &P,
    f: impl Fn(&P) -> N,
    gradient: &P,
) {
    let (x, claims) = (at.to_flat_vec(), gradient.to_flat_vec());
    assert_eq!(x.len(), claims.len(), "the gradient has another shape than the parameters");
    let value = f(at).wide();
    let mut wrong = Vec::new();
    for (i, &claimed) in claims.iter().enumerate() {
        let along = |xi: f64| {
            let mut moved = at.clone();
            let mut flat = x.clone();
            flat[i] = xi;
            moved.set_flat(&flat);
            (moved.to_flat_vec()[i], f(&moved).wide())
        };
        let (measured, uncertain) = measure(along, x[i], N::STEP);
        let size = claimed.abs().max(measured.abs());
        let noise = N::TOLERANCE * 1e-2 * value.abs().max(1e-3);
        assert!(
            uncertain <= N::TOLERANCE * size + noise,
            "element {i} cannot be measured: {measured} ± {uncertain}, claimed {claimed}"
        );
        let close = (claimed - measured).abs() <= N::TOLERANCE * size + noise;
        if !close {
            wrong.push(format!("element {i}: claimed {claimed}, measured {measured}"));
        }
    }
    assert!(wrong.is_empty(), "at {x:?}: {}", wrong.join("; "));
}

/// What [`check!`] asserts of a function and its companions at one point.
#[track_caller]
pub(crate) fn assert_companions<P: VectorSpace, N: Number>(
    at: &P,
    f: impl Fn(&P) -> N,
    grad: impl Fn(&P) -> (N, P),
    grad_add: impl Fn(&P, &mut P) -> N,
    vjp: impl Fn(&P, N) -> (N, P),
) {
    let bits = |value: N| value.wide().to_bits();
    let expected = bits(f(at));
    let (value, gradient) = grad(at);
    assert_eq!(bits(value), expected, "`_grad` returns another value: {}", value.wide());
    assert_gradient(at, f, &gradient);

    // Into buffers that hold something: numbers that are exact and differ from each other.
    let mut buffer = at.zero_like();
    let held: Vec<f64> = (0..at.count()).map(|i| 8.0 + i as f64).collect();
    buffer.set_flat(&held);
    let value = grad_add(at, &mut buffer);
    assert_eq!(bits(value), expected, "`_grad_add` returns another value: {}", value.wide());
    let claims = gradient.to_flat_vec();
    for ((sum, held), claimed) in buffer.to_flat_vec().iter().zip(&held).zip(&claims) {
        let rounding = N::TOLERANCE * 1e-3 * (held.abs() + claimed.abs());
        assert!(
            (sum - held - claimed).abs() <= rounding,
            "`_grad_add` added {} to {held}, not {claimed}",
            sum - held
        );
    }

    // The pullback is linear; powers of two scale exactly. It may add up in another order than
    // the gradient, of which a part runs together with the function.
    let (_, one) = vjp(at, N::narrow(1.0));
    let one = one.to_flat_vec();
    let size = claims.iter().fold(0.0_f64, |size, claimed| size.max(claimed.abs()));
    for (pulled, claimed) in one.iter().zip(&claims) {
        assert!(
            (pulled - claimed).abs() <= N::TOLERANCE * 1e-3 * size || pulled == claimed,
            "the pullback of 1 is {pulled}, the gradient {claimed}"
        );
    }
    let claims = one;
    for factor in [1.0, -4.0, 0.0] {
        let (value, pulled) = vjp(at, N::narrow(factor));
        assert_eq!(bits(value), expected, "`_vjp` returns another value: {}", value.wide());
        for (pulled, claimed) in pulled.to_flat_vec().iter().zip(&claims) {
            assert!(
                *pulled == factor * claimed,
                "the pullback of {factor} is {pulled}, that of 1 {claimed}"
            );
        }
    }
}

/// Compares a pullback of several numbers with differences, along two cotangents, and forward mode
/// with the pullback: ⟨w, J v⟩ = ⟨Jᵀ w, v⟩.
///
/// What a function changes for its caller is part of its value here.
#[allow(dead_code, reason = "not every test has a function of several numbers")]
#[track_caller]
pub(crate) fn assert_pullback<P: VectorSpace, Y: VectorSpace>(
    at: &P,
    f: impl Fn(&P) -> Y,
    vjp: impl Fn(&P, Y) -> (Y, P),
    jvp: impl Fn(&P, &P) -> (Y, Y),
) {
    let expected = f(at);
    let bits = |y: &Y| y.to_flat_vec().iter().map(|y| y.to_bits()).collect::<Vec<_>>();
    for phase in [0.3, 1.9] {
        let mut cotangent = expected.zero_like();
        let weights: Vec<f64> =
            (0..expected.count()).map(|i| (phase + 1.7 * i as f64).sin()).collect();
        cotangent.set_flat(&weights);
        let weights = cotangent.clone();
        let (value, gradient) = vjp(at, cotangent);
        assert!(bits(&expected) == bits(&value), "`_vjp` returns another value");
        assert_gradient(at, |p| f(p).flat_dot(&weights), &gradient);

        let mut along = gradient.zero_like();
        let direction: Vec<f64> =
            (0..along.count()).map(|i| (phase - 1.1 * i as f64).cos()).collect();
        along.set_flat(&direction);
        let (value, tangent) = jvp(at, &along);
        assert!(bits(&expected) == bits(&value), "`_jvp` returns another value");
        assert_eq!(tangent.count(), expected.count(), "the tangent has another shape");
        let product = |a: &[f64], b: &[f64]| {
            let terms = a.iter().zip(b).map(|(a, b)| a * b);
            terms.fold((0.0, 0.0), |(sum, size): (f64, f64), t| (sum + t, size + t.abs()))
        };
        let (forward, size) = product(&weights.to_flat_vec(), &tangent.to_flat_vec());
        let (reverse, other) = product(&gradient.to_flat_vec(), &along.to_flat_vec());
        assert!(
            (forward - reverse).abs() <= 1e-9 * (size + other).max(1e-3),
            "⟨w, J v⟩ is {forward}, ⟨Jᵀ w, v⟩ {reverse}"
        );
    }
}

/// Compares a tangent with the gradient: the derivative in a direction is ⟨gradient, direction⟩.
#[allow(dead_code, reason = "not every test has a function of one number")]
#[track_caller]
pub(crate) fn assert_tangent<P: VectorSpace, N: Number>(
    at: &P,
    f: impl Fn(&P) -> N,
    grad: impl Fn(&P) -> (N, P),
    jvp: impl Fn(&P, &P) -> (N, N),
) {
    let (expected, (_, gradient)) = (f(at), grad(at));
    let slopes = gradient.to_flat_vec();
    for phase in [0.7, 2.3] {
        let mut along = gradient.zero_like();
        let direction: Vec<f64> =
            (0..along.count()).map(|i| (phase + 1.3 * i as f64).sin()).collect();
        along.set_flat(&direction);
        // As it is in the precision of the function.
        let direction = along.to_flat_vec();
        let (value, tangent) = jvp(at, &along);
        assert_eq!(
            value.wide().to_bits(),
            expected.wide().to_bits(),
            "`_jvp` returns another value: {}",
            value.wide()
        );
        let terms = slopes.iter().zip(&direction).map(|(slope, step)| slope * step);
        let (sum, size) =
            terms.fold((0.0, 0.0), |(sum, size): (f64, f64), term| (sum + term, size + term.abs()));
        let tangent = tangent.wide();
        assert!(
            (tangent - sum).abs() <= N::TOLERANCE * 1e-3 * size.max(1e-3),
            "the tangent along {direction:?} is {tangent}; the gradient {slopes:?} says {sum}"
        );
    }
}

/// `check!(f, f_grad, f_grad_add, f_vjp, f_jvp; a: 1.0, b: &vec![2.0], n: const 3)` checks the companions
/// of `f` at these arguments: the value is that of `f` to the last bit, the gradient agrees with
/// differences, `_grad_add` adds to what its buffers hold, the pullback scales, and `_jvp`, if it is
/// named, agrees with the gradient.
///
/// Arguments with `const` are outside `wrt`; those with `&` are passed by reference.
macro_rules! check {
    (@ $f:tt [$($pair:tt)*] [$($call:tt)*] $x:ident: const $e:expr, $($rest:tt)*) => {
        check!(@ $f [$($pair)*] [$($call)* ($e)] $($rest)*)
    };
    (@ $f:tt [$($pair:tt)*] [$($call:tt)*] $x:ident: & $e:expr, $($rest:tt)*) => {
        check!(@ $f [$($pair)* ($x d (t t) ($e))] [$($call)* ($x)] $($rest)*)
    };
    (@ $f:tt [$($pair:tt)*] [$($call:tt)*] $x:ident: $e:expr, $($rest:tt)*) => {
        check!(@ $f [$($pair)* ($x d (t (t.clone())) ($e))] [$($call)* ($x.clone())] $($rest)*)
    };
    (@ $f:tt [($x:ident $d:ident $t:tt $e:tt)] [$($arg:tt)*] $(,)?) => {
        check!(@@ $f [($x $d $t $e)] [$($arg)*] |value| value, |d| (d,))
    };
    (@ $f:tt $pairs:tt $args:tt $(,)?) => {
        check!(@@ $f $pairs $args |value| value, |d| d)
    };
    (@@ [$f:expr, $grad:expr, $add:expr, $vjp:expr, $jvp:expr]
        [$(($x:ident $d:ident ($t:ident $tangent:tt) $e:expr))*]
        [$($arg:tt)*] |$value:ident| $same:expr, |$bare:ident| $tuple:expr) => {
        check!(@@ [$f, $grad, $add, $vjp] [$(($x $d ($t $tangent) $e))*] [$($arg)*]
            |$value| $same, |$bare| $tuple);
        $crate::common::assert_tangent(
            &($($e.clone(),)*),
            |at| {
                let ($($x,)*) = at;
                $f($($arg),*)
            },
            |at| {
                let ($($x,)*) = at;
                let ($value, $bare) = $grad($($arg),*);
                ($same, $tuple)
            },
            |at, along| {
                let ($($x,)*) = at;
                let ($($t,)*) = along;
                $jvp($($arg,)* $($tangent),*)
            },
        )
    };
    (@@ [$f:expr, $grad:expr, $add:expr, $vjp:expr]
        [$(($x:ident $d:ident ($t:ident $tangent:tt) $e:expr))*]
        [$($arg:tt)*] |$value:ident| $same:expr, |$bare:ident| $tuple:expr) => {
        $crate::common::assert_companions(
            &($($e.clone(),)*),
            |at| {
                let ($($x,)*) = at;
                $f($($arg),*)
            },
            |at| {
                let ($($x,)*) = at;
                let ($value, $bare) = $grad($($arg),*);
                ($same, $tuple)
            },
            |at, buffers| {
                let ($($x,)*) = at;
                let ($($d,)*) = buffers;
                $add($($arg,)* $($d),*)
            },
            |at, cotangent| {
                let ($($x,)*) = at;
                let ($value, pullback) = $vjp($($arg),*);
                let $bare = pullback(cotangent);
                ($same, $tuple)
            },
        )
    };
    ($f:expr, $grad:expr, $add:expr, $vjp:expr, $jvp:expr; $($args:tt)*) => {
        check!(@ [$f, $grad, $add, $vjp, $jvp] [] [] $($args)*,)
    };
    ($f:expr, $grad:expr, $add:expr, $vjp:expr; $($args:tt)*) => {
        check!(@ [$f, $grad, $add, $vjp] [] [] $($args)*,)
    };
}

pub(crate) use check;
