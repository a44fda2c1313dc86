use backprop::prelude::*;

#[derive(Clone, Debug, Differentiable)]
struct Lu {
    lu: Vec<Vec<f64>>,
    #[differentiable(skip)]
    perm: Vec<usize>,
    #[differentiable(skip)]
    sign: i32,
}

impl Lu {
    #[differentiable]
    fn decompose(a: &[Vec<f64>]) -> Option<Lu> {
        let n = a.len();
        let mut lu = a.to_vec();
        let mut perm: Vec<usize> = (0..n).collect();
        let mut sign = 1;
        for k in 0..n {
            let pivot_row =
                (k..n).max_by(|&i, &j| lu[i][k].abs().partial_cmp(&lu[j][k].abs()).unwrap())?;
            if lu[pivot_row][k].abs() < 1e-14 {
                return None;
            }
            if pivot_row != k {
                lu.swap(pivot_row, k);
                perm.swap(pivot_row, k);
                sign = -sign;
            }
            for i in k + 1..n {
                lu[i][k] /= lu[k][k];
                for j in k + 1..n {
                    let delta = lu[i][k] * lu[k][j];
                    lu[i][j] -= delta;
                }
            }
        }
        Some(Lu { lu, perm, sign })
    }

    #[differentiable(wrt(self, b))]
    fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = b.len();
        let mut x: Vec<f64> = self.perm.iter().map(|&p| b[p]).collect();
        for i in 0..n {
            for j in 0..i {
                x[i] -= self.lu[i][j] * x[j];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                x[i] -= self.lu[i][j] * x[j];
            }
            x[i] /= self.lu[i][i];
        }
        x
    }
}

#[differentiable]
fn quadratic_form(a: &[Vec<f64>], b: &[f64]) -> f64 {
    let lu = Lu::decompose(a).expect("singular matrix");
    let x = lu.solve(b);
    x.iter().zip(b).map(|(x, b)| x * b).sum()
}
#[test]
fn gradient() {
    let a = vec![vec![0.5, 2.0, 1.0], vec![3.0, 0.2, 0.7], vec![1.0, 1.5, -2.0]];
    check!(quadratic_form, quadratic_form_grad, quadratic_form_grad_add, quadratic_form_vjp; a: &a, b: &vec![1.0, -0.5, 2.0]);
}
