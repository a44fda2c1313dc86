//! The crates that are compiled.

use std::fmt::Write;

pub(crate) struct Source {
    pub(crate) text: String,
    /// Of the functions with the attribute.
    pub(crate) annotated_lines: usize,
}

impl Source {
    pub(crate) fn empty() -> Self {
        Source {
            text: "#![allow(unused)]\nuse backprop::differentiable;\n".into(),
            annotated_lines: 0,
        }
    }

    /// Functions with a loop, a branch, and elementary functions, annotated or with their gradients.
    pub(crate) fn functions(count: usize, annotated: bool) -> Self {
        let mut source = Source::empty();
        for k in 0..count {
            let function =
                FUNCTION.replace("NAME", &format!("loss_{k}")).replace("SHIFT", &format!("{k}.5"));
            if annotated {
                source.annotated_lines += function.lines().count();
                source.text += "\n#[differentiable]";
                source.text += &function;
            } else {
                let gradient = GRADIENT
                    .replace("NAME", &format!("loss_{k}"))
                    .replace("SHIFT", &format!("{k}.5"));
                source.text += &function;
                source.text += &gradient;
            }
        }
        source
    }

    /// One annotated function of blocks of eleven lines.
    pub(crate) fn long_function(lines: usize) -> Self {
        let mut source = Source::empty();
        source.text +=
            "\n#[differentiable]\npub fn long(x: &[f64], y: f64) -> f64 {\n    let c0 = y;\n";
        let blocks = lines / 11;
        for k in 1..=blocks {
            let before = k - 1;
            write!(
                source.text,
                "    let a{k} = x[{}] * c{before} + {k}.0;
    let b{k} = a{k}.sin() * y;
    let mut s{k} = 0.0;
    for i in 0..x.len() {{
        s{k} += x[i] * b{k};
    }}
    let c{k} = if s{k} > 0.0 {{
        s{k} * 0.5
    }} else {{
        a{k}.exp()
    }};
",
                k % 8
            )
            .expect("strings can be written to");
        }
        write!(source.text, "    c{blocks}\n}}\n").expect("strings can be written to");
        source.annotated_lines = 11 * blocks + 4;
        source
    }
}

const FUNCTION: &str = "
pub fn NAME(x: &[f64], y: f64) -> f64 {
    let mut sum = 0.0;
    for i in 0..x.len() {
        let a = x[i] * y;
        let b = (a + SHIFT).sin();
        if b > 0.5 {
            sum += a * b;
        } else {
            sum += b.exp();
        }
    }
    let scale = (y * y + 1.0).sqrt();
    sum / scale
}
";

/// As someone would write it who needs both forms.
const GRADIENT: &str = "
pub fn NAME_grad_add(x: &[f64], y: f64, d_x: &mut [f64], d_y: &mut f64) -> f64 {
    let scale = (y * y + 1.0).sqrt();
    let seed = 1.0 / scale;
    let mut sum = 0.0;
    for i in 0..x.len() {
        let a = x[i] * y;
        let (sin, cos) = (a + SHIFT).sin_cos();
        let d_a = if sin > 0.5 {
            sum += a * sin;
            seed * (sin + a * cos)
        } else {
            let e = sin.exp();
            sum += e;
            seed * e * cos
        };
        d_x[i] += d_a * y;
        *d_y += d_a * x[i];
    }
    *d_y -= sum * y / (scale * scale * scale);
    sum / scale
}

pub fn NAME_grad(x: &[f64], y: f64) -> (f64, (Vec<f64>, f64)) {
    let (mut d_x, mut d_y) = (vec![0.0; x.len()], 0.0);
    let value = NAME_grad_add(x, y, &mut d_x, &mut d_y);
    (value, (d_x, d_y))
}
";
