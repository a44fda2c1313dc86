use backprop::prelude::*;

#[differentiable]
fn gelu(x: f64) -> f64 {
    0.5 * x
        * (1.0
            + (std::f64::consts::FRAC_2_SQRT_PI
                * std::f64::consts::FRAC_1_SQRT_2
                * (x + 0.044715 * x.powi(3)))
            .tanh())
}

#[differentiable]
fn layer_norm(x: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
    const EPS: f64 = 1e-5;
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let var = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let inv_std = (var + EPS).sqrt().recip();
    itertools_free_zip(x, gamma, beta, mean, inv_std)
}

#[differentiable]
fn itertools_free_zip(x: &[f64], gamma: &[f64], beta: &[f64], mean: f64, inv_std: f64) -> Vec<f64> {
    x.iter()
        .zip(gamma.iter().zip(beta))
        .map(|(&x, (&g, &b))| (x - mean) * inv_std * g + b)
        .collect()
}

#[differentiable]
fn mlp_block(x: &[f64], gamma: &[f64], beta: &[f64], w: &[Vec<f64>]) -> f64 {
    let h = layer_norm(x, gamma, beta);
    let hidden = w.iter().map(|row| gelu(row.iter().zip(&h).map(|(a, b)| a * b).sum::<f64>()));
    x.iter().zip(hidden).map(|(x, h)| (x + h).powi(2)).sum::<f64>()
}
#[test]
fn gradient() {
    check!(mlp_block, mlp_block_grad, mlp_block_grad_add, mlp_block_vjp; x: &vec![0.3, -0.7, 1.1], g: &vec![1.0, 0.9, 1.2], b: &vec![0.0, 0.1, -0.1], w: &vec![vec![0.3, 0.2, -0.5], vec![0.7, -0.1, 0.4], vec![0.0, 0.6, 0.2]]);
}
