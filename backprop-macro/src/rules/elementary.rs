//! Elementary functions of real numbers.

use crate::graph::Expr;

/// A function of one or more scalars; on vectors and matrices it acts element by element.
#[derive(Debug)]
pub(crate) struct Elementary {
    pub(crate) name: &'static str,
    /// One per operand, the receiver first.
    pub(crate) partials: &'static [Partial],
    /// The derivative in words a user reads.
    pub(crate) formula: &'static str,
    /// Per operand, an interval on which the function is smooth: where the tests sample it.
    pub(crate) domain: &'static [(f64, f64)],
}

/// The derivative with respect to one operand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Partial {
    /// The partial is a finite number wherever the function is; the adjoint is multiplied by it.
    Finite(fn(&Terms<'_>) -> Expr),
    /// The partial can be infinite or NaN where the adjoint is zero: a strong zero is needed.
    Singular(fn(&Terms<'_>) -> Expr),
    /// The function is one of several pieces, of which one may not depend on the operand. Where
    /// that piece holds, nothing flows back, not even an adjoint that is infinite or NaN: in
    /// `x.max(0.0).sqrt()` of a negative `x`, the root's derivative is infinite and `max`'s is 0.
    Piecewise(fn(&Terms<'_>) -> Expr),
    /// The derivative is zero wherever it exists.
    Zero,
    /// The operand is an integer.
    Integer,
}

/// What a partial derivative may be written in.
pub(crate) struct Terms<'a> {
    pub(crate) args: &'a [Expr],
    /// The value of the call.
    pub(crate) value: &'a Expr,
    /// Which operands are active.
    pub(crate) active: &'a [bool],
    /// Whether the operands are known to be of a std float type; otherwise their type may be a
    /// parameter, which has no methods of its own.
    pub(crate) floats: bool,
}

impl Terms<'_> {
    fn x(&self) -> Expr {
        self.args[0].clone()
    }

    fn arg(&self, index: usize) -> Expr {
        self.args[index].clone()
    }

    fn y(&self) -> Expr {
        self.value.clone()
    }

    /// `partial::name(x, y)`.
    fn of_both(&self, name: &'static str) -> Expr {
        Expr::runtime(name, vec![self.x(), self.y()])
    }

    /// `partial::name(operands…)`.
    fn of_operands(&self, name: &'static str) -> Expr {
        Expr::runtime(name, self.args.to_vec())
    }

    /// `partial::name(operands…, y)`.
    fn of_all(&self, name: &'static str) -> Expr {
        Expr::runtime(name, self.args.iter().cloned().chain([self.y()]).collect())
    }

    /// `x.name()`, or what that is for a number of any type.
    fn function(&self, name: &'static str, of_number: &'static str) -> Expr {
        if self.floats {
            Expr::elementary(name, self.x())
        } else {
            Expr::runtime(of_number, vec![self.x()])
        }
    }

    fn number(&self, number: f64) -> Expr {
        #[allow(clippy::float_cmp)]
        if self.floats || number == 1.0 {
            Expr::Number(number)
        } else {
            Expr::runtime("partial::constant", vec![self.x(), Expr::Number(number)])
        }
    }
}

use Partial::{Finite, Integer, Piecewise, Singular, Zero};

const fn row(
    name: &'static str,
    formula: &'static str,
    partials: &'static [Partial],
    domain: &'static [(f64, f64)],
) -> Elementary {
    Elementary { name, partials, formula, domain }
}

/// Functions for whose derivative on vectors and matrices the runtime has a rule of the same name,
/// with a kernel. It takes what the formula mentions: the operand, then the value.
pub(crate) const WITH_KERNEL: &[&str] =
    &["sin", "cos", "tanh", "exp_m1", "sigmoid", "softplus", "log_sigmoid"];

/// The table. `x` is the receiver, `y` the function's value.
pub(crate) static ELEMENTARY: &[Elementary] = &[
    row("sin", "cos x", &[Finite(|t| t.function("cos", "Number::cos_of"))], &[(-3.0, 3.0)]),
    row("cos", "−sin x", &[Finite(|t| t.function("sin", "Number::sin_of").neg())], &[(-3.0, 3.0)]),
    row("tan", "1 + y²", &[Finite(|t| t.of_both("partial::tan"))], &[(-1.2, 1.2)]),
    row("asin", "1 / √(1 − x²)", &[Singular(|t| t.of_both("partial::asin"))], &[(-0.9, 0.9)]),
    row("acos", "−1 / √(1 − x²)", &[Singular(|t| t.of_both("partial::acos"))], &[(-0.9, 0.9)]),
    row("atan", "1 / (1 + x²)", &[Finite(|t| t.of_both("partial::atan"))], &[(-3.0, 3.0)]),
    row("sinh", "cosh x", &[Finite(|t| t.function("cosh", "Number::cosh_of"))], &[(-3.0, 3.0)]),
    row("cosh", "sinh x", &[Finite(|t| t.function("sinh", "Number::sinh_of"))], &[(-3.0, 3.0)]),
    row("tanh", "1 / cosh² x", &[Finite(|t| t.of_both("partial::tanh"))], &[(-3.0, 3.0)]),
    row("asinh", "1 / √(x² + 1)", &[Finite(|t| t.of_both("partial::asinh"))], &[(-3.0, 3.0)]),
    row("acosh", "1 / √(x² − 1)", &[Singular(|t| t.of_both("partial::acosh"))], &[(1.2, 5.0)]),
    row("atanh", "1 / (1 − x²)", &[Singular(|t| t.of_both("partial::atanh"))], &[(-0.9, 0.9)]),
    row("exp", "y", &[Singular(|t| t.y())], &[(-3.0, 3.0)]),
    row("exp2", "y · ln 2", &[Singular(|t| t.of_both("partial::exp2"))], &[(-3.0, 3.0)]),
    row("exp_m1", "eˣ", &[Singular(|t| t.of_both("partial::exp_m1"))], &[(-3.0, 3.0)]),
    row("ln", "1 / x", &[Singular(|t| t.of_both("partial::ln"))], &[(0.1, 9.0)]),
    row("log2", "1 / (x · ln 2)", &[Singular(|t| t.of_both("partial::log2"))], &[(0.1, 9.0)]),
    row("log10", "1 / (x · ln 10)", &[Singular(|t| t.of_both("partial::log10"))], &[(0.1, 9.0)]),
    row("ln_1p", "1 / (1 + x)", &[Singular(|t| t.of_both("partial::ln_1p"))], &[(-0.9, 9.0)]),
    row(
        "log",
        "1 / (x · ln p); −y / (p · ln p)",
        &[
            Singular(|t| t.of_operands("partial::log_argument")),
            Singular(|t| t.of_all("partial::log_base")),
        ],
        &[(0.1, 9.0), (1.5, 9.0)],
    ),
    row("sqrt", "1 / (2y)", &[Singular(|t| t.of_both("partial::sqrt"))], &[(0.1, 9.0)]),
    row("cbrt", "1 / (3y²)", &[Singular(|t| t.of_both("partial::cbrt"))], &[(0.1, 9.0)]),
    row("recip", "−y²", &[Singular(|t| t.of_both("partial::recip"))], &[(0.2, 5.0)]),
    row("abs", "sign x, 0 at 0", &[Finite(|t| t.of_both("partial::abs"))], &[(0.1, 3.0)]),
    row("floor", "0", &[Zero], &[(0.1, 0.9)]),
    row("ceil", "0", &[Zero], &[(0.1, 0.9)]),
    row("round", "0", &[Zero], &[(0.6, 1.4)]),
    row("round_ties_even", "0", &[Zero], &[(0.6, 1.4)]),
    row("trunc", "0", &[Zero], &[(0.1, 0.9)]),
    row("signum", "0", &[Zero], &[(0.1, 3.0)]),
    row("fract", "1", &[Finite(|_| Expr::Number(1.0))], &[(0.1, 0.9)]),
    row(
        "to_radians",
        "π / 180",
        &[Finite(|t| t.number(std::f64::consts::PI / 180.0))],
        &[(-3.0, 3.0)],
    ),
    row(
        "to_degrees",
        "180 / π",
        &[Finite(|t| t.number(180.0 / std::f64::consts::PI))],
        &[(-3.0, 3.0)],
    ),
    row("sigmoid", "y (1 − y)", &[Finite(|t| t.of_both("partial::sigmoid"))], &[(-3.0, 3.0)]),
    row("softplus", "sigmoid x", &[Finite(|t| t.of_both("partial::softplus"))], &[(-3.0, 3.0)]),
    row(
        "log_sigmoid",
        "sigmoid −x",
        &[Finite(|t| t.of_both("partial::log_sigmoid"))],
        &[(-3.0, 3.0)],
    ),
    row("relu", "1 if x > 0, else 0", &[Piecewise(|t| t.of_both("partial::relu"))], &[(0.1, 3.0)]),
    row(
        "powi",
        "p · xᵖ⁻¹",
        &[Singular(|t| t.of_all("partial::powi")), Integer],
        &[(0.2, 3.0), (-3.0, 3.0)],
    ),
    row(
        "powf",
        "p · xᵖ⁻¹; y · ln x",
        &[
            Singular(|t| t.of_all("partial::pow_base")),
            Singular(|t| t.of_all("partial::pow_exponent")),
        ],
        &[(0.2, 3.0), (-3.0, 3.0)],
    ),
    row(
        "hypot",
        "x / y; p / y",
        &[Finite(|t| t.of_all("partial::hypot_x")), Finite(|t| t.of_all("partial::hypot_y"))],
        &[(-3.0, 3.0), (0.5, 3.0)],
    ),
    row(
        "atan2",
        "p / (x² + p²); −x / (x² + p²)",
        &[
            Finite(|t| t.of_operands("partial::atan2_y")),
            Finite(|t| t.of_operands("partial::atan2_x")),
        ],
        &[(-3.0, 3.0), (0.5, 3.0)],
    ),
    row(
        "max",
        "1 for the larger operand; ½ each at a tie, 0 at a tie with a constant",
        &[
            Piecewise(|t| extremum(t, 0, "partial::max_both", "partial::max_one")),
            Piecewise(|t| extremum(t, 1, "partial::max_both", "partial::max_one")),
        ],
        &[(-3.0, 0.9), (1.1, 3.0)],
    ),
    row(
        "min",
        "1 for the smaller operand; ½ each at a tie, 0 at a tie with a constant",
        &[
            Piecewise(|t| extremum(t, 0, "partial::min_both", "partial::min_one")),
            Piecewise(|t| extremum(t, 1, "partial::min_both", "partial::min_one")),
        ],
        &[(-3.0, 0.9), (1.1, 3.0)],
    ),
    row(
        "clamp",
        "1 inside the bounds, 0 at and beyond a constant bound",
        &[
            Piecewise(|t| t.of_operands(clamp_partial(0, t.active))),
            Piecewise(|t| t.of_operands(clamp_partial(1, t.active))),
            Piecewise(|t| t.of_operands(clamp_partial(2, t.active))),
        ],
        &[(-0.9, 0.9), (-3.0, -1.1), (1.1, 3.0)],
    ),
    row(
        "copysign",
        "1 where the signs of x and p agree, −1 where they differ; 0 for p",
        &[Finite(|t| t.of_operands("partial::copysign")), Zero],
        &[(0.1, 3.0), (-3.0, -0.1)],
    ),
    row(
        "midpoint",
        "½; ½",
        &[Finite(|t| t.number(0.5)), Finite(|t| t.number(0.5))],
        &[(-3.0, 3.0), (-3.0, 3.0)],
    ),
    row(
        "mul_add",
        "p; x; 1",
        &[Finite(|t| t.arg(1)), Finite(|t| t.x()), Finite(|_| Expr::Number(1.0))],
        &[(-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0)],
    ),
    row(
        "rem_euclid",
        "1; −div_euclid",
        &[Finite(|_| Expr::Number(1.0)), Singular(|t| t.of_operands("partial::rem_euclid_rhs"))],
        &[(0.1, 0.9), (1.1, 1.9)],
    ),
    row("div_euclid", "0", &[Zero, Zero], &[(0.1, 0.9), (1.1, 1.9)]),
];

/// The partial of `max` or `min`: which operands are active decides what happens at a tie.
fn extremum(t: &Terms<'_>, of: usize, both: &'static str, one: &'static str) -> Expr {
    let other = 1 - of;
    let name = if t.active[other] { both } else { one };
    Expr::runtime(name, vec![t.arg(of), t.arg(other)])
}

fn clamp_partial(of: usize, active: &[bool]) -> &'static str {
    match (of, active[0], active[1], active[2]) {
        (0, _, false, false) => "partial::clamp_x_only",
        (0, _, true, false) => "partial::clamp_x_with_lo",
        (0, _, false, true) => "partial::clamp_x_with_hi",
        (0, _, true, true) => "partial::clamp_x",
        (1, true, _, false) => "partial::clamp_lo_with_x",
        (1, true, _, true) => "partial::clamp_lo",
        (1, false, _, true) => "partial::clamp_lo_without_x",
        (1, false, _, false) => "partial::clamp_lo_only",
        (_, true, false, _) => "partial::clamp_hi_with_x",
        (_, true, true, _) => "partial::clamp_hi",
        (_, false, true, _) => "partial::clamp_hi_without_x",
        (_, false, false, _) => "partial::clamp_hi_only",
    }
}
