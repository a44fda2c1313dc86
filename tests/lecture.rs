//! The gradients of a first lecture on backpropagation, against the formulas that one finds on
//! its slides: building blocks, chain rule, hinge loss, networks with two and four layers, and
//! backpropagation by numbers.

// The example's modules are shared; there they are public.
#![allow(unreachable_pub)]

#[path = "../examples/train/closed_form.rs"]
mod closed_form;
#[allow(dead_code)]
#[path = "../examples/train/models.rs"]
mod models;

use backprop::init::{Distribution, fill, seeded};
use backprop::prelude::*;
use models::{FourLayer, Linear, Model, TwoLayer};

mod boxes {
    use super::*;

    #[differentiable(jvp)]
    fn add(a: f64, b: f64) -> f64 {
        a + b
    }

    #[differentiable(jvp)]
    fn subtract(a: f64, b: f64) -> f64 {
        a - b
    }

    #[differentiable(jvp)]
    fn multiply(a: f64, b: f64) -> f64 {
        a * b
    }

    #[differentiable(jvp)]
    fn square(a: f64) -> f64 {
        a * a
    }

    #[differentiable(jvp)]
    fn maximum(a: f64, b: f64) -> f64 {
        a.max(b)
    }

    #[differentiable(jvp)]
    fn logistic(a: f64) -> f64 {
        1.0 / (1.0 + (-a).exp())
    }

    #[test]
    fn gradients_on_the_edges() {
        for (a, b) in [(3.0, 4.0), (-2.0, 0.5), (0.0, -1.5), (1e-3, 1e6)] {
            assert_eq!(add_grad(a, b), (a + b, (1.0, 1.0)));
            assert_eq!(subtract_grad(a, b), (a - b, (1.0, -1.0)));
            assert_eq!(multiply_grad(a, b), (a * b, (b, a)));
            assert_eq!(square_grad(a), (a * a, 2.0 * a));
            let (a_wins, b_wins) = if a > b { (1.0, 0.0) } else { (0.0, 1.0) };
            assert_eq!(maximum_grad(a, b), (a.max(b), (a_wins, b_wins)));
            let (value, slope) = logistic_grad(a);
            assert_eq!(value, logistic(a));
            let expected = value * logistic(-a);
            assert!((slope - expected).abs() <= 1e-15 * expected, "σ' at {a} is {slope}");
        }
    }

    #[test]
    fn where_both_are_the_maximum_they_share() {
        assert_eq!(maximum_grad(2.0, 2.0), (2.0, (0.5, 0.5)));
    }

    #[test]
    fn the_slope_of_the_logistic_function_vanishes_on_both_sides() {
        for a in [30.0, -30.0] {
            let (_, slope) = logistic_grad(a);
            assert!((0.0..1e-12).contains(&slope), "{slope} at {a}");
        }
    }
}

mod composition {
    use super::*;

    #[differentiable(jvp)]
    fn square(a: f64) -> f64 {
        a * a
    }

    #[differentiable(jvp)]
    fn fourth_power(a: f64) -> f64 {
        let b = square(a);
        square(b)
    }

    #[test]
    fn multiplies_the_gradients_on_the_path() {
        for a in [-3.0, -1.0, 0.0, 0.5, 2.0, 10.0] {
            assert_eq!(fourth_power_grad(a), (a * a * (a * a), 4.0 * a * a * a));
        }
    }
}

mod linear_regression {
    use super::*;

    #[differentiable(jvp, wrt(w))]
    fn loss(phi: &[f64], y: f64, w: &[f64]) -> f64 {
        let mut score = 0.0;
        for (w, phi) in w.iter().zip(phi) {
            score += w * phi;
        }
        let residual = score - y;
        residual * residual
    }

    #[test]
    fn by_numbers() {
        assert_eq!(loss_grad(&[1.0, 2.0], 2.0, &[3.0, 1.0]), (9.0, vec![6.0, 12.0]));
    }

    #[test]
    fn adds_to_what_the_buffer_holds() {
        let mut dw = [100.0, 200.0];
        assert_eq!(loss_grad_add(&[1.0, 2.0], 2.0, &[3.0, 1.0], &mut dw), 9.0);
        assert_eq!(dw, [106.0, 212.0]);
    }

    #[test]
    fn with_vectors() {
        let model = Linear { w: Vector::from([3.0, 1.0]) };
        let mut gradient = model.zero_like();
        let loss = model.loss_grad_add(&Vector::from([1.0, 2.0]), 2.0, &mut gradient);
        assert_eq!((loss, gradient.w), (9.0, Vector::from([6.0, 12.0])));
    }
}

mod hinge {
    use super::*;

    #[differentiable(jvp, wrt(w))]
    fn loss(w: &Vector, phi: &Vector, y: f64) -> f64 {
        let margin = w.dot(phi) * y;
        (1.0 - margin).max(0.0)
    }

    #[test]
    fn counts_only_examples_with_a_margin_below_one() {
        let w = Vector::from([2.0, -1.0]);
        for (phi, y) in [
            ([1.0, 0.0], 1.0),  // margin 2
            ([0.5, 0.0], 1.0),  // margin 1, the kink
            ([0.5, 0.5], 1.0),  // margin ½
            ([1.0, 0.0], -1.0), // margin −2
        ] {
            let phi = Vector::from(phi);
            let margin = w.dot(&phi) * y;
            let (value, gradient) = loss_grad(&w, &phi, y);
            assert_eq!(value, (1.0 - margin).max(0.0));
            let expected = if margin < 1.0 { &phi * -y } else { Vector::zeros(2) };
            assert_eq!(gradient, expected, "at margin {margin}");
        }
    }
}

/// Compares the generated gradient with the closed form at random networks and examples of many
/// shapes, within a few rounding errors of each number.
fn compare_with_closed_form<M: Model>() {
    let mut rng = seeded(17);
    for (features, hidden) in [(1, 1), (2, 3), (5, 4), (9, 32), (40, 7)] {
        let mut model = M::initial(features, hidden, &mut rng);
        let mut x = Vector::zeros(features);
        for _ in 0..20 {
            fill(&mut model, Distribution::normal(0.0, 1.0), &mut rng);
            fill(&mut x, Distribution::normal(0.0, 1.0), &mut rng);
            let y = Distribution::normal(0.0, 2.0).sample(&mut rng);

            // Start from a buffer that holds something already.
            let mut generated = model.clone();
            let mut by_hand = model.clone();
            let value = model.loss_grad_add(&x, y, &mut generated);
            let value_by_hand = model.closed_form_loss_grad_add(&x, y, &mut by_hand);
            assert_eq!(value, model.loss(&x, y));
            assert!((value - value_by_hand).abs() <= 1e-14 * (1.0 + value));
            let size = 1.0 + by_hand.flat_norm();
            for (a, b) in generated.to_flat_vec().into_iter().zip(by_hand.to_flat_vec()) {
                assert!((a - b).abs() <= 1e-14 * size, "{a} is not {b} ({features}, {hidden})");
            }
        }
    }
}

#[test]
fn linear_predictors_match_the_closed_form() {
    compare_with_closed_form::<Linear>();
}

#[test]
fn two_layer_networks_match_the_closed_form() {
    compare_with_closed_form::<TwoLayer>();
}

#[test]
fn four_layer_networks_match_the_closed_form() {
    compare_with_closed_form::<FourLayer>();
}

mod modularity {
    use super::*;

    #[differentiable(jvp)]
    fn squared(score: f64, y: f64) -> f64 {
        (score - y) * (score - y)
    }

    #[differentiable(jvp)]
    fn hinge(score: f64, y: f64) -> f64 {
        (1.0 - score * y).max(0.0)
    }

    #[differentiable(jvp)]
    fn logistic(score: f64, y: f64) -> f64 {
        (-score * y).softplus()
    }

    #[differentiable(jvp, wrt(w))]
    fn linear(w: &Vector, phi: &Vector) -> f64 {
        w.dot(phi)
    }

    #[differentiable(jvp, wrt(v, w))]
    fn neural(v: &Matrix, w: &Vector, phi: &Vector) -> f64 {
        w.dot(&(v * phi).sigmoid())
    }

    macro_rules! combine {
        ($linear_loss:ident, $neural_loss:ident, $loss:ident) => {
            #[differentiable(jvp, wrt(w))]
            fn $linear_loss(w: &Vector, phi: &Vector, y: f64) -> f64 {
                $loss(linear(w, phi), y)
            }

            #[differentiable(jvp, wrt(v, w))]
            fn $neural_loss(v: &Matrix, w: &Vector, phi: &Vector, y: f64) -> f64 {
                $loss(neural(v, w, phi), y)
            }
        };
    }

    combine!(linear_squared, neural_squared, squared);
    combine!(linear_hinge, neural_hinge, hinge);
    combine!(linear_logistic, neural_logistic, logistic);

    #[test]
    fn slopes_of_the_losses() {
        for score in [-2.0, 0.0, 0.3, 4.0] {
            for y in [1.0, -1.0] {
                assert_eq!(squared_grad(score, y).1.0, 2.0 * (score - y));
                let wrong = if score * y < 1.0 { -y } else { 0.0 };
                assert_eq!(hinge_grad(score, y).1.0, wrong);
                let expected = -y / (1.0 + (score * y).exp());
                assert!((logistic_grad(score, y).1.0 - expected).abs() <= 1e-16);
            }
        }
    }

    /// Whatever drives a loss, the gradient is that of the hypothesis times that of the loss.
    #[test]
    fn any_hypothesis_with_any_loss() {
        let phi = Vector::from([1.0, -0.5]);
        let w = Vector::from([0.4, 0.3]);
        let v = Matrix::from([[0.2, 0.7], [-0.1, 0.5]]);
        for y in [1.0, -1.0] {
            let (score, dw) = linear_grad(&w, &phi);
            for (slope, (_, gradient)) in [
                (squared_grad(score, y).1.0, linear_squared_grad(&w, &phi, y)),
                (hinge_grad(score, y).1.0, linear_hinge_grad(&w, &phi, y)),
                (logistic_grad(score, y).1.0, linear_logistic_grad(&w, &phi, y)),
            ] {
                close(&gradient, &(&dw * slope));
            }
            let (score, (dv, dw)) = neural_grad(&v, &w, &phi);
            for (slope, (_, gradient)) in [
                (squared_grad(score, y).1.0, neural_squared_grad(&v, &w, &phi, y)),
                (hinge_grad(score, y).1.0, neural_hinge_grad(&v, &w, &phi, y)),
                (logistic_grad(score, y).1.0, neural_logistic_grad(&v, &w, &phi, y)),
            ] {
                close(&gradient, &(&dv * slope, &dw * slope));
            }
        }
    }

    #[track_caller]
    fn close<G: VectorSpace>(a: &G, b: &G) {
        let pairs = a.to_flat_vec().into_iter().zip(b.to_flat_vec());
        assert!(pairs.clone().count() > 0);
        for (a, b) in pairs {
            assert!((a - b).abs() <= 1e-15, "{a} is not {b}");
        }
    }
}
