use backprop::prelude::*;

struct CashFlow {
    day: i32,
    amount: f64,
}

#[differentiable(wrt(amounts))]
fn xirr(amounts: &[f64], days: &[i32]) -> f64 {
    let npv = |rate: f64| -> f64 {
        amounts.iter().zip(days).map(|(a, &d)| a / (1.0 + rate).powf(d as f64 / 365.0)).sum()
    };
    // bracket and bisect, then polish
    let (mut lo, mut hi) = (-0.9, 10.0);
    for _ in 0..60 {
        let mid = 0.5 * (lo + hi);
        if npv(mid) > 0.0 {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    let mut r = 0.5 * (lo + hi);
    for _ in 0..3 {
        let f = npv(r);
        let df: f64 = amounts
            .iter()
            .zip(days)
            .map(|(a, &d)| {
                let t = d as f64 / 365.0;
                -t * a / (1.0 + r).powf(t + 1.0)
            })
            .sum();
        r -= f / df;
    }
    r
}
#[test]
fn gradient() {
    check!(xirr, xirr_grad, xirr_grad_add, xirr_vjp; a: &vec![-100.0, 30.0, 40.0, 50.0], d: const &[0, 100, 400, 700]);
}
