//! Borrows: what a store reaches through references, and what a value may refer to.

use std::ptr;

use syn::{Expr, Stmt};

use super::syntax::{counts, is_empty_fold, is_inert, root, takes_exclusively, unwrapped, wraps};
use super::{Carried, Flow};
use crate::kind::Kind;
use crate::sets::Set;
use crate::source::known::std_macro;
use crate::source::scope::MacroArguments;
use crate::source::{Source, SourceVar};

struct Mentions<'a> {
    source: &'a Source,
    found: Carried,
}

impl<'ast> syn::visit::Visit<'ast> for Mentions<'_> {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.found.extend(path.path.get_ident().and_then(|ident| self.source.usage(ident)));
    }
}

impl Flow<'_> {
    /// `from` is stored somewhere inside what `target` names.
    pub(super) fn store(&mut self, target: &Expr, from: &Carried) {
        self.expr(target);
        match target {
            Expr::Tuple(parts) => {
                return parts.elems.iter().for_each(|part| self.store(part, from))
            }
            Expr::Array(parts) => {
                return parts.elems.iter().for_each(|part| self.store(part, from))
            }
            Expr::Infer(_) => return,
            _ => {}
        }
        let Some((root, whole)) = root(self.source, target) else {
            // A place that a call returns: whatever the call could reach may change.
            for root in self.mentions(target) {
                self.store_in(root, from);
            }
            return;
        };
        if whole {
            self.source.bindings[root.0].reassigned = true;
            self.flows(from, root);
        } else {
            self.store_in(root, from);
        }
    }

    /// `from` is stored somewhere behind `root`: in it, and in whatever it may refer to.
    pub(super) fn store_in(&mut self, root: SourceVar, from: &Carried) {
        let mut reached = Carried::from([root]);
        let mut pending = vec![root];
        while let Some(var) = pending.pop() {
            self.source.bindings[var.0].written_through = true;
            self.flows(from, var);
            if var != root {
                // What is written through a borrow arrives in what was borrowed.
                self.flows(&Carried::from([root]), var);
            }
            for lender in self.lenders.get(&var).into_iter().flatten() {
                let lent = &self.source.bindings[lender.0];
                let number = matches!(lent.kind, Kind::Scalar(_) | Kind::Discrete)
                    || self.whole.contains(lender);
                let fixed = matches!(lent.kind, Kind::Ref(_)) || number && !lent.mutable;
                if !fixed && reached.insert(*lender) {
                    pending.push(*lender);
                }
            }
        }
    }

    fn mentions(&mut self, expr: &Expr) -> Carried {
        self.expr(expr)
    }

    fn tail_may_borrow(&self, block: &syn::Block) -> bool {
        match block.stmts.last() {
            Some(Stmt::Expr(tail, None)) => self.may_borrow(tail),
            _ => false,
        }
    }

    /// Whether a value may be, or hold, a reference to something that has a name.
    pub(super) fn may_borrow(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) | Expr::Binary(_) | Expr::Unary(_) | Expr::Cast(_) | Expr::Range(_) => {
                matches!(expr, Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)))
            }
            Expr::Paren(e) => self.may_borrow(&e.expr),
            Expr::Block(e) if e.label.is_none() || self.source.is_inline(e) => {
                self.tail_may_borrow(&e.block)
            }
            Expr::If(e) => {
                let otherwise = e.else_branch.as_ref().map(|(_, otherwise)| otherwise);
                self.tail_may_borrow(&e.then_branch)
                    || otherwise.is_some_and(|otherwise| self.may_borrow(otherwise))
            }
            Expr::Match(e) => e.arms.iter().any(|arm| self.may_borrow(&arm.body)),
            Expr::Group(e) => self.may_borrow(&e.expr),
            Expr::Array(e) => e.elems.iter().any(|part| self.may_borrow(part)),
            Expr::Tuple(e) => e.elems.iter().any(|part| self.may_borrow(part)),
            Expr::Repeat(e) => self.may_borrow(&e.expr),
            Expr::Struct(e) => {
                e.fields.iter().any(|field| self.may_borrow(&field.expr)) || e.rest.is_some()
            }
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                used.is_none_or(|var| {
                    !matches!(self.source.binding(var).kind, Kind::Scalar(_) | Kind::Discrete)
                })
            }
            Expr::MethodCall(_) if counts(expr) => false,
            Expr::Call(call) if is_inert(call) || is_empty_fold(call) => false,
            Expr::Call(call) if wraps(call) => self.may_borrow(&call.args[0]),
            Expr::Macro(invocation) if std_macro(&invocation.mac.path) == "format" => false,
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                let receiver = root(self.source, &call.receiver).map(|(var, _)| var);
                let known = receiver.is_some_and(|var| {
                    matches!(
                        self.source.binding(var).kind.peeled(),
                        Kind::Scalar(_) | Kind::Discrete | Kind::Indexed(..)
                    )
                });
                let owned = if crate::rules::method_exists(&name) {
                    // A user's `grid.row(0)` may lend of what can change.
                    known
                        || receiver
                            .is_none_or(|var| !self.reaches_mutable(var, true, &mut Carried::new()))
                } else {
                    name == "clone" && known
                        || name == "len"
                        || matches!(name.as_str(), "to_vec" | "to_owned" | "collect")
                            && !takes_exclusively(expr)
                };
                !owned
            }
            Expr::Macro(invocation) => {
                match self.source.macros.get(&ptr::from_ref(&invocation.mac)) {
                    Some(MacroArguments::List(list)) => {
                        list.iter().any(|part| self.may_borrow(part))
                    }
                    Some(MacroArguments::Repeat(pair)) => self.may_borrow(&pair[0]),
                    _ => true,
                }
            }
            _ => true,
        }
    }

    /// Code that is not known is given what an expression mentions.
    pub(super) fn touch(&mut self, expr: &Expr) {
        let mut pending: Vec<SourceVar> = self.mentioned(expr).into_iter().collect();
        let mut seen = Carried::new();
        while let Some(var) = pending.pop() {
            if seen.insert(var) {
                self.source.bindings[var.0].touched = true;
                pending.extend(self.lenders.get(&var).into_iter().flatten());
            }
        }
    }

    /// Whether something that can change may be reached through a variable: nothing can that was
    /// borrowed, by way of other bindings, from a shared reference or an immutable variable.
    /// `unknown` is the answer for what is immutable itself but may refer to something beyond.
    pub(super) fn reaches_mutable(
        &self,
        var: SourceVar,
        unknown: bool,
        seen: &mut Carried,
    ) -> bool {
        let binding = self.source.binding(var);
        if binding.mutable {
            return true;
        }
        let lenders = self.lenders.get(&var).filter(|lenders| !lenders.is_empty());
        match (&binding.kind, lenders) {
            (Kind::Ref(_) | Kind::Scalar(_) | Kind::Discrete, _) => false,
            (Kind::RefMut(_), _) => true,
            (_, None) => unknown,
            (_, Some(lenders)) => {
                // A circle of bindings reaches what its members reach.
                lenders.iter().any(|lender| {
                    seen.insert(*lender) && self.reaches_mutable(*lender, unknown, seen)
                })
            }
        }
    }

    /// Whether all that a variable may refer to in the end is text, which no method changes through
    /// a shared reference.
    pub(super) fn borrows_text(&self, var: SourceVar, seen: &mut Carried) -> bool {
        let binding = self.source.binding(var);
        match &binding.kind {
            Kind::Ref(text) if text.is_text() => true,
            _ if binding.mutable => false,
            Kind::Unknown => self.lenders.get(&var).is_some_and(|lenders| {
                !lenders.is_empty()
                    && lenders
                        .iter()
                        .all(|lender| seen.insert(*lender) && self.borrows_text(*lender, seen))
            }),
            _ => false,
        }
    }

    /// The variables that a value may refer to.
    pub(super) fn lent(&self, expr: &Expr) -> Carried {
        match unwrapped(expr) {
            // A function hands out references only to what it was lent to change.
            Expr::Call(call) => call
                .args
                .iter()
                .flat_map(|argument| {
                    self.mentioned(argument).into_iter().map(move |v| (argument, v))
                })
                .filter(|(argument, var)| {
                    takes_exclusively(argument)
                        || matches!(self.source.binding(*var).kind, Kind::RefMut(_))
                        || self.lenders.get(var).is_some_and(|lenders| !lenders.is_empty())
                })
                .map(|(_, var)| var)
                .collect(),
            Expr::MethodCall(call) => match unwrapped(&call.receiver) {
                // A method borrows the place itself.
                place @ Expr::Path(_) => self.mentioned(place),
                receiver => self.lent(receiver),
            },
            Expr::Block(e) if e.label.is_none() || self.source.is_inline(e) => {
                match e.block.stmts.last() {
                    Some(Stmt::Expr(tail, None)) => self.lent(tail),
                    _ => Carried::new(),
                }
            }
            // A part is borrowed from its whole, not from what says which part it is.
            Expr::Reference(e) => self.lent_by_place(&e.expr),
            place @ (Expr::Index(_) | Expr::Field(_)) => self.lent_by_place(place),
            // What is moved or copied takes along what it refers to, and nothing of its old place.
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                let bare = |var: &SourceVar| {
                    self.bare.contains(var) && self.lenders.get(var).is_none_or(Set::is_empty)
                };
                used.into_iter().filter(|var| !bare(var)).collect()
            }
            other => self.mentioned(other),
        }
    }

    /// The variables that a reference to a place may refer to.
    fn lent_by_place(&self, place: &Expr) -> Carried {
        match unwrapped(place) {
            Expr::Index(e) => self.lent_by_place(&e.expr),
            Expr::Field(e) => self.lent_by_place(&e.base),
            other => self.mentioned(other),
        }
    }

    /// Every variable that an expression mentions, also those that carry nothing.
    pub(super) fn mentioned(&self, expr: &Expr) -> Carried {
        let mut tokens = Mentions { source: self.source, found: Carried::new() };
        syn::visit::Visit::visit_expr(&mut tokens, expr);
        tokens.found
    }
}
