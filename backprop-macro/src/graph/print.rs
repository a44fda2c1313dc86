//! The graph as text, one node a line: what a snapshot or a debugging session looks at.

use std::fmt::{self, Write};

use super::{Callee, Expr, Graph, Header, NodeOp, Op, Payload, Place, Region, Step, VarId};
use crate::pass::reverse::Joint;

impl Graph {
    /// The forward and the reverse part of a derivative.
    pub(crate) fn display(&self, joint: &Joint) -> String {
        let mut out = String::new();
        let mut printer = Printer { graph: self, out: &mut out, indent: 1 };
        printer.out.push_str("forward\n");
        printer.region(&joint.forward).expect("writing to a String cannot fail");
        printer.out.push_str("reverse\n");
        printer.region(&joint.reverse).expect("writing to a String cannot fail");
        out
    }

    /// The function as it was read, and the variables that derivatives flow through.
    pub(crate) fn display_lowered(&self, body: &Region) -> String {
        let mut out = "lowered\n".to_owned();
        let mut printer = Printer { graph: self, out: &mut out, indent: 1 };
        printer.region(body).expect("writing to a String cannot fail");
        let active = self.vars.iter().filter(|var| var.active);
        let names: Vec<String> = active.map(|var| var.ident.to_string()).collect();
        out + "active: " + &names.join(", ") + "\n"
    }
}

struct Printer<'a> {
    graph: &'a Graph,
    out: &'a mut String,
    indent: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) -> fmt::Result {
        writeln!(self.out, "{:width$}{text}", "", width = 4 * self.indent)
    }

    fn region(&mut self, region: &Region) -> fmt::Result {
        for node in &region.nodes {
            self.node(&node.op)?;
        }
        if let Some(result) = &region.result {
            self.line(&format!("yield {}", self.expr(result)))?;
        }
        if !region.residuals.is_empty() {
            let names: Vec<String> = region.residuals.iter().map(|var| self.var(*var)).collect();
            self.line(&format!("residuals {}", names.join(", ")))?;
        }
        Ok(())
    }

    fn nested(&mut self, title: &str, region: &Region) -> fmt::Result {
        self.line(title)?;
        self.indent += 1;
        self.region(region)?;
        self.indent -= 1;
        Ok(())
    }

    fn var(&self, var: VarId) -> String {
        self.graph[var].ident.to_string()
    }

    fn place(&self, place: &Place) -> String {
        let mut text = self.var(place.root);
        for step in &place.path {
            match step {
                Step::Field(syn::Member::Named(name)) => text.push_str(&format!(".{name}")),
                Step::Field(syn::Member::Unnamed(index)) => {
                    text.push_str(&format!(".{}", index.index));
                }
                Step::Index(index) => text.push_str(&format!("[{}]", self.expr(index))),
                Step::Deref => text.push_str(".*"),
                Step::Payload(Payload::Success) => text.push('?'),
                Step::Payload(Payload::Variant { path, member }) => {
                    let name = path.segments.last().map(|last| last.ident.to_string());
                    let name = name.unwrap_or_default();
                    let member = match member {
                        syn::Member::Named(name) => name.to_string(),
                        syn::Member::Unnamed(index) => index.index.to_string(),
                    };
                    text.push_str(&format!("?{name}.{member}"));
                }
            }
        }
        text
    }

    fn expr(&self, expr: &Expr) -> String {
        match expr {
            Expr::Place(place) => self.place(place),
            Expr::Number(number) => number.to_string(),
            Expr::Code(code) => format!("`{}`", code.tokens),
            Expr::Name(name) => name.to_string(),
            Expr::Apply { op, args, .. } => {
                let args: Vec<String> = args.iter().map(|arg| self.expr(arg)).collect();
                let name = match op {
                    Op::Neg => "neg".to_owned(),
                    Op::Add => "add".to_owned(),
                    Op::Sub => "sub".to_owned(),
                    Op::Mul => "mul".to_owned(),
                    Op::Div => "div".to_owned(),
                    Op::Rem => "rem".to_owned(),
                    Op::Elementary(rule, _) => rule.name.to_owned(),
                    Op::Method(rule, _) => rule.name.to_owned(),
                    Op::Runtime(function) => (*function).to_owned(),
                    Op::PassedAgain => "again".to_owned(),
                    Op::PassedKept => "keep".to_owned(),
                    Op::Held => "hold".to_owned(),
                    Op::HeldAgain => "held".to_owned(),
                    Op::Cast(_) => "cast".to_owned(),
                    Op::Typed(_) => "typed".to_owned(),
                    Op::Reference => "ref".to_owned(),
                    Op::ReferenceMut => "ref_mut".to_owned(),
                    Op::Clone => "clone".to_owned(),
                    Op::Copied(method) => method.to_string(),
                    Op::Converted(_) => "convert".to_owned(),
                    Op::Tuple => "tuple".to_owned(),
                    Op::Array => "array".to_owned(),
                    Op::Repeat { .. } => "repeat".to_owned(),
                    Op::Vec => "vec".to_owned(),
                    Op::Struct { .. } | Op::TupleStruct(_) => "struct".to_owned(),
                    Op::Boxed(_) => "box".to_owned(),
                    Op::Lent { method, .. } | Op::Unwrapped(method) | Op::Kept(method) => {
                        method.to_string()
                    }
                    Op::Rebuilt => "rebuild".to_owned(),
                };
                format!("{name} {}", args.join(", "))
            }
        }
    }

    fn node(&mut self, op: &NodeOp) -> fmt::Result {
        match op {
            NodeOp::Let { var, value } => {
                let active = if self.graph[*var].active { "" } else { " inert" };
                self.line(&format!("%{} = {}{active}", self.var(*var), self.expr(value)))
            }
            NodeOp::Declare { var, .. } => self.line(&format!("declare %{}", self.var(*var))),
            NodeOp::Bind { parts, value, .. } => {
                let names: Vec<String> = parts.iter().map(|(var, _)| self.var(*var)).collect();
                self.line(&format!("bind {} = {}", names.join(", "), self.expr(value)))
            }
            NodeOp::Store { place, op, value } => {
                let op = match op {
                    None => "=",
                    Some(Op::Add) => "+=",
                    Some(Op::Sub) => "-=",
                    Some(Op::Mul) => "*=",
                    Some(Op::Div) => "/=",
                    Some(_) => "%=",
                };
                self.line(&format!("{} {op} {}", self.place(place), self.expr(value)))
            }
            NodeOp::Code { tokens, .. } => self.line(&format!("code `{tokens}`")),
            NodeOp::Edit { edit, place, operands, .. } => {
                let operands: Vec<String> = operands.iter().map(|e| self.expr(e)).collect();
                self.line(&format!("{} {} {}", edit.method, self.place(place), operands.join(", ")))
            }
            NodeOp::Swap { first, second } => {
                self.line(&format!("swap {}, {}", self.place(first), self.place(second)))
            }
            NodeOp::Unedit { function, var, place, .. } => {
                self.line(&format!("%{} = {function} {}", self.var(*var), self.place(place)))
            }
            NodeOp::Call(call) => {
                let name = match &call.callee {
                    Callee::Function(path) => path
                        .path
                        .segments
                        .last()
                        .map(|segment| segment.ident.to_string())
                        .unwrap_or_default(),
                    Callee::Method { name, .. } => name.to_string(),
                    Callee::Parameter(var) => self.var(*var),
                };
                let args: Vec<String> =
                    call.arguments.iter().map(|argument| self.expr(&argument.value)).collect();
                self.line(&format!("%{} = call {name} {}", self.var(call.result), args.join(", ")))
            }
            NodeOp::If(inner) => {
                let condition = inner.condition.as_ref().map(|c| self.expr(c)).unwrap_or_default();
                self.nested(&format!("if {condition}"), &inner.then)?;
                self.nested("else", &inner.otherwise)
            }
            NodeOp::Match(inner) => {
                self.line(&format!("match {}", inner.scrutinee))?;
                for (index, arm) in inner.arms.iter().enumerate() {
                    self.nested(&format!("arm {index} `{}`", arm.pattern), &arm.body)?;
                }
                Ok(())
            }
            NodeOp::Loop(inner) => {
                let header = match &inner.header {
                    Header::Range { index, range } => {
                        format!("for {} in `{}`", self.var(*index), range.tokens)
                    }
                    Header::Each { pattern, iterable, .. } => {
                        format!("for `{pattern}` in `{iterable}`")
                    }
                    Header::While { condition, .. } => format!("while `{condition}`"),
                    Header::RangeBack { index, range } => {
                        format!("for {} back in `{}`", self.var(*index), range.tokens)
                    }
                    Header::TapeBack { .. } => "for each iteration, last to first".to_owned(),
                };
                self.nested(&header, &inner.body)
            }
            NodeOp::Zero { var, like } => {
                self.line(&format!("%{} = zero like {}", self.var(*var), self.expr(like)))
            }
            NodeOp::Take { var, place, .. } => {
                self.line(&format!("%{} = take {}", self.var(*var), self.place(place)))
            }
            NodeOp::Rule { function, slot, operands, .. } => {
                let operands: Vec<String> = operands.iter().map(|e| self.expr(e)).collect();
                self.line(&format!("{} += {function} {}", self.place(slot), operands.join(", ")))
            }
            NodeOp::Pull { pullback, adjoint, .. } => {
                self.line(&format!("pull {} {}", self.var(*pullback), self.expr(adjoint)))
            }
            NodeOp::Replay(inner) => {
                let restored: Vec<String> = inner
                    .restored
                    .iter()
                    .map(|(var, copy)| format!("{} from {}", self.var(*var), self.var(*copy)))
                    .collect();
                self.nested(&format!("again, {}", restored.join(", ")), &inner.forward)?;
                self.nested("and back", &inner.reverse)
            }
            NodeOp::Lend { row, of, start, length, .. } => {
                let (row, length) = (self.var(*row), self.var(*length));
                self.line(&format!("%{row} = {}[{}..][..{length}]", self.place(of), start.tokens))
            }
            NodeOp::Give { slot, value, .. } => {
                self.line(&format!("give {} {}", self.var(*slot), self.expr(value)))
            }
        }
    }
}
