//! What backprop's generated code calls, usable on its own.

mod access;
pub mod adjoint;
#[doc(hidden)]
pub mod calls;
pub mod check;
#[doc(hidden)]
pub mod closures;
mod differentiable;
mod elementwise;
mod float;
mod gemm;
#[doc(hidden)]
pub mod generated;
#[doc(hidden)]
pub mod held;
pub mod init;
mod kernel;
mod matrix;
pub mod monitor;
#[doc(hidden)]
pub mod names;
mod operators;
pub mod optim;
pub mod partial;
mod path;
mod reductions;
mod scalar;
mod shape;
mod simd;
#[doc(hidden)]
pub mod sums;
#[doc(hidden)]
pub mod tangent;
mod vector;
mod vector_ops;

#[doc(hidden)]
pub use differentiable::derived;
pub use differentiable::{Accumulate, Differentiable, Scalars, ScalarsMut, VectorSpace};
pub use float::{Float, Number};
pub use generated::stop_gradient;
pub use matrix::Matrix;
pub use path::Path;
pub use scalar::ScalarFunctions;
pub use shape::Shape;
pub use vector::Vector;
pub use vector_ops::VectorOps;
