//! Chains that end at the first failure: `sum::<Option<f64>>()`, `collect::<Result<Vec<_>, _>>()`,
//! `try_fold`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{parse_quote, Expr, ExprMethodCall, Stmt, Type};

use super::applied::{replace, untyped};
use super::build::Sink;
use super::chain::{is_iterator, is_none, Chain, Function, Stage};
use super::consume::{is_named, push, taken_in};
use super::Desugar;
use crate::source::unwrapped;
use crate::tokens::mentions;

/// `try_for_each(|item| …)` as `try_fold((), |(), item| …)`.
pub(super) fn as_fold(call: &ExprMethodCall) -> Option<ExprMethodCall> {
    let Expr::Closure(closure) = unwrapped(&call.args[0]) else { return None };
    let mut closure = closure.clone();
    closure.inputs.insert(0, parse_quote!(()));
    let receiver = &call.receiver;
    Some(parse_quote!(#receiver.try_fold((), #closure)))
}

/// What holds the value or says that there is none.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Option,
    Result,
}

impl Desugar {
    /// `sum::<Option<f64>>()` and the like: the first item without a value ends it.
    pub(super) fn fallible(&mut self, call: &ExprMethodCall, ty: &Type) -> Option<Expr> {
        let attempts = self.collecting(call, ty)?;
        Some(self.until_failure(attempts))
    }

    /// A chain that ends at the first failure and has a `?` behind it, as statements that leave
    /// the function at a failure, and the value.
    pub(super) fn fallible_tried(&mut self, call: &ExprMethodCall) -> Option<(Vec<Stmt>, Expr)> {
        if !is_iterator(&call.receiver) {
            return None;
        }
        let attempts = match (call.method.to_string().as_str(), call.args.len()) {
            ("sum" | "product" | "collect", 0) => {
                let ty = super::consume::turbofish(call)?;
                is_named(&ty, &["Option", "Result"]).then_some(())?;
                self.collecting(call, &ty)?
            }
            ("try_fold", 2) => self.folding(call)?,
            ("try_for_each", 1) => self.folding(&as_fold(call)?)?,
            _ => return None,
        };
        let Attempts { chain, outcome, total, declared, value, each } = attempts;
        let label = self.fresh("items");
        let mut stmts = vec![declared];
        let attempt = Attempt { outcome, value, each, flags: None };
        stmts.extend(self.loops_labelled(chain, &Sink::Attempt(Box::new(attempt)), label));
        Some((stmts, parse_quote!(#total)))
    }

    fn collecting(&mut self, call: &ExprMethodCall, ty: &Type) -> Option<Attempts> {
        let name = call.method.to_string();
        let name = name.as_str();
        let span = call.method.span();
        let runtime = self.runtime.clone();
        let outcome = if is_named(ty, &["Option"]) { Outcome::Option } else { Outcome::Result };
        let held = held_type(ty);
        let chain = self.chain(&call.receiver)?;
        let total = self.fresh(if name == "collect" { "collected" } else { name });
        let value = self.fresh("value");
        let given: Expr = parse_quote!(#value);
        let (declared, each): (Stmt, Stmt) = match name {
            "collect" => {
                let ty: Type = held.unwrap_or_else(|| parse_quote!(::std::vec::Vec<_>));
                if !is_named(&ty, &["Vec"]) {
                    return None;
                }
                let declared = parse_quote!(let mut #total: #ty = ::std::vec::Vec::new(););
                (declared, push(&total, &given, span))
            }
            name => {
                let empty = quote::format_ident!("empty_{name}", span = Span::mixed_site());
                let ty = held.unwrap_or_else(|| parse_quote!(_));
                let each = taken_in(name)(&total, &given, span);
                (parse_quote!(let mut #total = #runtime::#empty::<#ty>();), each)
            }
        };
        Some(Attempts { chain, outcome, total, declared, value, each: vec![each] })
    }

    /// `try_fold(init, |total, item| …)`, whose closure says by its words what it yields.
    pub(super) fn try_folded(&mut self, call: &ExprMethodCall) -> Option<Expr> {
        let attempts = self.folding(call)?;
        Some(self.until_failure(attempts))
    }

    fn folding(&mut self, call: &ExprMethodCall) -> Option<Attempts> {
        let function = Function::of(&call.args[1])?;
        let closure = function.closure()?;
        let says = |names: [&str; 2]| names.iter().any(|name| mentions(&closure.body, name));
        let outcome = match (says(["Some", "None"]), says(["Ok", "Err"])) {
            (true, false) => Outcome::Option,
            (false, true) => Outcome::Result,
            _ => return None,
        };
        let mut chain = self.chain(&call.receiver)?;
        let total = self.fresh("folded");
        let (value, init) = (self.fresh("value"), &call.args[0]);
        // The closure as a stage of the chain: its first parameter is the variable.
        let mut stage = closure.clone();
        let (mut renamed, _) = self.own_names(&stage);
        let own = untyped(renamed.inputs.first()?).clone();
        let unit = matches!(&own, syn::Pat::Tuple(parts) if parts.elems.is_empty());
        if !unit && !replace(&mut renamed, &own, &total) {
            return None;
        }
        let item = renamed.inputs.iter().nth(1)?.clone();
        let body = &renamed.body;
        stage = parse_quote!(|#item| #body);
        chain.stages.push(Stage::Map(Function::Closure(stage)));
        let declared = parse_quote!(let mut #total = #init;);
        let each = if unit { Vec::new() } else { vec![parse_quote!(#total = #value;)] };
        Some(Attempts { chain, outcome, total, declared, value, each })
    }

    /// Runs statements for the value of each item, until an item has none.
    fn until_failure(&mut self, attempts: Attempts) -> Expr {
        let Attempts { chain, outcome, total, declared, value, each } = attempts;
        let (label, failed, message) =
            (self.fresh("items"), self.fresh("failed"), self.fresh("message"));
        let mut stmts: Vec<Stmt> = vec![declared];
        let none = quote!(::core::option::Option::None);
        if outcome == Outcome::Result {
            stmts.push(parse_quote!(let mut #message = #none;));
        }
        stmts.push(parse_quote!(let mut #failed = false;));
        let flags =
            Flags { failed: failed.clone(), message: message.clone(), label: label.clone() };
        let attempt = Attempt { outcome, value, each, flags: Some(flags) };
        stmts.extend(self.loops_labelled(chain, &Sink::Attempt(Box::new(attempt)), label));
        let result = match outcome {
            Outcome::Option => parse_quote!(
                if #failed { #none } else { ::core::option::Option::Some(#total) }
            ),
            Outcome::Result => parse_quote!(
                if #failed {
                    ::core::result::Result::Err(#message.unwrap())
                } else {
                    ::core::result::Result::Ok(#total)
                }
            ),
        };
        self.finished(stmts, result)
    }

    /// The statements for an item, branch by branch where it shows which of the two it is.
    pub(super) fn attempted(&mut self, item: &Expr, attempt: &Attempt) -> Vec<Stmt> {
        let Attempt { outcome, value, each, .. } = attempt;
        let (success, failure) = match outcome {
            Outcome::Option => ("Some", "None"),
            Outcome::Result => ("Ok", "Err"),
        };
        if let Some(held) = argument_of(item, success) {
            let mut stmts: Vec<Stmt> = vec![parse_quote!(let #value = #held;)];
            stmts.extend(each.iter().cloned());
            return stmts;
        }
        if let Some(error) = argument_of(item, failure) {
            return attempt.failure(&self.runtime, Some(error));
        }
        if *outcome == Outcome::Option && is_none(item) {
            return attempt.failure(&self.runtime, None);
        }
        let branch = |this: &mut Self, stmts: &[Stmt]| {
            let mut inner = stmts.to_vec();
            match inner.pop() {
                Some(Stmt::Expr(tail, None)) => inner.extend(this.attempted(&tail, attempt)),
                // It leaves.
                other => inner.extend(other),
            }
            inner
        };
        match unwrapped(item) {
            Expr::Block(e) if e.label.is_none() => {
                let inner = branch(self, &e.block.stmts);
                return vec![parse_quote!({ #(#inner)* })];
            }
            Expr::If(e) if e.else_branch.is_some() => {
                let (cond, otherwise) = (&e.cond, e.else_branch.as_ref().map(|(_, e)| &**e));
                let first = branch(self, &e.then_branch.stmts);
                let second: Vec<Stmt> =
                    otherwise.map(|e| self.attempted(e, attempt)).unwrap_or_default();
                return vec![parse_quote!(if #cond { #(#first)* } else { #(#second)* })];
            }
            Expr::Match(e) => {
                let mut e = e.clone();
                for arm in &mut e.arms {
                    let stmts = self.attempted(&arm.body, attempt);
                    *arm.body = parse_quote!({ #(#stmts)* });
                }
                return vec![Stmt::Expr(Expr::Match(e), Some(parse_quote!(;)))];
            }
            _ => {}
        }
        let mark = Ident::new(super::MARK, Span::mixed_site());
        let stmt: Stmt = match outcome {
            Outcome::Option => {
                let failure = attempt.failure(&self.runtime, None);
                parse_quote!(
                    #[#mark]
                    if let ::core::option::Option::Some(#value) = #item {
                        #(#each)*
                    } else {
                        #(#failure)*
                    }
                )
            }
            Outcome::Result => {
                let error = self.fresh("error");
                let failure = attempt.failure(&self.runtime, Some(&parse_quote!(#error)));
                parse_quote!(
                    match #item {
                        ::core::result::Result::Ok(#value) => { #(#each)* }
                        ::core::result::Result::Err(#error) => { #(#failure)* }
                    }
                )
            }
        };
        vec![stmt]
    }
}

/// What happens with items of which the first that fails ends the loop.
#[derive(Clone)]
pub(super) struct Attempt {
    outcome: Outcome,
    /// What the value of an item is called in `each`.
    value: Ident,
    each: Vec<Stmt>,
    /// `None` if a failure leaves the function.
    flags: Option<Flags>,
}

/// The variables that tell of a failure, and the loop that it ends.
#[derive(Clone)]
struct Flags {
    failed: Ident,
    message: Ident,
    label: Ident,
}

/// A chain, the variable that it ends in, and what an item's value does with it.
struct Attempts {
    chain: Chain,
    outcome: Outcome,
    total: Ident,
    declared: Stmt,
    value: Ident,
    each: Vec<Stmt>,
}

impl Attempt {
    fn failure(&self, runtime: &TokenStream, error: Option<&Expr>) -> Vec<Stmt> {
        let Some(Flags { failed, message, label }) = &self.flags else {
            return vec![match error {
                Some(error) => parse_quote!(
                    return ::core::result::Result::Err(::core::convert::From::from(#error));
                ),
                None => parse_quote!(return ::core::option::Option::None;),
            }];
        };
        let label = syn::Lifetime { apostrophe: Span::mixed_site(), ident: label.clone() };
        let mut stmts: Vec<Stmt> = Vec::new();
        if let Some(error) = error {
            stmts.push(parse_quote!(
                #message = ::core::option::Option::Some(#runtime::select::message(#error));
            ));
        }
        stmts.push(parse_quote!(#failed = true;));
        stmts.push(parse_quote!(break #label;));
        stmts
    }
}

/// The `x` of `Name(x)`.
fn argument_of<'e>(expr: &'e Expr, name: &str) -> Option<&'e Expr> {
    let Expr::Call(call) = unwrapped(expr) else { return None };
    let Expr::Path(path) = unwrapped(&call.func) else { return None };
    let named = path.path.segments.last().is_some_and(|last| last.ident == name);
    call.args.first().filter(|_| named && call.args.len() == 1)
}

/// The `T` of `Option<T>`, `Result<T, E>` or `Box<T>`.
pub(super) fn held_type(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(list) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match list.args.first()? {
        syn::GenericArgument::Type(ty) if !matches!(ty, Type::Infer(_)) => Some(ty.clone()),
        _ => None,
    }
}
