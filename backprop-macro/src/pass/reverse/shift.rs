//! Indices that are a loop's own index and a constant: `i`, `i + 1`, `i - 2`.

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};

use crate::graph::{Code, Expr, Graph, Place, Step, VarId, Vars};
use crate::kind::Kind;

/// The range of a loop over indices, `from..to`.
pub(super) struct Bounds {
    pub(super) index: VarId,
    pub(super) from: TokenStream,
    pub(super) to: TokenStream,
    pub(super) reads: Vec<VarId>,
}

/// `i + offset`, or `(i - from) + offset` if it is counted from the range's begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) offset: i64,
    pub(super) counted: bool,
}

impl Bounds {
    pub(super) fn of(index: VarId, range: &Code) -> Option<Bounds> {
        let syn::ExprRange {
            start: Some(from),
            end: Some(to),
            limits: syn::RangeLimits::HalfOpen(_),
            ..
        } = syn::parse2(range.tokens.clone()).ok()?
        else {
            return None;
        };
        let (from, to) = (from.to_token_stream(), to.to_token_stream());
        Some(Bounds { index, from, to, reads: range.reads.clone() })
    }

    /// How an index follows from the loop's.
    pub(super) fn shift(&self, graph: &Graph, index: &Expr) -> Option<Shift> {
        match index {
            Expr::Place(place) if *place == Place::var(self.index) => {
                Some(Shift { offset: 0, counted: false })
            }
            Expr::Code(code) if code.reads.contains(&self.index) => {
                let expr: syn::Expr = syn::parse2(code.tokens.clone()).ok()?;
                self.parsed(&graph[self.index].ident.to_string(), &expr)
            }
            _ => None,
        }
    }

    fn parsed(&self, name: &str, expr: &syn::Expr) -> Option<Shift> {
        match expr {
            syn::Expr::Path(path) if path.path.get_ident().is_some_and(|i| i == name) => {
                Some(Shift { offset: 0, counted: false })
            }
            syn::Expr::Paren(e) => self.parsed(name, &e.expr),
            syn::Expr::Binary(e) => {
                let sign = match e.op {
                    syn::BinOp::Add(_) => 1,
                    syn::BinOp::Sub(_) => -1,
                    _ => return None,
                };
                if sign == 1 {
                    if let (Some(left), Some(shift)) =
                        (literal(&e.left), self.parsed(name, &e.right))
                    {
                        return Some(Shift { offset: shift.offset + left, ..shift });
                    }
                }
                let shift = self.parsed(name, &e.left)?;
                if let Some(right) = literal(&e.right) {
                    return Some(Shift { offset: shift.offset + sign * right, ..shift });
                }
                let text = |tokens: TokenStream| tokens.to_string();
                let from = text(grouped(&self.from));
                let counts = sign == -1
                    && !shift.counted
                    && shift.offset == 0
                    && from == text(e.right.to_token_stream());
                counts.then_some(Shift { offset: 0, counted: true })
            }
            _ => None,
        }
    }

    /// The index at a shift from the variable `index`.
    pub(super) fn at(&self, graph: &Graph, index: VarId, shift: Shift) -> Expr {
        let name = &graph[index].ident;
        if shift == (Shift { offset: 0, counted: false }) {
            return Expr::var(index);
        }
        let from = grouped(&self.from);
        let tokens = match shift.counted {
            false => plus(&quote!(#name), shift.offset),
            true => plus(&quote!(#name - #from), shift.offset),
        };
        let mut reads = vec![index];
        if shift.counted {
            reads.extend(&self.reads);
        }
        Expr::Code(Code { tokens, reads, kind: Kind::Discrete, repeatable: true })
    }

    /// The array and the shift of an element whose last index follows from the loop's, if nothing
    /// else in its place does.
    pub(super) fn element(
        &self,
        graph: &Graph,
        place: &Place,
        inside: &Vars,
    ) -> Option<(Place, Shift)> {
        let (Step::Index(index), prefix) = place.path.split_last()? else { return None };
        let of = Place { root: place.root, path: prefix.to_vec() };
        let container = of.kind(graph);
        let numbers = matches!(container.peeled(), Kind::Indexed(..))
            && (container.references() == 0 || of.is_whole())
            && place.kind(graph).is_scalar()
            && !place.kind(graph).is_reference();
        let plain = prefix.iter().all(|step| match step {
            Step::Index(index) => !index.is_range(),
            Step::Field(_) => true,
            Step::Deref | Step::Payload(_) => false,
        });
        let mut reads = Vars::new();
        of.index_reads(&mut reads);
        let fixed =
            !reads.contains(&self.index) && reads.is_disjoint(inside) && !inside.contains(&of.root);
        if !numbers || !plain || !fixed {
            return None;
        }
        Some((of, self.shift(graph, index)?))
    }
}

/// `tokens` as an operand.
pub(super) fn grouped(tokens: &TokenStream) -> TokenStream {
    match tokens.clone().into_iter().count() {
        1 => tokens.clone(),
        _ => quote!((#tokens)),
    }
}

/// `tokens + offset`, computed if it is a number.
pub(super) fn plus(tokens: &TokenStream, offset: i64) -> TokenStream {
    let known = syn::parse2::<syn::Expr>(tokens.clone()).ok().and_then(|e| literal(&e));
    if let Some(sum) = known.map(|known| known + offset).filter(|sum| *sum >= 0) {
        let sum = proc_macro2::Literal::i64_unsuffixed(sum);
        return quote!(#sum);
    }
    let amount = proc_macro2::Literal::i64_unsuffixed(offset.abs());
    match offset {
        0 => tokens.clone(),
        1.. => quote!(#tokens + #amount),
        _ => quote!(#tokens - #amount),
    }
}

/// A small integer as it is written.
fn literal(expr: &syn::Expr) -> Option<i64> {
    match expr {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => {
            let suffix = number.suffix();
            let value: i64 = number.base10_parse().ok()?;
            (matches!(suffix, "" | "usize") && value < 1 << 16).then_some(value)
        }
        syn::Expr::Paren(e) => literal(&e.expr),
        _ => None,
    }
}
