//! Elementary functions that the function has computed itself.
//!
//! The derivative of the sine is the cosine. Where the same region computes that as well, of the
//! same operand, the reverse reads it instead of computing it again.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Reverse;
use crate::graph::{Expr, NodeOp, Op, Place, Region, VarId, Vars};
use crate::rules::Elementary;

/// An elementary function, the number that it was applied to and the variable that holds its value.
pub(super) type Computed = (&'static str, Place, VarId);

impl Reverse<'_> {
    /// The elementary functions that `region` itself computes of numbers that stay as they are.
    pub(super) fn computed_in(&self, region: &Region) -> Vec<Computed> {
        if !self.graph.optimizations.once {
            return Vec::new();
        }
        let of_node = |op: &NodeOp| {
            let NodeOp::Let { var, value: Expr::Apply { op: Op::Elementary(rule, _), args, .. } } =
                op
            else {
                return None;
            };
            let [operand] = &args[..] else { return None };
            let info = &self.graph[*var];
            if info.mutable || !info.kind.is_scalar() || info.kind.is_reference() {
                return None;
            }
            Some((rule.name, self.steady_number(operand)?, *var))
        };
        region.nodes.iter().filter_map(|node| of_node(&node.op)).collect()
    }

    /// The place of a number that is written nowhere after its declaration.
    fn steady_number(&self, operand: &Expr) -> Option<Place> {
        let place = operand.peeled().place()?;
        if !place.kind(self.graph).is_scalar() {
            return None;
        }
        let resolved = self.graph.resolve(place);
        let mut reads = Vars::new();
        resolved.reads(&mut reads);
        reads.insert(resolved.root);
        reads.iter().all(|var| !self.analysis.is_written(*var)).then_some(resolved)
    }

    /// `partial`, the derivative of an elementary function of `operand` in terms of the name `x`, if
    /// all that it mentions has been computed.
    pub(super) fn computed(&self, partial: &Expr, operand: &Expr) -> Option<Expr> {
        match partial {
            Expr::Number(_) => Some(partial.clone()),
            Expr::Apply { op: Op::Elementary(rule, _), args, .. } => {
                let [Expr::Name(_)] = &args[..] else { return None };
                let var = self.computed_as(rule, &self.steady_number(operand)?)?;
                Some(Expr::var(var))
            }
            Expr::Apply { op: op @ (Op::Neg | Op::Mul), args, span } => {
                let args: Option<Vec<Expr>> =
                    args.iter().map(|arg| self.computed(arg, operand)).collect();
                Some(Expr::Apply { op: op.clone(), args: args?, span: *span })
            }
            _ => None,
        }
    }

    /// Whether what is being reversed stands in a loop of which no iteration changes `value`, so that
    /// what is computed from it alone is computed in front of the loop.
    pub(super) fn same_in_all_iterations(&self, value: &Expr) -> bool {
        if !self.graph.optimizations.once {
            return false;
        }
        let Some(begin) = self.analysis.innermost_loop(self.position) else { return false };
        let mut reads = Vars::new();
        value.reads(&mut reads);
        value.is_repeatable()
            && !calls(value)
            && !value.kind(self.graph).is_reference()
            && reads.iter().all(|var| {
                let root = self.graph.resolve(&Place::var(*var)).root;
                [*var, root].into_iter().all(|var| {
                    !self.analysis.is_written(var)
                        && self.analysis.declared(var).unwrap_or(0) < begin
                })
            })
    }

    fn computed_as(&self, rule: &Elementary, operand: &Place) -> Option<VarId> {
        let of_this = |(name, of, _): &&Computed| *name == rule.name && of == operand;
        let (_, _, var) = self.computed.iter().find(of_this)?;
        self.readable(*var).then_some(*var)
    }
}

/// Whether code calls a function, whose work an iteration would repeat.
fn calls(value: &Expr) -> bool {
    fn in_tokens(tokens: TokenStream) -> bool {
        let mut named = false;
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => {
                let call = named && group.delimiter() == Delimiter::Parenthesis;
                named = false;
                call || in_tokens(group.stream())
            }
            token => {
                named = matches!(token, TokenTree::Ident(_));
                false
            }
        })
    }
    match value {
        Expr::Code(code) => in_tokens(code.tokens.clone()),
        Expr::Apply { op: Op::Elementary(..), .. } => true,
        Expr::Apply { args, .. } => args.iter().any(calls),
        Expr::Place(_) | Expr::Number(_) | Expr::Name(_) => false,
    }
}
