//! Parts of a slice: by patterns with `..`, and by `split_at_mut`.

use proc_macro2::{Literal, Span};
use quote::quote;
use syn::{Expr as Syntax, Pat};

use super::{stmt::is_place, Lowering};
use crate::graph::{Code, Effects, Expr, NodeOp, Op, Place, Role, Step, VarId};
use crate::kind::{Container, Kind};
use crate::source::unwrapped;

/// A constant index.
pub(super) fn number(index: usize) -> Expr {
    let index = Literal::usize_unsuffixed(index);
    code(quote!(#index), Vec::new(), Kind::Discrete)
}

/// The index of the element that `count - 1` elements follow; [`Lowering::measured`] completes it.
pub(super) fn from_end(count: usize) -> Expr {
    marker("from_end", &[count])
}

/// The range of the elements that `before` elements precede and `after` elements follow;
/// [`Lowering::measured`] completes it.
pub(super) fn middle(before: usize, after: usize) -> Expr {
    if after == 0 {
        let before = Literal::usize_unsuffixed(before);
        return code(quote!(#before..), Vec::new(), Kind::Range);
    }
    marker("middle", &[before, after])
}

fn marker(name: &'static str, counts: &[usize]) -> Expr {
    #[allow(clippy::cast_precision_loss)] // A pattern's elements are few.
    let counts = counts.iter().map(|count| Expr::Number(*count as f64)).collect();
    Expr::runtime(name, counts)
}

fn code(tokens: proc_macro2::TokenStream, reads: Vec<VarId>, kind: Kind) -> Expr {
    Expr::Code(Code { tokens, reads, kind, repeatable: true })
}

impl<'a> Lowering<'a> {
    /// The path with positions from the end counted. With a span, the length is read here once;
    /// else it is that of an array, which does not change.
    pub(super) fn measured(
        &mut self,
        of: Option<&Place>,
        path: Vec<Step>,
        fixed: Option<Span>,
    ) -> Vec<Step> {
        let mut out: Vec<Step> = Vec::new();
        for step in path {
            let (name, counts) = match &step {
                Step::Index(Expr::Apply { op: Op::Runtime(name), args, .. })
                    if matches!(*name, "from_end" | "middle") =>
                {
                    (*name, args.clone())
                }
                _ => {
                    out.push(step);
                    continue;
                }
            };
            let Some(of) = of else { continue };
            let base = of.clone().with(out.iter().cloned());
            let tokens = crate::emit::place_tokens(self.graph, &base);
            let mut reads = Vec::new();
            base.reads_into(&mut reads);
            let mut length = Code {
                tokens: quote!(#tokens.len()),
                reads,
                kind: Kind::Discrete,
                repeatable: true,
            };
            if let Some(span) = fixed {
                length = self.fixed_value(length, span);
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let count = |index: usize| match &counts[index] {
                Expr::Number(count) => Literal::usize_unsuffixed(*count as usize),
                _ => unreachable!("written by `marker`"),
            };
            let (n, first) = (&length.tokens, count(0));
            out.push(Step::Index(if name == "from_end" {
                code(quote!(#n - #first), length.reads.clone(), Kind::Discrete)
            } else {
                let after = count(1);
                code(quote!(#first..#n - #after), length.reads.clone(), Kind::Range)
            }));
        }
        out
    }

    /// `let (a, b) = place.split_at_mut(middle);` and `split_first_mut().unwrap()`: views of parts
    /// that do not overlap.
    pub(super) fn split_mutably(&mut self, pattern: &'a Pat, init: &'a Syntax, span: Span) -> bool {
        let Pat::Tuple(parts) = pattern else { return false };
        let names = |part: &'a Pat| match part {
            Pat::Ident(name) if name.subpat.is_none() && name.by_ref.is_none() => {
                Some(Some(&name.ident))
            }
            Pat::Wild(_) => Some(None),
            _ => None,
        };
        let names: Option<Vec<_>> = parts.elems.iter().map(names).collect();
        let (Some(names), Syntax::MethodCall(outer)) = (names, unwrapped(init)) else {
            return false;
        };
        let unwraps = outer.method == "unwrap" || outer.method == "expect";
        let call = match unwrapped(&outer.receiver) {
            Syntax::MethodCall(inner) if unwraps => inner,
            _ => outer,
        };
        let name = call.method.to_string();
        let fits = match (name.as_str(), call.args.len()) {
            ("split_at_mut", 1) => !unwraps,
            ("split_first_mut" | "split_last_mut", 0) => unwraps,
            _ => false,
        };
        if !fits || names.len() != 2 || !is_place(&call.receiver) {
            return false;
        }
        let place = self.place(&call.receiver);
        if !self.known_target(&place.clone().with([Step::Index(number(0))]), span) {
            self.declare_pattern(pattern);
            return true;
        }
        let target = crate::emit::place_tokens(self.graph, &place);
        let slice = match place.kind(self.graph).peeled() {
            Kind::Indexed(element, _) => Kind::Indexed(element.clone(), Container::Slice),
            _ => Kind::Unknown,
        };
        let element = slice.element();
        let mut reads = Vec::new();
        place.reads_into(&mut reads);
        let (steps, kinds, value) = match name.as_str() {
            "split_at_mut" => {
                let middle = self.fixed(&call.args[0]);
                reads.extend(&middle.reads);
                let at = &middle.tokens;
                let steps = [
                    code(quote!(..#at), middle.reads.clone(), Kind::Range),
                    code(quote!(#at..), middle.reads.clone(), Kind::Range),
                ];
                (steps, [slice.clone(), slice], quote!(#target.split_at_mut(#at)))
            }
            "split_first_mut" => {
                let steps = [number(0), middle(1, 0)];
                let rest = unwrapping(outer);
                (steps, [element, slice], quote!(#target.split_first_mut() #rest))
            }
            _ => {
                let length = Code {
                    tokens: quote!(#target.len()),
                    reads: reads.clone(),
                    kind: Kind::Discrete,
                    repeatable: true,
                };
                let length = self.fixed_value(length, span);
                let n = &length.tokens;
                let steps = [
                    code(quote!(#n - 1), length.reads.clone(), Kind::Discrete),
                    code(quote!(..#n - 1), length.reads.clone(), Kind::Range),
                ];
                let rest = unwrapping(outer);
                (steps, [element, slice], quote!(#target.split_last_mut() #rest))
            }
        };
        let active = self.graph[self.graph.resolve(&place).root].active;
        let mut declares = Vec::new();
        for ((name, step), kind) in names.into_iter().zip(steps).zip(kinds) {
            let Some(name) = name else { continue };
            let source = self.source.binder(name);
            let var = self.declare(source, Kind::RefMut(Box::new(kind)), Role::User);
            self.graph[var].alias = Some(place.clone().with([Step::Index(step)]));
            self.graph[var].active = active;
            declares.push(var);
        }
        let tokens = quote!(let #pattern = #value;);
        let effects = Effects { reads, writes: Vec::new() };
        self.emit(NodeOp::Code { tokens, effects, declares, repeatable: false }, span);
        true
    }
}

/// `.unwrap()` or `.expect(…)` as it is written.
fn unwrapping(call: &syn::ExprMethodCall) -> proc_macro2::TokenStream {
    let (method, args) = (&call.method, &call.args);
    quote!(.#method(#args))
}
