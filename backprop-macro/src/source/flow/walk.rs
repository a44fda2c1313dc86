//! The walk over statements and expressions: what each value carries.

use std::ptr;

use syn::{Expr, Pat, Stmt};

use super::syntax::{bound, is_comparison, makes_bits, may_drop, root, unannotated, unwrapped};
use super::{Carried, Flow, NamedClosure};
use crate::kind::Kind;
use crate::source::known::{
    is_compound, is_iterator, makes_cell, makes_collection, only_reads, std_macro, ASSERTING_MACROS,
};
use crate::source::scope::MacroArguments;
use crate::surroundings;

impl Flow<'_> {
    pub(super) fn block(&mut self, block: &syn::Block) -> Carried {
        let mut last = Carried::new();
        for stmt in &block.stmts {
            last = Carried::new();
            match stmt {
                Stmt::Local(local) => {
                    let Some(init) = &local.init else { continue };
                    let carried = self.expr(&init.expr);
                    if let Some((_, diverge)) = &init.diverge {
                        self.expr(diverge);
                    }
                    let known = self.lenders.clone();
                    if makes_bits(&init.expr) {
                        let mut names = Vec::new();
                        bound(self.source, &local.pat, &mut names);
                        names.iter().for_each(|var| self.source.bindings[var.0].bits = true);
                    }
                    self.bind_whole(&local.pat, &init.expr);
                    self.bind(&local.pat, &carried);
                    let mut names = Vec::new();
                    bound(self.source, &local.pat, &mut names);
                    let bare = !self.may_borrow(&init.expr);
                    for name in names {
                        let owned = self.source.binding(name).kind.is_owned();
                        if bare {
                            self.bare.insert(name);
                        }
                        if !owned && self.may_borrow(&init.expr) {
                            let mut lent = self.lent(&init.expr);
                            lent.extend(known.get(&name).into_iter().flatten());
                            self.lenders.insert(name, lent);
                        } else if let Some(known) = known.get(&name) {
                            self.lenders.insert(name, known.clone());
                        } else {
                            self.lenders.remove(&name);
                        }
                    }
                    self.note_closure(&local.pat, &init.expr);
                    if let Pat::Ident(name) = unannotated(&local.pat) {
                        if let Some(var) = self.source.bound_by(&name.ident) {
                            let binding = &mut self.source.bindings[var.0];
                            binding.collection = makes_collection(&init.expr);
                            binding.cell = makes_cell(&init.expr);
                        }
                    }
                    if is_iterator(&init.expr, &|var| self.iterates(var)) {
                        if let Pat::Ident(name) = &local.pat {
                            self.iterators.insert(self.source.binder(&name.ident));
                        }
                    }
                }
                Stmt::Item(_) => {}
                Stmt::Expr(expr, semi) => {
                    self.dropped = semi.map(|_| ptr::from_ref(expr));
                    let carried = self.expr(expr);
                    if semi.is_some() {
                        self.called_for_effect(expr);
                    }
                    if semi.is_none() {
                        last = carried;
                    }
                }
                Stmt::Macro(statement) => {
                    let carried = self.invocation(&statement.mac);
                    if statement.semi_token.is_none() {
                        last = carried;
                    }
                }
            }
        }
        last
    }

    /// Remembers the parameters of a closure that has a name.
    fn note_closure(&mut self, pattern: &Pat, init: &Expr) {
        let (Pat::Ident(name), Expr::Closure(closure)) = (pattern, unwrapped(init)) else { return };
        let parameters = closure
            .inputs
            .iter()
            .map(|input| {
                let mut names = Vec::new();
                bound(self.source, input, &mut names);
                names
            })
            .collect();
        let var = self.source.binder(&name.ident);
        let writes = crate::source::captured_writes(self.source, closure);
        self.source.closure_writes.insert(var, writes);
        let value = match &closure.output {
            syn::ReturnType::Type(_, ty) => Kind::of(ty),
            syn::ReturnType::Default => self.source.numbers_in(&closure.body),
        };
        let number = matches!(value, Kind::Scalar(_));
        let named = NamedClosure { parameters, changes: self.changes(closure), number };
        self.closures.insert(var, named);
    }

    pub(super) fn invocation(&mut self, invocation: &syn::Macro) -> Carried {
        let name = std_macro(&invocation.path);
        match self.source.macros.get(&ptr::from_ref(invocation)).cloned() {
            Some(MacroArguments::List(list)) => list.iter().flat_map(|e| self.expr(e)).collect(),
            Some(MacroArguments::Repeat(pair)) => {
                self.expr(&pair[1]);
                self.expr(&pair[0])
            }
            Some(MacroArguments::Reads(list, mentioned)) => {
                self.all(list.iter());
                if ASSERTING_MACROS.contains(&name.as_str()) {
                    Carried::new()
                } else {
                    mentioned.into_iter().collect()
                }
            }
            Some(MacroArguments::Tokens(_)) if ASSERTING_MACROS.contains(&name.as_str()) => {
                Carried::new()
            }
            Some(MacroArguments::Tokens(mentioned)) => {
                let carried: Carried = mentioned.iter().copied().collect();
                for var in mentioned.into_iter().filter(|_| !only_reads(&name)) {
                    if !matches!(self.source.binding(var).kind, Kind::Scalar(_) | Kind::Discrete)
                        || self.source.binding(var).mutable
                    {
                        self.store_in(var, &carried);
                    }
                }
                carried
            }
            None => Carried::new(),
        }
    }

    pub(super) fn all<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) -> Carried {
        exprs.into_iter().flat_map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Carried {
        let carried = self.visit(expr);
        self.source.carried.insert(ptr::from_ref(expr), carried.clone());
        carried
    }

    fn visit(&mut self, expr: &Expr) -> Carried {
        match expr {
            Expr::Path(path) => {
                let used = path.path.get_ident().and_then(|ident| self.source.usage(ident));
                if let Some(closure) = used.and_then(|var| self.closures.get(&var)).cloned() {
                    // Not called but handed on: whoever calls it may give it anything.
                    self.change(&closure.changes);
                }
                used.into_iter()
                    .filter(|var| !self.source.binding(*var).stops_derivatives())
                    .collect()
            }
            Expr::Lit(_) | Expr::Continue(_) | Expr::Infer(_) => Carried::new(),
            Expr::Paren(e) => self.expr(&e.expr),
            Expr::Group(e) => self.expr(&e.expr),
            Expr::Reference(e) => self.expr(&e.expr),
            Expr::RawAddr(e) => self.expr(&e.expr),
            // What leaves by `?` is an error or `None`, which carry no derivative.
            Expr::Try(e) => self.expr(&e.expr),
            Expr::Await(e) => self.expr(&e.base),
            Expr::Unary(e) => self.expr(&e.expr),
            Expr::Field(e) => {
                let carried = self.expr(&e.base);
                if surroundings::is_whole(&e.member) {
                    Carried::new()
                } else {
                    carried
                }
            }
            Expr::Index(e) => {
                self.expr(&e.index);
                self.expr(&e.expr)
            }
            Expr::Cast(e) => {
                let carried = self.expr(&e.expr);
                if Kind::of(&e.ty).is_discrete() {
                    Carried::new()
                } else {
                    carried
                }
            }
            Expr::Binary(e) => self.binary(e),
            Expr::Assign(e) => {
                if let (true, Some((var, _))) = (makes_bits(&e.right), root(self.source, &e.left)) {
                    self.source.bindings[var.0].bits = true;
                }
                let carried = self.expr(&e.right);
                if let (true, Some((target, _))) =
                    (self.may_borrow(&e.right), root(self.source, &e.left))
                {
                    let owned = self.source.binding(target).kind.is_owned();
                    let mut lent = if owned { Carried::new() } else { self.lent(&e.right) };
                    // What is immutable and borrows nothing of the function's only gives a value.
                    lent.retain(|var| self.reaches_mutable(*var, false, &mut Carried::new()));
                    self.lenders.entry(target).or_default().extend(lent);
                }
                self.store(&e.left, &carried);
                Carried::new()
            }
            Expr::Tuple(e) => {
                self.handed_on(&e.elems);
                self.all(&e.elems)
            }
            Expr::Repeat(e) => {
                self.expr(&e.len);
                self.expr(&e.expr)
            }
            Expr::Struct(e) => {
                self.handed_on(e.fields.iter().map(|field| &field.expr));
                let mut carried = self.all(e.fields.iter().map(|field| &field.expr));
                if let Some(rest) = &e.rest {
                    carried.extend(self.expr(rest));
                }
                if may_drop(&e.path) {
                    // When it is dropped, it may write what it holds to what it borrows.
                    self.effects(e.fields.iter().map(|field| &field.expr), &carried);
                }
                carried
            }
            Expr::Range(e) => self.all(e.start.iter().chain(&e.end).map(|e| &**e)),
            Expr::Block(e) => self.labelled(e.label.as_ref(), |this| this.block(&e.block)),
            Expr::Unsafe(e) => self.block(&e.block),
            Expr::Async(e) => self.block(&e.block),
            Expr::Const(_) => Carried::new(),
            Expr::If(e) => {
                self.expr(&e.cond);
                let mut carried = self.block(&e.then_branch);
                if let Some((_, otherwise)) = &e.else_branch {
                    carried.extend(self.expr(otherwise));
                }
                carried
            }
            Expr::Let(e) => {
                let carried = self.expr(&e.expr);
                self.bind_discrete(&e.pat, &e.expr);
                self.bind(&e.pat, &carried);
                Carried::new()
            }
            Expr::Match(e) => {
                let matched = self.expr(&e.expr);
                let mut carried = Carried::new();
                for arm in &e.arms {
                    self.bind_discrete(&arm.pat, &e.expr);
                    self.bind(&arm.pat, &matched);
                    carried.extend(self.expr(&arm.body));
                }
                carried
            }
            Expr::ForLoop(e) => {
                self.expr(&e.expr);
                self.bind_discrete(&e.pat, &e.expr);
                self.bind_items(&e.pat, &e.expr);
                self.labelled(e.label.as_ref(), |this| this.block(&e.body));
                Carried::new()
            }
            Expr::While(e) => {
                self.expr(&e.cond);
                self.labelled(e.label.as_ref(), |this| this.block(&e.body));
                Carried::new()
            }
            Expr::Loop(e) => self.labelled(e.label.as_ref(), |this| {
                this.block(&e.body);
                Carried::new()
            }),
            Expr::Break(e) => {
                let carried = e.expr.as_ref().map(|e| self.expr(e)).unwrap_or_default();
                let label = e.label.as_ref().map(|label| label.ident.to_string());
                let target = self
                    .breaks
                    .iter_mut()
                    .rev()
                    .find(|(name, _)| label.is_none() || *name == label);
                if let Some((_, broken)) = target {
                    broken.extend(carried);
                }
                Carried::new()
            }
            Expr::Return(e) => {
                if let Some(value) = &e.expr {
                    self.expr(value);
                    let carried = self.returned(value);
                    self.result.extend(carried);
                }
                Carried::new()
            }
            Expr::Call(e) => {
                let dropped = self.dropped.take() == Some(ptr::from_ref(expr));
                self.call(e, dropped)
            }
            Expr::MethodCall(e) => {
                let dropped = self.dropped.take() == Some(ptr::from_ref(expr));
                self.method(e, dropped)
            }
            // The parameters count as carried, so that what they are bound to flows on.
            Expr::Closure(e) => {
                let carried = self.expr(&e.body);
                if self.only_pushes(&e.body) {
                    Carried::new()
                } else {
                    carried
                }
            }
            Expr::Array(e) => {
                self.handed_on(&e.elems);
                self.all(&e.elems)
            }
            Expr::Macro(e) => self.invocation(&e.mac),
            _ => Carried::new(),
        }
    }

    /// Whether an expression adds to a collection of std's, which yields nothing.
    fn only_pushes(&self, expr: &Expr) -> bool {
        let Expr::MethodCall(call) = unwrapped(expr) else { return false };
        let name = call.method.to_string();
        let receiver = root(self.source, &call.receiver);
        matches!(name.as_str(), "push" | "push_back" | "push_front" | "push_str" | "extend")
            && receiver.is_some_and(|(var, whole)| whole && self.source.binding(var).collection)
            && !surroundings::own_methods(|own| own.is_given(&name))
    }

    pub(super) fn labelled(
        &mut self,
        label: Option<&syn::Label>,
        inside: impl FnOnce(&mut Self) -> Carried,
    ) -> Carried {
        self.breaks.push((label.map(|label| label.name.ident.to_string()), Carried::new()));
        let mut carried = inside(self);
        let (_, broken) = self.breaks.pop().expect("pushed above");
        carried.extend(broken);
        carried
    }

    fn binary(&mut self, e: &syn::ExprBinary) -> Carried {
        use syn::BinOp;
        let mut carried = self.expr(&e.left);
        carried.extend(self.expr(&e.right));
        if surroundings::own_methods(|own| own.may_compare()) && is_comparison(&e.op) {
            // An operator of the user's own may write to what its operands borrow.
            for operand in [&e.left, &e.right] {
                if let Some((var, true)) = root(self.source, operand) {
                    let kind = self.source.binding(var).kind.peeled();
                    if matches!(kind, Kind::Unknown | Kind::Record(_))
                        && self.lenders.get(&var).is_some_and(|lenders| !lenders.is_empty())
                    {
                        self.store_in(var, &carried);
                    }
                }
            }
        }
        match e.op {
            BinOp::And(_)
            | BinOp::Or(_)
            | BinOp::Eq(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Ne(_)
            | BinOp::Ge(_)
            | BinOp::Gt(_) => Carried::new(),
            op if is_compound(&op) => {
                let from = self.expr(&e.right);
                self.store(&e.left, &from);
                Carried::new()
            }
            _ => carried,
        }
    }
}
