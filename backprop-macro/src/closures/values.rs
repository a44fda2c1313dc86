//! Functions as values: names for closures and functions, choices between them, and tables of
//! them, in terms of closures that are called by their own names.
//!
//! `let h = &g;` makes `h` another name for `g`. Of what is chosen (`match kind { .. => f64::sin,
//! .. => |t| k * t }`) only the number is chosen, and a closure calls the function of that number;
//! a table (`[|t| 1.0, |t| t]`) becomes one of numbers. No two variables of the function share a
//! name by now, so that names tell what is meant.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, ToTokens};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Pat, Stmt, Type};

use super::Bound;
use crate::maps::{HashMap, HashSet};
use crate::names::Namer;
use crate::source::unwrapped;
use crate::tokens;

/// What is written anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Other names for local closures.
    Aliases,
    /// All functions as values.
    Everything,
}

/// The body with closures in place of functions as values, if it has any that can be written so.
pub(crate) fn named(
    function: &syn::ImplItemFn,
    runtime: &TokenStream,
    extent: Extent,
) -> Option<Block> {
    let mut facts = Facts::default();
    facts.parameters(&function.sig);
    facts.visit_block(&function.block);
    let mut names = Namer::default();
    names.reserve(function.to_token_stream());
    let mut rewrite = Rewrite {
        extent,
        facts,
        names,
        runtime,
        instead: HashMap::default(),
        arities: HashMap::default(),
        borrowing: HashSet::default(),
        tables: Vec::new(),
        numbered: 0,
        done: false,
    };
    for input in &function.sig.inputs {
        if let syn::FnArg::Typed(typed) = input {
            let bound = super::bound_of(&typed.ty, &function.sig.generics);
            if let (Pat::Ident(name), Some(bound)) = (&*typed.pat, bound) {
                rewrite.arities.insert(name.ident.to_string(), bound.inputs.len());
            }
        }
    }
    let mut block = function.block.clone();
    rewrite.visit_block_mut(&mut block);
    if !rewrite.done {
        return None;
    }
    Substitute { instead: &rewrite.instead }.visit_block_mut(&mut block);
    if !rewrite.tables.is_empty() {
        Calls { rewrite: &rewrite }.visit_block_mut(&mut block);
    }
    Some(block)
}

/// How names are used.
#[derive(Default)]
struct Facts {
    /// How often each name is bound.
    bound: HashMap<String, usize>,
    mutable: HashSet<String>,
    assigned: HashSet<String>,
    /// How often each name occurs, inside macros too.
    mentioned: HashMap<String, usize>,
    /// How often each name is called, and how often it is an argument of a function, as it is or
    /// behind `&`.
    called: HashMap<String, usize>,
    passed: HashMap<String, usize>,
    /// What functions are given, all of it.
    within_arguments: HashSet<String>,
}

impl Facts {
    fn parameters(&mut self, signature: &syn::Signature) {
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input {
                self.visit_pat(&typed.pat);
            }
        }
    }

    fn of(counts: &HashMap<String, usize>, name: &str) -> usize {
        counts.get(name).copied().unwrap_or(0)
    }

    /// Whether a name is bound once and for all.
    fn is_fixed(&self, name: &str) -> bool {
        Self::of(&self.bound, name) == 1 && !self.assigned.contains(name)
    }

    /// Whether a name is only called and passed to functions.
    fn is_only_called(&self, name: &str) -> bool {
        let used = Self::of(&self.called, name) + Self::of(&self.passed, name);
        self.is_fixed(name) && Self::of(&self.mentioned, name) == used
    }
}

/// The name that a function in a call is, perhaps behind references.
fn called_name(function: &Expr) -> Option<&Ident> {
    match unwrapped(function) {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Unary(e) if matches!(e.op, syn::UnOp::Deref(_)) => called_name(&e.expr),
        _ => None,
    }
}

/// The name that an argument is, perhaps lent.
fn passed_name(argument: &Expr) -> Option<&Ident> {
    match unwrapped(argument) {
        Expr::Reference(e) => passed_name(&e.expr),
        other => called_name(other),
    }
}

impl<'ast> Visit<'ast> for Facts {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(name) = path.path.get_ident() {
            *self.mentioned.entry(name.to_string()).or_default() += 1;
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        for name in tokens::names(&invocation.tokens) {
            *self.mentioned.entry(name).or_default() += 1;
        }
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = pattern.ident.to_string();
        if pattern.mutability.is_some() {
            self.mutable.insert(name.clone());
        }
        *self.bound.entry(name).or_default() += 1;
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (Pat::Ident(_), Some(init)) = (&local.pat, &local.init) {
            // Under another name.
            if let Some(name) = passed_name(&init.expr) {
                *self.passed.entry(name.to_string()).or_default() += 1;
            }
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, e: &'ast syn::ExprAssign) {
        self.assigned.extend(tokens::names(&e.left));
        visit::visit_expr_assign(self, e);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Some(name) = called_name(&call.func) {
            *self.called.entry(name.to_string()).or_default() += 1;
        }
        for argument in &call.args {
            if let Some(name) = passed_name(argument) {
                *self.passed.entry(name.to_string()).or_default() += 1;
            }
            self.within_arguments.extend(tokens::names(argument));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        for argument in &call.args {
            if let Some(name) = passed_name(argument) {
                *self.passed.entry(name.to_string()).or_default() += 1;
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// A function as a value.
#[derive(Clone)]
enum Value {
    Closure(syn::ExprClosure),
    /// A closure or a function, by its name.
    Named(syn::ExprPath),
}

/// A table of functions: its name, the closure that calls the function of a number, and how many
/// arguments that takes.
struct Table {
    name: String,
    call: Ident,
    arity: usize,
}

struct Rewrite<'a> {
    extent: Extent,
    facts: Facts,
    names: Namer,
    runtime: &'a TokenStream,
    /// By name, what to write for it where it is called, and elsewhere.
    instead: HashMap<String, (Expr, Expr)>,
    /// How many arguments the closures and functions take that have a name here.
    arities: HashMap<String, usize>,
    /// The closures of the function that are not `move`.
    borrowing: HashSet<String>,
    tables: Vec<Table>,
    /// How many functions in tables have a number.
    numbered: usize,
    done: bool,
}

impl VisitMut for Rewrite<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut Block) {
        let mut stmts = Vec::new();
        for mut stmt in std::mem::take(&mut block.stmts) {
            if self.drops(&stmt) {
                self.done = true;
                continue;
            }
            let local = match &stmt {
                Stmt::Local(local) => self.local(local),
                _ => None,
            };
            match local {
                Some(instead) => {
                    self.done = true;
                    stmts.extend(instead);
                }
                None => {
                    visit_mut::visit_stmt_mut(self, &mut stmt);
                    stmts.push(stmt);
                }
            }
        }
        block.stmts = stmts;
    }
}

impl Rewrite<'_> {
    /// The statements that stand for a `let`, if it binds functions.
    fn local(&mut self, local: &syn::Local) -> Option<Vec<Stmt>> {
        let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
        let everything = self.extent == Extent::Everything;
        if let (Pat::Tuple(pattern), Expr::Tuple(values)) = (&local.pat, unwrapped(&init.expr)) {
            return self.several(pattern, values).filter(|_| everything);
        }
        let (pattern, ty) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
            other => (other, None),
        };
        let Pat::Ident(pattern) = pattern else { return None };
        if pattern.by_ref.is_some() || pattern.subpat.is_some() {
            return None;
        }
        let name = &pattern.ident;
        let text = name.to_string();
        let bound = ty.and_then(function_type);
        if !self.facts.is_fixed(&text) {
            return None;
        }
        if let Expr::Closure(closure) = &*init.expr {
            if closure.capture.is_none() {
                self.borrowing.insert(text.clone());
            }
            // One with a state of its own is another when it has been copied.
            if closure.capture.is_none() || !may_change(closure) {
                self.arities.insert(text.clone(), closure.inputs.len());
            }
            bound.as_ref()?;
        }
        if !self.facts.is_only_called(&text) {
            return self.table(name, ty, &init.expr).filter(|_| everything);
        }
        let lent = matches!(unwrapped(&init.expr), Expr::Reference(_));
        let value = self.value(&init.expr, bound.is_some()).filter(|value| match value {
            Value::Named(path) => everything || self.is_local(path),
            Value::Closure(_) => everything,
        });
        match value {
            Some(Value::Named(path)) => {
                let plain: Expr = Expr::Path(path);
                let elsewhere = if lent { syn::parse_quote!((&#plain)) } else { plain.clone() };
                if let Some(arity) = self.arity(&plain, bound.as_ref()) {
                    self.arities.insert(text.clone(), arity);
                }
                self.instead.insert(text, (plain, elsewhere));
                return Some(Vec::new());
            }
            Some(Value::Closure(closure)) => {
                // What is boxed or behind a reference is a closure as well.
                if closure.capture.is_none() {
                    self.borrowing.insert(text.clone());
                }
                let closure = with_types(closure, bound.as_ref());
                self.arities.insert(text.clone(), closure.inputs.len());
                if lent {
                    self.instead
                        .insert(text, (syn::parse_quote!(#name), syn::parse_quote!((&#name))));
                }
                let changes = may_change(&closure) || bound.is_some_and(|bound| bound.exclusive);
                let mutable = changes.then(|| quote!(mut));
                return Some(vec![syn::parse_quote!(let #mutable #name = #closure;)]);
            }
            None if !everything => return None,
            None => {}
        }
        self.chosen(name, bound.as_ref(), &init.expr).or_else(|| self.table(name, ty, &init.expr))
    }

    /// `drop(f);` of a closure that only borrows: it ends what borrowed for it.
    fn drops(&self, stmt: &Stmt) -> bool {
        let Stmt::Expr(Expr::Call(call), Some(_)) = stmt else { return false };
        let Expr::Path(function) = unwrapped(&call.func) else { return false };
        let last = function.path.segments.last().is_some_and(|last| last.ident == "drop");
        let argument = call.args.first().filter(|_| call.args.len() == 1);
        last && !crate::surroundings::declares_function("drop")
            && argument
                .and_then(passed_name)
                .is_some_and(|name| self.borrowing.contains(&name.to_string()))
    }

    fn is_local(&self, path: &syn::ExprPath) -> bool {
        path.path.get_ident().is_some_and(|name| self.arities.contains_key(&name.to_string()))
    }

    /// `let (f, df) = (|t| .., |t| ..);`, one at a time.
    fn several(&mut self, pattern: &syn::PatTuple, values: &syn::ExprTuple) -> Option<Vec<Stmt>> {
        let closure = |value: &Expr| matches!(unwrapped(value), Expr::Closure(_));
        let names = pattern.elems.iter().all(|part| matches!(part, Pat::Ident(_)));
        let alike = pattern.elems.len() == values.elems.len();
        if !names || !alike || !values.elems.iter().any(closure) {
            return None;
        }
        let mut stmts = Vec::new();
        for (part, value) in pattern.elems.iter().zip(&values.elems) {
            let stmt: Stmt = syn::parse_quote!(let #part = #value;);
            let Stmt::Local(local) = &stmt else { return None };
            match self.local(local) {
                Some(instead) => stmts.extend(instead),
                None => stmts.push(stmt),
            }
        }
        Some(stmts)
    }

    /// What an expression is as a function. `typed` if its type says that it is one.
    fn value(&self, expr: &Expr, typed: bool) -> Option<Value> {
        match unwrapped(expr) {
            Expr::Closure(closure) if closure.asyncness.is_none() => {
                let copies = closure.capture.is_some()
                    && tokens::any_ident(&closure.body, |name| {
                        self.facts.mutable.contains(&name.to_string())
                    });
                (!copies).then(|| Value::Closure(closure.clone()))
            }
            Expr::Reference(e) => self.value(&e.expr, typed),
            Expr::Cast(e) => {
                function_type(&e.ty)?;
                self.value(&e.expr, true)
            }
            Expr::Call(call) if call.args.len() == 1 && is_box(&call.func) => {
                self.value(&call.args[0], typed)
            }
            Expr::Path(path) if path.attrs.is_empty() => {
                let last = path.path.segments.last()?.ident.to_string();
                let lower = last.starts_with(|c: char| c.is_lowercase() || c == '_');
                let own = path.path.get_ident().map(ToString::to_string);
                let variable = own.as_ref().is_some_and(|own| self.facts.bound.contains_key(own));
                let known = own.as_ref().is_some_and(|own| self.arities.contains_key(own));
                let function = lower
                    && !variable
                    && path
                        .path
                        .get_ident()
                        .is_none_or(|_| typed || crate::surroundings::declares_function(&last));
                (known || function).then(|| Value::Named(path.clone()))
            }
            _ => None,
        }
    }

    /// How many arguments a function takes.
    fn arity(&self, expr: &Expr, bound: Option<&Bound>) -> Option<usize> {
        if let Some(bound) = bound {
            return Some(bound.inputs.len());
        }
        let Expr::Path(path) = expr else { return None };
        if let Some(name) = path.path.get_ident() {
            return match self.arities.get(&name.to_string()) {
                Some(arity) => Some(*arity),
                None => crate::surroundings::arity(&name.to_string()),
            };
        }
        None
    }

    /// `let f = if c { f64::sin } else { |t| k * t };`
    fn chosen(&mut self, name: &Ident, bound: Option<&Bound>, init: &Expr) -> Option<Vec<Stmt>> {
        if !matches!(unwrapped(init), Expr::If(_) | Expr::Match(_)) {
            return None;
        }
        let mut number = init.clone();
        let mut values = Vec::new();
        let mut tails = Tails { rewrite: &*self, bound, values: &mut values, parts: false };
        tails.expr(&mut number)?;
        let parts = tails.parts;
        let arity = self.common_arity(&values, bound)?;
        let which = self.names.fresh(&format!("which_{name}"));
        let mut closure = self.dispatcher(&which, &values, (arity, bound), 0);
        if parts {
            // What the functions hold is taken apart again at every call.
            if !self.is_repeatable(init) {
                return None;
            }
            let mut body = init.clone();
            let arguments = closure.inputs.iter().map(|input| match input {
                Pat::Type(typed) => typed.pat.to_token_stream(),
                other => other.to_token_stream(),
            });
            let arguments = quote!(#(#arguments),*);
            call_at_tails(&mut body, &mut values.iter(), &arguments);
            closure.body = syn::parse_quote!({ #body });
        }
        let mutable = values.iter().any(changes).then(|| quote!(mut));
        self.arities.insert(name.to_string(), arity);
        Some(vec![
            syn::parse_quote!(let #which: usize = #number;),
            syn::parse_quote!(let #mutable #name = #closure;),
        ])
    }

    fn common_arity(&self, values: &[Value], bound: Option<&Bound>) -> Option<usize> {
        let of = |value: &Value| match value {
            Value::Closure(closure) => Some(closure.inputs.len()),
            Value::Named(path) => self.arity(&Expr::Path(path.clone()), bound),
        };
        match bound {
            Some(bound) => Some(bound.inputs.len()),
            None => values.iter().find_map(of),
        }
    }

    /// A closure that calls the function of a number. `which` is its first parameter, or what
    /// follows from around it.
    fn dispatcher(
        &mut self,
        which: &Ident,
        values: &[Value],
        (arity, bound): (usize, Option<&Bound>),
        first: usize,
    ) -> syn::ExprClosure {
        let arguments: Vec<Ident> =
            (0..arity).map(|index| self.names.fresh(&format!("argument_{index}"))).collect();
        let typed: Vec<TokenStream> = arguments
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let shown = values.iter().find_map(|value| match value {
                    Value::Closure(closure) => match closure.inputs.get(index) {
                        Some(Pat::Type(typed)) => Some((*typed.ty).clone()),
                        _ => None,
                    },
                    Value::Named(path) => of_floats(path),
                });
                match bound.map(|bound| bound.inputs[index].clone()).or(shown) {
                    Some(ty) => quote!(#name: #ty),
                    None => quote!(#name),
                }
            })
            .collect();
        let arms = values.iter().enumerate().map(|(index, value)| {
            let number = syn::Index::from(first + index);
            let pattern = match index + 1 == values.len() {
                true => quote!(_),
                false => quote!(#number),
            };
            let called = called(value);
            quote!(#pattern => #called(#(#arguments),*))
        });
        let choice = quote!({ match #which { #(#arms,)* } });
        syn::parse_quote!(|#(#typed),*| #choice)
    }

    /// Whether the choice of a function depends on nothing that changes, and does nothing.
    fn is_repeatable(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(e) => self.is_repeatable(&e.expr),
            Expr::Group(e) => self.is_repeatable(&e.expr),
            Expr::Lit(_) | Expr::Closure(_) => true,
            Expr::Path(path) => {
                path.path.get_ident().is_none_or(|n| !self.facts.mutable.contains(&n.to_string()))
            }
            Expr::Field(e) => self.is_repeatable(&e.base),
            Expr::Unary(e) => self.is_repeatable(&e.expr),
            Expr::Reference(e) => e.mutability.is_none() && self.is_repeatable(&e.expr),
            Expr::Cast(e) => self.is_repeatable(&e.expr),
            Expr::Binary(e) => {
                !crate::source::is_compound(&e.op)
                    && self.is_repeatable(&e.left)
                    && self.is_repeatable(&e.right)
            }
            Expr::Tuple(e) => e.elems.iter().all(|e| self.is_repeatable(e)),
            Expr::Let(e) => self.is_repeatable(&e.expr),
            Expr::If(e) => {
                self.is_repeatable(&e.cond)
                    && self.is_repeatable_block(&e.then_branch)
                    && e.else_branch.as_ref().is_none_or(|(_, e)| self.is_repeatable(e))
            }
            Expr::Match(e) => {
                self.is_repeatable(&e.expr)
                    && e.arms.iter().all(|arm| {
                        !matches!(arm.pat, Pat::Guard(_))
                            && (never_returns(&arm.body) || self.is_repeatable(&arm.body))
                    })
            }
            Expr::Block(e) => self.is_repeatable_block(&e.block),
            Expr::Call(e) => is_box(&e.func) && e.args.iter().all(|e| self.is_repeatable(e)),
            _ => false,
        }
    }

    fn is_repeatable_block(&self, block: &Block) -> bool {
        block.stmts.iter().all(|stmt| match stmt {
            Stmt::Local(local) => local
                .init
                .as_ref()
                .is_some_and(|init| init.diverge.is_none() && self.is_repeatable(&init.expr)),
            Stmt::Expr(expr, None) => self.is_repeatable(expr),
            _ => false,
        })
    }

    /// A table of functions becomes one of numbers.
    fn table(&mut self, name: &Ident, ty: Option<&Type>, init: &Expr) -> Option<Vec<Stmt>> {
        let text = name.to_string();
        let (elements, vec) = elements(init)?;
        let bound = ty.and_then(element_type).and_then(|ty| function_type(&ty));
        if elements.is_empty() || self.facts.within_arguments.contains(&text) {
            return None;
        }
        let typed = bound.is_some();
        let values: Vec<Value> =
            elements.iter().map(|element| self.value(element, typed)).collect::<Option<_>>()?;
        let cast = elements.iter().find_map(|element| match unwrapped(element) {
            Expr::Cast(cast) => function_type(&cast.ty),
            _ => None,
        });
        let bound = bound.or(cast);
        let arity = self.common_arity(&values, bound.as_ref())?;
        if values.iter().any(changes) || self.tables.iter().any(|table| table.arity == arity) {
            return None;
        }
        let first = self.numbered;
        self.numbered += values.len();
        let numbers = (first..self.numbered).map(syn::Index::from);
        let count = values.len();
        let call = self.names.fresh(&format!("call_{name}"));
        let which = self.names.fresh("which");
        let mut closure = self.dispatcher(&which, &values, (arity, bound.as_ref()), first);
        closure.inputs.insert(0, Pat::Type(syn::parse_quote!(#which: usize)));
        self.arities.insert(call.to_string(), arity + 1);
        self.tables.push(Table { name: text, call: call.clone(), arity });
        let table: Stmt = match vec {
            true => {
                syn::parse_quote!(let #name: ::std::vec::Vec<usize> = ::std::vec![#(#numbers),*];)
            }
            false => syn::parse_quote!(let #name: [usize; #count] = [#(#numbers),*];),
        };
        Some(vec![table, syn::parse_quote!(let #call = #closure;)])
    }
}

/// Writes numbers for the functions that an expression chooses from.
struct Tails<'a, 'b> {
    rewrite: &'a Rewrite<'b>,
    bound: Option<&'a Bound>,
    values: &'a mut Vec<Value>,
    /// Whether some of the functions use what a pattern or a `let` of the choice binds.
    parts: bool,
}

impl Tails<'_, '_> {
    fn expr(&mut self, expr: &mut Expr) -> Option<()> {
        match expr {
            Expr::Paren(e) => self.expr(&mut e.expr),
            Expr::Group(e) => self.expr(&mut e.expr),
            Expr::If(e) => {
                let first = self.values.len();
                self.block(&mut e.then_branch)?;
                self.within(first, bound_in(&*e.cond));
                let (_, otherwise) = e.else_branch.as_mut()?;
                self.expr(otherwise)
            }
            Expr::Block(e) if e.label.is_none() => self.block(&mut e.block),
            Expr::Match(e) => {
                for arm in e.arms.iter_mut().filter(|arm| !never_returns(&arm.body)) {
                    let first = self.values.len();
                    self.expr(&mut arm.body)?;
                    self.within(first, bound_in(&arm.pat));
                }
                Some(())
            }
            other => {
                let value = self.rewrite.value(other, self.bound.is_some())?;
                let number = syn::Index::from(self.values.len());
                self.values.push(value);
                *other = syn::parse_quote!(#number);
                Some(())
            }
        }
    }

    fn block(&mut self, block: &mut Block) -> Option<()> {
        let (last, before) = block.stmts.split_last_mut()?;
        let Stmt::Expr(tail, None) = last else { return None };
        let first = self.values.len();
        self.expr(tail)?;
        self.within(first, before.iter().flat_map(bound_in).collect());
        Some(())
    }

    /// The functions from the first on stand where these names mean something.
    fn within(&mut self, first: usize, names: Vec<String>) {
        self.parts |= self.values[first..].iter().any(|value| mentions_any(value, &names));
    }
}

/// Calls the functions that an expression chooses from, where they stand.
fn call_at_tails<'v>(
    expr: &mut Expr,
    values: &mut impl Iterator<Item = &'v Value>,
    arguments: &TokenStream,
) {
    fn block<'v>(
        block: &mut Block,
        values: &mut impl Iterator<Item = &'v Value>,
        arguments: &TokenStream,
    ) {
        if let Some(Stmt::Expr(tail, None)) = block.stmts.last_mut() {
            call_at_tails(tail, values, arguments);
        }
    }
    match expr {
        Expr::Paren(e) => call_at_tails(&mut e.expr, values, arguments),
        Expr::Group(e) => call_at_tails(&mut e.expr, values, arguments),
        Expr::Block(e) => block(&mut e.block, values, arguments),
        Expr::If(e) => {
            block(&mut e.then_branch, values, arguments);
            if let Some((_, otherwise)) = &mut e.else_branch {
                call_at_tails(otherwise, values, arguments);
            }
        }
        Expr::Match(e) => {
            for arm in &mut e.arms {
                match never_returns(&arm.body) {
                    true => {
                        *arm.body = syn::parse_quote!(::core::unreachable!("has left before"));
                    }
                    false => call_at_tails(&mut arm.body, values, arguments),
                }
            }
        }
        other => {
            if let Some(value) = values.next() {
                let called = called(value);
                *other = syn::parse_quote!(#called(#arguments));
            }
        }
    }
}

/// A function as what is called.
fn called(value: &Value) -> TokenStream {
    match value {
        Value::Closure(closure) => {
            let mut closure = closure.clone();
            closure.capture = None;
            quote!((#closure))
        }
        Value::Named(path) => path.to_token_stream(),
    }
}

/// The elements of an array or a `vec![…]`.
fn elements(init: &Expr) -> Option<(Vec<Expr>, bool)> {
    match unwrapped(init) {
        Expr::Array(array) => Some((array.elems.iter().cloned().collect(), false)),
        Expr::Macro(e) if crate::source::std_macro(&e.mac.path) == "vec" => {
            let list = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
            Some((e.mac.parse_body_with(list).ok()?.into_iter().collect(), true))
        }
        _ => None,
    }
}

/// The type of the elements of an array or a `Vec`.
fn element_type(ty: &Type) -> Option<Type> {
    match ty {
        Type::Array(array) => Some((*array.elem).clone()),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| last.ident == "Vec")?;
            match &last.arguments {
                syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                    syn::GenericArgument::Type(ty) => Some(ty.clone()),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a type says that is one of functions: `fn(f64) -> f64`, `&dyn Fn(f64) -> f64`,
/// `Box<dyn Fn(f64) -> f64>`.
fn function_type(ty: &Type) -> Option<Bound> {
    if let Type::Path(path) = ty {
        let last = path.path.segments.last().filter(|last| last.ident == "Box")?;
        let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        let syn::GenericArgument::Type(held) = arguments.args.first()? else { return None };
        return super::bound_of(&syn::parse_quote!(&#held), &syn::Generics::default());
    }
    super::bound_of(ty, &syn::Generics::default())
}

/// The type that functions of floats take: `f64::sin`.
fn of_floats(path: &syn::ExprPath) -> Option<Type> {
    let segments = &path.path.segments;
    let owner = segments.len().checked_sub(2).map(|index| &segments[index].ident)?;
    (owner == "f64" || owner == "f32").then(|| syn::parse_quote!(#owner))
}

fn is_box(function: &Expr) -> bool {
    let Expr::Path(path) = unwrapped(function) else { return false };
    let names: Vec<String> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
    matches!(names.iter().map(String::as_str).collect::<Vec<_>>()[..], [.., "Box", "new"])
        && !crate::surroundings::declares_type("Box")
}

fn with_types(mut closure: syn::ExprClosure, bound: Option<&Bound>) -> syn::ExprClosure {
    for (input, ty) in closure.inputs.iter_mut().zip(bound.iter().flat_map(|b| &b.inputs)) {
        if !matches!(input, Pat::Type(_)) {
            let pattern = input.clone();
            *input = Pat::Type(syn::parse_quote!(#pattern: #ty));
        }
    }
    closure
}

/// Whether a closure may change what it captures.
fn may_change(closure: &syn::ExprClosure) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_expr_assign(&mut self, _: &'ast syn::ExprAssign) {
            self.0 = true;
        }
        fn visit_expr_binary(&mut self, e: &'ast syn::ExprBinary) {
            self.0 |= crate::source::is_compound(&e.op);
            visit::visit_expr_binary(self, e);
        }
        fn visit_expr_reference(&mut self, e: &'ast syn::ExprReference) {
            self.0 |= e.mutability.is_some();
            visit::visit_expr_reference(self, e);
        }
    }
    let mut search = Search(false);
    search.visit_expr(&closure.body);
    search.0
}

fn changes(value: &Value) -> bool {
    matches!(value, Value::Closure(closure) if may_change(closure))
}

fn never_returns(body: &Expr) -> bool {
    match unwrapped(body) {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Macro(e) => matches!(
            crate::source::std_macro(&e.mac.path).as_str(),
            "panic" | "unreachable" | "todo" | "unimplemented"
        ),
        _ => false,
    }
}

/// The names that a piece of syntax binds.
fn bound_in(syntax: &impl Bindings) -> Vec<String> {
    let mut facts = Facts::default();
    syntax.visit(&mut facts);
    facts.bound.into_keys().collect()
}

trait Bindings {
    fn visit(&self, facts: &mut Facts);
}

impl Bindings for Expr {
    fn visit(&self, facts: &mut Facts) {
        facts.visit_expr(self);
    }
}

impl Bindings for Pat {
    fn visit(&self, facts: &mut Facts) {
        facts.visit_pat(self);
    }
}

impl Bindings for Stmt {
    fn visit(&self, facts: &mut Facts) {
        facts.visit_stmt(self);
    }
}

fn mentions_any(value: &Value, names: &[String]) -> bool {
    let any = |syntax: &dyn ToTokens| {
        tokens::any_ident(&syntax.to_token_stream(), |ident| names.contains(&ident.to_string()))
    };
    match value {
        Value::Closure(closure) => any(closure),
        Value::Named(path) => any(path),
    }
}

/// Writes what names stand for.
struct Substitute<'a> {
    instead: &'a HashMap<String, (Expr, Expr)>,
}

impl Substitute<'_> {
    fn of(&self, name: &Ident) -> Option<&(Expr, Expr)> {
        self.instead.get(&name.to_string())
    }
}

impl VisitMut for Substitute<'_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Call(call) = expr {
            let mut name = called_name(&call.func);
            let mut called = None;
            while let Some((function, _)) = name.and_then(|name| self.of(name)) {
                called = Some(function.clone());
                let next = called_name(function);
                name = if next == name { None } else { next };
            }
            if let Some(function) = called {
                *call.func = function;
                call.args.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
                return;
            }
        }
        if let Expr::Path(path) = expr {
            let name = path.path.get_ident().cloned();
            if let Some((function, elsewhere)) = name.as_ref().and_then(|name| self.of(name)) {
                let itself = called_name(function) == name.as_ref();
                *expr = elsewhere.clone();
                if !itself {
                    self.visit_expr_mut(expr);
                }
                return;
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

/// Writes calls of elements of tables.
struct Calls<'a, 'b> {
    rewrite: &'a Rewrite<'b>,
}

impl VisitMut for Calls<'_, '_> {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Call(call) = expr else { return };
        let table = self.rewrite.tables.iter().find(|table| table.arity == call.args.len());
        let Some(table) = table else { return };
        let from_table = match unwrapped(&call.func) {
            Expr::Index(index) => called_name(&index.expr).is_some_and(|name| *name == table.name),
            function => called_name(function).is_some_and(|name| {
                let name = name.to_string();
                self.rewrite.facts.bound.contains_key(&name)
                    && !self.rewrite.arities.contains_key(&name)
            }),
        };
        if from_table {
            let (runtime, name, number, args) =
                (self.rewrite.runtime, &table.call, &call.func, &call.args);
            *expr = syn::parse_quote!(#name(#runtime::number_of(&#number), #args));
        }
    }
}
