use backprop::prelude::*;

struct Patient {
    time: f64,
    event: bool,
    x: Vec<f64>,
}

#[differentiable(wrt(beta))]
fn cox_neg_log_partial_likelihood(beta: &[f64], patients: &[Patient]) -> f64 {
    let mut order: Vec<usize> = (0..patients.len()).collect();
    order.sort_by(|&a, &b| patients[b].time.partial_cmp(&patients[a].time).unwrap());
    let mut risk_sum = 0.0;
    let mut nll = 0.0;
    for &i in &order {
        let p = &patients[i];
        let eta: f64 = p.x.iter().zip(beta.iter()).map(|(x, b)| x * b).sum();
        risk_sum += eta.exp();
        if p.event {
            nll -= eta - risk_sum.ln();
        }
    }
    nll
}
#[test]
fn gradient() {
    let p = |time: f64, event: bool, a: f64, b: f64| Patient { time, event, x: vec![a, b] };
    let ps = [
        p(3.0, true, 0.5, 1.0),
        p(1.0, true, -0.2, 0.3),
        p(2.0, false, 1.1, -0.4),
        p(5.0, true, 0.0, 0.7),
    ];
    check!(cox_neg_log_partial_likelihood, cox_neg_log_partial_likelihood_grad, cox_neg_log_partial_likelihood_grad_add, cox_neg_log_partial_likelihood_vjp; b: &vec![0.4, -0.3], p: const &ps);
}
