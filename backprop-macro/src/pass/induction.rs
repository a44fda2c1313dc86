//! Variables that count a loop's iterations, in closed form.
//!
//! An index such as `at` in
//!
//! ```text
//! for j in i + 1..d {
//!     y[j] += a[at] * x;
//!     at += 1;
//! }
//! ```
//!
//! is `begin + (j - (i + 1))`, with its value in front of the loop for `begin`. In this form the
//! reverse computes it again from the loop's own index; nothing is kept per iteration.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use crate::graph::{
    Code, Expr, Graph, Header, Loop, Node, NodeOp, Place, Region, Role, Step, VarId, Vars,
};
use crate::kind::Kind;

/// Rewrites the indices of `region` and what is nested in it.
pub(crate) fn close(graph: &mut Graph, region: &mut Region) {
    let mut index = 0;
    while index < region.nodes.len() {
        let mut begins = Vec::new();
        match &mut region.nodes[index].op {
            NodeOp::If(inner) => {
                close(graph, &mut inner.then);
                close(graph, &mut inner.otherwise);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter_mut().for_each(|arm| close(graph, &mut arm.body));
            }
            NodeOp::Loop(inner) => {
                begins = counters(graph, inner);
                close(graph, &mut inner.body);
            }
            _ => {}
        }
        let count = begins.len();
        region.nodes.splice(index..index, begins);
        index += count + 1;
    }
}

/// Rewrites the indices of one loop; returns what must be noted in front of it.
fn counters(graph: &mut Graph, inner: &mut Loop) -> Vec<Node> {
    let Header::Range { index, range } = &inner.header else { return Vec::new() };
    if inner.exit.is_some() || graph[*index].shadowed || graph[*index].mutable {
        return Vec::new();
    }
    if range.reads.iter().any(|var| graph[*var].shadowed) {
        return Vec::new();
    }
    let Ok(syn::ExprRange { start: Some(start), .. }) = syn::parse2(range.tokens.clone()) else {
        return Vec::new();
    };
    let (index, start) = (*index, quote::ToTokens::to_token_stream(&start));
    let start_reads = range.reads.clone();
    let mut begins = Vec::new();
    let mut own = Vars::new();
    inner.body.declares_within(&mut own);
    own.extend(inner.header.binds());
    let mut writes: Vec<VarId> = Vec::new();
    crate::graph::writes(&inner.body, &mut |var, _| writes.push(var));
    for at in 0..inner.body.nodes.len() {
        let Some((var, step)) = increment(graph, &inner.body.nodes[at]) else { continue };
        let once = writes.iter().filter(|written| **written == var).count() == 1;
        if !once || own.contains(&var) {
            continue;
        }
        let mut begin = None;
        for other in 0..inner.body.nodes.len() {
            let NodeOp::Let { var: fixed, value: Expr::Code(code) } = &inner.body.nodes[other].op
            else {
                continue;
            };
            let fixed = *fixed;
            if graph[fixed].role != Role::Temporary
                || !code.repeatable
                || !code.reads.contains(&var)
                || code.reads.iter().any(|read| *read != var && graph[*read].shadowed)
                || !is_index(graph, &inner.body, fixed)
            {
                continue;
            }
            let begin = *begin.get_or_insert_with(|| {
                let name = format!("{}_begin", graph[var].ident);
                graph.fresh(&name, Kind::Discrete, Role::Temporary)
            });
            let (count, first) = (&graph[index].ident, &graph[begin].ident);
            let zero = start.to_string() == "0";
            let distance = if zero { quote!(#count) } else { quote!((#count - (#start))) };
            let mut value = match step.to_string().as_str() {
                "1" => quote!(#first + #distance as usize),
                _ => quote!(#first + #distance as usize * #step),
            };
            if other > at {
                value = quote!(#value + #step);
            }
            let ident = graph[var].ident.clone();
            let mut reads: Vec<VarId> =
                code.reads.iter().copied().filter(|read| *read != var).collect();
            reads.extend([index, begin]);
            reads.extend(&start_reads);
            reads.sort_unstable();
            reads.dedup();
            let tokens = replaced(code.tokens.clone(), &ident, &value);
            let code = Code { tokens, reads, kind: Kind::Discrete, repeatable: true };
            inner.body.nodes[other].op = NodeOp::Let { var: fixed, value: Expr::Code(code) };
        }
        if let Some(begin) = begin {
            let ident = &graph[var].ident;
            let value = Expr::Code(Code {
                tokens: quote!(#ident),
                reads: vec![var],
                kind: Kind::Discrete,
                repeatable: true,
            });
            let span = inner.body.nodes[at].span;
            begins.push(Node::new(NodeOp::Let { var: begin, value }, span));
        }
    }
    begins
}

/// The variable and the step of `variable += step;`.
fn increment(graph: &Graph, node: &Node) -> Option<(VarId, syn::LitInt)> {
    let NodeOp::Code { tokens, effects, .. } = &node.op else { return None };
    let [var] = effects.writes.as_slice() else { return None };
    let block: syn::Block = syn::parse2(quote!({ #tokens })).ok()?;
    let [syn::Stmt::Expr(syn::Expr::Binary(binary), _)] = block.stmts.as_slice() else {
        return None;
    };
    let (syn::BinOp::AddAssign(_), syn::Expr::Path(path), syn::Expr::Lit(literal)) =
        (&binary.op, &*binary.left, &*binary.right)
    else {
        return None;
    };
    let syn::Lit::Int(step) = &literal.lit else { return None };
    let own = path.path.is_ident(&graph[*var].ident) && !graph[*var].kind.is_reference();
    own.then(|| (*var, step.clone()))
}

/// Whether `var` is the whole index of an element of a slice, array or `Vec`: a `usize`.
fn is_index(graph: &Graph, region: &Region, var: VarId) -> bool {
    fn place(graph: &Graph, of: &Place, var: VarId) -> bool {
        of.path.iter().enumerate().any(|(at, step)| {
            let Step::Index(index) = step else { return false };
            let whole = match index {
                Expr::Code(code) => {
                    code.reads == [var] && graph[var].ident == code.tokens.to_string()
                }
                Expr::Place(index) => *index == Place::var(var),
                _ => false,
            };
            let base = Place { root: of.root, path: of.path[..at].to_vec() };
            whole && matches!(base.kind(graph).peeled(), Kind::Indexed(..))
        })
    }
    fn expr(graph: &Graph, of: &Expr, var: VarId) -> bool {
        match of {
            Expr::Place(of) => place(graph, of, var),
            Expr::Apply { args, .. } => args.iter().any(|arg| expr(graph, arg, var)),
            _ => false,
        }
    }
    region.nodes.iter().any(|node| match &node.op {
        NodeOp::Let { value, .. } => expr(graph, value, var),
        NodeOp::Store { place: target, value, .. } => {
            place(graph, target, var) || expr(graph, value, var)
        }
        _ => false,
    })
}

/// Replaces the variable `name` in repeatable code, which has no bindings.
fn replaced(tokens: TokenStream, name: &Ident, value: &TokenStream) -> TokenStream {
    let mut after_dot = false;
    let alone = tokens.clone().into_iter().count() == 1;
    tokens
        .into_iter()
        .flat_map(|token| {
            let out = match token {
                TokenTree::Ident(ident) if !after_dot && ident == *name => {
                    if alone {
                        return value.clone();
                    }
                    TokenTree::Group(Group::new(Delimiter::Parenthesis, value.clone()))
                }
                TokenTree::Group(group) => TokenTree::Group(Group::new(
                    group.delimiter(),
                    replaced(group.stream(), name, value),
                )),
                other => other,
            };
            after_dot = matches!(&out, TokenTree::Punct(punct) if punct.as_char() == '.');
            TokenStream::from(out)
        })
        .collect()
}
