//! Dual numbers: the independent truth.
//!
//! A derivative is carried beside each value, forwards, by operator overloading. Nothing of the
//! code under test is involved, control flow needs no care at all, and the value parts are
//! computed by the very operations of `f64`, so that they must agree to the last bit.
//!
//! This file is also copied into the generated projects.

use std::cell::Cell;
use std::cmp::Ordering;
use std::iter::{Product, Sum};
use std::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

/// A value with its derivative along one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dual {
    pub(crate) value: f64,
    pub(crate) derivative: f64,
    /// The sum of the absolute contributions of all paths: rounding errors are a small multiple
    /// of this, however much of the derivative cancels.
    pub(crate) magnitude: f64,
}

thread_local! {
    /// Whether a maximum, a minimum or the like was taken exactly where its pieces meet, or a root
    /// at 0. There is no derivative there, so that no answer is wrong.
    static KINK: Cell<bool> = const { Cell::new(false) };
}

/// Whether a kink was met since the last call.
pub(crate) fn take_kink() -> bool {
    KINK.replace(false)
}

impl From<f64> for Dual {
    fn from(value: f64) -> Dual {
        Dual { value, derivative: 0.0, magnitude: 0.0 }
    }
}

impl Dual {
    /// An input: the derivative along itself is 1.
    pub(crate) fn seeded(value: f64) -> Dual {
        Dual { value, derivative: 1.0, magnitude: 1.0 }
    }

    fn chain(self, value: f64, partial: f64) -> Dual {
        Dual::from(value).plus(self, partial)
    }

    /// Adds what flows in through `operand`. A zero partial stops even an infinite derivative.
    fn plus(mut self, operand: Dual, partial: f64) -> Dual {
        if !partial.is_finite() {
            KINK.set(true);
        }
        if partial != 0.0 && operand.magnitude != 0.0 {
            self.derivative += partial * operand.derivative;
            self.magnitude += partial.abs() * operand.magnitude;
        }
        self
    }

    /// One of several operands; `tied` says that it is not clear which.
    fn select(self, other: Dual, tied: bool) -> Dual {
        if tied && self.derivative != other.derivative {
            KINK.set(true);
        }
        self
    }

    pub(crate) fn sin(self) -> Dual {
        self.chain(self.value.sin(), self.value.cos())
    }

    pub(crate) fn cos(self) -> Dual {
        self.chain(self.value.cos(), -self.value.sin())
    }

    pub(crate) fn sin_cos(self) -> (Dual, Dual) {
        (self.sin(), self.cos())
    }

    pub(crate) fn tan(self) -> Dual {
        self.chain(self.value.tan(), 1.0 / self.value.cos().powi(2))
    }

    pub(crate) fn asin(self) -> Dual {
        self.chain(self.value.asin(), 1.0 / ((1.0 - self.value) * (1.0 + self.value)).sqrt())
    }

    pub(crate) fn acos(self) -> Dual {
        self.chain(self.value.acos(), -1.0 / ((1.0 - self.value) * (1.0 + self.value)).sqrt())
    }

    pub(crate) fn atan(self) -> Dual {
        self.chain(self.value.atan(), 1.0 / (1.0 + self.value * self.value))
    }

    pub(crate) fn sinh(self) -> Dual {
        self.chain(self.value.sinh(), self.value.cosh())
    }

    pub(crate) fn cosh(self) -> Dual {
        self.chain(self.value.cosh(), self.value.sinh())
    }

    pub(crate) fn tanh(self) -> Dual {
        self.chain(self.value.tanh(), 1.0 / self.value.cosh().powi(2))
    }

    pub(crate) fn asinh(self) -> Dual {
        self.chain(self.value.asinh(), 1.0 / self.value.hypot(1.0))
    }

    pub(crate) fn exp(self) -> Dual {
        self.chain(self.value.exp(), self.value.exp())
    }

    pub(crate) fn exp2(self) -> Dual {
        self.chain(self.value.exp2(), self.value.exp2() * std::f64::consts::LN_2)
    }

    pub(crate) fn exp_m1(self) -> Dual {
        self.chain(self.value.exp_m1(), self.value.exp())
    }

    pub(crate) fn ln(self) -> Dual {
        self.chain(self.value.ln(), 1.0 / self.value)
    }

    pub(crate) fn log2(self) -> Dual {
        self.chain(self.value.log2(), std::f64::consts::LOG2_E / self.value)
    }

    pub(crate) fn log10(self) -> Dual {
        self.chain(self.value.log10(), std::f64::consts::LOG10_E / self.value)
    }

    pub(crate) fn ln_1p(self) -> Dual {
        self.chain(self.value.ln_1p(), 1.0 / (1.0 + self.value))
    }

    pub(crate) fn sqrt(self) -> Dual {
        self.chain(self.value.sqrt(), 0.5 / self.value.sqrt())
    }

    pub(crate) fn cbrt(self) -> Dual {
        let root = self.value.cbrt();
        self.chain(root, 1.0 / (3.0 * root * root))
    }

    pub(crate) fn recip(self) -> Dual {
        self.chain(self.value.recip(), -1.0 / (self.value * self.value))
    }

    pub(crate) fn abs(self) -> Dual {
        if self.value == 0.0 && self.derivative != 0.0 {
            KINK.set(true);
        }
        self.chain(self.value.abs(), if self.value < 0.0 { -1.0 } else { 1.0 })
    }

    pub(crate) fn powi(self, n: i32) -> Dual {
        let partial = if n == 0 { 0.0 } else { f64::from(n) * self.value.powi(n - 1) };
        self.chain(self.value.powi(n), partial)
    }

    /// For positive bases.
    pub(crate) fn powf(self, exponent: Dual) -> Dual {
        let value = self.value.powf(exponent.value);
        self.chain(value, exponent.value * self.value.powf(exponent.value - 1.0))
            .plus(exponent, value * self.value.ln())
    }

    pub(crate) fn hypot(self, other: Dual) -> Dual {
        let value = self.value.hypot(other.value);
        self.chain(value, self.value / value).plus(other, other.value / value)
    }

    pub(crate) fn atan2(self, other: Dual) -> Dual {
        let square = self.value * self.value + other.value * other.value;
        self.chain(self.value.atan2(other.value), other.value / square)
            .plus(other, -self.value / square)
    }

    pub(crate) fn max(self, other: Dual) -> Dual {
        let tied = self.value == other.value;
        let larger = if self.value > other.value { self } else { other };
        Dual { value: self.value.max(other.value), ..larger }
            .select(if self.value > other.value { other } else { self }, tied)
    }

    pub(crate) fn min(self, other: Dual) -> Dual {
        let tied = self.value == other.value;
        let smaller = if self.value < other.value { self } else { other };
        Dual { value: self.value.min(other.value), ..smaller }
            .select(if self.value < other.value { other } else { self }, tied)
    }

    pub(crate) fn clamp(self, low: Dual, high: Dual) -> Dual {
        self.max(low).min(high)
    }

    pub(crate) fn copysign(self, sign: Dual) -> Dual {
        let value = self.value.copysign(sign.value);
        let same = self.value.is_sign_negative() == sign.value.is_sign_negative();
        self.chain(value, if same { 1.0 } else { -1.0 })
    }

    pub(crate) fn mul_add(self, factor: Dual, summand: Dual) -> Dual {
        self.chain(self.value.mul_add(factor.value, summand.value), factor.value)
            .plus(factor, self.value)
            .plus(summand, 1.0)
    }

    pub(crate) fn rem_euclid(self, other: Dual) -> Dual {
        self.chain(self.value.rem_euclid(other.value), 1.0)
            .plus(other, -self.value.div_euclid(other.value))
    }

    pub(crate) fn floor(self) -> Dual {
        self.value.floor().into()
    }

    pub(crate) fn round(self) -> Dual {
        self.value.round().into()
    }

    pub(crate) fn trunc(self) -> Dual {
        self.value.trunc().into()
    }

    pub(crate) fn signum(self) -> Dual {
        self.value.signum().into()
    }

    pub(crate) fn fract(self) -> Dual {
        self.chain(self.value.fract(), 1.0)
    }

    pub(crate) fn to_radians(self) -> Dual {
        self.chain(self.value.to_radians(), std::f64::consts::PI / 180.0)
    }
}

/// Sums and products, from what those of `f64` begin with.
macro_rules! total {
    ($Total:ident $total:ident $op:ident) => {
        impl $Total for Dual {
            fn $total<I: Iterator<Item = Dual>>(iter: I) -> Dual {
                let start: f64 = [0.0; 0].iter().$total();
                iter.fold(Dual::from(start), Dual::$op)
            }
        }

        impl<'a> $Total<&'a Dual> for Dual {
            fn $total<I: Iterator<Item = &'a Dual>>(iter: I) -> Dual {
                iter.copied().$total()
            }
        }
    };
}

total!(Sum sum add);
total!(Product product mul);

impl PartialEq for Dual {
    fn eq(&self, other: &Dual) -> bool {
        self.value == other.value
    }
}

impl PartialOrd for Dual {
    fn partial_cmp(&self, other: &Dual) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl Neg for Dual {
    type Output = Dual;

    fn neg(self) -> Dual {
        self.chain(-self.value, -1.0)
    }
}

impl Neg for &Dual {
    type Output = Dual;

    fn neg(self) -> Dual {
        -*self
    }
}

/// An operator between owned and borrowed operands, as `f64` has it, and its assigning form.
macro_rules! operator {
    ($Op:ident $op:ident $Assign:ident $assign:ident, |$a:ident, $b:ident| $value:expr) => {
        impl $Op for Dual {
            type Output = Dual;

            fn $op(self, $b: Dual) -> Dual {
                let $a = self;
                $value
            }
        }

        impl $Op<&Dual> for Dual {
            type Output = Dual;

            fn $op(self, other: &Dual) -> Dual {
                $Op::$op(self, *other)
            }
        }

        impl $Op<Dual> for &Dual {
            type Output = Dual;

            fn $op(self, other: Dual) -> Dual {
                $Op::$op(*self, other)
            }
        }

        impl $Op for &Dual {
            type Output = Dual;

            fn $op(self, other: &Dual) -> Dual {
                $Op::$op(*self, *other)
            }
        }

        impl $Op<f64> for Dual {
            type Output = Dual;

            fn $op(self, other: f64) -> Dual {
                $Op::$op(self, Dual::from(other))
            }
        }

        impl $Op<Dual> for f64 {
            type Output = Dual;

            fn $op(self, other: Dual) -> Dual {
                $Op::$op(Dual::from(self), other)
            }
        }

        impl $Assign for Dual {
            fn $assign(&mut self, other: Dual) {
                *self = $Op::$op(*self, other);
            }
        }

        impl $Assign<&Dual> for Dual {
            fn $assign(&mut self, other: &Dual) {
                *self = $Op::$op(*self, *other);
            }
        }

        impl $Assign<f64> for Dual {
            fn $assign(&mut self, other: f64) {
                *self = $Op::$op(*self, Dual::from(other));
            }
        }
    };
}

operator!(Add add AddAssign add_assign, |a, b| a.chain(a.value + b.value, 1.0).plus(b, 1.0));
operator!(Sub sub SubAssign sub_assign, |a, b| a.chain(a.value - b.value, 1.0).plus(b, -1.0));
operator!(Mul mul MulAssign mul_assign, |a, b| {
    a.chain(a.value * b.value, b.value).plus(b, a.value)
});
operator!(Div div DivAssign div_assign, |a, b| {
    a.chain(a.value / b.value, 1.0 / b.value).plus(b, -a.value / (b.value * b.value))
});
operator!(Rem rem RemAssign rem_assign, |a, b| {
    a.chain(a.value % b.value, 1.0).plus(b, -(a.value / b.value).trunc())
});
