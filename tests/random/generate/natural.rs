//! Statements that call a function of the library, change what is handed on, or take a container
//! apart.

use super::{BOUND, Generator, Lock, Var};
use crate::random::program::{Node, Ty};

impl Generator {
    /// A number for such a statement to change, and a sequence for it to read.
    pub(super) fn target_and_source(&mut self) -> Option<(Var, Var)> {
        let target = self.writable(&[Ty::Float]).filter(|var| var.typed)?;
        let source = self.readable(&[Ty::Array, Ty::Vec, Ty::Slice])?;
        Some((target, source))
    }

    pub(super) fn fresh_name(&mut self, base: &str) -> String {
        self.fresh += 1;
        format!("{base}{}", self.fresh)
    }

    /// A value that does not mention what is being changed.
    pub(super) fn beside(&mut self, var: &Var) -> Node {
        self.lock(var, Lock::Exclusive);
        let value = self.pure();
        self.lock(var, Lock::Free);
        value
    }

    /// A value that changes nothing: something may be borrowed where it is computed.
    fn pure(&mut self) -> Node {
        let value = self.purely(|this| this.stored());
        self.squashed(value)
    }

    pub(super) fn natural(&mut self) -> Option<Node> {
        match self.rng.below(14) {
            0 => {
                let var = self.writable(&[Ty::Float])?;
                let (callee, value) = (self.calls("bump"), self.beside(&var));
                let text = format!("bump$S(&mut {}, ~);", var.name);
                Some(Node::statement(&text, [value]).using([var.as_name(), callee]))
            }
            1 => {
                let var = self.writable(&[Ty::Array, Ty::Vec, Ty::SliceMut])?;
                let (callee, value) = (self.calls("smooth"), self.beside(&var));
                let borrow = if var.ty == Ty::SliceMut { "" } else { "&mut " };
                let text = format!("smooth$S({borrow}{}, ~);", var.name);
                Some(Node::statement(&text, [value]).using([var.as_name(), callee]))
            }
            2 => {
                let var = self.writable(&[Ty::Vec])?;
                let (callee, value) = (self.calls("grow"), self.beside(&var));
                let text = format!("grow$S(&mut {}, ~);", var.name);
                Some(Node::statement(&text, [value]).using([var.as_name(), callee]))
            }
            3 => {
                let var = self.writable(&[Ty::Float])?;
                let value = self.beside(&var);
                let mut old = self.variable(Ty::Float, false);
                (old.bound, old.typed) = (BOUND, var.typed);
                let text = format!("let {} = std::mem::replace(&mut {}, ~);", old.name, var.name);
                let node = Node::statement(&text, [value]).using([var.as_name()]);
                let node = node.declaring([old.as_name()]);
                self.declare(old);
                Some(node)
            }
            4 => {
                let (target, source) = self.target_and_source()?;
                let (stack, item) = (self.fresh_name("stack"), self.fresh_name("item"));
                let (a, w) = (&target.name, &source.name);
                let text = format!(
                    "{{ let mut {stack} = {w}.to_vec(); while let Some({item}) = {stack}.pop() {{ \
                     {a} = ({a} * {item} + ~).sin(); }} }}"
                );
                let value = self.beside(&target);
                Some(Node::statement(&text, [value]).using([target.as_name(), source.read()]))
            }
            5 => {
                let (target, source) = self.target_and_source()?;
                let pair = self.fresh_name("pair");
                let (a, w) = (&target.name, &source.name);
                let text = format!(
                    "for {pair} in {w}.windows(2) {{ {a} += ({pair}[0] * {pair}[1]).sin(); }}"
                );
                Some(Node::statement(&text, []).using([target.as_name(), source.read()]))
            }
            6 => {
                let (target, source) = self.target_and_source()?;
                let part = self.fresh_name("part");
                let (a, w) = (&target.name, &source.name);
                let text = format!(
                    "for {part} in {w}.chunks(2) {{ {a} += ({part}.iter().sum::<$F>() * ~).sin(); }}"
                );
                let value = self.beside(&target);
                Some(Node::statement(&text, [value]).using([target.as_name(), source.read()]))
            }
            7 => {
                let (target, source) = self.target_and_source()?;
                let queue = self.fresh_name("queue");
                let (a, w) = (&target.name, &source.name);
                let text = format!(
                    "{{ let mut {queue}: std::collections::VecDeque<$F> = {w}.iter().copied().collect(); \
                     {queue}.push_back(~); {queue}.rotate_left(1); \
                     if let Some(first) = {queue}.pop_front() {{ {a} += first.sin() * {queue}[0]; }} }}"
                );
                let value = self.beside(&target);
                Some(Node::statement(&text, [value]).using([target.as_name(), source.read()]))
            }
            8 => {
                let (target, source) = self.target_and_source()?;
                let (first, last) = (self.fresh_name("first"), self.fresh_name("last"));
                let (a, w) = (&target.name, &source.name);
                let text = format!(
                    "if let [{first}, .., {last}] = &{w}[..] {{ {a} -= (*{first} * *{last}).sin(); }}"
                );
                Some(Node::statement(&text, []).using([target.as_name(), source.read()]))
            }
            9 => {
                let source = self.readable(&[Ty::Array, Ty::Vec, Ty::Slice])?;
                let (label, item) = (self.fresh_name("'search"), self.fresh_name("item"));
                let other = self.pure();
                let mut found = self.variable(Ty::Float, false);
                (found.bound, found.typed) = (BOUND, true);
                let text = format!(
                    "let {}: $F = {label}: loop {{ for {item} in {}.iter() {{ if *{item} > $[0.3$] \
                     {{ break {label} ({item} * $[0.7$]).sin(); }} }} break @; }};",
                    found.name, source.name
                );
                let node = Node::statement(&text, [other]).using([source.read()]);
                let node = node.declaring([found.as_name()]);
                self.declare(found);
                Some(node)
            }
            10 => {
                let var = self.writable(&[Ty::Float])?;
                let add = self.fresh_name("add");
                let (one, two) = (self.beside(&var), self.beside(&var));
                let text = format!(
                    "{{ let mut {add} = |by{add}: $F| {} += by{add}.sin(); {add}(~); {add}(~); }}",
                    var.name
                );
                Some(Node::statement(&text, [one, two]).using([var.as_name()]))
            }
            11 => {
                let callee = self.calls("twice");
                let (a, b, other) = (self.pure(), self.pure(), self.pure());
                let mut value = self.variable(Ty::Float, false);
                (value.bound, value.typed) = (BOUND, true);
                let text = format!("let {} = twice$S(~, ~).unwrap_or(~);", value.name);
                let node = Node::statement(&text, [a, b, other]).using([callee]);
                let node = node.declaring([value.as_name()]);
                self.declare(value);
                Some(node)
            }
            12 => {
                let source = self.readable(&[Ty::Array, Ty::Vec, Ty::Slice])?;
                let callee = self.calls("taken");
                let mut value = self.variable(Ty::Float, false);
                (value.bound, value.typed) = (BOUND, true);
                let text = format!("let {} = taken$S({}.to_vec());", value.name, source.name);
                let node = Node::statement(&text, []).using([source.read(), callee]);
                let node = node.declaring([value.as_name()]);
                self.declare(value);
                Some(node)
            }
            _ => {
                let var = self.writable(&[Ty::Vec]).filter(|var| !var.pinned)?;
                let value = self.beside(&var);
                let mut old = self.variable(Ty::Vec, false);
                (old.limit, old.typed, old.bound) = (var.limit, var.typed, BOUND);
                let text = format!(
                    "let {} = std::mem::replace(&mut {}, vec![~; {}]);",
                    old.name, var.name, var.limit
                );
                let node = Node::statement(&text, [value]).using([var.as_name()]);
                let node = node.declaring([old.as_name()]);
                self.declare(old);
                Some(node)
            }
        }
    }
}
