//! `return`, `break` and `continue`.
//!
//! Regions always run to their end, so that what their reverse needs can be handed over there. A
//! statement that may leave is therefore turned around: what follows it becomes the other arm. An
//! exit itself only sets a flag, which the loops around it look at when their iteration is over.

use proc_macro2::Span;
use quote::quote;
use syn::visit::{self, Visit};
use syn::{Expr as Syntax, Stmt};

use super::Lowering;
use crate::graph::{Code, Expr, Node, NodeOp, Place, Role, VarId};
use crate::kind::Kind;

/// A loop around the current statement.
pub(super) struct Frame {
    pub(super) label: Option<String>,
    /// 0 while the iteration runs on, 1 after `continue`, 2 after `break`.
    pub(super) exit: VarId,
}

/// Where a `return` inside a loop puts its value.
#[derive(Clone, Copy)]
pub(super) struct Returned {
    pub(super) flag: VarId,
    pub(super) value: Option<VarId>,
    /// Whether it holds the value itself; else it is an `Option`.
    pub(super) scalar: bool,
}

/// Whether a piece of code may leave what surrounds it.
pub(crate) fn leaves(expr: &Syntax) -> bool {
    let mut search = Search::default();
    search.visit_expr(expr);
    search.found
}

pub(super) fn statement_leaves(stmt: &Stmt) -> bool {
    let mut search = Search::default();
    search.visit_stmt(stmt);
    search.found || matches!(stmt, Stmt::Local(local) if else_of(local).is_some())
}

/// The `else` of a `let … else`.
pub(super) fn else_of(local: &syn::Local) -> Option<&Syntax> {
    local.init.as_ref()?.diverge.as_ref().map(|(_, diverge)| &**diverge)
}

/// The operand of `?`, if it is the whole of a statement's value.
pub(super) fn question_of(stmt: &Stmt) -> Option<&syn::ExprTry> {
    let value = match stmt {
        Stmt::Local(local) => &*local.init.as_ref()?.expr,
        Stmt::Expr(expr, Some(_)) => expr,
        _ => return None,
    };
    match crate::source::unwrapped(value) {
        Syntax::Try(question) => Some(question),
        _ => None,
    }
}

/// Whether a block ends by leaving what surrounds it.
pub(crate) fn diverges(block: &syn::Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(expr, _)) => expr_diverges(expr),
        _ => false,
    }
}

pub(super) fn expr_diverges(expr: &Syntax) -> bool {
    match expr {
        Syntax::Return(_) | Syntax::Break(_) | Syntax::Continue(_) => true,
        Syntax::Block(e) => diverges(&e.block),
        Syntax::If(e) => {
            diverges(&e.then_branch)
                && e.else_branch.as_ref().is_some_and(|(_, other)| expr_diverges(other))
        }
        Syntax::Match(e) => e.arms.iter().all(|arm| expr_diverges(&arm.body)),
        Syntax::Paren(e) => expr_diverges(&e.expr),
        _ => false,
    }
}

/// Whether a `break` in an expression has a value.
pub(super) fn breaks_with_value(expr: &Syntax) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_break(&mut self, expr: &'ast syn::ExprBreak) {
            self.0 |= expr.expr.is_some();
        }
    }
    let mut find = Find(false);
    find.visit_expr(expr);
    find.0
}

/// The first `?` of a statement that is not in a block of its own.
pub(super) fn question_mark(stmt: &Stmt) -> Option<&syn::ExprTry> {
    struct Find<'a>(Option<&'a syn::ExprTry>);
    impl<'ast> Visit<'ast> for Find<'ast> {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_block(&mut self, _: &'ast syn::Block) {}
        fn visit_arm(&mut self, _: &'ast syn::Arm) {}
        fn visit_expr_try(&mut self, expr: &'ast syn::ExprTry) {
            self.0.get_or_insert(expr);
        }
    }
    let mut find = Find(None);
    find.visit_stmt(stmt);
    find.0
}

#[derive(Default)]
struct Search {
    found: bool,
    loops: usize,
    labels: Vec<String>,
}

impl Search {
    fn exit(&mut self, label: Option<&syn::Lifetime>) {
        self.found |= match label {
            None => self.loops == 0,
            Some(label) => !self.labels.contains(&label.ident.to_string()),
        };
    }

    fn inside(&mut self, label: Option<&syn::Label>, visit: impl FnOnce(&mut Self)) {
        self.loops += 1;
        let labels = self.labels.len();
        self.labels.extend(label.map(|label| label.name.ident.to_string()));
        visit(self);
        self.labels.truncate(labels);
        self.loops -= 1;
    }
}

impl<'ast> Visit<'ast> for Search {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {
        // An exit inside a closure leaves the closure.
    }

    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.found = true;
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.found = true;
    }

    fn visit_expr_break(&mut self, expr: &'ast syn::ExprBreak) {
        self.exit(expr.label.as_ref());
        visit::visit_expr_break(self, expr);
    }

    fn visit_expr_continue(&mut self, expr: &'ast syn::ExprContinue) {
        self.exit(expr.label.as_ref());
    }

    fn visit_expr_block(&mut self, expr: &'ast syn::ExprBlock) {
        let labels = self.labels.len();
        self.labels.extend(expr.label.as_ref().map(|label| label.name.ident.to_string()));
        visit::visit_expr_block(self, expr);
        self.labels.truncate(labels);
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.inside(expr.label.as_ref(), |this| this.visit_block(&expr.body));
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.inside(expr.label.as_ref(), |this| visit::visit_expr_while(this, expr));
    }

    fn visit_expr_loop(&mut self, expr: &'ast syn::ExprLoop) {
        self.inside(expr.label.as_ref(), |this| visit::visit_expr_loop(this, expr));
    }
}

impl<'a> Lowering<'a> {
    /// A loop's flag, declared at the start of its body.
    pub(super) fn open_frame(&mut self, label: Option<&syn::Label>) -> VarId {
        let exit = self.flag("exit", quote!(0u8));
        self.frames.push(Frame { label: label.map(|label| label.name.ident.to_string()), exit });
        exit
    }

    fn flag(&mut self, base: &str, initial: proc_macro2::TokenStream) -> VarId {
        let var = self.graph.fresh(base, Kind::Discrete, Role::Temporary);
        self.graph[var].mutable = true;
        let value = Expr::Code(Code {
            tokens: initial,
            reads: Vec::new(),
            kind: Kind::Discrete,
            repeatable: true,
        });
        self.emit(NodeOp::Let { var, value }, Span::mixed_site());
        var
    }

    /// Declares where returned values go, if the function returns from inside a loop.
    pub(super) fn open_function(&mut self, body: &'a syn::Block) {
        let mut search = ReturnInside::default();
        search.visit_block(body);
        if !search.found {
            return;
        }
        let flag = self.flag("returned", quote!(false));
        let kind = self.output.as_ref().map_or(Kind::Unknown, Kind::of);
        let unit = matches!(&self.output, Some(syn::Type::Tuple(tuple)) if tuple.elems.is_empty());
        // A number starts as zero; there is no other type that has a value to start with.
        let zero = if kind.is_scalar() { Some(Expr::Number(0.0)) } else { self.zero_of_output() };
        let scalar = zero.is_some();
        let value = (!unit).then(|| {
            let (kind, none) = match zero {
                Some(zero) => (kind, zero),
                None => (Kind::Option(Box::new(kind)), self.none()),
            };
            let value = self.graph.fresh("result", kind, Role::Temporary);
            self.graph[value].mutable = true;
            self.graph[value].active = true;
            self.emit(NodeOp::Let { var: value, value: none }, Span::mixed_site());
            value
        });
        self.returned = Some(Returned { flag, value, scalar });
    }

    /// Zero, for a function whose value is of a type parameter that stands for numbers.
    fn zero_of_output(&self) -> Option<Expr> {
        let Some(syn::Type::Path(path)) = &self.output else { return None };
        let name = path.path.get_ident().filter(|name| self.numbers.contains(name))?;
        let runtime = &self.runtime;
        Some(Expr::Code(Code {
            tokens: quote!(<#name as #runtime::Float>::ZERO),
            reads: Vec::new(),
            kind: Kind::Unknown,
            repeatable: true,
        }))
    }

    fn set(&mut self, var: VarId, tokens: proc_macro2::TokenStream, span: Span) {
        let value =
            Expr::Code(Code { tokens, reads: Vec::new(), kind: Kind::Discrete, repeatable: true });
        self.emit(NodeOp::Store { place: Place::var(var), op: None, value }, span);
    }

    /// `return value` from a place where more code would follow.
    pub(super) fn return_later(&mut self, e: &'a syn::ExprReturn) {
        let span = super::span_of(e);
        if self.returned.is_none() {
            self.exit_misplaced(e);
            return;
        }
        let value = e.expr.as_ref().map(|value| self.operand(value));
        self.return_value(value, span);
    }

    /// Notes the value to be returned when the code around has run to its end.
    pub(super) fn return_value(&mut self, value: Option<Expr>, span: Span) {
        let Some(Returned { flag, value: target, scalar }) = self.returned else { return };
        if let (Some(value), Some(var)) = (value, target) {
            let value = if scalar { value } else { self.some(value, span) };
            self.emit(NodeOp::Store { place: Place::var(var), op: None, value }, span);
        }
        self.set(flag, quote!(true), span);
        for exit in self.frames.iter().map(|frame| frame.exit).collect::<Vec<_>>() {
            self.set(exit, quote!(2u8), span);
        }
    }

    pub(super) fn exit_misplaced(&mut self, expr: &impl quote::ToTokens) {
        self.errors.push(crate::diagnostics::not_differentiable(
            expr,
            "an exit at this place",
            None,
            "make it a statement of its own: `if condition { return value; }`",
        ));
    }

    /// `break` or `continue`.
    pub(super) fn leave_loop(&mut self, label: Option<&syn::Lifetime>, ends: bool, span: Span) {
        let target = match label {
            None => self.frames.len().checked_sub(1),
            Some(label) => {
                let name = label.ident.to_string();
                self.frames.iter().rposition(|frame| frame.label.as_deref() == Some(&name))
            }
        };
        let Some(target) = target else { return };
        for (index, exit) in
            self.frames.iter().map(|frame| frame.exit).enumerate().skip(target).collect::<Vec<_>>()
        {
            let code = if index > target || ends { quote!(2u8) } else { quote!(1u8) };
            self.set(exit, code, span);
        }
    }

    /// The condition that nothing so far has left the current loop or function.
    pub(super) fn still_running(&self) -> Option<Expr> {
        let (var, tokens) = match (self.frames.last(), &self.returned) {
            (Some(frame), _) => {
                let ident = &self.graph[frame.exit].ident;
                (frame.exit, quote!(#ident == 0u8))
            }
            (None, Some(returned)) => {
                let ident = &self.graph[returned.flag].ident;
                (returned.flag, quote!(!#ident))
            }
            (None, None) => return None,
        };
        Some(Expr::Code(Code { tokens, reads: vec![var], kind: Kind::Discrete, repeatable: true }))
    }

    /// A fresh name for a condition that is needed again in the reverse.
    pub(super) fn named_condition(&mut self, condition: Expr, span: Span) -> Expr {
        let var = self.graph.fresh("c", Kind::Discrete, Role::Temporary);
        self.nodes.push(Node::new(NodeOp::Let { var, value: condition }, span));
        Expr::Place(Place::var(var))
    }
}

/// Finds a `return` of the function, or a `?`.
#[derive(Default)]
struct ReturnInside {
    found: bool,
}

impl<'ast> Visit<'ast> for ReturnInside {
    fn visit_item(&mut self, _: &'ast syn::Item) {}
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.found = true;
    }
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.found = true;
    }
}
