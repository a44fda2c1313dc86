//! How a trajectory depends on one parameter, and a fit by Gauss and Newton.
//!
//! A pendulum with friction, x″ = −sin x − c x′, is followed in small steps. The function returns
//! many numbers and depends on few: forward mode gives the derivative of the whole trajectory with
//! respect to one parameter in one run (a column of the Jacobian), reverse mode one row.
//!
//!     cargo run --example sensitivity

use backprop::prelude::*;

const STEPS: usize = 80;
const DT: f64 = 0.1;

#[differentiable(jvp)]
fn acceleration(x: f64, v: f64, friction: f64) -> f64 {
    -x.sin() - friction * v
}

/// The angles, by the midpoint rule.
#[differentiable(jvp, wrt(start, friction))]
fn trajectory(start: f64, friction: f64) -> Vec<f64> {
    let (mut x, mut v) = (start, 0.0);
    let mut angles = Vec::new();
    for _ in 0..STEPS {
        let a = acceleration(x, v, friction);
        let (half_x, half_v) = (x + 0.5 * DT * v, v + 0.5 * DT * a);
        x += DT * half_v;
        v += DT * acceleration(half_x, half_v, friction);
        angles.push(x);
    }
    angles
}

fn main() {
    // How the angles change if there is more friction.
    let (angles, change) = trajectory_jvp(1.0, 0.2, 0.0, 1.0);
    println!("   t     angle   ∂angle/∂friction");
    for step in (9..STEPS).step_by(10) {
        println!("{:4.1} {:+9.5} {:+12.5}", (step + 1) as f64 * DT, angles[step], change[step]);
    }
    let h = 1e-5;
    let (up, down) = (trajectory(1.0, 0.2 + h), trajectory(1.0, 0.2 - h));
    for (step, change) in change.iter().enumerate() {
        assert!((change - (up[step] - down[step]) / (2.0 * h)).abs() < 1e-8);
    }

    // Gauss–Newton: two parameters from what was measured; J by columns, two runs per step.
    let measured = trajectory(1.3, 0.35);
    let (mut start, mut friction) = (1.0, 0.2);
    println!("\n   start  friction     error");
    for _ in 0..8 {
        let (angles, by_start) = trajectory_jvp(start, friction, 1.0, 0.0);
        let (_, by_friction) = trajectory_jvp(start, friction, 0.0, 1.0);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let residual: Vec<f64> = measured.iter().zip(&angles).map(|(m, a)| m - a).collect();
        println!("{start:8.5} {friction:9.5} {:9.1e}", dot(&residual, &residual));
        let normal = Matrix::from([
            [dot(&by_start, &by_start), dot(&by_start, &by_friction)],
            [dot(&by_start, &by_friction), dot(&by_friction, &by_friction)],
        ]);
        let gradient = Vector::from([dot(&by_start, &residual), dot(&by_friction, &residual)]);
        let step = normal.solve(&gradient);
        start += step[0];
        friction += step[1];
    }
    assert!((start - 1.3).abs() < 1e-10 && (friction - 0.35).abs() < 1e-10);

    // The pullback is the transpose: ⟨J v, w⟩ = ⟨v, Jᵀ w⟩.
    let weights: Vec<f64> = (0..STEPS).map(|step| (step as f64).cos()).collect();
    let (_, along) = trajectory_jvp(start, friction, 0.3, -0.7);
    let (_, pullback) = trajectory_vjp(start, friction);
    let (d_start, d_friction) = pullback(weights.clone());
    let forward: f64 = along.iter().zip(&weights).map(|(t, w)| t * w).sum();
    let reverse = 0.3 * d_start - 0.7 * d_friction;
    println!("\n⟨J v, w⟩ = {forward:+.12}\n⟨v, Jᵀ w⟩ = {reverse:+.12}");
    assert!((forward - reverse).abs() < 1e-10);
}
