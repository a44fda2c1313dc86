//! The scalar function of twelve operations.

use std::hint::black_box;

use ad_trait::AD;
use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};
use num_dual::{DualNum, DualVec64};

use crate::harness::Bench;
use crate::problems::scalar::{response, response_by_hand, response_grad_add};

/// symdiff knows no `tanh`: the same function with an exponential.
#[symdiff::gradient(var = v, dim = 2)]
fn symbolic(v: &[f64]) -> f64 {
    let a = v[0] * v[1] + v[0].sin();
    let b = (v[0] * v[0] + v[1] * v[1] + 1.0).sqrt();
    a.exp() / b - (1.0 - 2.0 / ((2.0 * (v[1] / b)).exp() + 1.0))
}

fn dual<D: DualNum<Primitive = f64>>(x: D, y: D) -> D {
    let a = x.clone() * &y + x.sin();
    let b = (x.clone() * &x + y.clone() * &y + 1.0).sqrt();
    a.exp() / &b - (y / &b).tanh()
}

fn tape<T: AD>(x: T, y: T) -> T {
    let a = x * y + x.sin();
    let b = (x * x + y * y + T::one()).sqrt();
    a.exp() / b - (y / b).tanh()
}

pub(crate) fn add(bench: &mut Bench) {
    let (x, y) = (0.7, 0.4);
    let objective = || response(black_box(x), black_box(y));
    bench
        .problem("scalar, 12 operations", (0.0, 0.0))
        .hand(|d| response_by_hand(black_box(x), black_box(y), &mut d.0, &mut d.1))
        .style("backprop", objective, |d| {
            response_grad_add(black_box(x), black_box(y), &mut d.0, &mut d.1)
        })
        .peer("symdiff", objective, |d| {
            let at = black_box([x, y]);
            let [d_x, d_y] = symbolic_gradient(&at);
            d.0 += d_x;
            d.1 += d_y;
            symbolic(&at)
        })
        .peer("num-dual", objective, |d| {
            let at = nalgebra::vector![black_box(x), black_box(y)];
            let (value, gradient) = num_dual::gradient(
                |v: nalgebra::SVector<DualVec64<nalgebra::Const<2>>, 2>| {
                    dual(v[0].clone(), v[1].clone())
                },
                &at,
            );
            d.0 += gradient[0];
            d.1 += gradient[1];
            value
        })
        .peer("ad_trait, reverse", objective, |d| {
            GlobalComputationGraph::get().reset();
            let (x, y) =
                (adr::new_variable(black_box(x), false), adr::new_variable(black_box(y), false));
            let value = tape(x, y);
            let gradient = value.get_backwards_mode_grad();
            d.0 += gradient.wrt(&x);
            d.1 += gradient.wrt(&y);
            value.value()
        })
        .run();
}
