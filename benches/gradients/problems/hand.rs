//! A hand that is fitted to points (after ADBench's hand tracking): joint angles turn bones, bones
//! move the skin, the skin's points should be where they were measured.

use std::hint::black_box;

use backprop::differentiable;

use super::Numbers;
use crate::harness::Bench;

/// A rotation or any linear map, and a translation in the last column.
type Affine = [[f64; 4]; 3];

struct Bone {
    /// Always an earlier one.
    parent: Option<usize>,
    /// The first of its joint angles, and how many there are: bend, then spread.
    angles: (usize, usize),
    rest: Affine,
    inverse_bind: Affine,
}

/// A point of the skin, hung onto bones by weights that sum to one, and where it was measured.
struct Marker {
    at: [f64; 3],
    bones: Vec<(usize, f64)>,
    measured: [f64; 3],
}

#[differentiable]
fn compose(a: &[[f64; 4]; 3], b: &[[f64; 4]; 3]) -> [[f64; 4]; 3] {
    let mut c = [[0.0; 4]; 3];
    for i in 0..3 {
        for j in 0..4 {
            let mut sum = if j == 3 { a[i][3] } else { 0.0 };
            for k in 0..3 {
                sum += a[i][k] * b[k][j];
            }
            c[i][j] = sum;
        }
    }
    c
}

/// A turn by `bend` about the x axis, then by `spread` about the z axis.
#[differentiable]
fn joint(bend: f64, spread: f64) -> [[f64; 4]; 3] {
    let (s, c) = (bend.sin(), bend.cos());
    let (t, d) = (spread.sin(), spread.cos());
    [[d, -t * c, t * s, 0.0], [t, d * c, -d * s, 0.0], [0.0, s, c, 0.0]]
}

/// The rotation about an axis by its length.
#[differentiable]
fn rotation(r: &[f64]) -> [[f64; 3]; 3] {
    let angle = (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]).sqrt();
    let (x, y, z) = (r[0] / angle, r[1] / angle, r[2] / angle);
    let (s, c) = (angle.sin(), angle.cos());
    let v = 1.0 - c;
    [
        [x * x * v + c, x * y * v - z * s, x * z * v + y * s],
        [x * y * v + z * s, y * y * v + c, y * z * v - x * s],
        [x * z * v - y * s, y * z * v + x * s, z * z * v + c],
    ]
}

/// `theta` holds the rotation of the whole hand, its translation, and the joint angles.
#[differentiable(wrt(theta))]
fn error(theta: &[f64], bones: &[Bone], markers: &[Marker]) -> f64 {
    let mut absolute = vec![[[0.0; 4]; 3]; bones.len()];
    let mut skinning = vec![[[0.0; 4]; 3]; bones.len()];
    for b in 0..bones.len() {
        let (first, count) = bones[b].angles;
        let bend = if count > 0 { theta[first] } else { 0.0 };
        let spread = if count > 1 { theta[first + 1] } else { 0.0 };
        let relative = compose(&bones[b].rest, &joint(bend, spread));
        if let Some(parent) = bones[b].parent {
            absolute[b] = compose(&absolute[parent], &relative);
        } else {
            absolute[b] = relative;
        }
        skinning[b] = compose(&absolute[b], &bones[b].inverse_bind);
    }
    let turn = rotation(&theta[0..3]);
    let mut error = 0.0;
    for marker in markers {
        let mut p = [0.0; 3];
        for &(bone, weight) in &marker.bones {
            let t = &skinning[bone];
            for i in 0..3 {
                let mut moved = t[i][3];
                for j in 0..3 {
                    moved += t[i][j] * marker.at[j];
                }
                p[i] += weight * moved;
            }
        }
        for i in 0..3 {
            let mut found = theta[3 + i];
            for j in 0..3 {
                found += turn[i][j] * p[j];
            }
            error += (marker.measured[i] - found) * (marker.measured[i] - found);
        }
    }
    error
}

fn times(a: &Affine, b: &Affine) -> Affine {
    let mut c = [[0.0; 4]; 3];
    for i in 0..3 {
        for j in 0..4 {
            c[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
        }
        c[i][3] += a[i][3];
    }
    c
}

/// Adds the adjoints of a product's factors.
fn reverse_left(b: &Affine, d_c: &Affine, d_a: &mut Affine) {
    for i in 0..3 {
        for k in 0..3 {
            d_a[i][k] += d_c[i][0] * b[k][0]
                + d_c[i][1] * b[k][1]
                + d_c[i][2] * b[k][2]
                + d_c[i][3] * b[k][3];
        }
        d_a[i][3] += d_c[i][3];
    }
}

fn reverse_right(a: &Affine, d_c: &Affine) -> Affine {
    let mut d_b = [[0.0; 4]; 3];
    for k in 0..3 {
        for j in 0..4 {
            d_b[k][j] = a[0][k] * d_c[0][j] + a[1][k] * d_c[1][j] + a[2][k] * d_c[2][j];
        }
    }
    d_b
}

/// The markers' reverse at once; then the bones', from the finger tips inwards.
fn by_hand(theta: &[f64], bones: &[Bone], markers: &[Marker], d_theta: &mut [f64]) -> f64 {
    let n = bones.len();
    let angles = |bone: &Bone| {
        let (first, count) = bone.angles;
        let at = |k: usize| if count > k { theta[first + k].sin_cos() } else { (0.0, 1.0) };
        (at(0), at(1))
    };
    let mut relative = vec![[[0.0; 4]; 3]; n];
    let mut absolute = vec![[[0.0; 4]; 3]; n];
    let mut skinning = vec![[[0.0; 4]; 3]; n];
    let mut joints = vec![((0.0, 1.0), (0.0, 1.0)); n];
    for (b, bone) in bones.iter().enumerate() {
        joints[b] = angles(bone);
        let ((s, c), (t, d)) = joints[b];
        let turn = [[d, -t * c, t * s, 0.0], [t, d * c, -d * s, 0.0], [0.0, s, c, 0.0]];
        relative[b] = times(&bone.rest, &turn);
        absolute[b] = match bone.parent {
            Some(parent) => times(&absolute[parent], &relative[b]),
            None => relative[b],
        };
        skinning[b] = times(&absolute[b], &bone.inverse_bind);
    }

    let r = &theta[0..3];
    let angle = (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]).sqrt();
    let w = [r[0] / angle, r[1] / angle, r[2] / angle];
    let [x, y, z] = w;
    let (s, c) = angle.sin_cos();
    let v = 1.0 - c;
    let turn = [
        [x * x * v + c, x * y * v - z * s, x * z * v + y * s],
        [x * y * v + z * s, y * y * v + c, y * z * v - x * s],
        [x * z * v - y * s, y * z * v + x * s, z * z * v + c],
    ];
    let mut d_skinning = vec![[[0.0; 4]; 3]; n];
    let mut d_turn = [[0.0; 3]; 3];
    let mut d_shift = [0.0; 3];
    let mut error = 0.0;
    for Marker { at, bones, measured } in markers {
        let mut p = [0.0; 3];
        for &(bone, weight) in bones {
            let t = &skinning[bone];
            for i in 0..3 {
                p[i] += weight * (t[i][0] * at[0] + t[i][1] * at[1] + t[i][2] * at[2] + t[i][3]);
            }
        }
        let mut d_p = [0.0; 3];
        for i in 0..3 {
            let row = turn[i];
            let found = theta[3 + i] + row[0] * p[0] + row[1] * p[1] + row[2] * p[2];
            let off = measured[i] - found;
            error += off * off;
            let d = -2.0 * off;
            d_shift[i] += d;
            for j in 0..3 {
                d_turn[i][j] += d * p[j];
                d_p[j] += d * row[j];
            }
        }
        for &(bone, weight) in bones {
            let d_t = &mut d_skinning[bone];
            for i in 0..3 {
                let d = weight * d_p[i];
                for j in 0..3 {
                    d_t[i][j] += d * at[j];
                }
                d_t[i][3] += d;
            }
        }
    }

    let mut d_absolute = vec![[[0.0; 4]; 3]; n];
    for (b, bone) in bones.iter().enumerate().rev() {
        reverse_left(&bone.inverse_bind, &d_skinning[b], &mut d_absolute[b]);
        let d_relative = match bone.parent {
            Some(parent) => {
                let d = d_absolute[b];
                reverse_left(&relative[b], &d, &mut d_absolute[parent]);
                reverse_right(&absolute[parent], &d)
            }
            None => d_absolute[b],
        };
        let (first, count) = bone.angles;
        if count > 0 {
            let d = reverse_right(&bone.rest, &d_relative);
            let ((s, c), (t, k)) = joints[b];
            d_theta[first] += d[0][1] * t * s + d[0][2] * t * c - d[1][1] * k * s - d[1][2] * k * c
                + d[2][1] * c
                - d[2][2] * s;
            if count > 1 {
                d_theta[first + 1] +=
                    -d[0][0] * t - d[0][1] * k * c + d[0][2] * k * s + d[1][0] * k
                        - d[1][1] * t * c
                        + d[1][2] * t * s;
            }
        }
    }

    // The rotation is c I + v w wᵀ + s [w], of the axis w and the angle.
    let d = &d_turn;
    let trace = d[0][0] + d[1][1] + d[2][2];
    let skew = [d[2][1] - d[1][2], d[0][2] - d[2][0], d[1][0] - d[0][1]];
    let mut quadratic = 0.0;
    let mut d_w = [0.0; 3];
    for i in 0..3 {
        for j in 0..3 {
            quadratic += d[i][j] * w[i] * w[j];
            d_w[i] += v * (d[i][j] + d[j][i]) * w[j];
        }
        d_w[i] += s * skew[i];
    }
    let across = w[0] * skew[0] + w[1] * skew[1] + w[2] * skew[2];
    let along = d_w[0] * w[0] + d_w[1] * w[1] + d_w[2] * w[2];
    let d_angle = s * (quadratic - trace) + c * across - along / angle;
    for i in 0..3 {
        d_theta[i] += d_w[i] / angle + d_angle * w[i];
        d_theta[3 + i] += d_shift[i];
    }
    error
}

pub(crate) fn add(bench: &mut Bench) {
    let mut numbers = Numbers(16);
    let mut affine = || {
        let mut a = [[0.0; 4]; 3];
        for (i, row) in a.iter_mut().enumerate() {
            for (j, e) in row.iter_mut().enumerate() {
                *e = f64::from(u8::from(i == j)) + numbers.next(-0.2, 0.2);
            }
        }
        a
    };
    // A wrist and a palm; of each of five fingers four bones with four angles.
    let mut bones = Vec::new();
    for b in 0..22 {
        let (parent, angles) = match b {
            0 => (None, (0, 0)),
            1 => (Some(0), (0, 0)),
            _ => {
                let (finger, phalanx) = ((b - 2) / 4, (b - 2) % 4);
                let first = 6 + 4 * finger;
                match phalanx {
                    0 => (Some(1), (first, 2)),
                    3 => (Some(b - 1), (0, 0)),
                    _ => (Some(b - 1), (first + 1 + phalanx, 1)),
                }
            }
        };
        bones.push(Bone { parent, angles, rest: affine(), inverse_bind: affine() });
    }
    let mut vec3 = || [0; 3].map(|_| numbers.next(-1.0, 1.0));
    let markers: Vec<Marker> = (0..544)
        .map(|i| Marker {
            at: vec3(),
            bones: vec![(i % 22, 0.5), ((i + 1) % 22, 0.25), (i * 5 % 22, 0.25)],
            measured: vec3(),
        })
        .collect();
    let theta = numbers.vec(26, -0.5, 0.5);
    bench
        .problem("hand, 26 angles, 544 points", vec![0.0; 26])
        .hand(|d| by_hand(black_box(&theta), &bones, &markers, d))
        .style(
            "index",
            || error(black_box(&theta), &bones, &markers),
            |d| error_grad_add(black_box(&theta), &bones, &markers, d),
        )
        .run();
}
