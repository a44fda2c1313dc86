//! `closure!`: a closure with its derivative, for the companions of functions that are given one.

use crate::maps::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::{Expr, Pat, Type};

use super::derive::{self, Context};
use super::lift::{Capture, Lifted};
use crate::pass::optimizations::Optimizations;

/// Expands `closure!(…)`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    crate::surroundings::look_around();
    let runtime = quote!(::backprop::__rt);
    let expanded = syn::parse2::<Expr>(input.clone()).and_then(|expr| closure(&expr, runtime));
    expanded.unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote!({ #error })
    })
}

fn closure(expr: &Expr, runtime: TokenStream) -> syn::Result<TokenStream> {
    let Expr::Closure(closure) = crate::source::unwrapped(expr) else {
        return Err(syn::Error::new_spanned(
            expr,
            "closure! takes a closure, as in `closure!(|x: f64| x * x)`",
        ));
    };
    let mut inputs = Vec::new();
    let mut types = Vec::new();
    for input in &closure.inputs {
        let Pat::Type(typed) = input else {
            return Err(syn::Error::new_spanned(
                input,
                "the parameters of a closure in closure! need their types: `|x: f64|`",
            ));
        };
        inputs.push((*typed.pat).clone());
        types.push(Some((*typed.ty).clone()));
    }
    let output: Type = match &closure.output {
        syn::ReturnType::Type(_, ty) => (**ty).clone(),
        syn::ReturnType::Default => syn::parse_quote!(f64),
    };
    let mut free = Free::default();
    inputs.iter().for_each(|input| free.visit_pat(input));
    free.visit_expr(&closure.body);
    let mut captures: Vec<Capture> = Vec::new();
    for name in free.used {
        let known = captures.iter().any(|capture| *capture.own_name() == name);
        if !known && !free.bound.contains(&name.to_string()) {
            captures.push(Capture::inert(name));
        }
    }
    let captured = captures.len();
    let lifted = Lifted {
        inputs,
        types,
        output: Some(output),
        captures,
        body: derive::block_of(&closure.body),
        span: syn::spanned::Spanned::span(expr),
    };
    let context = Context {
        runtime: runtime.clone(),
        numbers: Vec::new(),
        optimizations: Optimizations::default(),
        attribute: quote::quote!(#runtime::differentiable),
        erased: false,
    };
    let derivative = derive::standalone(&lifted, captured, &context, &HashSet::default())?;
    let span = Span::mixed_site().located_at(lifted.span);
    Ok(quote_spanned!(span=> #runtime::MadeByTheMacroClosure { own: (), derivative: #derivative }))
}

/// The names that a closure may take from around it.
#[derive(Default)]
struct Free {
    used: Vec<Ident>,
    bound: HashSet<String>,
}

impl<'ast> Visit<'ast> for Free {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.bound.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // A function.
        if !matches!(&*call.func, Expr::Path(path) if path.path.get_ident().is_some()) {
            self.visit_expr(&call.func);
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(name) = path.path.get_ident() {
            let variable = name.to_string().starts_with(|c: char| c.is_lowercase() || c == '_');
            if variable {
                self.used.push(name.clone());
            }
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        use syn::punctuated::Punctuated;
        let list = Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        if let Ok(list) = invocation.parse_body_with(list) {
            // The list outlives nothing: names are cloned.
            let mut inner = Free::default();
            list.iter().for_each(|expr| inner.visit_expr(expr));
            self.used.extend(inner.used);
            self.bound.extend(inner.bound);
        }
    }
}
