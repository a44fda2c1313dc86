use backprop::prelude::*;

#[derive(Clone, Copy, Debug, Differentiable)]
struct Camera {
    rotation: [f64; 3],
    translation: [f64; 3],
    focal: f64,
    k1: f64,
    k2: f64,
}

struct Observation {
    camera: usize,
    point: usize,
    pixel: (f64, f64),
}

#[differentiable]
fn cross(a: &[f64; 3], b: &[f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[differentiable]
fn rodrigues(w: &[f64; 3], p: &[f64; 3]) -> [f64; 3] {
    let theta2: f64 = w.iter().map(|v| v * v).sum();
    if theta2 > 1e-20 {
        let theta = theta2.sqrt();
        let axis = w.map(|v| v / theta);
        let (s, c) = theta.sin_cos();
        let x = cross(&axis, p);
        let d = axis.iter().zip(p.iter()).map(|(a, b)| a * b).sum::<f64>() * (1.0 - c);
        core::array::from_fn(|i| p[i] * c + x[i] * s + axis[i] * d)
    } else {
        let x = cross(w, p);
        [p[0] + x[0], p[1] + x[1], p[2] + x[2]]
    }
}

#[differentiable]
fn project(camera: &Camera, point: &[f64; 3]) -> (f64, f64) {
    let mut p = rodrigues(&camera.rotation, point);
    for (p, t) in p.iter_mut().zip(camera.translation) {
        *p += t;
    }
    let (x, y) = (-p[0] / p[2], -p[1] / p[2]);
    let r2 = x * x + y * y;
    let distortion = 1.0 + r2 * (camera.k1 + camera.k2 * r2);
    (camera.focal * distortion * x, camera.focal * distortion * y)
}

/// Huber-robustified reprojection error.
#[differentiable(wrt(cameras, points))]
fn reprojection_error(
    cameras: &[Camera],
    points: &[[f64; 3]],
    observations: &[Observation],
    delta: f64,
) -> f64 {
    observations
        .iter()
        .map(|o| {
            let (u, v) = project(&cameras[o.camera], &points[o.point]);
            let e = (u - o.pixel.0).hypot(v - o.pixel.1);
            if e <= delta { 0.5 * e * e } else { delta * (e - 0.5 * delta) }
        })
        .sum()
}
#[test]
fn gradient() {
    let cams = vec![
        Camera {
            rotation: [0.1, -0.2, 0.05],
            translation: [0.0, 0.1, -3.0],
            focal: 1.5,
            k1: 0.01,
            k2: -0.002,
        },
        Camera {
            rotation: [0.0, 0.3, 0.1],
            translation: [0.2, 0.0, -4.0],
            focal: 1.4,
            k1: 0.02,
            k2: 0.001,
        },
    ];
    let pts = vec![[0.5, 0.2, 0.1], [-0.3, 0.4, 0.6]];
    let obs = [
        Observation { camera: 0, point: 0, pixel: (0.3, 0.1) },
        Observation { camera: 1, point: 0, pixel: (0.2, 0.4) },
        Observation { camera: 1, point: 1, pixel: (1.9, -0.2) },
    ];
    check!(reprojection_error, reprojection_error_grad, reprojection_error_grad_add, reprojection_error_vjp; c: &cams, p: &pts, o: const &obs, d: const 0.5);
}
