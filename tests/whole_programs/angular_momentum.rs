use backprop::prelude::*;

use std::iter::Sum;
use std::ops::*;
#[derive(Clone, Copy, Debug, Default, Differentiable)]
struct Vec3 {
    x: f64,
    y: f64,
    z: f64,
}
#[differentiable]
impl Add for Vec3 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { x: self.x + o.x, y: self.y + o.y, z: self.z + o.z }
    }
}
#[differentiable]
impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Self { x: self.x - o.x, y: self.y - o.y, z: self.z - o.z }
    }
}
#[differentiable]
impl Mul<f64> for Vec3 {
    type Output = Self;
    fn mul(self, k: f64) -> Self {
        Self { x: self.x * k, y: self.y * k, z: self.z * k }
    }
}
#[differentiable]
impl Div<f64> for Vec3 {
    type Output = Self;
    fn div(self, k: f64) -> Self {
        Self { x: self.x / k, y: self.y / k, z: self.z / k }
    }
}
#[differentiable]
impl SubAssign for Vec3 {
    fn sub_assign(&mut self, o: Self) {
        self.x -= o.x;
        self.y -= o.y;
        self.z -= o.z;
    }
}
impl Vec3 {
    #[differentiable(wrt(self, o))]
    fn cross(self, o: Vec3) -> Vec3 {
        Vec3 {
            x: self.y * o.z - self.z * o.y,
            y: self.z * o.x - self.x * o.z,
            z: self.x * o.y - self.y * o.x,
        }
    }
    #[differentiable(wrt(self))]
    fn norm2(self) -> f64 {
        self.x * self.x + self.y * self.y + self.z * self.z
    }
}
#[derive(Clone, Differentiable)]
struct Particle {
    pos: Vec3,
    vel: Vec3,
    mass: f64,
}

#[differentiable]
fn internal_angular_momentum(particles: &[Particle]) -> f64 {
    let total_mass: f64 = particles.iter().map(|p| p.mass).sum();
    let com = particles.iter().fold(Vec3::default(), |acc, p| acc + p.pos * p.mass) / total_mass;
    let mut com_vel = Vec3::default();
    for p in particles {
        com_vel = com_vel + p.vel * (p.mass / total_mass);
    }
    let mut l = Vec3 { x: 0.0, y: 0.0, z: 0.0 };
    for Particle { pos, vel, mass } in particles {
        let r = *pos - com;
        let v = *vel - com_vel;
        l -= v.cross(r) * *mass;
    }
    l.norm2().sqrt()
}
#[test]
fn gradient() {
    let v = |x: f64, y: f64, z: f64| Vec3 { x, y, z };
    let ps = vec![
        Particle { pos: v(0.0, 0.5, 0.2), vel: v(1.0, 0.0, 0.3), mass: 1.0 },
        Particle { pos: v(1.0, -0.3, 0.0), vel: v(0.0, 0.7, -0.1), mass: 2.0 },
        Particle { pos: v(-0.5, 0.1, 0.9), vel: v(0.2, 0.2, 0.2), mass: 0.5 },
    ];
    check!(internal_angular_momentum, internal_angular_momentum_grad, internal_angular_momentum_grad_add, internal_angular_momentum_vjp; p: &ps);
}
