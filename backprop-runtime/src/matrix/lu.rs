//! `P A = L U` by elimination with row exchanges, and the adjugate by exchanges of both.

use super::Matrix;
use crate::{Float, kernel};

/// The factors of a square matrix.
pub(crate) struct Lu<T> {
    /// `U` on and above the diagonal, `L` without its unit diagonal below.
    factors: Matrix<T>,
    /// Row `i` of the factors was row `rows[i]` of the matrix.
    rows: Vec<usize>,
    /// Column `j` of the factors was column `columns[j]` of the matrix.
    columns: Vec<usize>,
    /// Whether the number of exchanges was odd.
    odd: bool,
}

impl<T: Float> Lu<T> {
    /// Elimination with the largest element of the column as pivot.
    pub(crate) fn of(matrix: &Matrix<T>) -> Self {
        Self::eliminate(matrix, |factors, k| {
            (largest((k..factors.rows).map(|i| (i, factors[(i, k)]))), k)
        })
    }

    /// Elimination with the largest remaining element as pivot, which leaves the smallest pivots
    /// to the end: they show the rank.
    fn of_unknown_rank(matrix: &Matrix<T>) -> Self {
        Self::eliminate(matrix, |factors, k| {
            let n = factors.rows;
            let rest = (k..n).flat_map(|i| (k..n).map(move |j| (i, j)));
            largest(rest.map(|(i, j)| ((i, j), factors[(i, j)])))
        })
    }

    fn eliminate(matrix: &Matrix<T>, pivot: impl Fn(&Matrix<T>, usize) -> (usize, usize)) -> Self {
        let n = matrix.rows;
        let mut lu = Self {
            factors: matrix.clone(),
            rows: (0..n).collect(),
            columns: (0..n).collect(),
            odd: false,
        };
        for k in 0..n {
            let (row, column) = pivot(&lu.factors, k);
            lu.exchange_rows(k, row);
            lu.exchange_columns(k, column);
            let (above, below) = lu.factors.data.split_at_mut((k + 1) * n);
            let pivot_row = &above[k * n..];
            if pivot_row[k] == T::ZERO {
                continue; // So is everything below it: nothing to eliminate.
            }
            for row in below.chunks_exact_mut(n) {
                let factor = row[k] / pivot_row[k];
                row[k] = factor;
                kernel::axpy(-factor, &pivot_row[k + 1..], &mut row[k + 1..]);
            }
        }
        lu
    }

    fn exchange_rows(&mut self, i: usize, j: usize) {
        if i != j {
            let n = self.factors.columns;
            let (above, below) = self.factors.data.split_at_mut(i.max(j) * n);
            above[i.min(j) * n..][..n].swap_with_slice(&mut below[..n]);
            self.rows.swap(i, j);
            self.odd = !self.odd;
        }
    }

    fn exchange_columns(&mut self, i: usize, j: usize) {
        if i != j {
            for row in self.factors.data.chunks_exact_mut(self.factors.columns) {
                row.swap(i, j);
            }
            self.columns.swap(i, j);
            self.odd = !self.odd;
        }
    }

    /// Whether a pivot is exactly 0.
    pub(crate) fn singular(&self) -> bool {
        (0..self.factors.rows).any(|i| self.factors[(i, i)] == T::ZERO)
    }

    /// The determinant of the matrix.
    pub(crate) fn det(&self) -> T {
        let product: T = (0..self.factors.rows).map(|i| self.factors[(i, i)]).product();
        if self.odd { -product } else { product }
    }

    /// `A⁻¹ B`.
    pub(crate) fn solve(&self, b: Matrix<T>) -> Matrix<T> {
        let n = self.factors.rows;
        let mut x = Matrix::zeros(n, b.columns);
        for (i, &from) in self.rows.iter().enumerate() {
            x.row_slice_mut(i).copy_from_slice(b.row_slice(from));
        }
        self.forward(&mut x);
        self.backward(&mut x, n);
        x
    }

    /// `A⁻ᵀ B`: from `Aᵀ = Uᵀ Lᵀ P`.
    pub(crate) fn solve_transposed(&self, mut b: Matrix<T>) -> Matrix<T> {
        let n = self.factors.rows;
        for k in 0..n {
            let pivot = self.factors[(k, k)];
            for x in b.row_slice_mut(k) {
                *x /= pivot;
            }
            for i in k + 1..n {
                subtract_row(&mut b, i, self.factors[(k, i)], k);
            }
        }
        for k in (0..n).rev() {
            for i in 0..k {
                subtract_row(&mut b, i, self.factors[(k, i)], k);
            }
        }
        let mut x = Matrix::zeros(n, b.columns);
        for (i, &to) in self.rows.iter().enumerate() {
            x.row_slice_mut(to).copy_from_slice(b.row_slice(i));
        }
        x
    }

    /// `X ← L⁻¹ X`.
    fn forward(&self, x: &mut Matrix<T>) {
        for i in 0..self.factors.rows {
            for k in 0..i {
                subtract_row(x, i, self.factors[(i, k)], k);
            }
        }
    }

    /// `X ← U⁻¹ X` for the leading `n` rows and columns of `U`.
    fn backward(&self, x: &mut Matrix<T>, n: usize) {
        for i in (0..n).rev() {
            for k in i + 1..n {
                subtract_row(x, i, self.factors[(i, k)], k);
            }
            let pivot = self.factors[(i, i)];
            for x in x.row_slice_mut(i) {
                *x /= pivot;
            }
        }
    }
}

/// The matrix of cofactors `∂ det A/∂Aᵢⱼ`, for matrices of any rank.
///
/// With `P A Q = L U` it is the transpose of `adj A = ± Q adj(U) L⁻¹ P`. If `U` is split before
/// its last row and column into `(V, u; 0, δ)`, then `adj U = (δ |V| V⁻¹, −|V| V⁻¹ u; 0, |V|)`,
/// which never divides by `δ`, the one pivot that is 0 in a matrix of rank `n − 1`. At lower rank
/// the cofactors are all 0.
pub(crate) fn cofactors<T: Float>(matrix: &Matrix<T>) -> Matrix<T> {
    let n = matrix.rows;
    if n == 0 {
        return matrix.clone();
    }
    let lu = Lu::of_unknown_rank(matrix);
    let pivots: Vec<T> = (0..n).map(|i| lu.factors[(i, i)]).collect();
    let (delta, leading) = (pivots[n - 1], &pivots[..n - 1]);
    if leading.contains(&T::ZERO) {
        return Matrix::zeros(n, n);
    }
    let volume: T = leading.iter().copied().product();
    let volume = if lu.odd { -volume } else { volume };

    // L⁻¹ P, then adj(U) times it: the last row x stays as it is; above, V⁻¹ (δ X − u x).
    let mut x = Matrix::zeros(n, n);
    for (i, &column) in lu.rows.iter().enumerate() {
        x[(i, column)] = T::ONE;
    }
    lu.forward(&mut x);
    for i in 0..n - 1 {
        for value in x.row_slice_mut(i) {
            *value *= delta;
        }
        subtract_row(&mut x, i, lu.factors[(i, n - 1)], n - 1);
    }
    lu.backward(&mut x, n - 1);

    let mut cofactors = Matrix::zeros(n, n);
    for (i, &column) in lu.columns.iter().enumerate() {
        for row in 0..n {
            cofactors[(row, column)] = volume * x[(i, row)];
        }
    }
    cofactors
}

/// `row i −= factor · row k`.
#[inline]
fn subtract_row<T: Float>(x: &mut Matrix<T>, i: usize, factor: T, k: usize) {
    let width = x.columns;
    let (low, high) = (i.min(k), i.max(k));
    let (above, below) = x.data.split_at_mut(high * width);
    let (low, high) = (&mut above[low * width..][..width], &mut below[..width]);
    let (to, from) = if i < k { (low, high) } else { (high, low) };
    kernel::axpy(-factor, from, to);
}

/// The index of the element of largest absolute value. (A NaN is taken for the largest, so that
/// it becomes a pivot and spreads.)
fn largest<I, T: Float>(elements: impl Iterator<Item = (I, T)>) -> I {
    elements
        .map(|(index, x)| (index, T::abs_of(x)))
        .reduce(|best, next| if best.1 >= next.1 || T::nan_in(best.1) { best } else { next })
        .expect("the pivot's own position is a candidate")
        .0
}
