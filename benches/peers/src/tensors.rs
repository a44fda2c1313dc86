//! The network with one hidden layer on tensors: one example at a time, and a batch of them.

use std::hint::black_box;

use backprop::prelude::*;

use crate::harness::Bench;
use crate::problems::Numbers;
use crate::problems::batches::{self, TwoLayer};
use crate::problems::networks;

pub(crate) fn add(bench: &mut Bench) {
    for (d, k) in [(16, 32), (64, 128), (784, 256)] {
        add_example(bench, d, k);
    }
    add_batch(bench, 128, 256);
}

fn add_example(bench: &mut Bench, d: usize, k: usize) {
    let mut numbers = Numbers(13);
    let (v, w, x) = (numbers.matrix(k, d), numbers.vector(k), numbers.vector(d));
    let column = Matrix::from_vec(d, 1, x.as_slice().to_vec());
    let y = Vector::from([0.5]);
    let mut hidden = vec![0.0; k];
    let candle = candle::Network::new(&v, &w, &column, &y);
    let burn = burn::Network::new(&v, &w, &column, &y);
    let objective = || networks::two_layer(black_box(&v), black_box(&w), black_box(&x), 0.5);
    bench
        .problem(format!("two-layer {d},{k}, on matrices"), (Matrix::zeros(k, d), Vector::zeros(k)))
        .hand(|(d_v, d_w)| {
            let (v, w, x) = black_box((&v, &w, &x));
            let (at, data) = ((v, w.as_slice()), (x.as_slice(), 0.5));
            networks::two_layer_by_hand(at, data, (d_v, d_w.as_mut_slice()), &mut hidden)
        })
        .style("backprop", objective, |(d_v, d_w)| {
            let (v, w, x) = black_box((&v, &w, &x));
            networks::two_layer_grad_add(v, w, x, 0.5, d_v, d_w)
        })
        .peer("candle", objective, |d| candle.example(d))
        .peer("burn", objective, |d| burn.example(d))
        .run();
}

fn add_batch(bench: &mut Bench, k: usize, b: usize) {
    let mut numbers = Numbers(15);
    let (v, w) = (numbers.matrix(k, k), numbers.vector(k));
    let (x, y) = (numbers.matrix(b, k), numbers.vector(b));
    let mut work = TwoLayer { hidden: Matrix::zeros(b, k), residuals: Vector::zeros(b) };
    let candle = candle::Network::new(&v, &w, &x, &y);
    let burn = burn::Network::new(&v, &w, &x, &y);
    let objective = || batches::two_layer(black_box(&v), black_box(&w), &x, &y);
    bench
        .problem(format!("two-layer {k}, B={b}"), (Matrix::zeros(k, k), Vector::zeros(k)))
        .hand(|d| {
            let (d_v, d_w) = d;
            batches::two_layer_by_hand(black_box((&v, &w)), (&x, &y), (d_v, d_w), &mut work)
        })
        .style("backprop", objective, |(d_v, d_w)| {
            batches::two_layer_grad_add(black_box(&v), black_box(&w), &x, &y, d_v, d_w)
        })
        .peer("candle", objective, |d| candle.batch(d))
        .peer("burn", objective, |d| burn.batch(d))
        .run();
}

/// Adds what a library computed to the gradient.
fn accumulate((d_v, d_w): &mut (Matrix, Vector), by_v: &[f64], by_w: &[f64]) {
    let add = |to: &mut [f64], from: &[f64]| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
    };
    add(d_v.as_mut_slice(), by_v);
    add(d_w.as_mut_slice(), by_w);
}

mod candle {
    use backprop::prelude::{Matrix, Vector};
    use candle_core::{Device, Result, Tensor, Var};

    /// What does not change between two gradients.
    pub(super) struct Network {
        v: Var,
        w: Var,
        x: Tensor,
        y: Tensor,
    }

    fn tensor(of: &Matrix) -> Tensor {
        Tensor::from_slice(of.as_slice(), of.shape(), &Device::Cpu).expect("a matrix")
    }

    fn column(of: &Vector) -> Tensor {
        Tensor::from_slice(of.as_slice(), (of.len(), 1), &Device::Cpu).expect("a column")
    }

    impl Network {
        pub(super) fn new(v: &Matrix, w: &Vector, x: &Matrix, y: &Vector) -> Network {
            let variable = |tensor: Tensor| Var::from_tensor(&tensor).expect("a variable");
            Network { v: variable(tensor(v)), w: variable(column(w)), x: tensor(x), y: column(y) }
        }

        /// `‖σ(v x)ᵀ w − y‖²`
        pub(super) fn example(&self, d: &mut (Matrix, Vector)) -> f64 {
            let loss = || -> Result<Tensor> {
                let hidden = sigmoid(&self.v.matmul(&self.x)?)?;
                (hidden.t()?.matmul(&self.w)? - &self.y)?.sqr()?.sum_all()
            };
            self.gradient(loss(), d)
        }

        /// `‖σ(x v) w − y‖² / n`
        pub(super) fn batch(&self, d: &mut (Matrix, Vector)) -> f64 {
            let loss = || -> Result<Tensor> {
                let hidden = sigmoid(&self.x.matmul(&self.v)?)?;
                (hidden.matmul(&self.w)? - &self.y)?.sqr()?.mean_all()
            };
            self.gradient(loss(), d)
        }

        fn gradient(&self, loss: Result<Tensor>, d: &mut (Matrix, Vector)) -> f64 {
            let loss = loss.expect("shapes that agree");
            let gradients = loss.backward().expect("a gradient");
            let numbers = |of: &Var| -> Vec<f64> {
                let gradient = gradients.get(of).expect("a parameter");
                gradient.flatten_all().and_then(|flat| flat.to_vec1()).expect("numbers")
            };
            super::accumulate(d, &numbers(&self.v), &numbers(&self.w));
            loss.to_scalar().expect("a number")
        }
    }

    /// There is none in `candle-core`.
    fn sigmoid(z: &Tensor) -> Result<Tensor> {
        (z.neg()?.exp()? + 1.0)?.recip()
    }
}

mod burn {
    use backprop::prelude::{Matrix, Vector};
    use burn_tensor::{DType, Device, Tensor, TensorData, activation};

    /// What does not change between two gradients.
    pub(super) struct Network {
        v: Tensor<2>,
        w: Tensor<2>,
        x: Tensor<2>,
        y: Tensor<2>,
    }

    fn tensor(numbers: &[f64], (rows, columns): (usize, usize)) -> Tensor<2> {
        let device = Device::flex().autodiff();
        let data = TensorData::new(numbers.to_vec(), [rows, columns]);
        Tensor::from_data(data, (&device, DType::F64))
    }

    impl Network {
        pub(super) fn new(v: &Matrix, w: &Vector, x: &Matrix, y: &Vector) -> Network {
            Network {
                v: tensor(v.as_slice(), v.shape()),
                w: tensor(w.as_slice(), (w.len(), 1)),
                x: tensor(x.as_slice(), x.shape()),
                y: tensor(y.as_slice(), (y.len(), 1)),
            }
        }

        fn parameters(&self) -> [Tensor<2>; 2] {
            [self.v.clone().require_grad(), self.w.clone().require_grad()]
        }

        /// `‖σ(v x)ᵀ w − y‖²`
        pub(super) fn example(&self, d: &mut (Matrix, Vector)) -> f64 {
            let [v, w] = self.parameters();
            let hidden = activation::sigmoid(v.clone().matmul(self.x.clone()));
            let residual = hidden.transpose().matmul(w.clone()) - self.y.clone();
            gradient(&residual.powi_scalar(2).sum(), [&v, &w], d)
        }

        /// `‖σ(x v) w − y‖² / n`
        pub(super) fn batch(&self, d: &mut (Matrix, Vector)) -> f64 {
            let [v, w] = self.parameters();
            let hidden = activation::sigmoid(self.x.clone().matmul(v.clone()));
            let residuals = hidden.matmul(w.clone()) - self.y.clone();
            gradient(&residuals.powi_scalar(2).mean(), [&v, &w], d)
        }
    }

    fn gradient(loss: &Tensor<1>, by: [&Tensor<2>; 2], d: &mut (Matrix, Vector)) -> f64 {
        let gradients = loss.backward();
        let [by_v, by_w] = by.map(|parameter| -> Vec<f64> {
            let gradient = parameter.grad(&gradients).expect("a parameter");
            gradient.into_data().try_to_vec().expect("numbers")
        });
        super::accumulate(d, &by_v, &by_w);
        loss.clone().into_scalar()
    }
}
