//! Vectors that a loop fills, and vectors under a second name.
//!
//! A `Vec` that is empty in front of a loop whose every iteration pushes one element, as what
//! `collect` is written out to be, holds the element of iteration k at k. So does its adjoint, as
//! it has the vector's shape: the reversed loop looks its elements up instead of popping them, so
//! that its iterations depend on nothing but their own index. What is left of the adjoint, nobody
//! reads: the vector was empty before.
//!
//! A vector that is moved into another variable is never there beside it, and neither is its
//! adjoint: both have one variable.

use crate::maps::HashMap;

use quote::{quote, ToTokens};

use super::Reverse;
use crate::graph::{Code, Effects, Expr, Header, Loop, NodeOp, Op, Place, Region, Role, VarId};
use crate::kind::{Container, Kind};

/// The variables that are declared as empty `Vec`s, and whether with a capacity.
pub(super) fn empty_vecs(region: &Region, found: &mut HashMap<VarId, bool>) {
    for node in &region.nodes {
        match &node.op {
            NodeOp::Let { var, value } => {
                if let Some(reserved) = empty_vec(value) {
                    found.insert(*var, reserved);
                }
            }
            NodeOp::If(inner) => {
                empty_vecs(&inner.then, found);
                empty_vecs(&inner.otherwise, found);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter().for_each(|arm| empty_vecs(&arm.body, found));
            }
            NodeOp::Loop(inner) => empty_vecs(&inner.body, found),
            _ => {}
        }
    }
}

fn empty_vec(value: &Expr) -> Option<bool> {
    match value {
        Expr::Apply { op: Op::Typed(_), args, .. } => empty_vec(&args[0]),
        Expr::Code(code) => {
            let Ok(syn::Expr::Call(call)) = syn::parse2(code.tokens.clone()) else { return None };
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev().map(|s| s.ident.to_string());
            let (name, owner) = (names.next(), names.next());
            match (owner.as_deref(), name.as_deref()) {
                (Some("Vec"), Some("new")) => Some(false),
                (Some("Vec"), Some("with_capacity")) => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Reverse<'_> {
    /// Notes the pushes of the loop by which it fills vectors, with the index of what they push.
    pub(super) fn find_filled(&mut self, inner: &Loop, extent: (usize, usize)) {
        if !self.graph.optimizations.filled || inner.exit.is_some() {
            return;
        }
        let Some(index) = number_of_iteration(self, &inner.header) else { return };
        for node in &inner.body.nodes {
            let NodeOp::Edit { edit, place, operands, .. } = &node.op else { continue };
            let var = place.root;
            let numbers = operands.iter().all(|operand| {
                let kind = operand.kind(self.graph);
                kind.is_scalar() && !kind.is_reference()
            });
            if edit.method == "push"
                && place.is_whole()
                && numbers
                && self.empty_vecs.contains_key(&var)
                && self.graph[var].alias.is_none()
                && self.graph[var].kind == self.graph[var].kind.owned()
                && self.analysis.filled_by(var, node.position, extent)
            {
                self.pushes.insert(node.position, index.clone());
            }
        }
    }

    /// Allocates at once what the loop, of which the reverse is made, fills.
    pub(super) fn reserve(&mut self, inner: &Loop) {
        let trips = match &inner.header {
            Header::Range { range, .. } => {
                let tokens = &range.tokens;
                let tokens = quote!(::core::iter::Iterator::size_hint(&(#tokens)).0);
                Some(Code { tokens, ..range.clone() })
            }
            header => self.trips(header, true),
        };
        let Some(trips) = trips.filter(|trips| trips.repeatable) else { return };
        for node in &inner.body.nodes {
            let NodeOp::Edit { place, .. } = &node.op else { continue };
            if !self.pushes.contains_key(&node.position) || self.empty_vecs[&place.root] {
                continue;
            }
            let (name, count) = (&self.graph[place.root].ident, &trips.tokens);
            let mut reads = trips.reads.clone();
            reads.push(place.root);
            self.insert(NodeOp::Code {
                tokens: quote!(#name.reserve(#count);),
                effects: Effects { reads, writes: Vec::new() },
                declares: Vec::new(),
                repeatable: false,
            });
        }
    }

    /// Allocates at once what a loop over elements keeps; that over a range does so anyway.
    pub(super) fn reserve_tape(&mut self, inner: &Loop) {
        let Some(tape) = inner.tape.filter(|_| inner.exit.is_none()) else { return };
        let Some(trips) = self.trips(&inner.header, true) else { return };
        let (name, count) = (&self.graph[tape.stack].ident, &trips.tokens);
        let mut reads = trips.reads.clone();
        reads.push(tape.stack);
        self.insert(NodeOp::Code {
            tokens: quote!(#name.reserve(#count);),
            effects: Effects { reads, writes: Vec::new() },
            declares: Vec::new(),
            repeatable: false,
        });
    }

    /// The vectors of a region that are moved into another variable, and that variable.
    pub(super) fn renamed(&self, region: &Region) -> Vec<(VarId, VarId)> {
        if !self.graph.optimizations.filled {
            return Vec::new();
        }
        let mut renamed = Vec::new();
        let vec = |var: VarId| {
            let info = &self.graph[var];
            info.active
                && info.alias.is_none()
                && matches!(info.role, Role::User | Role::Temporary)
                && !self.analysis.is_single(var)
                && matches!(info.kind, Kind::Indexed(_, Container::Vec))
                && info.kind == info.kind.owned()
        };
        for node in &region.nodes {
            let NodeOp::Let { var: to, value } = &node.op else { continue };
            let Some(from) = whole(value) else { continue };
            let declared_here = region
                .nodes
                .iter()
                .any(|node| matches!(&node.op, NodeOp::Let { var, .. } if *var == from));
            // The adjoint of the function's value is there already.
            let local = match self.adjoints.get(to) {
                Some(adjoint) => *adjoint == self.seed && self.graph[*adjoint].mutable,
                None => true,
            };
            if declared_here
                && local
                && vec(from)
                && vec(*to)
                && !self.adjoints.contains_key(&from)
                && self.analysis.is_moved_at(from, node.position)
                && !self.analysis.changes_from(from, node.position + 1)
            {
                renamed.push((from, *to));
            }
        }
        renamed
    }

    /// Gives each vector the adjoint of the variable that it is moved into.
    pub(super) fn share_adjoints(&mut self, renamed: &[(VarId, VarId)]) {
        for (from, to) in renamed.iter().rev() {
            match self.adjoints.get(to) {
                Some(adjoint) => self.share_adjoint(*from, *adjoint),
                // It arrives later, for both of them.
                None => self.arrives_with(*from, *to),
            }
        }
    }

    /// Gives a vector an adjoint that there is.
    pub(super) fn share_adjoint(&mut self, var: VarId, adjoint: VarId) {
        let kind = self.graph[var].kind.adjoint();
        let known = &mut self.graph[adjoint].kind;
        if matches!(known, Kind::Indexed(of, _) if **of == Kind::Unknown) {
            *known = kind;
        }
        self.adjoints.insert(var, adjoint);
    }

    /// Whether the variable is a vector that only changes its name here.
    pub(super) fn is_renamed(&self, var: VarId, value: &Expr) -> bool {
        let Some(from) = whole(value) else { return false };
        let both = (self.adjoints.get(&var), self.adjoints.get(&from));
        matches!(both, (Some(to), Some(from)) if to == from)
    }
}

/// The variable that an expression names.
fn whole(value: &Expr) -> Option<VarId> {
    match value {
        Expr::Apply { op: Op::Typed(_), args, .. } => whole(&args[0]),
        Expr::Place(place) if place.is_whole() => Some(place.root),
        _ => None,
    }
}

/// How many iterations there were before, as an index.
fn number_of_iteration(reverse: &Reverse<'_>, header: &Header) -> Option<Expr> {
    match header {
        Header::Each { counter, .. } => Some(Expr::var(*counter)),
        Header::Range { index, range } => {
            let range_again: syn::ExprRange = syn::parse2(range.tokens.clone()).ok()?;
            let from = range_again.start?.to_token_stream();
            let to = range_again.end?.to_token_stream().to_string();
            let there = range.reads.iter().all(|var| reverse.readable(*var));
            if reverse.graph[*index].shadowed || reverse.graph[*index].mutable || !there {
                return None;
            }
            let name = &reverse.graph[*index].ident;
            let mut reads = vec![*index];
            let tokens = if from.to_string() != "0" {
                reads.extend(&range.reads);
                quote!((#name - (#from)) as usize)
            } else if to.ends_with(". len ()") || to.ends_with(".len()") {
                return Some(Expr::Place(Place::var(*index)));
            } else {
                quote!(#name as usize)
            };
            let code = Code { tokens, reads, kind: Kind::Discrete, repeatable: true };
            Some(Expr::Code(code))
        }
        _ => None,
    }
}
