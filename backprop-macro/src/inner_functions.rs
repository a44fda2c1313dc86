//! Functions that are declared inside the function: one that derivatives flow into is
//! differentiated as if it had the attribute. Nothing outside can tell the difference.

use quote::{quote_spanned, ToTokens};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr};

use crate::diagnostics::Errors;
use crate::differentiable::check;
use crate::maps::{HashMap, HashSet};
use crate::options::Options;
use crate::parameters::may_have_derivative;
use crate::source::{unwrapped, Source};
use crate::tokens;

/// The block with `attribute` on the functions inside it that need a derivative, if any does, or
/// what is wrong with those.
pub(crate) fn annotated(
    source: &Source,
    block: &Block,
    attribute: &proc_macro2::TokenStream,
) -> syn::Result<Option<Block>> {
    let mut needed = Needed { source, names: Vec::new() };
    needed.visit_block(block);
    if needed.names.is_empty() {
        return Ok(None);
    }
    // What those call in turn.
    let mut declared = Declared::default();
    declared.visit_block(block);
    let (mut names, mut next) = (HashSet::default(), needed.names);
    while let Some(name) = next.pop() {
        if let Some(mentioned) = declared.0.get(&name) {
            if names.insert(name) {
                next.extend(mentioned.iter().cloned());
            }
        }
    }
    let mut block = block.clone();
    let (options, errors) = (Options::default(), Errors::default());
    let mut annotate = Annotate { names, attribute, options, errors, done: false };
    annotate.visit_block_mut(&mut block);
    annotate.errors.into_result()?;
    Ok(annotate.done.then_some(block))
}

/// The functions without an attribute that derivatives flow into.
struct Needed<'a> {
    source: &'a Source,
    names: Vec<String>,
}

impl Needed<'_> {
    fn function(&mut self, expr: &Expr) {
        if let Expr::Path(path) = unwrapped(expr) {
            let ident = path.path.get_ident().filter(|ident| self.source.is_plain_function(ident));
            self.names.extend(ident.map(ToString::to_string));
        }
    }
}

impl<'ast> Visit<'ast> for Needed<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr(&mut self, expr: &'ast Expr) {
        let carries = |expr: &Expr| self.source.carries(expr);
        match expr {
            Expr::Call(e) if carries(expr) || e.args.iter().any(carries) => {
                self.function(&e.func);
                e.args.iter().for_each(|arg| self.function(arg));
            }
            Expr::MethodCall(e) if carries(expr) || carries(&e.receiver) => {
                e.args.iter().for_each(|arg| self.function(arg));
            }
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
}

/// By name, what the functions inside a block mention.
#[derive(Default)]
struct Declared(HashMap<String, Vec<String>>);

impl<'ast> Visit<'ast> for Declared {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let mentioned = self.0.entry(item.sig.ident.to_string()).or_default();
        mentioned.extend(tokens::names(&item.block));
        visit::visit_item_fn(self, item);
    }
}

struct Annotate<'a> {
    names: HashSet<String>,
    attribute: &'a proc_macro2::TokenStream,
    options: Options,
    errors: Errors,
    done: bool,
}

impl VisitMut for Annotate<'_> {
    fn visit_item_fn_mut(&mut self, item: &mut syn::ItemFn) {
        visit_mut::visit_item_fn_mut(self, item);
        let wanted = self.names.contains(&item.sig.ident.to_string())
            && !tokens::mentions(&Attributes(&item.attrs), "differentiable")
            && may_have_derivative(&item.sig, &self.options);
        if wanted {
            let function = syn::parse2(item.to_token_stream());
            let checked = function.and_then(|function| check(&function, &self.options));
            checked.unwrap_or_else(|error| self.errors.push(error));
            // At the function: the attribute looks at what is around the place where it stands.
            let (span, path) = (item.sig.fn_token.span, self.attribute);
            let attribute = quote_spanned!(span=> #[#path]);
            let parsed = syn::parse::Parser::parse2(syn::Attribute::parse_outer, attribute);
            item.attrs.extend(parsed.unwrap_or_default());
            self.done = true;
        }
    }
}

struct Attributes<'a>(&'a [syn::Attribute]);

impl ToTokens for Attributes<'_> {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.0.iter().for_each(|attribute| attribute.to_tokens(tokens));
    }
}
