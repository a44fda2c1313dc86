//! The functions with a rule, and the shapes to try them on.

use super::Value;
use crate::adjoint::{self, Peel};
use crate::partial::{self, chain};
use crate::shape::Shape;
use crate::{Float, Matrix, Vector};

type Rule<T> = fn(&mut Value<T>, &[Value<T>], &Value<T>, &Value<T>);

/// A function of several operands with the rule of each.
pub(super) struct Case<T: 'static> {
    pub(super) name: &'static str,
    /// The operands' shapes, one slice per trial.
    pub(super) shapes: &'static [&'static [Shape]],
    pub(super) forward: fn(&[Value<T>]) -> Value<T>,
    pub(super) rules: Vec<Rule<T>>,
}

/// How a case names the type of an operand or result.
trait Kind<T>: Sized + Peel {
    fn of(value: &Value<T>) -> &Self;
    fn slot(value: &mut Value<T>) -> &mut Self;
    fn wrap(self) -> Value<T>;
}

macro_rules! kind {
    ($Type:ty, $Variant:ident) => {
        impl<T: Float> Kind<T> for $Type {
            fn of(value: &Value<T>) -> &Self {
                match value {
                    Value::$Variant(inner) => inner,
                    other => panic!("not a {}: {other:?}", stringify!($Variant)),
                }
            }

            fn slot(value: &mut Value<T>) -> &mut Self {
                match value {
                    Value::$Variant(inner) => inner,
                    other => panic!("not a {}: {other:?}", stringify!($Variant)),
                }
            }

            fn wrap(self) -> Value<T> {
                Value::$Variant(self)
            }
        }
    };
}

kind!(T, Scalar);
kind!(Vector<T>, Vector);
kind!(Matrix<T>, Matrix);

/// `unary!(T, "name", Operand -> Result, shapes, |a| value, |slot, a, out, d| rule)`.
macro_rules! unary {
    ($name:expr, $A:ty => $R:ty, $shapes:expr, $f:expr, $rule:expr) => {
        Case {
            name: $name,
            shapes: $shapes,
            forward: |args| {
                let f: fn(&$A) -> $R = $f;
                f(<$A as Kind<T>>::of(&args[0])).wrap()
            },
            rules: vec![|slot, args, out, d| {
                let rule: fn(&mut $A, &$A, &$R, &$R) = $rule;
                let a = <$A as Kind<T>>::of(&args[0]);
                rule(<$A as Kind<T>>::slot(slot), a, <$R>::of(out), <$R>::of(d))
            }],
        }
    };
}

/// `binary!("name", (A, B) => Result, shapes, |a, b| value, |slot, a, b, out, d| rule of a, …)`.
macro_rules! binary {
    ($name:expr, ($A:ty, $B:ty) => $R:ty, $shapes:expr, $f:expr, $lhs:expr, $rhs:expr) => {
        Case {
            name: $name,
            shapes: $shapes,
            forward: |args| {
                let f: fn(&$A, &$B) -> $R = $f;
                f(<$A as Kind<T>>::of(&args[0]), <$B as Kind<T>>::of(&args[1])).wrap()
            },
            rules: vec![
                |slot, args, out, d| {
                    let rule: fn(&mut $A, &$A, &$B, &$R, &$R) = $lhs;
                    let (a, b) = (<$A as Kind<T>>::of(&args[0]), <$B as Kind<T>>::of(&args[1]));
                    rule(<$A as Kind<T>>::slot(slot), a, b, <$R>::of(out), <$R>::of(d))
                },
                |slot, args, out, d| {
                    let rule: fn(&mut $B, &$A, &$B, &$R, &$R) = $rhs;
                    let (a, b) = (<$A as Kind<T>>::of(&args[0]), <$B as Kind<T>>::of(&args[1]));
                    rule(<$B as Kind<T>>::slot(slot), a, b, <$R>::of(out), <$R>::of(d))
                },
            ],
        }
    };
}

use Shape::{Matrix as M, Scalar as S, Vector as V};

const VECTOR: &[&[Shape]] = &[&[V(1)], &[V(3)], &[V(19)]];
const VECTOR_OR_NONE: &[&[Shape]] = &[&[V(0)], &[V(1)], &[V(19)]];
const MATRIX: &[&[Shape]] = &[&[M(1, 1)], &[M(2, 3)], &[M(17, 4)]];
const MATRIX_OR_NONE: &[&[Shape]] = &[&[M(0, 0)], &[M(0, 3)], &[M(2, 0)], &[M(1, 1)], &[M(4, 3)]];
const SQUARE: &[&[Shape]] = &[&[M(0, 0)], &[M(1, 1)], &[M(2, 2)], &[M(5, 5)]];
const VV: &[&[Shape]] = &[&[V(0), V(0)], &[V(1), V(1)], &[V(19), V(19)]];
const MM: &[&[Shape]] = &[&[M(0, 2), M(0, 2)], &[M(1, 1), M(1, 1)], &[M(3, 4), M(3, 4)]];
const VS: &[&[Shape]] = &[&[V(0), S], &[V(1), S], &[V(9), S]];
const MS: &[&[Shape]] = &[&[M(2, 0), S], &[M(1, 1), S], &[M(2, 3), S]];
const MV: &[&[Shape]] = &[&[M(0, 2), V(2)], &[M(2, 0), V(0)], &[M(1, 1), V(1)], &[M(3, 17), V(17)]];
/// The last but one is beyond the plain loops' limit in all three products.
const PRODUCTS: &[&[Shape]] = &[
    &[M(0, 2), M(2, 3)],
    &[M(2, 0), M(0, 3)],
    &[M(1, 1), M(1, 1)],
    &[M(2, 3), M(3, 4)],
    &[M(16, 17), M(17, 18)],
    &[M(3, 1), M(1, 2)],
];

/// Makes a matrix of random numbers safely regular.
fn regular<T: Float>(m: &Matrix<T>) -> Matrix<T> {
    m + Matrix::identity(m.rows()) * T::from_f64(4.0)
}

pub(super) fn cases<T: Float>() -> Vec<Case<T>> {
    type Ve<T> = Vector<T>;
    type Ma<T> = Matrix<T>;
    let mut all = operators();
    all.extend([
        binary!("dot", (Ve<T>, Ve<T>) => T, VV, |a, b| a.dot(b),
            |s, _, b, _, d| adjoint::dot_lhs(s, &b, d), |s, a, _, _, d| adjoint::dot_rhs(s, &a, d)),
        binary!("matrix dot", (Ma<T>, Ma<T>) => T, MM, |a, b| a.dot(b),
            |s, _, b, _, d| adjoint::dot_lhs(s, b, d), |s, a, _, _, d| adjoint::dot_rhs(s, a, d)),
        binary!("outer", (Ve<T>, Ve<T>) => Ma<T>, &[&[V(0), V(2)], &[V(2), V(3)], &[V(1), V(9)]],
            |a, b| a.outer(b),
            |s, _, b, _, d| adjoint::outer_lhs(s, b, d), |s, a, _, _, d| adjoint::outer_rhs(s, a, d)),
        binary!("hadamard", (Ve<T>, Ve<T>) => Ve<T>, VV, |a, b| a.hadamard(b),
            |s, _, b, _, d| adjoint::hadamard_lhs(s, b, d),
            |s, a, _, _, d| adjoint::hadamard_rhs(s, a, d)),
        binary!("matrix hadamard", (Ma<T>, Ma<T>) => Ma<T>, MM, |a, b| a.hadamard(b),
            |s, _, b, _, d| adjoint::hadamard_lhs(s, b, d),
            |s, a, _, _, d| adjoint::hadamard_rhs(s, a, d)),
        binary!("component_div", (Ve<T>, Ve<T>) => Ve<T>, VV, |a, b| a.component_div(b),
            |s, _, b, _, d| adjoint::component_div_lhs(s, b, d),
            |s, _, b, y, d| adjoint::component_div_rhs(s, b, y, d)),
        binary!("transpose_mul", (Ma<T>, Ve<T>) => Ve<T>,
            &[&[M(2, 0), V(2)], &[M(0, 2), V(0)], &[M(1, 1), V(1)], &[M(17, 3), V(17)]],
            |a, b| a.transpose_mul(b),
            |s, _, b, _, d| adjoint::transpose_mul_lhs(s, b, d),
            |s, a, _, _, d| adjoint::transpose_mul_rhs(s, a, d)),
        binary!("solve", (Ma<T>, Ve<T>) => Ve<T>,
            &[&[M(0, 0), V(0)], &[M(1, 1), V(1)], &[M(4, 4), V(4)]],
            |a, b| regular(a).solve(b),
            |s, a, _, y, d| adjoint::solve_lhs(s, &regular(a), y, d),
            |s, a, _, _, d| adjoint::solve_rhs(s, &regular(a), d)),
        binary!("add_to_rows", (Ma<T>, Ve<T>) => Ma<T>, MV, |a, b| a.add_to_rows(b),
            |s, _, _, _, d| adjoint::add_to_rows_lhs(s, d),
            |s, _, _, _, d| adjoint::add_to_rows_rhs(s, d)),
        binary!("powf", (Ve<T>, T) => Ve<T>, VS, |a, p| a.abs().powf(*p),
            |s, a, p, y, d| adjoint::map3(s, a, p, y, d, |a, p, y, d| {
                d * partial::pow_base(T::abs_of(a), p, y) * T::signum_of(a)
            }),
            |s, a, p, y, d| adjoint::map3(s, &a.abs(), p, y, d, |a, p, y, d| {
                chain(d, partial::pow_exponent(a, p, y))
            })),
        unary!("softmax", Ve<T> => Ve<T>, VECTOR_OR_NONE, |a| a.softmax(),
            |s, _, y, d| adjoint::softmax(s, y, d)),
        unary!("log_softmax", Ve<T> => Ve<T>, VECTOR_OR_NONE, |a| a.log_softmax(),
            |s, _, y, d| adjoint::log_softmax(s, y, d)),
        unary!("row_softmax", Ma<T> => Ma<T>, MATRIX_OR_NONE, |a| a.row_softmax(),
            |s, _, y, d| adjoint::row_softmax(s, y, d)),
        unary!("row_log_softmax", Ma<T> => Ma<T>, MATRIX_OR_NONE, |a| a.row_log_softmax(),
            |s, _, y, d| adjoint::row_log_softmax(s, y, d)),
        unary!("transpose", Ma<T> => Ma<T>, MATRIX_OR_NONE, |a| a.transpose(),
            |s, _, _, d| adjoint::transpose(s, d)),
        unary!("trace", Ma<T> => T, SQUARE, |a| a.trace(), |s, _, _, d| adjoint::trace(s, d)),
        unary!("det", Ma<T> => T, SQUARE, |a| a.det(), |s, a, _, d| adjoint::det(s, a, d)),
        unary!("inverse", Ma<T> => Ma<T>, SQUARE, |a| regular(a).inverse(),
            |s, _, y, d| adjoint::inverse(s, y, d)),
        unary!("diagonal", Ma<T> => Ve<T>, MATRIX_OR_NONE, |a| a.diagonal(),
            |s, _, _, d| adjoint::diagonal(s, d)),
        unary!("row", Ma<T> => Ve<T>, MATRIX, |a| a.row(a.rows() - 1),
            |s, a, _, d| adjoint::row(s, a.rows() - 1, d)),
        unary!("column", Ma<T> => Ve<T>, MATRIX, |a| a.column(a.columns() - 1),
            |s, a, _, d| adjoint::column(s, a.columns() - 1, d)),
        unary!("row_sums", Ma<T> => Ve<T>, MATRIX_OR_NONE, |a| a.row_sums(),
            |s, _, _, d| adjoint::row_sums(s, d)),
        unary!("column_sums", Ma<T> => Ve<T>, MATRIX_OR_NONE, |a| a.column_sums(),
            |s, _, _, d| adjoint::column_sums(s, d)),
        unary!("row_means", Ma<T> => Ve<T>, MATRIX, |a| a.row_means(),
            |s, _, _, d| adjoint::row_means(s, d)),
        unary!("column_means", Ma<T> => Ve<T>, MATRIX, |a| a.column_means(),
            |s, _, _, d| adjoint::column_means(s, d)),
        unary!("tanh", Ma<T> => Ma<T>, MATRIX_OR_NONE, |a| a.tanh(),
            |s, a, y, d| adjoint::map2(s, a, y, d, |a, y, d| chain(d, partial::tanh(a, y)))),
        unary!("sigmoid", T => T, &[&[S]], |a| crate::ScalarFunctions::sigmoid(*a),
            |s, a, y, d| adjoint::map2(s, a, y, d, |a, y, d| chain(d, partial::sigmoid(a, y)))),
    ]);
    macro_rules! reductions {
        ($($name:ident on $vectors:ident, $matrices:ident: $rule:expr;)*) => {
            $(
                all.push(unary!(
                    stringify!($name), Ve<T> => T, $vectors, |a| a.$name(), $rule
                ));
                all.push(unary!(
                    concat!("matrix ", stringify!($name)), Ma<T> => T, $matrices, |a| a.$name(), $rule
                ));
            )*
        };
    }
    reductions! {
        sum on VECTOR_OR_NONE, MATRIX_OR_NONE: |s, _, _, d| adjoint::sum(s, d);
        mean on VECTOR, MATRIX: |s, _, _, d| adjoint::mean(s, d);
        product on VECTOR_OR_NONE, MATRIX_OR_NONE: |s, a, _, d| adjoint::product(s, a, d);
        norm on VECTOR_OR_NONE, MATRIX_OR_NONE: |s, a, out, d| adjoint::norm(s, &a, out, d);
        norm_squared on VECTOR_OR_NONE, MATRIX_OR_NONE: |s, a, _, d| adjoint::norm_squared(s, a, d);
        variance on VECTOR, MATRIX: |s, a, _, d| adjoint::variance(s, a, d);
        max on VECTOR, MATRIX: |s, a, out, d| adjoint::max(s, a, out, d);
        min on VECTOR, MATRIX: |s, a, out, d| adjoint::min(s, a, out, d);
        log_sum_exp on VECTOR_OR_NONE, MATRIX_OR_NONE:
            |s, a, out, d| adjoint::log_sum_exp(s, a, out, d);
    }
    // At one element the standard deviation has a kink.
    all.push(unary!("std", Ve<T> => T, &[&[V(3)], &[V(19)]], |a| a.std(),
        |s, a, out, d| adjoint::std(s, a, out, d)));
    all
}

fn operators<T: Float>() -> Vec<Case<T>> {
    type Ve<T> = Vector<T>;
    type Ma<T> = Matrix<T>;
    macro_rules! sums {
        ($(($A:ty, $B:ty) => $R:ty, $shapes:ident;)*) => {
            vec![$(
                binary!("+", ($A, $B) => $R, $shapes, |a, b| a.clone() + b.clone(),
                    |s, _, _, _, d| adjoint::add_lhs(s, d), |s, _, _, _, d| adjoint::add_rhs(s, d)),
                binary!("-", ($A, $B) => $R, $shapes, |a, b| a.clone() - b.clone(),
                    |s, _, _, _, d| adjoint::sub_lhs(s, d), |s, _, _, _, d| adjoint::sub_rhs(s, d)),
            )*]
        };
    }
    macro_rules! products {
        ($(($A:ty, $B:ty) => $R:ty, $shapes:expr;)*) => {
            [$(
                binary!("*", ($A, $B) => $R, $shapes, |a, b| a.clone() * b.clone(),
                    |s, _, b, _, d| adjoint::mul_lhs(s, &b, d),
                    |s, a, _, _, d| adjoint::mul_rhs(s, &a, d)),
            )*]
        };
    }
    macro_rules! quotients {
        ($(($A:ty, $B:ty) => $R:ty, $shapes:expr;)*) => {
            [$(
                binary!("/", ($A, $B) => $R, $shapes, |a, b| a.clone() / b.clone(),
                    |s, _, b, _, d| adjoint::div_lhs(s, b, d),
                    |s, _, b, y, d| adjoint::div_rhs(s, b, y, d)),
            )*]
        };
    }
    let mut all = sums! {
        (T, T) => T, SS;
        (Ve<T>, Ve<T>) => Ve<T>, VV;
        (Ma<T>, Ma<T>) => Ma<T>, MM;
        (Ve<T>, T) => Ve<T>, VS;
        (Ma<T>, T) => Ma<T>, MS;
    };
    all.extend(products! {
        (T, T) => T, SS;
        (Ve<T>, T) => Ve<T>, VS;
        (Ma<T>, T) => Ma<T>, MS;
        (Ma<T>, Ve<T>) => Ve<T>, MV;
        (Ma<T>, Ma<T>) => Ma<T>, PRODUCTS;
    });
    all.extend(quotients! {
        (T, T) => T, SS;
        (Ve<T>, T) => Ve<T>, VS;
        (Ma<T>, T) => Ma<T>, MS;
    });
    // The operand on the left of a generic scalar cannot be written with `*`.
    all.push(binary!("scalar * vector", (T, Ve<T>) => Ve<T>, &[&[S, V(3)]], |a, b| b * a,
        |s, _, b, _, d| adjoint::mul_lhs(s, b, d), |s, a, _, _, d| adjoint::mul_rhs(s, a, d)));
    all.push(binary!("scalar / matrix", (T, Ma<T>) => Ma<T>, &[&[S, M(2, 3)]],
        |a, b| b.map(|b| *a / b),
        |s, _, b, _, d| adjoint::div_lhs(s, b, d),
        |s, _, b, y, d| adjoint::div_rhs(s, b, y, d)));
    all.push(binary!("%", (T, T) => T, SS, |a, b| *a % *b,
        |s, _, _, _, d| adjoint::rem_lhs(s, d),
        |s, a, b, _, d| adjoint::rem_rhs(s, a, b, d)));
    all.push(
        unary!("neg", Ve<T> => Ve<T>, VECTOR_OR_NONE, |a| -a, |s, _, _, d| adjoint::neg(s, d)),
    );
    all
}

const SS: &[&[Shape]] = &[&[S, S]];
