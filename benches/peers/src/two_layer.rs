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
    let problem = bench
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
        });
    #[cfg(feature = "candle")]
    let problem = problem.peer("candle", objective, |d| candle(at(), (&x[0], y[0]), d));
    problem.run();
}

#[cfg(feature = "candle")]
fn candle(
    (v, b, w): (&[Vec<f64>], &[f64], &[f64]),
    (x, y): (&[f64], f64),
    (d_v, d_b, d_w): &mut (Vec<Vec<f64>>, Vec<f64>, Vec<f64>),
) -> f64 {
    use candle_core::{Device, Tensor, Var};

    let run = || -> candle_core::Result<f64> {
        let device = &Device::Cpu;
        let (units, inputs) = (v.len(), x.len());
        let flat: Vec<f64> = v.concat();
        let v = Var::from_slice(&flat, (units, inputs), device)?;
        let b = Var::from_slice(b, (units, 1), device)?;
        let w = Var::from_slice(w, (1, units), device)?;
        let x = Tensor::from_slice(x, (inputs, 1), device)?;
        let z = v.matmul(&x)?.add(&b)?;
        let hidden = ((z.neg()?.exp()? + 1.0)?).recip()?;
        let loss = (w.matmul(&hidden)? - y)?.sqr()?.sum_all()?;
        let gradients = loss.backward()?;
        let add = |to: &mut [f64], of: &Var| -> candle_core::Result<()> {
            if let Some(gradient) = gradients.get(of) {
                let gradient = gradient.flatten_all()?.to_vec1::<f64>()?;
                to.iter_mut().zip(gradient).for_each(|(d, g)| *d += g);
            }
            Ok(())
        };
        let mut rows = vec![0.0; units * inputs];
        add(&mut rows, &v)?;
        for (to, from) in d_v.iter_mut().zip(rows.chunks_exact(inputs)) {
            to.iter_mut().zip(from).for_each(|(d, g)| *d += g);
        }
        add(d_b, &b)?;
        add(d_w, &w)?;
        loss.to_scalar::<f64>()
    };
    run().expect("the shapes fit")
}
