//! `let`: names and patterns bound to values.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::{Expr as Syntax, Pat, Stmt};

use super::pattern::{Bound, Mode};
use super::stmt::is_place;
use super::{span_of, Lowering};
use crate::graph::{Expr, NodeOp, Op, Payload, Place, Role, Step, VarId};
use crate::kind::Kind;
use crate::source::{bound, root, unwrapped, SourceVar};
use crate::surroundings;

impl<'a> Lowering<'a> {
    pub(super) fn local(&mut self, stmt: &'a Stmt, local: &'a syn::Local) {
        let mut names = Vec::new();
        bound(self.source, &local.pat, &mut names);
        let active = names.iter().any(|name| self.source.is_active(*name));
        let (pattern, ty) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            other => (other, None),
        };
        let Some(init) = &local.init else {
            if let (Pat::Ident(ident), true) = (pattern, active) {
                let kind = ty.map_or(Kind::Unknown, Kind::of);
                let var = self.declare(self.source.binder(&ident.ident), kind, Role::User);
                self.emit(NodeOp::Declare { var, ty: ty.cloned() }, span_of(stmt));
            } else {
                let declares = self.declare_all(&names, &Kind::Unknown);
                self.code(stmt, declares, false);
            }
            return;
        };
        if !active && !self.writes_active(&*init.expr) {
            if let (Some(lent), None) = (self.lent_place(&init.expr), &init.diverge) {
                let place = self.place(lent);
                let value = Expr::reference(Expr::Place(place));
                self.bind_expr(pattern, ty, value, span_of(stmt));
                return;
            }
            if self.moves_active(&init.expr) && init.diverge.is_none() {
                self.bind_value(pattern, ty, &init.expr, span_of(stmt));
                return;
            }
            self.inert_local(stmt, pattern, &names, &init.expr);
            return;
        }
        if let (Pat::Ident(name), Syntax::Closure(closure)) = (pattern, unwrapped(&init.expr)) {
            let source = self.source.binder(&name.ident);
            let changes = self.writes_captured(closure);
            let copies = closure.capture.is_some()
                && self
                    .mentioned(&*closure.body)
                    .iter()
                    .any(|var| self.source.binding(*var).mutable);
            if copies {
                self.refuse(
                    &init.expr,
                    "a `move` closure that copies a variable which may change",
                    "leave out `move`, or make the variable immutable",
                );
                self.declare(source, Kind::Discrete, Role::User);
                // Its calls are no further mistakes.
                self.closures.insert(source, closure);
                return;
            }
            if closure.asyncness.is_none() {
                self.closures.insert(source, closure);
                // Calls that no derivative flows through still need it.
                let effects = self.effects_of(&*init.expr);
                let var = self.declare(source, Kind::Discrete, Role::User);
                self.graph[var].active = false;
                // Every call of one that changes what it captures is written out.
                if closure.capture.is_none() && !changes {
                    let tokens = quote!(let #name = #closure;);
                    let declares = vec![var];
                    self.emit(
                        NodeOp::Code { tokens, effects, declares, repeatable: false },
                        span_of(stmt),
                    );
                }
                return;
            }
        }
        if let Some((_, diverge)) = &init.diverge {
            self.refuse(diverge, "a `let … else`", "write an `if let` or a `match` instead");
        }
        if self.split_mutably(pattern, &init.expr, span_of(stmt)) {
            return;
        }
        self.spoiling(&names, |this| this.bind_value(pattern, ty, &init.expr, span_of(stmt)));
    }

    /// Whether a value is an active variable, which is gone when it has been given another name.
    fn moves_active(&self, init: &'a Syntax) -> bool {
        let Some((var, true)) = root(self.source, init) else { return false };
        let moved = self.vars.get(&var).map(|var| &self.graph[*var]);
        moved.is_some_and(|var| var.active && !var.kind.is_copy() && !var.kind.is_reference())
    }

    /// The place of `&place`, if it is one of a variable: what is borrowed may change while no name
    /// of its own shows that.
    fn lent_place(&self, init: &'a Syntax) -> Option<&'a Syntax> {
        let Syntax::Reference(reference) = unwrapped(init) else { return None };
        let (var, _) = root(self.source, &reference.expr)?;
        let known = self.vars.contains_key(&var) && is_place(&reference.expr);
        (known && reference.mutability.is_none()).then_some(&*reference.expr)
    }

    fn inert_local(
        &mut self,
        stmt: &'a Stmt,
        pattern: &'a Pat,
        names: &[SourceVar],
        init: &'a Syntax,
    ) {
        let simple = matches!(pattern, Pat::Ident(ident) if ident.mutability.is_none());
        let kind = self.kind_by_sight(init);
        let effects = self.effects_of(stmt);
        let steady = effects.reads.iter().all(|var| !self.changes(*var));
        // Whether what a borrow refers to is still there is known when all of the function is.
        let borrow = matches!(unwrapped(init), Syntax::Reference(_) | Syntax::Path(_));
        // What is moved by its name cannot be moved again.
        let moved = self.moved_by(stmt);
        let repeatable =
            simple && (steady || borrow) && moved.is_empty() && self.is_repeatable(init);
        let effects = effects.moving(moved);
        // Names come into scope after the initialiser has been read.
        let named = matches!(pattern, Pat::Ident(_));
        if names.iter().any(|name| self.source.is_useful(*name)) {
            self.note_source(init);
        }
        let tokens = self.gated(stmt);
        let tokens = self.typed_discrete(stmt, names, init).unwrap_or(tokens);
        let declares = if named {
            self.declare_all(names, &kind)
        } else {
            let lender = self.lender(init, &kind);
            let declares = self.declare_parts(pattern, &kind);
            if let Some(lender) = lender {
                self.note_parts(pattern, &lender);
            }
            declares
        };
        self.emit(NodeOp::Code { tokens, effects, declares, repeatable }, span_of(stmt));
    }

    /// The place behind a shared reference that an inert expression names.
    fn lender(&mut self, init: &'a Syntax, kind: &Kind) -> Option<Place> {
        let lent = match unwrapped(init) {
            Syntax::Reference(e) => e.mutability.is_none() && is_place(&e.expr),
            init => matches!(kind, Kind::Ref(_)) && is_place(init),
        };
        if !lent || !self.is_repeatable(init) {
            return None;
        }
        let place = self.place(init);
        let root = self.graph.resolve(&place).root;
        (!self.graph[root].active).then_some(place)
    }

    /// Notes which part of a place each name of a pattern refers to.
    fn note_parts(&mut self, pattern: &'a Pat, lender: &Place) {
        for Bound { var, path, mode } in self.bindings(pattern, false).unwrap_or_default() {
            let fields = path.iter().all(|step| matches!(step, Step::Field(_)));
            if let (true, Mode::Default, Some(var)) = (fields, mode, self.vars.get(&var)) {
                self.graph[*var].alias = Some(lender.clone().with(path));
            }
        }
    }

    /// `let n: usize = discrete(init);`: a type that keeps the derivative of `init` out by its name
    /// must be one that carries none.
    fn typed_discrete(
        &mut self,
        stmt: &'a Stmt,
        names: &[SourceVar],
        init: &'a Syntax,
    ) -> Option<proc_macro2::TokenStream> {
        let Stmt::Local(syn::Local { pat: Pat::Type(typed), init: Some(whole), .. }) = stmt else {
            return None;
        };
        let stops = names.iter().all(|name| self.source.stops_derivatives(*name));
        if !stops || whole.diverge.is_some() || self.source.varies(init).is_none() {
            return None;
        }
        let (runtime, init) = (self.runtime.clone(), self.gated(init));
        Some(quote!(let #typed = #runtime::discrete(#init);))
    }

    /// Declares what a pattern binds, after an error: the rest of the function is checked too.
    pub(super) fn declare_pattern(&mut self, pattern: &'a Pat) {
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        self.declare_all(&names, &Kind::Unknown);
    }

    /// Declares what a pattern binds of an inert value of a kind.
    pub(super) fn declare_parts(&mut self, pattern: &'a Pat, kind: &Kind) -> Vec<VarId> {
        let mut kinds = Vec::new();
        kinds_of_parts(pattern, kind, &mut kinds);
        let mut names = Vec::new();
        bound(self.source, pattern, &mut names);
        let known = |this: &Self, name: SourceVar| {
            kinds
                .iter()
                .find(|(ident, _)| this.source.bound_by(ident) == Some(name))
                .map_or(Kind::Unknown, |(_, kind)| kind.clone())
        };
        names
            .into_iter()
            .map(|name| {
                let kind = known(self, name);
                self.declare(name, kind, Role::User)
            })
            .collect()
    }

    /// What is bound to a part of an inert value has no derivative, unless it changes later:
    /// returns the names that may, whose adjoints begin where the names are bound.
    pub(super) fn without_derivative(&mut self, names: &[SourceVar], vars: &[VarId]) -> Vec<VarId> {
        let mut changing = Vec::new();
        for (name, var) in names.iter().zip(vars) {
            let binding = self.source.binding(*name);
            let written = binding.written_through && !self.graph[*var].kind.is_scalar();
            let info = &mut self.graph[*var];
            if info.active && info.mutable {
                changing.push(*var);
            } else if info.active {
                info.active = false;
                if written {
                    // If it is a reference, what it refers to has no name here.
                    self.nameless.insert(*var);
                }
            }
        }
        changing
    }

    /// The adjoints of names that a pattern has bound to parts of an inert value.
    pub(super) fn begin_at_zero(&mut self, vars: &[VarId], span: Span) {
        for var in vars {
            let (pattern, value) = (TokenStream::new(), super::unit());
            self.emit(NodeOp::Bind { pattern, parts: vec![(*var, Vec::new())], value }, span);
        }
    }

    pub(super) fn declare_all(&mut self, names: &[SourceVar], kind: &Kind) -> Vec<VarId> {
        names.iter().map(|name| self.declare(*name, kind.clone(), Role::User)).collect()
    }

    /// `let pattern: ty = init;` with an active value.
    pub(super) fn bind_value(
        &mut self,
        pattern: &'a Pat,
        ty: Option<&syn::Type>,
        init: &'a Syntax,
        span: Span,
    ) {
        if let (Pat::Tuple(parts), Syntax::Tuple(values)) = (pattern, unwrapped(init)) {
            let simple = parts.elems.len() == values.elems.len()
                && parts.elems.iter().all(|part| matches!(part, Pat::Ident(_) | Pat::Wild(_)))
                && ty.is_none();
            if simple {
                // All values are computed before any name is bound.
                let values: Vec<Expr> =
                    values.elems.iter().map(|value| self.named(value)).collect();
                for (part, value) in parts.elems.iter().zip(values) {
                    self.bind_expr(part, None, value, span);
                }
                return;
            }
        }
        self.expected = ty.cloned();
        let value = self.value(init);
        self.expected = None;
        self.bind_expr(pattern, ty, value, span);
    }

    /// A value that later declarations cannot change the meaning of.
    pub(super) fn named(&mut self, expr: &'a Syntax) -> Expr {
        let value = self.value(expr);
        let span = span_of(expr);
        match value {
            Expr::Code(code) if code.reads.is_empty() => Expr::Code(code),
            value => {
                let var = self.temporary(value, span);
                // Other names are bound before it is used, so it must be computed here.
                self.graph[var].role = Role::User;
                Expr::Place(Place::var(var))
            }
        }
    }

    pub(super) fn bind_expr(
        &mut self,
        pattern: &'a Pat,
        ty: Option<&syn::Type>,
        value: Expr,
        span: Span,
    ) {
        match pattern {
            Pat::Ident(ident) if ident.subpat.is_none() && ident.by_ref.is_none() => {
                let source = self.source.binder(&ident.ident);
                let kind = value.kind(self.graph);
                let var = self.declare(source, kind, Role::User);
                self.graph[var].active = self.source.is_active(source) && self.is_active(&value)
                    || self.graph[var].mutable
                        && self.source.is_active(source)
                        && !self.graph[var].kind.is_discrete();
                self.alias(var, &value);
                let value = match ty {
                    Some(ty) => Expr::apply(Op::Typed(Box::new(ty.clone())), vec![value], span),
                    None => value,
                };
                self.emit(NodeOp::Let { var, value }, span);
            }
            Pat::Wild(_) => {
                let var = self.temporary(value, span);
                self.graph[var].active = false;
            }
            _ => {
                let whole = value.kind(self.graph);
                let value = self.atom(value, span);
                let place = value.place().cloned();
                let Some(bindings) = self.bindings(pattern, false) else {
                    self.errors.push(crate::diagnostics::not_differentiable(
                        pattern,
                        "this pattern",
                        None,
                        "bind the value to a name and use its fields",
                    ));
                    self.declare_pattern(pattern);
                    return;
                };
                let mut parts = Vec::new();
                for Bound { var, path, mode } in bindings {
                    let path = self.measured(place.as_ref(), path, None);
                    let kind = kind_bound(&whole, &path, mode);
                    let walks = place.as_ref().is_some_and(|place| self.walks(place));
                    let lent = mode != Mode::Copy && whole.is_reference() && !walks;
                    let var = self.declare(var, kind, Role::User);
                    if let (true, Some(place)) = (lent && !self.graph[var].mutable, &place) {
                        // A name for what lies behind the reference.
                        self.graph[var].alias = Some(place.clone().with(path.iter().cloned()));
                    }
                    parts.push((var, path));
                }
                let pattern = match ty {
                    Some(ty) => quote!(#pattern: #ty),
                    None => pattern.to_token_stream(),
                };
                self.emit(NodeOp::Bind { pattern, parts, value }, span);
            }
        }
    }

    /// Notes that a variable is a borrow of a place.
    pub(super) fn alias(&mut self, var: VarId, value: &Expr) {
        let target = match value {
            Expr::Apply {
                op: Op::Reference | Op::ReferenceMut | Op::Lent { .. }, args, ..
            } => args[0].peeled().place(),
            Expr::Place(place) if place.kind(self.graph).is_reference() => Some(place),
            _ => None,
        };
        if let Some(target) = target {
            if !self.graph[var].mutable && !self.walks(target) {
                self.graph[var].alias = Some(target.clone());
            }
        }
    }
}

/// The kinds of the names that a pattern binds of a value of a kind, where they show. What is
/// taken apart behind a reference is bound by reference.
fn kinds_of_parts<'p>(pattern: &'p Pat, kind: &Kind, out: &mut Vec<(&'p syn::Ident, Kind)>) {
    let part = |inner: Kind| match kind {
        Kind::Ref(_) => Kind::Ref(Box::new(inner)),
        Kind::RefMut(_) => Kind::RefMut(Box::new(inner)),
        _ => inner,
    };
    let held = |path: &syn::Path, member: &syn::Member| match kind.peeled() {
        Kind::Record(_) => kind.member(member),
        _ => surroundings::kind_of_payload(path, member),
    };
    match pattern {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => {
            out.push((&ident.ident, kind.clone()));
        }
        Pat::Paren(inner) => kinds_of_parts(&inner.pat, kind, out),
        Pat::Guard(guard) => kinds_of_parts(&guard.pat, kind, out),
        Pat::Type(typed) => kinds_of_parts(&typed.pat, kind, out),
        Pat::Reference(inner) => {
            if let Kind::Ref(target) | Kind::RefMut(target) = kind {
                kinds_of_parts(&inner.pat, target, out);
            }
        }
        Pat::Tuple(tuple) if !tuple.elems.iter().any(|part| matches!(part, Pat::Rest(_))) => {
            for (index, inner) in tuple.elems.iter().enumerate() {
                kinds_of_parts(inner, &part(kind.part(index)), out);
            }
        }
        Pat::TupleStruct(variant) => {
            for (index, inner) in variant.elems.iter().enumerate() {
                if matches!(inner, Pat::Rest(_)) {
                    break;
                }
                let member = syn::Member::Unnamed(index.into());
                kinds_of_parts(inner, &part(held(&variant.path, &member)), out);
            }
        }
        Pat::Struct(variant) => {
            for field in &variant.fields {
                let inner = held(&variant.path, &field.member);
                kinds_of_parts(&field.pat, &part(inner), out);
            }
        }
        _ => {}
    }
}

pub(super) fn kind_along(whole: &Kind, path: &[Step], explicit: bool) -> Kind {
    if let (true, true, Kind::Ref(inner) | Kind::RefMut(inner)) = (explicit, path.is_empty(), whole)
    {
        return (**inner).clone();
    }
    let kind = path.iter().fold(whole.clone(), |kind, step| match step {
        Step::Field(member) => kind.member(member),
        Step::Deref => Kind::Unknown,
        Step::Index(index) => kind.at(index.is_range()),
        Step::Payload(payload) if payload.is_success() => kind.peeled().success(),
        Step::Payload(Payload::Variant { path, member }) => {
            surroundings::kind_of_payload(path, member)
        }
        Step::Payload(Payload::Success) => Kind::Unknown,
    });
    // Taking a reference apart binds references.
    if matches!(whole, Kind::RefMut(_)) && !explicit && !path.is_empty() {
        Kind::RefMut(Box::new(kind))
    } else if whole.is_reference() && !explicit && !path.is_empty() {
        Kind::Ref(Box::new(kind))
    } else {
        kind
    }
}

/// The kind of what a pattern binds to a part of a value of kind `whole`.
pub(super) fn kind_bound(whole: &Kind, path: &[Step], mode: Mode) -> Kind {
    match mode {
        Mode::Default => kind_along(whole, path, false),
        Mode::Copy => kind_along(whole, path, true).peeled().clone(),
        Mode::Reference => Kind::Ref(Box::new(kind_along(whole, path, true))),
    }
}
