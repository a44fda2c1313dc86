//! Names for what the user did not name.

use crate::maps::{HashMap, HashSet};

use proc_macro2::{Ident, Span};
use quote::format_ident;

/// Hands out names that differ from each other and from every name in the user's function.
///
/// The names also carry hygiene (`mixed_site`), so a clash could not change meaning; being
/// different in text keeps the generated source readable when it is printed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Namer {
    taken: HashSet<String>,
    /// The last number that was given to a base; all smaller ones are taken.
    last: HashMap<String, usize>,
}

impl Namer {
    /// Reserves every identifier that occurs in `tokens`.
    pub(crate) fn reserve(&mut self, tokens: proc_macro2::TokenStream) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Ident(ident) => {
                    self.taken.insert(ident.to_string());
                }
                proc_macro2::TokenTree::Group(group) => self.reserve(group.stream()),
                proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => {}
            }
        }
    }

    /// A new name built on `base`: `base` itself if it is free, else `base_2`, `base_3`, ….
    pub(crate) fn fresh(&mut self, base: &str) -> Ident {
        let base = base.replace("r#", "");
        let mut name = base.clone();
        if self.taken.contains(&name) {
            let last = self.last.entry(base.clone()).or_insert(1);
            while self.taken.contains(&name) {
                *last += 1;
                name = format!("{base}_{last}");
            }
        }
        self.taken.insert(name.clone());
        format_ident!("{name}", span = Span::mixed_site())
    }
}

/// The name by which the user knows a variable.
pub(crate) fn spelled(ident: &Ident) -> String {
    let name = ident.to_string();
    match ident.span().source_text() {
        Some(text) if name.starts_with(&format!("{text}_")) => text,
        _ => name,
    }
}
