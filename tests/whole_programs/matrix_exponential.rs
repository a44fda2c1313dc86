use backprop::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Differentiable)]
struct Matrix<const R: usize, const C: usize>([[f64; C]; R]);

#[differentiable]
fn mul<const N: usize>(a: &[[f64; N]; N], b: &[[f64; N]; N]) -> [[f64; N]; N] {
    let mut c = [[0.0; N]; N];
    for i in 0..N {
        for k in 0..N {
            for j in 0..N {
                c[i][j] += a[i][k] * b[k][j];
            }
        }
    }
    c
}

fn identity<const N: usize>() -> [[f64; N]; N] {
    let mut m = [[0.0; N]; N];
    for i in 0..N {
        m[i][i] = 1.0;
    }
    m
}

#[differentiable]
fn expm<const N: usize>(a: &[[f64; N]; N]) -> [[f64; N]; N] {
    let norm = a.iter().map(|row| row.iter().map(|x| x.abs()).sum::<f64>()).fold(0.0, f64::max);
    let squarings = norm.log2().ceil().max(0.0) as u32 + 1;
    let scale = 2f64.powi(-(squarings as i32));
    let scaled = a.map(|row| row.map(|x| x * scale));
    let mut result = identity::<N>();
    let mut term = identity::<N>();
    for k in 1..=8 {
        term = mul(&term, &scaled);
        for r in term.iter_mut() {
            for x in r.iter_mut() {
                *x /= k as f64;
            }
        }
        for i in 0..N {
            for j in 0..N {
                result[i][j] += term[i][j];
            }
        }
    }
    for _ in 0..squarings {
        result = mul(&result, &result);
    }
    result
}

#[differentiable(wrt(q))]
fn ctmc_loglik(q: &[[f64; 3]; 3], transitions: &[(usize, usize)]) -> f64 {
    let p = expm(q);
    transitions.iter().map(|&(i, j)| p[i][j].ln()).sum()
}
#[test]
fn gradient() {
    check!(ctmc_loglik, ctmc_loglik_grad, ctmc_loglik_grad_add, ctmc_loglik_vjp; q: &[[-1.0, 0.6, 0.4], [0.3, -0.5, 0.2], [0.1, 0.7, -0.8]], t: const &[(0, 1), (1, 2), (2, 2), (0, 2)]);
}
