//! What a chain ends in, and `for` loops over chains.

use proc_macro2::{Ident, Span};
use quote::{quote, quote_spanned, ToTokens};
use syn::{parse_quote, Expr, ExprMethodCall, Stmt, Type};

use super::applied::{flattened, replace, untyped};
use super::breaks::{contains_break, label_breaks};
use super::build::Sink;
use super::chain::{is_iterator, is_place, plain, Base, Chain, Function, Stage};
use super::fallible::held_type;
use super::Desugar;
use crate::own_methods::Way;
use crate::source::unwrapped;
use crate::surroundings;

pub(super) fn add(sum: &Ident, item: &Expr, span: Span) -> Stmt {
    let stmt = quote_spanned!(span=> #sum += #item;);
    parse_quote!(#stmt)
}

pub(super) fn multiply(product: &Ident, item: &Expr, span: Span) -> Stmt {
    let stmt = quote_spanned!(span=> #product *= #item;);
    parse_quote!(#stmt)
}

fn add_by_operator(sum: &Ident, item: &Expr, span: Span) -> Stmt {
    let stmt = quote_spanned!(span=> #sum = #sum + #item;);
    parse_quote!(#stmt)
}

fn multiply_by_operator(product: &Ident, item: &Expr, span: Span) -> Stmt {
    let stmt = quote_spanned!(span=> #product = #product * #item;);
    parse_quote!(#stmt)
}

/// How `sum` or `product` takes in an item: for numbers it is the same in either way.
pub(super) fn taken_in(method: &str) -> fn(&Ident, &Expr, Span) -> Stmt {
    let operator = surroundings::own_methods(|own| own.way_of_sums(method)) == Some(Way::Operator);
    match (method, operator) {
        ("sum", false) => add,
        ("sum", true) => add_by_operator,
        (_, false) => multiply,
        (_, true) => multiply_by_operator,
    }
}

pub(super) fn push(list: &Ident, item: &Expr, _: Span) -> Stmt {
    parse_quote!(#list.push(#item);)
}

impl Desugar {
    /// A chain that ends in a value.
    pub(super) fn consumed(&mut self, call: &ExprMethodCall) -> Option<Expr> {
        if !is_iterator(&call.receiver) {
            return None;
        }
        let span = call.method.span();
        let name = call.method.to_string();
        let ty = turbofish(call);
        let runtime = self.runtime.clone();
        match (name.as_str(), call.args.len()) {
            ("sum" | "product" | "collect", 0)
                if ty.as_ref().is_some_and(|ty| is_named(ty, &["Option", "Result"])) =>
            {
                self.fallible(call, &ty?)
            }
            ("try_fold", 2) => self.try_folded(call),
            ("try_for_each", 1) => self.try_folded(&super::fallible::as_fold(call)?),
            ("rfold", 2) => {
                let (items, init, function) = (&call.receiver, &call.args[0], &call.args[1]);
                let turbofish = &call.turbofish;
                self.consumed(&parse_quote!(#items.rev().fold #turbofish (#init, #function)))
            }
            ("sum" | "product", 0) => {
                let chain = self.chain(&call.receiver)?;
                let total = self.fresh(&name);
                let empty = quote::format_ident!("empty_{name}", span = Span::mixed_site());
                let ty = ty.unwrap_or_else(|| parse_quote!(_));
                let write = taken_in(&name);
                let mut stmts: Vec<Stmt> =
                    vec![parse_quote!(let mut #total = #runtime::#empty::<#ty>();)];
                stmts.extend(self.loops(chain, &Sink::Use(write, total.clone(), span)));
                Some(self.finished(stmts, parse_quote!(#total)))
            }
            ("fold", 2) => {
                let function = Function::of(&call.args[1])?;
                let chain = self.chain(&call.receiver)?;
                Some(
                    self.folded_pair(&chain, &call.args[0], ty.as_ref(), &function).unwrap_or_else(
                        || {
                            let folded = self.fresh("folded");
                            let init = &call.args[0];
                            // A literal alone would not tell which methods it has.
                            let ty = ty.as_ref().filter(|ty| !matches!(ty, Type::Infer(_)));
                            let ty = ty.or(function.first_type()).map(|ty| quote!(: #ty));
                            let mut stmts: Vec<Stmt> =
                                vec![parse_quote!(let mut #folded #ty = #init;)];
                            stmts.extend(self.loops(chain, &Sink::Fold(folded.clone(), function)));
                            self.finished(stmts, parse_quote!(#folded))
                        },
                    ),
                )
            }
            ("for_each", 1) => {
                let function = Function::of(&call.args[0])?;
                let chain = self.chain(&call.receiver)?;
                let stmts = self.loops(chain, &Sink::Call(function));
                Some(self.finished(stmts, parse_quote!(())))
            }
            ("collect", 0) => {
                let ty = ty.filter(|ty| !matches!(ty, Type::Infer(_)));
                if ty.as_ref().is_some_and(|ty| is_named(ty, &["VecDeque"])) {
                    let chain = self.chain(&call.receiver)?;
                    let list = self.collected(chain);
                    return Some(parse_quote!(::std::collections::VecDeque::from(#list)));
                }
                if ty.as_ref().is_some_and(is_boxed_slice) {
                    let chain = self.chain(&call.receiver)?;
                    let list = self.collected(chain);
                    return Some(parse_quote!(#runtime::boxed_slice(#list)));
                }
                if ty.as_ref().is_some_and(|ty| !is_named(ty, &["Vec"])) {
                    return None;
                }
                let chain = self.chain(&call.receiver)?;
                Some(self.collected_as(chain, ty.as_ref()))
            }
            ("unzip", 0) => {
                let chain = self.chain(&call.receiver)?;
                let (left, right) = (self.fresh("left"), self.fresh("right"));
                let (a, b, item) = (self.fresh("a"), self.fresh("b"), self.fresh("item"));
                let mut stmts: Vec<Stmt> = vec![
                    parse_quote!(let mut #left = ::std::vec::Vec::new();),
                    parse_quote!(let mut #right = ::std::vec::Vec::new();),
                ];
                let each = vec![
                    parse_quote!(let (#a, #b) = #item;),
                    parse_quote!(#left.push(#a);),
                    parse_quote!(#right.push(#b);),
                ];
                stmts.extend(self.loops(chain, &Sink::Run { item, stmts: each }));
                Some(self.finished(stmts, parse_quote!((#left, #right))))
            }
            ("partition", 1) => {
                let function = Function::of(&call.args[0])?;
                let chain = self.chain(&call.receiver)?;
                let (left, right) = (self.fresh("left"), self.fresh("right"));
                let item = self.fresh("item");
                let condition = self.predicate(&function, &parse_quote!(#item));
                let mut stmts: Vec<Stmt> = vec![
                    parse_quote!(let mut #left = ::std::vec::Vec::new();),
                    parse_quote!(let mut #right = ::std::vec::Vec::new();),
                ];
                // `Vec<f64>` takes references in, too.
                let copies = chain.yields_references() && ty.as_ref().is_some_and(holds_values);
                let kept: Expr =
                    if copies { parse_quote!(#item.clone()) } else { parse_quote!(#item) };
                let each = vec![parse_quote!(
                    if #condition { #left.push(#kept); } else { #right.push(#kept); }
                )];
                stmts.extend(self.loops(chain, &Sink::Run { item, stmts: each }));
                Some(self.finished(stmts, parse_quote!((#left, #right))))
            }
            _ => None,
        }
    }

    /// `fold((a, b), |(x, y), item| …)`: each part of the pair has a variable of its own.
    fn folded_pair(
        &mut self,
        chain: &Chain,
        init: &Expr,
        ty: Option<&Type>,
        function: &Function,
    ) -> Option<Expr> {
        let (Expr::Tuple(parts), Function::Closure(closure)) = (unwrapped(init), function) else {
            return None;
        };
        let syn::Pat::Tuple(pattern) = closure.inputs.first()? else { return None };
        let names: Option<Vec<&syn::PatIdent>> = pattern
            .elems
            .iter()
            .map(|part| match part {
                syn::Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => {
                    Some(ident)
                }
                _ => None,
            })
            .collect();
        let names = names.filter(|names| names.len() == parts.elems.len() && names.len() > 1)?;
        let (mut closure, flat) = self.own_names(closure);
        let syn::Pat::Tuple(own) = closure.inputs.first()?.clone() else { return None };
        let mut stmts: Vec<Stmt> = Vec::new();
        let mut each: Vec<Stmt> = Vec::new();
        let mut totals = Vec::new();
        for (index, ((name, part), value)) in
            names.iter().zip(&own.elems).zip(&parts.elems).enumerate()
        {
            let total = self.fresh(&name.ident.to_string());
            let ty = match ty {
                Some(Type::Tuple(types)) => types.elems.iter().nth(index).map(|ty| quote!(: #ty)),
                _ => None,
            };
            stmts.push(parse_quote!(let mut #total #ty = #value;));
            // The variable takes the place of a plain parameter.
            if !(name.mutability.is_none() && replace(&mut closure, part, &total)) {
                each.push(parse_quote!(let #part = #total;));
            }
            totals.push(total);
        }
        let mut body = (*closure.body).clone();
        if flat {
            body = flattened(body, &mut each);
        }
        each.push(parse_quote!((#(#totals),*) = #body;));
        let pattern = untyped(closure.inputs.iter().nth(1)?).clone();
        let sink = Sink::Body(pattern, parse_quote!({ #(#each)* }));
        stmts.extend(self.loops(chain.clone(), &sink));
        Some(self.finished(stmts, parse_quote!((#(#totals),*))))
    }

    /// A chain's items in a `Vec`.
    pub(super) fn collected(&mut self, chain: Chain) -> Expr {
        self.collected_as(chain, None)
    }

    fn collected_as(&mut self, chain: Chain, ty: Option<&Type>) -> Expr {
        let list = self.fresh("collected");
        let ty: Option<Type> = ty.cloned();
        let declared: Stmt = match ty {
            Some(ty) => parse_quote!(let mut #list: #ty = ::std::vec::Vec::new();),
            None => parse_quote!(let mut #list = ::std::vec::Vec::new();),
        };
        let mut stmts = vec![declared];
        stmts.extend(self.loops(chain, &Sink::Use(push, list.clone(), Span::mixed_site())));
        self.finished(stmts, parse_quote!(#list))
    }

    pub(super) fn finished(&mut self, mut stmts: Vec<Stmt>, value: Expr) -> Expr {
        stmts.push(Stmt::Expr(value, None));
        self.inlined(stmts)
    }

    /// A loop over a chain that the graph does not follow by itself.
    pub(super) fn for_loop(&mut self, e: &syn::ExprForLoop) -> Option<Expr> {
        if let Some(simpler) = for_mut(self, e).or_else(|| self.for_option(e)) {
            return Some(simpler);
        }
        if let (Expr::Range(_), _) | (_, true) = (unwrapped(&e.expr), is_place(&e.expr)) {
            return None;
        }
        let chain = self.iterable(&e.expr)?;
        if let (Base::Header(header), true) = (&chain.base, chain.stages.is_empty()) {
            if header.to_token_stream().to_string() == plain_tokens(&e.expr) {
                return None;
            }
        }
        let nested =
            chain.stages.iter().any(|stage| matches!(stage, Stage::FlatMap(_) | Stage::Flatten));
        let chained = has_two_loops(&chain.base);
        let mut body = e.body.clone();
        let label = match &e.label {
            Some(_) if nested || chained => return None,
            Some(label) => label.name.ident.clone(),
            None => self.fresh("items"),
        };
        if nested && contains_break(&body) {
            label_breaks(&mut body, &label);
        }
        let sink = Sink::Body((*e.pat).clone(), body);
        let stmts = self.loops_labelled(chain, &sink, label);
        Some(self.inlined(stmts))
    }

    /// Functions of std that stand for loops.
    pub(super) fn called(&mut self, call: &syn::ExprCall) -> Option<Expr> {
        let Expr::Path(path) = unwrapped(&call.func) else { return None };
        let segments = &path.path.segments;
        let name = segments.last()?.ident.to_string();
        let owner = segments.iter().rev().nth(1)?.ident.to_string();
        if segments.len() == 2 && crate::scopes::declares_module(&owner) {
            return None;
        }
        match (owner.as_str(), name.as_str(), call.args.len()) {
            ("mem", "replace", 2) => {
                let place = exclusive_target(&call.args[0])?;
                let (value, new) = (&call.args[1], self.fresh("replaced"));
                let stmts = vec![
                    parse_quote!(let mut #new = #value;),
                    parse_quote!(::core::mem::swap(&mut #place, &mut #new);),
                ];
                Some(self.finished(stmts, parse_quote!(#new)))
            }
            ("mem", "take", 1) => {
                let (place, new) = (exclusive_target(&call.args[0])?, self.fresh("taken"));
                let stmts = vec![
                    parse_quote!(let mut #new = ::core::default::Default::default();),
                    parse_quote!(::core::mem::swap(&mut #place, &mut #new);),
                ];
                Some(self.finished(stmts, parse_quote!(#new)))
            }
            ("Vec" | "VecDeque", "from_iter", 1) if segments.len() == 2 => {
                let chain = self.iterable(&call.args[0])?;
                let list = self.collected(chain);
                Some(if owner == "Vec" {
                    list
                } else {
                    parse_quote!(::std::collections::VecDeque::from(#list))
                })
            }
            ("array", "from_fn", 1) => {
                let function = Function::of(&call.args[0])?;
                let runtime = self.runtime.clone();
                let (length, items) = (self.fresh("length"), self.fresh("items"));
                let arguments = &segments.last()?.arguments;
                let size = match arguments {
                    syn::PathArguments::AngleBracketed(list) => {
                        list.args.iter().nth(1).map(|n| quote!(::<#n>))
                    }
                    _ => None,
                };
                let chain = Chain {
                    base: Base::Header(parse_quote!((0..#length.get()))),
                    stages: vec![Stage::Map(function)],
                };
                let vec = self.collected(chain);
                let stmts = vec![
                    parse_quote!(let #length = #runtime::Length #size::new();),
                    parse_quote!(let #items = #vec;),
                ];
                Some(self.as_array(stmts, &length, &items))
            }
            _ => None,
        }
    }

    /// Items as an array of a length.
    fn as_array(&mut self, mut stmts: Vec<Stmt>, length: &Ident, items: &Ident) -> Expr {
        let (runtime, array) = (self.runtime.clone(), self.fresh("array"));
        stmts.push(parse_quote!(let #array = #runtime::array_of(#items, #length);));
        self.finished(stmts, parse_quote!(#array))
    }

    /// Methods that are short for something else.
    pub(super) fn replaced(&mut self, call: &ExprMethodCall) -> Option<Expr> {
        let runtime = self.runtime.clone();
        let name = call.method.to_string();
        match (name.as_str(), call.args.len()) {
            ("as_slice" | "as_mut_slice", 0) if is_place(&call.receiver) => {
                let place = &call.receiver;
                let mutable = name.contains("mut").then(|| quote!(mut));
                let checked = vec![parse_quote!(#runtime::select::is_sequence(&#place);)];
                Some(self.finished(checked, parse_quote!(&#mutable #place[..])))
            }
            ("into_boxed_slice", 0) => {
                let value = &call.receiver;
                Some(parse_quote!(#runtime::boxed_slice(#value)))
            }
            ("into_vec", 0) => {
                let value = &call.receiver;
                Some(parse_quote!(#runtime::unboxed_slice(#value)))
            }
            ("concat", 0) => {
                let (list, part) = (self.fresh("joined"), self.fresh("part"));
                let mut stmts: Vec<Stmt> = Vec::new();
                let parts: Expr = if is_place(&call.receiver) {
                    (*call.receiver).clone()
                } else {
                    let (parts, value) = (self.fresh("parts"), &call.receiver);
                    stmts.push(parse_quote!(let #parts = #value;));
                    parse_quote!(#parts)
                };
                stmts.push(parse_quote!(let mut #list = ::std::vec::Vec::new();));
                stmts.push(parse_quote!(
                    for #part in #parts.iter() { #list.extend_from_slice(#part); }
                ));
                Some(self.finished(stmts, parse_quote!(#list)))
            }
            ("split_at", 1) if is_place(&call.receiver) => {
                let (place, at, middle) = (&call.receiver, &call.args[0], self.fresh("middle"));
                let stmts = vec![
                    parse_quote!(#runtime::select::is_sequence(&#place);),
                    parse_quote!(let #middle: usize = #at;),
                ];
                let value = parse_quote!((&#place[..#middle], &#place[#middle..]));
                Some(self.finished(stmts, value))
            }
            // `array.map(f)`
            ("map", 1) if is_array(&call.receiver) || super::arrays::marked(call).is_some() => {
                let function = Function::of(&call.args[0])?;
                let (items, length) = (self.fresh("items"), self.fresh("length"));
                // Behind a reference, the method takes a copy.
                let depth = super::arrays::marked(call).unwrap_or(0);
                let receiver = (*call.receiver).clone();
                let value: Expr = (0..depth).fold(receiver, |value, _| match value {
                    Expr::Reference(reference) => *reference.expr,
                    value => parse_quote!(*#value),
                });
                let chain = Chain {
                    base: Base::Header(parse_quote!(#items.into_iter())),
                    stages: vec![Stage::Map(function)],
                };
                let vec = self.collected(chain);
                let mapped = self.fresh("mapped");
                let stmts = vec![
                    parse_quote!(let #items = #value;),
                    parse_quote!(let #length = #runtime::Length::of(&#items);),
                    parse_quote!(let #mapped = #vec;),
                ];
                Some(self.as_array(stmts, &length, &mapped))
            }
            // `vec.try_into().unwrap()`
            ("unwrap" | "expect", _) => {
                let Expr::MethodCall(inner) = unwrapped(&call.receiver) else { return None };
                if inner.method != "try_into" || !inner.args.is_empty() {
                    return None;
                }
                let value = &inner.receiver;
                // A part of a slice is copied.
                let part = matches!(unwrapped(value), Expr::Index(e)
                    if matches!(unwrapped(&e.index), Expr::Range(_)));
                let copied = part.then(|| quote!(&));
                Some(parse_quote!(#runtime::array(#copied #value)))
            }
            ("then", 1) if is_condition(&call.receiver) => {
                let Expr::Closure(closure) = unwrapped(&call.args[0]) else { return None };
                let (condition, value) = (&call.receiver, &closure.body);
                closure.inputs.is_empty().then_some(())?;
                Some(parse_quote!(if #condition {
                    ::core::option::Option::Some(#value)
                } else {
                    ::core::option::Option::None
                }))
            }
            ("then_some", 1) if is_condition(&call.receiver) => {
                let (condition, value) = (self.fresh("condition"), self.fresh("value"));
                let (decides, given) = (&call.receiver, &call.args[0]);
                let stmts = vec![
                    parse_quote!(let #condition: bool = #decides;),
                    parse_quote!(let #value = #given;),
                ];
                let option = parse_quote!(if #condition {
                    ::core::option::Option::Some(#value)
                } else {
                    ::core::option::Option::None
                });
                Some(self.finished(stmts, option))
            }
            ("resize_with", 2) if is_place(&call.receiver) => {
                let (place, length) = (&call.receiver, self.fresh("length"));
                let function = Function::of(&call.args[1])?;
                let (mut stmts, value) = self.applied(&function, Vec::new());
                stmts.push(parse_quote!(#place.push(#value);));
                let count = &call.args[0];
                let stmts = vec![
                    parse_quote!(let #length: usize = #count;),
                    parse_quote!(#place.truncate(#length);),
                    parse_quote!(for _ in #place.len()..#length { #(#stmts)* }),
                ];
                Some(self.inlined(stmts))
            }
            ("fill_with", 1) if is_place(&call.receiver) => {
                let (place, item) = (&call.receiver, self.fresh("item"));
                let function = Function::of(&call.args[0])?;
                let (mut stmts, value) = self.applied(&function, Vec::new());
                stmts.push(parse_quote!(*#item = #value;));
                Some(
                    self.inlined(vec![parse_quote!(for #item in #place.iter_mut() { #(#stmts)* })]),
                )
            }
            ("extend", 1) if is_place(&call.receiver) => {
                let mut chain = self.iterable(&call.args[0])?;
                if let (Base::Header(header), true) = (&chain.base, chain.stages.is_empty()) {
                    // The elements of a place: an edit by itself.
                    if matches!(unwrapped(header), Expr::Path(_))
                        || plain(header).is_some_and(|(_, by_value)| {
                            !by_value
                                || !matches!(unwrapped(header),
                                Expr::MethodCall(call) if call.method == "into_iter")
                        })
                    {
                        return None;
                    }
                }
                let (list, items) = (&call.receiver, self.fresh("items"));
                if chain.yields_references() {
                    chain.stages.push(Stage::Cloned);
                }
                let vec = self.collected(chain);
                let mut method = call.clone();
                method.attrs.clear();
                method.args = parse_quote!(#items);
                *method.receiver = (**list).clone();
                let stmts = vec![parse_quote!(let #items = #vec;), parse_quote!(#method;)];
                Some(self.inlined(stmts))
            }
            _ => None,
        }
    }
}

/// `for mut x in …`: the loop's variable is a copy that the body may change.
fn for_mut(desugar: &mut Desugar, e: &syn::ExprForLoop) -> Option<Expr> {
    let mut e = e.clone();
    let stmts = desugar.copied_names(&mut e.pat);
    if stmts.is_empty() {
        return None;
    }
    e.body.stmts.splice(0..0, stmts);
    Some(Expr::ForLoop(e))
}

impl Desugar {
    /// Gives new names to those that a loop's pattern binds as `mut`; returns the statements that
    /// declare the old ones as copies.
    pub(super) fn copied_names(&mut self, pattern: &mut syn::Pat) -> Vec<Stmt> {
        use syn::visit_mut::VisitMut;
        struct Mutables<'d>(&'d mut Desugar, Vec<Stmt>);
        impl VisitMut for Mutables<'_> {
            fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
                if pattern.mutability.is_some() && pattern.by_ref.is_none() {
                    let name = pattern.ident.clone();
                    let fresh = self.0.fresh(&name.to_string());
                    pattern.mutability = None;
                    pattern.ident = fresh.clone();
                    self.1.push(parse_quote!(let mut #name = #fresh;));
                }
            }
            fn visit_expr_mut(&mut self, _: &mut Expr) {}
        }
        let mut mutables = Mutables(self, Vec::new());
        mutables.visit_pat_mut(pattern);
        mutables.1
    }
}

fn has_two_loops(base: &Base) -> bool {
    match base {
        Base::Chained(..) => true,
        Base::Named(_, base) => has_two_loops(base),
        _ => false,
    }
}

fn plain_tokens(expr: &Expr) -> String {
    let mut copy = expr.clone();
    syn::visit_mut::VisitMut::visit_expr_mut(&mut super::Unmark, &mut copy);
    copy.to_token_stream().to_string()
}

pub(super) fn turbofish(call: &ExprMethodCall) -> Option<Type> {
    match call.turbofish.as_ref()?.args.first()? {
        syn::GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    }
}

pub(super) fn is_named(ty: &Type, names: &[&str]) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| names.iter().any(|name| last.ident == name)),
        _ => false,
    }
}

/// Whether an expression is a `bool` as far as it shows; rustc checks it where it decides.
fn is_condition(expr: &Expr) -> bool {
    !matches!(unwrapped(expr), Expr::MethodCall(call) if is_iterator(&call.receiver))
}

/// What `mem::take` and its kin are given: `&mut place`, or a name of a reference.
fn exclusive_target(argument: &Expr) -> Option<Expr> {
    match unwrapped(argument) {
        Expr::Reference(target) => Some((*target.expr).clone()),
        name if is_place(name) => Some(parse_quote!((*#name))),
        _ => None,
    }
}

/// Whether the elements of a collection are known not to be references.
fn holds_values(ty: &Type) -> bool {
    held_type(ty).is_some_and(|held| !matches!(held, Type::Reference(_) | Type::Infer(_)))
}

/// `Box<[T]>`.
fn is_boxed_slice(ty: &Type) -> bool {
    held_type(ty).is_some_and(|held| matches!(held, Type::Slice(_))) && is_named(ty, &["Box"])
}

/// Whether an expression is an array by sight.
fn is_array(expr: &Expr) -> bool {
    match unwrapped(expr) {
        Expr::Array(_) | Expr::Repeat(_) => true,
        Expr::Call(call) => match unwrapped(&call.func) {
            Expr::Path(path) => {
                let names: Vec<String> =
                    path.path.segments.iter().rev().map(|s| s.ident.to_string()).collect();
                names.len() > 1 && names[0] == "from_fn" && names[1] == "array"
            }
            _ => false,
        },
        Expr::MethodCall(call) => call.method == "map" && is_array(&call.receiver),
        _ => false,
    }
}
