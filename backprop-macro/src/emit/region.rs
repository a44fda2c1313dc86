//! Regions as statements.

use crate::maps::HashMap;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::at;
use super::expr::{runtime_path, Level, Spelling};
use crate::graph::{Expr, Node, NodeOp, Op, Place, Region, Role, Step, VarId, Vars};
use crate::kind::{Float, Kind};
use crate::rules::{Edit, Forward};

/// Emits one part, forward or reverse, of a derivative.
pub(super) struct Emitter<'g> {
    pub(super) spelling: Spelling<'g>,
    /// Variables that the reverse part reads or that are handed over to it.
    pub(super) needed: &'g Vars,
    /// How often the forward part reads each variable.
    pub(super) uses: HashMap<VarId, usize>,
}

impl Emitter<'_> {
    pub(super) fn region(&mut self, region: &Region) -> TokenStream {
        self.nodes(&region.nodes)
    }

    pub(super) fn nodes(&mut self, nodes: &[Node]) -> TokenStream {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    pub(super) fn name(&self, var: VarId) -> TokenStream {
        self.spelling.name(var)
    }

    pub(super) fn expr(&self, expr: &Expr) -> TokenStream {
        self.spelling.expr(expr, Level::Lowest)
    }

    pub(super) fn names<'v>(&self, vars: impl IntoIterator<Item = &'v VarId>) -> TokenStream {
        let names = vars.into_iter().map(|var| self.name(*var));
        quote!((#(#names,)*))
    }

    pub(super) fn node(&mut self, node: &Node) -> TokenStream {
        if node.early && !self.spelling.reverse {
            self.spelling.reverse = true;
            let tokens = self.node(node);
            self.spelling.reverse = false;
            return tokens;
        }
        let runtime = self.spelling.runtime.clone();
        match &node.op {
            NodeOp::Let { var, value } => self.binding(*var, value),
            NodeOp::Declare { var, ty } => {
                let name = self.name(*var);
                let mutable = self.spelling.graph[*var].mutable.then(|| quote!(mut));
                let ty = ty.as_ref().map(|ty| quote!(: #ty));
                quote!(let #mutable #name #ty;)
            }
            // The arm's pattern binds the names.
            NodeOp::Bind { pattern, .. } if pattern.is_empty() => TokenStream::new(),
            NodeOp::Bind { pattern, value, .. } => {
                let value = self.expr(value);
                quote!(let #pattern = #value;)
            }
            NodeOp::Store { place, op, value } => self.store(node, place, op.as_ref(), value),
            NodeOp::Code { tokens, .. } => self.spelling.code(tokens),
            NodeOp::Edit { edit, place, operands, result, note } => {
                self.edit(edit, place, operands, *result, *note)
            }
            NodeOp::Swap { first, second } => self.swap(first, second),
            NodeOp::Unedit { function, var, place, operands } => {
                let (name, place) = (self.name(*var), self.spelling.place_mut(place));
                let path = runtime_path(function);
                let operands = operands.iter().map(|operand| self.expr(operand));
                let span = node.span;
                let call = quote_spanned!(span=> #runtime::adjoint::#path);
                quote!(let #name = #call(&mut #place, #(#operands),*);)
            }
            NodeOp::Call(call) => self.call(node, call),
            NodeOp::If(inner) if inner.reverse => self.reverse_if(inner),
            NodeOp::If(inner) => self.forward_if(inner),
            NodeOp::Match(inner) if inner.reverse => self.reverse_match(inner),
            NodeOp::Match(inner) => self.forward_match(inner, node.span),
            NodeOp::Loop(inner) => self.repeat(inner),
            NodeOp::Replay(inner) => self.replay(inner),
            NodeOp::Zero { var, like } => {
                let name = self.name(*var);
                match self.spelling.graph[*var].kind {
                    Kind::Scalar(Float::F64) => quote!(let mut #name = 0.0_f64;),
                    Kind::Scalar(Float::F32) => quote!(let mut #name = 0.0_f32;),
                    _ => {
                        let like =
                            self.spelling.expr(&Expr::reference(like.clone()), Level::Lowest);
                        let zero = at(quote!(#runtime::zero_like(#like)), node.span);
                        quote!(let mut #name = #zero;)
                    }
                }
            }
            NodeOp::Take { var, place, old } => {
                let name = self.name(*var);
                let mutable = self.spelling.graph[*var].mutable.then(|| quote!(mut));
                let place = self.spelling.place_mut(place);
                match old {
                    Some(old) => {
                        let old = self.name(*old);
                        quote!(let #mutable #name = ::core::mem::replace(&mut #place, #old);)
                    }
                    None if self.spelling.graph[*var].kind.is_scalar() => {
                        quote!(let #mutable #name = ::core::mem::replace(&mut #place, 0.0);)
                    }
                    None => quote!(let #mutable #name = #runtime::take(&mut #place);),
                }
            }
            NodeOp::Rule { function, slot, operands, map } => {
                let path = runtime_path(function);
                let operands: Vec<TokenStream> = operands.iter().map(|e| self.expr(e)).collect();
                let map = map.as_ref().map(|map| {
                    let parameters = &map.parameters;
                    let body = self.expr(&map.body);
                    quote!(, |#(#parameters),*| #body)
                });
                let span = node.span;
                self.with_slot(slot, |slot| {
                    // A missing rule is blamed on the user's operator or method.
                    let module = (!function.contains("::")).then(|| quote!(adjoint::));
                    at(quote!(#runtime::#module #path(#slot, #(#operands),* #map);), span)
                })
            }
            NodeOp::Pull { pullback, adjoint, arguments } => {
                let pullback = self.name(*pullback);
                let adjoint = self.expr(adjoint);
                let arguments = self.all_pulled(arguments);
                quote!(#pullback(#adjoint, #(#arguments),*);)
            }
            NodeOp::Lend { row, of, start, length, written, checked, .. } => {
                let (row, length) = (self.name(*row), self.name(*length));
                let (place, start) = (self.spelling.place(of), self.spelling.code(&start.tokens));
                let place = in_front_of_dot(place);
                if *checked {
                    let (function, exclusive) = match written {
                        true => (quote!(row_mut), quote!(mut)),
                        false => (quote!(row), quote!()),
                    };
                    let lent = quote!(#runtime::#function(&#exclusive #place[..], #start, #length));
                    // Where the loop does not run, there may be nothing of which this is a part.
                    let certain = start.to_string() == "0"
                        && !of.path.iter().any(|step| matches!(step, Step::Index(_)));
                    if certain {
                        return quote!(let #row = #lent;);
                    }
                    let none = quote!(&#exclusive []);
                    return quote!(let #row = if #length > 0 { #lent } else { #none };);
                }
                let slice = if start.to_string() == "0" {
                    quote!(#place[..#length])
                } else {
                    quote!(#place[#start..][..#length])
                };
                if self.spelling.graph[of.root].role != Role::Slot {
                    let exclusive = written.then(|| quote!(mut));
                    return quote!(let #row = &#exclusive #slice;);
                }
                let slot = self.name(of.root);
                quote! {
                    let #row = match #slot.as_deref_mut() {
                        ::core::option::Option::Some(#slot) => &mut #slice,
                        ::core::option::Option::None => &mut [],
                    };
                }
            }
            NodeOp::Give { slot, value, scalar } => {
                let slot = self.name(*slot);
                let value = self.expr(value);
                if *scalar {
                    quote! {
                        if let ::core::option::Option::Some(#slot) = #slot { *#slot += #value; }
                    }
                } else {
                    quote! {
                        if let ::core::option::Option::Some(#slot) = #slot {
                            #runtime::adjoint::accumulate(#slot, &#value);
                        }
                    }
                }
            }
        }
    }

    fn edit(
        &self,
        edit: &Edit,
        place: &Place,
        parts: &[Expr],
        result: Option<VarId>,
        note: Option<VarId>,
    ) -> TokenStream {
        let runtime = &self.spelling.runtime;
        let graph = self.spelling.graph;
        let target = in_front_of_dot(self.spelling.place_mut(place));
        let operands: Vec<TokenStream> = parts.iter().map(|operand| self.expr(operand)).collect();
        let method = proc_macro2::Ident::new(edit.method, proc_macro2::Span::mixed_site());
        let call = match edit.forward {
            Forward::Method => quote!(#target.#method(#(#operands),*)),
            Forward::Cloned => {
                let from = parts[0].place().expect("elements that are copied have a place");
                let from = in_front_of_dot(self.spelling.place(from));
                quote!(#target.extend(#from.iter().cloned()))
            }
            Forward::Collect => {
                quote!(#target.drain(#(#operands),*).collect::<::std::vec::Vec<_>>())
            }
            Forward::Runtime(function) => {
                let path = runtime_path(function);
                let var = &graph[place.root];
                // What is a reference already is lent on.
                let lent = place.is_whole() && (var.kind.is_reference() || var.alias.is_some());
                let star = lent.then(|| quote!(*));
                quote!(#runtime::#path(&mut #star #target, #(#operands),*))
            }
        };
        match result.or(note) {
            Some(var) => {
                let name = self.name(var);
                quote!(let #name = #call;)
            }
            None => quote!(#call;),
        }
    }

    fn binding(&mut self, var: VarId, value: &Expr) -> TokenStream {
        let info = &self.spelling.graph[var];
        if !self.spelling.reverse
            && info.role == Role::Temporary
            && !info.mutable
            && !self.needed.contains(&var)
            && self.uses.get(&var) == Some(&1)
            && matches!(value, Expr::Apply { op, .. } if is_pure(op))
        {
            self.spelling.inline.insert(var, value.clone());
            return TokenStream::new();
        }
        let name = self.name(var);
        let mutable = info.mutable.then(|| quote!(mut));
        match value {
            Expr::Apply { op: Op::Typed(ty), args, .. } => {
                let value = self.expr(&args[0]);
                quote!(let #mutable #name: #ty = #value;)
            }
            // A reference under another name is not the number that it refers to.
            Expr::Place(place)
                if self.spelling.graph[var].kind.is_reference()
                    && place.kind(self.spelling.graph).is_reference()
                    && !self.spelling.inline.contains_key(&place.root) =>
            {
                let value = self.spelling.place(place);
                quote!(let #mutable #name = #value;)
            }
            value => {
                let value = self.expr(value);
                quote!(let #mutable #name = #value;)
            }
        }
    }

    fn store(&mut self, node: &Node, place: &Place, op: Option<&Op>, value: &Expr) -> TokenStream {
        let value = self.expr(value);
        let span = node.span;
        let symbol = match op {
            None => quote!(=),
            Some(Op::Add) => quote_spanned!(span=> +=),
            Some(Op::Sub) => quote_spanned!(span=> -=),
            Some(Op::Mul) => quote_spanned!(span=> *=),
            Some(Op::Div) => quote_spanned!(span=> /=),
            Some(_) => quote_spanned!(span=> %=),
        };
        if !matches!(self.spelling.graph[place.root].role, Role::Slot | Role::SlotRow) {
            let place = self.spelling.place_mut(place);
            return quote!(#place #symbol #value;);
        }
        let name = self.name(place.root);
        if self.spelling.graph[place.root].role == Role::SlotRow {
            if let [crate::graph::Step::Index(index)] = place.path.as_slice() {
                let index = self.expr(index);
                return quote! {
                    if let ::core::option::Option::Some(d) = #name.get_mut(#index) {
                        *d #symbol #value;
                    }
                };
            }
        }
        let target = self.spelling.place_mut(place);
        let star = place.is_whole().then(|| quote!(*));
        quote! {
            if let ::core::option::Option::Some(#name) = #name.as_deref_mut() {
                #star #target #symbol #value;
            }
        }
    }
}

/// Whether an operation may be written where its value is used.
fn is_pure(op: &Op) -> bool {
    matches!(
        op,
        Op::Neg
            | Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Rem
            | Op::Elementary(..)
            | Op::Cast(_)
            | Op::Tuple
            | Op::Array
            | Op::Struct { .. }
            | Op::TupleStruct(_)
            | Op::Method(..)
    )
}

/// A place as the receiver of a method or what is indexed.
fn in_front_of_dot(place: TokenStream) -> TokenStream {
    match place.clone().into_iter().next() {
        Some(proc_macro2::TokenTree::Punct(_)) => quote!((#place)),
        _ => place,
    }
}
