//! Loops over slices, compiled for several instruction sets and chosen from at run time.
//!
//! A kernel is a plain loop without branches, generic over [`Arithmetic`](arithmetic::Arithmetic): whether `a·b + c` is
//! one instruction. The macro `dispatched!` compiles it for AVX-512, for AVX2 with FMA and for the
//! target's baseline (which has both on 64-bit ARM), and calls the best that the processor has.
//! The compiler turns the loop into vector instructions.
//!
//! **Equal bits.** Elementwise kernels say each operation, fused ones included, so that an
//! element's result depends on the element alone: not on its position, the slice's length or its
//! alignment. Reductions depend on the length as well. Either way a call with the same numbers
//! gives the same bits on the same machine, which is what a function and its derivative's
//! companions need. Another machine may differ in the last place, as with std's functions.

mod arithmetic;
mod dispatch;
pub(crate) mod elementwise;
mod exponential;
mod linear;
mod logarithm;
mod partials;
#[cfg(test)]
mod tests;
mod trigonometric;

use arithmetic::{Fused, Portable};
use dispatch::dispatched;
pub(crate) use elementwise::Function;
pub(crate) use partials::Partials;

/// The kernels of a scalar type. Public in a private module: it helps to seal
/// [`Float`](crate::Float), whose other methods the prefix keeps apart from these.
#[doc(hidden)]
#[allow(missing_docs)]
pub trait Kernels: Sized {
    fn kernel_apply(function: Function, a: &mut [Self]);
    fn kernel_add_partials(
        function: Partials,
        slot: &mut [Self],
        x: &[Self],
        y: &[Self],
        d: &[Self],
    );
    fn kernel_dot(a: &[Self], b: &[Self]) -> Self;
    fn kernel_sum(a: &[Self]) -> Self;
    fn kernel_axpy(alpha: Self, x: &[Self], y: &mut [Self]);
    fn kernel_add(x: &[Self], y: &mut [Self]);
    fn kernel_add_product(alpha: Self, a: &[Self], b: &[Self], y: &mut [Self]);
    fn kernel_ger(alpha: Self, u: &[Self], v: &[Self], m: &mut [Self], skip_zeros: bool);
    fn kernel_gemv(m: &[Self], x: &[Self], y: &mut [Self]);
    fn kernel_gemv_transposed(m: &[Self], x: &[Self], y: &mut [Self]);
}
