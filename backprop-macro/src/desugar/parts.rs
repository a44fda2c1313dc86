//! Parts of a slice whose ends carry no derivative: `rchunks`, `chunk_by`, and what `chunks_exact`
//! leaves over.

use quote::format_ident;
use syn::{parse_quote, Expr, ExprClosure, ExprMethodCall, Stmt};

use super::chain::{is_place, Base, Chain, Function, Stage};
use super::Desugar;

impl Desugar {
    /// A chain over parts of a place: the runtime says where they begin and end.
    pub(super) fn parts(&mut self, call: &ExprMethodCall) -> Option<Chain> {
        let runtime = self.runtime.clone();
        let mut stmts: Vec<Stmt> = Vec::new();
        let place: Expr = if is_place(&call.receiver) {
            (*call.receiver).clone()
        } else {
            let (items, value) = (self.fresh("items"), &call.receiver);
            stmts.push(parse_quote!(let #items = #value;));
            parse_quote!(#items)
        };
        let (parts, part, argument) = (self.fresh("parts"), self.fresh("part"), &call.args[0]);
        let function = format_ident!("{}", call.method, span = proc_macro2::Span::mixed_site());
        stmts.push(parse_quote!(let #parts: ::std::vec::Vec<(usize, usize)> = #runtime::select::#function(&#place[..], #argument);));
        let closure: ExprClosure = parse_quote!(|#part| &#place[#part.0..#part.1]);
        let base = Base::Named(stmts, Box::new(Base::Header(parse_quote!(#parts.into_iter()))));
        Some(Chain { base, stages: vec![Stage::Map(Function::Closure(closure))] })
    }
}
