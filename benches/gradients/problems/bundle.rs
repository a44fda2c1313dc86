//! Bundle adjustment (ADBench's): the reprojection error of points seen by cameras.
//!
//! A camera is a rotation (axis times angle), a centre, a focal length, a principal point and two
//! coefficients of radial distortion.

use std::hint::black_box;

use backprop::{Differentiable, differentiable};

use super::Numbers;
use crate::harness::Bench;

/// What a camera saw where.
struct Observation {
    camera: usize,
    point: usize,
    at: [f64; 2],
}

#[differentiable]
fn rotate(rotation: &[f64], point: &[f64; 3]) -> [f64; 3] {
    let square = rotation[0] * rotation[0] + rotation[1] * rotation[1] + rotation[2] * rotation[2];
    if square > 0.0 {
        let angle = square.sqrt();
        let (sin, cos) = (angle.sin(), angle.cos());
        let w = [rotation[0] / angle, rotation[1] / angle, rotation[2] / angle];
        let cross = [
            w[1] * point[2] - w[2] * point[1],
            w[2] * point[0] - w[0] * point[2],
            w[0] * point[1] - w[1] * point[0],
        ];
        let along = (w[0] * point[0] + w[1] * point[1] + w[2] * point[2]) * (1.0 - cos);
        [
            point[0] * cos + cross[0] * sin + w[0] * along,
            point[1] * cos + cross[1] * sin + w[1] * along,
            point[2] * cos + cross[2] * sin + w[2] * along,
        ]
    } else {
        [
            point[0] + rotation[1] * point[2] - rotation[2] * point[1],
            point[1] + rotation[2] * point[0] - rotation[0] * point[2],
            point[2] + rotation[0] * point[1] - rotation[1] * point[0],
        ]
    }
}

#[differentiable]
fn project(camera: &[f64; 11], point: &[f64; 3]) -> [f64; 2] {
    let centred = [point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]];
    let seen = rotate(&camera[0..3], &centred);
    let (x, y) = (seen[0] / seen[2], seen[1] / seen[2]);
    let r2 = x * x + y * y;
    let radial = 1.0 + camera[9] * r2 + camera[10] * r2 * r2;
    [x * radial * camera[6] + camera[7], y * radial * camera[6] + camera[8]]
}

#[differentiable(wrt(cameras, points, weights))]
fn in_arrays(
    cameras: &[[f64; 11]],
    points: &[[f64; 3]],
    weights: &[f64],
    observations: &[Observation],
) -> f64 {
    let mut error = 0.0;
    for i in 0..observations.len() {
        let seen = &observations[i];
        let projected = project(&cameras[seen.camera], &points[seen.point]);
        let dx = weights[i] * (projected[0] - seen.at[0]);
        let dy = weights[i] * (projected[1] - seen.at[1]);
        let confidence = 1.0 - weights[i] * weights[i];
        error += dx * dx + dy * dy + confidence * confidence;
    }
    error
}

#[derive(Debug, Clone, Copy, Differentiable)]
struct Vec3 {
    x: f64,
    y: f64,
    z: f64,
}

#[derive(Debug, Clone, Differentiable)]
struct Camera {
    rotation: Vec3,
    centre: Vec3,
    focal: f64,
    principal: (f64, f64),
    radial: (f64, f64),
}

impl Vec3 {
    #[differentiable(wrt(self, other))]
    fn dot(&self, other: &Vec3) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    #[differentiable(wrt(self, other))]
    fn cross(&self, other: &Vec3) -> Vec3 {
        Vec3 {
            x: self.y * other.z - self.z * other.y,
            y: self.z * other.x - self.x * other.z,
            z: self.x * other.y - self.y * other.x,
        }
    }

    /// This vector plus `factor` times another.
    #[differentiable(wrt(self, factor, other))]
    fn plus(&self, factor: f64, other: &Vec3) -> Vec3 {
        Vec3 {
            x: self.x + factor * other.x,
            y: self.y + factor * other.y,
            z: self.z + factor * other.z,
        }
    }

    #[differentiable(wrt(self, factor))]
    fn scaled(&self, factor: f64) -> Vec3 {
        Vec3 { x: factor * self.x, y: factor * self.y, z: factor * self.z }
    }
}

impl Camera {
    #[differentiable(wrt(self, point))]
    fn rotate(&self, point: &Vec3) -> Vec3 {
        let square = self.rotation.dot(&self.rotation);
        if square == 0.0 {
            return point.plus(1.0, &self.rotation.cross(point));
        }
        let angle = square.sqrt();
        let w = self.rotation.scaled(1.0 / angle);
        let along = w.dot(point) * (1.0 - angle.cos());
        point.scaled(angle.cos()).plus(angle.sin(), &w.cross(point)).plus(along, &w)
    }

    #[differentiable(wrt(self, point))]
    fn project(&self, point: &Vec3) -> (f64, f64) {
        let seen = self.rotate(&point.plus(-1.0, &self.centre));
        let (x, y) = (seen.x / seen.z, seen.y / seen.z);
        let r2 = x * x + y * y;
        let factor = self.focal * (1.0 + r2 * (self.radial.0 + r2 * self.radial.1));
        (factor * x + self.principal.0, factor * y + self.principal.1)
    }
}

#[differentiable(wrt(cameras, points, weights))]
fn in_structs(
    cameras: &[Camera],
    points: &[Vec3],
    weights: &[f64],
    observations: &[Observation],
) -> f64 {
    let mut error = 0.0;
    for (seen, w) in observations.iter().zip(weights) {
        let (x, y) = cameras[seen.camera].project(&points[seen.point]);
        error += (w * (x - seen.at[0])).powi(2) + (w * (y - seen.at[1])).powi(2);
        error += (1.0 - w * w).powi(2);
    }
    error
}

/// Both coordinates in one sweep, observation by observation.
fn by_hand(
    (cameras, points, weights): (&[[f64; 11]], &[[f64; 3]], &[f64]),
    observations: &[Observation],
    (d_cameras, d_points, d_weights): (&mut [[f64; 11]], &mut [[f64; 3]], &mut [f64]),
) -> f64 {
    let mut error = 0.0;
    for ((seen, &weight), d_weight) in observations.iter().zip(weights).zip(d_weights) {
        let (camera, d_camera) = (&cameras[seen.camera], &mut d_cameras[seen.camera]);
        let (point, d_point) = (&points[seen.point], &mut d_points[seen.point]);
        let p = [point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]];
        let r = [camera[0], camera[1], camera[2]];
        let square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
        let turn = Turn::new(r, square);
        let q = turn.apply(p);
        let inverse = 1.0 / q[2];
        let (x, y) = (q[0] * inverse, q[1] * inverse);
        let r2 = x * x + y * y;
        let radial = 1.0 + camera[9] * r2 + camera[10] * r2 * r2;
        let factor = radial * camera[6];
        let off_x = x * factor + camera[7] - seen.at[0];
        let off_y = y * factor + camera[8] - seen.at[1];
        let (dx, dy) = (weight * off_x, weight * off_y);
        let confidence = 1.0 - weight * weight;
        error += dx * dx + dy * dy + confidence * confidence;

        *d_weight += 2.0 * (dx * off_x + dy * off_y) - 4.0 * confidence * weight;
        let (d_u, d_v) = (2.0 * dx * weight, 2.0 * dy * weight);
        d_camera[7] += d_u;
        d_camera[8] += d_v;
        let d_factor = d_u * x + d_v * y;
        d_camera[6] += d_factor * radial;
        let d_radial = d_factor * camera[6];
        d_camera[9] += d_radial * r2;
        d_camera[10] += d_radial * r2 * r2;
        let d_r2 = d_radial * (camera[9] + 2.0 * camera[10] * r2);
        let d_x = d_u * factor + 2.0 * d_r2 * x;
        let d_y = d_v * factor + 2.0 * d_r2 * y;
        let d_q = [d_x * inverse, d_y * inverse, -(d_x * x + d_y * y) * inverse];
        let (d_r, d_p) = turn.reverse(r, p, d_q);
        for i in 0..3 {
            d_camera[i] += d_r[i];
        }
        for i in 0..3 {
            d_camera[3 + i] -= d_p[i];
        }
        for i in 0..3 {
            d_point[i] += d_p[i];
        }
    }
    error
}

/// A rotation about the axis `w`; none for the angle zero, where it is linear.
struct Turn {
    w: [f64; 3],
    inverse: f64,
    sin: f64,
    cos: f64,
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

impl Turn {
    fn new(r: [f64; 3], square: f64) -> Self {
        if square == 0.0 {
            return Turn { w: [0.0; 3], inverse: 0.0, sin: 0.0, cos: 1.0 };
        }
        let angle = square.sqrt();
        let inverse = 1.0 / angle;
        let w = [r[0] * inverse, r[1] * inverse, r[2] * inverse];
        Turn { w, inverse, sin: angle.sin(), cos: angle.cos() }
    }

    fn apply(&self, p: [f64; 3]) -> [f64; 3] {
        let v = cross(self.w, p);
        let along = dot(self.w, p) * (1.0 - self.cos);
        [
            p[0] * self.cos + v[0] * self.sin + self.w[0] * along,
            p[1] * self.cos + v[1] * self.sin + self.w[1] * along,
            p[2] * self.cos + v[2] * self.sin + self.w[2] * along,
        ]
    }

    /// The adjoints of the rotation and of the point.
    fn reverse(&self, r: [f64; 3], p: [f64; 3], d: [f64; 3]) -> ([f64; 3], [f64; 3]) {
        let Turn { w, inverse, sin, cos } = *self;
        if inverse == 0.0 {
            let back = cross(d, r);
            return (cross(p, d), [d[0] + back[0], d[1] + back[1], d[2] + back[2]]);
        }
        let inner = dot(w, p);
        let d_along = dot(w, d);
        let d_inner = d_along * (1.0 - cos);
        let (turned, back) = (cross(p, d), cross(d, w));
        // The derivative by the angle with the axis held: (w × p) · d is w · (p × d).
        let d_turn = cos * dot(w, turned) + sin * (inner * d_along - dot(p, d));
        let along = inner * (1.0 - cos);
        let d_w = [
            along * d[0] + d_inner * p[0] + sin * turned[0],
            along * d[1] + d_inner * p[1] + sin * turned[1],
            along * d[2] + d_inner * p[2] + sin * turned[2],
        ];
        let d_p = [
            cos * d[0] + sin * back[0] + d_inner * w[0],
            cos * d[1] + sin * back[1] + d_inner * w[1],
            cos * d[2] + sin * back[2] + d_inner * w[2],
        ];
        // The axis is r over the angle, and the angle the norm of r.
        let d_angle = d_turn - dot(d_w, w) * inverse;
        let d_r = [
            d_w[0] * inverse + d_angle * w[0],
            d_w[1] * inverse + d_angle * w[1],
            d_w[2] * inverse + d_angle * w[2],
        ];
        (d_r, d_p)
    }
}

pub(crate) fn add(bench: &mut Bench) {
    let (n, m, seen) = (21, 1000, 5000);
    let mut numbers = Numbers(7);
    let cameras: Vec<[f64; 11]> = (0..n)
        .map(|_| {
            let mut camera = [0.0; 11];
            for (i, c) in camera.iter_mut().enumerate() {
                *c = match i {
                    0..6 => numbers.next(-0.5, 0.5),
                    6 => numbers.next(0.9, 1.1),
                    _ => numbers.next(-0.1, 0.1),
                };
            }
            camera
        })
        .collect();
    let points: Vec<[f64; 3]> = (0..m)
        .map(|_| [numbers.next(-1.0, 1.0), numbers.next(-1.0, 1.0), numbers.next(3.0, 5.0)])
        .collect();
    let weights = numbers.vec(seen, 0.5, 1.0);
    let observations: Vec<Observation> = (0..seen)
        .map(|_| Observation {
            camera: numbers.next(0.0, n as f64) as usize,
            point: numbers.next(0.0, m as f64) as usize,
            at: [numbers.next(-0.5, 0.5), numbers.next(-0.5, 0.5)],
        })
        .collect();
    let at = || (black_box(&cameras[..]), black_box(&points[..]), black_box(&weights[..]));
    let zero = (vec![[0.0; 11]; n], vec![[0.0; 3]; m], vec![0.0; seen]);
    bench
        .problem(format!("bundle adjustment n={n} m={m} p={seen}"), zero)
        .hand(|(d_c, d_p, d_w)| by_hand(at(), &observations, (d_c, d_p, d_w)))
        .style(
            "arrays",
            || {
                let (cameras, points, weights) = at();
                in_arrays(cameras, points, weights, &observations)
            },
            |(d_c, d_p, d_w)| {
                let (cameras, points, weights) = at();
                in_arrays_grad_add(cameras, points, weights, &observations, d_c, d_p, d_w)
            },
        )
        .run();

    // Their own problem, because the gradient has another shape.
    let vec3 = |v: &[f64]| Vec3 { x: v[0], y: v[1], z: v[2] };
    let array_points = &points;
    let array_cameras = &cameras;
    let points: Vec<Vec3> = array_points.iter().map(|p| vec3(p)).collect();
    let cameras: Vec<Camera> = array_cameras
        .iter()
        .map(|c| Camera {
            rotation: vec3(&c[0..3]),
            centre: vec3(&c[3..6]),
            focal: c[6],
            principal: (c[7], c[8]),
            radial: (c[9], c[10]),
        })
        .collect();
    let zero = (
        cameras.iter().map(|x| x.zero_like()).collect::<Vec<Camera>>(),
        points.iter().map(|x| x.zero_like()).collect::<Vec<Vec3>>(),
        vec![0.0; seen],
    );
    let mut d_cameras = vec![[0.0; 11]; n];
    let mut d_points = vec![[0.0; 3]; m];
    bench
        .problem(format!("bundle adjustment in structs n={n} m={m} p={seen}"), zero)
        .hand(|(d_c, d_p, d_w)| {
            // By hand it is the same in arrays, which are copied once per call.
            d_cameras.fill([0.0; 11]);
            d_points.fill([0.0; 3]);
            let at = (&array_cameras[..], &array_points[..], &weights[..]);
            let error = by_hand(at, &observations, (&mut d_cameras, &mut d_points, d_w));
            for (to, from) in d_c.iter_mut().zip(&d_cameras) {
                add_vec3(&mut to.rotation, &from[0..3]);
                add_vec3(&mut to.centre, &from[3..6]);
                to.focal += from[6];
                to.principal.0 += from[7];
                to.principal.1 += from[8];
                to.radial.0 += from[9];
                to.radial.1 += from[10];
            }
            for (to, from) in d_p.iter_mut().zip(&d_points) {
                add_vec3(to, from);
            }
            error
        })
        .style(
            "structs",
            || in_structs(black_box(&cameras), black_box(&points), &weights, &observations),
            |(d_c, d_p, d_w)| {
                let (cameras, points) = (black_box(&cameras[..]), black_box(&points[..]));
                in_structs_grad_add(cameras, points, &weights, &observations, d_c, d_p, d_w)
            },
        )
        .run();
}

fn add_vec3(to: &mut Vec3, from: &[f64]) {
    to.x += from[0];
    to.y += from[1];
    to.z += from[2];
}
