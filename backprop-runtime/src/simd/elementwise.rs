//! Functions of every element of a slice, in place.
//!
//! Single precision is computed in double precision and rounded once, so that almost every result
//! is the correctly rounded one, and denormal numbers need no thought.

use std::marker::PhantomData;

use super::arithmetic::{Arithmetic, Scalar};
use super::{dispatched, exponential, logarithm, trigonometric};

/// Elements per step.
const LANES: usize = 8;

/// A function with a kernel. Types stand for functions, as a function that is passed as a value
/// may not be inlined and then lacks the caller's instructions.
trait Kernel {
    /// How far from 0 the kernel reaches.
    const LIMIT: f64;

    fn at<A: Arithmetic>(x: f64) -> f64;

    /// The function everywhere, with the same bits up to the limit.
    fn everywhere<A: Arithmetic>(x: f64) -> f64;

    /// Whether `everywhere` is free of branches, too.
    const BRANCHLESS: bool;
}

/// The function of a kernel without a limit.
struct Everywhere<F>(PhantomData<F>);

impl<F: Kernel> Kernel for Everywhere<F> {
    const LIMIT: f64 = f64::INFINITY;

    #[inline(always)]
    fn at<A: Arithmetic>(x: f64) -> f64 {
        F::everywhere::<A>(x)
    }

    #[inline(always)]
    fn everywhere<A: Arithmetic>(x: f64) -> f64 {
        F::everywhere::<A>(x)
    }

    const BRANCHLESS: bool = F::BRANCHLESS;
}

/// Replaces every element by the function of it.
#[inline(always)]
fn each<F: Kernel, A: Arithmetic, T: Scalar>(a: &mut [T]) {
    if F::LIMIT == f64::INFINITY {
        within_limit::<F, A, T>(a);
        return;
    }
    for block in a.chunks_mut(16 * LANES) {
        let mut inside = true;
        for &x in &*block {
            inside &= x.widen().abs() <= F::LIMIT;
        }
        if inside {
            within_limit::<F, A, T>(block);
        } else if F::BRANCHLESS {
            within_limit::<Everywhere<F>, A, T>(block);
        } else {
            for x in block {
                *x = T::narrow(F::everywhere::<A>(x.widen()));
            }
        }
    }
}

#[inline(always)]
fn within_limit<F: Kernel, A: Arithmetic, T: Scalar>(a: &mut [T]) {
    if a.len() >= LANES {
        in_steps::<F, A, T, LANES>(a);
    } else if a.len() >= 4 {
        in_steps::<F, A, T, 4>(a);
    } else if a.len() >= 2 {
        in_steps::<F, A, T, 2>(a);
    } else if let [x] = a {
        *x = T::narrow(F::at::<A>(x.widen()));
    }
}

/// At least `N` elements in steps of `N`. Where the last step is not full, it goes back over
/// elements that have been seen and computes them once more, to the same bits, from a copy made
/// before.
#[inline(always)]
fn in_steps<F: Kernel, A: Arithmetic, T: Scalar, const N: usize>(a: &mut [T]) {
    let Some(&(mut last)) = a.last_chunk::<N>() else { return };
    for x in a.as_chunks_mut::<N>().0.as_flattened_mut() {
        *x = T::narrow(F::at::<A>(x.widen()));
    }
    if let (false, Some(to)) = (a.len().is_multiple_of(N), a.last_chunk_mut::<N>()) {
        for x in &mut last {
            *x = T::narrow(F::at::<A>(x.widen()));
        }
        *to = last;
    }
}

macro_rules! functions {
    ($($Name:ident = $name:ident: $module:ident $(, to $limit:expr, else $everywhere:ident without branches: $branchless:literal)?;)*) => {
        /// A function that has a kernel.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Function {
            $($Name,)*
        }

        #[cfg(test)]
        impl Function {
            pub(crate) const ALL: &[Self] = &[$(Self::$Name,)*];
        }

        $(
            struct $Name;

            impl Kernel for $Name {
                #[allow(unused_assignments, unused_mut)]
                const LIMIT: f64 = {
                    let mut limit = f64::INFINITY;
                    $(limit = $limit;)?
                    limit
                };

                #[inline(always)]
                fn at<A: Arithmetic>(x: f64) -> f64 {
                    $module::$name::<A>(x)
                }

                #[inline(always)]
                fn everywhere<A: Arithmetic>(x: f64) -> f64 {
                    $(return $module::$everywhere::<A>(x);)?
                    #[allow(unreachable_code)]
                    $module::$name::<A>(x)
                }

                #[allow(unused_assignments, unused_mut)]
                const BRANCHLESS: bool = {
                    let mut branchless = true;
                    $(branchless = $branchless;)?
                    branchless
                };
            }
        )*

        functions!(@ double f64 $($Name $name)*);
        functions!(@ single f32 $($Name $name)*);
    };
    (@ $of_type:ident $T:ident $($Name:ident $name:ident)*) => {
        pub(crate) mod $of_type {
            use super::*;

            dispatched! {
                $(fn $name(a: &mut [$T]) = each::<$Name, A, $T>;)*
            }

            pub(crate) fn apply(function: Function, a: &mut [$T]) {
                match function {
                    $(Function::$Name => $name(a),)*
                }
            }
        }
    };
}

functions! {
    Exp = exp: exponential, to exponential::LIMIT, else exp_everywhere without branches: true;
    ExpM1 = exp_m1: exponential;
    Tanh = tanh: exponential;
    Sigmoid = sigmoid: exponential;
    Ln = ln: logarithm;
    Ln1p = ln_1p: logarithm;
    Softplus = softplus: logarithm;
    LogSigmoid = log_sigmoid: logarithm;
    Sin = sin: trigonometric, to trigonometric::LIMIT, else sin_everywhere without branches: false;
    Cos = cos: trigonometric, to trigonometric::LIMIT, else cos_everywhere without branches: false;
}
