//! A closure or function applied to values: its body in place.

use proc_macro2::Span;
use quote::quote;
use syn::{Expr as Syntax, ExprClosure, Pat};

use super::sums::inert;
use super::through::Tail;
use super::{exits, span_of, Lowering};
use crate::graph::{Expr, NodeOp, Op, Region, VarId};
use crate::kind::Kind;
use crate::source::{bound, unwrapped};

impl<'a> Lowering<'a> {
    /// Inert code that is an argument of a method, a closure included.
    pub(super) fn inert_argument(&mut self, expr: &'a Syntax) -> Expr {
        let effects = self.effects_of(expr);
        inert(self.gated(expr), effects.reads, Kind::Unknown)
    }

    /// A function's value: the body of a closure, or a call.
    pub(super) fn applied_to(
        &mut self,
        function: &'a Syntax,
        values: Vec<Expr>,
        span: Span,
    ) -> Expr {
        match unwrapped(function) {
            Syntax::Closure(closure) => self.closure_body(closure, values, span),
            Syntax::Path(path) => {
                if let Some(ident) = path.path.get_ident() {
                    if let Some(var) = self.source.usage(ident) {
                        return match self.closures.get(&var).copied() {
                            Some(closure) => self.inlined(function, closure, values),
                            None => self.refuse(
                                function,
                                "a call of a closure or function pointer",
                                "write a `#[differentiable]` function and call it by its name",
                            ),
                        };
                    }
                }
                let last = path.path.segments.last().map(|last| last.ident.to_string());
                let variant = last.is_some_and(|last| last.starts_with(|c: char| c.is_uppercase()));
                if values.is_empty() || !values.iter().any(|value| self.is_active(value)) {
                    let reads: Vec<VarId> =
                        values.iter().filter_map(Expr::place).map(|place| place.root).collect();
                    let names = reads.iter().map(|var| &self.graph[*var].ident);
                    return inert(quote!(#path(#(#names),*)), reads, Kind::Unknown);
                }
                if variant {
                    return Expr::apply(Op::TupleStruct(path.clone()), values, span);
                }
                self.call_by_name(path, values, span)
            }
            Syntax::Reference(e) => self.applied_to(&e.expr, values, span),
            _ => self.refuse(
                function,
                "a call of a computed function",
                "write a closure, or a `#[differentiable]` function's name",
            ),
        }
    }

    /// A call of a function that is named as an argument.
    fn call_by_name(&mut self, path: &syn::ExprPath, values: Vec<Expr>, span: Span) -> Expr {
        let segments = &path.path.segments;
        let last = segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let owner = segments.len().checked_sub(2).map(|index| segments[index].ident.to_string());
        if matches!(owner.as_deref(), Some("f64" | "f32")) {
            if let Some(rule) = crate::rules::elementary(&last, values.len()) {
                return Expr::apply(Op::Elementary(rule, Some(path.clone())), values, span);
            }
        }
        let arguments = values.into_iter().map(|value| self.argument(value, span)).collect();
        self.call_function(path, arguments, span)
    }

    /// The body of a closure where it stands, with its parameters bound to values.
    fn closure_body(&mut self, closure: &'a ExprClosure, values: Vec<Expr>, span: Span) -> Expr {
        for (input, value) in closure.inputs.iter().zip(values) {
            let (pattern, ty) = match input {
                Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                other => (other, None),
            };
            if matches!(value, Expr::Place(ref place) if !self.graph[place.root].active) {
                self.bind_inert(pattern, &value, span);
            } else {
                self.bind_expr(pattern, ty, value, span);
            }
        }
        self.function_body(&closure.body)
    }

    /// Binds names to a value without derivative, whatever the pattern.
    fn bind_inert(&mut self, pattern: &'a Pat, value: &Expr, span: Span) {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        let declares = self.declare_all(&names, &Kind::Unknown);
        // Those that may change are active from here on: the code below declares them.
        self.without_derivative(&names, &declares);
        let Some(place) = value.place() else { return };
        let name = &self.graph[place.root].ident;
        let mut effects = crate::graph::Effects::default();
        effects.reads.push(place.root);
        let tokens = quote!(let #pattern = #name;);
        self.emit(NodeOp::Code { tokens, effects, declares, repeatable: false }, span);
    }

    /// The value of a closure's body, which may leave early.
    pub(super) fn function_body(&mut self, body: &'a Syntax) -> Expr {
        if !exits::leaves(body) {
            return self.value(body);
        }
        // Exits leave the closure: its body is a function of its own.
        let frames = std::mem::take(&mut self.frames);
        let returned = self.returned.take();
        let output = self.output.take();
        let region = match body {
            Syntax::Block(block) => self.body_of(&block.block),
            other => self.region(|this| this.leaving_expr(other, &[], Tail::Function)),
        };
        self.frames = frames;
        self.returned = returned;
        self.output = output;
        self.finish_if(None, region, Region::default(), span_of(body)).unwrap_or_else(super::unit)
    }
}
