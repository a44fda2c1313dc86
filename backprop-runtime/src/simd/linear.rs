//! Sums, inner products, scaled additions, and the products of a matrix with a vector.
//!
//! Short slices are summed where the function is called: choosing an instruction set costs about
//! as much as ten additions. Whether a slice is short depends on its length only.

use super::arithmetic::Arithmetic;
use super::{Kernels, dispatched};

/// Up to this length the loops are inline.
pub(crate) const SHORT: usize = 16;

/// The sum of the lanes.
macro_rules! add_up {
    ($l:expr) => {{
        let l = $l;
        ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
    }};
}

/// The kernels of one scalar type; `$mul_add` is its function in [`Arithmetic`].
macro_rules! linear {
    ($module:ident, $T:ident, $mul_add:ident) => {
        pub(crate) mod $module {
            use super::*;

            /// Lanes of one sum. Four such sums run beside each other, as an addition takes four
            /// times as long as it keeps its unit busy.
            const LANES: usize = 8;

            dispatched! {
                pub(crate) fn dot(a: &[$T], b: &[$T]) -> $T = dot_body::<A>;
                pub(crate) fn sum(a: &[$T]) -> $T = sum_body::<A>;
                pub(crate) fn axpy(alpha: $T, x: &[$T], y: &mut [$T]) = axpy_body::<A>;
                pub(crate) fn add(x: &[$T], y: &mut [$T]) = add_body::<A>;
                pub(crate) fn add_product(alpha: $T, a: &[$T], b: &[$T], y: &mut [$T]) =
                    add_product_body::<A>;
                pub(crate) fn ger(
                    alpha: $T, u: &[$T], v: &[$T], m: &mut [$T], skip_zeros: bool,
                ) = ger_body::<A>;
                pub(crate) fn gemv(m: &[$T], x: &[$T], y: &mut [$T]) = gemv_body::<A>;
                pub(crate) fn gemv_transposed(m: &[$T], x: &[$T], y: &mut [$T]) =
                    gemv_transposed_body::<A>;
            }

            /// The inner product of slices of the same length, in eight lanes.
            #[inline(always)]
            fn dot_in_lanes<A: Arithmetic>(a: &[$T], x: &[$T]) -> $T {
                let (a_blocks, a_rest) = a.as_chunks::<LANES>();
                let (x_blocks, x_rest) = x.as_chunks::<LANES>();
                let mut lanes = [0.0; LANES];
                for (a, x) in a_blocks.iter().zip(x_blocks) {
                    for lane in 0..LANES {
                        lanes[lane] = A::$mul_add(a[lane], x[lane], lanes[lane]);
                    }
                }
                for ((lane, &a), &x) in lanes.iter_mut().zip(a_rest).zip(x_rest) {
                    *lane = A::$mul_add(a, x, *lane);
                }
                add_up!(lanes)
            }

            /// [`dot_in_lanes`] of four rows of a matrix with `x`, to the same bits.
            #[inline(always)]
            fn four_dots<A: Arithmetic>(rows: &[$T], x: &[$T]) -> [$T; 4] {
                let n = x.len();
                let (a, rows) = rows.split_at(n);
                let (b, rows) = rows.split_at(n);
                let (c, d) = rows.split_at(n);
                let (a_blocks, a_rest) = a.as_chunks::<LANES>();
                let (b_blocks, b_rest) = b.as_chunks::<LANES>();
                let (c_blocks, c_rest) = c.as_chunks::<LANES>();
                let (d_blocks, d_rest) = d.as_chunks::<LANES>();
                let (x_blocks, x_rest) = x.as_chunks::<LANES>();
                let mut p = [0.0; LANES];
                let mut q = [0.0; LANES];
                let mut r = [0.0; LANES];
                let mut s = [0.0; LANES];
                for ((((x, a), b), c), d) in
                    x_blocks.iter().zip(a_blocks).zip(b_blocks).zip(c_blocks).zip(d_blocks)
                {
                    for lane in 0..LANES {
                        p[lane] = A::$mul_add(a[lane], x[lane], p[lane]);
                    }
                    for lane in 0..LANES {
                        q[lane] = A::$mul_add(b[lane], x[lane], q[lane]);
                    }
                    for lane in 0..LANES {
                        r[lane] = A::$mul_add(c[lane], x[lane], r[lane]);
                    }
                    for lane in 0..LANES {
                        s[lane] = A::$mul_add(d[lane], x[lane], s[lane]);
                    }
                }
                let rests = a_rest.iter().zip(b_rest).zip(c_rest).zip(d_rest).zip(x_rest);
                for (lane, ((((&a, &b), &c), &d), &x)) in rests.enumerate() {
                    p[lane] = A::$mul_add(a, x, p[lane]);
                    q[lane] = A::$mul_add(b, x, q[lane]);
                    r[lane] = A::$mul_add(c, x, r[lane]);
                    s[lane] = A::$mul_add(d, x, s[lane]);
                }
                [add_up!(p), add_up!(q), add_up!(r), add_up!(s)]
            }

            #[inline(always)]
            fn dot_body<A: Arithmetic>(a: &[$T], b: &[$T]) -> $T {
                const BLOCK: usize = 4 * LANES;
                let (a_blocks, a_rest) = a.as_chunks::<BLOCK>();
                let (b_blocks, b_rest) = b.as_chunks::<BLOCK>();
                if a_blocks.is_empty() {
                    return dot_of_few::<A>(a_rest, b_rest);
                }
                let mut lanes = [0.0; BLOCK];
                for (a, b) in a_blocks.iter().zip(b_blocks) {
                    for lane in 0..BLOCK {
                        lanes[lane] = A::$mul_add(a[lane], b[lane], lanes[lane]);
                    }
                }
                let rest = dot_of_few::<A>(a_rest, b_rest);
                fold(lanes) + rest
            }

            /// The inner product of slices of less than 32 elements. What is left of them when whole
            /// vectors are taken stays in registers: lanes that are written one by one and read
            /// together cost more than the sum.
            #[inline(always)]
            fn dot_of_few<A: Arithmetic>(a: &[$T], b: &[$T]) -> $T {
                let (a_eights, a_rest) = a.as_chunks::<LANES>();
                let (b_eights, b_rest) = b.as_chunks::<LANES>();
                let mut lanes = [0.0; LANES];
                for (a, b) in a_eights.iter().zip(b_eights) {
                    for lane in 0..LANES {
                        lanes[lane] = A::$mul_add(a[lane], b[lane], lanes[lane]);
                    }
                }
                let (a_fours, a_rest) = a_rest.as_chunks::<4>();
                let (b_fours, b_rest) = b_rest.as_chunks::<4>();
                let mut l = [
                    lanes[0] + lanes[4],
                    lanes[1] + lanes[5],
                    lanes[2] + lanes[6],
                    lanes[3] + lanes[7],
                ];
                if let ([a], [b]) = (a_fours, b_fours) {
                    for lane in 0..4 {
                        l[lane] = A::$mul_add(a[lane], b[lane], l[lane]);
                    }
                }
                let mut sum = (l[0] + l[2]) + (l[1] + l[3]);
                for (&a, &b) in a_rest.iter().zip(b_rest) {
                    sum = A::$mul_add(a, b, sum);
                }
                sum
            }

            #[inline(always)]
            fn sum_body<A: Arithmetic>(a: &[$T]) -> $T {
                const BLOCK: usize = 4 * LANES;
                let (blocks, rest) = a.as_chunks::<BLOCK>();
                let mut lanes = [0.0; BLOCK];
                for a in blocks {
                    for lane in 0..BLOCK {
                        lanes[lane] += a[lane];
                    }
                }
                fold(lanes) + short_sum(rest)
            }

            #[inline(always)]
            fn fold(lanes: [$T; 4 * LANES]) -> $T {
                let mut l = [0.0; LANES];
                for i in 0..LANES {
                    l[i] = (lanes[i] + lanes[i + LANES])
                        + (lanes[i + 2 * LANES] + lanes[i + 3 * LANES]);
                }
                add_up!(l)
            }

            #[inline(always)]
            pub(super) fn short_sum(a: &[$T]) -> $T {
                let (blocks, rest) = a.as_chunks::<LANES>();
                let mut lanes = [0.0; LANES];
                for a in blocks {
                    for lane in 0..LANES {
                        lanes[lane] += a[lane];
                    }
                }
                for (lane, &a) in lanes.iter_mut().zip(rest) {
                    *lane += a;
                }
                add_up!(lanes)
            }

            /// For at most [`SHORT`] elements.
            #[inline(always)]
            pub(super) fn short_dot(a: &[$T], b: &[$T]) -> $T {
                dot_of_few::<crate::simd::Portable>(a, b)
            }

            #[inline(always)]
            fn axpy_body<A: Arithmetic>(alpha: $T, x: &[$T], y: &mut [$T]) {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = A::$mul_add(alpha, x, *y);
                }
            }

            #[inline(always)]
            fn add_body<A: Arithmetic>(x: &[$T], y: &mut [$T]) {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y += x;
                }
            }

            #[inline(always)]
            fn add_product_body<A: Arithmetic>(alpha: $T, a: &[$T], b: &[$T], y: &mut [$T]) {
                let (a, b) = (&a[..y.len()], &b[..y.len()]);
                for (i, y) in y.iter_mut().enumerate() {
                    *y = A::$mul_add(alpha, a[i] * b[i], *y);
                }
            }

            #[inline(always)]
            fn ger_body<A: Arithmetic>(
                alpha: $T,
                u: &[$T],
                v: &[$T],
                m: &mut [$T],
                skip_zeros: bool,
            ) {
                if v.is_empty() {
                    return;
                }
                for (&u, row) in u.iter().zip(m.chunks_exact_mut(v.len())) {
                    let factor = alpha * u;
                    if skip_zeros && factor == 0.0 {
                        continue;
                    }
                    // In steps of one vector, as rows are often short.
                    let (blocks, rest) = row.as_chunks_mut::<LANES>();
                    let (v_blocks, v_rest) = v.as_chunks::<LANES>();
                    for (block, v) in blocks.iter_mut().zip(v_blocks) {
                        for lane in 0..LANES {
                            block[lane] = A::$mul_add(factor, v[lane], block[lane]);
                        }
                    }
                    for (x, &v) in rest.iter_mut().zip(v_rest) {
                        *x = A::$mul_add(factor, v, *x);
                    }
                }
            }

            /// Four rows at a time, so that `x` is loaded once for them.
            #[inline(always)]
            fn gemv_body<A: Arithmetic>(m: &[$T], x: &[$T], y: &mut [$T]) {
                let n = x.len();
                let (fours, rest) = y.as_chunks_mut::<4>();
                let (m_fours, m_rest) = m.split_at(4 * fours.len() * n);
                for (i, y) in fours.iter_mut().enumerate() {
                    let dots = four_dots::<A>(&m_fours[4 * i * n..][..4 * n], x);
                    for row in 0..4 {
                        y[row] += dots[row];
                    }
                }
                for (i, y) in rest.iter_mut().enumerate() {
                    *y += dot_in_lanes::<A>(&m_rest[i * n..][..n], x);
                }
            }

            /// Four rows at a time, so that `y` is loaded and stored once for them.
            #[inline(always)]
            fn gemv_transposed_body<A: Arithmetic>(m: &[$T], x: &[$T], y: &mut [$T]) {
                let n = y.len();
                let (fours, rest) = x.as_chunks::<4>();
                let (m_fours, m_rest) = m.split_at(4 * fours.len() * n);
                for (i, &[p, q, r, s]) in fours.iter().enumerate() {
                    let (a, rows) = m_fours[4 * i * n..][..4 * n].split_at(n);
                    let (b, rows) = rows.split_at(n);
                    let (c, d) = rows.split_at(n);
                    for ((((y, &a), &b), &c), &d) in y.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                        let upper = A::$mul_add(q, b, A::$mul_add(p, a, *y));
                        *y = A::$mul_add(s, d, A::$mul_add(r, c, upper));
                    }
                }
                for (i, &x) in rest.iter().enumerate() {
                    axpy_body::<A>(x, &m_rest[i * n..][..n], y);
                }
            }
        }

        impl Kernels for $T {
            fn kernel_apply(function: super::Function, a: &mut [Self]) {
                super::elementwise::$module::apply(function, a);
            }

            fn kernel_add_partials(
                function: super::Partials,
                slot: &mut [Self],
                x: &[Self],
                y: &[Self],
                d: &[Self],
            ) {
                super::partials::$module::add(function, slot, x, y, d);
            }

            #[inline]
            fn kernel_dot(a: &[Self], b: &[Self]) -> Self {
                if a.len() <= SHORT { $module::short_dot(a, b) } else { $module::dot(a, b) }
            }

            #[inline]
            fn kernel_sum(a: &[Self]) -> Self {
                if a.len() <= SHORT { $module::short_sum(a) } else { $module::sum(a) }
            }

            #[inline]
            fn kernel_axpy(alpha: Self, x: &[Self], y: &mut [Self]) {
                if x.len() <= SHORT {
                    for (y, &x) in y.iter_mut().zip(x) {
                        *y += alpha * x;
                    }
                } else {
                    $module::axpy(alpha, x, y);
                }
            }

            #[inline]
            fn kernel_add(x: &[Self], y: &mut [Self]) {
                if x.len() <= SHORT {
                    for (y, &x) in y.iter_mut().zip(x) {
                        *y += x;
                    }
                } else {
                    $module::add(x, y);
                }
            }

            #[inline]
            fn kernel_add_product(alpha: Self, a: &[Self], b: &[Self], y: &mut [Self]) {
                if y.len() <= SHORT {
                    for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
                        *y += alpha * (a * b);
                    }
                } else {
                    $module::add_product(alpha, a, b, y);
                }
            }

            #[inline]
            fn kernel_ger(alpha: Self, u: &[Self], v: &[Self], m: &mut [Self], skip_zeros: bool) {
                if v.is_empty() || v.len() >= 8 {
                    $module::ger(alpha, u, v, m, skip_zeros);
                    return;
                }
                for (&u, row) in u.iter().zip(m.chunks_exact_mut(v.len())) {
                    let factor = alpha * u;
                    if !(skip_zeros && factor == 0.0) {
                        for (x, &v) in row.iter_mut().zip(v) {
                            *x += factor * v;
                        }
                    }
                }
            }

            #[inline]
            fn kernel_gemv(m: &[Self], x: &[Self], y: &mut [Self]) {
                $module::gemv(m, x, y);
            }

            #[inline]
            fn kernel_gemv_transposed(m: &[Self], x: &[Self], y: &mut [Self]) {
                $module::gemv_transposed(m, x, y);
            }
        }
    };
}

linear!(double, f64, mul_add);
linear!(single, f32, mul_add_f32);
