use backprop::prelude::*;

#[derive(Clone, Debug, Differentiable)]
struct Field {
    w1: Vec<Vec<f64>>,
    b1: Vec<f64>,
    w2: Vec<Vec<f64>>,
}

impl Field {
    #[differentiable(wrt(self, y))]
    fn eval(&self, t: f64, y: &[f64]) -> Vec<f64> {
        let hidden: Vec<f64> = self
            .w1
            .iter()
            .zip(&self.b1)
            .map(|(row, b)| {
                let pre: f64 = row.iter().zip(y).map(|(w, y)| w * y).sum::<f64>() + b * t;
                pre.tanh()
            })
            .collect();
        self.w2.iter().map(|row| row.iter().zip(&hidden).map(|(w, h)| w * h).sum()).collect()
    }
}

fn saxpy_plain(y: &[f64], h: f64, k: &[f64]) -> Vec<f64> {
    y.iter().zip(k).map(|(y, k)| y + h * k).collect()
}

#[differentiable(wrt(field, y0))]
fn flow_loss(field: &Field, y0: &[f64], times: &[f64], targets: &[Vec<f64>]) -> f64 {
    let mut y = y0.to_vec();
    let mut loss = 0.0;
    for (window, target) in times.windows(2).zip(targets) {
        let (t0, t1) = (window[0], window[1]);
        let steps = 3;
        let h = (t1 - t0) / steps as f64;
        for s in 0..steps {
            let t = t0 + s as f64 * h;
            let axpy = |c: f64, k: &[f64]| -> Vec<f64> {
                y.iter().zip(k).map(|(y, k)| y + c * k).collect()
            };
            let k1 = field.eval(t, &y);
            let k2 = field.eval(t + h / 2.0, &axpy(h / 2.0, &k1));
            let k3 = field.eval(t + h / 2.0, &axpy(h / 2.0, &k2));
            let k4 = field.eval(t + h, &axpy(h, &k3));
            y = (0..y.len())
                .map(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]))
                .collect();
        }
        loss += y.iter().zip(target).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    }
    loss
}
#[test]
fn gradient() {
    let f = Field {
        w1: vec![vec![0.5, -0.3], vec![0.2, 0.7]],
        b1: vec![0.1, -0.2],
        w2: vec![vec![1.0, 0.4], vec![-0.6, 0.8]],
    };
    let targets = vec![vec![0.5, 0.2], vec![0.7, 0.1]];
    check!(flow_loss, flow_loss_grad, flow_loss_grad_add, flow_loss_vjp; f: &f, y: &vec![1.0, -0.5], t: const &[0.0, 0.5, 1.2], g: const &targets);
}
