use backprop::prelude::*;

use std::ops::{Add, Mul, Sub};
#[derive(Clone, Copy, Debug, Differentiable)]
struct V(f64, f64, f64);
#[differentiable]
impl Add for V {
    type Output = V;
    fn add(self, o: V) -> V {
        V(self.0 + o.0, self.1 + o.1, self.2 + o.2)
    }
}
#[differentiable]
impl Sub for V {
    type Output = V;
    fn sub(self, o: V) -> V {
        V(self.0 - o.0, self.1 - o.1, self.2 - o.2)
    }
}
#[differentiable]
impl Mul<f64> for V {
    type Output = V;
    fn mul(self, k: f64) -> V {
        V(self.0 * k, self.1 * k, self.2 * k)
    }
}

#[differentiable]
fn dot(a: V, b: V) -> f64 {
    a.0 * b.0 + a.1 * b.1 + a.2 * b.2
}
#[differentiable]
fn unit(a: V) -> V {
    a * (1.0 / dot(a, a).sqrt())
}

#[derive(Clone, Debug, Differentiable)]
struct Sphere {
    center: V,
    radius: f64,
    albedo: f64,
    reflect: f64,
}

struct Camera {
    width: usize,
    height: usize,
    fov: f64,
}

#[differentiable]
fn intersect(origin: V, dir: V, s: &Sphere) -> Option<f64> {
    let oc = origin - s.center;
    let b = dot(oc, dir);
    let disc = b * b - (dot(oc, oc) - s.radius * s.radius);
    if disc < 0.0 {
        return None;
    }
    let root = disc.sqrt();
    let near = -b - root;
    if near > 1e-4 {
        Some(near)
    } else {
        let far = -b + root;
        if far > 1e-4 { Some(far) } else { None }
    }
}

#[differentiable]
fn trace(origin: V, dir: V, scene: &[Sphere], light: V, depth: u32) -> f64 {
    let mut closest: Option<(f64, usize)> = None;
    for (i, s) in scene.iter().enumerate() {
        if let Some(t) = intersect(origin, dir, s) {
            match closest {
                Some((best, _)) if best <= t => {}
                _ => closest = Some((t, i)),
            }
        }
    }
    let Some((t, hit)) = closest else { return 0.1 };
    let s = &scene[hit];
    let p = origin + dir * t;
    let n = unit(p - s.center);
    let l = unit(light - p);
    let mut shadowed = false;
    for other in scene {
        if intersect(p + n * 1e-3, l, other).is_some() {
            shadowed = true;
        }
    }
    let diffuse = if shadowed { 0.05 } else { dot(n, l).max(0.0) };
    let mut color = s.albedo * diffuse;
    if depth > 0 {
        let r = dir - n * (2.0 * dot(dir, n));
        color += s.reflect * trace(p + n * 1e-3, r, scene, light, depth - 1);
    }
    color
}

#[differentiable(wrt(scene, light))]
fn render(scene: &[Sphere], light: V, cam: &Camera) -> f64 {
    let mut total = 0.0;
    for y in 0..cam.height {
        for x in 0..cam.width {
            let u = (x as f64 + 0.5) / cam.width as f64 - 0.5;
            let v = 0.5 - (y as f64 + 0.5) / cam.height as f64;
            let dir = unit(V(u * cam.fov, v * cam.fov, -1.0));
            total += trace(V(0.0, 0.0, 0.0), dir, scene, light, 2);
        }
    }
    total / (cam.width * cam.height) as f64
}
#[test]
fn gradient() {
    let scene = vec![
        Sphere { center: V(0.0, 0.0, -3.0), radius: 1.0, albedo: 0.8, reflect: 0.3 },
        Sphere { center: V(1.2, 0.3, -2.5), radius: 0.6, albedo: 0.5, reflect: 0.4 },
    ];
    check!(render, render_grad, render_grad_add, render_vjp; s: &scene, l: V(2.0, 3.0, 1.0), c: const &Camera { width: 5, height: 4, fov: 1.2 });
}
