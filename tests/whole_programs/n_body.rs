use backprop::prelude::*;

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

#[derive(Clone, Copy, Debug, Default, PartialEq, Differentiable)]
pub struct Vec3 {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

#[differentiable]
impl Vec3 {
    pub const ZERO: Vec3 = Vec3 { x: 0.0, y: 0.0, z: 0.0 };
    pub fn new(x: f64, y: f64, z: f64) -> Self {
        Self { x, y, z }
    }
    #[differentiable(wrt(self, other))]
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }
    #[differentiable(wrt(self))]
    pub fn length_squared(self) -> f64 {
        self.dot(self)
    }
    #[differentiable(wrt(self))]
    pub fn length(self) -> f64 {
        self.length_squared().sqrt()
    }
}
#[differentiable]
impl Add for Vec3 {
    type Output = Vec3;
    fn add(self, o: Vec3) -> Vec3 {
        Vec3::new(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}
#[differentiable]
impl Sub for Vec3 {
    type Output = Vec3;
    fn sub(self, o: Vec3) -> Vec3 {
        Vec3::new(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}
#[differentiable]
impl Mul<f64> for Vec3 {
    type Output = Vec3;
    fn mul(self, k: f64) -> Vec3 {
        Vec3::new(self.x * k, self.y * k, self.z * k)
    }
}
#[differentiable]
impl Mul<Vec3> for f64 {
    type Output = Vec3;
    fn mul(self, v: Vec3) -> Vec3 {
        v * self
    }
}
#[differentiable]
impl Neg for Vec3 {
    type Output = Vec3;
    fn neg(self) -> Vec3 {
        Vec3::new(-self.x, -self.y, -self.z)
    }
}
#[differentiable]
impl AddAssign for Vec3 {
    fn add_assign(&mut self, o: Vec3) {
        self.x += o.x;
        self.y += o.y;
        self.z += o.z;
    }
}

#[derive(Clone, Debug, Differentiable)]
pub struct Body {
    pub position: Vec3,
    pub velocity: Vec3,
    pub mass: f64,
}

#[derive(Clone, Debug, Differentiable)]
pub struct System {
    pub bodies: Vec<Body>,
    pub softening: f64,
}

impl System {
    #[differentiable(wrt(self))]
    fn accelerations(&self) -> Vec<Vec3> {
        let n = self.bodies.len();
        let mut acc = vec![Vec3::ZERO; n];
        for i in 0..n {
            for j in 0..n {
                if i == j {
                    continue;
                }
                let r = self.bodies[j].position - self.bodies[i].position;
                let d2 = r.length_squared() + self.softening * self.softening;
                acc[i] += self.bodies[j].mass / (d2 * d2.sqrt()) * r;
            }
        }
        acc
    }

    #[differentiable(wrt(self))]
    fn step(&mut self, dt: f64) {
        let acc = self.accelerations();
        for (body, a) in self.bodies.iter_mut().zip(&acc) {
            body.velocity += *a * (0.5 * dt);
            body.position += body.velocity * dt;
        }
        let acc = self.accelerations();
        for (body, a) in self.bodies.iter_mut().zip(&acc) {
            body.velocity += *a * (0.5 * dt);
        }
    }

    #[differentiable(wrt(self))]
    fn energy(&self) -> f64 {
        let mut kinetic = 0.0;
        let mut potential = 0.0;
        for (i, a) in self.bodies.iter().enumerate() {
            kinetic += 0.5 * a.mass * a.velocity.length_squared();
            for b in self.bodies.iter().skip(i + 1) {
                let r2 = (a.position - b.position).length_squared() + self.softening.powi(2);
                potential -= a.mass * b.mass / r2.sqrt();
            }
        }
        kinetic + potential
    }
}

#[differentiable(wrt(initial))]
fn final_distance(initial: &System, steps: usize) -> f64 {
    let mut system = initial.clone();
    for _ in 0..steps {
        system.step(0.02);
    }
    (system.bodies[0].position - system.bodies[1].position).length() + 0.1 * system.energy()
}
#[test]
fn gradient() {
    let b = |x: f64, y: f64, vx: f64, vy: f64, m: f64| Body {
        position: Vec3::new(x, y, 0.1 * x),
        velocity: Vec3::new(vx, vy, 0.05),
        mass: m,
    };
    let s = System {
        bodies: vec![
            b(0.0, 0.0, 0.0, -0.1, 3.0),
            b(1.0, 0.2, 0.1, 1.2, 0.5),
            b(-0.8, 0.9, -0.7, -0.3, 0.2),
        ],
        softening: 0.1,
    };
    check!(final_distance, final_distance_grad, final_distance_grad_add, final_distance_vjp; s: &s, n: const 4);
}
