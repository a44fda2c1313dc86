//! Iterator chains, selections and the like in terms of loops, branches and places.
//!
//! `xs.iter().map(|x| x * x).filter(|s| *s < c).sum::<f64>()` becomes
//!
//! ```text
//! 'inline: {
//!     let mut sum = empty_sum::<f64>();
//!     for x in xs.iter() {
//!         let item = x * x;
//!         if { let s = &item; *s < c } { sum += item; }
//!     }
//!     sum
//! }
//! ```
//!
//! A chain is a stream of stages: each stage is written around what the stages after it do with an
//! item, so all adapters combine. What remains in the header of a loop only rearranges elements of
//! a place ([`shape`](crate::lower) follows it).
//!
//! This happens on the syntax tree, before names are resolved: the phases after it see ordinary
//! Rust. Only what derivatives flow through is rewritten; a first reading of the function tells.
//! Names are the closures' own, or new where they would mean two things.

mod applied;
mod arrays;
mod breaks;
mod build;
mod chain;
mod consume;
mod fallible;
mod for_option;
mod iterators;
mod optional;
mod parts;
mod present;
mod read;
mod rename;
mod select;
mod select_nth;
mod tried;

pub(crate) use chain::{is_iterator, yields_iterator};

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Block, Expr, Stmt, Type};

use crate::names::Namer;
use crate::source::{MacroArguments, Source};
use crate::tokens::each_ident;

/// The function's body in simpler terms, and the labels of the blocks whose statements belong to
/// what surrounds them.
pub(crate) fn simplified(
    source: &Source,
    function: &syn::ImplItemFn,
    runtime: &TokenStream,
) -> Option<(Block, HashSet<String>)> {
    let lists = optional::Lists::of(source, function);
    let mut count = Count { source, lists: &lists, marks: Vec::new() };
    count.visit_block(&function.block);
    if !count.marks.iter().any(|mark| mark.active) {
        return None;
    }
    let mut block = function.block.clone();
    let mut mark = Mark { marks: count.marks.into_iter() };
    mark.visit_block_mut(&mut block);
    arrays::mark(&function.sig, &mut block);
    let mut names = Namer::default();
    let tokens = function.to_token_stream();
    let mut occurrences = HashMap::default();
    count_idents(&tokens, &mut occurrences);
    names.reserve(tokens);
    let mut desugar = Desugar {
        names,
        occurrences,
        inline: HashSet::default(),
        runtime: runtime.clone(),
        cursors: HashMap::default(),
        changed: false,
        closures: 0,
    };
    desugar.changed |= iterators::substitute(&mut block);
    desugar.cursors = iterators::cursors(&mut block, &mut desugar.names);
    desugar.changed |= !desugar.cursors.is_empty();
    if let syn::ReturnType::Type(_, ty) = &function.sig.output {
        desugar.expect_tail(&mut block, ty);
        Returned { ty }.visit_block_mut(&mut block);
    }
    desugar.visit_block_mut(&mut block);
    Unmark.visit_block_mut(&mut block);
    desugar.changed.then_some((block, desugar.inline))
}

/// The name of the attribute that marks what derivatives flow through.
const MARK: &str = "backprop_active";

/// Whether a derivative flows through an expression or something in it is changed that one flows
/// through.
fn is_marked(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident(MARK))
}

/// The attribute that marks what derivatives flow through.
fn active_mark() -> syn::Attribute {
    let name = Ident::new(MARK, Span::mixed_site());
    parse_quote!(#[#name])
}

/// Decides for every expression, in the order of the syntax tree.
struct Count<'s> {
    source: &'s Source,
    lists: &'s optional::Lists,
    marks: Vec<Marked>,
}

/// What the first reading tells about an expression.
#[derive(Clone, Copy)]
struct Marked {
    active: bool,
    /// It leaves `Option`s without a value out.
    of_options: bool,
}

impl<'ast> Visit<'ast> for Count<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if is_candidate(expr) {
            let touches = |expr: &Expr| {
                self.source.carries(expr) || crate::source::writes_active(self.source, expr)
            };
            let active = match (scrutinee(expr), expr) {
                // What an inert lookup finds only decides: `if let Some(id) = words.get(word)`.
                (Some(inner), Expr::If(_) | Expr::While(_) | Expr::Match(_)) => touches(inner),
                // What a call of the user's own yields is iterated as it is, if it is inert.
                (Some(inner), _) if own_iterator(inner) => touches(inner),
                (Some(inner), _) => touches(expr) || self.source.carries(inner),
                (None, _) => touches(expr),
            };
            let of_options = matches!(expr, Expr::MethodCall(call) if call.method == "flatten"
                && self.lists.yields_options(self.source, &call.receiver))
                || matches!(expr, Expr::ForLoop(e) if optional::is_option_place(self.source, &e.expr));
            self.marks.push(Marked { active, of_options });
        }
        visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        match self.source.macro_arguments(invocation) {
            Some(MacroArguments::List(list)) => {
                // The list outlives the visit: it belongs to the source.
                let list = list.clone();
                for expr in list.iter() {
                    Count { source: self.source, lists: self.lists, marks: Vec::new() }
                        .collect(expr, &mut self.marks);
                }
            }
            Some(MacroArguments::Repeat(pair)) => {
                let pair = pair.clone();
                for expr in pair.iter() {
                    Count { source: self.source, lists: self.lists, marks: Vec::new() }
                        .collect(expr, &mut self.marks);
                }
            }
            _ => {}
        }
    }
}

impl Count<'_> {
    fn collect(mut self, expr: &Expr, marks: &mut Vec<Marked>) {
        self.visit_expr(expr);
        marks.append(&mut self.marks);
    }
}

/// Whether what is iterated comes from a call that is no adapter of std's.
fn own_iterator(iterable: &Expr) -> bool {
    matches!(crate::source::unwrapped(iterable), Expr::Call(_) | Expr::MethodCall(_))
        && !is_iterator(iterable)
}

/// What decides about a branch or a loop.
fn scrutinee(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::ForLoop(e) => Some(&e.expr),
        Expr::Match(e) => Some(&e.expr),
        Expr::If(e) => match &*e.cond {
            Expr::Let(e) => Some(&e.expr),
            _ => None,
        },
        Expr::While(e) => match &*e.cond {
            Expr::Let(e) => Some(&e.expr),
            _ => None,
        },
        _ => None,
    }
}

fn is_candidate(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::MethodCall(_)
            | Expr::Call(_)
            | Expr::ForLoop(_)
            | Expr::If(_)
            | Expr::While(_)
            | Expr::Match(_)
    )
}

fn attributes(expr: &mut Expr) -> Option<&mut Vec<syn::Attribute>> {
    match expr {
        Expr::MethodCall(e) => Some(&mut e.attrs),
        Expr::Call(e) => Some(&mut e.attrs),
        Expr::ForLoop(e) => Some(&mut e.attrs),
        Expr::If(e) => Some(&mut e.attrs),
        Expr::While(e) => Some(&mut e.attrs),
        Expr::Match(e) => Some(&mut e.attrs),
        _ => None,
    }
}

/// Writes the decisions into the tree.
struct Mark {
    marks: std::vec::IntoIter<Marked>,
}

impl VisitMut for Mark {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let mark = is_candidate(expr).then(|| self.marks.next()).flatten();
        if let (Some(mark), Some(attrs)) = (mark, attributes(expr)) {
            let name = Ident::new(MARK, Span::mixed_site());
            if mark.active {
                attrs.push(parse_quote!(#[#name]));
            }
            if mark.of_options {
                attrs.push(optional::mark());
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        in_vec(invocation, |expr| self.visit_expr_mut(expr));
    }
}

struct Unmark;

impl VisitMut for Unmark {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Some(attrs) = attributes(expr) {
            attrs.retain(|attr| {
                !attr.path().is_ident(MARK) && !optional::is_mark(attr) && !arrays::is_mark(attr)
            });
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        in_vec(invocation, |expr| self.visit_expr_mut(expr));
    }
}

/// Runs `inside` on the arguments of `vec![…]`.
fn in_vec(invocation: &mut syn::Macro, mut inside: impl FnMut(&mut Expr)) {
    use syn::punctuated::Punctuated;
    if invocation.path.segments.last().is_none_or(|last| last.ident != "vec") {
        return;
    }
    let parsed = invocation.parse_body_with(Punctuated::<Expr, syn::Token![,]>::parse_terminated);
    if let Ok(mut list) = parsed {
        list.iter_mut().for_each(&mut inside);
        invocation.tokens = list.to_token_stream();
        return;
    }
    let repeat = |input: syn::parse::ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<syn::Token![;]>()?;
        Ok([value, input.parse()?])
    };
    if let Ok([mut value, mut length]) = invocation.parse_body_with(repeat) {
        inside(&mut value);
        inside(&mut length);
        invocation.tokens = quote::quote!(#value; #length);
    }
}

fn count_idents(syntax: &impl ToTokens, counts: &mut HashMap<String, usize>) {
    each_ident(syntax, |ident| *counts.entry(ident.to_string()).or_default() += 1);
}

struct Desugar {
    names: Namer,
    /// How often each identifier occurs in the user's function.
    occurrences: HashMap<String, usize>,
    inline: HashSet<String>,
    runtime: TokenStream,
    /// The iterators that are advanced by hand, by name.
    cursors: HashMap<String, iterators::Cursor>,
    changed: bool,
    /// How many closures what is visited stands in.
    closures: usize,
}

impl VisitMut for Desugar {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        if let (syn::Pat::Type(typed), Some(init)) = (&local.pat, &mut local.init) {
            expect(&mut init.expr, &typed.ty);
        }
        visit_mut::visit_local_mut(self, local);
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        self.closures += 1;
        if let syn::ReturnType::Type(_, ty) = &closure.output {
            expect(&mut closure.body, ty);
        }
        visit_mut::visit_expr_closure_mut(self, closure);
        self.closures -= 1;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        // What replaces an expression may itself be replaced: `m.iter().flatten().last()`.
        for _ in 0..8 {
            let Some(simpler) = self.simpler(expr) else { break };
            self.changed = true;
            *expr = simpler;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        in_vec(invocation, |expr| self.visit_expr_mut(expr));
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        // `let Some(x) = v.pop() else { … };`
        let mut stmts = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            if let Some(simpler) = self.let_selected(&stmt).or_else(|| self.let_nth(&stmt)) {
                self.changed = true;
                stmts.extend(simpler);
                continue;
            }
            while let (Some(value), 0) = (evaluated_first(&mut stmt), self.closures) {
                let Some((before, item)) = self.tried(value) else { break };
                self.changed = true;
                stmts.extend(before);
                *value = item;
            }
            if let Stmt::Local(syn::Local { init: Some(init), .. }) = &mut stmt {
                if init.diverge.is_some() && select::is_taken_out(&init.expr) {
                    let (name, value) = (self.fresh("taken"), &init.expr);
                    stmts.push(parse_quote!(let #name = #value;));
                    *init.expr = parse_quote!(#name);
                    self.changed = true;
                }
            }
            stmts.push(stmt);
        }
        block.stmts = stmts;
        visit_mut::visit_block_mut(self, block);
        // `let (a, b) = { …; (&v[..i], &v[i..]) };` binds two borrows.
        let stmts = std::mem::take(&mut block.stmts);
        for stmt in stmts {
            match self.taken_apart(&stmt) {
                Some(parts) => block.stmts.extend(parts),
                None => block.stmts.push(stmt),
            }
        }
    }
}

impl Desugar {
    /// A `let` of a tuple whose parts show.
    fn taken_apart(&self, stmt: &Stmt) -> Option<Vec<Stmt>> {
        let Stmt::Local(local) = stmt else { return None };
        let (syn::Pat::Tuple(pattern), Some(init)) = (&local.pat, &local.init) else {
            return None;
        };
        let Expr::Block(block) = &*init.expr else { return None };
        let label = block.label.as_ref()?.name.ident.to_string();
        if init.diverge.is_some() || !self.inline.contains(&label) {
            return None;
        }
        let mut stmts = block.block.stmts.clone();
        let Some(Stmt::Expr(Expr::Tuple(parts), None)) = stmts.pop() else { return None };
        // A name that is bound must not be read by a later part.
        let mut names = Vec::new();
        rename::bound_names(&local.pat, &mut names);
        let mut read = HashMap::default();
        count_idents(&parts, &mut read);
        let rest = pattern.elems.iter().any(|part| matches!(part, syn::Pat::Rest(_)));
        if rest || names.iter().any(|name| read.contains_key(name)) {
            return None;
        }
        applied::bind(&local.pat, Expr::Tuple(parts), &mut stmts);
        Some(stmts)
    }

    fn stored(&mut self, mut before: Vec<Stmt>, store: Stmt) -> Expr {
        before.push(store);
        self.inlined(before)
    }

    /// The expression in simpler terms, if it is one that derivatives flow through and there are
    /// any.
    fn simpler(&mut self, expr: &Expr) -> Option<Expr> {
        match expr {
            Expr::MethodCall(e) if is_marked(&e.attrs) || self.asks_cursor(e) => {
                self.selection_used(e).or_else(|| self.consumed(e)).or_else(|| self.replaced(e))
            }
            Expr::Call(e) if is_marked(&e.attrs) => self.called(e),
            Expr::ForLoop(e) if is_marked(&e.attrs) => self.for_loop(e),
            Expr::Field(e) => self.nth_part(e),
            Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => self.nth_element(e),
            Expr::Assign(e) => {
                let (before, place) = self.place_selected(&e.left)?;
                let value = &e.right;
                Some(self.stored(before, parse_quote!(#place = #value;)))
            }
            Expr::Binary(e) => {
                let (before, place) = self.place_selected(&e.left)?;
                let (op, value) = (&e.op, &e.right);
                let compound = op.to_token_stream().to_string().ends_with('=');
                compound.then(|| self.stored(before, parse_quote!(#place #op #value;)))
            }
            Expr::If(e) if is_marked(&e.attrs) => self.if_selected(e),
            Expr::While(e) if is_marked(&e.attrs) => self.while_selected(e),
            Expr::Match(e) if is_marked(&e.attrs) => self.match_selected(e),
            _ => None,
        }
    }

    /// A block whose statements belong to what surrounds it.
    fn inlined(&mut self, stmts: Vec<Stmt>) -> Expr {
        let label = self.names.fresh("inline");
        self.inline.insert(label.to_string());
        let label = syn::Lifetime { apostrophe: Span::mixed_site(), ident: label };
        parse_quote!(#label: { #(#stmts)* })
    }

    fn fresh(&mut self, base: &str) -> Ident {
        self.names.fresh(base)
    }

    fn expect_tail(&mut self, block: &mut Block, ty: &Type) {
        if let Some(Stmt::Expr(expr, None)) = block.stmts.last_mut() {
            expect(expr, ty);
        }
    }
}

/// The `?` that a statement evaluates before anything else that may have an effect.
fn evaluated_first(stmt: &mut Stmt) -> Option<&mut Expr> {
    let expr = match stmt {
        Stmt::Local(local) => &mut *local.init.as_mut().filter(|init| init.diverge.is_none())?.expr,
        Stmt::Expr(Expr::Assign(e), _) => &mut *e.right,
        Stmt::Expr(expr, _) => expr,
        _ => return None,
    };
    first_try(expr)
}

fn first_try(expr: &mut Expr) -> Option<&mut Expr> {
    if matches!(expr, Expr::Try(e) if is_call_marked(&e.expr)) {
        return Some(expr);
    }
    // What only reads a variable may come later.
    let quiet = |expr: &Expr| matches!(expr, Expr::Path(_) | Expr::Lit(_));
    match expr {
        Expr::Unary(e) => first_try(&mut e.expr),
        Expr::Reference(e) => first_try(&mut e.expr),
        Expr::Paren(e) => first_try(&mut e.expr),
        Expr::Cast(e) => first_try(&mut e.expr),
        Expr::Field(e) => first_try(&mut e.base),
        Expr::Try(e) => first_try(&mut e.expr),
        Expr::Binary(e) => {
            let lazy = matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_));
            let skips = crate::source::is_compound(&e.op) || !lazy && quiet(&e.left);
            first_try(if skips { &mut e.right } else { &mut e.left })
        }
        Expr::Call(e) => first_try(e.args.iter_mut().find(|arg| !quiet(arg))?),
        Expr::MethodCall(e) => {
            let argument = e.args.iter_mut().find(|arg| !quiet(arg));
            first_try(if quiet(&e.receiver) { argument? } else { &mut e.receiver })
        }
        _ => None,
    }
}

fn is_call_marked(expr: &Expr) -> bool {
    matches!(crate::source::unwrapped(expr), Expr::MethodCall(call) if is_marked(&call.attrs))
}

/// Writes the type that a value must have where a chain leaves it open.
fn expect(expr: &mut Expr, ty: &Type) {
    // A collection by another name: `type Image = Vec<Vec<f64>>`.
    let alias = match ty {
        Type::Path(path) => path.path.get_ident().and_then(crate::surroundings::alias),
        _ => None,
    };
    let ty = alias.as_ref().unwrap_or(ty);
    match expr {
        // A reference to an array that is made of a part of a slice.
        Expr::MethodCall(call) if call.method == "unwrap" || call.method == "expect" => {
            let array = matches!(ty, Type::Reference(ty) if matches!(*ty.elem, Type::Array(_)));
            let made = matches!(crate::source::unwrapped(&call.receiver),
                Expr::MethodCall(inner) if inner.method == "try_into");
            if array && made {
                *expr = parse_quote!(&(#call));
            }
        }
        Expr::MethodCall(call)
            if call.turbofish.is_none()
                && call.args.len() == usize::from(call.method == "partition") =>
        {
            let open = ["sum", "product", "collect", "unzip", "partition"];
            if open.iter().any(|name| call.method == name) && !matches!(ty, Type::ImplTrait(_)) {
                if call.method == "unzip" {
                    return;
                }
                call.turbofish = Some(match ty {
                    // The type argument is that of each half.
                    Type::Tuple(halves) if call.method == "partition" => {
                        let Some(half) = halves.elems.first() else { return };
                        parse_quote!(::<#half, _>)
                    }
                    ty => parse_quote!(::<#ty>),
                });
            }
        }
        Expr::MethodCall(call)
            if call.turbofish.is_none()
                && call.args.len() == 2
                && (call.method == "fold" || call.method == "rfold")
                && !matches!(ty, Type::ImplTrait(_) | Type::Infer(_)) =>
        {
            call.turbofish = Some(parse_quote!(::<#ty, _>));
        }
        Expr::Paren(inner) => expect(&mut inner.expr, ty),
        Expr::Block(inner) => {
            if let Some(Stmt::Expr(expr, None)) = inner.block.stmts.last_mut() {
                expect(expr, ty);
            }
        }
        Expr::If(inner) => {
            if let Some(Stmt::Expr(expr, None)) = inner.then_branch.stmts.last_mut() {
                expect(expr, ty);
            }
            if let Some((_, other)) = &mut inner.else_branch {
                expect(other, ty);
            }
        }
        Expr::Match(inner) => {
            inner.arms.iter_mut().for_each(|arm| expect(&mut arm.body, ty));
        }
        Expr::Tuple(parts) => {
            if let Type::Tuple(types) = ty {
                if types.elems.len() == parts.elems.len() {
                    for (part, ty) in parts.elems.iter_mut().zip(&types.elems) {
                        expect(part, ty);
                    }
                }
            }
        }
        _ => {}
    }
}

/// The function's `return`s.
struct Returned<'t> {
    ty: &'t Type,
}

impl VisitMut for Returned<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_return_mut(&mut self, expr: &mut syn::ExprReturn) {
        if let Some(value) = &mut expr.expr {
            expect(value, self.ty);
        }
        visit_mut::visit_expr_return_mut(self, expr);
    }
}
