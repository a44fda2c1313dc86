//! `#[cfg(..)]` inside a function's body.
//!
//! An attribute macro sees code that the compiler then drops, and cannot ask which. But it can let
//! the compiler choose between two attributes: the item is emitted again under
//! `#[cfg_attr(p, differentiable(__condition = true))]` and its opposite. Whichever is expanded
//! knows the answer for `p`, and goes on with the next condition until there is none.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, Stmt, Token};

use crate::options::Options;
use crate::tokens::any_ident;

/// The option that holds the answer.
const ANSWER: &str = "__condition";

/// What an attribute is to do with an item.
pub(crate) enum Resolved {
    /// The conditions are known: the options and the item without them.
    Item(TokenStream, TokenStream),
    /// The item again, for each answer to a condition.
    Asked(TokenStream),
}

/// Takes the answer out of the options, and asks for the next one.
pub(crate) fn resolve(options: TokenStream, item: TokenStream) -> Resolved {
    if !any_ident(&item, |name| name == "cfg" || name == "cfg_attr") {
        return Resolved::Item(options, item);
    }
    let Ok(Answered { answer, options }) = syn::parse2(options.clone()) else {
        return Resolved::Item(options, item);
    };
    let Ok(mut parsed) = syn::parse2::<Function>(item.clone()) else {
        return Resolved::Item(options, item);
    };
    let mut item = item;
    if let Some(answer) = answer {
        let mut first = Conditions::default();
        first.visit(&mut parsed);
        let known = first.found.map(|condition| (condition.to_string(), answer));
        let mut decide = Conditions { known, found: None };
        decide.visit(&mut parsed);
        item = parsed.to_token_stream();
    }
    let mut next = Conditions::default();
    next.visit(&mut parsed);
    let Some(condition) = next.found else { return Resolved::Item(options, item) };
    let krate = match syn::parse2::<Options>(options.clone()).ok().and_then(|o| o.krate) {
        Some(path) => quote!(#path),
        None => quote!(::backprop),
    };
    let name = Ident::new(ANSWER, proc_macro2::Span::call_site());
    Resolved::Asked(quote!(
        #[cfg_attr(#condition, #krate::differentiable(#name = true, #options))]
        #[cfg_attr(not(#condition), #krate::differentiable(#name = false, #options))]
        #item
    ))
}

/// Options that begin with an answer.
struct Answered {
    answer: Option<bool>,
    options: TokenStream,
}

impl Parse for Answered {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut answer = None;
        if input.fork().parse::<Ident>().is_ok_and(|name| name == ANSWER) {
            input.parse::<Ident>()?;
            input.parse::<Token![=]>()?;
            answer = Some(input.parse::<syn::LitBool>()?.value);
            input.parse::<Token![,]>()?;
        }
        Ok(Answered { answer, options: input.parse()? })
    }
}

/// A function, or a block of functions.
enum Function {
    One(Box<syn::ImplItemFn>),
    Block(Box<syn::Item>),
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        if ahead.parse::<syn::ImplItemFn>().is_ok() && ahead.is_empty() {
            return input.parse().map(|function| Function::One(Box::new(function)));
        }
        input.parse().map(|item| Function::Block(Box::new(item)))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Function::One(function) => function.to_tokens(tokens),
            Function::Block(item) => item.to_tokens(tokens),
        }
    }
}

/// Looks for the first condition, or decides those that are like one.
#[derive(Default)]
struct Conditions {
    known: Option<(String, bool)>,
    found: Option<TokenStream>,
}

impl Conditions {
    fn visit(&mut self, item: &mut Function) {
        match item {
            Function::One(function) => self.visit_block_mut(&mut function.block),
            Function::Block(item) => visit_mut::visit_item_mut(self, item),
        }
    }

    /// Whether what has the attributes is compiled, as far as that is known; the attributes that
    /// are decided are taken away.
    fn keeps(&mut self, attrs: &mut Vec<Attribute>) -> bool {
        let mut keeps = true;
        let mut rest = Vec::new();
        for attribute in attrs.drain(..) {
            let conditional = attribute.path().is_ident("cfg_attr");
            let Some(condition) = condition(&attribute) else {
                rest.push(attribute);
                continue;
            };
            match &self.known {
                Some((known, answer)) if *known == condition.to_string() => {
                    if conditional && *answer {
                        rest.extend(given(&attribute));
                    }
                    keeps &= conditional || *answer;
                }
                _ => {
                    self.found.get_or_insert(condition);
                    rest.push(attribute);
                }
            }
        }
        *attrs = rest;
        keeps
    }

    fn list(&mut self, list: &mut Punctuated<Expr, Token![,]>) {
        *list = std::mem::take(list)
            .into_iter()
            .filter_map(|mut expr| {
                let keeps = attributes(&mut expr).is_none_or(|attrs| self.keeps(attrs));
                keeps.then_some(expr)
            })
            .collect();
    }
}

/// The `p` of `cfg(p)` and `cfg_attr(p, ..)`.
fn condition(attribute: &Attribute) -> Option<TokenStream> {
    let list = attribute.meta.require_list().ok()?;
    if list.path.is_ident("cfg") {
        return Some(list.tokens.clone());
    }
    list.path.is_ident("cfg_attr").then(|| {
        let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        list.tokens.clone().into_iter().take_while(|token| !comma(token)).collect()
    })
}

/// The attributes of `cfg_attr(p, ..)`.
fn given(attribute: &Attribute) -> Vec<Attribute> {
    let parser = Punctuated::<syn::Meta, Token![,]>::parse_terminated;
    let Ok(list) = attribute.parse_args_with(parser) else { return Vec::new() };
    list.into_iter().skip(1).map(|meta| syn::parse_quote!(#[#meta])).collect()
}

/// The attributes of an expression, where syn puts those of a statement.
fn attributes(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    Some(match expr {
        Expr::Assign(e) => return attributes(&mut e.left),
        Expr::Binary(e) => return attributes(&mut e.left),
        Expr::Cast(e) => return attributes(&mut e.expr),
        Expr::Array(e) => &mut e.attrs,
        Expr::Block(e) => &mut e.attrs,
        Expr::Break(e) => &mut e.attrs,
        Expr::Call(e) => &mut e.attrs,
        Expr::Closure(e) => &mut e.attrs,
        Expr::Continue(e) => &mut e.attrs,
        Expr::Field(e) => &mut e.attrs,
        Expr::ForLoop(e) => &mut e.attrs,
        Expr::If(e) => &mut e.attrs,
        Expr::Index(e) => &mut e.attrs,
        Expr::Lit(e) => &mut e.attrs,
        Expr::Loop(e) => &mut e.attrs,
        Expr::Macro(e) => &mut e.attrs,
        Expr::Match(e) => &mut e.attrs,
        Expr::MethodCall(e) => &mut e.attrs,
        Expr::Paren(e) => &mut e.attrs,
        Expr::Path(e) => &mut e.attrs,
        Expr::Reference(e) => &mut e.attrs,
        Expr::Return(e) => &mut e.attrs,
        Expr::Struct(e) => &mut e.attrs,
        Expr::Try(e) => &mut e.attrs,
        Expr::Tuple(e) => &mut e.attrs,
        Expr::Unary(e) => &mut e.attrs,
        Expr::While(e) => &mut e.attrs,
        _ => return None,
    })
}

impl VisitMut for Conditions {
    // Items inside a function are the compiler's.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain_mut(|stmt| match stmt {
            Stmt::Local(local) => self.keeps(&mut local.attrs),
            Stmt::Macro(invocation) => self.keeps(&mut invocation.attrs),
            Stmt::Expr(expr, _) => attributes(expr).is_none_or(|attrs| self.keeps(attrs)),
            Stmt::Item(_) => true,
        });
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_match_mut(&mut self, expr: &mut syn::ExprMatch) {
        expr.arms.retain_mut(|arm| self.keeps(&mut arm.attrs));
        visit_mut::visit_expr_match_mut(self, expr);
    }

    fn visit_expr_struct_mut(&mut self, expr: &mut syn::ExprStruct) {
        let fields = std::mem::take(&mut expr.fields).into_iter();
        expr.fields = fields.filter_map(|mut f| self.keeps(&mut f.attrs).then_some(f)).collect();
        visit_mut::visit_expr_struct_mut(self, expr);
    }

    fn visit_pat_struct_mut(&mut self, pattern: &mut syn::PatStruct) {
        let fields = std::mem::take(&mut pattern.fields).into_iter();
        pattern.fields = fields.filter_map(|mut f| self.keeps(&mut f.attrs).then_some(f)).collect();
        visit_mut::visit_pat_struct_mut(self, pattern);
    }

    fn visit_expr_array_mut(&mut self, expr: &mut syn::ExprArray) {
        self.list(&mut expr.elems);
        visit_mut::visit_expr_array_mut(self, expr);
    }

    fn visit_expr_call_mut(&mut self, expr: &mut syn::ExprCall) {
        self.list(&mut expr.args);
        visit_mut::visit_expr_call_mut(self, expr);
    }
}
