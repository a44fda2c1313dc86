//! `#[checkpoint]` on loops and blocks: what they compute is not kept but computed again.
//!
//! A block that is marked becomes one that begins with a call of `__rt::checkpoint()`, which does
//! nothing; lowering knows the block by it. A loop over a range of `n` numbers becomes a loop over
//! `⌈√n⌉` segments, each of which is such a block: the state is kept in front of each segment, and
//! what the iterations of one segment need is kept while that segment is reversed (Griewank and
//! Walther, *Evaluating Derivatives*, 2nd ed., chapter 12).

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, ToTokens};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Attribute, Expr, ExprForLoop, Pat, Stmt};

use crate::diagnostics::{self, Errors};
use crate::tokens::mentions;

/// The name of the attribute, and of the function that marks a block.
pub(crate) const NAME: &str = "checkpoint";

/// Removes the attribute from tokens that the user's function is emitted from.
pub(crate) fn stripped(tokens: TokenStream) -> TokenStream {
    if !mentions(&tokens, NAME) {
        return tokens;
    }
    let mut out: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let hash = matches!(out.last(), Some(TokenTree::Punct(p)) if p.as_char() == '#');
                let is_mark = group.delimiter() == Delimiter::Bracket
                    && syn::parse2::<syn::Path>(group.stream())
                        .is_ok_and(|path| path.segments.last().is_some_and(|s| s.ident == NAME));
                if hash && is_mark {
                    out.pop();
                    continue;
                }
                let mut inner = Group::new(group.delimiter(), stripped(group.stream()));
                inner.set_span(group.span());
                out.push(TokenTree::Group(inner));
            }
            other => out.push(other),
        }
    }
    out.into_iter().collect()
}

/// Whether a statement is the mark of a block.
pub(crate) fn is_mark(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr::Call(call), Some(_)) = statement else { return false };
    let Expr::Path(path) = &*call.func else { return false };
    let segments = &path.path.segments;
    call.args.is_empty()
        && segments.len() > 1
        && segments.last().is_some_and(|last| last.ident == NAME)
        && segments.iter().rev().nth(1).is_some_and(|owner| owner.ident == "__rt")
}

/// Writes marked loops and blocks as blocks that lowering knows.
pub(crate) fn expand(block: &mut syn::Block, runtime: &TokenStream) -> syn::Result<()> {
    let mut expansion =
        Expansion { runtime, errors: Errors::default(), count: 0, deferred: Vec::new() };
    expansion.visit_block_mut(block);
    expansion.errors.into_result()
}

struct Expansion<'a> {
    runtime: &'a TokenStream,
    errors: Errors,
    /// How many loops were split, for the names.
    count: usize,
    /// The variables in scope that were declared without a value.
    deferred: Vec<Ident>,
}

fn taken(attributes: &mut Vec<Attribute>) -> Option<Attribute> {
    let is_mark = |attribute: &Attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == NAME)
    };
    let at = attributes.iter().position(is_mark)?;
    Some(attributes.remove(at))
}

impl VisitMut for Expansion<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        let outer = self.deferred.len();
        visit_mut::visit_block_mut(self, block);
        self.deferred.truncate(outer);
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        if let Stmt::Local(syn::Local { pat, init: None, .. }) = statement {
            let name = match pat {
                Pat::Type(typed) => &*typed.pat,
                name => name,
            };
            if let Pat::Ident(name) = name {
                self.deferred.push(name.ident.clone());
            }
        }
        if let Stmt::Local(local) = statement {
            if let Some(attribute) = taken(&mut local.attrs) {
                self.errors.push(diagnostics::misplaced_checkpoint(&attribute));
            }
        }
        visit_mut::visit_stmt_mut(self, statement);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let attribute = match expr {
            Expr::Block(e) => taken(&mut e.attrs),
            Expr::ForLoop(e) => taken(&mut e.attrs),
            Expr::While(e) => taken(&mut e.attrs),
            Expr::Loop(e) => taken(&mut e.attrs),
            Expr::If(e) => taken(&mut e.attrs),
            Expr::Match(e) => taken(&mut e.attrs),
            Expr::Call(e) => taken(&mut e.attrs),
            Expr::MethodCall(e) => taken(&mut e.attrs),
            Expr::Assign(e) => taken(&mut e.attrs),
            Expr::Binary(e) => taken(&mut e.attrs),
            _ => None,
        };
        visit_mut::visit_expr_mut(self, expr);
        let Some(attribute) = attribute else { return };
        let runtime = self.runtime;
        match expr {
            Expr::Block(e) if e.label.is_none() => {
                if let Some(found) = leaves(&e.block.stmts, false) {
                    self.errors.push(diagnostics::checkpoint_left(&found));
                    return;
                }
                if let Some(found) = effect(&e.block) {
                    self.errors.push(diagnostics::checkpoint_effect(&found));
                    return;
                }
                if let Some(name) = self.first_value(&e.block) {
                    self.errors.push(diagnostics::checkpoint_first_value(&name));
                    return;
                }
                let mark: Stmt = parse_quote!(#runtime::checkpoint(););
                e.block.stmts.insert(0, mark);
            }
            Expr::ForLoop(e) if range(e).is_some() => {
                if let Some(found) = leaves(&e.body.stmts, true) {
                    self.errors.push(diagnostics::checkpoint_left(&found));
                } else if let Some(found) = effect(&e.body) {
                    self.errors.push(diagnostics::checkpoint_effect(&found));
                } else {
                    *expr = self.segments(e);
                }
            }
            Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {
                self.errors.push(diagnostics::checkpoint_without_range(&attribute));
            }
            _ => self.errors.push(diagnostics::misplaced_checkpoint(&attribute)),
        }
    }
}

/// The range of a loop whose iterations can be counted from it.
fn range(e: &ExprForLoop) -> Option<(&Expr, &Expr, bool)> {
    let mut iterable = &*e.expr;
    while let Expr::Paren(inner) = iterable {
        iterable = &inner.expr;
    }
    let Expr::Range(range) = iterable else { return None };
    if !matches!(&*e.pat, Pat::Ident(_) | Pat::Wild(_)) || e.label.is_some() {
        return None;
    }
    let closed = matches!(range.limits, syn::RangeLimits::Closed(_));
    Some((range.start.as_deref()?, range.end.as_deref()?, closed))
}

impl Expansion<'_> {
    /// A variable without a value that a block assigns.
    fn first_value(&self, block: &syn::Block) -> Option<Ident> {
        struct Assigned<'a> {
            deferred: &'a [Ident],
            found: Option<Ident>,
        }
        impl<'ast> Visit<'ast> for Assigned<'_> {
            fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
                if let Expr::Path(path) = &*e.left {
                    let name = path.path.get_ident().filter(|name| self.deferred.contains(name));
                    self.found = self.found.take().or(name.cloned());
                }
                visit::visit_expr_assign(self, e);
            }
        }
        let mut assigned = Assigned { deferred: &self.deferred, found: None };
        assigned.visit_block(block);
        assigned.found
    }

    /// The loop over segments.
    fn segments(&mut self, e: &ExprForLoop) -> Expr {
        self.count += 1;
        let number = self.count;
        let name =
            |base: &str| -> Ident { format_ident!("{base}_{number}", span = Span::mixed_site()) };
        let (begin, end, stride) = (name("begin"), name("end"), name("stride"));
        let (segment, from, to) = (name("segment"), name("from"), name("to"));
        let (first, last, closed) = range(e).expect("a loop over a range");
        let runtime = self.runtime;
        let last = if closed { quote!(#runtime::after(#last)) } else { last.to_token_stream() };
        let (pattern, body, attributes) = (&e.pat, &e.body, &e.attrs);
        parse_quote!({
            let #begin = #first;
            let #end = #last;
            let #stride = #runtime::stride(#begin, #end);
            for #segment in 0..#runtime::segments(#begin, #end, #stride) {
                let #from = #runtime::segment(#begin, #end, #stride, #segment);
                let #to = #runtime::segment(#begin, #end, #stride, #segment + 1);
                {
                    #runtime::checkpoint();
                    #(#attributes)*
                    for #pattern in #from..#to #body
                }
            }
        })
    }
}

/// What leaves a block, or the loop whose body it is, before its end.
fn leaves(statements: &[Stmt], in_loop: bool) -> Option<TokenStream> {
    struct Leaves {
        in_loop: bool,
        depth: usize,
        found: Option<TokenStream>,
    }
    impl<'ast> Visit<'ast> for Leaves {
        fn visit_item(&mut self, _: &'ast syn::Item) {}

        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

        fn visit_expr(&mut self, expr: &'ast Expr) {
            let leaves = match expr {
                Expr::Return(_) | Expr::Try(_) => true,
                Expr::Break(e) => self.depth == 0 || e.label.is_some(),
                Expr::Continue(e) => self.depth == 0 && !self.in_loop || e.label.is_some(),
                _ => false,
            };
            if leaves {
                self.found.get_or_insert_with(|| expr.to_token_stream());
            }
            let inner = matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
            self.depth += usize::from(inner);
            visit::visit_expr(self, expr);
            self.depth -= usize::from(inner);
        }
    }
    let mut search = Leaves { in_loop, depth: 0, found: None };
    statements.iter().for_each(|statement| search.visit_stmt(statement));
    search.found
}

/// What must not be done a second time.
fn effect(block: &syn::Block) -> Option<TokenStream> {
    struct Effects {
        found: Option<TokenStream>,
    }
    impl<'ast> Visit<'ast> for Effects {
        fn visit_item(&mut self, _: &'ast syn::Item) {}

        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            let name = call.path.segments.last().map(|last| last.ident.to_string());
            let pure = [
                "vec",
                "assert",
                "assert_eq",
                "assert_ne",
                "debug_assert",
                "debug_assert_eq",
                "debug_assert_ne",
                "matches",
                "panic",
                "unreachable",
                "todo",
                "unimplemented",
                "array",
                "format",
            ];
            if !name.is_some_and(|name| pure.contains(&name.as_str())) {
                self.found.get_or_insert_with(|| call.to_token_stream());
            }
        }

        fn visit_expr_method_call(&mut self, e: &'ast syn::ExprMethodCall) {
            let name = e.method.to_string();
            let shared = [
                "borrow_mut",
                "lock",
                "send",
                "recv",
                "try_recv",
                "fetch_add",
                "fetch_sub",
                "store",
                "try_lock",
                "write_all",
                "read_line",
                "replace_with",
                "get_or_init",
            ];
            // `Cell::set` has one argument; a matrix is set at an index.
            let cell = name == "set" && e.args.len() == 1;
            if cell || shared.contains(&name.as_str()) {
                self.found.get_or_insert_with(|| e.to_token_stream());
            }
            visit::visit_expr_method_call(self, e);
        }

        fn visit_expr_unsafe(&mut self, e: &'ast syn::ExprUnsafe) {
            self.found.get_or_insert_with(|| e.to_token_stream());
        }
    }
    let mut search = Effects { found: None };
    search.visit_block(block);
    search.found
}
