//! Macros of std whose meaning is known, written out: `dbg!`, `write!` and `writeln!`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned, ToTokens};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Stmt, Token};

use crate::names::Namer;
use crate::source::std_macro;

/// Whether a macro of that name is written out.
pub(crate) fn is_written_out(name: &str) -> bool {
    matches!(name, "dbg" | "write" | "writeln")
}

/// Writes the macros of a function's body out.
pub(crate) fn write_out(body: &mut Block) {
    let mut names = Namer::default();
    names.reserve(body.to_token_stream());
    WriteOut { names }.visit_block_mut(body);
}

struct WriteOut {
    names: Namer,
}

impl VisitMut for WriteOut {
    fn visit_item_mut(&mut self, _: &mut syn::Item) {
        // Items are other functions.
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Macro(invocation) = stmt {
            if let Some(expr) = self.written_out(&invocation.mac) {
                *stmt = Stmt::Expr(expr, invocation.semi_token);
            }
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(invocation) = expr {
            if let Some(written) = self.written_out(&invocation.mac) {
                *expr = written;
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

impl WriteOut {
    fn written_out(&mut self, invocation: &syn::Macro) -> Option<Expr> {
        match std_macro(&invocation.path).as_str() {
            "dbg" => self.shown(invocation),
            "write" => written(invocation, false),
            "writeln" => written(invocation, true),
            "vec" => listed(invocation, &mut self.names),
            _ => None,
        }
    }

    /// `dbg!(a, b)`: the values, which are printed with their place in the source.
    fn shown(&mut self, invocation: &syn::Macro) -> Option<Expr> {
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        let span = invocation.path.span();
        let values = invocation.parse_body_with(parser).ok()?;
        let at = quote_spanned!(span=> ::core::file!(), ::core::line!(), ::core::column!());
        if values.is_empty() {
            return Some(syn::parse_quote!({
                ::std::eprintln!("[{}:{}:{}]", #at);
            }));
        }
        let mut shown: Vec<TokenStream> = values
            .iter()
            .map(|value| {
                let name = self.names.fresh("shown");
                let text = value.span().source_text();
                let text = text.unwrap_or_else(|| value.to_token_stream().to_string());
                quote!({
                    let #name = #value;
                    ::std::eprintln!(
                        "[{}:{}:{}] {} = {:#?}", #at, #text, &#name
                    );
                    #name
                })
            })
            .collect();
        if shown.len() == 1 {
            return syn::parse2(shown.pop()?).ok();
        }
        Some(syn::parse_quote!((#(#shown),*)))
    }
}

/// `write!(to, "…", …)`: the method that it calls.
fn written(invocation: &syn::Macro, line: bool) -> Option<Expr> {
    struct Arguments {
        to: Expr,
        rest: TokenStream,
    }
    impl Parse for Arguments {
        fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
            let to = input.parse()?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            Ok(Arguments { to, rest: input.parse()? })
        }
    }
    let Arguments { to, rest } = invocation.parse_body().ok()?;
    let span = invocation.path.span();
    let to = match to {
        to @ (Expr::Path(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Call(_)) => quote!(#to),
        to => quote!((#to)),
    };
    let arguments = match (line, rest.is_empty()) {
        (false, _) => quote_spanned!(span=> ::core::format_args!(#rest)),
        (true, true) => quote_spanned!(span=> ::core::format_args!("\n")),
        (true, false) => quote_spanned!(span=> ::core::format_args!(
            "{}\n", ::core::format_args!(#rest)
        )),
    };
    Some(syn::parse_quote_spanned!(span=> #to.write_fmt(#arguments)))
}

/// Writes lists in `vec![…]` that hold closures as blocks: what a closure stands in is then ordinary
/// code.
fn listed(invocation: &syn::Macro, names: &mut Namer) -> Option<Expr> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let values = invocation.parse_body_with(parser).ok()?;
    let passed = |value: &Expr| {
        let mut find = Passed(false);
        syn::visit::Visit::visit_expr(&mut find, value);
        find.0
    };
    if !values.iter().any(passed) {
        return None;
    }
    let elements: Vec<_> = values.iter().map(|_| names.fresh("element")).collect();
    let values = values.iter();
    let path = &invocation.path;
    Some(syn::parse_quote!({
        #(let #elements = #values;)*
        #path![#(#elements),*]
    }))
}

/// Whether a closure is an argument of a function.
struct Passed(bool);

impl<'ast> syn::visit::Visit<'ast> for Passed {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let closure = |argument: &Expr| match crate::source::unwrapped(argument) {
            Expr::Reference(e) => matches!(crate::source::unwrapped(&e.expr), Expr::Closure(_)),
            Expr::Closure(_) => true,
            _ => false,
        };
        self.0 |= call.args.iter().any(closure)
            && !matches!(crate::source::unwrapped(&call.func), Expr::Path(path)
                if path.path.segments.iter().any(|segment| segment.ident == "Box"));
        syn::visit::visit_expr_call(self, call);
    }
}
