//! Ties, zeros, infinities, and the messages of wrong shapes.

use crate::{Matrix, Vector, adjoint};

fn v<const N: usize>(elements: [f64; N]) -> Vector {
    elements.into()
}

/// What a rule adds to a slot of zeros.
fn added<const N: usize>(rule: impl FnOnce(&mut Vector)) -> [f64; N] {
    let mut slot = Vector::zeros(N);
    rule(&mut slot);
    slot.as_slice().try_into().unwrap()
}

#[test]
fn extrema_share_ties() {
    let (a, b) = (v([1.0, 1.0, 0.0]), v([1.0, 1.0, 2.0]));
    assert_eq!(added(|s| adjoint::max(s, &a, &a.max(), &1.0)), [0.5, 0.5, 0.0]);
    assert_eq!(added(|s| adjoint::min(s, &b, &b.min(), &1.0)), [0.5, 0.5, 0.0]);
    let with_nan = v([f64::NAN, 2.0]);
    assert_eq!(added(|s| adjoint::max(s, &with_nan, &2.0, &1.0)), [0.0, 1.0]);
    let [only] = added(|s| adjoint::max(s, &v([f64::NAN]), &f64::NAN, &1.0));
    assert!(only.is_nan());
}

#[test]
fn norms_and_deviations_at_their_kinks() {
    let (zero, equal) = (v([0.0, 0.0]), v([1.0, 1.0]));
    assert_eq!(added(|s| adjoint::norm(s, &zero, &zero.norm(), &1.0)), [0.0, 0.0]);
    assert_eq!(added(|s| adjoint::std(s, &equal, &equal.std(), &1.0)), [0.0, 0.0]);
    for scale in [1e-320, 1e-200, 1e200] {
        let a = v([3.0 * scale, 4.0 * scale]);
        let [x, y] = added(|s| adjoint::norm(s, &a, &a.norm(), &1.0));
        assert!((x - 0.6).abs() < 1e-3 && (y - 0.8).abs() < 1e-3, "{scale}: {x}, {y}");
    }
}

#[test]
fn products_with_zeros() {
    assert_eq!(added(|s| adjoint::product(s, &v([0.0, 2.0, 3.0]), &1.0)), [6.0, 0.0, 0.0]);
    assert_eq!(added(|s| adjoint::product(s, &v([0.0, 0.0, 3.0]), &1.0)), [0.0, 0.0, 0.0]);
}

#[test]
fn log_sum_exp_far_out() {
    let at = |a: Vector| added(|s| adjoint::log_sum_exp(s, &a, &a.log_sum_exp(), &1.0));
    assert_eq!(at(v([1000.0, 1000.0])), [0.5, 0.5]);
    assert_eq!(at(v([f64::NEG_INFINITY, 0.0])), [0.0, 1.0]);
    let [small, large] = at(v([1000.0, 1001.0]));
    assert!(
        (small / 0.2689414213699951 - 1.0).abs() < 1e-15 && (large + small - 1.0).abs() < 1e-15
    );
}

#[test]
fn quotients_keep_their_digits_and_their_zeros() {
    let by_divisor = |a: f64, b: f64, d: f64| {
        let mut slot = 0.0;
        adjoint::div_rhs(&mut slot, &b, &(a / b), &d);
        slot
    };
    assert_eq!(by_divisor(1e200, 1e200, 1.0), -1e-200);
    assert_eq!(by_divisor(1e-200, 1e-200, 1.0), -1e200);
    assert_eq!(by_divisor(1.0, 0.0, 0.0), 0.0);
    let mut slot = 0.0;
    adjoint::div_lhs(&mut slot, &0.0, &0.0);
    assert_eq!(slot, 0.0);
}

#[test]
fn determinants_of_any_rank() {
    let cofactors = |a: Matrix| {
        let mut slot = Matrix::zeros(a.rows(), a.columns());
        adjoint::det(&mut slot, &a, &1.0);
        slot
    };
    let rank_one = Matrix::from([[1.0, 2.0], [2.0, 4.0]]);
    assert_eq!(cofactors(rank_one), Matrix::from([[4.0, -2.0], [-2.0, 1.0]]));
    let rank_two = Matrix::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    let want = Matrix::from([[-3.0, 6.0, -3.0], [6.0, -12.0, 6.0], [-3.0, 6.0, -3.0]]);
    assert!((cofactors(rank_two) - want).norm() < 1e-13);
    assert_eq!(cofactors(Matrix::from([[1.0; 3]; 3])), Matrix::zeros(3, 3));
    assert_eq!(cofactors(Matrix::zeros(1, 1)), Matrix::from([[1.0]]));
    assert_eq!(cofactors(Matrix::zeros(2, 2)), Matrix::zeros(2, 2));
    let permuted = Matrix::from([[0.0, 0.0, 2.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]]);
    let want = Matrix::from([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-6.0, 0.0, 0.0]]);
    assert_eq!(cofactors(permuted), want);
}

#[test]
fn references_are_looked_through() {
    let (x, mut d) = (Box::new(v([1.0, 2.0])), v([3.0, 4.0]));
    let mut slot = 1.0;
    adjoint::mul_lhs(&mut slot, &&x, &&mut d);
    assert_eq!(slot, 12.0);
}

#[test]
#[should_panic(expected = "slot and adjoint: 2 and 3")]
fn wrong_adjoint() {
    adjoint::add_lhs(&mut v([1.0, 2.0]), &v([1.0, 2.0, 3.0]));
}

#[test]
#[should_panic(expected = "matrix * vector: 2×3 times 4")]
fn wrong_product() {
    let _ = Matrix::<f64>::zeros(2, 3) * Vector::zeros(4);
}

#[test]
#[should_panic(expected = "vector - vector: 1 and 2")]
fn wrong_difference() {
    let _ = &v([1.0]) - v([1.0, 2.0]);
}

#[test]
#[should_panic(expected = "solve of a singular 2×2 matrix")]
fn singular_system() {
    let _ = Matrix::from([[1.0, 2.0], [2.0, 4.0]]).solve(&v([1.0, 1.0]));
}
