//! What an iterator over a user's type yields need not be what its indices name.

use std::ops::{Index, IndexMut};

use backprop::{differentiable, Differentiable};

#[derive(Clone, Differentiable)]
struct Poly {
    c: Vec<f64>,
}

impl Poly {
    fn iter(&self) -> std::iter::Rev<std::slice::Iter<'_, f64>> {
        self.c.iter().rev()
    }

    fn swap(&mut self, i: usize, j: usize) {
        self.c[i] = self.c[j];
    }
}

impl Index<usize> for Poly {
    type Output = f64;
    fn index(&self, i: usize) -> &f64 {
        &self.c[i]
    }
}

impl IndexMut<usize> for Poly {
    fn index_mut(&mut self, i: usize) -> &mut f64 {
        &mut self.c[i]
    }
}

#[differentiable]
fn horner(p: &Poly, x: f64) -> f64 {
    let mut value = 0.0;
    for c in p.iter() {
        value = value * x + c;
    }
    value
}

#[differentiable]
fn swapped(p: Poly, x: f64) -> f64 {
    let mut p = p;
    p.swap(0, 1);
    p[0] * x
}

fn main() {}
