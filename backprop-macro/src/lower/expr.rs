//! Expressions.

use proc_macro2::Span;
use quote::{quote_spanned, ToTokens};
use syn::visit::{self, Visit};

use super::through::Tail;
use super::{span_of, Lowering};
use crate::graph::{Code, Expr, NodeOp, Op, Passing, Place, Region, Role, VarId};
use crate::kind::Kind;
use crate::source::{unwrapped, MacroArguments};

impl<'a> Lowering<'a> {
    /// An operand of an active operation: a place, a literal or inert code.
    pub(super) fn operand(&mut self, expr: &'a syn::Expr) -> Expr {
        let value = self.value(expr);
        self.atom(value, span_of(expr))
    }

    /// Operands of one operation, each with the value that it has when it is its turn: a variable
    /// that a later operand changes is copied first.
    pub(super) fn in_order(&mut self, exprs: impl IntoIterator<Item = &'a syn::Expr>) -> Vec<Expr> {
        let mut operands: Vec<(Expr, usize)> = Vec::new();
        for expr in exprs {
            let before = self.nodes.len();
            let operand = self.operand(expr);
            let mut written = Vec::new();
            if self.nodes.len() > before {
                let later = Region { nodes: self.nodes.split_off(before), ..Region::default() };
                crate::graph::writes(&later, &mut |var, _| {
                    // What is written through a borrow arrives in what was borrowed.
                    written.extend([var, self.graph.resolve(&Place::var(var)).root]);
                });
                self.given_away(&later, &mut written);
                self.nodes.extend(later.nodes);
            }
            if !written.is_empty() {
                self.compute_before(before, &written);
                self.copy_changed(&mut operands, &written);
            }
            operands.push((operand, self.nodes.len()));
        }
        operands.into_iter().map(|(operand, _)| operand).collect()
    }

    /// Keeps what was computed so far from being written where it is used, which is after a
    /// variable that it reads has changed.
    fn compute_before(&mut self, end: usize, written: &[VarId]) {
        for index in 0..end {
            let NodeOp::Let { var, value } = &self.nodes[index].op else { continue };
            let mut reads = crate::graph::Vars::new();
            value.reads(&mut reads);
            if self.graph[*var].role == Role::Temporary && written.iter().any(|w| reads.contains(w))
            {
                let var = *var;
                self.graph[var].role = Role::User;
            }
        }
    }

    /// The variables that calls may take from the function.
    fn given_away(&self, region: &Region, taken: &mut Vec<VarId>) {
        for node in &region.nodes {
            let NodeOp::Call(call) = &node.op else { continue };
            for argument in &call.arguments {
                if !matches!(
                    argument.passing,
                    Passing::Value | Passing::Receiver { taken: true, .. }
                ) {
                    continue;
                }
                let Some(place) = argument.value.place() else { continue };
                let owned = !self.graph[place.root].kind.is_reference();
                if owned && !place.kind(self.graph).is_copy() {
                    taken.extend([place.root, self.graph.resolve(place).root]);
                }
            }
        }
    }

    fn copy_changed(&mut self, operands: &mut [(Expr, usize)], written: &[VarId]) {
        for index in 0..operands.len() {
            let (operand, at) = operands[index].clone();
            let mut reads = crate::graph::Vars::new();
            operand.reads(&mut reads);
            if !reads.iter().any(|var| written.contains(var)) || operand.peeled() != &operand {
                continue;
            }
            let rest = self.nodes.split_off(at);
            let var = self.temporary(operand, Span::mixed_site());
            self.graph[var].role = Role::User;
            let added = self.nodes.len() - at;
            self.nodes.extend(rest);
            operands[index].0 = Expr::Place(Place::var(var));
            for (_, position) in &mut operands[index..] {
                *position += added;
            }
        }
    }

    /// The value of an expression: at most one operation on operands.
    pub(super) fn value(&mut self, expr: &'a syn::Expr) -> Expr {
        let span = span_of(expr);
        if self.is_inert(expr) && !is_exclusive(expr) {
            self.note_source(expr);
            if let Some(guarded) = behind_guard(expr) {
                // A copy: the reverse may need it when another guard is due.
                let tokens = self.gated(guarded);
                let copied = quote_spanned!(span=> {
                    use ::std::borrow::ToOwned as _;
                    (#tokens).to_owned()
                });
                let reads = self.effects_of(guarded).reads;
                let kind = Kind::Unknown;
                let copied = Expr::Code(Code { tokens: copied, reads, kind, repeatable: false });
                return Expr::reference(Expr::var(self.temporary(copied, span)));
            }
            if let Some(made) = lent_temporary(expr) {
                // The reverse may be handed the reference again: what it refers to has to stay.
                let made = self.code_of(made);
                let var = self.temporary(made, span);
                return Expr::reference(Expr::var(var));
            }
            return self.code_of(expr);
        }
        match expr {
            syn::Expr::Paren(e) => self.value(&e.expr),
            syn::Expr::Group(e) => self.value(&e.expr),
            syn::Expr::Path(_) | syn::Expr::Field(_) | syn::Expr::Index(_) => {
                Expr::Place(self.place(expr))
            }
            syn::Expr::Unary(e) => match e.op {
                syn::UnOp::Neg(_) => {
                    if let Some(value) = self.own_operator("neg", &[&e.expr], span_of(&e.op)) {
                        return value;
                    }
                    let operand = self.operand(&e.expr);
                    Expr::apply(Op::Neg, vec![operand], span_of(&e.op))
                }
                syn::UnOp::Deref(_) => Expr::Place(self.place(expr)),
                _ => self.refuse(
                    expr,
                    "the operator `!`",
                    "only `-`, `+`, `*`, `/` and `%` have derivatives",
                ),
            },
            syn::Expr::Binary(e) => self.binary(expr, e),
            syn::Expr::Cast(e) => {
                let operand = self.operand(&e.expr);
                Expr::apply(Op::Cast(e.ty.clone()), vec![operand], span)
            }
            syn::Expr::Reference(e) => {
                let op = if e.mutability.is_some() { Op::ReferenceMut } else { Op::Reference };
                let again = matches!(unwrapped(&e.expr), syn::Expr::Reference(inner)
                    if inner.mutability.is_none());
                if again && e.mutability.is_none() {
                    let lent = self.value(&e.expr);
                    return Expr::apply(op, vec![lent], span);
                }
                let place = self.place(&e.expr);
                Expr::apply(op, vec![Expr::Place(place)], span)
            }
            syn::Expr::MethodCall(e) => self.method_call(expr, e),
            syn::Expr::Call(e) => self.function_call(expr, e),
            syn::Expr::Tuple(e) => self.aggregate(Op::Tuple, e.elems.iter(), span),
            syn::Expr::Array(e) => self.aggregate(Op::Array, e.elems.iter(), span),
            syn::Expr::Repeat(e) => {
                let value = self.operand(&e.expr);
                let length = self.inert_operand(&e.len);
                Expr::apply(Op::Repeat { vec: false }, vec![value, length], span)
            }
            syn::Expr::Struct(e) if super::audit::may_drop(&e.path) => self.refuse_dropped(expr),
            syn::Expr::Struct(e) => self.record(e),
            syn::Expr::Macro(e) => self.macro_value(expr, e),
            syn::Expr::Block(e) if self.source.is_inline(e) => {
                self.statements(&e.block.stmts, Tail::Value).unwrap_or_else(super::unit)
            }
            syn::Expr::Block(e) if e.label.is_none() => self.block_value(&e.block, span),
            syn::Expr::If(e) => self.if_value(e),
            syn::Expr::Match(e) => self.match_value(e),
            syn::Expr::Loop(_) | syn::Expr::Block(_) if super::exits::breaks_with_value(expr) => {
                self.refuse(
                    expr,
                    "a `break` with a value",
                    "assign the value to a variable before the `break`",
                )
            }
            syn::Expr::ForLoop(_)
            | syn::Expr::While(_)
            | syn::Expr::Loop(_)
            | syn::Expr::Assign(_) => {
                self.statement_expr(expr);
                crate::lower::unit()
            }
            syn::Expr::Closure(closure)
                if !crate::source::captured_writes(self.source, closure).is_empty() =>
            {
                self.refuse(
                    expr,
                    "a closure that changes what it captures and is passed on",
                    "let it return what it computes, or write a `for` loop",
                )
            }
            syn::Expr::Closure(_) => self.refuse(
                expr,
                "a closure",
                "write a `#[differentiable]` function instead, or a `for` loop",
            ),
            syn::Expr::Range(_) => self.refuse(expr, "a range", "pass its bounds separately"),
            syn::Expr::Try(_) => self.refuse(
                expr,
                "the operator `?`",
                "take the `Result` or `Option` apart outside this function",
            ),
            syn::Expr::Unsafe(_) => self.refuse(
                expr,
                "an `unsafe` block",
                "move it into a safe function with a derivative of its own",
            ),
            syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_) => self.refuse(
                expr,
                "an exit inside an expression",
                "make it a statement of its own: `if condition { return value; }`",
            ),
            syn::Expr::Async(_) | syn::Expr::Await(_) => {
                self.refuse(expr, "`async` code", "compute the value in synchronous code")
            }
            syn::Expr::RawAddr(_) => self.refuse(expr, "a raw pointer", "use a reference"),
            _ => self.refuse(expr, "this expression", "compute it in another way"),
        }
    }

    /// Whether an expression can stay as the user wrote it.
    fn is_inert(&self, expr: &'a syn::Expr) -> bool {
        // What has statements inside may change active variables, or leave the function.
        !self.source.carries(expr) && !self.writes_active(expr) && !super::exits::leaves(expr)
    }

    fn binary(&mut self, expr: &'a syn::Expr, e: &'a syn::ExprBinary) -> Expr {
        let op = match e.op {
            syn::BinOp::Add(_) => Op::Add,
            syn::BinOp::Sub(_) => Op::Sub,
            syn::BinOp::Mul(_) => Op::Mul,
            syn::BinOp::Div(_) => Op::Div,
            syn::BinOp::Rem(_) => Op::Rem,
            other => {
                if is_compound(&other) {
                    self.statement_expr(expr);
                    return crate::lower::unit();
                }
                if super::conditions::decides(&other) {
                    if let Some(decision) = self.changing_condition(expr) {
                        return decision;
                    }
                }
                let symbol = other.to_token_stream();
                return self.refuse(
                    expr,
                    &format!("the operator `{symbol}`"),
                    "only `+`, `-`, `*`, `/` and `%` have derivatives",
                );
            }
        };
        let name = match op {
            Op::Add => "add",
            Op::Sub => "sub",
            Op::Mul => "mul",
            Op::Div => "div",
            _ => "rem",
        };
        if let Some(value) = self.own_operator(name, &[&e.left, &e.right], span_of(&e.op)) {
            return value;
        }
        let operands = self.in_order([&*e.left, &*e.right]);
        Expr::apply(op, operands, span_of(&e.op))
    }

    pub(super) fn aggregate(
        &mut self,
        op: Op,
        parts: impl Iterator<Item = &'a syn::Expr>,
        span: proc_macro2::Span,
    ) -> Expr {
        let parts = self.in_order(parts);
        Expr::apply(op, parts, span)
    }

    fn record(&mut self, e: &'a syn::ExprStruct) -> Expr {
        let fields = e.fields.iter().map(|field| field.member.clone()).collect();
        let exprs = e.fields.iter().map(|field| &field.expr).chain(e.rest.as_deref());
        let values = self.in_order(exprs);
        let op = Op::Struct { path: Box::new(e.path.clone()), fields, rest: e.rest.is_some() };
        Expr::apply(op, values, span_of(e))
    }

    fn macro_value(&mut self, expr: &'a syn::Expr, e: &'a syn::ExprMacro) -> Expr {
        let span = span_of(e);
        match self.source.macro_arguments(&e.mac) {
            Some(MacroArguments::List(list)) => self.aggregate(Op::Vec, list.iter(), span),
            Some(MacroArguments::Repeat(pair)) => {
                let value = self.operand(&pair[0]);
                let length = self.inert_operand(&pair[1]);
                Expr::apply(Op::Repeat { vec: true }, vec![value, length], span)
            }
            _ => {
                let origin = self.origin(expr);
                let name = e.mac.path.segments.last().map(|s| s.ident.to_string());
                self.errors.push(crate::diagnostics::unknown_macro(
                    expr,
                    &name.unwrap_or_default(),
                    origin.as_deref(),
                ));
                self.stand_in(expr)
            }
        }
    }
}

/// What a shared reference lends of what a cell or a lock guards.
fn behind_guard(expr: &syn::Expr) -> Option<&syn::Expr> {
    struct Guards(bool);
    impl<'ast> Visit<'ast> for Guards {
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0 |= call.args.is_empty() && is_guard(&call.method);
            visit::visit_expr_method_call(self, call);
        }

        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    }
    let syn::Expr::Reference(reference) = unwrapped(expr) else { return None };
    let mut lent = unwrapped(&reference.expr);
    // `&*guard` and `&guard` are the same to what takes them.
    while let syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) = lent {
        lent = unwrapped(expr);
    }
    let mut guards = Guards(false);
    guards.visit_expr(lent);
    (guards.0 && reference.mutability.is_none()).then_some(lent)
}

/// Whether a method makes a guard, which is to be dropped when the statement ends.
fn is_guard(method: &syn::Ident) -> bool {
    ["borrow", "borrow_mut", "lock", "read", "write"].iter().any(|guard| method == guard)
}

/// What `&make(..)` borrows, if that is a new value and no guard, which would be held too long.
fn lent_temporary(expr: &syn::Expr) -> Option<&syn::Expr> {
    let syn::Expr::Reference(reference) = unwrapped(expr) else { return None };
    let made = unwrapped(&reference.expr);
    let owned = match made {
        syn::Expr::Call(_)
        | syn::Expr::Macro(_)
        | syn::Expr::Struct(_)
        | syn::Expr::Binary(_)
        | syn::Expr::Cast(_)
        | syn::Expr::If(_)
        | syn::Expr::Match(_)
        | syn::Expr::Block(_) => true,
        // What is made of constants alone is there for good.
        syn::Expr::Array(array) => !array.elems.iter().all(is_literal),
        syn::Expr::Tuple(tuple) => !tuple.elems.iter().all(is_literal),
        syn::Expr::Repeat(repeat) => !is_literal(&repeat.expr),
        syn::Expr::MethodCall(call) => !is_guard(&call.method),
        _ => false,
    };
    (owned && reference.mutability.is_none()).then_some(made)
}

fn is_literal(expr: &syn::Expr) -> bool {
    match unwrapped(expr) {
        syn::Expr::Lit(_) => true,
        syn::Expr::Unary(negated) => is_literal(&negated.expr),
        _ => false,
    }
}

pub(super) fn is_compound(op: &syn::BinOp) -> bool {
    matches!(
        op,
        syn::BinOp::AddAssign(_)
            | syn::BinOp::SubAssign(_)
            | syn::BinOp::MulAssign(_)
            | syn::BinOp::DivAssign(_)
            | syn::BinOp::RemAssign(_)
    )
}

/// Whether an expression lends a place to be changed, which is no code to be evaluated again.
fn is_exclusive(expr: &syn::Expr) -> bool {
    matches!(unwrapped(expr), syn::Expr::Reference(reference) if reference.mutability.is_some())
}
