//! Calls of other differentiable functions.

use super::{BOUND, Generator, Lock, Output};
use crate::random::program::{Name, Node, Sort, Ty};

/// A function that the program's main function can call.
#[derive(Debug, Clone)]
pub(super) struct Helper {
    pub(super) name: String,
    pub(super) parameters: &'static [Ty],
    pub(super) output: Output,
    /// Whether the last parameter counts down to the end of the recursion.
    pub(super) recursive: bool,
    /// Whether the first parameter is `&self`.
    pub(super) method: bool,
}

pub(super) const SIGNATURES: &[(&[Ty], Output)] = &[
    (&[Ty::Float], Output::Float),
    (&[Ty::Float, Ty::Float], Output::Float),
    (&[Ty::Slice, Ty::Float], Output::Float),
    (&[Ty::Float, Ty::Int], Output::Float),
    (&[Ty::Array, Ty::Float], Output::Float),
    (&[Ty::Float, Ty::Float], Output::Pair),
    (&[Ty::Array, Ty::Float], Output::Array),
    (&[Ty::Slice], Output::Vec),
    (&[Ty::Ref, Ty::Float], Output::Float),
    (&[Ty::Record, Ty::Float], Output::Float),
    (&[Ty::Record], Output::Record),
    (&[Ty::Float, Ty::Float], Output::Option),
];

impl Generator {
    /// Arguments change nothing: another one may borrow what they would change.
    fn call(&mut self, helper: &Helper, depth: usize) -> Option<Node> {
        self.purely(|this| this.call_with(helper, depth))
    }

    fn call_with(&mut self, helper: &Helper, depth: usize) -> Option<Node> {
        let mut uses = vec![Name::new(&helper.name, Ty::Helper, false)];
        let mut parts = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        for ty in helper.parameters {
            match ty {
                Ty::Float => {
                    let value = self.float(depth.saturating_sub(1));
                    parts.push(if self.in_loop() { self.squashed(value) } else { value });
                    texts.push("~".to_owned());
                }
                Ty::Ref => {
                    let var = self.readable(&[Ty::Float, Ty::Ref])?;
                    let borrow = if var.ty == Ty::Float { "&" } else { "" };
                    texts.push(format!("{borrow}{}", var.name));
                    uses.push(var.read());
                }
                Ty::Int => {
                    parts.push(self.int_below(4));
                    texts.push("~".to_owned());
                }
                Ty::Array => {
                    parts.push(self.array());
                    texts.push("~".to_owned());
                }
                Ty::Record => {
                    let var = self.readable(&[Ty::Record])?;
                    let borrow = if helper.method { "" } else { "&" };
                    texts.push(format!("{borrow}{}", var.name));
                    uses.push(var.read());
                }
                _ => {
                    let var = self.find(|var| {
                        matches!(var.ty, Ty::Slice | Ty::Vec | Ty::Array)
                            && var.limit >= 3
                            && var.lock < Lock::Exclusive
                    })?;
                    let borrow = if var.ty == Ty::Slice { "" } else { "&" };
                    let part = if var.limit > 3 && self.rng.one_in(4) {
                        format!("&{}[1..]", var.name)
                    } else {
                        format!("{borrow}{}", var.name)
                    };
                    texts.push(part);
                    uses.push(var.read());
                }
            }
        }
        if helper.method {
            let receiver = texts.remove(0);
            let template = format!("{receiver}.{}({})", helper.name, texts.join(", "));
            let call = Node::new(Sort::Other, &template, parts).using(uses);
            return Some(call.bounded(BOUND).typed(true));
        }
        let template = format!("{}$S({})", helper.name, texts.join(", "));
        Some(Node::new(Sort::Other, &template, parts).using(uses).bounded(BOUND).typed(true))
    }

    pub(super) fn helper_scalar(&mut self, depth: usize) -> Option<Node> {
        let helpers: Vec<Helper> =
            self.helpers.iter().filter(|h| h.output == Output::Float).cloned().collect();
        if helpers.is_empty() || self.iterations > 100 {
            return None;
        }
        let helper = self.rng.pick(&helpers).clone();
        let call = self.call(&helper, depth)?;
        let call = Node { sort: Sort::Float, ..call };
        Some(if helper.recursive { call } else { self.squashed(call) })
    }

    pub(super) fn let_from_helper(&mut self) -> Option<Node> {
        let helpers: Vec<Helper> =
            self.helpers.iter().filter(|h| h.output != Output::Float).cloned().collect();
        if helpers.is_empty() {
            return None;
        }
        let helper = self.rng.pick(&helpers).clone();
        let call = self.call(&helper, 2)?;
        let mutable = self.rng.one_in(2);
        let keyword = if mutable { "mut " } else { "" };
        if helper.output == Output::Pair && self.rng.one_in(2) {
            let [a, b] = self.variables([(Ty::Float, mutable), (Ty::Float, mutable)]);
            let names = [a.as_name(), b.as_name()];
            let text = format!("let ({keyword}{}, {keyword}{}) = ~;", a.name, b.name);
            self.scope.extend([a, b]);
            return Some(Node::statement(&text, [call]).declaring(names));
        }
        let ty = match helper.output {
            Output::Pair => Ty::Pair,
            Output::Array => Ty::Array,
            Output::Record => Ty::Record,
            Output::Option => Ty::Option,
            _ => Ty::Vec,
        };
        let var = self.variable(ty, mutable);
        let text = format!("let {keyword}{} = ~;", var.name);
        let node = Node::statement(&text, [call]).declaring([var.as_name()]);
        self.declare(var);
        Some(node)
    }
}
