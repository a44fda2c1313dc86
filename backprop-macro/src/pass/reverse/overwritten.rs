//! Buffers that every iteration of a loop overwrites before it reads them.
//!
//! Such a buffer, declared in front of the loop to be allocated once, carries nothing from one
//! iteration to the next: its adjoint is zero at both ends of each. What an iteration overwrites is
//! told by its loops: after `for i in 0..n { v[i] = … }` the elements `0..n` are new, and so is the
//! whole of a `v` that was declared with `n` elements.

use super::Reverse;
use crate::graph::{Code, Expr, Header, Node, NodeOp, Op, Place, Region, Step, VarId, Vars};
use crate::kind::Kind;

/// What of a buffer is new since the iteration began.
#[derive(Debug, Clone, Default)]
struct New {
    whole: bool,
    /// The elements of these ranges.
    ranges: Vec<Range>,
    /// The elements at these loops' indices.
    elements: Vec<VarId>,
}

/// `from..to`, as text.
#[derive(Debug, Clone, PartialEq)]
struct Range {
    from: String,
    to: String,
}

/// A loop around what is looked at.
struct Around {
    index: VarId,
    range: Range,
}

impl Reverse<'_> {
    /// Whether each iteration of the loop `node` overwrites what it reads of `var`, which is
    /// mentioned nowhere else but where it is declared.
    pub(super) fn overwrites(&self, node: &Node, var: VarId) -> bool {
        let NodeOp::Loop(inner) = &node.op else { return false };
        let (first, last) = self.analysis.extent(node);
        let Some(declared) = self.analysis.declared(var) else { return false };
        let elsewhere = self.mentioned.get(&var).into_iter().flatten();
        let only_here =
            elsewhere.into_iter().all(|at| *at == declared || (first < *at && *at <= last));
        if !only_here || declared == 0 || self.graph[var].kind.is_reference() {
            return false;
        }
        let bare = crate::graph::Loop { body: Region::default(), ..(**inner).clone() };
        let header = Node::new(NodeOp::Loop(Box::new(bare)), node.span);
        let mut new = New::default();
        !self.mentions(&header, var) && self.covers(&inner.body, var, &mut new, &mut Vec::new())
    }

    /// Whether everything that `region` reads of `var` is new by then; adds what it overwrites.
    fn covers(&self, region: &Region, var: VarId, new: &mut New, around: &mut Vec<Around>) -> bool {
        region.nodes.iter().all(|node| self.covers_node(node, var, new, around))
            && region.result.as_ref().is_none_or(|result| self.reads_new(result, var, new, around))
    }

    fn covers_node(
        &self,
        node: &Node,
        var: VarId,
        new: &mut New,
        around: &mut Vec<Around>,
    ) -> bool {
        if !self.mentions(node, var) {
            return true;
        }
        match &node.op {
            NodeOp::Let { value, .. } => self.reads_new(value, var, new, around),
            NodeOp::Store { place, op, value } => {
                if !self.reads_new(value, var, new, around) {
                    return false;
                }
                if self.graph.resolve(place).root != var {
                    return self.indices_new(place, var, new, around);
                }
                if place.root != var {
                    return new.whole;
                }
                // An assignment of the whole could change its shape.
                let [Step::Index(index)] = place.path.as_slice() else { return false };
                if op.is_some() {
                    return self.element_new(index, new, around);
                }
                if let Some(index) = loop_index(index, around) {
                    new.elements.push(index);
                }
                self.indices_new(place, var, new, around)
            }
            NodeOp::Edit { edit, place, operands, .. }
                if edit.overwrites() && *place == Place::var(var) =>
            {
                let fine = operands.iter().all(|e| self.reads_new(e, var, new, around));
                new.whole = true;
                fine
            }
            NodeOp::Edit { edit, .. } if edit.rearranges() => new.whole,
            NodeOp::If(inner) => {
                let condition = inner.condition.as_ref();
                condition.is_none_or(|c| self.reads_new(c, var, new, around))
                    && self.covers(&inner.then, var, &mut new.clone(), around)
                    && self.covers(&inner.otherwise, var, &mut new.clone(), around)
            }
            NodeOp::Loop(inner) => {
                let Header::Range { index, range } = &inner.header else { return new.whole };
                let mut reads = Vars::new();
                reads.extend(&range.reads);
                if self.among(&reads, var) {
                    return new.whole;
                }
                let Some(range) = self.plain_range(range) else { return new.whole };
                around.push(Around { index: *index, range: range.clone() });
                let mut within = new.clone();
                let fine = self.covers(&inner.body, var, &mut within, around);
                around.pop();
                // Elements that every iteration writes, none of which is left early.
                if within.elements.contains(index) && inner.exit.is_none() {
                    new.whole |= range.from == "0" && self.length(var) == Some(range.to.clone());
                    new.ranges.push(range);
                }
                fine
            }
            _ => {
                let mut changes = false;
                node.writes(&mut |written, _| {
                    changes |= self.graph.resolve(&Place::var(written)).root == var;
                });
                new.whole && !changes
            }
        }
    }

    fn reads_new(&self, value: &Expr, var: VarId, new: &New, around: &[Around]) -> bool {
        match value {
            Expr::Place(place) => {
                if self.graph.resolve(place).root != var {
                    return self.indices_new(place, var, new, around);
                }
                let element = match place.path.as_slice() {
                    [Step::Index(index)] if place.root == var => {
                        self.element_new(index, new, around)
                    }
                    _ => false,
                };
                (new.whole || element) && self.indices_new(place, var, new, around)
            }
            Expr::Code(code) => {
                let reads: Vars = code.reads.iter().copied().collect();
                new.whole || !self.among(&reads, var)
            }
            Expr::Apply { args, .. } => {
                args.iter().all(|arg| self.reads_new(arg, var, new, around))
            }
            Expr::Number(_) | Expr::Name(_) => true,
        }
    }

    fn indices_new(&self, place: &Place, var: VarId, new: &New, around: &[Around]) -> bool {
        place.path.iter().all(|step| match step {
            Step::Index(index) => self.reads_new(index, var, new, around),
            _ => true,
        })
    }

    fn element_new(&self, index: &Expr, new: &New, around: &[Around]) -> bool {
        if new.whole {
            return true;
        }
        let Some(index) = loop_index(index, around) else { return false };
        if new.elements.contains(&index) {
            return true;
        }
        let within = around.iter().find(|a| a.index == index).map(|a| &a.range);
        within.is_some_and(|within| {
            // Indices are not negative: a range that starts at 0 holds all up to its end.
            new.ranges.iter().any(|known| {
                known.to == within.to && (known.from == "0" || known.from == within.from)
            })
        })
    }

    /// A range of indices whose bounds stay the same.
    fn plain_range(&self, range: &Code) -> Option<Range> {
        if range.reads.iter().any(|var| self.analysis.changes_from(*var, 0)) {
            return None;
        }
        let range: syn::ExprRange = syn::parse2(range.tokens.clone()).ok()?;
        let (Some(from), Some(to), syn::RangeLimits::HalfOpen(_)) =
            (range.start, range.end, range.limits)
        else {
            return None;
        };
        let text = |expr: syn::Expr| quote::ToTokens::to_token_stream(&expr).to_string();
        Some(Range { from: text(*from), to: text(*to) })
    }

    /// The number of elements that `var` was declared with, as text; it stays the same.
    fn length(&self, var: VarId) -> Option<String> {
        let value = self.lengths.get(&var)?;
        let stays = value.reads.iter().all(|read| !self.analysis.changes_from(*read, 0));
        stays.then(|| value.tokens.to_string())
    }
}

/// The loop around whose index `index` is.
fn loop_index(index: &Expr, around: &[Around]) -> Option<VarId> {
    let var = match index {
        Expr::Code(code) => {
            let [var] = code.reads.as_slice() else { return None };
            let mut tokens = code.tokens.clone().into_iter();
            let one = matches!(tokens.next(), Some(proc_macro2::TokenTree::Ident(_)));
            if !one || tokens.next().is_some() {
                return None;
            }
            *var
        }
        Expr::Place(place) if place.is_whole() => place.root,
        _ => return None,
    };
    around.iter().any(|a| a.index == var).then_some(var)
}

/// Where each variable is mentioned, and the lengths of vectors and arrays of one value.
pub(super) fn facts(
    region: &Region,
    mentioned: &mut crate::maps::HashMap<VarId, Vec<usize>>,
    lengths: &mut crate::maps::HashMap<VarId, Code>,
) {
    for node in &region.nodes {
        let nested: Vec<&Region> = match &node.op {
            NodeOp::If(inner) => vec![&inner.then, &inner.otherwise],
            NodeOp::Match(inner) => inner.arms.iter().map(|arm| &arm.body).collect(),
            NodeOp::Loop(inner) => vec![&inner.body],
            _ => Vec::new(),
        };
        if let NodeOp::Let { var, value } = &node.op {
            let mut value = value;
            while let Expr::Apply { op: Op::Typed(_), args, .. } = value {
                value = &args[0];
            }
            if let Expr::Code(code) = value {
                let length = syn::parse2(code.tokens.clone()).ok().and_then(repeated);
                if let Some(tokens) = length {
                    lengths.insert(*var, Code { tokens, ..code.clone() });
                }
            }
            if let Expr::Apply { op: Op::Repeat { .. }, args, .. } = value {
                if let Some(Expr::Code(length)) = args.get(1) {
                    lengths.insert(*var, length.clone());
                }
            }
        }
        if let NodeOp::Code { tokens, effects, declares, .. } = &node.op {
            if let ([var], Some(length)) = (declares.as_slice(), length_of(tokens)) {
                let reads = effects.reads.clone();
                lengths.insert(
                    *var,
                    Code { tokens: length, reads, kind: Kind::Discrete, repeatable: true },
                );
            }
        }
        let mut found = Vars::new();
        node.declares(&mut found);
        if nested.is_empty() {
            node.reads(&mut found);
        } else {
            // What belongs to the node itself; the rest is found inside.
            let mut inside = Vars::new();
            nested.iter().for_each(|region| region.reads(&mut inside));
            let mut all = Vars::new();
            node.reads(&mut all);
            found.extend(all.difference(&inside));
        }
        node.writes(&mut |var, at| mentioned.entry(var).or_default().push(at));
        found.into_iter().for_each(|var| mentioned.entry(var).or_default().push(node.position));
        for region in nested {
            facts(region, mentioned, lengths);
        }
    }
    if let Some(result) = &region.result {
        let at = region.end;
        let mut reads = Vars::new();
        result.reads(&mut reads);
        reads.into_iter().for_each(|var| mentioned.entry(var).or_default().push(at));
    }
}

/// `n` of `let name = vec![value; n];` and `let name = [value; n];`.
fn length_of(statement: &proc_macro2::TokenStream) -> Option<proc_macro2::TokenStream> {
    let syn::Stmt::Local(local) = syn::parse2(statement.clone()).ok()? else { return None };
    repeated(*local.init?.expr)
}

/// `n` of `vec![value; n]` and `[value; n]`.
fn repeated(value: syn::Expr) -> Option<proc_macro2::TokenStream> {
    let length = match value {
        syn::Expr::Repeat(repeat) => *repeat.len,
        syn::Expr::Macro(call) if call.mac.path.is_ident("vec") => {
            let repeat = call.mac.tokens;
            let syn::Expr::Repeat(repeat) = syn::parse2(quote::quote!([#repeat])).ok()? else {
                return None;
            };
            *repeat.len
        }
        _ => return None,
    };
    Some(quote::ToTokens::to_token_stream(&length))
}
