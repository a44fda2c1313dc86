//! Statements and blocks.

use quote::quote;
use syn::{Expr as Syntax, Stmt};

use super::through::Tail;
use super::{exits, span_of, Lowering};
use crate::graph::{Expr, NodeOp, Region, VarId};
use crate::kind::Kind;
use crate::source::{root, unwrapped};

impl<'a> Lowering<'a> {
    pub(super) fn function(&mut self, body: &'a syn::Block) -> Region {
        let mut region = self.body_of(body);
        let mut read = crate::graph::Vars::new();
        region.reads(&mut read);
        for source in self.closures.keys() {
            // Without a call, rustc could not tell the types of an unannotated closure.
            if let Some(var) = self.vars.get(source).filter(|var| !read.contains(var)) {
                region.drop_code(*var);
            }
        }
        region
    }

    /// The body of a function or of a closure that may leave early.
    pub(super) fn body_of(&mut self, body: &'a syn::Block) -> Region {
        let mut region = self.region(|this| {
            this.open_function(body);
            this.statements(&body.stmts, Tail::Function)
        });
        if let Some(returned) = self.returned {
            let mut stored = false;
            crate::graph::writes(&region, &mut |var, _| stored |= var == returned.flag);
            if !stored {
                // Every `return` became the end of a branch.
                region.nodes.drain(..1 + usize::from(returned.value.is_some()));
            }
        }
        region
    }

    /// Lowers statements into the current region.
    pub(super) fn statements(&mut self, stmts: &'a [Stmt], tail: Tail) -> Option<Expr> {
        for (index, stmt) in stmts.iter().enumerate() {
            let rest = &stmts[index + 1..];
            if exits::statement_leaves(stmt) {
                return self.leaving(stmt, rest, tail);
            }
            match stmt {
                Stmt::Expr(expr, None) if rest.is_empty() => {
                    if matches!(tail, Tail::Function) {
                        self.expected.clone_from(&self.output);
                    }
                    let value = self.value(expr);
                    self.expected = None;
                    return self.value_of(value, tail, span_of(expr));
                }
                _ => self.statement(stmt),
            }
        }
        None
    }

    pub(super) fn statement(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Local(local) => self.local(stmt, local),
            Stmt::Item(syn::Item::Macro(_)) => {
                self.errors.push(crate::diagnostics::local_macro(stmt));
            }
            Stmt::Item(_) => self.code(stmt, Vec::new(), false),
            Stmt::Expr(expr, _) => self.statement_expr(expr),
            Stmt::Macro(_) => {
                let name = macro_name(stmt);
                let known = crate::source::only_reads(&name) || crate::source::is_logging(&name);
                // What it expands to could be a `continue`, or change what it is not given.
                if self.writes_active(stmt) || !known {
                    self.errors.push(crate::diagnostics::unknown_macro(
                        stmt,
                        &macro_name(stmt),
                        None,
                    ));
                }
                self.code(stmt, Vec::new(), false);
            }
        }
    }

    /// A statement that stays as it is.
    pub(super) fn code(&mut self, stmt: &'a Stmt, declares: Vec<VarId>, repeatable: bool) {
        let effects = self.effects_of(stmt);
        if effects.writes.iter().any(|var| self.is_useful(*var)) {
            self.note_source(stmt);
        }
        let effects = effects.moving(self.moved_by(stmt));
        let tokens = self.gated(stmt);
        self.emit(NodeOp::Code { tokens, effects, declares, repeatable }, span_of(stmt));
    }

    /// Whether the result depends on a variable of the user's.
    pub(super) fn is_useful(&self, var: VarId) -> bool {
        self.vars.iter().any(|(source, id)| *id == var && self.source.is_useful(*source))
    }

    /// An expression used for what it does.
    pub(super) fn statement_expr(&mut self, expr: &'a Syntax) {
        let span = span_of(expr);
        if self.drops_active(expr) {
            // The reverse may still read it, and that it is gone a little later shows nowhere.
            return;
        }
        if !self.writes_active(expr) && !exits::leaves(expr) {
            let effects = self.effects_of(expr);
            if effects.writes.iter().any(|var| self.is_useful(*var)) {
                self.note_source(expr);
            }
            self.audit_dropped(expr);
            let effects = effects.moving(self.moved_by(expr));
            let expr = self.gated(expr);
            let tokens = quote!(#expr;);
            self.emit(
                NodeOp::Code { tokens, effects, declares: Vec::new(), repeatable: false },
                span,
            );
            return;
        }
        match expr {
            Syntax::Paren(e) => self.statement_expr(&e.expr),
            Syntax::Group(e) => self.statement_expr(&e.expr),
            Syntax::Assign(e) => {
                let target = root(self.source, &e.left).map(|(var, _)| var);
                self.spoiling(target.as_slice(), |this| this.assign(e));
            }
            Syntax::Binary(e) => {
                let target = root(self.source, &e.left).map(|(var, _)| var);
                self.spoiling(target.as_slice(), |this| this.compound(expr, e));
            }
            Syntax::If(_) | Syntax::Match(_) | Syntax::Block(_) => {
                let value = self.value(expr);
                drop(value);
            }
            Syntax::ForLoop(e) => self.for_loop(e),
            Syntax::While(e) => self.while_loop(e),
            Syntax::Loop(e) => self.endless_loop(e),
            Syntax::Return(e) => self.return_later(e),
            Syntax::Break(e) => {
                if let Some(value) = &e.expr {
                    self.refuse(value, "a `break` with a value", "assign it to a variable first");
                }
                self.leave_loop(e.label.as_ref(), true, span);
            }
            Syntax::Continue(e) => self.leave_loop(e.label.as_ref(), false, span),
            Syntax::MethodCall(e) if self.edit(e).is_some() => {}
            Syntax::Call(e) if self.swap(e) => {}
            Syntax::Call(e) if !is_std_call(e) => {
                self.value(expr);
            }
            Syntax::MethodCall(e) if self.may_be_users(e) => {
                self.value(expr);
            }
            Syntax::MethodCall(e)
                if self.kind_by_sight(&e.receiver).peeled() == &crate::kind::Kind::Map =>
            {
                self.refuse(
                    expr,
                    "a map or a set",
                    "keep the values in a `Vec`, and their positions in the map",
                );
            }
            Syntax::Call(_) | Syntax::MethodCall(_) => {
                self.refuse(
                    expr,
                    "a call that changes its arguments in place",
                    "return the new value and assign it, or change elements and fields with `=`",
                );
            }
            _ => {
                self.refuse(expr, "this statement", "compute the value in another way");
            }
        }
    }

    /// Whether a method may be one of the user's own: it is not called on a type of std.
    fn may_be_users(&self, e: &'a syn::ExprMethodCall) -> bool {
        let kind = self.kind_by_sight(&e.receiver);
        matches!(kind.peeled(), Kind::Unknown | Kind::Record(_))
    }

    /// Whether a statement is `drop(v);` of an active variable.
    fn drops_active(&self, expr: &'a Syntax) -> bool {
        let Syntax::Call(call) = unwrapped(expr) else { return false };
        let Syntax::Path(path) = &*call.func else { return false };
        let names: Vec<String> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let of_std = match names.as_slice() {
            ["drop"] => {
                let ident = &path.path.segments[0].ident;
                self.source.usage(ident).is_none() && !crate::scopes::declares_function("drop")
            }
            ["mem", "drop" | "forget"] => !crate::scopes::declares_module("mem"),
            ["std" | "core", "mem", "drop" | "forget"] => true,
            _ => false,
        };
        let active = call.args.first().and_then(|argument| root(self.source, argument));
        of_std
            && call.args.len() == 1
            && active.is_some_and(|(var, whole)| whole && self.source.is_active(var))
    }
}

/// Whether an expression can be assigned to as a place.
pub(super) fn is_place(expr: &Syntax) -> bool {
    match expr {
        Syntax::Path(_) => true,
        Syntax::Paren(e) => is_place(&e.expr),
        Syntax::Group(e) => is_place(&e.expr),
        Syntax::Field(e) => is_place(&e.base),
        Syntax::Index(e) => is_place(&e.expr),
        Syntax::Unary(e) => matches!(e.op, syn::UnOp::Deref(_)) && is_place(&e.expr),
        _ => false,
    }
}

fn macro_name(stmt: &Stmt) -> String {
    match stmt {
        Stmt::Macro(statement) => statement
            .mac
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// Whether a call is written as one of a function of std.
fn is_std_call(e: &syn::ExprCall) -> bool {
    let Syntax::Path(path) = unwrapped(&e.func) else { return false };
    let segments = &path.path.segments;
    segments.len() > 1
        && segments.first().is_some_and(|first| {
            ["std", "core", "alloc", "mem", "ptr", "slice"].iter().any(|name| first.ident == name)
        })
}
