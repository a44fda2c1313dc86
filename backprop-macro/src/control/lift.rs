//! What may leave in the middle of an expression, as statements before it.

use quote::quote;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{parse_quote, Block, Expr, Stmt, Token};

use super::Control;
use crate::lower::leaves;

/// Whether an expression contains a `?` that does not belong to a block or closure inside it.
pub(super) fn contains_question(expr: &Expr) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_block(&mut self, _: &'ast Block) {}
        fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
            self.0 = true;
        }
    }
    let mut find = Find(false);
    find.visit_expr(expr);
    find.0
}

/// Gives an expression that may leave a block, in which statements can stand before it; tells
/// whether it did.
pub(super) fn wrap(expr: &mut Expr) -> bool {
    let stands = match &*expr {
        Expr::Block(_) | Expr::If(_) | Expr::Match(_) => true,
        Expr::Return(e) => e.expr.as_ref().is_none_or(|value| !leaves(value)),
        Expr::Break(e) => e.expr.as_ref().is_none_or(|value| !leaves(value)),
        Expr::Continue(_) => true,
        other => !leaves(other),
    };
    if !stands {
        *expr = parse_quote!({ #expr });
    }
    !stands
}

impl Control<'_> {
    /// Lifts what may leave out of the expressions of a block's statements.
    pub(super) fn lift_in(&mut self, block: &mut Block) {
        let touched = block.stmts.iter().any(|stmt| match stmt {
            Stmt::Local(local) => {
                local.init.as_ref().is_some_and(|init| self.must_stand_alone(&init.expr))
            }
            Stmt::Expr(expr, _) => self.must_stand_alone(expr),
            Stmt::Item(_) | Stmt::Macro(_) => false,
        });
        if !touched {
            return;
        }
        self.changed = true;
        let mut stmts = Vec::with_capacity(block.stmts.len());
        for mut stmt in std::mem::take(&mut block.stmts) {
            match &mut stmt {
                Stmt::Local(local) => {
                    if let Some(init) = &mut local.init {
                        self.lift_root(&mut init.expr, &mut stmts, true);
                    }
                }
                Stmt::Expr(expr, semi) => self.lift_root(expr, &mut stmts, semi.is_some()),
                Stmt::Item(_) | Stmt::Macro(_) => {}
            }
            stmts.push(stmt);
        }
        block.stmts = stmts;
    }

    /// The expression that is a statement's own: what it does itself may stay.
    fn lift_root(&mut self, expr: &mut Expr, out: &mut Vec<Stmt>, question: bool) {
        match expr {
            Expr::Paren(e) => self.lift_root(&mut e.expr, out, question),
            Expr::Try(e) if question => self.lift(&mut e.expr, out),
            Expr::If(e) => self.lift_head(&mut e.cond, out),
            Expr::Match(e) => self.lift(&mut e.expr, out),
            Expr::Return(e) => e.expr.iter_mut().for_each(|value| self.lift(value, out)),
            Expr::Break(e) => e.expr.iter_mut().for_each(|value| self.lift(value, out)),
            Expr::Block(block) if self.is_through(block) => self.splice(expr, out),
            Expr::Block(_)
            | Expr::ForLoop(_)
            | Expr::While(_)
            | Expr::Loop(_)
            | Expr::Unsafe(_) => {
                if let Expr::ForLoop(e) = expr {
                    self.lift(&mut e.expr, out);
                }
            }
            other => self.lift(other, out),
        }
    }

    fn lift_head(&mut self, condition: &mut Expr, out: &mut Vec<Stmt>) {
        match condition {
            Expr::Let(e) => self.lift(&mut e.expr, out),
            other => self.lift(other, out),
        }
    }

    /// A block that a loop with a value has become.
    fn is_through(&self, block: &syn::ExprBlock) -> bool {
        match block.block.stmts.first() {
            Some(Stmt::Local(local)) => match &local.pat {
                syn::Pat::Ident(name) => self.through.contains(&name.ident.to_string()),
                _ => false,
            },
            _ => false,
        }
    }

    /// Puts the statements of such a block before the statement, and its value in its place.
    fn splice(&mut self, expr: &mut Expr, out: &mut Vec<Stmt>) {
        let Expr::Block(block) = expr else { return };
        // What these statements come to stand in is no such block.
        if let Some(Stmt::Local(local)) = block.block.stmts.first() {
            if let syn::Pat::Ident(name) = &local.pat {
                self.through.remove(&name.ident.to_string());
            }
        }
        let mut stmts = std::mem::take(&mut block.block.stmts);
        if let Some(Stmt::Expr(value, None)) = stmts.pop() {
            *expr = value;
        }
        out.extend(stmts);
    }

    /// Whether an expression cannot stay inside another one.
    fn must_stand_alone(&self, expr: &Expr) -> bool {
        struct Find<'d>(&'d Control<'d>, bool);
        impl<'ast> Visit<'ast> for Find<'_> {
            fn visit_item(&mut self, _: &'ast syn::Item) {}
            fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
            fn visit_expr_block(&mut self, block: &'ast syn::ExprBlock) {
                self.1 |= self.0.is_through(block);
            }
            fn visit_block(&mut self, _: &'ast Block) {}
            fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
                self.1 |= list_of(invocation)
                    .is_some_and(|list| list.iter().any(|part| self.0.must_stand_alone(part)));
            }
        }
        if leaves(expr) {
            return true;
        }
        let mut find = Find(self, false);
        visit::visit_expr(&mut find, expr);
        if let Expr::Block(block) = expr {
            find.1 |= self.is_through(block);
        }
        find.1
    }

    fn lift(&mut self, expr: &mut Expr, out: &mut Vec<Stmt>) {
        if !self.must_stand_alone(expr) {
            return;
        }
        match expr {
            Expr::Try(e) => {
                self.lift(&mut e.expr, out);
                self.name(expr, out);
            }
            Expr::If(e) => {
                self.lift_head(&mut e.cond, out);
                self.name(expr, out);
            }
            Expr::Match(e) => {
                self.lift(&mut e.expr, out);
                self.name(expr, out);
            }
            Expr::Block(block) if self.is_through(block) => {
                self.splice(expr, out);
                self.name(expr, out);
            }
            Expr::Block(_) => self.name(expr, out),
            Expr::Paren(e) => self.lift(&mut e.expr, out),
            Expr::Group(e) => self.lift(&mut e.expr, out),
            Expr::Unary(e) => self.lift(&mut e.expr, out),
            Expr::Reference(e) => self.lift(&mut e.expr, out),
            Expr::Field(e) => self.lift(&mut e.base, out),
            Expr::Cast(e) => self.lift(&mut e.expr, out),
            // What is on the right of `&&` may not run at all.
            Expr::Binary(e)
                if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) && leaves(&e.right) => {}
            Expr::Binary(e) if matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) => {
                self.lift(&mut e.left, out);
            }
            Expr::Binary(e) if is_assignment(&e.op) => self.lift(&mut e.right, out),
            Expr::Assign(e) => self.lift(&mut e.right, out),
            Expr::Binary(e) => self.lift_all([&mut *e.left, &mut *e.right], out),
            Expr::Index(e) => self.lift_all([&mut *e.expr, &mut *e.index], out),
            Expr::Call(e) => self.lift_all(e.args.iter_mut(), out),
            Expr::MethodCall(e) => {
                let operands = std::iter::once(&mut *e.receiver).chain(e.args.iter_mut());
                self.lift_all(operands, out);
            }
            Expr::Tuple(e) => self.lift_all(e.elems.iter_mut(), out),
            Expr::Array(e) => self.lift_all(e.elems.iter_mut(), out),
            Expr::Repeat(e) => self.lift(&mut e.expr, out),
            Expr::Struct(e) => {
                let rest = e.rest.iter_mut().map(|rest| &mut **rest);
                self.lift_all(e.fields.iter_mut().map(|field| &mut field.expr).chain(rest), out);
            }
            Expr::Return(e) => e.expr.iter_mut().for_each(|value| self.lift(value, out)),
            Expr::Break(e) => e.expr.iter_mut().for_each(|value| self.lift(value, out)),
            Expr::Macro(e) => {
                if let Some(mut list) = list_of(&e.mac) {
                    self.lift_all(list.iter_mut(), out);
                    e.mac.tokens = quote!(#(#list),*);
                }
            }
            _ => {}
        }
    }

    /// Operands in the order of their evaluation: what comes before a lifted one is computed
    /// before it.
    fn lift_all<'e>(
        &mut self,
        operands: impl IntoIterator<Item = &'e mut Expr>,
        out: &mut Vec<Stmt>,
    ) {
        let mut operands: Vec<&mut Expr> = operands.into_iter().collect();
        let Some(last) = operands.iter().rposition(|operand| self.must_stand_alone(operand)) else {
            return;
        };
        for (index, operand) in operands.iter_mut().enumerate().take(last + 1) {
            self.lift(operand, out);
            if index < last && !is_steady(operand) {
                self.name(operand, out);
            }
        }
    }

    fn name(&mut self, expr: &mut Expr, out: &mut Vec<Stmt>) {
        self.changed = true;
        let name = self.names.fresh("t");
        out.push(parse_quote!(let #name = #expr;));
        *expr = parse_quote!(#name);
    }
}

fn is_assignment(op: &syn::BinOp) -> bool {
    use syn::BinOp;
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
    )
}

/// The value and the length of `vec![value; length]`.
pub(super) fn repeated(invocation: &syn::Macro) -> Option<Vec<Expr>> {
    let pair = |input: syn::parse::ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(vec![value, input.parse()?])
    };
    invocation.path.is_ident("vec").then(|| invocation.parse_body_with(pair).ok())?
}

/// The elements of `vec![a, b]`.
pub(super) fn list_of(invocation: &syn::Macro) -> Option<Vec<Expr>> {
    // Most lists have nothing in them that leaves, and need not be read.
    let text = invocation.tokens.to_string();
    let leaves =
        ["?", "break", "|", "return", "let", "while"].iter().any(|word| text.contains(word));
    let list = (invocation.path.is_ident("vec") && leaves).then(|| {
        invocation.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).ok()
    })??;
    Some(list.into_iter().collect())
}

/// Whether an expression's value is the same a few statements earlier or later, as far as nothing
/// in between assigns to it.
fn is_steady(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Path(_) | Expr::Closure(_) => true,
        Expr::Paren(e) => is_steady(&e.expr),
        Expr::Group(e) => is_steady(&e.expr),
        Expr::Unary(e) => is_steady(&e.expr),
        Expr::Reference(e) => is_steady(&e.expr),
        Expr::Field(e) => is_steady(&e.base),
        Expr::Cast(e) => is_steady(&e.expr),
        Expr::Index(e) => is_steady(&e.expr) && is_steady(&e.index),
        Expr::Binary(e) => !is_assignment(&e.op) && is_steady(&e.left) && is_steady(&e.right),
        _ => false,
    }
}
