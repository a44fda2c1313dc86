//! Branches and matches, forward and back.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::expr::Level;
use super::region::Emitter;
use crate::graph::{If, Match, Region, VarId};

impl Emitter<'_> {
    /// A pattern that takes residuals apart.
    pub(super) fn residuals(&self, vars: &[VarId]) -> TokenStream {
        let names = vars.iter().map(|var| {
            let mutable = self.spelling.graph[*var].mutable.then(|| quote!(mut));
            let name = self.name(*var);
            quote!(#mutable #name)
        });
        quote!((#(#names,)*))
    }

    // ---- branches
    /// An arm's statements, its residuals handed over, and its value.
    pub(super) fn arm(&mut self, region: &Region, tape: Option<VarId>) -> TokenStream {
        let nodes = self.region(region);
        let Some(tape) = tape else {
            let result = region.result.as_ref().map(|result| self.expr(result));
            return quote!(#nodes #result);
        };
        let tape = self.name(tape);
        let residuals = self.names(&region.residuals);
        let keep = quote!(#tape = ::core::option::Option::Some(#residuals););
        match &region.result {
            None => quote!(#nodes #keep),
            Some(result) => {
                let result = self.expr(result);
                let name = proc_macro2::Ident::new("result", proc_macro2::Span::mixed_site());
                quote!(#nodes let #name = #result; #keep #name)
            }
        }
    }

    pub(super) fn tape(&self, tape: Option<VarId>) -> Option<TokenStream> {
        tape.map(|tape| {
            let tape = self.name(tape);
            quote!(let mut #tape = ::core::option::Option::None;)
        })
    }

    pub(super) fn forward_if(&mut self, inner: &If) -> TokenStream {
        let tapes: TokenStream = inner.tapes.iter().filter_map(|tape| self.tape(*tape)).collect();
        let condition = inner.condition.as_ref().map(|condition| self.expr(condition));
        let then = self.arm(&inner.then, inner.tapes[0]);
        let otherwise = self.arm(&inner.otherwise, inner.tapes[1]);
        let branch = match condition {
            None => quote!({ #then }),
            Some(condition) if otherwise.is_empty() => quote!(if #condition { #then }),
            Some(condition) => quote!(if #condition { #then } else { #otherwise }),
        };
        match inner.result {
            Some(result) => {
                let result = self.name(result);
                quote!(#tapes let #result = #branch;)
            }
            None => quote!(#tapes #branch),
        }
    }

    pub(super) fn reverse_if(&mut self, inner: &If) -> TokenStream {
        let head = |this: &Self, tape: Option<VarId>, region: &Region| {
            tape.map(|tape| {
                let tape = this.name(tape);
                let residuals = this.residuals(&region.residuals);
                quote!(if let ::core::option::Option::Some(#residuals) = #tape)
            })
        };
        let then = self.region(&inner.then);
        let otherwise = self.region(&inner.otherwise);
        let first = head(self, inner.tapes[0], &inner.then);
        let second = head(self, inner.tapes[1], &inner.otherwise);
        let Some(condition) = &inner.condition else {
            return match first {
                Some(first) => quote!(#first { #then }),
                None => quote!({ #then }),
            };
        };
        let condition = self.spelling.expr(condition, Level::Lowest);
        match (then.is_empty(), otherwise.is_empty()) {
            (false, true) => {
                let first = first.unwrap_or_else(|| quote!(if #condition));
                quote!(#first { #then })
            }
            (true, false) => {
                let second = second.unwrap_or_else(|| quote!(if !(#condition)));
                quote!(#second { #otherwise })
            }
            _ => {
                let first = first.unwrap_or_else(|| quote!(if #condition));
                match second {
                    Some(second) => quote!(#first { #then } else #second { #otherwise }),
                    None => quote!(#first { #then } else { #otherwise }),
                }
            }
        }
    }

    pub(super) fn forward_match(&mut self, inner: &Match, span: proc_macro2::Span) -> TokenStream {
        let tapes: TokenStream = inner.arms.iter().filter_map(|arm| self.tape(arm.tape)).collect();
        let counted = self.needed.contains(&inner.taken);
        let taken = self.name(inner.taken);
        let declared = counted.then(|| quote!(let #taken: usize;));
        let scrutinee = match &inner.parts {
            None => self.spelling.code(&inner.scrutinee),
            Some((parts, true)) => self.expr(&parts[0]),
            Some((parts, false)) => {
                let parts = parts.iter().map(|part| self.expr(part));
                quote!((#(#parts,)*))
            }
        };
        let scrutinee = if inner.outcome {
            let runtime = &self.spelling.runtime;
            // The user's tokens, so that another type is an error there.
            quote_spanned!(span=> #runtime::sums::outcome(#scrutinee))
        } else {
            scrutinee
        };
        let arms: Vec<TokenStream> = inner
            .arms
            .iter()
            .enumerate()
            .map(|(index, arm)| {
                let pattern = &arm.pattern;
                let number = Literal::usize_unsuffixed(index);
                let note = counted.then(|| quote!(#taken = #number;));
                let body = self.arm(&arm.body, arm.tape);
                quote!(#pattern => { #note #body })
            })
            .collect();
        let branch = quote!(match #scrutinee { #(#arms)* });
        match inner.result {
            Some(result) => {
                let result = self.name(result);
                quote!(#tapes #declared let #result = #branch;)
            }
            None => quote!(#tapes #declared #branch),
        }
    }

    pub(super) fn reverse_match(&mut self, inner: &Match) -> TokenStream {
        let taken = self.name(inner.taken);
        let mut arms = TokenStream::new();
        for (index, arm) in inner.arms.iter().enumerate() {
            if arm.body.nodes.is_empty() {
                continue;
            }
            let number = Literal::usize_unsuffixed(index);
            let body = self.region(&arm.body);
            arms.extend(match arm.tape {
                None => quote!(#number => { #body }),
                Some(tape) => {
                    let tape = self.name(tape);
                    let residuals = self.residuals(&arm.body.residuals);
                    quote! {
                        #number => if let ::core::option::Option::Some(#residuals) = #tape { #body }
                    }
                }
            });
        }
        quote!(match #taken { #arms _ => {} })
    }
}
