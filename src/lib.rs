//! Gradients of ordinary Rust functions, computed by ordinary Rust functions.

pub use backprop_macro::{Differentiable, differentiable};
pub use backprop_runtime::{
    Accumulate, Differentiable, Float, Matrix, Path, ScalarFunctions, Scalars, ScalarsMut, Shape,
    Vector, VectorOps, VectorSpace, adjoint, check, init, monitor, optim, partial, stop_gradient,
};

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __rt {
    pub use backprop_runtime::generated::*;
    pub use backprop_runtime::*;
}

/// Everything that one usually needs.
pub mod prelude {
    pub use crate::check::check_gradient;
    pub use crate::optim::Optimizer;
    pub use crate::{
        Differentiable, Matrix, ScalarFunctions, Vector, VectorOps, VectorSpace, differentiable,
        stop_gradient,
    };
}
