//! Loops, forward and back, and what is run again.

use crate::maps::HashMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::region::Emitter;
use super::uses::count_uses;
use crate::graph::{Expr, Header, Loop, Node, NodeOp, Replay, Role, VarId, Vars};
use crate::kind::{Container, Kind};

impl Emitter<'_> {
    // ---- checkpoints
    /// A block run again on copies of what it changes, and its reverse.
    pub(super) fn replay(&mut self, inner: &Replay) -> TokenStream {
        let tapes = inner.tapes.iter().map(|tape| {
            let tape = self.name(*tape);
            quote!(let mut #tape = ::std::vec::Vec::new();)
        });
        let tapes: TokenStream = tapes.collect();
        let restored: TokenStream = inner
            .restored
            .iter()
            .map(|(var, copy)| {
                let (name, copy) = (self.name(*var), self.name(*copy));
                match &self.spelling.graph[*var].kind {
                    Kind::RefMut(inner)
                        if matches!(**inner, Kind::Indexed(_, Container::Slice)) =>
                    {
                        quote!(let #name = &mut #copy[..];)
                    }
                    Kind::RefMut(_) => quote!(let #name = &mut #copy;),
                    _ => quote!(let mut #name = #copy;),
                }
            })
            .collect();
        let mut uses = HashMap::default();
        count_uses(&inner.forward, &mut uses);
        let outer = std::mem::replace(&mut self.uses, uses);
        self.spelling.reverse = false;
        let forward = self.region(&inner.forward);
        self.spelling.reverse = true;
        self.uses = outer;
        let reverse = self.region(&inner.reverse);
        quote!({ #tapes #restored #forward #reverse })
    }

    // ---- loops
    pub(super) fn repeat(&mut self, inner: &Loop) -> TokenStream {
        let stack = inner.tape.map(|tape| self.name(tape.stack));
        let base = inner.tape.and_then(|tape| tape.base).map(|base| self.name(base));
        let back = matches!(inner.header, Header::RangeBack { .. } | Header::TapeBack { .. });
        if back || inner.upwards && stack.is_some() {
            return self.repeat_back(inner, stack, base);
        }
        if let Some(extended) = self.extended(inner) {
            return extended;
        }
        let steps = self.region(&inner.body);
        let residuals = self.names(&inner.body.residuals);
        let push = stack.as_ref().map(|stack| quote!(#stack.push(#residuals);));
        let leave = inner.exit.map(|exit| {
            let exit = self.name(exit);
            quote!(if #exit == 2u8 { break; })
        });
        let body = quote!({ #steps #push #leave });
        let note = base.map(|base| {
            let stack = stack.as_ref().expect("a base belongs to a stack");
            quote!(let #base = #stack.len();)
        });
        let plain = |node: &Node| self.is_plain(node);
        let straight = inner.exit.is_none() && inner.body.nodes.iter().all(plain);
        let repeat = match &inner.header {
            // The tape's length is known beforehand, so that no push asks for room.
            Header::Range { index, range } if straight && push.is_some() => {
                let range = self.spelling.code(&range.tokens);
                let index = self.index(*index, inner);
                quote! {
                    ::core::iter::Extend::extend(
                        &mut #stack,
                        ::core::iter::Iterator::map(#range, |#index| { #steps #residuals }),
                    );
                }
            }
            Header::Range { index, range } => {
                let range = self.spelling.code(&range.tokens);
                let index = self.index(*index, inner);
                let reserve = stack.as_ref().filter(|_| inner.exit.is_none()).map(
                    |stack| quote!(#stack.reserve(::core::iter::Iterator::size_hint(&(#range)).0);),
                );
                quote!(#reserve for #index in #range #body)
            }
            Header::Each { pattern, iterable, counter, .. } => {
                let iterable = self.spelling.code(iterable);
                let mut reads = Vars::new();
                inner.body.reads(&mut reads);
                reads.extend(&inner.body.residuals);
                if reads.contains(counter) {
                    let counter = self.name(*counter);
                    quote! {
                        for (#counter, #pattern) in ::core::iter::Iterator::enumerate(
                            ::core::iter::IntoIterator::into_iter(#iterable),
                        ) #body
                    }
                } else {
                    quote!(for #pattern in #iterable #body)
                }
            }
            Header::While { condition, .. } if condition.to_string() == "true" => {
                quote!(loop #body)
            }
            Header::While { condition, .. } => {
                let condition = self.spelling.code(condition);
                quote!(while #condition #body)
            }
            Header::RangeBack { .. } | Header::TapeBack { .. } => unreachable!("handled above"),
        };
        quote!(#note #repeat)
    }

    /// A loop that does nothing but push to a `Vec` of the function's own, as the extension that it
    /// is: the library knows its length beforehand, so that no push asks for room, and loops over
    /// slices become vector code.
    fn extended(&mut self, inner: &Loop) -> Option<TokenStream> {
        let graph = self.spelling.graph;
        let (last, lets) = inner.body.nodes.split_last()?;
        let NodeOp::Edit { edit, place, operands, result: None, note: None } = &last.op else {
            return None;
        };
        let (vec, [value]) = (place.root, operands.as_slice()) else { return None };
        let own = place.is_whole()
            && matches!(&graph[vec].kind, Kind::Indexed(_, Container::Vec))
            && graph[vec].alias.is_none();
        let runs_through = inner.tape.is_none() && inner.exit.is_none();
        let plain = |value: &Expr| value.is_repeatable() && !value.mentions(vec);
        let lets_only = lets.iter().all(|node| {
            !node.early && matches!(&node.op, NodeOp::Let { value, .. } if plain(value))
        });
        if edit.method != "push" || !own || !runs_through || !lets_only || !plain(value) {
            return None;
        }
        let mut reads = Vars::new();
        inner.body.reads(&mut reads);
        let (pattern, iterable) = match &inner.header {
            Header::Range { index, range } => {
                (self.index(*index, inner), self.spelling.code(&range.tokens))
            }
            Header::Each { pattern, iterable, counter, .. } if !reads.contains(counter) => {
                let iterable = self.spelling.code(iterable);
                (pattern.clone(), quote!(::core::iter::IntoIterator::into_iter(#iterable)))
            }
            _ => return None,
        };
        let (lets, value) = (self.nodes(lets), self.expr(value));
        let value = if lets.is_empty() { value } else { quote!({ #lets #value }) };
        let vec = self.spelling.place_mut(place);
        Some(quote! {
            ::core::iter::Extend::extend(
                &mut #vec,
                ::core::iter::Iterator::map(#iterable, |#pattern| #value),
            );
        })
    }

    /// The index of a loop over a range, if anything in the loop reads it.
    fn index(&self, index: VarId, inner: &Loop) -> TokenStream {
        let mut reads = Vars::new();
        inner.body.reads(&mut reads);
        reads.extend(&inner.body.residuals);
        let unused = self.spelling.graph[index].role == Role::Index && !reads.contains(&index);
        if unused {
            quote!(_)
        } else {
            self.name(index)
        }
    }

    /// Whether a statement may stand in a closure as in a loop: it computes numbers, moves nothing
    /// away, and goes on.
    fn is_plain(&self, node: &Node) -> bool {
        let number = |kind: &Kind| matches!(kind, Kind::Scalar(_) | Kind::Discrete);
        match &node.op {
            NodeOp::Let { var, value } => {
                number(&self.spelling.graph[*var].kind) && value.is_repeatable()
            }
            NodeOp::Store { place, value, .. } => {
                number(&place.kind(self.spelling.graph)) && value.is_repeatable()
            }
            _ => false,
        }
    }

    fn repeat_back(
        &mut self,
        inner: &Loop,
        stack: Option<TokenStream>,
        base: Option<TokenStream>,
    ) -> TokenStream {
        let body = self.region(&inner.body);
        let residuals = self.residuals(&inner.body.residuals);
        let numbers = inner
            .body
            .residuals
            .iter()
            .all(|var| matches!(self.spelling.graph[*var].kind, Kind::Scalar(_)));
        let slices = inner.upwards && numbers && !inner.body.residuals.is_empty();
        let after = stack
            .as_ref()
            .filter(|_| slices)
            .and_then(|stack| base.as_ref().map(|base| quote!(#stack.truncate(#base);)));
        let residuals = if slices { quote!(&#residuals) } else { residuals };
        let kept = stack.map(|stack| match &base {
            Some(base) if slices => quote!(#stack[#base..].iter()),
            None if slices => quote!(#stack.iter()),
            Some(base) => quote!(#stack.drain(#base..)),
            None => quote!(#stack.into_iter()),
        });
        let up = |iterator: TokenStream| {
            if inner.upwards {
                iterator
            } else {
                quote!(::core::iter::Iterator::rev(#iterator))
            }
        };
        let repeat = match &inner.header {
            Header::Each { pattern, iterable, counter, .. } => {
                let iterable = self.spelling.code(iterable);
                let kept = kept.expect("a header without a tape is like that of the loop itself");
                let mut reads = Vars::new();
                inner.body.reads(&mut reads);
                let (mut pattern, mut iterable) = (quote!(#pattern), quote!(#iterable));
                if reads.contains(counter) {
                    let counter = self.name(*counter);
                    pattern = quote!((#counter, #pattern));
                    iterable = quote! {
                        ::core::iter::Iterator::enumerate(
                            ::core::iter::IntoIterator::into_iter(#iterable),
                        )
                    };
                } else {
                    iterable = quote!(::core::iter::IntoIterator::into_iter(#iterable));
                }
                quote! {
                    for (#pattern, #residuals) in
                        ::core::iter::Iterator::zip(#iterable, #kept) { #body }
                }
            }
            Header::RangeBack { index, range } => {
                let index = self.name(*index);
                let steps = crate::tokens::mentions(&range.tokens, "step_by");
                let range = self.spelling.code(&range.tokens);
                let back = if inner.upwards {
                    quote!(#range)
                } else if steps {
                    let runtime = &self.spelling.runtime;
                    quote!(#runtime::backwards(#range))
                } else {
                    quote!(::core::iter::Iterator::rev(#range))
                };
                match kept {
                    None => quote! {
                        for #index in #back { #body }
                    },
                    Some(kept) => {
                        let kept = up(kept);
                        quote! {
                            for (#index, #residuals) in
                                ::core::iter::Iterator::zip(#back, #kept) { #body }
                        }
                    }
                }
            }
            Header::TapeBack { counter: Some(counter) } => {
                let counter = self.name(*counter);
                let kept = up(quote!(::core::iter::Iterator::enumerate(#kept)));
                quote!(for (#counter, #residuals) in #kept { #body })
            }
            _ => {
                let kept = up(quote!(#kept));
                quote!(for #residuals in #kept { #body })
            }
        };
        quote!(#repeat #after)
    }
}
