//! Closures in arguments, with what they capture as arguments of their own.
//!
//! `integrate(|t| k * t, 0.0, b)` becomes `integrate(lifted(0, &k), 0.0, b)` before names are
//! resolved that the other phases work with: what a closure captures is then read by the call like
//! any other argument. Only what derivatives flow through is rewritten.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Pat, Stmt, Type};

use super::Bound;
use crate::kind::Kind;
use crate::source::{bound, unwrapped, MacroArguments, Source, SourceVar};
use crate::surroundings;

/// A closure in an argument.
#[derive(Debug, Clone)]
pub(crate) struct Lifted {
    pub(crate) inputs: Vec<Pat>,
    /// The types of the parameters, where the file tells them.
    pub(crate) types: Vec<Option<Type>>,
    pub(crate) output: Option<Type>,
    pub(crate) captures: Vec<Capture>,
    pub(crate) body: Block,
    pub(crate) span: Span,
}

/// A variable that a closure captures.
#[derive(Debug, Clone)]
pub(crate) struct Capture {
    /// Its name inside the closure.
    pub(crate) name: Ident,
    /// Its own name.
    ident: Ident,
    /// Whether the closure is given a reference to it, and is not written for one.
    behind: bool,
    /// Whether the closure gives its name to something else, too.
    covered: bool,
    /// Whether the closure changes it.
    pub(crate) exclusive: bool,
    /// What it is, if it is a closure that is a parameter.
    pub(crate) closure: Option<Bound>,
}

impl Capture {
    /// A variable of which it is not known what it is.
    pub(super) fn inert(name: Ident) -> Capture {
        Capture {
            name: name.clone(),
            ident: name,
            behind: true,
            covered: false,
            exclusive: false,
            closure: None,
        }
    }

    pub(super) fn own_name(&self) -> &Ident {
        &self.ident
    }
}

impl Lifted {
    /// The body, for captured values that are references. `lent` tells which of them are.
    pub(crate) fn body(&self, lent: impl Fn(usize) -> bool) -> Block {
        let mut body = self.body.clone();
        let mut names = Vec::new();
        let mut copies = Vec::new();
        for (index, Capture { ident, behind, covered, exclusive, .. }) in
            self.captures.iter().enumerate()
        {
            match *behind && (*exclusive || !lent(index)) {
                false => {}
                true if *covered => copies.push(syn::parse_quote!(let #ident = *#ident;)),
                true => names.push(ident.to_string()),
            }
        }
        Behind { names }.visit_block_mut(&mut body);
        body.stmts.splice(0..0, copies);
        body
    }
}

/// The function's body with the closures in its arguments lifted, if there are any.
pub(crate) fn lift<'a>(
    source: &'a Source,
    function: &'a syn::ImplItemFn,
    runtime: &'a TokenStream,
) -> Option<(Block, Vec<Lifted>)> {
    let mut named = Named::default();
    named.visit_block(&function.block);
    let closures = named
        .found
        .into_iter()
        .filter_map(|(name, closure)| Some((source.bound_by(name)?, closure)))
        .collect();
    let mut parameters = BTreeMap::new();
    for input in &function.sig.inputs {
        if let syn::FnArg::Typed(typed) = input {
            if let (Pat::Ident(name), Some(bound)) =
                (&*typed.pat, super::bound_of(&typed.ty, &function.sig.generics))
            {
                parameters.extend(source.bound_by(&name.ident).map(|var| (var, bound)));
            }
        }
    }
    let mut find =
        Find { runtime, source, closures, parameters, found: Vec::new(), lifted: Vec::new() };
    find.visit_block(&function.block);
    let Find { found, lifted, .. } = find;
    if lifted.is_empty() {
        return None;
    }
    let mut block = function.block.clone();
    Replace { found: found.into_iter(), runtime }.visit_block_mut(&mut block);
    Some((block, lifted))
}

/// The closures that are bound to names.
#[derive(Default)]
struct Named<'a> {
    found: Vec<(&'a Ident, &'a syn::ExprClosure)>,
}

impl<'a> Visit<'a> for Named<'a> {
    fn visit_local(&mut self, local: &'a syn::Local) {
        if let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) {
            if let Expr::Closure(closure) = unwrapped(&init.expr) {
                self.found.push((&name.ident, closure));
            }
        }
        visit::visit_local(self, local);
    }
}

/// Whether an expression shows to be without a value.
fn yields_nothing(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Assign(_) => true,
        Expr::Binary(e) => crate::source::is_compound(&e.op),
        Expr::Block(e) => match e.block.stmts.last() {
            Some(Stmt::Expr(last, None)) => yields_nothing(last),
            _ => true,
        },
        _ => false,
    }
}

/// Decides for every argument, in the order of the syntax tree.
struct Find<'a> {
    runtime: &'a TokenStream,
    source: &'a Source,
    closures: BTreeMap<SourceVar, &'a syn::ExprClosure>,
    parameters: BTreeMap<SourceVar, Bound>,
    /// Per argument of a call, what replaces it.
    found: Vec<Option<(usize, Vec<Expr>)>>,
    lifted: Vec<Lifted>,
}

/// Methods of std that take closures and are not called with one to be differentiated here.
fn is_std_method(name: &str) -> bool {
    crate::source::is_pure_method(name)
        || crate::source::is_pure_sum_method(name)
        || matches!(
            name,
            "map"
                | "for_each"
                | "fold"
                | "rfold"
                | "filter"
                | "filter_map"
                | "flat_map"
                | "scan"
                | "reduce"
                | "try_fold"
                | "try_for_each"
                | "is_sorted_by"
                | "inspect"
                | "take_while"
                | "skip_while"
                | "map_while"
                | "find"
                | "find_map"
                | "position"
                | "any"
                | "all"
                | "max_by"
                | "min_by"
                | "max_by_key"
                | "min_by_key"
                | "partition"
                | "sort_by"
                | "sort_by_key"
                | "sort_unstable_by"
                | "sort_unstable_by_key"
                | "sort_by_cached_key"
                | "select_nth_unstable_by"
                | "retain"
                | "retain_mut"
                | "and_then"
                | "map_or"
                | "map_or_else"
                | "unwrap_or_else"
                | "ok_or_else"
                | "or_else"
                | "map_err"
                | "is_some_and"
                | "is_ok_and"
                | "get_or_insert_with"
                | "or_insert_with"
                | "entry"
                | "then"
                | "dedup_by"
                | "dedup_by_key"
                | "resize_with"
                | "binary_search_by"
                | "binary_search_by_key"
                | "partition_point"
                | "chunk_by"
                | "split"
                | "splitn"
                | "rev"
                | "zip"
                | "chain"
                | "extend"
                | "push"
                | "insert"
                | "zip_with"
                | "fill_with"
                | "is_none_or"
                | "filter_mut"
                | "unwrap_or"
                | "cmp_by"
        )
}

/// Functions of std, and constructors.
fn is_std_function(path: &syn::Path) -> bool {
    let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
    let known = |name: &String| {
        matches!(
            name.as_str(),
            "std"
                | "core"
                | "alloc"
                | "f64"
                | "f32"
                | "array"
                | "iter"
                | "mem"
                | "Vec"
                | "Box"
                | "VecDeque"
                | "Option"
                | "Result"
                | "Some"
                | "Ok"
                | "Err"
                | "Rc"
                | "Arc"
                | "RefCell"
                | "Cell"
                | "thread"
                | "from_fn"
                | "successors"
                | "once_with"
                | "repeat_with"
                | "stop_gradient"
                | "drop"
                | "__rt"
                | "String"
        )
    };
    names.iter().any(known)
        || names.last().is_some_and(|last| last.starts_with(|c: char| c.is_uppercase()))
}

impl<'a> Find<'a> {
    fn arguments(
        &mut self,
        expr: &'a Expr,
        arguments: impl Iterator<Item = &'a Expr>,
        bounds: &[Option<Bound>],
        candidate: bool,
    ) {
        let candidate = candidate
            && (self.source.may_carry(expr) || crate::source::writes_active(self.source, expr));
        for (index, argument) in arguments.enumerate() {
            let bound = bounds.get(index).and_then(Option::as_ref);
            let found = if candidate { self.lifted(argument, bound) } else { None };
            if found.is_none() {
                self.found.push(None);
                self.visit_expr(argument);
            } else {
                self.found.push(found);
            }
        }
    }

    fn lifted(&mut self, argument: &'a Expr, bound: Option<&Bound>) -> Option<(usize, Vec<Expr>)> {
        let inner = match unwrapped(argument) {
            Expr::Reference(reference) => unwrapped(&reference.expr),
            other => other,
        };
        let (closure, named) = match inner {
            Expr::Closure(closure) => (closure.clone(), false),
            Expr::Path(path) => match path.path.get_ident().and_then(|n| self.source.usage(n)) {
                Some(var) => ((*self.closures.get(&var)?).clone(), true),
                None => return self.function(path, bound),
            },
            _ => return None,
        };
        let original = match (inner, named) {
            (Expr::Closure(closure), _) => closure,
            (Expr::Path(path), true) => {
                self.closures[&self.source.usage(path.path.get_ident()?)?]
            }
            _ => return None,
        };
        if closure.asyncness.is_some() {
            return None;
        }
        let mut stmts = Vec::new();
        let mut captured = Vec::new();
        let mut own = Vec::new();
        self.captured(original, &mut captured, &mut stmts, (&mut Vec::new(), &mut own))?;
        let writes = crate::source::captured_writes(self.source, original);
        // What changes without being mutable is shared with who knows whom.
        let lendable = |var: &SourceVar| {
            let binding = self.source.binding(*var);
            self.parameters.contains_key(var)
                || (binding.mutable || matches!(binding.kind, Kind::RefMut(_)))
                    && closure.capture.is_none()
                    && binding.ident != "self"
        };
        if writes.iter().any(|var| captured.contains(var) && !lendable(var)) {
            return None;
        }
        // A closure under a name captures what its variables were called where it was made.
        let mut names: Vec<String> = Vec::new();
        for var in &captured {
            let binding = self.source.binding(*var);
            let name = binding.ident.to_string();
            if named && binding.shadowed || names.contains(&name) {
                return None;
            }
            names.push(name);
        }
        let silent = match bound {
            Some(bound) => matches!(&bound.output, Type::Tuple(unit) if unit.elems.is_empty()),
            None => yields_nothing(&closure.body),
        };
        let mut captures = Vec::new();
        let mut arguments = Vec::new();
        for var in captured {
            let binding = self.source.binding(var);
            let (ident, reference) = (&binding.ident, binding.kind.is_reference());
            let closure = self.parameters.get(&var).cloned();
            let deref = reference.then(|| quote!(*));
            let covered = own.contains(&ident.to_string());
            let exclusive = closure.is_none() && writes.contains(&var);
            if covered && exclusive {
                return None;
            }
            let argument = match exclusive {
                false => quote!(& #deref #ident),
                true if !self.source.is_active(var) => {
                    let runtime = self.runtime;
                    quote!(#runtime::aside(&mut #deref #ident))
                }
                true => quote!(&mut #deref #ident),
            };
            arguments.push(syn::parse2(argument).ok()?);
            let behind = !reference && closure.is_none();
            let name = match ident == "self" {
                true => Ident::new("this", Span::mixed_site()),
                false => ident.clone(),
            };
            captures.push(Capture {
                name,
                ident: ident.clone(),
                behind,
                covered,
                exclusive,
                closure,
            });
        }
        let mut body = super::derive::block_of(&closure.body);
        body.stmts.splice(0..0, stmts);
        if let (true, Some(Stmt::Expr(_, semicolon @ None))) = (silent, body.stmts.last_mut()) {
            // A statement is read for what it does.
            *semicolon = Some(syn::token::Semi::default());
        }
        let types = closure
            .inputs
            .iter()
            .enumerate()
            .map(|(index, input)| match input {
                Pat::Type(typed) => Some((*typed.ty).clone()),
                _ => bound.and_then(|bound| bound.inputs.get(index)).cloned(),
            })
            .collect();
        let inputs = closure
            .inputs
            .iter()
            .map(|input| match input {
                Pat::Type(typed) => (*typed.pat).clone(),
                other => other.clone(),
            })
            .collect();
        let output = match &closure.output {
            syn::ReturnType::Type(_, ty) => Some((**ty).clone()),
            syn::ReturnType::Default => bound.map(|bound| bound.output.clone()),
        };
        let span = syn::spanned::Spanned::span(argument);
        self.lifted.push(Lifted { inputs, types, output, captures, body, span });
        Some((self.lifted.len() - 1, arguments))
    }

    /// A function by name, as a closure that calls it.
    fn function(
        &mut self,
        path: &syn::ExprPath,
        bound: Option<&Bound>,
    ) -> Option<(usize, Vec<Expr>)> {
        let last = path.path.segments.last()?.ident.to_string();
        if !last.starts_with(|c: char| c.is_lowercase() || c == '_') {
            return None;
        }
        let arity = match bound {
            Some(bound) => bound.inputs.len(),
            None => {
                let owner = path.path.segments.iter().rev().nth(1).map(|s| s.ident.to_string());
                match owner.as_deref() {
                    Some("f64" | "f32") => {
                        (1..4).find(|n| crate::rules::elementary(&last, *n).is_some())?
                    }
                    _ => surroundings::arity(&last)?,
                }
            }
        };
        let span = Span::mixed_site();
        let names: Vec<Ident> =
            (0..arity).map(|index| quote::format_ident!("argument_{index}", span = span)).collect();
        let call: Expr = syn::parse_quote!(#path(#(#names),*));
        self.lifted.push(Lifted {
            inputs: names.iter().map(|name| syn::parse_quote!(#name)).collect(),
            types: (0..arity).map(|i| bound.map(|bound| bound.inputs[i].clone())).collect(),
            output: bound.map(|bound| bound.output.clone()),
            captures: Vec::new(),
            body: syn::parse_quote!({ #call }),
            span: syn::spanned::Spanned::span(path),
        });
        Some((self.lifted.len() - 1, Vec::new()))
    }

    /// The variables that a closure captures; closures among them become statements.
    fn captured(
        &self,
        closure: &'a syn::ExprClosure,
        captured: &mut Vec<SourceVar>,
        stmts: &mut Vec<Stmt>,
        (made, names): (&mut Vec<SourceVar>, &mut Vec<String>),
    ) -> Option<()> {
        let mut mentions = Mentions { source: self.source, own: Vec::new(), found: Vec::new() };
        closure.inputs.iter().for_each(|input| bound(self.source, input, &mut mentions.own));
        mentions.visit_expr(&closure.body);
        let Mentions { own, found, .. } = mentions;
        names.extend(own.iter().map(|var| self.source.binding(*var).ident.to_string()));
        for var in found {
            if own.contains(&var) || captured.contains(&var) || made.contains(&var) {
                continue;
            }
            let Some(inner) = self.closures.get(&var) else {
                captured.push(var);
                continue;
            };
            if self.source.binding(var).shadowed {
                return None;
            }
            made.push(var);
            self.captured(inner, captured, stmts, (made, names))?;
            let (name, inner) = (&self.source.binding(var).ident, &**inner);
            stmts.push(syn::parse_quote!(let #name = #inner;));
        }
        Some(())
    }
}

impl<'a> Visit<'a> for Find<'a> {
    fn visit_item(&mut self, _: &'a syn::Item) {}

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => {
                self.visit_expr(&call.func);
                let (candidate, bounds) = match unwrapped(&call.func) {
                    Expr::Path(path) => {
                        let local = path.path.get_ident().and_then(|n| self.source.usage(n));
                        let last = path.path.segments.last().map(|s| s.ident.to_string());
                        let bounds = surroundings::closures(&last.unwrap_or_default());
                        (local.is_none() && !is_std_function(&path.path), bounds)
                    }
                    _ => (false, Vec::new()),
                };
                self.arguments(expr, call.args.iter(), &bounds, candidate);
            }
            Expr::MethodCall(call) => {
                self.visit_expr(&call.receiver);
                let name = call.method.to_string();
                let bounds = surroundings::closures(&name);
                let iterates = crate::desugar::is_iterator(&call.receiver);
                let candidate =
                    bounds.iter().any(Option::is_some) || !is_std_method(&name) && !iterates;
                self.arguments(expr, call.args.iter(), &bounds, candidate);
            }
            _ => visit::visit_expr(self, expr),
        }
    }
}

struct Mentions<'a> {
    source: &'a Source,
    own: Vec<SourceVar>,
    found: Vec<SourceVar>,
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.own.extend(self.source.bound_by(&pattern.ident));
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.found.extend(path.path.get_ident().and_then(|ident| self.source.usage(ident)));
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        match self.source.macro_arguments(invocation).cloned() {
            Some(MacroArguments::List(list)) => {
                for expr in list.iter() {
                    self.nested(expr);
                }
            }
            Some(MacroArguments::Repeat(pair)) => {
                for expr in pair.iter() {
                    self.nested(expr);
                }
            }
            Some(MacroArguments::Reads(_, mentioned) | MacroArguments::Tokens(mentioned)) => {
                self.found.extend(mentioned);
            }
            None => {}
        }
    }
}

impl Mentions<'_> {
    fn nested(&mut self, expr: &Expr) {
        let mut inner = Mentions { source: self.source, own: Vec::new(), found: Vec::new() };
        inner.visit_expr(expr);
        self.own.extend(inner.own);
        self.found.extend(inner.found);
    }
}

/// Writes the decisions into the tree.
struct Replace<'a> {
    found: std::vec::IntoIter<Option<(usize, Vec<Expr>)>>,
    runtime: &'a TokenStream,
}

impl VisitMut for Replace<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let arguments = match expr {
            Expr::Call(call) => {
                self.visit_expr_mut(&mut call.func);
                &mut call.args
            }
            Expr::MethodCall(call) => {
                self.visit_expr_mut(&mut call.receiver);
                &mut call.args
            }
            other => return visit_mut::visit_expr_mut(self, other),
        };
        for argument in arguments {
            match self.found.next().flatten() {
                Some((index, captures)) => {
                    let runtime = self.runtime;
                    *argument = syn::parse_quote!(#runtime::lifted(#index, #(#captures),*));
                }
                None => self.visit_expr_mut(argument),
            }
        }
    }
}

/// Puts captured values behind references: `k` becomes `(*k)`, and `self` gets another name.
struct Behind {
    names: Vec<String>,
}

impl VisitMut for Behind {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Path(path) = &*expr else { return };
        let Some(name) = path.path.get_ident() else { return };
        if let Some(tokens) = self.replaced(name) {
            *expr = syn::parse2(tokens).expect("a place is an expression");
        }
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        invocation.tokens = self.tokens(std::mem::take(&mut invocation.tokens));
    }

    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        // `S { k }` means `S { k: k }`.
        visit_mut::visit_field_value_mut(self, field);
        if field.colon_token.is_none() && !matches!(field.expr, Expr::Path(_)) {
            field.colon_token = Some(syn::token::Colon::default());
        }
    }
}

impl Behind {
    fn replaced(&self, name: &Ident) -> Option<TokenStream> {
        let text = name.to_string();
        let renamed = match text.as_str() {
            "self" => Ident::new("this", Span::mixed_site()),
            _ => name.clone(),
        };
        if self.names.contains(&text) {
            Some(quote!((*#renamed)))
        } else {
            (text == "self").then(|| renamed.to_token_stream())
        }
    }

    fn tokens(&self, tokens: TokenStream) -> TokenStream {
        let mut after_dot = false;
        tokens
            .into_iter()
            .flat_map(|token| {
                let field = std::mem::replace(
                    &mut after_dot,
                    matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.'),
                );
                match token {
                    TokenTree::Ident(name) if !field => {
                        self.replaced(&name).unwrap_or_else(|| name.to_token_stream())
                    }
                    TokenTree::Group(group) => {
                        let mut inner =
                            proc_macro2::Group::new(group.delimiter(), self.tokens(group.stream()));
                        inner.set_span(group.span());
                        TokenTree::Group(inner).into()
                    }
                    other => other.into(),
                }
            })
            .collect()
    }
}
