//! Rosenbrock's function, n = 100. symdiff, which has no loops, would need it unrolled.

use std::hint::black_box;

use ad_trait::AD;
use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};
use nalgebra::DVector;
use num_dual::{DualDVec64, DualNum};

use crate::harness::Bench;
use crate::problems::Numbers;
use crate::problems::rosenbrock::{by_hand, by_index, by_index_grad_add};

fn dual<D: DualNum<Primitive = f64>>(x: &[D]) -> D {
    let mut sum = D::from(0.0);
    for i in 0..x.len() - 1 {
        let a = -x[i].clone() + 1.0;
        let b = x[i + 1].clone() - x[i].clone() * &x[i];
        sum += a.clone() * &a + b.clone() * &b * 100.0;
    }
    sum
}

fn tape<T: AD>(x: &[T]) -> T {
    let mut sum = T::zero();
    for i in 0..x.len() - 1 {
        let a = T::one() - x[i];
        let b = x[i + 1] - x[i] * x[i];
        sum += a * a + T::constant(100.0) * b * b;
    }
    sum
}

pub(crate) fn add(bench: &mut Bench) {
    let n = 100;
    let x = Numbers(1).vec(n, -1.5, 1.5);
    let objective = || by_index(black_box(&x));
    bench
        .problem("Rosenbrock n=100", vec![0.0; n])
        .hand(|d| by_hand(black_box(&x), d))
        .style("backprop", objective, |d| by_index_grad_add(black_box(&x), d))
        .peer("num-dual", objective, |d| {
            let at = DVector::from_column_slice(black_box(&x));
            let (value, gradient) =
                num_dual::gradient(|v: DVector<DualDVec64>| dual(v.as_slice()), &at);
            d.iter_mut().zip(gradient.iter()).for_each(|(d, g)| *d += g);
            value
        })
        .peer("ad_trait, reverse", objective, |d| {
            GlobalComputationGraph::get().reset();
            let at: Vec<adr> = black_box(&x).iter().map(|x| adr::new_variable(*x, false)).collect();
            let value = tape(&at);
            let gradient = value.get_backwards_mode_grad();
            d.iter_mut().zip(&at).for_each(|(d, x)| *d += gradient.wrt(x));
            value.value()
        })
        .run();
}
