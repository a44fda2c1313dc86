//! What the kernels do with numbers, with and without fused multiplication and addition.

/// How `a·b + c` is computed.
pub(crate) trait Arithmetic {
    /// `a·b + c`, rounded once or twice.
    fn mul_add(a: f64, b: f64, c: f64) -> f64;

    /// `mul_add` in single precision.
    fn mul_add_f32(a: f32, b: f32, c: f32) -> f32;

    /// `c − a·b` exactly, where the product is so close to `c` that this is a number, as for a
    /// quotient `a` of `c` by `b`.
    fn residual(a: f64, b: f64, c: f64) -> f64;
}

/// One instruction, one rounding.
pub(crate) struct Fused;

impl Arithmetic for Fused {
    #[inline(always)]
    fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn mul_add_f32(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn residual(a: f64, b: f64, c: f64) -> f64 {
        (-a).mul_add(b, c)
    }
}

/// A multiplication and an addition, where std's `mul_add` would be a slow function.
pub(crate) struct Separate;

impl Arithmetic for Separate {
    #[inline(always)]
    fn mul_add(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }

    #[inline(always)]
    fn mul_add_f32(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }

    /// Dekker's product: "A floating-point technique for extending the available precision",
    /// Numerische Mathematik 18 (1971).
    #[inline(always)]
    fn residual(a: f64, b: f64, c: f64) -> f64 {
        let (a_head, a_tail) = halves(a);
        let (b_head, b_tail) = halves(b);
        let product = a * b;
        let error =
            ((a_head * b_head - product) + a_head * b_tail + a_tail * b_head) + a_tail * b_tail;
        (c - product) - error
    }
}

/// Two numbers of at most 26 bits whose sum is `x`.
#[inline(always)]
fn halves(x: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0; // 2²⁷ + 1
    let scaled = SPLIT * x;
    let head = scaled - (scaled - x);
    (head, x - head)
}

/// The arithmetic of the target's baseline.
#[cfg(any(target_arch = "aarch64", target_feature = "fma"))]
pub(crate) type Portable = Fused;
/// The arithmetic of the target's baseline.
#[cfg(not(any(target_arch = "aarch64", target_feature = "fma")))]
pub(crate) type Portable = Separate;

/// `a + b` as a rounded sum and its error, where `a` is 0 or not smaller than `b` in magnitude
/// (Dekker 1971).
#[inline(always)]
pub(crate) fn ordered_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// `a + b` as a rounded sum and its error (Knuth, *The Art of Computer Programming*, section
/// 4.2.2).
#[inline(always)]
pub(crate) fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// `c₀ + c₁x + c₂x² + …` by Horner's rule.
#[inline(always)]
pub(crate) fn polynomial<A: Arithmetic, const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let mut value = coefficients[N - 1];
    for &coefficient in coefficients[..N - 1].iter().rev() {
        value = A::mul_add(value, x, coefficient);
    }
    value
}

/// Single or double precision. Kernels of elementary functions compute in double.
pub(crate) trait Scalar: Copy + Default {
    fn widen(self) -> f64;
    fn narrow(x: f64) -> Self;
}

impl Scalar for f64 {
    #[inline(always)]
    fn widen(self) -> f64 {
        self
    }

    #[inline(always)]
    fn narrow(x: f64) -> Self {
        x
    }
}

impl Scalar for f32 {
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn narrow(x: f64) -> Self {
        x as Self
    }
}
