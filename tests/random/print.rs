//! From trees to source text, once for `f64` and once for dual numbers.

use std::fmt::Write;

use super::program::{Node, Piece, Sort};

/// A parameter of a program's main function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Scalar,
    Slice,
    VecRef,
    Vec,
    Array,
    ArrayRef,
    Pair,
    /// Rows of three.
    Rows,
}

/// A program: its functions, the last of which is the one under test.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) root: Node,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Float,
    Dual,
}

/// The functions as a user would write them.
pub(crate) fn source(program: &Program) -> String {
    let mut writer = Writer { text: String::new(), indent: 0, mode: Mode::Float };
    writer.node(&program.root, false);
    let mut text = String::new();
    if writer.text.contains("Point") {
        text.push_str(RECORD);
    }
    if writer.text.contains("Choice") {
        text.push_str(CHOICE);
    }
    text + &writer.text
}

const RECORD: &str = "\
#[derive(Clone, Copy, Debug, Differentiable)]
struct Point {
    p: f64,
    q: f64,
}

";

const RECORD_OF_DUALS: &str = "\
#[derive(Clone, Copy)]
struct Point_dual {
    p: Dual,
    q: Dual,
}

";

const CHOICE: &str = "\
#[derive(Clone, Debug, Differentiable)]
enum Choice {
    One(f64),
    Two { p: f64, q: f64 },
    Many(Vec<f64>),
    Nothing,
}

";

const CHOICE_OF_DUALS: &str = "\
#[derive(Clone)]
enum Choice_dual {
    One(Dual),
    Two { p: Dual, q: Dual },
    Many(Vec<Dual>),
    Nothing,
}

";

/// The module of a generated project that holds a program in both versions.
pub(crate) fn module(program: &Program) -> String {
    let mut text = format!("//! Program {}.\n\n", program.name);
    text.push_str(
        "use backprop::prelude::*;\n\nuse crate::dual::Dual;\nuse crate::harness::Case;\n\n",
    );
    text.push_str(&source(program));
    let mut writer = Writer { text: String::new(), indent: 0, mode: Mode::Dual };
    writer.node(&program.root, false);
    if writer.text.contains("Point") {
        text.push_str(RECORD_OF_DUALS);
    }
    if writer.text.contains("Choice") {
        text.push_str(CHOICE_OF_DUALS);
    }
    text.push_str(&writer.text);
    adapters(program, &mut text);
    text
}

/// Functions that call the companions with the arguments in vectors.
fn adapters(program: &Program, text: &mut String) {
    let arguments = |seeds: &str| -> String {
        let argument = |(i, parameter): (usize, &Parameter)| match parameter {
            Parameter::Scalar => format!("{seeds}[{i}][0]"),
            Parameter::Slice | Parameter::VecRef => format!("&{seeds}[{i}]"),
            Parameter::Vec => format!("{seeds}[{i}].clone()"),
            Parameter::Array => format!("[{seeds}[{i}][0], {seeds}[{i}][1], {seeds}[{i}][2]]"),
            Parameter::ArrayRef => format!("{seeds}[{i}].first_chunk::<3>().unwrap()"),
            Parameter::Rows => {
                format!("&{seeds}[{i}].chunks(3).map(<[_]>::to_vec).collect::<Vec<_>>()")
            }
            Parameter::Pair => format!("({seeds}[{i}][0], {seeds}[{i}][1])"),
        };
        program.parameters.iter().enumerate().map(argument).collect::<Vec<_>>().join(", ")
    };
    let each = |part: &dyn Fn(usize, Parameter) -> String| -> String {
        let parts = program.parameters.iter().enumerate();
        parts.map(|(i, parameter)| part(i, *parameter)).collect::<Vec<_>>().join(", ")
    };
    let names = each(&|i, _| format!("d{i}"));
    let flat = each(&|i, parameter| match parameter {
        Parameter::Scalar => format!("vec![d{i}]"),
        Parameter::Pair => format!("vec![d{i}.0, d{i}.1]"),
        Parameter::Rows => format!("d{i}.concat()"),
        _ => format!("d{i}.to_vec()"),
    });
    let buffers = each(&|i, parameter| match parameter {
        Parameter::Scalar => format!("buffers[{i}][0]"),
        Parameter::Pair => format!("(buffers[{i}][0], buffers[{i}][1])"),
        Parameter::Rows => format!("buffers[{i}].chunks(3).map(<[_]>::to_vec).collect::<Vec<_>>()"),
        Parameter::Array | Parameter::ArrayRef => {
            format!("[buffers[{i}][0], buffers[{i}][1], buffers[{i}][2]]")
        }
        _ => format!("buffers[{i}].clone()"),
    });
    let lent = each(&|i, _| format!("&mut d{i}"));
    let shape = each(&|_, parameter| {
        match parameter {
            Parameter::Scalar => "1",
            Parameter::Pair => "2",
            Parameter::Rows => "6",
            Parameter::Array | Parameter::ArrayRef => "3",
            _ => "0",
        }
        .to_owned()
    });
    let row = program.parameters.iter().position(|parameter| *parameter == Parameter::Rows);
    let (mut each_row, mut lasting) = (String::new(), arguments("at"));
    if let Some(i) = row {
        let built = format!("&at[{i}].chunks(3).map(<[_]>::to_vec).collect::<Vec<_>>()");
        each_row = format!("let rows = {};\n    ", &built[1..]);
        lasting = lasting.replace(&built, "&rows");
    }
    let (name, floats, duals) = (&program.name, arguments("at"), arguments("at"));
    write!(
        text,
        "
pub(crate) const CASE: Case = Case {{ name: {name:?}, shape: &[{shape}], value, dual, grad, grad_add, vjp, jvp }};

fn value(at: &[Vec<f64>]) -> f64 {{
    program({floats})
}}

fn dual(at: &[Vec<Dual>]) -> Dual {{
    program_dual({duals})
}}

fn grad(at: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {{
    let (value, ({names})) = program_grad({floats});
    (value, vec![{flat}])
}}

fn grad_add(at: &[Vec<f64>], buffers: &mut Vec<Vec<f64>>) -> f64 {{
    let (mut {mutable}) = ({buffers});
    let value = program_grad_add({floats}, {lent});
    *buffers = vec![{flat}];
    value
}}

fn vjp(at: &[Vec<f64>], cotangent: f64) -> (f64, Vec<Vec<f64>>) {{
    {rows}let (value, pullback) = program_vjp({lasting});
    let ({names}) = pullback(cotangent);
    (value, vec![{flat}])
}}

fn jvp(at: &[Vec<f64>], along: &[Vec<f64>]) -> (f64, f64) {{
    program_jvp({floats}, {tangents})
}}
",
        // The pullback borrows its arguments: they have to live on.
        rows = each_row,
        lasting = lasting,
        tangents = arguments("along"),
        mutable = names.replace(", ", ", mut "),
    )
    .expect("a string takes everything");
}

struct Writer {
    text: String,
    indent: usize,
    mode: Mode,
}

impl Writer {
    fn node(&mut self, node: &Node, tight: bool) {
        let parentheses = tight && node.loose;
        if parentheses {
            self.text.push('(');
        }
        if node.sort == Sort::Block {
            self.block(node);
        } else if !self.compound(node) {
            node.pieces.iter().for_each(|piece| self.piece(piece));
        }
        if parentheses {
            self.text.push(')');
        }
    }

    fn block(&mut self, block: &Node) {
        self.indent += 1;
        for child in block.children() {
            self.line();
            self.node(child, false);
        }
        self.indent -= 1;
        self.line();
    }

    /// `a += b`: on a type that is not built in, the order of evaluation is another, and `a` is
    /// borrowed meanwhile. Naming `b` first makes the two versions mean the same.
    fn compound(&mut self, node: &Node) -> bool {
        let [place @ Piece::Child { .. }, Piece::Text(text), rest @ ..] = &*node.pieces else {
            return false;
        };
        let Some(operator) = text.get(..4).filter(|text| {
            self.mode == Mode::Dual && [" += ", " -= ", " *= ", " /= ", " %= "].contains(text)
        }) else {
            return false;
        };
        self.text.push_str("{ let rhs = ");
        self.text.push_str(&text[4..]);
        rest.iter().for_each(|piece| self.piece(piece));
        self.text.push(' ');
        self.piece(place);
        self.text.push_str(operator);
        self.text.push_str("rhs; }");
        true
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("    ", self.indent));
    }

    fn piece(&mut self, piece: &Piece) {
        let dual = self.mode == Mode::Dual;
        match piece {
            Piece::Text(text) => self.text.push_str(text),
            Piece::Child { node, tight } => self.node(node, *tight),
            Piece::Scalar => self.text.push_str(if dual { "Dual" } else { "f64" }),
            Piece::Attribute(options) if !dual => {
                self.text.push_str(&format!("#[differentiable{options}]\n"));
            }
            Piece::Derive if dual => self.text.push_str("#[derive(Clone)]\n"),
            Piece::Derive => self.text.push_str("#[derive(Clone, Debug, Differentiable)]\n"),
            Piece::Suffix if dual => self.text.push_str("_dual"),
            Piece::OpenConstant if dual => self.text.push_str("Dual::from("),
            Piece::CloseConstant if dual => self.text.push(')'),
            Piece::Value if dual => self.text.push_str(".value"),
            _ => {}
        }
    }
}
