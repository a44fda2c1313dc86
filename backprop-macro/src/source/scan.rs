//! What code reads and writes, by its syntax.

use syn::visit::{self, Visit};

use crate::kind::Kind;
use crate::source::{
    is_compound, is_function_of_floats, is_pure_everywhere, is_pure_method, only_reads,
    reads_receiver, root, MacroArguments, Source, SourceVar,
};

/// Whether a piece of code changes an active variable.
pub(crate) fn writes_active(source: &Source, code: &syn::Expr) -> bool {
    let mut scan = Scan { source, reads: Vec::new(), writes: Vec::new() };
    code.scan(&mut scan);
    scan.writes.iter().any(|var| source.is_active(*var))
}

/// Syntax that can be scanned for its effects.
pub(crate) trait Scannable {
    fn scan(&self, scan: &mut Scan<'_>) {
        self.visit(scan);
    }

    fn visit<'ast>(&'ast self, visitor: &mut impl Visit<'ast>);
}

impl Scannable for syn::Expr {
    fn visit<'ast>(&'ast self, visitor: &mut impl Visit<'ast>) {
        visitor.visit_expr(self);
    }
}

impl Scannable for syn::ExprCall {
    fn visit<'ast>(&'ast self, visitor: &mut impl Visit<'ast>) {
        visitor.visit_expr_call(self);
    }
}

impl Scannable for syn::Stmt {
    fn visit<'ast>(&'ast self, visitor: &mut impl Visit<'ast>) {
        visitor.visit_stmt(self);
    }
}

impl Scannable for syn::Block {
    fn visit<'ast>(&'ast self, visitor: &mut impl Visit<'ast>) {
        visitor.visit_block(self);
    }
}

impl Scannable for syn::Pat {
    fn visit<'ast>(&'ast self, visitor: &mut impl Visit<'ast>) {
        visitor.visit_pat(self);
    }
}

/// What a closure changes of what it captures.
pub(crate) fn captured_writes(source: &Source, closure: &syn::ExprClosure) -> Vec<SourceVar> {
    struct Own<'a> {
        source: &'a Source,
        found: Vec<SourceVar>,
    }
    impl<'ast> Visit<'ast> for Own<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.found.extend(self.source.bound_by(&pattern.ident));
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut own = Own { source, found: Vec::new() };
    own.visit_expr_closure(closure);
    let mut scan = Scan { source, reads: Vec::new(), writes: Vec::new() };
    scan.visit_expr(&closure.body);
    scan.writes.retain(|var| !own.found.contains(var));
    scan.writes.sort_unstable();
    scan.writes.dedup();
    scan.writes
}

pub(crate) struct Scan<'a> {
    pub(crate) source: &'a Source,
    pub(crate) reads: Vec<SourceVar>,
    pub(crate) writes: Vec<SourceVar>,
}

impl Scan<'_> {
    fn write(&mut self, place: &syn::Expr) {
        match place {
            syn::Expr::Tuple(places) => places.elems.iter().for_each(|place| self.write(place)),
            syn::Expr::Array(places) => places.elems.iter().for_each(|place| self.write(place)),
            syn::Expr::Infer(_) => {}
            _ => match root(self.source, place) {
                Some((root, _)) => self.writes.push(root),
                None => {
                    // A place that is computed: whatever it mentions may change.
                    let mut mentioned =
                        Scan { source: self.source, reads: Vec::new(), writes: Vec::new() };
                    mentioned.visit_expr(place);
                    self.writes.extend(mentioned.reads);
                }
            },
        }
    }
}

impl<'ast> Visit<'ast> for Scan<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_stmt(&mut self, stmt: &'ast syn::Stmt) {
        if let syn::Stmt::Expr(syn::Expr::MethodCall(call), Some(_)) = stmt {
            self.write(&call.receiver);
        }
        visit::visit_stmt(self, stmt);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.reads.extend(path.path.get_ident().and_then(|ident| self.source.usage(ident)));
    }

    fn visit_expr_assign(&mut self, expr: &'ast syn::ExprAssign) {
        self.write(&expr.left);
        visit::visit_expr_assign(self, expr);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        if is_compound(&expr.op) {
            self.write(&expr.left);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_reference(&mut self, expr: &'ast syn::ExprReference) {
        if expr.mutability.is_some() {
            self.write(&expr.expr);
        }
        visit::visit_expr_reference(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let pure = is_pure_method(&call.method.to_string());
        if let Some((var, _)) = root(self.source, &call.receiver) {
            // A name says what a method does only on std's types.
            let everywhere = is_pure_everywhere(&call.method.to_string());
            if !reads_receiver(&call.method.to_string())
                && !is_computed(&call.receiver)
                && (!pure || !everywhere && !self.source.is_std(var))
            {
                let binding = self.source.binding(var);
                let shared = matches!(binding.kind, Kind::Ref(_));
                let exclusive = binding.mutable
                    || binding.written_through
                    || matches!(binding.kind, Kind::RefMut(_));
                if exclusive && !shared {
                    self.writes.push(var);
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Some((callee, true)) = root(self.source, &call.func) {
            self.writes.extend(self.source.written_by(callee));
        }
        // `Err` takes a message in and changes nothing.
        let changes_nothing = matches!(crate::source::unwrapped(&call.func), syn::Expr::Path(path)
            if path.path.segments.last().is_some_and(|last| last.ident == "Err"));
        let changes_nothing = changes_nothing || is_function_of_floats(&call.func);
        for argument in call.args.iter().filter(|_| !changes_nothing) {
            if let Some((var, true)) = root(self.source, argument) {
                // An exclusive reference is reborrowed by the call.
                let binding = self.source.binding(var);
                let plain = binding.kind.is_closed();
                let changes = matches!(binding.kind, Kind::RefMut(_))
                    || binding.written_through && !plain
                    // Afterwards it is gone.
                    || is_drop(&call.func) && !plain && !self.source.is_active(var);
                if changes {
                    self.writes.push(var);
                }
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let name = crate::source::std_macro(&invocation.path);
        match self.source.macro_arguments(invocation) {
            Some(MacroArguments::List(list)) => list.iter().for_each(|e| self.visit_expr(e)),
            Some(MacroArguments::Repeat(pair)) => pair.iter().for_each(|e| self.visit_expr(e)),
            Some(MacroArguments::Reads(list, mentioned)) => {
                self.reads.extend(mentioned);
                list.iter().for_each(|e| self.visit_expr(e));
            }
            Some(MacroArguments::Tokens(mentioned)) => {
                self.reads.extend(mentioned);
                if !only_reads(&name) {
                    self.writes
                        .extend(mentioned.iter().filter(|var| self.source.binding(**var).mutable));
                }
            }
            None => {}
        }
    }
}

/// Whether a function is `drop`.
fn is_drop(function: &syn::Expr) -> bool {
    matches!(crate::source::unwrapped(function), syn::Expr::Path(path)
        if path.path.segments.last().is_some_and(|last| last.ident == "drop"))
}

/// Whether a value has been computed from what it mentions, or borrows it to be read: what a method
/// does to it does not change what it comes from.
fn is_computed(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Paren(e) => is_computed(&e.expr),
        syn::Expr::Group(e) => is_computed(&e.expr),
        syn::Expr::Field(e) => is_computed(&e.base),
        syn::Expr::Index(e) => is_computed(&e.expr),
        syn::Expr::MethodCall(e) => {
            is_pure_everywhere(&e.method.to_string()) || is_computed(&e.receiver)
        }
        _ => false,
    }
}
