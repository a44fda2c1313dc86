//! Exclusive references of which a branch tells what they refer to.
//!
//! `let t = if c { &mut a } else { &mut b }; t[0] *= x;` is
//! `if c { let t = &mut a; t[0] *= x; } else { let t = &mut b; t[0] *= x; }`: what is written to is
//! known in each arm. So is it in `for t in [&mut a, &mut b] { … }`, element by element.

use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Block, Expr, Pat, Stmt};

use crate::maps::HashSet;
use crate::source::{unwrapped, Source};
use crate::tokens;

/// The most copies of the statements that use such a reference.
const MOST: usize = 8;

/// The names of the variables that derivatives flow into through exclusive references.
fn lent(body: &Block, source: &Source) -> HashSet<String> {
    struct Find<'s> {
        source: &'s Source,
        found: HashSet<String>,
    }
    impl<'ast> Visit<'ast> for Find<'_> {
        fn visit_item(&mut self, _: &'ast syn::Item) {}

        fn visit_expr_reference(&mut self, e: &'ast syn::ExprReference) {
            if let (Some(name), true) = (root(&e.expr), e.mutability.is_some()) {
                if self.source.usage(name).is_some_and(|var| self.source.is_active(var)) {
                    self.found.insert(name.to_string());
                }
            }
            visit::visit_expr_reference(self, e);
        }
    }
    let mut find = Find { source, found: HashSet::default() };
    find.visit_block(body);
    find.found
}

/// Puts what follows such a `let` into the arms of its branch; tells whether there was one.
pub(crate) fn lent_by_branch(body: &mut Block, source: &Source) -> bool {
    let lent = lent(body, source);
    let mut chosen = Chosen { lent: &lent, changed: false };
    if !lent.is_empty() {
        chosen.visit_block_mut(body);
    }
    chosen.changed
}

struct Chosen<'l> {
    lent: &'l HashSet<String>,
    changed: bool,
}

impl VisitMut for Chosen<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut index = 0;
        while index < block.stmts.len() {
            if let Some(stmt) = self.distributed(&block.stmts[index..]) {
                let (branch, taken) = stmt;
                block.stmts.splice(index..index + taken, [branch]);
                self.changed = true;
            }
            index += 1;
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::ForLoop(e) = expr {
            if let Some(block) = self.unrolled(e) {
                *expr = block;
                self.changed = true;
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

impl Chosen<'_> {
    /// The branch that a `let` and the statements after it become, and how many these are.
    fn distributed(&self, stmts: &[Stmt]) -> Option<(Stmt, usize)> {
        let Stmt::Local(local) = &stmts[0] else { return None };
        let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
        let pattern = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            pattern => pattern,
        };
        let Pat::Ident(name) = pattern else { return None };
        let plain = name.by_ref.is_none() && name.subpat.is_none() && name.mutability.is_none();
        let mut arms = 0;
        if !plain || !self.lends(&init.expr, &mut arms) || !(2..=MOST).contains(&arms) {
            return None;
        }
        let used = |stmt: &Stmt| tokens::mentions(stmt, &name.ident.to_string());
        let mut last = stmts.iter().rposition(used).unwrap_or(0);
        // What is declared on the way is needed by all that mentions it.
        loop {
            let declared: Vec<String> = stmts[1..=last]
                .iter()
                .filter_map(|stmt| match stmt {
                    Stmt::Local(local) => Some(tokens::names(&local.pat)),
                    _ => None,
                })
                .flatten()
                .collect();
            let needs = |stmt: &Stmt| declared.iter().any(|name| tokens::mentions(stmt, name));
            match stmts.iter().rposition(needs) {
                Some(further) if further > last => last = further,
                _ => break,
            }
        }
        if stmts[1..=last].iter().any(|stmt| matches!(stmt, Stmt::Item(_))) {
            return None;
        }
        let mut branch = (*init.expr).clone();
        fill(&mut branch, &local.pat, &stmts[1..=last]);
        let value = matches!(&stmts[last], Stmt::Expr(_, None)) && last + 1 == stmts.len();
        let end = (!value).then(|| parse_quote!(;));
        Some((Stmt::Expr(branch, end), last + 1))
    }

    /// Whether an expression yields an exclusive reference to a variable, or to a part of one, in
    /// each of its `arms`.
    fn lends(&self, expr: &Expr, arms: &mut usize) -> bool {
        let tail = |block: &Block, arms: &mut usize| match block.stmts.last() {
            Some(Stmt::Expr(value, None)) => self.lends(value, arms),
            _ => false,
        };
        match unwrapped(expr) {
            Expr::Reference(e) => {
                *arms += 1;
                let known = |name: &proc_macro2::Ident| self.lent.contains(&name.to_string());
                e.mutability.is_some() && root(&e.expr).is_some_and(known)
            }
            Expr::If(e) => {
                tail(&e.then_branch, arms)
                    && e.else_branch.as_ref().is_some_and(|(_, other)| self.lends(other, arms))
            }
            Expr::Match(e) => e.arms.iter().all(|arm| self.lends(&arm.body, arms)),
            Expr::Block(e) if e.label.is_none() => tail(&e.block, arms),
            Expr::Macro(e) => e.mac.path.is_ident("unreachable") || e.mac.path.is_ident("panic"),
            _ => false,
        }
    }

    /// The body of a loop over an array of exclusive references, once for each.
    fn unrolled(&self, e: &syn::ExprForLoop) -> Option<Expr> {
        let array = match unwrapped(&e.expr) {
            Expr::MethodCall(call) if call.method == "into_iter" => unwrapped(&call.receiver),
            expr => expr,
        };
        let Expr::Array(array) = array else { return None };
        let mut arms = 0;
        let known = array.elems.iter().all(|element| {
            matches!(unwrapped(element), Expr::Reference(_)) && self.lends(element, &mut arms)
        });
        if !known || e.label.is_some() || leaves(&e.body) || !(1..=MOST).contains(&arms) {
            return None;
        }
        let (pattern, body, elements) = (&e.pat, &e.body, &array.elems);
        let elements = elements.iter();
        Some(parse_quote!({ #({ let #pattern = #elements; #body })* }))
    }
}

/// Puts statements behind the values of all arms, which get a name.
fn fill(expr: &mut Expr, pattern: &Pat, stmts: &[Stmt]) {
    let into = |block: &mut Block| {
        if let Some(Stmt::Expr(value, None)) = block.stmts.last_mut() {
            if !matches!(unwrapped(value), Expr::Reference(_) | Expr::Macro(_)) {
                fill(value, pattern, stmts);
                return;
            }
        }
        if let Some(Stmt::Expr(value, None)) = block.stmts.pop() {
            if let Expr::Macro(_) = value {
                block.stmts.push(Stmt::Expr(value, None));
                return;
            }
            block.stmts.push(parse_quote!(let #pattern = #value;));
            block.stmts.extend(stmts.iter().cloned());
        }
    };
    match expr {
        Expr::Paren(inner) => fill(&mut inner.expr, pattern, stmts),
        Expr::Group(inner) => fill(&mut inner.expr, pattern, stmts),
        Expr::If(e) => {
            into(&mut e.then_branch);
            if let Some((_, other)) = &mut e.else_branch {
                fill(other, pattern, stmts);
            }
        }
        Expr::Match(e) => e.arms.iter_mut().for_each(|arm| fill(&mut arm.body, pattern, stmts)),
        Expr::Block(e) => into(&mut e.block),
        Expr::Reference(_) => *expr = parse_quote!({ let #pattern = #expr; #(#stmts)* }),
        _ => {}
    }
}

/// The variable that a place is, or is a part of.
fn root(place: &Expr) -> Option<&proc_macro2::Ident> {
    match unwrapped(place) {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(e) => root(&e.base),
        Expr::Index(e) => root(&e.expr),
        _ => None,
    }
}

/// Whether a loop's body leaves the loop or its iteration, or may.
fn leaves(body: &Block) -> bool {
    tokens::any_ident(body, |ident| ident == "break" || ident == "continue")
}
