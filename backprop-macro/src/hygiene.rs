//! Variables of one name that `macro_rules!` keeps apart.
//!
//! In a function that a macro writes, `let x = 2.0;` of the macro and an `x` that it was given are
//! two variables, though they are spelled alike. Everything here goes by the spelling, so such a
//! function is refused.

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The use or declaration of a variable whose name another macro's variable has.
pub(crate) fn mixed(function: &syn::ImplItemFn) -> Option<Ident> {
    if !proc_macro::is_available() {
        return None;
    }
    let mut names = Names { bound: HashSet::default(), found: Vec::new() };
    names.visit_signature(&function.sig);
    names.visit_block(&function.block);
    let Names { bound, found } = names;
    let mut contexts: HashMap<String, String> = HashMap::default();
    found.into_iter().find(|ident| {
        let name = ident.to_string();
        bound.contains(&name) && {
            let context = context(ident.span());
            *contexts.entry(name).or_insert_with(|| context.clone()) != context
        }
    })
}

/// What tells the macros apart that names come from: rustc shows it in front of the position.
fn context(span: Span) -> String {
    let text = format!("{span:?}");
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

struct Names {
    bound: HashSet<String>,
    /// Names in the places of variables.
    found: Vec<Ident>,
}

impl Names {
    fn tokens(&mut self, tokens: TokenStream) {
        let mut after_dot = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if !after_dot => self.found.push(ident),
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(punct) => {
                    after_dot = punct.as_char() == '.';
                    continue;
                }
                _ => {}
            }
            after_dot = false;
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.bound.insert(pattern.ident.to_string());
        self.found.push(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(ident) = path.path.get_ident().filter(|ident| *ident != "self") {
            self.found.push(ident.clone());
        }
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.tokens(invocation.tokens.clone());
    }
}
