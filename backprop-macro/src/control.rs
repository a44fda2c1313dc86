//! Control flow in terms of simpler control flow, on the syntax tree.
//!
//! * `?` inside an expression becomes a statement of its own: `f(a()?, b()?)` is
//!   `let t = a()?; let u = b()?; f(t, u)`. So does a `match` or an `if` that may leave.
//! * `while let` over values that carry a derivative, and `while` with a `?` in its condition,
//!   become `loop`s that break.
//! * `if a && let Some(x) = b { … }` becomes an `if` around a `match`.
//! * `break value` and labelled blocks put the value into a variable; so does a variable without a
//!   value that gets it inside a loop.
//! * The names of `let (a, b) = if … { (x, y) } else { … };` become variables if only some of them
//!   carry a derivative.
//! * `for x in data[f(i)].iter()` gets a name for what it runs over.
//! * What uses an exclusive reference that a branch chooses becomes part of its arms.
//! * An assignment to a pattern becomes a `let` and assignments to places.
//! * A pattern with alternatives that bind names becomes one arm for each.
//!
//! The user's function itself is emitted as it was written; this is what its companions compute.

mod assign;
mod deferred;
mod lent_by_branch;
mod lift;
mod parts;
mod tuples;

use crate::maps::HashSet;
use std::ptr;

pub(crate) use lent_by_branch::lent_by_branch;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Block, Expr, Pat};

use crate::names::Namer;
use crate::source::Source;
use crate::tokens;

/// Rewrites the body of a function; tells whether anything was changed. Blocks with one of the
/// labels in `inline` belong to what surrounds them and stay.
pub(crate) fn simplify(body: &mut Block, source: &Source, inline: &HashSet<String>) -> bool {
    let mut names = Namer::default();
    names.reserve(quote!(#body));
    let mixed = tuples::mixed(body, source);
    let active = active(body, source);
    let mut mark = Mark(Some(active));
    mark.visit_block_mut(body);
    let split = tuples::take_apart(body, &mixed, &mut names);
    let through = HashSet::default();
    let mut control = Control { names, inline, in_macro: false, changed: false, through };
    control.visit_block_mut(body);
    let changed = control.changed || split;
    mark.0 = None;
    mark.visit_block_mut(body);
    changed
}

/// The attribute of loops and labelled blocks whose value carries a derivative, and of loops over
/// elements that do.
const MARK: &str = "backprop_value";

/// Writes the attribute to the expressions at some addresses, or takes it away: what is rewritten
/// moves.
struct Mark(Option<HashSet<*const Expr>>);

impl VisitMut for Mark {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let address = ptr::from_ref(&*expr);
        if let Some(attributes) = attributes(expr) {
            match &self.0 {
                Some(active) if active.contains(&address) => {
                    let name = Ident::new(MARK, proc_macro2::Span::mixed_site());
                    attributes.push(parse_quote!(#[#name]));
                }
                Some(_) => {}
                None => attributes.retain(|attribute| !attribute.path().is_ident(MARK)),
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

fn attributes(expr: &mut Expr) -> Option<&mut Vec<syn::Attribute>> {
    match expr {
        Expr::While(e) => Some(&mut e.attrs),
        Expr::Loop(e) => Some(&mut e.attrs),
        Expr::ForLoop(e) => Some(&mut e.attrs),
        Expr::Block(e) => Some(&mut e.attrs),
        _ => None,
    }
}

/// The loops and labelled blocks whose value carries a derivative, and loops over elements that do,
/// by address.
fn active(body: &Block, source: &Source) -> HashSet<*const Expr> {
    struct Find<'s> {
        source: &'s Source,
        found: HashSet<*const Expr>,
    }
    impl<'ast> Visit<'ast> for Find<'_> {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_index(&mut self, e: &'ast syn::ExprIndex) {
            self.visit_expr(&e.expr);
        }
        fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
            use syn::BinOp;
            // No derivative flows through a comparison: it stays as it is.
            let compares = matches!(
                e.op,
                BinOp::Eq(_)
                    | BinOp::Ne(_)
                    | BinOp::Lt(_)
                    | BinOp::Le(_)
                    | BinOp::Gt(_)
                    | BinOp::Ge(_)
            );
            if !compares {
                visit::visit_expr_binary(self, e);
            }
        }
        fn visit_expr(&mut self, expr: &'ast Expr) {
            let active = match expr {
                Expr::While(e) => match &*e.cond {
                    Expr::Let(condition) => self.source.may_carry(&condition.expr),
                    // A condition that changes something is code of the loop's body.
                    condition => crate::source::writes_active(self.source, condition),
                },
                Expr::Loop(_) => self.source.may_carry(expr),
                Expr::ForLoop(e) => self.source.may_carry(&e.expr),
                Expr::Block(e) if e.label.is_some() => {
                    self.source.may_carry(expr) || crate::source::writes_active(self.source, expr)
                }
                _ => false,
            };
            if active {
                self.found.insert(ptr::from_ref(expr));
            }
            visit::visit_expr(self, expr);
        }
    }
    let mut find = Find { source, found: HashSet::default() };
    find.visit_block(body);
    find.found
}

struct Control<'i> {
    names: Namer,
    inline: &'i HashSet<String>,
    /// Inside the arguments of a macro, of which is not known what derivatives flow through.
    in_macro: bool,
    changed: bool,
    /// The variables that values of loops and blocks go through.
    through: HashSet<String>,
}

impl VisitMut for Control<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {
        // Items are other functions.
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.deferred(block);
        visit_mut::visit_block_mut(self, block);
        self.lift_in(block);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let active = attributes(expr).is_some_and(|attributes| {
            attributes.iter().any(|attribute| attribute.path().is_ident(MARK))
        });
        match expr {
            Expr::Assign(e) => {
                if let Some(parts) = self.taken_apart_by_assignment(e) {
                    *expr = parts;
                    self.changed = true;
                }
            }
            Expr::While(e) => {
                let chain = matches!(&*e.cond, Expr::Binary(_)) && contains_let(&e.cond);
                if active || chain || lift::contains_question(&e.cond) {
                    *expr = endless(e);
                    self.changed = true;
                }
            }
            Expr::ForLoop(e) if active => {
                if let Some(block) = self.named_parts(e) {
                    *expr = block;
                    self.changed = true;
                }
            }
            Expr::Loop(e) => {
                let label = e.label.as_ref().map(|label| label.name.ident.to_string());
                if (active || self.in_macro) && breaks_with_value(&e.body, label.as_deref(), true) {
                    *expr = self.through_variable(e.label.clone(), &mut e.body);
                }
            }
            Expr::Block(e)
                if (active || self.in_macro || crate::lower::diverges(&e.block))
                    && e.label.as_ref().is_some_and(|label| !self.is_inline(label)) =>
            {
                let label = e.label.as_ref().map(|label| label.name.ident.to_string());
                let value = breaks_with_value(&e.block, label.as_deref(), false);
                *expr = self.labelled(e, value);
            }
            _ => {}
        }
        let may_leave = matches!(expr, Expr::If(_)) && crate::lower::leaves(expr);
        if let Expr::If(e) = expr {
            if let Some(nested) = self.chained(e) {
                *expr = nested;
                self.changed = true;
            } else if let (Expr::Let(condition), true) = (&*e.cond, may_leave) {
                // Like a `match`, so that what follows becomes part of an arm.
                let (pattern, value, then) = (&condition.pat, &condition.expr, &e.then_branch);
                let otherwise = otherwise(e);
                *expr = parse_quote!(match #value { #pattern => #then _ => #otherwise });
                self.changed = true;
            }
        }
        if let Expr::Match(e) = expr {
            self.alternatives(e);
        }
        if let Some(error) = certain_error(expr) {
            *expr = parse_quote! {
                return ::core::result::Result::Err(::core::convert::From::from(#error))
            };
            self.changed = true;
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        let repeated = lift::repeated(invocation);
        let Some(mut list) = repeated.clone().or_else(|| lift::list_of(invocation)) else { return };
        let (outer, changed) = (std::mem::replace(&mut self.in_macro, true), self.changed);
        self.changed = false;
        list.iter_mut().for_each(|part| self.visit_expr_mut(part));
        if self.changed {
            invocation.tokens = match repeated {
                Some(_) => quote!(#(#list);*),
                None => quote!(#(#list),*),
            };
        }
        self.changed |= changed;
        self.in_macro = outer;
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        self.changed |= lift::wrap(&mut arm.body);
        visit_mut::visit_arm_mut(self, arm);
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        self.changed |= lift::wrap(&mut closure.body);
        visit_mut::visit_expr_closure_mut(self, closure);
    }
}

/// The `e` of `Err(e)?`.
fn certain_error(expr: &Expr) -> Option<&Expr> {
    let Expr::Try(question) = expr else { return None };
    let Expr::Call(call) = crate::source::unwrapped(&question.expr) else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let named = path.path.segments.last().is_some_and(|last| last.ident == "Err");
    (named && call.args.len() == 1).then(|| &call.args[0])
}

/// The `else` of an `if`, as an expression.
fn otherwise(e: &syn::ExprIf) -> TokenStream {
    match &e.else_branch {
        Some((_, other)) => quote!(#other),
        None => quote!({}),
    }
}

/// `while condition { body }` as a `loop`.
fn endless(e: &syn::ExprWhile) -> Expr {
    let (label, condition, body) = (&e.label, &e.cond, &e.body);
    match &**condition {
        Expr::Let(condition) => {
            let (pattern, value) = (&condition.pat, &condition.expr);
            parse_quote!(#label loop { match #value { #pattern => #body _ => break } })
        }
        condition => parse_quote!(#label loop { if #condition #body else { break } }),
    }
}

fn contains_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(e) => contains_let(&e.left) || contains_let(&e.right),
        Expr::Paren(e) => contains_let(&e.expr),
        _ => false,
    }
}

fn flatten<'e>(expr: &'e Expr, conditions: &mut Vec<&'e Expr>) {
    match expr {
        Expr::Binary(e) if matches!(e.op, syn::BinOp::And(_)) => {
            flatten(&e.left, conditions);
            flatten(&e.right, conditions);
        }
        other => conditions.push(other),
    }
}

// ---- conditions

impl Control<'_> {
    fn is_inline(&self, label: &syn::Label) -> bool {
        self.inline.contains(&label.name.ident.to_string())
    }

    /// `if a && let P = b && c { … } else { … }` as nested branches. Each has the same `else`,
    /// unless that would see the pattern's names.
    fn chained(&mut self, e: &syn::ExprIf) -> Option<Expr> {
        if !matches!(&*e.cond, Expr::Binary(_)) || !contains_let(&e.cond) {
            return None;
        }
        let mut conditions = Vec::new();
        flatten(&e.cond, &mut conditions);
        let mut bound = Vec::new();
        let mut lets = 0;
        for condition in &conditions {
            if let Expr::Let(condition) = condition {
                bound.extend(tokens::names(&condition.pat));
                lets += 1;
            }
        }
        let (then, otherwise) = (&e.then_branch, otherwise(e));
        let used = tokens::names(&otherwise);
        // Behind the last `let` there are only its guards.
        let shared = lets > 1 && used.iter().any(|name| bound.contains(name));
        if !shared {
            return syn::parse2(nested(&conditions, quote!(#then), &otherwise)).ok();
        }
        let name = self.names.fresh("chain");
        let label = syn::Lifetime::new(&format!("'{name}"), name.span());
        let tests = nested(&conditions, quote!({ break #label #then; }), &quote!({}));
        let mut block: syn::ExprBlock = syn::parse2(quote!(#label: { #tests #otherwise })).ok()?;
        Some(self.labelled(&mut block, true))
    }
}

/// Branches inside each other, one for each condition; conditions after the last `let` are its
/// guard.
fn nested(conditions: &[&Expr], then: TokenStream, otherwise: &TokenStream) -> TokenStream {
    let last_let = conditions.iter().rposition(|condition| matches!(condition, Expr::Let(_)));
    let last_let = last_let.unwrap_or(0);
    let guards = &conditions[last_let + 1..];
    let guard = (!guards.is_empty()).then(|| quote!(if #(#guards)&&*));
    let mut inner = then;
    for (index, condition) in conditions[..=last_let].iter().enumerate().rev() {
        inner = match condition {
            Expr::Let(condition) => {
                let (pattern, value) = (&condition.pat, &condition.expr);
                let guard = guard.as_ref().filter(|_| index == last_let);
                quote!({ match #value { #pattern #guard => #inner _ => #otherwise } })
            }
            plain => quote!({ if #plain #inner else #otherwise }),
        };
    }
    inner
}

// ---- values of loops and blocks

/// Whether a `break` with a value leaves the loop or block with this label.
fn breaks_with_value(body: &Block, label: Option<&str>, is_loop: bool) -> bool {
    struct Find<'l> {
        label: Option<&'l str>,
        here: bool,
        found: bool,
    }
    impl Find<'_> {
        fn inner(&mut self, visit: impl FnOnce(&mut Self)) {
            let here = std::mem::replace(&mut self.here, false);
            visit(self);
            self.here = here;
        }
    }
    impl<'ast> Visit<'ast> for Find<'_> {
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_break(&mut self, e: &'ast syn::ExprBreak) {
            self.found |= e.expr.is_some() && leaves_here(e, self.label, self.here);
            visit::visit_expr_break(self, e);
        }
        fn visit_expr_loop(&mut self, e: &'ast syn::ExprLoop) {
            self.inner(|this| visit::visit_expr_loop(this, e));
        }
        fn visit_expr_while(&mut self, e: &'ast syn::ExprWhile) {
            self.inner(|this| visit::visit_expr_while(this, e));
        }
        fn visit_expr_for_loop(&mut self, e: &'ast syn::ExprForLoop) {
            self.inner(|this| visit::visit_expr_for_loop(this, e));
        }
    }
    let mut find = Find { label, here: is_loop, found: false };
    find.visit_block(body);
    find.found
}

fn leaves_here(e: &syn::ExprBreak, label: Option<&str>, here: bool) -> bool {
    match &e.label {
        Some(target) => label.is_some_and(|label| target.ident == label),
        None => here,
    }
}

/// Puts the value of each `break` of a loop or block into a variable first.
struct Breaks<'a> {
    through: &'a Ident,
    label: Option<String>,
    here: bool,
}

impl Breaks<'_> {
    fn inner(&mut self, visit: impl FnOnce(&mut Self)) {
        let here = std::mem::replace(&mut self.here, false);
        visit(self);
        self.here = here;
    }
}

impl VisitMut for Breaks<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_expr_closure_mut(&mut self, _: &mut syn::ExprClosure) {}
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Break(e) = expr else { return };
        if !leaves_here(e, self.label.as_deref(), self.here) {
            return;
        }
        if let Some(value) = e.expr.take() {
            let through = self.through;
            let leave = &*e;
            *expr = parse_quote!({ #through = ::core::option::Option::Some(#value); #leave; });
        }
    }
    fn visit_expr_loop_mut(&mut self, e: &mut syn::ExprLoop) {
        self.inner(|this| visit_mut::visit_expr_loop_mut(this, e));
    }
    fn visit_expr_while_mut(&mut self, e: &mut syn::ExprWhile) {
        self.inner(|this| visit_mut::visit_expr_while_mut(this, e));
    }
    fn visit_expr_for_loop_mut(&mut self, e: &mut syn::ExprForLoop) {
        self.inner(|this| visit_mut::visit_expr_for_loop_mut(this, e));
    }
}

impl Control<'_> {
    /// A loop whose value goes through a variable.
    fn through_variable(&mut self, label: Option<syn::Label>, body: &mut Block) -> Expr {
        self.changed = true;
        let through = self.names.fresh("broken");
        let value = self.names.fresh("value");
        self.through.insert(through.to_string());
        let name = label.as_ref().map(|label| label.name.ident.to_string());
        Breaks { through: &through, label: name, here: true }.visit_block_mut(body);
        parse_quote!({
            let mut #through = ::core::option::Option::None;
            #label loop #body
            match #through {
                ::core::option::Option::Some(#value) => #value,
                ::core::option::Option::None => ::core::unreachable!(),
            }
        })
    }

    /// A labelled block, as a loop that runs once.
    fn labelled(&mut self, e: &mut syn::ExprBlock, value: bool) -> Expr {
        self.changed = true;
        let label = e.label.clone();
        let name = label.as_ref().map(|label| label.name.clone());
        let mut stmts = std::mem::take(&mut e.block.stmts);
        let last = match stmts.pop() {
            Some(syn::Stmt::Expr(last, None)) => Some(last),
            other => {
                stmts.extend(other);
                None
            }
        };
        if !value {
            return parse_quote!(#label loop { #(#stmts)* #last; break #name; });
        }
        let mut body: Block = match last {
            Some(last) => parse_quote!({ #(#stmts)* break #name #last; }),
            None => parse_quote!({ #(#stmts)* }),
        };
        self.through_variable(label, &mut body)
    }

    // ---- patterns

    /// Writes `A(x) | B(x) => …` as two arms.
    fn alternatives(&mut self, e: &mut syn::ExprMatch) {
        if !e.arms.iter().any(|arm| binds_in_alternatives(&arm.pat)) {
            return;
        }
        self.changed = true;
        let mut arms = Vec::new();
        for arm in e.arms.drain(..) {
            for pattern in expanded(&arm.pat) {
                arms.push(syn::Arm { pat: pattern, ..arm.clone() });
            }
        }
        e.arms = arms;
    }
}

/// Whether alternatives inside a pattern bind names.
fn binds_in_alternatives(pattern: &Pat) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_pat_or(&mut self, or: &'ast syn::PatOr) {
            let mut names = Names(false);
            names.visit_pat_or(or);
            self.0 |= names.0;
        }
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    struct Names(bool);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, ident: &'ast syn::PatIdent) {
            let constant = ident.by_ref.is_none()
                && ident.subpat.is_none()
                && ident.ident.to_string().starts_with(|c: char| c.is_uppercase());
            self.0 |= !constant;
        }
        fn visit_expr(&mut self, _: &'ast Expr) {}
    }
    let mut find = Find(false);
    find.visit_pat(pattern);
    find.0
}

/// The patterns without alternatives that a pattern stands for, in the order they are tried.
fn expanded(pattern: &Pat) -> Vec<Pat> {
    struct First {
        choice: usize,
        count: usize,
        done: bool,
    }
    impl VisitMut for First {
        fn visit_pat_mut(&mut self, pattern: &mut Pat) {
            if self.done {
                return;
            }
            if let Pat::Or(or) = pattern {
                self.done = true;
                self.count = or.cases.len();
                let chosen = or.cases[self.choice.min(self.count - 1)].clone();
                *pattern = chosen;
                return;
            }
            visit_mut::visit_pat_mut(self, pattern);
        }
        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }
    let mut all = Vec::new();
    let mut choice = 0;
    loop {
        let mut one = pattern.clone();
        let mut first = First { choice, count: 0, done: false };
        first.visit_pat_mut(&mut one);
        if !first.done {
            return vec![one];
        }
        all.extend(expanded(&one));
        choice += 1;
        if choice == first.count {
            return all;
        }
    }
}
