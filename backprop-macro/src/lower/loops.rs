//! Loops and their headers.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr as Syntax, Pat};

use super::through::Tail;
use super::{exits, shape::Shape, span_of, Lowering};
use crate::graph::{Code, Expr, Header, Loop, NodeOp, Place, Role, VarId};
use crate::kind::Kind;
use crate::source::{bound, root, unwrapped};

impl<'a> Lowering<'a> {
    pub(super) fn for_loop(&mut self, e: &'a syn::ExprForLoop) {
        let header = self.header(e);
        let outside = self.walked.len();
        let over = self.effects_of(&*e.expr).reads;
        let walked: Vec<VarId> =
            over.into_iter().filter(|var| self.walks(&Place::var(*var))).collect();
        self.walked.extend(walked);
        self.finish_loop(header, e.label.as_ref(), &e.body, span_of(e));
        self.walked.truncate(outside);
    }

    pub(super) fn while_loop(&mut self, e: &'a syn::ExprWhile) {
        let (binds, condition) = match &*e.cond {
            Syntax::Let(condition) => {
                if self.source.carries(&condition.expr) {
                    self.refuse(
                        &e.cond,
                        "a `while let`",
                        "write a `for` loop, or a `while` loop with a plain condition",
                    );
                    self.declare_pattern(&condition.pat);
                    return;
                }
                let mut names = Vec::new();
                bound(self.source, &condition.pat, &mut names);
                let vars = self.declare_all(&names, &Kind::Unknown);
                self.without_derivative(&names, &vars);
                (vars, &*e.cond)
            }
            other => (Vec::new(), other),
        };
        if self.writes_active(condition) {
            self.refuse(
                condition,
                "a condition that changes values",
                "change them in the loop's body",
            );
        }
        let effects = self.effects_of(condition);
        let header = Header::While { condition: self.gated(condition), effects, binds };
        self.finish_loop(header, e.label.as_ref(), &e.body, span_of(e));
    }

    pub(super) fn endless_loop(&mut self, e: &'a syn::ExprLoop) {
        let header = Header::While {
            condition: quote!(true),
            effects: crate::graph::Effects::default(),
            binds: Vec::new(),
        };
        self.finish_loop(header, e.label.as_ref(), &e.body, span_of(e));
    }

    pub(super) fn finish_loop(
        &mut self,
        header: Header,
        label: Option<&syn::Label>,
        body: &'a syn::Block,
        span: Span,
    ) {
        let needs_flag = body.stmts.iter().any(exits::statement_leaves);
        let mut exit = None;
        // Items without derivative that the body changes.
        let changing = |var: &VarId| {
            let info = &self.graph[*var];
            info.active && info.mutable && info.alias.is_none()
        };
        let begun: Vec<VarId> = header.binds().into_iter().filter(changing).collect();
        let body = self.region(|this| {
            exit = Some(this.open_frame(label));
            this.begin_at_zero(&begun, span);
            this.statements(&body.stmts, Tail::Value)
        });
        self.frames.pop();
        let mut body = body;
        body.result = None;
        if !needs_flag {
            // The flag's declaration is the body's first node.
            body.nodes.remove(0);
            exit = None;
        }
        let node = Loop { header, body, tape: None, exit, upwards: false };
        self.emit(NodeOp::Loop(Box::new(node)), span);
    }

    fn header(&mut self, e: &'a syn::ExprForLoop) -> Header {
        let (pattern, iterable) = (&*e.pat, &*e.expr);
        if let Some(range) = self.range(iterable) {
            match pattern {
                Pat::Ident(ident) if ident.mutability.is_none() => {
                    let source = self.source.binder(&ident.ident);
                    let index = self.declare(source, Kind::Discrete, Role::User);
                    return Header::Range { index, range };
                }
                Pat::Wild(_) => {
                    let index = self.graph.fresh("k", Kind::Discrete, Role::Index);
                    return Header::Range { index, range };
                }
                _ => {}
            }
        }
        let counter = self.graph.fresh("k", Kind::Discrete, Role::Index);
        let effects = self.effects_of(iterable);
        let mut binds = Vec::new();
        let active = self.source.carries(iterable) || self.writes_active_through(iterable, pattern);
        let nodes = self.nodes.len();
        // Inert elements whose place is not known are simply kept where they are needed.
        // The header is emitted as it is written, so what it computes must not matter twice.
        let option = !active && self.is_option(iterable);
        let shape = (!option)
            .then(|| self.shape(iterable))
            .flatten()
            .filter(|_| !self.computes_once(nodes));
        if shape.is_none() {
            self.nodes.truncate(nodes);
        }
        let shape = shape.or_else(|| (!active).then_some(Shape::Inert));
        let consumes = self.consumed(iterable);
        // Nor can inert elements be looked up that the loop moves away.
        let gone = !active && consumes.iter().any(|place| self.is_owned(place));
        let shape = if gone || option { Some(Shape::Inert) } else { shape };
        match &shape {
            Some(shape) => self.bind_shape(pattern, shape, counter, &mut binds),
            None => {
                self.refuse(
                    iterable,
                    "this iterator",
                    "loop over an index, a slice or the iterator adapters of std over one",
                );
                let mut names = Vec::new();
                bound(self.source, pattern, &mut names);
                binds = self.declare_all(&names, &Kind::Unknown);
            }
        }
        let range = matches!(unwrapped(iterable), Syntax::Path(_))
            && self.kind_by_sight(unwrapped(iterable)) == Kind::Range;
        let ranges = self.ranges_in(iterable);
        let (pattern, mut iterable) = (pattern.to_token_stream(), self.gated(iterable));
        let mut consumes = consumes;
        if range && !active {
            // What it reads may be needed again after the loop.
            iterable = quote!(::core::clone::Clone::clone(&#iterable));
            consumes.clear();
        } else if !ranges.is_empty() {
            iterable = with_copied_ranges(iterable, &ranges);
        }
        Header::Each { pattern, binds, iterable, effects, counter, consumes }
    }

    /// The names of the ranges that code reads.
    fn ranges_in(&self, code: &'a Syntax) -> Vec<proc_macro2::Ident> {
        let read = self.effects_of(code).reads;
        let ranges = read.into_iter().filter(|var| self.graph[*var].kind == Kind::Range);
        ranges.map(|var| self.graph[var].ident.clone()).collect()
    }

    /// Whether what is iterated is known to be an `Option`.
    fn is_option(&self, iterable: &'a Syntax) -> bool {
        match unwrapped(iterable) {
            Syntax::MethodCall(call)
                if matches!(call.method.to_string().as_str(), "iter" | "into_iter") =>
            {
                self.is_option(&call.receiver)
            }
            Syntax::Reference(inner) => self.is_option(&inner.expr),
            place => matches!(self.kind_by_sight(place).peeled(), Kind::Option(_)),
        }
    }

    /// Whether a place is known to be a `Vec`, not a reference to one.
    fn is_owned(&self, place: &Place) -> bool {
        matches!(place.kind(self.graph), Kind::Indexed(_, crate::kind::Container::Vec))
    }

    /// Whether code that may not run twice was put before the loop.
    fn computes_once(&self, from: usize) -> bool {
        self.nodes[from..].iter().any(|node| match &node.op {
            NodeOp::Let { value: Expr::Code(code), .. } => !code.repeatable,
            NodeOp::Code { effects, .. } => !effects.writes.is_empty(),
            _ => false,
        })
    }

    /// The collection that iterating moves away: `for x in xs` of an owned `xs`.
    pub(super) fn consumed(&mut self, iterable: &'a Syntax) -> Vec<Place> {
        match unwrapped(iterable) {
            Syntax::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                used.map(|_| self.place(iterable)).into_iter().collect()
            }
            Syntax::Field(_) if super::stmt::is_place(iterable) => {
                root(self.source, iterable).map(|_| self.place(iterable)).into_iter().collect()
            }
            Syntax::MethodCall(call) => match call.method.to_string().as_str() {
                "into_iter" | "enumerate" | "rev" | "skip" | "take" | "step_by" | "zip" => {
                    let receiver = unwrapped(&call.receiver);
                    // An iterator that has a name is none of the function's collections.
                    let named = matches!(receiver, Syntax::Path(_)) && call.method != "into_iter";
                    let mut places = if named { Vec::new() } else { self.consumed(receiver) };
                    if call.method == "zip" {
                        places.extend(self.consumed(&call.args[0]));
                    }
                    places
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Whether a loop over mutable elements changes active ones.
    pub(super) fn writes_active_through(&self, iterable: &'a Syntax, pattern: &'a Pat) -> bool {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        root(self.source, iterable).is_some_and(|(var, _)| self.source.is_active(var))
            && names.iter().any(|name| self.source.is_active(*name))
    }

    /// A range of integers whose bounds stay the same: the reverse can count it again.
    pub(super) fn range(&mut self, expr: &'a Syntax) -> Option<Code> {
        if !is_range(expr) {
            return None;
        }
        let Expr::Code(code) = self.code_of(unwrapped(expr)) else { unreachable!("inert code") };
        if self.range_bounds_repeatable(expr) && code.reads.iter().all(|var| !self.changes(*var)) {
            return Some(Code { repeatable: true, ..code });
        }
        // Bounds that change are read once, here.
        match unwrapped(expr) {
            Syntax::Range(range) => {
                let start = range.start.as_ref().map(|e| self.fixed(e))?;
                let end = range.end.as_ref().map(|e| self.fixed(e))?;
                let limits = &range.limits;
                let (from, to) = (&start.tokens, &end.tokens);
                Some(Code {
                    tokens: quote!(#from #limits #to),
                    reads: start.reads.iter().chain(&end.reads).copied().collect(),
                    kind: Kind::Discrete,
                    repeatable: true,
                })
            }
            Syntax::MethodCall(call) => {
                let inner = self.range(&call.receiver)?;
                let arguments: Vec<Code> = call.args.iter().map(|arg| self.fixed(arg)).collect();
                let method = &call.method;
                let (range, values) = (&inner.tokens, arguments.iter().map(|code| &code.tokens));
                Some(Code {
                    tokens: quote!((#range).#method(#(#values),*)),
                    reads: inner
                        .reads
                        .iter()
                        .chain(arguments.iter().flat_map(|code| &code.reads))
                        .copied()
                        .collect(),
                    kind: Kind::Discrete,
                    repeatable: true,
                })
            }
            _ => None,
        }
    }
}

/// Code whose indices are copies of these ranges: a range is no `Copy`, and the reverse names the
/// same part of a collection by it.
fn with_copied_ranges(code: TokenStream, ranges: &[proc_macro2::Ident]) -> TokenStream {
    struct Copied<'r>(&'r [proc_macro2::Ident]);
    impl VisitMut for Copied<'_> {
        fn visit_expr_index_mut(&mut self, e: &mut syn::ExprIndex) {
            visit_mut::visit_expr_index_mut(self, e);
            let Syntax::Path(path) = unwrapped(&e.index) else { return };
            if let Some(range) = self.0.iter().find(|range| path.path.is_ident(*range)) {
                *e.index = Syntax::Verbatim(quote!(::core::clone::Clone::clone(&#range)));
            }
        }
    }
    let Ok(mut expr) = syn::parse2::<Syntax>(code.clone()) else { return code };
    Copied(ranges).visit_expr_mut(&mut expr);
    expr.to_token_stream()
}

pub(super) fn is_range(expr: &Syntax) -> bool {
    match unwrapped(expr) {
        Syntax::Range(range) => range.start.is_some() && range.end.is_some(),
        Syntax::MethodCall(call) => {
            matches!(call.method.to_string().as_str(), "rev" | "step_by")
                && is_range(&call.receiver)
        }
        _ => false,
    }
}

impl Lowering<'_> {
    pub(super) fn range_bounds_repeatable(&self, expr: &Syntax) -> bool {
        match unwrapped(expr) {
            Syntax::Range(range) => {
                range.start.as_deref().is_none_or(|e| self.is_repeatable(e))
                    && range.end.as_deref().is_none_or(|e| self.is_repeatable(e))
            }
            Syntax::MethodCall(call) => {
                self.range_bounds_repeatable(&call.receiver)
                    && call.args.iter().all(|e| self.is_repeatable(e))
            }
            _ => false,
        }
    }
}
