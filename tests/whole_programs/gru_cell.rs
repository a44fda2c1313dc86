use backprop::prelude::*;

#[derive(Clone, Debug, Default, Differentiable)]
struct Linear {
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

#[derive(Clone, Debug, Default, Differentiable)]
struct GruCell {
    update: Linear,
    reset: Linear,
    candidate: Linear,
}

fn sigmoid_plain(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[differentiable]
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Linear {
    #[differentiable(wrt(self, input))]
    fn forward(&self, input: &[f64]) -> Vec<f64> {
        self.weight
            .iter()
            .zip(&self.bias)
            .map(|(row, b)| b + row.iter().zip(input).map(|(w, x)| w * x).sum::<f64>())
            .collect()
    }
}

impl GruCell {
    #[differentiable(wrt(self, h))]
    fn step(&self, x: &[f64], h: &[f64]) -> Vec<f64> {
        let xh: Vec<f64> = [x, h].concat();
        let z: Vec<f64> = self.update.forward(&xh).into_iter().map(sigmoid).collect();
        let r: Vec<f64> = self.reset.forward(&xh).into_iter().map(sigmoid).collect();
        let rh: Vec<f64> = r.iter().zip(h).map(|(r, h)| r * h).collect();
        let mut xrh = x.to_vec();
        xrh.extend_from_slice(&rh);
        let n: Vec<f64> = self.candidate.forward(&xrh).iter().map(|v| v.tanh()).collect();
        (0..h.len()).map(|i| (1.0 - z[i]) * n[i] + z[i] * h[i]).collect()
    }

    #[differentiable(wrt(self))]
    fn loss(&self, inputs: &[Vec<f64>], target: &[f64]) -> f64 {
        let mut h = vec![0.0; target.len()];
        for x in inputs {
            h = self.step(x, &h);
        }
        h.iter().zip(target).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / target.len() as f64
    }
}
#[test]
fn gradient() {
    let lin = |s: f64| Linear {
        weight: (0..2).map(|i| (0..3).map(|j| ((i * 3 + j) as f64 * s).sin()).collect()).collect(),
        bias: vec![0.1 * s, -0.2],
    };
    let cell = GruCell { update: lin(0.7), reset: lin(1.3), candidate: lin(2.1) };
    let xs = vec![vec![0.5], vec![-1.0], vec![0.3]];
    check!(GruCell::loss, GruCell::loss_grad, GruCell::loss_grad_add, GruCell::loss_vjp; c: &cell, x: const &xs, t: const &[0.2, -0.4]);
}
