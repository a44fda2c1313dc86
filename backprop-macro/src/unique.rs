//! One name for each variable: what covers another variable of its name gets a new name.
//!
//! The companions read values long after the name that held them has been taken over, in other
//! scopes and in closures. Where no two variables whose scopes overlap share a name, a name means
//! the same wherever it is written, and no later phase has to think of it.
//!
//! Only what stands inside a macro of unknown meaning keeps its name: such a macro may print the
//! name, or take it for that of a field.

use std::collections::BTreeSet;

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, Expr, Pat, Token};

use crate::names::Namer;

/// Renames the variables of a function's body that cover others.
pub(crate) fn rename(function: &mut syn::ImplItemFn) {
    let mut names = Namer::default();
    names.reserve(function.to_token_stream());
    let mut parameters = HashMap::default();
    for (index, input) in function.sig.inputs.iter().enumerate() {
        let syn::FnArg::Typed(typed) = input else { continue };
        if let Pat::Ident(pattern) = &*typed.pat {
            let parameter = Meaning { number: index, name: pattern.ident.clone() };
            parameters.insert(pattern.ident.to_string(), Some(parameter));
        }
    }
    let mut unique = Unique {
        names,
        count: function.sig.inputs.len(),
        scopes: vec![parameters],
        pattern: HashMap::default(),
        refutable: false,
        renaming: false,
        covers: false,
        pinned: BTreeSet::new(),
    };
    // The names to keep are known only when all macros have been seen.
    let (count, scopes) = (unique.count, unique.scopes.clone());
    unique.visit_block_mut(&mut function.block.clone());
    if unique.covers {
        (unique.count, unique.scopes, unique.renaming) = (count, scopes, true);
        unique.visit_block_mut(&mut function.block);
    }
}

#[derive(Debug, Clone)]
struct Meaning {
    /// The number of the variable, in the order of declarations.
    number: usize,
    /// What it is to be called.
    name: Ident,
}

struct Unique {
    names: Namer,
    count: usize,
    /// What each of the user's names means: a variable, or an item that covers one.
    scopes: Vec<HashMap<String, Option<Meaning>>>,
    /// The names bound so far by the pattern being read: `A(x) | B(x)` binds one `x`.
    pattern: HashMap<String, Ident>,
    /// Whether a name in the pattern may be that of a constant.
    refutable: bool,
    /// Whether names are replaced; before that they are only looked at.
    renaming: bool,
    /// Whether any variable covers another.
    covers: bool,
    /// The numbers of the variables that keep their names.
    pinned: BTreeSet<usize>,
}

impl Unique {
    fn lookup(&self, name: &str) -> Option<&Meaning> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))?.as_ref()
    }

    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(HashMap::default());
        inside(self);
        self.scopes.pop();
    }

    fn declare(&mut self, ident: &mut Ident) {
        let name = ident.to_string();
        if let Some(known) = self.pattern.get(&name) {
            if *known != name {
                *ident = at(known, ident);
            }
            return;
        }
        let number = self.count;
        self.count += 1;
        let covers = self.lookup(&name).is_some();
        self.covers |= covers;
        if covers && self.renaming && !self.pinned.contains(&number) {
            let new = self.names.fresh(name.trim_start_matches('_'));
            *ident = at(&new, ident);
        }
        self.pattern.insert(name.clone(), ident.clone());
        let scope = self.scopes.last_mut().expect("a scope is always open");
        scope.insert(name, Some(Meaning { number, name: ident.clone() }));
    }

    /// Declares what a pattern binds.
    fn bind(&mut self, pattern: &mut Pat, refutable: bool) {
        self.pattern.clear();
        let outer = std::mem::replace(&mut self.refutable, refutable);
        self.visit_pat_mut(pattern);
        self.refutable = outer;
    }

    /// Gives the use of a variable the variable's new name.
    fn use_of(&self, ident: &mut Ident) -> bool {
        let Some(meaning) = self.lookup(&ident.to_string()) else { return false };
        let renamed = meaning.name != *ident;
        if renamed {
            *ident = at(&meaning.name, ident);
        }
        renamed
    }

    /// The variables that a macro of unknown meaning names keep their names.
    fn pin(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => self.pin_name(&ident.to_string()),
                TokenTree::Group(group) => self.pin(group.stream()),
                TokenTree::Literal(literal) => {
                    captured(&literal.to_string()).iter().for_each(|name| self.pin_name(name));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn pin_name(&mut self, name: &str) {
        if let Some(number) = self.lookup(name).map(|meaning| meaning.number) {
            self.pinned.insert(number);
        }
    }

    /// The arguments of a macro whose first literals may be a format string, which names
    /// variables in braces: those that have new names are passed by their old ones.
    fn formatted(&mut self, arguments: &mut Punctuated<Expr, Token![,]>) {
        let mut passed: HashSet<String> = HashSet::default();
        let mut texts = Vec::new();
        for argument in arguments.iter_mut() {
            match argument {
                // `name = value`: the name is not a variable.
                Expr::Assign(assignment) => {
                    passed.insert(assignment.left.to_token_stream().to_string());
                    self.visit_expr_mut(&mut assignment.right);
                }
                Expr::Lit(literal) => texts.push(literal.to_token_stream().to_string()),
                other => self.visit_expr_mut(other),
            }
        }
        for name in texts.iter().flat_map(|text| captured(text)) {
            let Some(meaning) = self.lookup(&name) else { continue };
            if meaning.name != name && passed.insert(name.clone()) {
                let (old, new) = (Ident::new(&name, meaning.name.span()), &meaning.name);
                arguments.push(parse_quote!(#old = #new));
            }
        }
    }

    /// Renames in a macro of std, if its arguments are what they should be.
    fn known_macro(&mut self, invocation: &mut syn::Macro, name: &str) -> bool {
        let tokens = invocation.tokens.clone();
        let list = Punctuated::<Expr, Token![,]>::parse_terminated;
        if name == "matches" {
            let arguments = |input: ParseStream<'_>| {
                let value: Expr = input.parse()?;
                input.parse::<Token![,]>()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                let guard = match input.parse::<Option<Token![if]>>()? {
                    Some(_) => Some(input.parse::<Expr>()?),
                    None => None,
                };
                input.parse::<Option<Token![,]>>()?;
                Ok((value, pattern, guard))
            };
            let Ok((mut value, mut pattern, mut guard)) = arguments.parse2(tokens) else {
                return false;
            };
            self.visit_expr_mut(&mut value);
            self.scoped(|this| {
                this.bind(&mut pattern, true);
                guard.iter_mut().for_each(|guard| this.visit_expr_mut(guard));
            });
            let guard = guard.map(|guard| quote!(if #guard));
            invocation.tokens = quote!(#value, #pattern #guard);
            return true;
        }
        if let Ok(mut arguments) = list.parse2(tokens.clone()) {
            if name == "vec" {
                arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
            } else {
                self.formatted(&mut arguments);
            }
            invocation.tokens = arguments.to_token_stream();
            return true;
        }
        let repeat = |input: ParseStream<'_>| {
            let value: Expr = input.parse()?;
            input.parse::<Token![;]>()?;
            Ok((value, input.parse::<Expr>()?))
        };
        if let (true, Ok((mut value, mut length))) = (name == "vec", repeat.parse2(tokens)) {
            self.visit_expr_mut(&mut value);
            self.visit_expr_mut(&mut length);
            invocation.tokens = quote!(#value; #length);
            return true;
        }
        false
    }
}

/// A new name where an old one stood, as if the user had written it: messages underline it
/// together with what is around it.
fn at(new: &Ident, old: &Ident) -> Ident {
    let mut new = new.clone();
    new.set_span(old.span());
    new
}

/// The names in the braces of a format string: `{name}`, `{name:width$}`.
fn captured(literal: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for piece in literal.replace("{{", "").replace("\\u{", "").split('{').skip(1) {
        let piece = piece.split('}').next().unwrap_or_default();
        let (value, format) = piece.split_once(':').unwrap_or((piece, ""));
        found.push(value.to_owned());
        for parameter in format.split_inclusive('$').filter_map(|part| part.strip_suffix('$')) {
            let start = parameter.rfind(|c: char| !is_name(c));
            found.push(parameter[start.map_or(0, |at| at + 1)..].to_owned());
        }
    }
    found.retain(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    found
}

impl VisitMut for Unique {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {
        // Items do not see the function's variables.
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        self.scoped(|this| {
            for stmt in &block.stmts {
                let syn::Stmt::Item(item) = stmt else { continue };
                let name = match item {
                    syn::Item::Const(item) => &item.ident,
                    syn::Item::Static(item) => &item.ident,
                    syn::Item::Fn(item) => &item.sig.ident,
                    _ => continue,
                };
                let scope = this.scopes.last_mut().expect("a scope is always open");
                scope.insert(name.to_string(), None);
            }
            visit_mut::visit_block_mut(this, block);
        });
    }

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        let mut refutable = false;
        if let Some(init) = &mut local.init {
            self.visit_expr_mut(&mut init.expr);
            if let Some((_, diverge)) = &mut init.diverge {
                self.visit_expr_mut(diverge);
                refutable = true;
            }
        }
        self.bind(&mut local.pat, refutable);
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut syn::PatIdent) {
        if let Some((_, inner)) = &mut pattern.subpat {
            self.visit_pat_mut(inner);
        }
        let bare = pattern.by_ref.is_none() && pattern.mutability.is_none();
        let capital = pattern.ident.to_string().starts_with(char::is_uppercase);
        if self.refutable && bare && pattern.subpat.is_none() && capital {
            return;
        }
        self.declare(&mut pattern.ident);
    }

    fn visit_pat_guard_mut(&mut self, guarded: &mut syn::PatGuard) {
        self.visit_pat_mut(&mut guarded.pat);
        let pattern = std::mem::take(&mut self.pattern);
        self.visit_expr_mut(&mut guarded.guard);
        self.pattern = pattern;
    }

    fn visit_field_pat_mut(&mut self, field: &mut syn::FieldPat) {
        let before = field.pat.to_token_stream().to_string();
        self.visit_pat_mut(&mut field.pat);
        if field.colon_token.is_none() && field.pat.to_token_stream().to_string() != before {
            field.colon_token = Some(parse_quote!(:));
        }
    }

    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        let before = field.colon_token.is_none().then(|| field.expr.to_token_stream().to_string());
        self.visit_expr_mut(&mut field.expr);
        if before.is_some_and(|before| field.expr.to_token_stream().to_string() != before) {
            field.colon_token = Some(parse_quote!(:));
        }
    }

    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        if path.qself.is_none() && path.path.get_ident().is_some() {
            self.use_of(&mut path.path.segments[0].ident);
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        self.scoped(|this| {
            this.pattern.clear();
            let outer = std::mem::replace(&mut this.refutable, false);
            closure.inputs.iter_mut().for_each(|input| this.visit_pat_mut(input));
            this.refutable = outer;
            this.visit_expr_mut(&mut closure.body);
        });
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        self.scoped(|this| {
            this.bind(&mut arm.pat, true);
            this.visit_expr_mut(&mut arm.body);
        });
    }

    fn visit_expr_let_mut(&mut self, expr: &mut syn::ExprLet) {
        self.visit_expr_mut(&mut expr.expr);
        self.bind(&mut expr.pat, true);
    }

    fn visit_expr_if_mut(&mut self, expr: &mut syn::ExprIf) {
        // Bindings of `if let` reach to the end of the first branch.
        self.scoped(|this| {
            this.visit_expr_mut(&mut expr.cond);
            this.visit_block_mut(&mut expr.then_branch);
        });
        if let Some((_, otherwise)) = &mut expr.else_branch {
            self.visit_expr_mut(otherwise);
        }
    }

    fn visit_expr_while_mut(&mut self, expr: &mut syn::ExprWhile) {
        self.scoped(|this| {
            this.visit_expr_mut(&mut expr.cond);
            this.visit_block_mut(&mut expr.body);
        });
    }

    fn visit_expr_for_loop_mut(&mut self, expr: &mut syn::ExprForLoop) {
        self.visit_expr_mut(&mut expr.expr);
        self.scoped(|this| {
            this.bind(&mut expr.pat, false);
            this.visit_block_mut(&mut expr.body);
        });
    }

    fn visit_macro_mut(&mut self, invocation: &mut syn::Macro) {
        let name = crate::source::std_macro(&invocation.path);
        let known = crate::source::is_known_macro(&name);
        if !known || !self.known_macro(invocation, &name) {
            self.pin(invocation.tokens.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::{quote, ToTokens};

    #[track_caller]
    fn check(before: proc_macro2::TokenStream, after: proc_macro2::TokenStream) {
        let mut function: syn::ImplItemFn =
            syn::parse2(quote!(fn f(x: f64, v: &[f64]) -> f64 #before)).expect("a function");
        super::rename(&mut function);
        let block = function.block.to_token_stream().to_string();
        assert_eq!(block, after.to_string());
    }

    #[test]
    fn a_variable_that_covers_another_is_renamed() {
        check(
            quote!({
                let x = x * x;
                {
                    let x = x + 1.0;
                    x
                };
                x
            }),
            quote!({
                let x_2 = x * x;
                {
                    let x_3 = x_2 + 1.0;
                    x_3
                };
                x_2
            }),
        );
        check(
            quote!({
                let (v, s) = (v[0], v[1]);
                for v in 0..3 {
                    v;
                }
                v * s
            }),
            quote!({
                let (v_2, s) = (v[0], v[1]);
                for v_3 in 0..3 {
                    v_3;
                }
                v_2 * s
            }),
        );
        check(
            quote!({ v.iter().map(|x| x * 2.0).sum::<f64>() * x }),
            quote!({ v.iter().map(|x_2| x_2 * 2.0).sum::<f64>() * x }),
        );
    }

    #[test]
    fn names_beside_each_other_stay() {
        let block = quote!({
            for i in 0..3 {
                i;
            }
            for i in 0..4 {
                i;
            }
            {
                let a = x;
            }
            let a = v;
        });
        check(block.clone(), block);
    }

    #[test]
    fn patterns() {
        check(
            quote!({
                match p {
                    P::A(x) | P::B(x) if x > 1.0 => x,
                    P { x, y: v } => x,
                    N => x,
                }
            }),
            quote!({
                match p {
                    P::A(x_2) | P::B(x_2) if x_2 > 1.0 => x_2,
                    P { x: x_3, y: v_2 } => x_3,
                    N => x,
                }
            }),
        );
        check(
            quote!({ if let Some(x) = x && x > 1.0 { P { x, y } } else { P { x, y: x } } }),
            quote!({ if let Some(x_2) = x && x_2 > 1.0 { P { x: x_2, y } } else { P { x, y: x } } }),
        );
        check(
            quote!({
                let Some(x) = g(x) else { return x };
                x.x(x)
            }),
            quote!({
                let Some(x_2) = g(x) else { return x };
                x_2.x(x_2)
            }),
        );
    }

    #[test]
    fn items_cover_variables() {
        check(
            quote!({
                let x = 1.0;
                {
                    const x: f64 = 2.0;
                    x
                }
            }),
            quote!({
                let x_2 = 1.0;
                {
                    const x: f64 = 2.0;
                    x
                }
            }),
        );
    }

    #[test]
    fn macros() {
        check(
            quote!({
                let x = vec![x; 3];
                println!("{x:?} {:v$} {{x}}", x[0]);
                matches!(x, x if x)
            }),
            quote!({
                let x_2 = vec![x; 3];
                println!("{x:?} {:v$} {{x}}", x_2[0], x = x_2);
                matches!(x_2, x_3 if x_3)
            }),
        );
        // What an unknown macro does with a name is not known.
        check(
            quote!({
                let x = x * x;
                let v = v[0];
                show!(x);
                x * v
            }),
            quote!({
                let x = x * x;
                let v_2 = v[0];
                show!(x);
                x * v_2
            }),
        );
    }
}
