//! Selections: operations whose value is one of the elements that there are.
//!
//! Which element is a number that carries no derivative; with it, the value is a place.
//! `xs.iter().max_by(compare).unwrap()` becomes `{ let at = select::max_by(xs.iter(),
//! compare).unwrap(); &xs[at] }`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{parse_quote, Expr, ExprMethodCall, Pat, Stmt};

use super::chain::{is_iterator, is_place, plain, Base, Chain, Function, Stage};
use super::Desugar;
use crate::source::unwrapped;

/// One of several elements, if there is one.
struct Selected {
    before: Vec<Stmt>,
    /// The number of the element: an `Option<usize>`.
    found: Expr,
    /// What the number is called in `item`.
    at: Ident,
    item: Expr,
}

impl Desugar {
    fn selected(&mut self, expr: &Expr) -> Option<Selected> {
        let Expr::MethodCall(call) = unwrapped(expr) else { return None };
        let name = call.method.to_string();
        if let Expr::Path(path) = unwrapped(&call.receiver) {
            let cursor = path.path.get_ident().and_then(|it| self.cursors.get(&it.to_string()));
            if let Some(cursor) = cursor.cloned() {
                return self.advanced(&cursor, &name);
            }
        }
        match (name.as_str(), call.args.len()) {
            ("copied", 0) if !is_iterator(&call.receiver) => {
                let mut selected = self.selected(&call.receiver)?;
                selected.item = dereferenced(selected.item);
                Some(selected)
            }
            ("cloned", 0) if !is_iterator(&call.receiver) => {
                let mut selected = self.selected(&call.receiver)?;
                let item = dereferenced(selected.item);
                selected.item = match item {
                    Expr::Unary(_) => parse_quote!((#item).clone()),
                    item => parse_quote!(#item.clone()),
                };
                Some(selected)
            }
            ("map", 1) if !is_iterator(&call.receiver) => {
                let mut selected = self.selected(&call.receiver)?;
                let function = Function::of(&call.args[0])?;
                let (stmts, value) = self.applied(&function, vec![selected.item]);
                selected.item = if stmts.is_empty() {
                    value
                } else {
                    let mut stmts = stmts;
                    stmts.push(Stmt::Expr(value, None));
                    self.inlined(stmts)
                };
                Some(selected)
            }
            _ if is_iterator(&call.receiver) => self.selected_in_chain(call, &name),
            _ => self.selected_in_place(call, &name),
        }
    }

    /// Whether an expression selects one of several elements.
    pub(super) fn selects(&mut self, expr: &Expr) -> bool {
        self.selected(expr).is_some()
    }

    /// Whether a call asks an iterator that is advanced by hand: `it.peek().is_some()`.
    pub(super) fn asks_cursor(&self, call: &ExprMethodCall) -> bool {
        let Expr::MethodCall(inner) = unwrapped(&call.receiver) else { return false };
        let known = match unwrapped(&inner.receiver) {
            Expr::Path(path) => {
                path.path.get_ident().is_some_and(|it| self.cursors.contains_key(&it.to_string()))
            }
            _ => false,
        };
        known && (call.method == "is_some" || call.method == "is_none")
    }

    /// `it.next()` or `it.peek()`.
    fn advanced(&mut self, cursor: &super::iterators::Cursor, name: &str) -> Option<Selected> {
        let runtime = self.runtime.clone();
        let super::iterators::Cursor { place, by_value, at: next } = cursor;
        let (at, found) = (self.fresh("at"), self.fresh("found"));
        let mut before = vec![parse_quote!(let #found = #runtime::select::get(&#place, #next);)];
        let item: Expr = match (name, by_value) {
            ("next", true) => parse_quote!(#place[#at]),
            ("peek", false) => parse_quote!(&&#place[#at]),
            ("next" | "peek", _) => parse_quote!(&#place[#at]),
            _ => return None,
        };
        if name == "next" {
            before.push(parse_quote!(if #found.is_some() { #next += 1; }));
        }
        Some(Selected { before, found: parse_quote!(#found), at, item })
    }

    /// `first()`, `get(i)` and the like of a slice.
    fn selected_in_place(&mut self, call: &ExprMethodCall, name: &str) -> Option<Selected> {
        let runtime = self.runtime.clone();
        let index = call.args.first();
        let known = match (name, call.args.len()) {
            (
                "first" | "last" | "first_mut" | "last_mut" | "front" | "back" | "front_mut"
                | "back_mut" | "split_first" | "split_last",
                0,
            ) => true,
            ("get" | "get_mut", 1) => {
                !matches!(
                    unwrapped(&call.args[0]),
                    Expr::Range(_) | Expr::Reference(_) | Expr::Tuple(_)
                ) && !matches!(unwrapped(&call.args[0]), Expr::Lit(lit) if matches!(lit.lit, syn::Lit::Str(_)))
            }
            _ => false,
        };
        if !known {
            return None;
        }
        let mut before = Vec::new();
        let place = if is_place(&call.receiver) {
            (*call.receiver).clone()
        } else {
            if matches!(unwrapped(&call.receiver), Expr::Reference(_)) || name.ends_with("_mut") {
                return None;
            }
            let items = self.fresh("items");
            let value = &call.receiver;
            before.push(parse_quote!(let #items = #value;));
            parse_quote!(#items)
        };
        let place = match place {
            Expr::Reference(reference) => parse_quote!((#reference)),
            other => other,
        };
        let at = self.fresh("at");
        let found: Expr = match name {
            "get" | "get_mut" => parse_quote!(#runtime::select::get(&#place, #index)),
            "last" | "last_mut" | "back" | "back_mut" | "split_last" => {
                parse_quote!(#runtime::select::last(&#place))
            }
            _ => parse_quote!(#runtime::select::first(&#place)),
        };
        let item: Expr = match name {
            "split_first" => parse_quote!((&#place[#at], &#place[#at + 1..])),
            "split_last" => parse_quote!((&#place[#at], &#place[..#at])),
            name if name.ends_with("_mut") => parse_quote!(&mut #place[#at]),
            _ => parse_quote!(&#place[#at]),
        };
        Some(Selected { before, found, at, item })
    }

    fn selected_in_chain(&mut self, call: &ExprMethodCall, name: &str) -> Option<Selected> {
        let runtime = self.runtime.clone();
        let at = self.fresh("at");
        let arity = call.args.len();
        let argument = call.args.first();
        match (name, arity) {
            ("max_by" | "min_by" | "max_by_key" | "min_by_key", 1) => {
                let function = quote::format_ident!("{name}");
                let chain = self.chain(&call.receiver)?;
                let (before, header, item, values) = self.listed(chain, &at)?;
                let function =
                    if values { quote::format_ident!("{function}_in") } else { function };
                let found = parse_quote!(#runtime::select::#function(#header, #argument));
                Some(Selected { before, found, at, item })
            }
            ("find", 1) => {
                let mut chain = self.chain(&call.receiver)?;
                if let (true, Base::Header(header)) = (chain.stages.is_empty(), &chain.base) {
                    if let Some(item) = item_at(header, &quote!(#at)) {
                        let found = parse_quote!(#runtime::select::find(#header, #argument));
                        return Some(Selected { before: Vec::new(), found, at, item });
                    }
                }
                chain.stages.push(Stage::Filter(Function::of(argument?)?));
                self.first_of(chain, at)
            }
            ("find_map", 1) => {
                let mut chain = self.chain(&call.receiver)?;
                chain.stages.push(Stage::FilterMap(Function::of(argument?)?));
                self.first_of(chain, at)
            }
            ("next", 0) => {
                let chain = self.chain(&call.receiver)?;
                self.first_of(chain, at)
            }
            ("nth", 1) => {
                let chain = self.chain(&call.receiver)?;
                let (before, header, item, _) = self.listed(chain, &at)?;
                let found = parse_quote!(#runtime::select::nth(#header, #argument));
                Some(Selected { before, found, at, item })
            }
            ("last", 0) => {
                let chain = self.chain(&call.receiver)?;
                let (before, header, item, _) = self.listed(chain, &at)?;
                let found = parse_quote!(#runtime::select::end(#header));
                Some(Selected { before, found, at, item })
            }
            ("reduce", 1) => {
                let function = Function::of(argument?)?;
                let chain = self.chain(&call.receiver)?;
                let references = chain.yields_references();
                let items = self.fresh("items");
                if references {
                    // Which of the elements it is.
                    let closure = function.closure().filter(|it| chooses(it))?;
                    let (before, header, item, values) = self.listed(chain, &at)?;
                    let found = parse_quote!(#runtime::select::reduce(#header, #closure));
                    return (!values).then_some(Selected { before, found, at, item });
                }
                let vec = self.collected(chain);
                let before = vec![parse_quote!(let #items = #vec;)];
                let reduced = self.fresh("reduced");
                let rest = Chain {
                    base: Base::Header(parse_quote!(#items.into_iter().skip(1))),
                    stages: Vec::new(),
                };
                let mut stmts: Vec<Stmt> =
                    vec![parse_quote!(let mut #reduced = #items[#at].clone();)];
                stmts
                    .extend(self.loops(rest, &super::build::Sink::Fold(reduced.clone(), function)));
                let item = self.finished(stmts, parse_quote!(#reduced));
                let found = parse_quote!(#runtime::select::first(&#items));
                Some(Selected { before, found, at, item })
            }
            _ => None,
        }
    }

    /// The items of a chain as something that can be gone through and read by number: statements
    /// before it, the iterator, and the item of the number `at`. The last part tells whether the
    /// iterator is a `Vec` of the items themselves.
    fn listed(&mut self, mut chain: Chain, at: &Ident) -> Option<(Vec<Stmt>, Expr, Expr, bool)> {
        if chain.stages.is_empty() {
            let (before, header) = match &chain.base {
                Base::Header(header) => (Vec::new(), header.clone()),
                Base::Named(stmts, base) => match &**base {
                    Base::Header(header) => (stmts.clone(), header.clone()),
                    _ => (Vec::new(), parse_quote!(())),
                },
                _ => (Vec::new(), parse_quote!(())),
            };
            if let Some(item) = item_at(&header, &quote!(#at)) {
                return Some((before, borrowed(header), item, false));
            }
        }
        if !chain.is_pure() {
            return None;
        }
        let references = chain.yields_references();
        if references {
            chain.stages.push(Stage::Cloned);
        }
        let items = self.fresh("items");
        let vec = self.collected(chain);
        let before = vec![parse_quote!(let #items = #vec;)];
        Some(if references {
            (before, parse_quote!(#items.iter()), parse_quote!(&#items[#at]), false)
        } else {
            (before, parse_quote!(&#items), parse_quote!(#items[#at].clone()), true)
        })
    }

    /// The first item of a chain.
    fn first_of(&mut self, mut chain: Chain, at: Ident) -> Option<Selected> {
        let runtime = self.runtime.clone();
        let references = chain.yields_references();
        if references {
            chain.stages.push(Stage::Cloned);
        }
        chain.stages.push(Stage::Take(parse_quote!(1usize)));
        let items = self.fresh("items");
        let vec = self.collected(chain);
        let before = vec![parse_quote!(let #items = #vec;)];
        let item =
            if references { parse_quote!(&#items[#at]) } else { parse_quote!(#items[#at].clone()) };
        let found = parse_quote!(#runtime::select::first(&#items));
        Some(Selected { before, found, at, item })
    }

    /// A method call whose receiver is a selection, or that is one.
    pub(super) fn selection_used(&mut self, call: &ExprMethodCall) -> Option<Expr> {
        let name = call.method.to_string();
        let some = quote!(::core::option::Option::Some);
        let consumer = matches!(
            (name.as_str(), call.args.len()),
            ("unwrap" | "unwrap_or_default", 0)
                | ("expect" | "unwrap_or" | "unwrap_or_else" | "ok_or" | "ok_or_else", 1)
                | ("map_or" | "map_or_else", 2)
        );
        if consumer {
            let mut selected = self.selected(&call.receiver)?;
            let (found, at) = (&selected.found, &selected.at);
            let mut stmts = selected.before;
            match name.as_str() {
                "unwrap" => {
                    stmts.push(parse_quote!(let #at: usize = #found.unwrap();));
                    return Some(self.finished(stmts, selected.item));
                }
                "expect" => {
                    let message = &call.args[0];
                    stmts.push(parse_quote!(let #at: usize = #found.expect(#message);));
                    return Some(self.finished(stmts, selected.item));
                }
                _ => {}
            }
            let otherwise: Expr = match name.as_str() {
                "unwrap_or" | "map_or" | "ok_or" => call.args[0].clone(),
                "unwrap_or_default" => parse_quote!(::core::default::Default::default()),
                _ => match unwrapped(&call.args[0]) {
                    Expr::Closure(closure) if closure.inputs.is_empty() => (*closure.body).clone(),
                    path @ Expr::Path(_) => parse_quote!(#path()),
                    _ => return None,
                },
            };
            if name.starts_with("map_or") {
                let function = Function::of(&call.args[1])?;
                let (mut inner, value) = self.applied(&function, vec![selected.item]);
                selected.item = if inner.is_empty() {
                    value
                } else {
                    inner.push(Stmt::Expr(value, None));
                    self.inlined(inner)
                };
            }
            let item = &selected.item;
            let value = if name.starts_with("ok_or") {
                let result = quote!(::core::result::Result);
                parse_quote!(
                    if let #some(#at) = #found {
                        #result::Ok(#item)
                    } else {
                        #result::Err(#otherwise)
                    }
                )
            } else {
                parse_quote!(if let #some(#at) = #found { #item } else { #otherwise })
            };
            return Some(self.finished(stmts, value));
        }
        if self.asks_cursor(call) {
            let Selected { before, found, .. } = self.selected(&call.receiver)?;
            let method = &call.method;
            return Some(self.finished(before, parse_quote!(#found.#method())));
        }
        let this = Expr::MethodCall(call.clone());
        let Selected { before, found, at, item } = self.selected(&this)?;
        let none = quote!(::core::option::Option::None);
        let value = parse_quote!(if let #some(#at) = #found { #some(#item) } else { #none });
        Some(self.finished(before, value))
    }

    /// `selection?` and `selection.ok_or(error)?`,
    /// as statements that may leave and the item.
    pub(super) fn tried(&mut self, expr: &Expr) -> Option<(Vec<Stmt>, Expr)> {
        let Expr::Try(e) = expr else { return None };
        let Expr::MethodCall(call) = unwrapped(&e.expr) else { return None };
        let name = call.method.to_string();
        let error: Option<Expr> = match (name.as_str(), call.args.first()) {
            ("ok_or", Some(error)) => Some(error.clone()),
            ("ok_or_else", Some(error)) => match unwrapped(error) {
                Expr::Closure(closure) if closure.inputs.is_empty() => {
                    Some((*closure.body).clone())
                }
                path @ Expr::Path(_) => Some(parse_quote!(#path())),
                _ => return None,
            },
            _ => None,
        };
        if let (None, Some(tried)) = (&error, self.fallible_tried(call)) {
            return Some(tried);
        }
        let option = if error.is_some() { &*call.receiver } else { &*e.expr };
        let Selected { mut before, found, at, item } = self.selected(option)?;
        let failure: Expr = match error {
            Some(error) => parse_quote!(
                ::core::result::Result::Err(::core::convert::From::from(#error))
            ),
            None => parse_quote!(::core::option::Option::None),
        };
        before.push(parse_quote!(
            let ::core::option::Option::Some(#at) = #found else { return #failure; };
        ));
        Some((before, item))
    }

    /// The place of `*selection.unwrap()`, and the statements before it.
    pub(super) fn place_selected(&mut self, expr: &Expr) -> Option<(Vec<Stmt>, Expr)> {
        let Expr::Unary(unary) = unwrapped(expr) else { return None };
        let Expr::MethodCall(call) = unwrapped(&unary.expr) else { return None };
        let unwraps = matches!(
            (call.method.to_string().as_str(), call.args.len()),
            ("unwrap", 0) | ("expect", 1)
        );
        if !matches!(unary.op, syn::UnOp::Deref(_)) || !unwraps || !super::is_marked(&call.attrs) {
            return None;
        }
        let Selected { mut before, found, at, item } = self.selected(&call.receiver)?;
        let Expr::Reference(reference) = item else { return None };
        let (method, args) = (&call.method, &call.args);
        before.push(parse_quote!(let #at: usize = #found.#method(#args);));
        Some((before, *reference.expr))
    }

    /// `if let Some(x) = selection { … }`
    pub(super) fn if_selected(&mut self, e: &syn::ExprIf) -> Option<Expr> {
        let Expr::Let(condition) = &*e.cond else { return None };
        if is_taken_out(&condition.expr) {
            let (name, value, pattern) = (self.fresh("taken"), &condition.expr, &condition.pat);
            let mut e = e.clone();
            *e.cond = parse_quote!(let #pattern = #name);
            let stmts = vec![parse_quote!(let #name = #value;)];
            return Some(self.finished(stmts, Expr::If(e)));
        }
        let pattern = some_pattern(&condition.pat)?;
        if let Some(call) = split_mutably(&condition.expr) {
            let (place, runtime) = (&call.receiver, &self.runtime);
            let mut call = call.clone();
            call.attrs.clear();
            let then = &e.then_branch.stmts;
            let otherwise = e.else_branch.as_ref().map(|(_, other)| quote!(else #other));
            return Some(parse_quote!(
                if #runtime::select::first(&#place).is_some() {
                    let #pattern = #call.unwrap();
                    #(#then)*
                } #otherwise
            ));
        }
        let Selected { mut before, found, at, item } = self.selected(&condition.expr)?;
        let mut then = Vec::new();
        super::applied::bind(&pattern, item, &mut then);
        then.extend(e.then_branch.stmts.iter().cloned());
        let otherwise = e.else_branch.as_ref().map(|(_, other)| quote!(else #other));
        let value = parse_quote!(
            if let ::core::option::Option::Some(#at) = #found { #(#then)* } #otherwise
        );
        if before.is_empty() {
            return Some(value);
        }
        before.push(Stmt::Expr(value, None));
        Some(self.inlined(before))
    }

    /// `let Some(x) = selection else { … };`, also of several in a tuple.
    pub(super) fn let_selected(&mut self, stmt: &Stmt) -> Option<Vec<Stmt>> {
        let Stmt::Local(local) = stmt else { return None };
        let init = local.init.as_ref()?;
        let (_, diverge) = init.diverge.as_ref()?;
        let pairs: Vec<(&Pat, &Expr)> = match (&local.pat, unwrapped(&init.expr)) {
            (Pat::Tuple(patterns), Expr::Tuple(values))
                if patterns.elems.len() == values.elems.len() =>
            {
                patterns.elems.iter().zip(&values.elems).collect()
            }
            (pattern, value) => vec![(pattern, value)],
        };
        let mut out = Vec::new();
        for (pattern, value) in pairs {
            let marked =
                matches!(unwrapped(value), Expr::MethodCall(call) if super::is_marked(&call.attrs));
            let inner = some_pattern(pattern).filter(|_| marked)?;
            if let Some(call) = split_mutably(value) {
                let (place, runtime) = (&call.receiver, &self.runtime);
                let mut call = call.clone();
                call.attrs.clear();
                out.push(parse_quote!(
                    if #runtime::select::first(&#place).is_none() #diverge
                ));
                out.push(parse_quote!(let #inner = #call.unwrap();));
                continue;
            }
            let Selected { before, found, at, item } = self.selected(value)?;
            out.extend(before);
            out.push(parse_quote!(
                let ::core::option::Option::Some(#at) = #found else #diverge;
            ));
            super::applied::bind(&inner, item, &mut out);
        }
        Some(out)
    }

    /// `while let Some(x) = selection { … }`
    pub(super) fn while_selected(&mut self, e: &syn::ExprWhile) -> Option<Expr> {
        let Expr::Let(condition) = &*e.cond else { return None };
        if is_taken_out(&condition.expr) {
            let (name, value, pattern) = (self.fresh("taken"), &condition.expr, &condition.pat);
            let (label, body) = (&e.label, &e.body);
            return Some(parse_quote!(
                #label loop {
                    let #name = #value;
                    if let #pattern = #name #body else { break; }
                }
            ));
        }
        let pattern = some_pattern(&condition.pat)?;
        let Selected { before, found, at, item } = self.selected(&condition.expr)?;
        if !before.is_empty() {
            let mut then = Vec::new();
            super::applied::bind(&pattern, item, &mut then);
            then.extend(e.body.stmts.iter().cloned());
            let label = &e.label;
            return Some(parse_quote!(
                #label loop {
                    #(#before)*
                    if let ::core::option::Option::Some(#at) = #found {
                        #(#then)*
                    } else {
                        break;
                    }
                }
            ));
        }
        let mut body = Vec::new();
        super::applied::bind(&pattern, item, &mut body);
        body.extend(e.body.stmts.iter().cloned());
        let label = &e.label;
        Some(parse_quote!(
            #label while let ::core::option::Option::Some(#at) = #found { #(#body)* }
        ))
    }

    /// `match selection { Some(x) => …, None => … }`
    pub(super) fn match_selected(&mut self, e: &syn::ExprMatch) -> Option<Expr> {
        let Expr::MethodCall(_) = unwrapped(&e.expr) else { return None };
        if is_taken_out(&e.expr) {
            let (name, value) = (self.fresh("taken"), &e.expr);
            let stmts = vec![parse_quote!(let #name = #value;)];
            let mut e = e.clone();
            *e.expr = parse_quote!(#name);
            return Some(self.finished(stmts, Expr::Match(e)));
        }
        if e.arms.len() != 2 {
            return None;
        }
        let some = e.arms.iter().find_map(|arm| {
            let (pattern, guard) = match &arm.pat {
                Pat::Guard(guarded) => (&*guarded.pat, Some(&guarded.guard)),
                pattern => (pattern, None),
            };
            some_pattern(pattern).map(|p| (p, guard, arm))
        });
        let none = e.arms.iter().find(|arm| is_rest(&arm.pat))?;
        let (pattern, guard, some) = some?;
        if guard.is_some() && !is_rest(&e.arms[1].pat) {
            return None;
        }
        let Selected { mut before, found, at, item } = self.selected(&e.expr)?;
        let mut then = Vec::new();
        super::applied::bind(&pattern, item, &mut then);
        let (value, otherwise) = (&some.body, &none.body);
        let value: Expr = match guard {
            None => (**value).clone(),
            Some(guard) => parse_quote!(if #guard { #value } else { #otherwise }),
        };
        let value: Expr = parse_quote!(
            if let ::core::option::Option::Some(#at) = #found {
                #(#then)*
                #value
            } else {
                #otherwise
            }
        );
        if before.is_empty() {
            return Some(value);
        }
        before.push(Stmt::Expr(value, None));
        Some(self.inlined(before))
    }
}

/// `place.split_first_mut()`, `place.split_last_mut()`.
fn split_mutably(expr: &Expr) -> Option<&ExprMethodCall> {
    match unwrapped(expr) {
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            let fits = matches!(name.as_str(), "split_first_mut" | "split_last_mut");
            (fits && call.args.is_empty() && is_place(&call.receiver)).then_some(call)
        }
        _ => None,
    }
}

/// Whether an expression takes an element out of a collection: `v.pop()`.
pub(super) fn is_taken_out(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::MethodCall(call) => {
            matches!(call.method.to_string().as_str(), "pop" | "pop_front" | "pop_back")
                && call.args.is_empty()
                && is_place(&call.receiver)
        }
        _ => false,
    }
}

/// The pattern inside `Some(…)`, if it always matches.
fn some_pattern(pattern: &Pat) -> Option<Pat> {
    let Pat::TupleStruct(tuple) = pattern else { return None };
    let some = tuple.path.segments.last().is_some_and(|last| last.ident == "Some");
    let inner = tuple.elems.first().filter(|_| some && tuple.elems.len() == 1)?;
    irrefutable(inner).then(|| inner.clone())
}

fn irrefutable(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(ident) => {
            ident.subpat.is_none() && !ident.ident.to_string().starts_with(char::is_uppercase)
        }
        Pat::Wild(_) => true,
        Pat::Reference(inner) => irrefutable(&inner.pat),
        Pat::Paren(inner) => irrefutable(&inner.pat),
        Pat::Tuple(tuple) => {
            tuple.elems.iter().all(|part| irrefutable(part) || matches!(part, Pat::Rest(_)))
        }
        _ => false,
    }
}

fn is_rest(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(ident) => ident.ident == "None",
        _ => false,
    }
}

/// Whether what a closure yields is always one of its parameters.
fn chooses(closure: &syn::ExprClosure) -> bool {
    fn yields(expr: &Expr, names: &[&Ident]) -> bool {
        let last = |block: &syn::Block| match block.stmts.as_slice() {
            [Stmt::Expr(value, None)] => yields(value, names),
            _ => false,
        };
        match unwrapped(expr) {
            Expr::Path(path) => names.iter().any(|name| path.path.is_ident(*name)),
            Expr::If(e) => {
                last(&e.then_branch)
                    && e.else_branch.as_ref().is_some_and(|(_, other)| yields(other, names))
            }
            Expr::Match(e) => e.arms.iter().all(|arm| yields(&arm.body, names)),
            Expr::Block(e) => e.label.is_none() && last(&e.block),
            _ => false,
        }
    }
    let names: Option<Vec<&Ident>> = closure
        .inputs
        .iter()
        .map(|input| match super::applied::untyped(input) {
            Pat::Ident(name) => Some(&name.ident),
            _ => None,
        })
        .collect();
    names.is_some_and(|names| yields(&closure.body, &names))
}

/// What a reference refers to.
fn dereferenced(item: Expr) -> Expr {
    match item {
        Expr::Reference(reference) => *reference.expr,
        item => parse_quote!(*#item),
    }
}

/// An iterator again, over what is left as it is.
fn borrowed(header: Expr) -> Expr {
    match plain(&header) {
        // A collection that would be moved away is needed for the item.
        Some((items, true)) if matches!(&header, Expr::MethodCall(call) if call.method == "into_iter") =>
        {
            parse_quote!(#items.iter().cloned())
        }
        _ => header,
    }
}

/// The item of number `at` of an iterator that only rearranges a place.
fn item_at(header: &Expr, at: &TokenStream) -> Option<Expr> {
    match unwrapped(header) {
        Expr::Range(_) => Some(parse_quote!((#header).nth(#at).unwrap())),
        Expr::MethodCall(call) => {
            let receiver = &call.receiver;
            let argument = call.args.first();
            match call.method.to_string().as_str() {
                "iter" if is_place(receiver) => Some(parse_quote!(&#receiver[#at])),
                "into_iter" if is_place(receiver) => Some(parse_quote!(#receiver[#at].clone())),
                "windows" if is_place(receiver) => {
                    Some(parse_quote!(&#receiver[#at..#at + #argument]))
                }
                "copied" => item_at(receiver, at).map(dereferenced),
                "cloned" => {
                    let item = dereferenced(item_at(receiver, at)?);
                    Some(parse_quote!(#item.clone()))
                }
                "enumerate" => {
                    let item = item_at(receiver, at)?;
                    Some(parse_quote!((#at, #item)))
                }
                "skip" => item_at(receiver, &quote!((#at + #argument))),
                "take" => item_at(receiver, at),
                "step_by" => item_at(receiver, &quote!((#at * #argument))),
                "zip" => {
                    let left = item_at(receiver, at)?;
                    let right = match argument? {
                        Expr::Reference(inner) => {
                            let inner = &inner.expr;
                            parse_quote!(&#inner[#at])
                        }
                        other if is_iterator(other) => item_at(other, at)?,
                        // By value or by reference, that does not show.
                        _ => return None,
                    };
                    Some(parse_quote!((#left, #right)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}
