//! Every rule against difference quotients, in both precisions, on several shapes.

mod cases;
mod corners;

use cases::{Case, cases};

use crate::{Float, Matrix, Shape, Vector};

/// An operand or result of any shape.
#[derive(Debug, Clone, PartialEq)]
enum Value<T> {
    Scalar(T),
    Vector(Vector<T>),
    Matrix(Matrix<T>),
}

impl<T: Float> Value<T> {
    fn from_fn(shape: Shape, mut f: impl FnMut() -> T) -> Self {
        match shape {
            Shape::Scalar => Self::Scalar(f()),
            Shape::Vector(length) => Self::Vector(Vector::from_fn(length, |_| f())),
            Shape::Matrix(rows, columns) => {
                Self::Matrix(Matrix::from_fn(rows, columns, |_, _| f()))
            }
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Self::Scalar(_) => Shape::Scalar,
            Self::Vector(v) => v.shape_of(),
            Self::Matrix(m) => m.shape_of(),
        }
    }

    fn elements(&self) -> &[T] {
        match self {
            Self::Scalar(s) => std::slice::from_ref(s),
            Self::Vector(v) => v.as_slice(),
            Self::Matrix(m) => m.as_slice(),
        }
    }

    fn elements_mut(&mut self) -> &mut [T] {
        match self {
            Self::Scalar(s) => std::slice::from_mut(s),
            Self::Vector(v) => v.as_mut_slice(),
            Self::Matrix(m) => m.as_mut_slice(),
        }
    }

    fn dot(&self, other: &Self) -> T {
        assert_eq!(self.shape(), other.shape());
        self.elements().iter().zip(other.elements()).map(|(&a, &b)| a * b).sum()
    }

    /// The same numbers in double precision.
    fn widen(&self) -> Value<f64> {
        let mut elements = self.elements().iter().map(|&x| T::to_f64(x));
        Value::from_fn(self.shape(), || elements.next().unwrap())
    }
}

/// A small linear congruential generator (Knuth's constants), so that the data is the same
/// everywhere. Yields multiples of 2⁻¹⁶ in ±1, exact in single precision, none close to 0.
struct Random(u64);

impl Random {
    fn next<T: Float>(&mut self) -> T {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let magnitude = 0.125 + ((self.0 >> 33) % 57344) as f64 / 65536.0;
        T::from_f64(if self.0 >> 63 == 0 { magnitude } else { -magnitude })
    }
}

/// Arguments, adjoint and slots before and after one call of each of a case's rules.
struct Run<T> {
    arguments: Vec<Value<T>>,
    d: Value<T>,
    before: Vec<Value<T>>,
    after: Vec<Value<T>>,
}

fn run<T: Float>(case: &Case<T>, shapes: &[Shape]) -> Run<T> {
    let mut random = Random(shapes.len() as u64);
    let arguments: Vec<_> =
        shapes.iter().map(|&shape| Value::from_fn(shape, || random.next())).collect();
    let out = (case.forward)(&arguments);
    let d = Value::from_fn(out.shape(), || random.next());
    let before: Vec<_> =
        shapes.iter().map(|&shape| Value::from_fn(shape, || random.next())).collect();
    let mut after = before.clone();
    for (rule, slot) in case.rules.iter().zip(&mut after) {
        rule(slot, &arguments, &out, &d);
    }
    Run { arguments, d, before, after }
}

#[test]
fn rules_agree_with_difference_quotients() {
    for case in cases::<f64>() {
        for shapes in case.shapes {
            let Run { arguments, d, before, after } = run(&case, shapes);
            for operand in 0..case.rules.len() {
                for i in 0..arguments[operand].elements().len() {
                    let quotient = |h: f64| {
                        let mut moved = arguments.clone();
                        moved[operand].elements_mut()[i] += h;
                        let up = (case.forward)(&moved).dot(&d);
                        moved[operand].elements_mut()[i] -= 2.0 * h;
                        (up - (case.forward)(&moved).dot(&d)) / (2.0 * h)
                    };
                    let want = (4.0 * quotient(1e-4) - quotient(2e-4)) / 3.0;
                    let got = after[operand].elements()[i] - before[operand].elements()[i];
                    assert!(
                        (got - want).abs() <= 1e-8 * (1.0 + want.abs()),
                        "{} {shapes:?}, operand {operand}[{i}]: {got} instead of {want}",
                        case.name
                    );
                }
            }
        }
    }
}

#[test]
fn single_precision_agrees_with_double() {
    for (single, double) in cases::<f32>().into_iter().zip(cases::<f64>()) {
        for shapes in single.shapes {
            let (single, double) = (run(&single, shapes), run(&double, shapes));
            assert_eq!(single.arguments[0].widen(), double.arguments[0]);
            for (single_slot, double_slot) in single.after.iter().zip(&double.after) {
                let scale = double_slot.dot(double_slot).sqrt();
                for (got, want) in single_slot.widen().elements().iter().zip(double_slot.elements())
                {
                    assert!(
                        (got - want).abs() <= 1e-4 * (1.0 + scale),
                        "{shapes:?}: {got} in single, {want} in double precision"
                    );
                }
            }
        }
    }
}
