//! Operators of vectors and matrices in every combination of values and references, and how they
//! behave in generic code.

use backprop_runtime::{Differentiable, Float, Matrix, Path, ScalarFunctions, Scalars, Vector};

fn v() -> Vector {
    Vector::from([1.0, 2.0])
}

fn m() -> Matrix {
    Matrix::from([[1.0, 2.0], [3.0, 4.0]])
}

macro_rules! all_forms {
    ($a:expr, $op:tt, $b:expr, $want:expr) => {
        assert_eq!($a $op $b, $want);
        assert_eq!($a $op &$b, $want);
        assert_eq!(&$a $op $b, $want);
        assert_eq!(&$a $op &$b, $want);
    };
}

#[test]
fn vectors() {
    let w = Vector::from([10.0, 30.0]);
    all_forms!(w.clone(), +, v(), Vector::from([11.0, 32.0]));
    all_forms!(w.clone(), -, v(), Vector::from([9.0, 28.0]));
    all_forms!(w.clone(), +, 1.0, Vector::from([11.0, 31.0]));
    all_forms!(w.clone(), -, 1.0, Vector::from([9.0, 29.0]));
    all_forms!(w.clone(), *, 2.0, Vector::from([20.0, 60.0]));
    all_forms!(w.clone(), /, 2.0, Vector::from([5.0, 15.0]));
    all_forms!(1.0, +, v(), Vector::from([2.0, 3.0]));
    all_forms!(1.0, -, v(), Vector::from([0.0, -1.0]));
    all_forms!(2.0, *, v(), Vector::from([2.0, 4.0]));
    all_forms!(2.0, /, v(), Vector::from([2.0, 1.0]));
    assert_eq!(-v(), Vector::from([-1.0, -2.0]));
    assert_eq!(-&v(), -v());
}

#[test]
fn matrices() {
    all_forms!(m(), +, m(), Matrix::from([[2.0, 4.0], [6.0, 8.0]]));
    all_forms!(m(), -, Matrix::identity(2), Matrix::from([[0.0, 2.0], [3.0, 3.0]]));
    all_forms!(m(), *, 2.0, Matrix::from([[2.0, 4.0], [6.0, 8.0]]));
    all_forms!(12.0, /, m(), Matrix::from([[12.0, 6.0], [4.0, 3.0]]));
    all_forms!(m(), *, v(), Vector::from([5.0, 11.0]));
    all_forms!(m(), *, m(), Matrix::from([[7.0, 10.0], [15.0, 22.0]]));
    assert_eq!(-&m(), -1.0 * m());
}

#[test]
fn assigning_forms() {
    let mut w = v();
    w += v();
    w += &v();
    w -= 1.0;
    w *= 2.0;
    w /= &4.0;
    w -= &v();
    assert_eq!(w, Vector::from([0.0, 0.5]));
    let mut n = m();
    n -= &m();
    n += 1.0;
    assert_eq!(n, Matrix::from([[1.0; 2]; 2]));
}

#[test]
fn single_precision_literals_are_inferred() {
    let v: Vector<f32> = 2.0 * Vector::from([1.0_f32]) + 1.0;
    assert_eq!(v[0], 3.0_f32);
}

/// Large enough for the blocked kernel, with dimensions that fit no block.
#[test]
fn large_products_agree_with_the_definition() {
    let a = Matrix::from_fn(37, 29, |i, j| ((3 * i + 5 * j) % 11) as f64 - 5.0);
    let b = Matrix::from_fn(29, 43, |i, j| ((7 * i + 2 * j) % 13) as f64 - 6.0);
    let entry = |i: usize, j: usize| (0..29).map(|k| a[(i, k)] * b[(k, j)]).sum();
    let want = Matrix::from_fn(37, 43, entry);
    assert_eq!(&a * &b, want);
    let mut by_transposes = Matrix::zeros(37, 43);
    by_transposes.add_mul_transpose(&a, &b.transpose());
    assert_eq!(by_transposes, want);
    by_transposes.add_transpose_mul(&a.transpose(), &b);
    assert_eq!(by_transposes, 2.0 * want);
}

#[test]
fn inverse_and_solve_agree() {
    let a = Matrix::from_fn(6, 6, |i, j| if i == j { 0.5 } else { ((i * j + i) % 7) as f64 });
    let b = Vector::from_fn(6, |i| i as f64 - 2.0);
    let x = a.solve(&b);
    assert!((&a * &x - &b).norm() < 1e-12);
    assert!((a.inverse() * b - x).norm() < 1e-12);
    assert!((a.inverse().det() * a.det() - 1.0).abs() < 1e-12);
}

#[test]
fn empty_values() {
    let none = Vector::<f64>::default();
    assert_eq!((none.sum(), none.product(), none.norm()), (0.0, 1.0, 0.0));
    assert_eq!((none.log_sum_exp(), none.argmax()), (f64::NEG_INFINITY, None));
    assert_eq!(none.softmax(), none);
    let flat = Matrix::<f64>::zeros(2, 0);
    assert_eq!(&flat * &none, Vector::zeros(2));
    assert_eq!(flat.transpose() * Vector::zeros(2), none);
    assert_eq!(Matrix::<f64>::zeros(0, 0).det(), 1.0);
}

/// A trait of the user's with methods of the same names as those of `f64`.
trait Number: Copy {
    fn sin(self) -> Self;
    fn sigmoid_of(x: Self) -> Self;
}

impl Number for f64 {
    fn sin(self) -> f64 {
        f64::sin(self)
    }

    fn sigmoid_of(x: f64) -> f64 {
        x.sigmoid()
    }
}

#[test]
fn generic_code_may_bound_by_another_trait_as_well() {
    fn f<T: Number + Float>(x: T) -> T {
        x.sin() + T::sin(x) + T::sigmoid_of(x)
    }
    assert_eq!(f(0.0), 0.5);
}

#[test]
fn scalars_are_visited_with_their_places() {
    let mut names = Vec::new();
    (v(), m()).visit(&mut Path::root(), &mut |path, run| {
        let Scalars::F64(run) = run else { panic!("single precision") };
        names.extend((0..run.len()).map(|i| format!("{}={}", path.element(i), run[i])));
    });
    assert_eq!(
        names,
        ["0[0]=1", "0[1]=2", "1[(0, 0)]=1", "1[(0, 1)]=2", "1[(1, 0)]=3", "1[(1, 1)]=4"]
    );
}
