//! Chains over `Option`s: `options.iter().flatten()` leaves items out as `filter_map` does.

use crate::maps::HashMap;

use proc_macro2::{Ident, Span};
use syn::visit::{self, Visit};
use syn::{parse_quote, Attribute, Expr, ExprMethodCall, Pat};

use super::chain::{is_adapter, is_iterator};
use super::present::options_known;
use crate::kind::Kind;
use crate::source::{passes_items_on, unwrapped, Source};

/// The name of the attribute on a `flatten` of `Option`s.
const MARK: &str = "backprop_options";

/// The mark of a `flatten` of `Option`s.
pub(super) fn mark() -> Attribute {
    let name = Ident::new(MARK, Span::mixed_site());
    parse_quote!(#[#name])
}

pub(super) fn is_mark(attribute: &Attribute) -> bool {
    attribute.path().is_ident(MARK)
}

pub(super) fn is_marked(call: &ExprMethodCall) -> bool {
    call.attrs.iter().any(is_mark)
}

/// The names that are bound to lists of `Option`s, and those that are bound to other things.
#[derive(Default)]
pub(super) struct Lists(HashMap<String, bool>);

impl Lists {
    pub(super) fn of(source: &Source, function: &syn::ImplItemFn) -> Lists {
        let mut find = Find { source, lists: Lists::default() };
        find.visit_signature(&function.sig);
        find.visit_block(&function.block);
        find.lists
    }

    /// Whether the items of an iterator are `Option`s by sight.
    pub(super) fn yields_options(&self, source: &Source, expr: &Expr) -> bool {
        match unwrapped(expr) {
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                match name.as_str() {
                    "iter" | "into_iter" | "iter_mut" | "drain" => {
                        self.yields_options(source, &call.receiver)
                    }
                    "map" if is_iterator(&call.receiver) => match call.args.first() {
                        Some(Expr::Closure(closure)) => is_option(&closure.body),
                        _ => false,
                    },
                    name if passes_items_on(name) => self.yields_options(source, &call.receiver),
                    "collect" => self.yields_options(source, &call.receiver),
                    _ => false,
                }
            }
            Expr::Path(path) => {
                let Some(name) = path.path.get_ident() else { return false };
                match source.usage(name).map(|var| source.binding(var).kind.peeled().element()) {
                    Some(Kind::Option(_)) => true,
                    Some(Kind::Unknown) | None => {
                        self.0.get(&name.to_string()).copied().unwrap_or(false)
                    }
                    Some(_) => false,
                }
            }
            Expr::Reference(inner) => self.yields_options(source, &inner.expr),
            Expr::Array(list) => list.elems.iter().any(is_option),
            Expr::Macro(invocation) => match source.macro_arguments(&invocation.mac) {
                Some(crate::source::MacroArguments::List(list)) => list.iter().any(is_option),
                Some(crate::source::MacroArguments::Repeat(pair)) => is_option(&pair[0]),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether a value is an `Option` by sight.
pub(super) fn is_option(expr: &Expr) -> bool {
    let expr = unwrapped(expr);
    if matches!(expr, Expr::MethodCall(call) if !is_adapter(&call.method.to_string())
        && matches!(call.method.to_string().as_str(), "ok" | "first" | "last" | "get" | "pop"
            | "checked_sub" | "checked_add" | "next" | "find" | "max_by" | "min_by"))
    {
        return true;
    }
    super::chain::is_none(expr) || (1..1000).contains(&options_known(expr))
}

/// Whether what a loop runs over is a variable, or a part of one, that is an `Option`.
pub(super) fn is_option_place(source: &Source, expr: &Expr) -> bool {
    fn kind(source: &Source, expr: &Expr) -> Kind {
        match unwrapped(expr) {
            Expr::Path(path) => match path.path.get_ident().and_then(|name| source.usage(name)) {
                Some(var) => source.binding(var).kind.clone(),
                None => Kind::Unknown,
            },
            Expr::Field(field) => kind(source, &field.base).member(&field.member),
            Expr::Reference(inner) => kind(source, &inner.expr),
            Expr::MethodCall(call)
                if matches!(
                    call.method.to_string().as_str(),
                    "iter" | "iter_mut" | "into_iter"
                ) =>
            {
                kind(source, &call.receiver)
            }
            _ => Kind::Unknown,
        }
    }
    matches!(kind(source, expr).peeled(), Kind::Option(_))
}

struct Find<'s> {
    source: &'s Source,
    lists: Lists,
}

impl<'ast> Visit<'ast> for Find<'_> {
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) {
            let holds = self.lists.yields_options(self.source, &init.expr);
            let known = self.lists.0.entry(name.ident.to_string()).or_insert(holds);
            *known &= holds;
            visit::visit_local_init(self, init);
            return;
        }
        visit::visit_local(self, local);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.lists.0.insert(pattern.ident.to_string(), false);
    }
}
