//! Where a derivative could leave the function's variables and come back: through globals,
//! channels, and whatever else code that is not known may keep.
//!
//! Inert code may be given active values: it logs them, checks them, compares them. That is
//! harmless unless what it keeps is read back and reaches the result. So there is an error only
//! where a function has both: a *sink*, a call or an assignment that may keep a value which depends
//! on a `wrt` parameter in a place that is no variable, and a *source*, code that is not known whose
//! value the result depends on.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, Stmt};

use super::Lowering;
use crate::kind::Kind;
use crate::source::{
    is_compound, is_iterator, is_pure_everywhere, is_pure_method, root, unwrapped, Scannable,
    Source, SourceVar,
};
use crate::surroundings;

/// What the audit has found so far.
#[derive(Default)]
pub(super) struct Found {
    /// The sinks, with the parameter that the value depends on.
    sinks: Vec<(TokenStream, SourceVar)>,
    /// The first source.
    source: Option<TokenStream>,
}

impl Lowering<'_> {
    /// Notes the sinks in code that stays as it is.
    pub(super) fn audit(&mut self, code: &impl Scannable) {
        let mut audit = Audit { source: self.source, sinks: Vec::new() };
        code.visit(&mut audit);
        self.note_sinks(audit.sinks);
    }

    /// The same for an expression that is a statement.
    pub(super) fn audit_dropped(&mut self, expr: &Expr) {
        let mut audit = Audit { source: self.source, sinks: Vec::new() };
        audit.dropped(expr);
        self.note_sinks(audit.sinks);
    }

    /// Refuses `unsafe` blocks that are given something that depends on a `wrt` parameter, or hold
    /// something active: what they write goes by no rules that are known here.
    pub(super) fn refuse_unsafe(&mut self, body: &syn::Block) {
        struct Blocks<'s> {
            source: &'s Source,
            found: Vec<(proc_macro2::Span, SourceVar)>,
        }
        impl<'ast> Visit<'ast> for Blocks<'_> {
            fn visit_item(&mut self, _: &'ast syn::Item) {}

            fn visit_expr_unsafe(&mut self, e: &'ast syn::ExprUnsafe) {
                let mut inside = Inside { source: self.source, origin: None };
                inside.visit_block(&e.block);
                self.found.extend(inside.origin.map(|origin| (e.unsafe_token.span, origin)));
            }
        }
        struct Inside<'s> {
            source: &'s Source,
            origin: Option<SourceVar>,
        }
        impl<'ast> Visit<'ast> for Inside<'_> {
            fn visit_expr(&mut self, e: &'ast Expr) {
                self.origin = self.origin.or_else(|| self.source.varies(e));
                visit::visit_expr(self, e);
            }
        }
        let mut blocks = Blocks { source: self.source, found: Vec::new() };
        blocks.visit_block(body);
        for (span, origin) in blocks.found {
            let name = self.source.binding(origin).ident.to_string();
            self.errors.push(crate::diagnostics::unsafe_block(span, &name));
        }
    }

    fn note_sinks(&mut self, sinks: Vec<(TokenStream, SourceVar)>) {
        for (sink, origin) in sinks {
            let text = sink.to_string();
            if !self.found.sinks.iter().any(|(known, _)| known.to_string() == text) {
                self.found.sinks.push((sink, origin));
            }
        }
    }

    /// Notes that the result depends on the value of inert code.
    pub(super) fn note_source(&mut self, code: &impl Scannable) {
        if self.found.source.is_none() {
            let mut search = Sources { source: self.source, found: None };
            code.visit(&mut search);
            self.found.source = search.found;
        }
    }

    /// Reports the sinks of a function that has a source.
    pub(super) fn report_leaks(&mut self) {
        let Some(source) = &self.found.source else { return };
        for (sink, origin) in &self.found.sinks {
            let name = crate::names::spelled(&self.source.binding(*origin).ident);
            self.errors.push(crate::diagnostics::kept_elsewhere(sink, source, &name));
        }
    }
}

impl<'a> Lowering<'a> {
    /// A value of which something becomes when it is dropped.
    pub(super) fn refuse_dropped(&mut self, expr: &'a Expr) -> crate::graph::Expr {
        self.refuse(
            expr,
            "a value with a `Drop` of its own",
            "let a function or method do what its `drop` does",
        )
    }
}

struct Audit<'s> {
    source: &'s Source,
    sinks: Vec<(TokenStream, SourceVar)>,
}

impl Audit<'_> {
    /// Code whose value nobody uses: it is there for its effect.
    fn dropped(&mut self, expr: &Expr) {
        match unwrapped(expr) {
            Expr::If(e) => {
                self.visit_expr(&e.cond);
                self.block(&e.then_branch);
                if let Some((_, otherwise)) = &e.else_branch {
                    self.dropped(otherwise);
                }
            }
            Expr::Match(e) => {
                self.visit_expr(&e.expr);
                e.arms.iter().for_each(|arm| self.dropped(&arm.body));
            }
            Expr::Block(e) => self.block(&e.block),
            Expr::Unsafe(e) => self.block(&e.block),
            Expr::Call(e) => {
                self.called(expr, e);
                visit::visit_expr_call(self, e);
            }
            Expr::MethodCall(e) => self.chained(expr, e),
            Expr::Try(e) => self.dropped(&e.expr),
            other => self.visit_expr(other),
        }
    }

    fn block(&mut self, block: &syn::Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Expr(expr, None) => self.dropped(expr),
                other => self.visit_stmt(other),
            }
        }
    }

    fn called(&mut self, expr: &Expr, e: &syn::ExprCall) {
        let harmless = match unwrapped(&e.func) {
            Expr::Path(path) => {
                let last = path.path.segments.last().map(|s| s.ident.to_string());
                is_closure_here(self.source, &path.path)
                    || crate::source::generated(&e.func).is_some()
                    || matches!(
                        last.as_deref(),
                        Some("drop" | "forget" | "stop_gradient" | "black_box")
                    )
            }
            _ => false,
        };
        let varied = e.args.iter().find_map(|argument| self.source.varies(argument));
        if let (false, Some(origin)) = (harmless, varied) {
            self.sinks.push((expr.to_token_stream(), origin));
        }
    }

    /// `target.method(value).and(more);`: every call of the chain is there for its effect.
    fn chained(&mut self, expr: &Expr, e: &syn::ExprMethodCall) {
        let name = e.method.to_string();
        let iterates = is_iterator(&e.receiver, &|_| false);
        let varied = e.args.iter().find_map(|argument| self.source.varies(argument));
        let varied = varied.or_else(|| {
            let own = e.args.is_empty() && matches!(unwrapped(&e.receiver), Expr::Path(_));
            self.source.varies(&e.receiver).filter(|_| own)
        });
        if let (Some(origin), false) = (varied, iterates || is_pure_method(&name)) {
            if !root(self.source, &e.receiver).is_some_and(|(var, _)| self.is_own(var)) {
                self.sinks.push((expr.to_token_stream(), origin));
            }
        }
        match unwrapped(&e.receiver) {
            Expr::MethodCall(inner) => self.chained(&e.receiver, inner),
            Expr::Call(inner) => {
                self.called(&e.receiver, inner);
                visit::visit_expr_call(self, inner);
            }
            other => self.visit_expr(other),
        }
        for argument in &e.args {
            match unwrapped(argument) {
                Expr::Closure(closure) if name == "for_each" => self.dropped(&closure.body),
                other => self.visit_expr(other),
            }
        }
    }

    fn kept<'e>(&mut self, expr: &Expr, parts: impl IntoIterator<Item = &'e Expr>) {
        if let Some(origin) = parts.into_iter().find_map(|part| self.source.varies(part)) {
            self.sinks.push((expr.to_token_stream(), origin));
        }
    }

    /// Whether a variable is a collection of std's, which shares nothing with anything else.
    fn is_own(&self, var: SourceVar) -> bool {
        let binding = self.source.binding(var);
        binding.collection
            || matches!(
                binding.kind.peeled(),
                Kind::Indexed(..) | Kind::Scalar(_) | Kind::Discrete | Kind::Text
            )
    }

    /// Whether a method whose value is used may keep what it is given. The file's own are known by
    /// what they do; other code is doubted only where there is any.
    fn method_keeps(&self, e: &syn::ExprMethodCall) -> bool {
        let name = e.method.to_string();
        let receiver = root(self.source, &e.receiver);
        if receiver.is_some_and(|(var, whole)| whole && self.is_own(var)) {
            return touches(&name) == Some(true);
        }
        touches(&name).unwrap_or_else(|| {
            surroundings::own_methods(|own| own.has_code_elsewhere())
                && receiver.is_some_and(|(var, _)| {
                    self.source.binding(var).kind.peeled() == &Kind::Unknown
                })
                && !e.args.is_empty()
                && !is_pure_method(&name)
                || !e.args.is_empty()
                    && crate::own_methods::reaches_behind_a_reference(&name, e.args.len())
        })
    }

    fn assigned(&mut self, expr: &Expr, place: &Expr, value: &Expr) {
        let elsewhere = match root(self.source, place) {
            None => !matches!(unwrapped(place), Expr::Infer(_) | Expr::Tuple(_)),
            // A reference of which it does not show what it refers to: a guard.
            Some((var, whole)) => {
                !whole && contains_deref(place) && !self.source.binding(var).annotated
            }
        };
        if let (true, Some(origin)) = (elsewhere, self.source.varies(value)) {
            self.sinks.push((expr.to_token_stream(), origin));
        }
    }
}

impl<'ast> Visit<'ast> for Audit<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    /// `assert!(holder.put(x))`: what a macro is given are tokens, so that variables go by name.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let list = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        let Ok(arguments) = call.parse_body_with(list) else { return };
        for argument in &arguments {
            let mut calls = KeepingCalls::default();
            calls.visit_expr(argument);
            for kept in calls.found {
                if let Some(origin) = self.source.varied_by_name(kept.clone()) {
                    self.sinks.push((kept, origin));
                }
            }
        }
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        match stmt {
            Stmt::Expr(expr, Some(_)) => self.dropped(expr),
            Stmt::Local(local) => match &local.init {
                Some(init) if matches!(local.pat, syn::Pat::Wild(_)) => self.dropped(&init.expr),
                _ => visit::visit_stmt(self, stmt),
            },
            _ => visit::visit_stmt(self, stmt),
        }
    }

    fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
        self.visit_expr(&e.expr);
        self.block(&e.body);
    }

    fn visit_expr_while(&mut self, e: &'ast syn::ExprWhile) {
        self.visit_expr(&e.cond);
        self.block(&e.body);
    }

    fn visit_expr_loop(&mut self, e: &'ast syn::ExprLoop) {
        self.block(&e.body);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            // What is dropped may do anything with what it holds.
            Expr::Struct(e) if may_drop(&e.path) => {
                self.kept(expr, e.fields.iter().map(|field| &field.expr));
            }
            Expr::Call(e) => {
                if let Expr::Path(path) = unwrapped(&e.func) {
                    if may_drop(&path.path) || function_touches(self.source, e) {
                        self.kept(expr, &e.args);
                    }
                }
            }
            // What a cell behind the receiver keeps is not seen, whatever the method yields.
            Expr::MethodCall(e) => {
                if self.method_keeps(e) {
                    self.kept(expr, std::iter::once(&*e.receiver).chain(&e.args));
                }
                let receiver = root(self.source, &e.receiver);
                if receiver.is_some_and(|(var, _)| shares(&self.source.binding(var).kind)) {
                    self.kept(expr, &e.args);
                }
            }
            Expr::Assign(e) => self.assigned(expr, &e.left, &e.right),
            Expr::Binary(e) if is_compound(&e.op) => self.assigned(expr, &e.left, &e.right),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
}

/// Whether the file has a `Drop` for the type that a path builds.
pub(super) fn may_drop(path: &syn::Path) -> bool {
    let last = path.segments.last().map(|last| last.ident.to_string());
    last.is_some_and(|last| crate::surroundings::own_methods(|own| own.drops(&last)))
}

/// The calls of functions and methods of the file that may keep what they are given.
#[derive(Default)]
struct KeepingCalls {
    found: Vec<TokenStream>,
}

impl<'ast> Visit<'ast> for KeepingCalls {
    fn visit_expr_call(&mut self, e: &'ast syn::ExprCall) {
        if let Expr::Path(path) = unwrapped(&e.func) {
            let last = path.path.segments.last().map(|last| last.ident.to_string());
            if last.is_some_and(|last| touches(&last) == Some(true)) {
                self.found.push(e.to_token_stream());
            }
        }
        visit::visit_expr_call(self, e);
    }

    fn visit_expr_method_call(&mut self, e: &'ast syn::ExprMethodCall) {
        let name = e.method.to_string();
        let keeps = touches(&name).unwrap_or_else(|| {
            !e.args.is_empty()
                && crate::own_methods::reaches_behind_a_reference(&name, e.args.len())
        });
        if keeps {
            self.found.push(e.to_token_stream());
        }
        visit::visit_expr_method_call(self, e);
    }
}

/// Whether the functions and methods of the file that have this name use what is shared.
fn touches(name: &str) -> Option<bool> {
    surroundings::own_methods(|own| own.keeps(name))
}

/// Whether a function whose value is used may keep what it is given.
fn function_touches(source: &Source, e: &syn::ExprCall) -> bool {
    let Expr::Path(path) = unwrapped(&e.func) else { return true };
    let Some(last) = path.path.segments.last().map(|last| last.ident.to_string()) else {
        return false;
    };
    if is_closure_here(source, &path.path)
        || crate::source::generated(&e.func).is_some()
        || last == "stop_gradient"
    {
        return false;
    }
    let known = last.starts_with(|c: char| c.is_uppercase())
        || path.path.segments.iter().any(|part| is_std_name(&part.ident.to_string()));
    touches(&last).unwrap_or(!known)
}

/// Whether a callee is a variable whose code stands in the function: not a parameter, of which it
/// is not known what it shares with others.
fn is_closure_here(source: &Source, callee: &syn::Path) -> bool {
    let local = callee.get_ident().and_then(|name| source.usage(name));
    local.is_some_and(|var| !source.binding(var).annotated)
}

fn contains_deref(place: &Expr) -> bool {
    match unwrapped(place) {
        Expr::Unary(e) => matches!(e.op, syn::UnOp::Deref(_)) || contains_deref(&e.expr),
        Expr::Field(e) => contains_deref(&e.base),
        Expr::Index(e) => contains_deref(&e.expr),
        _ => false,
    }
}

/// Whether a value may be of a struct of the file's that can change behind a shared reference.
fn shares(kind: &Kind) -> bool {
    match kind.peeled() {
        Kind::Record(record) => surroundings::holds_cell(&record.name),
        Kind::Unknown => surroundings::declares_cell(),
        _ => false,
    }
}

/// Looks for code that is not known.
struct Sources<'s> {
    source: &'s Source,
    found: Option<TokenStream>,
}

impl<'ast> Visit<'ast> for Sources<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr_call(&mut self, e: &'ast syn::ExprCall) {
        let known = match unwrapped(&e.func) {
            Expr::Path(path) => {
                let mut names = path.path.segments.iter().map(|s| s.ident.to_string());
                let last = path.path.segments.last().map(|s| s.ident.to_string());
                is_closure_here(self.source, &path.path)
                    || crate::source::generated(&e.func).is_some()
                    || names.any(|name| is_std_name(&name))
                    || last.is_some_and(|last| {
                        touches(&last) == Some(false)
                            || last.starts_with(|c: char| c.is_uppercase())
                            || last == "stop_gradient"
                    })
            }
            _ => false,
        };
        if !known {
            self.found.get_or_insert_with(|| e.to_token_stream());
        }
        visit::visit_expr_call(self, e);
    }

    fn visit_expr_method_call(&mut self, e: &'ast syn::ExprMethodCall) {
        let own = match root(self.source, &e.receiver) {
            Some((var, _)) => {
                let binding = self.source.binding(var);
                binding.collection || binding.kind.peeled() != &Kind::Unknown
            }
            // A global: what reads it says nothing of what it holds.
            None if matches!(unwrapped(&e.receiver), Expr::Path(_)) => {
                if !is_pure_everywhere(&e.method.to_string()) {
                    self.found.get_or_insert_with(|| e.to_token_stream());
                }
                true
            }
            None => {
                matches!(
                    unwrapped(&e.receiver),
                    Expr::Lit(_)
                        | Expr::Binary(_)
                        | Expr::Unary(_)
                        | Expr::Range(_)
                        | Expr::Cast(_)
                ) || is_iterator(&e.receiver, &|_| false)
            }
        };
        let shared = root(self.source, &e.receiver)
            .map(|(var, _)| self.source.binding(var))
            .is_some_and(|binding| !binding.collection && shares(&binding.kind));
        let name = e.method.to_string();
        let reads = touches(&name).unwrap_or_else(|| {
            !own && crate::own_methods::reaches_behind_a_reference(&name, e.args.len())
        });
        if shared || reads || !own && !is_pure_method(&name) {
            self.found.get_or_insert_with(|| e.to_token_stream());
        }
        visit::visit_expr_method_call(self, e);
    }

    fn visit_expr_unsafe(&mut self, e: &'ast syn::ExprUnsafe) {
        self.found.get_or_insert_with(|| e.to_token_stream());
    }
}

/// Types and modules of std that one names in front of a function.
fn is_std_name(name: &str) -> bool {
    matches!(
        name,
        "std"
            | "core"
            | "alloc"
            | "f64"
            | "f32"
            | "usize"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "bool"
            | "char"
            | "str"
            | "String"
            | "Vec"
            | "VecDeque"
            | "Box"
            | "Some"
            | "Ok"
            | "Err"
            | "HashMap"
            | "HashSet"
            | "BTreeMap"
            | "BTreeSet"
            | "Option"
            | "Result"
            | "Default"
            | "From"
            | "Vector"
            | "Matrix"
    )
}
