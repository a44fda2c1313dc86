//! Methods, associated functions, and generic methods of generic types.

#![deny(warnings)]

use std::marker::PhantomData;

use backprop::differentiable;

struct Polynomial<U> {
    coefficients: Vec<f64>,
    unit: PhantomData<U>,
}

impl<U> Polynomial<U> {
    #[differentiable(wrt(x))]
    fn at(&self, x: f64) -> f64 {
        let mut value = 0.0;
        for c in self.coefficients.iter().rev() {
            value = value * x + c;
        }
        value
    }

    /// `label` has a type of its own.
    #[differentiable(wrt(x))]
    fn labelled<L: AsRef<str> + Clone>(&self, label: L, x: f64) -> f64 {
        assert!(!label.as_ref().is_empty());
        2.0 * self.at(x)
    }

    #[differentiable(wrt(x))]
    fn of_array<const N: usize>(&self, x: [f64; N]) -> f64 {
        let mut sum = 0.0;
        for i in 0..N {
            sum += Self::square(self.at(x[i]));
        }
        sum
    }

    // Nothing here says that it belongs to a type.
    #[differentiable(associated)]
    fn square(x: f64) -> f64 {
        x * x
    }
}

struct Borrowed<'a> {
    weights: &'a [f64],
}

impl<'a> Borrowed<'a> {
    #[differentiable(wrt(x))]
    fn dot(&self, x: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (w, x) in self.weights.iter().zip(x) {
            sum += w * x;
        }
        sum
    }

    #[differentiable(wrt(x))]
    fn first<'b>(&'a self, x: &'b [f64]) -> f64
    where
        'a: 'b,
    {
        self.weights[0] * x[0]
    }
}

fn main() {
    let p = Polynomial::<u8> { coefficients: vec![1.0, 0.0, 3.0], unit: PhantomData };
    assert_eq!(p.at_grad(2.0), (13.0, 12.0));
    assert_eq!(p.labelled_grad("p", 2.0), (26.0, 24.0));
    assert_eq!(p.of_array_grad([1.0, 2.0]), (185.0, [48.0, 312.0]));
    let (value, pullback) = p.at_vjp(2.0);
    assert_eq!((value, pullback(10.0)), (13.0, 120.0));

    let b = Borrowed { weights: &[2.0, 3.0] };
    assert_eq!(b.dot_grad(&[1.0, 1.0]), (5.0, vec![2.0, 3.0]));
    assert_eq!(b.first_grad(&[4.0]), (8.0, vec![2.0]));
    let pullback = {
        let x = [1.0, 1.0];
        let (_, pullback) = b.dot_vjp(&x);
        pullback(2.0)
    };
    assert_eq!(pullback, [4.0, 6.0]);
}
