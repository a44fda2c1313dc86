//! Moves on the way out of a loop or of the function.
//!
//! An exit sets a flag, and what surrounds it runs to its end ([`lower::exits`](crate::lower)). So
//! rustc does not see that nothing follows what the user's code did last: in
//! `loop { …; if done { return next; } … }` the next iteration would find `next` moved away. What
//! such code moves is copied there, once, as it leaves.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::Expr as Syntax;

use crate::graph::{
    Expr, Graph, Header, Node, NodeOp, Op, Passing, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::Kind;

/// Copies what is moved where a flag says that the code leaves.
pub(crate) fn copy_what_leaves(graph: &mut Graph, body: &mut Region) {
    let mut inside = Vars::new();
    declared(body, &mut inside);
    let mut leaving = Leaving { graph, inside, in_loop: false };
    leaving.region(body, false, &Vars::new());
}

struct Leaving<'g> {
    graph: &'g mut Graph,
    /// The variables that each iteration of the innermost loop declares.
    inside: Vars,
    in_loop: bool,
}

impl Leaving<'_> {
    /// `later` is what is read after the region.
    fn region(&mut self, region: &mut Region, leaves: bool, later: &Vars) {
        let leaves = leaves || region.nodes.iter().any(|node| self.sets_flag(node));
        let mut later = later.clone();
        if let Some(result) = &region.result {
            result.reads(&mut later);
        }
        let mut reversed = Vec::with_capacity(region.nodes.len());
        for mut node in std::mem::take(&mut region.nodes).into_iter().rev() {
            match &mut node.op {
                NodeOp::If(inner) => {
                    self.region(&mut inner.then, leaves, &later);
                    self.region(&mut inner.otherwise, leaves, &later);
                }
                NodeOp::Match(inner) => {
                    inner
                        .arms
                        .iter_mut()
                        .for_each(|arm| self.region(&mut arm.body, leaves, &later));
                }
                NodeOp::Loop(inner) => {
                    let mut inside = inner.header.binds().into_iter().collect();
                    declared(&inner.body, &mut inside);
                    let outside = std::mem::replace(&mut self.inside, inside);
                    let in_loop = std::mem::replace(&mut self.in_loop, true);
                    self.region(&mut inner.body, false, &later);
                    self.inside = outside;
                    self.in_loop = in_loop;
                }
                _ => {}
            }
            let mut before = Vec::new();
            if leaves {
                self.node(&mut node, &later, &mut before);
            }
            node.reads(&mut later);
            reversed.push(node);
            reversed.extend(before.into_iter().rev());
        }
        reversed.reverse();
        region.nodes = reversed;
    }

    /// Whether a node sets the flag of a loop or of the function.
    fn sets_flag(&self, node: &Node) -> bool {
        let NodeOp::Store { place, op: None, value: Expr::Code(code) } = &node.op else {
            return false;
        };
        let flag = &self.graph[place.root];
        let value = code.tokens.to_string();
        place.is_whole() && flag.role == Role::Temporary && (value == "2u8" || value == "true")
    }

    fn node(&mut self, node: &mut Node, later: &Vars, before: &mut Vec<Node>) {
        match &mut node.op {
            NodeOp::Let { value, .. }
            | NodeOp::Bind { value, .. }
            | NodeOp::Store { value, .. } => {
                self.moved(value, later, before);
            }
            NodeOp::Edit { operands, .. } => {
                operands.iter_mut().for_each(|operand| self.moved(operand, later, before));
            }
            NodeOp::Call(call) => {
                for argument in &mut call.arguments {
                    if matches!(argument.passing, Passing::Value) {
                        self.moved(&mut argument.value, later, before);
                    }
                }
            }
            NodeOp::Loop(inner) => {
                if let Header::Each { iterable, consumes, .. } = &mut inner.header {
                    let [place] = consumes.as_slice() else { return };
                    if place.is_whole() && self.must_stay(place, later) {
                        *iterable = self.copy_of(place.root);
                        consumes.clear();
                    }
                }
            }
            NodeOp::Code { tokens, effects, .. } => {
                if let Ok(mut stmt) = syn::parse2::<syn::Stmt>(tokens.clone()) {
                    let names = self.names(&effects.reads, later);
                    match &mut stmt {
                        syn::Stmt::Expr(expr, _) => copy_moved(expr, &names),
                        syn::Stmt::Local(local) => {
                            if let Some(init) = &mut local.init {
                                copy_moved(&mut init.expr, &names);
                            }
                        }
                        _ => {}
                    }
                    if !names.is_empty() {
                        *tokens = stmt.to_token_stream();
                    }
                }
            }
            _ => {}
        }
    }

    /// Replaces what an operand moves by copies, which are made in nodes `before` its own.
    fn moved(&mut self, value: &mut Expr, later: &Vars, before: &mut Vec<Node>) {
        match value {
            Expr::Place(place) if self.must_stay(place, later) => {
                let kind = place.kind(self.graph);
                let copy = self.graph.fresh("leaving", kind, Role::Temporary);
                self.graph[copy].active = self.graph[place.root].active;
                let span = Span::mixed_site();
                let value = Expr::apply(Op::Clone, vec![Expr::Place(place.clone())], span);
                before.push(Node::new(NodeOp::Let { var: copy, value }, span));
                *place = Place::var(copy);
            }
            Expr::Code(code) => {
                let names = self.names(&code.reads, later);
                if names.is_empty() {
                    return;
                }
                if let Ok(mut expr) = syn::parse2::<Syntax>(code.tokens.clone()) {
                    copy_moved(&mut expr, &names);
                    code.tokens = expr.to_token_stream();
                }
            }
            Expr::Apply { op, args, .. } => {
                let moves = matches!(
                    op,
                    Op::Typed(_)
                        | Op::Tuple
                        | Op::Array
                        | Op::Repeat { .. }
                        | Op::Vec
                        | Op::Struct { .. }
                        | Op::TupleStruct(_)
                        | Op::Boxed(_)
                        | Op::Unwrapped(_)
                        | Op::Kept(_)
                        | Op::Converted(_)
                );
                if moves {
                    args.iter_mut().for_each(|arg| self.moved(arg, later, before));
                }
            }
            Expr::Place(_) | Expr::Number(_) | Expr::Name(_) => {}
        }
    }

    /// The variables among those that code reads which it must not move.
    fn names(&self, reads: &[VarId], later: &Vars) -> Vec<(String, TokenStream)> {
        let stay = reads.iter().filter(|var| self.must_stay(&Place::var(**var), later));
        stay.map(|var| (self.graph[*var].ident.to_string(), self.copy_of(*var))).collect()
    }

    fn copy_of(&self, var: VarId) -> TokenStream {
        let name = &self.graph[var].ident;
        quote!(::core::clone::Clone::clone(&#name))
    }

    /// Whether a move out of a place would be one of something that rustc takes to be used again.
    fn must_stay(&self, place: &Place, later: &Vars) -> bool {
        let root = &self.graph[place.root];
        let again = self.in_loop && !self.inside.contains(&place.root);
        let fields = place.path.iter().all(|step| matches!(step, Step::Field(_)));
        let kind = place.kind(self.graph);
        let copied = kind.is_copy() || matches!(kind, Kind::Discrete | Kind::RefMut(_));
        (again || later.contains(&place.root))
            && fields
            && root.alias.is_none()
            && !root.kind.is_reference()
            && !copied
    }
}

/// Every variable that a region declares, at any depth.
fn declared(region: &Region, out: &mut Vars) {
    for node in &region.nodes {
        node.declares(out);
        match &node.op {
            NodeOp::If(inner) => {
                declared(&inner.then, out);
                declared(&inner.otherwise, out);
            }
            NodeOp::Match(inner) => {
                for arm in &inner.arms {
                    out.extend(arm.binds.iter().copied());
                    declared(&arm.body, out);
                }
            }
            NodeOp::Loop(inner) => {
                out.extend(inner.header.binds());
                declared(&inner.body, out);
            }
            _ => {}
        }
    }
}

/// Writes copies where an expression moves one of the variables that are named.
fn copy_moved(expr: &mut Syntax, names: &[(String, TokenStream)]) {
    let all = |exprs: &mut dyn Iterator<Item = &mut Syntax>| {
        exprs.for_each(|expr| copy_moved(expr, names));
    };
    match expr {
        Syntax::Path(path) => {
            let Some(ident) = path.path.get_ident() else { return };
            let copy = names.iter().find(|(name, _)| ident == name).map(|(_, copy)| copy.clone());
            if let Some(copy) = copy {
                *expr = Syntax::Verbatim(copy);
            }
        }
        Syntax::Call(e) => all(&mut e.args.iter_mut()),
        Syntax::MethodCall(e) => all(&mut e.args.iter_mut()),
        Syntax::Struct(e) => {
            for field in &mut e.fields {
                field.colon_token.get_or_insert_default();
                copy_moved(&mut field.expr, names);
            }
        }
        Syntax::Tuple(e) => all(&mut e.elems.iter_mut()),
        Syntax::Array(e) => all(&mut e.elems.iter_mut()),
        Syntax::Assign(e) => copy_moved(&mut e.right, names),
        Syntax::Paren(e) => copy_moved(&mut e.expr, names),
        Syntax::Group(e) => copy_moved(&mut e.expr, names),
        _ => {}
    }
}
