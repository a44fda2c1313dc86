//! Random programs, their derivatives by `#[differentiable]`, and their derivatives by dual
//! numbers.

#[allow(dead_code, reason = "generated programs use it")]
mod dual;
mod dual_tests;
mod generate;
#[allow(dead_code, reason = "it runs in the generated projects; here it is only checked")]
mod harness;
mod print;
mod program;
pub(crate) mod project;
mod rng;
pub(crate) mod shrink;

pub(crate) use generate::generate;
pub(crate) use print::source;
