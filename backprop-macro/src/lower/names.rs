//! Methods taken by their names for those of the rule tables, where a trait of the user's may have
//! one of that name, too.

use proc_macro2::Ident;
use quote::{quote, quote_spanned};

use super::{span_of, Lowering};
use crate::graph::{Effects, Expr, NodeOp};
use crate::kind::Kind;
use crate::surroundings::own_methods;

/// What a method is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// A function of numbers.
    Number,
    /// A method of slices that reads.
    Reading,
    /// A method of slices that changes the slice.
    Changing,
}

/// Functions of the table that floats have only by this crate's trait.
fn is_of_trait(name: &str) -> bool {
    matches!(name, "sigmoid" | "softplus" | "log_sigmoid" | "relu")
}

impl<'a> Lowering<'a> {
    /// Whether a method that has the name of a function of numbers is the user's own: a trait of
    /// the file has it, and gives it to numbers.
    pub(super) fn is_own_function(&self, receiver: &Kind, name: &str) -> bool {
        if !self.numbers.is_empty() && *receiver == Kind::Unknown {
            return self.is_of_bounds(name);
        }
        is_of_trait(name) && own_methods(|own| own.is_given(name))
    }

    /// Whether a type parameter's bounds give its values a method of this name that may be another
    /// than the function of that name.
    pub(super) fn is_of_bounds(&self, name: &str) -> bool {
        own_methods(|own| own.bounds_give(&self.bounds, name))
    }

    /// The refusal of a method of one of the file's traits, if that lacks the attribute.
    pub(super) fn of_unannotated_trait(
        &mut self,
        expr: &'a syn::Expr,
        method: &Ident,
    ) -> Option<Expr> {
        let name = method.to_string();
        let owner = own_methods(|own| own.lacks_attribute(&name))?;
        let origin = self.origin(expr);
        let origin = origin.as_deref();
        let error = crate::diagnostics::trait_not_annotated(method, &name, &owner, origin);
        self.errors.push(error);
        Some(self.stand_in(expr))
    }

    /// Whether a method of the file's is known to lack the attribute. Where the receiver's type is
    /// not known, it is so if the method could be that of a type which dereferences to another.
    pub(super) fn is_plain_method(&self, receiver: &Kind, name: &str) -> bool {
        own_methods(|own| match receiver.peeled() {
            Kind::Record(record) => own.is_plain_method(&record.name, name),
            Kind::Unknown => own.covers(name).is_some(),
            _ => false,
        })
    }

    /// Has rustc check that what `f64::from`, `Vec::from` and the like are given is std's or this
    /// crate's, if the file gives reason for doubt: `impl From<Metre> for f64` may compute.
    pub(super) fn check_converted(&mut self, value: Expr, span: proc_macro2::Span) -> Expr {
        let doubtful = own_methods(|own| own.is_doubtful("from"));
        let kind = value.kind(self.graph);
        if !doubtful || matches!(kind.peeled(), Kind::Scalar(_) | Kind::Indexed(..)) {
            return value;
        }
        let value = match value.peeled().place() {
            Some(_) => value,
            None => self.atom(value, span),
        };
        let Some(place) = value.peeled().place() else { return value };
        let runtime = &self.runtime;
        let base = crate::emit::place_tokens(self.graph, place);
        let tokens = crate::emit::at(quote!(#runtime::names::is_plain(&#base);), span);
        let mut reads = Vec::new();
        place.reads_into(&mut reads);
        let effects = Effects { reads, writes: Vec::new() };
        let node = NodeOp::Code { tokens, effects, declares: Vec::new(), repeatable: false };
        self.emit(node, span);
        value
    }

    /// Has rustc check that a method is the one of the table, if the file gives reason for doubt.
    pub(super) fn check_method(
        &mut self,
        e: &'a syn::ExprMethodCall,
        receiver: &Expr,
        table: Table,
    ) -> Expr {
        let name = e.method.to_string();
        let span = span_of(&e.receiver);
        let kind = receiver.kind(self.graph);
        let generic = !self.numbers.is_empty() && *kind.peeled() == Kind::Unknown;
        // A float's own methods come first.
        let first = table == Table::Number
            && matches!(kind, Kind::Scalar(_))
            && !is_of_trait(&name)
            && !matches!(crate::source::unwrapped(&e.receiver), syn::Expr::Reference(_));
        if generic || first || !own_methods(|own| own.is_doubtful(&name)) {
            return receiver.clone();
        }
        let value = match receiver.peeled().place() {
            Some(_) => receiver.clone(),
            None => self.atom(receiver.clone(), span),
        };
        let Some(place) = value.peeled().place() else { return value };
        let runtime = &self.runtime;
        let (of, form) = match table {
            Table::Number => ("NumberMethods", "number"),
            Table::Reading => ("ReadingMethods", "shared"),
            Table::Changing => ("ChangingMethods", "exclusive"),
        };
        let of = Ident::new(of, proc_macro2::Span::mixed_site());
        let form = Ident::new(form, proc_macro2::Span::mixed_site());
        let inside = span.resolved_at(proc_macro2::Span::mixed_site());
        let probe = Ident::new("receiver", inside);
        let base = crate::emit::place_tokens(self.graph, place);
        let any = quote!(#runtime::names::any());
        let any = vec![any; e.args.len()];
        let (method, at) = (&e.method, e.method.span());
        let found = quote!(#probe.#method(#(#any),*));
        let of_std = crate::emit::at(quote!(#runtime::names::is_std), at);
        let check = quote_spanned!(at=> #of_std(#found));
        let tokens = quote! {
            if false {
                use #runtime::names::#of as _;
                let #probe = #runtime::names::#form(&#base);
                #check;
            }
        };
        let mut reads = Vec::new();
        place.reads_into(&mut reads);
        let effects = Effects { reads, writes: Vec::new() };
        let node = NodeOp::Code { tokens, effects, declares: Vec::new(), repeatable: false };
        self.emit(node, span);
        value
    }
}
