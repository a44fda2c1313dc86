//! The network with one hidden layer of 32 units over 16 inputs, one example.

use std::hint::black_box;

use ad_trait::AD;
use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};

use crate::harness::Bench;
use crate::problems::Numbers;
use crate::problems::two_layer_loops::{by_hand, by_index, by_index_grad_add};

fn tape<T: AD>(v: &[Vec<T>], b: &[T], w: &[T], x: &[f64], y: f64) -> T {
    let mut output = T::zero();
    for j in 0..v.len() {
        let mut z = b[j];
        for i in 0..x.len() {
            z += v[j][i] * T::constant(x[i]);
        }
        output += w[j] * (T::one() / (T::one() + (-z).exp()));
    }
    let residual = output - T::constant(y);
    residual * residual
}

pub(crate) fn add(bench: &mut Bench) {
    let (inputs, units) = (16, 32);
    let mut numbers = Numbers(3);
    let v = numbers.rows(units, inputs, -0.5, 0.5);
    let (b, w) = (numbers.vec(units, -0.5, 0.5), numbers.vec(units, -0.5, 0.5));
    let (x, y) = (numbers.rows(1, inputs, -1.0, 1.0), numbers.vec(1, -1.0, 1.0));
    let at = || (black_box(&v[..]), black_box(&b[..]), black_box(&w[..]));
    let objective = || {
        let (v, b, w) = at();
        by_index(v, b, w, &x, &y)
    };
    let zero = (vec![vec![0.0; inputs]; units], vec![0.0; units], vec![0.0; units]);
    bench
        .problem("two-layer 16,32, one example", zero)
        .hand(|(d_v, d_b, d_w)| by_hand(at(), (&x, &y), (d_v, d_b, d_w)))
        .style("backprop", objective, |(d_v, d_b, d_w)| {
            let (v, b, w) = at();
            by_index_grad_add(v, b, w, &x, &y, d_v, d_b, d_w)
        })
        .peer("ad_trait, reverse", objective, |(d_v, d_b, d_w)| {
            GlobalComputationGraph::get().reset();
            let variables = |values: &[f64]| -> Vec<adr> {
                values.iter().map(|x| adr::new_variable(*x, false)).collect()
            };
            let (v, b, w) = at();
            let (v, b, w): (Vec<_>, _, _) =
                (v.iter().map(|row| variables(row)).collect(), variables(b), variables(w));
            let value = tape(&v, &b, &w, &x[0], y[0]);
            let gradient = value.get_backwards_mode_grad();
            let add = |to: &mut [f64], from: &[adr]| {
                to.iter_mut().zip(from).for_each(|(d, x)| *d += gradient.wrt(x));
            };
            d_v.iter_mut().zip(&v).for_each(|(d, v)| add(d, v));
            add(d_b, &b);
            add(d_w, &w);
            value.value()
        })
        .run();
}
