use backprop::differentiable;

#[differentiable]
fn f(x: f64) -> f64 {
    let mut a = x;
    macro_rules! bump {
        ($e:expr) => {
            a += $e
        };
    }
    bump!(x * x);
    a
}

fn main() {}
