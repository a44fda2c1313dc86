//! Many small programs of the same signature, each compared with differences.

/// `name(x, y, v) { … }` is the body of a function of two numbers and a slice.
macro_rules! programs {
    ($($name:ident($x:ident, $y:ident, $v:ident) { $($body:tt)* })*) => {
        $(
            mod $name {
                use super::*;

                #[differentiable]
                pub(crate) fn program($x: f64, $y: f64, $v: &[f64]) -> f64 {
                    $($body)*
                }

                #[test]
                fn gradients() {
                    for v in [vec![0.9, -0.4, 1.3, 0.25, 0.6], vec![1.1, 0.3, -0.7, 2.0]] {
                        crate::common::check!(
                            program, program_grad, program_grad_add, program_vjp;
                            x: 1.3, y: 0.7, v: &v
                        );
                    }
                }
            }
        )*
    };
}
