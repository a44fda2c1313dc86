//! Random programs, their derivatives by `#[differentiable]`, and their derivatives by dual
//! numbers.

pub mod dual;
mod generate;
#[allow(dead_code, reason = "it runs in the generated projects; here it is only checked")]
mod harness;
mod print;
mod program;
pub mod project;
mod rng;
pub mod shrink;

pub use generate::generate;
pub use print::{Program, source};
