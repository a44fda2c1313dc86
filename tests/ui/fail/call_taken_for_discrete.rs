use backprop::prelude::*;

struct Track {
    speed: f64,
}

impl Track {
    fn position(&self, t: f64) -> f64 {
        self.speed * t
    }
}

#[differentiable(wrt(t))]
fn height(track: &Track, t: f64) -> f64 {
    t + track.position(t)
}

fn main() {}
