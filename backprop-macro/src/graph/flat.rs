//! Elements of parts of arrays as elements of the arrays: `u[a..b][i]` is `u[a + i]`.
//!
//! Whoever looks at elements then has one spelling to know. The part was taken by the function
//! itself, so that its bounds need no second check.

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};

use syn::{ExprRange, RangeLimits};

use super::{Code, Expr, Graph, Place, Step};
use crate::kind::{Container, Kind};

impl Graph {
    /// The place with indices into parts of arrays taken together, where it shows what they mean.
    pub(super) fn flat(&self, place: Place) -> Place {
        let of_part =
            |pair: &[Step]| matches!(pair, [Step::Index(part), Step::Index(_)] if part.is_range());
        if !place.path.windows(2).any(of_part) {
            return place;
        }
        let mut flat = Place::var(place.root);
        for step in place.path {
            let index = match (flat.path.last(), &step) {
                (Some(Step::Index(part)), Step::Index(index)) if part.is_range() => {
                    together(part, index)
                }
                _ => None,
            };
            let Some(index) = index else {
                flat.path.push(step);
                continue;
            };
            let part = flat.path.pop();
            match flat.kind(self).peeled() {
                Kind::Indexed(_, Container::Slice | Container::Vec | Container::Array(_)) => {
                    flat.path.push(Step::Index(index));
                }
                _ => flat.path.extend(part.into_iter().chain([step])),
            }
        }
        flat
    }
}

/// The index into the whole of what `index` means in its part `part`.
fn together(part: &Expr, index: &Expr) -> Option<Expr> {
    let (Expr::Code(part), Expr::Code(index)) = (part, index) else { return None };
    let range: ExprRange = syn::parse2(part.tokens.clone()).ok()?;
    let from = range.start.map(ToTokens::into_token_stream);
    let plus = |index: TokenStream| match &from {
        Some(from) => sum(from, &index),
        None => index,
    };
    let tokens = if index.kind == Kind::Range {
        let inner: ExprRange = syn::parse2(index.tokens.clone()).ok()?;
        let half_open = |limits| matches!(limits, RangeLimits::HalfOpen(_));
        if !half_open(range.limits) || !half_open(inner.limits) {
            return None;
        }
        let start = match inner.start {
            Some(start) => Some(plus(start.into_token_stream())),
            None => from.clone(),
        };
        let end = match inner.end {
            Some(end) => Some(plus(end.into_token_stream())),
            None => range.end.map(ToTokens::into_token_stream),
        };
        quote!(#start..#end)
    } else {
        plus(index.tokens.clone())
    };
    let mut reads = part.reads.clone();
    reads.extend(index.reads.iter().filter(|var| !part.reads.contains(var)));
    let repeatable = part.repeatable && index.repeatable;
    repeatable.then(|| Expr::Code(Code { tokens, reads, kind: index.kind.clone(), repeatable }))
}

/// `from + index`, as an index is written.
fn sum(from: &TokenStream, index: &TokenStream) -> TokenStream {
    let zero = |tokens: &TokenStream| tokens.to_string() == "0";
    let grouped = |tokens: &TokenStream| match tokens.clone().into_iter().count() {
        1 => tokens.clone(),
        _ => quote!((#tokens)),
    };
    if zero(from) {
        return index.clone();
    }
    if zero(index) {
        return from.clone();
    }
    let (from, index) = (grouped(from), grouped(index));
    quote!(#from + #index)
}
