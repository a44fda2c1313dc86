//! The option `explain`: what the derivative keeps, computes again and does at once, in words.

use crate::graph::{Expr, Graph, Header, Loop, NodeOp, Op, Region, Role, VarId, Vars};
use crate::kind::{Float, Kind};
use crate::pass::reverse::Joint;

/// The storage plan of a derivative as a list in Markdown.
pub(super) fn plan(graph: &Graph, joint: &Joint) -> String {
    let mut lines = Vec::new();
    region(graph, &joint.forward, 0, &mut lines);
    replays(graph, &joint.reverse, &mut lines);
    let mut again = Vars::new();
    let mut declared = Vars::new();
    joint.forward.declares_within(&mut declared);
    repeated(&joint.reverse, &declared, &mut again);
    inner_repeats(&joint.forward, &declared, &mut again);
    if !again.is_empty() {
        lines.push(format!("- Computed again: {}.", names(graph, &again)));
    }
    if lines.is_empty() {
        lines.push("- Nothing is kept but the variables of the function.".to_owned());
    }
    lines.join("\n")
}

fn region(graph: &Graph, of: &Region, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    for node in &of.nodes {
        match &node.op {
            NodeOp::Loop(inner) if !inner.upwards => {
                let Some(header) = header(graph, inner) else { continue };
                let early = inner.body.nodes.iter().any(|node| node.early);
                match inner.tape {
                    Some(_) => lines.push(format!(
                        "{indent}- Each iteration of `{header}` keeps {}.",
                        kept(graph, &inner.body.residuals)
                    )),
                    None if early => lines.push(format!(
                        "{indent}- `{header}` is reversed as it runs: each iteration right after \
                         itself, whatever their number is."
                    )),
                    None => {}
                }
                let deeper = depth + usize::from(early || inner.tape.is_some());
                region(graph, &inner.body, deeper, lines);
            }
            NodeOp::If(inner) if !inner.reverse => {
                if inner.checkpoint {
                    lines.push(format!(
                        "{indent}- A `#[checkpoint]` keeps what its reverse needs, as other code \
                         does: it uses a reference to something that changes, which cannot be \
                         copied for running it again."
                    ));
                }
                for (arm, tape) in
                    [(&inner.then, inner.tapes[0]), (&inner.otherwise, inner.tapes[1])]
                {
                    if tape.is_some() {
                        let kept = kept(graph, &arm.residuals);
                        lines.push(format!("{indent}- An arm of a branch keeps {kept}."));
                    }
                    region(graph, arm, depth, lines);
                }
            }
            NodeOp::Match(inner) if !inner.reverse => {
                for arm in &inner.arms {
                    if arm.tape.is_some() {
                        let kept = kept(graph, &arm.body.residuals);
                        lines.push(format!("{indent}- An arm of a `match` keeps {kept}."));
                    }
                    region(graph, &arm.body, depth, lines);
                }
            }
            NodeOp::Let {
                value: Expr::Apply { op: Op::Runtime("keep_span"), args, .. }, ..
            } => {
                let mut reads = Vars::new();
                args[1].reads(&mut reads);
                lines.push(format!(
                    "{indent}- The elements of {} that the next loop reads are kept at once, in front of it.",
                    names(graph, &reads)
                ));
            }
            NodeOp::Let { var, .. } if graph[*var].role == Role::Kept && depth == 0 => {
                lines.push(format!("- `{}` is a copy.", graph[*var].ident));
            }
            _ => {}
        }
    }
}

/// The blocks that run again.
fn replays(graph: &Graph, of: &Region, lines: &mut Vec<String>) {
    for node in &of.nodes {
        match &node.op {
            NodeOp::Replay(inner) => {
                let copies: Vars = inner.restored.iter().map(|(_, copy)| *copy).collect();
                let copies = match copies.is_empty() {
                    true => "nothing".to_owned(),
                    false => names(graph, &copies),
                };
                lines.push(format!(
                    "- A `#[checkpoint]` keeps {copies} and runs a second time in the reverse, \
                     during which there is:"
                ));
                let before = lines.len();
                region(graph, &inner.forward, 1, lines);
                replays(graph, &inner.reverse, lines);
                if lines.len() == before {
                    lines.push("  - Nothing that it keeps.".to_owned());
                }
            }
            NodeOp::If(inner) => {
                replays(graph, &inner.then, lines);
                replays(graph, &inner.otherwise, lines);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter().for_each(|arm| replays(graph, &arm.body, lines));
            }
            NodeOp::Loop(inner) => replays(graph, &inner.body, lines),
            _ => {}
        }
    }
}

fn header(graph: &Graph, inner: &Loop) -> Option<String> {
    Some(match &inner.header {
        Header::Range { index, range } => {
            format!("for {} in {}", graph[*index].ident, range.tokens)
        }
        Header::Each { pattern, iterable, .. } => format!("for {pattern} in {iterable}"),
        Header::While { condition, .. } => format!("while {condition}"),
        Header::RangeBack { .. } | Header::TapeBack { .. } => return None,
    })
}

/// The residuals with their size, as far as the source shows their types.
fn kept(graph: &Graph, residuals: &[VarId]) -> String {
    if residuals.is_empty() {
        return "nothing but its place in the order".to_owned();
    }
    let mut bytes = 0;
    let mut unknown = 0;
    for var in residuals {
        match graph[*var].kind {
            Kind::Scalar(Float::F32) => bytes += 4,
            Kind::Scalar(_) => bytes += 8,
            // Where the residuals of an inner loop begin.
            Kind::Discrete if graph[*var].role == Role::Temporary => bytes += 8,
            _ => unknown += 1,
        }
    }
    let list = names(graph, &residuals.iter().copied().collect());
    match (bytes, unknown) {
        (bytes, 0) => format!("{list}: {bytes} bytes at most"),
        (0, _) => format!("{list}, of sizes that the source does not show"),
        (bytes, _) => format!("{list}: {bytes} bytes and what the source does not show"),
    }
}

fn names(graph: &Graph, vars: &Vars) -> String {
    let mut names: Vec<String> =
        vars.iter().map(|var| format!("`{}`", graph[*var].ident)).collect();
    names.dedup();
    names.join(", ")
}

/// Variables that a reverse region defines and the forward part has defined before.
fn repeated(of: &Region, declared: &Vars, again: &mut Vars) {
    for node in &of.nodes {
        match &node.op {
            NodeOp::Let { var, value }
                if declared.contains(var) && !matches!(value, Expr::Place(_)) =>
            {
                again.insert(*var);
            }
            NodeOp::If(inner) => {
                repeated(&inner.then, declared, again);
                repeated(&inner.otherwise, declared, again);
            }
            NodeOp::Match(inner) => {
                inner.arms.iter().for_each(|arm| repeated(&arm.body, declared, again));
            }
            NodeOp::Loop(inner) => repeated(&inner.body, declared, again),
            _ => {}
        }
    }
}

/// The same for what is reversed early, inside the forward part.
fn inner_repeats(of: &Region, declared: &Vars, again: &mut Vars) {
    for node in &of.nodes {
        let nested: Vec<&Region> = match &node.op {
            NodeOp::If(inner) => vec![&inner.then, &inner.otherwise],
            NodeOp::Match(inner) => inner.arms.iter().map(|arm| &arm.body).collect(),
            NodeOp::Loop(inner) => vec![&inner.body],
            _ => continue,
        };
        for region in nested {
            if node.early {
                repeated(region, declared, again);
            } else {
                inner_repeats(region, declared, again);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    fn documentation(function: proc_macro2::TokenStream) -> String {
        let expanded = crate::differentiable::expand(quote!(explain), function).to_string();
        assert!(!expanded.contains("compile_error"), "{expanded}");
        expanded
    }

    #[test]
    fn a_recurrence_keeps_its_state() {
        let text = documentation(quote! {
            fn logistic(r: f64, start: f64, n: usize) -> f64 {
                let mut x = start;
                for _ in 0..n {
                    x = r * x * (1.0 - x);
                }
                x
            }
        });
        assert!(text.contains("What it keeps:"), "{text}");
        assert!(text.contains("- Each iteration of `for k in 0 .. n` keeps `"), "{text}");
        assert!(text.contains("bytes at most"), "{text}");
    }

    #[test]
    fn a_sum_keeps_nothing() {
        let text = documentation(quote! {
            fn squares(x: &[f64]) -> f64 {
                let mut total = 0.0;
                for i in 0..x.len() {
                    total += x[i] * x[i];
                }
                total
            }
        });
        assert!(text.contains("is reversed as it runs"), "{text}");
    }
}
