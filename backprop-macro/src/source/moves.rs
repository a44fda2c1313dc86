//! Which variables may be moved away: after that, nothing that is left of them tells an index that
//! was computed from them before.

use syn::visit::{self, Visit};
use syn::{Expr, ExprField, Stmt};

use super::{unwrapped, Scannable, Source, SourceVar};

/// Notes the variables that stand where a value is taken: whole, or as the struct that a field is
/// moved out of. Those of types that are copied are among them.
pub(super) fn note(source: &mut Source, body: &syn::Block) {
    let mut moves = Moves { source, found: Vec::new(), sure: false };
    moves.visit_block(body);
    let found = moves.found;
    for var in found {
        source.bindings[var.0].moved = true;
    }
}

/// The variables that code takes as they are, for sure if they are not copied.
pub(super) fn taken(source: &Source, code: &impl Scannable) -> Vec<SourceVar> {
    let mut moves = Moves { source, found: Vec::new(), sure: true };
    code.visit(&mut moves);
    moves.found
}

struct Moves<'s> {
    source: &'s Source,
    found: Vec<SourceVar>,
    /// Whether what may be a copy or a borrow does not count.
    sure: bool,
}

impl Moves<'_> {
    fn taken(&mut self, expr: &Expr) {
        match unwrapped(expr) {
            Expr::Path(path) => {
                let var = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                self.found.extend(var);
            }
            Expr::Field(ExprField { base, .. }) if !self.sure => self.taken(base),
            _ => {}
        }
    }

    fn each<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.taken(expr));
    }
}

impl<'ast> Visit<'ast> for Moves<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_block(&mut self, block: &'ast syn::Block) {
        if let Some(Stmt::Expr(value, None)) = block.stmts.last() {
            self.taken(value);
        }
        visit::visit_block(self, block);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !self.sure || matches!(local.pat, syn::Pat::Ident(_)) {
            self.each(local.init.as_ref().map(|init| &*init.expr));
        }
        visit::visit_local(self, local);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.taken(&arm.body);
        visit::visit_arm(self, arm);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Call(e) => self.each(&e.args),
            Expr::MethodCall(e) => {
                let name = e.method.to_string();
                // What other methods take is a type error where the variable is read afterwards,
                // unless it is copied.
                if name.starts_with("into") || name.starts_with("unwrap") || name == "expect" {
                    self.taken(&e.receiver);
                }
                self.each(&e.args);
            }
            Expr::Struct(e) => {
                self.each(e.fields.iter().map(|field| &field.expr));
                self.each(e.rest.as_deref());
            }
            Expr::Tuple(e) => self.each(&e.elems),
            Expr::Array(e) => self.each(&e.elems),
            Expr::Repeat(e) => self.taken(&e.expr),
            Expr::Assign(e) => self.taken(&e.right),
            Expr::Return(e) => self.each(e.expr.as_deref()),
            Expr::Break(e) => self.each(e.expr.as_deref()),
            Expr::Closure(e) => self.taken(&e.body),
            Expr::ForLoop(e) => self.taken(&e.expr),
            Expr::Match(e) if !self.sure => self.taken(&e.expr),
            Expr::Let(e) if !self.sure => self.taken(&e.expr),
            Expr::Binary(e) if !self.sure => {
                // Vectors and matrices; a field beside an operator is a number nearly always.
                for operand in [&e.left, &e.right] {
                    if matches!(unwrapped(operand), Expr::Path(_)) {
                        self.taken(operand);
                    }
                }
            }
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
}
