use backprop::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Step {
    state: usize,
    action: usize,
    reward: f64,
}

#[differentiable]
fn softmax(logits: &[f64]) -> Vec<f64> {
    let m = logits.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let exps: Vec<f64> = logits.iter().map(|l| (l - m).exp()).collect();
    let z: f64 = exps.iter().sum();
    exps.into_iter().map(|e| e / z).collect()
}

/// PPO clipped surrogate with entropy bonus.
#[differentiable(wrt(logits, values))]
fn ppo_loss(
    logits: &[Vec<f64>],
    values: &[f64],
    old_probs: &[f64],
    episode: &[Step],
    gamma: f64,
    lambda: f64,
    clip: f64,
) -> f64 {
    // advantages by GAE; the value baseline is not differentiated through
    let mut advantages = vec![0.0; episode.len()];
    let mut gae = 0.0;
    let baseline: Vec<f64> = stop_gradient(values).to_vec();
    for (t, step) in episode.iter().enumerate().rev() {
        let next = if t + 1 < episode.len() { baseline[episode[t + 1].state] } else { 0.0 };
        let delta = step.reward + gamma * next - baseline[step.state];
        gae = delta + gamma * lambda * gae;
        advantages[t] = gae;
    }
    let mut loss = 0.0;
    for ((step, adv), old) in episode.iter().zip(&advantages).zip(old_probs) {
        let probs = softmax(&logits[step.state]);
        let ratio = probs[step.action] / old;
        let clipped = ratio.clamp(1.0 - clip, 1.0 + clip);
        loss -= (ratio * adv).min(clipped * adv);
        let entropy: f64 = probs.iter().map(|p| -p * p.ln()).sum();
        loss -= 0.01 * entropy;
        loss += 0.5 * (values[step.state] - (adv + baseline[step.state])).powi(2);
    }
    loss / episode.len() as f64
}
#[test]
fn gradient() {
    let ep = [
        Step { state: 0, action: 1, reward: 1.0 },
        Step { state: 1, action: 0, reward: -0.5 },
        Step { state: 0, action: 0, reward: 0.2 },
    ];
    let l = vec![vec![0.1, 0.4], vec![-0.3, 0.2]];
    let v0 = [0.3, -0.1];
    let (v, (gl, gv)) = ppo_loss_grad(&l, &v0, &[0.5, 0.4, 0.6], &ep, 0.9, 0.95, 0.2);
    assert_eq!(v, ppo_loss(&l, &v0, &[0.5, 0.4, 0.6], &ep, 0.9, 0.95, 0.2));
    crate::common::assert_gradient(
        &l,
        |l| ppo_loss(l, &v0, &[0.5, 0.4, 0.6], &ep, 0.9, 0.95, 0.2),
        &gl,
    );
}
