use backprop::prelude::*;

use std::collections::{BTreeMap, HashMap};

struct Sale {
    region: String,
    log_size: f64,
    volume: f64,
}

#[differentiable(wrt(effects, slope))]
fn hierarchical_loss(effects: &[f64], slope: f64, sales: &[Sale]) -> f64 {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for s in sales {
        let next = index.len();
        index.entry(s.region.as_str()).or_insert(next);
    }
    let mut residual_sums = vec![0.0; index.len()];
    let mut counts = vec![0usize; index.len()];
    for s in sales {
        let g = index[s.region.as_str()];
        residual_sums[g] += s.volume.ln() - effects[g] - slope * s.log_size;
        counts[g] += 1;
    }
    residual_sums.iter().zip(&counts).filter(|(_, n)| **n > 0).map(|(r, n)| r * r / *n as f64).sum()
}
#[test]
fn gradient() {
    let s = |r: &str, l: f64, v: f64| Sale { region: r.to_string(), log_size: l, volume: v };
    let sales = [s("n", 0.1, 2.0), s("s", 0.7, 3.0), s("n", 1.1, 1.5), s("e", 0.4, 0.9)];
    check!(hierarchical_loss, hierarchical_loss_grad, hierarchical_loss_grad_add, hierarchical_loss_vjp; e: &vec![0.2, -0.1, 0.4], b: 0.6, s: const &sales);
}
